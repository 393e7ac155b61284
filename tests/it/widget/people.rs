//! People: a hand-over that the customer asks for, who is there, and the move to mail when nobody looks.

use std::time::Duration;

use resolute::inbox::care;
use resolute::model::answer_times::{AnswerTimes, Target};
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::event::EventKind;
use resolute::store::intake::{self, NewEvent};
use resolute::store::{answer_times, brands, conversation_counts, teammates};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers::{QUESTION, Slow};
use super::talk::{answer, conversations, messages};
use crate::brands::{NORD, brand};
use crate::support::cast::Cast;
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::smtp::SmtpDouble;
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
        assert_eq!(timeline.matches("s handed_off").count(), 1, "{timeline}");
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

#[tokio::test(flavor = "multi_thread")]
async fn whoever_types_is_seen_typing_and_whoever_looks_is_seen_looking() {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let chat = Chat::of(&desk).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    line.send(&message(1, "Hello?")).await;
    let seq = line.next_of("message").await["seq"].as_i64().unwrap();
    let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
    let mut browser = desk.browser().await;

    assert_eq!(browser.get(&format!("/conversations/{number}?view=all")).await.unwrap().status, 200);
    let seen = line.next_of("seen").await["seq"].as_i64().unwrap();
    assert!(seen > seq);
    much_happens(&desk, number).await;
    let (_, joined) = chat.join(&desk, &token, 0).await;
    assert_eq!(joined["state"]["seen"], seen, "whoever comes back is told the same");

    let kept = format!("/conversations/{number}/draft-text");
    assert_eq!(send(&mut browser, &kept, &[("body", "Let me lo")]).await.status, 200);
    let typing = line.next_of("typing").await;
    assert_eq!((typing["who"].as_str(), typing["name"].as_str()), (Some("person"), Some("Mara")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_the_page_is_open_is_seen_too() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("message").await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let mut browser = desk.browser().await;
        taken(&mut browser, &format!("/conversations/{number}/followers"), &[("back", "/inbox")]).await;
        page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        line.next_of("seen").await;

        line.send(&message(2, "Are you there?")).await;
        let seq = line.next_of("message").await["seq"].as_i64().unwrap();
        let unread = async || {
            let told = conversation_counts::numbers(&desk.desk.db, desk.setup.teammate).await.unwrap().unread;
            (desk.talk(number).await.unread, told)
        };
        assert_eq!(unread().await, (true, 1), "the follower is told");
        let presence = format!("/conversations/{number}/presence");
        assert_eq!(send(&mut browser, &presence, &[("gone", "1")]).await.status, 204);
        let drawn = drawn_on(&page(&mut browser, &format!("/conversations/{number}/timeline")).await);
        let [.., first, last] = drawn.as_slice() else { panic!("two messages: {drawn:?}") };
        assert_eq!(unread().await, (true, 1), "a page that nobody has before them has seen nothing");
        let nothing: &[(&str, &str)] = &[];
        for before in [nothing, &[("seen", first.as_str())]] {
            assert_eq!(send(&mut browser, &presence, before).await.status, 204);
            assert_eq!(unread().await, (true, 1), "no further than it is said: {before:?}");
        }

        for _ in 0..2 {
            assert_eq!(send(&mut browser, &presence, &[("seen", last.as_str())]).await.status, 204);
        }
        assert!(line.next_of("seen").await["seq"].as_i64().unwrap() > seq);
        assert_eq!(unread().await, (false, 0));
        let timeline = desk.timeline(number).await;
        assert_eq!(timeline.matches("s seen by").count(), 2, "what is seen is not noted again: {timeline}");
    }
}

/// The numbers of the messages on a page, in its order.
fn drawn_on(page: &str) -> Vec<String> {
    page.split("data-seq=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_made_up_marks_nothing_that_is_still_to_come() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("message").await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let mut browser = desk.browser().await;
        let presence = format!("/conversations/{number}/presence");
        let drawn = drawn_on(&page(&mut browser, &format!("/conversations/{number}/timeline")).await);
        let far = i64::MAX.to_string();
        assert_eq!(send(&mut browser, &presence, &[("seen", far.as_str())]).await.status, 204);
        let seen = line.next_of("seen").await["seq"].as_i64().unwrap();
        assert!(!desk.talk(number).await.unread);

        line.send(&message(2, "Are you there?")).await;
        assert!(
            line.next_of("message").await["seq"].as_i64().unwrap() > seen,
            "the customer is not told that it is seen"
        );
        assert_eq!(send(&mut browser, &presence, &[("seen", drawn.last().unwrap().as_str())]).await.status, 204);
        assert!(desk.talk(number).await.unread);
        for wrong in ["-1", "0"] {
            assert_eq!(send(&mut browser, &presence, &[("seen", wrong)]).await.status, 204);
        }
        assert!(desk.talk(number).await.unread);
        let refused = send(&mut browser, &presence, &[("seen", "newest")]).await;
        assert!((400..500).contains(&refused.status), "{}", refused.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_runs_script_is_seen_when_it_says_so_and_not_when_it_is_asked_for() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    let session = resolute::web::guard::sign_in(&desk.desk, desk.setup.teammate).await.unwrap();
    let cookie = format!("{}={}", session.name(), session.value());
    for (more, unread) in [("; resolute_script=1", true), ("", false)] {
        let mut browser = desk.client().with("cookie", &format!("{cookie}{more}"));
        page(&mut browser, "/conversations/7?view=all").await;
        assert_eq!(desk.talk(7).await.unread, unread, "{more}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_looks_at_goes_by_mail_and_the_answer_joins() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Is the lamp dimmable?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        for _ in 0..2 {
            line.send(&json!({ "t": "email", "id": Uuid::from_u128(9), "address": "Ana@A.example" })).await;
            while line.next_of("ack").await["id"] != json!(Uuid::from_u128(9)) {}
        }
        assert_eq!(desk.timeline(number).await.matches("address_left").count(), 1, "a repetition is the same");
        drop(line);

        desk.desk.clock.advance(Duration::from_mins(1));
        answer(&desk, number, "Yes, in three steps.").await;
        desk.desk.clock.advance(Duration::from_secs(5));
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        assert!(smtp.taken().is_empty(), "three minutes are not over");
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        let [sent] = smtp.taken().try_into().expect("one mail");
        assert_eq!(sent.to, ["ana@a.example"]);
        assert_eq!(sent.header("Subject"), "Your chat with Fjord Home");
        assert!(sent.raw.contains("Yes, in three steps."), "{}", sent.raw);
        desk.desk.clock.advance(Duration::from_mins(10));
        desk.drain().await;
        assert_eq!(smtp.taken().len(), 1, "it goes once");

        let raw = sent.answered("a1@a.example", "Then I take it.");
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
        desk.drain().await;
        assert_eq!(conversations(&desk).await.len(), 1, "one conversation");
        assert_eq!(messages(&desk, number).await.last().unwrap()["body"], "Then I take it.");

        // Now it goes on by mail; who only claims the address does not read it in the chat.
        answer(&desk, number, "It is packed, Kirchweg 9.").await;
        desk.desk.clock.advance(Duration::from_secs(15));
        desk.drain().await;
        assert_eq!(smtp.taken().last().unwrap().to, ["ana@a.example"]);
        let subject = smtp.taken().last().unwrap().header("Subject");
        assert_eq!(subject, "Re: Your chat with Fjord Home", "mail programs keep it in one thread");
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token })).await;
        let told = line.next_of("resync").await.to_string();
        assert!(told.contains("in three steps") && !told.contains("Kirchweg"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_says_whether_an_answer_can_go_by_mail() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["mail"], true);
        taken(&mut browser, &format!("/channels/{}/pause", desk.setup.channel), &[("back", "/channels")]).await;
        desk.desk.clock.advance(Duration::from_secs(5));
        let (_, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["mail"], false, "what is paused sends nothing");

        taken(&mut browser, "/brands", &NORD).await;
        let nord = brand(&desk, "nord-garden").await.id;
        let other = Chat::connect(&desk.desk, nord, &["shop.example"], &json!({})).await;
        let token = other.begin(&desk, &json!({})).await;
        let (mut line, joined) = other.join(&desk, &token, 0).await;
        assert_eq!(joined["state"]["mail"], false, "the mailbox is another brand's");

        // An address is kept all the same, for people to write to.
        line.send(&json!({ "t": "email", "id": Uuid::from_u128(9), "address": "ana@a.example" })).await;
        line.next_of("ack").await;
        line.send(&message(1, "Is the lamp dimmable?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains("ana@a.example"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_seen_a_reply_gets_no_mail() {
    let smtp = SmtpDouble::start().await;
    let wish = Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite).with_smtp(smtp.port) };
    let desk = TestDesk::start(wish).await;
    let chat = Chat::of(&desk).await;
    let token = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    line.send(&message(1, "Is the lamp dimmable?")).await;
    line.next_of("ack").await;
    desk.drain().await;
    let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
    answer(&desk, number, "Yes.").await;
    desk.desk.clock.advance(Duration::from_secs(5));
    desk.drain().await;
    let reply = loop {
        let frame = line.next_of("message").await;
        if frame["from"] == "person" {
            break frame;
        }
    };
    line.send(&json!({ "t": "read", "ids": [reply["id"]] })).await;
    line.send(&json!({ "t": "ping" })).await;
    line.next_of("pong").await;
    desk.desk.clock.advance(Duration::from_mins(4));
    desk.drain().await;
    assert!(smtp.taken().is_empty());
}
