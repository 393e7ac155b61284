//! What stands beside the messages: on the page of a conversation, in the frame of every page, in notifications, in a
//! chat; and what a reply asks and writes.
//!
//! Everything is filled, so that both databases have a choice, and each statement is planned as it is for all values.

use resolute::inbox::care::{self, Answer};
use resolute::inbox::macros::{Also, Then};
use resolute::model::agent_run::HandOffPacket;
use resolute::model::conversation::Shown;
use resolute::model::notification::NotificationKind;
use resolute::model::order::OrderAction;
use resolute::model::resolution::{Outcome, Resolution};
use resolute::model::{ConversationId, MessageId, Ts};
use resolute::store::intake::ConversationRow;
use resolute::store::notifications::{self, NewNotification};
use resolute::store::resolutions::{self, Filter};
use resolute::store::{
    Db, Reader, actions, agent_runs, api_tokens, approvals, attachments, brands, chats, composer_files, composer_texts,
    contacts, conversation_counts, conversations, draft_texts, drafts, matters, messages, notes, orders, people,
    saved_views, sessions, teammates,
};
use serde_json::json;
use sqlx::types::Json;

use super::explain::{Given, assert_fast, assert_fast_join, assert_found};
use super::{ROWS, run, settle};
use crate::store::orders::order;
use crate::support::answers::text_alone;
use crate::support::cast::{Cast, NOW, at};
use crate::support::desk::TestDesk;
use crate::support::drafts::saying;
use crate::support::stores::write;

/// One of each for every conversation or for every contact, which there are many more of. What waits is few.
const FILL: [&str; 20] = [
    "insert into agent_runs (id, conversation_id, revision, engine, state, steps, policy_version, voice_version,
        started_at)
     select id, id, 1, 'built_in', 'done', '[]', 1, 1, created_at from conversations",
    "insert into drafts (id, conversation_id, run_id, revision, state, intent, language, confidence, document,
        created_at)
     select id, id, id, 1, case when needs_approval then 'current' else 'used' end, '', 'en', 0.5, '{}', created_at
     from conversations",
    "insert into approvals (id, conversation_id, draft_id, brand_id, state, reasons, likeness, created_at)
     select id, id, id, brand_id, case when needs_approval then 'pending' else 'accepted' end, '[]', '', created_at
     from conversations",
    "insert into hand_offs (id, conversation_id, run_id, reason, packet, created_at)
     select id, id, id, '', '{}', created_at from conversations",
    "insert into actions (id, brand_id, conversation_id, message_id, order_source_id, order_id, order_number, kind,
        document, state, idempotency_key, created_at)
     select c.id, c.brand_id, c.id, m.id, s.id, c.subject, c.subject, 'cancel', '{}', 'performed', c.subject,
        c.created_at
     from conversations c join messages m on m.conversation_id = c.id cross join order_sources s",
    "insert into notes (id, conversation_id, teammate_id, body, created_at)
     select c.id, c.id, t.id, 'Noted.', c.created_at from conversations c join teammates t on t.name = 'Sam'",
    "insert into order_snapshots (order_source_id, order_id, number, document, read_at)
     select s.id, c.subject, c.subject, '{}', c.created_at from conversations c cross join order_sources s",
    "insert into conversation_orders (conversation_id, order_source_id, order_id, matched_by, created_at)
     select c.id, s.id, c.subject, 'number', c.created_at from conversations c cross join order_sources s",
    "insert into conversation_tags (conversation_id, tag, created_at)
     select id, 'billing', created_at from conversations",
    "insert into composer_texts (conversation_id, teammate_id, body, is_note, updated_at)
     select c.id, t.id, 'Half', false, c.created_at from conversations c join teammates t on t.name = 'Sam'",
    "insert into draft_texts (draft_id, teammate_id, body, updated_at)
     select c.id, t.id, 'Half', c.created_at from conversations c join teammates t on t.name = 'Sam'",
    "insert into composer_files (id, conversation_id, teammate_id, name, content_type, size, storage_key, created_at,
        released_at)
     select c.id, c.id, t.id, 'a', 'b', 1, c.subject, c.last_message_at,
        case when c.needs_approval then c.last_message_at end
     from conversations c join teammates t on t.name = 'Sam'",
    "insert into attachments (id, message_id, position, name, content_type, size, inline, storage_key)
     select contact_id, contact_id, 0, 'a', 'b', 1, false, value from contact_identities",
    "insert into notifications (id, teammate_id, conversation_id, kind, actor, created_at, read_at, mailed_at)
     select c.id, t.id, v.id, 'assigned', 'Noor', v.last_message_at, v.last_message_at, v.snoozed_until
     from contacts c join conversations v on v.number = 7 join teammates t on t.name = 'Sam'",
    "insert into notifications (id, teammate_id, conversation_id, kind, actor, created_at, mailed_at)
     select c.id, t.id, c.id, 'mention', 'Noor', c.created_at, c.created_at
     from conversations c join teammates t on t.name = 'Sam' where c.needs_approval",
    "insert into followers (conversation_id, teammate_id, created_at)
     select c.id, t.id, c.created_at from conversations c join teammates t on t.name = 'Sam'",
    "insert into chat_visitors (id, channel_id, updated_at) select id, channel_id, created_at from conversations",
    "insert into contact_evidence (one_id, other_id, reason, detail, proof, created_at)
     select id, id, 'order', '7', false, created_at from contacts",
    "insert into merges (id, source_id, target_id, teammate_id, moved, source_before, target_before, target_revision,
        created_at)
     select c.id, c.id, c.id, t.id, '{}', '{}', '{}', 1, c.created_at
     from conversations c join teammates t on t.name = 'Sam'",
    "insert into resolutions (brand_id, conversation_id, channel_kind, intent, solved_by, week, resolved_at, until_at,
        look_at, outcome)
     select brand_id, id, channel_kind, 'unknown', 'agent', created_at, last_message_at, last_message_at,
        case when needs_approval then last_message_at end, case when needs_approval then 'open' else 'silent' end
     from conversations",
];

