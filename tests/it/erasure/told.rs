//! The bytes in which platforms told something of a customer's messages later, or of what nobody knows yet.

use super::forget;
use crate::support::desk::Engine;
use crate::support::stores::number_of;
use crate::told_later::{ANA, BEN, Whatsapp, edit, revoke, sign, text};

const BYTES: &str = "select count(*) from raw_events where length(body) > 0";

#[tokio::test(flavor = "multi_thread")]
async fn the_bytes_of_what_was_told_later_go_too() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        for _ in 0..2 {
            // The same message in other bytes.
            ours.does(ANA, "wamid.1", 1, text("Where is my lamp?")).await;
            ours.desk.drain().await;
        }
        let talk = ours.desk.newest().await;
        ours.does(ANA, "wamid.2", 2, edit("wamid.1", "Where is my chair?")).await;
        ours.does(ANA, "wamid.3", 3, sign("wamid.1", "👍")).await;
        ours.does(ANA, "wamid.4", 4, revoke("wamid.1")).await;
        // Nobody knows what this is about.
        ours.does(ANA, "wamid.5", 5, edit("wamid.77", "Where is my lantern?")).await;
        ours.desk.drain().await;
        let reply = ours.answers(&talk, "It arrives tomorrow.").await;
        ours.fate("wamid.6", "delivered", Some(reply)).await;
        ours.does(BEN, "wamid.7", 7, text("Where is mine?")).await;
        ours.does(BEN, "wamid.8", 8, edit("wamid.7", "Where is my lamp?")).await;
        ours.desk.drain().await;
        let db = &ours.desk.desk.db;
        assert_eq!(number_of(db, BYTES).await, 9);
        assert_eq!(number_of(db, "select count(*) from early_news").await, 1);

        forget(&ours.desk, talk.contact_id).await;
        assert_eq!(number_of(db, BYTES).await, 2, "only what Ben sent is kept");
        assert_eq!(number_of(db, "select count(*) from early_news").await, 0);
        let unread = "select count(*) from raw_events where state <> 'processed'";
        assert_eq!(number_of(db, unread).await, 0, "nothing of it is read once more");
        let theirs = ours.desk.talk(talk.number).await;
        assert_eq!(theirs.contact_name, "Erased customer");
    }
}
