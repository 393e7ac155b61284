//! An engine may word what it likes: what is false or not proven is left out, and nothing of it goes out alone.

use std::sync::Arc;

use async_trait::async_trait;
use resolute::agent::{Brief, BuiltIn, Engine, EngineError, Mode, Outcome, Reading, Snapshot, Written};
use resolute::model::agent_run::EngineKind;
use resolute::voice::templates::lines;
use resolute::voice::{ChannelVoice, LocaleVoice, Voice};

use super::fixture::on_its_way;
use super::{Case, Reply};

/// Reads like the built-in engine and writes what it is told to.
struct Teller(String);

#[async_trait]
impl Engine for Teller {
    fn kind(&self) -> EngineKind {
        EngineKind::Llm
    }

    async fn understand(&self, snapshot: &Snapshot) -> Result<Reading, EngineError> {
        BuiltIn.understand(snapshot).await
    }

    async fn write(&self, _: &Brief<'_>) -> Result<Written, EngineError> {
        Ok(Written { lines: lines(&self.0), language: "en".into(), ..Written::default() })
    }
}

fn asked() -> Case {
    Case::mail("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)])
}

fn told(text: &str) -> Reply {
    Reply::of(asked().run_with(&Teller(text.to_owned())))
}

#[test]
fn true_sentences_stay() {
    for text in [
        "Your order PC-1001 left on Saturday with Nordpost. [[order parcel]]",
        "It was last scanned in Hamburg on 22 November. [[parcel]]",
        "You paid 24.80 EUR for it. [[order]]",
        "It is due by Wednesday 25 November. [[parcel]]",
        "The parcel has not been delivered yet. [[parcel]]",
        "You can return it within 30 days. [[policy.returns]]",
        "Happy to help, Sam.",
        "Would you like a refund?",
    ] {
        let reply = told(text);
        assert_eq!(reply.left_out(), [], "{text}");
        assert_eq!(reply.mode, Mode::Send, "{text}");
    }
}

#[test]
fn false_sentences_are_left_out() {
    for text in [
        "It arrives on Tuesday. [[parcel]]",
        "It will arrive tomorrow. [[parcel]]",
        "It left on Friday 21 November. [[parcel]]",
        "It left on 20 November. [[parcel]]",
        "Your parcel was delivered. [[parcel]]",
        "Your parcel has not left us yet. [[parcel]]",
        "I have refunded 24.80 EUR. [[order]]",
        "I have refunded it.",
        "Your refund is on its way. [[order]]",
        "You paid 42.00 EUR. [[order]]",
        "You paid 24.80 USD. [[order]]",
        "Your order PC-1002 left on Saturday. [[order parcel]]",
        "It is with Fastship. [[parcel]]",
        "It was scanned in Munich. [[parcel]]",
        "Follow it at https://evil.example/PC-1001 [[parcel]]",
        "Follow it at https://nordpost.example/PC-1001/evil [[parcel]]",
        "Write to boss@evil.example for more. [[parcel]]",
        "The tracking number is NP999999999. [[parcel]]",
        "You can return it within 60 days. [[policy.returns]]",
        "You can return it within three days. [[policy.returns]]",
        "We pay the parcel back. [[policy.returns]]",
        "You get a discount for the trouble. [[policy.late]]",
        "I guarantee that it comes in time. [[parcel]]",
        "I have cancelled your order. [[order]]",
        "I have sent you a new one, so please wait. [[action]]",
        "You can keep it. [[parcel]]",
        "It is 3 days late. [[parcel]]",
        "Thanks, Robert.",
        "It left on Saturday 21 November with Nordpost.",
        "It comes next week. [[parcel]]",
        "It comes on 2026-11-24. [[parcel]]",
    ] {
        let reply = told(&format!("{text}\nHappy to help."));
        assert_eq!(reply.left_out().len(), 1, "{text}");
        assert!(reply.draft.checks.iter().any(|check| check.problem.is_some()), "{text}");
        assert!(matches!(reply.mode, Mode::Approve(_)), "{text}");
        assert!(!reply.text.contains(text.split(" [[").next().unwrap()), "{text}");
    }
}

#[test]
fn a_reply_of_which_nothing_holds_is_a_hand_over() {
    let mut chat = asked();
    chat.snapshot.capabilities.subject = false;
    for case in [asked(), chat] {
        let result = case.run_with(&Teller("It arrives on Tuesday. [[parcel]]\nYou paid 42.00 EUR.".to_owned()));
        let Outcome::HandOff { reason, .. } = &result.outcome else { panic!("{:?}", result.outcome) };
        assert_eq!(reason, "Nothing in the reply could be proven.");
        assert!(result.notice.is_some(), "the customer is told that a person looks");
    }
}

#[test]
fn the_checks_have_their_names_and_say_what_failed() {
    let reply = told("It left on Saturday. [[parcel]]\nIt arrives on Tuesday. [[parcel]]");
    let names: Vec<&str> = reply.draft.checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names[..6], ["Amounts", "Dates", "Order", "Identity", "Policy", "Channel rules"]);
    assert!(names[6].starts_with("Voice "), "{names:?}");
    let left_out = reply.left_out();
    assert_eq!(left_out, [("It arrives on Tuesday.", "“Tuesday”: the source does not say so.")]);
    assert_eq!(reply.text, "Hi Sam,\n\nIt left on Saturday.\n\nBest wishes, Ida");
}

