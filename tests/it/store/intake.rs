//! Received messages: many rows in one statement, and every value as it was.

mod contacts;
mod conversations;
mod messages;

use resolute::model::event::EventKind;
use resolute::store::attachments;
use resolute::store::intake::{self, NewAttachment, NewEvent, NewMessage};
use serde_json::json;

use crate::support::cast::{Cast, at, put};
use crate::support::stores::{happened, on_both, write};

const WILD: &str = "Grüße 😀 \"quoted\" 'single' \\back\\ \\u0000 {json} $1 ; --\n\tnew line \u{202e}";

fn shown(row: &impl std::fmt::Debug) -> String {
    format!("{row:#?}")
}

#[tokio::test]
async fn nothing_to_write_or_to_find_is_fine() {
    on_both(async |db| {
        write(&db, async |tx| {
            intake::lock(tx).await?;
            intake::insert_contacts(tx, &[]).await?;
            intake::upsert_conversations(tx, &[]).await?;
            intake::insert_messages(tx, &[]).await?;
            intake::insert_keys(tx, &[]).await?;
            intake::insert_attachments(tx, &[]).await?;
            intake::insert_events(tx, &[]).await?;
            assert!(intake::find_keys(tx, &[]).await?.is_empty());
            assert!(intake::find_contacts(tx, &[]).await?.is_empty());
            assert!(intake::find_conversations(tx, &[]).await?.is_empty());
            assert!(intake::find_targets(tx, &[]).await?.is_empty());
            assert!(intake::find_by_order(tx, &[]).await?.is_empty());
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn numbers_are_given_once_even_to_two_at_a_time() {
    on_both(async |db| {
        assert_eq!(write(&db, async |tx| intake::reserve_numbers(tx, 3).await).await, 1_001);
        assert_eq!(write(&db, async |tx| intake::reserve_numbers(tx, 1).await).await, 1_004);
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { write(&db, async |tx| intake::reserve_numbers(tx, 2).await).await })
            })
            .collect();
        let mut given = Vec::new();
        for task in tasks {
            given.push(task.await.unwrap());
        }
        given.sort_unstable();
        assert_eq!(given, [1_005, 1_007, 1_009, 1_011, 1_013, 1_015, 1_017, 1_019]);
    })
    .await;
}

#[tokio::test]
async fn attachments_come_back_in_order_with_their_conversation() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let (first, second) = (cast.message(&talk, "1"), cast.message(&talk, "2"));
        put(&db, std::slice::from_ref(&talk), &[first.clone(), second.clone()]).await;
        let file = |message: &NewMessage, position: i64| NewAttachment {
            id: cast.clock.new_id(),
            message_id: message.id,
            position,
            name: WILD.into(),
            content_type: "image/png".into(),
            size: 5_000_000_000,
            content_id: (position == 1).then(|| WILD.to_owned()),
            inline: position == 1,
            storage_key: "ab/cdef".into(),
            reference: None,
        };
        let files = [file(&first, 1), file(&first, 0), file(&second, 0)];
        write(&db, async |tx| intake::insert_attachments(tx, &files).await).await;
        let listed = attachments::list(&db, &[first.id]).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [files[1].id, files[0].id]);
        assert_eq!(attachments::list(&db, &[first.id, second.id]).await.unwrap().len(), 3);
        assert!(attachments::list(&db, &[]).await.unwrap().is_empty());
        let one = attachments::find(&db, files[0].id).await.unwrap().unwrap();
        assert_eq!((one.name.as_str(), one.content_id.as_deref(), one.inline), (WILD, Some(WILD), true));
        assert_eq!((one.size, one.position, one.storage_key.as_str()), (5_000_000_000, 1, "ab/cdef"));
        assert_eq!((listed[0].content_id.as_deref(), listed[0].inline), (None, false));
        assert!(attachments::find(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn events_keep_their_facts() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let data = json!({ "text": WILD, "list": [1, 2.5, null, true], "deep": { "a": {} } });
        let event = |conversation_id| NewEvent {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            conversation_id,
            kind: EventKind::NoteAdded,
            actor: WILD.into(),
            data: data.clone(),
            at: at(3),
        };
        let new = [event(Some(talk.id)), event(None)];
        write(&db, async |tx| intake::insert_events(tx, &new).await).await;
        let found = happened(&db, talk.id).await;
        assert_eq!(found.len(), 1);
        let found = &found[0];
        assert_eq!(
            (found.id, found.kind, found.actor.as_str(), found.at),
            (new[0].id, EventKind::NoteAdded, WILD, at(3))
        );
        assert_eq!(found.data.0, data);
        assert_eq!(found.brand_id, cast.brand.id);
    })
    .await;
}

#[tokio::test]
async fn one_receiver_has_the_turn_at_a_time() {
    on_both(async |db| {
        let inside = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (db, inside) = (db.clone(), inside.clone());
                tokio::spawn(async move {
                    let tx = intake::Turn::take(&db).await.unwrap().begin().await.unwrap();
                    let others = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    tx.commit().await.unwrap();
                    others
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 0);
        }
        // Who vanishes leaves nothing to wait for.
        drop(intake::Turn::take(&db).await.unwrap());
        intake::Turn::take(&db).await.unwrap().begin().await.unwrap().commit().await.unwrap();
    })
    .await;
}
