//! Who is seen typing and looking, on both sides.

use resolute::store::conversation_counts;
use serde_json::json;

use super::much_happens;
use crate::support::cast::Cast;
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::widget::talk::conversations;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_types_is_seen_typing_and_whoever_looks_is_seen_looking() {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let chat = Chat::of(&desk).await;
    let token = chat.begin(&desk, &json!({})).await;
    let (mut line, _) = chat.join(&desk, &token, 0).await;
    line.send(&message(1, "Hello?")).await;
    let seq = line.next_of("message").await["seq"].as_i64().unwrap();
    let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
    let mut browser = desk.browser().await;

    assert_eq!(browser.get(&format!("/conversations/{number}?view=all")).await.unwrap().status, 200);
    let seen = line.next_of("seen").await["seq"].as_i64().unwrap();
    assert!(seen > seq);
    much_happens(&desk, number).await;
    let (_, joined) = chat.join(&desk, &token, 0).await;
    assert_eq!(joined["state"]["seen"], seen, "whoever comes back is told the same");

    let kept = format!("/conversations/{number}/draft-text");
    assert_eq!(send(&mut browser, &kept, &[("body", "Let me lo")]).await.status, 200);
    let typing = line.next_of("typing").await;
    assert_eq!((typing["who"].as_str(), typing["name"].as_str()), (Some("person"), Some("Mara")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_the_page_is_open_is_seen_too() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("message").await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let mut browser = desk.browser().await;
        taken(&mut browser, &format!("/conversations/{number}/followers"), &[("back", "/inbox")]).await;
        page(&mut browser, &format!("/conversations/{number}?view=all")).await;
        line.next_of("seen").await;

        line.send(&message(2, "Are you there?")).await;
        let seq = line.next_of("message").await["seq"].as_i64().unwrap();
        let unread = async || {
            let told = conversation_counts::numbers(&desk.desk.db, desk.setup.teammate).await.unwrap().unread;
            (desk.talk(number).await.unread, told)
        };
        assert_eq!(unread().await, (true, 1), "the follower is told");
        let presence = format!("/conversations/{number}/presence");
        assert_eq!(send(&mut browser, &presence, &[("gone", "1")]).await.status, 204);
        let drawn = drawn_on(&page(&mut browser, &format!("/conversations/{number}/timeline")).await);
        let [.., first, last] = drawn.as_slice() else { panic!("two messages: {drawn:?}") };
        assert_eq!(unread().await, (true, 1), "a page that nobody has before them has seen nothing");
        let nothing: &[(&str, &str)] = &[];
        for before in [nothing, &[("seen", first.as_str())]] {
            assert_eq!(send(&mut browser, &presence, before).await.status, 204);
            assert_eq!(unread().await, (true, 1), "no further than it is said: {before:?}");
        }

        for _ in 0..2 {
            assert_eq!(send(&mut browser, &presence, &[("seen", last.as_str())]).await.status, 204);
        }
        assert!(line.next_of("seen").await["seq"].as_i64().unwrap() > seq);
        assert_eq!(unread().await, (false, 0));
        let timeline = desk.timeline(number).await;
        assert_eq!(timeline.matches("s seen by").count(), 2, "what is seen is not noted again: {timeline}");
    }
}

/// The numbers of the messages on a page, in its order.
fn drawn_on(page: &str) -> Vec<String> {
    page.split("data-seq=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_made_up_marks_nothing_that_is_still_to_come() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("message").await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let mut browser = desk.browser().await;
        let presence = format!("/conversations/{number}/presence");
        let drawn = drawn_on(&page(&mut browser, &format!("/conversations/{number}/timeline")).await);
        let far = i64::MAX.to_string();
        assert_eq!(send(&mut browser, &presence, &[("seen", far.as_str())]).await.status, 204);
        let seen = line.next_of("seen").await["seq"].as_i64().unwrap();
        assert!(!desk.talk(number).await.unread);

        line.send(&message(2, "Are you there?")).await;
        assert!(
            line.next_of("message").await["seq"].as_i64().unwrap() > seen,
            "the customer is not told that it is seen"
        );
        assert_eq!(send(&mut browser, &presence, &[("seen", drawn.last().unwrap().as_str())]).await.status, 204);
        assert!(desk.talk(number).await.unread);
        for wrong in ["-1", "0"] {
            assert_eq!(send(&mut browser, &presence, &[("seen", wrong)]).await.status, 204);
        }
        assert!(desk.talk(number).await.unread);
        let refused = send(&mut browser, &presence, &[("seen", "newest")]).await;
        assert!((400..500).contains(&refused.status), "{}", refused.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_runs_script_is_seen_when_it_says_so_and_not_when_it_is_asked_for() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    let session = resolute::web::guard::sign_in(&desk.desk, desk.setup.teammate).await.unwrap();
    let cookie = format!("{}={}", session.name(), session.value());
    for (more, unread) in [("; resolute_script=1", true), ("", false)] {
        let mut browser = desk.client().with("cookie", &format!("{cookie}{more}"));
        page(&mut browser, "/conversations/7?view=all").await;
        assert_eq!(desk.talk(7).await.unread, unread, "{more}");
    }
}
