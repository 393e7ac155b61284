//! The pages beside the inbox.

use askama::Template;
use resolute::model::agent_run::{HandOff, HandOffPacket};
use resolute::model::channel::ChannelKind;
use resolute::model::job::{Job, JobKind, JobState};
use resolute::model::order::OrderSourceRow;
use resolute::model::version::Version;
use resolute::model::{BrandId, HandOffId, JobId, Json, OrderSourceId, Ts, VersionId};
use resolute::policy::{self, Policy};
use resolute::voice::{self, Voice};
use resolute::web::channels::{ChannelsPage, ConnectMailPage};
use resolute::web::errors::ErrorPage;
use resolute::web::jobs::JobsPage;
use resolute::web::order_sources::{ConnectShopPage, OrderSourcesPage};
use resolute::web::page::Place;
use resolute::web::policies::{PolicyFacts, PolicyPage, PolicyVersionPage};
use resolute::web::search::SearchPage;
use resolute::web::settings::{SettingsFacts, SettingsPage};
use resolute::web::teammates::TeammatesPage;
use resolute::web::voices::{Sample, VoiceFacts, VoicePage, WriterScore};
use uuid::Uuid;

use crate::{cast, page};

pub fn screens() -> Vec<(&'static str, String)> {
    let found = cast::conversations();
    let channels: Vec<_> = cast::channels().into_iter().map(|(channel, _)| channel).collect();
    let facts = SettingsFacts {
        channels: 7,
        troubled_channels: 1,
        order_sources: 1,
        troubled_sources: 0,
        teammates: 3,
        dead_jobs: 2,
    };
    let place = Place::Settings;
    vec![
        ("policy", policy_page()),
        ("policy-version", policy_version()),
        ("voice", voice_page()),
        ("search", SearchPage::new(page(Place::Inbox), "gaiters", &found[1..3]).render().unwrap()),
        ("search-nothing", SearchPage::new(page(Place::Inbox), "skarf", &[]).render().unwrap()),
        ("settings", SettingsPage::new(page(place), facts).render().unwrap()),
        ("channels", ChannelsPage::new(page(place), &channels, "https://desk.fjordline.example").render().unwrap()),
        ("connect-mail", connect_mail()),
        ("order-sources", OrderSourcesPage::new(page(place), &[shop()]).render().unwrap()),
        ("connect-shop", ConnectShopPage::new(page(place), &[], &[]).tested(Ok(())).render().unwrap()),
        ("teammates", TeammatesPage::new(page(place), &cast::team(), &[], &[]).render().unwrap()),
        ("jobs", jobs()),
        ("error", ErrorPage::new(404, "There is no conversation 9999. It may have been erased.").render().unwrap()),
    ]
}

/// The agent's question to a person.
pub fn hand_off() -> HandOff {
    HandOff {
        id: HandOffId(Uuid::from_u128(1)),
        conversation_id: cast::conversations()[1].id,
        reason: "The customer mentions a lawyer.".into(),
        packet: Json(HandOffPacket {
            wants: "42.00 EUR back, and the jacket before Saturday".into(),
            facts: vec!["Order FJ-20417, gaiters 42.00 EUR".into(), "Parcel 2 left Hamburg on Saturday".into()],
            tried: vec!["Asked whether new gaiters would help".into()],
            promised: vec![],
        }),
        created_at: cast::now(),
    }
}

fn version(number: i64, summary: &str, published: bool, days_ago: i64) -> Version {
    let at = Ts(cast::now().0 - days_ago * 86_400_000_000);
    Version {
        id: VersionId(Uuid::from_u128(u128::try_from(number).unwrap())),
        brand_id: BrandId(Uuid::nil()),
        version: number,
        document: Json(serde_json::json!({})),
        summary: summary.into(),
        author_id: Some(cast::team()[0].id),
        published,
        effective_from: published.then_some(at),
        created_at: at,
    }
}

fn versions() -> Vec<Version> {
    vec![
        version(15, "", false, 0),
        version(14, "Keep broken goods under 60.00", true, 21),
        version(13, "Winter returns until 31 January", true, 42),
    ]
}

