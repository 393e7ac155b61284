//! What the desk does when a platform misbehaves, measured on a running desk: a word for each platform and each trouble.
//! Whatever the word, no message is lost and none is there twice.
//!
//! The table of the words stands in `docs/CHANNELS.md`. The one that was measured is put in its place by
//!
//! ```text
//! RESOLUTE_WRITE_TABLES=1 cargo test --test it proved::matrix
//! ```

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use platform_doubles::together::NAMES;
use resolute::config::HttpConfig;
use serde_json::{Value, json};

use super::revoked::all_of;
use crate::mail_path::{answer, count, last_message};
use crate::support::desk::{Engine, Wish};
use crate::support::platforms::{self, ASKED_TO_WAIT, Trouble};
use crate::support::stand::{QUESTION, Stand};

/// The columns, in the order of [`platforms::ALL`].
const HEAD: &str =
    "| | WhatsApp | Messenger | Instagram | Telegram | LINE | Text messages | MessageBird | eBay | Mirakl | Amazon |";
/// The rows, in the order in which [`column`] measures them.
const ROWS: [&str; 13] = [
    "a message comes an hour late",
    "a message comes three times",
    "two messages come the wrong way round",
    "news of a reply comes twice and the wrong way round",
    "429 with `Retry-After`",
    "503",
    "502 from a gateway, and the reply was taken",
    "the connection breaks before the answer, and the reply was taken",
    "the connection breaks behind the reply, and it was not taken",
    "the connection breaks before the reply is read",
    "silence, and the reply is not read",
    "an answer that is slow",
    "access taken back, then connected again",
];
/// The platform that does not say when a message was written.
const TELLS_NO_TIME: &str = "sms";
/// The platform that takes an answer within a minute by another call, which [`super::replied`] tries out.
const REPLIES_AT_FIRST: &str = "line";
/// What is said of replies where none leaves.
const READ_ALONE: &str = "takes no reply";
/// What a platform has none of.
const NONE: &str = "has none";
/// How long an answer is waited for that never comes, in seconds.
const PATIENCE: u64 = 5;
/// How far the clock goes on between two looks.
const STEP: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn what_misbehaves_is_met_as_it_is_written_down() {
    let mut columns = Vec::new();
    for name in platforms::ALL {
        columns.push(Box::pin(column(name)).await);
    }
    let table = table(&columns);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CHANNELS.md");
    let text = fs::read_to_string(&path).unwrap();
    if env::var_os("RESOLUTE_WRITE_TABLES").is_some() {
        fs::write(&path, with_table(&text, &table)).unwrap();
        return;
    }
    assert!(text.contains(&table), "docs/CHANNELS.md is to hold this table:\n{table}");
}

fn table(columns: &[Vec<String>]) -> String {
    let rule = "|---".repeat(columns.len() + 1);
    let mut table = format!("{HEAD}\n{rule}|\n");
    for (place, row) in ROWS.iter().enumerate() {
        let cells: Vec<&str> = columns.iter().map(|column| column[place].as_str()).collect();
        let _ = writeln!(table, "| {row} | {} |", cells.join(" | "));
    }
    table
}

/// The text with this table in the place of the one that has the same head.
fn with_table(text: &str, table: &str) -> String {
    let (before, rest) = text.split_once(HEAD).expect("the documentation has such a table");
    let behind: String = rest.split_inclusive('\n').skip(1).skip_while(|line| line.starts_with('|')).collect();
    format!("{before}{table}{behind}")
}

#[test]
fn a_table_takes_the_place_of_the_one_before() {
    let columns: Vec<Vec<String>> = platforms::ALL.map(|name| vec![name.to_owned(); ROWS.len()]).to_vec();
    let written = table(&columns);
    assert_eq!(written.lines().count(), ROWS.len() + 2);
    assert!(written.lines().all(|line| line.matches('|').count() == columns.len() + 2), "{written}");
    let text = format!("Before.\n\n{HEAD}\n|---|\n| old | x |\n\nBehind.\n| other |\n");
    assert_eq!(with_table(&text, &written), format!("Before.\n\n{written}\nBehind.\n| other |\n"));
}

#[test]
fn every_double_has_a_column() {
    assert_eq!(BTreeSet::from(platforms::ALL), BTreeSet::from(NAMES));
}

/// The words of a platform, a row each.
async fn column(name: &'static str) -> Vec<String> {
    let http = HttpConfig { answer_seconds: PATIENCE, ..HttpConfig::default() };
    let wish = Wish { may_leave_work: true, http, ..Wish::exact(Engine::Sqlite) };
    let mut bench = Bench { stand: Stand::start(wish, &[name]).await, people: 0 };
    // Where polling begins is known from now on.
    bench.asks().await;
    let mut words = vec![bench.late().await, bench.three_times().await, bench.wrong_way_round().await];
    if name == platforms::READ_ALONE {
        bench.refuses_replies().await;
        words.resize(ROWS.len(), READ_ALONE.to_owned());
        return words;
    }
    words.push(bench.news().await);
    for trouble in Trouble::ALL {
        words.push(Box::pin(bench.reply_under(trouble)).await);
    }
    words.push(Box::pin(bench.shut_out()).await);
    words
}

