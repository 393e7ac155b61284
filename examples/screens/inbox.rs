//! The inbox, a conversation in several states, the queue, and the pages before signing in.

use askama::Template;
use resolute::model::channel::Capabilities;
use resolute::model::conversation::AgentState;
use resolute::model::message::Message;
use resolute::model::order::ActionKind;
use resolute::store::composer_texts::ComposerText;
use resolute::web::approvals::{CaseFacts, QueueFacts, QueuePage, WaitingCase};
use resolute::web::conversations::action_form::ActionForm;
use resolute::web::conversations::composer::ComposerFacts;
use resolute::web::conversations::context::ContextFacts;
use resolute::web::conversations::desk::{DeskPage, ListPane, OpenFacts};
use resolute::web::conversations::draft::DraftFacts;
use resolute::web::conversations::head::HeadFacts;
use resolute::web::conversations::timeline::TimelineFacts;
use resolute::web::page::Place;
use resolute::web::sessions::SignInPage;
use resolute::web::setup::SetupPage;

use crate::{cast, page};

/// What differs between the pictures of a conversation.
#[derive(Clone, Copy, Default)]
struct Variant {
    editing: bool,
    writing: bool,
    troubled: bool,
    list_first: bool,
    closed: bool,
    handed_off: bool,
}

pub fn screens() -> Vec<(&'static str, String)> {
    let plain = Variant::default();
    vec![
        ("inbox", conversation(Variant { list_first: true, ..plain })),
        ("conversation", conversation(plain)),
        ("conversation-editing", conversation(Variant { editing: true, ..plain })),
        ("conversation-writing", conversation(Variant { writing: true, ..plain })),
        ("conversation-troubled", conversation(Variant { troubled: true, writing: true, ..plain })),
        ("conversation-closed", conversation(Variant { closed: true, ..plain })),
        ("conversation-handed-off", conversation(Variant { handed_off: true, ..plain })),
        ("inbox-empty", empty_inbox()),
        ("approvals", approvals()),
        ("approvals-empty", empty_approvals()),
        ("action", ActionForm::new(page(Place::Inbox), 4812, ActionKind::Refund, &cast::order()).render().unwrap()),
        ("sign-in", SignInPage::new("Fjordline", "token", "/inbox").render().unwrap()),
        ("sign-in-refused", refused_sign_in()),
        ("setup", setup()),
    ]
}

fn conversation(variant: Variant) -> String {
    let page = page(Place::Inbox);
    let conversations = cast::conversations();
    let mut open = conversations[1].clone();
    let team = cast::team();
    let (contact, identities) = cast::contact();
    let (draft, approval, run) = (cast::draft(), cast::approval(), cast::run());
    let orders = [cast::order()];
    let mut messages = cast::messages();
    if variant.troubled {
        messages.extend(cast::troubled_messages());
    }
    if variant.writing {
        open.agent_state = AgentState::Writing;
    }
    let hand_off = crate::rest::hand_off();
    if variant.handed_off {
        open.agent_state = AgentState::HandedOff;
    }
    let (files, notes, events) = (cast::attachments(), cast::notes(), cast::events());
    let mut capabilities: Capabilities = whatsapp();
    if variant.closed {
        capabilities.reply_window = Some(std::time::Duration::from_secs(60));
    }
    let kept = variant.closed.then(|| ComposerText { body: "Your jacket is in Leipzig".into(), is_note: false });
    let here = "/conversations/4812?view=needs_approval";
    let facts = OpenFacts {
        head: HeadFacts { conversation: &open, teammates: &team, tags: &[] },
        timeline: TimelineFacts { messages: &messages, files: &files, notes: &notes, events: &events },
        draft: DraftFacts {
            conversation: &open,
            draft: (!variant.writing && !variant.handed_off).then_some(&draft),
            approval: Some(&approval),
            run: Some(&run),
            hand_off: Some(&hand_off),
            editing: variant.editing,
            here,
            back: here,
        },
        composer: ComposerFacts {
            conversation: &open,
            capabilities: &capabilities,
            kept: kept.as_ref(),
            note: false,
            refused: None,
        },
        context: ContextFacts {
            conversation: &open,
            contact: &contact,
            identities: &identities,
            orders: if variant.troubled { &[] } else { &orders },
            candidates: if variant.troubled { &orders } else { &[] },
            others: &conversations[2..3],
            draft: Some(&draft.document.0),
        },
    };
    let list = ListPane::new(&page, &conversations, Some(4812), Some("next"));
    let desk = match variant.list_first {
        true => DeskPage::inbox(page, list, Some(facts)),
        false => DeskPage::conversation(page, list, facts),
    };
    desk.render().unwrap()
}

fn whatsapp() -> Capabilities {
    use channel_contract::capabilities::{LengthLimit, LengthUnit};
    Capabilities {
        text: Some(LengthLimit { most: 4096, unit: LengthUnit::Characters }),
        attachments: None,
        html: false,
        subject: false,
        reply_window: Some(std::time::Duration::from_secs(86_400)),
        can_initiate: false,
        delivered_receipts: true,
        read_receipts: true,
        agent_may_send: true,
        links: true,
    }
}

fn empty_inbox() -> String {
    let page = page(Place::Inbox);
    let list = ListPane::new(&page, &[], None, None);
    DeskPage::inbox(page, list, None).render().unwrap()
}

fn approvals() -> String {
    let conversations = cast::conversations();
    let (draft, approval, run) = (cast::draft(), cast::approval(), cast::run());
    let (messages, files, orders) = (cast::messages(), cast::attachments(), [cast::order()]);
    let last: &Message = &messages[2];
    let waiting: Vec<WaitingCase> = conversations
        .iter()
        .skip(1)
        .map(|one| WaitingCase {
            approval: if one.number == 4812 { approval.id } else { resolute::model::ApprovalId(one.id.0) },
            conversation: one.clone(),
        })
        .collect();
    let alike: Vec<_> = waiting.iter().take(7).map(|case| case.approval).collect();
    let facts = QueueFacts {
        waiting: &waiting,
        case: Some(CaseFacts {
            conversation: &conversations[1],
            draft: &draft,
            approval: &approval,
            run: Some(&run),
            message: Some(last),
            files: &files,
            orders: &orders,
            editing: false,
        }),
        alike: &alike,
        decided: 3,
        mean_us: Some(9_000_000),
        undo: Some(last.id),
    };
    QueuePage::new(page(Place::Approvals), facts, false).render().unwrap()
}

fn empty_approvals() -> String {
    let facts = QueueFacts { waiting: &[], case: None, alike: &[], decided: 12, mean_us: Some(9_000_000), undo: None };
    QueuePage::new(page(Place::Approvals), facts, false).render().unwrap()
}

fn refused_sign_in() -> String {
    let page = SignInPage::new("Fjordline", "token", "/inbox");
    page.refused("ida@fjordline.example", "This address and password do not fit together.").render().unwrap()
}

fn setup() -> String {
    let values = [("name", "Ida Holm".to_owned()), ("email", "ida@fjordline.example".to_owned())];
    let errors = [("password", "Too short by 3: use 12 characters or more. Everything else is kept.".to_owned())];
    SetupPage::new("token", &values, &errors).render().unwrap()
}
