//! A reply of the agent leaves only while the orders that it rests on are as they were when it was written. Each test
//! runs on both databases.

mod hundred;

use std::time::Duration;

use channel_contract::orders::{ActionCommand, ActionKind, Address, Order, OrderAction, OrderQuery, OrderSource as _};
use resolute::commerce::demo_shop::{DemoShop, people, seed};
use resolute::inbox::approve::{self, Changes, Decider};
use resolute::inbox::macros::Also;
use resolute::inbox::taken_back::TakenBack;
use resolute::inbox::{care, deliver, taken_back};
use resolute::model::action::ActionState;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::draft::{DraftDocument, ProposedAction};
use resolute::model::message::{Delivery, Message};
use resolute::model::order::{Currency, KnownOrder, Money};
use resolute::model::teammate::Teammate;
use resolute::model::{ConversationId, MessageId, OrderSourceId};
use resolute::store::{Reader, actions, brands, conversations, drafts, messages, order_sources, teammates};
use serde_json::{Value, json};

use crate::support::answers::text_alone;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::{put_before_a_person, saying_of_an_order};
use crate::support::forms::taken;
use crate::support::setup::demo_shop;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;

/// A desk with a mail server that takes what leaves, a shop, and a conversation about one of its orders.
struct Case {
    smtp: SmtpDouble,
    desk: TestDesk,
    shop: DemoShop,
    known: KnownOrder,
    mara: Teammate,
    talk: ConversationId,
}

impl Case {
    async fn start(engine: Engine) -> Self {
        let case = Box::pin(Self::without_shop(engine)).await;
        case.connect().await;
        case
    }

    /// The desk cannot reach the shop.
    async fn without_shop(engine: Engine) -> Self {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        // The same shop, as another brand knows it, says what the order is.
        let elsewhere = Brand { id: clock.new_id(), slug: "elsewhere".into(), ..brand(&desk).await };
        let known_there = demo_shop(elsewhere.id, clock.new_id());
        write(db, async |tx| {
            brands::insert(tx, &elsewhere).await?;
            order_sources::insert(tx, &known_there, Vec::new(), clock.now()).await?;
            seed::seed(tx, known_there.id, clock.now()).await
        })
        .await;
        let order = open_order(&DemoShop::new(db.clone(), clock.clone(), known_there.id)).await;
        let source_id: OrderSourceId = clock.new_id();
        let shop = DemoShop::new(db.clone(), clock.clone(), source_id);
        let known = KnownOrder { source_id, source_name: "Shop".into(), order, read_at: clock.now() };
        let raw = format!(
            "From: {}\r\nTo: help@fjord.example\r\nSubject: Hello\r\nMessage-ID: <1@post.example>\r\n\r\nWhere is it?\r\n",
            known.order.buyer.email
        );
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
        desk.drain().await;
        let talk = desk.newest().await.id;
        let mara = teammates::find(db, desk.setup.teammate).await.unwrap().unwrap();
        Self { smtp, desk, shop, known, mara, talk }
    }

    async fn connect(&self) {
        let row = demo_shop(self.desk.setup.brand, self.known.source_id);
        let now = self.known.read_at;
        write(&self.desk.desk.db, async |tx| {
            order_sources::insert(tx, &row, Vec::new(), now).await?;
            seed::seed(tx, row.id, now).await
        })
        .await;
    }

    /// A draft about the order, as the agent would write it.
    fn document(&self) -> DraftDocument {
        DraftDocument {
            proposal: String::new(),
            orders: vec![self.known.clone()],
            ..saying_of_an_order("Your order is being packed.", self.known.read_at)
        }
    }

    /// Mara accepts such a draft.
    async fn accept(&self, document: DraftDocument) -> MessageId {
        let approval = put_before_a_person(&self.desk, &self.talk().await, document).await;
        let decider = Decider { teammate: &self.mara, took: None, program: false };
        approve::accept(&self.desk.desk.inbox(), approval, decider, Changes::default()).await.unwrap()
    }

    /// A draft that gives so much of an order back, each amount by itself.
    fn refunding(&self, known: &KnownOrder, amounts: &[i64]) -> DraftDocument {
        let one = |minor: &i64| ProposedAction {
            source_id: known.source_id,
            order_id: known.order.id.clone(),
            order_number: known.order.number.clone(),
            action: refund(*minor),
            worth: None,
            label: "Refund".into(),
            problem: None,
        };
        DraftDocument { orders: vec![known.clone()], actions: amounts.iter().map(one).collect(), ..self.document() }
    }

    /// Somebody does something with the order in the shop.
    async fn by_hand(&self, key: &str, action: OrderAction) {
        let command = ActionCommand { idempotency_key: key.into(), order_id: self.known.order.id.clone(), action };
        self.shop.perform(&command).await.unwrap();
        self.desk.desk.clock.advance(Duration::from_mins(1));
    }

