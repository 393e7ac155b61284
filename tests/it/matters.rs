//! What customers are told before they ask: once for each matter, where they are, and only where nobody else speaks. Each test
//! runs on both databases.

use std::time::Duration;

use resolute::inbox::approve::{self, Changes, Decider};
use resolute::inbox::care;
use resolute::inbox::matters as inbox_matters;
use resolute::jobs::read_order;
use resolute::model::Json;
use resolute::model::action::{Action, ActionState};
use resolute::model::approval::Approval;
use resolute::model::brand::{AgentLevel, Brand};
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::job::JobKind;
use resolute::model::matter::{Matter, MatterKind, MatterState};
use resolute::model::order::{Currency, KnownOrder, MatchedBy, Money, OrderAction, OrderSourceRow};
use resolute::model::teammate::Teammate;
use resolute::store::jobs::NewJob;
use resolute::store::matters::Written;
use resolute::store::opt_outs::{self, Word};
use resolute::store::{Reader, actions, approvals, brands, intake, jobs, matters, order_sources, orders, teammates};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::context::order;
use crate::mail_path::{answer, mail, receive};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, taken};
use crate::support::setup::{MAIL_SERVER, demo_shop};
use crate::support::smtp::SmtpDouble;
use crate::support::stores::{number_of, write};

const SHOP_SECRET: &str = "a secret of the shop";
const DRAFTS: &str = "select count(*) from drafts";
const MATTERS: &str = "select count(*) from matters";
const TALKS: &str = "select count(*) from conversations";

/// The order, paid and sent.
fn sent() -> Value {
    let mut document = order("shipped");
    let money = json!({ "amount": "12.50", "currency": "EUR" });
    document["payments"] =
        json!([{ "id": "p1", "method": "card ending 4421", "amount": money, "at": "2026-11-18T08:13:00Z" }]);
    document
}

/// The same with refunds of these ids.
fn refunded(ids: &[&str]) -> Value {
    let mut document = sent();
    let refund = |id: &&str| {
        let money = json!({ "amount": "2.50", "currency": "EUR" });
        json!({ "id": id, "amount": money, "method": "card ending 4421", "reason": "", "at": "2026-11-23T10:00:00Z" })
    };
    document["refunds"] = ids.iter().map(refund).collect();
    document
}

/// The same with a parcel that is promised for this evening.
fn promised() -> Value {
    let mut document = sent();
    document["shipments"] = json!([{
        "id": "s1", "carrier": "DHL", "tracking_number": "RR1", "status": "in_transit", "lines": [],
        "shipped_at": "2026-11-20T08:00:00Z",
        "promised": { "from": "2026-11-23T08:00:00Z", "to": "2026-11-23T20:00:00Z" },
    }]);
    document
}

/// A desk with a mail server that takes what leaves, a shop, and a conversation of Sofie's about an order of hers, which was
/// read three hours ago. The agent's drafts wait for a person.
struct Scene {
    desk: TestDesk,
    smtp: SmtpDouble,
    shop: MockServer,
    row: OrderSourceRow,
    mara: Teammate,
    talk: Conversation,
}

impl Scene {
    /// The order as it was first, and as the shop shows it from then on.
    async fn start(engine: Engine, first: Value, later: Value) -> Self {
        let (smtp, shop) = (SmtpDouble::start().await, MockServer::start().await);
        let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
        let desk = TestDesk::start(wish).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        let row = OrderSourceRow {
            kind: "http".into(),
            settings: json!({ "base_url": shop.uri() }).into(),
            ..demo_shop(desk.setup.brand, clock.new_id())
        };
        let sealed = desk.desk.shops.seal(row.id, &json!({ "secret": SHOP_SECRET })).unwrap();
        write(db, async |tx| order_sources::insert(tx, &row, sealed, clock.now()).await).await;
        let answers = |document: Value| {
            Mock::given(path("/orders/ord_1")).respond_with(ResponseTemplate::new(200).set_body_json(document))
        };
        answers(first).up_to_n_times(1).mount(&shop).await;
        answers(later).mount(&shop).await;
        let number = receive(&desk, &from_sofie("1@example.com", "Hello there.")).await;
        let talk = desk.talk(number).await;
        let shops = desk.desk.shops.of_brand(desk.setup.brand).await.unwrap();
        let known: KnownOrder = shops.get_order(row.id, "ord_1").await.unwrap().unwrap();
        let brand = brands::get(db, desk.setup.brand).await.unwrap();
        write(db, async |tx| {
            orders::save(tx, &known).await?;
            orders::link(tx, talk.id, &known, MatchedBy::Number, clock.now()).await?;
            brands::update(tx, &Brand { agent_level: AgentLevel::Approve, ..brand }).await
        })
        .await;
        clock.advance(Duration::from_hours(3));
        let mara = teammates::find(db, desk.setup.teammate).await.unwrap().unwrap();
        Self { desk, smtp, shop, row, mara, talk }
    }

