//! All doubles at once, as a program runs them: each with an address, the settings that connect a channel of the desk to it,
//! and customers who write.

mod access;
mod each;
mod people;

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::amazon::{self, Amazon};
use crate::ebay::{self, Ebay};
use crate::fault::Fault;
use crate::line::{self, Line};
use crate::messagebird::MessageBird;
use crate::meta::{self, Meta};
use crate::mirakl::Mirakl;
use crate::server::{Double, Platform, Request, Response};
use crate::telegram::Telegram;
use crate::twilio::{Shelf, Twilio};
use crate::whatsapp::{self, Account, Customer, Whatsapp};

pub use access::Access;
pub use people::{Change, Happened, Told, Words};

/// The names of the platforms, as the desk calls the kinds of its channels.
/// Text messages are those of Twilio, and `MessageBird`'s are of the same kind.
pub const NAMES: [&str; 10] =
    ["whatsapp", "messenger", "instagram", "amazon", "ebay", "mirakl", "telegram", "line", "sms", "messagebird"];

const ACCESS: &str = "access-of-the-doubles";
const APP_SECRET: &str = "app-secret-of-the-doubles";
const VERIFY_WORD: &str = "verify-word-of-the-doubles";
const PAGE: &str = "1001";
const INSTAGRAM: &str = "2001";
const BOT: &str = "123456:token-of-the-doubles";
const BOT_WORD: &str = "hook-word-of-the-doubles";
const LINE_SECRET: &str = "channel-secret-of-the-doubles";
const NUMBER: &str = "+4790000001";
const TWILIO: &str = "AC00000000000000000000000000000001";
const TWILIO_SECRET: &str = "auth-token-of-the-doubles";
const BIRD_NUMBER: &str = "+4790000002";
const BIRD_KEY: &str = "signing-key-of-the-doubles";
const SHOP_KEY: &str = "shop-key-of-the-doubles";
/// Who writes on all platforms that name people by number.
const ANA: &str = "4915112345678";
/// Who else writes on WhatsApp.
const LENA: &str = "4915112345679";
/// Who writes to the number at `MessageBird`: numbers name the same person everywhere, and this is somebody else.
const BIRD_ANA: &str = "+4915112345680";
/// The first one on LINE.
const LINE_ANA: &str = "U00000000000000000000000000007001";

/// The settings of a channel of the desk that is connected to a double at this address; `null` for no such platform.
pub fn settings(name: &str, url: &str) -> Value {
    let account = Account::default();
    let meta = |network: &str| {
        json!({
            "network": network, "login": "facebook", "api_url": url, "page_id": PAGE,
            "instagram_id": INSTAGRAM, "app_id": "3001", "app_secret": APP_SECRET, "verify_token": VERIFY_WORD,
            "access_token": ACCESS,
        })
    };
    match name {
        "whatsapp" => json!({
            "api_url": url, "phone_number_id": account.phone_number_id, "account_id": account.account_id,
            "app_id": account.app_id, "access_token": account.token, "app_secret": account.app_secret,
            "verify_token": VERIFY_WORD,
        }),
        "messenger" | "instagram" => meta(name),
        // Messages are mails: the mail account is another's.
        "amazon" => json!({
            "spapi": {
                "api_url": url, "token_url": format!("{url}/auth/o2/token"), "client_id": amazon::CLIENT_ID,
                "client_secret": amazon::CLIENT_SECRET, "refresh_token": amazon::REFRESH_TOKEN,
                "queue": {
                    "arn": amazon::queue::ARN, "key_id": amazon::queue::KEY_ID, "key": amazon::queue::KEY, "url": url,
                },
            },
        }),
        "ebay" => json!({
            "usernames": [ebay::SELLER, ebay::SELLER_ID],
            "api_url": url,
            "access": {
                "client_id": ebay::CLIENT_ID, "client_secret": ebay::CLIENT_SECRET,
                "refresh_token": ebay::REFRESH_TOKEN,
            },
            "notifications": { "verification_token": ebay::VERIFICATION_TOKEN },
        }),
        "mirakl" => json!({ "api_url": url, "api_key": SHOP_KEY, "operator": "market" }),
        "telegram" => json!({ "api_url": url, "token": BOT, "webhook_secret": BOT_WORD }),
        "line" => json!({
            "api_url": url, "data_url": url, "basic_id": line::BASIC_ID, "access_token": ACCESS,
            "channel_secret": LINE_SECRET,
        }),
        "sms" => json!({
            "number": NUMBER,
            "provider": { "kind": "twilio", "api_url": url, "account_sid": TWILIO, "auth_token": TWILIO_SECRET },
        }),
        "messagebird" => json!({
            "number": BIRD_NUMBER, "provider": { "kind": "messagebird", "signing_key": BIRD_KEY },
        }),
        _ => Value::Null,
    }
}

