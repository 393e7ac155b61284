//! How replies leave: what a mail server refuses, puts off, loses or takes without saying so, and what a person sees of
//! it. Each test runs on both databases.

use std::sync::Mutex;
use std::time::Duration;

use resolute::doctor::{self, State};
use resolute::inbox::{care, deliver};
use resolute::model::channel::ChannelState;
use resolute::model::message::Delivery;
use resolute::model::notification::NotificationKind;
use resolute::store::{channels, conversations, messages, notifications, teammates};
use serde_json::json;
use url::form_urlencoded;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::locks::{opened_elsewhere, until_somebody_waits};
use crate::mail_path::{answer, last_message, mail, receive, sofies_mail};
use crate::support::cast::Cast;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::setup::{ImapAccount, MAIL_SERVER, Mailbox};
use crate::support::smtp::{Plan, SmtpDouble};
use crate::support::stores::{execute, write};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_does_not_exist_brings_the_conversation_back() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        smtp.plan(&[Plan::NoSuchRecipient, Plan::RefusedContent]);
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let number = receive(&desk, &sofies_mail()).await;
        for words in ["nobody has this address", "refused as spam"] {
            answer(&desk, number, "It is on its way.").await;
            desk.drain().await;
            let message = last_message(&desk, number).await;
            assert_eq!(message["delivery"], "failed");
            assert!(message["delivery_reason"].as_str().unwrap().contains(words), "{message}");
            let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
            assert_eq!(shown["status"], "open");
        }
        assert!(smtp.taken().is_empty());
        assert_eq!(told(&desk).await, [(NotificationKind::Unsent, 2)]);
    }
}

/// A reconciliation that ends after a person let the reply leave once more says nothing about that attempt.
#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_an_earlier_attempt_does_not_hold_one_that_a_person_let_leave_since() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        smtp.plan(&[Plan::LostAndReset]);
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let db = &desk.desk.db;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        desk.drain().await;
        let talk = desk.talk(number).await;
        let id = messages::list(db, talk.id, 9).await.unwrap().last().unwrap().id;
        assert_eq!(messages::find(db, id).await.unwrap().unwrap().delivery, Some(Delivery::Unknown));

        let elsewhere = opened_elsewhere(&desk).await;
        let mut tx = elsewhere.begin().await.unwrap();
        conversations::lock(&mut tx, talk.id).await.unwrap();
        messages::lock(&mut tx, id).await.unwrap();
        let inbox = desk.desk.inbox();
        let asking = tokio::spawn(async move { finished(deliver::deliver(&inbox, id, 1).await).await });
        until_somebody_waits(db).await;
        assert!(!asking.is_finished(), "it waits for the lock");
        messages::send_anew(&mut tx, id, desk.desk.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        asking.await.unwrap();
        elsewhere.close().await;
        assert_eq!(messages::find(db, id).await.unwrap().unwrap().delivery, Some(Delivery::Queued));
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_hours(1));
        desk.drain().await;
        assert_eq!((last_message(&desk, number).await["delivery"].as_str(), smtp.taken().len()), (Some("sent"), 1));
    }
}

async fn finished(next: resolute::store::Result<deliver::Next>) {
    if let deliver::Next::Done(tx) = next.unwrap() {
        tx.commit().await.unwrap();
    }
}

