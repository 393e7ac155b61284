//! A shop that loses requests and answers never makes an effect happen twice, and nothing is claimed that did not happen.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use channel_contract::orders::{LineQuantity, OrderAction, OrderSource, OrderStatus, Product, Return, ReturnStatus};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::clock::Clock;
use crate::commerce::shops::{Asked, Shop};
use crate::commerce::test_order::{euros, order, refund, unsent};
use crate::model::action::ActionState;
use crate::model::{ActionId, ConversationId, Ts};

/// What goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// It never reached the shop, and nobody knows.
    RequestLost,
    /// The shop did it, and nobody knows.
    AnswerLost,
    /// The shop did the first half of it, and nobody knows.
    HalfDone,
    /// The shop is busy, nothing was done.
    Busy,
    /// The next reads fail.
    ReadsFail,
    /// The effect shows only after some reads.
    ShowsLate,
}

#[derive(Default)]
struct Inside {
    order: Option<Order>,
    shown: Option<Order>,
    performed: HashMap<String, String>,
    faults: VecDeque<Fault>,
    failing_reads: u32,
    hidden_reads: u32,
    calls: Vec<String>,
    forgets_keys: bool,
    /// A cancellation came to its end.
    is_stopped: bool,
}

#[derive(Clone, Default)]
struct FaultyShop(Arc<Mutex<Inside>>);

impl FaultyShop {
    fn with(faults: impl IntoIterator<Item = Fault>) -> Self {
        let inside = Inside { order: Some(order()), faults: faults.into_iter().collect(), ..Inside::default() };
        Self(Arc::new(Mutex::new(inside)))
    }

    fn order(&self) -> Order {
        self.0.lock().unwrap().order.clone().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Inside)) {
        change(&mut self.0.lock().unwrap());
    }
}

impl Inside {
    /// The money goes back first, and an order whose money is back counts as cancelled.
    fn begin_to_cancel(&mut self) {
        let order = self.order.as_mut().unwrap();
        order.status = OrderStatus::Cancelled;
        if order.refunds.is_empty() {
            order.refunds.push(refund("made-0", order.total.minor));
        }
    }

    fn apply(&mut self, command: &ActionCommand) -> Result<String, OrderFailure> {
        if let Some(reference) = self.performed.get(&command.idempotency_key).filter(|_| !self.forgets_keys) {
            return Ok(reference.clone());
        }
        if command.action.kind() == ActionKind::Cancel {
            self.begin_to_cancel();
            self.is_stopped = true;
        }
        let order = self.order.as_mut().unwrap();
        let reference = format!("made-{}", self.performed.len() + order.refunds.len() + order.returns.len());
        match &command.action {
            OrderAction::Refund { amount, .. } if amount.minor > order.refundable().minor => {
                return Err(OrderFailure::Refused { reason: "That is too much.".to_owned() });
            }
            OrderAction::Refund { amount, .. } => order.refunds.push(refund(&reference, amount.minor)),
            OrderAction::Return { lines, .. } => order.returns.push(Return {
                id: reference.clone(),
                status: ReturnStatus::Open,
                lines: lines.clone(),
                reason: String::new(),
                label_url: String::new(),
                exchange: Vec::new(),
                opened_at: order.placed_at,
            }),
            OrderAction::Cancel { .. } => {}
            _ => return Err(OrderFailure::Refused { reason: "Not here.".to_owned() }),
        }
        self.performed.insert(command.idempotency_key.clone(), reference.clone());
        Ok(reference)
    }
}

#[async_trait]
impl OrderSource for FaultyShop {
    async fn find(&self, _: &OrderQuery) -> Result<Vec<Order>, OrderFailure> {
        Ok(Vec::new())
    }

