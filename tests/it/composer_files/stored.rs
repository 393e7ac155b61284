//! The bytes of files: those that are gone, and those that nothing refers to any more.

use std::time::{Duration, UNIX_EPOCH};

use resolute::jobs::upkeep;
use resolute::model::ConversationId;
use resolute::store::composer_files::{self, NewComposerFile};
use resolute::store::files::Files;

use super::{PHOTO, Person, desk};
use crate::support::desk::{Engine, TestDesk, Wish};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_bytes_are_gone_holds_the_reply_and_says_so() {
    let (desk, smtp, number) = Box::pin(desk(Engine::Sqlite)).await;
    let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
    mara.attach(&[], &[("a.pdf", "application/pdf", b"%PDF")]).await;
    let chips = mara.chips().await;
    mara.send("Here.", &chips).await;
    std::fs::remove_file(stored(&desk, b"%PDF")).unwrap();
    desk.drain().await;
    let page = mara.page().await;
    assert!(page.contains("Held for you.") && page.contains("“a.pdf” is no longer stored"));
    assert!(smtp.taken().is_empty());
}

fn stored(desk: &TestDesk, content: &[u8]) -> std::path::PathBuf {
    desk.data.folder.path().join("files").join(Files::key_of(content))
}

/// As if the bytes had been stored when the clock says so.
fn date(desk: &TestDesk, content: &[u8]) {
    let now = Duration::from_micros(u64::try_from(desk.desk.clock.now().0).unwrap());
    let file = std::fs::File::options().write(true).open(stored(desk, content)).unwrap();
    file.set_modified(UNIX_EPOCH + now).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_is_cleaned_up_in_time_unless_something_refers_to_it() {
    for engine in Engine::all() {
        let (desk, _smtp, number) = Box::pin(desk(engine)).await;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        mara.attach(&[], &[("a", "", b"removed"), ("b", "", b"forgotten"), ("c", "", PHOTO), ("d", "", b"sent")]).await;
        for content in [b"removed".as_slice(), b"forgotten", PHOTO, b"sent"] {
            date(&desk, content);
        }
        let chips = mara.chips().await;
        for id in [&chips[0], &chips[2]] {
            mara.post(&format!("/conversations/{number}/files/{id}/deletion"), &[]).await;
        }
        mara.send("Here.", std::slice::from_ref(&chips[3])).await;
        let there = |content: &[u8]| stored(&desk, content).exists();
        upkeep::look_after(&desk.desk).await.unwrap();
        assert!(there(b"removed"), "not at once");
        desk.desk.clock.advance(Duration::from_hours(2));
        upkeep::look_after(&desk.desk).await.unwrap();
        assert!(!there(b"removed") && there(b"forgotten") && there(b"sent"));
        assert!(there(PHOTO), "the customer's mail has the same bytes");
        assert_eq!(mara.chips().await, [chips[1].clone()]);

        desk.desk.clock.advance(Duration::from_hours(24 * 31));
        for _ in 0..2 {
            upkeep::look_after(&desk.desk).await.unwrap();
            desk.desk.clock.advance(Duration::from_hours(2));
        }
        assert!(!there(b"forgotten") && there(b"sent") && there(PHOTO));
        let row = desk.talk(number).await;
        assert!(composer_files::list(&desk.desk.db, row.id, desk.setup.teammate).await.unwrap().is_empty());
        a_crash_before_the_bytes_leaves_nothing(&desk, row.id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_killed_processes_left_half_written_goes_after_a_day() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let left = desk.data.folder.path().join("files/2c/.new-half");
    std::fs::create_dir_all(left.parent().unwrap()).unwrap();
    std::fs::write(&left, "hal").unwrap();
    let now = Duration::from_micros(desk.desk.clock.now().0.unsigned_abs());
    std::fs::File::options().append(true).open(&left).unwrap().set_modified(UNIX_EPOCH + now).unwrap();
    upkeep::forget_unfinished(&desk.desk).await;
    assert!(left.exists(), "it may still be written");
    desk.desk.clock.advance(Duration::from_hours(25));
    upkeep::forget_unfinished(&desk.desk).await;
    assert!(!left.exists());
}

/// The row is put down first and admitted last: what stands between never shows.
async fn a_crash_before_the_bytes_leaves_nothing(desk: &TestDesk, conversation: ConversationId) {
    let now = desk.desk.clock.now();
    let begun = NewComposerFile {
        id: desk.desk.clock.new_id(),
        conversation_id: conversation,
        teammate_id: desk.setup.teammate,
        name: "begun".into(),
        content_type: "text/plain".into(),
        size: 3,
        storage_key: Files::key_of(b"begun"),
        created_at: now,
        released_at: Some(now),
    };
    let mut tx = desk.desk.db.begin().await.unwrap();
    composer_files::insert(&mut tx, &[begun]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(composer_files::list(&desk.desk.db, conversation, desk.setup.teammate).await.unwrap().is_empty());
    desk.desk.clock.advance(Duration::from_hours(2));
    upkeep::look_after(&desk.desk).await.unwrap();
    let left = composer_files::list_released(&desk.desk.db, desk.desk.clock.now()).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
