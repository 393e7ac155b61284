//! What leaves through a slow or silent server keeps nothing waiting that leaves elsewhere.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::mail_path::{answer, count, mail};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::setup::{Mailbox, connect_mailbox};
use crate::support::smtp::{Plan, SmtpDouble};

const SALES: &str = "sales@fjord.example";
/// More than there are workers.
const MAILS: i64 = 24;
/// Far less than the silent server is waited for.
const SOON: Duration = Duration::from_secs(10);

/// The numbers of so many conversations, as soon as they are there.
async fn numbers(desk: &TestDesk, conversations: i64) -> BTreeSet<i64> {
    let there = async {
        while count(desk).await < conversations {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, there).await.expect("the mails are read");
    let listed = desk.api_get("/api/v1/conversations?limit=100").await;
    let items = listed["items"].as_array().expect("conversations");
    items.iter().map(|item| item["number"].as_i64().expect("a number")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_mail_server_keeps_neither_a_chat_nor_another_mailbox_waiting() {
    for engine in Engine::all() {
        let (silent, sales) = (SmtpDouble::start().await, SmtpDouble::start().await);
        silent.plan(&[Plan::Hangs; 50]);
        let mut wish = Wish { may_leave_work: true, ..Wish::lively(engine).with_smtp(silent.port) };
        wish.mailbox.timeout_seconds = 60;
        let desk = TestDesk::start(wish).await;
        let chat = Chat::of(&desk).await;
        let mailbox = Mailbox { smtp: Some(sales.port), ..Mailbox::default() };
        let webhook = connect_mailbox(&desk.desk, desk.setup.brand, SALES, &mailbox).await;

        for number in 1..=MAILS {
            let from = format!("c{number}@post.example");
            let raw = mail(&format!("m{number}@post.example"), &from, "A cup", "", "Where is my cup?");
            assert_eq!(desk.post_mail(&raw).await.status, 200);
        }
        let slow = numbers(&desk, MAILS).await;
        for number in &slow {
            answer(&desk, *number, "It is on its way.").await;
        }
        let begun = async {
            while silent.begun() < 4 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(SOON, begun).await.expect("some are under way");

        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Do you have it in blue?")).await;
        line.next_of("message").await;
        let with_chat = numbers(&desk, MAILS + 1).await;
        answer(&desk, *with_chat.difference(&slow).next().expect("the chat"), "Yes, in M and L.").await;
        let said = timeout(SOON, line.next_of("message")).await.expect("the chat waits for no mail");
        assert_eq!(said["text"], "Yes, in M and L.");

        let raw = mail("s1@post.example", "sofie@post.example", "A lamp", "", "Do you sell lamps?");
        assert_eq!(desk.client().post(&webhook, "message/rfc822", &raw).await.unwrap().status, 200);
        let all = numbers(&desk, MAILS + 2).await;
        answer(&desk, *all.difference(&with_chat).next().expect("the last mail"), "We do.").await;
        let [sent] = timeout(SOON, sales.wait_for(1)).await.expect("another server is asked").try_into().unwrap();
        assert_eq!(sent.to, ["sofie@post.example"]);
        assert_eq!((silent.begun(), silent.taken().len()), (4, 0), "so many of a channel are under way at most");
    }
}
