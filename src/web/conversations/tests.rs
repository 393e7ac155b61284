//! Fragments of a conversation as text, and hostile text in every one of them.

use serde_json::json;
use uuid::Uuid;

use super::draft::{DraftFacts, DraftSlot};
use super::event::EventLine;
use super::message::{MessageView, NoteView};
use super::row::{Listed, Row, Rows};
use crate::inbox::admission::Shut;
use crate::model::agent_run::{HandOff, HandOffPacket};
use crate::model::approval::{Approval, ApprovalState};
use crate::model::attachment::Attachment;
use crate::model::brand::{AgentLevel, Brand};
use crate::model::conversation::{AgentState, Conversation, ConversationStatus};
use crate::model::draft::{
    Check, Draft, DraftDocument, DraftState, Evidence, EvidenceSource, ProposedAction, Sentence,
};
use crate::model::event::{Event, EventKind};
use crate::model::message::{Automatic, Delivery, Direction, Message, MessageAuthor, Trust};
use crate::model::message_change::{MessageChanges, Sign, Wording};
use crate::model::note::Note;
use crate::model::order::{Currency, Money, OrderAction};
use crate::model::teammate::{Role, Teammate};
use crate::model::{Json, Ts};
use crate::web::page::{InboxQuery, InboxView, Page, Place};

const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)> ' onfocus='x";
const NOW: Ts = Ts(1_795_425_480_000_000);

fn id<T: From<Uuid>>(number: u128) -> T {
    T::from(Uuid::from_u128(number))
}

fn ago(seconds: i64) -> Ts {
    Ts(NOW.0 - seconds * 1_000_000)
}

fn page() -> Page {
    let brand = Brand {
        id: id(1),
        slug: "fjordline".into(),
        name: "Fjordline".into(),
        hue: 205,
        locale: "en".into(),
        currency: "EUR".into(),
        order_pattern: String::new(),
        agent_level: AgentLevel::Approve,
        time_zone: String::new(),
        created_at: ago(0),
    };
    let ida = Teammate {
        id: id(2),
        email: "ida@fjordline.example".into(),
        name: "Ida Holm".into(),
        role: Role::Teammate,
        time_zone: String::new(),
        disabled_at: None,
        away_since: None,
    };
    let mut page = Page::new(&brand, &ida, "token", Place::Inbox, NOW);
    page.inbox = Some(InboxQuery::of(InboxView::NeedsApproval));
    page
}

/// A conversation in which every text of the customer and of the agent is `text`.
fn conversation(text: &str) -> Conversation {
    Conversation {
        id: id(3),
        number: 4812,
        brand_id: id(1),
        channel_id: id(4),
        channel_kind: "whatsapp".into(),
        contact_id: id(5),
        contact_name: text.into(),
        subject: text.into(),
        gist: text.into(),
        status: ConversationStatus::Open,
        assignee_id: None,
        intent: Some(text.into()),
        language: "en".into(),
        order_number: Some(text.into()),
        proposal: Some(text.into()),
        proposal_tone: text.into(),
        needs_approval: true,
        agent_state: AgentState::Drafted,
        taken_over: false,
        unread: true,
        participants: Json(vec![]),
        snoozed_until: None,
        due_at: Some(Ts(NOW.0 + 1_320_000_000)),
        last_message_at: ago(360),
        last_inbound_at: Some(ago(2_280)),
        last_written_at: None,
        revision: 3,
        created_at: ago(86_400),
        merged_into: None,
        resolved_at: None,
        clocks: crate::model::answer_times::Clocks::default(),
        window: crate::model::window::Window::default(),
    }
}

fn message(author: MessageAuthor, text: &str) -> Message {
    let inbound = author == MessageAuthor::Contact;
    Message {
        seq: 1,
        id: id(10),
        conversation_id: id(3),
        channel_id: id(4),
        direction: if inbound { Direction::Inbound } else { Direction::Outbound },
        author,
        teammate_id: None,
        contact_id: None,
        sender_name: text.into(),
        sender_address: text.into(),
        reply_to: String::new(),
        recipients: Json(vec![]),
        subject: text.into(),
        body: text.into(),
        full_text: format!("{text}\n> {text}"),
        html: Some(text.into()),
        delivery: (!inbound).then_some(Delivery::Failed),
        delivery_reason: text.into(),
        external_id: text.into(),
        in_reply_to: None,
        automatic: Automatic::Bulk,
        trust: Trust::Claimed,
        draft_id: None,
        send_at: None,
        written_at: None,
        created_at: ago(360),
        sent_at: None,
        changes: None,
        template: None,
        choices: Json(Vec::new()),
        parts: 1,
        parts_sent: 0,
        machine_worded: false,
        by_program: false,
        aside: false,
        thread: None,
        to_contact_id: None,
    }
}

