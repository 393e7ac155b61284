//! A small invented shop: Fjordline, its team, a few customers and what they want.

use channel_contract::orders::{Buyer, Payment, Refund, TrackingEvent, Window};
use resolute::model::agent_run::{AgentRun, EngineKind, RunState, Step, StepKind};
use resolute::model::approval::{Approval, ApprovalState};
use resolute::model::attachment::Attachment;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::contact::{Contact, ContactIdentity};
use resolute::model::conversation::{AgentState, Conversation, ConversationStatus};
use resolute::model::draft::{
    Check, Draft, DraftDocument, DraftState, Evidence, EvidenceSource, ProposedAction, Sentence,
};
use resolute::model::event::{Event, EventKind};
use resolute::model::message::{Delivery, Direction, Message, MessageAuthor};
use resolute::model::note::Note;
use resolute::model::order::{
    ActionKind, Address, AllowedAction, Currency, KnownOrder, LineItem, LineQuantity, Money, Order, OrderAction,
    OrderStatus, Shipment, ShipmentStatus,
};
use resolute::model::teammate::{Role, Teammate};
use resolute::model::{
    AgentRunId, ApprovalId, AttachmentId, BrandId, ChannelId, ContactId, ConversationId, DraftId, EventId, Json,
    MessageId, NoteId, OrderSourceId, TeammateId, Ts,
};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// Monday morning.
pub fn now() -> Ts {
    Ts::from_datetime(datetime!(2026-11-23 09:18:00 UTC))
}

fn at(moment: OffsetDateTime) -> Ts {
    Ts::from_datetime(moment)
}

fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(0x0193_5b00_0000_7000_8000_0000_0000_0000 + number))
}

pub fn brand() -> Brand {
    Brand {
        id: id::<BrandId>(1),
        slug: "fjordline".into(),
        name: "Fjordline".into(),
        hue: 205,
        locale: "en".into(),
        currency: "EUR".into(),
        order_pattern: "FJ-[0-9]{5}".into(),
        agent_level: AgentLevel::Approve,
        created_at: at(datetime!(2026-01-05 08:00 UTC)),
    }
}

pub fn team() -> Vec<Teammate> {
    let person = |number, name: &str, role| Teammate {
        id: id::<TeammateId>(number),
        email: format!("{}@fjordline.example", name.split(' ').next().unwrap_or_default().to_lowercase()),
        name: name.into(),
        role,
        disabled_at: None,
    };
    vec![
        person(10, "Ida Holm", Role::Admin),
        person(11, "Mara Lind", Role::Manager),
        person(12, "Jonas Weber", Role::Teammate),
    ]
}

pub fn channels() -> Vec<(Channel, i64)> {
    let channel = |number, kind: &str, name: &str, address: &str, state, reason: &str| Channel {
        id: id::<ChannelId>(number),
        brand_id: id(1),
        kind: kind.into(),
        name: name.into(),
        address: address.into(),
        settings: Json(serde_json::json!({})),
        webhook_secret: "s".into(),
        state,
        state_reason: reason.into(),
        last_inbound_at: Some(at(datetime!(2026-11-23 09:12 UTC))),
        last_outbound_at: Some(at(datetime!(2026-11-22 17:40 UTC))),
    };
    let works = ChannelState::Connected;
    vec![
        (channel(20, "email", "Mail", "care@fjordline.example", works, ""), 38),
        (channel(21, "whatsapp", "WhatsApp", "+49 40 555 0100", works, ""), 21),
        (channel(22, "messenger", "Messenger", "fjordline", works, ""), 8),
        (channel(23, "instagram", "Instagram", "@fjordline", works, ""), 11),
        (
            channel(
                24,
                "mirakl",
                "Marketplace",
                "Outdoor market",
                ChannelState::NeedsAttention,
                "The key was refused on Sunday. Messages wait there.",
            ),
            9,
        ),
        (channel(25, "live_chat", "Live chat", "fjordline.example", ChannelState::Paused, "Paused by Ida Holm."), 3),
        (channel(26, "agent", "Outside agents", "agents.fjordline.example", works, ""), 6),
    ]
}

/// Number, channel, who, gist, order, intent, proposal and its tone, minutes to the deadline, unread.
type Line = (
    i64,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
    i64,
    bool,
);