/// A channel that is tried out: each time with another customer.
struct Bench {
    stand: Stand,
    people: u32,
}

impl Bench {
    fn somebody(&mut self) -> u32 {
        self.people += 1;
        self.people
    }

    /// Somebody new asks; gives the number of the conversation.
    async fn asks(&mut self) -> i64 {
        let person = self.somebody();
        self.stand.asks(self.stand.line(), person, QUESTION).await
    }

    /// What stands in the conversation in which something was said last.
    async fn newest(&self) -> Vec<Value> {
        all_of(&self.stand, self.stand.desk.newest().await.number).await
    }

    async fn late(&mut self) -> String {
        let (person, before) = (self.somebody(), count(&self.stand.desk).await);
        let said = self.stand.platforms.says(self.stand.line(), person, QUESTION);
        self.stand.pass(Duration::from_hours(1)).await;
        self.stand.brings(self.stand.line(), &said).await;
        self.is_once(&said.id, before).await
    }

    async fn three_times(&mut self) -> String {
        self.stand.pass(STEP).await;
        let (person, before) = (self.somebody(), count(&self.stand.desk).await);
        let said = self.stand.platforms.says(self.stand.line(), person, QUESTION);
        let cursor = self.stand.cursor(self.stand.line()).await;
        for _ in 0..3 {
            if let Some(cursor) = &cursor {
                self.stand.rewind(self.stand.line(), cursor).await;
            }
            self.stand.pass(STEP).await;
            self.stand.brings(self.stand.line(), &said).await;
        }
        self.is_once(&said.id, before).await
    }

    /// The message is the only one of the only new conversation.
    async fn is_once(&self, id: &str, before: i64) -> String {
        let name = self.stand.line().name;
        assert_eq!(count(&self.stand.desk).await, before + 1, "{name}: one conversation more");
        let found = self.newest().await;
        assert_eq!(found.len(), 1, "{name}: {found:#?}");
        assert_eq!(found[0]["external_id"], id, "{name}");
        "once".to_owned()
    }

    async fn wrong_way_round(&mut self) -> String {
        self.stand.pass(STEP).await;
        let person = self.somebody();
        let first = self.stand.platforms.says(self.stand.line(), person, QUESTION);
        self.stand.pass(STEP).await;
        let second = self.stand.platforms.says(self.stand.line(), person, "It is a lamp.");
        for said in [&second, &first] {
            self.stand.brings(self.stand.line(), said).await;
        }
        let found = self.newest().await;
        let ids: Vec<&str> = found.iter().filter_map(|message| message["external_id"].as_str()).collect();
        let (written, came) = ([first.id.as_str(), second.id.as_str()], [second.id.as_str(), first.id.as_str()]);
        let name = self.stand.line().name;
        if name == TELLS_NO_TIME {
            assert_eq!(ids, came, "{name}: {found:#?}");
            return "both, as they came".to_owned();
        }
        assert_eq!(ids, written, "{name}: {found:#?}");
        "both, in their order".to_owned()
    }

    /// No reply is taken from anybody, so that none can be lost.
    async fn refuses_replies(&mut self) {
        let number = self.asks().await;
        let path = format!("/api/v1/conversations/{number}/messages");
        let refused = self.stand.desk.api().post_json(&path, &json!({ "body": "It is on its way." })).await.unwrap();
        assert!(refused.status == 422 && refused.text().contains("is only read"), "{}", refused.text());
        assert_eq!(self.newest().await.len(), 1, "nothing of it is stored");
    }

    async fn news(&mut self) -> String {
        let number = self.asks().await;
        answer(&self.stand.desk, number, "It is on its way.").await;
        self.stand.pass(STEP).await;
        let place = self.stand.platforms.sent(self.stand.line()).len() - 1;
        let mut told = Vec::new();
        for word in ["read", "delivered", "delivered", "read"] {
            if self.stand.hears(self.stand.line(), place, word).await {
                told.push(word);
                let stands = last_message(&self.stand.desk, number).await;
                assert_eq!(stands["delivery"], told[0], "{}: nothing takes it back", self.stand.line().name);
            }
        }
        told.first().map_or("tells none".to_owned(), |word| format!("stays {word}"))
    }

    /// How often a platform took a text, and where it stands among all that it took.
    fn taken(&self, text: &str) -> (usize, Option<usize>) {
        let sent = self.stand.platforms.sent(self.stand.line());
        let taken = sent.iter().filter(|sent| sent.contains(text)).count();
        (taken, sent.iter().position(|sent| sent.contains(text)))
    }

