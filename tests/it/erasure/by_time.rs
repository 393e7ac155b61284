//! What is kept for a time only: raw bytes that were read, and the customers of a channel that says so.

use resolute::jobs::upkeep;
use resolute::model::channel::Channel;
use resolute::model::conversation::ConversationStatus;
use resolute::model::{ContactId, Json, Ts};
use resolute::store::channels::{self, NewChannel};
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::raw_events::{self, NewRawEvent};
use serde_json::json;

use super::desk;
use crate::support::cast::{Cast, NOW, new_channel, put};
use crate::support::desk::{Engine, TestDesk};
use crate::support::stores::{execute, number_of, text_of, write};

#[tokio::test(flavor = "multi_thread")]
async fn raw_bytes_that_were_read_are_emptied_after_their_days() {
    for engine in Engine::all() {
        let (desk, cast) = desk(engine).await;
        let db = &desk.desk.db;
        let now = desk.desk.clock.now();
        let day = |days: u64| now.minus(std::time::Duration::from_hours(24 * days));
        let raw = |key: &str, received_at: Ts| NewRawEvent {
            id: cast.clock.new_id(),
            job_id: cast.clock.new_id(),
            channel_id: cast.mail.id,
            external_id: key.to_owned(),
            origin: "inbox",
            body: key.as_bytes().to_vec().into(),
            received_at,
        };
        let (old, young) = (raw("old", day(31)), raw("young", day(29)));
        write(db, async |tx| {
            raw_events::insert(tx, &[old.clone(), young.clone()]).await?;
            raw_events::set_processed(tx, &[old.id, young.id], now).await
        })
        .await;
        upkeep::empty_read(&desk.desk).await.unwrap();
        let kept = text_of(db, "select external_id from raw_events where length(body) > 0").await;
        assert_eq!(kept.as_deref(), Some("young"));
        assert_eq!(number_of(db, "select count(*) from raw_events").await, 2);
    }
}

/// A channel on Amazon that keeps its buyers for thirty days.
async fn market(desk: &TestDesk, cast: &Cast) -> Channel {
    let settings = Json(json!({ "address": "shop@fjell.example", "buyer_days": 30 }));
    let market = Channel { settings, ..cast.channel("amazon", "Amazon") };
    let secrets = desk.desk.connections.seal(market.id, &json!({})).unwrap();
    let new = NewChannel { secrets, ..new_channel(&market) };
    write(&desk.desk.db, async |tx| channels::insert(tx, &new).await).await;
    market
}

#[tokio::test(flavor = "multi_thread")]
async fn buyers_are_forgotten_some_days_after_the_last_word_where_their_channel_says_so() {
    for engine in Engine::all() {
        let (desk, cast) = desk(engine).await;
        let db = &desk.desk.db;
        let market = market(&desk, &cast).await;
        let names = ["Quiet", "Open", "Recent", "Elsewhere too"];
        let people = names.map(|name| NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: name.to_owned(),
            kind: "amazon_buyer".to_owned(),
            value: name.to_lowercase(),
            proved: true,
            created_at: NOW,
        });
        write(db, async |tx| intake::insert_contacts(tx, &people).await).await;
        let talk = |number: i64, contact_id: ContactId, channel: &Channel| ConversationRow {
            contact_id,
            channel_id: channel.id,
            channel_kind: channel.kind.clone(),
            status: ConversationStatus::Resolved,
            resolved_at: Some(NOW),
            ..cast.conversation(number)
        };
        let [quiet, open, recent, elsewhere] = people.each_ref().map(|person| person.id);
        let rows = [
            talk(1, quiet, &market),
            ConversationRow { status: ConversationStatus::Open, resolved_at: None, ..talk(2, open, &market) },
            ConversationRow { last_message_at: desk.desk.clock.now(), ..talk(3, recent, &market) },
            talk(4, elsewhere, &market),
            talk(5, elsewhere, &cast.mail),
            talk(6, cast.sofie, &cast.mail),
        ];
        let said: Vec<NewMessage> = rows
            .iter()
            .map(|row| NewMessage { contact_id: Some(row.contact_id), ..cast.message(row, "Where is my lamp?") })
            .collect();
        put(db, &rows, &said).await;

        upkeep::forget_quiet_customers(&desk.desk).await.unwrap();
        let opened = "update conversations set status = 'open' where number = 1";
        execute(db, opened).await;
        desk.drain().await;
        let erased = "select count(*) from contacts where name = 'Erased customer'";
        assert_eq!(number_of(db, erased).await, 0, "who has written meanwhile stays");
        execute(db, "update conversations set status = 'resolved' where number = 1").await;
        upkeep::forget_quiet_customers(&desk.desk).await.unwrap();
        desk.drain().await;
        assert_eq!(number_of(db, erased).await, 1);
        let gone = "select body from messages where conversation_id in (select id from conversations where number = 1)";
        assert!(text_of(db, gone).await.unwrap().starts_with("Removed: "));
        let why = "select cast(data as text) from events where kind = 'customer_erased'";
        assert!(text_of(db, why).await.unwrap().contains("time_is_over"), "nobody asked for it");
        upkeep::forget_quiet_customers(&desk.desk).await.unwrap();
        assert!(desk.unfinished().await.is_empty(), "who is forgotten is so once");
    }
}
