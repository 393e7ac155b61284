//! A desk with Sofie's conversations, drafts that refund, and orders that the shop has told of.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::Order;
use resolute::inbox::Inbox;
use resolute::inbox::approve::{self, Changes, Decider};
use resolute::inbox::macros::Also;
use resolute::inbox::settle::{Finished, Proposal, Returned, Understood, settle};
use resolute::inbox::{InboxError, care, taken_back};
use resolute::model::action::{Action, worth_of};
use resolute::model::approval::Approval;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::Conversation;
use resolute::model::draft::{DraftDocument, ProposedAction};
use resolute::model::message::Message;
use resolute::model::order::{Currency, KnownOrder, LineQuantity, MatchedBy, Money, OrderAction, OrderSourceRow};
use resolute::model::teammate::{Role, Teammate};
use resolute::model::{ConversationId, Json, MessageId};
use resolute::policy::Policy;
use resolute::setup::add_documents;
use resolute::store::{actions, approvals, brands, conversations, messages, order_sources, orders};
use serde_json::json;

use crate::support::answers::text_alone;
use crate::support::cast::Cast;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::{done_run, saying};
use crate::support::stores::write;

pub(super) struct World {
    pub(super) desk: TestDesk,
    pub(super) cast: Cast,
    pub(super) inbox: Inbox,
}

impl World {
    /// With a policy in force, and ten seconds to take a reply back.
    pub(super) async fn new(engine: Engine) -> Self {
        let world = Box::pin(Self::without_documents(engine)).await;
        let desk = &world.desk.desk;
        write(&desk.db, async |tx| {
            add_documents(desk, tx, &world.cast.brand).await.expect("a policy and a voice");
            Ok(())
        })
        .await;
        world
    }