    /// How often the platform was asked for something, rather than told.
    fn questions(&self) -> usize {
        let calls = self.stand.platforms.together.calls(self.stand.line().name).expect("a double");
        calls.iter().filter(|call| call.starts_with("GET ")).count()
    }

    async fn delivery(&self, number: i64) -> String {
        last_message(&self.stand.desk, number).await["delivery"].as_str().unwrap_or_default().to_owned()
    }

    async fn reply_under(&mut self, trouble: Trouble) -> String {
        let number = self.asks().await;
        let name = self.stand.line().name;
        if name == REPLIES_AT_FIRST {
            self.stand.pass(Duration::from_mins(1)).await;
        }
        if !self.stand.platforms.misbehave(self.stand.line(), trouble) {
            return NONE.to_owned();
        }
        let text = format!("It left in the morning, with trouble of the kind {trouble:?}.");
        answer(&self.stand.desk, number, &text).await;
        self.stand.desk.drain().await;
        let mut story = Story::default();
        for _ in 0..20 {
            let state = self.delivery(number).await;
            story.hears(&state);
            if story.is_over() {
                break;
            }
            let (taken, place) = self.taken(&text);
            if state == "unknown" && !story.was_in_doubt {
                story.was_in_doubt = true;
                story.taken_in_doubt = taken;
                story.questions = self.questions();
                // Platforms that tell of a message by the desk's own name for it do so at once.
                if let Some(place) = place
                    && !self.stand.line().is_polled()
                    && self.stand.hears(self.stand.line(), place, "sent").await
                    && self.delivery(number).await != "unknown"
                {
                    story.is_found_by_news = true;
                    story.hears(&self.delivery(number).await);
                    break;
                }
            }
            self.stand.pass(STEP).await;
            story.waited += STEP;
        }
        story.was_asked = self.questions() > story.questions;
        self.stand.pass(Duration::from_hours(1)).await;
        let (taken, _) = self.taken(&text);
        let message = last_message(&self.stand.desk, number).await;
        assert_eq!(message["body"], text.as_str(), "{name}, {trouble:?}: the text is kept");
        assert!(taken <= 1, "{name}, {trouble:?}: the customer got it {taken} times");
        let word = story.word(trouble);
        assert!(taken == 1 || message["delivery"] == "held", "{name}, {trouble:?}: {word}, and it is lost: {message}");
        word
    }

    async fn shut_out(&mut self) -> String {
        let number = self.asks().await;
        let name = self.stand.line().name;
        let texts = ["The first of two replies.", "The second of two replies."];
        assert!(self.stand.platforms.together.let_in(name, false));
        for text in texts {
            answer(&self.stand.desk, number, text).await;
        }
        for _ in 0..4 {
            self.stand.pass(STEP).await;
        }
        let waits = self.delivery(number).await == "queued" && texts.iter().all(|text| self.taken(text).0 == 0);
        assert!(self.stand.platforms.together.let_in(name, true));
        self.stand.connects_again(self.stand.line()).await;
        for _ in 0..8 {
            self.stand.pass(STEP).await;
        }
        let (first, second) = (self.taken(texts[0]), self.taken(texts[1]));
        assert_eq!((first.0, second.0), (1, 1), "{name}: each leaves once");
        assert!(waits && first.1 < second.1, "{name}: they waited, and left in their order");
        "parked, then sent in order".to_owned()
    }
}

/// What was seen of a reply on its way.
#[derive(Default)]
struct Story {
    states: Vec<String>,
    waited: Duration,
    was_in_doubt: bool,
    taken_in_doubt: usize,
    /// How often the platform had been asked for something when the doubt began.
    questions: usize,
    was_asked: bool,
    is_found_by_news: bool,
}

impl Story {
    fn hears(&mut self, state: &str) {
        if self.states.last().is_none_or(|last| last != state) {
            self.states.push(state.to_owned());
        }
    }

    fn ends(&self) -> &str {
        self.states.last().map_or("", String::as_str)
    }

    fn is_over(&self) -> bool {
        matches!(self.ends(), "sent" | "delivered" | "read" | "held" | "failed")
    }

    fn word(&self, trouble: Trouble) -> String {
        let is_sent = matches!(self.ends(), "sent" | "delivered" | "read");
        let waits_as_asked = trouble == Trouble::Limited && self.waited >= Duration::from_secs(ASKED_TO_WAIT);
        let word = match self.ends() {
            "held" => "held for a person",
            "failed" => "refused, and shown",
            _ if !is_sent => "never ends",
            _ if self.is_found_by_news => "found by its news",
            _ if self.was_in_doubt && !self.was_asked => "sent again under its key",
            _ if self.was_in_doubt && self.taken_in_doubt > 0 => "found by asking",
            _ if self.was_in_doubt => "asked, then sent",
            _ if self.states.len() == 1 => "once",
            _ if waits_as_asked => "waits as asked, then sent",
            _ => "waits, then sent",
        };
        word.to_owned()
    }
}
