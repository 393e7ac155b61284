//! On whose word money and goods leave: the role that the policy asks for, and its caps, added up again inside the
//! transaction that decides. What counts against whose cap stands with the action: who approved it, or nobody.

use std::sync::Arc;
use std::time::Duration;

use super::macros::Also;
use super::{Inbox, InboxError};
use crate::documents::DocumentsError;
use crate::model::action::{ActionState, worth_of};
use crate::model::conversation::Conversation;
use crate::model::draft::{Draft, ProposedAction};
use crate::model::order::{ActionKind, Currency, Discount, KnownOrder, Money, Order, OrderAction};
use crate::model::teammate::{Role, Teammate};
use crate::model::{BrandId, Ts};
use crate::policy::{
    self, Case, Facts, Giver, Identity, Policy, decide, gives_money_back, is_capped, over_cap_of_the_agent, over_caps,
};
use crate::store::actions::{Beside, Given};
use crate::store::{self, Reader, Tx, actions, brands, orders};
use crate::voice::format;

/// The time over which a customer's money is added up.
pub const CUSTOMER: Duration = Duration::from_hours(24 * 30);
/// The time over which everybody's is.
pub const DAY: Duration = Duration::from_hours(24);

/// The policy in force; nothing when there is none that holds.
pub(super) async fn policy_of(inbox: &Inbox, brand: BrandId) -> store::Result<Option<Arc<Policy>>> {
    match inbox.documents.of_brand(&inbox.db, brand, inbox.clock.now()).await {
        Ok(documents) => Ok(Some(documents.policy.clone())),
        Err(DocumentsError::Store(error)) => Err(error),
        Err(DocumentsError::Unset | DocumentsError::Broken(_) | DocumentsError::Gone(_)) => Ok(None),
    }
}

/// What an action gives away, and its order as last read.
pub(super) async fn weigh(
    tx: &mut Tx,
    proposed: &ProposedAction,
) -> Result<(Option<Money>, Option<Order>), InboxError> {
    let order = orders::find_in(tx, proposed.source_id, &proposed.order_id).await?;
    let worth = match (&proposed.action, &order) {
        (action, Some(order)) => worth_of(action, order),
        (
            OrderAction::Refund { amount, .. } | OrderAction::DiscountCode { discount: Discount::Amount(amount), .. },
            None,
        ) => Some(*amount),
        (action, None) if gives(action.kind()) => {
            let words = format!(
                "Order {} was not read from the shop yet, so nobody knows what it is worth. Nothing was done; open the \
                 conversation, wait for the order and try again.",
                proposed.order_number
            );
            return Err(InboxError::Conflict(words));
        }
        (_, None) => None,
    };
    Ok((worth, order))
}

/// What stands against actions that give something away.
#[derive(Debug)]
pub(super) struct Over {
    /// Each in words.
    pub(super) reasons: Vec<String>,
    /// Who may let it happen all the same.
    pub(super) needs: Role,
}

impl Over {
    fn nothing() -> Self {
        Self { reasons: Vec::new(), needs: Role::Teammate }
    }

    fn note(&mut self, words: String, needs: Role) {
        self.reasons.push(words);
        self.needs = self.needs.max(needs);
    }
}

/// The caps that these actions would break on the word of a teammate, or of the agent alone. Until the transaction ends,
/// nobody else decides about money of the brand, so that two who each stay under a cap cannot break it together.
pub(super) async fn over(
    tx: &mut Tx,
    now: Ts,
    conversation: &Conversation,
    policy: &Policy,
    (proposed, word): (&[ProposedAction], Option<&Teammate>),
) -> Result<Over, InboxError> {
    let mut over = Over::nothing();
    if !gives_away(proposed) {
        return Ok(over);
    }
    brands::hold_money(tx, conversation.brand_id).await?;
    let (brand, currency, day) = (conversation.brand_id, policy.currency, now.minus(DAY));
    let contact = conversation.contact_id;
    let by = word.map(|teammate| teammate.id);
    let mut given = policy::Given {
        order: 0,
        customer: actions::spent_on_contact_in(tx, contact, now.minus(CUSTOMER), currency).await?,
        today: actions::spent_by_brand_in(tx, brand, day, currency).await?,
        on_this_word: actions::spent_on_word(&mut Reader::Tx(tx), brand, by, day, currency).await?,
        giver: if by.is_some() { Giver::Teammate } else { Giver::AgentAlone },
    };
    for (place, one) in proposed.iter().enumerate() {
        let (Some(worth), order) = weigh(tx, one).await? else { continue };
        if actions::any_in_doubt(tx, one.source_id, &one.order_id).await? {
            let words = "what was asked for this order before may have happened: look in the shop first";
            over.note(words.to_owned(), Role::Manager);
        }
        if is_capped(one.action.kind()) {
            let shown = order.as_ref().map(Order::refunded).filter(|shown| shown.currency == currency);
            let unseen = unseen(tx, one, order.as_ref(), currency).await?;
            let decided = actions::spent_on_order(tx, one.source_id, &one.order_id, currency).await?;
            let here: i64 = proposed.iter().take(place).filter(|other| is_about(other, one)).filter_map(own).sum();
            let before = [shown.map_or(0, |shown| shown.minor), unseen, decided, here];
            given.order = before.into_iter().fold(0, i64::saturating_add);
            for broken in over_caps(policy, given, worth.minor, Some(worth.currency)) {
                over.note(broken.words, broken.asks.into());
            }
        } else if gives_money_back(one.action.kind())
            && let Some(broken) = over_cap_of_the_agent(policy, given, worth.minor, Some(worth.currency))
        {
            over.note(broken.words, broken.asks.into());
        }
        for sum in [&mut given.customer, &mut given.today, &mut given.on_this_word] {
            *sum = sum.saturating_add(worth.minor);
        }
    }
    over.reasons.dedup();
    Ok(over)
}

