//! Many orders of three shops, each asked for something by teammates or by the agent on a teammate's word, while every order
//! meets one trouble at its shop and the program is killed: each effect is there once for each action that is recorded as
//! done, and nothing is done without a record.

mod record;
mod shops;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use resolute::app::Desk;
use resolute::clock::Clock;
use resolute::credentials::{hash_password, new_token, token_hash};
use resolute::inbox::perform::{self, Next};
use resolute::inbox::settle::{Finished, Proposal, Returned, Understood, settle};
use resolute::model::action::worth_of;
use resolute::model::brand::AgentLevel;
use resolute::model::draft::{DraftDocument, ProposedAction};
use resolute::model::job::JobKind;
use resolute::model::order::{KnownOrder, MatchedBy, OrderAction};
use resolute::model::teammate::Role;
use resolute::model::{ActionId, ApprovalId, ContactId, TeammateId};
use resolute::policy::Policy;
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::{Db, api_tokens, approvals, conversations, jobs, orders, teammates};
use serde_json::json;

use self::record::{check, records};
use self::shops::{Bought, Shops, fields_of};
use super::play::{DELIVERERS, PATIENCE, Plan, Play, Stage, kill_at_random, number, ready};
use crate::support::cast::{Cast, put};
use crate::support::desk::Engine;
use crate::support::drafts::{done_run, saying};
use crate::support::forms::{page, session_of, value_of};
use crate::support::http::{Answer, Client};
use crate::support::setup::{EMAIL, PASSWORD};
use crate::support::stores::{number_of, write};

