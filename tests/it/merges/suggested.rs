//! What a page suggests can be done: merging what is about one order, and splitting what is about another.

use resolute::inbox::{merge, people, split};
use resolute::model::ContactId;
use resolute::model::merge::Bar;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::{channels, conversations};

use super::{desk, with_ole};
use crate::support::cast::{Cast, NOW, at, new_channel, put};
use crate::support::desk::{Engine, TestDesk};
use crate::support::forms::{page, send, taken};
use crate::support::stores::write;

/// Sofie's chat, in which she has written.
async fn chat(desk: &TestDesk, cast: &Cast, number: i64) -> ConversationRow {
    let row =
        ConversationRow { channel_id: cast.chat.id, channel_kind: cast.chat.kind.clone(), ..cast.conversation(number) };
    put(&desk.desk.db, std::slice::from_ref(&row), &[cast.message(&row, "Hello?")]).await;
    row
}

/// They are about the same order.
async fn about_one_order(desk: &TestDesk, rows: &[&ConversationRow]) {
    write(&desk.desk.db, async |tx| {
        for row in rows {
            let mut talk = conversations::lock(tx, row.id).await?;
            talk.order_number = Some("FJ-20417".into());
            conversations::update(tx, &talk).await?;
        }
        Ok(())
    })
    .await;
}

