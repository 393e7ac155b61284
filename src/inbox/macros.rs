//! A macro in a conversation: its text filled in, its steps said in words, and done in the transaction of the answer.

use serde_json::{Value, json};

use super::limits::beside_in_words;
use super::notify::{News, tell};
use super::{Inbox, InboxError};
use crate::model::brand::Brand;
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::draft::ProposedAction;
use crate::model::event::EventKind;
use crate::model::macros::{AssignStep, OrderStep, Steps, Ticked};
use crate::model::order::{ActionKind, KnownOrder, Money, Order, OrderAction};
use crate::model::standing::Answered;
use crate::model::teammate::Teammate;
use crate::model::{TeammateId, Ts, Zone};
use crate::store::{self, Db, Reader, Tx, actions, bulk_changes, conversations, drafts, intake};
use crate::voice::format;

/// What is done together with an answer.
#[derive(Clone, Debug, Default)]
pub struct Also {
    /// What the shop does before it leaves.
    pub actions: Vec<ProposedAction>,
    /// How much of the order had been given back when they were planned.
    pub refunded: Option<Money>,
    /// To whom the conversation is given, with their name.
    pub assign: Option<(Option<TeammateId>, String)>,
    /// Tags that are added.
    pub tags: Vec<String>,
    /// How it stands afterwards.
    pub then: Option<Then>,
    /// The macro that all this comes from.
    pub from: Option<Ticked>,
}

/// How a conversation stands after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It is done.
    Resolved,
    /// It sleeps until then.
    Asleep(Ts),
}

/// The values of a macro's variables in a conversation, with who signs; empty where nothing is known.
pub fn variables(conversation: &Conversation, brand: &Brand, orders: &[KnownOrder], signs: &str) -> Value {
    let language = Some(&conversation.language).filter(|code| !code.is_empty()).unwrap_or(&brand.locale);
    let order = match orders {
        [known] => json!({
            "number": known.order.number,
            "total": format::money(known.order.total, language),
            "refundable": format::money(known.order.refundable(), language),
        }),
        _ => json!({ "number": "", "total": "", "refundable": "" }),
    };
    json!({
        "customer": {
            "first_name": format::first_name(&conversation.contact_name).unwrap_or_default(),
            "name": conversation.contact_name,
        },
        "brand": brand.name,
        "teammate": signs,
        "conversation": { "number": conversation.number.to_string(), "subject": conversation.subject },
        "order": order,
    })
}

/// Steps as they would be done now: what the shop is asked is checked against the order as last read.
pub fn plan(
    steps: &Steps,
    orders: &[KnownOrder],
    team: &[Teammate],
    (by, now, zone): (&Teammate, Ts, Zone),
) -> Result<Also, InboxError> {
    let actions = match steps.order {
        Some(step) => {
            let asked = action(step, orders);
            vec![asked.map_err(|reason| InboxError::Invalid(format!("Nothing was sent. {reason}")))?]
        }
        None => Vec::new(),
    };
    let refunded = orders.first().map(|known| known.order.refunded());
    let assign = match steps.assign {
        None => None,
        Some(AssignStep::Team) => Some((None, String::new())),
        Some(AssignStep::Me) => Some((Some(by.id), by.name.clone())),
        Some(AssignStep::Person(id)) => {
            let person = team.iter().find(|person| person.id == id && person.disabled_at.is_none());
            let person = person.ok_or_else(|| {
                InboxError::Invalid(
                    "The person that this macro names is no longer on the team. Untick the step.".to_owned(),
                )
            })?;
            Some((Some(id), person.name.clone()))
        }
    };
    let then = steps.then.and_then(|step| match step.until() {
        None => Some(Then::Resolved),
        Some(until) => until.moment(now, zone).map(Then::Asleep),
    });
    Ok(Also { actions, refunded, assign, tags: steps.tags.clone(), then, from: None })
}