const LINES: [Line; 11] = [
    (
        4809,
        "mirakl",
        "Käufer 88f2",
        "Wo ist mein Zelt? Es sollte am Mittwoch kommen",
        "FJ-20366",
        "late_or_lost",
        Some(("Replace", "proposed")),
        -4,
        true,
    ),
    (
        4812,
        "whatsapp",
        "Sofie Keller",
        "Wants 42.00 EUR back for snapped gaiters; asks for her jacket",
        "FJ-20417",
        "damaged_or_wrong_item",
        Some(("Refund 42.00", "proposed")),
        22,
        false,
    ),
    (
        4811,
        "email",
        "Étienne Marchal",
        "Échanger des chaussures Rondane, 43 au lieu de 42",
        "FJ-20402",
        "exchange",
        Some(("Exchange", "proposed")),
        65,
        true,
    ),
    (
        4813,
        "live_chat",
        "Visitor from Gdańsk",
        "Czy plecak Skarv 45 ma pokrowiec na deszcz?",
        "",
        "product_question",
        None,
        118,
        true,
    ),
    (
        4803,
        "agent",
        "Agent for L. Brandt",
        "Returns 2 items, offers the refund less the label",
        "FJ-20391",
        "return_item",
        Some(("Over mandate", "warn")),
        190,
        false,
    ),
    (
        4801,
        "instagram",
        "@noor.hikes",
        "هل يمكن إرسال الطلب إلى روتردام بدلاً من ذلك؟",
        "FJ-20421",
        "change_address",
        Some(("Address", "proposed")),
        250,
        true,
    ),
    (
        4800,
        "email",
        "Giulia Ferraro",
        "Il rimborso non è ancora arrivato dopo nove giorni",
        "FJ-20218",
        "refund_status",
        Some(("Not proven", "bad")),
        305,
        false,
    ),
    (
        4799,
        "messenger",
        "Jeroen de Wit",
        "Bestelling annuleren, de kleur klopt niet",
        "FJ-20425",
        "cancel_order",
        Some(("Cancel 119.00", "proposed")),
        371,
        false,
    ),
    (
        4798,
        "email",
        "Bergsport Hartmann GmbH",
        "Rechnung mit USt-IdNr. für 14 Rucksäcke",
        "FJ-20333",
        "invoice",
        Some(("High value", "warn")),
        430,
        false,
    ),
    (
        4797,
        "mirakl",
        "Comprador 5c1a",
        "La esterilla tiene un agujero, pide otra",
        "FJ-20388",
        "damaged_or_wrong_item",
        Some(("Replace", "proposed")),
        560,
        false,
    ),
    (
        4796,
        "whatsapp",
        "Anna Lindqvist",
        "Glömde rabattkoden, går det att ordna?",
        "FJ-20429",
        "discount",
        Some(("Credit 15.75", "proposed")),
        660,
        false,
    ),
];

pub fn conversations() -> Vec<Conversation> {
    LINES.iter().enumerate().map(|(place, line)| conversation(place, line)).collect()
}

fn conversation(place: usize, line: &Line) -> Conversation {
    let (number, kind, who, gist, order, intent, proposal, minutes, unread) = *line;
    let due = Ts(now().0 + minutes * 60_000_000);
    let received = at(datetime!(2026-11-23 09:12:00 UTC));
    let key = 100 + u128::try_from(place).unwrap_or(0);
    let channel = channels().into_iter().find(|(channel, _)| channel.kind == kind);
    Conversation {
        id: id::<ConversationId>(key),
        number,
        brand_id: id(1),
        channel_id: channel.map_or(id(20), |(channel, _)| channel.id),
        channel_kind: kind.into(),
        contact_id: id::<ContactId>(key + 100),
        contact_name: who.into(),
        subject: if number == 4812 { "Money back for snapped gaiters".into() } else { String::new() },
        gist: gist.into(),
        status: ConversationStatus::Open,
        assignee_id: (number == 4812).then(|| id(10)),
        intent: Some(intent.into()),
        language: "en".into(),
        order_number: (!order.is_empty()).then(|| order.into()),
        proposal: proposal.map(|(words, _)| words.into()),
        proposal_tone: proposal.map_or("", |(_, tone)| tone).into(),
        needs_approval: proposal.is_some(),
        agent_state: if proposal.is_some() { AgentState::Drafted } else { AgentState::Writing },
        taken_over: false,
        unread,
        participants: Json(vec![]),
        snoozed_until: None,
        due_at: Some(due),
        last_message_at: received,
        last_inbound_at: Some(received),
        revision: 3,
        created_at: at(datetime!(2026-11-21 10:02 UTC)),
        resolved_at: None,
    }
}

