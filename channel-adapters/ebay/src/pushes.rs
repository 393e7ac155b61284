//! Telling eBay where to push, and looking whether it knows. Polling brings messages all the same; that a user's data must go
//! comes in no other way.

use std::sync::{Mutex, MutexGuard, PoisonError};

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect};
use channel_contract::wire::{list, text};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{self, WHO};
use crate::settings::EbaySettings;
use crate::tokens::Whose;

/// What is asked for, where eBay offers it to the program.
const TOPICS: [&str; 4] = ["MARKETPLACE_ACCOUNT_DELETION", "AUTHORIZATION_REVOCATION", "NEW_MESSAGE", "BUYER_QUESTION"];
/// What stands at what works.
const ENABLED: &str = "ENABLED";

/// How long what was found stands, in milliseconds: where eBay pushes, and where it does not.
const EVERY: i64 = 3_600_000;
const SOON: i64 = 300_000;
/// What comes by pushes, which is missing without them.
const BRINGS: &str = "what eBay pushes";

/// Whether eBay pushes, as it was found out last.
#[derive(Default)]
pub(crate) struct Watch(Mutex<Found>);

#[derive(Default)]
struct Found {
    /// When it is looked again.
    next: i64,
    failure: Option<ChannelFailure>,
}

impl Watch {
    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wrong with it. It is looked once an hour, and sooner where something is.
    pub(crate) async fn look(&self, client: &Client, settings: &EbaySettings) -> Option<ChannelFailure> {
        let is_due = client.now() >= self.found().next;
        if is_due {
            // What it gives is kept.
            let _ = self.note(client, check(client, settings).await);
        }
        self.found().failure.clone()
    }

    /// Keeps the outcome of a look, and gives it as what it is: trouble beside the way of messages. What should pass by itself
    /// leaves it at what is known.
    pub(crate) fn note(&self, client: &Client, outcome: Result<(), ChannelFailure>) -> Result<(), ChannelFailure> {
        let outcome = outcome.map_err(|failure| failure.beside(BRINGS));
        let mut found = self.found();
        found.next = client.now() + if outcome.is_ok() { EVERY } else { SOON };
        let passes = matches!(&outcome, Err(ChannelFailure::Retry { .. } | ChannelFailure::Unknown { .. }));
        if !passes {
            found.failure = outcome.clone().err();
        }
        outcome
    }
}

/// A topic that eBay offers.
struct Topic {
    id: String,
    /// Whose subscription it takes.
    whose: Whose,
    /// The newest form in which it comes.
    version: String,
}

/// What eBay knows of the desk.
struct Known {
    topics: Vec<Topic>,
    /// The channel's address.
    endpoint: String,
    /// The addresses that eBay has.
    destinations: Vec<Value>,
    /// The subscriptions of the program, and those of the seller.
    subscriptions: Vec<(Whose, Value)>,
}

impl Known {
    async fn ask(client: &Client, settings: &EbaySettings) -> Result<Self, ChannelFailure> {
        let offered = asked(client, Whose::Program, "topic").await?;
        let topics: Vec<Topic> = list(&offered, "topics").iter().filter_map(topic).collect();
        let destinations = list(&asked(client, Whose::Program, "destination").await?, "destinations").to_vec();
        let mut subscriptions = Vec::new();
        for whose in [Whose::Program, Whose::Seller] {
            if topics.iter().any(|topic| topic.whose == whose) {
                let found = asked(client, whose, "subscription").await?;
                subscriptions.extend(list(&found, "subscriptions").iter().map(|found| (whose, found.clone())));
            }
        }
        let endpoint = settings.notifications.endpoint.clone();
        Ok(Self { topics, endpoint, destinations, subscriptions })
    }

    /// The channel's address, where eBay has it.
    fn destination(&self) -> Option<&Value> {
        self.destinations.iter().find(|found| endpoint_of(found) == self.endpoint)
    }

    fn destination_id(&self) -> String {
        self.destination().map(|found| text(found, &["destinationId"])).unwrap_or_default()
    }

