//! The timeline and the feed of live pages.

use resolute::events::Gaps;
use resolute::model::ConversationId;
use resolute::model::event::{Event, EventKind};
use resolute::store::intake::{self, NewEvent};
use resolute::store::{Db, events};
use serde_json::json;

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{execute, on_both, write};

fn tagged(cast: &Cast, conversation_id: Option<ConversationId>, actor: &str) -> NewEvent {
    NewEvent {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        conversation_id,
        kind: EventKind::Tagged,
        actor: actor.to_owned(),
        data: json!({}),
        at: NOW,
    }
}

async fn note(db: &Db, cast: &Cast, conversation_id: Option<ConversationId>, actor: &str) {
    let event = tagged(cast, conversation_id, actor);
    write(db, async |tx| intake::insert_events(tx, &[event]).await).await;
}

fn actors(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.actor.as_str()).collect()
}

#[tokio::test]
async fn the_newest_events_are_shown_oldest_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        for actor in ["a", "b", "c"] {
            note(&db, &cast, Some(talk.id), actor).await;
        }
        note(&db, &cast, Some(other.id), "d").await;
        assert_eq!(actors(&events::list(&db, talk.id, 9).await.unwrap()), ["a", "b", "c"]);
        assert_eq!(actors(&events::list(&db, talk.id, 2).await.unwrap()), ["b", "c"]);
        // What has no line takes the place of none.
        let silent = NewEvent { kind: EventKind::OrderRead, ..tagged(&cast, Some(talk.id), "e") };
        write(&db, async |tx| intake::insert_events(tx, &[silent]).await).await;
        assert_eq!(actors(&events::list(&db, talk.id, 2).await.unwrap()), ["b", "c"]);
        assert_eq!(actors(&events::list_within(&db, talk.id, (NOW, at(1)), 2).await.unwrap()), ["b", "c"]);
    })
    .await;
}

#[tokio::test]
async fn the_feed_goes_on_behind_a_number() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 17).await;
        assert_eq!(events::last_seq(&db).await.unwrap(), 0);
        note(&db, &cast, Some(talk.id), "a").await;
        let seen = events::last_seq(&db).await.unwrap();
        for (conversation, actor) in [(Some(talk.id), "b"), (None, "c"), (Some(talk.id), "d")] {
            note(&db, &cast, conversation, actor).await;
        }
        let all = events::list_live_after(&db, seen, 9).await.unwrap();
        assert_eq!(all.iter().map(|event| event.actor.as_str()).collect::<Vec<_>>(), ["b", "c", "d"]);
        assert!(all.windows(2).all(|pair| pair[0].seq < pair[1].seq));
        assert_eq!(events::last_seq(&db).await.unwrap(), all[2].seq);
        let live = events::list_live_after(&db, seen, 2).await.unwrap();
        assert_eq!(live.len(), 2);
        assert_eq!((live[0].actor.as_str(), live[0].number, live[0].kind), ("b", Some(17), EventKind::Tagged));
        assert_eq!((live[1].actor.as_str(), live[1].number, live[1].seq), ("c", None, all[1].seq));
        assert!(events::list_live_after(&db, all[2].seq, 9).await.unwrap().is_empty());
        let among = events::list_live_among(&db, &[all[0].seq, all[2].seq, 999_999]).await.unwrap();
        assert_eq!(among.iter().map(|event| event.actor.as_str()).collect::<Vec<_>>(), ["b", "d"]);
        assert!(events::list_live_among(&db, &[]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn whoever_begins_to_read_waits_for_a_number_far_below_the_end() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        note(&db, &cast, None, "late").await;
        let late = events::last_seq(&db).await.unwrap();
        let many: Vec<NewEvent> = (0..700).map(|_| tagged(&cast, None, "a")).collect();
        write(&db, async |tx| intake::insert_events(tx, &many).await).await;
        // As long as its transaction is under way, nobody else sees it.
        execute(&db, "delete from events where actor = 'late'").await;
        let last = events::last_seq(&db).await.unwrap();
        let gaps = Gaps::before(&db, last, NOW).await.unwrap();
        assert_eq!((gaps.cursor(), gaps.missing().contains(&late)), (last, true));
        assert!(!gaps.missing().contains(&last));
    })
    .await;
}
