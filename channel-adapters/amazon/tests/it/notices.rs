//! What Amazon's machines write: copies and failures of our own messages, news of orders, and the rest.

use channel_amazon::settings::{AmazonSettings, OtherNotices};
use channel_contract::MessageChannel as _;
use channel_contract::inbound::{
    AccountChange, Automatic, InboundEvent, OrderHappening, RawOrigin, StatusUpdate, Trust,
};
use channel_contract::outbound::DeliveryState;
use platform_doubles::amazon::mails::{NoticeMail, copy, notice, undelivered};
use time::macros::datetime;

use crate::{BUYER, CASE, ORDER, read, read_with, settings};

const OURS: &str = "00000000-0000-0000-0000-00000000000b@shop.example";

fn mail(subject: &str, text: &str) -> NoticeMail {
    NoticeMail { subject: subject.to_owned(), text: text.to_owned(), ..NoticeMail::default() }
}

fn unproved(mail: NoticeMail) -> NoticeMail {
    NoticeMail { results: String::new(), ..mail }
}

fn status(mail: bytes::Bytes) -> StatusUpdate {
    read(mail).into_status().unwrap()
}

#[test]
fn a_copy_says_that_a_message_was_taken() {
    let named = status(copy(BUYER, OURS));
    assert_eq!((named.state, named.message_ids.as_slice()), (DeliveryState::Sent, &[OURS.to_owned()][..]));
    assert_eq!((named.until, named.recipients.len()), (None, 0), "Amazon vouches for it");
    let unnamed = read(copy(&format!("k3x9vq2+{CASE}@marketplace.amazon.de"), ""));
    assert_eq!(unnamed, InboundEvent::Ignored("copy_of_sent"), "it names no message of ours");
    let foreign = mail("Ihre Nachricht an Mara", "An: niemand");
    assert_eq!(read(notice(&foreign)), InboundEvent::Ignored("copy_of_sent"), "it names no buyer");
}

#[test]
fn an_id_of_ours_is_found_wherever_it_stands() {
    let text = format!("Message {} to {BUYER}", OURS.to_uppercase().replace("SHOP.EXAMPLE", "shop.example"));
    assert_eq!(status(notice(&mail("Ihre Nachricht an Mara", &text))).message_ids, [OURS]);
    let foreign = "The message 00000000-0000-0000-0000-00000000000b@other.example and x@shop.example";
    let event = read(notice(&mail("Ihre Nachricht an Mara", foreign)));
    assert_eq!(event, InboundEvent::Ignored("copy_of_sent"));
}

#[test]
fn what_could_not_be_passed_on_has_failed() {
    let failed = status(undelivered(BUYER, OURS));
    assert_eq!((failed.state, failed.message_ids.as_slice()), (DeliveryState::Failed, &[OURS.to_owned()][..]));
    assert!(failed.reason.unwrap().contains("could not pass on"));
    assert!(failed.report.is_some(), "shown where nobody knows the message");
    let text = format!("To: {BUYER}\nThe buyer has opted out of messages. {OURS}");
    let opted_out = status(notice(&mail("Your message was not delivered", &text)));
    assert_eq!(opted_out.state, DeliveryState::Failed);
    assert!(opted_out.reason.unwrap().contains("takes no messages"));
}

#[test]
fn who_takes_only_answers_is_told_where_the_mail_is_amazons() {
    let told = |mail: &NoticeMail| {
        let channel = crate::channel(settings(), std::time::Duration::from_secs(5));
        let events = channel.parse(&crate::item(notice(mail), RawOrigin::Inbox)).unwrap();
        events.into_iter().find_map(|inbound| match inbound.event {
            InboundEvent::Consent(consent) => Some((consent.who.len(), consent.given)),
            _ => None,
        })
    };
    let text = format!("To: {BUYER}\nThe buyer has opted out of messages. {OURS}");
    let opted_out = mail("Your message was not delivered", &text);
    assert_eq!(told(&opted_out), Some((1, false)));
    assert_eq!(told(&unproved(opted_out)), None);
    assert_eq!(told(&mail("Your message was not delivered", &format!("To: {BUYER} {OURS}"))), None);
    let channel = crate::channel(settings(), std::time::Duration::from_secs(5));
    assert!(channel.opted_out(Some("")).is_some() && channel.opted_out(None).is_none(), "answers go through");
}

