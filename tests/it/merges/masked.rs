//! A case that a person made of a marketplace's and another customer's: nobody proved that they are one, so they stay two, and
//! the marketplace hears nothing of the other one.

use std::time::Duration;

use channel_contract::Order;
use resolute::model::conversation::ConversationStatus;
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::model::{ContactId, MessageId};
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::{contacts, conversations, messages, order_sources, orders, people};
use serde_json::json;

use crate::mail_path::{answer, last_message, mail, receive};
use crate::support::cast::{Cast, NOW, put};
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::stand::Stand;
use crate::support::stores::write;

/// The number of the conversation by mail.
const BY_MAIL: i64 = 50;

fn order_of_hannah() -> Order {
    let money = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
    serde_json::from_value(json!({
        "id": "o1", "number": "FJ-20410", "status": "shipped",
        "placed_at": "2026-11-20T10:00:00Z", "updated_at": "2026-11-21T10:00:00Z",
        "buyer": { "id": "b", "name": "Hannah Cole", "email": "hannah@example.com", "phone": "" },
        "shipping_address": {
            "name": "Hannah Cole", "line1": "12 Quay Street", "line2": "", "postal_code": "T12 AB34", "city": "Cork",
            "region": "", "country": "IE",
        },
        "lines": [], "shipping_price": money(0), "total": money(13_100),
        "payments": [{
            "id": "p", "method": "card ending 3327", "amount": money(13_100), "at": "2026-11-20T10:00:00Z",
        }],
        "refunds": [], "shipments": [], "returns": [], "invoice_url": "", "actions": [],
    }))
    .unwrap()
}

/// Hannah writes by mail about her order, and one that the desk has not read; gives who she is.
async fn hannah_writes(stand: &Stand) -> ContactId {
    let (desk, cast) = (&stand.desk, Cast::new());
    let db = &desk.desk.db;
    let hannah: ContactId = desk.desk.clock.new_id();
    let contact = NewContact {
        id: hannah,
        brand_id: desk.setup.brand,
        name: "Hannah Cole".into(),
        kind: "email".into(),
        value: "hannah@example.com".into(),
        proved: true,
        created_at: NOW,
    };
    write(db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
    let row = ConversationRow {
        id: desk.desk.clock.new_id(),
        brand_id: desk.setup.brand,
        channel_id: desk.setup.channel,
        contact_id: hannah,
        contact_name: "Hannah Cole".into(),
        participants: vec!["hannah@example.com".into()],
        ..cast.conversation(BY_MAIL)
    };
    let message = NewMessage {
        id: desk.desk.clock.new_id::<MessageId>(),
        contact_id: Some(hannah),
        sender_name: "Hannah Cole".into(),
        sender_address: "hannah@example.com".into(),
        ..cast.message(&row, "Where is my order? And FJ-77123?")
    };
    put(db, std::slice::from_ref(&row), &[message]).await;
    let shop = order_sources::list_of(db, desk.setup.brand).await.unwrap().remove(0);
    let known = KnownOrder { source_id: shop.id, source_name: shop.name, order: order_of_hannah(), read_at: NOW };
    write(db, async |tx| {
        orders::save(tx, &known).await?;
        orders::link(tx, row.id, &known, MatchedBy::Contact, NOW).await
    })
    .await;
    hannah
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_joins_a_case_and_not_two_customers_and_a_marketplace_hears_of_one_alone() {
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["ebay"]).await;
        let desk = &stand.desk;
        let number = stand.asks(stand.line(), 1, "Has it left yet?").await;
        let buyer = desk.talk(number).await;
        let hannah = hannah_writes(&stand).await;
        let mut browser = desk.browser().await;

        let asked = page(&mut browser, &format!("/conversations/{number}/merges/new?source={BY_MAIL}")).await;
        assert!(asked.contains("they stay two customers"), "{asked}");
        let source = BY_MAIL.to_string();
        let fields = [("source", source.as_str()), ("sure", "1")];
        taken(&mut browser, &format!("/conversations/{number}/merges"), &fields).await;
        let case = desk.talk(number).await;
        assert_eq!((case.contact_id, case.channel_kind.as_str()), (buyer.contact_id, "ebay"));

        let shown = page(&mut browser, &format!("/conversations/{number}/context?view=all")).await;
        let (of_buyer, of_hannah) = shown.split_once("Also in this case").expect("each by themselves");
        for secret in ["Hannah", "Cork", "131.00", "FJ-20410"] {
            assert!(!of_buyer.contains(secret), "{secret}: {of_buyer}");
        }
        for words in ["Hannah Cole", "FJ-20410", "card ending 3327", "must not name it"] {
            assert!(of_hannah.contains(words), "{words}: {of_hannah}");
        }
        let shown = page(&mut browser, &format!("/contacts/{}", buyer.contact_id)).await;
        assert!(!shown.contains("card ending") && !shown.contains("131.00"), "{shown}");
        let shown = page(&mut browser, &format!("/contacts/{hannah}")).await;
        assert!(shown.contains("FJ-20410") && shown.contains("131.00"), "{shown}");

        let path = format!("/conversations/{number}/messages");
        let channel = stand.line().channel.to_string();
        for text in [
            "Card ending 3327 was charged.",
            "Dear Hannah  Cole, it left.",
            "Your order fj-20410 left today.",
            "We sent it to 12 quay street.",
        ] {
            let fields = [("channel", channel.as_str()), ("body", text), ("back", "/inbox")];
            let refused = said(&send(&mut browser, &path, &fields).await);
            assert!(refused.contains("hears only what was said there"), "{text}: {refused}");
        }
        let text = json!({ "body": "FJ-20410 is on its way." });
        let answer = desk.api().post_json(&format!("/api/v1{path}"), &text).await.unwrap();
        assert_eq!(answer.status, 422, "{}", answer.text());
        let all = messages::list(&desk.desk.db, case.id, 9).await.unwrap();
        assert_eq!(all.len(), 2, "nothing was stored: {all:?}");

        let fields =
            [("channel", channel.as_str()), ("body", "It left today and comes on Friday."), ("back", "/inbox")];
        taken(&mut browser, &path, &fields).await;
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!(stand.platforms.sent(stand.line()).len(), 1);
        assert_eq!(contacts::get(&desk.desk.db, hannah).await.unwrap().name, "Hannah Cole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_buyer_said_on_the_marketplace_may_be_said_there() {
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["ebay"]).await;
        let desk = &stand.desk;
        let number = stand.asks(stand.line(), 1, "It is about FJ-20410 too. Hannah Cole").await;
        hannah_writes(&stand).await;
        let mut browser = desk.browser().await;
        let source = BY_MAIL.to_string();
        let fields = [("source", source.as_str()), ("sure", "1")];
        taken(&mut browser, &format!("/conversations/{number}/merges"), &fields).await;

        let path = format!("/conversations/{number}/messages");
        let channel = stand.line().channel.to_string();
        let text = "Dear Hannah Cole, FJ-20410 left today.";
        let fields = [("channel", channel.as_str()), ("body", text), ("back", "/inbox")];
        taken(&mut browser, &path, &fields).await;
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!(stand.platforms.sent(stand.line()).len(), 1);
        let fields = [("channel", channel.as_str()), ("body", "You paid with card 3327."), ("back", "/inbox")];
        let refused = said(&send(&mut browser, &path, &fields).await);
        assert!(refused.contains("“3327”"), "anybody can write a number: {refused}");
    }
}

