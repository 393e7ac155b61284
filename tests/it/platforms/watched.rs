//! Accounts that are pushed to are looked at though nobody asks: what goes elsewhere is an alarm, and access is renewed.

use std::time::Duration;

use platform_doubles::meta::{Door, Meta};
use platform_doubles::telegram::Telegram;
use platform_doubles::{Double, Fault, Response};
use resolute::jobs::{self, upkeep};
use resolute::model::channel::ChannelState;
use resolute::model::job::JobKind;
use resolute::model::{ChannelId, Ts};
use resolute::store::channels;
use resolute::store::jobs as work;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Fields, TOKEN, instagram, meta, of_kind, post, telegram, with, with_bot};
use crate::erasure::forget;
use crate::mail_path::{answer, until};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, taken};
use crate::support::stand::Stand;
use crate::support::stores::{number_of, write};

const HOUR: Duration = Duration::from_hours(1);

/// The desk's workers over channels that are connected already.
struct Workers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// They begin, and the looks are put down.
    async fn start(desk: &TestDesk) -> Self {
        let stop = CancellationToken::new();
        let tasks = jobs::start(&desk.desk, &stop).await.unwrap();
        until(async || !work::list_keys(&desk.desk.db, JobKind::CheckChannel).await.unwrap().is_empty()).await;
        Self { stop, tasks }
    }

    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.unwrap();
        }
    }
}

