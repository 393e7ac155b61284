//! Fetching from a real server, and from ones that behave badly.

use std::time::Duration;

use channel_contract::MessageChannel;
use channel_contract::channel::{Cursor, Polled};
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::{InboundEvent, RawOrigin};
use channel_contract::outbound::{Outbound, Reconciliation};
use channel_email::settings::{Auth, Secret, Server, TlsMode};
use channel_email::{EmailChannel, EmailSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::dovecot::{Dovecot, PASSWORD};
use crate::flood::Flood;
use crate::imap_double::ImapDouble;
use crate::settings;
use crate::smtp::{outbound, server as smtp_server};
use crate::smtp_double::SmtpDouble;

/// How many mails lie in the inbox of a double.
const MAILS: usize = 5;

fn mail(number: usize) -> Vec<u8> {
    format!("From: ann@customer.example\r\nTo: support@shop.example\r\nSubject: {number}\r\nMessage-ID: <mail-{number}@customer.example>\r\n\r\nText {number}\r\n").into_bytes()
}

fn server(dovecot: &Dovecot, tls: TlsMode, password: &str) -> Server {
    Server {
        host: dovecot.host().to_owned(),
        port: if tls == TlsMode::Implicit { dovecot.tls_port } else { dovecot.port },
        tls,
        user: "desk".to_owned(),
        auth: Auth::Password { password: Secret::new(password) },
    }
}

fn with_imap(dovecot: &Dovecot, tls: TlsMode) -> EmailSettings {
    EmailSettings {
        imap: Some(server(dovecot, tls, PASSWORD)),
        extra_root_certificates: Some(dovecot.certificate().display().to_string()),
        ..settings()
    }
}

/// The Message-IDs: a key goes on with a hash of what was written.
fn ids(polled: &Polled) -> Vec<&str> {
    polled.items.iter().map(|item| item.external_id.split('#').next().unwrap_or_default()).collect()
}

#[tokio::test]
async fn mail_comes_once_from_every_folder_and_stays_unread() {
    let Some(dovecot) = Dovecot::start() else { return };
    let channel = EmailChannel::new(with_imap(&dovecot, TlsMode::Implicit));
    dovecot.deliver("desk", "INBOX", &mail(1));
    dovecot.deliver("desk", "Junk", &mail(2));
    dovecot.deliver("desk", "Sent", &mail(3));
    let first = channel.poll(None).await.unwrap();
    assert_eq!(ids(&first), ["mail-1@customer.example", "mail-2@customer.example", "mail-3@customer.example"]);
    let origins: Vec<RawOrigin> = first.items.iter().map(|item| item.origin).collect();
    assert_eq!(origins, [RawOrigin::Inbox, RawOrigin::Junk, RawOrigin::Sent]);
    assert_eq!(&first.items[0].body[..], &mail(1)[..]);
    let second = channel.poll(Some(&first.cursor)).await.unwrap();
    assert!(second.items.is_empty() && !second.more, "{second:?}");
    dovecot.deliver("desk", "INBOX", &mail(4));
    assert_eq!(ids(&channel.poll(Some(&second.cursor)).await.unwrap()), ["mail-4@customer.example"]);
    for stored in dovecot.read("desk", "INBOX") {
        assert!(!stored.flags.contains("Seen"), "{}", stored.flags);
    }
}

#[tokio::test]
async fn a_restart_from_any_cursor_leaves_no_gap() {
    let Some(dovecot) = Dovecot::start() else { return };
    for number in 0..120 {
        dovecot.deliver("desk", "INBOX", &mail(number));
    }
    let mut cursor: Option<Cursor> = None;
    let mut seen = Vec::new();
    loop {
        // A new channel each time: nothing but the cursor is remembered.
        let channel = EmailChannel::new(with_imap(&dovecot, TlsMode::StartTls));
        let polled = channel.poll(cursor.as_ref()).await.unwrap();
        assert!(polled.items.len() <= 50);
        seen.extend(ids(&polled).into_iter().map(str::to_owned));
        cursor = Some(polled.cursor);
        if !polled.more {
            break;
        }
    }
    let expected: Vec<String> = (0..120).map(|number| format!("mail-{number}@customer.example")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn changed_numbers_lead_to_a_second_look_by_date() {
    let Some(dovecot) = Dovecot::start() else { return };
    let channel = EmailChannel::new(with_imap(&dovecot, TlsMode::Plain));
    // A folder that can be deleted and made anew.
    let settings = EmailSettings {
        folders: channel_email::settings::Folders { inbox: "Support".to_owned(), ..Default::default() },
        ..with_imap(&dovecot, TlsMode::Plain)
    };
    drop(channel);
    dovecot.command("desk", "INBOX", "CREATE Support");
    let channel = EmailChannel::new(settings);
    dovecot.deliver("desk", "Support", &mail(1));
    let first = channel.poll(None).await.unwrap();
    assert_eq!(ids(&first), ["mail-1@customer.example"]);
    dovecot.renumber("desk", "Support");
    dovecot.deliver("desk", "Support", &mail(2));
    let second = channel.poll(Some(&first.cursor)).await.unwrap();
    assert_eq!(ids(&second), ["mail-1@customer.example", "mail-2@customer.example"], "the store drops what it has");
    assert!(second.warning.is_some_and(|warning| warning.contains("numbers")));
    assert!(channel.poll(Some(&second.cursor)).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_mail_that_is_too_large_leaves_a_stub_and_stops_nothing() {
    let Some(dovecot) = Dovecot::start() else { return };
    let channel = EmailChannel::new(EmailSettings { most_bytes: 2_000, ..with_imap(&dovecot, TlsMode::Plain) });
    dovecot.deliver("desk", "INBOX", &mail(1));
    let large = [&mail(2)[..], &vec![b'x'; 5_000][..], b"\r\n"].concat();
    dovecot.deliver("desk", "INBOX", &large);
    dovecot.deliver("desk", "INBOX", &mail(3));
    let polled = channel.poll(None).await.unwrap();
    assert_eq!(ids(&polled), ["mail-1@customer.example", "mail-2@customer.example", "mail-3@customer.example"]);
    assert!(
        polled.items[1].body.len() < 1_000 && channel_email::parse(&polled.items[1].body).text.contains("too large")
    );
    assert!(polled.warning.is_some());
}

#[tokio::test]
async fn what_the_newest_mails_carry_is_only_proposed() {
    let Some(dovecot) = Dovecot::start() else { return };
    let name = "mx.named.example";
    for (number, domain) in ["one.example", "two.example", "one.example"].iter().enumerate() {
        let raw = format!(
            "Authentication-Results: {name}; dmarc=pass header.from={domain}\r\nFrom: a@{domain}\r\n\
             Message-ID: <{number}@{domain}>\r\n\r\nHello\r\n"
        );
        dovecot.deliver("desk", "INBOX", raw.as_bytes());
    }
    let proposals = async |settings: EmailSettings| EmailChannel::new(settings).proposals().await.unwrap();
    let unset = EmailSettings { authserv_id: String::new(), ..with_imap(&dovecot, TlsMode::Plain) };
    let found = proposals(unset.clone()).await;
    assert_eq!(serde_json::Value::Object(found), serde_json::json!({ "authserv_id_seen": name }));
    let known = [
        EmailSettings { authserv_id_seen: name.to_owned(), ..unset.clone() },
        EmailSettings { authserv_id_refused: name.to_owned(), ..unset.clone() },
        EmailSettings { authserv_id: "mx.shop.example".to_owned(), ..unset },
    ];
    for settings in known {
        assert!(proposals(settings.clone()).await.is_empty(), "{settings:?}");
    }
}

#[tokio::test]
async fn senseless_mails_hide_nobody() {
    let Some(dovecot) = Dovecot::start() else { return };
    let channel = EmailChannel::new(with_imap(&dovecot, TlsMode::Plain));
    dovecot.deliver("desk", "INBOX", b"\r\n");
    dovecot.deliver("desk", "INBOX", &[0xff, 0xfe, b'\r', b'\n', 0x80]);
    dovecot.deliver("desk", "INBOX", &mail(3));
    let polled = channel.poll(None).await.unwrap();
    assert_eq!(polled.items.len(), 3);
    assert!(polled.items.iter().all(|item| channel.parse(item).is_ok()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_ends_when_mail_arrives() {
    let Some(dovecot) = Dovecot::start() else { return };
    let channel = EmailChannel::new(with_imap(&dovecot, TlsMode::Implicit));
    let first = channel.poll(None).await.unwrap();
    let patience = Duration::from_mins(1);
    // The first one may arrive before the server is asked to tell of mail.
    let delivering = async {
        for number in 1..=100 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tokio::task::block_in_place(|| dovecot.deliver("desk", "INBOX", &mail(number)));
        }
    };
    tokio::select! {
        waited = channel.wait(patience) => waited.unwrap(),
        () = delivering => panic!("the server tells of the mail long before the patience ends"),
    }
    assert_eq!(ids(&channel.poll(Some(&first.cursor)).await.unwrap()).first(), Some(&"mail-1@customer.example"));
}

#[tokio::test]
async fn a_wrong_password_asks_for_a_new_connection() {
    let Some(dovecot) = Dovecot::start() else { return };
    let settings =
        EmailSettings { imap: Some(server(&dovecot, TlsMode::Plain, "wrong")), ..with_imap(&dovecot, TlsMode::Plain) };
    let failure = EmailChannel::new(settings).poll(None).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Reconnect { .. }), "{failure:?}");
    let unknown = EmailSettings { extra_root_certificates: None, ..with_imap(&dovecot, TlsMode::Implicit) };
    let failure = EmailChannel::new(unknown).poll(None).await.unwrap_err();
    assert!(
        matches!(failure, ChannelFailure::Retry { .. }),
        "a certificate that nobody signed is not trusted: {failure:?}"
    );
}

#[tokio::test]
async fn a_sent_copy_settles_an_unknown_outcome() {
    let Some(dovecot) = Dovecot::start() else { return };
    let double = SmtpDouble::start().await;
    let settings = EmailSettings { smtp: Some(smtp_server(double.port())), ..with_imap(&dovecot, TlsMode::Implicit) };
    let channel = EmailChannel::new(settings);
    channel.check().await.unwrap();
    let receipt = channel.send(&outbound()).await.unwrap();
    assert_eq!(channel.reconcile(&outbound()).await, Ok(Reconciliation::CannotTell), "it may file no copies at all");
    // As servers do that file a copy of what they take.
    dovecot.deliver("desk", "Sent", &double.taken()[0].mail);
    assert_eq!(channel.reconcile(&outbound()).await, Ok(Reconciliation::Sent(receipt)));
    let another = |number| Outbound { command_id: uuid::Uuid::from_u128(number), ..outbound() };
    assert_eq!(channel.reconcile(&another(99)).await, Ok(Reconciliation::CannotTell), "one copy says little");
    for number in [21, 22] {
        channel.send(&another(number)).await.unwrap();
        dovecot.deliver("desk", "Sent", &double.taken().last().unwrap().mail);
    }
    assert_eq!(channel.reconcile(&another(99)).await, Ok(Reconciliation::NotSent));
}

/// A server that says what it is told, and then nothing more.
async fn scripted(lines: &'static [&'static str]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4_096];
                for line in lines {
                    stream.write_all(line.as_bytes()).await.unwrap();
                    if stream.read(&mut buffer).await.unwrap_or_default() == 0 {
                        return;
                    }
                }
                while stream.read(&mut buffer).await.unwrap_or_default() > 0 {}
            });
        }
    });
    port
}