/// The money that the desk gave back for an order which, as it was last read, does not show it: a shop may show what it did
/// late, or not in every reading.
async fn unseen(
    tx: &mut Tx,
    proposed: &ProposedAction,
    order: Option<&Order>,
    currency: Currency,
) -> store::Result<i64> {
    let all = actions::list_given_back(tx, (proposed.source_id, &proposed.order_id), currency).await?;
    let hidden = all.iter().filter(|given| order.is_none_or(|order| !given.shows_in(order)));
    Ok(hidden.map(|given| given.amount_minor).fold(0, i64::saturating_add))
}

/// What a draft does not know of: something else that happens to one of its orders, or happened since it was read. Until
/// the transaction ends, nobody else decides about orders of the brand.
pub(super) async fn beside(
    tx: &mut Tx,
    conversation: &Conversation,
    draft: &Draft,
    does: &[ProposedAction],
    by_a_person: bool,
) -> store::Result<Option<String>> {
    if does.is_empty() {
        return Ok(None);
    }
    brands::hold_money(tx, conversation.brand_id).await?;
    for one in does {
        let known = |known: &&KnownOrder| known.source_id == one.source_id && known.order.id == one.order_id;
        let read_at = draft.document.0.orders.iter().find(known).map_or(draft.created_at, |known| known.read_at);
        let found = actions::find_beside(&mut Reader::Tx(tx), one.source_id, &one.order_id, read_at).await?;
        let Some(other) = found else { continue };
        if other.state == ActionState::Unknown && by_a_person {
            // They are asked about it with the caps: what nobody can tell must not stop them for ever.
            continue;
        }
        return Ok(Some(beside_in_words(&other, &one.order_number)));
    }
    Ok(None)
}

/// What else happens to an order, and in which conversation.
pub(super) fn beside_in_words(other: &Beside, order_number: &str) -> String {
    let what = named(&other.kind);
    let when = match other.state {
        ActionState::Performed => "was done meanwhile",
        ActionState::Unknown => "may have happened, and nobody can tell",
        _ => "is under way",
    };
    format!("{what} of order {order_number} {when} (#{})", other.number)
}

/// What was given before for the orders of which a draft gives something, each in words with the day and the conversation: a
/// person weighs whether the same goods are made good once more.
pub(super) async fn given_before(
    tx: &mut Tx,
    now: Ts,
    conversation: &Conversation,
    does: &[ProposedAction],
) -> store::Result<Vec<String>> {
    let mut all = Vec::new();
    for one in does.iter().filter(|one| makes_good(one.action.kind())) {
        let before = actions::list_given(tx, one.source_id, &one.order_id).await?;
        all.extend(before.iter().map(|given| given_in_words(given, now)));
        let contact = conversation.contact_id;
        if let Some(sent) = actions::find_replacement(tx, contact, one.source_id, &one.order_number).await? {
            let (number, day) = (&one.order_number, day_of(&sent, now));
            all.push(format!(
                "order {number} was itself sent for order {}, on {day} (#{})",
                sent.order_number, sent.number
            ));
        }
    }
    Ok(all)
}

fn given_in_words(given: &Given, now: Ts) -> String {
    if given.state != ActionState::Performed {
        let beside = Beside { kind: given.kind.clone(), state: given.state, number: given.number };
        return beside_in_words(&beside, &given.order_number);
    }
    let worth = given.worth().map_or_else(String::new, |worth| format!(", {worth}"));
    let (what, day) = (named(&given.kind), day_of(given, now));
    format!("given before: {what} of order {}{worth}, on {day} (#{})", given.order_number, given.number)
}

