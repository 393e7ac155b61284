//! A seller's account between the desk and a double of eBay.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::channel::{Cursor, Fetched, MessageChannel as _};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Outside, Web};
use channel_contract::inbound::{Inbound, InboundEvent, InboundMessage, OrderNews, RawItem};
use channel_contract::outbound::{Outbound, OutboundAttachment};
use channel_contract::testkit::MediaFault;
use channel_ebay::EbayChannel;
use channel_ebay::settings::{Access, EbaySettings, Notifications, Polling, PublicKey, Secret};
use platform_doubles::Double;
use platform_doubles::ebay::{CLIENT_ID, CLIENT_SECRET, Ebay, REFRESH_TOKEN, SELLER, SELLER_ID, VERIFICATION_TOKEN};
use uuid::Uuid;

/// The address that is registered for notifications.
pub(crate) const ENDPOINT: &str = "https://desk.example/webhooks/ebay/1";
/// The buyer of most tests, and what she asks about.
pub(crate) const BUYER: &str = "ann_b";
pub(crate) const LISTING: &str = "110136274391";

/// The web as the desk lets it be reached, and the desk's own files there.
#[derive(Default)]
pub(crate) struct Desk {
    offered: Mutex<BTreeMap<String, Bytes>>,
    offers_nothing: bool,
}

impl Desk {
    /// A desk that nobody on the web can reach.
    pub(crate) fn hidden() -> Self {
        Self { offers_nothing: true, ..Self::default() }
    }

    /// The bytes that lie at an address of the desk.
    pub(crate) fn file(&self, address: &str) -> Bytes {
        self.offered.lock().unwrap().get(address).cloned().unwrap_or_default()
    }
}

#[async_trait]
impl Web for Desk {
    /// Files of buyers lie at `https://files.example/WHAT`.
    async fn fetch(&self, address: &str, bearer: Option<&str>, most: u64) -> Result<Fetched, ChannelFailure> {
        assert_eq!(bearer, None, "no token of eBay goes to whoever keeps a file");
        let refused = |words: &str| Err(ChannelFailure::refused(FailureClass::Content, words));
        let content = match address.rsplit('/').next().unwrap_or_default() {
            "gone" => return refused("The file is gone."),
            "elsewhere" | "inside" => return refused("The file may not be fetched from there."),
            "late" => return Err(ChannelFailure::silent("The file did not come in time.")),
            "empty" => Bytes::new(),
            _ => Bytes::from_static(MediaFault::FILE),
        };
        if u64::try_from(content.len()).unwrap() > most {
            return refused("The file is too large.");
        }
        Ok(Fetched { content, content_type: "image/png".to_owned() })
    }

    fn offers_files(&self) -> bool {
        !self.offers_nothing
    }

    async fn offer(&self, file: &OutboundAttachment, _: Duration) -> Result<String, ChannelFailure> {
        let mut offered = self.offered.lock().unwrap();
        let address = format!("https://desk.example/files/{}", offered.len());
        offered.insert(address.clone(), file.content.clone());
        Ok(address)
    }
}

pub(crate) struct Shop {
    pub(crate) ebay: Double<Ebay>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) settings: EbaySettings,
    pub(crate) channel: EbayChannel,
    /// The message that the harness answers, once it was written.
    pub(crate) asked: Mutex<String>,
    /// How many items the harness has put on eBay.
    pub(crate) puts: AtomicUsize,
    patience: Duration,
}

impl Shop {
    /// An account that was connected, whose calls wait this long for an answer.
    pub(crate) async fn start(patience: Duration) -> Self {
        Self::with(patience, |settings| settings).await
    }

    /// The same with other settings.
    pub(crate) async fn with(patience: Duration, change: impl FnOnce(EbaySettings) -> EbaySettings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ebay = Double::start(Ebay::default()).await.unwrap();
        let settings = change(settings(&ebay.url()));
        let desk = Arc::new(Desk::default());
        let channel = channel(&settings, &ebay, &desk, patience);
        Self { ebay, desk, settings, channel, asked: Mutex::default(), puts: AtomicUsize::new(0), patience }
    }

