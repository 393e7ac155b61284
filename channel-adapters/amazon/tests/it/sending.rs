//! What leaves for buyers by mail.

use std::collections::BTreeSet;
use std::time::Duration;

use channel_amazon::AmazonChannel;
use channel_amazon::settings::AmazonSettings;
use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::InboundEvent;
use channel_contract::outbound::{Author, DeliveryState, Outbound, OutboundAttachment};
use channel_email::{EmailSettings, ParsedMail};
use platform_doubles::amazon::mails::{BuyerMail, Fate, Relay, buyer};

use crate::smtp_double::SmtpDouble;
use crate::{BUYER, CASE, ORDER, answer, channel, item, read, server, settings};

struct Shop {
    smtp: SmtpDouble,
    channel: AmazonChannel,
}

impl Shop {
    async fn open(change: impl Fn(AmazonSettings) -> AmazonSettings) -> Self {
        let smtp = SmtpDouble::start().await;
        let mail = EmailSettings { smtp: Some(server(smtp.port())), ..settings().mail };
        let settings = change(AmazonSettings { mail, ..settings() });
        Self { smtp, channel: channel(settings, Duration::from_secs(5)) }
    }

    async fn sent(&self, message: &Outbound) -> ParsedMail {
        self.channel.send(message).await.unwrap();
        channel_email::parse(&self.smtp.last_taken().unwrap().mail)
    }

    async fn refusal(&self, message: &Outbound) -> (FailureClass, String) {
        let before = self.smtp.count();
        let failure = self.channel.send(message).await.unwrap_err();
        assert!(matches!(failure, ChannelFailure::Refused { .. }), "{failure:?}");
        assert_eq!(self.smtp.count(), before, "what is refused does not leave");
        (failure.class(), failure.to_string())
    }
}

#[tokio::test]
async fn an_answer_is_plain_and_goes_to_the_case() {
    let shop = Shop::open(|settings| settings).await;
    let mail = shop.sent(&answer()).await;
    assert_eq!(mail.to[0].address, format!("k3x9vq2+{CASE}@marketplace.amazon.de"));
    assert_eq!(mail.from[0].address, "help@shop.example", "the approved sender, whatever the conversation");
    assert!(mail.reply_to.is_empty() && mail.html.is_none(), "no address of its own, no page");
    assert_eq!(mail.text.trim(), format!("Order {ORDER} left today."), "nothing is added");
    let other = Outbound { conversation_id: uuid::Uuid::from_u128(99), ..answer() };
    assert_eq!(shop.sent(&other).await.from, mail.from);
    let taken = shop.smtp.last_taken().unwrap();
    let relay = Relay { senders: vec!["help@shop.example".to_owned()], buyers: vec!["k3x9vq2".to_owned()] };
    let fate = relay.take(&taken.from, &taken.to[0], &taken.mail);
    let Fate::PassedOn(copied) = fate else { panic!("Amazon takes it: {fate:?}") };
    let status = read(copied).into_status().unwrap();
    assert_eq!((status.state, status.message_ids), (DeliveryState::Sent, vec![mail.message_id]));
    let stranger = Relay { senders: Vec::new(), ..relay };
    let Fate::Refused(told) = stranger.take(&taken.from, &taken.to[0], &taken.mail) else { panic!("not approved") };
    assert_eq!(read(told).into_status().unwrap().state, DeliveryState::Failed);
}

#[tokio::test]
async fn nobody_but_buyers_is_reached_and_that_is_known_before() {
    let shop = Shop::open(|settings| settings).await;
    for address in ["ann@post.example", "donotreply@amazon.de", "no-reply@marketplace.amazon.de", ""] {
        let why = shop.channel.unreached(address).unwrap_or_default();
        assert!(why.starts_with("Amazon passes on replies to buyers alone"), "{address}: {why}");
        let (class, _) = shop.refusal(&Outbound { to: vec![address.to_owned()], ..answer() }).await;
        assert_eq!(class, FailureClass::Recipient, "{address}");
    }
    let in_case = format!("k3x9vq2+{CASE}@marketplace.amazon.de");
    assert_eq!((shop.channel.unreached(BUYER), shop.channel.unreached(&in_case)), (None, None));
}

#[tokio::test]
async fn the_token_of_what_is_answered_goes_back() {
    let shop = Shop::open(|settings| settings).await;
    let received = shop.channel.parse(&item(buyer(&BuyerMail::default()), channel_contract::inbound::RawOrigin::Inbox));
    let received = received.unwrap().remove(0);
    let InboundEvent::Message(message) = received.event else { panic!("a message") };
    let reply = Outbound {
        to: vec![message.reply_to.unwrap().value],
        in_reply_to: Some(received.external_id.clone()),
        references: vec![received.external_id],
        thread_id: message.thread.thread_id,
        ..answer()
    };
    let mail = shop.sent(&reply).await;
    assert_eq!(mail.to[0].address, format!("k3x9vq2+{CASE}@marketplace.amazon.de"), "the case once");
    assert_eq!(mail.in_reply_to, ["relay-1@eu-west-1.amazonses.example"], "the id as Amazon wrote it");
    assert!(mail.text.trim_end().ends_with("left today.\n\n[commMgrTok:A1TOKEN9]"), "{}", mail.text);
    let without = Shop::open(|settings| AmazonSettings { keep_token: false, ..settings }).await;
    assert!(!without.sent(&reply).await.text.contains("commMgrTok"));
}