/// Of what its writer was told, and how often.
async fn told(desk: &TestDesk) -> Vec<(NotificationKind, i64)> {
    let all = notifications::list(&desk.desk.db, desk.setup.teammate, 100).await.unwrap();
    all.iter().map(|one| (one.kind, one.count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greylisted_or_hanging_server_is_tried_again() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        smtp.plan(&[Plan::Greylisted, Plan::Hangs]);
        let mailbox = Mailbox { smtp: Some(smtp.port), timeout_seconds: 1, ..Mailbox::default() };
        let desk = TestDesk::start(Wish { mailbox, ..Wish::exact(engine) }).await;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        for expected in ["queued", "queued", "sent"] {
            desk.drain().await;
            let message = last_message(&desk, number).await;
            assert_eq!(message["delivery"], expected, "{message}");
            desk.desk.clock.advance(Duration::from_secs(90));
        }
        assert_eq!((smtp.begun(), smtp.taken().len()), (3, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_recipient_who_puts_a_reply_off_is_no_trouble_of_the_channel_and_two_are() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        smtp.plan(&[Plan::Greylisted; 12]);
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) }).await;
        let state = async || channels::find(&desk.desk.db, desk.setup.channel).await.unwrap().unwrap().state;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        for _ in 0..2 {
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_mins(5));
        }
        assert_eq!((last_message(&desk, number).await["delivery"].as_str(), smtp.begun()), (Some("queued"), 2));
        assert_eq!(state().await, ChannelState::Connected);
        let other = mail("n1@else.example", "Noa <noa@else.example>", "A cup", "", "Where is my cup?");
        let number = receive(&desk, &other).await;
        answer(&desk, number, "Yours too.").await;
        for _ in 0..2 {
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_mins(5));
        }
        assert_eq!(state().await, ChannelState::SendingFails);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_away_is_seen_and_its_return_too() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(closed)).await;
        let channel = async || channels::find(&desk.desk.db, desk.setup.channel).await.unwrap().unwrap();
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        desk.drain().await;
        let message = last_message(&desk, number).await;
        assert_eq!(message["delivery"], "queued");
        assert!(message["delivery_reason"].as_str().unwrap().contains("nothing answers"), "{message}");
        assert_eq!(channel().await.state, ChannelState::Connected, "once may pass");
        let page = desk.browser().await.get(&format!("/conversations/{number}")).await.unwrap().text();
        assert!(
            page.contains("nothing answers") && page.contains("tried again by itself"),
            "the reason is on the page"
        );

        desk.desk.clock.advance(Duration::from_secs(10));
        desk.drain().await;
        let broken = channel().await;
        assert_eq!(broken.state, ChannelState::SendingFails);
        assert!(broken.state_reason.contains("nothing answers"), "{}", broken.state_reason);

        let mut tx = desk.desk.db.begin().await.unwrap();
        let mut server = broken.settings.0["smtp"].clone();
        server["port"] = json!(smtp.port);
        channels::add_settings(&mut tx, desk.setup.channel, &json!({ "smtp": server })).await.unwrap();
        tx.commit().await.unwrap();
        desk.desk.clock.advance(Duration::from_mins(5));
        desk.drain().await;
        assert_eq!(last_message(&desk, number).await["delivery"], "sent");
        assert_eq!(channel().await.state, ChannelState::Connected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_goes_to_the_customer_where_they_want_it_and_to_nobody_else() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let wants = "Reply-To: sofie@work.example\r\nCc: nosy@else.example\r\n";
        let proved = format!("Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=post.example\r\n");
        for (id, more, expected) in [
            ("c1@post.example", wants.to_owned(), "sofie@post.example"),
            ("c2@post.example", format!("{proved}{wants}"), "sofie@work.example"),
        ] {
            let raw = mail(id, "Sofie Lind <sofie@post.example>", "Where is my parcel?", &more, "It should be here.");
            let number = receive(&desk, &raw).await;
            answer(&desk, number, "It is on its way.").await;
            desk.drain().await;
            assert_eq!(smtp.taken().last().unwrap().to, [expected], "{id}");
            desk.desk.clock.advance(Duration::from_mins(1));
        }
        // Somebody in copy goes on: the answer is still the customer's.
        let first = smtp.taken()[0].header("Message-ID");
        let joins = format!("In-Reply-To: {first}\r\n");
        let number =
            receive(&desk, &mail("n1@else.example", "nosy@else.example", "Re: Where", &joins, "And mine?")).await;
        answer(&desk, number, "It is on its way.").await;
        desk.drain().await;
        assert!(smtp.taken().last().unwrap().to[0].starts_with("sofie@"), "{:?}", smtp.taken().last().unwrap().to);
    }
}

