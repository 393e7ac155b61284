//! Raw bytes: stored once, read once.

use bytes::Bytes;
use resolute::model::job::JobKind;
use resolute::model::{ChannelId, RawEventId};
use resolute::store::early_news::{self, EarlyNews};
use resolute::store::intake::NewMessage;
use resolute::store::raw_events::{self, NewRawEvent};
use resolute::store::{Db, erasures, jobs};

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{number_of, on_both, text_of, write};

fn raw(cast: &Cast, external_id: &str, seconds: i64) -> NewRawEvent {
    NewRawEvent {
        id: cast.clock.new_id(),
        job_id: cast.clock.new_id(),
        channel_id: cast.mail.id,
        external_id: external_id.to_owned(),
        origin: "inbox",
        body: Bytes::from_static(b"From: \0\xff\xfe bytes, not text\r\n'"),
        received_at: at(seconds),
    }
}

async fn insert(db: &Db, events: &[NewRawEvent]) -> u64 {
    write(db, async |tx| raw_events::insert(tx, events).await).await
}

async fn ready(db: &Db) -> i64 {
    jobs::counts(db).await.unwrap().ready
}

#[tokio::test]
async fn bytes_come_back_exactly_and_in_order() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (second, first) = (raw(&cast, "uid 'é' 2", 2), raw(&cast, "uid 1", 1));
        assert_eq!(insert(&db, &[second.clone(), first.clone()]).await, 2);
        let unread = raw_events::list_unread(&db, &[second.id, first.id]).await.unwrap();
        assert_eq!(unread.iter().map(|event| event.id).collect::<Vec<_>>(), [first.id, second.id]);
        let read = &unread[1];
        assert_eq!(read.body, second.body);
        assert_eq!((read.external_id.as_str(), read.origin.as_str()), ("uid 'é' 2", "inbox"));
        assert_eq!((read.channel_id, read.received_at), (cast.mail.id, at(2)));

        write(&db, async |tx| raw_events::set_processed(tx, &[first.id], at(5)).await).await;
        let unread = raw_events::list_unread(&db, &[second.id, first.id]).await.unwrap();
        assert_eq!(unread.iter().map(|event| event.id).collect::<Vec<_>>(), [second.id]);
        assert!(raw_events::list_unread(&db, &[]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_second_delivery_is_passed_over_and_has_no_job() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let first = raw(&cast, "uid 1", 0);
        assert_eq!(insert(&db, &[first.clone(), raw(&cast, "uid 1", 0)]).await, 1, "twice in one batch");
        assert_eq!(insert(&db, &[raw(&cast, "uid 1", 9)]).await, 0, "again later");
        assert_eq!(insert(&db, &[raw(&cast, "uid 1", 9), raw(&cast, "uid 2", 9)]).await, 1, "old and new together");
        let elsewhere = NewRawEvent { channel_id: cast.chat.id, ..raw(&cast, "uid 1", 9) };
        assert_eq!(insert(&db, &[elsewhere]).await, 1, "ids are a channel's own");
        assert_eq!(ready(&db).await, 3);

        let lease = jobs::Lease { id: cast.clock.new_id(), until: at(90) };
        let claimed = write(&db, async |tx| jobs::claim(tx, JobKind::Receive, lease, NOW, 9).await).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].id, first.job_id);
        assert_eq!(claimed[0].field::<RawEventId>("raw_event"), Some(first.id));
    })
    .await;
}

#[tokio::test]
async fn what_was_put_off_is_brought_back_for_its_channel_alone() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (first, other) = (raw(&cast, "uid 1", 1), raw(&cast, "uid 2", 2));
        let elsewhere = NewRawEvent { channel_id: cast.chat.id, ..other };
        insert(&db, &[first.clone(), elsewhere.clone()]).await;
        let both = [first.job_id, elsewhere.job_id];
        write(&db, async |tx| jobs::put_off_unclaimed(tx, &both, at(30), "its channel cannot be used").await).await;
        let bring_back = async |channels: &[ChannelId]| {
            write(&db, async |tx| raw_events::bring_back(tx, channels, at(2)).await).await
        };
        assert!(!bring_back(&[]).await);
        assert!(jobs::list_due(&db, JobKind::Receive, at(10), 9).await.unwrap().is_empty());
        assert!(bring_back(&[cast.mail.id]).await);
        let due = jobs::list_due(&db, JobKind::Receive, at(10), 9).await.unwrap();
        assert_eq!(due.iter().map(|job| (job.id, job.run_at)).collect::<Vec<_>>(), [(first.job_id, at(1))]);
        assert!(!bring_back(&[cast.mail.id]).await, "what is due stays where it is");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_with_the_reason() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (older, newer) = (raw(&cast, "uid 1", 1), raw(&cast, "uid 2", 2));
        insert(&db, &[older.clone(), newer.clone()]).await;
        assert!(raw_events::list_quarantined(&db).await.unwrap().is_empty());
        write(&db, async |tx| {
            raw_events::quarantine(tx, older.id, "no \0 header").await?;
            raw_events::quarantine(tx, newer.id, "too deep").await
        })
        .await;
        let aside = raw_events::list_quarantined(&db).await.unwrap();
        assert_eq!(aside.iter().map(|event| event.id).collect::<Vec<_>>(), [newer.id, older.id]);
        assert_eq!((aside[1].error.as_str(), aside[1].external_id.as_str()), ("no  header", "uid 1"));
        assert_eq!((aside[1].channel_id, aside[1].received_at), (cast.mail.id, at(1)));

        // A later version that can read it clears the reason.
        assert_eq!(raw_events::list_unread(&db, &[older.id]).await.unwrap().len(), 1);
        write(&db, async |tx| raw_events::set_processed(tx, &[older.id, newer.id], at(5)).await).await;
        assert!(raw_events::list_quarantined(&db).await.unwrap().is_empty());
        assert_eq!(text_of(&db, "select max(error) from raw_events").await.as_deref(), Some(""));
    })
    .await;
}

