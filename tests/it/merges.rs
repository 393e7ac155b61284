//! Conversations become one and come apart again, and nothing that comes in meanwhile is lost.

mod followed;
mod masked;
mod parted;
mod splits;
mod suggested;
mod two_buyers;
mod undone;

use resolute::inbox::{linking, merge};
use resolute::model::ContactId;
use resolute::model::window::Window;
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage, NewTold};
use resolute::store::{channels, conversations, messages, order_sources, orders};

use crate::people::bought;
use crate::support::cast::{Cast, NOW, at, new_channel, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::stores::write;

/// A desk with two conversations of Sofie.
async fn desk(engine: Engine) -> (TestDesk, Cast, [ConversationRow; 2]) {
    // Splitting calls the agent to what it has not answered.
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let rows = [cast.open(&desk.desk.db, 1).await, cast.open(&desk.desk.db, 2).await];
    (desk, cast, rows)
}

/// A conversation with somebody else.
async fn with_ole(desk: &TestDesk, cast: &Cast, number: i64) -> ConversationRow {
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
    write(&desk.desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
    let row = ConversationRow { contact_id: ole, contact_name: "Ole".into(), ..cast.conversation(number) };
    let message = cast.message(&row, "It is about her order");
    put(&desk.desk.db, std::slice::from_ref(&row), &[message]).await;
    row
}

/// A desk with two conversations about one order, #1 of Sofie and #3 of somebody else.
async fn about_one_order(engine: Engine) -> (TestDesk, Cast, [ConversationRow; 2]) {
    let (desk, cast, [first, _]) = Box::pin(desk(engine)).await;
    let ole = with_ole(&desk, &cast, 3).await;
    write(&desk.desk.db, async |tx| {
        for id in [first.id, ole.id] {
            let mut row = conversations::lock(tx, id).await?;
            row.order_number = Some("FJ-20417".into());
            conversations::update(tx, &row).await?;
        }
        Ok(())
    })
    .await;
    (desk, cast, [first, ole])
}

#[tokio::test]
async fn what_a_platform_named_is_known_behind_several_merges() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let third = cast.open(db, 3).await;
        let told = NewTold {
            channel_id: cast.mail.id,
            order_number: "302-1".into(),
            conversation_id: first.id,
            contact_id: cast.sofie,
            created_at: NOW,
        };
        write(db, async |tx| intake::insert_told(tx, &[told]).await).await;
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let later = merge::merge(&inbox, (second.id, third.id), false, &cast.sam).await.unwrap();
        for place in [first.id, second.id, third.id] {
            assert_eq!(orders::list_told(db, place, cast.mail.id).await.unwrap(), ["302-1"]);
        }
        let ties = write(db, async |tx| intake::find_ties(tx, &[third.id]).await).await;
        assert_eq!(ties.iter().map(|tie| tie.order_number.as_str()).collect::<Vec<_>>(), ["302-1"]);
        merge::undo(&inbox, later.id, &cast.sam).await.unwrap();
        assert!(orders::list_told(db, third.id, cast.mail.id).await.unwrap().is_empty());
        assert_eq!(orders::list_told(db, second.id, cast.mail.id).await.unwrap(), ["302-1"]);
    }
}

#[tokio::test]
async fn an_order_of_two_conversations_that_was_read_while_they_were_one_is_linked_to_both() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let market = cast.channel("mirakl", "Galaxus");
        let told = [first.id, second.id].map(|conversation_id| NewTold {
            channel_id: market.id,
            order_number: "302-1".into(),
            conversation_id,
            contact_id: cast.sofie,
            created_at: NOW,
        });
        let (shop, known) = (cast.shop_of(&market), bought(&cast, "302-1", ("sofie@example.com", "")));
        write(db, async |tx| {
            channels::insert(tx, &new_channel(&market)).await?;
            order_sources::update(tx, &shop, b"sealed".to_vec()).await?;
            intake::insert_told(tx, &told).await
        })
        .await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        write(db, async |tx| linking::link_told(&inbox, tx, first.id, ("302-1", &known)).await).await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        for place in [first.id, second.id] {
            let linked = orders::list_of(db, place).await.unwrap();
            let numbers: Vec<&str> = linked.iter().map(|one| one.order.number.as_str()).collect();
            assert_eq!(numbers, ["302-1"], "{engine:?}");
        }
    }
}

