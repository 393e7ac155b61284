//! The operator of a marketplace in a case: never who buys, and answered where they are written to.

use std::time::Duration;

use platform_doubles::mirakl::{Mirakl, Who};
use platform_doubles::{Fault, Response};
use resolute::model::brand::AgentLevel;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::store::{messages, people};
use serde_json::{Value, json};

use crate::mail_path::{answer, last_message, receive, sofies_mail};
use crate::market_orders::order_of;
use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, said, send, taken, value_of, values_of};
use crate::support::http::Answer;
use crate::support::platforms::Trouble;
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
        if matches!(who, Who::ShopToOperator | Who::ShopToBoth) {
            // What the shop wrote there rests until the desk knows its own.
            self.stand.pass(Duration::from_mins(15)).await;
        }
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
        let audiences: Vec<_> = audiences.iter().map(|audience| ("audience", *audience)).collect();
        self.sends(text, &audiences).await
    }

    /// The same with whatever else stands in the form.
    async fn sends(&self, text: &str, more: &[(&str, &str)]) -> Answer {
        let channel = self.stand.line().channel.to_string();
        let mut fields = vec![("channel", channel.as_str()), ("body", text), ("back", "/inbox")];
        fields.extend(more);
        let path = format!("/conversations/{}/messages", self.talk().await.number);
        send(&mut self.stand.desk.browser().await, &path, &fields).await
    }

    async fn posts(&self, body: &Value) -> Answer {
        let path = format!("/api/v1/conversations/{}/messages", self.talk().await.number);
        self.stand.desk.api().post_json(&path, body).await.unwrap()
    }

    /// The marketplace refuses the next reply.
    fn refuses(&self) {
        let refusal = Fault::Answer(Response::json(400, &json!({ "message": "Not so." })));
        assert!(self.stand.platforms.together.misbehave("mirakl", "POST", "/message", refusal, 1));
    }

    /// A form about the last message, by which a teammate does something with it.
    async fn does(&self, what: &str) {
        let id = last_message(&self.stand.desk, self.talk().await.number).await["id"].as_str().unwrap().to_owned();
        let mut browser = self.stand.desk.browser().await;
        taken(&mut browser, &format!("/messages/{id}/{what}"), &[("back", "/inbox")]).await;
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
async fn customers_stay_who_they_are_whatever_is_typed_of_their_marketplace() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        let before = case.talk().await;
        let line = case.stand.line();
        let asked = page(&mut case.stand.desk.browser().await, &format!("/channels/{}", line.channel)).await;
        assert!(asked.contains("name=\"marketplace\"") && !asked.contains("name=\"operator\""), "{asked}");
        case.stand.connects_with(line, &[("operator", "Empik"), ("marketplace", "Empik")]).await;
        answer(&case.stand.desk, before.number, "It left today.").await;
        assert_eq!(case.readers().await, ["CUSTOMER"], "{engine:?}");

        case.hears(Who::Customer, "Thank you.").await;
        let after = case.talk().await;
        assert_eq!((after.number, after.contact_id), (before.number, before.contact_id));
        let said = messages::list(&case.stand.desk.desk.db, after.id, 9).await.unwrap();
        let writers: Vec<_> = said.iter().filter_map(|message| message.contact_id).collect();
        assert!(writers.len() > 1 && writers.iter().all(|writer| *writer == before.contact_id), "{writers:?}");
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
        case.does("cancellation").await;
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status), (None, ConversationStatus::Waiting), "she has her answer still");
        assert_eq!(after.revision, before.revision, "what waits for her rests on nothing else");
        let shown = case.shown().await;
        assert_eq!(
            values_of(&shown, "audience"),
            ["operator", "customer", "both"],
            "it is for the operator still: {shown}"
        );
        assert!(shown.contains(&format!("This reply goes to {OLE} on a marketplace, and not to Ann Berg")), "{shown}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_word_to_the_operator_that_fails_touches_no_clock_and_sent_again_answers_nobody() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        case.hears(Who::OperatorToShop, "Is it known to you?").await;
        let before = case.talk().await;
        case.refuses();
        assert_eq!(said(&case.answers("We look into it.", &["operator"]).await), "");
        case.stand.pass(Duration::from_secs(10)).await;
        assert_eq!(last_message(&case.stand.desk, before.number).await["delivery"], "failed");
        case.does("attempts").await;
        assert_eq!(case.readers().await, ["OPERATOR"]);
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status), (before.due_at, ConversationStatus::Open), "she has heard nothing");

        case.refuses();
        assert_eq!(said(&case.answers("It is one of ours.", &["operator"]).await), "");
        assert_eq!(said(&case.answers("It left today.", &["customer"]).await), "");
        case.stand.pass(Duration::from_secs(10)).await;
        assert_eq!(case.readers().await, ["CUSTOMER"]);
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status), (None, ConversationStatus::Waiting), "she has her answer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_was_ended_with_a_word_to_the_operator_is_open_once_that_is_taken_back() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        case.hears(Who::OperatorToShop, "Is it known to you?").await;
        let before = case.talk().await;
        let ends = [("audience", "operator"), ("then", "resolve")];
        assert_eq!(said(&case.sends("We look into it.", &ends).await), "");
        assert_eq!(case.talk().await.status, ConversationStatus::Resolved);
        case.does("cancellation").await;
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status), (before.due_at, ConversationStatus::Open), "she waits as before");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_a_reply_is_settled_when_it_is_asked_for() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let put_off = || assert!(case.stand.platforms.misbehave(case.stand.line(), Trouble::Limited));
        case.hears(Who::OperatorToShop, "Refund her, she is known for fraud.").await;
        put_off();
        answer(&case.stand.desk, case.talk().await.number, "We refund nothing.").await;
        case.hears(Who::Customer, "Where is my cup?").await;
        let hers = case.talk().await;
        assert_eq!(hers.contact_name, ANN.1);
        assert_eq!(case.readers().await, ["OPERATOR"], "who was answered");
        let after = case.talk().await;
        assert_eq!((after.due_at, after.status), (hers.due_at, ConversationStatus::Open), "nobody has answered her");

        put_off();
        answer(&case.stand.desk, hers.number, "It left today.").await;
        case.hears(Who::Operator, "We have talked to her.").await;
        assert_eq!(case.readers().await, ["CUSTOMER"], "it was for her");
        put_off();
        answer(&case.stand.desk, hers.number, "Thank you both.").await;
        case.hears(Who::Customer, "Is it on its way?").await;
        assert_eq!(case.readers().await, ["CUSTOMER", "OPERATOR"], "it was for both");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_drawn_for_others_sends_nothing() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::OperatorToShop, "She is known for fraud.").await;
        for (who, text) in [(Who::Customer, "Where is my cup?"), (Who::OperatorToShop, "Well?")] {
            let parties = value_of(&case.shown().await, "parties");
            case.hears(who, text).await;
            let refused = said(&case.sends("We know her.", &[("parties", parties.as_str())]).await);
            // The operator was there before.
            if who == Who::OperatorToShop {
                assert_eq!(refused, "");
                continue;
            }
            assert!(refused.contains("Who takes part in this case has changed"), "{refused}");
            let shown = case.shown().await;
            assert!(
                shown.contains("We know her.</textarea>") && shown.contains("Send to the operator alone"),
                "{shown}"
            );
            let drawn_for = shown.split("data-readers=\"").skip(1).filter_map(|rest| rest.split('"').next());
            let drawn_for: Vec<&str> = drawn_for.collect();
            assert!(matches!(drawn_for.as_slice(), [head, composer] if head == composer), "{drawn_for:?}");
            assert_ne!(value_of(&shown, "parties"), parties, "the next form is for her");
        }
        assert_eq!(case.readers().await, ["CUSTOMER"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_while_sending_comes_back_with_a_page_that_is_drawn_anew() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.hears(Who::Customer, "Where is my cup?").await;
        case.hears(Who::OperatorToShop, "Is it known to you?").await;
        let seen = value_of(&case.shown().await, "seen");
        let number = case.talk().await.number;
        answer(&case.stand.desk, number, "It left today.").await;
        let chosen = [("seen", seen.as_str()), ("audience", "customer"), ("audience", "operator")];
        let asked = case.sends("We look into it.", &chosen).await;
        let there = asked.header("location").expect("a page").to_owned();
        let there = there.strip_suffix("#composer").expect("the composer");
        assert!(there.contains("overtaken=1"), "{there}");
        let shown = page(&mut case.stand.desk.browser().await, there).await;
        assert!(shown.contains("Send all the same to the operator alone"), "{shown}");
        let readers = values_of(&shown, "audience");
        assert_eq!(readers, ["operator", "customer", "both"]);
        let seen = value_of(&shown, "seen");
        let all_the_same = [("seen", seen.as_str()), ("audience", readers[0].as_str())];
        assert_eq!(said(&case.sends("We look into it.", &all_the_same).await), "");
        case.stand.pass(Duration::from_secs(10)).await;
        assert_eq!(case.readers().await, ["OPERATOR"]);
        assert_eq!(values_of(&case.shown().await, "audience")[0], "customer", "the next one is chosen anew");
    }
}
