//! A chat on a test's desk, and visitors of it.

use resolute::app::Desk;
use resolute::model::{BrandId, ChannelId};
use serde_json::{Value, json};

use super::desk::TestDesk;
use super::http::Answer;
use super::setup::connect_chat;
use super::socket::Socket;

/// The origin of the shop's page.
pub(crate) const SHOP: &str = "https://shop.example";

/// A connected chat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chat {
    pub(crate) channel: ChannelId,
}

impl Chat {
    /// Connects a chat; `more` are further settings.
    pub(crate) async fn connect(desk: &Desk, brand: BrandId, domains: &[&str], more: &Value) -> Self {
        let channel = desk.clock.new_id();
        Self::connect_as(desk, channel, brand, domains, more).await
    }

    /// The same under an id that is known already.
    pub(crate) async fn connect_as(
        desk: &Desk,
        channel: ChannelId,
        brand: BrandId,
        domains: &[&str],
        more: &Value,
    ) -> Self {
        let mut settings = json!({ "domains": domains });
        settings.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        connect_chat(desk, channel, brand, settings).await;
        Self { channel }
    }

    /// Connects a chat for the shop's page.
    pub(crate) async fn of(desk: &TestDesk) -> Self {
        Self::connect(&desk.desk, desk.setup.brand, &["shop.example"], &json!({})).await
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/widget/{}{rest}", self.channel)
    }

    /// Asks for a session.
    pub(crate) async fn ask(&self, desk: &TestDesk, more: &Value) -> Answer {
        let mut start = json!({ "origin": SHOP });
        start.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        desk.client().with("origin", SHOP).post_json(&self.path("/sessions"), &start).await.expect("an answer")
    }

    /// Begins a session; gives its token.
    pub(crate) async fn begin(&self, desk: &TestDesk, more: &Value) -> String {
        let answer = self.ask(desk, more).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["token"].as_str().expect("a token").to_owned()
    }

    /// Opens a line; nothing was said on it yet.
    pub(crate) async fn line(&self, desk: &TestDesk) -> Socket {
        Socket::open(desk.address, &self.path("/line"), Some(SHOP)).await.expect("the line opens")
    }

    /// Joins with a session; gives the line and the frame that says how things stand.
    pub(crate) async fn join(&self, desk: &TestDesk, token: &str, last_seq: i64) -> (Socket, Value) {
        let mut socket = self.line(desk).await;
        socket.send(&json!({ "t": "join", "token": token, "last_seq": last_seq })).await;
        let joined = socket.next_of("joined").await;
        (socket, joined)
    }
}

/// A message frame with an id of its own.
pub(crate) fn message(id: u128, text: &str) -> Value {
    json!({ "t": "message", "id": uuid::Uuid::from_u128(id), "text": text })
}
