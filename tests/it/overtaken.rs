//! A reply that was sent while a person typed theirs: they are asked first, and nothing is answered twice unseen.

use resolute::inbox::InboxError;
use resolute::inbox::care::{self, Answer};
use resolute::inbox::macros::Also;
use resolute::inbox::{merge, split};
use resolute::model::conversation::ConversationStatus;
use resolute::model::message::Automatic;
use resolute::model::{MessageId, Ts};
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::{composer_texts, messages};
use serde_json::json;

use crate::store::approvals::pending;
use crate::support::answers::text_alone;
use crate::support::cast::{Cast, NOW, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::http::Client;

/// A desk with an open conversation.
async fn with_a_case(wish: Wish) -> (TestDesk, Cast, ConversationRow) {
    let desk = Box::pin(TestDesk::start(wish)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 7).await;
    (desk, cast, row)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_is_asked_keeps_the_text_and_can_send_it_then() {
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let mut mara = desk.browser().await;
        let seen = value_of(&page(&mut mara, "/conversations/7?view=all").await, "seen");
        let id: MessageId = cast.clock.new_id();
        care::answer_with(&desk.desk.inbox(), row.id, &cast.sam, (id, "I look into it."), text_alone(&Also::default()))
            .await
            .unwrap();

        let fields = [("body", "It is on its way."), ("seen", seen.as_str()), ("back", "/conversations/7?view=all")];
        let asked = send(&mut mara, "/conversations/7/messages", &fields).await;
        assert_eq!(asked.header("location"), Some("/conversations/7?view=all&overtaken=1#composer"));
        assert_eq!(messages::list(db, row.id, 9).await.unwrap().len(), 2, "nothing was sent");
        let kept = composer_texts::find(db, row.id, desk.setup.teammate).await.unwrap().reply.unwrap();
        assert_eq!(kept.body, "It is on its way.");
        let shown = page(&mut mara, "/conversations/7?view=all&overtaken=1").await;
        assert!(shown.contains("Sam sent a reply before yours.") && shown.contains("Send all the same"), "{shown}");
        assert!(shown.contains("It is on its way.</textarea>"), "{shown}");

        let seen = value_of(&shown, "seen");
        let fields = [("body", "It is on its way."), ("seen", seen.as_str()), ("back", "/conversations/7?view=all")];
        let sent = send(&mut mara, "/conversations/7/messages", &fields).await;
        assert_eq!(sent.header("location"), Some("/conversations/7?view=all"));
        assert_eq!(messages::list(db, row.id, 9).await.unwrap().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_sends_leaves_what_its_person_writes_and_they_are_asked() {
    for engine in Engine::all() {
        let (desk, _, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let here = "/conversations/7?view=all";
        let mut mara = desk.browser().await;
        let seen = value_of(&page(&mut mara, here).await, "seen");
        let kept = async || {
            let texts = composer_texts::find(db, row.id, desk.setup.teammate).await.unwrap();
            texts.reply.map(|text| text.body)
        };
        let post = async |text: &str| {
            let path = "/api/v1/conversations/7/messages";
            desk.api().post_json(path, &json!({ "body": text })).await.unwrap().status
        };
        let half = send(&mut mara, "/conversations/7/draft-text", &[("body", "Dear Sofie"), ("revision", "")]).await;
        assert_eq!((half.status, post("It left today.").await), (200, 201));
        assert_eq!(kept().await.as_deref(), Some("Dear Sofie"));

        let fields = [("body", "Dear Sofie, it comes."), ("seen", seen.as_str()), ("back", here)];
        let asked = send(&mut mara, "/conversations/7/messages", &fields).await;
        assert_eq!(asked.header("location"), Some("/conversations/7?view=all&overtaken=1#composer"));
        assert_eq!(messages::list(db, row.id, 9).await.unwrap().len(), 2, "hers was not sent");
        let shown = page(&mut mara, "/conversations/7?view=all&overtaken=1").await;
        assert!(shown.contains("A reply went out in your name before yours."), "{shown}");

        assert_eq!(post("Dear Sofie, it comes.").await, 201);
        assert_eq!(kept().await, None, "her own words were sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_by_a_draft_that_a_program_accepts_in_their_name_is_asked() {
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let here = "/conversations/7?view=all";
        let mut mara = desk.browser().await;
        let seen = value_of(&page(&mut mara, here).await, "seen");
        let approval = pending(&desk.desk.db, &cast, &row, NOW).await;
        let path = format!("/api/v1/approvals/{}/acceptance", approval.id);
        let body = json!({ "text": "We look into it.", "actions": [] });
        let accepted = desk.api().post_json(&path, &body).await.unwrap();
        assert_eq!(accepted.status, 201, "{}", accepted.text());

        let fields = [("body", "Dear Sofie, it comes."), ("seen", seen.as_str()), ("back", here)];
        let asked = send(&mut mara, "/conversations/7/messages", &fields).await;
        assert_eq!(asked.header("location"), Some("/conversations/7?view=all&overtaken=1#composer"));
        assert_eq!(messages::list(&desk.desk.db, row.id, 9).await.unwrap().len(), 2, "hers was not sent");
        let shown = page(&mut mara, "/conversations/7?view=all&overtaken=1").await;
        assert!(shown.contains("A reply went out in your name before yours."), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_ends_no_case_in_which_the_customer_wrote_meanwhile() {
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let mut mara = desk.browser().await;
        let here = "/conversations/7?view=all";
        let seen = value_of(&page(&mut mara, here).await, "shown");
        put(db, &[], &[cast.message(&row, "And please do NOT refund order 2.")]).await;

        let fields = [("body", "It left today."), ("then", "resolve"), ("shown", seen.as_str()), ("back", here)];
        let asked = send(&mut mara, "/conversations/7/messages", &fields).await;
        assert_eq!(asked.header("location"), Some("/conversations/7?view=all&overtaken=customer#composer"));
        assert_eq!(messages::list(db, row.id, 9).await.unwrap().len(), 2, "nothing was sent");
        assert_eq!(desk.talk(7).await.status, ConversationStatus::Open);
        let shown = page(&mut mara, "/conversations/7?view=all&overtaken=customer").await;
        assert!(shown.contains("The customer wrote meanwhile, so the case stays open."), "{shown}");
        assert!(shown.contains("It left today.</textarea>") && shown.contains("Your text is kept."), "{shown}");

        let seen = value_of(&shown, "shown");
        let fields = [("body", "It left today."), ("then", "resolve"), ("shown", seen.as_str()), ("back", here)];
        let sent = send(&mut mara, "/conversations/7/messages", &fields).await;
        assert_eq!(sent.header("location"), Some(here));
        assert_eq!(messages::list(db, row.id, 9).await.unwrap().len(), 3);
        assert_eq!(desk.talk(7).await.status, ConversationStatus::Resolved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_what_left_the_conversation_meanwhile_is_asked_and_can_send_it_then() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let cast = Cast::stored(db).await;
        let (row, other) = (cast.open(db, 7).await, cast.open(db, 8).await);
        let later = NewMessage { created_at: Ts(NOW.0 + 60_000_000), ..cast.message(&row, "And the invoice?") };
        put(db, &[], std::slice::from_ref(&later)).await;
        let merged = merge::merge(&inbox, (other.id, row.id), false, &cast.sam).await.unwrap();
        let mut mara = desk.browser().await;
        let here = "/conversations/7?view=all";
        let mut drawn = page(&mut mara, here).await;
        for way in ["split", "undo"] {
            if way == "split" {
                split::split(&inbox, later.id, &cast.sam).await.unwrap();
            } else {
                merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
            }
            let ours = async || {
                let all = messages::list(db, row.id, 9).await.unwrap();
                all.iter().filter(|message| message.teammate_id == Some(desk.setup.teammate)).count()
            };
            let before = ours().await;
            let (seen, parted) = (value_of(&drawn, "seen"), value_of(&drawn, "parted"));
            let fields = [("body", "It comes."), ("seen", seen.as_str()), ("parted", parted.as_str()), ("back", here)];
            let asked = send(&mut mara, "/conversations/7/messages", &fields).await;
            let leads = asked.header("location");
            assert_eq!(leads, Some("/conversations/7?view=all&overtaken=parted#composer"), "{way}");
            assert_eq!(ours().await, before, "{way}: nothing was sent");
            drawn = page(&mut mara, "/conversations/7?view=all&overtaken=parted").await;
            assert!(drawn.contains("a merge was taken back, since you opened it."), "{way}: {drawn}");
            assert!(drawn.contains("It comes.</textarea>") && drawn.contains("Send all the same"), "{way}: {drawn}");

            if way == "undo" {
                let (seen, parted) = (value_of(&drawn, "seen"), value_of(&drawn, "parted"));
                let fields =
                    [("body", "It comes."), ("seen", seen.as_str()), ("parted", parted.as_str()), ("back", here)];
                let sent = send(&mut mara, "/conversations/7/messages", &fields).await;
                assert_eq!((sent.header("location"), ours().await), (Some(here), before + 1));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_wrote_meanwhile_keeps_no_case_open() {
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let mut mara = desk.browser().await;
        let here = "/conversations/7?view=all";
        let seen = value_of(&page(&mut mara, here).await, "shown");
        let mut machine = cast.message(&row, "I am out of the office.");
        machine.automatic = Automatic::AutoReply;
        put(db, &[], &[machine]).await;
        let fields = [("body", "It left today."), ("then", "resolve"), ("shown", seen.as_str()), ("back", here)];
        taken(&mut mara, "/conversations/7/messages", &fields).await;
        assert_eq!(desk.talk(7).await.status, ConversationStatus::Resolved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_resolve_nor_spam_ends_what_came_in_since_the_page_was_drawn() {
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let mut mara = desk.browser().await;
        let here = "/conversations/7?view=all";
        for end in ["resolution", "spam"] {
            let drawn = page(&mut mara, here).await;
            let form = drawn.split(&format!("action=\"/conversations/7/{end}\"")).nth(1).expect("a form");
            let shown = value_of(form.split("</form>").next().unwrap(), "shown");
            put(db, &[], &[cast.message(&row, "One more thing.")]).await;
            let path = format!("/conversations/7/{end}");
            let refused = send(&mut mara, &path, &[("shown", shown.as_str()), ("back", here)]).await;
            assert_eq!(refused.header("location"), Some(here));
            assert!(said(&refused).starts_with("bThe customer wrote meanwhile"), "{end}: {}", said(&refused));
            assert_eq!(desk.talk(7).await.status, ConversationStatus::Open, "{end}");

            let shown = value_of(&page(&mut mara, here).await, "shown");
            taken(&mut mara, &path, &[("shown", shown.as_str()), ("back", here)]).await;
            assert_eq!(desk.talk(7).await.status, ConversationStatus::Resolved, "{end}");
            taken(&mut mara, "/conversations/7/resolution/deletion", &[("back", here)]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_in_since_the_page_was_drawn_is_not_put_to_sleep() {
    const FORM: &str = "action=\"/conversations/7/snooze\"";
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let mut mara = desk.browser().await;
        let here = "/conversations/7?view=all";
        for (until, place) in [("3h", 1), ("2026-12-24T09:30", 2)] {
            let drawn = page(&mut mara, here).await;
            let form = drawn.split(FORM).nth(place).expect("a form");
            let shown = value_of(form.split("</form>").next().unwrap(), "shown");
            put(db, &[], &[cast.message(&row, "One more thing.")]).await;
            let fields = [("until", until), ("shown", shown.as_str()), ("back", here)];
            let refused = send(&mut mara, "/conversations/7/snooze", &fields).await;
            assert!(said(&refused).starts_with("bThe customer wrote meanwhile"), "{until}: {}", said(&refused));
            assert_eq!(desk.talk(7).await.status, ConversationStatus::Open, "{until}");

            let shown = value_of(&page(&mut mara, here).await, "shown");
            let fields = [("until", until), ("shown", shown.as_str()), ("back", here)];
            taken(&mut mara, "/conversations/7/snooze", &fields).await;
            assert_eq!(desk.talk(7).await.status, ConversationStatus::Snoozed, "{until}");
            taken(&mut mara, "/conversations/7/snooze/deletion", &[("back", here)]).await;
        }
        taken(&mut mara, "/conversations/7/resolution", &[("back", here)]).await;
        assert!(!page(&mut mara, here).await.contains(FORM), "what is done does not sleep");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_send_at_once_one_is_asked() {
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let inbox = desk.desk.inbox();
        let seen = messages::list(db, row.id, 9).await.unwrap().last().unwrap().seq;
        let also = Also::default();
        let with = Answer { seen: Some(seen), ..text_alone(&also) };
        let sends = [&cast.sam, &cast.noor].map(|by| {
            let id: MessageId = cast.clock.new_id();
            care::answer_with(&inbox, row.id, by, (id, "Here is what happened."), with)
        });
        let [one, two] = sends;
        let (one, two) = tokio::join!(one, two);
        let asked = [&one, &two].iter().filter(|sent| matches!(sent, Err(InboxError::Overtaken))).count();
        assert_eq!((asked, messages::list(db, row.id, 9).await.unwrap().len()), (1, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_written_is_there_in_another_browser_of_the_same_person_alone() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        cast.open(&desk.desk.db, 7).await;
        let (mut desktop, mut phone) = (desk.browser().await, desk.browser().await);
        let kept = send(&mut desktop, "/conversations/7/draft-text", &[("body", "Half of a thought")]).await;
        assert_eq!(kept.status, 200);
        assert!(page(&mut phone, "/conversations/7?view=all").await.contains("Half of a thought</textarea>"));
        let mut noor = desk.browser_of(cast.noor.id).await;
        assert!(!page(&mut noor, "/conversations/7?view=all").await.contains("Half of a thought"));
    }
}

/// What the server keeps for Mara, who writes on two devices; and the revision that each text gets.
async fn keep(device: &mut Client, body: &str, revision: &str) -> String {
    let kept = send(device, "/conversations/7/draft-text", &[("body", body), ("revision", revision)]).await;
    assert_eq!(kept.status, 200, "{}", kept.text());
    kept.json()["revision"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_answer_overwrites_nothing_that_another_device_wrote() {
    const HERE: &str = "/conversations/7?view=all";
    for engine in Engine::all() {
        let (desk, cast, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let kept =
            async || composer_texts::find(db, row.id, desk.setup.teammate).await.unwrap().reply.map(|text| text.body);
        let (mut laptop, mut phone) = (desk.browser().await, desk.browser().await);
        let first = keep(&mut laptop, "Half", "").await;
        let drawn = page(&mut laptop, HERE).await;
        assert_eq!(value_of(&drawn, "text_revision"), first);
        let second = keep(&mut phone, "All of it, from the phone", &first).await;
        let id: MessageId = cast.clock.new_id();
        care::answer_with(&desk.desk.inbox(), row.id, &cast.sam, (id, "I look into it."), text_alone(&Also::default()))
            .await
            .unwrap();

        let seen = value_of(&drawn, "seen");
        let refused =
            [("body", "Half of it"), ("seen", seen.as_str()), ("text_revision", first.as_str()), ("back", HERE)];
        let mut script = desk.browser().await.with("hx-request", "true");
        let asked = send(&mut script, "/conversations/7/messages", &refused).await;
        assert_eq!(asked.header("location"), Some("/conversations/7?view=all&overtaken=1#composer"));
        assert!(said(&asked).contains("Your text was changed on another device"), "{}", said(&asked));

        let asked = send(&mut laptop, "/conversations/7/messages", &refused).await;
        assert_eq!(asked.status, 409);
        let shown = asked.text();
        for part in [
            "This text was changed on another device.",
            "“All of it, from the phone”",
            "Half of it</textarea>",
            "Sam sent a reply before yours.",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert_eq!(kept().await.as_deref(), Some("All of it, from the phone"));
        assert_eq!(messages::list(db, row.id, 9).await.unwrap().len(), 2, "nothing was sent");

        let (seen, there) = (value_of(&shown, "seen"), value_of(&shown, "text_revision"));
        assert_eq!(there, second, "who sends now has seen both");
        let fields =
            [("body", "Half of it"), ("seen", seen.as_str()), ("text_revision", there.as_str()), ("back", HERE)];
        let sent = send(&mut laptop, "/conversations/7/messages", &fields).await;
        assert_eq!((sent.header("location"), kept().await), (Some(HERE), None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_sent_takes_only_its_own_text_along() {
    for engine in Engine::all() {
        let (desk, _, row) = with_a_case(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let kept =
            async || composer_texts::find(db, row.id, desk.setup.teammate).await.unwrap().reply.map(|text| text.body);
        let mut mara = desk.browser().await;
        let answer = async |mara: &mut Client, body: &str, revision: &str| {
            let fields = [("body", body), ("text_revision", revision), ("back", "/inbox")];
            let sent = send(mara, "/conversations/7/messages", &fields).await;
            assert_eq!(sent.header("location"), Some("/inbox"), "{}", said(&sent));
        };
        let first = keep(&mut mara, "Half", "").await;
        let second = keep(&mut mara, "From the phone", &first).await;
        answer(&mut mara, "Half of it", &first).await;
        assert_eq!(kept().await.as_deref(), Some("From the phone"), "that was not sent");
        answer(&mut mara, "Half once more", "").await;
        assert_eq!(kept().await.as_deref(), Some("From the phone"));
        answer(&mut mara, "From the phone, and on", &second).await;
        assert_eq!(kept().await, None);
        keep(&mut mara, "One\nTwo", "").await;
        answer(&mut mara, "One\r\nTwo", "").await;
        assert_eq!(kept().await, None, "the same text is no other one");
    }
}
