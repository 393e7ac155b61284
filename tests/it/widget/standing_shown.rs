//! Who answers and how long it takes, as head and foot of the chat say it: the same, whoever is here.

use std::time::Duration;

use fantoccini::Locator;
use resolute::model::answer_times::AnswerTimes;
use resolute::model::brand::AgentLevel;
use resolute::model::channel::ChannelState;
use resolute::model::hours::{ClosedDay, Hours};
use resolute::store::{answer_times, channels, chats};
use serde_json::json;

use super::talk::{answer, conversations, messages};
use super::windows::{ASKED_FOR_ADDRESS, Windows};
use crate::support::desk::Wish;
use crate::support::stores::write;

impl Windows {
    /// Nobody of the brand is there today and tomorrow.
    async fn close_for_two_days(&self) {
        let now = self.desk.desk.clock.now();
        let closed = [0, 24].map(|hours| {
            let day = now.plus(Duration::from_hours(hours)).datetime().date();
            ClosedDay { day: day.to_string(), name: "Moving".to_owned() }
        });
        let hours = Hours { week: Vec::new(), closed: closed.into() };
        let times = AnswerTimes { hours, ..AnswerTimes::default() };
        write(&self.desk.desk.db, async |tx| answer_times::save(tx, self.desk.setup.brand, &times, now).await).await;
    }

    /// People are there round the clock.
    async fn people_come_back(&self) {
        let (times, now) = (AnswerTimes::default(), self.desk.desk.clock.now());
        write(&self.desk.desk.db, async |tx| answer_times::save(tx, self.desk.setup.brand, &times, now).await).await;
    }

    /// A teammate has a page of the desk open.
    async fn somebody_comes(&self) {
        self.sign_in().await;
        let lately = self.desk.desk.clock.now().minus(Duration::from_mins(5));
        let here = async || chats::people_here(&self.desk.desk.db, lately).await.unwrap() == 1;
        self.until("somebody at the desk", here).await;
    }

    /// The shop's page anew, with the chat open.
    async fn come_again(&self) {
        self.customer.enter_parent_frame().await.unwrap();
        self.go_shopping().await;
    }

