//! Who writes to the mailbox of a channel on Amazon and is no buyer: nothing reaches them there, and that is known before.

use std::time::Duration;

use resolute::model::answer_times::{AnswerTimes, AwayReply};
use resolute::model::hours::{Hours, read_day};
use resolute::model::message::MessageAuthor;
use resolute::store::{answer_times, messages};
use serde_json::json;

use crate::support::desk::{Engine, MONDAY, Wish};
use crate::support::forms::page;
use crate::support::platforms::handed_on;
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::write;

const STRANGERS_MAIL: &str = "From: Ann Berg <ann@post.example>\r\nTo: amazon@fjord.example\r\nSubject: Hello\r\n\
                              Message-ID: <a1@post.example>\r\nDate: Mon, 23 Nov 2026 20:00:00 +0000\r\n\r\n\
                              Can you help me?\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_buyer_is_not_answered_on_amazon_by_anybody() {
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["amazon"]).await;
        let (line, desk) = (stand.line(), &stand.desk);
        let times = AnswerTimes {
            hours: Hours { week: vec![read_day("9-17").unwrap(); 7], closed: Vec::new() },
            away: AwayReply { on: true, text: "We are back {{ back }}.".into() },
            ..AnswerTimes::default()
        };
        write(&desk.desk.db, async |tx| answer_times::save(tx, desk.setup.brand, &times, MONDAY).await).await;
        stand.pass(Duration::from_hours(12)).await;
        let buyer = stand.asks(line, 1, QUESTION).await;
        stand.pass(Duration::from_mins(1)).await;
        stand.push(&line.path, &handed_on(line, STRANGERS_MAIL.into())).await;
        desk.drain().await;
        let stranger = desk.newest().await.number;
        assert_ne!(stranger, buyer);
        stand.pass(Duration::from_mins(2)).await;
        for (number, told) in [(buyer, 1), (stranger, 0)] {
            let all = messages::list(&desk.desk.db, desk.talk(number).await.id, 50).await.unwrap();
            let by_itself = all.iter().filter(|message| message.author == MessageAuthor::System).count();
            assert_eq!(by_itself, told, "{number}: a word that cannot leave is not made");
        }

        let answer = json!({ "body": "We look into it." });
        let api = |number: i64| format!("/api/v1/conversations/{number}/messages");
        let refused = desk.api().post_json(&api(stranger), &answer).await.unwrap();
        assert_eq!(refused.status, 422, "{}", refused.text());
        let words = refused.json()["error"].as_str().unwrap().to_owned();
        assert!(words.starts_with("Amazon passes on replies to buyers alone"), "{words}");
        assert_eq!(desk.api().post_json(&api(buyer), &answer).await.unwrap().status, 201);

        let mut browser = desk.browser().await;
        let closed = ["Nothing can be answered here.", "disabled title=\"Nothing can leave here now\""];
        let shown = page(&mut browser, &format!("/conversations/{stranger}?view=all")).await;
        assert!(closed.iter().all(|words| shown.contains(words)), "{shown}");
        assert!(shown.contains("Answer from another mailbox"), "{shown}");
        let shown = page(&mut browser, &format!("/conversations/{buyer}?view=all")).await;
        assert!(!closed.iter().any(|words| shown.contains(words)), "{shown}");
    }
}