/// The second teammate.
const OTHER: &str = "noor@fjord.example";
/// How long a shop is waited for, in seconds: whoever is silent longer meets a time-out.
const WAIT: &str = "3";
/// So many people ask at once.
const ASKERS: u64 = 4;
/// About how many calls an action is, as far as kills are spread over them.
const CALLS: usize = 5;
/// How many orders are read at once while they are put down.
const AT_ONCE: usize = 16;
/// The attempt after which what nobody can tell waits for a person.
const LAST: i64 = 6;
/// When no shop is called for so long, the kills that remain wait for nothing.
const QUIET: Duration = Duration::from_secs(10);
/// When so little is left that waits for its next attempt alone, nobody waits any longer.
const STILL: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_in_shops_is_done_once_and_recorded_on_sqlite() {
    Box::pin(run(Engine::Sqlite)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_in_shops_is_done_once_and_recorded_on_postgres() {
    if Engine::all().contains(&Engine::Postgres) {
        Box::pin(run(Engine::Postgres)).await;
    }
}

async fn run(engine: Engine) {
    let (wanted, actions) = (Plan::asked(), number("RESOLUTE_ACTIONS", 60));
    let Plan { kills, seed, .. } = wanted;
    eprintln!("{engine:?}: {actions} orders, {kills} kills, seed {seed} (RESOLUTE_KILL_SEED={seed} repeats the plan)");
    let begun = Instant::now();
    let mut stage = Box::pin(Stage::new(engine, AgentLevel::Approve)).await;
    stage.launch.environment.push(("RESOLUTE_HTTP__SHOP_SECONDS".to_owned(), WAIT.to_owned()));
    let desk = stage.desk().await;
    let shops = Arc::new(Shops::connect(&desk, stage.setup.brand).await);
    let (all, asked) = Box::pin(put_down(&desk, &stage, &shops, actions)).await;
    let token = second_teammate(&desk.db).await;
    desk.db.close().await;

    let play = Play::new(&stage, VecDeque::new());
    let people = People::sign_in(&stage, token).await;
    let asking: Vec<_> = (0..ASKERS)
        .map(|place| tokio::spawn(ask(people.clone(), shops.clone(), asked.clone(), seed ^ (place << 32))))
        .collect();
    let watching = tokio::spawn(watch(play.clone(), shops.clone(), asked.clone()));
    let program = kill_at_random(&play, &stage.launch, wanted, actions * CALLS).await;
    for person in asking {
        person.await.unwrap();
    }
    let db = stage.db().await;
    all_is_tried(&db).await;
    db.close().await;
    watching.abort();
    drop(program);

    shops.behave();
    let desk = stage.desk().await;
    last_attempts(&desk).await;
    let records = records(&desk.db).await;
    desk.db.close().await;
    let sums = check(&shops, &all, &records, &stage.smtp);
    eprintln!("{engine:?}: {sums:?}, {:.1} s", begun.elapsed().as_secs_f32());
    let most = i64::try_from(kills * DELIVERERS).unwrap();
    assert!(sums.in_doubt <= most, "too much waits for a person: {sums:?}");
    assert!(sums.held <= most, "too many replies wait for a person: {sums:?}");
    assert!(sums.done > 0 && sums.cents > 0, "{sums:?}");
}

/// What somebody asks for.
struct Asked {
    number: i64,
    bought: Bought,
    way: Way,
}

enum Way {
    /// By the form; twice at once where two teammates do.
    ByHand { fields: Vec<(String, String)>, twice: bool },
    /// The agent asks, and two teammates say yes at once.
    Approved(ApprovalId),
}

type Queue = Arc<Mutex<VecDeque<Asked>>>;

/// Customers buy, and each has a conversation about their order. One in three has a draft of the agent that waits.
async fn put_down(desk: &Desk, stage: &Stage, shops: &Shops, count: usize) -> (Vec<Bought>, Queue) {
    let all: Vec<Bought> = (0..count).map(|place| shops.buy(place)).collect();
    let read = desk.shops.of_brand(stage.setup.brand).await.unwrap();
    let mut known = Vec::new();
    for some in all.chunks(AT_ONCE) {
        let reading = some.iter().map(|bought| read.get_order(shops.id_of(bought.house), &bought.id));
        known.extend(join_all(reading).await.into_iter().map(|order| order.unwrap().expect("the order is there")));
    }
    shops.calls();
    let mut asked = VecDeque::new();
    for (place, (bought, known)) in all.iter().zip(&known).enumerate() {
        let number = i64::try_from(place).unwrap() + 1;
        Box::pin(conversation(desk, stage, (number, bought), known)).await;
        let action = bought.wanted.action(&known.order);
        // Not always the same shop's.
        let way = if (place + place / 3) % 3 == 2 {
            Way::Approved(Box::pin(drafted(desk, number, known, action)).await)
        } else {
            Way::ByHand { fields: fields_of(&action), twice: place % 4 == 0 }
        };
        asked.push_back(Asked { number, bought: bought.clone(), way });
    }
    (all, Arc::new(Mutex::new(asked)))
}

/// A customer has written about their order.
async fn conversation(desk: &Desk, stage: &Stage, (number, bought): (i64, &Bought), known: &KnownOrder) {
    let (cast, now): (Cast, _) = (Cast::new(), desk.clock.now());
    let id: ContactId = desk.clock.new_id();
    let contact = NewContact {
        id,
        brand_id: stage.setup.brand,
        name: "Mara Lind".into(),
        kind: "email".into(),
        value: bought.email.clone(),
        proved: true,
        created_at: now,
    };
    write(&desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
    let row = ConversationRow {
        id: desk.clock.new_id(),
        brand_id: stage.setup.brand,
        channel_id: stage.setup.channel,
        contact_id: id,
        participants: vec![bought.email.clone()],
        due_at: None,
        last_message_at: now,
        last_inbound_at: Some(now),
        created_at: now,
        ..cast.conversation(number)
    };
    let message = NewMessage {
        id: desk.clock.new_id(),
        contact_id: Some(id),
        sender_address: bought.email.clone(),
        external_id: format!("order{number}@post.example"),
        created_at: now,
        ..cast.message(&row, "It is about my order.")
    };
    put(&desk.db, std::slice::from_ref(&row), &[message]).await;
    write(&desk.db, async |tx| {
        orders::save(tx, known).await?;
        orders::link(tx, row.id, known, MatchedBy::Number, now).await
    })
    .await;
}

/// The agent has drafted a reply that speaks of it, and asks.
async fn drafted(desk: &Desk, number: i64, known: &KnownOrder, action: OrderAction) -> ApprovalId {
    let talk = conversations::find_by_number(&desk.db, number).await.unwrap().unwrap();
    let does = ProposedAction {
        source_id: known.source_id,
        order_id: known.order.id.clone(),
        order_number: known.order.number.clone(),
        label: "Do it".into(),
        worth: worth_of(&action, &known.order),
        action,
        problem: None,
    };
    let proposal = Proposal {
        document: DraftDocument { actions: vec![does], ..saying("I have taken care of it.") },
        intent: "damaged_or_wrong_item".into(),
        language: "en".into(),
        confidence: 0.9,
        reasons: vec!["ask".into()],
        needs: Role::Teammate,
        likeness: String::new(),
        disclosure: None,
        policy: Arc::new(Policy::default()),
    };
    let run = done_run(&desk.clock, &talk);
    let understood = Understood { language: "en".into(), ..Understood::default() };
    let finished = Finished { run, understood, result: Returned::Reply(Box::new(proposal)) };
    let inbox = desk.inbox();
    let mut tx = desk.db.begin().await.unwrap();
    assert!(Box::pin(settle(&inbox, &mut tx, &finished)).await.unwrap());
    tx.commit().await.unwrap();
    approvals::pending_of(&desk.db, talk.id).await.unwrap().expect("it waits").id
}

/// A second teammate, who signs in like the first one and has a token.
async fn second_teammate(db: &Db) -> String {
    let (clock, token) = (Clock::system(), new_token());
    let (id, now): (TeammateId, _) = (clock.new_id(), clock.now());
    let password = hash_password(PASSWORD).unwrap();
    write(db, async |tx| {
        teammates::insert(tx, id, OTHER, "Noor Haddad", Role::Admin, &password, now).await?;
        api_tokens::insert(tx, &token_hash(&token), id, "all", now).await
    })
    .await;
    token
}

/// Two teammates with what their browsers and programs send along.
struct People {
    address: SocketAddr,
    tokens: [String; 2],
    /// Cookie and token of forms.
    browsers: [(String, String); 2],
}

impl People {
    /// They sign in at a program that nobody kills.
    async fn sign_in(stage: &Stage, token: String) -> Arc<Self> {
        let program = ready(&stage.launch).await;
        let address = stage.launch.address();
        let browsers = [browser(address, EMAIL).await, browser(address, OTHER).await];
        drop(program);
        Arc::new(Self { address, tokens: [stage.setup.token.clone(), token], browsers })
    }

    /// A form of one of them, sent until it is answered. The same form once more is the same action.
    async fn send(&self, who: usize, asked: &Asked, fields: &[(String, String)]) {
        let (cookie, csrf) = &self.browsers[who];
        let id: ActionId = Clock::system().new_id();
        let (path, id) = (format!("/conversations/{}/actions", asked.number), id.to_string());
        let mut all = vec![("csrf", csrf.as_str()), ("id", id.as_str()), ("back", "/")];
        all.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut client = Client::new(self.address).with("cookie", cookie);
        let begun = Instant::now();
        while !is_answered(client.post_form(&path, &all).await, begun, &[303, 409, 422]) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// One of them says yes, until somebody has.
    async fn accept(&self, who: usize, id: ApprovalId) {
        let mut client = Client::new(self.address).with_token(&self.tokens[who]);
        let (path, begun) = (format!("/api/v1/approvals/{id}/acceptance"), Instant::now());
        while !is_answered(client.post_json(&path, &json!({})).await, begun, &[201, 409]) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn browser(address: SocketAddr, email: &str) -> (String, String) {
    let answer = Client::new(address).post_form("/session", &[("email", email), ("password", PASSWORD)]).await.unwrap();
    let cookie = session_of(&answer);
    let mut browser = Client::new(address).with("cookie", &cookie);
    (cookie, value_of(&page(&mut browser, "/account").await, "csrf"))
}

/// Whether a call was answered for good. Where the program was away, or says that it cannot now, the call is to be made again.
fn is_answered(answer: std::io::Result<Answer>, begun: Instant, known: &[u16]) -> bool {
    assert!(begun.elapsed() < PATIENCE, "nobody answers");
    let Ok(answer) = answer else { return false };
    let is_final = known.contains(&answer.status);
    assert!(is_final || answer.status == 503, "{}: {}", answer.status, answer.text());
    is_final
}

/// Asks for one thing after the other, each behind a trouble that waits at its shop.
async fn ask(people: Arc<People>, shops: Arc<Shops>, queue: Queue, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let Some(asked) = queue.lock().unwrap().pop_front() else { return };
        shops.trouble(&asked.bought, &mut random);
        match &asked.way {
            Way::ByHand { fields, twice } => {
                let mut fields = fields.clone();
                fields.push(("source_id".to_owned(), shops.id_of(asked.bought.house).to_string()));
                fields.push(("order_id".to_owned(), asked.bought.id.clone()));
                if *twice {
                    tokio::join!(people.send(0, &asked, &fields), people.send(1, &asked, &fields));
                } else {
                    people.send(random.random_range(0..2), &asked, &fields).await;
                }
            }
            Way::Approved(id) => {
                tokio::join!(people.accept(0, *id), people.accept(1, *id));
            }
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(5..60))).await;
    }
}

/// Calls at the shops are what happens: the kills fall among them.
async fn watch(play: Arc<Play>, shops: Arc<Shops>, queue: Queue) {
    let mut moved = Instant::now();
    loop {
        let calls = shops.calls();
        play.progress.fetch_add(calls, Ordering::Relaxed);
        if calls > 0 || !queue.lock().unwrap().is_empty() {
            moved = Instant::now();
        }
        // No kill waits for what does not come.
        if moved.elapsed() > QUIET {
            play.over.store(true, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until nothing is left to do but what was tried often and waits long for its next attempt.
async fn all_is_tried(db: &Db) {
    const LEFT: &str = "select count(*) from jobs where kind not in ('poll', 'check_channel', 'check_shop')
        and not (kind = 'perform_action' and state = 'ready' and attempts >= 3)";
    let (begun, mut moved, mut before) = (Instant::now(), Instant::now(), -1);
    loop {
        let left = number_of(db, LEFT).await;
        if left == 0 || (moved.elapsed() > STILL && left == before) {
            return;
        }
        if left != before {
            (moved, before) = (Instant::now(), left);
        }
        assert!(begun.elapsed() < 6 * PATIENCE, "{left} pieces of work do not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What is left is tried for the last time, so that it is done, or waits for a person. Of one order those that were begun
/// come first.
async fn last_attempts(desk: &Desk) {
    let (inbox, later) = (desk.inbox(), desk.clock.now().plus(Duration::from_hours(24)));
    loop {
        let left = jobs::list_due(&desk.db, JobKind::PerformAction, later, 10_000).await.unwrap();
        let mut done = 0;
        for job in &left {
            let action: ActionId = job.field("action").expect("an action");
            match Box::pin(perform::perform(&inbox, action, LAST)).await.unwrap() {
                Next::Done(mut tx) => {
                    assert!(jobs::finish_unclaimed(&mut tx, &[job.id]).await.unwrap());
                    tx.commit().await.unwrap();
                    done += 1;
                }
                Next::Turn(_) => {}
                Next::Retry { reason, .. } => panic!("{reason}"),
            }
        }
        if done == left.len() {
            return;
        }
        assert!(done > 0, "each waits for another");
    }
}