#[tokio::test]
async fn different_customers_brands_and_chats_are_not_joined_lightly() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let ole = with_ole(&desk, &cast, 3).await;
        let refused = merge::merge(&inbox, (ole.id, first.id), false, &cast.sam).await.unwrap_err().to_string();
        assert!(refused.contains("#3 is with Ole, #1 with Sofie Keller"), "{refused}");
        assert_eq!(desk.talk(3).await.merged_into, None);
        merge::merge(&inbox, (ole.id, first.id), true, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(1).await.contact_id, cast.sofie);

        let chat =
            ConversationRow { channel_id: cast.chat.id, channel_kind: cast.chat.kind.clone(), ..cast.conversation(4) };
        put(&desk.desk.db, std::slice::from_ref(&chat), &[]).await;
        let refused = merge::merge(&inbox, (chat.id, second.id), false, &cast.sam).await.unwrap_err().to_string();
        assert!(refused.contains("live chat"), "{refused}");
        let eva = with_ole(&desk, &cast, 6).await;
        let refused = merge::merge(&inbox, (eva.id, chat.id), true, &cast.sam).await.unwrap_err().to_string();
        assert!(refused.contains("another customer"), "{refused}");
        merge::merge(&inbox, (second.id, chat.id), false, &cast.sam).await.unwrap();
        // The customer went on by mail, and still has the chat open.
        let went_on = ConversationRow { contact_id: cast.sofie, ..cast.conversation(8) };
        let said = NewMessage { channel_id: cast.chat.id, ..cast.message(&went_on, "Hello?") };
        put(&desk.desk.db, std::slice::from_ref(&went_on), &[said]).await;
        let refused = merge::merge(&inbox, (went_on.id, first.id), false, &cast.sam).await.unwrap_err().to_string();
        assert!(refused.contains("live chat"), "{refused}");

        let mut foreign = cast.conversation(5);
        foreign.brand_id = desk.setup.brand;
        foreign.channel_id = desk.setup.channel;
        put(&desk.desk.db, std::slice::from_ref(&foreign), &[]).await;
        assert!(merge::merge(&inbox, (foreign.id, first.id), true, &cast.sam).await.is_err(), "another brand");
        assert!(merge::merge(&inbox, (first.id, first.id), true, &cast.sam).await.is_err(), "itself");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merging_and_splitting_are_plain_forms() {
    for engine in Engine::all() {
        let (desk, _, [first, _]) = about_one_order(engine).await;
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/conversations/1?view=all").await;
        assert!(shown.contains("Also open") && shown.contains("Merge #2 into this one"), "{shown}");
        assert!(shown.contains("/conversations/1/merges/new?source=3"), "another customer is asked about: {shown}");
        taken(&mut browser, "/conversations/1/merges", &[("source", "2"), ("back", "/conversations/1?view=all")]).await;
        let old = browser.get("/conversations/2?view=all").await.unwrap();
        assert_eq!((old.status, old.header("location")), (303, Some("/conversations/1?view=all")));
        let shown = page(&mut browser, "/conversations/1?view=all").await;
        assert!(shown.contains("merged #2 into this one") && shown.contains("/deletion\"><input"), "{shown}");
        assert!(shown.contains("/splits\""), "{shown}");
        let row = page(&mut browser, "/inbox/row/2?view=all").await;
        assert!(row.contains("id=\"row-2\"") && row.contains("Merged"), "{row}");

        let asked = send(&mut browser, "/conversations/1/merges", &[("source", "#3")]).await;
        assert_eq!(asked.header("location"), Some("/conversations/1/merges/new?source=3&view=all"));
        let warned = page(&mut browser, "/conversations/1/merges/new?source=3").await;
        assert!(warned.contains("These are different customers.") && warned.contains("name=\"sure\""), "{warned}");
        assert!(page(&mut browser, "/conversations/1/merges/new?source=99").await.contains("There is no conversation"));
        taken(&mut browser, "/conversations/1/merges", &[("source", "3"), ("sure", "1")]).await;
        assert_eq!(desk.talk(3).await.merged_into, Some(first.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merging_splitting_and_taking_a_reply_back_stay_in_the_list_that_one_works_in() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = about_one_order(engine).await;
        let here = "/conversations/1?view=unassigned";
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, here).await;
        for link in ["/conversations/1/merges/new?source=3&amp;view=unassigned", "/merges/new?view=unassigned"] {
            assert!(shown.contains(link), "{link}: {shown}");
        }
        let fields = [("source", "3"), ("back", here)];
        let asked = send(&mut browser, "/conversations/1/merges", &fields).await;
        let ask = "/conversations/1/merges/new?source=3&view=unassigned";
        assert_eq!(asked.header("location"), Some(ask));
        let warned = page(&mut browser, ask).await;
        for part in [
            "name=\"back\" value=\"/conversations/1?view=unassigned\"",
            "name=\"view\" value=\"unassigned\"",
            "href=\"/conversations/1?view=unassigned\">Do not merge",
        ] {
            assert!(warned.contains(part), "{part}: {warned}");
        }

        let more = NewMessage { created_at: at(60), ..cast.message(&first, "And the invoice?") };
        let id = more.id;
        put(&desk.desk.db, &[], &[more]).await;
        let split = send(&mut browser, &format!("/messages/{id}/splits"), &[("back", here)]).await;
        let place = split.header("location").unwrap_or_default();
        assert!(place != here && place.ends_with("?view=unassigned"), "{place}");

        let reply = [("body", "It left today."), ("back", here)];
        taken(&mut browser, "/conversations/1/messages", &reply).await;
        let sent = messages::list(&desk.desk.db, first.id, 9).await.unwrap().pop().unwrap();
        let undo = send(&mut browser, &format!("/messages/{}/cancellation", sent.id), &[("back", here)]).await;
        assert_eq!(undo.header("location"), Some(here), "{engine:?}");
    }
}

/// How many merges a page offers to take back.
async fn ways_back(desk: &TestDesk, number: i64) -> usize {
    let shown = page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await;
    shown.matches("action=\"/merges/").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_taken_back_only_where_it_went() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let third = cast.open(&desk.desk.db, 3).await;
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!(ways_back(&desk, 2).await, 1);
        let outer = merge::merge(&inbox, (second.id, third.id), false, &cast.sam).await.unwrap();
        let shown = page(&mut desk.browser().await, "/conversations/3?view=all").await;
        assert!(shown.contains("merged #1 into this one"), "it came along: {shown}");
        assert_eq!(ways_back(&desk, 3).await, 1, "the inner one cannot be taken back before the outer one");
        merge::undo(&inbox, outer.id, &cast.sam).await.unwrap();
        assert_eq!([ways_back(&desk, 2).await, ways_back(&desk, 3).await], [1, 0]);
    }
}

#[tokio::test]
async fn the_time_to_answer_both_runs_from_what_was_written_last_on_their_channel() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let hour = 3_600;
        // What was written first came last.
        for (number, came, written) in [(3, 60, 60), (4, 120, 30)] {
            let row = ConversationRow {
                last_inbound_at: Some(at(came)),
                last_written_at: Some(at(written)),
                window: Window { reply_until: Some(at(written + hour)), ..Window::default() },
                ..cast.conversation(number)
            };
            let message = NewMessage {
                created_at: at(came),
                written_at: Some(at(written)),
                ..cast.message(&row, "Where is my order?")
            };
            put(&desk.desk.db, &[row], &[message]).await;
        }
        let ids = [desk.talk(3).await.id, desk.talk(4).await.id];
        let merged = merge::merge(&inbox, (ids[1], ids[0]), false, &cast.sam).await.unwrap();
        let both = desk.talk(3).await;
        assert_eq!((both.window.reply_until, both.last_inbound_at), (Some(at(60 + hour)), Some(at(120))), "{engine:?}");
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(4).await.window.reply_until, Some(at(30 + hour)));
        assert_eq!(desk.talk(3).await.window.reply_until, Some(at(60 + hour)));
    }
}
