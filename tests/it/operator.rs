//! The operator of a marketplace in a case: never who buys, and answered where they are written to.

use std::time::Duration;

use platform_doubles::mirakl::{Mirakl, Who};
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::store::{messages, people};
use serde_json::{Value, json};

use crate::mail_path::{answer, last_message, receive, sofies_mail};
use crate::market_orders::order_of;
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, said, send, taken, values_of};
use crate::support::http::Answer;
use crate::support::stand::Stand;

const ANN: (&str, &str) = ("c-17", "Ann Berg");
const OLE: &str = "Ole (operator of the marketplace)";
const ORDER: &str = "FJ-9-A";

/// A desk on a marketplace, where a thread about an order is open.
struct Case {
    stand: Stand,
    thread: String,
}

impl Case {
    async fn new(engine: Engine) -> Self {
        let wish = Wish { agent_level: AgentLevel::Off, may_leave_work: true, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &["mirakl"]).await;
        stand.connects_again(stand.line()).await;
        let market = stand.platforms.together.mirakl();
        market.put_order(order_of(ORDER, "0034-9"));
        let thread = market.open(ORDER, ANN);
        Self { stand, thread }
    }

    fn market(&self) -> &Mirakl {
        self.stand.platforms.together.mirakl()
    }

    /// Somebody writes at the marketplace, and the desk reads it.
    async fn hears(&self, who: Who, text: &str) {
        self.stand.pass(Duration::from_secs(10)).await;
        self.market().says(&self.thread, who, text, &[]);
        self.stand.look(self.stand.line()).await;
        self.stand.desk.drain().await;
    }

    async fn talk(&self) -> Conversation {
        self.stand.desk.newest().await
    }

    async fn shown(&self) -> String {
        let path = format!("/conversations/{}?view=all", self.talk().await.number);
        page(&mut self.stand.desk.browser().await, &path).await
    }

    /// A teammate answers by the form, with what its buttons carry.
    async fn answers(&self, text: &str, audiences: &[&str]) -> Answer {
        let channel = self.stand.line().channel.to_string();
        let mut fields = vec![("channel", channel.as_str()), ("body", text), ("back", "/inbox")];
        fields.extend(audiences.iter().map(|audience| ("audience", *audience)));
        let path = format!("/conversations/{}/messages", self.talk().await.number);
        send(&mut self.stand.desk.browser().await, &path, &fields).await
    }

    async fn posts(&self, body: &Value) -> Answer {
        let path = format!("/api/v1/conversations/{}/messages", self.talk().await.number);
        self.stand.desk.api().post_json(&path, body).await.unwrap()
    }

