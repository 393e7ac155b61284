//! What platforms name: customers, and their orders.

use std::time::Duration;

use platform_doubles::together::Words;
use resolute::inbox::named::{self, Asked};
use resolute::model::conversation::Conversation;
use resolute::model::event::EventKind;
use resolute::store::Db;
use serde_json::json;

use super::stand;
use crate::locks::until_somebody_waits;
use crate::support::desk::Engine;
use crate::support::forms::page;
use crate::support::stand::Stand;
use crate::support::stores::happened;

/// A customer writes on Messenger; gives the newest conversation then.
async fn writes(stand: &Stand, customer: &str, mid: &str, text: &str) -> Conversation {
    let meta = stand.platforms.together.messenger();
    let said = meta.text(customer, mid, text);
    stand.push(&stand.line().path, &meta.delivery(&meta.request(&[said]))).await;
    stand.pass(Duration::from_secs(10)).await;
    stand.desk.newest().await
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_called_as_their_profile_says_and_nothing_waits_for_it() {
    for engine in Engine::all() {
        let stand = stand(engine, "messenger").await;
        let (line, meta, desk) = (stand.line(), stand.platforms.together.messenger(), &stand.desk);
        meta.known_as("9000009", json!({ "first_name": "Ana", "last_name": "Lind" }));
        let named = writes(&stand, "9000009", "m_named", "Where is it?").await;
        assert_eq!(named.contact_name, "Ana Lind");
        writes(&stand, "9000009", "m_later", "Are you there?").await;
        let path = format!("/conversations/{}?view=all", named.number);
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(
            shown.matches("Message from Ana Lind").count() >= 2 && !shown.contains("Message from 9000009"),
            "{shown}"
        );

        // Who does not agree to be known is answered all the same.
        let hidden = writes(&stand, "9000010", "m_hidden", "And mine?").await;
        assert_eq!(hidden.contact_name, "9000010");
        // Written by a person in Messenger itself, who is not named.
        let elsewhere = meta.written_elsewhere("9000009", "m_theirs", "It left today.");
        stand.push(&line.path, &meta.delivery(&meta.request(&[elsewhere]))).await;
        stand.pass(Duration::from_secs(10)).await;
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(shown.contains("Message from Somebody of your team"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_on_the_doubles_of_meta_is_called_by_name() {
    for engine in Engine::all() {
        for name in ["messenger", "instagram"] {
            let stand = stand(engine, name).await;
            let words = Words { text: "Where is it?", to: &stand.line().path, ..Words::default() };
            let written = stand.platforms.together.write(name, words).unwrap();
            stand.push(&written.to, &written.delivery.unwrap()).await;
            stand.pass(Duration::from_secs(10)).await;
            assert_eq!(stand.desk.newest().await.contact_name, "Ana of Bergen", "{name}");
        }
    }
}

/// The number of an event that is given out beside the lock can be seen before a lower one. SQLite has one writer.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_told_in_a_conversation_once_nobody_else_has_that() {
    let Some(engine) = Engine::all().into_iter().find(|engine| *engine == Engine::Postgres) else { return };
    let stand = stand(engine, "messenger").await;
    let db = &stand.desk.desk.db;
    // It is somebody else's: she wrote there too.
    let other = writes(&stand, "9000010", "m_other", "And mine?").await;
    let hers = writes(&stand, "9000009", "m_hers", "Where is it?").await;
    let meta = stand.platforms.together.messenger();
    meta.known_as("9000009", json!({ "first_name": "Ana", "last_name": "Lind" }));
    let Db::Postgres { write: pool, .. } = db else { panic!("SQLite locks no rows") };
    let mut held = pool.begin().await.unwrap();
    // What refers to it can still be written.
    let lock = "select id from conversations where id = $1 for no key update";
    sqlx::query(lock).bind(other.id).execute(&mut *held).await.unwrap();
    let inbox = stand.desk.desk.inbox();
    let asking = async {
        let asked = named::ask(&inbox, (hers.contact_id, hers.channel_id, other.id)).await.unwrap();
        let Asked::Done(tx) = asked else { panic!("the platform says it") };
        tx.commit().await.unwrap();
    };
    let looking = async {
        until_somebody_waits(db).await;
        held.commit().await.unwrap();
    };
    tokio::join!(asking, looking);
    let last = happened(db, other.id).await.last().map(|event| event.kind);
    assert_eq!(last, Some(EventKind::CustomerNamed));
    assert_eq!(stand.desk.talk(hers.number).await.contact_name, "Ana Lind");
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_on_line_too_are_called_as_their_profile_says() {
    for engine in Engine::all() {
        let stand = stand(engine, "line").await;
        let (line, platform) = (stand.line(), stand.platforms.together.line());
        let writes = async |person: &str| {
            stand.pass(Duration::from_secs(10)).await;
            let said = platform.said(person, &json!({ "type": "text", "text": "Where is it?" }));
            stand.push(&line.path, &platform.delivery(&[said])).await;
            stand.desk.drain().await;
            stand.desk.newest().await.contact_name
        };
        let [named, hidden] = [7001, 7002].map(|number| format!("U{number:032}"));
        platform.known_as(&named, "Ana Lind");
        assert_eq!(writes(&named).await, "Ana Lind");
        assert_eq!(writes(&hidden).await, hidden, "LINE does not tell it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_that_a_platform_names_stands_in_the_panel() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl").await;
        let number = stand.asks(stand.line(), 1, "Does it work with a lid?").await;
        let order = stand.desk.talk(number).await.order_number.expect("the marketplace names an order");
        let panel = page(&mut stand.desk.browser().await, &format!("/conversations/{number}/context")).await;
        assert!(panel.contains(&format!("{order}</bdi> is not in the desk")), "{panel}");
        assert!(!panel.contains("no order number was named"), "{panel}");
        let channels = page(&mut stand.desk.browser().await, "/channels").await;
        assert!(!channels.contains("/webhooks/mirakl/"), "nothing is pushed there: {channels}");
    }
}