/// A report that a mail could not be delivered to somebody.
fn bounce(number: i64, about: &str, recipient: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@relay.example\r\nTo: help@fjord.example\r\nSubject: Undelivered\r\n\
         Message-ID: <b{number}@relay.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nReport number{number} of the relay.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {about}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_marks_its_message_failed_and_no_other_bounce_is_lost() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        desk.drain().await;
        let sent = smtp.taken()[0].header("Message-ID");
        let post = async |raw: Vec<u8>| {
            assert_eq!(desk.post_mail(&raw).await.status, 200);
            desk.drain().await;
        };
        post(bounce(1, &sent, "somebody@else.example")).await;
        assert_eq!(last_message(&desk, number).await["delivery"], "sent", "it never went there");
        post(bounce(2, "<unknown@fjord.example>", "sofie@post.example")).await;
        for report in ["number1", "number2"] {
            let found = desk.api_get(&format!("/api/v1/search?q={report}")).await;
            assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
        }
        assert!(told(&desk).await.is_empty());
        post(bounce(3, &sent, "Sofie@post.example")).await;
        let message = last_message(&desk, number).await;
        assert_eq!(message["delivery"], "failed", "{message}");
        assert_eq!(told(&desk).await, [(NotificationKind::Unsent, 1)]);
        let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        assert_eq!(shown["status"], "open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_after_the_mail_never_sends_it_twice() {
    for engine in Engine::all() {
        for (plan, taken) in [(Plan::TakenAndReset, 1), (Plan::LostAndReset, 0)] {
            let smtp = SmtpDouble::start().await;
            smtp.plan(&[plan]);
            let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
            let number = receive(&desk, &sofies_mail()).await;
            answer(&desk, number, "It is on its way.").await;
            desk.drain().await;
            assert_eq!(last_message(&desk, number).await["delivery"], "unknown");
            for _ in 0..6 {
                desk.desk.clock.advance(Duration::from_hours(1));
                desk.drain().await;
            }
            // This account has no folder to look into, so a person must decide.
            let message = last_message(&desk, number).await;
            assert_eq!(message["delivery"], "held", "{message}");
            assert_eq!(desk.api_get(&format!("/api/v1/conversations/{number}")).await["status"], "open");
            assert_eq!((smtp.begun(), smtp.taken().len()), (1, taken));
        }
    }
}

/// An account whose access is renewed at `provider`, in place of the one that was set up.
async fn sign_in_with_tokens(desk: &TestDesk, provider: &MockServer, smtp_port: u16) {
    let id = desk.setup.channel;
    let settings = json!({
        "address": "help@fjord.example",
        "oauth": { "token_url": format!("{}/token", provider.uri()), "client_id": "desk" },
        "smtp": { "host": "127.0.0.1", "port": smtp_port, "tls": "plain", "user": "help@fjord.example" },
    });
    let secrets = json!({ "smtp": { "auth": { "kind": "xoauth2" } }, "oauth": { "refresh_token": "a-grant" } });
    let new = channels::Reconnection {
        name: "Help",
        address: "help@fjord.example",
        settings: &settings,
        secrets: desk.desk.connections.seal(id, &secrets).unwrap(),
        at: desk.desk.clock.now(),
    };
    let mut tx = desk.desk.db.begin().await.unwrap();
    channels::reconnect(&mut tx, id, new).await.unwrap();
    tx.commit().await.unwrap();
    desk.desk.connections.forget(id);
}

/// The provider gives out no token from now on.
async fn refuses(provider: &MockServer) {
    let refused = ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_grant" }));
    Mock::given(method("POST")).respond_with(refused).mount(provider).await;
}

/// The provider gives out tokens from now on.
async fn grants(provider: &MockServer) {
    provider.reset().await;
    let granted = ResponseTemplate::new(200).set_body_json(json!({ "access_token": "at", "expires_in": 3_600 }));
    Mock::given(method("POST")).respond_with(granted).mount(provider).await;
}

/// A provider may give a new grant with a token, and take the one before for void.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_renewed_for_a_mail_to_a_teammate_is_kept() {
    for engine in Engine::all() {
        let (smtp, provider) = (SmtpDouble::start().await, MockServer::start().await);
        let granted = json!({ "access_token": "at", "expires_in": 3_600, "refresh_token": "the-next-grant" });
        let granted = ResponseTemplate::new(200).set_body_json(granted);
        Mock::given(method("POST")).respond_with(granted).mount(&provider).await;
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) }).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let (me, number) = (desk.setup.teammate, receive(&desk, &sofies_mail()).await);
        let wanted = [NotificationKind::Assigned];
        write(&desk.desk.db, async |tx| notifications::set_mail_wishes(tx, me, &wanted).await).await;
        sign_in_with_tokens(&desk, &provider, smtp.port).await;
        care::assign(&desk.desk.inbox(), desk.talk(number).await.id, Some(me), &cast.sam).await.unwrap();
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        assert_eq!(smtp.taken().len(), 1, "the teammate has the mail");
        let secrets = desk.desk.connections.secrets(desk.setup.channel).await.unwrap();
        assert_eq!(secrets["oauth"]["refresh_token"], "the-next-grant");
    }
}

