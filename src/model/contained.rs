//! What a marketplace may hear of a case: what its buyer said there and the orders that it names for them, and nothing that
//! the same person said or is called elsewhere, nor anything of another buyer whose conversation went into the case.

use std::collections::HashSet;

use super::channel::is_marketplace;
use super::contact::{ContactIdentity, is_reached_by};
use super::conversation::Conversation;
use super::message::{Delivery, Direction, Message};
use super::order::{KnownOrder, Order, order_numbers};
use super::person::is_platforms;
use super::spelling::Spelled;
use super::{ChannelId, ContactId, OrderSourceId};

/// A way on which something is written to the customer of a case.
#[derive(Clone, Debug)]
pub struct Way<'a> {
    /// The channel.
    pub channel: ChannelId,
    /// Its kind.
    pub kind: &'a str,
    /// The contacts of the customer, under whichever of their names.
    pub person: Vec<ContactId>,
    /// The orders that the platform names there for them.
    pub told: Vec<String>,
    /// Whether nothing of the case was said anywhere else, or by or to anybody else.
    pub is_alone: bool,
}

/// The conversation as the customer knows it on a channel; on anything but a marketplace it is known whole. The title is one
/// that was written there: that of the case may be from elsewhere, also where what began it is gone from it since.
pub fn as_known_on(way: &Way<'_>, conversation: &Conversation, history: &[Message]) -> Conversation {
    let mut known = conversation.clone();
    if !way.kind.parse().is_ok_and(is_marketplace) {
        return known;
    }
    let here = way.heard_of(history);
    let last = here.iter().rfind(|message| message.direction == Direction::Inbound && way.is_with(message));
    let is_theirs = last.is_some_and(|message| message.contact_id == Some(conversation.contact_id));
    let named = last.map(|message| message.sender_name.trim()).filter(|name| !name.is_empty());
    known.contact_name = match named {
        Some(name) => name.to_owned(),
        None if is_theirs => conversation.contact_name.clone(),
        None => String::new(),
    };
    if let Some(writer) = last.and_then(|message| message.contact_id) {
        known.contact_id = writer;
    }
    let subject = here.iter().map(|message| message.subject.as_str()).find(|text| !text.is_empty());
    subject.unwrap_or_default().clone_into(&mut known.subject);
    if !way.is_alone {
        known.order_number = known.order_number.filter(|number| way.names(number) || is_written(&here, number));
    }
    known
}

/// The orders that may be spoken of on a channel. Of a number that the platform names, only the order of a shop that has its
/// orders: another shop's with the same number is another one.
pub fn orders_known_on(
    way: &Way<'_>,
    (orders, shops): (&[KnownOrder], &[OrderSourceId]),
    history: &[Message],
) -> Vec<KnownOrder> {
    let here = way.heard_of(history);
    let is_said = |number: &str| !way.names(number) && is_written(&here, number);
    let is_known = |known: &KnownOrder| is_named(known, &way.told, shops) || is_said(&known.order.number);
    let may_hear = |known: &&KnownOrder| !way.kind.parse().is_ok_and(is_marketplace) || way.is_alone || is_known(known);
    orders.iter().filter(may_hear).cloned().collect()
}

impl Way<'_> {
    /// Whether a message is the customer's, or went to them.
    pub fn is_with(&self, message: &Message) -> bool {
        let is_theirs = |contact: &ContactId| self.person.contains(contact);
        match message.direction {
            Direction::Inbound => message.contact_id.as_ref().is_some_and(is_theirs),
            Direction::Outbound => message.to_contact_id.as_ref().is_none_or(is_theirs),
        }
    }

    /// What went over the channel with the customer, or was written to them too in a thread in which they wrote: the operator of a
    /// marketplace writes there. What passed them by there they have not heard.
    pub fn heard_of<'m>(&self, history: &'m [Message]) -> Vec<&'m Message> {
        let channel = self.channel;
        let here = history.iter().filter(move |message| message.channel_id == channel);
        let own = here.clone().filter(|message| message.direction == Direction::Inbound && self.is_with(message));
        let threads: Vec<&str> = own.filter_map(|message| message.thread.as_deref()).collect();
        let is_there = |message: &Message| message.thread.as_deref().is_some_and(|thread| threads.contains(&thread));
        let is_for_them = |message: &Message| message.direction == Direction::Inbound && !message.aside;
        here.filter(|message| self.is_with(message) || is_for_them(message) && is_there(message)).collect()
    }

    /// Whether a name is one under which the platform itself knows the customer.
    fn knows_as(&self, name: &ContactIdentity) -> bool {
        self.person.contains(&name.contact_id) && is_known_on(self.kind, name)
    }

    /// Whether the platform names a number there.
    fn names(&self, number: &str) -> bool {
        holds_number(&self.told, number)
    }
}

