//! Lists of conversations: every view, its pages and its number.

use std::collections::HashMap;

use resolute::model::ConversationId;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::store::Db;
use resolute::store::conversation_counts::{self, Counts};
use resolute::store::conversations::{self, Order, View};
use resolute::store::intake::ConversationRow;

use crate::support::cast::{Cast, at, put};
use crate::support::stores::{number_of, on_both, on_postgres, text_of, write};

const STATUSES: [ConversationStatus; 4] =
    [ConversationStatus::Open, ConversationStatus::Waiting, ConversationStatus::Snoozed, ConversationStatus::Resolved];

/// Sixty conversations of every sort; five at a time share each moment.
async fn fill(db: &Db, cast: &Cast) -> Vec<Conversation> {
    let rows: Vec<ConversationRow> = (0..60_usize)
        .map(|index| {
            let number = i64::try_from(index).unwrap();
            let channel = if index % 3 == 0 { &cast.chat } else { &cast.mail };
            ConversationRow {
                channel_id: channel.id,
                channel_kind: channel.kind.clone(),
                status: STATUSES[index % 4],
                last_message_at: at(number / 5),
                due_at: (index % 2 == 0 || index % 7 == 0).then(|| at(100 - number / 7)),
                ..cast.conversation(number)
            }
        })
        .collect();
    put(db, &rows, &[]).await;
    let mut stored = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let mut talk = conversations::find(db, row.id).await.unwrap().unwrap();
        talk.assignee_id = [None, Some(cast.sam.id), None, Some(cast.noor.id), None][index % 5];
        // Some of them by no clock.
        talk.needs_approval = index % 2 == 0 || index % 9 == 1;
        write(db, async |tx| conversations::update(tx, &talk).await).await;
        stored.push(talk);
    }
    stored
}

fn belongs(view: View, talk: &Conversation) -> bool {
    let unresolved = talk.status != ConversationStatus::Resolved;
    match view {
        View::NeedsApproval => talk.needs_approval,
        View::Mine(id) => talk.assignee_id == Some(id) && unresolved,
        View::Unassigned => talk.assignee_id.is_none() && talk.status == ConversationStatus::Open,
        View::Status(status) => talk.status == status,
        View::Channel(id) => talk.channel_id == id && unresolved,
        View::Brand(id) => talk.brand_id == id && unresolved,
        View::Contact(id) => talk.contact_id == id,
        View::All => true,
    }
}

/// What a view shows, computed the slow way.
fn expected(view: View, all: &[Conversation]) -> Vec<i64> {
    let mut rows: Vec<&Conversation> = all.iter().filter(|talk| belongs(view, talk)).collect();
    match view {
        View::NeedsApproval => rows.sort_by_key(|talk| (talk.due_at.is_none(), talk.due_at, talk.id)),
        _ => rows.sort_by_key(|talk| std::cmp::Reverse((talk.last_message_at, talk.id))),
    }
    rows.iter().map(|talk| talk.number).collect()
}

/// What is due next first, then what is not due; as ever where there is nothing urgent.
fn urgent(view: View, all: &[Conversation]) -> Vec<i64> {
    if matches!(view, View::All | View::Contact(_) | View::Status(ConversationStatus::Resolved)) {
        return expected(view, all);
    }
    let mut rows: Vec<&Conversation> = all.iter().filter(|talk| belongs(view, talk)).collect();
    rows.sort_by_key(|talk| (talk.due_at.is_none(), talk.due_at, talk.id));
    rows.iter().map(|talk| talk.number).collect()
}

async fn walk(db: &Db, view: View, order: Order, page: i64) -> Vec<i64> {
    let (mut numbers, mut cursor) = (Vec::new(), None);
    loop {
        let rows = conversations::list_in(db, view, order, cursor, page).await.unwrap();
        numbers.extend(rows.iter().map(|talk| talk.number));
        match rows.last() {
            Some(last) => cursor = Some(view.cursor_of(order, last)),
            None => return numbers,
        }
    }
}

fn views(cast: &Cast) -> Vec<View> {
    let mut views = vec![
        View::NeedsApproval,
        View::Mine(cast.sam.id),
        View::Mine(cast.noor.id),
        View::Unassigned,
        View::Channel(cast.mail.id),
        View::Channel(cast.chat.id),
        View::Brand(cast.brand.id),
        View::Contact(cast.sofie),
        View::All,
    ];
    views.extend(STATUSES.map(View::Status));
    views
}