    async fn get(&self, id: &str) -> Result<Option<Order>, OrderFailure> {
        let mut inside = self.0.lock().unwrap();
        if inside.failing_reads > 0 {
            inside.failing_reads -= 1;
            return Err(OrderFailure::Retry { after: None, reason: "The shop is down.".to_owned() });
        }
        if inside.hidden_reads > 0 {
            inside.hidden_reads -= 1;
            return Ok(inside.shown.clone());
        }
        Ok(inside.order.clone().filter(|order| order.id == id))
    }

    async fn products(&self, _: &str) -> Result<Vec<Product>, OrderFailure> {
        Ok(Vec::new())
    }

    async fn perform(&self, command: &ActionCommand) -> Result<ActionReceipt, OrderFailure> {
        let mut inside = self.0.lock().unwrap();
        inside.calls.push(command.idempotency_key.clone());
        let lost = || OrderFailure::Unknown { reason: "No answer came.".to_owned() };
        let fault = inside.faults.pop_front().unwrap_or(Fault::None);
        if fault == Fault::Busy {
            return Err(OrderFailure::Retry { after: None, reason: "The shop is busy.".to_owned() });
        }
        if fault == Fault::RequestLost {
            return Err(lost());
        }
        if fault == Fault::HalfDone {
            inside.begin_to_cancel();
            return Err(lost());
        }
        inside.shown = inside.order.clone();
        let reference = inside.apply(command)?;
        match fault {
            Fault::AnswerLost => return Err(lost()),
            Fault::ReadsFail => inside.failing_reads = 4,
            Fault::ShowsLate => inside.hidden_reads = 7,
            _ => {}
        }
        Ok(ActionReceipt { reference, complete: fault != Fault::ShowsLate })
    }

    async fn check(&self) -> Result<(), OrderFailure> {
        Ok(())
    }
}

fn id<T: From<Uuid>>() -> T {
    T::from(Uuid::from_u128(7))
}

fn shops(shop: &FaultyShop) -> Shops {
    let shop = Shop { id: id(), name: "Shop".to_owned(), asked: Asked::Always, source: Arc::new(shop.clone()) };
    Shops::new(vec![shop], Clock::fixed(Ts(1_763_912_096_000_000)))
}

fn refund_of(minor: i64) -> OrderAction {
    OrderAction::Refund { amount: euros(minor), lines: Vec::new(), reason: "Broken.".to_owned(), gives_back: None }
}

fn action(document: OrderAction) -> Action {
    Action {
        id: id::<ActionId>(),
        conversation_id: id::<ConversationId>(),
        draft_id: None,
        message_id: None,
        order_source_id: id(),
        order_id: "o1".to_owned(),
        order_number: "FJ-20417".to_owned(),
        document: document.into(),
        state: ActionState::Approved,
        idempotency_key: "key-1".to_owned(),
        reference: String::new(),
        error: String::new(),
        created_at: Ts(0),
        performed_at: None,
    }
}

/// One attempt, as the job makes it: the first keeps the order as it was before.
async fn attempt(action: &Action, known: &mut Option<Order>, shops: &Shops) -> Performance {
    let attempt = Attempt::of(action, shops, &[Duration::ZERO; 3]);
    if action.state != ActionState::Approved {
        return attempt.again(known.as_ref()).await.unwrap_or_else(failed_read);
    }
    match read_before(action, shops).await {
        Ok(before) => attempt.first(known.insert(before.order)).await,
        Err(performance) => performance,
    }
}

/// One attempt after the other, until somebody knows.
async fn until_known(shop: &FaultyShop, mut action: Action, known: Option<&Order>) -> Performance {
    let mut last = Performance::Unknown { after: None, reason: String::new() };
    let mut known = known.cloned();
    for _ in 0..8 {
        last = attempt(&action, &mut known, &shops(shop)).await;
        action.state = ActionState::Performing;
        if matches!(last, Performance::Performed { .. } | Performance::Refused { .. }) {
            break;
        }
    }
    last
}