    /// Somebody changes the order in the shop.
    async fn change_address(&self, line1: &str) {
        let address = Address { line1: line1.into(), ..self.known.order.shipping_address.clone() };
        self.by_hand(&format!("by hand: {line1}"), OrderAction::ChangeAddress { address }).await;
    }

    /// How many refunds the shop shows beside those that were there first.
    async fn refunds(&self) -> usize {
        let order = self.shop.get(&self.known.order.id).await.unwrap().unwrap();
        order.refunds.len() - self.known.order.refunds.len()
    }

    /// How the actions of a reply stand.
    async fn states(&self, id: MessageId) -> Vec<ActionState> {
        let own = actions::list_of_message(&mut Reader::Db(&self.desk.desk.db), id).await.unwrap();
        own.into_iter().map(|action| action.state).collect()
    }

    async fn pass(&self) {
        self.desk.drain().await;
        self.desk.desk.clock.advance(Duration::from_secs(30));
    }

    /// Until all is done that will be.
    async fn rest(&self) {
        for _ in 0..6 {
            self.pass().await;
        }
    }

    async fn talk(&self) -> Conversation {
        conversations::find(&self.desk.desk.db, self.talk).await.unwrap().unwrap()
    }

    async fn message(&self, id: MessageId) -> Message {
        messages::find(&self.desk.desk.db, id).await.unwrap().unwrap()
    }

    async fn send_again(&self, id: MessageId) {
        deliver::send_again(&self.desk.desk.inbox(), id, &self.mara).await.unwrap();
        self.desk.drain().await;
    }

    async fn page(&self) -> String {
        let number = self.talk().await.number;
        let page = self.desk.browser().await.get(&format!("/conversations/{number}?view=all")).await.unwrap();
        assert_eq!(page.status, 200);
        page.text()
    }
}

async fn brand(desk: &TestDesk) -> Brand {
    brands::get(&desk.desk.db, desk.setup.brand).await.unwrap()
}

/// An order that nothing was sent of, with everything possible that the tests do.
async fn open_order(shop: &DemoShop) -> Order {
    order_that(shop, |order| order.refusal(ActionKind::ChangeAddress).is_none() && is_refundable(order)).await
}

fn is_refundable(order: &Order) -> bool {
    order.refusal(ActionKind::Refund).is_none() && order.refundable().minor > 1_000
}

/// The first order of the shop that fits.
async fn order_that(shop: &DemoShop, fits: impl Fn(&Order) -> bool) -> Order {
    for person in &people::PEOPLE {
        let orders = shop.find(&OrderQuery::Email(person.email.into())).await.unwrap();
        if let Some(order) = orders.into_iter().find(|order| fits(order)) {
            return order;
        }
    }
    panic!("the shop has such an order");
}

