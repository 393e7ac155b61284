//! What is said to a conversation that was merged, or about it, is found where it went.

use std::time::Duration;

use resolute::inbox::macros::Also;
use resolute::inbox::{away, care, chat, merge};
use resolute::model::NoteId;
use resolute::model::answer_times::{AnswerTimes, AwayReply};
use resolute::model::conversation::ConversationStatus;
use resolute::model::hours::{Hours, read_day};
use resolute::model::message::Delivery;
use resolute::model::notification::NotificationKind;
use resolute::model::writing::Basis;
use resolute::store::{answer_times, conversation_counts, messages, notifications, teammates};
use serde_json::json;

use super::{desk, with_ole};
use crate::support::answers::text_alone;
use crate::support::cast::{Cast, NOW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken, value_of};
use crate::support::stores::write;

#[tokio::test]
async fn a_reply_of_a_program_that_is_repeated_after_a_merge_is_the_same() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let db = &desk.desk.db;
        let mut keyed = desk.api().with("idempotency-key", "ticket-9");
        let mut reply = async |number: i64| {
            let path = format!("/api/v1/conversations/{number}/messages");
            let answer = keyed.post_json(&path, &json!({ "body": "On its way." })).await.unwrap();
            (answer.status, answer.json()["id"].clone())
        };
        let sent = reply(1).await;
        assert_eq!(sent.0, 201);
        assert_eq!(reply(2).await.0, 409, "a key belongs to one message of all conversations");
        let ours = messages::list(db, first.id, 9).await.unwrap().into_iter().find(|row| row.delivery.is_some());
        let id = ours.unwrap().id;
        write(db, async |tx| messages::set_sent(tx, id, "", NOW).await).await;
        merge::merge(&desk.desk.inbox(), (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!(reply(1).await, sent);
        assert_eq!(reply(2).await, sent);
        assert_eq!(messages::list(db, second.id, 9).await.unwrap().len(), 3, "what she wrote twice, and one reply");
    }
}

#[tokio::test]
async fn a_reply_that_has_not_left_goes_along_between_conversations_of_one_customer() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let reply = cast.clock.new_id();
        care::answer_with(&inbox, first.id, &cast.sam, (reply, "It left today."), text_alone(&Also::default()))
            .await
            .unwrap();
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let sent = messages::find(db, reply).await.unwrap().unwrap();
        assert_eq!((sent.conversation_id, sent.delivery), (second.id, Some(Delivery::Queued)));
    }
}

#[tokio::test]
async fn what_is_unread_follows_a_merge_and_is_said_once() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        for id in [first.id, second.id] {
            let note = cast.clock.new_id::<NoteId>();
            care::add_note(&inbox, id, &cast.sam, (note, "@noor please look"), Basis::Any).await.unwrap();
        }
        care::assign(&inbox, first.id, Some(cast.noor.id), &cast.sam).await.unwrap();
        assert_eq!(conversation_counts::numbers(db, cast.noor.id).await.unwrap().unread, 3);
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!(conversation_counts::numbers(db, cast.noor.id).await.unwrap().unread, 2);
        write(db, async |tx| notifications::read_of(tx, cast.noor.id, second.id, NOW).await).await;
        assert_eq!(
            conversation_counts::numbers(db, cast.noor.id).await.unwrap().unread,
            0,
            "none is left at the old one"
        );
    }
}

#[tokio::test]
async fn what_is_unread_about_a_merged_conversation_is_about_the_other() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        for id in [first.id, second.id] {
            care::assign(&inbox, id, Some(cast.noor.id), &cast.sam).await.unwrap();
        }
        let note = (cast.clock.new_id::<NoteId>(), "@Noor look");
        care::add_note(&inbox, first.id, &cast.sam, note, Basis::Any).await.unwrap();
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let unread = async || {
            let all = notifications::list(db, cast.noor.id, 9).await.unwrap();
            let mut all: Vec<_> = all.into_iter().filter(|one| one.read_at.is_none()).collect();
            all.sort_by_key(|one| (one.kind.as_str(), one.number));
            all.into_iter().map(|one| (one.kind.as_str(), one.number, one.count)).collect::<Vec<_>>()
        };
        assert_eq!(unread().await, [("assigned", 2, 2), ("mention", 2, 1)]);
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(unread().await, [("assigned", 1, 1), ("assigned", 2, 1), ("mention", 1, 1)]);
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        write(db, async |tx| notifications::read_of(tx, cast.noor.id, second.id, NOW).await).await;
        assert_eq!(
            conversation_counts::numbers(db, cast.noor.id).await.unwrap().unread,
            0,
            "opening the other reads them"
        );
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert!(unread().await.is_empty(), "what was read stays read");
    }
}

