//! The one path of a message, from the raw mail to the answer in the customer's mailbox and back, and every way in
//! which the outside can get in its way. Each test runs on both databases.

use std::sync::Arc;
use std::time::Duration;

use channel_contract::inbound::{RawItem, RawOrigin};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::channels::mail_key;
use resolute::inbox::approve;
use resolute::model::brand::AgentLevel;
use resolute::model::channel::ChannelState;
use resolute::store::{agent_runs, channels, raw_events, teammates};
use serde_json::{Value, json};

use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::page;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::number_of;

/// A plain mail from a customer; `more` are further header lines.
pub(crate) fn mail(id: &str, from: &str, subject: &str, more: &str, text: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: help@fjord.example\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n{more}\r\n{text}\r\n"
    )
    .into_bytes()
}

pub(crate) fn sofies_mail() -> Vec<u8> {
    mail("s1@post.example", "Sofie Lind <sofie@post.example>", "Where is my parcel?", "", "It should be here by now.")
}

/// Posts a mail and has it read; gives the number of the newest conversation.
pub(crate) async fn receive(desk: &TestDesk, raw: &[u8]) -> i64 {
    let answer = desk.post_mail(raw).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    desk.drain().await;
    desk.newest().await.number
}

/// A desk on which a draft waits: Sofie asks for her parcel, and the agent may not send alone.
pub(crate) async fn drafted(engine: Engine) -> TestDesk {
    let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, ..Wish::exact(engine) };
    let desk = TestDesk::start(wish).await.with_an_empty_shop().await;
    let raw = b"From: Sofie Keller <sofie@post.example>\r\nTo: help@fjord.example\r\nSubject: Where is my parcel?\r\n\
        Message-ID: <s1@post.example>\r\n\r\nWhere is my parcel? It should be here by now.\r\n";
    assert_eq!(desk.post_mail(raw).await.status, 200);
    desk.drain().await;
    desk
}

/// The approval that waits.
pub(crate) async fn waiting(desk: &TestDesk) -> String {
    desk.api_get("/api/v1/approvals").await["items"][0]["id"].as_str().expect("a draft waits").to_owned()
}

/// A teammate answers through the API.
pub(crate) async fn answer(desk: &TestDesk, number: i64, text: &str) {
    let path = format!("/api/v1/conversations/{number}/messages");
    let posted = desk.api().post_json(&path, &json!({ "body": text })).await.unwrap();
    assert_eq!(posted.status, 201, "{}", posted.text());
}

/// The last message of a conversation as the API shows it.
pub(crate) async fn last_message(desk: &TestDesk, number: i64) -> Value {
    let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
    shown["messages"].as_array().and_then(|messages| messages.last()).cloned().expect("a message")
}

