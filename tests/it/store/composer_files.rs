//! Files of half-written replies.

use resolute::model::ComposerFileId;
use resolute::store::composer_files::{self, NewComposerFile};
use resolute::store::intake::{self, NewAttachment};

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn a_file_is_its_writers_own_from_the_moment_its_bytes_are_there() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        let file = |name: &str| NewComposerFile {
            id: cast.clock.new_id(),
            conversation_id: talk.id,
            teammate_id: cast.sam.id,
            name: name.into(),
            content_type: "image/png".into(),
            size: 5_000_000_000,
            storage_key: format!("ab/{name}"),
            created_at: NOW,
            released_at: Some(NOW),
        };
        let files = [file("Rück 'x' 😀.png"), file("b\0.pdf")];
        write(&db, async |tx| composer_files::insert(tx, &files).await).await;
        let names = async |who| -> Vec<String> {
            let listed = composer_files::list(&db, talk.id, who).await.unwrap();
            listed.into_iter().map(|file| file.name).collect()
        };
        assert!(names(cast.sam.id).await.is_empty(), "nothing is admitted yet");
        let [first, second] = [files[0].id, files[1].id];
        write(&db, async |tx| composer_files::admit(tx, second, talk.id).await).await;
        write(&db, async |tx| composer_files::admit(tx, first, talk.id).await).await;
        assert_eq!(names(cast.sam.id).await, ["Rück 'x' 😀.png", "b.pdf"]);
        assert!(names(cast.noor.id).await.is_empty());

        let found = composer_files::find(&db, talk.id, cast.sam.id, first).await.unwrap().unwrap();
        assert_eq!((found.size, found.created_at), (5_000_000_000, NOW));
        assert_eq!(composer_files::find(&db, talk.id, cast.noor.id, first).await.unwrap(), None);
        assert_eq!(composer_files::find(&db, other.id, cast.sam.id, first).await.unwrap(), None);

        for (conversation, who) in [(talk.id, cast.noor.id), (other.id, cast.sam.id)] {
            let taken =
                write(&db, async |tx| composer_files::take(tx, conversation, who, &[first, second]).await).await;
            assert!(taken.is_empty());
            let gone = write(&db, async |tx| composer_files::release(tx, conversation, who, first, NOW).await).await;
            assert!(!gone);
        }
        assert!(write(&db, async |tx| composer_files::release(tx, talk.id, cast.sam.id, first, NOW).await).await);
        let both = [second, first];
        let taken = write(&db, async |tx| composer_files::take(tx, talk.id, cast.sam.id, &both).await).await;
        assert_eq!(taken.iter().map(|file| file.id).collect::<Vec<_>>(), [second], "a removed file does not go");
        assert!(names(cast.sam.id).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn bytes_in_use_are_known_before_a_released_file_is_forgotten() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let message = cast.message(&talk, "1");
        put(&db, std::slice::from_ref(&talk), std::slice::from_ref(&message)).await;
        let file = |key: &str, created: i64, released: Option<i64>| NewComposerFile {
            id: cast.clock.new_id::<ComposerFileId>(),
            conversation_id: talk.id,
            teammate_id: cast.sam.id,
            name: "a".into(),
            content_type: "x/y".into(),
            size: 1,
            storage_key: key.into(),
            created_at: at(created),
            released_at: released.map(at),
        };
        let sent = NewAttachment {
            id: cast.clock.new_id(),
            message_id: message.id,
            position: 0,
            name: "a".into(),
            content_type: "x/y".into(),
            size: 1,
            content_id: None,
            inline: false,
            storage_key: "sent".into(),
            reference: None,
        };
        let files = [
            file("sent", 0, Some(1)),
            file("elsewhere", 0, Some(2)),
            file("elsewhere", 900, None),
            file("nowhere", 0, Some(3)),
            file("late", 0, Some(100)),
            file("unsent", 0, None),
        ];
        write(&db, async |tx| {
            intake::insert_attachments(tx, &[sent]).await?;
            composer_files::insert(tx, &files).await
        })
        .await;
        let list = async |before| -> Vec<(String, bool)> {
            let listed = composer_files::list_released(&db, at(before)).await.unwrap();
            listed.into_iter().map(|file| (file.storage_key, file.in_use)).collect()
        };
        let expected = [("sent", true), ("elsewhere", true), ("nowhere", false)];
        assert_eq!(list(100).await, expected.map(|(key, used)| (key.to_owned(), used)));
        let stale = write(&db, async |tx| composer_files::release_older(tx, at(500), at(600)).await).await;
        assert_eq!(stale, 1);
        assert_eq!(list(601).await.last(), Some(&("unsent".to_owned(), false)));
        let all: Vec<ComposerFileId> = files.iter().map(|file| file.id).collect();
        write(&db, async |tx| composer_files::forget(tx, &all).await).await;
        assert!(list(9_999).await.is_empty());
        let kept = composer_files::list(&db, talk.id, cast.sam.id).await.unwrap();
        assert_eq!(kept.len(), 1, "what belongs to a reply is not forgotten");
    })
    .await;
}