pub(super) async fn fill(db: &Db) {
    for statement in FILL {
        run(db, statement).await;
    }
    write_documents(db).await;
    let open_now = if db.is_shared() {
        "insert into sessions (token_hash, teammate_id, csrf_token, created_at, expires_at, active_at)
         select uuid_send(c.id), t.id, '', c.created_at, c.last_message_at,
            case when c.needs_approval then c.last_message_at end
         from conversations c join teammates t on t.name = 'Sam'"
    } else {
        "insert into sessions (token_hash, teammate_id, csrf_token, created_at, expires_at, active_at)
         select c.id, t.id, '', c.created_at, c.last_message_at,
            case when c.needs_approval then c.last_message_at end
         from conversations c join teammates t on t.name = 'Sam'"
    };
    settle(db, open_now).await;
}

/// What these rows say, so that it can be read.
async fn write_documents(db: &Db) {
    for (statement, document) in [
        ("update drafts set document = $1", json!(saying("It is on its way."))),
        ("update hand_offs set packet = $1", json!(HandOffPacket::default())),
        ("update actions set document = $1", json!(OrderAction::Cancel { reason: String::new() })),
        ("update order_snapshots set document = $1", json!(order("77", "FJ-20417", 4_200))),
    ] {
        let document = Json(document);
        match db {
            Db::Sqlite { write, .. } => {
                sqlx::query(statement).bind(document).execute(write).await.map(drop).unwrap();
            }
            Db::Postgres { write: pool, .. } => {
                sqlx::query(statement).bind(document).execute(pool).await.map(drop).unwrap();
            }
        }
    }
}

/// A page of a conversation.
pub(super) async fn opening(db: &Db, cast: &Cast, row: &ConversationRow) {
    let (id, sam): (ConversationId, _) = (row.id, cast.sam.id);
    assert_found(db, "draft", async { drop(drafts::current(db, id).await.unwrap()) }).await;
    assert_found(db, "approval", async { drop(approvals::pending_of(db, id).await.unwrap()) }).await;
    assert_found(db, "actions", async { drop(actions::list(db, id).await.unwrap()) }).await;
    assert_found(db, "run", async { drop(agent_runs::latest(db, id).await.unwrap()) }).await;
    assert_found(db, "hand-over", async { drop(agent_runs::latest_hand_off(db, id).await.unwrap()) }).await;
    assert_found(db, "notes", async { drop(notes::list(db, id).await.unwrap()) }).await;
    assert_found(db, "newest notes", async { drop(notes::list_newest(db, id, 201).await.unwrap()) }).await;
    let within = async { drop(notes::list_within(db, id, (NOW, at(9))).await.unwrap()) };
    assert_found(db, "notes of a part", within).await;
    assert_found(db, "orders", async { drop(orders::list_of(db, id).await.unwrap()) }).await;
    let watchers = async { drop(orders::list_watchers(db, cast.shop.id, "o1").await.unwrap()) };
    assert_found(db, "watchers", watchers).await;
    assert_found(db, "text", async { drop(composer_texts::find(db, id, sam).await.unwrap()) }).await;
    let place = (id, row.channel_id);
    let thread = async { drop(messages::thread_of(&mut Reader::Db(db), place).await.unwrap()) };
    assert_found(db, "thread", thread).await;
    let last = async { drop(messages::last_written(&mut Reader::Db(db), place, Some("77")).await.unwrap()) };
    assert_found(db, "last written", last).await;
    let address = async { drop(messages::answer_address(&mut Reader::Db(db), place, Some("77")).await.unwrap()) };
    assert_found(db, "address", address).await;
    assert_found(db, "ends", async { drop(messages::list_ends(db, id).await.unwrap()) }).await;
    let customer = async { drop(contacts::list_of_person(db, row.contact_id).await.unwrap()) };
    assert_found(db, "customer", customer).await;
    let lookalikes = async { drop(people::list_lookalikes(db, row.contact_id).await.unwrap()) };
    assert_found(db, "lookalikes", lookalikes).await;
    assert_found(db, "own", async { drop(conversations::for_reader(db, id, sam).await.unwrap()) }).await;
    let version = async { drop(draft_texts::find(db, row.id.0.into(), sam).await.unwrap()) };
    assert_found(db, "version", version).await;
    assert_found(db, "attached", async { drop(composer_files::list(db, id, sam).await.unwrap()) }).await;
    let files = async { drop(attachments::list(db, &[cast.clock.new_id()]).await.unwrap()) };
    assert_found(db, "files", files).await;
}

