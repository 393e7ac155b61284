//! What a customer writes while they are erased, and what the agent has read of it.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use resolute::inbox::settle::{Finished, Returned, Understood, settle};
use resolute::model::ContactId;
use resolute::model::agent_run::HandOffPacket;
use resolute::store::intake::{self, NewContact, NewMessage};
use resolute::store::{agent_runs, drafts, messages};

use super::{desk, forget};
use crate::mail_path::{mail, receive};
use crate::support::cast::{NOW, put};
use crate::support::desk::Engine;
use crate::support::drafts::{done_run, handed_off, put_before_a_person, saying};
use crate::support::stores::{number_of, text_of, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_comes_while_its_writer_is_erased_begins_anew_and_stays() {
    const SOFIE: &str = "Sofie Lind <sofie@post.example>";
    let kind = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nIt is broken.\r\n\
                 --b\r\nContent-Type: text/plain; name=list.txt\r\nContent-Disposition: attachment; filename=list.txt\r\n\r\n\
                 One lamp\r\n--b--";
    for engine in Engine::all() {
        let (desk, _) = desk(engine).await;
        let db = &desk.desk.db;
        let number = receive(&desk, &mail("s1@post.example", SOFIE, "A lamp", kind, parts)).await;
        let before = desk.talk(number).await;
        // Its file was stored just now, so the words stay for a minute.
        let key = text_of(db, "select storage_key from attachments").await.expect("a file");
        let stored = File::options().write(true).open(desk.data.folder.path().join("files").join(key)).unwrap();
        let now = Duration::from_micros(u64::try_from(desk.desk.clock.now().0).unwrap());
        stored.set_modified(UNIX_EPOCH + now).unwrap();
        forget(&desk, before.contact_id).await;
        assert!(messages::list(db, before.id, 9).await.unwrap()[0].body.contains("It is broken."), "it is under way");

        let more = "In-Reply-To: <s1@post.example>\r\n";
        let begun = receive(&desk, &mail("s2@post.example", SOFIE, "Re: A lamp", more, "Are you there?")).await;
        assert_ne!(begun, number, "it is no part of what goes");
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        assert!(desk.unfinished().await.is_empty());
        let gone = messages::list(db, before.id, 9).await.unwrap();
        assert!(gone.iter().all(|message| message.body.starts_with("Removed:")) && gone.len() == 1, "{gone:?}");
        let talk = desk.talk(begun).await;
        assert_ne!(talk.contact_id, before.contact_id);
        assert_eq!(talk.contact_name, "Sofie Lind");
        assert!(
            messages::list(db, talk.id, 9).await.unwrap()[0].body.contains("Are you there?"),
            "she can be answered"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_read_an_erased_customer_brings_nothing_back_into_the_case_of_another() {
    const WORDS: &str = "It is a zebra of mine";
    for engine in Engine::all() {
        let (desk, cast) = desk(engine).await;
        let db = &desk.desk.db;
        let row = cast.open(db, 1).await;
        let ole: ContactId = cast.clock.new_id();
        let contact = NewContact {
            id: ole,
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "email".into(),
            value: "ole@example.com".into(),
            proved: true,
            created_at: NOW,
        };
        write(db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
        put(db, &[], &[NewMessage { contact_id: Some(ole), ..cast.message(&row, WORDS) }]).await;
        let talk = desk.talk(row.number).await;
        put_before_a_person(&desk, &talk, saying("We look for it.")).await;
        let earlier = done_run(&cast.clock, &talk);
        let packet = HandOffPacket { wants: WORDS.into(), facts: vec!["Order 7".into()], ..HandOffPacket::default() };
        let hand_off = handed_off(&cast.clock, &earlier, "Why", packet);
        write(db, async |tx| {
            agent_runs::insert(tx, &earlier).await?;
            agent_runs::insert_hand_off(tx, &hand_off).await
        })
        .await;
        let finished = Finished {
            run: done_run(&desk.desk.clock, &talk),
            understood: Understood { gist: Some(WORDS.into()), ..Understood::default() },
            result: Returned::Nothing { reason: "done".into(), resolve: false },
        };

        forget(&desk, ole).await;
        let mut tx = db.begin().await.unwrap();
        assert!(!settle(&desk.desk.inbox(), &mut tx, &finished).await.unwrap(), "it has read what is gone");
        tx.commit().await.unwrap();
        let now = desk.talk(row.number).await;
        assert!(!now.gist.contains("zebra"), "{}", now.gist);
        let again = "select count(*) from jobs where kind = 'agent_run' and state = 'ready'";
        assert_eq!(number_of(db, again).await, 1, "it looks again");
        let waiting = drafts::current(db, talk.id).await.unwrap().expect("the draft still waits");
        assert_eq!(waiting.revision, now.revision, "and can be approved");
        let kept = agent_runs::latest_hand_off(db, talk.id).await.unwrap().unwrap().packet.0;
        assert_eq!((kept.wants.as_str(), kept.facts.as_slice()), ("", &["Order 7".to_owned()][..]));
    }
}
