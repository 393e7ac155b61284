//! What the platforms push, brought as [`super::deliveries`] brings mails and chats: each message one to five times, shuffled,
//! signed as its platform signs it, those of all platforms at once, with kills. At the end the same must hold, and more: however
//! deliveries overtake each other, a thread is read in the order in which its platform says that it was written. Some count in
//! whole seconds, so the doubles' clocks go on by one with each message. A text message bears no time: there the order is that
//! of acknowledgement.

use std::time::Duration;

use platform_doubles::{Delivery, Fault, Response};
use resolute::clock::Clock;
use resolute::model::brand::AgentLevel;

use super::deliveries::{Deliveries, Door, Letter, bring};
use super::play::{Plan, Stage, number};
use crate::support::desk::Engine;
use crate::support::platforms::{ALL, Line, Platforms};

/// The platform that pushes nothing: [`super::polled`] fetches there.
const PUSHES_NOTHING: &str = "mirakl";
/// The one of the others that does not say when a message was written.
const TELLS_NO_TIME: &str = "sms";
/// How much each customer writes.
const SAID: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_of_all_platforms_are_kept_once_and_in_turn_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_of_all_platforms_are_kept_once_and_in_turn_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

async fn run(engine: Engine) {
    let wanted = Plan::asked();
    let stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
    let platforms = Platforms::start(Clock::system().now().datetime()).await;
    // What eBay pushes comes by its webhook alone: whoever looks there finds it closed.
    let closed = Fault::Answer(Response::status(503));
    assert!(platforms.together.misbehave("ebay", "GET", "/commerce/message", closed, usize::MAX));
    let desk = Box::pin(stage.desk()).await;
    let mut lines = Vec::new();
    for name in ALL.into_iter().filter(|name| *name != PUSHES_NOTHING) {
        lines.push(platforms.connect(&desk, stage.setup.brand, name).await);
    }
    desk.db.close().await;
    let letters = letters(&platforms, &lines, number("RESOLUTE_DELIVERIES", 60));
    let all = Deliveries::of(&stage, wanted.seed, letters);
    Box::pin(bring(engine, &stage, all, wanted)).await;
}

/// So many messages of each platform, those of all platforms in turn, the last of them just now; the messages of a customer are
/// a thread.
fn letters(platforms: &Platforms, lines: &[Line], messages: usize) -> Vec<Letter> {
    let mut letters = Vec::new();
    let now = Clock::system().now().datetime();
    for place in 0..messages {
        let ago = Duration::from_secs(u64::try_from(messages - place).unwrap());
        platforms.set_time(now - ago);
        let person = place / SAID;
        for (line, of) in lines.iter().zip(0..) {
            let text = format!("Do you have number {place} in blue?");
            let said = platforms.says(line, u32::try_from(person).unwrap(), &text);
            let told = || platforms.together.ebay().new_message(&said.id);
            let Delivery { headers, body } = said.delivery.clone().unwrap_or_else(told);
            let thread = person * lines.len() + of;
            let door = Door::Webhook { path: line.path.clone(), headers, body };
            let written = (line.name != TELLS_NO_TIME).then_some(place);
            letters.push(Letter { id: said.id.clone(), thread, written, answers: None, door });
        }
    }
    letters
}
