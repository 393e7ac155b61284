//! What was sent to the desk and what it acknowledged, by a clock that only counts; and whether the desk has kept it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use resolute::model::ConversationId;
use resolute::model::message::Direction;
use resolute::store::{Db, messages};

/// A message as the outside knows it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    thread: usize,
    /// Which of its thread it is, where its platform says when it was written.
    written: Option<usize>,
    /// When its first delivery was about to leave.
    sent: usize,
    /// When the first answer was there that it is stored.
    acknowledged: Option<usize>,
    /// How often that was answered.
    times: usize,
}

impl Entry {
    /// Whether it was written before another one of its thread; where the platform does not say, whether it was acknowledged
    /// before the other one was sent.
    fn comes_before(&self, other: &Self) -> bool {
        match (self.written, other.written) {
            (Some(this), Some(that)) => this < that,
            _ => self.acknowledged.is_some_and(|at| at < other.sent),
        }
    }
}

#[derive(Debug, Default)]
struct Book {
    /// The last moment. Each is greater than the one before, for everybody.
    moment: usize,
    /// By the id under which the desk keeps a message.
    entries: HashMap<String, Entry>,
}

impl Book {
    fn next(&mut self) -> usize {
        self.moment += 1;
        self.moment
    }
}

/// The messages that were sent.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    book: Mutex<Book>,
}

impl Ledger {
    /// A message is about to leave.
    pub(super) fn send(&self, id: &str, thread: usize) {
        self.send_dated(id, thread, None);
    }

    /// A message is about to leave that was written in this place of its thread, as far as its platform says.
    pub(super) fn send_dated(&self, id: &str, thread: usize, written: Option<usize>) {
        let mut book = self.book.lock().unwrap();
        let sent = book.next();
        book.entries.entry(id.to_owned()).or_insert(Entry { thread, written, sent, acknowledged: None, times: 0 });
    }

    /// The desk has answered that a message is stored.
    pub(super) fn acknowledge(&self, id: &str) {
        let mut book = self.book.lock().unwrap();
        let now = book.next();
        let entry = book.entries.get_mut(id).expect("it was sent");
        entry.acknowledged = entry.acknowledged.or(Some(now));
        entry.times += 1;
    }

    /// Whether a message was acknowledged.
    pub(super) fn has(&self, id: &str) -> bool {
        self.book.lock().unwrap().entries.get(id).is_some_and(|entry| entry.acknowledged.is_some())
    }

    /// How many messages were acknowledged so far.
    pub(super) fn size(&self) -> usize {
        self.book.lock().unwrap().entries.values().filter(|entry| entry.acknowledged.is_some()).count()
    }

    /// What the desk has kept of it, as whoever reads the threads sees it. All of its work must be done.
    pub(super) async fn kept(&self, db: &Db) -> Kept {
        const TALKS: &str = "select id, number from conversations order by number";
        let talks: Vec<Talk> = match db {
            Db::Sqlite { read, .. } => sqlx::query_as(TALKS).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
            Db::Postgres { write: pool, .. } => sqlx::query_as(TALKS).fetch_all(pool).await.unwrap(),
        };
        let mut rows = Vec::new();
        for Talk { id, number } in talks {
            let said = messages::list(db, id, i64::MAX).await.unwrap();
            let theirs = said.into_iter().filter(|message| message.direction == Direction::Inbound);
            rows.extend(theirs.map(|message| Row { conversation: number, external_id: message.external_id }));
        }
        Kept::of(&self.book.lock().unwrap().entries, &rows)
    }
}

#[derive(sqlx::FromRow)]
struct Talk {
    id: ConversationId,
    number: i64,
}

/// A stored message that came in; those of a conversation come in the order in which people read them.
#[derive(Debug)]
struct Row {
    conversation: i64,
    external_id: String,
}

/// What the desk has kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    messages: usize,
    posted_again: usize,
    lost: Vec<String>,
    doubled: Vec<String>,
    /// Ids of messages that nobody sent.
    invented: Vec<String>,
    split_threads: Vec<usize>,
    /// Pairs of a thread of which the first comes before the second.
    in_turn: usize,
    out_of_order: Vec<(String, String)>,
}

