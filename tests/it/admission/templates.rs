//! Templates where the time to answer is over: by a person, by a macro, and by the agent.

use std::time::Duration;

use platform_doubles::whatsapp::Customer;
use resolute::inbox::approve::{self, Changes, Decider};
use resolute::inbox::closed::stand_in;
use resolute::inbox::settle::{Finished, Returned, Understood};
use resolute::model::ChannelId;
use resolute::model::conversation::ConversationStatus;
use resolute::model::draft::Check;
use resolute::model::teammate::Role;
use resolute::store::{approvals, teammates};
use serde_json::{Value, json};

use super::{World, ben};
use crate::erasure::forget;
use crate::mail_path::last_message;
use crate::restraint::{agent_settles, reply};
use crate::support::desk::Engine;
use crate::support::drafts::done_run;
use crate::support::forms::{page, said, send, taken, value_of, values_of};
use crate::support::http::Client;
use crate::told_later::text;

/// A macro that sends the template and ends the case.
const LATE: [(&str, &str); 5] = [
    ("name", "Late"),
    ("shared", "team"),
    ("template_name", "late_parcel"),
    ("template_values", "{{ customer.first_name }}\n{{ conversation.number }}"),
    ("then", "resolve"),
];

pub(crate) fn late_parcel(status: &str, name: &str) -> Value {
    json!({
        "name": name,
        "language": "en_US",
        "status": status,
        "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Hi {{1}}, your order {{2}} is late." }],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_chosen_filled_in_and_sent_when_the_time_is_over() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        world.double.platform.put_template(late_parcel("APPROVED", "late_parcel"));
        world.double.platform.put_template(late_parcel("REJECTED", "too_loud"));
        world.passes(Duration::from_hours(25));
        let path = world.here("templates");
        let listed = page(&mut world.browser, &path).await;
        assert!(
            listed.contains("late_parcel") && listed.contains("too_loud") && listed.contains("rejected"),
            "{listed}"
        );
        assert!(!listed.contains("name=too_loud"), "what cannot be sent is not chosen");

        let one = format!("{path}?name=late_parcel&language=en_US");
        let filled = page(&mut world.browser, &one).await;
        assert_eq!(values_of(&filled, "name"), ["late_parcel"]);
        assert!(
            filled.contains("name=\"value\" value=\"Ben\"") && filled.contains("Hi Ben, your order {{2}} is late."),
            "{filled}"
        );
        let previewed = page(&mut world.browser, &format!("{one}&value=Ben&value=FJ-1042")).await;
        assert!(previewed.contains("Hi Ben, your order FJ-1042 is late."), "{previewed}");

        let id = value_of(&filled, "id");
        let named = [("id", id.as_str()), ("name", "late_parcel"), ("language", "en_US"), ("value", "Ben")];
        let gap = send(&mut world.browser, &path, &[named.as_slice(), &[("value", "")]].concat()).await;
        let kept = gap.text();
        assert!(gap.status == 422 && kept.contains("Every place of the template has to be filled in."), "{kept}");
        assert_eq!((value_of(&kept, "id"), value_of(&kept, "value")), (id.clone(), "Ben".to_owned()));
        let whole = [named.as_slice(), &[("value", "FJ-1042")]].concat();
        for _ in 0..2 {
            let sent = send(&mut world.browser, &path, &whole).await;
            assert_eq!((sent.status, said(&sent).as_str()), (303, ""), "{}", sent.text());
        }
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1, "sent twice it is one message");
        assert_eq!(sent[0].body["template"]["name"], "late_parcel");
        assert_eq!(sent[0].body.pointer("/template/components/0/parameters/1/text"), Some(&json!("FJ-1042")));
        assert_eq!(last_message(&world.desk, world.number).await["body"], "Hi Ben, your order FJ-1042 is late.");

        let api = format!("/api/v1{}", world.here("messages"));
        let template = json!({ "name": "late_parcel", "values": ["Ben", "FJ-1"] });
        let posted = world.desk.api().post_json(&api, &json!({ "template": template })).await.unwrap();
        assert_eq!(posted.status, 201, "{}", posted.text());
        let rejected = json!({ "template": { "name": "too_loud", "values": ["Ben", "FJ-1"] } });
        let refused = world.desk.api().post_json(&api, &rejected).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains("calls it rejected"), "{}", refused.text());
        let both = world.desk.api().post_json(&api, &json!({ "body": "Hi", "template": template })).await.unwrap();
        assert_eq!(both.status, 400, "{}", both.text());
        let known = world.desk.api_get(&format!("/api/v1{}", world.here("templates"))).await;
        assert_eq!(known["items"][0]["places"], json!(["1", "2"]));
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 2);

        let one = world.saves_macro(&LATE).await;
        let by_macro = format!("{path}?macro={}", one.id);
        assert!(world.shown().await.contains(&by_macro), "the macro leads to its template");
        let filled = page(&mut world.browser, &by_macro).await;
        let expected = format!("Hi Ben, your order {} is late.", world.number);
        assert!(filled.contains(&expected) && filled.contains("Resolve it"), "{filled}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_comes_again_under_its_key_was_sent_whatever_became_of_it_since() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        offers(&world);
        let path = format!("/api/v1{}", world.here("messages"));
        let wanted = |order: &str| json!({ "template": { "name": "autumn_offer", "values": ["Ben", order] } });
        let mut keyed = world.desk.api().with("idempotency-key", "late-1");
        let first = keyed.post_json(&path, &wanted("FJ-1")).await.unwrap();
        assert_eq!(first.status, 201, "{}", first.text());
        world.desk.drain().await;

        world.pushed(&marketing(&ben().phone, "stop", 0)).await;
        let again = keyed.post_json(&path, &wanted("FJ-1")).await.unwrap();
        assert_eq!((again.status, &again.json()["id"]), (201, &first.json()["id"]), "{}", again.text());
        assert_ne!(again.json()["delivery"], "queued", "it says where it is by now");
        let other = keyed.post_json(&path, &wanted("FJ-2")).await.unwrap();
        assert_eq!(other.status, 409, "{}", other.text());
        let new = world.desk.api().post_json(&path, &wanted("FJ-1")).await.unwrap();
        assert!(new.status == 422 && new.text().contains("wants no messages like"), "a new one: {}", new.text());
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 1);
    }
}