#[tokio::test]
async fn every_view_shows_its_rows_once_and_in_order_whatever_the_page() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let all = fill(&db, &cast).await;
        for view in views(&cast) {
            let newest = expected(view, &all);
            assert!(newest.len() > 2, "{view:?} has something to show");
            let mut oldest = newest.clone();
            if view != View::NeedsApproval {
                oldest.reverse();
            }
            for page in [1, 2, 3, 7, 100] {
                assert_eq!(walk(&db, view, Order::Newest, page).await, newest, "{view:?} in pages of {page}");
                assert_eq!(walk(&db, view, Order::Oldest, page).await, oldest, "{view:?}, oldest, {page}");
                assert_eq!(walk(&db, view, Order::Urgent, page).await, urgent(view, &all), "{view:?}, urgent, {page}");
            }
        }
        assert!(walk(&db, View::Channel(cast.clock.new_id()), Order::Newest, 10).await.is_empty());
        assert!(walk(&db, View::Mine(cast.clock.new_id()), Order::Oldest, 10).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_numbers_beside_the_views_are_what_the_views_show() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        assert_eq!(conversation_counts::numbers(&db, cast.sam.id).await.unwrap().counts, Counts::default());
        assert!(conversation_counts::channels(&db).await.unwrap().iter().all(|row| row.count == 0));
        let mut all = fill(&db, &cast).await;
        assert_numbers(&db, &cast, &all).await;
        for (place, talk) in all.iter_mut().enumerate() {
            match place % 4 {
                0 => talk.status = ConversationStatus::Resolved,
                1 => talk.assignee_id = talk.assignee_id.is_none().then_some(cast.sam.id),
                2 => talk.needs_approval = !talk.needs_approval,
                _ => {}
            }
            write(&db, async |tx| conversations::update(tx, talk).await).await;
        }
        assert_numbers(&db, &cast, &all).await;
        write(&db, async |tx| conversation_counts::fold(tx).await).await;
        assert_numbers(&db, &cast, &all).await;
    })
    .await;
}

#[tokio::test]
async fn numbers_of_which_nothing_was_noted_are_not_written_anew() {
    // Which transaction wrote each row, and where it lies.
    const ROWS: &str = "select string_agg(concat(xmin, ctid), ' ' order by ctid) from conversation_counts";
    on_postgres(async |db| {
        let cast = Cast::stored(&db).await;
        let all = fill(&db, &cast).await;
        let fold = async || write(&db, async |tx| conversation_counts::fold(tx).await).await;
        fold().await;
        let folded = text_of(&db, ROWS).await;
        fold().await;
        assert_eq!(text_of(&db, ROWS).await, folded);
        let talk = Conversation { status: ConversationStatus::Resolved, ..all[0].clone() };
        write(&db, async |tx| conversations::update(tx, &talk).await).await;
        let noted = number_of(&db, "select count(*) from conversation_counts").await;
        fold().await;
        assert!(number_of(&db, "select count(*) from conversation_counts").await < noted);
    })
    .await;
}

async fn assert_numbers(db: &Db, cast: &Cast, all: &[Conversation]) {
    let count = |view| i64::try_from(expected(view, all).len()).unwrap();
    let expected_counts = Counts {
        needs_approval: count(View::NeedsApproval),
        mine: count(View::Mine(cast.sam.id)),
        unassigned: count(View::Unassigned),
        open: count(View::Status(ConversationStatus::Open)),
        waiting: count(View::Status(ConversationStatus::Waiting)),
        snoozed: count(View::Status(ConversationStatus::Snoozed)),
    };
    assert_eq!(conversation_counts::numbers(db, cast.sam.id).await.unwrap().counts, expected_counts);
    let counted = conversation_counts::channels(db).await.unwrap();
    let by_channel: HashMap<_, _> = counted.into_iter().map(|row| (row.channel.id, row.count)).collect();
    for channel in [&cast.mail, &cast.chat] {
        assert_eq!(by_channel[&channel.id], count(View::Channel(channel.id)));
    }
    assert_eq!(conversation_counts::all(db).await.unwrap(), 60);
}

#[tokio::test]
async fn a_new_message_while_somebody_pages_doubles_nothing() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let all = fill(&db, &cast).await;
        let first = conversations::list(&db, View::All, None, 20).await.unwrap();
        let cursor = View::All.cursor_of(Order::Newest, first.last().unwrap());
        // The oldest conversation jumps to the top, which was shown already.
        let moved = all.iter().min_by_key(|talk| (talk.last_message_at, talk.id)).unwrap();
        put(&db, &[ConversationRow { last_message_at: at(900), ..ConversationRow::from(moved) }], &[]).await;
        let rest = conversations::list(&db, View::All, Some(cursor), 100).await.unwrap();
        let shown: Vec<ConversationId> = first.iter().chain(&rest).map(|talk| talk.id).collect();
        assert_eq!(shown.len(), 59);
        assert!(!shown.contains(&moved.id));
    })
    .await;
}
