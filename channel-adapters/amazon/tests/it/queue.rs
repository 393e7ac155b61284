//! News of orders through the seller's queue, from its set-up to what stands in the desk.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use channel_amazon::AmazonChannel;
use channel_amazon::rate::Plan;
use channel_amazon::settings::{AmazonSettings, QueueSettings, SpApiSettings};
use channel_contract::MessageChannel as _;
use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::FailureClass;
use channel_contract::inbound::{InboundEvent, OrderHappening, OrderNews};
use channel_contract::secret::Secret;
use channel_email::EmailSettings;
use platform_doubles::amazon::notifications::{OrderChange, notification};
use platform_doubles::amazon::queue::{ARN, KEY, KEY_ID};
use platform_doubles::amazon::{Amazon, Order};
use platform_doubles::{Double, Fault, Response};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::imap_double::ImapDouble;
use crate::smtp_double::SmtpDouble;
use crate::{NOW, ORDER, channel, channel_at, server, settings, spapi};

/// A seller whose mailbox and queue are read.
struct Seller {
    imap: ImapDouble,
    _smtp: SmtpDouble,
    amazon: Double<Amazon>,
    settings: AmazonSettings,
    channel: AmazonChannel,
}

impl Seller {
    async fn start(change: impl Fn(SpApiSettings) -> SpApiSettings) -> Self {
        let (smtp, imap) = (SmtpDouble::start().await, ImapDouble::start(0, 0).await);
        let amazon = Double::start(Amazon::default()).await.unwrap();
        amazon.platform.put_order(Order {
            number: ORDER.to_owned(),
            marketplace: "A1PA6795UKMFR9".to_owned(),
            locale: "de-DE".to_owned(),
            actions: std::collections::BTreeSet::new(),
        });
        let quick = |operation: &str| (operation.to_owned(), Plan { every_millis: 10, burst: 1_000 });
        let queue =
            QueueSettings { arn: ARN.to_owned(), key_id: KEY_ID.to_owned(), key: Secret::new(KEY), url: amazon.url() };
        let rates = ["notifications", "messaging_actions", "order"].map(quick).into();
        let spapi = change(SpApiSettings { queue, rates, ..spapi(&amazon.url()) });
        let mail = EmailSettings { imap: Some(server(imap.port)), smtp: Some(server(smtp.port())), ..settings().mail };
        let settings = AmazonSettings { mail, spapi: Some(spapi), ..settings() };
        let channel = channel(settings.clone(), Duration::from_secs(5));
        Self { imap, _smtp: smtp, amazon, settings, channel }
    }

