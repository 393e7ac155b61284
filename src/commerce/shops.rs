//! The connected shops of one brand, read as one.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::orders::{OrderFailure, OrderQuery, OrderSource, Product};
use tokio::time::timeout;

use super::recorded::{Answer, Recorder, Recording, Tape};
use crate::clock::Clock;
use crate::model::order::{KnownOrder, Order};
use crate::model::{ChannelId, OrderSourceId, Ts};
use crate::store::{self, Db, parcels};

/// How long a marketplace is waited for once a shop of the brand's own has found the order.
pub const BESIDE: Duration = Duration::from_secs(2);
/// How long each marketplace is waited for that a person has asked.
const LONGEST: Duration = Duration::from_secs(5);

/// For which numbers a shop is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// For all: it is the brand's own.
    Always,
    /// For what belongs to this channel: it is the marketplace there.
    Market(ChannelId),
    /// For none: it is a marketplace, and the access of its channel gives no orders.
    Never,
}

/// What marketplaces have to do with a conversation whose orders are looked for.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its channel.
    pub channel: Option<ChannelId>,
    /// The numbers that platforms name in it, each with the channel on which.
    pub told: Vec<(ChannelId, String)>,
}

impl Place {
    /// Whether the marketplace behind a channel names this number there.
    fn names(&self, market: ChannelId, number: &str) -> bool {
        self.told.iter().any(|(channel, told)| *channel == market && told.eq_ignore_ascii_case(plain(number)))
    }
}

/// Whether two connections gave one order: they lead to the same shop.
fn is_one(one: &KnownOrder, other: &KnownOrder) -> bool {
    let (here, there) = (&one.order, &other.order);
    one.source_id != other.source_id
        && (&here.id, &here.number) == (&there.id, &there.number)
        && (here.placed_at, here.total) == (there.placed_at, there.total)
        && here.buyer.email == there.buyer.email
}

fn plain(number: &str) -> &str {
    number.trim().trim_start_matches('#')
}

/// A connected shop that can be asked.
#[derive(Clone)]
pub struct Shop {
    /// Id.
    pub id: OrderSourceId,
    /// Name as shown.
    pub name: String,
    /// For which numbers it is asked.
    pub asked: Asked,
    /// The connection.
    pub source: Arc<dyn OrderSource>,
}

/// The connected shops of one brand.
#[derive(Clone)]
pub struct Shops {
    all: Vec<Shop>,
    place: Place,
    clock: Clock,
    /// Where it is kept what carriers say of parcels.
    carriers: Option<Db>,
    tape: Tape,
}

impl Shops {
    /// The shops, asked in this order; marketplaces for no number.
    pub fn new(all: Vec<Shop>, clock: Clock) -> Self {
        Self { all, place: Place::default(), clock, carriers: None, tape: Tape::None }
    }

    /// The same, with what they are going to answer.
    pub fn recorded(self) -> (Self, Recorder) {
        let (tape, recorder) = Tape::recording(self.is_empty());
        (Self { tape, ..self }, recorder)
    }

    /// Shops that answer what was kept of them, and are not asked.
    pub fn repeating(recording: Recording, clock: Clock) -> Self {
        Self { tape: Tape::repeating(recording), ..Self::new(Vec::new(), clock) }
    }

    /// Whether they were asked for something that was not kept of them.
    pub fn lack(&self) -> bool {
        self.tape.lacks()
    }

    /// The same with what carriers say of their parcels, as it is kept here, laid over what the shops say.
    #[must_use]
    pub fn with_carriers(self, kept: Db) -> Self {
        Self { carriers: Some(kept), ..self }
    }

    /// The same with marketplaces asked for what is theirs in a conversation.
    #[must_use]
    pub fn at(&self, place: Place) -> Self {
        Self { place, ..self.clone() }
    }

    /// Whether there is none to ask: neither a shop of the brand's own nor the marketplace of the conversation's channel.
    pub fn is_empty(&self) -> bool {
        if let Some(was_empty) = self.tape.is_empty() {
            return was_empty;
        }
        !self.all.iter().any(|shop| match shop.asked {
            Asked::Always => true,
            Asked::Market(channel) => self.place.channel == Some(channel),
            Asked::Never => false,
        })
    }

    /// The shop with this id.
    pub fn get(&self, id: OrderSourceId) -> Option<&Shop> {
        self.all.iter().find(|shop| shop.id == id)
    }