fn changed_policy() -> (Policy, Policy) {
    let before = Policy::default();
    let mut after = before.clone();
    after.damaged.alone_up_to += 2_000;
    after.returns.window_days = 20;
    (before, after)
}

fn policy_page() -> String {
    let (before, after) = changed_policy();
    let (rules, changes, versions, team) =
        (policy::rules(&after), policy::diff(&before, &after), versions(), cast::team());
    let facts = PolicyFacts {
        rules: &rules,
        section: 0,
        draft: versions.first(),
        in_force: versions.get(1),
        changes: &changes,
        problems: &[],
        versions: &versions,
        team: &team,
    };
    PolicyPage::new(page(Place::Policy), facts).render().unwrap()
}

fn policy_version() -> String {
    let (before, after) = changed_policy();
    let (rules, changes) = (policy::rules(&before), policy::diff(&after, &before));
    PolicyVersionPage::new(page(Place::Policy), &versions()[2], Some(14), &rules, &changes).render().unwrap()
}

fn voice_page() -> String {
    let voice = Voice::default();
    let sample = |channel: ChannelKind, title: &str, text: &str| Sample {
        channel,
        title: title.into(),
        text: text.into(),
        score: voice::score(&voice, text, "en", channel.as_str()),
    };
    let samples = [
        sample(
            ChannelKind::Email,
            "Mail, late parcel",
            "Hi Anna,\n\nyour tent is two days late, and I am sorry. It left Leipzig this morning.\n\nBest wishes, Ida",
        ),
        sample(
            ChannelKind::Whatsapp,
            "WhatsApp, broken gaiters",
            "Sorry about the buckle. 42.00 EUR goes back to your card, and you can keep the gaiters.",
        ),
        sample(
            ChannelKind::Mirakl,
            "Marketplace, hole in a mat",
            "Hello, a new mat leaves today. Unfortunately the shipment takes two days.",
        ),
    ];
    let writer = |who: &str, replies, score, most_off: &str| WriterScore {
        who: who.into(),
        replies,
        score,
        most_off: most_off.into(),
    };
    let writers =
        [writer("Agent", 1_206, 95, "Length on marketplaces"), writer("Jonas Weber", 96, 74, "“unfortunately”")];
    let (versions, team) = (versions(), cast::team());
    let facts = VoiceFacts {
        voice: &voice,
        locale: "",
        draft: versions.first(),
        in_force: versions.get(1),
        samples: &samples,
        problems: &[],
        writers: &writers,
        versions: &versions,
        team: &team,
    };
    VoicePage::new(page(Place::Voice), facts).render().unwrap()
}

fn connect_mail() -> String {
    let values = [("address", "care@fjordline.example".to_owned()), ("imap_host", "imap.fjordline.example".to_owned())];
    ConnectMailPage::new(page(Place::Settings), &values, &[])
        .tested("Fetching mail", Ok(()))
        .tested("Sending mail", Err("The server refused the password.".into()))
        .render()
        .unwrap()
}

fn shop() -> OrderSourceRow {
    OrderSourceRow {
        id: OrderSourceId(Uuid::from_u128(30)),
        brand_id: BrandId(Uuid::nil()),
        kind: "http".into(),
        name: "Fjordline shop".into(),
        settings: Json(serde_json::json!({})),
        state: "connected".into(),
        state_reason: String::new(),
        last_read_at: Some(Ts(cast::now().0 - 12_000_000)),
    }
}

fn jobs() -> String {
    let job = |kind, state, done, total, error: &str| Job {
        id: JobId(Uuid::from_u128(9)),
        kind,
        payload: Json(serde_json::json!({})),
        state,
        run_at: cast::now(),
        attempts: 8,
        done,
        total,
        last_error: error.into(),
        conversation_id: Some(cast::conversations()[1].id),
        created_at: Ts(cast::now().0 - 600_000_000),
    };
    let dead = [job(JobKind::Deliver, JobState::Dead, 0, 0, "The mail server does not answer.")];
    let running = [job(JobKind::Receive, JobState::Running, 18_204, 61_000, "")];
    JobsPage::new(page(Place::Settings), &running, &dead, &[(cast::conversations()[1].id, 4812)]).render().unwrap()
}
