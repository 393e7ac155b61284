//! Which order a conversation is about: labelled conversations in nine languages and many shapes of numbers, through the agent's
//! own run. `tests/fixtures/order_matching` holds them, a file a language and a line each; README.md there says how.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use resolute::agent::{BuiltIn, Outcome, Question, RunResult, run};
use resolute::clock::Clock;
use resolute::commerce::shops::{Asked, Place, Shop, Shops};
use resolute::model::OrderSourceId;
use resolute::model::message::{Direction, MessageAuthor};
use resolute::model::order::Order;
use serde::Deserialize;
use time::Duration;
use uuid::Uuid;

use super::Case;
use super::fixture::{NOW, SmallShop, delivered, on_its_way, order};

/// What nobody but its buyer may see.
const STRANGER: &str = "robin@other.example";
const STRANGE_GOODS: &str = "Velvet curtain";

/// A conversation with its label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    /// What kind of hint, or of number, it holds.
    shape: String,
    /// The number of the order, `ask` where it can be one of several, or `none`.
    expected: String,
    messages: Vec<Said>,
    orders: Vec<Bought>,
    /// Orders of other people in the same shop.
    #[serde(default)]
    others: Vec<Bought>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    files: Vec<String>,
    /// The order that the conversation is about by now.
    about: Option<String>,
    /// How the brand's numbers look, where it says so.
    #[serde(default)]
    pattern: String,
    /// A marketplace in place of mail, with the numbers that it names for the writer.
    channel: Option<String>,
    #[serde(default)]
    vouched: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Theirs {
        text: String,
        /// The whole mail, with what stands below its words.
        #[serde(default)]
        quoted: String,
    },
    Ours {
        ours: String,
        /// Whether it asked which order is meant.
        #[serde(default)]
        asks: bool,
        #[serde(default)]
        choices: Vec<String>,
    },
}

impl Said {
    fn words(&self) -> &str {
        match self {
            Self::Theirs { text, .. } => text,
            Self::Ours { ours, .. } => ours,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bought {
    number: String,
    state: State,
    /// Days ago.
    placed: i64,
    title: String,
    tracking: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Open,
    OnItsWay,
    Delivered,
}

impl Bought {
    fn order(&self) -> Order {
        let mut bought = match self.state {
            State::Open => order(&self.number),
            State::OnItsWay => on_its_way(&self.number, 2),
            State::Delivered => delivered(&self.number, 2),
        };
        bought.placed_at = NOW - Duration::days(self.placed);
        bought.lines[0].title.clone_from(&self.title);
        if let (Some(parcel), Some(tracking)) = (bought.shipments.first_mut(), &self.tracking) {
            parcel.tracking_number.clone_from(tracking);
        }
        bought
    }
}

fn source() -> OrderSourceId {
    OrderSourceId(Uuid::from_u128(9))
}

impl Labelled {
    fn case(&self) -> Case {
        let mut orders: Vec<Order> = self.orders.iter().map(Bought::order).collect();
        orders.extend(self.others.iter().map(|bought| {
            let mut strange = bought.order();
            STRANGER.clone_into(&mut strange.buyer.email);
            STRANGE_GOODS.clone_into(&mut strange.lines[0].title);
            strange
        }));
        let mut case = Case::mail("", orders);
        case.snapshot.messages.clear();
        for said in &self.messages {
            match said {
                Said::Theirs { text, quoted } => case.add(text).full_text.clone_from(quoted),
                Said::Ours { ours, asks, choices } => {
                    let message = case.add(ours);
                    message.direction = Direction::Outbound;
                    message.author = MessageAuthor::Agent;
                    message.contact_id = None;
                    let question = Question {
                        message: message.id,
                        template: "ask_which_order".to_owned(),
                        choices: choices.clone(),
                    };
                    case.snapshot.asked_back.extend(asks.then_some(question));
                }
            }
        }
        case.snapshot.messages[0].subject.clone_from(&self.subject);
        case.snapshot.files.clone_from(&self.files);
        case.snapshot.conversation.order_number.clone_from(&self.about);
        case.snapshot.brand.order_pattern.clone_from(&self.pattern);
        if let Some(channel) = &self.channel {
            self.on_market(&mut case, channel);
        }
        case
    }

    /// The buyer is known there by a name alone, and what they bought by its number.
    fn on_market(&self, case: &mut Case, channel: &str) {
        channel.clone_into(&mut case.snapshot.conversation.channel_kind);
        case.snapshot.capabilities.own_titles = true;
        case.snapshot.identities[0].kind = format!("{channel}_user");
        "sam-1984".clone_into(&mut case.snapshot.identities[0].value);
        case.snapshot.vouched = self.vouched.iter().map(|number| (source(), number.clone())).collect();
        for order in &mut case.orders {
            order.buyer.email = String::new();
        }
    }

    fn shops(&self, case: &Case) -> Shops {
        let channel = case.snapshot.conversation.channel_id;
        let asked = if self.channel.is_some() { Asked::Market(channel) } else { Asked::Always };
        let shop = SmallShop { orders: case.orders.clone(), down: false };
        let shop = Shop { id: source(), name: "Shop".to_owned(), asked, source: Arc::new(shop) };
        let told = self.vouched.iter().map(|number| (channel, number.clone())).collect();
        Shops::new(vec![shop], Clock::fixed(case.snapshot.now)).at(Place { channel: Some(channel), told })
    }

    async fn run(&self) -> RunResult {
        let case = self.case();
        Box::pin(run(&case.snapshot, &self.shops(&case), &BuiltIn)).await
    }
}

/// What the run made of it, in the words of the labels.
fn found(result: &RunResult) -> String {
    let of_orders: Vec<&str> = result.seen.orders.iter().map(|(known, _)| known.order.number.as_str()).collect();
    match (of_orders.as_slice(), &result.outcome) {
        ([], Outcome::Reply { draft, .. }) if draft.asks_back.as_deref() == Some("ask_which_order") => "ask".to_owned(),
        ([], Outcome::HandOff { .. }) => "person".to_owned(),
        ([], _) => "none".to_owned(),
        (numbers, _) => numbers.join("+"),
    }
}

/// What was found where it is labelled, by language or by shape.
#[derive(Default)]
struct Counted {
    right: usize,
    wrong: usize,
    missed: usize,
    asked: usize,
    by_a_person: usize,
    left: usize,
}

impl Counted {
    fn count(&mut self, expected: &str, found: &str) {
        let is_number = |label: &str| !matches!(label, "ask" | "none" | "person");
        match (expected, found) {
            (_, found) if is_number(found) && found == expected => self.right += 1,
            (_, found) if is_number(found) => self.wrong += 1,
            ("ask", "ask") => self.asked += 1,
            ("ask", "person") => self.by_a_person += 1,
            ("none", _) => self.left += 1,
            _ => self.missed += 1,
        }
    }

    fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name:12} right {:3}, wrong {:2}, missed {:2}, asked {:2}, for a person {:2}, rightly none {:2}, precision {:5.1} %, recall {:5.1} %\n",
            self.right,
            self.wrong,
            self.missed,
            self.asked,
            self.by_a_person,
            self.left,
            self.precision() * 100.0,
            self.recall() * 100.0,
        )
    }
}