#[tokio::test]
async fn an_effect_that_shows_is_performed() {
    let shop = FaultyShop::with([]);
    let Performance::Performed { reference, order } = until_known(&shop, action(refund_of(4_200)), None).await else {
        panic!("not performed");
    };
    assert_eq!((reference.as_str(), order.order.refunded()), ("made-0", euros(4_200)));
}

#[tokio::test]
async fn what_the_order_forbids_is_not_sent() {
    let shop = FaultyShop::with([]);
    shop.change(|inside| inside.order.as_mut().unwrap().actions[1].refused_because = Some("Too late.".to_owned()));
    let outcome = until_known(&shop, action(refund_of(4_200)), None).await;
    assert!(matches!(outcome, Performance::Refused { reason } if reason == "Too late."));
    let shop = FaultyShop::with([]);
    for (action, sentence) in [
        (refund_of(33_101), "331.01 EUR is more than the 331.00 EUR that can still be refunded."),
        (refund_of(0), "A refund must be more than nothing."),
        (
            OrderAction::Return {
                lines: vec![LineQuantity { line_id: "l2".to_owned(), quantity: 2 }],
                reason: String::new(),
                settled_by: None,
            },
            "Only 1 of Gaiters were ordered.",
        ),
        (
            OrderAction::Cancel { reason: String::new() },
            "The order or a part of it was sent already. Goods that were sent come back with a return; a parcel goes \
             elsewhere only by its carrier.",
        ),
    ] {
        assert_eq!(precondition(&order(), &action).as_deref(), Some(sentence));
        let outcome = until_known(&shop, self::action(action), None).await;
        assert!(matches!(outcome, Performance::Refused { .. }));
    }
    assert!(shop.0.lock().unwrap().calls.is_empty());
}

#[tokio::test]
async fn a_lost_answer_is_found_by_looking_and_not_asked_again() {
    let shop = FaultyShop::with([Fault::AnswerLost]);
    let outcome = until_known(&shop, action(refund_of(4_200)), None).await;
    assert!(matches!(outcome, Performance::Performed { .. }));
    assert_eq!((shop.order().refunds.len(), shop.0.lock().unwrap().calls.len()), (1, 1));
}

#[tokio::test]
async fn a_crash_after_the_shop_did_it_is_found_by_looking() {
    // The process died between the shop's work and its answer; even a shop that forgets keys is asked once.
    let shop = FaultyShop::with([]);
    shop.change(|inside| {
        inside.forgets_keys = true;
        inside.order.as_mut().unwrap().refunds.push(refund("r9", 4_200));
    });
    let cut_off = Action { state: ActionState::Performing, ..action(refund_of(4_200)) };
    let outcome = until_known(&shop, cut_off, Some(&order())).await;
    assert!(matches!(outcome, Performance::Performed { .. }));
    assert!(shop.0.lock().unwrap().calls.is_empty());
}

/// Two steps of a shop, between which an order looks as it does behind both.
#[tokio::test]
async fn half_a_cancellation_is_not_taken_for_all_of_it() {
    let cancel = || OrderAction::Cancel { reason: "Too late.".to_owned() };
    let with = |faults: &[Fault]| {
        let shop = FaultyShop::with(faults.iter().copied());
        shop.change(|inside| inside.order = Some(unsent()));
        shop
    };
    let cut_off = with(&[]);
    cut_off.change(Inside::begin_to_cancel);
    for (shop, state, calls) in [
        (with(&[Fault::HalfDone, Fault::RequestLost]), ActionState::Approved, 3),
        (cut_off, ActionState::Performing, 1),
        (with(&[Fault::AnswerLost]), ActionState::Approved, 2),
    ] {
        let outcome = until_known(&shop, Action { state, ..action(cancel()) }, Some(&unsent())).await;
        assert!(matches!(outcome, Performance::Performed { .. }), "{outcome:?}");
        let inside = shop.0.lock().unwrap();
        assert!(inside.is_stopped, "the shop was asked until it said that nothing is left to do");
        assert_eq!((inside.calls.len(), inside.order.as_ref().unwrap().refunds.len()), (calls, 1));
    }
}