impl Kept {
    fn of(entries: &HashMap<String, Entry>, rows: &[Row]) -> Self {
        let mut found: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            found.entry(&row.external_id).or_default().push(place);
        }
        let invented = found.keys().filter(|id| !entries.contains_key(**id)).map(|id| (*id).to_owned()).collect();
        let messages = entries.values().filter(|entry| entry.acknowledged.is_some()).count();
        let mut kept = Self { messages, invented, ..Self::default() };
        let mut threads: BTreeMap<usize, Vec<(usize, &String, &Entry)>> = BTreeMap::new();
        for (id, entry) in entries {
            kept.posted_again += entry.times.saturating_sub(1);
            match found.get(id.as_str()).map(Vec::as_slice) {
                Some([place]) => threads.entry(entry.thread).or_default().push((*place, id, entry)),
                Some(_) => kept.doubled.push(id.clone()),
                // Nobody was told that it is kept.
                None if entry.acknowledged.is_none() => {}
                None => kept.lost.push(id.clone()),
            }
        }
        for (thread, messages) in threads {
            let home = |place: usize| rows[place].conversation;
            if messages.iter().any(|(place, ..)| home(*place) != home(messages[0].0)) {
                kept.split_threads.push(thread);
            }
            for (place, id, entry) in &messages {
                for (behind, later, other) in &messages {
                    if entry.comes_before(other) {
                        kept.in_turn += 1;
                        if place > behind {
                            kept.out_of_order.push(((*id).clone(), (*later).clone()));
                        }
                    }
                }
            }
        }
        kept
    }

    /// In a line.
    pub(super) fn words(&self) -> String {
        format!(
            "{} messages acknowledged ({} posted again): {} lost, {} doubled, {} threads split, {} of {} pairs out of \
             order",
            self.messages,
            self.posted_again,
            self.lost.len(),
            self.doubled.len(),
            self.split_threads.len(),
            self.out_of_order.len(),
            self.in_turn,
        )
    }

    /// Every message that was acknowledged is there once, those of a thread are in one conversation, and of two of them
    /// the one that was written before the other is read before it; where nobody says when they were written, the one that was
    /// acknowledged before the other was sent.
    pub(super) fn check(&self) {
        assert!(self.lost.is_empty() && self.doubled.is_empty(), "messages were lost or doubled: {self:#?}");
        assert!(self.invented.is_empty(), "there are messages that nobody sent: {self:#?}");
        assert!(self.split_threads.is_empty() && self.out_of_order.is_empty(), "threads broke: {self:#?}");
        assert!(self.in_turn > 0, "nothing was sent in turn, so nothing is said of the order");
    }
}

#[test]
fn what_the_desk_did_not_keep_is_found() {
    let ledger = Ledger::default();
    for (id, thread) in [("a", 1), ("b", 1), ("c", 2), ("d", 2), ("e", 3)] {
        ledger.send(id, thread);
        ledger.acknowledge(id);
    }
    ledger.send("e", 3);
    ledger.acknowledge("e");
    ledger.send("f", 3);
    ledger.send_dated("x", 4, Some(2));
    ledger.send_dated("y", 4, Some(1));
    let row = |(conversation, id): (i64, &str)| Row { conversation, external_id: id.to_owned() };
    let of = |rows: &[(i64, &str)]| {
        let rows: Vec<Row> = rows.iter().copied().map(row).collect();
        Kept::of(&ledger.book.lock().unwrap().entries, &rows)
    };
    let whole = of(&[(7, "a"), (8, "c"), (7, "b"), (8, "d"), (9, "e"), (10, "y"), (10, "x")]);
    whole.check();
    assert_eq!(
        (whole.messages, whole.posted_again, whole.in_turn),
        (5, 1, 3),
        "“f”, “x” and “y” were never acknowledged, and “y” was written first"
    );
    let broken = of(&[(7, "b"), (7, "a"), (8, "c"), (9, "d"), (9, "d"), (9, "g"), (10, "x"), (10, "y")]);
    assert_eq!((broken.lost.as_slice(), broken.doubled.as_slice()), (&["e".to_owned()][..], &["d".to_owned()][..]));
    let pair = |first: &str, second: &str| (first.to_owned(), second.to_owned());
    assert_eq!(broken.out_of_order, [pair("a", "b"), pair("y", "x")]);
    assert_eq!(broken.invented, ["g"]);
    assert_eq!(of(&[(7, "a"), (6, "b"), (8, "c"), (8, "d"), (9, "e")]).split_threads, [1]);
}
