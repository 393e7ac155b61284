//! Conversations become one and come apart again, and nothing that comes in meanwhile is lost.

use std::time::Duration;

use resolute::inbox::bulk::{self, Change, Picked};
use resolute::inbox::{away, care, chat, merge, snooze, split};
use resolute::model::answer_times::{AnswerTimes, AwayReply, Clocks};
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::hours::{Hours, read_day};
use resolute::model::teammate::Teammate;
use resolute::model::{ContactId, ConversationId, MessageId, NoteId, Ts};
use resolute::store::composer_texts::{self, ComposerText};
use resolute::store::intake::{self, ChannelKey, ConversationRow, NewContact, NewKey, NewMessage};
use resolute::store::{
    answer_times, conversation_counts, conversations, drafts, messages, notes, notifications, teammates,
};
use serde_json::json;

use super::store::approvals::pending;
use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::stores::{tags_of, write};

/// A desk with two conversations of Sofie.
async fn desk(engine: Engine) -> (TestDesk, Cast, [ConversationRow; 2]) {
    // Splitting calls the agent to what it has not answered.
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let rows = [cast.open(&desk.desk.db, 1).await, cast.open(&desk.desk.db, 2).await];
    (desk, cast, rows)
}

async fn now(desk: &TestDesk, number: i64) -> Conversation {
    conversations::find_by_number(&desk.desk.db, number).await.unwrap().unwrap()
}

/// Everything about a conversation but what was noted about merging it.
async fn shown(desk: &TestDesk, number: i64) -> String {
    let all = desk.timeline(number).await;
    all.lines().filter(|line| !line.contains("merge")).collect::<Vec<_>>().join("\n")
}

async fn text_of(desk: &TestDesk, id: ConversationId, by: &Teammate) -> String {
    let kept = composer_texts::find(&desk.desk.db, id, by.id).await.unwrap();
    kept.map(|text| text.body).unwrap_or_default()
}

#[tokio::test]
async fn a_merge_moves_everything_and_its_undoing_restores_it() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        pending(db, &cast, &first, NOW).await;
        care::add_note(&inbox, first.id, &cast.sam, (cast.clock.new_id::<NoteId>(), "Called her")).await.unwrap();
        care::tag(&inbox, first.id, "vip", true, &cast.sam).await.unwrap();
        care::tag(&inbox, second.id, "late", true, &cast.sam).await.unwrap();
        care::assign(&inbox, first.id, Some(cast.noor.id), &cast.sam).await.unwrap();
        write(db, async |tx| notifications::follow(tx, first.id, cast.sam.id, NOW).await).await;
        write(db, async |tx| {
            let text = |body: &str| ComposerText { body: body.into(), is_note: false };
            composer_texts::save(tx, first.id, cast.sam.id, &text("half of it"), NOW).await?;
            composer_texts::save(tx, first.id, cast.noor.id, &text("mine"), NOW).await?;
            composer_texts::save(tx, second.id, cast.sam.id, &text("and here"), NOW).await
        })
        .await;
        let before = [shown(&desk, 1).await, shown(&desk, 2).await];

        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let (gone, one) = (now(&desk, 1).await, now(&desk, 2).await);
        assert_eq!((gone.status, gone.merged_into), (ConversationStatus::Resolved, Some(second.id)));
        assert!(!gone.needs_approval && one.assignee_id == Some(cast.noor.id));
        assert_eq!(messages::list(db, second.id, 9).await.unwrap().len(), 2);
        assert!(messages::list(db, first.id, 9).await.unwrap().is_empty());
        assert_eq!(notes::list(db, second.id).await.unwrap().len(), 1);
        assert_eq!(tags_of(db, second.id).await, ["late", "vip"]);
        assert!(conversations::for_reader(db, second.id, cast.sam.id).await.unwrap().followed);
        assert!(drafts::current(db, second.id).await.unwrap().is_none(), "drafts for less are void");
        assert_eq!(text_of(&desk, second.id, &cast.sam).await, "and here\n\nhalf of it");
        assert_eq!(text_of(&desk, second.id, &cast.noor).await, "mine");
        let found = conversations::find_merged(db, 1).await.unwrap().unwrap();
        assert_eq!(found.number, 2, "the old number leads on");
        care::tag(&inbox, first.id, "late", true, &cast.sam).await.unwrap();
        assert!(tags_of(db, first.id).await.len() == 1, "what is done to it is done to the other");

        let picked = [Picked { number: 1, revision: gone.revision }];
        let change = bulk::change(&inbox, &picked, Change::Reopen, &cast.sam).await.unwrap();
        assert_eq!(change.refused.0.len(), 1, "a pointer to another stays one");

        assert!(merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.is_err(), "once");
        let back = merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(back.id, merged.id);
        let lines = |text: &str| text.lines().map(str::to_owned).filter(|line| !line.contains("tagged")).collect();
        let after: [Vec<String>; 2] = [lines(&shown(&desk, 1).await), lines(&shown(&desk, 2).await)];
        assert_eq!(after, before.map(|text| lines(&text)));
        assert_eq!(now(&desk, 1).await.merged_into, None);
        assert_eq!(tags_of(db, second.id).await, ["late"]);
        assert!(!conversations::for_reader(db, second.id, cast.sam.id).await.unwrap().followed);
        assert_eq!(text_of(&desk, first.id, &cast.noor).await, "mine");
        assert_eq!(text_of(&desk, second.id, &cast.noor).await, "");
        assert!(merge::undo(&inbox, merged.id, &cast.sam).await.is_err(), "once");
    }
}

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
async fn what_came_after_a_merge_stays_when_it_is_taken_back() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let note = cast.clock.new_id::<NoteId>();
        care::add_note(&inbox, second.id, &cast.sam, (note, "Since then")).await.unwrap();
        care::resolve(&inbox, second.id, &cast.sam).await.unwrap();
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(now(&desk, 2).await.status, ConversationStatus::Resolved);
        assert_eq!(notes::list(db, second.id).await.unwrap().len(), 1);
        let came_back = now(&desk, 1).await;
        assert_eq!((came_back.status, came_back.due_at), (ConversationStatus::Open, first.due_at));
        assert_eq!(messages::list(db, first.id, 9).await.unwrap().len(), 1);
    }
}