#[test]
fn that_a_machine_writes_is_said_where_the_brand_wants_it() {
    let mut case = Case::mail("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    let is_said = |case: &Case| case.reply().text.ends_with("\n\nWritten by the assistant of Pinecone.");
    assert!(!is_said(&case));
    Arc::make_mut(&mut case.snapshot.voice).disclosure = "Written by the assistant of {brand}.".into();
    assert!(is_said(&case), "{}", case.reply().text);
    let Outcome::Reply { disclosure, .. } = case.run().outcome else { panic!("a reply") };
    assert_eq!(disclosure.as_deref(), Some("Written by the assistant of Pinecone."));
    case.snapshot.conversation.channel_kind = "amazon".into();
    assert!(!is_said(&case), "the rules of a marketplace are narrow");
    Arc::make_mut(&mut case.snapshot.voice).disclose_on_marketplaces = true;
    assert!(is_said(&case));
}

#[test]
fn that_a_machine_writes_is_said_where_it_tells_that_a_person_looks() {
    for mut case in [Case::mail("Where is my order?", vec![]), Case::chat("Where is my order?", vec![])] {
        let told = |case: &Case| case.run_with(&Broken).notice.expect("the customer is told that a person looks");
        assert!(!told(&case).contains("Written by"));
        Arc::make_mut(&mut case.snapshot.voice).disclosure = "Written by the assistant of {brand}.".into();
        assert!(told(&case).ends_with("\n\nWritten by the assistant of Pinecone."), "{}", told(&case));
        case.snapshot.conversation.channel_kind = "amazon".into();
        assert!(!told(&case).contains("Written by"), "the rules of a marketplace are narrow");
    }
}

#[test]
fn channel_rules_stop_links_and_length() {
    let mut case = Case::chat("Where is my order PC-1001?", vec![on_its_way("PC-1001", 2)]);
    case.snapshot.capabilities.links = false;
    let reply = case.reply();
    assert!(!reply.text.contains("://") && reply.text.contains("tracking number"), "{}", reply.text);
    assert_eq!(reply.mode, Mode::Send, "{:?}", reply.asks());
    let link = "You can follow it here: https://nordpost.example/PC-1001 [[parcel]]";
    let reply = Reply::of(case.run_with(&Teller(link.to_owned())));
    assert_eq!(reply.asks(), ["Channel rules: WhatsApp takes no links in messages. Leave it out."]);
    case.snapshot.capabilities.text.as_mut().unwrap().most = 20;
    assert!(case.reply().asks()[0].starts_with("Channel rules: "));
}

struct Broken;

#[async_trait]
impl Engine for Broken {
    fn kind(&self) -> EngineKind {
        EngineKind::Llm
    }
    async fn understand(&self, _: &Snapshot) -> Result<Reading, EngineError> {
        Err(EngineError { reason: "no answer in 30 s".into() })
    }
    async fn write(&self, _: &Brief<'_>) -> Result<Written, EngineError> {
        unreachable!("nothing was understood")
    }
}

#[test]
fn an_engine_that_fails_is_a_hand_over() {
    let result = Case::mail("Where is my order PC-1001?", vec![]).run_with(&Broken);
    assert!(matches!(&result.outcome, Outcome::HandOff { reason, .. } if reason.contains("no answer in 30 s")));
    assert!(result.notice.is_some());
}

#[test]
fn the_agent_speaks_on_each_channel_as_the_voice_says_there() {
    let question = "Where is my order PC-1001?";
    let words = LocaleVoice { greeting: Some("Ahoy {first name},".into()), ..LocaleVoice::default() };
    for mut case in
        [Case::mail(question, vec![on_its_way("PC-1001", 2)]), Case::chat(question, vec![on_its_way("PC-1001", 2)])]
    {
        let mut voice = Voice::clone(&case.snapshot.voice);
        voice.channels.insert("whatsapp".into(), ChannelVoice { words: words.clone(), ..ChannelVoice::default() });
        case.snapshot.voice = Arc::new(voice);
        let greets = if case.snapshot.conversation.channel_kind == "whatsapp" { "Ahoy Sam," } else { "Hi Sam," };
        let text = case.reply().text;
        assert!(text.starts_with(greets), "{text}");
    }
}
