//! A shop with a handful of orders, and a customer who writes about them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use channel_contract::capabilities::{LengthLimit, LengthUnit};
use channel_contract::orders::{ActionCommand, ActionReceipt, OrderSource};
use resolute::agent::{
    BuiltIn, Engine, Kept, Mode, Outcome, Question, RunResult, Snapshot, differences, run, run_watched,
};
use resolute::clock::Clock;
use resolute::commerce::recorded::Recording;
use resolute::commerce::shops::{Asked, Shop, Shops};
use resolute::llm::Exchange;
use resolute::model::agent_run::Stage;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::channel::Capabilities;
use resolute::model::contact::{Contact, ContactIdentity};
use resolute::model::conversation::Conversation;
use resolute::model::draft::{DraftDocument, EvidenceSource};
use resolute::model::message::{Direction, Message, MessageAuthor, Trust};
use resolute::model::order::*;
use resolute::model::{ContactId, Ts};
use resolute::policy::Policy;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
pub(super) const SAM: &str = "sam@post.example";

pub(super) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

fn line(id: &str, sku: &str, title: &str, variant: &str, minor: i64) -> LineItem {
    LineItem {
        id: id.into(),
        sku: sku.into(),
        title: title.into(),
        variant: variant.into(),
        ordered: 1,
        current: 1,
        fulfilled: 0,
        unit_price: eur(minor),
    }
}

/// An order of Sam's: a tin cup for 19.90 and 4.90 shipping, placed five days ago, not sent yet.
pub(super) fn order(number: &str) -> Order {
    Order {
        id: format!("id-{number}"),
        number: number.into(),
        status: OrderStatus::Open,
        placed_at: NOW - Duration::days(5),
        updated_at: NOW - Duration::days(5),
        buyer: Buyer {
            id: "b1".into(),
            name: "Sam Lee".into(),
            email: SAM.into(),
            phone: String::new(),
            methods: Vec::new(),
        },
        shipping_address: Address {
            name: "Sam Lee".into(),
            line1: "Old Road 1".into(),
            line2: String::new(),
            postal_code: "10115".into(),
            city: "Berlin".into(),
            region: String::new(),
            country: "DE".into(),
        },
        lines: vec![line("l1", "CUP", "Tin cup", "blue", 1_990)],
        shipping_price: eur(490),
        total: eur(2_480),
        payments: vec![Payment {
            id: "p1".into(),
            method: "card ending 1111".into(),
            amount: eur(2_480),
            at: NOW - Duration::days(5),
        }],
        refunds: Vec::new(),
        shipments: Vec::new(),
        returns: Vec::new(),
        entries: Vec::new(),
        invoice_url: "https://shop.example/invoice/1".into(),
        actions: ActionKind::ALL.map(|kind| AllowedAction { kind, refused_because: None }).into(),
    }
}

fn window(to: OffsetDateTime) -> Window {
    Window { from: to - Duration::days(1), to }
}

/// On its way since Saturday; promised for the day that is `days` from now.
pub(super) fn on_its_way(number: &str, days: i64) -> Order {
    let mut order = order(number);
    order.status = OrderStatus::Shipped;
    order.lines[0].fulfilled = 1;
    order.shipments.push(Shipment {
        id: format!("s-{number}"),
        carrier: "Nordpost".into(),
        tracking_number: format!("NP{}00777", number.trim_start_matches("PC-")),
        tracking_url: format!("https://nordpost.example/{number}"),
        status: ShipmentStatus::InTransit,
        shipped_at: Some(NOW - Duration::days(2)),
        promised: Some(window(NOW + Duration::days(days))),
        estimated: None,
        delivered_at: None,
        lines: vec![LineQuantity { line_id: "l1".into(), quantity: 1 }],
        events: vec![TrackingEvent { at: NOW - Duration::days(1), text: "scanned".into(), place: "Hamburg".into() }],
        heard: None,
    });
    order
}

