//! A macro in a conversation: its text filled in, its steps said in words, done in the transaction of the answer, and undone
//! where that is taken back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::limits::beside_in_words;
use super::notify::{News, tell};
use super::{Inbox, InboxError, resolutions};
use crate::commerce::precondition::refused_kind;
use crate::model::brand::Brand;
use crate::model::conversation::{Conversation, ConversationStatus};
use crate::model::draft::ProposedAction;
use crate::model::event::{Event, EventKind};
use crate::model::macros::{AssignStep, OrderStep, Steps, Ticked};
use crate::model::message::Message;
use crate::model::order::{ActionKind, KnownOrder, Money, Order, OrderAction, RefundKind};
use crate::model::standing::Answered;
use crate::model::teammate::Teammate;
use crate::model::{ConversationId, MessageId, TeammateId, Ts, Zone};
use crate::store::{self, Db, Reader, Tx, actions, bulk_changes, conversations, drafts, events, intake, teammates};
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

/// What an event says of a conversation that a macro gave to somebody.
#[derive(Debug, Serialize, Deserialize)]
struct Given {
    /// The answer that it was done with.
    answer: MessageId,
    /// The name of whoever has it now.
    to: Option<String>,
    /// Who has it now.
    assignee: Option<TeammateId>,
    /// Who had it before the answer.
    before: Option<TeammateId>,
}

/// The values of a macro's variables in a conversation, with who signs and the language of the text that they stand in, which
/// writes amounts as drafts in it do; empty where nothing is known.
pub fn variables(
    conversation: &Conversation,
    brand: &Brand,
    orders: &[KnownOrder],
    (signs, language): (&str, &str),
) -> Value {
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
    if let Some(refusal) = refused_kind(order, kind) {
        return Err(refusal.words);
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
            let gives_back = Some(if step == OrderStep::RefundAll { RefundKind::Full } else { RefundKind::Shipping });
            let action = OrderAction::Refund { amount, lines: Vec::new(), reason: String::new(), gives_back };
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
            let data = json!({ "tag": tag, "added": true, "answer": answered.message });
            note(conversation, EventKind::Tagged, data);
        }
    }
    if let Some((to, name)) = &also.assign
        && conversation.assignee_id != *to
    {
        conversation.assignee_id = *to;
        let given = Given {
            answer: answered.message,
            to: to.map(|_| name.clone()),
            assignee: *to,
            before: answered.before.assignee,
        };
        note(conversation, EventKind::Assigned, json!(given));
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
            resolutions::begin(tx, std::slice::from_ref(&*conversation)).await?;
            note(conversation, EventKind::Resolved, json!(answered));
        }
    }
    if events.is_empty() {
        return Ok(());
    }
    conversations::update(tx, conversation).await?;
    intake::insert_events(tx, &events).await
}

/// Takes back what an answer's macro did to its conversation, as far as nobody has changed it since; how the case stood is
/// brought back with the answer itself. The caller stores the conversation, which is locked.
pub(super) async fn unfollow(
    inbox: &Inbox,
    tx: &mut Tx,
    conversation: &mut Conversation,
    answer: &Message,
    by: &Teammate,
) -> store::Result<()> {
    let (id, since) = (conversation.id, answer.created_at);
    let mut undone = Vec::new();
    for tag in tags_with(tx, id, answer).await? {
        if conversations::remove_tag(tx, id, &tag).await? {
            let data = json!({ "tag": tag, "added": false });
            undone.push(inbox.event(conversation, EventKind::Tagged, &by.name, data));
        }
    }
    let assigned = events::list_of_kind(tx, id, EventKind::Assigned, since).await?;
    let given = assigned.last().and_then(|event| serde_json::from_value::<Given>(event.data.0.clone()).ok());
    if let Some(given) = given.filter(|given| given.answer == answer.id && given.assignee == conversation.assignee_id) {
        let before = match given.before {
            Some(person) => teammates::find_in(tx, person).await?.filter(|person| person.disabled_at.is_none()),
            None => None,
        };
        conversation.assignee_id = before.as_ref().map(|person| person.id);
        let data = json!({ "to": before.map(|person| person.name) });
        undone.push(inbox.event(conversation, EventKind::Assigned, &by.name, data));
    }
    intake::insert_events(tx, &undone).await
}

/// The tags that came with an answer of a conversation and that nobody has touched since.
pub(super) async fn tags_with(tx: &mut Tx, id: ConversationId, answer: &Message) -> store::Result<Vec<String>> {
    let tagged = events::list_of_kind(tx, id, EventKind::Tagged, answer.created_at).await?;
    Ok(untouched_tags(&tagged, answer.id))
}

/// The tags that came with an answer and that nobody has touched since, of what happened to tags, oldest first.
fn untouched_tags(tagged: &[Event], answer: MessageId) -> Vec<String> {
    let answer = answer.to_string();
    let mut came_with_it = BTreeMap::new();
    for event in tagged {
        let fact = |name: &str| event.data.0.get(name).and_then(Value::as_str);
        if let Some(tag) = fact("tag") {
            came_with_it.insert(tag, fact("answer") == Some(answer.as_str()));
        }
    }
    came_with_it.into_iter().filter(|(_, is_so)| *is_so).map(|(tag, _)| tag.to_owned()).collect()
}