#[tokio::test]
async fn what_amazon_forbids_does_not_leave() {
    let shop =
        Shop::open(|settings| AmazonSettings { allowed_links: vec!["dhl.example".to_owned()], ..settings }).await;
    for (text, word) in [
        ("See https://shop.example/returns", "links"),
        ("Write to help@shop.example", "mail addresses"),
        ("Rufen Sie an: +49 30 1234567", "phone numbers"),
        ("Use the discount code SUMMER", "discount code"),
        ("Thank you 🙏", "little pictures"),
    ] {
        let message = Outbound { text: text.to_owned(), ..answer() };
        let (class, reason) = shop.refusal(&message).await;
        assert_eq!(class, FailureClass::Policy, "{text}");
        assert!(reason.contains(word) && !reason.contains("shop.example"), "{reason}");
        assert_eq!(shop.channel.objections(text), [reason], "the same is said while it is written");
    }
    let allowed = Outbound { text: "https://www.dhl.example/1 and https://www.amazon.de/x".to_owned(), ..answer() };
    shop.sent(&allowed).await;
    let limits = shop.channel.capabilities();
    assert_eq!(limits.objections(&allowed.text, "Amazon"), Vec::<String>::new(), "nor is it held back before");
    assert_eq!(limits.objections("See https://shop.example/returns", "Amazon").len(), 1);
    let usual = Shop::open(|settings| settings).await;
    for text in [
        "Siehe https://www.amazon.de/dp/B0DOUBLE12",
        "Siehe amazon.de/dp/B0DOUBLE12.",
        "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode=00340434161094042557",
        "It is at https://www.royalmail.com/track-your-item#/tracking-results/RR123456785GB",
    ] {
        assert_eq!(usual.channel.objections(text), Vec::<String>::new(), "{text}");
        usual.sent(&Outbound { text: text.to_owned(), ..answer() }).await;
    }
    for text in
        ["https://amazon.de.evil.example/x", "https://evil.example/dhl.de", "see fjordline.no", "call 015123456789"]
    {
        assert_eq!(
            usual.refusal(&Outbound { text: text.to_owned(), ..answer() }).await.0,
            FailureClass::Policy,
            "{text}"
        );
    }
    let robot = Outbound { author: Author::Agent, ..answer() };
    shop.sent(&robot).await;
}

#[tokio::test]
async fn only_buyers_are_written_to_and_only_about_an_order() {
    let shop = Shop::open(|settings| settings).await;
    for to in
        [vec!["bo@customer.example".to_owned()], Vec::new(), vec![BUYER.to_owned(), "bo@customer.example".to_owned()]]
    {
        let (class, _) = shop.refusal(&Outbound { to, ..answer() }).await;
        assert_eq!(class, FailureClass::Recipient);
    }
    let first = Outbound { in_reply_to: None, references: Vec::new(), thread_id: None, ..answer() };
    assert_eq!(shop.sent(&first).await.to[0].address, BUYER);
    let (class, reason) = shop.refusal(&Outbound { text: "It left.".to_owned(), ..first.clone() }).await;
    assert_eq!(class, FailureClass::Policy, "{reason}");
    let titled = Outbound { text: "It left.".to_owned(), subject: format!("Order {ORDER}"), ..first };
    shop.sent(&titled).await;
}

#[tokio::test]
async fn files_are_documents_pictures_and_texts() {
    let shop = Shop::open(|settings| settings).await;
    let with = |kind: &str| {
        let file = OutboundAttachment { name: "a".to_owned(), content_type: kind.to_owned(), content: "x".into() };
        Outbound { attachments: vec![file], ..answer() }
    };
    for kind in ["application/pdf", "IMAGE/PNG", "text/plain; charset=utf-8"] {
        assert_eq!(shop.sent(&with(kind)).await.attachments.len(), 1, "{kind}");
    }
    for kind in ["application/zip", "text/html", "image/gif", "", "application/x-msdownload"] {
        assert_eq!(shop.refusal(&with(kind)).await.0, FailureClass::Content, "{kind}");
    }
}

#[tokio::test]
async fn the_clock_of_an_answer_is_a_setting() {
    let shop = Shop::open(|settings| settings).await;
    assert_eq!(shop.channel.answer_within(), Some(Duration::from_hours(24)));
    let limits = shop.channel.capabilities();
    assert_eq!((limits.reply_window, limits.templates), (None, false), "late is late, and still an answer");
    let names: BTreeSet<String> =
        shop.channel.templates().await.unwrap().into_iter().map(|template| template.name).collect();
    assert!(names.is_empty(), "without the API there are none");
}