#[test]
fn a_failure_that_names_no_message_is_shown() {
    let event = read(undelivered(&format!("k3x9vq2+{CASE}@marketplace.amazon.de"), ""));
    let message = event.into_message().unwrap();
    assert_eq!((message.automatic, message.thread.thread_id.as_deref()), (Automatic::AutoReply, Some(CASE)));
}

#[test]
fn what_amazons_machines_write_is_the_platforms_own_where_that_is_proved() {
    let unknown = mail("Your account", &format!("About order {ORDER} of {BUYER}."));
    for (mail, is_platforms) in [(unknown.clone(), true), (unproved(unknown), false)] {
        let message = read(notice(&mail)).into_message().unwrap();
        assert_eq!(message.sender.is_platforms(), is_platforms);
        assert_eq!(message.thread.order_numbers.is_empty(), !is_platforms);
        assert!(message.recipients.is_empty());
    }
    let failed = read(undelivered(&format!("k3x9vq2+{CASE}@marketplace.amazon.de"), "")).into_message().unwrap();
    assert!(failed.sender.is_platforms());
}

#[test]
fn a_failure_that_anybody_wrote_counts_only_for_its_recipient() {
    let claimed = status(notice(&unproved(mail("Unable to deliver your message", &format!("To: {BUYER} {OURS}")))));
    let recipients: Vec<&str> = claimed.recipients.iter().map(|identity| identity.value.as_str()).collect();
    assert!(recipients.contains(&BUYER), "{recipients:?}");
    let nobody = read(notice(&unproved(mail("Unable to deliver your message", OURS))));
    assert!(nobody.into_message().is_some(), "for nobody: a person looks at it");
}

#[test]
fn a_bounce_of_a_mail_server_names_the_buyer_without_the_case() {
    let bounce = format!(
        "From: MAILER-DAEMON@amazon.de\nSubject: Undelivered\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=r\n\n--r\n\nIt came back.\n--r\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.amazon.de\n\nFinal-Recipient: rfc822; k3x9vq2+{CASE}@marketplace.amazon.de\n\
         Action: failed\nStatus: 5.7.1\n\n--r\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{OURS}>\n\n--r--\n"
    );
    let failed = status(bounce.into());
    assert_eq!((failed.state, failed.message_ids.as_slice()), (DeliveryState::Failed, &[OURS.to_owned()][..]));
    let recipients: Vec<&str> = failed.recipients.iter().map(|identity| identity.value.as_str()).collect();
    assert_eq!(recipients, [format!("k3x9vq2+{CASE}@marketplace.amazon.de").as_str(), BUYER]);
}

#[test]
fn news_of_orders_is_news() {
    use OrderHappening::{CancelRequested, ClaimClosed, ClaimOpened, Created, Refunded, ReturnOpened};
    for (subject, what) in [
        ("Sold, ship now: a cup", Created),
        ("Stornierungsanfrage zu Ihrer Bestellung", CancelRequested),
        ("Demande de retour", ReturnOpened),
        ("A-to-z claim", ClaimOpened),
        ("A-bis-Z-Garantie: Entscheidung", ClaimClosed),
        ("返金のお知らせ", Refunded),
    ] {
        let event = read(notice(&mail(&format!("{subject} {ORDER}"), "Read it in Seller Central.")));
        let InboundEvent::Order(news) = event else { panic!("{subject} is news of an order: {event:?}") };
        assert_eq!((news.what, news.order_number.as_str()), (what, ORDER), "{subject}");
        assert_eq!(news.thread.order_numbers, [ORDER]);
        assert!(news.words.ends_with('.') && !news.words.contains(ORDER));
    }
}

