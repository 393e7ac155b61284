//! Closed cases that are watched.

use resolute::model::message::{Automatic, Delivery, Direction, MessageAuthor};
use resolute::model::resolution::{Outcome, Resolution, SolvedBy};
use resolute::model::{ConversationId, Ts};
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::resolutions::{self, Filter};
use resolute::store::{Db, conversations};

use crate::support::cast::{Cast, at, put};
use crate::support::stores::{on_both, write};

const DAY: i64 = 86_400;

/// What we answer at a moment.
fn answer(cast: &Cast, talk: &ConversationRow, author: MessageAuthor, moment: Ts) -> NewMessage {
    NewMessage {
        direction: Direction::Outbound,
        author,
        delivery: Some(Delivery::Sent),
        contact_id: None,
        created_at: moment,
        ..cast.message(talk, "It is on its way.")
    }
}

async fn begin(db: &Db, id: ConversationId, seconds: i64) {
    write(db, async |tx| resolutions::begin(tx, &[id], at(seconds), at(seconds + 7 * DAY)).await).await;
}

async fn due(db: &Db, seconds: i64) -> Vec<Resolution> {
    resolutions::list_due(db, at(seconds), 9).await.unwrap()
}

fn everything(cast: &Cast) -> Filter {
    let word = String::new;
    Filter {
        brand: cast.brand.id,
        from: Ts(0),
        to: at(99 * DAY),
        channel: word(),
        intent: word(),
        by: word(),
        outcome: word(),
    }
}

#[tokio::test]
async fn a_case_is_watched_from_when_it_was_closed_once_for_each_answer() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        begin(&db, talk.id, 5).await;
        assert!(due(&db, 9 * DAY).await.is_empty(), "nobody has answered");
        put(&db, &[], &[answer(&cast, &talk, MessageAuthor::Agent, at(6))]).await;
        begin(&db, talk.id, 7).await;
        begin(&db, talk.id, 8).await;
        assert!(due(&db, DAY).await.is_empty(), "a day has to pass");
        let [first]: [Resolution; 1] = due(&db, DAY + 7).await.try_into().expect("one case");
        assert_eq!((first.conversation_id, first.resolved_at), (talk.id, at(7)));
        assert_eq!((first.until_at, first.days()), (at(7 + 7 * DAY), 7));

        put(&db, &[], &[answer(&cast, &talk, MessageAuthor::Teammate, at(9))]).await;
        begin(&db, talk.id, 10).await;
        assert_eq!(due(&db, DAY + 10).await.len(), 2);
        assert!(write(&db, async |tx| resolutions::has_later(tx, &first).await).await);
        let listed = resolutions::list(&db, &everything(&cast), None, 9).await.unwrap();
        let by: Vec<SolvedBy> = listed.iter().map(|one| one.solved_by).collect();
        assert_eq!(by, [SolvedBy::Teammate, SolvedBy::Agent]);
        let behind = resolutions::list(&db, &everything(&cast), Some(listed[0].cursor()), 9).await.unwrap();
        assert_eq!(behind, listed[1..]);
        write(&db, async |tx| resolutions::forget(tx, &first).await).await;
        assert_eq!(due(&db, DAY + 10).await.len(), 1);
        write(&db, async |tx| resolutions::withdraw(tx, &[talk.id], at(9)).await).await;
        assert_eq!(due(&db, DAY + 10).await.len(), 1, "it was closed at another moment");
        write(&db, async |tx| resolutions::withdraw(tx, &[talk.id], at(10)).await).await;
        assert!(due(&db, DAY + 10).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_the_customer_did_not_hear_and_what_nobody_asked_is_no_case() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        let ours = |seconds: i64| answer(&cast, &talk, MessageAuthor::Agent, at(seconds));
        let unheard = [
            NewMessage { aside: true, ..ours(1) },
            NewMessage { delivery: Some(Delivery::Held), ..ours(2) },
            NewMessage { automatic: Automatic::Bulk, ..ours(3) },
        ];
        put(&db, &[], &unheard).await;
        begin(&db, talk.id, 4).await;
        assert!(due(&db, 9 * DAY).await.is_empty(), "the customer has heard nothing");
        assert_eq!(resolutions::answered_at(&db, talk.id, at(9)).await.unwrap(), None);
        put(&db, &[], &[ours(5)]).await;
        begin(&db, talk.id, 6).await;
        assert_eq!(due(&db, 9 * DAY).await.len(), 1);

        let untold = cast.conversation(2);
        let by_others = NewMessage { aside: true, ..cast.message(&untold, "Please help this customer.") };
        let told = answer(&cast, &untold, MessageAuthor::Agent, at(1));
        put(&db, std::slice::from_ref(&untold), &[by_others, told]).await;
        begin(&db, untold.id, 2).await;
        assert_eq!(due(&db, 9 * DAY).await.len(), 1, "nobody asked in the other one");
        let heard = resolutions::list_words_in_case(&db, untold.id, (at(-9), at(9))).await.unwrap();
        assert!(heard.is_empty(), "{heard:?}");
    })
    .await;
}

