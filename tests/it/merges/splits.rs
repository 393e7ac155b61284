//! A message and what follows it become a conversation of their own.

use resolute::inbox::{merge, split};
use resolute::model::conversation::ConversationStatus;
use resolute::model::{MessageId, Ts};
use resolute::store::intake::{self, ChannelKey, NewKey};
use resolute::store::messages;

use super::desk;
use crate::support::cast::{NOW, put};
use crate::support::desk::Engine;
use crate::support::stores::write;

#[tokio::test]
async fn a_message_and_what_follows_is_split_off_and_comes_back() {
    for engine in Engine::all() {
        let (desk, cast, [first, _]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let later = |seconds: i64| Ts(NOW.0 + seconds * 1_000_000);
        let mut second = cast.message(&first, "And another thing: the invoice");
        second.created_at = later(60);
        let mut third = cast.message(&first, "Please");
        third.created_at = later(120);
        let from: MessageId = second.id;
        let beginning = messages::list(db, first.id, 1).await.unwrap()[0].id;
        put(db, &[], &[second, third]).await;
        assert!(split::split(&inbox, beginning, &cast.sam).await.is_err(), "nothing to part it from");

        let number = split::split(&inbox, from, &cast.sam).await.unwrap();
        let part = desk.talk(number).await;
        assert_eq!((part.status, part.contact_id), (ConversationStatus::Open, cast.sofie));
        assert_eq!((part.gist.as_str(), part.last_message_at), ("Please", later(120)));
        assert_eq!(messages::list(db, part.id, 9).await.unwrap().len(), 2);
        let rest = messages::list(db, first.id, 9).await.unwrap();
        assert_eq!(rest.iter().map(|message| message.id).collect::<Vec<_>>(), [beginning]);
        assert_eq!(desk.talk(1).await.last_message_at, NOW);

        merge::merge(&inbox, (part.id, first.id), false, &cast.sam).await.unwrap();
        assert_eq!(messages::list(db, first.id, 9).await.unwrap().len(), 3);
        assert_eq!(desk.talk(1).await.last_message_at, later(120));
    }
}

#[tokio::test]
async fn what_was_split_off_since_a_merge_keeps_its_own_answers() {
    for engine in Engine::all() {
        let (desk, cast, [first, second]) = desk(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let mut later = cast.message(&first, "And another thing");
        later.created_at = Ts(NOW.0 + 60_000_000);
        let part: MessageId = later.id;
        put(db, &[], &[later]).await;
        let key = ChannelKey { channel_id: first.channel_id, key: "later@x.example".into() };
        write(db, async |tx| {
            let new = NewKey {
                channel_id: key.channel_id,
                key: key.key.clone(),
                message_id: part,
                conversation_id: first.id,
            };
            intake::insert_keys(tx, &[new]).await
        })
        .await;
        let merged = merge::merge(&inbox, (first.id, second.id), false, &cast.sam).await.unwrap();
        let number = split::split(&inbox, part, &cast.sam).await.unwrap();
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let led = intake::find_keys(&mut tx, std::slice::from_ref(&key)).await.unwrap();
        assert_eq!(led[0].conversation_id, desk.talk(number).await.id);
    }
}