/// What somebody with this number has chosen to get of the shop, so many seconds after the first of it.
fn marketing(phone: &str, value: &str, seconds: i64) -> Value {
    json!({ "field": "user_preferences", "value": {
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "4930900100", "phone_number_id": "800001" },
        "user_preferences": [{
            "wa_id": phone, "category": "marketing_messages", "value": value, "timestamp": 1_790_000_300 + seconds
        }],
    } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_of_a_kind_that_the_customer_stopped_is_not_offered_until_they_want_it_again() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        offers(&world);
        world.double.platform.put_template(late_parcel("APPROVED", "late_parcel"));
        let path = world.here("templates");
        let is_offered = |shown: &str| shown.contains("name=autumn_offer");
        assert!(is_offered(&page(&mut world.browser, &path).await));

        world.pushed(&marketing(&ben().phone, "stop", 0)).await;
        let shown = page(&mut world.browser, &path).await;
        assert!(shown.contains("has opted out on WhatsApp") && shown.contains("Choose another one"), "{shown}");
        assert!(!is_offered(&shown) && shown.contains("opted out") && shown.contains("name=late_parcel"), "{shown}");
        let api = format!("/api/v1{}", world.here("messages"));
        let template = json!({ "template": { "name": "autumn_offer", "values": ["Ben", "FJ-1"] } });
        let refused = world.desk.api().post_json(&api, &template).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains("wants no messages like"), "{}", refused.text());
        world.pushed(&marketing(&ben().phone, "resume", 1)).await;
        let shown = page(&mut world.browser, &path).await;
        assert!(is_offered(&shown) && !shown.contains("has opted out on WhatsApp"), "{shown}");

        // What only a refusal tells is kept, too.
        world.double.platform.stop_marketing(&ben().phone);
        let posted = world.desk.api().post_json(&api, &template).await.unwrap();
        assert_eq!(posted.status, 201, "{}", posted.text());
        world.desk.drain().await;
        assert_eq!(last_message(&world.desk, world.number).await["delivery"], "failed");
        assert!(!is_offered(&page(&mut world.browser, &path).await));
    }
}