/// What is lost of settings when they are read and written again: each by its place. Nothing, where they are the channel's.
pub fn lost(given: &Value, kept: &Value) -> Vec<String> {
    match (given, kept) {
        (Value::Object(given), _) => {
            let inner = given.iter().flat_map(|(name, value)| {
                let found = kept.get(name).unwrap_or(&Value::Null);
                lost(value, found).into_iter().map(move |place| format!("/{name}{place}"))
            });
            inner.collect()
        }
        _ if given == kept => Vec::new(),
        _ => vec![String::new()],
    }
}

/// A double, whatever its platform.
trait Stand: Send + Sync {
    fn url(&self) -> String;
    fn misbehave(&self, method: &str, path: &str, fault: Fault, times: usize);
    fn behave(&self);
    fn calls(&self) -> Vec<Request>;
}

impl<P: Platform> Stand for Double<P> {
    fn url(&self) -> String {
        Self::url(self)
    }

    fn misbehave(&self, method: &str, path: &str, fault: Fault, times: usize) {
        Self::misbehave(self, method, path, fault, times);
    }

    fn behave(&self) {
        Self::behave(self);
    }

    fn calls(&self) -> Vec<Request> {
        Self::calls(self)
    }
}

/// All doubles.
pub struct Together {
    stands: BTreeMap<&'static str, Box<dyn Stand>>,
    whatsapp: Arc<Whatsapp>,
    messenger: Arc<Meta>,
    instagram: Arc<Meta>,
    amazon: Arc<Amazon>,
    ebay: Arc<Ebay>,
    mirakl: Arc<Mirakl>,
    telegram: Arc<Telegram>,
    line: Arc<Line>,
    twilio: Arc<Twilio>,
    messagebird: Arc<MessageBird>,
    /// Where files of text messages lie.
    _shelf: Double<Shelf>,
    count: AtomicU64,
    state: Mutex<State>,
}