#[tokio::test]
async fn a_mail_that_is_due_about_a_merged_conversation_is_due_about_the_other() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        care::assign(&inbox, second.id, Some(cast.noor.id), &cast.sam).await.unwrap();
        let wish = [NotificationKind::Assigned];
        write(db, async |tx| notifications::set_mail_wishes(tx, cast.noor.id, &wish).await).await;
        care::assign(&inbox, first.id, Some(cast.noor.id), &cast.sam).await.unwrap();
        let mails = async |number: i64| {
            let all = notifications::list(db, cast.noor.id, 9).await.unwrap();
            let one = all.into_iter().find(|one| one.number == number).unwrap();
            notifications::find_letter(db, one.id).await.unwrap().unwrap().mail
        };
        let waiting = async || {
            let all = desk.unfinished().await;
            all.iter().filter(|job| job.contains("notify_by_mail")).count()
        };
        assert_eq!((mails(2).await.as_str(), waiting().await), ("none", 1));
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        assert_eq!((mails(2).await.as_str(), waiting().await), ("due", 2), "that of the one that went is read");
    }
}

/// Nobody is there today, and customers are told so.
async fn is_closed(desk: &TestDesk, cast: &Cast, text: &str) {
    let mut week = vec![read_day("9-17").unwrap(); 7];
    week[0].clear();
    let closed = AnswerTimes {
        hours: Hours { week, closed: Vec::new() },
        away: AwayReply { on: true, text: text.into() },
        ..AnswerTimes::default()
    };
    write(&desk.desk.db, async |tx| answer_times::save(tx, cast.brand.id, &closed, NOW).await).await;
}

#[tokio::test]
async fn after_a_merge_of_two_customers_nobody_is_told_what_was_for_the_other() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let ole = with_ole(&desk, &cast, 3).await;
        is_closed(&desk, &cast, "Dear {{ customer.first_name }}, we are back {{ back }}.").await;
        merge::merge(&inbox, (ole.id, first.id), true, &cast.sam).await.unwrap();
        let told = async || {
            let said = messages::list(db, first.id, 9).await.unwrap();
            said.into_iter().filter(|row| row.delivery.is_some()).map(|row| row.body).collect::<Vec<_>>()
        };
        away::tell(&inbox, ole.id).await.unwrap().commit().await.unwrap();
        assert!(told().await.is_empty(), "Sofie asked for nothing");
        away::tell(&inbox, first.id).await.unwrap().commit().await.unwrap();
        let said = told().await;
        assert!(said.len() == 1 && said[0].starts_with("Dear Sofie, we are back "), "{said:?}");
    }
}

#[tokio::test]
async fn what_is_asked_of_a_merged_one_happens_where_it_went() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        is_closed(&desk, &cast, "We are back {{ back }}.").await;
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        away::tell(&inbox, first.id).await.unwrap().commit().await.unwrap();
        let said = messages::list(db, second.id, 9).await.unwrap();
        assert!(said.iter().any(|message| message.body.starts_with("We are back")), "{said:#?}");
        assert!(messages::list(db, first.id, 9).await.unwrap().is_empty());
        chat::ask_for_person(&inbox, first.id).await.unwrap();
        assert!(desk.talk(2).await.taken_over);
        let gone = desk.talk(1).await;
        assert_eq!((gone.taken_over, gone.status), (false, ConversationStatus::Resolved));
    }
}

