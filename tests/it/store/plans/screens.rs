//! What pages ask for.

use resolute::model::ConversationId;
use resolute::model::conversation::ConversationStatus;
use resolute::model::saved_view::{Filters, StatusFilter};
use resolute::store::conversations::{self, Order, View};
use resolute::store::intake::ConversationRow;
use resolute::store::saved_views::{self, Asked};
use resolute::store::{
    Db, Reader, bulk_changes, channels, conversation_counts, events, merges, messages, notes, search,
};
use serde_json::json;
use uuid::Uuid;

use super::ROWS;
use super::explain::{Given, assert_fast, assert_fast_join, caught, one_of, plan, slow};
use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::write;

pub(super) async fn lists(db: &Db, cast: &Cast, rows: &[ConversationRow]) {
    let views = [
        (View::NeedsApproval, None),
        (View::Mine(cast.sam.id), Some(Given::Id(cast.sam.id.0))),
        (View::Unassigned, None),
        (View::Status(ConversationStatus::Open), Some(Given::Text("open".into()))),
        (View::Status(ConversationStatus::Resolved), Some(Given::Text("resolved".into()))),
        (View::Channel(cast.chat.id), Some(Given::Id(cast.chat.id.0))),
        (View::Brand(cast.brand.id), Some(Given::Id(cast.brand.id.0))),
        (View::Contact(rows[0].contact_id), Some(Given::Id(rows[0].contact_id.0))),
        (View::All, None),
    ];
    for (view, own) in views {
        let cursor = conversations::Cursor { at: at(ROWS / 2), id: rows[0].id };
        let mut given = vec![Given::Moment(cursor.at), Given::Id(cursor.id.0), Given::Number(25)];
        given.extend(own);
        for order in [Order::Newest, Order::Oldest, Order::Urgent] {
            let list = async { drop(conversations::list_in(db, view, order, Some(cursor), 25).await.unwrap()) };
            assert_fast(db, &format!("{view:?} {order:?}"), &given, list).await;
        }
    }
    let counts = one_of(caught(conversation_counts::numbers(db, cast.sam.id)).await);
    let counted = plan(db, &counts, &[Given::Id(cast.sam.id.0)]).await;
    assert!(counted.contains("conversation_counts") && !counted.contains("conversations"), "{counted}");
    let assigned = one_of(caught(conversation_counts::by_assignee(db)).await);
    let counted = plan(db, &assigned, &[]).await;
    assert!(counted.contains("conversation_counts") && !counted.contains("conversations"), "{counted}");
    let by_brand = one_of(caught(conversation_counts::by_brand(db)).await);
    let counted = plan(db, &by_brand, &[]).await;
    assert!(counted.contains("conversation_counts") && !counted.contains("conversations"), "{counted}");
    // Channels are few; what waits on them is found by its state.
    let health = plan(db, &one_of(caught(channels::health(db)).await), &[]).await;
    assert!(!slow(&health).iter().any(|line| line.contains("messages")), "{health}");
}

/// By when they are due: along an index for every view that is offered in this order, though not every row is due.
pub(super) async fn most_urgent(db: &Db, cast: &Cast) {
    let views = [
        (View::Mine(cast.sam.id), Some(Given::Id(cast.sam.id.0)), "assignee"),
        (View::Unassigned, None, "unassigned"),
        (View::Status(ConversationStatus::Open), Some(Given::Text("open".into())), "status"),
        (View::Channel(cast.chat.id), Some(Given::Id(cast.chat.id.0)), "channel"),
        (View::Channel(cast.mail.id), Some(Given::Id(cast.mail.id.0)), "channel"),
        (View::Brand(cast.brand.id), Some(Given::Id(cast.brand.id.0)), "brand"),
    ];
    for (view, own, index) in views {
        let cursor = conversations::Cursor { at: at(1), id: cast.sam.id.0.into() };
        let mut given = vec![Given::Moment(cursor.at), Given::Id(cursor.id.0), Given::Number(25)];
        given.extend(own);
        let list = conversations::list_in(db, view, Order::Urgent, Some(cursor), 25);
        let plan = plan(db, &one_of(caught(list).await), &given).await;
        assert!(slow(&plan).is_empty() && !plan.contains("Sort"), "{view:?}:\n{plan}");
        assert!(plan.contains("conversations_urgent_") && plan.contains(index), "{view:?}:\n{plan}");
    }
}

