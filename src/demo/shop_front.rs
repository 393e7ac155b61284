//! The demo's shop as its customers see it: one page on an origin of its own, with the chat on it.

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::app::Desk;
use crate::credentials::new_token;
use crate::model::channel::ChannelKind;
use crate::model::{BrandId, ChannelId};
use crate::store::channels::{self, NewChannel, Reconnection};

const PAGE: &str = include_str!("texts/shop_front.html");
const NAME: &str = "Shop chat";

/// Opens the shop on the port after the desk's, or on a free one, and connects its chat. Gives the shop's address and
/// the chat.
pub(super) async fn open(desk: &Desk, brand: BrandId) -> anyhow::Result<(String, ChannelId)> {
    let beside = SocketAddr::from((Ipv4Addr::LOCALHOST, desk.config.listen.port().saturating_add(1)));
    let listener = match TcpListener::bind(beside).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
    };
    let port = listener.local_addr()?.port();
    let channel = connect(desk, brand, port).await?;
    let page = PAGE.replace("{desk}", &desk.config.public_address()).replace("{channel}", &channel.to_string());
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let stop = desk.stop_token();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => drop(tokio::spawn(serve(stream, answer.clone()))),
                    Err(error) => tracing::warn!(%error, "the demo's shop cannot take a visitor"),
                },
            }
        }
    });
    Ok((format!("http://127.0.0.1:{port}/"), channel))
}

/// The shop's chat, connected on the first start; it may stand where the shop is now.
async fn connect(desk: &Desk, brand: BrandId, port: u16) -> anyhow::Result<ChannelId> {
    let settings = json!({
        "domains": [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
        "away_text": "Our workshop is closed for today.",
    });
    let all = channels::list(&desk.db).await?;
    let known = all.into_iter().find(|channel| channel.kind == ChannelKind::LiveChat.as_str() && channel.name == NAME);
    let mut tx = desk.db.begin().await?;
    let id = if let Some(channel) = known {
        let secrets = channels::secrets(&desk.db, channel.id).await?;
        let new = Reconnection {
            name: &channel.name,
            address: &channel.address,
            settings: &settings,
            secrets,
            at: desk.clock.now(),
        };
        channels::reconnect(&mut tx, channel.id, new).await?;
        channel.id
    } else {
        let id: ChannelId = desk.clock.new_id();
        let secrets = json!({ "session_secret": new_token(), "identity_secret": new_token() });
        let channel = NewChannel {
            id,
            brand_id: brand,
            kind: ChannelKind::LiveChat.as_str().to_owned(),
            name: NAME.to_owned(),
            address: "fjordline.example".to_owned(),
            settings,
            secrets: desk.connections.seal(id, &secrets)?,
            webhook_secret: new_token(),
            created_at: desk.clock.now(),
        };
        channels::insert(&mut tx, &channel).await?;
        id
    };
    tx.commit().await?;
    Ok(id)
}

/// Every request gets the one page.
async fn serve(stream: TcpStream, answer: String) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.is_empty() {
            // A visitor who went away needs no page.
            let _ = write.write_all(answer.as_bytes()).await;
            return;
        }
    }
}