    /// The case is done.
    async fn resolve(&self) {
        care::resolve(&self.desk.desk.inbox(), self.talk.id, &self.mara, None).await.unwrap();
    }

    /// The shop tells that the order changed.
    async fn learn(&self) {
        read_order::enqueue(&self.desk.desk, self.row.id, "ord_1").await.unwrap();
        self.desk.drain().await;
    }

    /// Time goes by, and what is due is read though nobody tells of it.
    async fn look_after(&self, span: Duration) {
        self.desk.desk.clock.advance(span);
        read_order::begin(&self.desk.desk).await.unwrap();
        self.desk.drain().await;
    }

    async fn pass(&self, span: Duration) {
        self.desk.desk.clock.advance(span);
        self.desk.drain().await;
    }

    /// The draft that waits in a conversation.
    async fn pending(&self, talk: &Conversation) -> Option<Approval> {
        approvals::pending_of(&self.desk.desk.db, talk.id).await.unwrap()
    }

    async fn accept(&self, approval: &Approval) {
        let decider = Decider { teammate: &self.mara, took: None, program: false };
        approve::accept(&self.desk.desk.inbox(), approval.id, decider, Changes::default()).await.unwrap();
        self.desk.drain().await;
    }

    /// What she was not told of yet, or whose draft waits.
    async fn open(&self) -> Vec<Matter> {
        matters::list_open(&mut Reader::Db(&self.desk.desk.db), self.talk.contact_id).await.unwrap()
    }

    /// What she is to be told from now on.
    fn matter(&self, kind: MatterKind, subject: &str) -> Matter {
        let clock = &self.desk.desk.clock;
        Matter {
            id: clock.new_id(),
            brand_id: self.desk.setup.brand,
            order_source_id: self.row.id,
            order_id: "ord_1".into(),
            order_number: "FJ-20417".into(),
            kind,
            subject: subject.into(),
            contact_id: self.talk.contact_id,
            state: MatterState::Waiting,
            reason: String::new(),
            conversation_id: None,
            draft_id: None,
            opened: false,
            noticed_at: clock.now(),
            drafted_at: None,
        }
    }

    async fn number(&self, statement: &'static str) -> i64 {
        number_of(&self.desk.desk.db, statement).await
    }

    async fn timeline(&self, number: i64) -> String {
        page(&mut self.desk.browser().await, &format!("/conversations/{number}/timeline")).await
    }
}