    async fn until_begins(&self, who: &str, wait: &str) {
        let begins = async || {
            let said = self.said().await;
            said.0.starts_with(who) && said.1.starts_with(wait)
        };
        self.until(&format!("“{who}…” and “{wait}…”"), begins).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn head_and_foot_say_the_same_while_nobody_is_here_and_once_somebody_comes() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Auto, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    windows.go_shopping().await;
    windows.until_said("An AI agent answers", "a person answers later").await;
    windows.close_for_two_days().await;
    windows.come_again().await;
    windows.until_begins("An AI agent answers, people are back ", "a person answers later").await;
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-agent-alone").await;

    // Now a person is wanted, and none is here.
    windows.customer.find(Locator::Id("person")).await.unwrap().click().await.unwrap();
    let wait = "nobody is here now; leave an address. We are back ";
    windows.until_begins("Nobody is here right now", wait).await;
    assert_eq!(windows.ask(ASKED_FOR_ADDRESS).await, true);
    windows.customer.save_screenshot("chat-nobody").await;

    // That somebody has a page open although it is closed promises nothing, until they answer.
    windows.somebody_comes().await;
    windows.come_again().await;
    windows.until_begins("Nobody is here right now", wait).await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    answer(&windows.desk, number, "I am still here.").await;
    windows.until_told("I am still here.").await;
    windows.until_said("Mara has your chat", "").await;

    // Who comes new is told by the hours, and of people at hand once it is open.
    windows.customer.enter_parent_frame().await.unwrap();
    windows.ask("resolute('reset')").await;
    windows.go_shopping().await;
    windows.until_begins("An AI agent answers, people are back ", "a person answers later").await;
    windows.people_come_back().await;
    windows.come_again().await;
    windows.until_said("An AI agent answers, people are at hand", "").await;
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_for_the_agent_is_named_and_stays_so_when_the_customer_goes_on() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Auto, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    windows.somebody_comes().await;
    windows.go_shopping().await;
    windows.until_said("An AI agent answers, people are at hand", "").await;
    windows.write("Is the lamp dimmable?").await;
    windows.until("the conversation", async || !conversations(&windows.desk).await.is_empty()).await;
    let number = conversations(&windows.desk).await[0]["number"].as_i64().unwrap();
    answer(&windows.desk, number, "Yes, in three steps.").await;
    windows.until_told("Yes, in three steps.").await;
    windows.until_said("Mara has your chat", "").await;
    windows.write("And in blue?").await;
    let goes_on = async || messages(&windows.desk, number).await.last().unwrap()["body"] == "And in blue?";
    windows.until("the question at the desk", goes_on).await;
    windows.leave().await;
    windows.go_shopping().await;
    windows.until_said("Mara has your chat", "").await;
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_agent_the_chat_says_that_nobody_is_here() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    windows.go_shopping().await;
    windows.until_said("Nobody is here right now", "nobody is here now; leave an address").await;
    windows.write("Is the lamp dimmable?").await;
    windows.until("the question for an address", async || windows.ask(ASKED_FOR_ADDRESS).await == true).await;
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_person_reads_first_the_chat_says_that_people_answer() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Approve, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    windows.somebody_comes().await;
    windows.go_shopping().await;
    windows.until_said("People answer here", "").await;
    windows.write("Where is my order?").await;
    windows.until("a draft", async || windows.desk.api_get("/api/v1/approvals").await["items"][0].is_object()).await;
    windows.until("the question for an address", async || windows.ask(ASKED_FOR_ADDRESS).await == true).await;
    assert_eq!(windows.said().await, ("People answer here".to_owned(), String::new()));
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_mail_can_follow_the_chat_promises_none() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let Some(windows) = Windows::with("en", wanted).await else { return };
    let (db, mailbox) = (&windows.desk.desk.db, windows.desk.setup.channel);
    write(db, async |tx| channels::set_state(tx, mailbox, ChannelState::Paused, "").await).await;
    windows.go_shopping().await;
    let wait = "nobody is here now; the answer will be in this chat";
    windows.until_said("Nobody is here right now", wait).await;
    windows.write("Is the lamp dimmable?").await;
    let fate = "return document.querySelector('.mine .fate')?.textContent";
    windows.until("the message at the desk", async || windows.ask(fate).await == "Sent").await;
    assert_eq!(windows.ask(ASKED_FOR_ADDRESS).await, false, "no answer would come there");
    assert_eq!(windows.said().await.1, wait);
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-no-mail").await;
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_chat_from_right_to_left_the_shops_own_words_keep_their_direction() {
    const AWAY: &str = "We are out walking…";
    const DIRECTIONS: &str =
        "return ['who', 'wait'].map((id) => getComputedStyle(document.getElementById(id)).direction)";
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Off, ..wish };
    let settings = json!({ "away_text": AWAY });
    let Some(windows) = Windows::with_chat("ar", wanted, &settings).await else { return };
    windows.go_shopping().await;
    windows.until_said("لا أحد هنا الآن", &format!("\u{2068}{AWAY}\u{2069} لا أحد هنا الآن؛ اترك عنوانًا")).await;
    assert_eq!(windows.ask(DIRECTIONS).await, json!(["rtl", "rtl"]));
    let field = "return getComputedStyle(document.getElementById('text')).direction";
    assert_eq!(windows.ask(field).await, "rtl", "what stands in the empty field");
    windows.customer.check_console().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_the_shops_own_words_stands_when_people_are_back_and_where_the_answer_comes() {
    let wanted = |wish: Wish| Wish { agent_level: AgentLevel::Auto, ..wish };
    let settings = json!({ "away_text": "We are out walking" });
    let Some(windows) = Windows::with_chat("en", wanted, &settings).await else { return };
    windows.close_for_two_days().await;
    windows.go_shopping().await;
    windows.until_begins("An AI agent answers, people are back ", "a person answers later").await;
    windows.customer.find(Locator::Id("person")).await.unwrap().click().await.unwrap();
    let wait = "We are out walking. Nobody is here now; leave an address. We are back ";
    windows.until_begins("Nobody is here right now", wait).await;
    windows.customer.check_accessibility().await;
    windows.customer.save_screenshot("chat-own-words").await;
    windows.customer.check_console().await;
}