/// What a merge joins.
fn worth(talk: &Conversation) -> String {
    let talk = talk.clone();
    format!(
        "{:?}",
        (
            (talk.status, talk.snoozed_until, talk.due_at, talk.clocks, talk.assignee_id, talk.order_number),
            (talk.gist, talk.channel_kind, talk.participants.0, talk.intent, talk.last_inbound_at, talk.language),
        )
    )
}

/// Two conversations of Sofie that differ in everything that a merge joins.
async fn different(desk: &TestDesk, cast: &Cast) -> [ConversationRow; 2] {
    let db = &desk.desk.db;
    let first = ConversationRow {
        gist: "Where is my other order?".into(),
        participants: vec!["sofie@work.example".into()],
        due_at: Some(Ts(NOW.0 + 60_000_000)),
        last_inbound_at: Some(Ts(NOW.0 + 5)),
        last_message_at: Ts(NOW.0 + 5),
        clocks: Clocks {
            answering_since: Some(Ts(NOW.0 + 5)),
            resolving_since: Some(Ts(NOW.0 - 5)),
            resolution_due_at: Some(Ts(NOW.0 + 90_000_000)),
            first_answered_at: None,
        },
        ..cast.conversation(11)
    };
    let second = cast.conversation(12);
    for row in [&first, &second] {
        put(db, std::slice::from_ref(row), &[cast.message(row, "Hello")]).await;
    }
    write(db, async |tx| {
        let mut talk = conversations::lock(tx, first.id).await?;
        talk.order_number = Some("FJ-20399".into());
        talk.intent = Some("where_is_my_order".into());
        talk.language = "de".into();
        talk.assignee_id = Some(cast.noor.id);
        conversations::update(tx, &talk).await
    })
    .await;
    [first, second]
}

#[tokio::test]
async fn what_a_merge_brought_goes_back_also_when_something_was_said_since() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let [first, second] = different(&desk, &cast).await;
        let before = [worth(&now(&desk, 11).await), worth(&now(&desk, 12).await)];
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let joined = now(&desk, 12).await;
        assert_eq!((joined.due_at, joined.clocks), (first.due_at, first.clocks), "the sooner answer and its clock");
        write(&desk.desk.db, async |tx| {
            let mut talk = conversations::lock(tx, second.id).await?;
            talk.revision += 1;
            conversations::update(tx, &talk).await
        })
        .await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!([worth(&now(&desk, 11).await), worth(&now(&desk, 12).await)], before);
    }
}