#[test]
fn a_claim_is_due_on_the_day_that_is_told_or_in_three_days() {
    let due = |mail: &NoticeMail| {
        let InboundEvent::Order(news) = read(notice(mail)) else { panic!("news of an order") };
        news.due_at
    };
    let claim = |text: &str| mail(&format!("A-to-z claim {ORDER}"), text);
    assert_eq!(due(&claim("Bitte antworten Sie bis 07.11.2026.")), Some(datetime!(2026-11-07 12:00 UTC)));
    assert_eq!(due(&claim("Please look.")), Some(datetime!(2026-11-06 11:00 UTC)), "three days from the mail");
    let american = NoticeMail { ending: "com".to_owned(), ..claim("Respond by 11/07/2026.") };
    assert_eq!(due(&american), Some(datetime!(2026-11-07 12:00 UTC)), "the month comes first");
    assert_eq!(due(&mail(&format!("Return request {ORDER}"), "Please look.")), None);
    let refund = mail(&format!("Refund initiated {ORDER}"), "Deadline: 2026-11-07");
    assert_eq!(due(&refund), None, "nothing is asked");
}

#[test]
fn what_only_says_that_it_is_amazons_is_shown_and_changes_nothing() {
    let claim = mail(&format!("A-to-z claim {ORDER}"), "Somebody claims money.");
    let message = read(notice(&unproved(claim.clone()))).into_message().unwrap();
    assert_eq!((message.trust, message.automatic), (Trust::Claimed, Automatic::Bulk));
    assert!(message.thread.order_numbers.is_empty());
    let without_order = mail("A-to-z claim", "Somebody claims money.");
    assert!(read(notice(&without_order)).into_message().is_some(), "about no order that is named");
    let copied = unproved(mail("Ihre Nachricht an Mara", BUYER));
    assert_eq!(read(notice(&copied)), InboundEvent::Ignored("copy_of_sent"));
    let as_buyer = NoticeMail { from: "k3x9vq2".to_owned(), ending: "de.evil.example".to_owned(), ..claim };
    let message = read(notice(&as_buyer)).into_message().unwrap();
    assert_eq!(message.automatic, Automatic::AutoReply, "a stranger's mail is read as any other");
}

#[test]
fn money_that_is_held_back_is_told_of_the_account() {
    let held = mail("Action required: your disbursement is on hold", "Please look.");
    let InboundEvent::Account(news) = read(notice(&held)) else { panic!("news of the account") };
    assert_eq!(news.what, AccountChange::Warned);
    assert!(news.words.contains("disbursement is on hold") && news.words.contains("Seller Central"), "{}", news.words);
    let message = read(notice(&unproved(held))).into_message().unwrap();
    assert_eq!(message.automatic, Automatic::Bulk, "anybody can write that");
    let usual = read(notice(&mail("Your disbursement is on its way", "x")));
    assert_eq!(usual, InboundEvent::Ignored("amazon_notice"));
}

#[test]
fn the_rest_is_shown_or_left_out_as_it_is_set() {
    assert_eq!(read(notice(&mail("Seller news", "x"))), InboundEvent::Ignored("amazon_notice"));
    let question = read(notice(&mail("A question about your product", "Is it blue?"))).into_message().unwrap();
    assert_eq!((question.automatic, question.visible_text.as_str()), (Automatic::Bulk, "Is it blue?"));
    let unknown = notice(&mail("Your account", "Something to read."));
    assert_eq!(read(unknown.clone()).into_message().unwrap().automatic, Automatic::Bulk);
    let quiet = AmazonSettings { other_notices: OtherNotices::LeftOut, ..settings() };
    let event = read_with(quiet, unknown.clone(), RawOrigin::Inbox).event;
    assert_eq!(event, InboundEvent::Ignored("amazon_notice"));
    let own = [(channel_amazon::NoticeKind::NoWork, vec!["your&account".to_owned()])].into();
    let taught = AmazonSettings { phrases: own, ..settings() };
    assert_eq!(read_with(taught, unknown, RawOrigin::Inbox).event, InboundEvent::Ignored("amazon_notice"));
}
