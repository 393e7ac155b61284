//! Finds the order that a conversation is about. It never guesses: what does not fit one order is asked for, and what
//! belongs to another address is not shown.

use time::Duration;

use super::engine::Reading;
use super::numbers;
use super::pointing;
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use crate::commerce::shops::Shops;
use crate::model::ContactId;
use crate::model::message::{Direction, Message, Trust};
use crate::model::order::{KnownOrder, MatchedBy, OrderFailure, OrderQuery, OrderStatus, order_numbers};
use crate::policy::Identity;
use crate::voice::has_words;

/// Which order it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Matched {
    /// This one, and how sure it is that the writer owns it.
    One(Box<KnownOrder>, MatchedBy, Identity),
    /// One of these, all of them the writer's.
    Several(Vec<KnownOrder>),
    /// The customer named several of theirs.
    NamedSeveral(Vec<KnownOrder>),
    /// The number leads to nothing of theirs.
    NotTheirs {
        /// As the customer wrote it.
        named: String,
        /// Whether there is such an order, of somebody else.
        exists: bool,
        /// That order, where only one has the number: nothing of it is said.
        order: Option<Box<KnownOrder>>,
    },
    /// The customer named an order of theirs, and this number, which leads to nothing of theirs.
    AlsoNotTheirs(String),
    /// Nothing to go by.
    None,
}

const MOST_NUMBERS: usize = 5;
const MOST_ADDRESSES: usize = 3;
/// How long after it was placed an order is still talked about without its number.
const RECENT: Duration = Duration::days(60);

/// Finds the order.
pub(super) async fn find_order(
    snapshot: &Snapshot,
    reading: &Reading,
    intent: Intent,
    shops: &Shops,
) -> Result<Matched, OrderFailure> {
    if shops.is_empty() {
        return Err(OrderFailure::Reconnect { reason: "No shop is connected.".to_owned() });
    }
    if let Some(matched) = named_order(snapshot, reading, shops).await? {
        return Ok(matched);
    }
    let (denied, _) = denied_and_named(snapshot, reading);
    if !denied.is_empty() {
        let not_meant = look_up(snapshot, &denied, shops).await?.own;
        return Ok(among(snapshot, without(own_orders(snapshot, shops).await?, &not_meant)));
    }
    // What the conversation was about before counts if the new messages name nothing.
    let before = look_up(snapshot, &earlier(snapshot), shops).await?.matched(snapshot);
    if let Some(Matched::One(known, by, identity)) = before {
        let turned = turned_from(snapshot, &known, shops).await?;
        return Ok(turned.unwrap_or(Matched::One(known, by, identity)));
    }
    by_contact(snapshot, reading, intent, shops).await
}

/// The number that the conversation was about before.
fn earlier(snapshot: &Snapshot) -> Vec<String> {
    if let Some(number) = &snapshot.conversation.order_number {
        return vec![number.clone()];
    }
    let numbers = |message: &Message| order_numbers(&message.body, &snapshot.brand.order_pattern);
    // What we listed to choose from is no choice.
    let is_list = |message: &&Message| message.direction == Direction::Outbound && numbers(message).len() > 1;
    let said = snapshot.messages.iter().rev().filter(|message| !is_list(message));
    said.flat_map(numbers).take(1).collect()
}

/// The order whose number, or whose parcel's number, is named; nothing if none is named, or a parcel of nobody's.
pub(super) async fn named_order(
    snapshot: &Snapshot,
    reading: &Reading,
    shops: &Shops,
) -> Result<Option<Matched>, OrderFailure> {
    let text = snapshot.text();
    let (_, read) = denied_and_named(snapshot, reading);
    let mut named = look_up(snapshot, &read, shops).await?;
    named.strange.retain(|strange| !reading.doubtful_numbers.contains(&strange.number));
    if numbers::holds_more_numbers(&text, if named.is_plain() { read.as_slice() } else { &[] }) {
        // A number that one shop knows is found, whatever the others say.
        let recent = own_orders(snapshot, shops).await.unwrap_or_default();
        let bodies = snapshot.spoken().into_iter().map(|message| message.body.as_str());
        let parts: Vec<&str> = std::iter::once(snapshot.subject()).chain(bodies).collect();
        let mut spelled = numbers::spelled_otherwise(&parts, &recent);
        let is_read = |number: &str| {
            read.iter().any(|read| read.trim_start_matches('#').eq_ignore_ascii_case(number.trim_start_matches('#')))
        };
        spelled.retain(|number| !is_read(number) && !numbers::is_denied(&text, number));
        let other = look_up(snapshot, &spelled, shops).await?;
        named.add(other, &spelled);
    }
    let named = named.matched(snapshot);
    if matches!(named, None | Some(Matched::NotTheirs { .. }))
        && let Some(matched) = by_tracking(snapshot, reading, shops).await?
    {
        return Ok(Some(matched));
    }
    Ok(named)
}