fn against(port: u16, auth: Auth) -> EmailChannel {
    let server = Server { host: "127.0.0.1".to_owned(), port, tls: TlsMode::Plain, user: "desk".to_owned(), auth };
    EmailChannel::new(EmailSettings { imap: Some(server), timeout_seconds: 1, ..settings() })
}

#[tokio::test]
async fn a_server_that_hangs_is_tried_again_later() {
    let password = || Auth::Password { password: Secret::new("word") };
    for lines in [&[][..], &["* OK hello\r\n"][..], &["* OK hello\r\n", "A0001 OK in\r\n"][..]] {
        let channel = against(scripted(lines).await, password());
        let failure = channel.poll(None).await.unwrap_err();
        let ChannelFailure::Retry { class: FailureClass::Silent, reason, .. } = &failure else {
            panic!("{lines:?}: {failure:?}")
        };
        assert!(reason.starts_with("No answer from 127.0.0.1:"), "{lines:?}: {reason}");
    }
}

#[tokio::test]
async fn a_server_that_greets_without_end_is_left_and_named() {
    const MOST: usize = 64 * 1024;
    let endings = [("* OK ", "A"), ("", "A"), ("* OK hello\r\n", "* OK and more\r\n"), ("* OK hello\r\n", "+ \r\n")];
    for (begins, goes_on) in endings {
        for checked in [true, false] {
            let flood = Flood::start(begins, goes_on);
            let port = flood.port;
            // Time is no bound here: only what was taken is.
            let settings = EmailSettings { imap: Some(smtp_server(port)), timeout_seconds: 60, ..settings() };
            let channel = EmailChannel::new(settings);
            let outcome = if checked { channel.check().await } else { channel.poll(None).await.map(drop) };
            let failure = outcome.unwrap_err();
            let begin = format!("Fetching mail (IMAP) from 127.0.0.1:{port} failed: ");
            let reason = failure.to_string();
            assert!(matches!(failure, ChannelFailure::Retry { .. }), "{failure:?}");
            assert!(reason.starts_with(&begin) && reason.contains("without end"), "{goes_on}: {reason}");
            assert_eq!(reason.matches("IMAP").count(), 1, "{reason}");
            flood.gave_at_most(MOST).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_while_it_is_listened_to_is_named() {
    let double = ImapDouble::start(MAILS, 0).await;
    double.idle(false);
    let channel = against(double.port, Auth::Password { password: Secret::new("word") });
    assert_eq!(channel.poll(None).await.unwrap().items.len(), MAILS);
    let failure = channel.wait(Duration::from_hours(1)).await.unwrap_err();
    assert_eq!(failure, ChannelFailure::silent(format!("No answer from 127.0.0.1:{}", double.port)));
    assert_eq!(double.asked(), 1);
}

#[tokio::test]
async fn a_server_that_has_nothing_to_say_is_asked_whether_it_is_still_there() {
    let double = ImapDouble::start(MAILS, 0).await;
    double.idle(true);
    let channel = against(double.port, Auth::Password { password: Secret::new("word") });
    let first = channel.poll(None).await.unwrap();
    channel.wait(Duration::from_secs(2)).await.unwrap();
    assert!(double.asked() > 1, "a wait that is longer than a step is not silent: {}", double.asked());
    double.put();
    channel.wait(Duration::from_hours(1)).await.unwrap();
    assert_eq!(channel.poll(Some(&first.cursor)).await.unwrap().items.len(), 1, "over the same session");
}

#[tokio::test]
async fn a_dead_token_asks_for_a_new_connection() {
    let port =
        scripted(&["* OK hello\r\n", "+ \r\n", "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", "A0001 NO AUTHENTICATE failed.\r\n"])
            .await;
    let channel = against(port, Auth::Xoauth2 { token: Secret::new("ya29.token") });
    let failure = channel.poll(None).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Reconnect { .. }), "{failure:?}");
    assert!(!failure.to_string().contains("ya29"));
}

#[tokio::test]
async fn a_busy_server_is_tried_again_later() {
    let port = scripted(&["* OK hello\r\n", "A0001 NO [UNAVAILABLE] too many connections\r\n"]).await;
    let failure = against(port, Auth::Password { password: Secret::new("word") }).poll(None).await.unwrap_err();
    assert!(matches!(failure, ChannelFailure::Retry { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_reply_finds_its_conversation_by_the_signed_address_alone() {
    let Some(dovecot) = Dovecot::start() else { return };
    let dovecot = std::sync::Arc::new(dovecot);
    let double = SmtpDouble::start().await;
    let mailbox = std::sync::Arc::clone(&dovecot);
    double.deliver_onward(move |taken| mailbox.deliver("customer", "INBOX", &taken.mail));
    let settings = EmailSettings { smtp: Some(smtp_server(double.port())), ..with_imap(&dovecot, TlsMode::Plain) };
    let channel = EmailChannel::new(settings);
    channel.send(&outbound()).await.unwrap();
    let received = channel_email::parse(&dovecot.read("customer", "INBOX")[0].mail);
    // A customer whose mail program drops every threading header and quotes nothing.
    let answer = format!(
        "From: ann@customer.example\r\nTo: {}\r\nMessage-ID: <a@customer.example>\r\n\r\nThanks\r\n",
        received.reply_to[0].address
    );
    dovecot.deliver("desk", "INBOX", answer.as_bytes());
    let polled = channel.poll(None).await.unwrap();
    let events = channel.parse(&polled.items[0]).unwrap();
    let InboundEvent::Message(message) = &events[0].event else { panic!("a reply is a message") };
    assert_eq!(message.thread.conversation, Some(outbound().conversation_id));
    assert!(message.recipients.is_empty(), "the signed address is our own");
}

#[tokio::test]
async fn a_mail_that_breaks_the_connection_hides_nobody() {
    let channel = against(ImapDouble::start(MAILS, 3).await.port, Auth::Password { password: Secret::new("word") });
    let polled = channel.poll(None).await.unwrap();
    let expected: Vec<String> = (1..=MAILS).map(|uid| format!("mail-{uid}@customer.example")).collect();
    assert_eq!(ids(&polled), expected);
    let stub = channel_email::parse(&polled.items[2].body);
    assert!(stub.text.contains("could not be fetched") && polled.warning.is_some(), "{}", stub.text);
    assert!(channel.poll(Some(&polled.cursor)).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_mail_that_always_breaks_the_connection_is_left_behind_whoever_asks() {
    let port = ImapDouble::start(MAILS, MAILS).await.port;
    // The broken mail is the only one that is left.
    let mut cursor = Cursor(serde_json::json!({ "folders": { "INBOX": { "uid_validity": 9, "uid": 4 } } }));
    for _ in 0..3 {
        // A new channel each time: nothing but the cursor is remembered.
        let polled = against(port, Auth::Password { password: Secret::new("word") }).poll(Some(&cursor)).await.unwrap();
        assert!(polled.items.is_empty() && !polled.more, "{polled:?}");
        assert!(matches!(polled.trouble, Some(ChannelFailure::Retry { .. })), "it waits before it tries again");
        cursor = polled.cursor;
    }
    let polled = against(port, Auth::Password { password: Secret::new("word") }).poll(Some(&cursor)).await.unwrap();
    assert_eq!(ids(&polled), ["mail-5@customer.example"]);
    assert!(channel_email::parse(&polled.items[0].body).text.contains("could not be fetched"));
    assert!(polled.trouble.is_none());
}

/// A channel that reads the mailbox of a user of a double, and writes from this address.
fn mailbox(double: &ImapDouble, user: &str, address: &str) -> EmailChannel {
    let auth = Auth::Password { password: Secret::new("word") };
    let (host, port) = ("127.0.0.1".to_owned(), double.port);
    let server = Server { host, port, tls: TlsMode::Plain, user: user.to_owned(), auth };
    EmailChannel::new(EmailSettings { imap: Some(server), address: address.to_owned(), ..settings() })
}

#[tokio::test]
async fn a_channel_that_is_another_mailbox_begins_there_though_it_counts_alike() {
    // Both count in the same generation; in each the newest mail alone is of the last days.
    let (long, short) = (ImapDouble::start(40, 0).await, ImapDouble::start(8, 0).await);
    let of_long = mailbox(&long, "help", "help@shop.example").poll(None).await.unwrap();
    let of_short = mailbox(&short, "other", "other@shop.example").poll(None).await.unwrap();
    assert_eq!((ids(&of_long), ids(&of_short)), (vec!["mail-40@customer.example"], vec!["mail-8@customer.example"]));

    let moved = mailbox(&short, "other", "other@shop.example").poll(Some(&of_long.cursor)).await.unwrap();
    assert_eq!(ids(&moved), ["mail-8@customer.example"], "its numbers are lower");
    let moved = mailbox(&long, "help", "help@shop.example").poll(Some(&of_short.cursor)).await.unwrap();
    assert_eq!(ids(&moved), ["mail-40@customer.example"], "its numbers are higher");
    let again = mailbox(&long, "Help", "shop@shop.example").poll(Some(&moved.cursor)).await.unwrap();
    assert!(again.items.is_empty(), "it is the same one, which writes from another address: {again:?}");
}

#[tokio::test]
async fn an_address_whose_mailbox_moves_goes_on_from_the_day() {
    let (long, short) = (ImapDouble::start(40, 0).await, ImapDouble::start(8, 0).await);
    let of_long = mailbox(&long, "help", "help@shop.example").poll(None).await.unwrap();
    let of_short = mailbox(&short, "help", "help@shop.example").poll(None).await.unwrap();
    let since: Vec<String> = (8..=40).map(|number| format!("mail-{number}@customer.example")).collect();
    let moved = mailbox(&long, "help@shop.example", "help@shop.example").poll(Some(&of_short.cursor)).await.unwrap();
    assert_eq!(ids(&moved), since, "all that came there since, and nothing from before");

    // At one provider the new mailbox may have the very same name: its numbers tell.
    let moved = mailbox(&short, "help", "help@shop.example").poll(Some(&of_long.cursor)).await.unwrap();
    assert!(moved.items.is_empty(), "{moved:?}");
    short.put();
    let next = mailbox(&short, "help", "help@shop.example").poll(Some(&moved.cursor)).await.unwrap();
    assert_eq!(ids(&next), ["mail-9@customer.example"]);
}

#[tokio::test]
async fn a_mailbox_on_the_same_server_is_read_from_its_own_last_days() {
    let Some(dovecot) = Dovecot::start() else { return };
    for number in 1..=3 {
        dovecot.deliver("desk", "INBOX", &mail(number));
    }
    dovecot.deliver("customer", "INBOX", &mail(9));
    let first = EmailChannel::new(with_imap(&dovecot, TlsMode::Plain)).poll(None).await.unwrap();
    assert_eq!(first.items.len(), 3);
    let server = Server { user: "customer".to_owned(), ..server(&dovecot, TlsMode::Plain, PASSWORD) };
    let address = "customer@shop.example".to_owned();
    let settings = EmailSettings { imap: Some(server), address, ..with_imap(&dovecot, TlsMode::Plain) };
    let other = EmailChannel::new(settings);
    // As if both folders were of one generation.
    let mut cursor = first.cursor.0;
    let there = other.poll(None).await.unwrap().cursor.0;
    cursor["folders"]["INBOX"]["uid_validity"] = there["folders"]["INBOX"]["uid_validity"].clone();
    let moved = other.poll(Some(&Cursor(cursor))).await.unwrap();
    assert_eq!(ids(&moved), ["mail-9@customer.example"]);
    assert!(moved.warning.is_none(), "a first look is no second one: {:?}", moved.warning);
    assert!(other.poll(Some(&moved.cursor)).await.unwrap().items.is_empty());
}
