//! Deliveries that were turned away, since each account is connected as it is.

use resolute::store::Db;
use resolute::store::channels::{self, Reconnection};
use resolute::store::turned_away::{self, TurnedAway};
use serde_json::json;

use crate::support::cast::{Cast, at};
use crate::support::stores::{on_both, write};

async fn add(db: &Db, more: &TurnedAway) -> TurnedAway {
    write(db, async |tx| turned_away::add(tx, more).await).await
}

#[tokio::test]
async fn what_is_turned_away_counts_for_the_account_as_it_is_connected() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let id = cast.mail.id;
        let first =
            TurnedAway { channel_id: id, since: None, number: 2, last_at: at(1), is_all: true, proved_at: None };
        assert_eq!(add(&db, &first).await, first);
        let more = TurnedAway { number: 3, last_at: at(2), ..first };
        let both = TurnedAway { number: 5, ..more };
        assert_eq!(add(&db, &more).await, both);
        assert_eq!(turned_away::list(&db).await.unwrap(), [both]);
        write(&db, async |tx| channels::note_inbound(tx, id, at(3), at(3)).await).await;
        assert_eq!(turned_away::list(&db).await.unwrap(), [TurnedAway { is_all: false, ..both }], "something came in");

        let settings = json!({});
        let new = Reconnection {
            name: "Mail",
            address: "help@fjell.example",
            settings: &settings,
            secrets: b"by hand".to_vec(),
            at: at(5),
        };
        write(&db, async |tx| channels::reconnect(tx, id, new).await).await;
        assert!(turned_away::list(&db).await.unwrap().is_empty(), "the account is another one by now");
        let anew = TurnedAway { since: Some(at(5)), number: 1, last_at: at(6), ..first };
        assert_eq!(add(&db, &anew).await, anew);
        assert_eq!(turned_away::list(&db).await.unwrap(), [anew], "what came in before does not count");

        let taken = async |since| write(&db, async |tx| turned_away::note_taken(tx, id, since).await).await;
        assert!(!taken(None).await, "that was before");
        assert!(taken(Some(at(5))).await);
        assert!(!taken(Some(at(5))).await, "it is known");
        assert_eq!(add(&db, &anew).await, TurnedAway { number: 2, is_all: false, ..anew });
    })
    .await;
}

#[tokio::test]
async fn what_is_proved_to_be_the_platforms_counts_whatever_came_before_it() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let id = cast.mail.id;
        let noted = async |moment| write(&db, async |tx| channels::note_inbound(tx, id, moment, moment).await).await;
        noted(at(1)).await;
        let forged =
            TurnedAway { channel_id: id, since: None, number: 1, last_at: at(2), is_all: false, proved_at: None };
        add(&db, &forged).await;
        assert!(!turned_away::list(&db).await.unwrap()[0].is_all);
        let proved = TurnedAway { last_at: at(3), proved_at: Some(at(3)), ..forged };
        add(&db, &proved).await;
        add(&db, &TurnedAway { last_at: at(4), ..forged }).await;
        let all = TurnedAway { number: 3, last_at: at(4), is_all: true, ..proved };
        assert_eq!(turned_away::list(&db).await.unwrap(), [all]);
        noted(at(5)).await;
        assert!(!turned_away::list(&db).await.unwrap()[0].is_all, "a message came in since");

        add(&db, &TurnedAway { last_at: at(6), proved_at: Some(at(6)), ..forged }).await;
        assert!(turned_away::list(&db).await.unwrap()[0].is_all);
        let taken = async |since| write(&db, async |tx| turned_away::note_taken(tx, id, since).await).await;
        assert!(taken(None).await && !taken(None).await);
        assert!(!turned_away::list(&db).await.unwrap()[0].is_all, "something else came in since");
    })
    .await;
}
