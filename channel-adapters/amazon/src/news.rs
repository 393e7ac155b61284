//! News of orders from the queue, with what Amazon knows of the order.

use bytes::Bytes;
use channel_contract::channel::Polled;
use channel_contract::failure::ChannelFailure;
use channel_contract::inbound::{RawItem, RawOrigin};

use crate::order_change::{self, Notification};
use crate::queue::{self, Place, Queue, Waiting};
use crate::relay;
use crate::spapi::SpApi;

/// Adds what waits in the queue to what the mailbox brought, and takes out what was stored before. Trouble with it holds no
/// mail up: it is shown beside, at once where a person has to mend it, and after a while where it should pass by itself.
/// Whatever does not answer is left alone for a moment.
pub(crate) async fn add(polled: &mut Polled, queue: &Queue, spapi: &SpApi, before: Place) {
    let now = queue.seconds();
    let (waiting, place) = if before.is_left_alone(now) {
        (Vec::new(), before)
    } else {
        match look(queue, &before.read).await {
            Ok(waiting) => {
                let read = waiting.iter().map(|message| message.handle.clone()).collect();
                (waiting, Place { read, fails: None })
            }
            Err(failure) if queue::passes(&failure) => {
                polled.warning.get_or_insert(failure.to_string());
                (Vec::new(), before.failed(now))
            }
            Err(failure) => {
                polled.beside = Some(failure.beside(queue::BRINGS));
                (Vec::new(), Place::default())
            }
        }
    };
    if place.fails_long(now) {
        polled.beside = Some(queue::silent_for_long().beside(queue::BRINGS));
    }
    let mut asks = true;
    for message in &waiting {
        polled.items.push(item(&message.body, spapi, &mut asks).await);
    }
    // What was read is taken out at once after it was stored.
    polled.more |= !waiting.is_empty();
    polled.cursor = queue::joined(&polled.cursor, &place);
}

async fn look(queue: &Queue, read: &[String]) -> Result<Vec<Waiting>, ChannelFailure> {
    queue.take_out(read).await?;
    queue.look().await
}

/// A notification as it is stored: with its order, where that can be had at once. Whoever was refused once asks no more.
async fn item(body: &str, spapi: &SpApi, asks: &mut bool) -> RawItem {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let notification = Notification::read(&body).unwrap_or_default();
    let external_id = notification.key(&body);
    let number = notification.id.and(notification.change).map(|change| change.order);
    let number = number.filter(|number| *asks && relay::orders_in(&[number]) == [number.as_str()]);
    let answer = match number {
        Some(number) => spapi.details(&number).await.inspect_err(|_| *asks = false).ok(),
        None => None,
    };
    let body = answer.map_or_else(|| body.clone(), |answer| order_change::with_order(&body, &answer));
    RawItem { external_id, origin: RawOrigin::Webhook, body }
}