    /// Orders that match, from every shop. A number that one shop knows is found, whatever the others say; none found
    /// while a shop is down must not read as "no such order". Somebody's orders are all of them or a failure: the only
    /// one that is left while a shop is down would pass for the one that is meant.
    ///
    /// What two connections to one shop give is there once, from the first of them.
    ///
    /// A marketplace is asked for a number that is named on its own channel and that no other shop has, and for what it names
    /// itself: each allows few readings, and other people's numbers are none of its own.
    pub async fn find(&self, query: &OrderQuery) -> Result<Vec<KnownOrder>, OrderFailure> {
        if let Some(kept) = self.tape.orders(query) {
            return kept;
        }
        let found = self.ask_all(query).await;
        self.tape.keep(|| Answer::Orders { query: query.clone(), found: found.clone() });
        found
    }

    async fn ask_all(&self, query: &OrderQuery) -> Result<Vec<KnownOrder>, OrderFailure> {
        let mut found = Vec::new();
        let mut failure = None;
        for shop in &self.all {
            if shop.asked != Asked::Always {
                continue;
            }
            match self.ask(shop, query).await {
                Ok(orders) => {
                    let is_new = |order: &KnownOrder| !found.iter().any(|known| is_one(known, order));
                    let new: Vec<KnownOrder> = orders.into_iter().filter(is_new).collect();
                    found.extend(new);
                }
                Err(error) => failure = Some(error),
            }
        }
        for (market, is_told) in self.markets_for(query) {
            if found.is_empty() {
                match self.ask(market, query).await {
                    Ok(orders) => found.extend(orders),
                    Err(error) => failure = Some(error),
                }
            } else if is_told && let Ok(Ok(orders)) = timeout(BESIDE, self.ask(market, query)).await {
                found.extend(orders);
            }
        }
        match failure {
            Some(error) if found.is_empty() || query.is_by_contact() => Err(error),
            _ => Ok(found),
        }
    }

    /// Orders with a number that a person looks for. Where none is found every marketplace is asked.
    pub async fn find_anywhere(&self, number: &str) -> Result<Vec<KnownOrder>, OrderFailure> {
        let query = OrderQuery::Number(number.to_owned());
        let mut failure = None;
        match self.find(&query).await {
            Ok(found) if found.is_empty() => {}
            Ok(found) => return Ok(found),
            Err(error) => failure = Some(error),
        }
        let asked: Vec<OrderSourceId> = self.markets_for(&query).iter().map(|(market, _)| market.id).collect();
        let mut found = Vec::new();
        for market in &self.all {
            if !matches!(market.asked, Asked::Market(_)) || asked.contains(&market.id) {
                continue;
            }
            match timeout(LONGEST, self.ask(market, &query)).await {
                Ok(Ok(orders)) => found.extend(orders),
                Ok(Err(error)) => failure = Some(error),
                Err(_) => {
                    let reason = format!("{} did not answer in time.", market.name);
                    failure = Some(OrderFailure::Retry { after: None, reason });
                }
            }
        }
        match failure {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }

    /// The marketplaces that are asked for a number, and whether they name it in the conversation.
    fn markets_for(&self, query: &OrderQuery) -> Vec<(&Shop, bool)> {
        let OrderQuery::Number(number) = query else { return Vec::new() };
        let asked = self.all.iter().filter_map(|shop| {
            let Asked::Market(channel) = shop.asked else { return None };
            let is_told = self.place.names(channel, number);
            (is_told || self.place.channel == Some(channel)).then_some((shop, is_told))
        });
        asked.collect()
    }

    async fn ask(&self, shop: &Shop, query: &OrderQuery) -> Result<Vec<KnownOrder>, OrderFailure> {
        let asked_at = self.clock.now();
        self.known(shop, shop.source.find(query).await?, asked_at).await
    }

    /// Reads one order again.
    pub async fn get_order(&self, shop: OrderSourceId, order_id: &str) -> Result<Option<KnownOrder>, OrderFailure> {
        let shop = self.connected(shop)?;
        let asked_at = self.clock.now();
        let order = shop.source.get(order_id).await?;
        Ok(self.known(shop, order.into_iter().collect(), asked_at).await?.pop())
    }

    fn connected(&self, id: OrderSourceId) -> Result<&Shop, OrderFailure> {
        let gone = || OrderFailure::Reconnect { reason: "This shop is no longer connected.".to_owned() };
        self.get(id).ok_or_else(gone)
    }

    /// Products of one shop that match, best first.
    pub async fn products_of(&self, shop: OrderSourceId, words: &str) -> Result<Vec<Product>, OrderFailure> {
        if let Some(kept) = self.tape.products(Some(shop), words) {
            return kept;
        }
        let found = match self.connected(shop) {
            Ok(connected) => connected.source.products(words).await,
            Err(gone) => Err(gone),
        };
        self.keep_products(Some(shop), words, &found);
        found
    }

    /// Products of all shops that match, best first of each.
    pub async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        if let Some(kept) = self.tape.products(None, words) {
            return kept;
        }
        let found = self.products_of_all(words).await;
        self.keep_products(None, words, &found);
        found
    }