/// A later page of a search: what was found, what earlier pages showed, and its conversations.
pub(super) async fn searching(db: &Db) {
    let gap = async { drop(search::rebuild::find_gap(db).await.unwrap()) };
    assert_fast(db, "a gap of the index", &[], gap).await;
    let first = search::conversations(db, "where", None, 50).await.unwrap();
    let after = first.next.expect("more than a page");
    let statements = caught(search::conversations(db, "where", Some(after), 50)).await;
    let count = if db.is_shared() { 3 } else { 4 };
    assert_eq!(statements.len(), count, "{statements:#?}");
    let words = if db.is_shared() { "'where':*" } else { "(\"0000where\" *)" };
    let ids = json!([first.conversations[0].id, first.conversations[1].id]).to_string();
    for statement in statements {
        let given = if statement.contains("between") {
            vec![Given::Text(ids.clone()), Given::Number(100), Given::Number(200), Given::Number(200)]
        } else if statement.contains("message_search") || statement.contains("to_tsquery") {
            vec![Given::Text(words.into()), Given::Number(3_000), Given::Number(500)]
        } else if statement.contains("max(seq)") {
            Vec::new()
        } else {
            vec![Given::Text(ids.clone())]
        };
        let plan = plan(db, &statement, &given).await;
        let reads_all =
            |line: &&str| line.contains("messages") || line.contains("conversations") || line.starts_with("SCAN m");
        let all: Vec<&str> = slow(&plan).into_iter().filter(reads_all).collect();
        assert!(all.is_empty(), "{statement}\n{plan}");
    }
}

/// A page of a conversation.
pub(super) async fn opening(db: &Db, row: &ConversationRow) {
    let id: ConversationId = row.id;
    let given = || [Given::Id(id.0), Given::Number(50)];
    let by_number = async { drop(conversations::find_by_number(db, row.number).await.unwrap()) };
    assert_fast(db, "by number", &[Given::Number(row.number)], by_number).await;
    assert_fast(db, "by id", &given(), async { drop(conversations::find(db, id).await.unwrap()) }).await;
    assert_fast(db, "messages", &given(), async { drop(messages::list(db, id, 50).await.unwrap()) }).await;
    let given_part = || [Given::Id(id.0), Given::Number(1_000), Given::Number(200)];
    let part = async {
        messages::list_before(db, id, 1_000, 200).await.unwrap();
        messages::count_before(db, id, 1_000).await.unwrap();
        messages::written_from(db, id, 1_000).await.unwrap();
    };
    assert_fast(db, "earlier messages", &given_part(), part).await;
    let given_span = || [Given::Id(id.0), Given::Moment(NOW), Given::Moment(at(9)), Given::Number(50)];
    let within = async { drop(events::list_within(db, id, (NOW, at(9)), 50).await.unwrap()) };
    assert_fast(db, "events of a part", &given_span(), within).await;
    let thread = async { drop(messages::thread_ids(db, id, row.channel_id).await.unwrap()) };
    assert_fast(db, "thread", &[Given::Id(id.0), Given::Id(row.channel_id.0)], thread).await;
    let written = async { drop(messages::list_written(&mut Reader::Db(db), (id, row.channel_id)).await.unwrap()) };
    assert_fast(db, "written", &[Given::Id(id.0), Given::Id(row.channel_id.0)], written).await;
    assert_fast(db, "events", &given(), async { drop(events::list(db, id, 50).await.unwrap()) }).await;
}

