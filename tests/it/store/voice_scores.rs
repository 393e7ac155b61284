//! Scores of replies, summed up by writer.

use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::resolution::{week_after, week_of, weeks_before};
use resolute::model::{BrandId, MessageId, TeammateId};
use resolute::store::voice_scores::{self, NewScore};
use resolute::store::{Db, conversation_counts, messages};
use serde_json::json;

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::stores::{on_both, write};

async fn reply(db: &Db, cast: &Cast, by: Option<TeammateId>, score: u8, off: &[&str], seconds: i64) -> MessageId {
    let number = conversation_counts::all(db).await.unwrap() + 1;
    let talk = cast.conversation(number);
    let mut message = cast.message(&talk, "An answer");
    (message.direction, message.author) = (Direction::Outbound, MessageAuthor::Agent);
    message.delivery = Some(Delivery::Sent);
    let id = message.id;
    put(db, &[talk], &[message]).await;
    let findings: Vec<_> = off.iter().map(|about| json!({ "about": about, "text": "-", "costs": 5 })).collect();
    let new = NewScore {
        message_id: id,
        brand_id: cast.brand.id,
        teammate_id: by,
        score,
        findings: json!(findings),
        written_at: at(seconds),
    };
    write(db, async |tx| voice_scores::insert(tx, &new).await).await;
    id
}

#[tokio::test]
async fn writers_are_summed_up_with_what_is_off_most_often() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let sam = Some(cast.sam.id);
        for (score, off) in [(100, &[][..]), (90, &["Length"]), (80, &["Length", "No greeting"])] {
            reply(&db, &cast, None, score, off, 10).await;
        }
        reply(&db, &cast, sam, 71, &["“unfortunately”"], 20).await;
        let taken_back = reply(&db, &cast, sam, 1, &["Capitals"], 20).await;
        write(&db, async |tx| messages::set_delivery(tx, taken_back, Delivery::Cancelled, "").await).await;
        reply(&db, &cast, sam, 1, &["Capitals"], -10).await;

        let writers = voice_scores::writers(&db, cast.brand.id, NOW).await.unwrap();
        let summed: Vec<_> = writers.iter().map(|writer| (writer.teammate_id, writer.replies, writer.score)).collect();
        assert_eq!(summed, [(None, 3, 90.0), (sam, 1, 71.0)], "what is older or was taken back does not count");
        let faults = voice_scores::faults(&db, cast.brand.id, NOW).await.unwrap();
        let faults: Vec<_> =
            faults.iter().map(|fault| (fault.teammate_id, fault.about.as_str(), fault.count)).collect();
        assert_eq!(faults, [(None, "Length", 2), (None, "No greeting", 1), (sam, "“unfortunately”", 1)]);
        let other: BrandId = cast.clock.new_id();
        assert!(voice_scores::writers(&db, other, NOW).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn weeks_are_summed_up_for_the_agent_and_for_people() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (this, next) = (week_of(NOW), week_after(week_of(NOW)));
        let day = 86_400;
        for (score, seconds) in [(90, 10), (100, 20), (60, 2 * day), (1, -8 * day)] {
            reply(&db, &cast, None, score, &[], seconds).await;
        }
        reply(&db, &cast, Some(cast.sam.id), 70, &[], 30).await;
        let taken_back = reply(&db, &cast, Some(cast.sam.id), 1, &[], 40).await;
        write(&db, async |tx| messages::set_delivery(tx, taken_back, Delivery::Cancelled, "").await).await;
        let weeks = voice_scores::weeks(&db, cast.brand.id, weeks_before(NOW, 1)).await.unwrap();
        let summed: Vec<_> = weeks.iter().map(|one| (one.week, one.by_agent, one.replies, one.score)).collect();
        assert_eq!(summed, [(this, true, 2, 95.0), (this, false, 1, 70.0), (next, true, 1, 60.0)]);
        assert_eq!(voice_scores::weeks(&db, cast.brand.id, weeks_before(NOW, 13)).await.unwrap().len(), 4);
    })
    .await;
}