fn message(number: u128, author: MessageAuthor, who: &str, body: &str, created: OffsetDateTime) -> Message {
    let inbound = author == MessageAuthor::Contact;
    Message {
        seq: i64::try_from(number).unwrap_or(0),
        id: id::<MessageId>(number),
        conversation_id: id(101),
        channel_id: id(21),
        direction: if inbound { Direction::Inbound } else { Direction::Outbound },
        author,
        teammate_id: None,
        contact_id: None,
        sender_name: who.into(),
        sender_address: String::new(),
        recipients: Json(vec![]),
        subject: String::new(),
        body: body.into(),
        full_text: String::new(),
        html: None,
        delivery: (!inbound).then_some(Delivery::Read),
        delivery_reason: String::new(),
        external_id: String::new(),
        in_reply_to: None,
        automatic: "no".into(),
        trust: "proved".into(),
        draft_id: None,
        send_at: None,
        created_at: at(created),
        sent_at: None,
    }
}

pub fn messages() -> Vec<Message> {
    vec![
        message(
            401,
            MessageAuthor::Contact,
            "Sofie Keller",
            "Hello! The first parcel is here. A buckle of the left gaiter broke off, I took a photo.",
            datetime!(2026-11-21 10:02 UTC),
        ),
        message(
            402,
            MessageAuthor::Agent,
            "Agent",
            "I am sorry to hear that, Sofie. Shall we send new gaiters, or would you like your money back?",
            datetime!(2026-11-21 10:03 UTC),
        ),
        message(
            403,
            MessageAuthor::Contact,
            "Sofie Keller",
            "Money back please, I found others for my trip. And what about the jacket? You promised it for Friday!",
            datetime!(2026-11-23 09:12 UTC),
        ),
    ]
}

/// What can go wrong or be taken back.
pub fn troubled_messages() -> Vec<Message> {
    let failed = Message {
        delivery: Some(Delivery::Failed),
        delivery_reason: "WhatsApp refused the reply: the 24 h window closed at 09:12.".into(),
        ..message(
            404,
            MessageAuthor::Teammate,
            "Ida Holm",
            "Your jacket is in Leipzig now.",
            datetime!(2026-11-23 09:14 UTC),
        )
    };
    let queued = Message {
        delivery: Some(Delivery::Queued),
        send_at: Some(Ts(now().0 + 8_000_000)),
        draft_id: Some(id(500)),
        ..message(
            405,
            MessageAuthor::Teammate,
            "Ida Holm",
            "Your money is on its way.",
            datetime!(2026-11-23 09:17:58 UTC),
        )
    };
    let mail = Message {
        html: Some("<p>Hi</p>".into()),
        full_text: "Hello again\n\n> On Friday you wrote:\n> It left Hamburg.".into(),
        trust: "failed".into(),
        ..message(
            406,
            MessageAuthor::Contact,
            "Sofie Keller",
            "Hello again, see https://track.example/00340?x=1&y=2",
            datetime!(2026-11-23 09:10 UTC),
        )
    };
    vec![mail, failed, queued]
}

pub fn attachments() -> Vec<Attachment> {
    vec![Attachment {
        id: id::<AttachmentId>(450),
        message_id: id(401),
        position: 0,
        name: "buckle.jpg".into(),
        content_type: "image/jpeg".into(),
        size: 1_240_000,
        content_id: None,
        inline: false,
        storage_key: "k".into(),
    }]
}

pub fn notes() -> Vec<Note> {
    vec![Note {
        id: id::<NoteId>(460),
        conversation_id: id(101),
        teammate_id: id(11),
        teammate_name: "Mara Lind".into(),
        body: "I looked at the photo, the buckle is gone. Fine by me @ida.".into(),
        created_at: at(datetime!(2026-11-23 08:15 UTC)),
    }]
}

pub fn events() -> Vec<Event> {
    let event = |seq, kind, actor: &str, data, moment| Event {
        seq,
        id: id::<EventId>(470),
        brand_id: id(1),
        conversation_id: Some(id(101)),
        kind,
        actor: actor.into(),
        data: Json(data),
        at: at(moment),
    };
    vec![
        event(
            7,
            EventKind::OrderMatched,
            "agent",
            serde_json::json!({"order": "FJ-20417"}),
            datetime!(2026-11-21 10:02:30 UTC),
        ),
        event(
            8,
            EventKind::Assigned,
            "Mara Lind",
            serde_json::json!({"to": "Ida Holm"}),
            datetime!(2026-11-23 08:16 UTC),
        ),
    ]
}