/// Whether a name is of the sort under which a kind of channel knows people.
pub fn is_known_on(kind: &str, name: &ContactIdentity) -> bool {
    kind.parse().is_ok_and(|kind| is_reached_by(kind, &name.kind))
}

/// Whether an order is one that a marketplace names by these numbers for the customer of a case: it is of a shop that has the
/// marketplace's orders. Another shop's with the same number is another one.
pub fn is_named(known: &KnownOrder, numbers: &[String], shops: &[OrderSourceId]) -> bool {
    shops.contains(&known.source_id) && holds_number(numbers, &known.order.number)
}

fn holds_number(numbers: &[String], number: &str) -> bool {
    numbers.iter().any(|known| known.eq_ignore_ascii_case(number))
}

/// Whether a number stands in what was said.
fn is_written(here: &[&Message], number: &str) -> bool {
    let says = |text: &str| text.to_uppercase().contains(&number.to_uppercase());
    here.iter().any(|message| says(&message.subject) || says(&message.body))
}

/// Shorter words stand in any text.
const LEAST: usize = 4;
/// Shorter ones are found as they are written, or letter by letter: their parts stand beside each other by chance.
const LEAST_IN_PARTS: usize = 6;
/// Shorter postal codes look like prices and years.
const LEAST_POSTAL: usize = 5;

/// The orders of a case: as they were read, and the numbers that platforms name for others, or on other channels.
#[derive(Clone, Copy, Debug)]
pub struct CaseOrders<'a> {
    /// Those that were read.
    pub read: &'a [KnownOrder],
    /// The shops that have the orders of the marketplace.
    pub shops: &'a [OrderSourceId],
    /// What platforms name elsewhere.
    pub told_to_others: &'a [String],
    /// How the brand writes order numbers.
    pub pattern: &'a str,
}

/// What a reply on a marketplace must not name: under which `names` everybody in the case goes on other channels, who else wrote in
/// it and which numbers of orders, and whose the orders are that are known from elsewhere, as far as neither the buyer nor the desk
/// has said it there. `here` went over the channel, `all` over any.
pub fn untold(
    way: &Way<'_>,
    orders: CaseOrders<'_>,
    names: &[ContactIdentity],
    (here, all): (&[Message], &[Message]),
) -> Vec<String> {
    if !way.kind.parse().is_ok_and(is_marketplace) {
        return Vec::new();
    }
    let said = heard(&way.heard_of(here));
    let is_theirs = |known: &&KnownOrder| is_named(known, &way.told, orders.shops);
    let (theirs, others): (Vec<&KnownOrder>, Vec<&KnownOrder>) = orders.read.iter().partition(is_theirs);
    let of = |known: &&KnownOrder| [owner_of(&known.order), marks_of(&known.order)].concat();
    let told: Vec<String> = theirs.iter().flat_map(of).map(|fact| whole(&fact)).collect();
    let there: Vec<i64> = way.heard_of(all).iter().map(|message| message.seq).collect();
    let is_elsewhere = |message: &&Message| message.direction == Direction::Inbound && !there.contains(&message.seq);
    // What the platform itself is called is no secret of anybody's.
    let (platforms, people): (Vec<&ContactIdentity>, Vec<&ContactIdentity>) =
        names.iter().partition(|name| is_platforms(&name.kind));
    let writers = all.iter().filter(is_elsewhere).flat_map(|message| {
        let numbers = order_numbers(&format!("{} {}", message.subject, message.body), orders.pattern);
        let written = numbers.into_iter().filter(move |number| !way.names(number));
        let is_somebody = !platforms.iter().any(|name| message.contact_id == Some(name.contact_id));
        let called = full_name(&message.sender_name).into_iter().chain([message.sender_address.trim().to_owned()]);
        called.filter(move |_| is_somebody).chain(written)
    });
    // A number that the buyer writes may be spoken of, and does not say whose it is.
    let of_others = others.iter().filter(|_| !way.is_alone).flat_map(|known| {
        let is_written = says(&said, &known.order.number);
        if is_written { owner_of(&known.order) } else { of(known) }
    });
    let numbers = orders.told_to_others.iter().filter(|number| !way.names(number)).cloned();
    let elsewhere = people.iter().filter(|name| !way.knows_as(name)).map(|name| name.value.clone());
    let is_news =
        |fact: &String| fact.trim().chars().count() >= LEAST && !says(&said, fact) && !told.contains(&whole(fact));
    let mut untold: Vec<String> = writers.chain(elsewhere).chain(of_others).chain(numbers).filter(is_news).collect();
    untold.sort();
    // One name in two spellings is one.
    let mut seen = HashSet::new();
    untold.retain(|fact| seen.insert(whole(fact)));
    untold
}

