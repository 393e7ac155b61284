//! What the program writes to its log where nobody asked for more.

use std::time::Duration;

use resolute::clock::Clock;
use resolute::model::brand::AgentLevel;

use crate::support::desk::{Data, Engine};
use crate::support::http::Client;
use crate::support::program::Launch;
use crate::support::setup::{Mailbox, open, set_up};

/// How often it is asked whether a mail was read.
const ASKED: usize = 1_200;

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_with_broken_html_leaves_nothing_in_the_log() {
    let data = Data::new(Engine::Sqlite).await;
    let launch = Launch::of(data.folder.path());
    let desk = open(data.config(launch.address()), Clock::system()).await;
    let setup = set_up(&desk, AgentLevel::Off, &Mailbox::default()).await;
    desk.db.close().await;
    let mut program = launch.start_after("unset RESOLUTE_LOG");
    program.ready().await;

    let raw =
        b"From: eve@post.example\r\nTo: help@fjord.example\r\nSubject: A table\r\nMessage-ID: <t1@post.example>\r\n\
        Content-Type: text/html\r\n\r\n<table><tr><b>beside the cells</b></tr></table>\r\n";
    let mut client = Client::new(launch.address()).with_token(&setup.token);
    assert_eq!(client.post(&setup.webhook, "message/rfc822", raw).await.unwrap().status, 200);
    let mut is_read = false;
    for _ in 0..ASKED {
        let listed = client.get("/api/v1/conversations?limit=1").await.unwrap().json();
        is_read = listed["items"].as_array().is_some_and(|items| !items.is_empty());
        if is_read {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(is_read, "the mail was not read");
    let log = std::fs::read_to_string(launch.log()).unwrap();
    assert!(log.contains("INFO"), "the usual lines are written: {log}");
    assert!(!log.contains("html5ever") && !log.contains("foster"), "{log}");
}