/// The only template there: one of marketing.
fn offers(world: &World) {
    let mut offer = late_parcel("APPROVED", "autumn_offer");
    offer["category"] = json!("MARKETING");
    world.double.platform.put_template(offer);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_word_of_an_opt_out_that_comes_later_undoes_no_newer_one() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        offers(&world);
        let path = world.here("templates");
        for (value, seconds, is_offered) in
            [("stop", 100, false), ("resume", 0, false), ("resume", 200, true), ("stop", 150, true)]
        {
            world.pushed(&marketing(&ben().phone, value, seconds)).await;
            let shown = page(&mut world.browser, &path).await;
            assert_eq!(shown.contains("name=autumn_offer"), is_offered, "{value} at {seconds}: {shown}");
            assert_ne!(shown.contains("No template can be sent now:"), is_offered, "{shown}");
            assert_ne!(shown.contains("None can be chosen now"), is_offered, "{shown}");
            assert_eq!(shown.contains("A template can leave at any time"), is_offered, "{shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_opted_out_before_they_wrote_stays_so_once_they_are_known() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        offers(&world);
        let mia = Customer {
            phone: "4915100009777".to_owned(),
            user_id: "DE.99001".to_owned(),
            name: "Mia Lund".to_owned(),
            shows_phone: true,
        };
        world.double.platform.join(mia.clone());
        world.pushed(&marketing(&mia.phone, "stop", 0)).await;
        world.passes(Duration::from_secs(10));
        let said = world.double.platform.said(&mia, "wamid.9", &text("Do you have it in blue?"));
        world.pushed(&said).await;
        let number = world.desk.newest().await.number;
        assert_ne!(number, world.number);
        let path = format!("/conversations/{number}/templates");
        let shown = page(&mut world.browser, &path).await;
        assert!(!shown.contains("name=autumn_offer") && shown.contains("opted out"), "{shown}");
        world.pushed(&marketing(&mia.phone, "resume", 60)).await;
        assert!(page(&mut world.browser, &path).await.contains("name=autumn_offer"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_opted_out_and_is_erased_stays_so_when_they_come_back() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        offers(&world);
        world.pushed(&marketing(&ben().phone, "stop", 0)).await;
        forget(&world.desk, world.desk.talk(world.number).await.contact_id).await;
        world.passes(Duration::from_secs(10));
        let said = world.double.platform.said(&ben(), "wamid.9", &text("Do you have it in blue?"));
        world.pushed(&said).await;
        let number = world.desk.newest().await.number;
        assert_ne!(number, world.number, "they are somebody new");
        let path = format!("/conversations/{number}/templates");
        let shown = page(&mut world.browser, &path).await;
        assert!(!shown.contains("name=autumn_offer") && shown.contains("has opted out on WhatsApp"), "{shown}");
        world.pushed(&marketing(&ben().phone, "resume", 60)).await;
        assert!(page(&mut world.browser, &path).await.contains("name=autumn_offer"));
    }
}

/// What is left of a reply of the agent's that could not leave as it is.
async fn stands_in(world: &World, asks: &[&str]) -> Returned {
    disclosing(world, asks, None).await
}

/// The same of one that has to say with these words that a machine writes.
async fn disclosing(world: &World, asks: &[&str], words: Option<&str>) -> Returned {
    let talk = world.desk.talk(world.number).await;
    let Returned::Reply(mut proposal) = reply() else { panic!("a reply") };
    proposal.disclosure = words.map(str::to_owned);
    let over = "The time for a reply on WhatsApp is over.";
    proposal.document.checks = vec![Check { name: "Channel rules".to_owned(), problem: Some(over.to_owned()) }];
    proposal.reasons = vec![format!("Channel rules: {over}")];
    proposal.reasons.extend(asks.iter().map(ToString::to_string));
    let run = done_run(&world.desk.desk.clock, &talk);
    let mut finished = Finished { run, understood: Understood::default(), result: Returned::Reply(proposal) };
    stand_in(&world.desk.desk.inbox(), &mut finished).await.unwrap();
    finished.result
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_takes_the_template_of_the_brands_choice_when_the_time_is_over() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let mut still_here = late_parcel("APPROVED", "still_here");
        still_here["components"][0]["text"] = json!("Hi {{1}}, we have news. Write to us.");
        world.double.platform.put_template(still_here);
        let path = format!("/channels/{}/closed-window", world.channel);
        let shown = page(&mut world.browser, &path).await;
        assert!(shown.contains("None: a person decides") && shown.contains("we have news"), "{shown}");
        let refused = send(&mut world.browser, &path, &[("template", "still_here"), ("values", "")]).await;
        assert!(refused.status == 422 && refused.text().contains("has 1 place, and 0 lines"), "{}", refused.text());
        let chosen = [("template", "still_here"), ("values", "{{ customer.first_name }}")];
        taken(&mut world.browser, &path, &chosen).await;
        assert!(page(&mut world.browser, &path).await.contains(">{{ customer.first_name }}</textarea>"));

        let Returned::Reply(in_time) = stands_in(&world, &[]).await else { panic!("a reply") };
        assert!(in_time.document.template.is_none() && in_time.reasons.len() == 1, "a text can leave");
        world.passes(Duration::from_hours(25));
        let alone = stands_in(&world, &[]).await;
        let talk = world.desk.talk(world.number).await;
        Box::pin(agent_settles(&world.desk, &talk, alone)).await;
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1, "it needs nobody where the agent may answer alone");
        assert_eq!(sent[0].body["template"]["name"], "still_here");
        assert_eq!(last_message(&world.desk, world.number).await["body"], "Hi Ben, we have news. Write to us.");

        // With anything to ask it waits, and leaves word for word.
        world.passes(Duration::from_mins(1));
        let asks = stands_in(&world, &["a refund is near"]).await;
        let talk = world.desk.talk(world.number).await;
        Box::pin(agent_settles(&world.desk, &talk, asks)).await;
        let shown = world.shown().await;
        assert!(shown.contains("Approve and send") && shown.contains("Another template…"), "{shown}");
        assert!(!shown.contains("edit=1"), "what would be refused is not offered: {shown}");
        let editing = format!("/conversations/{}?view=all&edit=1", world.number);
        assert!(!page(&mut world.browser, &editing).await.contains("id=\"draft-body\""));
        let db = &world.desk.desk.db;
        let pending = approvals::pending_of(db, talk.id).await.unwrap().unwrap();
        assert_eq!(pending.reasons.0, ["a refund is near"]);
        let me = teammates::find(db, world.desk.setup.teammate).await.unwrap().unwrap();
        let decider = Decider { teammate: &me, took: None, program: false };
        let inbox = world.desk.desk.inbox();
        let other = Changes { text: Some("Hi Ben, we have bad news."), ..Changes::default() };
        let refused = approve::accept(&inbox, pending.id, decider, other).await.unwrap_err();
        assert!(refused.to_string().contains("word for word"), "{refused}");
        approve::accept(&inbox, pending.id, decider, Changes::default()).await.unwrap();
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 2);

        // Where it has to be said that a machine writes, only a template that says so leaves by itself.
        let silent = "the template “still_here” does not say that a machine writes";
        for (words, reason) in [("Write to us.", None), ("I am a machine.", Some(silent))] {
            let Returned::Reply(disclosed) = disclosing(&world, &[], Some(words)).await else { panic!("a reply") };
            assert!(disclosed.document.template.is_some());
            assert_eq!(disclosed.reasons.first().map(String::as_str), reason, "{words}");
        }
        assert!(page(&mut world.browser, &path).await.contains("the template lacks those words"));

        // Without a choice it stays what the agent wrote, and a person decides.
        taken(&mut world.browser, &path, &[("template", "")]).await;
        let Returned::Reply(none) = stands_in(&world, &[]).await else { panic!("a reply") };
        assert!(none.document.template.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_ends_no_case_in_which_more_was_said_and_passes_no_colleague() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        world.double.platform.put_template(late_parcel("APPROVED", "late_parcel"));
        world.passes(Duration::from_hours(25));
        let one = world.saves_macro(&LATE).await;
        let path = world.here("templates");
        let by_macro = format!("{path}?macro={}", one.id);
        let drawn = async |browser: &mut Client| {
            let html = page(browser, &by_macro).await;
            let form = html.split("id=\"template-form\"").nth(1).unwrap().split("</form>").next().unwrap().to_owned();
            let named = ["id", "channel", "seen", "shown", "name", "language", "macro", "macro_version"];
            let mut fields: Vec<(&str, String)> = named.iter().map(|name| (*name, value_of(&form, name))).collect();
            fields.extend(values_of(&form, "value").into_iter().map(|value| ("value", value)));
            fields.push(("step", "then".to_owned()));
            fields
        };
        let post = async |browser: &mut Client, fields: &[(&str, String)]| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = send(browser, &path, &fields).await;
            if answer.status == 422 { answer.text() } else { said(&answer) }
        };

        let form = drawn(&mut world.browser).await;
        world.hears("wamid.7", &text("And cancel the other one!")).await;
        let words = post(&mut world.browser, form.as_slice()).await;
        assert!(words.contains("The customer wrote meanwhile"), "{words}");
        assert_eq!(world.desk.talk(world.number).await.status, ConversationStatus::Open);

        let form = drawn(&mut world.browser).await;
        let mut ole = world.desk.browser_of(world.desk.joined("Ole", Role::Teammate).await).await;
        let reply = [("body", "I look into it."), ("back", "/inbox")];
        taken(&mut ole, &world.here("messages"), &reply).await;
        let words = post(&mut world.browser, form.as_slice()).await;
        assert!(words.contains("Somebody else sent a reply before yours."), "{words}");

        // Of another channel, where answers go elsewhere since.
        let mut form = drawn(&mut world.browser).await;
        let other: ChannelId = world.desk.desk.clock.new_id();
        for (name, value) in &mut form {
            if *name == "channel" {
                *value = other.to_string();
            }
        }
        let words = post(&mut world.browser, form.as_slice()).await;
        assert!(words.contains("Answers go on another channel since"), "{words}");

        let form = drawn(&mut world.browser).await;
        assert_eq!(post(&mut world.browser, form.as_slice()).await, "");
        assert_eq!(world.desk.talk(world.number).await.status, ConversationStatus::Resolved);
        world.desk.drain().await;
        assert_eq!(world.double.platform.sent().len(), 2, "the reply and one template");
    }
}
