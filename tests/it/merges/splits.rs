//! A message and what follows it become a conversation of their own.

use resolute::inbox::macros::Also;
use resolute::inbox::taken_back::cancel;
use resolute::inbox::{care, linking, merge, people, split};
use resolute::model::answer_times::{AnswerTimes, Clocks};
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::window::Window;
use resolute::model::{MessageId, NoteId, Ts};
use resolute::store::intake::{self, ChannelKey, ConversationRow, NewKey, NewMessage};
use resolute::store::{conversations, messages, notes, orders};

use super::{desk, with_ole};
use crate::people::bought;
use crate::support::answers::text_alone;
use crate::support::cast::{NOW, at, put};
use crate::support::desk::{Engine, TestDesk};
use crate::support::stores::{tags_of, write};

/// The same as something that we said.
fn ours(message: NewMessage, author: MessageAuthor, delivery: Delivery) -> NewMessage {
    let (direction, delivery) = (Direction::Outbound, Some(delivery));
    NewMessage { direction, author, delivery, contact_id: None, sender_address: String::new(), ..message }
}

/// What was said in a conversation, with where it is.
async fn said(desk: &TestDesk, number: i64) -> Vec<(String, Option<Delivery>)> {
    let id = desk.talk(number).await.id;
    let all = messages::list(&desk.desk.db, id, 9).await.unwrap();
    all.into_iter().map(|message| (message.body, message.delivery)).collect()
}

/// When a first answer is due to who wrote then.
fn due(at: Ts) -> Ts {
    AnswerTimes::default().answer_due("email", &Clocks::default(), at)
}

#[tokio::test]
async fn a_reply_that_has_not_left_is_not_split_off_into_another_case() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let second = NewMessage { created_at: at(60), ..cast.message(&first, "And the invoice?") };
        let from = second.id;
        put(db, &[], &[second]).await;
        let reply: MessageId = cast.clock.new_id();
        care::answer_with(&inbox, first.id, &cast.sam, (reply, "It is on its way."), text_alone(&Also::default()))
            .await
            .unwrap();
        let refused = split::split(&inbox, from, &cast.sam).await.unwrap_err().to_string();
        let told = "A reply to Sofie Keller has not left #1 yet, and would go along. Nothing was changed: wait until";
        assert!(refused.starts_with(told), "{refused}");
        assert_eq!(said(&desk, 1).await.len(), 3);

        // Taken back, it answers neither: both wait, each since it was written.
        cancel(&inbox, reply, &cast.sam).await.unwrap();
        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let (rest, part) = (desk.talk(1).await, desk.talk(number).await);
        assert_eq!((rest.status, rest.due_at), (ConversationStatus::Open, first.due_at));
        assert_eq!((part.status, part.due_at), (ConversationStatus::Open, Some(due(at(60)))));
        let there = said(&desk, number).await;
        assert_eq!(there[1], ("It is on its way.".to_owned(), Some(Delivery::Cancelled)));
    }
}

#[tokio::test]
async fn what_a_macro_tagged_goes_along_with_its_reply_and_is_taken_back_with_it() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let second = NewMessage { created_at: at(60), ..cast.message(&first, "And the invoice?") };
        let from = second.id;
        put(db, &[], &[second]).await;
        let reply: MessageId = cast.clock.new_id();
        let also = Also { tags: vec!["invoice".into()], ..Also::default() };
        care::answer_with(&inbox, first.id, &cast.sam, (reply, "Here it is."), text_alone(&also)).await.unwrap();
        write(db, async |tx| messages::set_delivery(tx, reply, Delivery::Failed, "Nobody has this address.").await)
            .await;

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let part = desk.talk(number).await.id;
        assert!(tags_of(db, first.id).await.is_empty());
        assert_eq!(tags_of(db, part).await, ["invoice"]);
        cancel(&inbox, reply, &cast.sam).await.unwrap();
        assert!(tags_of(db, part).await.is_empty());
    }
}

#[tokio::test]
async fn what_was_said_to_one_customer_is_not_split_off_with_the_mail_of_another() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let ole = with_ole(&desk, &cast, 3).await;
        let second = NewMessage {
            contact_id: Some(ole.contact_id),
            sender_name: "Ole".into(),
            sender_address: "ole@example.com".into(),
            created_at: at(60),
            ..cast.message(&first, "And mine?")
        };
        let from = second.id;
        put(db, &[], &[second]).await;
        let reply: MessageId = cast.clock.new_id();
        care::answer_with(&inbox, first.id, &cast.sam, (reply, "Yours left today."), text_alone(&Also::default()))
            .await
            .unwrap();

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let kept = [("Where is my order?".to_owned(), None), ("Yours left today.".to_owned(), Some(Delivery::Queued))];
        assert_eq!(said(&desk, 1).await, kept, "it leaves to the one it was written to");
        assert_eq!(said(&desk, number).await, [("And mine?".to_owned(), None)]);
        let (rest, part) = (desk.talk(1).await, desk.talk(number).await);
        assert_eq!((rest.status, rest.due_at), (ConversationStatus::Waiting, None));
        assert_eq!((part.status, part.contact_id), (ConversationStatus::Open, ole.contact_id));
        assert_eq!((part.due_at, part.clocks.first_answered_at), (Some(due(at(60))), None), "nobody has answered him");
    }
}