fn from_sofie(id: &str, text: &str) -> Vec<u8> {
    let proof = format!("Authentication-Results: {MAIL_SERVER}; dmarc=pass header.from=example.com\r\n");
    mail(id, "Sofie Keller <sofie@example.com>", "Hello", &proof, text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_told_once_by_a_mail_of_its_own_after_approval() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        scene.resolve().await;
        scene.learn().await;
        let talk = scene.desk.newest().await;
        assert_ne!(talk.number, scene.talk.number, "what is done stays done");
        assert_eq!((talk.status, talk.order_number.as_deref()), (ConversationStatus::Open, Some("FJ-20417")));
        let approval = scene.pending(&talk).await.expect("a draft waits");
        assert_eq!(approval.reasons.0[0], "proactive: a refund for FJ-20417 was posted");
        let shown = page(&mut scene.desk.browser().await, &format!("/conversations/{}", talk.number)).await;
        assert!(shown.contains("proactive: a refund for FJ-20417 was posted"), "{shown}");
        assert!(scene.timeline(talk.number).await.contains("Proactive: a refund for FJ-20417 was posted"));
        // The same news again, and the work once more, as behind a crash.
        scene.learn().await;
        scene.pass(Duration::from_mins(2)).await;
        assert_eq!((scene.number(DRAFTS).await, scene.number(MATTERS).await), (1, 1));

        scene.accept(&approval).await;
        let sent = scene.smtp.taken();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].to, ["sofie@example.com"]);
        assert_eq!(sent[0].header("Subject"), "Fjord Home, FJ-20417");
        assert!(sent[0].body().contains("Your refund of 2.50"), "{}", sent[0].raw);
        scene.pass(Duration::from_mins(2)).await;
        assert!(scene.open().await.is_empty());
        assert!(!scene.desk.unfinished().await.iter().any(|job| job.contains("tell_matter")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_the_shops_is_told_though_the_desk_gave_money_back_shortly_before() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1", "r2"]))).await;
        let now = scene.desk.desk.clock.now();
        let goodwill = OrderAction::Refund {
            amount: Money::new(250, Currency::EUR),
            lines: Vec::new(),
            reason: "Late.".into(),
            gives_back: None,
        };
        let own = Action {
            id: scene.desk.desk.clock.new_id(),
            conversation_id: scene.talk.id,
            draft_id: None,
            message_id: None,
            order_source_id: scene.row.id,
            order_id: "ord_1".into(),
            order_number: "FJ-20417".into(),
            document: Json(goodwill),
            state: ActionState::Approved,
            idempotency_key: "goodwill".into(),
            reference: String::new(),
            error: String::new(),
            created_at: now,
            performed_at: None,
        };
        write(&scene.desk.desk.db, async |tx| {
            actions::approve(tx, &own, scene.desk.setup.brand, None, Some(scene.mara.id)).await?;
            actions::set_state(tx, own.id, ActionState::Performed, "r1", "", Some(now)).await
        })
        .await;
        scene.resolve().await;
        scene.learn().await;
        let told: Vec<String> = scene.open().await.into_iter().map(|matter| matter.subject).collect();
        assert_eq!(told, ["r2"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_open_case_it_waits_until_nothing_else_is_on_its_way() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        scene.learn().await;
        let number = scene.talk.number;
        assert!(scene.timeline(number).await.contains("Proactive: a refund for FJ-20417 was posted"));
        scene.pass(Duration::from_mins(6)).await;
        assert!(scene.pending(&scene.talk).await.is_none(), "she waits for an answer, which is the one voice");
        answer(&scene.desk, number, "It is on its way.").await;
        scene.pass(Duration::from_mins(6)).await;
        let approval = scene.pending(&scene.talk).await.expect("a draft waits");
        assert_eq!(scene.number(TALKS).await, 1, "there is no second conversation");
        scene.accept(&approval).await;
        let sent = scene.smtp.taken();
        assert_eq!((sent.len(), sent[1].header("Subject").as_str()), (2, "Re: Hello"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_meanwhile_is_not_told() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        scene.resolve().await;
        scene.learn().await;
        let talk = scene.desk.newest().await;
        assert!(scene.pending(&talk).await.is_some());
        scene.desk.desk.clock.advance(Duration::from_mins(1));
        receive(&scene.desk, &from_sofie("2@example.com", "Where is my money?")).await;
        assert!(scene.pending(&talk).await.is_none());
        assert!(scene.open().await.is_empty());
        let talk = scene.desk.talk(talk.number).await;
        assert_eq!((talk.status, talk.needs_approval), (ConversationStatus::Resolved, false));
        let words = "The customer is not told that a refund for FJ-20417 was posted: the customer wrote themselves";
        assert!(scene.timeline(talk.number).await.contains(words), "{}", scene.timeline(talk.number).await);
        scene.pass(Duration::from_hours(25)).await;
        assert_eq!((scene.smtp.taken().len(), scene.number(MATTERS).await), (0, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_ends_is_looked_at_though_nobody_tells_of_it() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, promised(), promised())).await;
        scene.resolve().await;
        scene.look_after(Duration::ZERO).await;
        assert_eq!(scene.number(MATTERS).await, 0, "it is not due");
        scene.look_after(Duration::from_hours(9)).await;
        let talk = scene.desk.newest().await;
        let approval = scene.pending(&talk).await.expect("a draft waits");
        assert_eq!(approval.reasons.0[0], "proactive: a parcel of FJ-20417 comes later than was promised");
        scene.look_after(Duration::from_hours(9)).await;
        assert_eq!((scene.number(MATTERS).await, scene.number(DRAFTS).await), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_ends_while_the_shop_is_away_is_looked_at_once_it_is_back() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, promised(), promised())).await;
        scene.resolve().await;
        let shop_says = async |answer: ResponseTemplate| {
            scene.shop.reset().await;
            Mock::given(path("/orders/ord_1")).respond_with(answer).mount(&scene.shop).await;
        };
        shop_says(ResponseTemplate::new(500)).await;
        // Long enough for all attempts, each an hour and some minutes behind the one before.
        for _ in 0..16 {
            scene.look_after(Duration::from_hours(2)).await;
        }
        assert_eq!(scene.number(MATTERS).await, 0);
        assert!(!scene.desk.unfinished().await.iter().any(|job| job.contains("read_order")), "nothing stays dead");
        shop_says(ResponseTemplate::new(200).set_body_json(promised())).await;
        for _ in 0..6 {
            scene.look_after(Duration::from_hours(2)).await;
        }
        assert_eq!(scene.open().await.iter().map(|one| one.kind).collect::<Vec<_>>(), [MatterKind::Late]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_that_come_back_are_noticed_though_no_shop_tells_of_them_and_a_look_failed() {
    for engine in Engine::all() {
        let mut unsent = sent();
        unsent["status"] = json!("open");
        let scene = Box::pin(Scene::start(engine, unsent.clone(), unsent)).await;
        scene.resolve().await;
        let has = |count: u32| {
            let price = json!({ "amount": "12.50", "currency": "EUR" });
            let cup = json!({ "sku": "CUP", "title": "Stoneware cup", "price": price, "in_stock": count });
            ResponseTemplate::new(200).set_body_json(json!({ "products": [cup] }))
        };
        for (answer, noticed) in [(has(0), 0), (ResponseTemplate::new(500), 0), (has(3), 1), (has(3), 1)] {
            let shown = Mock::given(path("/products")).respond_with(answer).mount_as_scoped(&scene.shop).await;
            scene.look_after(Duration::from_hours(12)).await;
            drop(shown);
            assert_eq!(scene.number(MATTERS).await, noticed);
        }
        let kinds: Vec<MatterKind> = scene.open().await.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [MatterKind::Restocked]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_hears_of_one_matter_a_day() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1", "r2"]))).await;
        scene.resolve().await;
        scene.learn().await;
        assert_eq!((scene.number(MATTERS).await, scene.number(DRAFTS).await), (2, 1));
        let talk = scene.desk.newest().await;
        let first = scene.pending(&talk).await.expect("a draft waits");
        scene.accept(&first).await;
        scene.pass(Duration::from_hours(23)).await;
        assert_eq!(scene.number(DRAFTS).await, 1);
        scene.pass(Duration::from_hours(2)).await;
        assert_eq!(scene.number(DRAFTS).await, 2);
        assert!(scene.pending(&talk).await.is_some(), "it goes on where the first one was told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_by_an_agent_that_is_off_a_policy_that_says_no_or_against_their_wish() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        let db = &scene.desk.desk.db;
        let brand = brands::get(db, scene.desk.setup.brand).await.unwrap();
        write(db, async |tx| brands::update(tx, &Brand { agent_level: AgentLevel::Off, ..brand.clone() }).await).await;
        scene.learn().await;
        assert_eq!(scene.number(MATTERS).await, 0);

        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        let mut browser = scene.desk.browser().await;
        taken(&mut browser, "/policies/draft", &[("section", "1"), ("proactive.refunded", "off")]).await;
        taken(&mut browser, "/policies/publication", &[("summary", "Quiet")]).await;
        scene.desk.desk.clock.advance(Duration::from_mins(1));
        scene.learn().await;
        assert_eq!(scene.number(MATTERS).await, 0);

        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        scene.resolve().await;
        let (channel, contact) = (scene.talk.channel_id, scene.talk.contact_id);
        let word = Word { given: false, at: scene.desk.desk.clock.now() };
        write(&scene.desk.desk.db, async |tx| opt_outs::note(tx, channel, contact, word).await).await;
        scene.learn().await;
        assert_eq!((scene.number(MATTERS).await, scene.number(DRAFTS).await), (1, 0));
        let words = "they want nothing that they did not ask for";
        assert!(scene.timeline(scene.talk.number).await.contains(words));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_waits_takes_nobodys_turn_and_ends_when_it_is_no_news() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        scene.resolve().await;
        scene.learn().await;
        let talk = scene.desk.newest().await;
        let [matter]: [Matter; 1] = scene.open().await.try_into().expect("one matter");
        let (db, inbox) = (&scene.desk.desk.db, scene.desk.desk.inbox());
        let mut turn = db.begin().await.unwrap();
        intake::lock(&mut turn).await.unwrap();
        let looking = Box::pin(inbox_matters::look_after(&inbox, &matter));
        tokio::time::timeout(Duration::from_secs(3), looking).await.expect("it waits for no turn").unwrap();
        drop(turn);

        scene.pass(Duration::from_hours(71)).await;
        assert!(scene.pending(&talk).await.is_some());
        scene.pass(Duration::from_hours(2)).await;
        assert!(scene.pending(&talk).await.is_none() && scene.open().await.is_empty());
        assert!(scene.timeline(talk.number).await.contains("it is no news any more"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_matter_that_cannot_be_looked_at_keeps_no_other_one_away_and_ends_when_it_is_no_news() {
    for engine in Engine::all() {
        let unsent = |refunds: &[&str]| {
            let mut document = refunded(refunds);
            document["status"] = json!("open");
            document
        };
        let scene = Box::pin(Scene::start(engine, unsent(&[]), unsent(&["r1"]))).await;
        Mock::given(path("/products")).respond_with(ResponseTemplate::new(500)).mount(&scene.shop).await;
        scene.resolve().await;
        let restocked = scene.matter(MatterKind::Restocked, "l1");
        write(&scene.desk.desk.db, async |tx| matters::insert(tx, &restocked).await).await;
        scene.desk.desk.clock.advance(Duration::from_secs(1));
        scene.learn().await;
        let told = scene.open().await;
        assert_eq!(told.iter().map(|one| one.state).collect::<Vec<_>>(), [MatterState::Waiting, MatterState::Drafted]);
        scene.pass(Duration::from_hours(73)).await;
        assert!(scene.open().await.is_empty());
        assert!(!scene.desk.unfinished().await.iter().any(|job| job.contains("tell_matter")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_to_tell_them_is_done_again_as_the_same_case() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, sent(), refunded(&["r1"]))).await;
        scene.resolve().await;
        scene.learn().await;
        let [matter]: [Matter; 1] = scene.open().await.try_into().expect("one matter");
        // It stands as where the case itself was opened, and a person has sent the draft.
        let (db, inbox, talk) = (&scene.desk.desk.db, scene.desk.desk.inbox(), &scene.talk);
        care::reopen(&inbox, talk.id, &scene.mara).await.unwrap();
        answer(&scene.desk, talk.number, "Your money is back.").await;
        scene.desk.drain().await;
        let at = scene.desk.desk.clock.now();
        let told = Written { conversation: talk.id, draft: matter.draft_id, opened: true, at };
        write(db, async |tx| matters::set_written(tx, matter.id, told).await).await;
        assert_eq!(scene.desk.talk(talk.number).await.status, ConversationStatus::Waiting);
        scene.pass(Duration::from_mins(2)).await;
        assert_eq!(scene.desk.talk(talk.number).await.status, ConversationStatus::Resolved);
        assert_eq!(scene.number("select count(*) from resolutions").await, 0, "nobody closed another case");
        assert!(scene.open().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_tell_at_once_one_does() {
    for engine in Engine::all() {
        let scene = Box::pin(Scene::start(engine, refunded(&["r1"]), refunded(&["r1"]))).await;
        scene.resolve().await;
        let (db, clock, contact) = (&scene.desk.desk.db, &scene.desk.desk.clock, scene.talk.contact_id);
        let matter = scene.matter(MatterKind::Refunded, "r1");
        let job = || NewJob::about(clock.new_id(), JobKind::TellMatter, "contact", &contact, clock.now());
        write(db, async |tx| {
            assert!(matters::insert(tx, &matter).await?);
            jobs::enqueue(tx, &[job(), job()]).await
        })
        .await;
        tokio::join!(scene.desk.drain(), scene.desk.drain());
        assert_eq!((scene.number(DRAFTS).await, scene.number(TALKS).await), (1, 2));
        assert_eq!(scene.open().await[0].state, MatterState::Drafted);
    }
}