#[tokio::test]
async fn what_was_promised_is_settled_once_its_case_was_solved_or_its_people_were_told() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        for (number, outcome, settled) in [
            (1, Outcome::Returned, Ts(0)),
            (2, Outcome::Reopened, Ts(0)),
            (3, Outcome::Verified, at(2)),
            (4, Outcome::Unmet, at(2)),
        ] {
            let talk = cast.open(&db, number).await;
            put(&db, &[], &[answer(&cast, &talk, MessageAuthor::Agent, at(1))]).await;
            begin(&db, talk.id, 2).await;
            let [first]: [Resolution; 1] = due(&db, 2 + DAY).await.try_into().expect("one case");
            assert!(write(&db, async |tx| resolutions::judge(tx, &first, outcome, at(3)).await).await);
            let second = Resolution { resolved_at: at(5), ..first };
            assert_eq!(resolutions::settled_before(&db, &second).await.unwrap(), settled, "{outcome}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_became_of_a_case_is_noted_once_and_counted() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let talk = cast.open(&db, 1).await;
        put(&db, &[], &[answer(&cast, &talk, MessageAuthor::Agent, at(1))]).await;
        write(&db, async |tx| {
            let mut now = conversations::lock(tx, talk.id).await?;
            now.intent = Some("return_item".into());
            conversations::update(tx, &now).await
        })
        .await;
        begin(&db, talk.id, 2).await;
        let closed = due(&db, 2 + DAY).await.remove(0);
        assert_eq!(resolutions::settled_before(&db, &closed).await.unwrap(), Ts(0));
        write(&db, async |tx| resolutions::put_off(tx, &closed, at(3 * DAY)).await).await;
        assert!(due(&db, 2 * DAY).await.is_empty());
        for (outcome, counts) in [(Outcome::Verified, true), (Outcome::Returned, false)] {
            let judged = write(&db, async |tx| resolutions::judge(tx, &closed, outcome, at(9)).await).await;
            assert_eq!(judged, counts);
        }
        assert!(due(&db, 99 * DAY).await.is_empty());
        let groups = resolutions::counts(&db, cast.brand.id, (Ts(0), at(9))).await.unwrap();
        assert_eq!(groups.len(), 1);
        assert_eq!((groups[0].outcome, groups[0].count), (Outcome::Verified, 1));
        assert_eq!((groups[0].intent.as_str(), groups[0].channel_kind.as_str()), ("return_item", "email"));
        for (by, found) in [("agent", 1), ("teammate", 0)] {
            let filter = Filter { by: by.into(), outcome: "verified".into(), ..everything(&cast) };
            assert_eq!(resolutions::list(&db, &filter, None, 9).await.unwrap().len(), found, "{by}");
        }
    })
    .await;
}

#[tokio::test]
async fn words_are_found_by_person_and_by_case() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (talk, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        put(&db, &[], &[answer(&cast, &talk, MessageAuthor::Agent, at(1))]).await;
        let says = |talk: &ConversationRow, body: &str, seconds: i64| NewMessage {
            created_at: at(seconds),
            ..cast.message(talk, body)
        };
        put(&db, &[], &[says(&talk, "Thanks", 2), says(&other, "Where is it?", 3), says(&other, "Too late", 9)]).await;
        let watched = (at(1), at(5));
        let bodies = |words: Vec<resolutions::Word>| words.into_iter().map(|word| word.body).collect::<Vec<_>>();
        let person = resolutions::list_words_of_person(&db, cast.sofie, watched).await.unwrap();
        assert_eq!(bodies(person), ["Thanks", "Where is it?"]);
        let here = resolutions::list_words_in_case(&db, talk.id, watched).await.unwrap();
        assert_eq!(bodies(here), ["Thanks"]);
        assert_eq!(resolutions::answered_at(&db, talk.id, at(4)).await.unwrap(), Some(at(1)));
        assert_eq!(resolutions::answered_at(&db, other.id, at(4)).await.unwrap(), None);
    })
    .await;
}
