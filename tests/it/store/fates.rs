//! Where messages are that were sent, many at a time.

use resolute::model::MessageId;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::store::early_news::{self, EarlyNews};
use resolute::store::fates::{self, NewFate, Reach};
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::messages;

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{number_of, on_both, write};

fn outbound(cast: &Cast, talk: &ConversationRow, delivery: Delivery, second: i64) -> NewMessage {
    NewMessage {
        direction: Direction::Outbound,
        author: MessageAuthor::Teammate,
        contact_id: None,
        delivery: Some(delivery),
        sent_at: Some(at(second)),
        ..cast.message(talk, "Tomorrow.")
    }
}

#[tokio::test]
async fn who_has_got_to_a_moment_has_got_all_that_left_before_it() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.conversation(1), cast.conversation(2));
        let sent = outbound(&cast, &talk, Delivery::Sent, 1);
        let delivered = outbound(&cast, &other, Delivery::Delivered, 5);
        let others = [
            outbound(&cast, &talk, Delivery::Sent, 6),
            outbound(&cast, &talk, Delivery::Read, 1),
            outbound(&cast, &talk, Delivery::Failed, 1),
            NewMessage { sent_at: None, ..outbound(&cast, &talk, Delivery::Unknown, 1) },
            NewMessage { channel_id: cast.chat.id, ..outbound(&cast, &talk, Delivery::Sent, 1) },
        ];
        let all: Vec<NewMessage> = [&sent, &delivered].into_iter().chain(&others).cloned().collect();
        put(&db, &[talk, other], &all).await;
        let reach = Reach { channel_id: cast.mail.id, contact_id: cast.sofie, state: Delivery::Read, until: at(5) };
        let reached = write(&db, async |tx| fates::lock_reached(tx, &[reach]).await).await;
        let mut ids: Vec<MessageId> = reached.iter().map(|one| one.fate.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [sent.id, delivered.id]);
        assert!(reached.iter().all(|one| one.state == Delivery::Read && one.fate.brand_id == cast.brand.id));
        let nobody = Reach { contact_id: cast.clock.new_id(), ..reach };
        assert!(write(&db, async |tx| fates::lock_reached(tx, &[nobody]).await).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_known_of_a_message_is_not_written_over() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let known = NewMessage { external_id: "known".into(), ..outbound(&cast, &talk, Delivery::Sent, 1) };
        let unknown = NewMessage { sent_at: None, ..outbound(&cast, &talk, Delivery::Unknown, 1) };
        put(&db, std::slice::from_ref(&talk), &[known.clone(), unknown.clone()]).await;
        let fate = |id| NewFate {
            id,
            delivery: Delivery::Delivered,
            reason: "it is 'there'".into(),
            external_id: "new".into(),
            sent_at: at(9),
        };
        write(&db, async |tx| fates::set(tx, &[fate(known.id), fate(unknown.id)]).await).await;
        for (id, external_id, sent_at) in [(known.id, "known", at(1)), (unknown.id, "new", at(9))] {
            let found = messages::find(&db, id).await.unwrap().unwrap();
            assert_eq!((found.external_id.as_str(), found.sent_at), (external_id, Some(sent_at)));
            assert_eq!((found.delivery, found.delivery_reason.as_str()), (Some(Delivery::Delivered), "it is 'there'"));
        }
        // What the platform answers to the sending comes last here, and says less.
        write(&db, async |tx| messages::set_sent(tx, unknown.id, "later", at(10)).await).await;
        let found = messages::find(&db, unknown.id).await.unwrap().unwrap();
        assert_eq!((found.delivery, found.external_id.as_str()), (Some(Delivery::Delivered), "later"));
        let locked = write(&db, async |tx| fates::lock(tx, &[known.id, cast.clock.new_id()]).await).await;
        assert_eq!(locked.iter().map(|fate| fate.id).collect::<Vec<_>>(), [known.id]);
    })
    .await;
}

#[tokio::test]
async fn news_whose_message_never_comes_is_forgotten() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let news = |key: &str, second| EarlyNews {
            channel_id: cast.mail.id,
            key: key.into(),
            raw_event_id: cast.clock.new_id(),
            received_at: at(second),
        };
        let early = [news("'old'", 1), news("new", 3)];
        for _ in 0..2 {
            write(&db, async |tx| early_news::insert(tx, &early).await).await;
        }
        assert_eq!(number_of(&db, "select count(*) from early_news").await, 2, "each waits once");
        write(&db, async |tx| early_news::forget_older(tx, at(3)).await).await;
        assert_eq!(number_of(&db, "select count(*) from early_news where key = 'new'").await, 1);
        write(&db, async |tx| early_news::forget_older(tx, NOW).await).await;
        assert_eq!(number_of(&db, "select count(*) from early_news").await, 1);
    })
    .await;
}
