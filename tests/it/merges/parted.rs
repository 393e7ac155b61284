//! What comes between a merge and its end goes back with the conversation that it belongs to, and the rest stays.

use std::time::Duration;

use resolute::inbox::people;
use resolute::inbox::settle::Returned;
use resolute::model::agent_run::HandOffPacket;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::message::Delivery;
use resolute::store::{brands, messages, teammates};

use crate::mail_path::{answer, mail};
use crate::restraint::{agent_returns, agent_settles, reply};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::http::Client;
use crate::support::smtp::{Plan, SmtpDouble};
use crate::support::stores::{number_of, write};

/// A mail that says its own id.
fn written(from: &str, name: &str, more: &str) -> Vec<u8> {
    let id = format!("{name}@post.example");
    mail(&id, from, "Parcel", more, &format!("Text of {id}"))
}

/// Sofie writes once more.
async fn come(desk: &TestDesk, name: &str, more: &str) {
    come_from(desk, "Sofie Lind <sofie@post.example>", name, more).await;
}

/// Somebody writes once more.
async fn come_from(desk: &TestDesk, from: &str, name: &str, more: &str) {
    desk.desk.clock.advance(Duration::from_secs(1));
    let answer = desk.post_mail(&written(from, name, more)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    desk.drain().await;
}

fn answers(names: &[&str]) -> String {
    let all: Vec<String> = names.iter().map(|name| format!("<{name}@post.example>")).collect();
    let last = all.last().cloned().unwrap_or_default();
    format!("In-Reply-To: {last}\r\nReferences: {}\r\n", all.join(" "))
}

/// The numbers of two conversations, one begun by the mail `a` and one by `b`.
async fn two(desk: &TestDesk) -> [i64; 2] {
    come(desk, "a", "").await;
    let first = desk.newest().await.number;
    come(desk, "b", "").await;
    [first, desk.newest().await.number]
}

/// The same on a desk whose replies this server takes, and who looks at it.
async fn two_on_a_desk_that_sends(engine: Engine) -> (SmtpDouble, TestDesk, [i64; 2], Client) {
    let smtp = SmtpDouble::start().await;
    let desk = Box::pin(TestDesk::start(Wish::exact(engine).with_smtp(smtp.port))).await;
    let numbers = two(&desk).await;
    let browser = desk.browser().await;
    (smtp, desk, numbers, browser)
}

/// The names of the mails in a conversation, and what we said.
async fn mails_of(desk: &TestDesk, number: i64) -> Vec<String> {
    let talk = desk.talk(number).await;
    let all = messages::list(&desk.desk.db, talk.id, 200).await.unwrap();
    let name = |body: &str| body.trim().trim_start_matches("Text of ").trim_end_matches("@post.example").to_owned();
    all.iter().map(|message| name(&message.body)).collect()
}

async fn merge(browser: &mut Client, source: i64, target: i64) {
    let source = source.to_string();
    taken(browser, &format!("/conversations/{target}/merges"), &[("source", source.as_str())]).await;
}

/// Takes the one merge of a conversation back; gives what is said of that.
async fn take_back(browser: &mut Client, target: i64) -> String {
    let here = format!("/conversations/{target}?view=all");
    let shown = page(browser, &here).await;
    let behind = shown.split("action=\"/merges/").nth(1).unwrap_or_else(|| panic!("no way back: {shown}"));
    let id = behind.split("/deletion\"").next().unwrap().to_owned();
    said(&send(browser, &format!("/merges/{id}/deletion"), &[("back", here.as_str())]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_answer_the_one_that_went_go_back_with_it() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let [source, target] = two(&desk).await;
        let mut browser = desk.browser().await;
        merge(&mut browser, source, target).await;
        come(&desk, "c", &answers(&["a"])).await;
        come(&desk, "d", &answers(&["b"])).await;
        come(&desk, "e", &answers(&["c"])).await;
        come(&desk, "f", &answers(&["a", "lost"])).await;
        assert_eq!(mails_of(&desk, target).await, ["a", "b", "c", "d", "e", "f"]);

        let words = take_back(&mut browser, target).await;
        let told = "3 messages that came after the merge went back too; 1 message stays in this one.";
        assert!(words.ends_with(told), "{words}");
        assert_eq!(mails_of(&desk, source).await, ["a", "c", "e", "f"]);
        assert_eq!(mails_of(&desk, target).await, ["b", "d"]);
        let [went, stood] = [desk.talk(source).await, desk.talk(target).await];
        assert_eq!((went.status, went.unread), (ConversationStatus::Open, true));
        assert_eq!([went.gist, stood.gist], ["Text of f@post.example", "Text of d@post.example"]);
        assert!(stood.last_message_at < went.last_message_at && went.due_at.is_some());

        let shown = page(&mut browser, &format!("/conversations/{target}?view=all")).await;
        assert!(shown.contains("3 messages that came after it went with it, 1 stays here"), "{shown}");
        let shown = page(&mut browser, &format!("/conversations/{source}?view=all")).await;
        assert!(shown.contains("3 messages that came after it came along, 1 stays there"), "{shown}");
        let log = page(&mut browser, "/audit").await;
        assert!(log.contains("stayed 1") && log.contains("went back 3"), "{log}");

        come(&desk, "g", &answers(&["e"])).await;
        assert_eq!(mails_of(&desk, source).await, ["a", "c", "e", "f", "g"], "its thread goes on there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_nobody_wrote_to_stands_as_before_its_merge() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let [source, target] = two(&desk).await;
        let mut browser = desk.browser().await;
        taken(&mut browser, &format!("/conversations/{target}/resolution"), &[]).await;
        let before = desk.talk(target).await;
        assert_eq!(before.status, ConversationStatus::Resolved);
        merge(&mut browser, source, target).await;
        come(&desk, "c", &answers(&["a"])).await;
        let words = take_back(&mut browser, target).await;
        assert!(words.ends_with("went back too: 1 message."), "{words}");
        let after = desk.talk(target).await;
        assert_eq!((after.status, after.due_at), (ConversationStatus::Resolved, None));
        assert_eq!((after.gist, after.last_inbound_at), (before.gist, before.last_inbound_at));
        assert_eq!(desk.talk(source).await.status, ConversationStatus::Open);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_answer_to_what_goes_back_goes_with_it() {
    for engine in Engine::all() {
        let (_smtp, desk, [source, target], mut browser) = two_on_a_desk_that_sends(engine).await;
        merge(&mut browser, source, target).await;
        desk.desk.clock.advance(Duration::from_secs(1));
        answer(&desk, target, "We look into both").await;
        desk.drain().await;
        come(&desk, "c", &answers(&["a"])).await;
        desk.desk.clock.advance(Duration::from_secs(1));
        answer(&desk, target, "It is found").await;
        desk.drain().await;
        let words = take_back(&mut browser, target).await;
        assert!(words.ends_with("2 messages that came after the merge went back too; 1 message stays in this one."));
        assert_eq!(mails_of(&desk, source).await, ["a", "c", "It is found"]);
        assert_eq!(mails_of(&desk, target).await, ["b", "We look into both"]);
        assert_eq!(desk.talk(source).await.status, ConversationStatus::Waiting, "it is answered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_not_undone_under_a_reply_that_has_not_left() {
    for engine in Engine::all() {
        let (smtp, desk, [source, target], mut browser) = two_on_a_desk_that_sends(engine).await;
        merge(&mut browser, source, target).await;
        come(&desk, "c", &answers(&["a"])).await;
        desk.desk.clock.advance(Duration::from_secs(1));
        answer(&desk, target, "It is found").await;
        let words = take_back(&mut browser, target).await;
        let told = format!("A reply that was written after the merge has not left #{target} yet. Nothing was changed");
        assert!(words.contains(&told), "{words}");
        assert_eq!(desk.talk(source).await.merged_into, Some(desk.talk(target).await.id));
        assert_eq!(mails_of(&desk, target).await, ["a", "b", "c", "It is found"]);

        desk.drain().await;
        assert_eq!(smtp.taken().last().unwrap().header("In-Reply-To"), "<c@post.example>");
        let words = take_back(&mut browser, target).await;
        assert!(words.ends_with("went back too: 2 messages."), "{words}");
        assert_eq!(mails_of(&desk, source).await, ["a", "c", "It is found"]);
        assert_eq!(desk.talk(source).await.status, ConversationStatus::Waiting);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_would_send_alone_does_not_leave_when_a_merge_is_undone() {
    for engine in Engine::all() {
        let (smtp, desk, [source, target], mut browser) = two_on_a_desk_that_sends(engine).await;
        merge(&mut browser, source, target).await;
        come(&desk, "c", &answers(&["b"])).await;
        let talk = desk.talk(target).await;
        Box::pin(agent_settles(&desk, &talk, reply())).await;
        assert_eq!(desk.talk(target).await.status, ConversationStatus::Waiting);

        let words = take_back(&mut browser, target).await;
        assert!(words.contains("Both conversations stand for themselves again."), "{words}");
        desk.drain().await;
        assert!(smtp.taken().is_empty(), "{:?}", smtp.taken());
        let stood = desk.talk(target).await;
        assert_eq!((stood.status, stood.due_at.is_some()), (ConversationStatus::Open, true), "she waits again");
        assert_eq!(stood.clocks.first_answered_at, None);
        let all = messages::list(&desk.desk.db, stood.id, 9).await.unwrap();
        let reply = all.last().unwrap();
        assert_eq!(reply.delivery, Some(Delivery::Cancelled));
        assert!(reply.delivery_reason.ends_with("took the merge back."), "{}", reply.delivery_reason);
        assert_eq!(desk.talk(source).await.status, ConversationStatus::Open);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_refused_while_a_merge_ends_wakes_the_case_that_it_is_in() {
    for engine in Engine::all() {
        let (smtp, desk, [source, target], mut browser) = two_on_a_desk_that_sends(engine).await;
        desk.desk.clock.advance(Duration::from_secs(1));
        answer(&desk, source, "It is found").await;
        merge(&mut browser, source, target).await;
        let before = desk.talk(target).await;
        smtp.plan(&[Plan::RefusedInTime]);
        let ending = async {
            smtp.wait_for_one_that_waits().await;
            let words = take_back(&mut browser, target).await;
            assert!(words.contains("stand for themselves again"), "{words}");
            smtp.go_on();
        };
        tokio::join!(desk.drain(), ending);

        let [went, stood] = [desk.talk(source).await, desk.talk(target).await];
        let all = messages::list(&desk.desk.db, went.id, 9).await.unwrap();
        assert_eq!(all.last().unwrap().delivery, Some(Delivery::Failed));
        assert_eq!((went.status, went.unread), (ConversationStatus::Open, true), "somebody has to look at it");
        assert!(went.due_at.is_some(), "she waits for an answer as before it");
        assert_eq!((stood.status, stood.due_at), (ConversationStatus::Open, before.due_at));
        let noted = |timeline: String| timeline.matches("delivery_changed").count();
        assert_eq!([noted(desk.timeline(source).await), noted(desk.timeline(target).await)], [1, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_another_customer_got_stays_with_them() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { agent_level: AgentLevel::Approve, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await.with_an_empty_shop().await;
        come_from(&desk, "Ana <ana@post.example>", "a", "").await;
        let source = desk.newest().await.number;
        come(&desk, "b", "").await;
        let target = desk.newest().await.number;
        let mut browser = desk.browser().await;
        let named = source.to_string();
        let sure = [("source", named.as_str()), ("sure", "1")];
        taken(&mut browser, &format!("/conversations/{target}/merges"), &sure).await;
        come_from(&desk, "Ana <ana@post.example>", "c", &answers(&["a"])).await;
        desk.desk.clock.advance(Duration::from_secs(1));
        answer(&desk, target, "It is found").await;
        desk.drain().await;
        assert_eq!(smtp.taken().last().unwrap().to, ["sofie@post.example"]);

        let words = take_back(&mut browser, target).await;
        assert!(words.ends_with("1 message that came after the merge went back too; 1 message stays in this one."));
        assert_eq!(mails_of(&desk, source).await, ["a", "c"]);
        assert_eq!(mails_of(&desk, target).await, ["b", "It is found"]);
        let [went, stood] = [desk.talk(source).await, desk.talk(target).await];
        assert_eq!((went.status, went.unread, went.agent_state), (ConversationStatus::Open, true, AgentState::Writing));
        assert!(went.due_at.is_some(), "she waits for an answer");
        assert_eq!((stood.status, stood.due_at), (ConversationStatus::Waiting, None));
        desk.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_answer_goes_back_with_what_one_person_asked_under_another_name_and_also_once_they_are_two() {
    let both = Engine::all().into_iter().flat_map(|engine| [(engine, false), (engine, true)]);
    for (engine, are_two) in both {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { agent_level: AgentLevel::Approve, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await.with_an_empty_shop().await;
        come_from(&desk, "Sofie Lind <sofie@work.example>", "a", "").await;
        let source = desk.newest().await.number;
        come(&desk, "b", "").await;
        let target = desk.newest().await.number;
        let [went, stood] = [desk.talk(source).await, desk.talk(target).await];
        let mara = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        let inbox = desk.desk.inbox();
        let person = people::merge(&inbox, (went.contact_id, stood.contact_id), &mara).await.unwrap();
        let due = stood.due_at;
        let mut browser = desk.browser().await;
        merge(&mut browser, source, target).await;
        come_from(&desk, "Sofie Lind <sofie@work.example>", "c", &answers(&["a"])).await;
        desk.desk.clock.advance(Duration::from_secs(1));
        answer(&desk, target, "It is found").await;
        desk.drain().await;
        assert_eq!(smtp.taken().last().unwrap().to, ["sofie@work.example"]);
        if are_two {
            people::undo(&inbox, person.id, &mara).await.unwrap();
        }

        take_back(&mut browser, target).await;
        assert_eq!(mails_of(&desk, source).await, ["a", "c", "It is found"]);
        assert_eq!(mails_of(&desk, target).await, ["b"]);
        let [went, stood] = [desk.talk(source).await, desk.talk(target).await];
        assert_eq!((went.status, went.due_at, went.agent_state), (ConversationStatus::Waiting, None, AgentState::Idle));
        assert_eq!((stood.status, stood.due_at), (ConversationStatus::Open, due), "it is not answered");
        let log = page(&mut browser, "/audit").await;
        assert!(log.contains("different customers false"), "{log}");
        assert_eq!(log.contains("different customers true"), are_two, "{log}");
        desk.drain().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_arrives_while_a_merge_ends_is_where_it_belongs() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let [source, target] = two(&desk).await;
        let mut browser = desk.browser().await;
        let mut expected = vec!["a".to_owned()];
        for turn in 0..12 {
            merge(&mut browser, source, target).await;
            let name = format!("answer{turn}");
            let arriving = async {
                desk.desk.clock.advance(Duration::from_secs(1));
                let raw = written("Sofie Lind <sofie@post.example>", &name, &answers(&["a"]));
                assert_eq!(desk.post_mail(&raw).await.status, 200);
                desk.drain().await;
            };
            tokio::join!(arriving, take_back(&mut browser, target));
            expected.push(name);
            assert_eq!(mails_of(&desk, source).await, expected);
            assert_eq!(mails_of(&desk, target).await, ["b"]);
        }
    }
}

/// The agent asks for a person over all that is in a conversation now.
async fn ask_for_person(desk: &TestDesk, number: i64, wants: &str) {
    let packet = HandOffPacket { wants: wants.to_owned(), ..HandOffPacket::default() };
    let result = Returned::HandOff { reason: "Not clear.".to_owned(), packet, notice: None };
    let talk = desk.talk(number).await;
    Box::pin(agent_returns(desk, &talk, result)).await;
    assert_eq!(desk.talk(number).await.agent_state, AgentState::HandedOff);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_agent_asked_a_person_for_over_both_does_not_stay_behind() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let [source, target] = two(&desk).await;
        ask_for_person(&desk, target, "Two spare screws").await;
        let mut browser = desk.browser().await;
        merge(&mut browser, source, target).await;
        come(&desk, "c", &answers(&["a"])).await;
        ask_for_person(&desk, target, "Her money back").await;
        take_back(&mut browser, target).await;
        assert_eq!(mails_of(&desk, target).await, ["b"]);
        assert_eq!(desk.talk(target).await.agent_state, AgentState::HandedOff, "as before the merge");
        let shown = page(&mut browser, &format!("/conversations/{target}?view=all")).await;
        assert!(shown.contains("Two spare screws") && !shown.contains("Her money back"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_to_a_person_for_the_words_of_both_is_looked_at_anew() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let [source, target] = two(&desk).await;
        let mut browser = desk.browser().await;
        merge(&mut browser, source, target).await;
        come(&desk, "c", &answers(&["a"])).await;
        come(&desk, "d", &answers(&["b"])).await;
        ask_for_person(&desk, target, "Her money back").await;
        let brand = brands::get(db, desk.setup.brand).await.unwrap();
        let drafts = Brand { agent_level: AgentLevel::Approve, ..brand };
        write(db, async |tx| brands::update(tx, &drafts).await).await;
        take_back(&mut browser, target).await;
        assert_eq!(mails_of(&desk, target).await, ["b", "d"]);
        assert_eq!(desk.talk(target).await.agent_state, AgentState::Writing);
        assert_eq!(number_of(db, "select count(*) from hand_offs").await, 0);
    }
}
