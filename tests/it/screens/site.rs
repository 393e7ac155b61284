//! The built program with its demo, and what is to be known of it before its pages can be looked at.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use fantoccini::Locator;
use resolute::demo::play::{EMAIL, PASSWORD};
use tempfile::TempDir;

use super::sweep::World;
use crate::support::chromium::Browser;
use crate::support::forms::{page, send, signed_in_at, taken};
use crate::support::program::{Launch, Program};

/// So many drafts wait soon after the demo has started.
const DRAFTS: usize = 12;

/// The number of each conversation in the list, and the words that say how it stands.
const ROWS: &str = "return [...document.querySelectorAll('a.row')].map((row) => ({
    number: /\\d+/.exec(row.getAttribute('href'))[0],
    stands: [...row.querySelectorAll('.row-state .badge')].at(-1)?.textContent.trim() ?? '' }))";
const ACTION: &str = "return document.querySelector(\"a[data-opens='sheet']\")?.getAttribute('href') ?? ''";

/// The program with a folder of its own.
pub(super) struct Site {
    world: World,
    launch: Launch,
    // Dropped in this order: the program stops, then its folder goes.
    _program: Program,
    _folder: TempDir,
}

impl Deref for Site {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Site {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Site {
    pub(super) async fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let launch = Launch::of(folder.path());
        let mut program = launch.start_with(arguments);
        program.ready().await;
        Self { world: World::new(launch.address()), launch, _program: program, _folder: folder }
    }

    /// The demo, with its admin signed in.
    pub(super) async fn demo(browser: &Browser) -> Self {
        let demo = Self::start(&["--demo"]).await;
        demo.enter(browser).await;
        demo
    }

    /// Signs the demo's admin in.
    pub(super) async fn enter(&self, browser: &Browser) {
        self.sign_in(browser, EMAIL, PASSWORD).await;
    }

    /// Waits until the agent has drafted for everybody who wrote before the start; gives the path of the most urgent
    /// conversation within its view.
    pub(super) async fn a_draft(&self, browser: &Browser) -> String {
        for _ in 0..300 {
            self.open(browser, "/inbox?view=needs_approval").await;
            let rows = browser.find_all(Locator::Css("a.row")).await.unwrap();
            if let Some(row) = rows.first().filter(|_| rows.len() >= DRAFTS) {
                return row.attr("href").await.unwrap().unwrap();
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("the agent drafts nothing");
    }

    /// The path of the draft on the page, in the queue.
    pub(super) async fn in_the_queue(&self, browser: &Browser, conversation: &str) -> String {
        self.open(browser, conversation).await;
        let draft = browser.find(Locator::Id("draft")).await.unwrap();
        format!("/approvals/{}", draft.attr("data-approval").await.unwrap().unwrap())
    }

    /// Finds conversations of every kind.
    pub(super) async fn find_talks(&mut self, browser: &Browser) {
        let draft = self.a_draft(browser).await;
        let case = self.in_the_queue(browser, &draft).await;
        self.name("case", case.trim_start_matches("/approvals/"));
        let customer = browser.find(Locator::Css(".contact-link")).await.unwrap().attr("href").await.unwrap().unwrap();
        self.name("customer", customer.trim_start_matches("/contacts/"));
        let why = browser.find(Locator::Css("#why a[href^='/agent-runs/']")).await.unwrap();
        let run = why.attr("href").await.unwrap().unwrap();
        self.name("run", run.trim_start_matches("/agent-runs/"));
        let draft: String = draft.chars().filter(char::is_ascii_digit).collect();
        let handed = self.that_stands(browser, "Needs a person").await.remove(0);
        let which = self.that_stands(browser, "Ask which order").await.remove(0);
        let refunds = self.that_stands(browser, "Refund ").await;
        let other = refunds.iter().chain([&handed]).find(|number| **number != draft).cloned();
        self.name("other", other.expect("another conversation"));
        for number in refunds {
            self.open(browser, &format!("/conversations/{number}?view=all")).await;
            let action = browser.execute(ACTION, Vec::new()).await.unwrap();
            if let Some((_, query)) = action.as_str().unwrap().split_once("/actions/new") {
                self.name("ordered", number);
                self.name("action", query);
                break;
            }
        }
        self.name("draft", draft);
        self.name("handed", handed);
        self.name("which", which);
    }

    /// Waits for conversations that stand as these words begin to say; gives their numbers.
    async fn that_stands(&self, browser: &Browser, words: &str) -> Vec<String> {
        for _ in 0..300 {
            self.open(browser, "/inbox?view=all").await;
            let rows = browser.execute(ROWS, Vec::new()).await.unwrap();
            let fitting =
                rows.as_array().unwrap().iter().filter(|row| row["stands"].as_str().unwrap().starts_with(words));
            let numbers: Vec<String> = fitting.map(|row| row["number"].as_str().unwrap().to_owned()).collect();
            if !numbers.is_empty() {
                return numbers;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("no conversation says “{words}”");
    }

    /// Finds what is set up, and sets up what the demo has none of.
    pub(super) async fn find_settings(&mut self) {
        let mut admin = signed_in_at(self.launch.address(), EMAIL, PASSWORD).await;
        let written =
            [("brand", "fjordline"), ("name", "Late parcel"), ("shared", "team"), ("text_en", "We look for it.")];
        taken(&mut admin, "/macros", &written).await;
        taken(&mut admin, "/saved-views", &[("name", "Tents"), ("status", "unresolved"), ("text", "tent")]).await;
        let text = [("brand", "fjordline"), ("body", "You are very welcome!"), ("base", "0"), ("summary", "Warmer")];
        taken(&mut admin, "/reply-templates/en/thanks", &text).await;
        for (name, list, words) in [
            ("mailbox", "/channels", "Connect again: "),
            ("chat", "/channels", "Settings: "),
            ("teammate", "/teammates", "</main>"),
            ("macro", "/macros", "</main>"),
            ("view", "/saved-views", "</main>"),
        ] {
            let id = linked(&page(&mut admin, list).await, list, words);
            self.name(name, id);
        }
        let invited = send(&mut admin, "/invitations", &[("email", "kim@example.org"), ("role", "teammate")]).await;
        let html = invited.text();
        let link = html.split("id=\"link\" type=\"url\" value=\"").nth(1).expect("the link is shown");
        let token = link.split('"').next().and_then(|link| link.rsplit('/').next()).expect("an address");
        self.name("token", token);
    }
}

/// The id in the last link into a folder that a page has before some words.
fn linked(page: &str, folder: &str, words: &str) -> String {
    let (before, _) = page.split_once(words).unwrap_or_else(|| panic!("no “{words}” in:\n{page}"));
    let start = format!("href=\"{folder}/");
    let links = before.split(start.as_str()).skip(1).filter_map(|rest| rest.split(['"', '?', '/']).next());
    let id = links.filter(|id| id.len() == 36).last();
    id.unwrap_or_else(|| panic!("nothing leads into {folder}:\n{before}")).to_owned()
}