    /// The channel with a queue of other settings.
    fn with(&self, change: impl Fn(QueueSettings) -> QueueSettings) -> AmazonChannel {
        let spapi = self.settings.spapi.clone().unwrap();
        let spapi = SpApiSettings { queue: change(spapi.queue.clone()), ..spapi };
        channel(AmazonSettings { spapi: Some(spapi), ..self.settings.clone() }, Duration::from_secs(5))
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Polled {
        self.channel.poll(cursor).await.unwrap()
    }

    fn news(&self, polled: &Polled) -> Vec<OrderNews> {
        let read = |item| match self.channel.parse(item).unwrap().remove(0).event {
            InboundEvent::Order(news) => Some(news),
            _ => None,
        };
        polled.items.iter().filter_map(read).collect()
    }
}

fn changed(id: &str) -> OrderChange {
    OrderChange { id: id.to_owned(), ..OrderChange::default() }
}

#[tokio::test]
async fn a_check_has_amazon_tell_of_orders_once_and_again_where_that_is_gone() {
    let seller = Seller::start(|spapi| spapi).await;
    assert!(!seller.amazon.platform.changed(&changed("early")), "nobody has asked yet");
    for _ in 0..2 {
        assert_eq!(seller.channel.check().await, Ok(()));
    }
    let (subscription, destinations) = seller.amazon.platform.subscribed();
    assert_eq!(destinations.len(), 1);
    assert_eq!(destinations[0]["resource"]["sqs"]["arn"], ARN);
    let kinds = &subscription.unwrap()["processingDirective"]["eventFilter"]["orderChangeTypes"];
    assert_eq!(*kinds, json!(["OrderStatusChange", "BuyerRequestedChange"]));
    seller.amazon.platform.unsubscribe();
    assert_eq!(seller.channel.check().await, Ok(()));
    let (subscription, destinations) = seller.amazon.platform.subscribed();
    assert_eq!((subscription.is_some(), destinations.len()), (true, 1), "the destination is used again");
    assert!(seller.amazon.platform.changed(&changed("now")));
}

#[tokio::test]
async fn a_check_says_what_is_missing() {
    let seller = Seller::start(|spapi| spapi).await;
    let why = async |change: &dyn Fn(QueueSettings) -> QueueSettings| {
        let failure = seller.with(change).check().await.unwrap_err();
        assert_eq!(failure.class(), FailureClass::Permission, "{failure}");
        failure.to_string()
    };
    let no_name = why(&|queue| QueueSettings { arn: "resolute".to_owned(), ..queue }).await;
    assert!(no_name.contains("looks like arn:aws:sqs:"), "{no_name}");
    let no_key = why(&|queue| QueueSettings { key: Secret::default(), ..queue }).await;
    assert!(no_key.contains("missing"), "{no_key}");
    let wrong_key = why(&|queue| QueueSettings { key: Secret::new("other-key"), ..queue }).await;
    assert!(wrong_key.contains("does not take the key") && !wrong_key.contains("other-key"), "{wrong_key}");
    let gone = why(&|queue| QueueSettings { arn: format!("{ARN}-2"), ..queue }).await;
    assert!(gone.contains("no queue"), "{gone}");
    assert_eq!(seller.amazon.platform.subscribed(), (None, Vec::new()), "nothing was set up");
}

#[tokio::test]
async fn a_subscription_to_another_place_is_left_alone() {
    let seller = Seller::start(|spapi| spapi).await;
    seller.amazon.platform.subscribe_elsewhere();
    let elsewhere = seller.amazon.platform.subscribed().0.unwrap();
    let failure = seller.channel.check().await.unwrap_err();
    assert!(failure.to_string().contains("elsewhere"), "{failure}");
    assert_eq!(seller.amazon.platform.subscribed().0, Some(elsewhere));
}

#[tokio::test]
async fn news_of_an_order_comes_with_what_was_ordered_and_promised() {
    let seller = Seller::start(|spapi| spapi).await;
    seller.channel.check().await.unwrap();
    let item = |count: u64, title: &str| json!({ "quantityOrdered": count, "product": { "title": title } });
    seller.amazon.platform.describe_order(
        ORDER,
        json!({
            "buyer": { "buyerName": "Mara" },
            "orderItems": [item(2, "Blue cup"), item(1, &"x".repeat(90)), item(1, "Pot"), item(1, "Lid")],
            "fulfillment": { "fulfillmentStatus": "SHIPPED", "deliverByWindow": {
                "earliestDateTime": "2026-11-05T00:00:00Z", "latestDateTime": "2026-11-07T23:59:59Z" } },
            "packages": [{ "packageStatus": { "status": "IN_TRANSIT" } }],
        }),
    );
    assert!(seller.amazon.platform.changed(&changed("n-1")));
    let polled = seller.poll(None).await;
    let news = seller.news(&polled);
    let title = format!("{}…", "x".repeat(80));
    let words = format!(
        "The order was sent. Ordered: 2 × Blue cup, 1 × {title}, 1 × Pot and 1 more. Promised from 5 November 2026 to 7 \
         November 2026."
    );
    assert_eq!((news.len(), news[0].what, news[0].words.as_str()), (1, OrderHappening::Shipped, words.as_str()));
    assert_eq!(
        (news[0].order_number.as_str(), news[0].thread.order_numbers.as_slice()),
        (ORDER, &[ORDER.to_owned()][..])
    );
    let stored = String::from_utf8(polled.items[0].body.to_vec()).unwrap();
    assert!(stored.contains(&notification(&changed("n-1")).to_string()), "as Amazon gave it");
    assert!(!stored.contains("Mara"), "nothing of the buyer is asked for");
    assert_eq!(polled.items[0].external_id, "notification:n-1");
    let call = seller.amazon.calls().into_iter().find(|call| call.path.ends_with(ORDER)).unwrap();
    assert_eq!(call.query("includedData"), "FULFILLMENT,PACKAGES");

    seller
        .amazon
        .platform
        .describe_order(ORDER, json!({ "packages": [{ "packageStatus": { "status": "DELIVERED" } }] }));
    seller.amazon.platform.changed(&changed("n-2"));
    let polled = seller.poll(Some(&polled.cursor)).await;
    let news = seller.news(&polled);
    assert_eq!((news[0].what, news[0].words.as_str()), (OrderHappening::Delivered, "The order arrived."));
}

#[tokio::test]
async fn news_is_taken_out_of_the_queue_only_once_it_is_stored() {
    let seller = Seller::start(|spapi| spapi).await;
    seller.channel.check().await.unwrap();
    for number in 1..=12 {
        seller.amazon.platform.changed(&changed(&format!("n-{number}")));
    }
    seller.imap.put();
    let first = seller.poll(None).await;
    assert_eq!((seller.news(&first).len(), first.more), (10, true));
    assert_eq!(first.items.len(), 11, "the mail is there as well");
    // The process ends before it has stored anything: the queue shows the same again after a while.
    assert_eq!(seller.amazon.platform.queued(), 12);
    seller.amazon.platform.set_now(301);
    let again = seller.poll(None).await;
    assert_eq!(seller.news(&again).len(), 10);
    let keys = |polled: &Polled| polled.items.iter().map(|item| item.external_id.clone()).collect::<Vec<_>>();
    assert_eq!(keys(&first), keys(&again), "and it is known as the same");
    let second = seller.poll(Some(&again.cursor)).await;
    assert_eq!((seller.news(&second).len(), second.more, seller.amazon.platform.queued()), (2, true, 2));
    let last = seller.poll(Some(&second.cursor)).await;
    assert_eq!((last.items.len(), last.more, seller.amazon.platform.queued()), (0, false, 0));
    let quiet = seller.poll(Some(&last.cursor)).await;
    assert_eq!(quiet.cursor, last.cursor, "nothing is stored where nothing happens");
    let without = seller.with(|queue| QueueSettings { arn: String::new(), ..queue });
    let mailed = without.poll(Some(&last.cursor)).await.unwrap();
    assert!(mailed.items.is_empty(), "the mailbox goes on where it was");
}

#[tokio::test]
async fn trouble_with_the_queue_keeps_no_mail_back() {
    let seller = Seller::start(|spapi| spapi).await;
    seller.channel.check().await.unwrap();
    seller.amazon.platform.changed(&changed("n-1"));
    seller.imap.put();
    let wrong = seller.with(|queue| QueueSettings { key: Secret::new("other"), ..queue });
    let lasting = wrong.poll(None).await.unwrap();
    assert_eq!((lasting.items.len(), lasting.trouble.as_ref()), (1, None), "nothing ends before its time");
    assert_eq!(lasting.beside.unwrap().class(), FailureClass::Permission);

    let locked = json!({ "__type": format!("com.amazonaws.sqs#KmsAccessDenied{}", "x".repeat(900)) });
    seller.amazon.misbehave("POST", "/", Fault::Answer(Response::json(400, &locked)), 1);
    let sealed = seller.poll(Some(&lasting.cursor)).await;
    let words = sealed.beside.unwrap().to_string();
    assert!(words.contains("Allow kms:Decrypt") && words.len() < 400, "{words}");
    assert!(words.ends_with("leave all the same; only news of orders is missing until then."), "{words}");
    assert_eq!(wrong.check().await.unwrap_err().to_string().matches("only news of orders is missing").count(), 1);
    let back = seller.poll(Some(&sealed.cursor)).await;
    assert_eq!((seller.news(&back).len(), back.beside.as_ref()), (1, None));
}

#[tokio::test]
async fn a_queue_that_does_not_answer_is_left_alone_and_shown_after_an_hour() {
    let seller = Seller::start(|spapi| spapi).await;
    seller.channel.check().await.unwrap();
    seller.amazon.platform.changed(&changed("n-1"));
    let minutes = Arc::new(AtomicI64::new(0));
    let shown = minutes.clone();
    let clock = Arc::new(move || NOW + time::Duration::minutes(shown.load(Ordering::SeqCst)));
    let channel = channel_at(seller.settings.clone(), Duration::from_secs(5), clock);
    seller.amazon.misbehave("POST", "/", Fault::AnswerAfterBody(Response::status(503)), 1_000);
    let asked = || seller.amazon.calls().len();
    let before = asked();
    let mut cursor = None;
    for (minute, calls, is_shown) in [(0, 1, false), (0, 1, false), (2, 2, false), (61, 3, true), (61, 3, true)] {
        minutes.store(minute, Ordering::SeqCst);
        seller.imap.put();
        let polled = channel.poll(cursor.as_ref()).await.unwrap();
        assert_eq!((polled.items.len(), polled.trouble.as_ref()), (1, None), "its mail comes: {minute}");
        assert_eq!((asked() - before, polled.beside.is_some()), (calls, is_shown), "{minute}");
        cursor = Some(polled.cursor);
    }
    seller.amazon.behave();
    seller.amazon.platform.set_now(301);
    minutes.store(63, Ordering::SeqCst);
    let polled = channel.poll(cursor.as_ref()).await.unwrap();
    assert_eq!((seller.news(&polled).len(), polled.beside.as_ref()), (1, None));
}

#[tokio::test]
async fn news_comes_without_its_order_where_that_cannot_be_had() {
    let seller = Seller::start(|spapi| spapi).await;
    seller.channel.check().await.unwrap();
    seller.amazon.platform.deny("/orders/2026-01-01/");
    for id in ["n-1", "n-2"] {
        seller.amazon.platform.changed(&changed(id));
    }
    seller.amazon.platform.put_in_queue("no JSON at all");
    seller.amazon.platform.put_in_queue(&json!({ "NotificationType": "PRICING_HEALTH" }).to_string());
    let polled = seller.poll(None).await;
    assert_eq!(polled.items.len(), 4);
    let words: Vec<String> = polled.items[..2]
        .iter()
        .map(|item| seller.channel.parse(item).unwrap().remove(0).event)
        .filter_map(|event| if let InboundEvent::Order(news) = event { Some(news.words) } else { None })
        .collect();
    assert_eq!(words, ["The order was sent.", "The order was sent."]);
    let asked = seller.amazon.calls().into_iter().filter(|call| call.path.starts_with("/orders/")).count();
    assert_eq!(asked, 1, "who was refused asks no more");
    assert!(seller.channel.parse(&polled.items[2]).is_err(), "it is set aside with the reason");
    let other = seller.channel.parse(&polled.items[3]).unwrap().remove(0).event;
    assert_eq!(other, InboundEvent::Ignored("other_notification"));
    let slow = Seller::start(|spapi| {
        let rates = [("order".to_owned(), Plan { every_millis: 60_000, burst: 1 })];
        SpApiSettings {
            rates: spapi.rates.clone().into_iter().filter(|(name, _)| name != "order").chain(rates).collect(),
            ..spapi
        }
    })
    .await;
    slow.channel.check().await.unwrap();
    for id in ["n-1", "n-2", "n-3"] {
        slow.amazon.platform.changed(&changed(id));
    }
    let polled = slow.poll(None).await;
    let is_whole = |item: &&channel_contract::inbound::RawItem| item.body.starts_with(b"{\"notification\"");
    assert_eq!((polled.items.len(), polled.items.iter().filter(is_whole).count()), (3, 1), "nobody waits for a turn");
}

#[tokio::test]
async fn an_application_without_the_role_for_notifications_is_sound_without_a_queue() {
    let seller = Seller::start(|spapi| SpApiSettings { queue: QueueSettings::default(), ..spapi }).await;
    seller.amazon.platform.deny("/notifications/");
    assert_eq!(seller.channel.check().await, Ok(()));
    assert!(seller.amazon.calls().iter().any(|call| call.path.starts_with("/messaging/")), "access is tried");
    seller.amazon.platform.sign_in(platform_doubles::amazon::SignIn::GrantsInVain);
    seller.amazon.platform.revoke();
    assert_eq!(seller.channel.check().await.unwrap_err().class(), FailureClass::Auth);
    let with_queue = Seller::start(|spapi| spapi).await;
    with_queue.amazon.platform.deny("/notifications/");
    assert_eq!(with_queue.channel.check().await.unwrap_err().class(), FailureClass::Permission);
}

#[tokio::test]
async fn the_end_of_access_is_told_before_it_comes() {
    let granted = |secret: Option<i64>, consent: Option<i64>| {
        let spapi = SpApiSettings {
            client_secret_granted_at: secret,
            consent_granted_at: consent,
            ..spapi("http://127.0.0.1:9")
        };
        let settings = AmazonSettings { spapi: Some(spapi), ..settings() };
        channel(settings, Duration::from_secs(1)).health().token_ends_at
    };
    let now = NOW.unix_timestamp();
    assert_eq!(granted(Some(now), Some(now)), Some(datetime!(2027-05-02 12:00 UTC)), "180 days of the secret");
    assert_eq!(granted(None, Some(now)), Some(datetime!(2027-11-03 12:00 UTC)), "a year of the consent");
    assert_eq!(granted(None, None), None);
    assert_eq!(channel(settings(), Duration::from_secs(1)).health().token_ends_at, None);
}

#[test]
fn nothing_of_the_key_is_printed() {
    let queue = QueueSettings { key: Secret::new("a-key-word"), ..QueueSettings::default() };
    assert!(!format!("{queue:?}").contains("a-key-word"));
    let kept: Value = serde_json::to_value(&queue).unwrap();
    assert_eq!(serde_json::from_value::<QueueSettings>(kept).unwrap(), queue);
}
