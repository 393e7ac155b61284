//! The whole path on each platform: a customer writes, the agent drafts, a teammate approves on the page, the reply leaves
//! once, and what the platform tells of it is shown.

use std::time::Duration;

use resolute::model::brand::AgentLevel;
use resolute::model::channel::ChannelState;
use serde_json::json;

use crate::mail_path::{last_message, waiting};
use crate::market_orders::order_of;
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, taken};
use crate::support::platforms::READ_ALONE;
use crate::support::stand::{QUESTION, Stand};

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_whatsapp_is_answered_and_read() {
    Box::pin(whole("whatsapp")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_messenger_is_answered_and_read() {
    Box::pin(whole("messenger")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_instagram_is_answered_and_read() {
    Box::pin(whole("instagram")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_telegram_is_answered() {
    Box::pin(whole("telegram")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_line_is_answered() {
    Box::pin(whole("line")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_by_text_message_is_answered_and_arrives() {
    Box::pin(whole("sms")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_at_messagebird_is_read_and_its_answer_refused_before_it_is_stored() {
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[READ_ALONE]).await;
        let number = stand.asks(stand.line(), 1, QUESTION).await;
        let mut browser = stand.desk.browser().await;
        let shown = page(&mut browser, &format!("/conversations/{number}")).await;
        assert!(shown.contains(QUESTION), "{shown}");
        let path = format!("/api/v1/conversations/{number}/messages");
        let refused = stand.desk.api().post_json(&path, &json!({ "body": "It left on Saturday." })).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains("is only read"), "{}", refused.text());
        let talk = stand.desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        assert_eq!(talk["messages"].as_array().map(Vec::len), Some(1), "{talk}");
        assert_eq!(
            stand.channel(stand.line()).await.state,
            ChannelState::Connected,
            "nothing is wrong with the number"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_ebay_is_answered_and_read() {
    Box::pin(whole("ebay")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_a_marketplace_is_answered() {
    Box::pin(whole("mirakl")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_amazon_is_answered() {
    Box::pin(whole("amazon")).await;
}

async fn whole(name: &'static str) {
    for engine in Engine::all() {
        let wish = Wish { agent_level: AgentLevel::Approve, may_leave_work: true, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &[name]).await;
        let (desk, line) = (&stand.desk, stand.line());
        if name == "mirakl" {
            // What the marketplace names is read there: without it a person would answer.
            stand.connects_again(line).await;
            stand.platforms.together.mirakl().put_order(order_of("FJ-1-A", "0034"));
        }
        let number = stand.asks(line, 1, QUESTION).await;
        let approval = waiting(desk).await;
        assert!(stand.platforms.sent(line).is_empty(), "{name}: nothing leaves unseen");

        let mut browser = desk.browser().await;
        let shown = page(&mut browser, &format!("/approvals/{approval}")).await;
        assert!(shown.contains(QUESTION), "{name}: {shown}");
        taken(&mut browser, &format!("/approvals/{approval}/acceptance"), &[("back", "/approvals")]).await;
        stand.pass(Duration::from_mins(1)).await;
        let reply = last_message(desk, number).await;
        assert_eq!(reply["delivery"], "sent", "{name}: {reply}");
        let sent = stand.platforms.sent(line);
        assert_eq!(sent.len(), 1, "{name}: {sent:?}");
        let text = reply["body"].as_str().unwrap();
        let first = text.lines().find(|words| words.len() > 20).expect("a reply says something");
        assert!(sent[0].contains(first), "{name}: {sent:?} is not {text}");

        let can = desk.desk.connections.get(line.channel).await.unwrap().adapter.capabilities();
        for (word, is_promised) in [("delivered", can.delivered_receipts), ("read", can.read_receipts)] {
            assert_eq!(stand.hears(line, 0, word).await, is_promised, "{name}: {word}");
            if is_promised {
                assert_eq!(last_message(desk, number).await["delivery"], word, "{name}");
                let shown = page(&mut browser, &format!("/conversations/{number}")).await;
                assert!(shown.contains(&format!(" {word}</span>")), "{name}: {word} in {shown}");
            }
        }
        stand.pass(Duration::from_hours(2)).await;
        assert_eq!(stand.platforms.sent(line).len(), 1, "{name}: it left once");
        assert_eq!(
            desk.api_get("/api/v1/conversations/count").await["count"],
            1,
            "{name}: it is no message of its own"
        );
    }
}
