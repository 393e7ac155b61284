//! People: a hand-over that the customer asks for, whose turn it is, and who has the chat.

mod letters;
mod seen;

use std::time::Duration;

use resolute::inbox::care;
use resolute::model::answer_times::{AnswerTimes, Target};
use resolute::model::brake::Brake;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::ConversationStatus;
use resolute::model::event::EventKind;
use resolute::store::intake::{self, NewEvent};
use resolute::store::{answer_times, brakes, brands, teammates};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{QUESTION, Slow};
use super::talk::{answer, conversations, messages};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::everything_stopped;
use crate::support::socket::Socket;
use crate::support::stores::{number_of, write};

/// More than anybody reads again to say how a conversation stands.
async fn much_happens(desk: &TestDesk, number: i64) {
    let talk = desk.talk(number).await;
    let tagged = || NewEvent {
        id: desk.desk.clock.new_id(),
        brand_id: talk.brand_id,
        conversation_id: Some(talk.id),
        kind: EventKind::Tagged,
        actor: "Mara".into(),
        data: json!({}),
        at: desk.desk.clock.now(),
    };
    let events: Vec<NewEvent> = std::iter::repeat_with(tagged).take(60).collect();
    write(&desk.desk.db, async |tx| intake::insert_events(tx, &events).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_is_said_to_answer_only_where_nobody_reads_first() {
    for engine in Engine::all() {
        for level in [AgentLevel::Off, AgentLevel::Approve, AgentLevel::Auto] {
            let desk = TestDesk::start(Wish { agent_level: level, ..Wish::exact(engine) }).await;
            let chat = Chat::of(&desk).await;
            let token = chat.begin(&desk, &json!({})).await;
            let (_, joined) = chat.join(&desk, &token, 0).await;
            let expected = match level {
                AgentLevel::Off => "",
                AgentLevel::Approve => "checked",
                AgentLevel::Auto => "alone",
            };
            assert_eq!(joined["state"]["agent"], expected, "{level}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_that_the_agent_says_in_chats_is_stopped_a_person_reads_first() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { agent_level: AgentLevel::Auto, ..Wish::exact(engine) }).await;
        let (chat, clock) = (Chat::of(&desk).await, &desk.desk.clock);
        let token = chat.begin(&desk, &json!({})).await;
        for (intent, channel, expected) in
            [("stock", "", "alone"), ("", "email", "alone"), ("", "live_chat", "checked")]
        {
            let stop = Brake { intent: intent.into(), channel: channel.into(), ..everything_stopped(clock) };
            write(&desk.desk.db, async |tx| brakes::insert(tx, &stop).await).await;
            let (_, joined) = chat.join(&desk, &token, 0).await;
            assert_eq!(joined["state"]["agent"], expected, "{intent} {channel}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_draft_waits_the_answer_is_a_persons() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Approve, ..Wish::exact(engine) };
        let desk = TestDesk::start(wish).await.with_an_empty_shop().await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Where is my order?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let waiting = desk.api_get("/api/v1/approvals").await;
        let approval = waiting["items"][0]["id"].as_str().expect("a draft waits").to_owned();

        // From now on the agent may answer by itself, but not what a person reads already.
        let brand = brands::get(&desk.desk.db, desk.setup.brand).await.unwrap();
        let auto = Brand { agent_level: AgentLevel::Auto, ..brand };
        write(&desk.desk.db, async |tx| brands::update(tx, &auto).await).await;
        desk.desk.clock.advance(Duration::from_secs(5));
        let (mut line, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["agent"], "checked");

        let path = format!("/api/v1/approvals/{approval}/acceptance");
        let accepted = desk.api().post_json(&path, &json!({})).await.unwrap();
        assert!(accepted.status < 300, "{}", accepted.text());
        while line.next_of("state").await["state"]["agent"] != "alone" {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_a_person_gets_one_and_the_agent_keeps_out() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Approve, ..Wish::lively(engine) };
        let desk = TestDesk::start(wish).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!((&joined["state"]["people"], &joined["state"]["agent"]), (&json!(0), &json!("checked")));
        let wants = json!({ "t": "person", "id": Uuid::from_u128(1), "text": "I would like to talk to a person." });
        line.send(&wants).await;
        let state = loop {
            let frame = line.next_of_any().await;
            if frame["t"] == "state" && frame["state"]["with"] == "person" {
                break frame;
            }
        };
        assert_eq!(state["state"]["ahead"], 0);
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let row = desk.talk(number).await;
        assert!(row.taken_over && row.due_at.is_some());

        // What is asked twice is done once.
        line.send(&wants).await;
        line.next_of("ack").await;
        assert_eq!(messages(&desk, number).await.len(), 1);
        let timeline = desk.timeline(number).await;
        assert_eq!(timeline.matches("s handed_off by Visitor").count(), 1, "{timeline}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_given_to_a_person_waits_for_one_while_the_agent_reads_on() {
    for engine in Engine::all() {
        let slow = Slow::start().await;
        let llm = slow.llm.clone();
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, llm, ..Wish::lively(engine) };
        // Without a shop the agent gives to a person what is about an order.
        let desk = TestDesk::start(wish).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, QUESTION)).await;
        slow.asked().await;
        slow.answer(1);
        while line.next_of("state").await["state"]["with"] != "person" {}

        // The agent is at the next word, and nobody has answered.
        line.send(&message(2, "Are you there?")).await;
        slow.asked().await;
        line.send(&json!({ "t": "state" })).await;
        let state = line.next_of("state").await["state"].clone();
        assert_eq!((&state["with"], &state["waits"]), (&json!("person"), &json!(true)), "{state}");
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        much_happens(&desk, number).await;
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["with"], "person", "whoever comes back is told the same");

        // An answer ends the wait, whoever gives it.
        answer(&desk, number, "It comes on Friday.").await;
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["waits"], false);
    }
}

/// The customer writes, and what follows from that is done.
async fn say(desk: &TestDesk, line: &mut Socket, id: u128, text: &str) {
    desk.desk.clock.advance(Duration::from_secs(5));
    line.send(&message(id, text)).await;
    while line.next_of("ack").await["id"] != json!(Uuid::from_u128(id)) {}
    desk.drain().await;
}

/// The customer asks for a person, and what follows from that is done.
async fn want_person(desk: &TestDesk, line: &mut Socket, id: u128) {
    desk.desk.clock.advance(Duration::from_secs(5));
    line.send(&json!({ "t": "person", "id": Uuid::from_u128(id), "text": "A person, please." })).await;
    while line.next_of("ack").await["id"] != json!(Uuid::from_u128(id)) {}
    desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_person_sets_no_clock_back() {
    for engine in Engine::all() {
        // Sooner than a person is to look, and later.
        for minutes in [10, 60] {
            let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
            let target = Target { kind: "live_chat".to_owned(), first: minutes, next: minutes, resolution: None };
            let times = AnswerTimes { targets: vec![target], ..AnswerTimes::default() };
            let now = desk.desk.clock.now();
            write(&desk.desk.db, async |tx| answer_times::save(tx, desk.setup.brand, &times, now).await).await;
            let chat = Chat::of(&desk).await;
            let token = chat.begin(&desk, &json!({})).await;
            let (mut line, _) = chat.join(&desk, &token, 0).await;
            say(&desk, &mut line, 1, "Is the lamp dimmable?").await;
            let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
            let before = desk.talk(number).await;
            desk.desk.clock.advance(Duration::from_mins(11));
            want_person(&desk, &mut line, 2).await;

            let after = desk.talk(number).await;
            assert!(after.taken_over && after.clocks.answering_since.is_some());
            assert_eq!(after.clocks.answering_since, before.clocks.answering_since, "they wait since their first word");
            let soon = desk.desk.clock.now().plus(Duration::from_mins(10));
            let due = if minutes == 10 { before.due_at } else { Some(soon) };
            assert_eq!(after.due_at, due, "a target of {minutes} minutes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_person_in_the_same_words_once_more_opens_nothing_that_was_answered_or_put_away() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        say(&desk, &mut line, 1, "Is the lamp dimmable?").await;
        want_person(&desk, &mut line, 2).await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let standing = async || {
            let row = desk.talk(number).await;
            (row.status, row.due_at.is_some())
        };
        assert_eq!(standing().await, (ConversationStatus::Open, true));

        answer(&desk, number, "Yes, in three steps.").await;
        want_person(&desk, &mut line, 2).await;
        assert_eq!(standing().await, (ConversationStatus::Waiting, false), "answered");
        want_person(&desk, &mut line, 3).await;
        let mara = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        care::resolve(&desk.desk.inbox(), desk.talk(number).await.id, &mara, None).await.unwrap();
        want_person(&desk, &mut line, 3).await;
        assert_eq!(standing().await, (ConversationStatus::Resolved, false), "put away");

        want_person(&desk, &mut line, 4).await;
        assert_eq!(standing().await, (ConversationStatus::Open, true), "these words are new");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_again_keeps_their_place_among_all_who_wait_for_people() {
    for engine in Engine::all() {
        // Without the agent all who write wait for people, whether they ask for one or not.
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let mut visitors = Vec::new();
        for id in 1..=3 {
            let token = chat.begin(&desk, &json!({})).await;
            let (mut line, _) = chat.join(&desk, &token, 0).await;
            say(&desk, &mut line, id, "Is the lamp dimmable?").await;
            visitors.push((token, line));
        }
        for (id, place) in [(4, 0), (5, 2)] {
            want_person(&desk, &mut visitors[place].1, id).await;
        }
        say(&desk, &mut visitors[0].1, 6, "Are you there?").await;
        for (place, ahead) in [(0, 0), (2, 2)] {
            let (_, joined) = chat.join(&desk, &visitors[place].0, 0).await;
            let state = &joined["state"];
            assert_eq!((&state["waits"], &state["ahead"]), (&json!(true), &json!(ahead)), "{place}: {state}");
        }

        // Whoever was answered is before nobody.
        let rows = conversations(&desk).await;
        let number = rows.iter().map(|row| row["number"].as_i64().unwrap()).min().unwrap();
        answer(&desk, number, "Yes, in three steps.").await;
        desk.drain().await;
        let (_, joined) = chat.join(&desk, &visitors[2].0, 0).await;
        assert_eq!(joined["state"]["ahead"], 1);
    }
}

/// How things stand, once somebody has the chat and the customer waits or not.
async fn state_of_who_has_it(line: &mut Socket, waits: bool) -> Value {
    loop {
        let state = line.next_of("state").await["state"].clone();
        if state["has_it"] == true && state["waits"] == waits {
            return state;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_by_hand_has_the_chat_and_the_agent_keeps_out_until_the_case_is_done() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::exact(engine) };
        // Without a shop the agent gives to a person what is about an order.
        let desk = TestDesk::start(wish).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        let runs = async || number_of(&desk.desk.db, "select count(*) from agent_runs").await;
        say(&desk, &mut line, 1, QUESTION).await;
        assert_eq!(runs().await, 1);
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        assert!(!desk.talk(number).await.taken_over);

        desk.desk.clock.advance(Duration::from_secs(5));
        answer(&desk, number, "I look for it.").await;
        desk.drain().await;
        while line.next_of("message").await["from"] != "person" {}
        // It is told with the answer, to whoever does not ask.
        let state = state_of_who_has_it(&mut line, false).await;
        assert_eq!((&state["with"], &state["agent"]), (&json!("person"), &json!("checked")));
        let said = messages(&desk, number).await.len();
        for (id, text) in [(2, "Are you there?"), (3, QUESTION)] {
            say(&desk, &mut line, id, text).await;
        }
        assert_eq!((runs().await, messages(&desk, number).await.len()), (1, said + 2), "nobody talks in between");
        line.send(&json!({ "t": "state" })).await;
        let state = state_of_who_has_it(&mut line, true).await;
        assert_eq!(state["with"], "person");

        let mara = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        care::resolve(&desk.desk.inbox(), desk.talk(number).await.id, &mara, None).await.unwrap();
        say(&desk, &mut line, 4, QUESTION).await;
        assert_eq!(runs().await, 2, "it is another case");
    }
}