fn refund(minor: i64) -> OrderAction {
    OrderAction::Refund {
        amount: Money::new(minor, Currency::EUR),
        lines: Vec::new(),
        reason: "late".into(),
        gives_back: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_changed_holds_the_reply_and_shows_the_difference_once() {
    for engine in Engine::all() {
        let case = Box::pin(Case::start(engine)).await;
        let id = case.accept(case.document()).await;
        case.change_address("Am Speicher 2").await;
        case.desk.drain().await;
        let held = case.message(id).await;
        assert_eq!(held.delivery, Some(Delivery::Held), "{}", held.delivery_reason);
        assert!(held.delivery_reason.contains("The delivery address is Am Speicher 2"), "{}", held.delivery_reason);
        assert!(case.smtp.taken().is_empty());
        let talk = case.talk().await;
        assert_eq!((talk.status, talk.unread), (ConversationStatus::Open, true));
        let page = case.page().await;
        for words in ["Held for you.", "Am Speicher 2", "Send it again", "Take it back", "Let the agent write again"] {
            assert!(page.contains(words), "{words}\n{page}");
        }
        // The same difference does not hold it again, another one does.
        case.change_address("Eichenweg 9").await;
        case.send_again(id).await;
        let again = case.message(id).await;
        assert_eq!(again.delivery, Some(Delivery::Held));
        assert!(again.delivery_reason.contains("is Eichenweg 9"), "{}", again.delivery_reason);
        case.send_again(id).await;
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));
        assert_eq!((case.smtp.begun(), case.smtp.taken().len()), (1, 1));
        assert_eq!(case.talk().await.status, ConversationStatus::Waiting);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_order_and_a_reply_of_a_person_leave_at_once() {
    for engine in Engine::all() {
        let case = Box::pin(Case::start(engine)).await;
        let id = case.accept(case.document()).await;
        case.desk.drain().await;
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));
        // What rests on no order, and what a person wrote, does not wait for any shop.
        case.change_address("Am Speicher 2").await;
        let id = case.accept(DraftDocument { orders: Vec::new(), ..case.document() }).await;
        case.desk.drain().await;
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));
        let inbox = case.desk.desk.inbox();
        let said = (inbox.clock.new_id(), "Hello");
        let id = care::answer_with(&inbox, case.talk, &case.mara, said, text_alone(&Also::default())).await.unwrap();
        case.desk.drain().await;
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));
        assert_eq!(case.smtp.taken().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_refund_does_not_hold_the_reply_that_speaks_of_it() {
    for engine in Engine::all() {
        for changed_beside in [false, true] {
            let case = Box::pin(Case::start(engine)).await;
            let id = case.accept(case.refunding(&case.known, &[500])).await;
            for _ in 0..6 {
                if case.states(id).await != [ActionState::Performed] {
                    case.pass().await;
                }
            }
            assert_eq!(case.message(id).await.delivery, Some(Delivery::Queued), "it leaves behind its refund");
            if changed_beside {
                case.change_address("Am Speicher 2").await;
            }
            case.rest().await;
            assert_eq!(case.refunds().await, 1);
            let message = case.message(id).await;
            if !changed_beside {
                assert_eq!(message.delivery, Some(Delivery::Sent), "{}", message.delivery_reason);
                assert_eq!(case.smtp.taken().len(), 1);
                continue;
            }
            assert_eq!(message.delivery, Some(Delivery::Held));
            assert!(message.delivery_reason.contains("Am Speicher 2"), "{}", message.delivery_reason);
            assert!(!message.delivery_reason.contains("refunded"), "{}", message.delivery_reason);
            // The refund stays done; the text can still be taken back.
            taken_back::cancel(&case.desk.desk.inbox(), id, &case.mara).await.unwrap();
            assert_eq!(case.message(id).await.delivery, Some(Delivery::Cancelled));
            assert!(case.smtp.taken().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_of_a_shop_whose_order_changed_until_a_person_has_seen_it() {
    for engine in Engine::all() {
        for approved_before in [false, true] {
            let case = Box::pin(Case::start(engine)).await;
            let draft = case.refunding(&case.known, &[200, 100]);
            // The shop's people give back themselves what the draft is about.
            let id = if approved_before {
                let id = case.accept(draft).await;
                case.by_hand("by hand", refund(200)).await;
                id
            } else {
                case.by_hand("by hand", refund(200)).await;
                case.accept(draft).await
            };
            case.rest().await;
            assert_eq!(case.refunds().await, 1, "theirs alone");
            assert_eq!(case.states(id).await, [ActionState::Failed; 2], "all of it waits for the same person");
            let held = case.message(id).await;
            assert_eq!(held.delivery, Some(Delivery::Held));
            for words in ["The shop was not asked", "2.00 EUR was refunded", "Send it again if it is right"] {
                assert!(held.delivery_reason.contains(words), "{words}: {}", held.delivery_reason);
            }
            let talk = case.talk().await;
            assert_eq!((talk.status, talk.unread), (ConversationStatus::Open, true));
            let page = case.page().await;
            for words in ["Held for you.", "Not done", "Send it again", "Take it back", "Let the agent write again"] {
                assert!(page.contains(words), "{words}\n{page}");
            }
            // Who has seen it lets it happen all the same.
            case.send_again(id).await;
            case.rest().await;
            assert_eq!(case.refunds().await, 3);
            assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));
            assert_eq!(case.smtp.taken().len(), 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_whose_order_changed_can_be_taken_back_and_approved_anew() {
    for engine in Engine::all() {
        let case = Box::pin(Case::start(engine)).await;
        case.change_address("Am Speicher 2").await;
        let id = case.accept(case.refunding(&case.known, &[500])).await;
        case.rest().await;
        assert_eq!((case.refunds().await, case.message(id).await.delivery), (0, Some(Delivery::Held)));
        let taken = taken_back::cancel(&case.desk.desk.inbox(), id, &case.mara).await.unwrap();
        let TakenBack::Draft { approval, .. } = taken else { panic!("{taken:?}") };
        let decider = Decider { teammate: &case.mara, took: None, program: false };
        let id = approve::accept(&case.desk.desk.inbox(), approval, decider, Changes::default()).await.unwrap();
        case.rest().await;
        assert_eq!((case.refunds().await, case.message(id).await.delivery), (1, Some(Delivery::Sent)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_scan_nor_what_the_draft_did_itself_keeps_an_action_from_the_shop() {
    for engine in Engine::all() {
        let case = Box::pin(Case::start(engine)).await;
        let id = case.accept(case.refunding(&case.known, &[200, 100])).await;
        case.rest().await;
        assert_eq!(case.states(id).await, [ActionState::Performed; 2]);
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));

        let is_scanned = |order: &Order| order.shipments.first().is_some_and(|parcel| !parcel.events.is_empty());
        let fits = |order: &Order| is_scanned(order) && is_refundable(order) && order.shipments.len() == 1;
        let order = order_that(&case.shop, fits).await;
        let mut known = KnownOrder { order, ..case.known.clone() };
        known.order.shipments[0].events.pop();
        let id = case.accept(case.refunding(&known, &[200])).await;
        case.rest().await;
        assert_eq!(case.states(id).await, [ActionState::Performed]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_does_not_answer_is_asked_again_and_then_a_person_decides() {
    for engine in Engine::all() {
        let case = Box::pin(Case::without_shop(engine)).await;
        let id = case.accept(case.document()).await;
        let mut rounds = 0;
        while case.message(id).await.delivery == Some(Delivery::Queued) {
            case.desk.drain().await;
            case.desk.desk.clock.advance(Duration::from_mins(15));
            rounds += 1;
            assert!(rounds < 9, "it is held at some time");
        }
        assert_eq!(rounds, 4);
        let held = case.message(id).await;
        assert_eq!(held.delivery, Some(Delivery::Held));
        assert!(held.delivery_reason.contains("no longer connected"), "{}", held.delivery_reason);
        assert!(case.page().await.contains("Send it again to let it leave unread"));
        case.send_again(id).await;
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));
        assert_eq!((case.smtp.begun(), case.smtp.taken().len()), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_comes_back_lets_the_reply_leave() {
    for engine in Engine::all() {
        let case = Box::pin(Case::without_shop(engine)).await;
        let id = case.accept(case.document()).await;
        case.desk.drain().await;
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Queued));
        case.connect().await;
        case.desk.desk.clock.advance(Duration::from_secs(30));
        case.desk.drain().await;
        assert_eq!(case.message(id).await.delivery, Some(Delivery::Sent));
    }
}

/// The number of the parcels' story: an order on its way, of a customer who asks for it.
async fn travelling(shop: &DemoShop) -> Order {
    for person in &people::PEOPLE {
        for order in shop.find(&OrderQuery::Email(person.email.into())).await.unwrap() {
            let on_its_way = |order: &Order| order.shipments.iter().any(|parcel| parcel.delivered_at.is_none());
            if order.shipments.len() == 1 && on_its_way(&order) && person.language == "en" {
                return order;
            }
        }
    }
    panic!("a parcel is on its way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_the_agent_is_held_when_the_parcel_moved_on_and_the_agent_writes_anew() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { agent_level: AgentLevel::Approve, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        let row = demo_shop(desk.setup.brand, clock.new_id());
        write(db, async |tx| {
            order_sources::insert(tx, &row, Vec::new(), clock.now()).await?;
            seed::seed(tx, row.id, clock.now()).await
        })
        .await;
        let order = travelling(&DemoShop::new(db.clone(), clock.clone(), row.id)).await;
        let raw = format!(
            "From: {}\r\nTo: help@fjord.example\r\nSubject: Where is my order?\r\nMessage-ID: <1@post.example>\r\n\r\n\
             Hello, where is my order {}? When will it arrive?\r\n",
            order.buyer.email, order.number
        );
        assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
        desk.drain().await;
        let talk = desk.newest().await.id;
        let draft = drafts::current(db, talk).await.unwrap().expect("a draft");
        assert_eq!(draft.document.0.orders.len(), 1, "the draft keeps the order it was written from");
        let pending = desk.api_get("/api/v1/approvals").await;
        let approval = pending["items"][0]["id"].as_str().unwrap().to_owned();
        let accepted = desk.api().post_json(&format!("/api/v1/approvals/{approval}/acceptance"), &json!({})).await;
        let accepted: Value = accepted.unwrap().json();
        let id: MessageId = accepted["message"].as_str().unwrap().parse().unwrap();
        clock.advance(Duration::from_hours(24 * 6));
        desk.drain().await;
        let held = messages::find(db, id).await.unwrap().unwrap();
        assert_eq!(held.delivery, Some(Delivery::Held), "{}", held.delivery_reason);
        assert!(held.delivery_reason.contains(&order.number), "{}", held.delivery_reason);

        let mut browser = desk.browser().await;
        taken(&mut browser, &format!("/messages/{id}/agent-runs"), &[]).await;
        desk.drain().await;
        assert_eq!(messages::find(db, id).await.unwrap().unwrap().delivery, Some(Delivery::Cancelled));
        let anew = drafts::current(db, talk).await.unwrap().expect("a new draft");
        assert_ne!(anew.id, draft.id);
        assert_ne!(anew.document.0.orders, draft.document.0.orders, "it is written from the order as it is now");
        assert!(smtp.taken().is_empty());
    }
}