/// A provider that gives a new grant with each token, and ends the one before: this is the one that counts.
struct Rotating(Mutex<String>);

impl Respond for Rotating {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut newest = self.0.lock().unwrap();
        let is_newest =
            form_urlencoded::parse(&request.body).any(|(name, given)| name == "refresh_token" && given == *newest);
        if !is_newest {
            return ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_grant" }));
        }
        newest.push_str("-next");
        let granted = json!({ "access_token": "at", "expires_in": 3_600, "refresh_token": *newest });
        ResponseTemplate::new(200).set_body_json(granted)
    }
}

/// It looks in a process of its own, beside a desk that knows the grant before.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_renewed_for_a_look_of_the_doctor_serves_the_desk_at_work() {
    for engine in Engine::all() {
        let (smtp, provider) = (SmtpDouble::start().await, MockServer::start().await);
        let rotating = Rotating(Mutex::new("a-grant".to_owned()));
        Mock::given(method("POST")).respond_with(rotating).mount(&provider).await;
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) }).await;
        sign_in_with_tokens(&desk, &provider, smtp.port).await;
        let number = receive(&desk, &sofies_mail()).await;
        let findings = Box::pin(doctor::examine(&desk.desk.config, &desk.desk.clock)).await;
        let found = findings.iter().find(|finding| finding.check == "channel Help").unwrap();
        assert_ne!(found.state, State::Bad, "{found:?}");
        let secrets = desk.desk.connections.secrets(desk.setup.channel).await.unwrap();
        assert_eq!(secrets["oauth"]["refresh_token"], "a-grant-next");

        answer(&desk, number, "It is on its way.").await;
        for _ in 0..4 {
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_secs(30));
        }
        assert_eq!((last_message(&desk, number).await["delivery"].as_str(), smtp.taken().len()), (Some("sent"), 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_wait_for_a_grant_and_leave_once_when_it_is_back() {
    for engine in Engine::all() {
        let (smtp, provider) = (SmtpDouble::start().await, MockServer::start().await);
        refuses(&provider).await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        sign_in_with_tokens(&desk, &provider, smtp.port).await;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        for _ in 0..6 {
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_hours(1));
        }
        let channel = async || channels::find(&desk.desk.db, desk.setup.channel).await.unwrap().unwrap();
        assert_eq!(last_message(&desk, number).await["delivery"], "queued", "it waits however long it takes");
        assert_eq!((channel().await.state, smtp.begun()), (ChannelState::SendingFails, 0));
        assert!(channel().await.state_reason.contains("invalid_grant"), "{}", channel().await.state_reason);

        grants(&provider).await;
        for _ in 0..3 {
            desk.desk.clock.advance(Duration::from_mins(1));
            desk.drain().await;
        }
        assert_eq!(last_message(&desk, number).await["delivery"], "sent");
        assert_eq!((channel().await.state, smtp.taken().len()), (ChannelState::Connected, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sign_in_is_tried_by_one_reply_at_a_time_and_ever_less_often() {
    for engine in Engine::all() {
        let (smtp, provider) = (SmtpDouble::start().await, MockServer::start().await);
        refuses(&provider).await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        sign_in_with_tokens(&desk, &provider, smtp.port).await;
        let mut numbers = Vec::new();
        for name in ["ann", "ben", "cleo", "dan", "eve"] {
            let from = format!("{name}@else.example");
            let number = receive(&desk, &mail(&format!("1.{from}"), &from, "A cup", "", "Where is my cup?")).await;
            answer(&desk, number, "It is on its way.").await;
            numbers.push(number);
        }
        let half_a_minute = async || {
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_secs(30));
        };
        let tries = async || provider.received_requests().await.unwrap().len();
        half_a_minute().await;
        let at_first = tries().await;
        assert!(at_first <= 2, "one reply knocks, not each: {at_first}");
        for _ in 0..120 {
            half_a_minute().await;
        }
        let in_an_hour = tries().await - at_first;
        assert!((3..=14).contains(&in_an_hour), "it goes on, ever less often: {in_an_hour}");
        assert_eq!(smtp.begun(), 0);

        // Whoever connects it again does not wait for the next try.
        grants(&provider).await;
        sign_in_with_tokens(&desk, &provider, smtp.port).await;
        half_a_minute().await;
        half_a_minute().await;
        assert_eq!(smtp.taken().len(), numbers.len());
        for number in numbers {
            assert_eq!(last_message(&desk, number).await["delivery"], "sent");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_fails_for_a_moment_holds_no_reply() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        desk.desk.connections.forget(desk.setup.channel);
        execute(&desk.desk.db, "alter table channels rename to channels_away").await;
        desk.drain().await;
        execute(&desk.desk.db, "alter table channels_away rename to channels").await;
        assert_eq!(last_message(&desk, number).await["delivery"], "queued", "nobody is to blame but the database");
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        assert_eq!(last_message(&desk, number).await["delivery"], "sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_breaks_off_each_time_gets_a_reply_three_times_and_then_a_person_decides() {
    let Some(dovecot) = Dovecot::start() else { return };
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        smtp.plan(&[Plan::LostAndReset; 4]);
        let imap = ImapAccount { port: dovecot.port, user: "desk".to_owned(), password: PASSWORD.to_owned() };
        let mailbox = Mailbox { smtp: Some(smtp.port), imap: Some(imap), ..Mailbox::default() };
        let desk = TestDesk::start(Wish { mailbox, may_leave_work: true, ..Wish::exact(engine) }).await;
        // Copies of what the desk sent before lie in the Sent folder: one that is missing there was not sent.
        for number in 0..9 {
            let copy =
                format!("Message-ID: <c{number}@x.example>\r\nX-Resolute-Loop: {}\r\n\r\nx\r\n", desk.setup.channel);
            dovecot.deliver("desk", "Sent", copy.as_bytes());
        }
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "It is on its way.").await;
        let a_while = async || {
            for _ in 0..12 {
                desk.drain().await;
                desk.desk.clock.advance(Duration::from_mins(1));
            }
        };
        a_while().await;
        let message = last_message(&desk, number).await;
        assert_eq!((message["delivery"].as_str(), smtp.begun()), (Some("held"), 3), "{message}");
        assert_eq!(desk.api_get(&format!("/api/v1/conversations/{number}")).await["status"], "open");

        let teammate = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        let id = message["id"].as_str().unwrap().parse().unwrap();
        deliver::send_again(&desk.desk.inbox(), id, &teammate).await.unwrap();
        a_while().await;
        assert_eq!(last_message(&desk, number).await["delivery"], "sent", "a person's word counts the tries anew");
        assert_eq!((smtp.begun(), smtp.taken().len()), (5, 1));
    }
}
