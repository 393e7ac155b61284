//! Finds the order that a conversation is about. It never guesses: what does not fit one order is asked for, and what
//! belongs to another address is not shown.

use time::Duration;

use super::clauses::{clauses, is_negated};
use super::engine::Reading;
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use crate::commerce::shops::Shops;
use crate::model::ContactId;
use crate::model::message::{Direction, Message, Trust};
use crate::model::order::{KnownOrder, MatchedBy, OrderFailure, OrderQuery, OrderStatus, Product, order_numbers};
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

const MOST_NUMBERS: usize = 3;
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
    // What the conversation was about before counts if the new messages name nothing.
    let mut earlier: Vec<String> = snapshot.conversation.order_number.clone().into_iter().collect();
    if earlier.is_empty() {
        let numbers = |message: &Message| order_numbers(&message.body, &snapshot.brand.order_pattern);
        // What we listed to choose from is no choice.
        let is_list = |message: &&Message| message.direction == Direction::Outbound && numbers(message).len() > 1;
        let said = snapshot.messages.iter().rev().filter(|message| !is_list(message));
        earlier = said.flat_map(numbers).take(1).collect();
    }
    if let Some(matched @ Matched::One(..)) = by_number(snapshot, &earlier, shops).await? {
        return Ok(matched);
    }
    by_contact(snapshot, intent, shops).await
}

/// The order whose number, or whose parcel's number, is named; nothing if none is named, or a parcel of nobody's.
pub(super) async fn named_order(
    snapshot: &Snapshot,
    reading: &Reading,
    shops: &Shops,
) -> Result<Option<Matched>, OrderFailure> {
    let named = by_number(snapshot, &reading.order_numbers, shops).await?;
    if matches!(named, None | Some(Matched::NotTheirs { .. }))
        && let Some(matched) = by_tracking(snapshot, reading, shops).await?
    {
        return Ok(Some(matched));
    }
    Ok(named)
}