/// So much time passes, and the looks that are due then are done.
async fn passes(desk: &TestDesk, span: Duration) {
    desk.desk.clock.advance(span);
    until(async || {
        let due = work::is_due(&desk.desk.db, JobKind::CheckChannel, desk.desk.clock.now()).await.unwrap();
        !due && work::counts(&desk.desk.db).await.unwrap().running == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_platform_pushes_elsewhere_is_an_alarm_until_it_comes_here_again() {
    for engine in Engine::all() {
        let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        with_bot(&desk, &double).await;
        let (ours, _) = double.platform.webhook();
        let workers = Workers::start(&desk).await;
        passes(&desk, HOUR).await;
        assert_eq!(of_kind(&desk, "telegram").await.state, ChannelState::Connected);

        double.platform.set_webhook("https://other.example/hook");
        passes(&desk, HOUR).await;
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/inbox").await;
        assert!(shown.contains("“The bot” needs you.") && shown.contains("to another program"), "{shown}");

        double.platform.set_webhook(&ours);
        passes(&desk, HOUR).await;
        assert_eq!(of_kind(&desk, "telegram").await.state, ChannelState::Connected);
        assert!(!page(&mut browser, "/inbox").await.contains("“The bot” needs you."));
        workers.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_that_does_not_come_is_no_alarm() {
    let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }).await;
    with_bot(&desk, &double).await;
    let workers = Workers::start(&desk).await;
    let busy = || Fault::Answer(Response::status(503));
    double.misbehave("", "getWebhookInfo", busy(), 1);
    passes(&desk, HOUR).await;
    assert!(!double.means_to_misbehave(), "it was asked");
    assert_eq!(of_kind(&desk, "telegram").await.state, ChannelState::Connected);
    passes(&desk, HOUR).await;

    double.misbehave("", "getWebhookInfo", busy(), 5);
    for _ in 0..5 {
        passes(&desk, HOUR).await;
    }
    let troubled = of_kind(&desk, "telegram").await;
    assert_eq!(troubled.state, ChannelState::NeedsAttention);
    assert!(troubled.state_reason.ends_with("It is asked again by itself."), "{}", troubled.state_reason);
    passes(&desk, HOUR).await;
    assert_eq!(of_kind(&desk, "telegram").await.state, ChannelState::Connected);
    workers.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_keep_failing_are_an_alarm_that_says_what_to_do() {
    let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }).await;
    with_bot(&desk, &double).await;
    let workers = Workers::start(&desk).await;
    double.platform.set_now(desk.desk.clock.now().0 / 1_000_000);
    double.platform.cannot_deliver(2, "Wrong response from the webhook: 502 Bad Gateway");
    passes(&desk, HOUR).await;
    assert_eq!(of_kind(&desk, "telegram").await.state, ChannelState::Connected, "a moment is none");
    for _ in 0..5 {
        passes(&desk, HOUR).await;
    }
    let mut browser = desk.browser().await;
    let shown = page(&mut browser, "/inbox").await;
    assert!(shown.contains("2 updates wait") && shown.contains("Make sure that the address of the desk"), "{shown}");
    // Whoever mends the way connects the bot again: that it failed until now keeps nothing from being saved.
    let id = of_kind(&desk, "telegram").await.id;
    let form = with(&telegram(&double.url()), "name", "Our bot");
    assert_eq!(post(&desk, &format!("/channels/{id}"), &form).await.status, 303);
    assert_eq!(of_kind(&desk, "telegram").await.name, "Our bot");

    double.platform.cannot_deliver(0, "");
    passes(&desk, 2 * HOUR).await;
    assert_eq!(of_kind(&desk, "telegram").await.state, ChannelState::Connected);
    workers.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_renewed_in_time_though_nobody_writes() {
    for engine in Engine::all() {
        let double = Double::start(meta(Door::Instagram, "account-access")).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        assert_eq!(post(&desk, "/channels", &instagram(&double.url())).await.status, 303);
        let id = of_kind(&desk, "instagram").await.id;
        let workers = Workers::start(&desk).await;
        let days = |number: u64| Duration::from_hours(24 * number);
        for (passed, renewals) in [(49, 0), (2, 1), (8, 1)] {
            double.platform.set_now(double.platform.now() + days(passed));
            passes(&desk, days(passed)).await;
            assert_eq!(double.platform.renewals(), renewals, "{passed} days later");
            let mut browser = desk.browser().await;
            assert!(!page(&mut browser, "/inbox").await.contains("The access to “Instagram” ends"));
        }
        let secrets = desk.desk.connections.secrets(id).await.unwrap();
        assert!(secrets["access_token"].as_str().unwrap().starts_with("IGAA-renewed-"), "it outlives the process");
        workers.end().await;
    }
}

/// An account whose access is renewed 50 days after it was granted.
struct Renewed {
    desk: TestDesk,
    double: Double<Meta>,
    form: Fields,
    id: ChannelId,
}

impl Renewed {
    async fn start(engine: Engine) -> Self {
        let double = Double::start(meta(Door::Instagram, "account-access")).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let form = instagram(&double.url());
        assert_eq!(post(&desk, "/channels", &form).await.status, 303);
        let id = of_kind(&desk, "instagram").await.id;
        Self { desk, double, form, id }
    }

    fn pass(&self, days: u64) {
        let span = Duration::from_hours(24 * days);
        self.double.platform.set_now(self.double.platform.now() + span);
        self.desk.desk.clock.advance(span);
    }

    async fn kept(&self) -> String {
        let secrets = self.desk.desk.connections.secrets(self.id).await.unwrap();
        secrets["access_token"].as_str().unwrap().to_owned()
    }

    /// Whoever uses the account from now on goes by what is kept.
    async fn is_renewed_once(&self) {
        assert_eq!(self.double.platform.renewals(), 1);
        self.desk.desk.connections.get(self.id).await.unwrap().adapter.check().await.unwrap();
        assert_eq!(self.double.platform.renewals(), 1, "whoever uses the account goes by what is kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_work_renews_while_somebody_saves_the_account_is_kept_unless_they_gave_another() {
    for engine in Engine::all() {
        for given in ["", "another-access"] {
            let account = Box::pin(Renewed::start(engine)).await;
            account.double.platform.grant("another-access", None);
            let connections = &account.desk.desk.connections;
            account.pass(49);
            let at_work = connections.get(account.id).await.unwrap();
            let form = with(&account.form, "access_token", given);
            let saved = post(&account.desk, &format!("/channels/{}", account.id), &form).await;
            assert_eq!(saved.status, 303, "{}", saved.text());
            account.pass(2);
            at_work.adapter.check().await.unwrap();
            connections.keep_renewed(&at_work).await;
            let kept = account.kept().await;
            assert_eq!(kept.starts_with("IGAA-renewed-"), given.is_empty(), "{kept}");
            assert!(given.is_empty() || kept == given, "{kept}");
            account.is_renewed_once().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_work_renews_while_somebody_saves_settings_without_a_field_is_what_everybody_goes_by() {
    for engine in Engine::all() {
        let account = Box::pin(Renewed::start(engine)).await;
        let connections = &account.desk.desk.connections;
        account.pass(51);
        let at_work = connections.get(account.id).await.unwrap();
        at_work.adapter.check().await.unwrap();
        let settings = json!({ "limits.files": 3 }).to_string();
        let mut browser = account.desk.browser().await;
        let path = format!("/channels/{}/extra-settings", account.id);
        taken(&mut browser, &path, &[("settings", settings.as_str())]).await;
        // Somebody is in between: what they use was built of the access before.
        connections.get(account.id).await.unwrap();
        connections.keep_renewed(&at_work).await;
        assert!(account.kept().await.starts_with("IGAA-renewed-"));
        account.is_renewed_once().await;
    }
}

/// How often each of these stands in the messages of all conversations.
async fn times(desk: &TestDesk, texts: &[&str]) -> Vec<usize> {
    let shown = desk.api_get("/api/v1/conversations?view=all&limit=50").await;
    let mut bodies = Vec::new();
    for row in shown["items"].as_array().unwrap() {
        let talk = desk.api_get(&format!("/api/v1/conversations/{}", row["number"])).await;
        let messages = talk["messages"].as_array().unwrap();
        bodies.extend(messages.iter().filter_map(|message| Some(message["body"].as_str()?.to_owned())));
    }
    texts.iter().map(|text| bodies.iter().filter(|body| body.as_str() == *text).count()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_did_not_push_is_read_back_and_nothing_is_there_twice() {
    for engine in Engine::all() {
        for name in ["messenger", "instagram"] {
            Box::pin(read_back(engine, name)).await;
        }
    }
}

async fn read_back(engine: Engine, name: &'static str) {
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[name]).await;
    let (desk, line, together) = (&stand.desk, stand.line(), &stand.platforms.together);
    let platform = if name == "messenger" { together.messenger() } else { together.instagram() };
    let set_time = || stand.platforms.set_time(desk.desk.clock.now().datetime());
    let number = stand.asks(line, 1, "Where is my coat?").await;
    answer(desk, number, "It left today.").await;
    stand.pass(Duration::from_mins(1)).await;
    let workers = Workers::start(desk).await;

    platform.subscribe(false);
    // Nobody tells the desk of these.
    stand.platforms.says(line, 1, "And my hat?");
    stand.platforms.says(line, 2, "Is it warm?");
    platform.writes_elsewhere("9000002", "It is.");
    passes(desk, HOUR).await;
    assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention, "{name}");
    platform.subscribe(true);
    set_time();
    // This one is told, and is shown with the others.
    let pushed = stand.platforms.says(line, 3, "Hello there");
    stand.push(&line.path, &pushed.delivery.expect("a delivery")).await;
    passes(desk, HOUR).await;
    let texts = ["Where is my coat?", "It left today.", "And my hat?", "Is it warm?", "It is.", "Hello there"];
    until(async || times(desk, &texts).await == [1_usize; 6]).await;
    assert_eq!(stand.channel(line).await.state, ChannelState::Connected, "{name}");

    set_time();
    assert!(together.let_in(name, false));
    stand.platforms.says(line, 4, "Do you ship to Norway?");
    platform.grant("another-access", None);
    stand.connects_with(line, &[("access_token", "another-access")]).await;
    until(async || times(desk, &["Do you ship to Norway?"]).await == [1_usize]).await;
    assert_eq!(times(desk, &texts).await, [1_usize; 6], "{name}");
    workers.end().await;
}

/// A page that customers write to.
async fn page_of_a_shop(engine: Engine) -> Stand {
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["messenger"]).await;
    stand.asks(stand.line(), 1, "Where is my coat?").await;
    stand.pass(Duration::from_mins(1)).await;
    stand
}

/// Since when something of the account may be missing.
async fn missed_since(stand: &Stand) -> Option<Ts> {
    channels::missed_since(&stand.desk.desk.db, stand.line().channel).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_meta_refuses_keeps_nothing_from_being_read_back() {
    let stand = page_of_a_shop(Engine::Sqlite).await;
    let (desk, line, page) = (&stand.desk, stand.line(), stand.platforms.together.messenger());
    page.subscribe_to(&["messages"]);
    page.withhold("standby");
    let workers = Workers::start(desk).await;
    passes(desk, HOUR).await;
    assert_eq!(stand.channel(line).await.state, ChannelState::NeedsAttention, "a word is missing");
    assert_eq!(missed_since(&stand).await, None, "messages come");

    page.subscribe(false);
    stand.platforms.says(line, 1, "And my hat?");
    passes(desk, HOUR).await;
    assert!(missed_since(&stand).await.is_some());
    stand.sends_form(line, &stand.channel(line).await, &[]).await;
    until(async || times(desk, &["And my hat?"]).await == [1_usize]).await;
    until(async || missed_since(&stand).await.is_none()).await;
    let told = stand.channel(line).await;
    assert!(told.state == ChannelState::NeedsAttention && told.state_reason.contains("standby"), "{told:?}");
    workers.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_connected_again_is_looked_at_once_it_is_subscribed() {
    let stand = page_of_a_shop(Engine::Sqlite).await;
    let (desk, line, together) = (&stand.desk, stand.line(), &stand.platforms.together);
    let workers = Workers::start(desk).await;
    together.messenger().subscribe(false);
    stand.platforms.says(line, 2, "Is it warm?");
    // Longer than workers rest: as the form is tried, as the account was until then, and before the app is subscribed.
    let slow = Fault::Slow(Duration::from_secs(1));
    assert!(together.misbehave("messenger", "GET", "/subscribed_apps", slow, 3));
    stand.connects_again(line).await;
    until(async || times(desk, &["Is it warm?"]).await == [1_usize]).await;
    workers.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_worked_reads_nothing_back_when_it_is_connected_again() {
    let stand = page_of_a_shop(Engine::Sqlite).await;
    let (desk, line) = (&stand.desk, stand.line());
    let workers = Workers::start(desk).await;
    stand.platforms.says(line, 2, "Is it warm?");
    stand.connects_again(line).await;
    assert_eq!(missed_since(&stand).await, None);
    passes(desk, HOUR).await;
    assert_eq!(times(desk, &["Where is my coat?", "Is it warm?"]).await, [1_usize, 0]);
    workers.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_erased_customer_had_written_is_not_read_back() {
    for engine in Engine::all() {
        Box::pin(erased_meanwhile(engine)).await;
    }
}

async fn erased_meanwhile(engine: Engine) {
    let stand = page_of_a_shop(engine).await;
    let (desk, line, db) = (&stand.desk, stand.line(), &stand.desk.desk.db);
    write(db, async |tx| channels::note_missed(tx, line.channel).await).await;
    // Nobody tells the desk of these.
    stand.platforms.says(line, 1, "And my hat?");
    stand.platforms.says(line, 2, "Is it warm?");
    stand.pass(Duration::from_mins(1)).await;
    forget(desk, desk.newest().await.contact_id).await;
    stand.pass(Duration::from_mins(1)).await;
    stand.platforms.says(line, 1, "Hello again");
    let workers = Workers::start(desk).await;
    passes(desk, HOUR).await;
    let texts = ["Is it warm?", "Hello again", "Where is my coat?", "And my hat?"];
    until(async || times(desk, &texts).await == [1_usize, 1, 0, 0]).await;
    let emptied = "select count(*) from raw_events where external_id like 'read_back:%' and length(body) = 0";
    assert_eq!(number_of(db, emptied).await, 2, "{engine:?}");
    workers.end().await;
    for (days, known) in [(30, 1), (1, 0)] {
        desk.desk.clock.advance(Duration::from_hours(24 * days));
        upkeep::look_after(&desk.desk).await.unwrap();
        assert_eq!(number_of(db, "select count(*) from erased_names").await, known, "{engine:?}");
    }
}
