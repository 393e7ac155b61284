//! What a platform pushes to the desk.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;

/// How long a platform rests before it pushes again what was not taken.
const AGAIN: Duration = Duration::from_millis(50);

/// One delivery to the desk, signed already.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The headers, the signature among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// Pushes to one address of the desk.
#[derive(Clone, Debug)]
pub struct Hooks {
    http: reqwest::Client,
    url: String,
}

impl Hooks {
    /// To this address.
    pub fn to(http: reqwest::Client, url: impl Into<String>) -> Self {
        Self { http, url: url.into() }
    }

    /// Pushes once, and gives the status of the answer; `None` without an answer.
    pub async fn push(&self, delivery: &Delivery) -> Option<u16> {
        let mut request = self.http.post(&self.url).body(delivery.body.clone());
        for (name, value) in &delivery.headers {
            request = request.header(name, value);
        }
        Some(request.send().await.ok()?.status().as_u16())
    }

    /// Pushes each until it is taken, as platforms do, each so many times in all, and in the order of `turns`: places in
    /// `deliveries`, any number of times.
    pub async fn push_in_turns(&self, deliveries: &[Delivery], turns: &[usize]) {
        for delivery in turns.iter().filter_map(|turn| deliveries.get(*turn)) {
            while !self.push(delivery).await.is_some_and(|status| (200..300).contains(&status)) {
                sleep(AGAIN).await;
            }
        }
    }
}