/// Why a text cannot leave on a marketplace that was not told these.
pub fn slips(text: &str, untold: &[String]) -> Option<String> {
    let text = [Spelled::of(text)];
    let named: Vec<String> = untold.iter().filter(|fact| says(&text, fact)).map(|fact| format!("“{fact}”")).collect();
    (!named.is_empty()).then(|| {
        format!(
            "A marketplace hears only what was said there with its buyer, and the case knows this from elsewhere: {}. Leave \
             it out, or answer where it was said.",
            named.join(", ")
        )
    })
}

/// The words of all that was said there, by whom, and what of ours has arrived.
fn heard(here: &[&Message]) -> Vec<Spelled> {
    let has_left = |delivery: Delivery| matches!(delivery, Delivery::Sent | Delivery::Delivered | Delivery::Read);
    let is_said =
        |message: &&&Message| message.direction == Direction::Inbound || message.delivery.is_some_and(has_left);
    let texts = here.iter().filter(is_said).flat_map(|message| {
        [&message.sender_name, &message.sender_address, &message.subject, &message.body].map(String::as_str)
    });
    texts.map(Spelled::of).collect()
}

/// What tells whose an order is, as somebody would write it: names, addresses, how it was paid.
fn owner_of(order: &Order) -> Vec<String> {
    let (buyer, home) = (&order.buyer, &order.shipping_address);
    let mut facts = vec![buyer.email.clone(), buyer.phone.clone()];
    facts.extend(full_name(&buyer.name));
    facts.extend(full_name(&home.name));
    let streets = [&home.line1, &home.line2].into_iter();
    facts.extend(streets.filter(|line| line.contains(char::is_numeric)).cloned());
    facts.extend(Some(home.postal_code.clone()).filter(|code| code.chars().count() >= LEAST_POSTAL));
    let paid = order.payments.iter().map(|payment| payment.method.as_str());
    let given_back = order.refunds.iter().map(|refund| refund.method.as_str());
    let cards = paid.chain(given_back).flat_map(|method| method.split(|c: char| !c.is_ascii_digit()));
    facts.extend(cards.map(str::to_owned));
    facts
}

/// What an order and its parcels are called.
fn marks_of(order: &Order) -> Vec<String> {
    let parcels = order.shipments.iter().map(|parcel| parcel.tracking_number.clone());
    parcels.chain([order.number.clone()]).collect()
}

/// A name of several words: one alone may be any word.
fn full_name(name: &str) -> Option<String> {
    let name = name.trim();
    name.contains(char::is_whitespace).then(|| name.to_owned())
}