/// Delivered `days` ago.
pub(super) fn delivered(number: &str, days: i64) -> Order {
    let mut order = on_its_way(number, -days);
    order.status = OrderStatus::Delivered;
    order.placed_at = NOW - Duration::days(days + 4);
    let parcel = &mut order.shipments[0];
    parcel.status = ShipmentStatus::Delivered;
    parcel.delivered_at = Some(NOW - Duration::days(days));
    parcel.shipped_at = Some(NOW - Duration::days(days + 2));
    order
}

/// With a second, dearer line.
pub(super) fn with_tent(mut order: Order) -> Order {
    order.lines.push(line("l2", "TENT", "Fell tent", "green", 24_900));
    order.total = eur(27_380);
    order.payments[0].amount = eur(27_380);
    if let Some(parcel) = order.shipments.first_mut() {
        parcel.lines.push(LineQuantity { line_id: "l2".into(), quantity: 1 });
    }
    order
}

/// A rain jacket in M for 89.00, not sent yet.
pub(super) fn jacket(number: &str) -> Order {
    let mut order = order(number);
    order.lines = vec![line("l1", "JACKET-M", "Rain jacket", "M", 8_900)];
    order.total = eur(9_390);
    order.payments[0].amount = eur(9_390);
    order
}

pub(super) struct SmallShop {
    pub(super) orders: Vec<Order>,
    pub(super) down: bool,
}

#[async_trait]
impl OrderSource for SmallShop {
    async fn find(&self, query: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        if self.down {
            return Err(OrderFailure::Retry { after: None, reason: "the shop is down".into() });
        }
        let fits = |order: &&Order| match query {
            OrderQuery::Number(number) => order.number.eq_ignore_ascii_case(number.trim_start_matches('#')),
            OrderQuery::Email(email) => order.buyer.email.eq_ignore_ascii_case(email),
            OrderQuery::Phone(phone) => order.buyer.phone == *phone,
            OrderQuery::Tracking(number) => order.shipments.iter().any(|parcel| parcel.tracking_number == *number),
        };
        Ok(self.orders.iter().filter(fits).cloned().collect())
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        Ok(self.orders.iter().find(|order| order.id == id).cloned())
    }

    async fn products(&self, words: &str) -> Result<Vec<Product>, OrderFailure> {
        let product = |sku: &str, title: &str, variant: &str, minor, stock, description: &str| Product {
            sku: sku.into(),
            title: title.into(),
            variant: variant.into(),
            description: description.into(),
            price: eur(minor),
            in_stock: Some(stock),
            restock_at: None,
        };
        let all = [
            product("CUP", "Tin cup", "blue", 1_990, 12, "Holds 300 ml and weighs 90 g."),
            product("TENT", "Fell tent", "green", 24_900, 3, "Sleeps 2 and weighs 1.9 kg."),
            product("LAMP", "Camp lamp", "", 3_500, 0, "Burns 40 hours."),
            product("JACKET-M", "Rain jacket", "M", 8_900, 5, "Weighs 400 g."),
            product("JACKET-L", "Rain jacket", "L", 8_900, 4, "Weighs 400 g."),
        ];
        let words = words.to_lowercase();
        let named = |product: &Product| {
            let name = format!("{} {}", product.title, product.sku).to_lowercase();
            words.split_whitespace().any(|word| name.split_whitespace().any(|part| part == word))
        };
        Ok(all.into_iter().filter(|product| named(product)).collect())
    }

    async fn perform(&self, _: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        panic!("the agent never performs anything")
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        Ok(())
    }
}

/// A case to run.
pub(super) struct Case {
    pub(super) snapshot: Snapshot,
    pub(super) orders: Vec<Order>,
    pub(super) down: bool,
}

fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(number))
}

impl Case {
    /// Sam writes a mail; the shop has these orders.
    pub(super) fn mail(text: &str, orders: Vec<Order>) -> Self {
        let mut case = Self { snapshot: empty(), orders, down: false };
        case.add(text);
        case
    }