#[tokio::test]
async fn a_crash_without_a_reading_is_settled_by_the_key() {
    let shop = FaultyShop::with([Fault::None]);
    let command =
        ActionCommand { idempotency_key: "key-1".to_owned(), order_id: "o1".to_owned(), action: refund_of(33_100) };
    shop.perform(&command).await.unwrap();
    shop.change(|inside| inside.order.as_mut().unwrap().actions[1].refused_because = Some("All back.".to_owned()));
    let cut_off = Action { state: ActionState::Performing, ..action(refund_of(33_100)) };
    // Neither no reading nor a reading that holds the effect already hides it.
    for known in [None, Some(shop.order())] {
        let outcome = until_known(&shop, cut_off.clone(), known.as_ref()).await;
        assert!(matches!(outcome, Performance::Performed { reference, .. } if reference == "made-0"));
    }
    assert_eq!(shop.order().refunds.len(), 1);
}

#[tokio::test]
async fn an_older_refund_of_the_same_amount_is_not_taken_for_this_one() {
    let shop = FaultyShop::with([Fault::RequestLost; 20]);
    shop.change(|inside| inside.order.as_mut().unwrap().refunds.push(refund("r0", 4_200)));
    let before = shop.order();
    let outcome = until_known(&shop, action(refund_of(4_200)), Some(&before)).await;
    assert!(matches!(outcome, Performance::Unknown { .. }));
}

#[tokio::test]
async fn an_effect_that_shows_late_is_waited_for() {
    let shop = FaultyShop::with([Fault::ShowsLate]);
    let first = attempt(&action(refund_of(4_200)), &mut None, &shops(&shop)).await;
    assert!(matches!(first, Performance::Unknown { after: Some(LOOK_AGAIN), .. }), "it may show any time: {first:?}");
    let cut_off = Action { state: ActionState::Performing, ..action(refund_of(4_200)) };
    let outcome = until_known(&shop, cut_off, Some(&order())).await;
    assert!(matches!(outcome, Performance::Performed { .. }));
    assert_eq!(shop.order().refunds.len(), 1);
}

#[tokio::test]
async fn a_shop_that_is_gone_or_down_is_tried_again() {
    let nowhere = Shops::new(Vec::new(), Clock::fixed(Ts(0)));
    let outcome = attempt(&action(refund_of(1)), &mut None, &nowhere).await;
    assert!(matches!(outcome, Performance::Retry { after: Some(RENEWED), .. }));
    let shop = FaultyShop::with([]);
    shop.change(|inside| inside.failing_reads = 1);
    let outcome = attempt(&action(refund_of(1)), &mut None, &shops(&shop)).await;
    assert!(matches!(outcome, Performance::Retry { .. }));
    assert!(shop.0.lock().unwrap().calls.is_empty());
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::None),
        Just(Fault::RequestLost),
        Just(Fault::AnswerLost),
        Just(Fault::Busy),
        Just(Fault::ReadsFail),
        Just(Fault::ShowsLate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_run_of_faults_doubles_an_effect_or_claims_one(
        faults in proptest::collection::vec(any_fault(), 0..7),
        minor in 1_i64..40_000,
        knows in any::<bool>(),
    ) {
        let shop = FaultyShop::with(faults);
        let known = knows.then(order);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let outcome = runtime.block_on(until_known(&shop, action(refund_of(minor)), known.as_ref()));
        let refunds = shop.order().refunds;
        prop_assert!(refunds.len() <= 1);
        match outcome {
            Performance::Performed { .. } => prop_assert_eq!(refunds[0].amount, euros(minor)),
            Performance::Refused { .. } => prop_assert!(refunds.is_empty()),
            Performance::Retry { .. } | Performance::Unknown { .. } => {}
        }
        prop_assert!(shop.0.lock().unwrap().calls.iter().all(|key| key == "key-1"));
    }
}
