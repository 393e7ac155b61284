//! What WhatsApp pushes at a steady pace: how soon each push is answered, and whether all of it is there in the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use platform_doubles::Delivery;
use platform_doubles::whatsapp::{Account, Customer, Whatsapp};
use resolute::clock::Clock;
use serde_json::json;

use super::figures::{Table, Times, milliseconds};
use super::http::Client;
use super::stage::{Options, Stage};

/// Pushes a second.
const RATE: u32 = 500;
/// Connections that they come over.
const SENDERS: usize = 64;
/// How many messages a customer writes.
const SAID: usize = 5;

/// Pushes for `options.seconds`, each at its time whether or not the ones before are answered, every one a message of its own
/// with its signature.
pub(crate) async fn measure(stage: &mut Stage, options: &Options, table: &mut Table) {
    let count = RATE as usize * options.seconds as usize;
    let deliveries = Arc::new(deliveries(count));
    let before = stage.program().cpu();
    let (begun, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    let mut senders = Vec::new();
    for _ in 0..SENDERS {
        let (deliveries, next) = (deliveries.clone(), next.clone());
        let (address, path) = (stage.launch.address(), format!("/webhooks/whatsapp/{}", stage.whatsapp));
        senders.push(tokio::spawn(async move {
            let (mut client, mut times) = (Client::new(address), Times::default());
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(Delivery { headers, body }) = deliveries.get(place) else { return times };
                let due = begun + Duration::from_secs_f64(place as f64 / f64::from(RATE));
                tokio::time::sleep_until(due.into()).await;
                let answer = client.post_with(&path, headers, body).await.unwrap();
                assert_eq!(answer.status, 200, "{}", answer.text());
                times.add(due.elapsed());
            }
        }));
    }
    let mut answers = Times::default();
    for sender in senders {
        answers.join(sender.await.unwrap());
    }
    let sent = begun.elapsed();
    while stage.jobs("receive").await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let read = begun.elapsed();
    let cpu = stage.program().cpu().saturating_sub(before);
    let what = format!("{RATE} webhooks/s for {} s", options.seconds);
    table.row(&format!("answer to WhatsApp, {what}"), answers.words(), "p99 <= 10 ms");
    let behind = milliseconds(read.saturating_sub(sent));
    let lost = i64::try_from(count).unwrap() - stage.inbound().await;
    table.row(
        &format!("fully processed, {what}"),
        format!("the last {behind} after it was sent, {lost} lost"),
        "0 lost",
    );
    let each = format!("{:.2} ms a webhook", cpu.as_secs_f64() * 1e3 / count as f64);
    table.row("processor time of the server", each, "");
}

/// Messages of customers, each in a push of its own, signed.
fn deliveries(count: usize) -> Vec<Delivery> {
    let whatsapp = Whatsapp::new(Account::default());
    whatsapp.set_time(Clock::system().now().datetime().unix_timestamp());
    let delivery = |place: usize| {
        let person = place / SAID;
        let customer = Customer {
            phone: format!("49151{person:08}"),
            user_id: format!("DE.{}", 10_000 + person),
            name: format!("Customer {person}"),
            shows_phone: true,
        };
        let text = format!("Where is my parcel number {place}? It should have been here by now.");
        let content = json!({ "type": "text", "text": { "body": text } });
        let said = whatsapp.said(&customer, &format!("wamid.L{place}"), &content);
        whatsapp.signed(whatsapp.envelope(&[said]))
    };
    (0..count).map(delivery).collect()
}