#[tokio::test]
async fn what_was_read_long_ago_is_emptied_and_comes_no_second_time() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let all = ["first", "second", "waits", "unread", "set aside", "young"];
        let all: Vec<NewRawEvent> = all.iter().zip([0, 1, 2, 3, 4, 100]).map(|(key, at)| raw(&cast, key, at)).collect();
        assert_eq!(insert(&db, &all).await, 6);
        let [first, second, waits, _, set_aside, young] = all.as_slice() else { panic!("six") };
        let early = EarlyNews {
            channel_id: cast.mail.id,
            key: "a message that has not come".to_owned(),
            raw_event_id: waits.id,
            received_at: at(2),
        };
        write(&db, async |tx| {
            raw_events::set_processed(tx, &[first.id, second.id, waits.id, young.id], at(101)).await?;
            raw_events::quarantine(tx, set_aside.id, "too deep").await?;
            early_news::insert(tx, &[early]).await
        })
        .await;
        for emptied in [1, 1, 0] {
            assert_eq!(write(&db, async |tx| raw_events::empty_read(tx, at(50), 1).await).await, emptied);
        }
        assert_eq!(number_of(&db, "select count(*) from raw_events where length(body) > 0").await, 4);
        assert_eq!(insert(&db, &[raw(&cast, "first", 200)]).await, 0, "its key is known");
        write(&db, async |tx| early_news::forget_older(tx, at(3)).await).await;
        assert_eq!(write(&db, async |tx| raw_events::empty_read(tx, at(50), 9).await).await, 1, "nothing waits for it");
    })
    .await;
}

#[tokio::test]
async fn what_was_handed_on_to_another_account_is_erased_with_it() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let elsewhere = |raw: NewRawEvent| NewRawEvent { channel_id: cast.chat.id, ..raw };
        let (first, second) = (raw(&cast, "one", 0), raw(&cast, "two", 0));
        let copy = elsewhere(raw(&cast, "one", 0));
        let unread = elsewhere(raw(&cast, "two", 0));
        let other_words = NewRawEvent { body: Bytes::from_static(b"Others"), ..raw(&cast, "three", 0) };
        let (third, alike) = (raw(&cast, "three", 0), elsewhere(other_words));
        let all = [first.clone(), second.clone(), third.clone(), copy.clone(), unread.clone(), alike.clone()];
        assert_eq!(insert(&db, &all).await, 6);
        let read = [first.id, second.id, third.id, copy.id, alike.id];
        write(&db, async |tx| raw_events::set_processed(tx, &read, at(1)).await).await;
        let row = cast.conversation(1);
        let said: Vec<NewMessage> = [first.id, second.id, third.id]
            .into_iter()
            .map(|id| NewMessage { raw_event_id: Some(id), ..cast.message(&row, "Where is my lamp?") })
            .collect();
        put(&db, &[row], &said).await;

        let batch = erasures::next(&db, cast.sofie, 9).await.unwrap();
        assert_eq!(batch.len(), 3);
        write(&db, async |tx| erasures::erase_messages(tx, &batch, at(9)).await.map(drop)).await;
        let kept = "select count(*) from raw_events where length(body) > 0";
        assert_eq!(number_of(&db, kept).await, 2, "other bytes, and what may hold messages that nobody has read");
        let unread_bytes = raw_events::list_unread(&db, &[unread.id, copy.id]).await.unwrap();
        assert_eq!(unread_bytes.iter().map(|event| event.id).collect::<Vec<_>>(), [unread.id]);
    })
    .await;
}