    pub(crate) fn again(&self) -> EbayChannel {
        channel(&self.settings, &self.ebay, &self.desk, self.patience)
    }

    pub(crate) fn with_settings(&self, settings: &EbaySettings) -> EbayChannel {
        channel(settings, &self.ebay, &self.desk, self.patience)
    }

    /// Polls until nothing more is waiting, and gives what came and where it stopped.
    pub(crate) async fn poll(&self, mut cursor: Option<Cursor>) -> (Vec<RawItem>, Cursor) {
        let mut items = Vec::new();
        loop {
            let polled = self.channel.poll(cursor.as_ref()).await.unwrap();
            assert_eq!(polled.trouble, None);
            items.extend(polled.items);
            if !polled.more {
                return (items, polled.cursor);
            }
            cursor = Some(polled.cursor);
        }
    }

    pub(crate) fn read(&self, items: &[RawItem]) -> Vec<Inbound> {
        items.iter().flat_map(|item| self.channel.parse(item).unwrap()).collect()
    }

    /// An answer in the conversation of a message that a buyer wrote.
    pub(crate) fn answer_to(&self, message: &str, text: &str) -> Outbound {
        let known: Vec<String> = self.ebay.platform.sent().into_iter().map(|sent| sent.id).collect();
        Outbound {
            command_id: Uuid::from_u128(1),
            conversation_id: Uuid::from_u128(2),
            to: vec![BUYER.to_owned()],
            to_name: BUYER.to_owned(),
            from_name: "Fjord".to_owned(),
            text: text.to_owned(),
            in_reply_to: Some(message.to_owned()),
            references: known,
            thread_id: Some(self.ebay.platform.conversation_of(message)),
            now: self.ebay.platform.now(),
            ..Outbound::empty()
        }
    }
}

fn settings(url: &str) -> EbaySettings {
    let [in_use, next] = Ebay::key_ids();
    let key = |id: &str| {
        let key = PublicKey { key: Ebay::public_key_text(id).unwrap(), digest: "SHA1".to_owned() };
        (id.to_owned(), key)
    };
    EbaySettings {
        channel_id: "channel-1".to_owned(),
        usernames: vec![SELLER.to_owned(), SELLER_ID.to_owned()],
        api_url: url.to_owned(),
        access: Access {
            client_id: CLIENT_ID.to_owned(),
            client_secret: Secret::new(CLIENT_SECRET),
            refresh_token: Secret::new(REFRESH_TOKEN),
            ..Access::default()
        },
        notifications: Notifications {
            endpoint: ENDPOINT.to_owned(),
            verification_token: Secret::new(VERIFICATION_TOKEN),
            public_keys: [key(in_use), key(next)].into(),
            ..Notifications::default()
        },
        polling: Polling { own_after_seconds: 0, orders_seconds: 0, from_ebay: true, ..Polling::default() },
        second_look_seconds: 0,
        ..EbaySettings::default()
    }
}

fn channel(settings: &EbaySettings, ebay: &Double<Ebay>, desk: &Arc<Desk>, patience: Duration) -> EbayChannel {
    EbayChannel::new(settings.clone(), outside(ebay, desk, patience))
}

/// The world as the desk gives it to its adapters, by the clock of the double.
pub(crate) fn outside(ebay: &Double<Ebay>, desk: &Arc<Desk>, patience: Duration) -> Outside {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(patience);
    let platform = ebay.platform.clone();
    Outside { client: client.build().unwrap(), web: desk.clone(), clock: Arc::new(move || platform.now()) }
}

/// The messages among events.
pub(crate) fn messages(events: Vec<Inbound>) -> Vec<InboundMessage> {
    events.into_iter().filter_map(|inbound| inbound.event.into_message()).collect()
}

/// The news of orders among events, with their keys.
pub(crate) fn news(events: Vec<Inbound>) -> Vec<(String, OrderNews)> {
    let news = events.into_iter().filter_map(|inbound| match inbound.event {
        InboundEvent::Order(news) => Some((inbound.external_id, news)),
        _ => None,
    });
    news.collect()
}
