//! Point 10: polling that ends at any step.

use std::collections::HashSet;

use super::checklist::Part;
use super::harness::{PollHarness, given};
use super::secrecy::seen;
use crate::channel::{Cursor, MessageChannel, Polled};

/// More steps than a poll of a few items has.
const MOST_STEPS: usize = 200;
/// More polls than a few items need.
const MOST_POLLS: usize = 20;

/// What the desk keeps: the items by key, and the cursor, in one transaction.
#[derive(Clone, Default)]
struct Store {
    keys: HashSet<String>,
    cursor: Option<Cursor>,
}

impl Store {
    fn keep(&mut self, polled: Polled) {
        seen(&polled);
        self.keys.extend(polled.items.into_iter().map(|item| item.external_id));
        self.cursor = Some(polled.cursor);
    }
}

/// Point 10: a poll that is cut off at any step, before or after its items are stored, leaves no gap; by key no item is
/// there twice. The same holds for a cursor that is lost or used again, and when the platform forgets its numbers.
pub async fn a_cursor_leaves_no_gap(harness: &dyn PollHarness) {
    for _ in 0..4 {
        harness.put().await;
    }
    let begun = read_on(harness, Store::default()).await;
    assert_eq!(begun.keys.len(), 4, "each item has a key of its own");
    for _ in 0..3 {
        harness.put().await;
    }
    let whole = read_on(harness, begun.clone()).await;
    assert_eq!(whole.keys.len(), 7, "what is new is read");
    let first_look = read_on(harness, Store::default()).await;
    cut_off_at_each_step(harness, &Store::default(), &first_look).await;
    cut_off_at_each_step(harness, &begun, &whole).await;
    let lost = Store { cursor: None, ..whole.clone() };
    assert!(read_on(harness, lost).await.keys == whole.keys, "a lost cursor brings nothing new");
    let used_again = Store { cursor: begun.cursor.clone(), ..whole.clone() };
    assert!(read_on(harness, used_again).await.keys == whole.keys, "a cursor used again brings nothing new");
    if given(harness, Part::Renumbering, harness.renumber().await.then_some(())).is_some() {
        harness.put().await;
        let repaired = read_on(harness, whole.clone()).await;
        assert!(whole.keys.is_subset(&repaired.keys) && repaired.keys.len() == 8, "numbers are not what counts");
    }
}

async fn cut_off_at_each_step(harness: &dyn PollHarness, start: &Store, whole: &Store) {
    for step in 0..MOST_STEPS {
        let mut is_cut = false;
        for is_stored in [true, false] {
            let mut store = start.clone();
            harness.cut_after(Some(step));
            let polled = harness.restarted().poll(store.cursor.as_ref()).await;
            is_cut |= harness.was_cut();
            harness.cut_after(None);
            if let (Ok(polled), true) = (polled, is_stored) {
                store.keep(polled);
            }
            let after = read_on(harness, store).await;
            assert!(after.keys == whole.keys, "cut off at step {step}, stored: {is_stored}: {:?}", after.keys);
        }
        if !is_cut {
            assert!(step > 0, "the connection can be cut");
            return;
        }
    }
    panic!("a poll of a few items has fewer than {MOST_STEPS} steps");
}

/// Reads until nothing is left, each time as a new process.
async fn read_on(harness: &dyn PollHarness, mut store: Store) -> Store {
    for _ in 0..MOST_POLLS {
        let channel: Box<dyn MessageChannel> = harness.restarted();
        let polled = channel.poll(store.cursor.as_ref()).await;
        let polled = polled.unwrap_or_else(|failure| panic!("polling a sound platform failed: {failure:?}"));
        let is_over = !polled.more && polled.trouble.is_none();
        store.keep(polled);
        if is_over {
            return store;
        }
    }
    panic!("polling a few items does not end")
}
