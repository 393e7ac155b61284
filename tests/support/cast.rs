//! A small cast for tests of the store and of placing: one brand, two channels, two teammates, one customer.

use channel_contract::inbound::Identity;
use resolute::clock::Clock;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::conversation::{AgentState, ConversationStatus};
use resolute::model::message::{Automatic, Direction, MessageAuthor, Trust};
use resolute::model::numbering::MARKET;
use resolute::model::order::OrderSourceRow;
use resolute::model::teammate::{Role, Teammate};
use resolute::model::{ContactId, Json, Ts};
use resolute::store::channels::NewChannel;
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::{Db, brands, channels, order_sources, teammates};
use serde_json::json;

use super::setup::demo_shop;
use super::stores::write;

/// The moment at which the cast's clock stands.
pub(crate) const NOW: Ts = Ts(1_763_912_096_123_456);

/// `seconds` after [`NOW`].
pub(crate) fn at(seconds: i64) -> Ts {
    Ts(NOW.0 + seconds * 1_000_000)
}

pub(crate) struct Cast {
    pub(crate) clock: Clock,
    pub(crate) brand: Brand,
    pub(crate) mail: Channel,
    pub(crate) chat: Channel,
    pub(crate) sam: Teammate,
    pub(crate) noor: Teammate,
    /// Writes as `sofie@example.com`.
    pub(crate) sofie: ContactId,
    pub(crate) shop: OrderSourceRow,
}

impl Cast {
    /// Not stored.
    pub(crate) fn new() -> Self {
        let clock = Clock::fixed(NOW);
        let brand = Brand {
            id: clock.new_id(),
            slug: "fjell".into(),
            name: "Fjell & Sons".into(),
            hue: 205,
            locale: "en".into(),
            currency: "EUR".into(),
            order_pattern: String::new(),
            agent_level: AgentLevel::Approve,
            time_zone: String::new(),
            created_at: NOW,
        };
        let channel = |kind: &str, address: &str| Channel {
            id: clock.new_id(),
            brand_id: brand.id,
            kind: kind.into(),
            name: format!("Our {kind}"),
            address: address.into(),
            settings: Json(json!({ "host": "mail.example" })),
            webhook_secret: format!("secret of {kind}"),
            state: ChannelState::Connected,
            state_reason: String::new(),
            last_inbound_at: None,
            last_outbound_at: None,
        };
        let teammate = |name: &str, role: Role| Teammate {
            id: clock.new_id(),
            email: format!("{}@fjell.example", name.to_lowercase()),
            name: name.into(),
            role,
            time_zone: String::new(),
            disabled_at: None,
            away_since: None,
        };
        let shop = OrderSourceRow {
            kind: "http".into(),
            name: "Fjell shop".into(),
            settings: Json(json!({ "url": "http://127.0.0.1:1" })),
            ..demo_shop(brand.id, clock.new_id())
        };
        Self {
            mail: channel("email", "help@fjell.example"),
            chat: channel("live_chat", "fjell.example"),
            sam: teammate("Sam", Role::Teammate),
            noor: teammate("Noor", Role::Admin),
            sofie: clock.new_id(),
            shop,
            brand,
            clock,
        }
    }

    /// Stored, with nothing else beside it.
    pub(crate) async fn stored(db: &Db) -> Self {
        let cast = Self::new();
        write(db, async |tx| {
            brands::insert(tx, &cast.brand).await?;
            for channel in [&cast.mail, &cast.chat] {
                channels::insert(tx, &new_channel(channel)).await?;
            }
            for person in [&cast.sam, &cast.noor] {
                teammates::insert(tx, person.id, &person.email, &person.name, person.role, "hash", NOW).await?;
            }
            order_sources::insert(tx, &cast.shop, b"sealed".to_vec(), NOW).await?;
            intake::insert_contacts(tx, &[cast.contact_row()]).await
        })
        .await;
        cast
    }

