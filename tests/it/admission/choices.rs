//! Buttons below a reply, and signs on what a customer wrote.

use std::time::Duration;

use platform_doubles::Fault;
use platform_doubles::whatsapp::error;
use resolute::model::draft::DraftDocument;
use serde_json::{Value, json};

use super::World;
use crate::composer_files::{form, post_multipart};
use crate::mail_path::last_message;
use crate::support::desk::Engine;
use crate::support::drafts::{put_before_a_person, saying};
use crate::support::forms::{page, said, send, taken};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_puts_buttons_below_a_reply() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let shown = world.shown().await;
        assert!(shown.contains("One answer to press a line, up to 10, each up to 20 characters"), "{shown}");
        // Kept as they are typed, for every device, and looked at.
        let path = world.here("draft-text");
        let long = "This is more than one can read";
        let typed = [("body", "Which one?"), ("revision", ""), ("choices", long)];
        let kept = send(&mut world.browser, &path, &typed).await;
        let words = kept.json()["objections"][0].as_str().unwrap().to_owned();
        assert!(words.contains("is too long for a button on WhatsApp: at most 20 characters"), "{words}");
        let shown = world.shown().await;
        assert!(shown.contains(&format!(">{long}</textarea>")) && shown.contains(&words), "{shown}");

        let path = world.here("messages");
        let refused = [("body", "Which one?"), ("choices", "The lamp\r\nThe lamp"), ("back", "/inbox")];
        let refused = send(&mut world.browser, &path, &refused).await;
        assert!(said(&refused).contains("Two buttons say the same."), "{}", said(&refused));
        let shown = world.shown().await;
        assert!(shown.contains(">The lamp\nThe lamp</textarea>"), "what was written is kept: {shown}");
        let asks = [("body", "Which one?"), ("choices", "The lamp\r\n\r\nThe chair"), ("back", "/inbox")];
        let sent = send(&mut world.browser, &path, &asks).await;
        assert_eq!((sent.status, said(&sent).as_str()), (303, ""));
        let id = last_message(&world.desk, world.number).await["id"].as_str().unwrap().to_owned();
        let shown = world.shown().await;
        assert!(shown.contains("<bdi>The lamp</bdi>") && shown.contains("<bdi>The chair</bdi>"), "{shown}");

        // Taken back they are in the composer again.
        taken(&mut world.browser, &format!("/messages/{id}/cancellation"), &[]).await;
        let shown = world.shown().await;
        assert!(shown.contains(">The lamp\nThe chair</textarea>"), "{shown}");
        let sent = send(&mut world.browser, &path, &asks).await;
        assert_eq!((sent.status, said(&sent).as_str()), (303, ""));
        world.desk.drain().await;
        let sent = world.double.platform.sent();
        assert_eq!(sent.len(), 1);
        let buttons = sent[0].body.pointer("/interactive/action/buttons").unwrap().as_array().unwrap();
        let titles: Vec<&Value> = buttons.iter().map(|button| &button["reply"]["title"]).collect();
        assert_eq!(titles, [&json!("The lamp"), &json!("The chair")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_buttons_of_the_agents_question_stand_below_it() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let lamp = "<bdi>The lamp</bdi>";
        let long = "Blue jacket, size M, with a hood";
        for (text, choices, titles) in [
            ("Which one is it?", vec!["The lamp", long], &["The lamp", "Blue jacket, size M…"][..]),
            // Two that would look the same stand in the text alone.
            ("Is it one of these?", vec!["The lamp", "The lamp"], &[][..]),
        ] {
            let document = DraftDocument { choices: choices.into_iter().map(str::to_owned).collect(), ..saying(text) };
            let talk = world.desk.talk(world.number).await;
            let approval = put_before_a_person(&world.desk, &talk, document).await;
            let path = format!("/approvals/{approval}/acceptance");
            taken(&mut world.browser, &path, &[("back", "/approvals")]).await;
            world.desk.drain().await;
            let sent = world.double.platform.sent().pop().unwrap().body;
            assert!(sent.to_string().contains(text), "{sent}");
            let buttons = sent.pointer("/interactive/action/buttons").and_then(Value::as_array);
            let shown: Vec<&str> =
                buttons.into_iter().flatten().filter_map(|button| button["reply"]["title"].as_str()).collect();
            assert_eq!(shown, titles);
            let kept = last_message(&world.desk, world.number).await;
            assert_eq!(kept["choices"].as_array().map(Vec::len), Some(titles.len()), "{kept}");
            assert_eq!(world.shown().await.matches(lamp).count(), 1, "the second question has none");
        }
        let reply = json!({ "id": format!("say:{long}"), "title": "Blue jacket, size M…" });
        let pressed =
            json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": reply } });
        world.hears("wamid.press", &pressed).await;
        let shown = world.shown().await;
        assert!(shown.contains(lamp) && shown.contains(&format!("<bdi>{long}</bdi>")), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_and_macros_put_buttons_below_a_text() {
    let mut world = World::new(Engine::Sqlite).await;
    let api = format!("/api/v1{}", world.here("messages"));
    let post = async |world: &World, body: Value| world.desk.api().post_json(&api, &body).await.unwrap();
    for (body, status, words) in [
        (json!({ "body": "Sure?", "choices": "Yes" }), 400, "The field `choices` has to hold a list of texts"),
        (
            json!({ "body": "Sure?", "choices": vec!["x"; 11] }),
            422,
            "At most 10 buttons go with one message on WhatsApp",
        ),
        (json!({ "body": "Sure?", "choices": [" "] }), 422, "A button needs words."),
        (json!({ "template": { "name": "a" }, "choices": ["Yes"] }), 400, "A template has its own buttons"),
        (json!({ "choices": ["Yes"] }), 400, "The field `body` is missing"),
    ] {
        let refused = post(&world, body).await;
        assert!(refused.status == status && refused.text().contains(words), "{}", refused.text());
    }
    let taken_in = post(&world, json!({ "body": "Sure?", "choices": ["Yes", "No"] })).await;
    assert_eq!(taken_in.status, 201, "{}", taken_in.text());
    assert_eq!(last_message(&world.desk, world.number).await["choices"], json!(["Yes", "No"]));

    // The same with a file, as a form.
    let label: [(&str, &str, &[u8]); 1] = [("label.pdf", "application/pdf", b"%PDF")];
    for (fields, status, words) in [
        (&[("body", "Sure?"), ("choices", " ")][..], 422, "A button needs words."),
        (&[("template", "a")][..], 400, "The field `template` cannot be read as JSON"),
        (&[("template", "{\"name\": \"a\"}"), ("choices", "Yes")][..], 400, "A template has its own buttons"),
        (&[("template", "{\"name\": \"a\"}"), ("body", "Sure?")][..], 400, "not both"),
        (&[("choices", "Yes")][..], 400, "The field `body` is missing"),
    ] {
        let refused = post_multipart(&mut world.desk.api(), &api, &form(fields, &label)).await;
        assert!(refused.status == status && refused.text().contains(words), "{}", refused.text());
    }
    let fields = [("body", "Is it this one?"), ("choices", "It is"), ("choices", " It is not ")];
    let taken_in = post_multipart(&mut world.desk.api(), &api, &form(&fields, &label)).await;
    assert_eq!(taken_in.status, 201, "{}", taken_in.text());
    let kept = last_message(&world.desk, world.number).await;
    assert_eq!(
        (&kept["choices"], &kept["attachments"][0]["name"]),
        (&json!(["It is", "It is not"]), &json!("label.pdf"))
    );

    let alone = [("name", "Which"), ("shared", "team"), ("then", "resolve"), ("choices_en", "Lamp")];
    let refused = send(&mut world.browser, "/macros", &alone).await;
    assert!(refused.status == 422 && refused.text().contains("Buttons stand below a text."), "{}", refused.text());
    let which = [("name", "Which"), ("shared", "team"), ("text_en", "Which one?"), ("choices_en", "Lamp\r\nChair")];
    let one = world.saves_macro(&which).await;
    assert!(page(&mut world.browser, &format!("/macros/{}", one.id)).await.contains(">Lamp\nChair</textarea>"));
    let path = format!("/conversations/{}?view=all&macro={}", world.number, one.id);
    let shown = page(&mut world.browser, &path).await;
    assert!(shown.contains(">Which one?</textarea>") && shown.contains(">Lamp\nChair</textarea>"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_is_put_on_what_the_customer_wrote_and_taken_off_by_pressing_again() {
    for engine in Engine::all() {
        let mut world = World::new(engine).await;
        let id = last_message(&world.desk, world.number).await["id"].as_str().unwrap().to_owned();
        let path = format!("/messages/{id}/sign");
        let shown = world.shown().await;
        assert!(shown.contains("aria-label=\"Put 👍 on the message from Ben Ohm\""), "{shown}");
        let refused = send(&mut world.browser, &path, &[("sign", "💡")]).await;
        assert!(said(&refused).contains("This sign cannot be put on a message on WhatsApp."), "{}", said(&refused));
        assert!(world.double.platform.sent().is_empty());
        for _ in 0..2 {
            let put = send(&mut world.browser, &path, &[("sign", "👍")]).await;
            assert_eq!((put.status, said(&put).as_str()), (303, ""));
        }
        let last = world.double.platform.sent().pop().unwrap();
        assert_eq!(last.body["reaction"], json!({ "message_id": "wamid.1", "emoji": "👍" }));
        let shown = world.shown().await;
        assert_eq!(shown.matches("<span class=\"sign\">👍").count(), 1, "{shown}");
        assert!(shown.contains("aria-label=\"Take 👍 off the message from Ben Ohm\""), "{shown}");

        world.double.misbehave("POST", "/messages", Fault::Answer(error(400, 131_009, "No such message")), 1);
        let refused = send(&mut world.browser, &path, &[("sign", "")]).await;
        assert!(said(&refused).contains("Nothing was changed."), "{}", said(&refused));
        assert_eq!(last_message(&world.desk, world.number).await["signs"][0]["sign"], "👍", "it stands there still");
        let off = send(&mut world.browser, &path, &[("sign", "")]).await;
        assert_eq!((off.status, said(&off).as_str()), (303, ""));
        let last = world.double.platform.sent().pop().unwrap();
        assert_eq!(last.body["reaction"]["emoji"], "");
        assert_eq!(last_message(&world.desk, world.number).await["signs"], json!([]));

        world.passes(Duration::from_hours(25));
        assert!(!world.shown().await.contains("Put 👍 on the message"), "what would be refused is not offered");
        let sent = world.double.platform.sent().len();
        let late = send(&mut world.browser, &path, &[("sign", "👍")]).await;
        assert!(said(&late).contains("The time for a sign on WhatsApp is over."), "{}", said(&late));
        assert_eq!(world.double.platform.sent().len(), sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pressed_button_says_the_whole_answer() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let reply = json!({ "id": "say:Blue jacket, size M", "title": "Blue jacket, size…" });
        let pressed =
            json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": reply } });
        for _ in 0..2 {
            world.hears("wamid.press", &pressed).await;
        }
        assert_eq!(last_message(&world.desk, world.number).await["body"], "Blue jacket, size M");
        let shown = world.desk.api_get(&format!("/api/v1/conversations/{}", world.number)).await;
        assert_eq!(shown["messages"].as_array().unwrap().len(), 2, "delivered twice it is one message");
    }
}