/// Lists that people put together, their ends and their numbers: along an index, whatever is asked.
pub(super) async fn put_together(db: &Db, cast: &Cast) {
    let base = Filters::default;
    let lists = [
        base(),
        Filters { status: StatusFilter::Any, ..base() },
        Filters { status: StatusFilter::Resolved, language: "de".into(), ..base() },
        Filters { status: StatusFilter::Open, unread: true, ..base() },
        Filters { assignee: "me".into(), intent: "invoice".into(), ..base() },
        Filters { channel: Some(cast.chat.id), ..base() },
        Filters { brand: Some(cast.brand.id), ..base() },
        Filters { needs_approval: true, ..base() },
        Filters { overdue: true, ..base() },
        Filters { tag: "vip".into(), ..base() },
        Filters { order_number: "FJ-1".into(), ..base() },
        Filters { text: "where".into(), ..base() },
    ];
    for filters in lists {
        let asked = Asked { filters: &filters, reader: cast.sam.id, now: NOW };
        let these = Given::Text(json!([Uuid::max()]).to_string());
        let text = |text: &str| Given::Text(text.into());
        let tick = |asked: bool| text(if asked { "1" } else { "" });
        let channel = filters.channel.map_or(Given::Nothing, |id| Given::Id(id.0));
        let brand = filters.brand.map_or(Given::Nothing, |id| Given::Id(id.0));
        let mine = filters.assignee == "me";
        let assignee = if mine { Given::Id(cast.sam.id.0) } else { Given::Nothing };
        let given = [
            Given::Moment(at(ROWS)),
            Given::Id(Uuid::max()),
            Given::Number(50),
            Given::Number(25),
            text(filters.status.as_str()),
            channel,
            text(if mine { "one" } else { "" }),
            assignee,
            text(&filters.tag),
            text(&filters.intent),
            text(&filters.language),
            text(&filters.order_number),
            tick(filters.unread),
            brand,
            tick(filters.needs_approval),
            tick(filters.overdue),
            Given::Moment(NOW),
        ];
        let given: Vec<Given> = given.into_iter().chain([these]).collect();
        let list = async { drop(saved_views::conversations(db, asked, None, 25).await.unwrap()) };
        let mut statements = caught(list).await;
        statements.extend(caught(async { _ = saved_views::count(db, asked).await.unwrap() }).await);
        // Hits of words and rare tags are looked for along indexes of their own.
        statements.retain(|statement| statement.contains("last_message_at") || statement.ends_with(" few"));
        for statement in statements {
            let plan = plan(db, &statement, &given).await;
            let whole = |line: &&str| {
                let scan = line.starts_with("SCAN ") && !line.contains(" USING ") && !line.contains("VIRTUAL TABLE");
                let table = line.contains("conversations") || line.contains("messages") || line.starts_with("SCAN m");
                (scan && table && !line.contains("subquery")) || line.contains("Seq Scan on conversations")
            };
            assert!(!plan.lines().any(|line| whole(&line)), "{filters:?}:\n{statement}\n{plan}");
        }
    }
}

/// Ticked conversations, and those of a customer or about an order.
pub(super) async fn many_at_once(db: &Db, cast: &Cast, rows: &[ConversationRow]) {
    let numbers = [rows[0].number, rows[1].number];
    let lock = async { drop(write(db, async |tx| bulk_changes::lock(tx, &numbers).await).await) };
    assert_fast_join(db, "ticked", "conversations", &[Given::Text(json!(numbers).to_string())], lock).await;
    let about = async { drop(conversations::list_about(db, cast.brand.id, "FJ-1", 10).await.unwrap()) };
    let given = [Given::Id(cast.brand.id.0), Given::Text("FJ-1".into()), Given::Number(10)];
    for statement in caught(about).await {
        let plan = plan(db, &statement, &given).await;
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN conversations"), "{plan}");
    }
    let ids = [rows[0].id, rows[1].id];
    let chats = async { drop(merges::list_with_messages_on(db, &ids, "live_chat").await.unwrap()) };
    let given = [Given::Text(json!(ids).to_string()), Given::Text("live_chat".into())];
    for statement in caught(chats).await {
        let plan = plan(db, &statement, &given).await;
        assert!(!plan.contains("Seq Scan on messages") && !plan.contains("SCAN m\n"), "{plan}");
    }
    let contact = rows[0].contact_id;
    let given = [Given::Id(contact.0), Given::Number(20)];
    let noted = async { drop(notes::list_of_contact(db, contact, 20).await.unwrap()) };
    for statement in caught(noted).await {
        let plan = plan(db, &statement, &given).await;
        assert!(!plan.contains("Seq Scan on conversations") && !plan.contains("SCAN conversations\n"), "{plan}");
    }
}