    pub(super) async fn without_documents(engine: Engine) -> Self {
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
        let desk = Box::pin(TestDesk::start(wish)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let inbox = Inbox { undo: Duration::from_secs(10), ..desk.desk.inbox() };
        let world = Self { desk, cast, inbox };
        world.agent_may(AgentLevel::Auto).await;
        world
    }

    /// How far the agent may go from now on.
    pub(super) async fn agent_may(&self, level: AgentLevel) {
        let brand = Brand { agent_level: level, ..self.cast.brand.clone() };
        Box::pin(write(&self.inbox.db, async |tx| brands::update(tx, &brand).await)).await;
    }

    pub(super) async fn talk(&self, number: i64) -> Conversation {
        let row = self.cast.open(&self.inbox.db, number).await;
        self.now(row.id).await
    }

    pub(super) async fn now(&self, id: ConversationId) -> Conversation {
        conversations::find(&self.inbox.db, id).await.unwrap().unwrap()
    }

    /// The shop is reached at this address from now on.
    pub(super) async fn reach_shop(&self, address: &str) {
        let settings = Json(json!({ "base_url": address }));
        let shop = OrderSourceRow { settings, ..self.cast.shop.clone() };
        let secrets = self.inbox.shops.seal(shop.id, &json!({ "secret": "s".repeat(32) })).unwrap();
        write(&self.inbox.db, async |tx| order_sources::update(tx, &shop, secrets).await).await;
    }

    /// An order that the shop told of: one tin cup for `minor`, linked to the conversation.
    pub(super) async fn order(&self, talk: &Conversation, id: &str, minor: i64) -> KnownOrder {
        let money = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
        let order: Order = serde_json::from_value(json!({
            "id": id, "number": format!("FJ-{id}"), "status": "delivered",
            "placed_at": "2026-11-01T10:00:00Z", "updated_at": "2026-11-02T10:00:00Z",
            "buyer": { "id": "b", "name": "Sofie", "email": "sofie@example.com", "phone": "" },
            "shipping_address": { "name": "", "line1": "", "line2": "", "postal_code": "", "city": "", "region": "", "country": "DE" },
            "lines": [{ "id": "l1", "sku": "CUP", "title": "Tin cup", "variant": "blue", "ordered": 1, "current": 1,
                "fulfilled": 1, "unit_price": money(minor) }],
            "shipping_price": money(0), "total": money(minor),
            "payments": [{ "id": "p1", "method": "card", "amount": money(minor), "at": "2026-11-01T10:00:00Z" }],
            "refunds": [], "shipments": [], "returns": [], "invoice_url": "",
            "actions": [{ "kind": "refund", "refused_because": null }, { "kind": "replace", "refused_because": null }],
        }))
        .unwrap();
        let shop = &self.cast.shop;
        let read_at = self.inbox.clock.now();
        let known = KnownOrder { source_id: shop.id, source_name: shop.name.clone(), order, read_at };
        write(&self.inbox.db, async |tx| {
            orders::save(tx, &known).await?;
            orders::link(tx, talk.id, &known, MatchedBy::Number, read_at).await
        })
        .await;
        known
    }

    /// What a run of the agent came to: a reply that does this first. Without `reasons` it goes out alone.
    pub(super) fn reply(&self, talk: &Conversation, does: Vec<ProposedAction>, reasons: &[&str]) -> Finished {
        let document = DraftDocument {
            actions: does,
            why: "broken".into(),
            proposal: "Refund".into(),
            ..saying("I have taken care of it.")
        };
        let run = done_run(&self.inbox.clock, talk);
        let proposal = Proposal {
            document,
            intent: "damaged_or_wrong_item".into(),
            language: "en".into(),
            confidence: 0.9,
            reasons: reasons.iter().map(ToString::to_string).collect(),
            needs: Role::Teammate,
            likeness: "damaged/email/refund up to 25.00 EUR/passed".into(),
            disclosure: None,
            policy: Arc::new(Policy::default()),
        };
        let understood = Understood { language: "en".into(), ..Understood::default() };
        Finished { run, understood, result: Returned::Reply(Box::new(proposal)) }
    }

    pub(super) async fn settle(&self, finished: &Finished) -> bool {
        let mut tx = self.inbox.db.begin().await.unwrap();
        let applied = settle(&self.inbox, &mut tx, finished).await.unwrap();
        tx.commit().await.unwrap();
        applied
    }

    /// With a conversation in which a draft that refunds `minor` waits for a person.
    pub(super) async fn drafted(engine: Engine, minor: i64) -> (Self, Conversation, Approval) {
        let world = Box::pin(Self::new(engine)).await;
        let talk = world.talk(7).await;
        let approval = Box::pin(world.draft(&talk, "77", minor)).await;
        (world, talk, approval)
    }

    /// A person answers by words of their own.
    pub(super) async fn answers(&self, talk: &Conversation, by: &Teammate, text: &str) -> MessageId {
        let id = self.inbox.clock.new_id();
        Box::pin(care::answer_with(&self.inbox, talk.id, by, (id, text), text_alone(&Also::default()))).await.unwrap()
    }

    /// A draft that refunds `minor` waits for a person.
    pub(super) async fn draft(&self, talk: &Conversation, order: &str, minor: i64) -> Approval {
        let known = self.order(talk, order, minor).await;
        let does = vec![proposed(&known, refund(minor))];
        assert!(self.settle(&self.reply(talk, does, &["ask"])).await);
        self.pending(talk).await.expect("it waits")
    }

    pub(super) async fn pending(&self, talk: &Conversation) -> Option<Approval> {
        approvals::pending_of(&self.inbox.db, talk.id).await.unwrap()
    }

    pub(super) async fn accept(
        &self,
        approval: &Approval,
        by: &Teammate,
        edited: Option<&str>,
    ) -> Result<MessageId, InboxError> {
        let decider = Decider { program: false, teammate: by, took: None };
        let changes = Changes { text: edited, ..Changes::default() };
        approve::accept(&self.inbox, approval.id, decider, changes).await
    }

    pub(super) async fn take_back(
        &self,
        message: MessageId,
        by: &Teammate,
    ) -> Result<taken_back::TakenBack, InboxError> {
        taken_back::cancel(&self.inbox, message, by).await
    }

    pub(super) async fn actions(&self, talk: &Conversation) -> Vec<Action> {
        actions::list(&self.inbox.db, talk.id).await.unwrap()
    }

    /// What we wrote.
    pub(super) async fn ours(&self, talk: &Conversation) -> Vec<Message> {
        let all = messages::list(&self.inbox.db, talk.id, 50).await.unwrap();
        all.into_iter().filter(|message| message.delivery.is_some()).collect()
    }
}

pub(super) fn refund(minor: i64) -> OrderAction {
    OrderAction::Refund {
        amount: Money::new(minor, Currency::EUR),
        lines: vec![],
        reason: "broken".into(),
        gives_back: None,
    }
}

pub(super) fn again() -> OrderAction {
    let lines = vec![LineQuantity { line_id: "l1".into(), quantity: 1 }];
    OrderAction::Replace { lines, reason: "broken".into() }
}

pub(super) fn proposed(known: &KnownOrder, action: OrderAction) -> ProposedAction {
    ProposedAction {
        source_id: known.source_id,
        order_id: known.order.id.clone(),
        order_number: known.order.number.clone(),
        worth: worth_of(&action, &known.order),
        label: action.amount().map_or("Send the cup again".to_owned(), |amount| format!("Refund {amount}")),
        action,
        problem: None,
    }
}