    /// The subscriptions of a topic, wherever they lead.
    fn subscriptions_of(&self, topic: &Topic) -> impl Iterator<Item = &Value> {
        let of_topic =
            move |(whose, found): &&(Whose, Value)| *whose == topic.whose && text(found, &["topicId"]) == topic.id;
        self.subscriptions.iter().filter(of_topic).map(|(_, found)| found)
    }

    /// The subscription of a topic that leads to the channel.
    fn own(&self, topic: &Topic) -> Option<&Value> {
        let id = self.destination_id();
        self.subscriptions_of(topic).find(|found| text(found, &["destinationId"]) == id)
    }

    /// The one that a topic of the program has, for all its sellers.
    fn shared(&self, topic: &Topic) -> Option<&Value> {
        self.subscriptions_of(topic).next().filter(|_| topic.whose == Whose::Program)
    }

    /// Whether a topic reaches the channel; one of the program may reach any of the desk's.
    fn works(&self, topic: &Topic) -> bool {
        let reaches_us = |found: &&Value| {
            let endpoint = endpoint_of(found);
            endpoint == self.endpoint
                || (topic.whose == Whose::Program && desk_in(&endpoint) == desk_in(&self.endpoint))
        };
        let ours = self.destinations.iter().filter(|found| is_enabled(found)).filter(reaches_us);
        let ours: Vec<String> = ours.map(|found| text(found, &["destinationId"])).collect();
        self.subscriptions_of(topic).any(|found| is_enabled(found) && ours.contains(&text(found, &["destinationId"])))
    }

    fn missing(&self) -> Vec<&str> {
        self.topics.iter().filter(|topic| !self.works(topic)).map(|topic| topic.id.as_str()).collect()
    }
}

fn endpoint_of(destination: &Value) -> String {
    destination.get("deliveryConfig").map(|at| text(at, &["endpoint"])).unwrap_or_default()
}

/// An address without the channel that it names.
fn desk_in(endpoint: &str) -> &str {
    endpoint.rsplit_once('/').map_or(endpoint, |(desk, _)| desk)
}

fn topic(offered: &Value) -> Option<Topic> {
    let id = text(offered, &["topicId"]);
    if !TOPICS.contains(&id.as_str()) {
        return None;
    }
    let is_pushed = |form: &&Value| text(form, &["deliveryProtocol"]) == "HTTPS";
    let is_old = |form: &Value| form.get("deprecated").and_then(Value::as_bool).unwrap_or_default();
    let forms = || list(offered, "supportedPayloads").iter().filter(is_pushed);
    let form = forms().rfind(|form| !is_old(form)).or_else(|| forms().next_back())?;
    let whose = if text(offered, &["scope"]) == "APPLICATION" { Whose::Program } else { Whose::Seller };
    Some(Topic { id, whose, version: text(form, &["schemaVersion"]) })
}

/// What a topic tells, in words for people.
fn spoken(topic: &str) -> &str {
    match topic {
        "MARKETPLACE_ACCOUNT_DELETION" => "deleted accounts",
        "AUTHORIZATION_REVOCATION" => "access that was taken back",
        "NEW_MESSAGE" => "new messages",
        "BUYER_QUESTION" => "buyers’ questions",
        other => other,
    }
}

fn is_enabled(found: &Value) -> bool {
    text(found, &["status"]) == ENABLED
}

/// Whether there is something to tell: an address that eBay can reach.
fn is_wanted(settings: &EbaySettings) -> bool {
    settings.notifications.wanted && settings.notifications.endpoint.starts_with("https://")
}

/// Looks whether eBay pushes everything that it offers.
pub(crate) async fn check(client: &Client, settings: &EbaySettings) -> Result<(), ChannelFailure> {
    if !is_wanted(settings) {
        return Ok(());
    }
    let known = Known::ask(client, settings).await?;
    let again = "Press “Connect again”, and the desk tells it anew.";
    if !known.destination().is_some_and(is_enabled) {
        return Err(refused(format!("{WHO} pushes nothing to this desk. {again}")));
    }
    let missing = known.missing();
    if missing.is_empty() {
        Ok(())
    } else {
        let missing: Vec<&str> = missing.into_iter().map(spoken).collect();
        Err(refused(format!("{WHO} does not push {}. {again}", missing.join(", "))))
    }
}