/// The numbers that are named as not meant, and the others.
fn denied_and_named(snapshot: &Snapshot, reading: &Reading) -> (Vec<String>, Vec<String>) {
    let text = snapshot.text();
    reading.order_numbers.iter().cloned().partition(|number| numbers::is_denied(&text, number))
}

/// What numbers lead to.
struct Named {
    /// The writer's own orders.
    own: Vec<KnownOrder>,
    /// Numbers that lead to nothing of theirs.
    strange: Vec<Strange>,
}

/// A number that leads to nothing of the writer's.
struct Strange {
    number: String,
    /// Whether there is such an order of somebody else. That is told apart for teammates alone: to the writer both are one.
    exists: bool,
    /// That order, where only one has the number.
    order: Option<Box<KnownOrder>>,
}

impl Named {
    /// Whether numbers led to orders of the writer, and to nothing else.
    fn is_plain(&self) -> bool {
        !self.own.is_empty() && self.strange.is_empty()
    }

    /// Adds what the same text names in other spellings. Parts of these are no numbers of their own.
    fn add(&mut self, other: Self, spelled: &[String]) {
        let whole: Vec<String> = spelled.iter().map(|number| numbers::plain_number(number)).collect();
        let is_part = |number: &String| whole.iter().any(|whole| whole.contains(&numbers::plain_number(number)));
        self.strange.retain(|strange| !is_part(&strange.number));
        self.strange.extend(other.strange);
        for known in other.own {
            if !self.own.iter().any(|own| same(own, &known)) {
                self.own.push(known);
            }
        }
    }

    fn matched(mut self, snapshot: &Snapshot) -> Option<Matched> {
        let is_number = |named: &str| !order_numbers(named, &snapshot.brand.order_pattern).is_empty();
        let strange = self.strange.into_iter().next();
        match (self.own.len(), strange) {
            (0, None) => None,
            (0, Some(Strange { number, exists, order })) => Some(Matched::NotTheirs { named: number, exists, order }),
            (_, Some(strange)) if is_number(&strange.number) => Some(Matched::AlsoNotTheirs(strange.number)),
            (1, _) => self.own.pop().map(|known| one(snapshot, known, MatchedBy::Number)),
            _ => Some(Matched::NamedSeveral(self.own)),
        }
    }
}

async fn look_up(snapshot: &Snapshot, numbers: &[String], shops: &Shops) -> Result<Named, OrderFailure> {
    let mut named = Named { own: Vec::new(), strange: Vec::new() };
    for number in numbers.iter().take(MOST_NUMBERS) {
        let found = shops.find(&OrderQuery::Number(number.clone())).await?;
        let exists = !found.is_empty();
        let found = without_refused(snapshot, found);
        if exists && found.is_empty() {
            continue;
        }
        let (theirs, mut others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|known| owner(snapshot, known) != Identity::Unknown);
        if theirs.is_empty() {
            let order = if others.len() == 1 { others.pop().map(Box::new) } else { None };
            named.strange.push(Strange { number: number.clone(), exists, order });
        }
        for known in theirs {
            if !named.own.iter().any(|other| same(other, &known)) {
                named.own.push(known);
            }
        }
    }
    // Where a shop has the order too, it is that one: there something can be done about it.
    let of_shops = named.own.iter().filter(|known| !snapshot.is_vouched(known));
    let in_shops: Vec<String> = of_shops.map(|known| known.order.number.to_uppercase()).collect();
    named.own.retain(|known| !snapshot.is_vouched(known) || !in_shops.contains(&known.order.number.to_uppercase()));
    Ok(named)
}

async fn by_tracking(snapshot: &Snapshot, reading: &Reading, shops: &Shops) -> Result<Option<Matched>, OrderFailure> {
    for tracking in reading.tracking_numbers.iter().take(MOST_NUMBERS) {
        let found = without_refused(snapshot, shops.find(&OrderQuery::Tracking(tracking.clone())).await?);
        if let Some(known) = found.into_iter().find(|known| owner(snapshot, known) != Identity::Unknown) {
            return Ok(Some(one(snapshot, known, MatchedBy::Tracking)));
        }
    }
    Ok(None)
}

