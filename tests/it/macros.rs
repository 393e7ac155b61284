//! Macros: written and checked, put into a composer, and done when the answer is sent.

use channel_contract::Order;
use resolute::clock::Clock;
use resolute::credentials::hash_password;
use resolute::inbox::macros::{Also, Then};
use resolute::inbox::place::agent_job;
use resolute::inbox::{InboxError, care, taken_back};
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::model::message::{Delivery, Direction, Message};
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::model::teammate::{Role, Teammate};
use resolute::model::{MessageId, TeammateId};
use resolute::store::intake::NewMessage;
use resolute::store::{actions, conversations, jobs, macros, messages, orders, teammates};
use serde_json::json;

use crate::support::answers::text_alone;
use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, signed_in, taken, value_of};
use crate::support::http::Client;
use crate::support::stores::{happened, tags_of, write};

const LATE: [(&str, &str); 8] = [
    ("brand", "fjell"),
    ("name", "Late parcel"),
    ("shared", "team"),
    ("text_en", "Dear {{ customer.first_name }},\nwe look for it. {{ teammate }}, {{ brand }}"),
    ("text_de", "Wir suchen es."),
    ("tags", "Late, the carrier"),
    ("assign", "me"),
    ("then", "tomorrow"),
];

async fn world() -> (TestDesk, Cast, Client) {
    let wish = Wish { clock: Clock::fixed(MONDAY), may_leave_work: true, ..Wish::exact(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    let browser = desk.browser().await;
    (desk, cast, browser)
}

async fn sent(desk: &TestDesk) -> Vec<Message> {
    let all = messages::list(&desk.desk.db, desk.talk(7).await.id, 50).await.unwrap();
    all.into_iter().filter(|message| message.direction == Direction::Outbound).collect()
}

/// A form without some of its fields, and with others in their place.
fn but<'a>(form: &[(&'a str, &'a str)], other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = form.iter().filter(|(name, _)| !other.iter().any(|(changed, _)| changed == name));
    kept.chain(other).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_macro_is_checked_when_it_is_saved() {
    let (desk, cast, mut browser) = world().await;
    for (field, wrong, words) in [
        ("text_en", "Hello\n{{ customer.iban }}", "line 2"),
        ("text_de", "{% include \"x\" %}", "not allowed"),
        ("name", " ", "needs a name"),
        ("tags", "a/b", "letters, digits and dashes"),
    ] {
        let answer = send(&mut browser, "/macros", &but(&LATE, &[(field, wrong)])).await;
        assert_eq!(answer.status, 422, "{field}");
        assert!(answer.text().contains(words), "{field}: {}", answer.text());
    }
    let empty = [("text_en", ""), ("text_de", ""), ("tags", ""), ("assign", ""), ("then", "")];
    assert_eq!(send(&mut browser, "/macros", &but(&LATE, &empty)).await.status, 422, "nothing in it");
    assert!(macros::list(&desk.desk.db, cast.brand.id, desk.setup.teammate).await.unwrap().is_empty());
    taken(&mut browser, "/macros", &LATE).await;
    let html = page(&mut browser, "/macros?brand=fjell").await;
    assert!(html.contains("Late parcel") && html.contains("Tag it late, the-carrier"), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_and_steps_are_shown_and_what_is_ticked_is_done() {
    let (desk, cast, mut browser) = world().await;
    taken(&mut browser, "/macros", &LATE).await;
    let [one] = macros::list(&desk.desk.db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    assert_eq!(send(&mut browser, "/conversations/7/draft-text", &[("body", "Hello again.")]).await.status, 200);
    let html = page(&mut browser, &format!("/conversations/7?view=all&macro={}", one.id)).await;
    assert!(html.contains("Hello again.\n\nDear Sofie,") && html.contains("Fjell &"), "{html}");
    assert!(html.contains("Snooze it until tomorrow 08:00"), "{html}");
    let version = value_of(&html, "macro_version");
    let id = one.id.to_string();
    let form = [
        ("body", "Dear Sofie"),
        ("macro", id.as_str()),
        ("macro_version", version.as_str()),
        ("back", "/inbox?view=all"),
    ];

    // What was changed meanwhile is not done unseen.
    let stale = but(&form, &[("macro_version", "1"), ("step", "then")]);
    taken(&mut browser, "/conversations/7/messages", &stale).await;
    assert!(sent(&desk).await.is_empty());

    let mut ticked = form.to_vec();
    ticked.extend([("step", "tags"), ("step", "then")]);
    taken(&mut browser, "/conversations/7/messages", &ticked).await;
    let now = desk.talk(7).await;
    assert_eq!(sent(&desk).await.len(), 1);
    assert_eq!(now.status, ConversationStatus::Snoozed);
    assert_eq!(now.snoozed_until.unwrap().rfc3339(), "2026-11-24T08:00:00Z");
    assert_eq!(tags_of(&desk.desk.db, now.id).await, ["late", "the-carrier"]);

    // Without ticks it is a text like any other.
    taken(&mut browser, "/conversations/7/messages", &form).await;
    assert_eq!(desk.talk(7).await.status, ConversationStatus::Waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_asked_about_first_keeps_its_macro() {
    let (desk, cast, mut browser) = world().await;
    taken(&mut browser, "/macros", &LATE).await;
    let [one] = macros::list(&desk.desk.db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    let html = page(&mut browser, &format!("/conversations/7?view=all&macro={}", one.id)).await;
    let (version, id, seen) = (value_of(&html, "macro_version"), one.id.to_string(), value_of(&html, "shown"));
    let row = cast.conversation(7);
    let talk = desk.talk(7).await;
    let more = NewMessage {
        conversation_id: talk.id,
        channel_id: talk.channel_id,
        contact_id: Some(talk.contact_id),
        ..cast.message(&row, "And by the way")
    };
    put(&desk.desk.db, &[], &[more]).await;
    let form = [
        ("body", "Dear Sofie, I look for it now."),
        ("macro", id.as_str()),
        ("macro_version", version.as_str()),
        ("step", "then"),
        ("shown", seen.as_str()),
        ("back", "/inbox?view=all"),
    ];
    let asked = send(&mut browser, "/conversations/7/messages", &form).await;
    let back = asked.header("location").unwrap();
    assert!(back.contains("overtaken=customer"), "{back}");
    assert!(sent(&desk).await.is_empty());
    let shown = page(&mut browser, back.split('#').next().unwrap()).await;
    assert!(shown.contains("Snooze it until tomorrow 08:00"), "{shown}");
    assert!(shown.contains("Dear Sofie, I look for it now.</textarea>"), "the text as it was written: {shown}");
}

/// The step that a page of the conversation offers, and whether it is ticked.
fn is_ticked(shown: &str, step: &str) -> Option<bool> {
    let field = shown.split(&format!("name=\"step\" value=\"{step}\"")).nth(1)?;
    Some(field.split('>').next()?.contains("checked"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_macro_does_stays_with_its_text() {
    let (desk, cast, mut browser) = world().await;
    taken(&mut browser, "/macros", &LATE).await;
    let [one] = macros::list(&desk.desk.db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    let here = "/conversations/7?view=all";
    let html = page(&mut browser, &format!("{here}&macro={}", one.id)).await;
    assert_eq!(["then", "tags"].map(|step| is_ticked(&html, step)), [Some(true); 2]);
    let (version, id) = (value_of(&html, "macro_version"), one.id.to_string());
    let typed = [("body", "Dear Sofie, soon."), ("revision", ""), ("macro", id.as_str()), ("steps", "then,assign")];
    assert_eq!(send(&mut browser, "/conversations/7/draft-text", &typed).await.status, 200);
    // Another device, or the same one later.
    let shown = page(&mut browser, here).await;
    assert!(shown.contains("Dear Sofie, soon.</textarea>") && !shown.contains("we look for it"), "{shown}");
    assert_eq!(["then", "tags"].map(|step| is_ticked(&shown, step)), [Some(true), Some(false)]);
    assert_eq!(value_of(&shown, "macro"), id);
    // Ticking alone is a change too.
    let revision = value_of(&shown, "text_revision");
    let ticked = [("body", typed[0].1), ("revision", &revision), ("macro", &id), ("steps", "tags,then")];
    assert_eq!(send(&mut browser, "/conversations/7/draft-text", &ticked).await.status, 200);
    assert_eq!(is_ticked(&page(&mut browser, here).await, "tags"), Some(true));

    let form = [("body", typed[0].1), ("macro", &id), ("macro_version", &version), ("step", "then"), ("back", here)];
    taken(&mut browser, "/conversations/7/messages", &form).await;
    assert_eq!(desk.talk(7).await.status, ConversationStatus::Snoozed);
    assert_eq!(is_ticked(&page(&mut browser, here).await, "then"), None, "it is sent");
    let [reply] = sent(&desk).await.try_into().unwrap();
    taken(&mut browser, &format!("/messages/{}/cancellation", reply.id), &[("back", here)]).await;
    let shown = page(&mut browser, here).await;
    assert!(shown.contains("Dear Sofie, soon.</textarea>"), "{shown}");
    assert_eq!(["then", "tags"].map(|step| is_ticked(&shown, step)), [Some(true), Some(false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_with_a_gap_is_not_sent() {
    let (desk, cast, mut browser) = world().await;
    taken(&mut browser, "/macros", &but(&LATE, &[("text_en", "Order {{ order.number }} is late.")])).await;
    let [one] = macros::list(&desk.desk.db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    let here = "/conversations/7?view=all";
    let shown = page(&mut browser, &format!("{here}&macro={}", one.id)).await;
    assert!(
        shown.contains("The text says “{{ order.number }}”.")
            && shown.contains("Order {{ order.number }} is late.</textarea>"),
        "{shown}"
    );
    let form = |body| [("body", body), ("back", here)];
    let refused = send(&mut browser, "/conversations/7/messages", &form("Order {{ order.number }} is late.")).await;
    assert!(said(&refused).contains("the text still says “{{ order.number }}”"), "{}", said(&refused));
    assert!(sent(&desk).await.is_empty());
    assert!(page(&mut browser, here).await.contains("Order {{ order.number }} is late.</textarea>"), "it is kept");
    taken(&mut browser, "/conversations/7/messages", &form("Order 7 is late.")).await;
    assert_eq!(sent(&desk).await.len(), 1);
}

/// An order of which so much was paid, as it is read at this moment.
fn order(cast: &Cast, id: &str, minor: i64) -> KnownOrder {
    let money = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
    let order: Order = serde_json::from_value(json!({
        "id": id, "number": format!("FJ-{id}"), "status": "delivered",
        "placed_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-02T10:00:00Z",
        "buyer": { "id": "b", "name": "Sofie", "email": "sofie@example.com", "phone": "" },
        "shipping_address": { "name": "", "line1": "", "line2": "", "postal_code": "", "city": "", "region": "", "country": "DE" },
        "lines": [], "shipping_price": money(0), "total": money(minor),
        "payments": [{ "id": "p1", "method": "card", "amount": money(minor), "at": "2026-11-01T10:00:00Z" }],
        "refunds": [], "shipments": [], "returns": [], "invoice_url": "",
        "actions": [{ "kind": "refund", "refused_because": null }],
    }))
    .unwrap();
    KnownOrder { source_id: cast.shop.id, source_name: cast.shop.name.clone(), order, read_at: MONDAY }
}

/// The shop tells of an order, and it is that of the conversation.
async fn link(desk: &TestDesk, known: &KnownOrder) {
    let talk = desk.talk(7).await;
    write(&desk.desk.db, async |tx| {
        orders::save(tx, known).await?;
        orders::link(tx, talk.id, known, MatchedBy::Number, MONDAY).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shop_is_asked_for_is_written_as_amounts_are_on_the_page() {
    let (desk, cast, mut browser) = world().await;
    taken(&mut browser, "/macros", &but(&LATE, &[("order", "refund_all")])).await;
    let [one] = macros::list(&desk.desk.db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    link(&desk, &order(&cast, "77", 208_600)).await;
    let shown = page(&mut browser, &format!("/conversations/7?view=all&macro={}", one.id)).await;
    assert!(shown.contains("Refund 2,086.00 EUR, order FJ-77"), "{shown}");
    assert!(!shown.contains("Refund 2086.00"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_in_a_text_are_written_as_its_language_writes_them() {
    let (desk, cast, mut browser) = world().await;
    let db = &desk.desk.db;
    link(&desk, &order(&cast, "77", 208_600)).await;
    let talk = Conversation { language: "de".into(), ..desk.talk(7).await };
    write(db, async |tx| conversations::update(tx, &talk).await).await;
    let english = ("text_en", "It was {{ order.total }}.");
    for (name, german) in [("In two", "Es waren {{ order.total }}."), ("In one", "")] {
        taken(&mut browser, "/macros", &but(&LATE, &[("name", name), english, ("text_de", german)])).await;
    }
    for one in macros::list(db, cast.brand.id, cast.sam.id).await.unwrap() {
        let words = if one.name == "In two" { "Es waren 2.086,00 EUR." } else { "It was 2,086.00 EUR." };
        let shown = page(&mut browser, &format!("/conversations/7?view=all&macro={}", one.id)).await;
        assert!(shown.contains(words), "{}: {shown}", one.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_is_asked_only_for_what_was_shown_and_only_once() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
        let desk = TestDesk::start(wish).await;
        let (db, cast) = (&desk.desk.db, Cast::stored(&desk.desk.db).await);
        let talk = cast.open(db, 7).await;
        let mut browser = desk.browser().await;
        let refunds = [("order", "refund_all"), ("tags", ""), ("assign", ""), ("then", "")];
        taken(&mut browser, "/macros", &but(&LATE, &refunds)).await;
        let [one] = macros::list(db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
        link(&desk, &order(&cast, "77", 3_000)).await;
        let (here, macro_id) = ("/conversations/7?view=all", one.id.to_string());
        let with_macro = format!("{here}&macro={macro_id}");
        let drawn = async |browser: &mut Client| {
            let html = page(browser, &with_macro).await;
            let composer = html.split("id=\"composer\"").nth(1).unwrap().to_owned();
            ["id", "macro_version", "macro_order"].map(|name| value_of(&composer, name))
        };
        let form = |[id, version, asked]: &[String; 3]| {
            [("id", id), ("macro", &macro_id), ("macro_version", version), ("macro_order", asked)]
                .map(|(name, value)| (name, value.clone()))
        };
        let post = async |browser: &mut Client, fields: &[(&'static str, String); 4]| {
            let mut all = vec![("body", "Your 30.00 EUR are back."), ("step", "order"), ("back", here)];
            all.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
            said(&send(browser, "/conversations/7/messages", &all).await)
        };

        // It is worth more by now; then it is another one.
        let first = form(&drawn(&mut browser).await);
        link(&desk, &order(&cast, "77", 6_500)).await;
        let words = post(&mut browser, &first).await;
        assert!(
            words.contains("The order has changed since: it would be “Refund 65.00 EUR, order FJ-77” now."),
            "{words}"
        );
        let second = form(&drawn(&mut browser).await);
        write(db, async |tx| orders::refuse(tx, talk.id, cast.shop.id, "77").await).await;
        link(&desk, &order(&cast, "78", 6_500)).await;
        let words = post(&mut browser, &second).await;
        assert!(words.contains("it would be “Refund 65.00 EUR, order FJ-78” now."), "{words}");
        assert!(sent(&desk).await.is_empty() && actions::list(db, talk.id).await.unwrap().is_empty());
        let kept = page(&mut browser, here).await;
        assert!(kept.contains("Your 30.00 EUR are back.</textarea>"), "{kept}");

        let third = form(&drawn(&mut browser).await);
        assert_eq!(post(&mut browser, &third).await, "");
        let shown = page(&mut browser, &with_macro).await;
        assert!(shown.contains("Not yet: a refund of order FJ-78 is under way (#7)."), "{shown}");
        assert_eq!(is_ticked(&shown, "order"), None, "it is not asked again");
        // The money is back, and the same form comes once more: its answer was lost.
        link(&desk, &order(&cast, "78", 0)).await;
        assert_eq!(post(&mut browser, &third).await, "", "it is the same message");
        let [reply] = sent(&desk).await.try_into().unwrap();
        assert_eq!(actions::list(db, talk.id).await.unwrap().len(), 1);

        taken(&mut browser, &format!("/messages/{}/cancellation", reply.id), &[("back", here)]).await;
        let words = post(&mut browser, &third).await;
        assert!(words.starts_with('b') && words.contains("taken back since. Nothing was sent now"), "{words}");
        let [reply] = sent(&desk).await.try_into().unwrap();
        assert_eq!(reply.delivery, Some(Delivery::Cancelled));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_macros_are_their_owners_and_shared_ones_the_managers() {
    let (desk, cast, mut browser) = world().await;
    let id: TeammateId = desk.desk.clock.new_id();
    let hash = hash_password("correct horse battery").unwrap();
    write(&desk.desk.db, async |tx| {
        teammates::insert(tx, id, "lee@x.example", "Lee", Role::Teammate, &hash, MONDAY).await
    })
    .await;
    let (mut lee, _) = signed_in(&desk, "lee@x.example", "correct horse battery", "").await;
    taken(&mut browser, "/macros", &LATE).await;
    taken(&mut browser, "/macros", &but(&LATE, &[("name", "Mine"), ("shared", "mine")])).await;
    // A teammate's own is private, whatever the form says.
    taken(&mut lee, "/macros", &but(&LATE, &[("name", "Lee’s")])).await;
    let names = async |who| {
        let all = macros::list(&desk.desk.db, cast.brand.id, who).await.unwrap();
        all.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    assert_eq!(names(desk.setup.teammate).await, ["Late parcel", "Mine"]);
    assert_eq!(names(id).await, ["Late parcel", "Lee’s"]);
    let shared = macros::list(&desk.desk.db, cast.brand.id, id).await.unwrap()[0].id;
    let own = macros::list(&desk.desk.db, cast.brand.id, desk.setup.teammate).await.unwrap()[1].id;
    assert_eq!(send(&mut lee, &format!("/macros/{shared}"), &LATE).await.status, 403);
    assert_eq!(send(&mut lee, &format!("/macros/{shared}/deletion"), &[]).await.status, 403);
    assert_eq!(send(&mut lee, &format!("/macros/{own}/deletion"), &[]).await.status, 404);
    taken(&mut browser, &format!("/macros/{shared}"), &but(&LATE, &[("name", "Later")])).await;
    assert_eq!(names(id).await, ["Later", "Lee’s"]);
    taken(&mut browser, &format!("/macros/{shared}/deletion"), &[]).await;
    assert_eq!(names(id).await, ["Lee’s"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_a_macro_the_second_is_told_and_a_deleted_one_does_not_come_back() {
    let (desk, cast, mut browser) = world().await;
    let db = &desk.desk.db;
    taken(&mut browser, "/macros", &LATE).await;
    let [one] = macros::list(db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    let edit = format!("/macros/{}", one.id);
    let drawn = value_of(&page(&mut browser, &edit).await, "seen");
    desk.desk.clock.advance(std::time::Duration::from_secs(1));
    for _ in 0..2 {
        let first = but(&LATE, &[("text_de", "Wir suchen sie."), ("seen", drawn.as_str())]);
        taken(&mut browser, &edit, &first).await;
    }
    let refused = send(&mut browser, &edit, &but(&LATE, &[("name", "Lost parcel"), ("seen", drawn.as_str())])).await;
    let shown = refused.text();
    assert!(refused.status == 422 && shown.contains("Somebody changed this macro meanwhile"), "{shown}");
    assert!(shown.contains("value=\"Lost parcel\""), "what was written is there: {shown}");
    let stands = macros::find(db, one.id, cast.sam.id).await.unwrap().unwrap();
    assert_eq!((stands.name.as_str(), stands.document.texts["de"].as_str()), ("Late parcel", "Wir suchen sie."));

    let drawn = value_of(&shown, "seen");
    let second = but(&LATE, &[("name", "Lost parcel"), ("seen", drawn.as_str())]);
    taken(&mut browser, &edit, &second).await;
    taken(&mut browser, &format!("{edit}/deletion"), &[]).await;
    let refused = send(&mut browser, &edit, &second).await;
    let shown = refused.text();
    assert!(refused.status == 422 && shown.contains("Somebody deleted this macro meanwhile"), "{shown}");
    assert!(macros::list(db, cast.brand.id, cast.sam.id).await.unwrap().is_empty(), "it does not come back");
    assert!(shown.contains("action=\"/macros\"") && shown.contains("value=\"Lost parcel\""), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_resolves_ends_the_conversation_as_a_person_does() {
    let (desk, cast, mut browser) = world().await;
    taken(&mut browser, "/macros", &but(&LATE, &[("then", "resolve")])).await;
    let [one] = macros::list(&desk.desk.db, cast.brand.id, cast.sam.id).await.unwrap().try_into().unwrap();
    let (db, clock, id) = (&desk.desk.db, &desk.desk.clock, desk.talk(7).await.id);
    write(db, async |tx| jobs::enqueue(tx, &[agent_job(clock, id, clock.now(), "")]).await).await;
    let html = page(&mut browser, &format!("/conversations/7?view=all&macro={}", one.id)).await;
    let (version, id) = (value_of(&html, "macro_version"), one.id.to_string());
    let form = [
        ("body", "Dear Sofie"),
        ("macro", id.as_str()),
        ("macro_version", version.as_str()),
        ("step", "then"),
        ("back", "/inbox?view=all"),
    ];
    taken(&mut browser, "/conversations/7/messages", &form).await;
    let now = desk.talk(7).await;
    assert_eq!((now.status, now.unread, now.taken_over), (ConversationStatus::Resolved, false, false));
    assert!(now.resolved_at.is_some());
    assert!(!jobs::is_due(db, JobKind::AgentRun, clock.now()).await.unwrap(), "the agent does not run on it any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_taken_back_undoes_what_its_macro_did_and_nobody_changed_since() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let cast = Cast::stored(db).await;
        let (id, sam) = (cast.open(db, 7).await.id, &cast.sam);
        let until = inbox.clock.now().plus(std::time::Duration::from_hours(20));
        let answered = async |to: Option<&Teammate>| -> Result<MessageId, InboxError> {
            let also = Also {
                tags: ["late", "lost", "vip"].map(str::to_owned).to_vec(),
                assign: Some((to.map(|person| person.id), to.map(|person| person.name.clone()).unwrap_or_default())),
                then: Some(Then::Asleep(until)),
                ..Also::default()
            };
            let message = inbox.clock.new_id();
            care::answer_with(&inbox, id, sam, (message, "We look for it."), text_alone(&also)).await
        };
        let cancelled = async |message: MessageId| {
            taken_back::cancel(&inbox, message, sam).await.unwrap();
            let talk = desk.talk(7).await;
            assert_eq!((talk.status, talk.snoozed_until), (ConversationStatus::Open, None));
            (tags_of(db, id).await, talk.assignee_id)
        };
        care::tag(&inbox, id, "vip", true, sam).await.unwrap();
        care::assign(&inbox, id, Some(cast.noor.id), sam).await.unwrap();

        let reply = answered(Some(sam)).await.unwrap();
        assert_eq!(tags_of(db, id).await, ["late", "lost", "vip"]);
        assert_eq!(desk.talk(7).await.assignee_id, Some(sam.id));
        // Somebody has looked into it, and says so again.
        for add in [false, true] {
            care::tag(&inbox, id, "lost", add, &cast.noor).await.unwrap();
        }
        let (tags, assignee) = cancelled(reply).await;
        assert_eq!(tags, ["lost", "vip"], "one was there before, one was given anew");
        assert_eq!(assignee, Some(cast.noor.id));

        let reply = answered(Some(sam)).await.unwrap();
        care::assign(&inbox, id, None, sam).await.unwrap();
        assert_eq!(cancelled(reply).await.1, None, "it was given back to the team meanwhile");

        let reply = answered(Some(&cast.noor)).await.unwrap();
        assert_eq!(desk.talk(7).await.assignee_id, Some(cast.noor.id));
        let (tags, assignee) = cancelled(reply).await;
        assert_eq!((tags.len(), assignee), (2, None), "nobody had it");
        let told = happened(db, id).await;
        let off = told.iter().filter(|event| event.kind == EventKind::Tagged && event.data.0["added"] == false);
        let off: Vec<&str> = off.filter_map(|event| event.data.0["tag"].as_str()).collect();
        assert_eq!(off, ["lost", "late", "late", "late"], "the timeline says so");
    }
}