struct State {
    now: OffsetDateTime,
    /// What will happen to accesses, and when.
    changes: Vec<(OffsetDateTime, &'static str, Access)>,
    /// The id of what the customer of each platform wrote last.
    written: BTreeMap<&'static str, String>,
}

impl Together {
    /// Starts each at the port that is given for its name, or at a free one. Their clocks show this.
    pub async fn start(ports: &BTreeMap<String, u16>, now: OffsetDateTime) -> io::Result<Self> {
        let at = |name: &str| SocketAddr::from(([127, 0, 0, 1], ports.get(name).copied().unwrap_or_default()));
        let whatsapp = Double::start_at(Whatsapp::new(Account::default()), at("whatsapp")).await?;
        for customer in customers() {
            whatsapp.platform.join(customer);
        }
        for template in whatsapp::shop_templates() {
            whatsapp.platform.put_template(template);
        }
        let messenger = Double::start_at(Meta::new(account(meta::Door::Page), now), at("messenger")).await?;
        let instagram = Double::start_at(Meta::new(account(meta::Door::BehindPage), now), at("instagram")).await?;
        let profiles = [
            (&messenger.platform, json!({ "first_name": "Ana", "last_name": "of Bergen" })),
            (&instagram.platform, json!({ "name": "Ana of Bergen", "username": "ana.of.bergen" })),
        ];
        for (platform, profile) in profiles {
            platform.grant(ACCESS, None);
            platform.known_as(people::META_ANA, profile);
        }
        let amazon = Double::start_at(Amazon::default(), at("amazon")).await?;
        let ebay = Double::start_at(Ebay::default(), at("ebay")).await?;
        let mirakl = Double::start_at(Mirakl::new(SHOP_KEY, now), at("mirakl")).await?;
        let telegram = Double::start_at(Telegram::new(BOT, BOT_WORD), at("telegram")).await?;
        let line = Double::start_at(Line::new(ACCESS, LINE_SECRET), at("line")).await?;
        let twilio = Double::start_at(Twilio::new(TWILIO, TWILIO_SECRET, NUMBER, ""), at("sms")).await?;
        let bird = Double::start_at(MessageBird::new(BIRD_KEY, BIRD_NUMBER).with_life(24 * 60 * 60), at("messagebird"))
            .await?;
        let shelf = Double::start(Shelf::default()).await?;
        twilio.platform.set_shelf(&shelf.url());
        let platforms = (whatsapp.platform.clone(), messenger.platform.clone(), instagram.platform.clone());
        let further = (amazon.platform.clone(), ebay.platform.clone(), mirakl.platform.clone());
        let last = (telegram.platform.clone(), line.platform.clone());
        let numbers = (twilio.platform.clone(), bird.platform.clone());
        let stands: [(&'static str, Box<dyn Stand>); 10] = [
            ("whatsapp", Box::new(whatsapp)),
            ("messenger", Box::new(messenger)),
            ("instagram", Box::new(instagram)),
            ("amazon", Box::new(amazon)),
            ("ebay", Box::new(ebay)),
            ("mirakl", Box::new(mirakl)),
            ("telegram", Box::new(telegram)),
            ("line", Box::new(line)),
            ("sms", Box::new(twilio)),
            ("messagebird", Box::new(bird)),
        ];
        let together = Self {
            stands: stands.into(),
            whatsapp: platforms.0,
            messenger: platforms.1,
            instagram: platforms.2,
            amazon: further.0,
            ebay: further.1,
            mirakl: further.2,
            telegram: last.0,
            line: last.1,
            twilio: numbers.0,
            messagebird: numbers.1,
            _shelf: shelf,
            count: AtomicU64::new(0),
            state: Mutex::new(State { now, changes: Vec::new(), written: BTreeMap::new() }),
        };
        together.set_time(now);
        Ok(together)
    }

    /// Fresh doubles, and the settings that they print for a platform as a channel keeps them; an error where it keeps
    /// something of them otherwise.
    pub async fn with_settings<S: Serialize + DeserializeOwned>(name: &str) -> Result<(Self, S), Box<dyn Error>> {
        let doubles = Self::start(&BTreeMap::new(), OffsetDateTime::UNIX_EPOCH).await?;
        let given = doubles.listing().pointer(&format!("/{name}/settings")).cloned().unwrap_or_default();
        let settings: S = serde_json::from_value(given.clone())?;
        match lost(&given, &serde_json::to_value(&settings)?).as_slice() {
            [] => Ok((doubles, settings)),
            places => Err(format!("lost: {}", places.join(", ")).into()),
        }
    }

    /// Sets all clocks. That of the marketplace only goes on. What was to happen to an access until then happens.
    pub fn set_time(&self, now: OffsetDateTime) {
        let mut state = self.state();
        state.now = now;
        for name in NAMES {
            self.show_time(name, now);
        }
        let (due, later) = state.changes.drain(..).partition(|(at, _, _)| *at <= now);
        state.changes = later;
        drop(state);
        let due: Vec<(OffsetDateTime, &'static str, Access)> = due;
        for (_, name, access) in due {
            self.turn(name, access);
        }
    }

    fn show_time(&self, name: &str, now: OffsetDateTime) {
        let seconds = now.unix_timestamp();
        match name {
            "whatsapp" => self.whatsapp.set_time(seconds),
            "messenger" => self.messenger.set_now(now),
            "instagram" => self.instagram.set_now(now),
            "amazon" => self.amazon.set_now(u64::try_from(seconds).unwrap_or_default()),
            "ebay" => self.ebay.set_now(now),
            "mirakl" => self.mirakl.advance((now - self.mirakl.now()).try_into().unwrap_or_default()),
            "telegram" => self.telegram.set_now(seconds),
            "line" => self.line.set_now(seconds),
            "messagebird" => self.messagebird.set_now(seconds),
            _ => self.twilio.set_now(seconds),
        }
    }

    /// What somebody does on a platform so long ago by its clock.
    fn ago<T>(&self, name: &str, ago: Duration, what: impl FnOnce() -> T) -> T {
        // The clock is nobody else's meanwhile.
        let state = self.state();
        if ago.is_positive() {
            self.show_time(name, state.now - ago);
        }
        let done = what();
        if ago.is_positive() {
            self.show_time(name, state.now);
        }
        done
    }

    /// Each double with its address and the settings of a channel.
    pub fn listing(&self) -> Value {
        let stands = self.stands.iter().map(|(name, stand)| {
            let url = stand.url();
            let settings = settings(name, &url);
            ((*name).to_owned(), json!({ "address": url, "settings": settings }))
        });
        Value::Object(stands.collect())
    }

    /// Misbehaves so often from now on; `false` for no such platform.
    pub fn misbehave(&self, name: &str, method: &str, path: &str, fault: Fault, times: usize) -> bool {
        let stand = self.stands.get(name);
        if let Some(stand) = stand {
            stand.misbehave(method, path, fault, times);
        }
        stand.is_some()
    }

    /// Everything behaves from now on.
    pub fn behave(&self) {
        self.stands.values().for_each(|stand| stand.behave());
    }

    /// What a platform was asked: methods and paths, oldest first. `None` for no such platform.
    pub fn calls(&self, name: &str) -> Option<Vec<String>> {
        let calls = self.stands.get(name)?.calls();
        Some(calls.iter().map(|call| format!("{} {}", call.method, call.path)).collect())
    }

    /// Whether the desk polls a platform; the others push.
    pub fn is_polled(name: &str) -> bool {
        matches!(name, "ebay" | "mirakl")
    }

    /// How a platform says that it takes no more calls for so many seconds; `None` for no such platform.
    pub fn limited(&self, name: &str, seconds: u64) -> Option<Response> {
        let (wait, minutes) = (seconds.to_string(), seconds.div_ceil(60));
        Some(match name {
            "whatsapp" => self.whatsapp.limited(minutes),
            "messenger" | "instagram" => meta::limited_for(PAGE, minutes),
            "amazon" => amazon::limited().with("retry-after", &wait),
            "ebay" => ebay::limited().with("retry-after", &wait),
            "mirakl" => Mirakl::refusal(429, "Too many requests").with("retry-after", &wait),
            "telegram" => Telegram::too_many(Some(seconds)),
            "line" => {
                Line::refusal(429, "The API rate limit has been exceeded. Try again later.").with("retry-after", &wait)
            }
            "sms" => Twilio::too_many(Some(seconds)),
            "messagebird" => Response::status(429).with("retry-after", &wait),
            _ => return None,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who has WhatsApp: two, so that one of them may have written too long ago for an answer. The first one writes where nobody
/// is named.
fn customers() -> [Customer; 2] {
    let lena = Customer {
        phone: LENA.to_owned(),
        user_id: "DE.77813".to_owned(),
        name: "Lena Holt".to_owned(),
        shows_phone: true,
    };
    [ana(), lena]
}

fn ana() -> Customer {
    Customer {
        phone: ANA.to_owned(),
        user_id: "DE.77812".to_owned(),
        name: "Ana of Bergen".to_owned(),
        shows_phone: true,
    }
}

fn account(door: meta::Door) -> meta::Account {
    meta::Account {
        door,
        page_id: PAGE.to_owned(),
        instagram_id: INSTAGRAM.to_owned(),
        app_id: "3001".to_owned(),
        app_secret: APP_SECRET.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_is_named_by_its_place() {
        let given = json!({ "a": 1, "b": { "c": [2], "d": "x" } });
        assert_eq!(lost(&given, &json!({ "a": 1, "b": { "c": [2], "d": "x", "e": 0 }, "f": 0 })), Vec::<String>::new());
        assert_eq!(lost(&given, &json!({ "a": 2, "b": { "c": [2] } })), ["/a", "/b/d"]);
    }

    #[test]
    fn each_platform_has_settings() {
        for name in NAMES {
            assert!(settings(name, "http://127.0.0.1:9").is_object(), "{name}");
        }
        assert_eq!(settings("myspace", ""), Value::Null);
    }
}