fn day_of(given: &Given, now: Ts) -> String {
    format::date(format::day(given.at().datetime()), "en", format::day(now.datetime()))
}

/// Refuses what a macro asks the shop for where something else happens to its order, or money of it was given back since
/// the macro was filled in. Until the transaction ends, nobody else decides about orders of the brand.
pub(super) async fn refuse_beside(
    tx: &mut Tx,
    now: Ts,
    conversation: &Conversation,
    also: &Also,
) -> Result<(), InboxError> {
    for one in &also.actions {
        brands::hold_money(tx, conversation.brand_id).await?;
        // What is done shows in the order from the same moment on.
        let found = actions::find_beside(&mut Reader::Tx(tx), one.source_id, &one.order_id, now).await?;
        let why = if let Some(other) = found {
            beside_in_words(&other, &one.order_number)
        } else {
            let order = orders::find_in(tx, one.source_id, &one.order_id).await?;
            if order.map(|order| order.refunded()) == also.refunded {
                continue;
            }
            format!("money of order {} was given back meanwhile", one.order_number)
        };
        return Err(InboxError::Conflict(format!(
            "Not yet: {why}, and this answer does not know of it. Nothing was sent. Look there first; then send it again, or \
             without this step."
        )));
    }
    Ok(())
}

fn named(kind: &str) -> &'static str {
    ActionKind::ALL.into_iter().find(|known| known.as_str() == kind).map_or("an action", kind_words)
}

fn kind_words(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Cancel => "cancelling",
        ActionKind::Refund => "a refund",
        ActionKind::Return => "a return",
        ActionKind::Replace => "a replacement",
        ActionKind::ChangeAddress => "a new address",
        ActionKind::Exchange => "an exchange",
        ActionKind::ChangeItems => "a change of items",
        ActionKind::Resend => "sending a document",
        ActionKind::DiscountCode => "a discount code",
        ActionKind::Note => "a note",
        ActionKind::CancelReturn => "calling off a return",
        ActionKind::VoidCode => "ending a discount code",
        ActionKind::ChangePayment => "another way to pay",
    }
}

fn is_about(other: &ProposedAction, one: &ProposedAction) -> bool {
    (other.source_id, &other.order_id) == (one.source_id, &one.order_id)
}

fn own(proposed: &ProposedAction) -> Option<i64> {
    proposed.worth.or(proposed.action.amount()).map(|worth| worth.minor)
}

fn gives_away(proposed: &[ProposedAction]) -> bool {
    proposed.iter().any(|one| gives(one.action.kind()))
}

/// Whether money or goods leave with it.
fn gives(kind: ActionKind) -> bool {
    is_capped(kind) || gives_money_back(kind)
}

/// Whether it makes something good: money, goods, or a label leave with it.
fn makes_good(kind: ActionKind) -> bool {
    gives(kind) || matches!(kind, ActionKind::Return | ActionKind::Exchange)
}

/// Refuses a person whose role is not enough for these actions. `needs` is what was asked for before the caps.
pub(super) async fn check(
    tx: &mut Tx,
    now: Ts,
    conversation: &Conversation,
    policy: Option<&Policy>,
    proposed: &[ProposedAction],
    (by, needs): (&Teammate, Role),
) -> Result<(), InboxError> {
    let over = match policy {
        Some(policy) => over(tx, now, conversation, policy, (proposed, Some(by))).await?,
        None if gives_away(proposed) => {
            Over { reasons: vec!["no policy is in force".to_owned()], needs: Role::Manager }
        }
        None => Over::nothing(),
    };
    let (reasons, needs) = (over.reasons, needs.max(over.needs));
    if by.may(needs) {
        return Ok(());
    }
    let why = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) };
    Err(InboxError::Forbidden(format!("A {needs} decides this{why}. Nothing was done; ask one of your team.")))
}

/// Who may let the shop do this by hand: the rule that names a person for such a case.
pub(super) fn role_by_hand(
    policy: Option<&Policy>,
    conversation: &Conversation,
    action: ActionKind,
    worth: Option<Money>,
) -> Role {
    let Some(policy) = policy else { return Role::Teammate };
    let intent = conversation.intent.clone().unwrap_or_default();
    let case = if intent == "late_or_lost" { Case::Lost } else { Case::Damaged };
    let facts = Facts {
        intent,
        channel: conversation.channel_kind.clone(),
        action: Some(action),
        case,
        identity: Identity::Proved,
        amount: worth.map_or(0, |worth| worth.minor),
        currency: worth.map(|worth| worth.currency),
        ..Facts::default()
    };
    decide(policy, &facts).asks.into()
}