pub(crate) async fn count(desk: &TestDesk) -> i64 {
    desk.api_get("/api/v1/conversations/count").await["count"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_reaches_the_customer_and_their_answer_joins_the_conversation() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let number = receive(&desk, &sofies_mail()).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        answer(&desk, number, "It is on its way.\n\nYours, Mara").await;
        desk.drain().await;

        let [sent] = smtp.taken().try_into().unwrap();
        assert_eq!(sent.to, ["sofie@post.example"]);
        assert_eq!(sent.header("In-Reply-To"), "<s1@post.example>");
        assert!(sent.header("References").contains("<s1@post.example>"), "{}", sent.raw);
        assert_eq!(sent.header("Subject"), "Re: Where is my parcel?");
        assert!(sent.body().contains("It is on its way."), "{}", sent.raw);
        let id = last_message(&desk, number).await["external_id"].as_str().unwrap().to_owned();
        assert_eq!(sent.header("Message-ID"), format!("<{id}>"));

        desk.desk.clock.advance(Duration::from_mins(1));
        let more = format!("In-Reply-To: <{id}>\r\nReferences: <s1@post.example> <{id}>\r\n");
        let thanks = mail("s2@post.example", "sofie@post.example", "Re: Where is my parcel?", &more, "Thank you!");
        assert_eq!(receive(&desk, &thanks).await, number);
        assert_eq!(count(&desk).await, 1);
        insta::assert_snapshot!("reply_and_answer", desk.timeline(number).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_another_program_joins_by_the_signed_address() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let number = receive(&desk, &sofies_mail()).await;
        answer(&desk, number, "Which door bell is yours?").await;
        desk.drain().await;
        let [sent] = smtp.taken().try_into().unwrap();
        let reply_to = sent.header("Reply-To");
        let address = reply_to.split(['<', '>']).nth(1).unwrap_or(&reply_to).to_owned();
        let raw = format!(
            "From: sofie@post.example\r\nTo: {address}\r\nSubject: Bell\r\nMessage-ID: <s9@other.example>\r\n\r\nThe left one.\r\n"
        );
        assert_eq!(receive(&desk, raw.as_bytes()).await, number, "{reply_to}");
        assert_eq!(count(&desk).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_from_the_platform_is_refused_and_stored_nowhere() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut client = desk.client();
        let (path, _) = desk.setup.webhook.split_once('?').unwrap();
        let raw = sofies_mail();
        let rfc822 = "message/rfc822";
        assert_eq!(client.post(path, rfc822, &raw).await.unwrap().status, 401);
        assert_eq!(client.post(&format!("{path}?secret=guess"), rfc822, &raw).await.unwrap().status, 401);
        let strange = desk.setup.webhook.replace(&desk.setup.channel.to_string(), "no-such-channel");
        assert_eq!(client.post(&strange, rfc822, &raw).await.unwrap().status, 404);
        let other_kind = desk.setup.webhook.replace("/email/", "/whatsapp/");
        assert_eq!(client.post(&other_kind, rfc822, &raw).await.unwrap().status, 404);
        assert_eq!(client.post(&desk.setup.webhook, "text/html", &raw).await.unwrap().status, 400);
        assert_eq!(client.post(&desk.setup.webhook, rfc822, b"").await.unwrap().status, 400);
        let mut packed = desk.client().with("content-encoding", "gzip");
        let answer = packed.post(&desk.setup.webhook, rfc822, &raw).await.unwrap();
        assert!(answer.status == 415 && answer.text().contains("without a content encoding"), "{}", answer.text());
        desk.drain().await;
        assert_eq!(count(&desk).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    for length in [38, 41] {
        let status = answer_to_head(&desk, &desk.setup.webhook, length * 1024 * 1024).await;
        assert!(status.starts_with("HTTP/1.1 413"), "{status}");
    }
    assert_eq!(desk.post_mail(&sofies_mail()).await.status, 200, "the desk still takes mail");
    desk.drain().await;
    assert_eq!(count(&desk).await, 1);
}

/// The first line of the answer to a request whose body never comes.
async fn answer_to_head(desk: &TestDesk, path: &str, length: usize) -> String {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let mut stream = tokio::net::TcpStream::connect(desk.address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: desk\r\ncontent-type: message/rfc822\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut line = String::new();
    let mut reader = BufReader::new(stream);
    let answered = reader.read_line(&mut line);
    tokio::time::timeout(Duration::from_secs(20), answered).await.expect("it waits for the body").unwrap();
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_refused_before_their_bytes_are_read() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (path, _) = desk.setup.webhook.split_once('?').unwrap();
    for path in [path.to_owned(), format!("{path}?secret=guess")] {
        let status = answer_to_head(&desk, &path, 30 * 1024 * 1024).await;
        assert!(status.starts_with("HTTP/1.1 401"), "{status}");
    }
}

/// Bytes that are hardly a mail. Whatever they are taken for, the mail behind them must come through.
const ODD: [&[u8]; 9] = [
    b"\0\0\0\0",
    b"not a mail at all",
    b"Subject: no body",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x",
    b"Content-Type: text/html; charset=no-such\r\nContent-Transfer-Encoding: base64\r\n\r\n=====!!!\xff\xfe",
    b"From: <>\r\nMessage-ID: <>\r\nSubject: =?utf-8?B?//////8=?=\r\n\r\n\xff\xff\0\xff",
    b"From: a@b.example\0\r\nSubject: nul \0 here\r\nMessage-ID: <nul\0@b.example>\r\n\r\nnul \0 there",
    b"From: \"Robert'); drop table messages; --\" <r@b.example>\r\nSubject: ' or 1=1 --\r\n\r\n'; delete from jobs; --",
    "From: \u{202e}gro.live@evil.example\r\nSubject: \u{1F600}\u{0300}\r\n\r\n\u{feff}\u{2028}".as_bytes(),
];

#[tokio::test(flavor = "multi_thread")]
async fn odd_mail_never_stops_the_next() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        for raw in ODD {
            let answer = desk.post_mail(raw).await;
            assert!([200, 400].contains(&answer.status), "{}: {}", answer.status, answer.text());
        }
        receive(&desk, &sofies_mail()).await;
        let found = desk.api_get("/api/v1/search?q=here+by+now").await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_comes_again_changes_nothing() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let number = receive(&desk, &sofies_mail()).await;
        let before = desk.timeline(number).await;
        let another_way = [b"Received: from b.example by c.example\r\n".as_slice(), &sofies_mail()].concat();
        for raw in [sofies_mail(), sofies_mail(), another_way] {
            receive(&desk, &raw).await;
        }
        assert_eq!(desk.timeline(number).await, before);
        assert_eq!(count(&desk).await, 1);
    }
}

/// Changes settings of the mailbox behind the form, which would refuse what cannot be used.
async fn change_settings(desk: &TestDesk, settings: Value) {
    let mut tx = desk.desk.db.begin().await.unwrap();
    channels::add_settings(&mut tx, desk.setup.channel, &settings).await.unwrap();
    tx.commit().await.unwrap();
    desk.desk.connections.forget(desk.setup.channel);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_its_channel_is_read_before_what_came_later() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        assert_eq!(desk.post_mail(&sofies_mail()).await.status, 200);
        change_settings(&desk, json!({ "first_fetch_days": "many" })).await;
        desk.drain().await;
        assert_eq!(count(&desk).await, 0);

        desk.desk.clock.advance(Duration::from_secs(10));
        change_settings(&desk, json!({ "first_fetch_days": 2 })).await;
        let more = "In-Reply-To: <s1@post.example>\r\n";
        let later = mail("s2@post.example", "sofie@post.example", "One more thing", more, "The door code is new.");
        let number = receive(&desk, &later).await;
        assert_eq!(count(&desk).await, 1, "the second mail continues the first");
        let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        let said: Vec<&str> =
            shown["messages"].as_array().unwrap().iter().map(|message| message["body"].as_str().unwrap()).collect();
        assert_eq!(said, ["It should be here by now.", "The door code is new."]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_waits_for_a_channel_that_cannot_be_used_and_hides_no_other() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let id = desk.setup.channel;
        assert_eq!(desk.post_mail(&sofies_mail()).await.status, 200);
        change_settings(&desk, json!({ "first_fetch_days": "many" })).await;
        desk.drain().await;
        assert!(raw_events::list_quarantined(&desk.desk.db).await.unwrap().is_empty(), "the mail is not to blame");
        assert_eq!(count(&desk).await, 0);
        let broken = channels::find(&desk.desk.db, id).await.unwrap().unwrap();
        assert_eq!(broken.state, ChannelState::NeedsAttention);

        change_settings(&desk, json!({ "first_fetch_days": 2 })).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        assert_eq!(count(&desk).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_adapter_of_a_channel_lives_as_long_as_its_settings() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (connections, id) = (&desk.desk.connections, desk.setup.channel);
    let first = connections.get(id).await.unwrap();
    desk.desk.clock.advance(Duration::from_mins(1));
    let mut tx = desk.desk.db.begin().await.unwrap();
    channels::set_state(&mut tx, id, ChannelState::NeedsAttention, "a moment of trouble").await.unwrap();
    tx.commit().await.unwrap();
    connections.forget(id);
    let second = connections.get(id).await.unwrap();
    assert!(Arc::ptr_eq(&first.adapter, &second.adapter), "its session with the server is kept");
    assert_eq!(second.channel.state, ChannelState::NeedsAttention);

    let mut tx = desk.desk.db.begin().await.unwrap();
    channels::add_settings(&mut tx, id, &json!({ "timeout_seconds": 9 })).await.unwrap();
    tx.commit().await.unwrap();
    desk.desk.clock.advance(Duration::from_mins(1));
    assert!(!Arc::ptr_eq(&first.adapter, &connections.get(id).await.unwrap().adapter));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_refuses_and_takes_mail_again() {
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let file = desk.data.folder.path().join("resolute.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut other = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    // Many senders at once are refused together, not one after the other.
    let senders = (0..8).map(|_| async { desk.post_mail(&sofies_mail()).await });
    let refusals =
        tokio::time::timeout(Duration::from_secs(30), futures_util::future::join_all(senders)).await.unwrap();
    for refused in refusals {
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert!(refused.header("retry-after").is_some());
        assert_eq!(
            refused.text(),
            "{\"error\":\"nothing was kept: the database does not answer, or the channel has to be looked at; send it again\"}",
            "why is our own"
        );
    }
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    assert_eq!(desk.post_mail(&sofies_mail()).await.status, 200);
    until(async || desk.unfinished().await.is_empty()).await;
    assert_eq!(count(&desk).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_server_that_drops_everybody_loses_nothing() {
    let Some(server) = crate::support::postgres::server() else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Postgres)).await;
    let name = desk.data.database.as_ref().unwrap().url.split('/').next_back().unwrap().to_owned();
    let name = name.split('?').next().unwrap().to_owned();
    let mut admin = <sqlx::PgConnection as sqlx::Connection>::connect(&server).await.unwrap();
    for round in 0..40 {
        if round % 4 == 3 {
            sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
                .bind(&name)
                .execute(&mut admin)
                .await
                .unwrap();
        }
        let raw = mail(&format!("r{round}@post.example"), &format!("c{round}@post.example"), "Hello", "", "A word.");
        // As a platform does: it comes again until it is taken.
        until(async || {
            let answer = desk.post_mail(&raw).await;
            assert!([200, 503].contains(&answer.status), "{}: {}", answer.status, answer.text());
            answer.status == 200
        })
        .await;
    }
    until(async || desk.unfinished().await.is_empty()).await;
    assert_eq!(count(&desk).await, 40, "each once, though some were stored before they were refused");
}

/// Waits until something is so.
pub(crate) async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..1_500 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came to be so");
}

/// The words of all messages of the newest conversations, sorted.
async fn words(desk: &TestDesk) -> Vec<String> {
    let mut words = Vec::new();
    for item in desk.api_get("/api/v1/conversations?limit=9").await["items"].as_array().unwrap() {
        let shown = desk.api_get(&format!("/api/v1/conversations/{}", item["number"])).await;
        let messages = shown["messages"].as_array().unwrap();
        words.extend(messages.iter().map(|message| message["body"].as_str().unwrap().to_owned()));
    }
    words.sort();
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_by_webhook_and_from_the_mailbox_is_one_message() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        receive(&desk, &sofies_mail()).await;
        let traced = [b"Return-Path: <sofie@post.example>\r\nX-Spam: no\r\n".as_slice(), &sofies_mail()].concat();
        // A server on the way encoded it anew: other bytes, the same words.
        let encoded = mail(
            "s1@post.example",
            "Sofie Lind <sofie@post.example>",
            "Where is my parcel?",
            "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n",
            "SXQgc2hvdWxkIGJlIGhlcmUgYnkgbm93Lg==",
        );
        for raw in [traced, encoded] {
            let item = RawItem { external_id: mail_key(&raw), origin: RawOrigin::Inbox, body: raw.into() };
            desk.desk.intake.record(desk.setup.channel, vec![item], None).await.unwrap();
            desk.drain().await;
        }
        assert_eq!(words(&desk).await, ["It should be here by now."]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_id_used_again_for_other_words_loses_no_mail() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        receive(&desk, &sofies_mail()).await;
        let other = |from: &str, text: &str| mail("s1@post.example", from, "Where is my parcel?", "", text);
        for raw in [other("sofie@post.example", "And the second one?"), other("piet@post.example", "Mine too.")] {
            // Each comes twice.
            receive(&desk, &raw).await;
            receive(&desk, &raw).await;
        }
        assert_eq!(words(&desk).await, ["And the second one?", "It should be here by now.", "Mine too."]);
    }
}

/// Letters that no compression makes much shorter.
fn letters(seed: u64) -> String {
    let mut random = StdRng::seed_from_u64(seed);
    (0..5_000).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_and_addresses_of_any_length_are_taken_in_and_lead_to_their_conversation() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (id, address) = (format!("{}@post.example", letters(1)), format!("{}@post.example", letters(2)));
        let first = mail(&id, &address, "A long story", "", "It begins.");
        let number = receive(&desk, &first).await;
        assert_eq!(last_message(&desk, number).await["external_id"], id.as_str(), "shown whole");
        let more = format!("In-Reply-To: <{id}>\r\nReferences: <{id}>\r\n");
        let second = mail(&letters(3), &address, "Re: A long story", &more, "It goes on.");
        for raw in [&first, &second, &second] {
            assert_eq!(receive(&desk, raw).await, number);
        }
        assert!(raw_events::list_quarantined(&desk.desk.db).await.unwrap().is_empty());
        assert_eq!(count(&desk).await, 1);
        assert_eq!(words(&desk).await, ["It begins.", "It goes on."]);
        let known = "select count(*) from contact_identities where value like 'sha256:%'";
        assert_eq!(number_of(&desk.desk.db, known).await, 1, "one customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_teammate_asked_for_survives_the_next_mail() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { agent_level: AgentLevel::Approve, ..Wish::exact(engine) }).await;
        let number = receive(&desk, &sofies_mail()).await;
        let inbox = desk.desk.inbox();
        let mara = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        let talk = desk.talk(number).await;
        approve::write_again(&inbox, talk.id, &mara, "Offer the blue one").await.unwrap();
        let more = "In-Reply-To: <s1@post.example>\r\n";
        let second = mail("s2@post.example", "sofie@post.example", "Re: Where is my parcel?", more, "Any news?");
        desk.desk.clock.advance(Duration::from_secs(1));
        assert_eq!(receive(&desk, &second).await, number);
        let run = agent_runs::latest(&desk.desk.db, talk.id).await.unwrap().unwrap();
        assert_eq!((run.instruction.as_str(), run.revision), ("Offer the blue one", 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_a_subject_turn_no_page_around() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        // U+202E in the name, U+2066 and U+202E in the subject.
        let (from, subject) =
            ("=?utf-8?q?An=E2=80=AEna?= <anna@post.example>", "=?utf-8?q?=E2=81=A6Where=E2=80=AE_is_it?=");
        let number = receive(&desk, &mail("t1@post.example", from, subject, "", "It should be here by now.")).await;
        for path in [format!("/conversations/{number}"), "/inbox?view=all".to_owned()] {
            let shown = page(&mut browser, &path).await;
            let turning = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert_eq!(shown.chars().find(turning), None, "{path}");
            assert!(shown.contains("Anna"), "{path}: {shown}");
        }
        assert!(page(&mut browser, &format!("/conversations/{number}")).await.contains("Where is it"));
    }
}
