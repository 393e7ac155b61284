//! Channels as people look after them: connecting again, access with tokens, what could not be read.

use std::time::Duration;

use futures_util::future::join_all;
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::job::JobKind;
use resolute::store::{channels, jobs, raw_events};
use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::locks::{opened_elsewhere, until_somebody_waits};
use crate::mail_path::{answer, receive, sofies_mail};
use crate::support::cast::{Cast, NOW, at};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{number_of, on_both, write};

/// A port at which nothing answers.
fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn channel(desk: &TestDesk) -> Channel {
    channels::find(&desk.desk.db, desk.setup.channel).await.unwrap().unwrap()
}

/// The form of the mailbox with its server on this machine.
fn form<'a>(port: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("provider", "password"),
        ("name", "Help desk"),
        ("address", "help@fjord.example"),
        ("smtp_host", "127.0.0.1"),
        ("smtp_port", port),
        ("smtp_security", "none"),
    ];
    fields.extend_from_slice(more);
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_connected_again_and_goes_on_where_it_stopped() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (db, id) = (&desk.desk.db, desk.setup.channel);
        let thread = desk.desk.connections.secrets(id).await.unwrap()["thread_secret"].clone();
        write(db, async |tx| {
            channels::set_cursor(tx, id, &json!({ "INBOX": 7 }), None).await?;
            channels::set_state(tx, id, ChannelState::NeedsAttention, "refused").await
        })
        .await;
        let mut browser = desk.browser().await;
        let path = format!("/channels/{id}");
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains("value=\"help@fjord.example\"") && shown.contains("fetching goes on where"), "{shown}");

        let answer = send(&mut browser, &path, &form("9", &[])).await;
        assert_eq!(answer.status, 422, "nobody listens there");
        assert_eq!(channel(&desk).await.state, ChannelState::NeedsAttention, "nothing was changed");

        let port = smtp.port.to_string();
        let saved = send(&mut browser, &path, &form(&port, &[])).await;
        assert!(said(&saved).contains("goes on where it stopped"), "{}: {}", saved.status, said(&saved));
        let again = channel(&desk).await;
        assert_eq!((again.state, again.name.as_str()), (ChannelState::Connected, "Help desk"));
        assert_eq!(again.settings.0["authserv_id"], "mx.fjord.example", "what the form does not ask for stays");
        assert_eq!(channels::cursor(db, id).await.unwrap(), Some(json!({ "INBOX": 7 })));
        assert_eq!(desk.desk.connections.secrets(id).await.unwrap()["thread_secret"], thread);

        let other: Vec<(&str, &str)> = form(&port, &[])
            .into_iter()
            .map(|(name, value)| (name, if name == "address" { "shop@fjord.example" } else { value }))
            .collect();
        let moved = send(&mut browser, &path, &other).await;
        assert!(said(&moved).contains("It is another mailbox"), "{}: {}", moved.status, said(&moved));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_were_stored_while_a_mailbox_was_tried_stay() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (id, connections, mut browser) = (desk.setup.channel, &desk.desk.connections, desk.browser().await);
        let mut secrets = connections.secrets(id).await.unwrap();
        secrets["thread_secret"] = json!("made-anew-meanwhile");
        let sealed = connections.seal(id, &secrets).unwrap();
        let connected_at = channels::sealed(&desk.desk.db, id).await.unwrap().connected_at;

        let elsewhere = opened_elsewhere(&desk).await;
        let mut tx = elsewhere.begin().await.unwrap();
        channels::lock(&mut tx, id).await.unwrap();
        channels::set_secrets(&mut tx, id, sealed, connected_at).await.unwrap();
        let (path, port) = (format!("/channels/{id}"), smtp.port.to_string());
        let saving = tokio::spawn(async move { send(&mut browser, &path, &form(&port, &[])).await.status });
        until_somebody_waits(&desk.desk.db).await;
        tx.commit().await.unwrap();
        assert_eq!(saving.await.unwrap(), 303);
        assert_eq!(channel(&desk).await.name, "Help desk");
        assert_eq!(connections.secrets(id).await.unwrap()["thread_secret"], "made-anew-meanwhile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_several_connect_at_once_is_one_channel() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let port = smtp.port.to_string();
        let mut fields = form(&port, &[]);
        fields.retain(|(name, _)| *name != "address");
        fields.push(("address", "orders@fjord.example"));
        let connecting = (0..4).map(|_| async { send(&mut desk.browser().await, "/channels", &fields).await });
        let answers = join_all(connecting).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 303) {
            let words = answer.text();
            assert!(answer.status == 422 && words.contains("This mailbox is connected already"), "{words}");
        }
        let rows = channels::list(&desk.desk.db).await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.address == "orders@fjord.example").count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_connects_a_mailbox_is_told_which_side_does_not_work() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let (closed, open) = (closed_port().to_string(), smtp.port.to_string());
        let imap = [("imap_host", "127.0.0.1"), ("imap_port", closed.as_str()), ("imap_security", "none")];
        let fetching = format!("Fetching mail (IMAP) from 127.0.0.1:{closed} failed");
        let sending = format!("Sending mail (SMTP) through 127.0.0.1:{closed} failed");
        let here = format!("/channels/{}", desk.setup.channel);
        for (path, fields, failed, kept) in [
            ("/channels", form(&open, &imap), &fetching, "Nothing was saved"),
            ("/channels", form(&closed, &[]), &sending, "Nothing was saved"),
            (here.as_str(), form(&open, &imap), &fetching, "The channel stays as it was"),
            (here.as_str(), form(&closed, &[]), &sending, "The channel stays as it was"),
        ] {
            let mut fields: Vec<(&str, &str)> = fields;
            if path == "/channels" {
                fields.retain(|(name, _)| *name != "address");
                fields.push(("address", "orders@fjord.example"));
            }
            let answer = send(&mut browser, path, &fields).await;
            let words = answer.text();
            assert_eq!(answer.status, 422, "{words}");
            assert!(words.contains(failed.as_str()) && words.contains(kept), "{words}");
            let sides = words.matches("(IMAP) from").count() + words.matches("(SMTP) through").count();
            assert_eq!(sides, 1, "only the side that fails is named: {words}");
            assert!(words.contains("Check server, port and encryption there"), "{words}");
            assert!(words.contains("value=\"Help desk\""), "what was typed stands below: {words}");
        }
        let rows = channels::list(&desk.desk.db).await.unwrap();
        assert_eq!((rows.len(), rows[0].name.as_str()), (1, "Help"), "nothing was saved or changed");

        let mut server = json!({ "host": "127.0.0.1", "port": closed_port(), "tls": "plain", "user": "" });
        server["auth"] = json!({ "kind": "none" });
        let sending = format!("Sending mail (SMTP) through 127.0.0.1:{} failed", server["port"]);
        write(&desk.desk.db, async |tx| {
            channels::add_settings(tx, desk.setup.channel, &json!({ "smtp": server })).await
        })
        .await;
        let answer = send(&mut browser, &format!("{here}/checks"), &[("back", "/channels")]).await;
        let words = said(&answer);
        assert!(
            words.contains(&sending) && words.contains("messages wait") && words.contains("Check server"),
            "{words}"
        );
        assert!(page(&mut browser, "/channels").await.contains(&sending));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_renewal_leaves_the_channel_in_need_of_a_person() {
    for engine in Engine::all() {
        let provider = MockServer::start().await;
        let refused = ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_grant" }));
        Mock::given(method("POST")).respond_with(refused).mount(&provider).await;
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut browser = desk.browser().await;
        let url = format!("{}/token", provider.uri());
        let tokens =
            [("provider", "oauth"), ("token_url", &url), ("client_id", "desk"), ("refresh_token", "dead-token")];
        let mut fields = form("9", &tokens);
        fields.retain(|(name, value)| *name != "address" && *value != "password");
        fields.push(("address", "orders@fjord.example"));
        let answer = send(&mut browser, "/channels", &fields).await;
        assert_eq!(answer.status, 422);
        let words = answer.text();
        assert!(words.contains("invalid_grant") && !words.contains("dead-token"), "{words}");

        // An account that was connected when the token still lived.
        let id = desk.setup.channel;
        let settings = json!({
            "address": "help@fjord.example", "oauth": { "token_url": url, "client_id": "desk" },
            "smtp": { "host": "127.0.0.1", "port": 9, "tls": "plain", "user": "help@fjord.example" },
        });
        let secrets = json!({ "smtp": { "auth": { "kind": "xoauth2" } }, "oauth": { "refresh_token": "dead-token" } });
        let sealed = desk.desk.connections.seal(id, &secrets).unwrap();
        write(&desk.desk.db, async |tx| {
            let new = channels::Reconnection {
                name: "Help",
                address: "help@fjord.example",
                settings: &settings,
                secrets: sealed,
                at: desk.desk.clock.now(),
            };
            channels::reconnect(tx, id, new).await
        })
        .await;
        taken(&mut browser, &format!("/channels/{id}/checks"), &[("back", "/channels")]).await;
        let broken = channel(&desk).await;
        assert_eq!(broken.state, ChannelState::NeedsAttention);
        assert!(broken.state_reason.contains("invalid_grant"), "{}", broken.state_reason);
        assert!(page(&mut browser, "/channels").await.contains("invalid_grant"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checking_a_paused_channel_says_what_it_found_and_lets_nothing_leave() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let number = receive(&desk, &sofies_mail()).await;
        let mut browser = desk.browser().await;
        let path = |rest: &str| format!("/channels/{}/{rest}", desk.setup.channel);
        taken(&mut browser, &path("pause"), &[("back", "/channels")]).await;
        answer(&desk, number, "Not yet.").await;
        taken(&mut browser, &path("checks"), &[("back", "/channels")]).await;
        assert_eq!(channel(&desk).await.state, ChannelState::Paused);
        assert!(channel(&desk).await.state_reason.starts_with("Paused by "));
        for _ in 0..3 {
            desk.drain().await;
            desk.desk.clock.advance(Duration::from_mins(1));
        }
        assert!(smtp.taken().is_empty(), "a paused channel sends nothing");
        taken(&mut browser, &path("pause/deletion"), &[("back", "/channels")]).await;
        assert_eq!(channel(&desk).await.state, ChannelState::Connected);
        desk.drain().await;
        assert_eq!(smtp.taken().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_to_a_paused_channel_is_kept_for_its_platform_may_not_try_again() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let path = format!("/channels/{}/pause", desk.setup.channel);
        taken(&mut desk.browser().await, &path, &[("back", "/channels")]).await;
        let number = receive(&desk, &sofies_mail()).await;
        assert!(page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await.contains("Sofie"));
        assert_eq!(channel(&desk).await.state, ChannelState::Paused);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_shown_downloaded_and_read_again() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let raw = b"From: ann@x.example\r\nTo: help@fjord.example\r\nMessage-ID: <a@x.example>\r\nSubject: Hello\r\n\r\nText\r\n";
        assert_eq!(desk.post_mail(raw).await.status, 200);
        let id = set_aside(&desk, "its <b>form</b> is unknown").await;
        desk.drain().await;
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/channels").await;
        assert!(shown.contains("its &#60;b&#62;form") || shown.contains("its &lt;b&gt;form"), "{shown}");
        let bytes = browser.get(&format!("/raw-events/{id}")).await.unwrap();
        assert_eq!((bytes.status, bytes.body.as_slice()), (200, &raw[..]));
        assert!(bytes.header("content-disposition").unwrap().starts_with("attachment"));
        assert_eq!(bytes.header("content-type"), Some("application/octet-stream"));

        let path = format!("/raw-events/{id}/attempts");
        taken(&mut browser, &path, &[]).await;
        desk.drain().await;
        assert!(raw_events::list_quarantined(&desk.desk.db).await.unwrap().is_empty());
        assert_eq!(desk.api_get("/api/v1/conversations/count").await["count"], 1);
        taken(&mut browser, &path, &[]).await;
        desk.drain().await;
        assert_eq!(desk.api_get("/api/v1/conversations/count").await["count"], 1, "once is once");
        assert_eq!(browser.get(&format!("/raw-events/{id}")).await.unwrap().status, 404, "what is read is not raw");
    }
}

/// Sets the only stored mail aside, as one that cannot be read, and ends the work on it.
pub(crate) async fn set_aside(desk: &TestDesk, reason: &'static str) -> String {
    let db = &desk.desk.db;
    let due = jobs::list_due(db, JobKind::Receive, desk.desk.clock.now(), 10).await.unwrap();
    let [job] = due.try_into().unwrap();
    let id: resolute::model::RawEventId = job.field("raw_event").unwrap();
    write(db, async |tx| {
        raw_events::quarantine(tx, id, reason).await?;
        jobs::finish_unclaimed(tx, &[job.id]).await
    })
    .await;
    id.to_string()
}

#[tokio::test]
async fn renewed_secrets_never_undo_what_a_person_connected() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        write(&db, async |tx| channels::set_secrets(tx, cast.mail.id, b"renewed".to_vec(), None).await).await;
        assert_eq!(channels::secrets(&db, cast.mail.id).await.unwrap(), b"renewed");
        let settings = json!({});
        let new = channels::Reconnection {
            name: "Mail",
            address: "help@fjell.example",
            settings: &settings,
            secrets: b"by hand".to_vec(),
            at: at(5),
        };
        write(&db, async |tx| channels::reconnect(tx, cast.mail.id, new).await).await;
        for old in [None, Some(NOW)] {
            write(&db, async |tx| channels::set_secrets(tx, cast.mail.id, b"renewed".to_vec(), old).await).await;
        }
        assert_eq!(channels::secrets(&db, cast.mail.id).await.unwrap(), b"by hand");
        write(&db, async |tx| channels::set_secrets(tx, cast.mail.id, b"newer".to_vec(), Some(at(5))).await).await;
        assert_eq!(channels::secrets(&db, cast.mail.id).await.unwrap(), b"newer");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_was_connected_wrongly_is_removed_and_one_with_conversations_stays() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        cast.open(db, 1).await;
        let (mut noor, mut sam) = (desk.browser_of(cast.noor.id).await, desk.browser_of(cast.sam.id).await);
        let removal = |channel: &Channel| {
            let path = format!("/channels/{}/deletion", channel.id);
            (format!("{path}/new"), path)
        };
        let (asks, removes) = removal(&cast.chat);
        assert!(page(&mut noor, "/channels").await.contains(&format!("href=\"{asks}\"")));
        assert_eq!(sam.get(&asks).await.unwrap().status, 403);
        assert_eq!(send(&mut sam, &removes, &[]).await.status, 403);

        let (asks_used, removes_used) = removal(&cast.mail);
        let shown = page(&mut noor, &asks_used).await;
        assert!(shown.contains("Pause it instead") && !shown.contains("Remove for good"), "{shown}");
        let kept = said(&send(&mut noor, &removes_used, &[]).await);
        assert!(kept.starts_with('b') && kept.contains("was not removed. Customers wrote"), "{kept}");
        assert!(channels::find(db, cast.mail.id).await.unwrap().is_some());

        assert!(page(&mut noor, &asks).await.contains("Nobody can take this back."));
        taken(&mut noor, &removes, &[]).await;
        assert!(channels::find(db, cast.chat.id).await.unwrap().is_none());
        assert_eq!(noor.get(&asks).await.unwrap().status, 404);
        assert_eq!(number_of(db, "select count(*) from audit_log where action = 'channel_removed'").await, 1);
    }
}