fn file(name: &str) -> Attachment {
    Attachment {
        id: id(11),
        message_id: id(10),
        position: 0,
        name: name.into(),
        content_type: name.into(),
        size: 1_240_000,
        content_id: None,
        inline: false,
        storage_key: "k".into(),
        reference: None,
        trouble: String::new(),
    }
}

/// A draft in which every text is `text`.
fn draft(text: &str, problem: Option<&str>) -> Draft {
    let sentence = |text: &str, evidence: &[usize], left_out: Option<&str>, starts_paragraph| Sentence {
        text: text.into(),
        evidence: evidence.to_vec(),
        left_out: left_out.map(Into::into),
        starts_paragraph,
    };
    let evidence = Evidence {
        source: EvidenceSource::Order,
        label: text.into(),
        detail: text.into(),
        values: vec![],
        read_at: ago(12),
    };
    let document = DraftDocument {
        sentences: vec![
            sentence(text, &[], None, true),
            // The second place does not exist: a mark that leads nowhere is not shown.
            sentence("I sent 42.00 EUR back to your card.", &[0, 7], None, false),
            sentence(text, &[0], None, false),
            sentence("It arrives on Tuesday.", &[], Some(text), true),
        ],
        evidence: vec![evidence],
        actions: vec![ProposedAction {
            source_id: id(20),
            order_id: "o1".into(),
            order_number: text.into(),
            action: OrderAction::Refund {
                amount: Money::new(4_200, Currency::EUR),
                lines: vec![],
                reason: text.into(),
                gives_back: None,
            },
            label: format!("Refund 42.00 EUR to {text}"),
            worth: Some(Money::new(4_200, Currency::EUR)),
            problem: problem.map(Into::into),
        }],
        checks: vec![
            Check { name: "Amounts".into(), problem: None },
            Check { name: "Dates".into(), problem: Some(text.into()) },
        ],
        why: text.into(),
        clause: text.into(),
        proposal: text.into(),
        voice_score: 92,
        orders: Vec::new(),
        asks_back: None,
        choices: Vec::new(),
        told_unread: false,
        template: None,
    };
    Draft {
        id: id(30),
        conversation_id: id(3),
        run_id: id(31),
        revision: 3,
        state: DraftState::Current,
        intent: text.into(),
        language: text.into(),
        confidence: 0.94,
        document: Json(document),
        created_at: ago(20),
    }
}

fn approval(text: &str) -> Approval {
    Approval {
        id: id(32),
        conversation_id: id(3),
        draft_id: id(30),
        state: ApprovalState::Pending,
        reasons: Json(vec![text.into()]),
        likeness: text.into(),
        needs_role: Role::Teammate,
        created_at: ago(20),
        decided_by: None,
        decided_at: None,
        final_text: None,
    }
}

fn card(text: &str, problem: Option<&str>, editing: bool) -> String {
    let (conversation, draft, approval) = (conversation(text), draft(text, problem), approval(text));
    let facts = DraftFacts { editing, ..facts(&conversation, &draft, &approval) };
    DraftSlot::new(&page(), facts).to_string()
}

fn facts<'a>(conversation: &'a Conversation, draft: &'a Draft, approval: &'a Approval) -> DraftFacts<'a> {
    DraftFacts {
        conversation,
        parties: None,
        draft: Some(draft),
        approval: Some(approval),
        run: None,
        waiting_files: 0,
        shut: None,
        written: None,
        hand_off: None,
        team: &[],
        editing: false,
        here: "/conversations/4812?view=mine",
        back: "/approvals",
    }
}

/// Without the hash of the icons, which is another one with every drawing.
fn shown(html: &impl ToString) -> String {
    html.to_string().replace(&crate::web::assets::asset_url("icons.svg"), "icons.svg")
}

#[test]
fn a_row_is_three_lines() {
    insta::assert_snapshot!(shown(&Row::new(&page(), &conversation("Sofie"), Some(4812))));
}

#[test]
fn a_failed_reply_keeps_its_text_and_can_be_sent_again() {
    let view = MessageView::new(&page(), &message(MessageAuthor::Teammate, "On its way."), &[file("map.png")]);
    insta::assert_snapshot!(shown(&view));
}

#[test]
fn a_draft_shows_its_proof_and_what_is_left_out() {
    insta::assert_snapshot!(shown(&card("Hi Sofie,", None, false)));
}

#[test]
fn an_action_that_cannot_be_done_blocks_approving_and_says_why() {
    let html = card("Hi", Some("Again"), false);
    assert!(html.contains("disabled title=\"Again\"") && html.contains("id=\"blocked\">Again"));
    assert!(!card("Hi", None, false).contains("disabled"));
}