    /// Who reads the last reply, once it has left.
    async fn readers(&self) -> Vec<String> {
        self.stand.pass(Duration::from_mins(1)).await;
        self.market().taken().pop().expect("a reply").to
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_the_operator_began_is_its_customers_and_they_are_answered() {
    for engine in Engine::all() {
        for began in [Who::OperatorToShop, Who::Operator] {
            let case = Case::new(engine).await;
            case.hears(began, "Please help this customer.").await;
            let first = case.talk().await;
            assert_eq!(first.contact_name, OLE);
            let readers: &[&str] = if began == Who::Operator { &["CUSTOMER", "OPERATOR"] } else { &["OPERATOR"] };
            answer(&case.stand.desk, first.number, "We look into it.").await;
            assert_eq!(case.readers().await, readers, "who heard the question");

            case.hears(Who::Customer, "Where is my cup?").await;
            let talk = case.talk().await;
            assert_eq!((talk.number, talk.contact_name.as_str()), (first.number, ANN.1));
            answer(&case.stand.desk, talk.number, "It left today.").await;
            assert_eq!(case.readers().await, ["CUSTOMER"], "{engine:?}");
            case.hears(Who::OperatorToShop, "Is it done?").await;
            assert_eq!(case.talk().await.contact_name, ANN.1, "it stays hers");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_alone_is_told_at_the_marketplace_answers_no_customer() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        let before = case.talk().await;
        assert!(before.due_at.is_some() && before.status == ConversationStatus::Open);
        case.hears(Who::ShopToOperator, "Is this customer known to you?").await;
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status, after.revision), (before.due_at, before.status, before.revision));
        assert_eq!(last_message(&case.stand.desk, after.number).await["aside"], true);
        assert!(case.shown().await.contains("Not seen by the customer"));

        case.hears(Who::ShopToBoth, "It left today.").await;
        let answered = case.talk().await;
        assert_eq!((answered.due_at, answered.status), (None, ConversationStatus::Waiting));
        assert_eq!(last_message(&case.stand.desk, answered.number).await["aside"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_reply_is_shown_and_chosen() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        assert!(values_of(&case.shown().await, "audience").is_empty(), "there is nobody else");
        case.hears(Who::OperatorToShop, "Refund her, she is known for fraud.").await;
        let shown = case.shown().await;
        assert!(shown.contains(&format!("A reply goes to Ann Berg on a marketplace, and not to {OLE}")), "{shown}");
        assert_eq!(values_of(&shown, "audience"), ["customer", "operator", "both"]);

        let before = case.talk().await;
        assert_eq!(said(&case.answers("We look into it.", &["customer", "operator"]).await), "");
        assert_eq!(case.readers().await, ["OPERATOR"]);
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status, after.revision), (before.due_at, before.status, before.revision));
        assert_eq!(said(&case.answers("We send a new one.", &["customer", "both"]).await), "");
        assert_eq!(case.readers().await, ["CUSTOMER", "OPERATOR"]);
        assert_eq!(case.talk().await.status, ConversationStatus::Waiting);

        case.hears(Who::Operator, "We have talked to her.").await;
        let shown = case.shown().await;
        assert!(shown.contains(&format!("A reply goes to Ann Berg and {OLE} on a marketplace.")), "{shown}");
        assert_eq!(values_of(&shown, "audience"), ["both", "customer", "operator"]);
        assert_eq!(case.posts(&json!({ "body": "Thank you both." })).await.status, 201);
        assert_eq!(case.readers().await, ["CUSTOMER", "OPERATOR"], "as it is shown");
        for (audience, readers) in [("customer", "CUSTOMER"), ("operator", "OPERATOR")] {
            let body = json!({ "body": format!("For the {audience}."), "audience": audience });
            assert_eq!(case.posts(&body).await.status, 201);
            assert_eq!(case.readers().await, [readers]);
        }
        let unknown = case.posts(&json!({ "body": "For whom?", "audience": "nobody" })).await;
        assert!(unknown.status == 400 && unknown.text().contains("`operator`"), "{}", unknown.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_to_the_operator_that_is_taken_back_leaves_the_case_as_it_is() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        case.hears(Who::OperatorToShop, "Is it known to you?").await;
        assert_eq!(said(&case.answers("It left today.", &["customer"]).await), "");
        case.stand.pass(Duration::from_mins(1)).await;
        let before = case.talk().await;
        assert_eq!(before.status, ConversationStatus::Waiting);
        assert_eq!(said(&case.answers("We look into it.", &["operator"]).await), "");
        let id = last_message(&case.stand.desk, before.number).await["id"].as_str().unwrap().to_owned();
        let mut browser = case.stand.desk.browser().await;
        taken(&mut browser, &format!("/messages/{id}/cancellation"), &[("back", "/inbox")]).await;
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status), (None, ConversationStatus::Waiting), "she has her answer still");
        case.stand.pass(Duration::from_mins(1)).await;
        assert_eq!(case.market().taken().len(), 1, "and nothing has left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_chooses_an_operator_where_none_takes_part() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let number = receive(&case.stand.desk, &sofies_mail()).await;
        let refused = case.posts(&json!({ "body": "It left.", "audience": "operator" })).await;
        assert!(refused.status == 409 && refused.text().contains("Nothing was sent"), "{}", refused.text());
        assert_eq!(case.posts(&json!({ "body": "It left.", "audience": "customer" })).await.status, 201);
        assert_eq!(last_message(&case.stand.desk, number).await["body"], "It left.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_operator_writes_about_makes_them_nobody_who_buys() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::OperatorToShop, "Please help this customer.").await;
        case.hears(Who::Customer, "Where is my cup?").await;
        case.hears(Who::Operator, "We look into it.").await;
        let talk = case.talk().await;
        let shown = case.stand.desk.api_get(&format!("/api/v1/conversations/{}", talk.number)).await;
        assert_eq!(shown["orders"][0]["order"]["number"], ORDER, "it is read all the same");
        let db = &case.stand.desk.desk.db;
        assert!(people::list_lookalikes(db, talk.contact_id).await.unwrap().is_empty(), "{engine:?}");
        let said = messages::list(db, talk.id, 9).await.unwrap();
        let ole = said.iter().find(|message| message.sender_name == OLE).and_then(|message| message.contact_id);
        assert!(people::list_lookalikes(db, ole.unwrap()).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_wrote_to_the_shop_alone_was_not_said_to_the_customer() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        case.hears(Who::OperatorToShop, "She has order FJ-20417 with another shop, too.").await;
        case.hears(Who::ShopToOperator, "Thank you, FJ-20417 is not ours.").await;
        let reply = "It is not in the parcel of FJ-20417.";
        let refused = said(&case.answers(reply, &["customer"]).await);
        assert!(refused.contains("hears only what was said there") && refused.contains("FJ-20417"), "{refused}");
        case.hears(Who::Operator, "Is it about order FJ-20417?").await;
        assert_eq!(said(&case.answers(reply, &["customer"]).await), "", "now she has heard of it");
    }
}
