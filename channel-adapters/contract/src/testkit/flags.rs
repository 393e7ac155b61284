//! Point 14: what a channel says it can do.

use std::time::Duration;

use super::harness::{SendHarness, WebhookHarness, numbered, refused, sent};
use super::news::status_of;
use super::webhooks::message;
use crate::capabilities::ChoiceLimit;
use crate::failure::FailureClass;
use crate::inbound::Choice;
use crate::outbound::{Author, DeliveryState, FilledTemplate, Outbound, Reaction};

/// Longer than any window.
const LONG_AGO: Duration = Duration::from_hours(24 * 365);

/// Point 14: each flag that says yes has a message that passes, each that says no a clean refusal. Length, files and
/// machines are shown by points 8 and 9.
pub async fn capabilities_are_true(webhooks: &dyn WebhookHarness, sending: &dyn SendHarness) {
    let capabilities = sending.channel().capabilities();
    let rich = message(webhooks, &webhooks.rich());
    assert_eq!(rich.html.is_some(), capabilities.html, "HTML is kept where the channel says so");

    let titled = Outbound { subject: "A title".to_owned(), ..numbered(sending, 60) };
    let (_, taken) = sent(sending, &titled, "a message with a subject").await;
    assert!(!capabilities.subject || taken.subject == "A title", "a subject arrives where there are subjects");
    assert!(!capabilities.own_titles || !rich.subject.is_empty(), "what the platform words a title for has one");

    let first = answers_nothing(numbered(sending, 61));
    allowed(sending, capabilities.can_initiate, &first, "a message that answers nothing").await;

    let text = "See https://shop.example/returns for more.".to_owned();
    let linked = Outbound { text, ..numbered(sending, 62) };
    allowed(sending, capabilities.links, &linked, "a link").await;

    receipts_come_as_said(sending, capabilities.read_receipts, DeliveryState::Read).await;
    receipts_come_as_said(sending, capabilities.delivered_receipts, DeliveryState::Delivered).await;
    windows_close_as_said(sending, capabilities.reply_window, capabilities.people_window).await;
    buttons_are_taken_as_said(sending, capabilities.choices).await;
    templates_are_taken_as_said(sending, capabilities.templates).await;
    signs_are_taken_as_said(sending).await;
}

/// The same to somebody with whom nothing was said before.
fn answers_nothing(message: Outbound) -> Outbound {
    Outbound { in_reply_to: None, references: Vec::new(), thread_id: None, ..message }
}

async fn allowed(harness: &dyn SendHarness, may: bool, message: &Outbound, what: &str) {
    if may {
        let (_, taken) = sent(harness, message, what).await;
        assert!(taken.text.contains(&message.text), "{what} arrives whole");
    } else {
        refused(harness, message, FailureClass::Policy, what).await;
    }
}

async fn receipts_come_as_said(harness: &dyn SendHarness, said: bool, state: DeliveryState) {
    let (_, taken) = sent(harness, &numbered(harness, 63), "a plain message").await;
    let told = harness.news(&taken.id, state).map(|item| status_of(harness, &item).state);
    let is_unpromised = !said && harness.tells_now_and_then(state);
    assert_eq!(told, (said || is_unpromised).then_some(state), "receipts come as the channel says");
}

/// An answer to what the customer wrote so long ago.
fn late(harness: &dyn SendHarness, author: Author, wait: Duration) -> Outbound {
    let message = numbered(harness, 64);
    Outbound { author, last_inbound_at: Some(message.now - wait), ..message }
}

async fn windows_close_as_said(harness: &dyn SendHarness, free: Option<Duration>, people: Option<Duration>) {
    let Some(free) = free else {
        assert_eq!(people, None, "people have more time where there is a limit");
        sent(harness, &late(harness, Author::Teammate, LONG_AGO), "a late answer").await;
        return;
    };
    let second = Duration::from_secs(1);
    let machines = [Author::Agent, Author::System, Author::Approved].map(|author| (author, free));
    for (author, window) in machines.into_iter().chain([(Author::Teammate, people.unwrap_or(free))]) {
        assert!(window >= free, "people have no less time than machines");
        sent(harness, &late(harness, author, window.saturating_sub(second)), "an answer in time").await;
        refused(harness, &late(harness, author, window), FailureClass::Window, "an answer that is too late").await;
    }
}