fn merge_of(into: i64, source: i64) -> String {
    format!("/conversations/{into}/merges/new?source={source}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_and_a_mail_of_different_customers_are_opened_and_not_merged() {
    for engine in Engine::all() {
        let (desk, cast, [..]) = desk(engine).await;
        let (chat, ole) = (chat(&desk, &cast, 4).await, with_ole(&desk, &cast, 5).await);
        about_one_order(&desk, &[&chat, &ole]).await;
        let mut browser = desk.browser().await;
        let why = Bar::Stranger.words();
        for (here, other) in [(4, 5), (5, 4)] {
            let panel = page(&mut browser, &format!("/conversations/{here}/context?view=all")).await;
            let listed = panel.split("<li>").find(|line| line.contains("about the same order")).expect("it is listed");
            assert!(listed.contains(why), "{listed}");
            assert!(listed.contains(&format!("href=\"/conversations/{other}?view=all\" data-command")), "{listed}");
            assert!(!listed.contains("/merges"), "what cannot be done is not suggested: {listed}");

            let asked = page(&mut browser, &merge_of(here, other)).await;
            assert!(asked.contains(why) && asked.contains(&format!("Open #{other}")), "{asked}");
            assert!(!asked.contains("name=\"sure\"") && !asked.contains(">Merge</button>"), "{asked}");
            let source = other.to_string();
            let fields = [("source", source.as_str()), ("sure", "1"), ("back", "/inbox")];
            assert_eq!(send(&mut browser, &format!("/conversations/{here}/merges"), &fields).await.status, 303);
            assert_eq!(desk.talk(other).await.merged_into, None, "nor is it done");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_the_same_number_in_another_shop_is_not_about_the_same_order() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let ole = with_ole(&desk, &cast, 5).await;
        let market = cast.channel("mirakl", "A market");
        write(&desk.desk.db, async |tx| channels::insert(tx, &new_channel(&market)).await).await;
        let there =
            ConversationRow { channel_id: market.id, channel_kind: market.kind.clone(), ..cast.conversation(6) };
        put(&desk.desk.db, std::slice::from_ref(&there), &[cast.message(&there, "Is it on its way?")]).await;
        about_one_order(&desk, &[&first, &ole, &there]).await;
        let panel = page(&mut desk.browser().await, "/conversations/5/context?view=all").await;
        let listed: Vec<&str> = panel.split("<li>").filter(|line| line.contains("about the same order")).collect();
        assert_eq!(listed.len(), 1, "{panel}");
        assert!(listed[0].contains("/conversations/1?") && !panel.contains("/conversations/6?"), "{panel}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_into_the_chat_of_its_customer_from_either_page() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let chat = chat(&desk, &cast, 4).await;
        // She went on by mail, and has the chat open still.
        let went_on = cast.conversation(8);
        let said = NewMessage { channel_id: cast.chat.id, ..cast.message(&went_on, "Hello?") };
        put(&desk.desk.db, std::slice::from_ref(&went_on), &[said]).await;
        let mut browser = desk.browser().await;
        let panel = page(&mut browser, "/conversations/1/context?view=all").await;
        for number in [chat.number, went_on.number] {
            assert!(panel.contains(&merge_of(number, 1)), "{number}: {panel}");
            assert!(!panel.contains(&merge_of(1, number)), "{number}: {panel}");
        }
        let panel = page(&mut browser, "/conversations/4/context?view=all").await;
        assert!(panel.contains("Merge #1 into this one") && panel.contains(Bar::BothStay.words()), "{panel}");
        let turned = page(&mut browser, &merge_of(1, 4)).await;
        assert!(turned.contains(Bar::ChatStays.words()) && turned.contains(&merge_of(4, 1)), "{turned}");

        let fields = [("source", "1"), ("back", "/conversations/4?view=all")];
        taken(&mut browser, "/conversations/4/merges", &fields).await;
        assert_eq!(desk.talk(first.number).await.merged_into, Some(chat.id));
        assert_eq!(desk.talk(second.number).await.merged_into, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_merge_begins_with_what_may_be_meant_and_with_its_field() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (chat, ole) = (chat(&desk, &cast, 4).await, with_ole(&desk, &cast, 5).await);
        about_one_order(&desk, &[&first, &chat, &ole]).await;
        let mut browser = desk.browser().await;
        let has_focus = |shown: &str| {
            let field = shown.split("id=\"source\"").nth(1).and_then(|rest| rest.split('>').next());
            field.expect("the field").contains(" autofocus")
        };
        let begins = page(&mut browser, "/conversations/1/merges/new?view=all").await;
        assert!(has_focus(&begins), "{begins}");
        let place = |into: i64, source: i64| begins.find(&format!("{}&", merge_of(into, source)));
        assert!(place(1, 5).is_some() && place(1, 5) < place(1, 2), "about the same order first: {begins}");
        assert!(place(4, 1).is_some() && place(1, 4).is_none(), "the chat stays: {begins}");
        let begins = page(&mut browser, "/conversations/4/merges/new?source=99&view=all").await;
        assert!(has_focus(&begins) && begins.contains(&merge_of(4, 1)), "{begins}");
        assert!(!begins.contains(&merge_of(4, 5)), "what cannot be done is not suggested: {begins}");

        let chosen = page(&mut browser, &merge_of(1, 2)).await;
        assert!(!has_focus(&chosen) && !chosen.contains("These may belong here"), "{chosen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_wrote_in_goes_into_no_chat_until_that_is_out_of_it() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (chat, ole) = (chat(&desk, &cast, 4).await, with_ole(&desk, &cast, 5).await);
        let his = NewMessage { contact_id: Some(ole.contact_id), ..cast.message(&ole, "It is mine too") };
        put(&desk.desk.db, &[], &[his]).await;
        let inbox = desk.desk.inbox();
        let merged = merge::merge(&inbox, (ole.id, first.id), true, &cast.sam).await.unwrap();
        let mut browser = desk.browser().await;
        let why = Bar::Others.words();
        for (here, other) in [(4, 1), (1, 4)] {
            let panel = page(&mut browser, &format!("/conversations/{here}/context?view=all")).await;
            let listed = panel.split("<li>").find(|line| line.contains(why)).expect("it says why");
            assert!(listed.contains(&format!("href=\"/conversations/{other}?view=all\" data-command")), "{listed}");
            assert!(!listed.contains("/merges"), "what cannot be done is not suggested: {listed}");
            let asked = page(&mut browser, &merge_of(here, other)).await;
            assert!(asked.contains(why) && !asked.contains(">Merge</button>"), "{asked}");
            let source = other.to_string();
            let fields = [("source", source.as_str()), ("sure", "1"), ("back", "/inbox")];
            assert_eq!(send(&mut browser, &format!("/conversations/{here}/merges"), &fields).await.status, 303);
            assert_eq!(desk.talk(other).await.merged_into, None, "nor is it done");
        }

        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let panel = page(&mut browser, "/conversations/4/context?view=all").await;
        assert!(panel.contains("Merge #1 into this one"), "{panel}");
        taken(&mut browser, "/conversations/4/merges", &[("source", "1"), ("back", "/conversations/4?view=all")]).await;
        assert_eq!(desk.talk(1).await.merged_into, Some(chat.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_what_somebody_else_wrote_is_split_off_the_rest_goes_into_the_chat_with_what_answered_them() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (chat, ole) = (chat(&desk, &cast, 4).await, with_ole(&desk, &cast, 5).await);
        let his = NewMessage {
            contact_id: Some(ole.contact_id),
            sender_name: "Ole".into(),
            ..cast.message(&ole, "It is mine too")
        };
        let answer = NewMessage {
            direction: Direction::Outbound,
            author: MessageAuthor::Teammate,
            contact_id: None,
            delivery: Some(Delivery::Sent),
            to_contact_id: Some(ole.contact_id),
            created_at: at(60),
            ..cast.message(&ole, "Yours left today")
        };
        let from = his.id;
        put(&desk.desk.db, &[], &[his, answer]).await;
        let inbox = desk.desk.inbox();
        merge::merge(&inbox, (ole.id, first.id), true, &cast.sam).await.unwrap();
        let mut browser = desk.browser().await;
        let panel = page(&mut browser, "/conversations/4/context?view=all").await;
        assert!(panel.contains(Bar::Others.words()), "{panel}");

        split::split(&inbox, from, &cast.sam).await.unwrap();
        let panel = page(&mut browser, "/conversations/4/context?view=all").await;
        assert!(panel.contains("Merge #1 into this one"), "what was advised leads there: {panel}");
        taken(&mut browser, "/conversations/4/merges", &[("source", "1"), ("back", "/conversations/4?view=all")]).await;
        assert_eq!(desk.talk(1).await.merged_into, Some(chat.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_into_the_chat_of_its_customer_under_another_name() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let guest: ContactId = cast.clock.new_id();
        let contact = NewContact {
            id: guest,
            brand_id: cast.brand.id,
            name: "Visitor 0007".into(),
            kind: "chat_visitor".into(),
            value: "00000000-0000-0000-0000-000000000007".into(),
            proved: false,
            created_at: NOW,
        };
        write(&desk.desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
        let chat = ConversationRow {
            channel_id: cast.chat.id,
            channel_kind: cast.chat.kind.clone(),
            contact_id: guest,
            contact_name: "Visitor 0007".into(),
            ..cast.conversation(4)
        };
        let said = NewMessage { contact_id: Some(guest), ..cast.message(&chat, "Hello?") };
        put(&desk.desk.db, std::slice::from_ref(&chat), &[said]).await;
        let inbox = desk.desk.inbox();
        let refused = merge::merge(&inbox, (first.id, chat.id), true, &cast.sam).await.unwrap_err().to_string();
        assert_eq!(refused, Bar::Stranger.words());

        people::merge(&inbox, (guest, cast.sofie), &cast.sam).await.unwrap();
        let mut browser = desk.browser().await;
        let panel = page(&mut browser, "/conversations/4/context?view=all").await;
        assert!(panel.contains("Merge #1 into this one") && !panel.contains(Bar::Stranger.words()), "{panel}");
        let panel = page(&mut browser, "/conversations/1/context?view=all").await;
        assert!(panel.contains(&merge_of(4, 1)) && !panel.contains(Bar::Stranger.words()), "{panel}");
        for (here, named) in [(4, ""), (1, ""), (4, "1")] {
            let asked = page(&mut browser, &format!("/conversations/{here}/merges/new?source={named}&view=all")).await;
            assert!(!asked.contains(Bar::Stranger.words()), "{asked}");
            assert!(!named.is_empty() || asked.contains(&merge_of(4, 1)), "{asked}");
        }
        taken(&mut browser, "/conversations/4/merges", &[("source", "1"), ("back", "/conversations/4?view=all")]).await;
        assert_eq!(desk.talk(1).await.merged_into, Some(chat.id));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_another_order_is_offered_a_conversation_of_its_own() {
    const OFFER: &str = "Names another order than what was said before";
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let db = &desk.desk.db;
        let mut browser = desk.browser().await;
        let path = "/conversations/1/timeline?view=all";
        let say = async |text: &str| {
            let message = cast.message(&first, text);
            let id = message.id;
            put(db, &[], &[message]).await;
            id
        };
        say("It is FJ-20417.").await;
        assert!(!page(&mut browser, path).await.contains(OFFER), "nothing was said of another");
        say("I mean fj-20417, the blue one.").await;
        assert!(!page(&mut browser, path).await.contains(OFFER), "it is the same");
        let other = say("And the cup of FJ-20418 is broken.").await;
        say("FJ-20418 I mean.").await;
        let shown = page(&mut browser, path).await;
        assert_eq!(shown.matches(OFFER).count(), 1, "once, where it begins: {shown}");
        let offered = shown.split("<article").find(|article| article.contains(OFFER)).unwrap();
        assert!(offered.contains(&format!("/messages/{other}/splits")) && offered.contains("FJ-20418"), "{offered}");

        let split = send(&mut browser, &format!("/messages/{other}/splits"), &[("back", "/inbox")]).await;
        assert!(!page(&mut browser, path).await.contains(OFFER), "it went");
        let (part, _) = split.header("location").and_then(|place| place.split_once('?')).expect("its own conversation");
        let shown = page(&mut browser, &format!("{part}/timeline?view=all")).await;
        assert!(shown.contains("the cup of") && !shown.contains(OFFER), "{shown}");

        // In a chat nothing can be split, so nothing is offered.
        let talk = chat(&desk, &cast, 4).await;
        let said = ["It is FJ-20417.", "And FJ-20418?"].map(|text| cast.message(&talk, text));
        put(db, &[], &said).await;
        assert!(!page(&mut browser, "/conversations/4/timeline?view=all").await.contains(OFFER));
    }
}