/// What is asked of closed cases.
pub(super) async fn watching(db: &Db, cast: &Cast, row: &ConversationRow) {
    let watched = (NOW, at(ROWS));
    let closed = Resolution {
        brand_id: cast.brand.id,
        conversation_id: row.id,
        resolved_at: row.last_message_at,
        until_at: row.last_message_at,
    };
    assert_found(db, "due", async { drop(resolutions::list_due(db, at(ROWS), 20).await.unwrap()) }).await;
    let said = async { drop(resolutions::list_words_of_person(db, row.contact_id, watched).await.unwrap()) };
    assert_found(db, "said", said).await;
    let said = async { drop(resolutions::list_words_in_case(db, row.id, watched).await.unwrap()) };
    assert_found(db, "said in the case", said).await;
    assert_found(db, "answered", async { _ = resolutions::answered_at(db, row.id, NOW).await.unwrap() }).await;
    assert_found(db, "before", async { _ = resolutions::settled_before(db, &closed).await.unwrap() }).await;
    let promised = async { drop(actions::list_promised(db, row.id, Ts(0)).await.unwrap()) };
    assert_found(db, "promised", promised).await;
    let wrote = async { _ = matters::has_written_since(&mut Reader::Db(db), row.contact_id, NOW).await.unwrap() };
    assert_found(db, "wrote", wrote).await;
    let begun = async { write(db, async |tx| resolutions::begin(tx, &[row.id], at(ROWS), at(ROWS)).await).await };
    assert_found(db, "begun", begun).await;
    let later = async { _ = write(db, async |tx| resolutions::has_later(tx, &closed).await).await };
    assert_found(db, "later", later).await;
    let judged = async { _ = write(db, async |tx| resolutions::judge(tx, &closed, Outcome::Silent, NOW).await).await };
    assert_found(db, "judged", judged).await;
    let counts = async { drop(resolutions::counts(db, cast.brand.id, watched).await.unwrap()) };
    assert_found(db, "counts", counts).await;
    let filter = Filter {
        brand: cast.brand.id,
        from: NOW,
        to: at(ROWS),
        channel: String::new(),
        intent: String::new(),
        by: String::new(),
        outcome: "silent".into(),
    };
    assert_found(db, "cases", async { drop(resolutions::list(db, &filter, None, 51).await.unwrap()) }).await;
}

/// What is looked after every few seconds.
pub(super) async fn looking_after(db: &Db) {
    // Of half-written replies there are few enough for PostgreSQL to look at all of them; of files there are not.
    let released = async { drop(composer_files::list_released(db, at(ROWS)).await.unwrap()) };
    assert_fast_join(db, "released", "attachments", &[Given::Moment(at(ROWS))], released).await;
    let unsent = async { _ = write(db, async |tx| composer_files::release_older(tx, NOW, NOW).await).await };
    assert_fast(db, "unsent", &[Given::Moment(NOW), Given::Moment(NOW)], unsent).await;
    let forgotten = async { _ = write(db, async |tx| notifications::forget_read(tx, NOW).await).await };
    assert_fast(db, "forgotten", &[Given::Moment(NOW)], forgotten).await;
}

