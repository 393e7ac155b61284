//! What is asked behind the pages: by chats, by workers, and for what comes in.

use resolute::model::brand::AgentLevel;
use resolute::model::job::JobKind;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::{ContactId, MessageId};
use resolute::store::answer_times::{self, Ended};
use resolute::store::fates::{self, Reach};
use resolute::store::intake::{self, BrandIdentity, ChannelKey, ConversationRow, NewMessage};
use resolute::store::jobs::Lease;
use resolute::store::voice_scores::{self, NewScore};
use resolute::store::{Db, chats, erasures, jobs, merges, messages, raw_events};
use serde_json::json;

use super::explain::{self, Given, assert_fast, assert_fast_join, assert_found, caught, one_of, slow};
use super::settle;
use crate::support::cast::{Cast, at, email};
use crate::support::stores::write;

/// What a chat asks when its line opens and with every reply.
pub(super) async fn chatting(db: &Db, row: &ConversationRow) {
    let id = row.id;
    let given = [Given::Id(id.0), Given::Number(7), Given::Number(50)];
    let missed = async { drop(chats::list_events_from(db, id, 7, 50).await.unwrap()) };
    assert_fast(db, "missed", &given, missed).await;
    let last = async { drop(chats::list_last_events(db, id, 50).await.unwrap()) };
    assert_fast(db, "last of a chat", &[Given::Id(id.0), Given::Number(50)], last).await;
    let customer = async { drop(chats::list_customer(db, id).await.unwrap()) };
    assert_fast(db, "customer", &[Given::Id(id.0)], customer).await;
    let visit = async { drop(chats::find_last_visit(db, id).await.unwrap()) };
    assert_found(db, "last visit", visit).await;
    let is_on = async { _ = chats::is_on(db, id, row.channel_id).await.unwrap() };
    assert_found(db, "a chat", is_on).await;
    let others = async { _ = write(db, async |tx| merges::has_others(tx, id).await).await };
    assert_found(db, "writers of a case", others).await;
    let with_others = async { drop(merges::list_with_others(db, &[id]).await.unwrap()) };
    assert_found(db, "writers of some cases", with_others).await;
    let waiting = async { _ = chats::waiting_before(db, row.channel_id, at(7), AgentLevel::Auto).await.unwrap() };
    // The chats of a brand are few, and may be looked through.
    assert_found(db, "waiting", waiting).await;
    let thread = async { _ = chats::find_conversation(db, row.channel_id, "visitor:7").await.unwrap() };
    let given = [Given::Id(row.channel_id.0), Given::Text(chats::thread_key("visitor:7"))];
    assert_fast(db, "thread of a visitor", &given, thread).await;
    let unseen = async { drop(chats::list_unseen(db, id, row.channel_id).await.unwrap()) };
    let given = [Given::Id(id.0), Given::Id(row.channel_id.0), Given::Number(0), Given::Text("[]".into())];
    assert_fast(db, "unseen", &given, unseen).await;
    overdue(db).await;
}

/// Every few seconds: only what ran out and was not noted yet may be read, however much is open.
async fn overdue(db: &Db) {
    let asked = caught(async { _ = answer_times::any_overdue(db, at(7)).await.unwrap() }).await;
    let plan = explain::plan(db, &one_of(asked), &[Given::Moment(at(7))]).await;
    assert!(slow(&plan).is_empty(), "{plan}");
    for index in ["conversations_by_due", "conversations_by_resolution_due"] {
        assert!(plan.contains(index), "{plan}");
    }
    let taken =
        async { drop(write(db, async |tx| answer_times::take_overdue(tx, Ended::Answer, at(7), 100).await).await) };
    let plan = explain::plan(db, &one_of(caught(taken).await), &[Given::Moment(at(7)), Given::Number(100)]).await;
    assert!(slow(&plan).is_empty() && plan.contains("conversations_by_due") && !plan.contains("Sort"), "{plan}");
}