/// What the shop would be asked now, or why it cannot be: something else may be happening to the order.
pub async fn asked_now(
    db: &Db,
    step: OrderStep,
    orders: &[KnownOrder],
    now: Ts,
) -> store::Result<Result<ProposedAction, String>> {
    let proposed = match action(step, orders) {
        Ok(proposed) => proposed,
        Err(reason) => return Ok(Err(reason)),
    };
    let found = actions::find_beside(&mut Reader::Db(db), proposed.source_id, &proposed.order_id, now).await?;
    Ok(match found {
        Some(other) => Err(format!("Not yet: {}.", beside_in_words(&other, &proposed.order_number))),
        None => Ok(proposed),
    })
}

/// What the shop is asked to do with the one order of a conversation, or why it cannot be asked.
fn action(step: OrderStep, orders: &[KnownOrder]) -> Result<ProposedAction, String> {
    let known = match orders {
        [known] => known,
        [] => return Err("No order is linked here, so the shop cannot be asked. Find the order first.".to_owned()),
        _ => return Err("Several orders are linked here. Use the buttons beside the order in question.".to_owned()),
    };
    let order = &known.order;
    let kind = if step == OrderStep::Cancel { ActionKind::Cancel } else { ActionKind::Refund };
    if let Some(refusal) = order.refusal(kind) {
        return Err(refusal);
    }
    let (action, label) = match step {
        OrderStep::Cancel => (OrderAction::Cancel { reason: String::new() }, format!("Cancel order {}", order.number)),
        OrderStep::RefundAll | OrderStep::RefundShipping => {
            let left = order.refundable();
            let amount = if step == OrderStep::RefundAll { left } else { order.shipping_price };
            if step == OrderStep::RefundShipping && amount.minor > 0 && was_given_back(order, amount) {
                return Err(format!(
                    "{amount} of order {} was given back before, as much as its shipping cost. If more is due, refund it \
                     beside the order.",
                    order.number
                ));
            }
            if amount.minor <= 0 || amount.minor > left.minor {
                return Err(format!("At most {left} of order {} can be refunded.", order.number));
            }
            let action = OrderAction::Refund { amount, lines: Vec::new(), reason: String::new() };
            (action, format!("Refund {amount}, order {}", order.number))
        }
    };
    Ok(ProposedAction {
        source_id: known.source_id,
        order_id: order.id.clone(),
        order_number: order.number.clone(),
        worth: action.amount(),
        action,
        label,
        problem: None,
    })
}

fn was_given_back(order: &Order, amount: Money) -> bool {
    order.refunds.iter().any(|refund| refund.amount == amount)
}

/// Does the steps behind a queued answer, each with its event; an end keeps how the case stood before the answer. The
/// conversation is locked.
pub(super) async fn follow(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    also: &Also,
    (by, answered): (&Teammate, &Answered),
) -> store::Result<()> {
    let mut events = Vec::new();
    let mut note =
        |conversation: &Conversation, kind, data| events.push(inbox.event(conversation, kind, &by.name, data));
    for tag in &also.tags {
        if conversations::add_tag(tx, conversation.id, tag, inbox.clock.now()).await? {
            note(conversation, EventKind::Tagged, json!({ "tag": tag, "added": true }));
        }
    }
    if let Some((to, name)) = &also.assign
        && conversation.assignee_id != *to
    {
        conversation.assignee_id = *to;
        note(conversation, EventKind::Assigned, json!({ "to": to.map(|_| name) }));
        tell(inbox, tx, &[News::given(conversation, by)]).await?;
    }
    match also.then {
        None => {}
        Some(Then::Asleep(until)) => {
            conversation.status = ConversationStatus::Snoozed;
            conversation.snoozed_until = Some(until);
            note(conversation, EventKind::Snoozed, json!({}));
        }
        Some(Then::Resolved) => {
            drafts::supersede(tx, conversation.id).await?;
            bulk_changes::drop_agent_runs(tx, &[conversation.id]).await?;
            conversation.end(inbox.clock.now());
            note(conversation, EventKind::Resolved, json!(answered));
        }
    }
    if events.is_empty() {
        return Ok(());
    }
    conversations::update(tx, conversation).await?;
    intake::insert_events(tx, &events).await
}