    /// The same in a chat.
    pub(super) fn chat(text: &str, orders: Vec<Order>) -> Self {
        let mut case = Self::mail(text, orders);
        case.snapshot.conversation.channel_kind = "whatsapp".into();
        case.snapshot.capabilities.subject = false;
        case.snapshot.capabilities.text = Some(LengthLimit { most: 4_096, unit: LengthUnit::Characters });
        case
    }

    pub(super) fn add(&mut self, text: &str) -> &mut Message {
        let number = u128::try_from(self.snapshot.messages.len()).unwrap() + 1;
        self.snapshot.messages.push(message(number, text));
        self.snapshot.messages.last_mut().unwrap()
    }

    /// We answered, then Sam wrote again.
    pub(super) fn answered_then(&mut self, ours: &str, theirs: &str) {
        let message = self.add(ours);
        message.direction = Direction::Outbound;
        message.author = MessageAuthor::Agent;
        message.contact_id = None;
        self.add(theirs);
    }

    /// We asked back, then Sam wrote again.
    pub(super) fn asked_then(&mut self, question: &Reply, theirs: &str) {
        let place = self.snapshot.messages.len();
        self.answered_then(&question.text, theirs);
        let (message, draft) = (self.snapshot.messages[place].id, &question.draft);
        let template = draft.asks_back.clone().expect("a question");
        self.snapshot.asked_back.insert(0, Question { message, template, choices: draft.choices.clone() });
    }

    pub(super) fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        let mut policy = Policy::clone(&self.snapshot.policy);
        change(&mut policy);
        self.snapshot.policy = Arc::new(policy);
        self
    }

    pub(super) fn run(&self) -> RunResult {
        let (shops, recorder) = self.shops().recorded();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let result = run(&self.snapshot, &shops, &BuiltIn).await;
            self.comes_to_the_same(&result, recorder.recording(), None).await;
            result
        })
    }

    /// The run once more, over what is kept of it and nothing else, comes to the same.
    pub(super) async fn comes_to_the_same(
        &self,
        result: &RunResult,
        shops: Recording,
        said: Option<(String, Vec<Exchange>)>,
    ) {
        let kept = Kept::of(&self.snapshot, shops, said, &result.outcome);
        let kept = Kept::unpacked(&kept.packed().unwrap()).unwrap();
        let Snapshot { policy, voice, templates, .. } = &self.snapshot;
        let seen = kept.snapshot(policy.clone(), voice.clone(), templates.clone());
        let again = Box::pin(kept.repeat(&seen, &Clock::fixed(self.snapshot.now))).await;
        assert_eq!(differences(&result.outcome, &again.outcome), Vec::<&str>::new());
        assert_eq!(differences(&kept.outcome, &again.outcome), Vec::<&str>::new());
        assert_eq!(again.seen, result.seen);
    }

    pub(super) fn run_with(&self, engine: &dyn Engine) -> RunResult {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(&self.snapshot, &self.shops(), engine))
    }

    /// What whoever waits is told of the run.
    pub(super) fn told(&self) -> Vec<Option<Stage>> {
        let told = Mutex::new(Vec::new());
        let watch = |stage| told.lock().unwrap().push(stage);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run_watched(&self.snapshot, &self.shops(), &BuiltIn, &watch));
        told.into_inner().unwrap()
    }

    pub(super) fn shops(&self) -> Shops {
        let source = Arc::new(SmallShop { orders: self.orders.clone(), down: self.down });
        let shop = Shop { id: id(9), name: "Shop".into(), asked: Asked::Always, source };
        Shops::new(vec![shop], Clock::fixed(self.snapshot.now))
    }

    /// The run where another shop of the brand sells the same goods.
    pub(super) fn run_beside_another_shop(&self) -> RunResult {
        let shop = |number: u128, orders: Vec<Order>| Shop {
            id: id(number),
            name: "Shop".into(),
            asked: Asked::Always,
            source: Arc::new(SmallShop { orders, down: false }),
        };
        let shops =
            Shops::new(vec![shop(8, Vec::new()), shop(9, self.orders.clone())], Clock::fixed(self.snapshot.now));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(&self.snapshot, &shops, &BuiltIn))
    }

    pub(super) fn reply(&self) -> Reply {
        Reply::of(self.run())
    }

    pub(super) fn hand_off(&self) -> String {
        match self.run().outcome {
            Outcome::HandOff { reason, .. } => reason,
            other => panic!("expected a hand-over, got {other:#?}"),
        }
    }
}