/// How long people take in a chat, among their answers to everybody.
pub(super) async fn waiting(db: &Db, cast: &Cast, rows: &[ConversationRow]) {
    let replies = rows.iter().filter(|row| row.number % 2 == 0).map(|row| NewMessage {
        direction: Direction::Outbound,
        author: MessageAuthor::Teammate,
        delivery: Some(Delivery::Sent),
        sent_at: Some(at(row.number)),
        to_contact_id: Some(row.contact_id),
        ..cast.message(row, "Tomorrow.")
    });
    let replies: Vec<NewMessage> = replies.collect();
    write(db, async |tx| {
        intake::insert_messages(tx, &replies).await?;
        for reply in &replies {
            let new = NewScore {
                message_id: reply.id,
                brand_id: cast.brand.id,
                teammate_id: None,
                score: 90,
                findings: json!([]),
                written_at: reply.sent_at.unwrap(),
            };
            voice_scores::insert(tx, &new).await?;
        }
        Ok(())
    })
    .await;
    settle(db, "update voice_scores set teammate_id = (select id from teammates where name = 'Sam')").await;
    let lately = at(3_600);
    let waited = async {
        let waited = chats::list_waited(db, cast.brand.id, lately, cast.chat.id).await.unwrap();
        assert_eq!(waited.len(), 8);
    };
    let given = [Given::Id(cast.brand.id.0), Given::Moment(lately), Given::Id(cast.chat.id.0)];
    assert_fast(db, "waited", &given, waited).await;
}

/// What workers ask for: what is due, what is theirs, and what was left.
pub(super) async fn claiming(db: &Db, cast: &Cast) {
    let lease = Lease { id: cast.clock.new_id(), until: at(90) };
    let kind = || Given::Text("agent_run".into());
    let due = async { _ = jobs::is_due(db, JobKind::AgentRun, at(5)).await.unwrap() };
    assert_fast(db, "due", &[kind(), Given::Moment(at(5))], due).await;
    let given = [Given::Id(lease.id), Given::Moment(lease.until), kind(), Given::Moment(at(5)), Given::Number(1)];
    let claim = async {
        let claimed = write(db, async |tx| jobs::claim(tx, JobKind::AgentRun, lease, at(5), 1).await).await;
        assert_eq!(claimed.len(), 1);
    };
    assert_fast(db, "claim", &given, claim).await;
    let kept = async { _ = write(db, async |tx| jobs::extend(tx, lease).await).await };
    assert_fast(db, "kept", &[Given::Moment(lease.until), Given::Id(lease.id)], kept).await;
    let given = [Given::Moment(at(5)), Given::Text(json!([cast.mail.id]).to_string())];
    let back = async { _ = write(db, async |tx| raw_events::bring_back(tx, &[cast.mail.id], at(5)).await).await };
    assert_fast_join(db, "brought back", "jobs", &given, back).await;
    let release = async { _ = write(db, async |tx| jobs::release_expired(tx, at(1)).await).await };
    assert_fast(db, "release", &[Given::Moment(at(1))], release).await;
    let oldest = async { _ = jobs::oldest_unread(db).await.unwrap() };
    assert_fast(db, "oldest", &[], oldest).await;
    let keys = async { drop(jobs::list_keys(db, JobKind::Poll).await.unwrap()) };
    let under_way = async { drop(jobs::list_under_way(db).await.unwrap()) };
    assert_fast(db, "under way", &[], under_way).await;
    // The two halves of what waits and what runs are put together after the index has found them.
    assert_fast_join(db, "at work", "jobs", &[Given::Text("poll".into())], keys).await;
}