    async fn products_of_all(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        let mut found = Vec::new();
        for shop in &self.all {
            found.extend(shop.source.products(words).await?);
        }
        Ok(found)
    }

    fn keep_products(&self, shop: Option<OrderSourceId>, words: &str, found: &Result<Vec<Product>, OrderFailure>) {
        self.tape.keep(|| Answer::Products { shop, words: words.to_owned(), found: found.clone() });
    }

    /// Orders as they were just read, with what carriers say. A reading is as old as its question: what happened since then may
    /// be missing in the answer, however late that came.
    async fn known(&self, shop: &Shop, mut orders: Vec<Order>, read_at: Ts) -> Result<Vec<KnownOrder>, OrderFailure> {
        if let Some(kept) = &self.carriers {
            let unread = |error: store::Error| OrderFailure::Retry { after: None, reason: error.to_string() };
            parcels::lay_over_read(kept, shop.id, &mut orders).await.map_err(unread)?;
        }
        let known = |order| KnownOrder { source_id: shop.id, source_name: shop.name.clone(), order, read_at };
        Ok(orders.into_iter().map(known).collect())
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use channel_contract::orders::{ActionCommand, ActionReceipt};
    use uuid::Uuid;

    use super::*;
    use crate::commerce::test_order::order;

    /// What a shop says of orders; all else fails.
    #[derive(Clone, Copy)]
    enum Answers {
        /// An order with this id.
        Found(u128),
        Trouble,
        Never,
    }

    #[async_trait]
    impl OrderSource for Answers {
        async fn find(&self, _: &OrderQuery) -> Result<Vec<channel_contract::Order>, OrderFailure> {
            match self {
                Self::Found(id) => Ok(vec![Order { id: format!("o{id}"), ..order() }]),
                Self::Trouble => Err(down()),
                Self::Never => std::future::pending().await,
            }
        }

        async fn get(&self, _: &str) -> Result<Option<channel_contract::Order>, OrderFailure> {
            Err(down())
        }

        async fn products(&self, _: &str) -> Result<Vec<Product>, OrderFailure> {
            Err(down())
        }

        async fn perform(&self, _: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
            Err(down())
        }

        async fn check(&self) -> Result<(), OrderFailure> {
            Err(down())
        }
    }

    fn down() -> OrderFailure {
        OrderFailure::Retry { after: None, reason: "The shop is down.".to_owned() }
    }

    fn up(number: u128, is_up: bool) -> Answers {
        if is_up { Answers::Found(number) } else { Answers::Trouble }
    }

    fn shops(answers: &[bool]) -> Shops {
        let own = |(number, answers): (u128, &bool)| shop(number, Asked::Always, Arc::new(up(number, *answers)));
        Shops::new((1..).zip(answers).map(own).collect(), Clock::fixed(Ts(0)))
    }

    fn shop(number: u128, asked: Asked, source: Arc<dyn OrderSource>) -> Shop {
        Shop { id: OrderSourceId::from(Uuid::from_u128(number)), name: "Shop".to_owned(), asked, source }
    }

    /// The brand's own shop, and this marketplace behind a channel.
    fn beside(own: bool, market: Answers) -> Shops {
        let own = shop(1, Asked::Always, Arc::new(up(1, own)));
        Shops::new(vec![own, shop(2, Asked::Market(channel(7)), Arc::new(market))], Clock::fixed(Ts(0)))
    }

    fn channel(number: u128) -> ChannelId {
        ChannelId(Uuid::from_u128(number))
    }

    fn on(number: u128) -> Place {
        Place { channel: Some(channel(number)), told: Vec::new() }
    }

    fn naming(number: &str) -> Place {
        Place { channel: Some(channel(8)), told: vec![(channel(7), number.to_owned())] }
    }

    /// A shop that takes a minute to answer.
    struct Slow(Clock);

    #[async_trait]
    impl OrderSource for Slow {
        async fn find(&self, _: &OrderQuery) -> Result<Vec<channel_contract::Order>, OrderFailure> {
            self.0.advance(Duration::from_mins(1));
            Ok(vec![order()])
        }

        async fn get(&self, _: &str) -> Result<Option<channel_contract::Order>, OrderFailure> {
            self.0.advance(Duration::from_mins(1));
            Ok(Some(order()))
        }

        async fn products(&self, _: &str) -> Result<Vec<Product>, OrderFailure> {
            Err(down())
        }

        async fn perform(&self, _: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
            Err(down())
        }

        async fn check(&self) -> Result<(), OrderFailure> {
            Err(down())
        }
    }

    #[tokio::test]
    async fn a_reading_is_as_old_as_its_question() {
        let clock = Clock::fixed(Ts(0));
        let slow = shop(1, Asked::Always, Arc::new(Slow(clock.clone())));
        let shops = Shops::new(vec![slow.clone()], clock);
        let found = shops.find(&OrderQuery::Number("FJ-20417".to_owned())).await.unwrap();
        assert_eq!(found.first().map(|known| known.read_at), Some(Ts(0)));
        let again = shops.get_order(slow.id, "1").await.unwrap();
        assert_eq!(again.map(|known| known.read_at), Some(Ts(0).plus(Duration::from_mins(1))));
    }

    #[tokio::test]
    async fn a_marketplace_is_asked_for_what_is_its_own() {
        let number = OrderQuery::Number("#FJ-20417".to_owned());
        let shops = |own: bool, place: Place| beside(own, Answers::Found(2)).at(place);
        let of = async |shops: Shops| {
            let found = shops.find(&number).await;
            found.map(|found| found.iter().map(|known| known.source_id).collect::<Vec<_>>())
        };
        let (own, market) = (OrderSourceId::from(Uuid::from_u128(1)), OrderSourceId::from(Uuid::from_u128(2)));
        assert_eq!(of(shops(false, on(7))).await.unwrap(), [market]);
        assert_eq!(of(shops(false, naming("fj-20417"))).await.unwrap(), [market]);
        for place in [Place::default(), on(8), naming("FJ-20418")] {
            assert!(of(shops(false, place)).await.is_err(), "the own shop is down, and nobody else is asked");
        }
        assert_eq!(of(shops(true, on(7))).await.unwrap(), [own], "it is found already");
        assert_eq!(of(shops(true, naming("FJ-20417"))).await.unwrap(), [own, market], "two orders may have one number");
        let anywhere = shops(false, on(8)).find_anywhere("FJ-20417").await.unwrap();
        assert_eq!(anywhere.first().map(|known| known.source_id), Some(market), "a person asks for it");
    }

    #[tokio::test]
    async fn a_marketplace_takes_nothing_from_what_the_own_shop_has() {
        let number = OrderQuery::Number("FJ-20417".to_owned());
        for market in [Answers::Trouble, Answers::Never] {
            for place in [on(7), on(8), naming("FJ-20417")] {
                let shops = beside(true, market).at(place);
                assert_eq!(shops.find(&number).await.unwrap().len(), 1);
            }
            assert_eq!(beside(true, market).at(on(8)).find_anywhere("FJ-20417").await.unwrap().len(), 1);
        }
    }

    #[tokio::test]
    async fn an_order_of_a_shop_that_is_connected_twice_is_one() {
        let twice = (1..3).map(|number| shop(number, Asked::Always, Arc::new(up(7, true)))).collect();
        let shops = Shops::new(twice, Clock::fixed(Ts(0)));
        let found = shops.find(&OrderQuery::Number("FJ-20417".to_owned())).await.unwrap();
        let sources: Vec<OrderSourceId> = found.iter().map(|known| known.source_id).collect();
        assert_eq!(sources, [OrderSourceId::from(Uuid::from_u128(1))]);
    }

    #[tokio::test]
    async fn the_orders_of_a_person_are_all_or_none_while_a_shop_is_down() {
        let number = OrderQuery::Number("FJ-20417".to_owned());
        let by_contact = [OrderQuery::Email("mara@example.org".to_owned()), OrderQuery::Phone("+4912345".to_owned())];
        for query in &by_contact {
            assert_eq!(shops(&[true, true]).find(query).await.unwrap().len(), 2);
            assert!(shops(&[false, true]).find(query).await.is_err(), "{query:?}");
            assert!(shops(&[true, false]).find(query).await.is_err(), "{query:?}");
        }
        assert_eq!(shops(&[false, true]).find(&number).await.unwrap().len(), 1, "a number that is found stays found");
        assert!(shops(&[false, false]).find(&number).await.is_err());
    }
}
