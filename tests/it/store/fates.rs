//! Where messages are that were sent, many at a time.

use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::{ContactId, MessageId};
use resolute::store::early_news::{self, EarlyNews};
use resolute::store::fates::{self, NewFate, Part, Reach};
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::{Db, messages};

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{number_of, on_both, write};

fn outbound(cast: &Cast, talk: &ConversationRow, delivery: Delivery, second: i64) -> NewMessage {
    NewMessage {
        direction: Direction::Outbound,
        author: MessageAuthor::Teammate,
        contact_id: None,
        delivery: Some(delivery),
        sent_at: Some(at(second)),
        to_contact_id: Some(cast.sofie),
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
            NewMessage { to_contact_id: None, ..outbound(&cast, &talk, Delivery::Sent, 1) },
        ];
        let all: Vec<NewMessage> = [&sent, &delivered].into_iter().chain(&others).cloned().collect();
        put(&db, &[talk, other], &all).await;
        let reach = Reach { channel_id: cast.mail.id, contact_id: cast.sofie, state: Delivery::Read, until: at(5) };
        let reached = write(&db, async |tx| fates::lock_reached(tx, &[reach]).await).await;
        let mut ids: Vec<MessageId> = reached.iter().map(|one| one.fate.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [sent.id, delivered.id]);
        assert!(reached.iter().all(|one| one.state == Delivery::Read && one.fate.brand_id == cast.brand.id));
        // What has arrived already is not looked at for another arrival.
        let arrives = Reach { state: Delivery::Delivered, ..reach };
        let reached = write(&db, async |tx| fates::lock_reached(tx, &[arrives]).await).await;
        assert_eq!(reached.iter().map(|one| one.fate.id).collect::<Vec<_>>(), [sent.id]);
        let nobody = Reach { contact_id: cast.clock.new_id(), ..reach };
        assert!(write(&db, async |tx| fates::lock_reached(tx, &[nobody]).await).await.is_empty());
    })
    .await;
}

/// Noor, who is another customer than the one of the cast.
async fn noor(db: &Db, cast: &Cast) -> ContactId {
    let new = NewContact {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        name: "Noor Haddad".into(),
        kind: "email".into(),
        value: "noor@example.com".into(),
        proved: true,
        created_at: NOW,
    };
    write(db, async |tx| intake::insert_contacts(tx, std::slice::from_ref(&new)).await).await;
    new.id
}

#[tokio::test]
async fn a_message_is_reached_by_whom_it_went_to_whosever_the_conversation_is() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let noor = noor(&db, &cast).await;
        let talk = cast.conversation(1);
        let theirs = NewMessage { to_contact_id: Some(noor), ..outbound(&cast, &talk, Delivery::Sent, 1) };
        let hers = outbound(&cast, &talk, Delivery::Sent, 1);
        put(&db, &[talk], &[theirs.clone(), hers.clone()]).await;
        for (who, message) in [(noor, theirs.id), (cast.sofie, hers.id)] {
            let reach = Reach { channel_id: cast.mail.id, contact_id: who, state: Delivery::Read, until: at(5) };
            let reached = write(&db, async |tx| fates::lock_reached(tx, &[reach]).await).await;
            assert_eq!(reached.iter().map(|one| one.fate.id).collect::<Vec<_>>(), [message]);
        }
    })
    .await;
}

#[tokio::test]
async fn how_far_somebody_has_got_is_kept_for_what_is_on_its_way() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let waits = |second| NewMessage { sent_at: None, ..outbound(&cast, &talk, Delivery::Queued, second) };
        let (before, after) = (waits(1), waits(1));
        put(&db, std::slice::from_ref(&talk), &[before.clone(), after.clone()]).await;
        let until =
            |state, second| Reach { channel_id: cast.mail.id, contact_id: cast.sofie, state, until: at(second) };
        let told = [until(Delivery::Read, 3), until(Delivery::Read, 5), until(Delivery::Delivered, 5)];
        write(&db, async |tx| {
            messages::set_sending(tx, before.id, 1, (cast.sofie, None, at(4))).await?;
            messages::set_sending(tx, after.id, 1, (cast.sofie, None, at(6))).await?;
            fates::keep_reaches(tx, &told).await?;
            fates::keep_reaches(tx, &[until(Delivery::Read, 2)]).await
        })
        .await;
        let passed = write(&db, async |tx| fates::list_passed(tx, &[before.id, after.id]).await).await;
        let mut states: Vec<(MessageId, Delivery)> = passed.iter().map(|one| (one.id, one.state)).collect();
        states.sort_unstable();
        assert_eq!(states, [(before.id, Delivery::Delivered), (before.id, Delivery::Read)]);
    })
    .await;
}

#[tokio::test]
async fn a_part_that_is_told_of_counts_while_it_is_the_one_on_its_way() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.conversation(1);
        let reply = NewMessage { sent_at: None, ..outbound(&cast, &talk, Delivery::Sending, 1) };
        put(&db, std::slice::from_ref(&talk), std::slice::from_ref(&reply)).await;
        let part = |number, external_id: &str, state| Part {
            message_id: reply.id,
            number,
            external_id: external_id.into(),
            state,
        };
        let told = [part(0, "", Delivery::Sending), part(1, "'b'", Delivery::Delivered)];
        write(&db, async |tx| fates::set_parts(tx, &told).await).await;
        assert_eq!(fates::find_arrived(&db, reply.id).await.unwrap(), None);
        write(&db, async |tx| {
            fates::take_part(tx, &part(0, "'a'", Delivery::Sent)).await?;
            fates::take_part(tx, &part(1, "", Delivery::Sent)).await
        })
        .await;
        assert_eq!(fates::find_arrived(&db, reply.id).await.unwrap().as_deref(), Some("'a'"));
        assert!(write(&db, async |tx| fates::has_arrived(tx, reply.id).await).await);
        let known = write(&db, async |tx| fates::list_parts(tx, &[reply.id]).await).await;
        assert_eq!(known, [part(0, "'a'", Delivery::Sent), part(1, "'b'", Delivery::Delivered)]);
        // A reply leaves once more from the first part on that did not arrive.
        write(&db, async |tx| {
            messages::set_part_sent(tx, reply.id, "", (2, 2)).await?;
            fates::set_parts(tx, &[part(1, "'b'", Delivery::Failed)]).await?;
            messages::send_anew(tx, reply.id, at(9)).await
        })
        .await;
        let parts_sent = async || messages::find(&db, reply.id).await.unwrap().unwrap().parts_sent;
        assert_eq!(parts_sent().await, 1);
        // That its last part failed is told before the platform answers the call: that one is not through.
        write(&db, async |tx| {
            fates::set_parts(tx, &[part(1, "'b'", Delivery::Failed)]).await?;
            messages::set_delivery(tx, reply.id, Delivery::Failed, "").await?;
            messages::set_sent(tx, reply.id, "'a'", at(10)).await
        })
        .await;
        assert_eq!(parts_sent().await, 1);
        // The first one failed too, after it had been taken.
        write(&db, async |tx| fates::set_parts(tx, &[part(0, "'a'", Delivery::Failed)]).await).await;
        assert_eq!(write(&db, async |tx| messages::note_failed_part(tx, reply.id).await).await, 0);
        assert_eq!(parts_sent().await, 0);
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
