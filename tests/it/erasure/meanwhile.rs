//! What a customer writes while they are erased.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use resolute::store::messages;

use super::{desk, forget};
use crate::mail_path::{mail, receive};
use crate::support::desk::Engine;
use crate::support::stores::text_of;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_comes_while_its_writer_is_erased_begins_anew_and_stays() {
    const SOFIE: &str = "Sofie Lind <sofie@post.example>";
    let kind = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nIt is broken.\r\n\
                 --b\r\nContent-Type: text/plain; name=list.txt\r\nContent-Disposition: attachment; filename=list.txt\r\n\r\n\
                 One lamp\r\n--b--";
    for engine in Engine::all() {
        let (desk, _) = desk(engine).await;
        let db = &desk.desk.db;
        let number = receive(&desk, &mail("s1@post.example", SOFIE, "A lamp", kind, parts)).await;
        let before = desk.talk(number).await;
        // Its file was stored just now, so the words stay for a minute.
        let key = text_of(db, "select storage_key from attachments").await.expect("a file");
        let stored = File::options().write(true).open(desk.data.folder.path().join("files").join(key)).unwrap();
        let now = Duration::from_micros(u64::try_from(desk.desk.clock.now().0).unwrap());
        stored.set_modified(UNIX_EPOCH + now).unwrap();
        forget(&desk, before.contact_id).await;
        assert!(messages::list(db, before.id, 9).await.unwrap()[0].body.contains("It is broken."), "it is under way");

        let more = "In-Reply-To: <s1@post.example>\r\n";
        let begun = receive(&desk, &mail("s2@post.example", SOFIE, "Re: A lamp", more, "Are you there?")).await;
        assert_ne!(begun, number, "it is no part of what goes");
        desk.desk.clock.advance(Duration::from_mins(2));
        desk.drain().await;
        assert!(desk.unfinished().await.is_empty());
        let gone = messages::list(db, before.id, 9).await.unwrap();
        assert!(gone.iter().all(|message| message.body.starts_with("Removed:")) && gone.len() == 1, "{gone:?}");
        let talk = desk.talk(begun).await;
        assert_ne!(talk.contact_id, before.contact_id);
        assert_eq!(talk.contact_name, "Sofie Lind");
        assert!(
            messages::list(db, talk.id, 9).await.unwrap()[0].body.contains("Are you there?"),
            "she can be answered"
        );
    }
}