/// What teammates are told, and what they read of it.
pub(super) async fn notifying(db: &Db, cast: &Cast, row: &ConversationRow) {
    let (id, sam) = (row.id, cast.sam.id);
    assert_found(db, "newest", async { drop(notifications::list(db, sam, 50).await.unwrap()) }).await;
    assert_found(db, "any", async { _ = notifications::any_unread_of(db, sam, id).await.unwrap() }).await;
    assert_found(db, "mailed", async { _ = notifications::count_mailed(db, sam, NOW).await.unwrap() }).await;
    let followers = async { drop(write(db, async |tx| notifications::followers(tx, &[id]).await).await) };
    assert_found(db, "followers", followers).await;
    let owners = async { drop(write(db, async |tx| conversations::owners(tx, &[id]).await).await) };
    assert_found(db, "owners", owners).await;
    let new = NewNotification {
        id: cast.clock.new_id(),
        teammate_id: sam,
        conversation_id: id,
        kind: NotificationKind::Assigned,
        actor: "Noor".into(),
        count: 1,
        created_at: NOW,
    };
    let told = async { drop(write(db, async |tx| notifications::insert(tx, std::slice::from_ref(&new)).await).await) };
    assert_found(db, "told", told).await;
    assert_found(db, "letter", async { drop(notifications::find_letter(db, new.id).await.unwrap()) }).await;
    let sending = ("due", "sending");
    let mail = async { _ = write(db, async |tx| notifications::set_mail(tx, new.id, sending, None).await).await };
    assert_found(db, "mail", mail).await;
    let read = async { write(db, async |tx| notifications::read_of(tx, sam, id, NOW).await).await };
    assert_found(db, "read", read).await;
    let all = async { _ = write(db, async |tx| notifications::read_all(tx, sam, NOW).await).await };
    assert_found(db, "read all", all).await;
}

/// The frame of every page: who asks, the numbers and lists in the rail.
pub(super) async fn framing(db: &Db, cast: &Cast, row: &ConversationRow) {
    let sam = cast.sam.id;
    assert_found(db, "session", async { drop(sessions::find(db, &[7], NOW).await.unwrap()) }).await;
    assert_found(db, "token", async { drop(api_tokens::find_owner(db, &[7]).await.unwrap()) }).await;
    assert_found(db, "numbers", async { _ = conversation_counts::numbers(db, sam).await.unwrap() }).await;
    assert_found(db, "channels", async { drop(conversation_counts::channels(db).await.unwrap()) }).await;
    assert_found(db, "brands", async { drop(brands::list(db).await.unwrap()) }).await;
    assert_found(db, "by brand", async { drop(conversation_counts::by_brand(db).await.unwrap()) }).await;
    assert_found(db, "views", async { drop(saved_views::list(db, sam).await.unwrap()) }).await;
    assert_found(db, "assignee", async { drop(teammates::find(db, sam).await.unwrap()) }).await;
    let merged = async { drop(conversations::find_merged(db, row.number).await.unwrap()) };
    assert_found(db, "conversation", merged).await;
}

/// Who is there for a chat, and what its visitor said of themself.
pub(super) async fn visiting(db: &Db, row: &ConversationRow) {
    assert_found(db, "people", async { _ = chats::people_here(db, at(ROWS)).await.unwrap() }).await;
    assert_found(db, "claims", async { drop(chats::find_claims(db, row.id.0).await.unwrap()) }).await;
    let given = [Given::Text(json!([row.id]).to_string())];
    let origins = async { drop(chats::list_origins(db, &[row.id.0.into()]).await.unwrap()) };
    assert_fast_join(db, "origins", "messages", &given, origins).await;
    assert_found(db, "seen", async { _ = chats::last_seen(db, row.id).await.unwrap() }).await;
    assert_found(db, "handed off", async { _ = chats::was_handed_off(db, row.id, NOW).await.unwrap() }).await;
    let active = async { () = write(db, async |tx| chats::note_active(tx, &[7], NOW).await).await };
    assert_found(db, "active", active).await;
}

/// A reply, as a person or a program sends it.
pub(super) async fn replying(desk: &TestDesk, cast: &Cast, row: &ConversationRow) {
    let (inbox, id): (_, MessageId) = (desk.desk.inbox(), cast.clock.new_id());
    let last = i64::from(u32::MAX);
    let also = Also { then: Some(Then::Resolved), ..Also::default() };
    let with = Answer { seen: Some(last), shown: Some(Shown { last, merges: 1 }), ..text_alone(&also) };
    let reply = async {
        let sent = care::answer_with(&inbox, row.id, &cast.sam, (id, "It is on its way."), with).await;
        assert_eq!(sent.unwrap(), id);
    };
    assert_found(&inbox.db, "reply", Box::pin(reply)).await;
    // The agent's draft is void, and what was half written is gone.
    assert!(approvals::pending_of(&inbox.db, row.id).await.unwrap().is_none());
    assert!(composer_texts::find(&inbox.db, row.id, cast.sam.id).await.unwrap().reply.is_none());
}