#[tokio::test]
async fn what_was_changed_by_hand_since_a_merge_is_not_taken_back_with_it() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let [first, second] = different(&desk, &cast).await;
        let before = now(&desk, 12).await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        care::assign(&inbox, second.id, Some(cast.sam.id), &cast.noor).await.unwrap();
        let until = Ts(MONDAY.0 + 7_200_000_000);
        snooze::snooze(&inbox, second.id, until, &cast.noor).await.unwrap();
        write(&desk.desk.db, async |tx| {
            let mut talk = conversations::lock(tx, second.id).await?;
            talk.order_number = Some("FJ-20400".into());
            conversations::update(tx, &talk).await
        })
        .await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let talk = now(&desk, 12).await;
        assert_eq!(talk.assignee_id, Some(cast.sam.id));
        assert_eq!((talk.status, talk.snoozed_until), (ConversationStatus::Snoozed, Some(until)));
        assert_eq!(talk.order_number.as_deref(), Some("FJ-20400"));
        assert_eq!((talk.gist, talk.participants.0), (before.gist, before.participants.0), "the rest goes back");
        assert_eq!(now(&desk, 11).await.order_number.as_deref(), Some("FJ-20399"));
    }
}

#[tokio::test]
async fn what_is_unread_follows_a_merge_and_is_said_once() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        for id in [first.id, second.id] {
            let note = cast.clock.new_id::<NoteId>();
            care::add_note(&inbox, id, &cast.sam, (note, "@noor please look")).await.unwrap();
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
async fn what_is_asked_of_a_merged_one_happens_where_it_went() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let mut week = vec![read_day("9-17").unwrap(); 7];
        week[0].clear();
        let closed = AnswerTimes {
            hours: Hours { week, closed: Vec::new() },
            away: AwayReply { on: true, text: "We are back {{ back }}.".into() },
            ..AnswerTimes::default()
        };
        write(db, async |tx| answer_times::save(tx, cast.brand.id, &closed, NOW).await).await;
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        away::tell(&inbox, first.id).await.unwrap().commit().await.unwrap();
        let said = messages::list(db, second.id, 9).await.unwrap();
        assert!(said.iter().any(|message| message.body.starts_with("We are back")), "{said:#?}");
        assert!(messages::list(db, first.id, 9).await.unwrap().is_empty());
        chat::ask_for_person(&inbox, first.id).await.unwrap();
        assert!(now(&desk, 2).await.taken_over);
        let gone = now(&desk, 1).await;
        assert_eq!((gone.taken_over, gone.status), (false, ConversationStatus::Resolved));
    }
}

/// The first is about an order, for Noor, with another address, and due; the second waits for its customer.
async fn apart(desk: &TestDesk, cast: &Cast, rows: &[ConversationRow; 2]) {
    let times = AnswerTimes::default();
    write(&desk.desk.db, async |tx| {
        let mut first = conversations::lock(tx, rows[0].id).await?;
        first.order_number = Some("FJ-1".into());
        first.intent = Some("invoice".into());
        first.gist = "The invoice, please".into();
        first.assignee_id = Some(cast.noor.id);
        first.participants.0.push("accountant@example.com".into());
        first.due_at = Some(first.clocks.start(&times, "email", NOW));
        (first.last_message_at, first.last_inbound_at) = (at(60), Some(at(60)));
        conversations::update(tx, &first).await?;
        let mut second = conversations::lock(tx, rows[1].id).await?;
        second.status = ConversationStatus::Waiting;
        (second.due_at, second.unread) = (None, false);
        conversations::update(tx, &second).await
    })
    .await;
}