    fn contact_row(&self) -> NewContact {
        NewContact {
            id: self.sofie,
            brand_id: self.brand.id,
            name: "Sofie Keller".into(),
            kind: "email".into(),
            value: "sofie@example.com".into(),
            proved: true,
            created_at: NOW,
        }
    }

    /// An open conversation with Sofie by mail.
    pub(crate) fn conversation(&self, number: i64) -> ConversationRow {
        ConversationRow {
            id: self.clock.new_id(),
            number,
            brand_id: self.brand.id,
            channel_id: self.mail.id,
            channel_kind: self.mail.kind.clone(),
            contact_id: self.sofie,
            contact_name: "Sofie Keller".into(),
            subject: format!("Subject {number}"),
            gist: "Where is my order?".into(),
            status: ConversationStatus::Open,
            agent_state: AgentState::Idle,
            unread: true,
            participants: vec!["sofie@example.com".into()],
            due_at: Some(at(3_600)),
            last_message_at: NOW,
            last_inbound_at: Some(NOW),
            last_written_at: None,
            revision: 1,
            created_at: NOW,
            resolved_at: None,
            clocks: resolute::model::answer_times::Clocks::default(),
            window: resolute::model::window::Window::default(),
        }
    }

    /// A message of Sofie in a conversation.
    pub(crate) fn message(&self, conversation: &ConversationRow, body: &str) -> NewMessage {
        NewMessage {
            id: self.clock.new_id(),
            conversation_id: conversation.id,
            channel_id: conversation.channel_id,
            direction: Direction::Inbound,
            author: MessageAuthor::Contact,
            teammate_id: None,
            contact_id: Some(self.sofie),
            sender_name: "Sofie Keller".into(),
            sender_address: "sofie@example.com".into(),
            reply_to: String::new(),
            recipients: Vec::new(),
            subject: conversation.subject.clone(),
            body: body.into(),
            full_text: String::new(),
            html: None,
            delivery: None,
            external_id: String::new(),
            in_reply_to: None,
            automatic: Automatic::No,
            trust: Trust::Proved,
            raw_event_id: None,
            draft_id: None,
            template: None,
            choices: Vec::new(),
            send_at: None,
            kept_due_at: None,
            written_at: None,
            created_at: NOW,
            sent_at: None,
            to_contact_id: None,
            machine_worded: false,
            by_program: false,
            aside: false,
            thread: None,
        }
    }

    /// Another channel of the brand, not stored.
    pub(crate) fn channel(&self, kind: &str, name: &str) -> Channel {
        Channel {
            id: self.clock.new_id(),
            kind: kind.into(),
            name: name.into(),
            address: name.into(),
            settings: Json(json!({})),
            ..self.mail.clone()
        }
    }

    /// The brand's shop with the orders of a marketplace, under its numbers.
    pub(crate) fn shop_of(&self, market: &Channel) -> OrderSourceRow {
        OrderSourceRow { settings: Json(json!({ MARKET: market.id })), ..self.shop.clone() }
    }

    /// A stored open conversation with one message in it.
    pub(crate) async fn open(&self, db: &Db, number: i64) -> ConversationRow {
        let conversation = self.conversation(number);
        let message = self.message(&conversation, "Where is my order?");
        put(db, std::slice::from_ref(&conversation), &[message]).await;
        conversation
    }
}

/// Stores conversations and messages.
pub(crate) async fn put(db: &Db, conversations: &[ConversationRow], messages: &[NewMessage]) {
    write(db, async |tx| {
        intake::upsert_conversations(tx, conversations).await?;
        intake::insert_messages(tx, messages).await
    })
    .await;
}

pub(crate) fn new_channel(channel: &Channel) -> NewChannel {
    NewChannel {
        id: channel.id,
        brand_id: channel.brand_id,
        kind: channel.kind.clone(),
        name: channel.name.clone(),
        address: channel.address.clone(),
        settings: channel.settings.0.clone(),
        secrets: b"sealed".to_vec(),
        webhook_secret: channel.webhook_secret.clone(),
        created_at: NOW,
    }
}

pub(crate) fn email(address: &str) -> Identity {
    Identity::email(address)
}