#[tokio::test]
async fn our_answer_is_split_off_with_what_one_person_asked_under_another_name_and_also_once_they_are_two() {
    let both = Engine::all().into_iter().flat_map(|engine| [(engine, false), (engine, true)]);
    for (engine, are_two) in both {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let other = with_ole(&desk, &cast, 3).await;
        let person = people::merge(&inbox, (other.contact_id, cast.sofie), &cast.sam).await.unwrap();
        let second = NewMessage {
            contact_id: Some(other.contact_id),
            sender_name: "Ole".into(),
            sender_address: "ole@example.com".into(),
            created_at: at(60),
            ..cast.message(&first, "And the invoice?")
        };
        let reply = ours(cast.message(&first, "Here it is."), MessageAuthor::Teammate, Delivery::Sent);
        let from = second.id;
        let (left, to) = (Some(at(90)), Some(other.contact_id));
        let reply = NewMessage { created_at: at(90), send_at: left, to_contact_id: to, ..reply };
        put(db, &[], &[second, reply]).await;
        if are_two {
            people::undo(&inbox, person.id, &cast.sam).await.unwrap();
        }

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let went = [("And the invoice?".to_owned(), None), ("Here it is.".to_owned(), Some(Delivery::Sent))];
        assert_eq!(said(&desk, number).await, went);
        let part = desk.talk(number).await;
        assert_eq!(
            (part.status, part.due_at, part.agent_state, part.contact_id),
            (ConversationStatus::Waiting, None, AgentState::Idle, other.contact_id),
            "nobody answers it a second time"
        );
    }
}

#[tokio::test]
async fn the_desks_own_words_answer_nobody_on_either_side_of_a_split() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let away = cast.message(&first, "We are back on Monday.");
        let notice = cast.message(&first, "A colleague looks at it.");
        let away = NewMessage { created_at: at(30), ..ours(away, MessageAuthor::System, Delivery::Sent) };
        let second = NewMessage { created_at: at(60), ..cast.message(&first, "And the invoice?") };
        let notice = NewMessage { created_at: at(90), ..ours(notice, MessageAuthor::System, Delivery::Sent) };
        let from = second.id;
        put(db, &[], &[away, second, notice]).await;

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let (rest, part) = (desk.talk(1).await, desk.talk(number).await);
        assert_eq!((rest.status, rest.due_at), (ConversationStatus::Open, first.due_at), "its clock runs on");
        assert_eq!((part.status, part.due_at), (ConversationStatus::Open, Some(due(at(60)))));
        assert!(part.unread);
        assert_eq!(part.agent_state, AgentState::Writing);
    }
}

#[tokio::test]
async fn what_the_agent_would_send_alone_over_both_is_written_anew_for_each() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let second = NewMessage { created_at: at(60), ..cast.message(&first, "And the invoice?") };
        let reply = ours(cast.message(&first, "Here are both."), MessageAuthor::Agent, Delivery::Queued);
        let reply = NewMessage { created_at: at(90), send_at: Some(at(90)), kept_due_at: first.due_at, ..reply };
        let from = second.id;
        put(db, &[], &[second, reply]).await;
        write(db, async |tx| {
            let mut talk = conversations::lock(tx, first.id).await?;
            (talk.status, talk.due_at, talk.unread) = (ConversationStatus::Waiting, None, false);
            talk.clocks.answered(at(90));
            conversations::update(tx, &talk).await
        })
        .await;

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        assert_eq!(said(&desk, number).await[1].1, Some(Delivery::Cancelled));
        for talk in [desk.talk(1).await, desk.talk(number).await] {
            assert_eq!((talk.status, talk.agent_state), (ConversationStatus::Open, AgentState::Writing));
            assert_eq!((talk.due_at.is_some(), talk.clocks.first_answered_at), (true, None), "#{}", talk.number);
        }
    }
}

#[tokio::test]
async fn what_is_split_off_keeps_its_order_unless_it_names_another() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let order = bought(&cast, "FJ-20417", ("sofie@example.com", ""));
        linking::choose_order(&inbox, first.id, &order, &cast.sam).await.unwrap();
        let subject = format!("Re: {}", first.subject);
        let said = [(60, "And where is my jacket?"), (120, "And the cup of FJ-20296 is broken.")];
        let more = said.map(|(seconds, text)| NewMessage {
            created_at: at(seconds),
            subject: subject.clone(),
            ..cast.message(&first, text)
        });
        let [jacket, cup] = [more[0].id, more[1].id];
        put(db, &[], &more).await;

        let other = desk.talk(split::split(&inbox, cup, &cast.sam).await.unwrap()).await;
        assert_eq!((other.order_number, other.subject.as_str()), (None, said[1].1), "{engine:?}");
        assert!(orders::list_of(db, other.id).await.unwrap().is_empty(), "it is about what it names");
        let same = desk.talk(split::split(&inbox, jacket, &cast.sam).await.unwrap()).await;
        assert_eq!((same.order_number.as_deref(), same.subject.as_str()), (Some("FJ-20417"), said[0].1));
        let linked = orders::list_of(db, same.id).await.unwrap();
        assert_eq!(linked.iter().map(|known| known.order.number.as_str()).collect::<Vec<_>>(), ["FJ-20417"]);
        assert_eq!(desk.talk(1).await.order_number.as_deref(), Some("FJ-20417"), "and the old one keeps it");
    }
}