/// What is somebody else's is told apart from what does not exist for teammates alone: to the writer both are one.
async fn by_number(snapshot: &Snapshot, numbers: &[String], shops: &Shops) -> Result<Option<Matched>, OrderFailure> {
    let mut own: Vec<KnownOrder> = Vec::new();
    let mut strange = None;
    for number in numbers.iter().take(MOST_NUMBERS) {
        let found = shops.find(&OrderQuery::Number(number.clone())).await?;
        let exists = !found.is_empty();
        let found = without_refused(snapshot, found);
        if exists && found.is_empty() {
            continue;
        }
        let (theirs, mut others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|known| owner(snapshot, known) != Identity::Unknown);
        if theirs.is_empty() && strange.is_none() {
            let only = if others.len() == 1 { others.pop().map(Box::new) } else { None };
            strange = Some((number.clone(), exists, only));
        }
        for known in theirs {
            if !own.iter().any(|other| same(other, &known)) {
                own.push(known);
            }
        }
    }
    // Where a shop has the order too, it is that one: there something can be done about it.
    let in_shops: Vec<String> =
        own.iter().filter(|known| !snapshot.is_vouched(known)).map(|known| known.order.number.to_uppercase()).collect();
    own.retain(|known| !snapshot.is_vouched(known) || !in_shops.contains(&known.order.number.to_uppercase()));
    let is_number = |named: &str| !order_numbers(named, &snapshot.brand.order_pattern).is_empty();
    Ok(match (own.len(), strange) {
        (0, None) => None,
        (0, Some((named, exists, order))) => Some(Matched::NotTheirs { named, exists, order }),
        (_, Some((named, ..))) if is_number(&named) => Some(Matched::AlsoNotTheirs(named)),
        (1, _) => own.pop().map(|known| one(snapshot, known, MatchedBy::Number)),
        _ => Some(Matched::NamedSeveral(own)),
    })
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

async fn by_contact(snapshot: &Snapshot, intent: Intent, shops: &Shops) -> Result<Matched, OrderFailure> {
    let mut recent = own_orders(snapshot, shops).await?;
    if recent.len() > 1 && means_the_newest(&snapshot.text()) {
        recent.sort_by_key(|known| known.order.placed_at);
        recent = recent.pop().into_iter().collect();
    } else if recent.len() > 1 {
        let fitting: Vec<KnownOrder> = recent.iter().filter(|known| fits(intent, known)).cloned().collect();
        if !fitting.is_empty() {
            recent = fitting;
        }
        recent = with_named_goods(&snapshot.bodies(), recent);
    }
    Ok(match recent.len() {
        0 => Matched::None,
        1 => recent.pop().map_or(Matched::None, |known| one(snapshot, known, MatchedBy::Contact)),
        _ => Matched::Several(recent),
    })
}

/// The one of these orders whose goods alone are named, where something is; else all of them.
fn with_named_goods(text: &str, orders: Vec<KnownOrder>) -> Vec<KnownOrder> {
    let said: Vec<String> = clauses(text).into_iter().filter(|clause| !is_negated(clause)).collect();
    let words = content_words(&said.join("\n"));
    let is_named = |known: &&KnownOrder| {
        let titles = known.order.lines.iter().flat_map(|line| content_words(&line.title));
        titles.into_iter().any(|title| words.iter().any(|word| alike(word, &title)))
    };
    let named: Vec<&KnownOrder> = orders.iter().filter(is_named).collect();
    match named.as_slice() {
        [only] => vec![(*only).clone()],
        _ => orders,
    }
}

/// Whether the text speaks of the newest of several orders.
fn means_the_newest(text: &str) -> bool {
    const NEWEST: &[&str] = &[
        "my last order",
        "my latest order",
        "my most recent order",
        "my newest order",
        "meine letzte bestellung",
        "meiner letzten bestellung",
        "meine neueste bestellung",
        "ma dernière commande",
        "mi último pedido",
        "mi ultimo pedido",
        "il mio ultimo ordine",
        "mio ultimo ordine",
        "mijn laatste bestelling",
    ];
    let lower = text.to_lowercase();
    NEWEST.iter().any(|words| has_words(&lower, words))
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
fn fits(intent: Intent, known: &KnownOrder) -> bool {
    let order = &known.order;
    match intent {
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

/// Whether everything that waits for an answer was written by the conversation's own contact. Somebody in Cc is not.
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
    let came_proved = snapshot.unanswered().iter().all(|message| message.trust == Trust::Proved);
    if snapshot.is_vouched(known) && came_proved {
        return Identity::Proved;
    }
    fitting
        .map(|identity| if identity.proved && came_proved { Identity::Proved } else { Identity::Claimed })
        .max()
        .unwrap_or(Identity::Unknown)
}

/// Products that a message names. Nothing if no title fits clearly.
pub(super) async fn find_products(text: &str, shops: &Shops) -> Result<Vec<Product>, OrderFailure> {
    const MOST_CALLS: usize = 6;
    let words: Vec<String> = content_words(text).into_iter().take(12).collect();
    let mut found = shops.products(&words.join(" ")).await?;
    if found.is_empty() {
        for word in words.iter().take(MOST_CALLS) {
            found.extend(shops.products(word).await?);
        }
    }
    Ok(named_best(&words, text, found))
}

/// The products whose title and variant share most words with the message.
fn named_best(words: &[String], text: &str, mut found: Vec<Product>) -> Vec<Product> {
    const MOST: usize = 3;
    /// Sizes and colours of one product make one answer.
    const MOST_OF_ONE: usize = 6;
    let score = |product: &Product| {
        let title = content_words(&format!("{} {} {}", product.title, product.variant, product.sku));
        title.iter().filter(|word| words.iter().any(|named| alike(named, word))).count()
    };
    found.sort_by(|one, other| score(other).cmp(&score(one)).then(one.sku.cmp(&other.sku)));
    found.dedup_by(|one, other| one.sku == other.sku);
    let best = found.first().map_or(0, score);
    found.retain(|product| best > 0 && score(product) == best);
    let sizes = sizes(text);
    let is_size = |product: &Product| words_of(&product.variant).any(|word| sizes.contains(&word));
    if found.iter().any(is_size) {
        found.retain(is_size);
    }
    let of_one = found.windows(2).all(|pair| matches!(pair, [one, other] if one.title == other.title));
    let most = if of_one { MOST_OF_ONE } else { MOST };
    if found.len() > most { Vec::new() } else { found }
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_uppercase)
}

/// Sizes that a text names: `L`, `XL`, `42`. A small letter alone is a word.
pub(super) fn sizes(text: &str) -> Vec<String> {
    const LETTERS: &[&str] = &["XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL"];
    let words = text.split(|c: char| !c.is_alphanumeric());
    let is_number = |word: &str| (1..=2).contains(&word.len()) && word.chars().all(|c| c.is_ascii_digit());
    words.filter(|word| LETTERS.contains(word) || is_number(word)).map(str::to_owned).collect()
}

/// Words that can name goods, in small letters.
pub(super) fn content_words(text: &str) -> Vec<String> {
    const COMMON: &[&str] = &[
        "the",
        "and",
        "you",
        "your",
        "are",
        "have",
        "has",
        "for",
        "with",
        "this",
        "that",
        "what",
        "when",
        "where",
        "which",
        "stock",
        "available",
        "size",
        "colour",
        "color",
        "still",
        "again",
        "back",
        "does",
        "please",
        "order",
        "hello",
        "there",
        "can",
        "was",
        "not",
        "one",
        "its",
        "ist",
        "der",
        "die",
        "das",
        "und",
        "noch",
        "haben",
        "sie",
        "auf",
        "lager",
        "verfügbar",
        "est",
        "que",
        "les",
        "des",
        "une",
        "del",
        "los",
        "las",
        "una",
        "het",
        "een",
        "want",
        "would",
        "like",
        "return",
        "broken",
        "arrived",
        "came",
        "from",
        "but",
        "any",
        "how",
        "will",
    ];
    let mut words = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase) {
        if word.chars().count() >= 3 && !COMMON.contains(&word.as_str()) && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Whether two words are the same up to an ending: `gaiter`, `gaiters`.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short == long || (short.chars().count() >= 4 && long.starts_with(short) && long.len() - short.len() <= 2)
}