#[test]
fn a_draft_that_cannot_leave_as_it_stands_offers_what_can_be_done() {
    let (conversation, draft, approval) = (conversation("x"), draft("x", None), approval("x"));
    let shown = |templates, routes| {
        let shut = Shut { words: "The time for a reply is over.".into(), own_words: false, templates, routes };
        let facts = DraftFacts { editing: true, shut: Some(&shut), ..facts(&conversation, &draft, &approval) };
        DraftSlot::new(&page(), facts).to_string()
    };
    let both = shown(true, true);
    for part in [
        "The time for a reply is over. The draft is kept.",
        "Choose a template</a>",
        "Another channel…</a>",
        "Take over",
    ] {
        assert!(both.contains(part), "{part}: {both}");
    }
    for part in ["Approve and send", "/acceptance", "edit=1", "Send this"] {
        assert!(!both.contains(part), "{part}: {both}");
    }
    let none = shown(false, false);
    assert!(!none.contains("Choose a template") && !none.contains("Another channel"), "{none}");

    // Where a person's own words leave it is edited, and never approved.
    let shut = Shut { words: "Only people.".into(), own_words: true, templates: true, routes: false };
    let facts = DraftFacts { shut: Some(&shut), ..facts(&conversation, &draft, &approval) };
    let html = DraftSlot::new(&page(), facts).to_string();
    let first = "draft-keys\">\n  <a class=\"button main\" href=\"/conversations/4812?view=mine&#38;edit=1#draft\"";
    assert!(html.contains(first) && html.contains("Only people. The draft is kept."), "{html}");
    assert!(!html.contains("/acceptance"), "{html}");
    assert!(DraftSlot::new(&page(), DraftFacts { editing: true, ..facts }).to_string().contains("Send this"));
}

#[test]
fn editing_keeps_out_what_was_left_out() {
    let html = card("Hi", None, true);
    assert!(html.contains("name=\"body\"") && !html.contains("It arrives on Tuesday."), "{html}");
    assert!(!html.contains("/acceptance"), "an edited text is not accepted as it was");
}

#[test]
fn who_may_not_decide_sees_who_does_and_no_way_to_edit() {
    let (conversation, draft) = (conversation("x"), draft("x", None));
    let manager = Approval { needs_role: Role::Manager, final_text: Some("Mine".into()), ..approval("x") };
    let facts = DraftFacts { editing: true, here: "/", back: "/", ..facts(&conversation, &draft, &manager) };
    let html = DraftSlot::new(&page(), facts).to_string();
    assert!(html.contains("A manager decides this") && html.contains("disabled"), "{html}");
    assert!(!html.contains("edit=1") && !html.contains("/edit\""), "{html}");
    let own = Approval { needs_role: Role::Teammate, ..manager.clone() };
    let html = DraftSlot::new(&page(), DraftFacts { approval: Some(&own), ..facts }).to_string();
    assert!(html.contains(">Mine</textarea>"), "what a person had written is there again: {html}");
}

#[test]
fn what_may_have_arrived_is_sent_again_only_with_a_warning() {
    let unknown = Message { delivery: Some(Delivery::Unknown), ..message(MessageAuthor::Teammate, "Hi") };
    let html = MessageView::new(&page(), &unknown, &[]).to_string();
    assert!(
        html.contains("Send it again, even if it arrives twice") && html.contains("It may have arrived."),
        "{html}"
    );
}

#[test]
fn what_became_of_a_message_stands_below_it() {
    let said = |text: &str, changes: MessageChanges| {
        let changed = Message {
            html: None,
            full_text: String::new(),
            changes: Some(Json(changes)),
            ..message(MessageAuthor::Contact, text)
        };
        MessageView::new(&page(), &changed, &[file("map.png")]).to_string()
    };
    let mut changes = MessageChanges::default();
    changes.edit(HOSTILE, Wording { at: ago(60), key: "e".into(), text: "Now.".into() });
    changes.put_sign(Sign { by: "7".into(), name: HOSTILE.into(), sign: HOSTILE.into(), at: ago(50), key: "s".into() });
    let edited = said("Now.", changes.clone());
    assert!(edited.contains("<span>changed ") && edited.contains("Show what it said before</summary>"), "{edited}");
    assert!(!edited.contains("<script") && !edited.contains("<img src=x"), "{edited}");
    assert!(edited.contains("class=\"signs\"") && !edited.contains("Taken back"), "{edited}");
    changes.take_back("Now.", ago(40));
    let taken_back = said("", changes);
    let (before, behind) = taken_back.split_once("Show what it said</summary>").unwrap();
    assert!(before.contains("Taken back by its writer.") && !before.contains("Now."), "{before}");
    assert!(!before.contains("map.png") && behind.contains("map.png") && behind.contains("Now."), "{behind}");
    assert!(!taken_back.contains("<span>changed ") && !taken_back.contains("<script"), "{taken_back}");
}

