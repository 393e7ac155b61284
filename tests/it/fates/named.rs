//! What platforms name: customers, and their orders.

use std::time::Duration;

use super::stand;
use crate::support::desk::Engine;
use crate::support::forms::page;

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_called_as_their_profile_says_and_nothing_waits_for_it() {
    for engine in Engine::all() {
        let stand = stand(engine, "messenger").await;
        let (line, meta, desk) = (stand.line(), stand.platforms.together.messenger(), &stand.desk);
        meta.known_as("9000009", serde_json::json!({ "first_name": "Ana", "last_name": "Lind" }));
        let writes = async |customer: &str, mid: &str, text: &str| {
            let said = meta.text(customer, mid, text);
            stand.push(&line.path, &meta.delivery(&meta.request(&[said]))).await;
            stand.pass(Duration::from_secs(10)).await;
            desk.newest().await
        };
        let named = writes("9000009", "m_named", "Where is it?").await;
        assert_eq!(named.contact_name, "Ana Lind");
        writes("9000009", "m_later", "Are you there?").await;
        let path = format!("/conversations/{}?view=all", named.number);
        let shown = page(&mut desk.browser().await, &path).await;
        assert!(
            shown.matches("Message from Ana Lind").count() >= 2 && !shown.contains("Message from 9000009"),
            "{shown}"
        );

        // Who does not agree to be known is answered all the same.
        let hidden = writes("9000010", "m_hidden", "And mine?").await;
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
async fn customers_on_line_too_are_called_as_their_profile_says() {
    for engine in Engine::all() {
        let stand = stand(engine, "line").await;
        let (line, platform) = (stand.line(), stand.platforms.together.line());
        let writes = async |person: &str| {
            stand.pass(Duration::from_secs(10)).await;
            let said = platform.said(person, &serde_json::json!({ "type": "text", "text": "Where is it?" }));
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
