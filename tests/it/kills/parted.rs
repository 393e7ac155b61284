//! Replies of two parts, a text and a file, leave while the program is killed. The platforms tell what became of each part at
//! once, so mostly before the program knows that it left, in any order and several times.
//!
//! At the end no part is with a customer twice; a reply whose parts are both there is where the worse of them is; and one of
//! which a part is missing waits for a person.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use platform_doubles::{Delivery, Fault};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use resolute::clock::Clock;
use resolute::model::brand::AgentLevel;
use resolute::store::Db;

use super::play::{DELIVERERS, Plan, Play, Stage, kill_at_random, number, ready, settle};
use super::replies::reply;
use crate::composer_files::{BOUNDARY, form};
use crate::support::desk::Engine;
use crate::support::http::Client;
use crate::support::platforms::{Line, Platforms, Told};
use crate::support::program::Launch;

/// The platforms: one that cannot be asked what became of a message, and one that can.
const NAMES: [&str; 2] = ["whatsapp", "messenger"];
const TEAMMATES: u64 = 2;
/// How long a platform takes to answer, so that its news comes sooner.
const SLOW: Duration = Duration::from_millis(150);
/// How soon somebody tries again.
const AGAIN: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread")]
async fn replies_of_two_parts_leave_once_and_whole_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_of_two_parts_leave_once_and_whole_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

async fn run(engine: Engine) {
    let wanted = Plan::asked();
    let begun = Instant::now();
    let stage = Box::pin(Stage::new(engine, AgentLevel::Off)).await;
    let scene = Arc::new(Box::pin(Scene::new(&stage, number("RESOLUTE_PARTED", 30))).await);
    let total = scene.replies.lock().unwrap().len();
    eprintln!("{engine:?}: {total} replies of two parts, {} kills, seed {}", wanted.kills, wanted.seed);
    let people: Vec<_> =
        (0..TEAMMATES).map(|place| tokio::spawn(teammate(scene.clone(), wanted.seed ^ place))).collect();
    let teller = tokio::spawn(teller(scene.clone(), wanted.seed));
    let program = kill_at_random(&scene.play, &stage.launch, wanted, total).await;
    for person in people {
        person.await.unwrap();
    }
    scene.over.store(true, Ordering::Relaxed);
    let mut random = teller.await.unwrap();
    let db = stage.db().await;
    settle(&db, &stage.launch).await;
    while scene.tell(&mut random).await {
        settle(&db, &stage.launch).await;
    }
    drop(program);
    let rows = stored(&db).await;
    db.close().await;
    let held = scene.check(&rows, total);
    eprintln!("{engine:?}: {held} wait for a person, {:.1} s", begun.elapsed().as_secs_f32());
    assert!(held <= wanted.kills * DELIVERERS, "more wait for a person than were on their way at a kill");
}

/// A stored reply.
#[derive(Debug, sqlx::FromRow)]
struct Stored {
    body: String,
    delivery: String,
}

async fn stored(db: &Db) -> Vec<Stored> {
    const ROWS: &str = "select body, delivery from messages where direction = 'outbound'";
    match db {
        Db::Sqlite { read, .. } => sqlx::query_as(ROWS).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(ROWS).fetch_all(pool).await.unwrap(),
    }
}

/// A reply that is to be written, and in which conversation.
struct Planned {
    place: usize,
    conversation: i64,
}

/// A call that a platform took: of which reply, and whether it was the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Call {
    place: usize,
    is_file: bool,
}

struct Scene {
    play: Arc<Play>,
    platforms: Platforms,
    lines: Vec<Line>,
    replies: Mutex<VecDeque<Planned>>,
    /// Of how many calls each platform has told.
    told: Mutex<Vec<usize>>,
    over: AtomicBool,
}

impl Scene {
    /// Channels on the doubles, and customers who have asked there, as many as there are replies.
    async fn new(stage: &Stage, replies: usize) -> Self {
        let platforms = Platforms::start(Clock::system().now().datetime()).await;
        let desk = Box::pin(stage.desk()).await;
        let mut lines = Vec::new();
        for name in NAMES {
            lines.push(platforms.connect(&desk, stage.setup.brand, name).await);
        }
        desk.db.close().await;
        let play = Play::new(stage, VecDeque::new());
        let planned = asked(&play, (&platforms, &lines), &stage.launch, replies).await;
        for name in NAMES {
            assert!(platforms.together.misbehave(name, "POST", "/messages", Fault::Slow(SLOW), usize::MAX));
        }
        Self {
            play,
            platforms,
            told: Mutex::new(vec![0; lines.len()]),
            lines,
            replies: Mutex::new(planned),
            over: AtomicBool::new(false),
        }
    }

    fn line(&self, place: usize) -> &Line {
        &self.lines[place % self.lines.len()]
    }