async fn buttons_are_taken_as_said(harness: &dyn SendHarness, limit: Option<ChoiceLimit>) {
    let with = |count: usize, length: usize| {
        let choice = |number: usize| {
            let title = format!("{number:0>length$}");
            Choice { title, payload: format!("choice-{number}") }
        };
        Outbound { choices: (1..=count).map(choice).collect(), ..numbered(harness, 65) }
    };
    let Some(limit) = limit else {
        return refused(harness, &with(1, 1), FailureClass::Content, "a button").await;
    };
    let most = limit.title.most;
    for (count, length) in [(1, 1), (limit.count, most)] {
        let message = with(count, length);
        let (_, taken) = sent(harness, &message, "a text with buttons").await;
        assert!(taken.text.contains(&message.text), "the text above buttons arrives whole");
    }
    for (count, length) in [(limit.count + 1, 1), (1, most + 1)] {
        refused(harness, &with(count, length), FailureClass::Content, "more than fits on buttons").await;
    }
}

async fn signs_are_taken_as_said(harness: &dyn SendHarness) {
    let (channel, answer) = (harness.channel(), numbered(harness, 67));
    let message_id = answer.in_reply_to.unwrap_or_else(|| "a message".to_owned());
    let on = |sign: &str| Reaction {
        to: answer.to.clone(),
        thread_id: answer.thread_id.clone(),
        message_id: message_id.clone(),
        sign: sign.to_owned(),
    };
    let signs = channel.signs();
    for sign in signs.iter().chain(signs.first()).chain(signs.first().map(|_| &"")) {
        let put = channel.react(&on(sign)).await;
        assert_eq!(put, Ok(()), "“{sign}” is put on a message, however often");
    }
    let refused = channel.react(&on("a word")).await.err().map(|failure| failure.class());
    assert_eq!(refused, Some(FailureClass::Content), "what is no sign is refused");
}

async fn templates_are_taken_as_said(harness: &dyn SendHarness, said: bool) {
    let template = harness.template().await;
    assert_eq!(template.is_some(), said, "there are templates where the channel says so");
    let listed = harness.channel().templates().await;
    let listed = listed.unwrap_or_else(|failure| panic!("templates are listed: {failure:?}"));
    let Some(template) = template else {
        assert!(listed.is_empty(), "nothing is offered that cannot be sent");
        let nothing = FilledTemplate {
            name: "late".to_owned(),
            language: "en".to_owned(),
            places: Vec::new(),
            values: Vec::new(),
        };
        let message = Outbound { template: Some(nothing), ..numbered(harness, 66) };
        return refused(harness, &message, FailureClass::Content, "a template").await;
    };
    let found = listed.iter().find(|listed| listed.name == template.name && listed.language == template.language);
    let found = found.unwrap_or_else(|| panic!("the template is listed"));
    assert!(found.usable && found.places == template.places, "it is listed with its places");
    let terms = harness.channel().terms(&template);
    assert_eq!(
        (terms.objections, terms.files),
        (Vec::new(), found.files),
        "nothing is objected to what is filled well"
    );
    // It goes through a closed window, and answers nothing.
    let late = late(harness, Author::Agent, LONG_AGO);
    let text = found.filled(&template.values);
    let message = Outbound { text, template: Some(template), ..answers_nothing(late) };
    sent(harness, &message, "a template").await;
    let unfilled = message.template.map(|template| FilledTemplate { values: Vec::new(), ..template });
    let message = Outbound { template: unfilled, ..message };
    if message.template.as_ref().is_some_and(|template| !template.places.is_empty()) {
        refused(harness, &message, FailureClass::Content, "a template that is not filled").await;
    }
}