fn share(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    if whole == 0 { 1.0 } else { number(part) / number(whole) }
}

/// The conversations with their languages.
fn labelled() -> Vec<(String, Labelled)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/order_matching");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let language = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for (place, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let one =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{language}, line {}: {error}", place + 1));
            all.push((language.clone(), one));
        }
    }
    all
}

#[tokio::test]
async fn the_order_is_found_or_asked_for_and_never_guessed() {
    let all = labelled();
    assert!(all.len() >= 180, "{} conversations", all.len());
    let mut total = Counted::default();
    let mut by: BTreeMap<String, Counted> = BTreeMap::new();
    let mut trouble = String::new();
    for (language, one) in &all {
        let result = Box::pin(one.run()).await;
        let found = found(&result);
        for name in [language, &one.shape] {
            by.entry(name.clone()).or_default().count(&one.expected, &found);
        }
        total.count(&one.expected, &found);
        let text = one.messages.last().map_or("", Said::words);
        let is_left = one.expected == "none" && matches!(found.as_str(), "none" | "person" | "ask");
        if found != one.expected && !is_left {
            writeln!(trouble, "{language}, {}: “{text}” is {}, and {found} was found", one.shape, one.expected)
                .unwrap();
        }
        let shown = format!("{result:?}");
        assert!(
            !shown.contains(STRANGER) && !shown.contains(STRANGE_GOODS),
            "{language}: “{text}” shows a stranger’s order"
        );
        if one.expected == "ask" {
            assert!(matches!(found.as_str(), "ask" | "person"), "{language}: “{text}” was not asked about: {found}");
        }
    }
    let lines: String = by.iter().map(|(name, counted)| counted.line(name)).collect();
    let report = format!("{lines}{}{trouble}", total.line("all"));
    eprintln!("{report}");
    assert!(total.precision() >= 0.98, "{report}");
    assert!(total.recall() >= 0.90, "who never finds one is never wrong: {report}");
}