#[tokio::test]
async fn who_wrote_after_a_merge_waits_from_then_on_when_it_is_undone() {
    for engine in Engine::all() {
        let (desk, cast, rows) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        apart(&desk, &cast, &rows).await;
        let merged = merge::merge(&inbox, (rows[0].id, rows[1].id), false, &cast.sam).await.unwrap();
        let mut said = cast.message(&rows[1], "Still nothing");
        said.created_at = at(7_200);
        put(db, &[], &[said]).await;
        write(db, async |tx| {
            let mut talk = conversations::lock(tx, rows[1].id).await?;
            (talk.unread, talk.gist, talk.revision) = (true, "Still nothing".into(), talk.revision + 1);
            (talk.last_message_at, talk.last_inbound_at) = (at(7_200), Some(at(7_200)));
            conversations::update(tx, &talk).await
        })
        .await;
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let waits = now(&desk, 2).await;
        assert_eq!(
            (waits.status, waits.unread, waits.gist.as_str()),
            (ConversationStatus::Open, true, "Still nothing")
        );
        assert_eq!((waits.clocks.answering_since, waits.assignee_id), (Some(at(7_200)), None));
        assert_eq!(waits.due_at, Some(AnswerTimes::default().answer_due("email", &waits.clocks, at(7_200))));
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
        care::add_note(&inbox, first.id, &cast.sam, note).await.unwrap();
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let unread = async || {
            let all = notifications::list(db, cast.noor.id, 9).await.unwrap();
            let mut all: Vec<_> = all.into_iter().filter(|one| one.read_at.is_none()).collect();
            all.sort_by_key(|one| one.kind.as_str());
            all.into_iter().map(|one| (one.kind.as_str(), one.number, one.count)).collect::<Vec<_>>()
        };
        assert_eq!(unread().await, [("assigned", 2, 2), ("mention", 2, 1)]);
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(unread().await, [("assigned", 2, 2), ("mention", 1, 1)]);
        merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        write(db, async |tx| notifications::read_of(tx, cast.noor.id, second.id, NOW).await).await;
        assert_eq!(
            conversation_counts::numbers(db, cast.noor.id).await.unwrap().unread,
            0,
            "opening the other reads them"
        );
    }
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

#[tokio::test]
async fn different_customers_brands_and_chats_are_not_joined_lightly() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let ole = with_ole(&desk, &cast, 3).await;
        let refused = merge::merge(&inbox, (ole.id, first.id), false, &cast.sam).await.unwrap_err().to_string();
        assert!(refused.contains("#3 is with Ole, #1 with Sofie Keller"), "{refused}");
        assert_eq!(now(&desk, 3).await.merged_into, None);
        merge::merge(&inbox, (ole.id, first.id), true, &cast.sam).await.unwrap();
        assert_eq!(now(&desk, 1).await.contact_id, cast.sofie);

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
        assert_eq!(led[0].conversation_id, now(&desk, number).await.id);
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
        let part = now(&desk, number).await;
        assert_eq!((part.status, part.contact_id), (ConversationStatus::Open, cast.sofie));
        assert_eq!((part.gist.as_str(), part.last_message_at), ("Please", later(120)));
        assert_eq!(messages::list(db, part.id, 9).await.unwrap().len(), 2);
        let rest = messages::list(db, first.id, 9).await.unwrap();
        assert_eq!(rest.iter().map(|message| message.id).collect::<Vec<_>>(), [beginning]);
        assert_eq!(now(&desk, 1).await.last_message_at, NOW);

        merge::merge(&inbox, (part.id, first.id), false, &cast.sam).await.unwrap();
        assert_eq!(messages::list(db, first.id, 9).await.unwrap().len(), 3);
        assert_eq!(now(&desk, 1).await.last_message_at, later(120));
    }
}

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
        let (target, source) = (now(&desk, number(0)).await, now(&desk, number(1)).await);
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

#[tokio::test(flavor = "multi_thread")]
async fn merging_and_splitting_are_plain_forms() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
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
        assert_eq!(asked.header("location"), Some("/conversations/1/merges/new?source=3"));
        let warned = page(&mut browser, "/conversations/1/merges/new?source=3").await;
        assert!(warned.contains("These are different customers.") && warned.contains("name=\"sure\""), "{warned}");
        assert!(page(&mut browser, "/conversations/1/merges/new?source=99").await.contains("There is no conversation"));
        taken(&mut browser, "/conversations/1/merges", &[("source", "3"), ("sure", "1")]).await;
        assert_eq!(now(&desk, 3).await.merged_into, Some(first.id));
    }
}