#[tokio::test]
async fn what_a_merge_brought_since_a_page_was_drawn_is_ended_by_nobody_there() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let mut mara = desk.browser().await;
        let drawn = value_of(&page(&mut mara, "/conversations/2?view=all").await, "shown");
        merge::merge(&desk.desk.inbox(), (first.id, second.id), false, &cast.sam).await.unwrap();
        let reply = [("body", "It left today."), ("then", "resolve")];
        for (path, more) in [("resolution", &[][..]), ("spam", &[]), ("messages", &reply)] {
            let mut fields = vec![("shown", drawn.as_str()), ("back", "/conversations/2?view=all")];
            fields.extend(more);
            send(&mut mara, &format!("/conversations/2/{path}"), &fields).await;
            assert_eq!(
                desk.talk(2).await.status,
                ConversationStatus::Open,
                "{path}: hers are older, and nobody saw them"
            );
        }
        assert!(messages::list(&desk.desk.db, second.id, 9).await.unwrap().iter().all(|row| row.delivery.is_none()));
        let shown = value_of(&page(&mut mara, "/conversations/2?view=all").await, "shown");
        taken(&mut mara, "/conversations/2/resolution", &[("shown", shown.as_str())]).await;
        assert_eq!(desk.talk(2).await.status, ConversationStatus::Resolved);
    }
}

/// A mail of Sofie; `more` are further header lines.
fn mail(id: &str, more: &str) -> Vec<u8> {
    format!(
        "From: Sofie Lind <sofie@post.example>\r\nTo: help@fjord.example\r\nSubject: Parcel\r\nMessage-ID: <{id}>\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n{more}\r\nText of {id}\r\n"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_arrive_during_a_merge_end_up_where_it_went() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::new();
        let sam = &cast.sam;
        write(&desk.desk.db, async |tx| teammates::insert(tx, sam.id, &sam.email, &sam.name, sam.role, "-", NOW).await)
            .await;
        for (id, more) in [("a@post.example", ""), ("b@post.example", "")] {
            assert_eq!(desk.post_mail(&mail(id, more)).await.status, 200);
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_secs(1));
        }
        let all = desk.api_get("/api/v1/conversations?limit=2").await;
        let number = |place: usize| all["items"][place]["number"].as_i64().unwrap();
        let (target, source) = (desk.talk(number(0)).await, desk.talk(number(1)).await);
        let answers: Vec<String> = (0..40).map(|place| format!("answer{place}@post.example")).collect();
        let inbox = desk.desk.inbox();
        let incoming = async {
            for id in &answers {
                assert_eq!(desk.post_mail(&mail(id, "In-Reply-To: <a@post.example>\r\n")).await.status, 200);
                desk.drain().await;
            }
        };
        let merging = async {
            for _ in 0..5 {
                let merged = merge::merge(&inbox, (source.id, target.id), false, sam).await.unwrap();
                tokio::task::yield_now().await;
                merge::undo(&inbox, merged.id, sam).await.unwrap();
            }
            merge::merge(&inbox, (source.id, target.id), false, sam).await.unwrap();
        };
        tokio::join!(incoming, merging);
        let last = mail("last@post.example", "In-Reply-To: <answer39@post.example>\r\n");
        assert_eq!(desk.post_mail(&last).await.status, 200);
        desk.drain().await;
        let there = messages::list(&desk.desk.db, target.id, 200).await.unwrap();
        assert_eq!(there.len(), 43, "two that began them, forty answers, and the last one");
        assert!(messages::list(&desk.desk.db, source.id, 200).await.unwrap().is_empty());
        assert_eq!(desk.api_get("/api/v1/conversations/count").await["count"], 2, "no third conversation");
    }
}

#[tokio::test]
async fn a_program_reads_what_was_merged_once() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        merge::merge(&desk.desk.inbox(), (first.id, second.id), false, &cast.sam).await.unwrap();
        let listed = async |path: &str| {
            let answer = desk.api_get(path).await;
            let items = answer["items"].as_array().cloned().unwrap_or_default();
            items.iter().map(|row| (row["number"].clone(), row["merged_into"].clone())).collect::<Vec<_>>()
        };
        let (gone, whole) = (json!(1), json!(2));
        let all = listed("/api/v1/conversations?view=all").await;
        assert!(all.contains(&(whole.clone(), json!(null))), "{all:?}");
        assert!(all.iter().all(|(number, _)| *number != gone), "{all:?}");
        let all = listed("/api/v1/conversations?view=all&merged=1").await;
        assert!(all.contains(&(gone, whole.clone())) && all.contains(&(whole.clone(), json!(null))), "{all:?}");
        assert_eq!(desk.api_get("/api/v1/conversations/1").await["number"], whole);
    }
}
