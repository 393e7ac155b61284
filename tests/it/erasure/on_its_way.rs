//! A reply whose call runs while its customer is erased.

use resolute::inbox::deliver::{self, Next};
use resolute::model::message::Delivery;
use resolute::store::erasures::{self, Erasable};
use resolute::store::{intake, messages};

use crate::locks::{opened_elsewhere, until_somebody_waits};
use crate::mail_path::{answer, until};
use crate::support::desk::{Engine, Wish};
use crate::support::platforms::Trouble;
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::number_of;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_answers_behind_an_erasure_brings_nothing_back() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &["messenger"]).await;
        let (desk, db) = (&stand.desk, &stand.desk.desk.db);
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        assert!(stand.platforms.misbehave(stand.line(), Trouble::CutAnswer));
        answer(desk, number, "It left in the morning.").await;
        desk.drain().await;
        let talk = desk.talk(number).await;
        let reply = messages::list(db, talk.id, 9).await.unwrap().pop().unwrap();
        assert_eq!(reply.delivery, Some(Delivery::Unknown));

        // The platform has it and says so, while the erasure has the turn.
        let elsewhere = opened_elsewhere(desk).await;
        let mut tx = elsewhere.begin().await.unwrap();
        intake::lock(&mut tx).await.unwrap();
        let (inbox, id) = (desk.desk.inbox(), reply.id);
        let asked = || stand.platforms.together.calls("messenger").map_or(0, |calls| calls.len());
        let before = asked();
        let asking = tokio::spawn(async move {
            if let Next::Done(end) = deliver::deliver(&inbox, id, 2).await.unwrap() {
                end.commit().await.unwrap();
            }
        });
        until(async || asked() > before).await;
        until_somebody_waits(db).await;
        assert!(!asking.is_finished(), "it waits for the turn");
        let now = desk.desk.clock.now();
        erasures::erase_messages(&mut tx, &[Erasable { id, seq: reply.seq }], now).await.unwrap();
        erasures::erase_conversations(&mut tx, talk.contact_id, now).await.unwrap();
        tx.commit().await.unwrap();
        asking.await.unwrap();
        elsewhere.close().await;

        let left = messages::find(db, id).await.unwrap().unwrap();
        assert_eq!((left.delivery, left.external_id.as_str()), (Some(Delivery::Cancelled), ""));
        assert!(desk.talk(number).await.participants.0.is_empty(), "no address is there again");
        let keys = "select count(*) from message_keys where message_id in
            (select id from messages where direction = 'outbound')";
        assert_eq!(number_of(db, keys).await, 0, "the platform's ids of it are gone");
    }
}