/// What the panel lists as not to be named in a reply.
fn untold_in(panel: &str) -> Vec<String> {
    let Some((_, listed)) = panel.split_once("id=\"untold\"") else { return Vec::new() };
    let listed = listed.split("</section>").next().unwrap_or_default();
    listed.split("<bdi>").skip(1).filter_map(|fact| fact.split("</bdi>").next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_on_the_marketplace_is_refused_for_what_the_panel_lists_and_for_nothing_else() {
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["ebay"]).await;
        let desk = &stand.desk;
        let number = stand.asks(stand.line(), 1, "It is about FJ-20410 too. Hannah Cole").await;
        hannah_writes(&stand).await;
        let mut browser = desk.browser().await;
        let panel = format!("/conversations/{number}/context?view=all");
        assert_eq!(untold_in(&page(&mut browser, &panel).await), [""; 0], "nobody else is in the case");
        let source = BY_MAIL.to_string();
        let fields = [("source", source.as_str()), ("sure", "1")];
        taken(&mut browser, &format!("/conversations/{number}/merges"), &fields).await;

        let shown = page(&mut browser, &panel).await;
        assert!(shown.contains("Another customer: what is theirs is not"), "{shown}");
        let untold = untold_in(&shown);
        for fact in ["3327", "hannah@example.com", "12 Quay Street", "T12 AB34", "FJ-77123"] {
            assert!(untold.iter().any(|listed| listed == fact), "{fact}: {untold:?}");
        }
        let (path, channel) = (format!("/conversations/{number}/messages"), stand.line().channel.to_string());
        for fact in &untold {
            let body = format!("It is about {fact}.");
            let fields = [("channel", channel.as_str()), ("body", body.as_str()), ("back", "/inbox")];
            let refused = said(&send(&mut browser, &path, &fields).await);
            assert!(refused.contains(&format!("“{fact}”")), "{fact}: {refused}");
        }
        for said_there in ["FJ-20410", "Hannah Cole"] {
            assert!(!untold.iter().any(|listed| listed == said_there), "{untold:?}");
            let body = format!("It is about {said_there}.");
            let fields = [("channel", channel.as_str()), ("body", body.as_str()), ("back", "/inbox")];
            taken(&mut browser, &path, &fields).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_of_anybody_in_the_case_leaves_to_the_marketplace_however_they_wrote() {
    for engine in Engine::all() {
        for name in ["ebay", "amazon"] {
            let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
            let stand = Box::pin(Stand::start(wish, &[name, "whatsapp"])).await;
            let desk = &stand.desk;
            let number = stand.asks(stand.line(), 1, "Has it left yet?").await;
            let by_phone = stand.asks(&stand.lines[1], 3, "Where is my parcel?").await;
            assert_ne!(by_phone, number);
            let mut browser = desk.browser().await;
            let source = by_phone.to_string();
            let fields = [("source", source.as_str()), ("sure", "1")];
            taken(&mut browser, &format!("/conversations/{number}/merges"), &fields).await;

            let panel = format!("/conversations/{number}/context?view=all");
            let untold = untold_in(&page(&mut browser, &panel).await);
            assert!(untold.iter().any(|fact| fact == "+4915100000003"), "{name}: {untold:?}");
            assert_phone_is_refused(&stand, number).await;
        }
    }
}

/// No reply on the marketplace holds the number of the customer who wrote by WhatsApp, however it is written.
async fn assert_phone_is_refused(stand: &Stand, number: i64) {
    let path = format!("/api/v1/conversations/{number}/messages");
    for text in [
        "You reach them under 4915100000003 at any time.",
        "It is about 49 151 0000-0003.",
        "It is about 49-151-00000003.",
        "It is about +49 151 00000003.",
    ] {
        let refused = stand.desk.api().post_json(&path, &json!({ "body": text })).await.unwrap();
        let words = refused.text();
        assert!(refused.status == 422 && words.contains("“+4915100000003”"), "{text}: {} {words}", refused.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_who_is_known_elsewhere_too_is_not_named_as_they_are_there() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
        let stand = Box::pin(Stand::start(wish, &["ebay", "whatsapp"])).await;
        let desk = &stand.desk;
        let number = stand.asks(stand.line(), 3, "Has it left yet?").await;
        let by_phone = stand.asks(&stand.lines[1], 3, "Where is my parcel?").await;
        let panel = format!("/conversations/{number}/context?view=all");
        let mut browser = desk.browser().await;
        assert_eq!(untold_in(&page(&mut browser, &panel).await), [""; 0], "nobody has said that they are one");

        let (buyer, caller) = (desk.talk(number).await.contact_id, desk.talk(by_phone).await.contact_id);
        write(&desk.desk.db, async |tx| people::point(tx, &[caller], buyer).await).await;
        let untold = untold_in(&page(&mut browser, &panel).await);
        assert_eq!(untold, ["+4915100000003", "DE.10003"], "and not as the marketplace knows them");
        assert_phone_is_refused(&stand, number).await;
    }
}

/// A question on a platform, and a mail of Hannah’s behind it that a person merged into it; gives the numbers of both.
async fn of_two_on_two_channels(stand: &Stand) -> (i64, i64) {
    let desk = &stand.desk;
    let number = stand.asks(stand.line(), 1, "Has it left yet?").await;
    stand.pass(Duration::from_mins(1)).await;
    let first = mail("h1@post.example", "Hannah Cole <hannah@example.com>", "The parcel", "", "Where is it?");
    let by_mail = receive(desk, &first).await;
    assert_ne!(by_mail, number);
    let source = by_mail.to_string();
    let fields = [("source", source.as_str()), ("sure", "1")];
    taken(&mut desk.browser().await, &format!("/conversations/{number}/merges"), &fields).await;
    (number, by_mail)
}

/// Hannah writes once more, in a mail with this id.
async fn hannah_goes_on(stand: &Stand, id: &str) {
    stand.pass(Duration::from_mins(1)).await;
    let more = "In-Reply-To: <h1@post.example>\r\n";
    let again = mail(id, "Hannah Cole <hannah@example.com>", "Re: The parcel", more, "And now?");
    receive(&stand.desk, &again).await;
}

/// The composer of a conversation.
async fn composer(stand: &Stand, number: i64) -> String {
    let shown = page(&mut stand.desk.browser().await, &format!("/conversations/{number}?view=all")).await;
    shown.split_once("id=\"composer\"").expect("a composer").1.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_of_two_is_answered_where_its_customer_wrote_whoever_wrote_last() {
    for engine in Engine::all() {
        for name in ["ebay", "whatsapp"] {
            let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
            let stand = Box::pin(Stand::start(wish, &[name])).await;
            let desk = &stand.desk;
            let (number, by_mail) = of_two_on_two_channels(&stand).await;
            for (text, id) in [("It left today.", "h2@post.example"), ("It comes on Friday.", "h3@post.example")] {
                assert_eq!(desk.talk(number).await.channel_kind, name);
                let shown = composer(&stand, number).await;
                assert!(shown.contains("data-compose=\"reply\"") && !shown.contains("nobody to answer"), "{shown}");
                assert!(shown.contains("and not to Hannah Cole: to answer them, split off"), "{shown}");
                answer(desk, number, text).await;
                stand.pass(Duration::from_mins(1)).await;
                let sent = last_message(desk, number).await;
                assert_eq!((sent["body"].as_str(), sent["delivery"].as_str()), (Some(text), Some("sent")), "{sent}");
                hannah_goes_on(&stand, id).await;
            }
            assert_eq!(stand.platforms.sent(stand.line()).len(), 2, "{name}");

            let mut browser = desk.browser().await;
            let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
            let merge = shown.split_once("action=\"/merges/").expect("a way back").1.split('"').next().unwrap();
            taken(&mut browser, &format!("/merges/{merge}"), &[("back", "/inbox")]).await;
            assert_eq!(desk.talk(number).await.channel_kind, name);
            assert_eq!(desk.talk(by_mail).await.channel_kind, "email");
            for number in [number, by_mail] {
                let shown = composer(&stand, number).await;
                assert!(shown.contains("data-compose=\"reply\"") && !shown.contains("and not to"), "{shown}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_an_earlier_version_left_where_nobody_can_be_answered_says_where_its_customer_can() {
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["ebay"]).await;
        let (desk, line) = (&stand.desk, stand.line());
        let (number, _) = of_two_on_two_channels(&stand).await;
        let id = desk.talk(number).await.id;
        write(&desk.desk.db, async |tx| {
            let mut talk = conversations::lock(tx, id).await?;
            talk.channel_id = desk.setup.channel;
            talk.channel_kind = "email".to_owned();
            conversations::update(tx, &talk).await
        })
        .await;
        let shown = composer(&stand, number).await;
        assert!(shown.contains("has not written by mail here.") && !shown.contains("nobody to answer"), "{shown}");
        assert!(shown.contains(&format!("name=\"channel\" value=\"{}\"", line.channel)), "{shown}");
        let path = format!("/conversations/{number}");
        let text = json!({ "body": "It left today." });
        let refused = desk.api().post_json(&format!("/api/v1{path}/messages"), &text).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains("Answer them where they wrote"), "{}", refused.text());

        let channel = line.channel.to_string();
        let fields = [("channel", channel.as_str()), ("back", "/inbox")];
        taken(&mut desk.browser().await, &format!("{path}/route"), &fields).await;
        answer(desk, number, "It left today.").await;
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!(
            (last_message(desk, number).await["delivery"].as_str(), stand.platforms.sent(line).len()),
            (Some("sent"), 1)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_what_another_customer_wrote_leaves_with_it_whatever_their_channels_aim_at() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
        let stand = Box::pin(Stand::start(wish, &["whatsapp"])).await;
        let desk = &stand.desk;
        let mut browser = desk.browser().await;
        let mut times = vec![("brand", "fjord"), ("always", "on"), ("away_text", "We are back {{ back }}.")];
        times.extend([("first_", "4 h"), ("next_", "4 h"), ("first_email", "1 h"), ("next_email", "1 h")]);
        times.extend([("first_whatsapp", "8 h"), ("next_whatsapp", "8 h")]);
        taken(&mut browser, "/answer-times", &times).await;
        let (number, by_mail) = of_two_on_two_channels(&stand).await;
        answer(desk, number, "It left today.").await;
        stand.pass(Duration::from_mins(1)).await;
        assert_eq!(desk.talk(number).await.due_at, None, "it is answered");
        hannah_goes_on(&stand, "h2@post.example").await;
        let due = desk.desk.clock.now().plus(Duration::from_hours(1));
        assert_eq!(desk.talk(number).await.due_at, Some(due), "{engine:?}: as soon as a mail");

        let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        let merge = shown.split_once("action=\"/merges/").expect("a way back").1.split('"').next().unwrap();
        taken(&mut browser, &format!("/merges/{merge}"), &[("back", "/inbox")]).await;
        let (left, gone) = (desk.talk(number).await, desk.talk(by_mail).await);
        assert_eq!((left.status, left.due_at), (ConversationStatus::Waiting, None), "{engine:?}: nobody waits there");
        assert_eq!(gone.status, ConversationStatus::Open);
        assert!(gone.due_at.is_some(), "{engine:?}: Hannah does");
    }
}