fn evidence(source: EvidenceSource, label: &str, detail: &str, seconds_ago: i64) -> Evidence {
    Evidence {
        source,
        label: label.into(),
        detail: detail.into(),
        values: vec![],
        read_at: Ts(now().0 - seconds_ago * 1_000_000),
    }
}

fn sentence(text: &str, evidence: &[usize], starts_paragraph: bool) -> Sentence {
    Sentence { text: text.into(), evidence: evidence.to_vec(), left_out: None, starts_paragraph }
}

fn check(name: &str, problem: Option<&str>) -> Check {
    Check { name: name.into(), problem: problem.map(Into::into) }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub fn draft() -> Draft {
    let document = DraftDocument {
        sentences: vec![
            sentence("Hi Sofie,", &[], true),
            sentence("I have refunded the 42.00 EUR for the Lomma gaiters to your card ending 4421.", &[0], false),
            sentence("Banks show it within 3 to 5 working days.", &[1], false),
            sentence("You can keep the gaiters.", &[2], false),
            sentence("Your jacket left Hamburg on Saturday, later than promised, and I am sorry.", &[3], true),
            Sentence {
                left_out: Some("the carrier gives no date.".into()),
                ..sentence("It arrives on Tuesday.", &[], false)
            },
            sentence("I will write again when it is out for delivery.", &[], false),
        ],
        evidence: vec![
            evidence(
                EvidenceSource::Order,
                "Order FJ-20417, line 2",
                "Lomma gaiters L, 42.00 EUR, paid by card ending 4421.",
                12,
            ),
            evidence(EvidenceSource::Policy, "Policy v14, rule 6", "Card refunds show within 3 to 5 working days.", 12),
            evidence(
                EvidenceSource::Policy,
                "Policy v14, rule 3",
                "Broken on arrival under 60.00 EUR: no return needed.",
                12,
            ),
            evidence(EvidenceSource::Shipment, "Parcel 2 of 2", "Scanned in Hamburg, Sat 21 Nov 18:40.", 180),
        ],
        actions: vec![ProposedAction {
            source_id: id(30),
            order_id: "o1".into(),
            order_number: "FJ-20417".into(),
            action: OrderAction::Refund {
                amount: eur(4_200),
                lines: vec![LineQuantity { line_id: "l2".into(), quantity: 1 }],
                reason: "broken".into(),
            },
            label: "Refund 42.00 EUR to card ending 4421".into(),
            problem: None,
        }],
        checks: vec![
            check("Amounts", None),
            check("Order", None),
            check("Identity", None),
            check("Policy", None),
            check("Voice 92", None),
            check("Dates", Some("1 sentence not proven")),
        ],
        why: "broken on arrival, under 60.00 EUR".into(),
        clause: "policy v14 rule 3".into(),
        proposal: "Refund 42.00".into(),
        voice_score: 92,
    };
    Draft {
        id: id::<DraftId>(500),
        conversation_id: id(101),
        run_id: id(501),
        revision: 3,
        state: DraftState::Current,
        intent: "damaged_or_wrong_item".into(),
        language: "en".into(),
        confidence: 0.94,
        document: Json(document),
        created_at: now(),
    }
}

pub fn approval() -> Approval {
    Approval {
        id: id::<ApprovalId>(510),
        conversation_id: id(101),
        draft_id: id(500),
        state: ApprovalState::Pending,
        reasons: Json(vec!["refund over 25.00 EUR".into()]),
        likeness: "broken on arrival, refund, under 60.00 EUR".into(),
        created_at: now(),
        decided_by: None,
        decided_at: None,
    }
}

pub fn run() -> AgentRun {
    let step = |kind, summary: &str| Step { kind, summary: summary.into(), took_us: 300_000 };
    AgentRun {
        id: id::<AgentRunId>(501),
        conversation_id: id(101),
        revision: 3,
        engine: EngineKind::BuiltIn,
        state: RunState::Done,
        outcome: Some("reply".into()),
        reason: String::new(),
        instruction: String::new(),
        steps: Json(vec![
            step(StepKind::Understood, "broken item, late parcel (97 %)"),
            step(StepKind::Read, "order FJ-20417 and its two parcels"),
            step(StepKind::Decided, "ask, because the refund is over 25.00 EUR"),
            step(StepKind::Wrote, "in English, short enough for WhatsApp"),
            step(StepKind::Checked, "6 things, left out 1 sentence"),
        ]),
        policy_version: 14,
        voice_version: 5,
        started_at: now(),
        finished_at: Some(now()),
        duration_us: Some(1_840_000),
    }
}

pub fn contact() -> (Contact, Vec<ContactIdentity>) {
    let contact = Contact {
        id: id(201),
        brand_id: id(1),
        name: "Sofie Keller".into(),
        locale: "en".into(),
        created_at: at(datetime!(2024-03-02 10:00 UTC)),
    };
    let identity = |kind: &str, value: &str, proved| ContactIdentity {
        kind: kind.into(),
        value: value.into(),
        contact_id: id(201),
        proved,
    };
    let identities =
        vec![identity("phone", "+49 151 555 7720", true), identity("email", "sofie.k@customer.example", false)];
    (contact, identities)
}

fn line(id: &str, title: &str, variant: &str, minor: i64) -> LineItem {
    LineItem {
        id: id.into(),
        sku: format!("SKU-{id}"),
        title: title.into(),
        variant: variant.into(),
        ordered: 1,
        current: 1,
        fulfilled: 1,
        unit_price: eur(minor),
    }
}

fn shipment(id: &str, line: &str, status: ShipmentStatus, delivered: Option<OffsetDateTime>) -> Shipment {
    Shipment {
        id: id.into(),
        carrier: "Nordpost".into(),
        tracking_number: format!("0034 0434 12{id}"),
        tracking_url: "https://track.nordpost.example/00340".into(),
        status,
        shipped_at: Some(datetime!(2026-11-21 18:40 UTC)),
        promised: Some(Window { from: datetime!(2026-11-19 08:00 UTC), to: datetime!(2026-11-20 08:00 UTC) }),
        estimated: None,
        delivered_at: delivered,
        lines: vec![LineQuantity { line_id: line.into(), quantity: 1 }],
        events: vec![TrackingEvent {
            at: datetime!(2026-11-21 18:40 UTC),
            text: "left".into(),
            place: "Hamburg".into(),
        }],
    }
}

pub fn order() -> KnownOrder {
    let allowed = |kind, refused: Option<&str>| AllowedAction { kind, refused_because: refused.map(Into::into) };
    let order = Order {
        id: "o1".into(),
        number: "FJ-20417".into(),
        status: OrderStatus::PartlyShipped,
        placed_at: datetime!(2026-11-16 12:00 UTC),
        updated_at: datetime!(2026-11-21 18:40 UTC),
        buyer: Buyer { id: "b1".into(), name: "Sofie Keller".into(), email: String::new(), phone: String::new() },
        shipping_address: Address {
            name: "Sofie Keller".into(),
            line1: "Talweg 4".into(),
            line2: String::new(),
            postal_code: "79098".into(),
            city: "Freiburg".into(),
            region: String::new(),
            country: "DE".into(),
        },
        lines: vec![
            line("l1", "Skarv 3L shell jacket", "M, moss", 28_900),
            line("l2", "Lomma gaiters", "L, black", 4_200),
        ],
        shipping_price: eur(0),
        total: eur(33_100),
        payments: vec![Payment {
            id: "p1".into(),
            method: "card ending 4421".into(),
            amount: eur(33_100),
            at: datetime!(2026-11-16 12:00 UTC),
        }],
        refunds: Vec::<Refund>::new(),
        shipments: vec![
            shipment("11", "l2", ShipmentStatus::Delivered, Some(datetime!(2026-11-21 09:30 UTC))),
            shipment("12", "l1", ShipmentStatus::InTransit, None),
        ],
        returns: vec![],
        invoice_url: String::new(),
        actions: vec![
            allowed(ActionKind::Refund, None),
            allowed(ActionKind::Replace, None),
            allowed(ActionKind::Return, None),
            allowed(ActionKind::Cancel, Some("Already handed to the carrier")),
            allowed(ActionKind::ChangeAddress, Some("Already handed to the carrier")),
        ],
    };
    KnownOrder {
        source_id: id::<OrderSourceId>(30),
        source_name: "Fjordline shop".into(),
        order,
        read_at: Ts(now().0 - 12_000_000),
    }
}