    /// Sends a reply with a file until it is taken; its key makes it one.
    async fn answer(&self, planned: &Planned) {
        let text = reply(planned.place);
        let sound = format!("ID3 {text}");
        let body = form(&[("body", &text)], &[("note.mp3", "audio/mpeg", sound.as_bytes())]);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let path = format!("/api/v1/conversations/{}/messages", planned.conversation);
        let client = Client::new(self.play.address).with_token(&self.play.setup.token);
        let mut client = client.with("idempotency-key", &format!("parted-{}", planned.place));
        while !self.play.is_taken(client.post(&path, &kind, &body).await, 201) {
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// The calls that a platform took, oldest first.
    fn calls(&self, line: &Line) -> Vec<Call> {
        let all = &self.platforms.together;
        if line.name == "whatsapp" {
            let call = |sent: platform_doubles::whatsapp::Sent| match sent.file {
                Some(content) => call_of(&String::from_utf8_lossy(&content), true),
                None => call_of(sent.body["text"]["body"].as_str().unwrap_or_default(), false),
            };
            return all.whatsapp().sent().into_iter().map(call).collect();
        }
        let call = |sent: platform_doubles::meta::Sent| match sent.file {
            Some(file) => call_of(&String::from_utf8_lossy(&file.content), true),
            None => call_of(&sent.text, false),
        };
        all.messenger().sent().into_iter().map(call).collect()
    }

    /// What a platform tells of a call, in the order of the states.
    fn words(&self, call: Call) -> &'static [&'static str] {
        let lags = call.is_file && (call.place / self.lines.len()) % 2 == 1;
        match (self.line(call.place).name, lags) {
            ("whatsapp", false) => &["sent", "delivered", "read"],
            ("whatsapp", true) | (_, false) => &["sent", "delivered"],
            (_, true) => &["sent"],
        }
    }

    /// The platforms tell of what they took since, each thing one to three times; whether there was any.
    async fn tell(&self, random: &mut StdRng) -> bool {
        self.platforms.set_time(Clock::system().now().datetime());
        let mut is_new = false;
        for (at, line) in self.lines.iter().enumerate() {
            let calls = self.calls(line);
            let told = self.told.lock().unwrap()[at];
            for (place, call) in calls.iter().enumerate().skip(told) {
                let times = random.random_range(1..=3);
                let mut words = self.words(*call).repeat(times);
                words.shuffle(random);
                for word in words {
                    self.push(line, place, word).await;
                }
                is_new = true;
            }
            self.told.lock().unwrap()[at] = calls.len();
        }
        is_new
    }

    async fn push(&self, line: &Line, place: usize, word: &str) {
        let Told::Pushed(path, Delivery { headers, body }) = self.platforms.tells(line, place, word) else { return };
        let mut client = Client::new(self.play.address);
        while !self.play.is_taken(client.post_with(&path, &headers, &body).await, 200) {
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Every reply is as it must be; gives how many wait for a person.
    fn check(&self, rows: &[Stored], total: usize) -> usize {
        let calls: Vec<Call> = self.lines.iter().flat_map(|line| self.calls(line)).collect();
        assert_eq!(rows.len(), total, "each is kept once");
        let mut held = 0;
        for place in 0..total {
            let text = reply(place);
            let row = rows.iter().find(|row| row.body == text).unwrap_or_else(|| panic!("{text} is not kept"));
            let taken = |is_file| calls.iter().filter(|call| **call == Call { place, is_file }).count();
            let (texts, files) = (taken(false), taken(true));
            assert!(texts <= 1 && files <= 1, "{text}: {texts} texts and {files} files left, and it is {row:?}");
            if texts + files < 2 {
                assert_eq!(row.delivery, "held", "{text}: {texts} texts and {files} files left");
                held += 1;
                continue;
            }
            let worst = self.words(Call { place, is_file: true }).last().expect("a state");
            assert_eq!(row.delivery, *worst, "{text} on {}", self.line(place).name);
        }
        assert!(held < total, "none left whole");
        held
    }
}

fn call_of(text: &str, is_file: bool) -> Call {
    let number = text.split("reply").last().and_then(|rest| rest.get(..5)).and_then(|digits| digits.parse().ok());
    Call { place: number.unwrap_or_else(|| panic!("“{text}” is no reply of these")), is_file }
}

/// Customers ask on both platforms in turn, and the program keeps it.
async fn asked(
    play: &Play,
    (platforms, lines): (&Platforms, &[Line]),
    launch: &Launch,
    replies: usize,
) -> VecDeque<Planned> {
    let program = ready(launch).await;
    let mut client = Client::new(launch.address()).with_token(&play.setup.token);
    let mut planned = VecDeque::new();
    for place in 0..replies {
        let (line, person) = (&lines[place % lines.len()], u32::try_from(place).unwrap());
        let said = platforms.says(line, person, &format!("Where is my lamp{place:05}?"));
        let Delivery { headers, body } = said.delivery.expect("it is pushed");
        let answer = client.post_with(&line.path, &headers, &body).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let begun = Instant::now();
    for place in 0..replies {
        let conversation = loop {
            play.wait_since(begun, "what was asked is not found");
            let found = client.get(&format!("/api/v1/search?q=lamp{place:05}")).await.expect("an answer");
            if let Some(number) = found.json().pointer("/items/0/number").and_then(serde_json::Value::as_i64) {
                break number;
            }
            tokio::time::sleep(AGAIN).await;
        };
        planned.push_back(Planned { place, conversation });
    }
    program.kill();
    planned
}

/// Answers what is next.
async fn teammate(scene: Arc<Scene>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let Some(next) = scene.replies.lock().unwrap().pop_front() else { return };
        scene.answer(&next).await;
        scene.play.progress.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(random.random_range(20..120))).await;
    }
}

/// Tells of what was taken as soon as it was; gives its chance back.
async fn teller(scene: Arc<Scene>, seed: u64) -> StdRng {
    let mut random = StdRng::seed_from_u64(seed.wrapping_add(7));
    while !scene.over.load(Ordering::Relaxed) {
        scene.tell(&mut random).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    random
}