/// What the new words turn to from the order that the conversation was about: another one, or other goods.
async fn turned_from(snapshot: &Snapshot, before: &KnownOrder, shops: &Shops) -> Result<Option<Matched>, OrderFailure> {
    let text = snapshot.bodies();
    let (corrects, speaks_of_another) = (pointing::corrects(&text), pointing::speaks_of_another(&text));
    let recent = match own_orders(snapshot, shops).await {
        Ok(recent) => recent,
        Err(error) if corrects || speaks_of_another => return Err(error),
        Err(_) => return Ok(None),
    };
    let mut others = without(recent, std::slice::from_ref(before));
    Ok(if corrects {
        Some(among(snapshot, others))
    } else if speaks_of_another && !others.is_empty() {
        others.push(before.clone());
        Some(Matched::Several(others))
    } else {
        let meant = pointing::with_other_goods(&text, before, others);
        (!meant.is_empty()).then(|| among(snapshot, meant))
    })
}

async fn by_contact(
    snapshot: &Snapshot,
    reading: &Reading,
    intent: Intent,
    shops: &Shops,
) -> Result<Matched, OrderFailure> {
    let recent = own_orders(snapshot, shops).await?;
    let (text, today) = (snapshot.text(), snapshot.today());
    let bought = if recent.is_empty() { None } else { pointing::bought_on(&text, &reading.language, today) };
    if pointing::is_somebody_elses(&text) || pointing::bought_long_ago(&text, bought, (today, RECENT)) {
        return Ok(Matched::None);
    }
    if recent.len() < 2 {
        return Ok(among(snapshot, recent));
    }
    if pointing::means_the_newest(&text) {
        let newest = recent.into_iter().max_by_key(|known| known.order.placed_at);
        return Ok(among(snapshot, newest.into_iter().collect()));
    }
    let bodies = snapshot.bodies();
    let then = bought.map_or_else(Vec::new, |bought| pointing::bought_then(bought, &recent));
    let around = numbers::spelled_otherwise(&[snapshot.around().as_str()], &recent);
    let is_around = |known: &&KnownOrder| around.iter().any(|number| number.eq_ignore_ascii_case(&known.order.number));
    let around: Vec<KnownOrder> = recent.iter().filter(is_around).cloned().collect();
    // What points to one order each; where they differ, only the writer knows.
    let mut meant: Vec<KnownOrder> = Vec::new();
    for pointed in [pointing::with_named_goods(&bodies, &recent), then, around] {
        if let [only] = pointed.as_slice()
            && !meant.iter().any(|known| same(known, only))
        {
            meant.push(only.clone());
        }
    }
    if meant.is_empty() {
        meant = pointing::named_apart(&bodies, &recent);
    }
    if !meant.is_empty() {
        return Ok(among(snapshot, meant));
    }
    let is_delivered = pointing::says_delivered(&text);
    let fitting: Vec<KnownOrder> = recent.iter().filter(|known| fits(intent, is_delivered, known)).cloned().collect();
    let fitting = if fitting.is_empty() { recent } else { fitting };
    Ok(among(snapshot, pointing::with_named_goods(&bodies, &fitting)))
}

/// What is left of a customer's own orders: the one, or several to ask about.
fn among(snapshot: &Snapshot, mut orders: Vec<KnownOrder>) -> Matched {
    match orders.len() {
        0 => Matched::None,
        1 => orders.pop().map_or(Matched::None, |known| one(snapshot, known, MatchedBy::Contact)),
        _ => Matched::Several(orders),
    }
}

fn without(mut orders: Vec<KnownOrder>, taken: &[KnownOrder]) -> Vec<KnownOrder> {
    orders.retain(|known| !taken.iter().any(|other| same(known, other)));
    orders
}

/// Whether the text asks how, where to and at what cost the shop delivers, without an order behind it.
pub(super) fn asks_before_buying(text: &str) -> bool {
    const GENERAL: &[&str] = &[
        "do you ship to",
        "do you deliver to",
        "shipping to",
        "customs duties",
        "customs fees",
        "customs charges",
        "import duties",
        "liefern sie nach",
        "liefert ihr nach",
        "liefern sie in die",
        "lieferung in die",
        "lieferung nach",
        "versand nach",
        "versand in die",
        "zollgebühren",
        "livrez-vous",
        "livraison en suisse",
        "frais de douane",
        "enviáis a",
        "envían a",
        "gastos de aduana",
        "spedite in",
        "spese doganali",
        "verzenden jullie naar",
        "leveren jullie in",
        "invoerrechten",
    ];
    // Whoever has a parcel on its way asks about that one.
    const OWN: &[&str] = &[
        "my order",
        "my parcel",
        "my package",
        "meine bestellung",
        "mein paket",
        "ma commande",
        "mon colis",
        "mi pedido",
        "mi paquete",
        "mio ordine",
        "mio pacco",
        "mijn bestelling",
        "mijn pakket",
    ];
    let lower = text.to_lowercase();
    let says = |list: &[&str]| list.iter().any(|words| has_words(&lower, words));
    says(GENERAL) && !says(OWN)
}

