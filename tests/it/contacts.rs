//! A customer over all channels.

use resolute::inbox::care;
use resolute::model::NoteId;
use resolute::model::conversation::ConversationStatus;
use resolute::model::writing::Basis;
use resolute::store::intake::ConversationRow;

use crate::support::cast::{Cast, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_customer_shows_names_notes_and_every_conversation() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let rows: Vec<ConversationRow> = (1..=60)
            .map(|number| ConversationRow {
                channel_id: if number % 2 == 0 { cast.chat.id } else { cast.mail.id },
                channel_kind: if number % 2 == 0 { cast.chat.kind.clone() } else { cast.mail.kind.clone() },
                status: if number > 3 { ConversationStatus::Resolved } else { ConversationStatus::Open },
                last_message_at: at(number),
                ..cast.conversation(number)
            })
            .collect();
        put(&desk.desk.db, &rows, &[]).await;
        let note: NoteId = cast.clock.new_id();
        care::add_note(&desk.desk.inbox(), rows[58].id, &cast.sam, (note, "Prefers <b>calls</b>"), Basis::Any)
            .await
            .unwrap();
        let mut browser = desk.browser().await;
        let beside = page(&mut browser, "/conversations/1?view=all").await;
        let address = format!("/contacts/{}", cast.sofie);
        assert!(beside.contains(&format!("href=\"{address}\"")), "{beside}");

        let shown = page(&mut browser, &address).await;
        for words in ["Sofie Keller", "sofie@example.com", "Mail, proved", "id=\"row-60\"", "id=\"row-11\"", "#59"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(shown.contains("Prefers &#60;b&#62;") || shown.contains("Prefers &lt;b&gt;"), "{shown}");
        assert!(!shown.contains("id=\"row-10\""), "a page at a time");
        let next = shown.split(&format!("{address}?cursor=")).nth(1).unwrap().split('"').next().unwrap();
        let rest = page(&mut browser, &format!("{address}?cursor={next}")).await;
        assert!(rest.contains("id=\"row-10\"") && rest.contains("id=\"row-1\""), "{rest}");
        assert!(!rest.contains("?cursor="), "that is all");
        let nobody: resolute::model::ContactId = cast.clock.new_id();
        assert_eq!(browser.get(&format!("/contacts/{nobody}")).await.unwrap().status, 404);
    }
}