/// Tells eBay everything that it does not know yet. What is for the program is led here wherever it led: the desk, or a channel of it,
/// may have had another address.
pub(crate) async fn begin(client: &Client, settings: &EbaySettings) -> Result<(), ChannelFailure> {
    if !is_wanted(settings) {
        return Ok(());
    }
    let mut known = Known::ask(client, settings).await?;
    if !known.destination().is_some_and(is_enabled) {
        tell_address(client, settings, &known).await?;
        known = Known::ask(client, settings).await?;
    }
    let destination = known.destination_id();
    for topic in &known.topics {
        let id = |found: &Value| text(found, &["subscriptionId"]);
        let (method, path) = match (known.own(topic), known.shared(topic)) {
            (Some(found), _) if is_enabled(found) => continue,
            (Some(found), _) => (Method::POST, vec!["subscription".to_owned(), id(found), "enable".to_owned()]),
            (None, Some(found)) => (Method::PUT, vec!["subscription".to_owned(), id(found)]),
            (None, None) => (Method::POST, vec!["subscription".to_owned()]),
        };
        let payload = json!({ "format": "JSON", "schemaVersion": topic.version, "deliveryProtocol": "HTTPS" });
        let body = json!({
            "topicId": topic.id, "status": ENABLED, "payload": payload, "destinationId": destination
        });
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let answer = client.push(topic.whose, method, &path, &body).await?;
        // What another told it meanwhile is there as well.
        if !answer.is_success() && answer.status != 409 {
            return Err(told(&answer));
        }
    }
    Ok(())
}

/// Tells eBay the desk's address: it asks there at once whether it is the desk's.
async fn tell_address(client: &Client, settings: &EbaySettings, known: &Known) -> Result<(), ChannelFailure> {
    tell_alerts(client, settings).await?;
    let notifications = &settings.notifications;
    let body = json!({
        "name": "Resolute", "status": ENABLED, "deliveryConfig": {
            "endpoint": notifications.endpoint, "verificationToken": notifications.verification_token.reveal()
        }
    });
    let id = known.destination_id();
    let answer = if id.is_empty() {
        client.push(Whose::Program, Method::POST, &["destination"], &body).await?
    } else {
        client.push(Whose::Program, Method::PUT, &["destination", &id], &body).await?
    };
    match answer.status {
        _ if answer.is_success() => Ok(()),
        400 | 409 => Err(refused(format!(
            "{WHO} does not take the desk's address: it has to begin with https://, and {WHO} has to reach it."
        ))),
        _ => Err(told(&answer)),
    }
}

/// Tells eBay whom to write to when it cannot push: without that it takes no address.
async fn tell_alerts(client: &Client, settings: &EbaySettings) -> Result<(), ChannelFailure> {
    let wanted = settings.notifications.alert_email.as_str();
    let answer = client.pushing(Whose::Program, "config").await?;
    if !answer.is_success() && answer.status != 404 {
        return Err(told(&answer));
    }
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let known = text(&document, &["alertEmail"]);
    if known.is_empty() && wanted.is_empty() {
        return Err(refused(format!("{WHO} wants a mail address for its alerts before it pushes: enter one.")));
    }
    if wanted.is_empty() || known == wanted {
        return Ok(());
    }
    let answer = client.push(Whose::Program, Method::PUT, &["config"], &json!({ "alertEmail": wanted })).await?;
    if answer.is_success() { Ok(()) } else { Err(told(&answer)) }
}

async fn asked(client: &Client, whose: Whose, name: &str) -> Result<Value, ChannelFailure> {
    let answer = client.pushing(whose, name).await?;
    if answer.is_success() { answer.json(WHO) } else { Err(told(&answer)) }
}

/// The failure that a refusal is. Messages come without being pushed, so one for want of consent leaves the account connected.
fn told(answer: &Answer) -> ChannelFailure {
    if answer.status == 403 {
        return refused(format!(
            "{WHO} may not push to this desk: let the seller allow it anew, or say that nothing is to be pushed."
        ));
    }
    failure::of(answer, Effect::Reads)
}

fn refused(words: String) -> ChannelFailure {
    ChannelFailure::refused(FailureClass::Permission, words)
}