/// A fact without the gaps in it.
fn whole(fact: &str) -> String {
    Spelled::of(fact).words.concat()
}

/// Whether one of these texts names a fact, however its parts are grouped, or in letters that look like its own; a name also with its
/// last word first.
fn says(texts: &[Spelled], fact: &str) -> bool {
    let spelled = Spelled::of(fact);
    let is_name = spelled.words.len() > 1 && !fact.contains('@') && !fact.contains(char::is_numeric);
    let names = |text: &[String], words: &[String]| {
        let mut turned = words.to_vec();
        turned.rotate_right(usize::from(is_name));
        holds(text, words) || (is_name && holds(text, &turned))
    };
    texts.iter().any(|text| names(&text.words, &spelled.words) || names(&text.looks, &spelled.looks))
}

/// Whether words stand in a text, each whole or all in other parts.
fn holds(text: &[String], words: &[String]) -> bool {
    let whole = words.concat();
    let length = whole.chars().count();
    !words.is_empty()
        && (0..text.len()).any(|from| {
            let rest = text.get(from..).unwrap_or_default();
            rest.starts_with(words) || stands_in_parts(rest, &whole, length)
        })
}

/// Whether a text begins with so many letters in parts of its own; few of them only one by one.
fn stands_in_parts(text: &[String], whole: &str, length: usize) -> bool {
    let mut left = whole;
    for (place, part) in text.iter().enumerate() {
        let Some(behind) = left.strip_prefix(part.as_str()) else { return false };
        left = behind;
        if left.is_empty() {
            return length >= LEAST_IN_PARTS || place + 1 == length;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slip(text: &str, fact: &str) -> bool {
        slips(text, &[fact.to_owned()]).is_some()
    }

    #[test]
    fn a_fact_is_found_in_whatever_spelling() {
        for (text, fact) in [
            ("Hello HANNAH  Cole!", "Hannah Cole"),
            ("Dear Cole, Hannah", "Hannah Cole"),
            ("Dear Berg Anna Maria", "Anna Maria Berg"),
            ("Hannah\u{200b}Cole", "Hannah Cole"),
            ("Han\u{ad}nah Cole", "Hannah Cole"),
            ("H a n n a h C o l e", "Hannah Cole"),
            ("Ｈａｎｎａｈ Cole", "Hannah Cole"),
            ("Hannah C\u{43e}le", "Hannah Cole"),
            ("\u{397}annah Cole", "Hannah Cole"),
            ("Hannah Cole", "H\u{430}nnah Cole"),
            ("Hánnah Colé", "Hannah Cole"),
            ("Ha\u{308}nnah Cole", "Hannah Cole"),
            ("Dear Soren Lode", "Søren Løde"),
            ("ΝΙΚΟΣ ΠΑΠΑΣ", "Νίκος Παπάς"),
            ("ИВАН ПЕТРОВ", "Иван Петров"),
            ("h\u{430}nnah.cole@example.org", "hannah.cole@example.org"),
            ("card ending ３３２７", "3327"),
            ("card 3 3 2 7", "3327"),
            ("your parcel 1550 0002 0410 01.", "15500002041001"),
            ("your parcel 1550-0002-0410-01", "15500002041001"),
            ("your order FJ 20410", "FJ-20410"),
            ("your order fj20410", "FJ-20410"),
            ("(hannah.cole@example.org)", "hannah.cole@example.org"),
        ] {
            assert!(slip(text, fact), "{text}: {fact}");
        }
    }

    #[test]
    fn what_only_begins_or_ends_alike_is_another_one() {
        for (text, fact) in [
            ("Hannah Coleman", "Hannah Cole"),
            ("Savannah Cole", "Hannah Cole"),
            ("Cole and Hannah", "Hannah Cole"),
            ("FJ-204101", "FJ-20410"),
            ("815500002041001", "15500002041001"),
            ("33 of 27, or 33 27", "3327"),
            ("Lina has it", "Li Na"),
            ("", "Hannah Cole"),
            ("It left today.", ""),
        ] {
            assert!(!slip(text, fact), "{text}: {fact}");
        }
    }
}
