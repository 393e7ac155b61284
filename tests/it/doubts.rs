//! A teammate who writes what nothing in the case says is warned, and may send it.

use resolute::model::message::Direction;
use resolute::store::messages;
use serde_json::json;
use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};

use crate::context::{self, linked, order};
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, send};

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_what_nothing_in_the_case_says_is_warned_and_may_send_it() {
    for engine in Engine::all() {
        let (desk, shop, row) = context::desk_with(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let found = ResponseTemplate::new(200).set_body_json(order("open"));
        Mock::given(path("/orders/ord_1")).respond_with(found).mount(&shop).await;
        let mut browser = desk.browser().await;
        let keeps = "/conversations/7/draft-text";
        let before = send(&mut browser, keeps, &[("body", "It was sent.")]).await.json();
        assert_eq!(before["doubts"], "", "without an order there is nothing to hold it against");
        linked(&desk, &row).await;
        for (body, doubts) in [
            ("Your order FJ-20417 over 12.50 EUR has not left us.", ""),
            ("Your order FJ-20418 is packed.", "Nothing in this case says “FJ-20418”."),
            ("You get 45.00 EUR. It was sent.", "Nothing in this case says “45.00 EUR” or “was sent”."),
            (" ", ""),
        ] {
            assert_eq!(send(&mut browser, keeps, &[("body", body)]).await.json()["doubts"], json!(doubts), "{body}");
        }
        let body = "Your order FJ-20418 is packed.";
        assert_eq!(send(&mut browser, keeps, &[("body", body)]).await.status, 200);
        let shown = page(&mut browser, "/conversations/7").await;
        assert!(shown.contains(">Nothing in this case says “FJ-20418”.</p>"), "{shown}");
        let answer = send(&mut browser, "/conversations/7/messages", &[("body", body), ("back", "/inbox")]).await;
        assert_eq!(answer.header("location"), Some("/inbox"), "{}", answer.text());
        let sent = messages::list(&desk.desk.db, desk.talk(7).await.id, 9).await.unwrap().pop().unwrap();
        assert_eq!((sent.direction, sent.body.as_str()), (Direction::Outbound, body));
    }
}