#[tokio::test]
async fn a_message_and_what_follows_is_split_off_and_comes_back() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let later = |seconds: i64| Ts(NOW.0 + seconds * 1_000_000);
        let mut second = cast.message(&first, "And another thing: the invoice");
        second.created_at = later(60);
        let mut third = cast.message(&first, "Please");
        third.created_at = later(120);
        let from: MessageId = second.id;
        let beginning = messages::list(db, first.id, 1).await.unwrap()[0].id;
        put(db, &[], &[second, third]).await;
        assert!(split::split(&inbox, beginning, &cast.sam).await.is_err(), "nothing to part it from");

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let part = desk.talk(number).await;
        assert_eq!((part.status, part.contact_id), (ConversationStatus::Open, cast.sofie));
        assert_eq!((part.gist.as_str(), part.last_message_at), ("Please", later(120)));
        assert_eq!(messages::list(db, part.id, 9).await.unwrap().len(), 2);
        let rest = messages::list(db, first.id, 9).await.unwrap();
        assert_eq!(rest.iter().map(|message| message.id).collect::<Vec<_>>(), [beginning]);
        assert_eq!(desk.talk(1).await.last_message_at, NOW);

        merge::merge(&inbox, (part.id, first.id), false, &cast.sam).await.unwrap();
        assert_eq!(messages::list(db, first.id, 9).await.unwrap().len(), 3);
        assert_eq!(desk.talk(1).await.last_message_at, later(120));
    }
}

#[tokio::test]
async fn what_was_split_off_since_a_merge_keeps_its_own_answers() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let mut later = cast.message(&first, "And another thing");
        later.created_at = Ts(NOW.0 + 60_000_000);
        let part: MessageId = later.id;
        put(db, &[], &[later]).await;
        let key = ChannelKey { channel_id: first.channel_id, key: "later@x.example".into() };
        write(db, async |tx| {
            let new = NewKey {
                channel_id: key.channel_id,
                key: key.key.clone(),
                message_id: part,
                conversation_id: first.id,
            };
            intake::insert_keys(tx, &[new]).await
        })
        .await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let number = split::split(&inbox, part, &cast.sam).await.unwrap();
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let led = intake::find_keys(&mut tx, std::slice::from_ref(&key)).await.unwrap();
        assert_eq!(led[0].conversation_id, desk.talk(number).await.id);
    }
}

#[tokio::test]
async fn each_half_is_answered_within_the_time_of_what_was_written_in_it() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let until = |at: Ts| Window {
            reply_until: Some(Ts(at.0 + 3_600_000_000)),
            wanted_by: Some(Ts(at.0 + 1_800_000_000)),
            ..Window::default()
        };
        let row = ConversationRow {
            window: until(at(60)),
            last_written_at: Some(at(60)),
            due_at: Some(at(1_800)),
            ..cast.conversation(3)
        };
        let first = cast.message(&row, "Where is my order?");
        let second = NewMessage { created_at: at(60), ..cast.message(&row, "And the invoice?") };
        let from = second.id;
        put(db, &[row], &[first, second]).await;
        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let (rest, part) = (desk.talk(3).await, desk.talk(number).await);
        assert_eq!((rest.window, part.window), (until(NOW), until(at(60))), "each by its own message");
        assert_eq!((rest.due_at, part.due_at), (Some(at(1_800)), part.window.wanted_by), "sooner than by office hours");
    }
}

#[tokio::test]
async fn a_note_goes_along_that_was_written_before_what_is_read_first_came_in() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let second =
            NewMessage { written_at: Some(at(60)), created_at: at(60), ..cast.message(&first, "The invoice?") };
        let late = NewMessage { written_at: Some(at(30)), created_at: at(120), ..cast.message(&first, "One more:") };
        let from = late.id;
        put(db, &[], &[second, late]).await;
        write(db, async |tx| {
            for (seconds, body) in [(10, "About the order"), (90, "About the invoice")] {
                notes::insert(tx, cast.clock.new_id::<NoteId>(), first.id, cast.sam.id, body, at(seconds)).await?;
            }
            Ok(())
        })
        .await;

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let part = desk.talk(number).await;
        let words: Vec<String> = said(&desk, number).await.into_iter().map(|(body, _)| body).collect();
        assert_eq!((words, part.created_at), (vec!["One more:".to_owned(), "The invoice?".to_owned()], at(60)));
        for (id, body) in [(first.id, "About the order"), (part.id, "About the invoice")] {
            let noted: Vec<String> = notes::list(db, id).await.unwrap().into_iter().map(|note| note.body).collect();
            assert_eq!(noted, [body], "{engine:?}");
        }
    }
}