/// A reply, taken apart.
pub(super) struct Reply {
    pub(super) draft: DraftDocument,
    pub(super) text: String,
    pub(super) mode: Mode,
    pub(super) language: String,
}

impl Reply {
    pub(super) fn of(result: RunResult) -> Self {
        match result.outcome {
            Outcome::Reply { draft, mode, language, .. } => {
                assert_eq!(result.steps.len(), 5, "{:?}", result.steps);
                Self { text: draft.text(), draft: *draft, mode, language }
            }
            other => panic!("expected a reply, got {other:#?}"),
        }
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.draft.actions.iter().map(|action| action.action.kind().as_str()).collect()
    }

    pub(super) fn asks(&self) -> Vec<String> {
        match &self.mode {
            Mode::Send => Vec::new(),
            Mode::Approve(reasons) => reasons.clone(),
        }
    }

    pub(super) fn left_out(&self) -> Vec<(&str, &str)> {
        let left = self.draft.sentences.iter().filter_map(|s| Some((s.text.as_str(), s.left_out.as_deref()?)));
        left.collect()
    }

    /// Sources of the sentence that holds `part`.
    pub(super) fn sources(&self, part: &str) -> Vec<EvidenceSource> {
        let sentence = self.draft.sentences.iter().find(|sentence| sentence.text.contains(part));
        let sentence = sentence.unwrap_or_else(|| panic!("“{part}” is not in:\n{}", self.text));
        sentence.evidence.iter().map(|index| self.draft.evidence[*index].source).collect()
    }
}

fn message(number: u128, text: &str) -> Message {
    let minutes = i64::try_from(number).unwrap();
    Message {
        seq: minutes,
        id: id(1_000 + number),
        conversation_id: id(1),
        channel_id: id(2),
        contact_id: Some(id(3)),
        sender_name: "Sam Lee".into(),
        sender_address: SAM.into(),
        recipients: resolute::model::Json(vec!["help@shop.example".into()]),
        external_id: format!("m{number}"),
        trust: Trust::Proved,
        created_at: Ts::from_datetime(NOW - Duration::minutes(60 - minutes)),
        ..Snapshot::alone(text).messages.remove(0)
    }
}

fn empty() -> Snapshot {
    let now = Ts::from_datetime(NOW);
    let contact: ContactId = id(3);
    let alone = Snapshot::alone("");
    Snapshot {
        brand: Brand {
            id: id(4),
            slug: "pinecone".into(),
            name: "Pinecone".into(),
            hue: 120,
            agent_level: AgentLevel::Auto,
            created_at: now,
            ..alone.brand
        },
        policy_version: 14,
        voice_version: 5,
        conversation: Conversation {
            id: id(1),
            number: 4812,
            brand_id: id(4),
            channel_id: id(2),
            contact_id: contact,
            contact_name: "Sam Lee".into(),
            participants: resolute::model::Json(vec![SAM.into()]),
            last_message_at: now,
            last_inbound_at: Some(now),
            created_at: now,
            ..alone.conversation
        },
        contact: Contact { id: contact, brand_id: id(4), name: "Sam Lee".into(), created_at: now, ..alone.contact },
        identities: vec![ContactIdentity {
            kind: "email".into(),
            value: SAM.into(),
            contact_id: contact,
            proved: true,
            created_at: now,
        }],
        messages: Vec::new(),
        capabilities: Capabilities {
            html: true,
            subject: true,
            can_initiate: true,
            agent_may_send: true,
            links: true,
            ..Capabilities::NOTHING
        },
        now,
        signs: "Ida".into(),
        ..alone
    }
}