#[test]
fn a_hand_over_leads_back_to_where_it_was_seen() {
    let conversation = Conversation { agent_state: AgentState::HandedOff, ..conversation("x") };
    let hand_off = HandOff {
        id: id(50),
        conversation_id: id(3),
        run_id: id(51),
        reason: "why".into(),
        packet: Json(HandOffPacket::default()),
        told: Json(Vec::new()),
        notice_id: None,
        untold: String::new(),
        created_at: ago(3),
    };
    let facts = DraftFacts {
        conversation: &conversation,
        parties: None,
        draft: None,
        approval: None,
        run: None,
        hand_off: Some(&hand_off),
        team: &[],
        waiting_files: 0,
        shut: None,
        written: None,
        editing: false,
        here: "/",
        back: "/conversations/4812?view=mine",
    };
    let html = DraftSlot::new(&page(), facts).to_string();
    assert_eq!(html.matches("name=\"back\" value=\"/conversations/4812?view=mine\"").count(), 2, "{html}");
    assert!(html.contains(&format!("href=\"/agent-runs/{}\"", hand_off.run_id)), "{html}");
}

#[test]
fn a_decided_approval_shows_no_keys() {
    let (conversation, draft) = (conversation("x"), draft("x", None));
    let decided = Approval { state: ApprovalState::Accepted, ..approval("x") };
    let facts = facts(&conversation, &draft, &decided);
    assert_eq!(DraftSlot::new(&page(), facts).to_string(), "<div id=\"draft\" hidden></div>");
}

#[test]
fn a_reply_that_has_not_left_can_be_taken_back() {
    let queued = Message {
        delivery: Some(Delivery::Queued),
        send_at: Some(Ts(NOW.0 + 8_000_000)),
        ..message(MessageAuthor::Teammate, "Hi")
    };
    let address = format!("/messages/{}/cancellation", queued.id);
    let shown = MessageView::new(&page(), &queued, &[]).to_string();
    let back = "name=\"back\" value=\"/inbox?view=needs_approval\"";
    assert!(shown.contains(&address) && shown.contains(back), "{shown}");
    let gone = MessageView::new(&page(), &Message { send_at: Some(ago(1)), ..queued }, &[]).to_string();
    assert!(!gone.contains(&address));
}

#[test]
fn the_undo_of_a_merge_and_of_a_split_is_a_command_of_the_page() {
    for (kind, data, words) in [
        (EventKind::Merged, json!({ "came": true, "number": 7, "merge": "m" }), "Undo: Ida merged #7 into this one"),
        (EventKind::Split, json!({ "came": false, "number": 8 }), "Undo: Ida split what followed into #8"),
    ] {
        let event = Event {
            seq: 1,
            id: id(40),
            brand_id: id(1),
            conversation_id: Some(id(3)),
            kind,
            actor: "Ida".into(),
            data: Json(data),
            at: ago(1),
        };
        let line = EventLine::new(page().reader, &event).unwrap().with_way_back(&page(), &event, 4812).to_string();
        assert!(line.contains(&format!("data-command=\"{words}\">Undo</button>")), "{line}");
    }
}

#[test]
fn hostile_text_stays_text_in_every_fragment() {
    let event = Event {
        seq: 1,
        id: id(40),
        brand_id: id(1),
        conversation_id: None,
        kind: EventKind::HandedOff,
        actor: HOSTILE.into(),
        data: Json(json!({ "reason": HOSTILE })),
        at: ago(1),
    };
    let note = Note {
        id: id(41),
        conversation_id: id(3),
        teammate_id: id(2),
        teammate_name: HOSTILE.into(),
        body: HOSTILE.into(),
        created_at: ago(1),
    };
    let fragments = [
        Rows::new(&page(), &Listed { rows: vec![conversation(HOSTILE)], next: Some(HOSTILE.to_owned()) }, None)
            .to_string(),
        MessageView::new(&page(), &message(MessageAuthor::Contact, HOSTILE), &[file(HOSTILE)]).to_string(),
        MessageView::new(&page(), &message(MessageAuthor::Teammate, HOSTILE), &[file(HOSTILE)]).to_string(),
        NoteView::new(&page(), &note).to_string(),
        EventLine::new(page().reader, &event).map(|line| line.to_string()).unwrap_or_default(),
        card(HOSTILE, Some(HOSTILE), false),
        card(HOSTILE, None, true),
    ];
    for html in fragments {
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("' onfocus="), "{html}");
        assert!(html.contains("&#60;script"), "the text itself is shown: {html}");
    }
}