/// What is looked up for what comes in.
pub(super) async fn receiving(db: &Db, cast: &Cast, rows: &[ConversationRow]) {
    let contact = rows[0].contact_id;
    let given = [Given::Id(contact.0), Given::Moment(at(1))];
    let automatic = async { _ = write(db, async |tx| messages::count_automatic(tx, contact, at(1)).await).await };
    assert_fast_join(db, "automatic", "messages", &given, automatic).await;
    let last = async { drop(write(db, async |tx| messages::last_inbound(tx, rows[0].id).await).await) };
    assert_fast_join(db, "last inbound", "messages", &[Given::Id(rows[0].id.0)], last).await;
    let key = ChannelKey { channel_id: cast.mail.id, key: "x".into() };
    let given = [Given::Text(json!([key]).to_string())];
    let keys = async { drop(write(db, async |tx| intake::find_keys(tx, &[key]).await).await) };
    assert_fast_join(db, "keys", "message_keys", &given, keys).await;
    let identity = BrandIdentity::new(cast.brand.id, &email("c7@example.com"));
    let given = [Given::Text(json!([identity]).to_string())];
    let contacts = async { drop(write(db, async |tx| intake::find_contacts(tx, &[identity]).await).await) };
    assert_fast_join(db, "contacts", "contact_identities", &given, contacts).await;
    let given = [Given::Text(json!([rows[0].id]).to_string())];
    let talks = async { drop(write(db, async |tx| intake::find_conversations(tx, &[rows[0].id]).await).await) };
    assert_fast_join(db, "conversations", "conversations", &given, talks).await;
    let targets = async { drop(write(db, async |tx| intake::find_targets(tx, &[rows[0].id]).await).await) };
    assert_fast_join(db, "targets", "conversations", &given, targets).await;
    told_later(db, cast, contact).await;
}

/// What is looked up for what is told of messages later.
async fn told_later(db: &Db, cast: &Cast, contact: ContactId) {
    let reach = Reach { channel_id: cast.mail.id, contact_id: contact, state: Delivery::Read, until: at(5) };
    let given = [Given::Text(json!([reach]).to_string())];
    let reached = async { drop(write(db, async |tx| fates::lock_reached(tx, &[reach]).await).await) };
    assert_fast_join(db, "reached", "messages", &given, reached).await;
    let message: MessageId = cast.clock.new_id();
    let given = [Given::Text(json!([message]).to_string())];
    let locked = async { drop(write(db, async |tx| fates::lock(tx, &[message]).await).await) };
    assert_fast_join(db, "fates", "messages", &given, locked).await;
    let changeable = async { drop(write(db, async |tx| intake::find_changeable(tx, &[message]).await).await) };
    assert_fast_join(db, "changeable", "messages", &given, changeable).await;
    let given = [Given::Text(json!([contact]).to_string())];
    let talks = async { drop(write(db, async |tx| intake::find_last_talks(tx, &[contact]).await).await) };
    assert_fast_join(db, "last talks", "conversations", &given, talks).await;
}

/// What an erasure asks and writes for each hundred messages.
pub(super) async fn erasing(db: &Db, cast: &Cast, row: &ConversationRow) {
    let contact = row.contact_id;
    let count = async { _ = erasures::count(db, contact).await.unwrap() };
    assert_found(db, "messages to erase", count).await;
    let own = async { drop(erasures::next(db, contact, 100).await.unwrap()) };
    assert_found(db, "own messages", own).await;
    // Of whom no conversation is: what they wrote in those of others.
    let beside = async { drop(erasures::next(db, cast.sofie, 100).await.unwrap()) };
    assert_found(db, "messages beside", beside).await;
    let batch = erasures::next(db, contact, 100).await.unwrap();
    let given = [
        Given::Text(json!(batch).to_string()),
        Given::Text("Removed".into()),
        Given::Text("Somebody".into()),
        Given::Moment(at(9)),
    ];
    let erase = async { drop(write(db, async |tx| erasures::erase_messages(tx, &batch, at(9)).await).await) };
    assert_fast_join(db, "erased", "messages", &given, erase).await;
}