/// Recent orders of the one who writes; none when somebody else in the conversation wrote.
pub(super) async fn own_orders(snapshot: &Snapshot, shops: &Shops) -> Result<Vec<KnownOrder>, OrderFailure> {
    let mut recent: Vec<KnownOrder> = Vec::new();
    if !writes_themselves(snapshot) {
        return Ok(recent);
    }
    let addresses = snapshot.identities.iter().filter(|name| matches!(name.kind.as_str(), "email" | "phone"));
    for identity in addresses.take(MOST_ADDRESSES) {
        let query = match identity.kind.as_str() {
            "email" => OrderQuery::Email(identity.value.clone()),
            "phone" => OrderQuery::Phone(identity.value.clone()),
            _ => continue,
        };
        for known in without_refused(snapshot, shops.find(&query).await?) {
            let is_recent = snapshot.moment() - known.order.placed_at <= RECENT;
            let is_own = owner(snapshot, &known) != Identity::Unknown;
            if is_recent && is_own && !recent.iter().any(|other| same(other, &known)) {
                recent.push(known);
            }
        }
    }
    Ok(recent)
}

/// Those that no teammate took off the conversation: such a number is as if it had not been named.
pub(super) fn without_refused(snapshot: &Snapshot, mut found: Vec<KnownOrder>) -> Vec<KnownOrder> {
    found.retain(|known| !snapshot.is_refused(known));
    found
}

/// Whether the order can be what this is about.
fn fits(intent: Intent, is_delivered: bool, known: &KnownOrder) -> bool {
    let order = &known.order;
    match intent {
        Intent::WhereIsMyOrder | Intent::LateOrLost | Intent::DeliveryTime if is_delivered => {
            order.status == OrderStatus::Delivered
        }
        Intent::CancelOrder | Intent::ChangeAddress | Intent::ChangeItems => order.status == OrderStatus::Open,
        Intent::WhereIsMyOrder | Intent::LateOrLost | Intent::DeliveryTime => {
            !matches!(order.status, OrderStatus::Delivered | OrderStatus::Cancelled)
        }
        Intent::DamagedOrWrongItem | Intent::ReturnItem | Intent::Exchange => {
            matches!(order.status, OrderStatus::Delivered | OrderStatus::PartlyShipped)
        }
        Intent::RefundStatus => {
            !order.refunds.is_empty() || !order.returns.is_empty() || order.status == OrderStatus::Cancelled
        }
        _ => true,
    }
}

fn one(snapshot: &Snapshot, known: KnownOrder, by: MatchedBy) -> Matched {
    let identity = owner(snapshot, &known);
    Matched::One(Box::new(known), by, identity)
}

fn same(one: &KnownOrder, other: &KnownOrder) -> bool {
    one.source_id == other.source_id && one.order.id == other.order.id
}

/// Whether everything that waits for an answer, and what came last, was written by the conversation's own contact. Somebody in
/// Cc is not.
pub(super) fn writes_themselves(snapshot: &Snapshot) -> bool {
    let own = |contact: Option<ContactId>| contact.is_some_and(|writer| snapshot.is_customer(writer));
    snapshot.unanswered().iter().all(|message| own(message.contact_id))
        && snapshot.last_inbound().is_none_or(|message| own(message.contact_id))
}

/// How sure it is that the writer owns the order: their address or number is the buyer's, or the marketplace names it for
/// them, and the channel proved it.
pub(super) fn owner(snapshot: &Snapshot, known: &KnownOrder) -> Identity {
    if !writes_themselves(snapshot) {
        return Identity::Unknown;
    }
    let buyer = &known.order.buyer;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_buyer = |kind: &str, value: &str| match kind {
        "phone" => !buyer.phone.is_empty() && digits(value) == digits(&buyer.phone),
        _ => !buyer.email.is_empty() && value.trim().eq_ignore_ascii_case(buyer.email.trim()),
    };
    let fitting = snapshot.identities.iter().filter(|identity| is_buyer(&identity.kind, &identity.value));
    if snapshot.is_proved_by_code(known) {
        return Identity::Proved;
    }
    let came_proved = snapshot.heard().iter().all(|message| message.trust == Trust::Proved);
    if snapshot.is_vouched(known) && came_proved {
        return Identity::Proved;
    }
    fitting
        .map(|identity| if identity.proved && came_proved { Identity::Proved } else { Identity::Claimed })
        .max()
        .unwrap_or(Identity::Unknown)
}
