//! Connected tracking providers: whether they answer, and how to connect one.

pub mod connect;
pub mod hook;

use askama::Template;

use crate::commerce::tracking::usual_base;
use crate::model::teammate::Role;
use crate::model::tracker::{TrackerKind, TrackerRow};
use crate::store::parcels::ParcelCounts;
use crate::web::channels::brand_field;
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::{Badge, Empty, Notice};

/// `GET /trackers`. Each provider has `POST /trackers/{id}/checks` and `/deletion`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "trackers/list.html")]
pub struct TrackersPage {
    page: Page,
    trackers: Vec<TrackerView>,
    may_change: bool,
    empty: Empty,
}

#[derive(Debug)]
struct TrackerView {
    id: String,
    name: &'static str,
    brand: Option<String>,
    state: Badge,
    reason: String,
    read: String,
    followed: i64,
    refused: i64,
}

impl TrackersPage {
    /// The providers of all brands, each with how many parcels it follows.
    pub fn new(page: Page, trackers: &[(TrackerRow, ParcelCounts)]) -> Self {
        let view = |(tracker, parcels): &(TrackerRow, ParcelCounts)| TrackerView {
            id: tracker.id.to_string(),
            name: tracker.kind.name(),
            brand: page.brand_name(tracker.brand_id).map(str::to_owned),
            state: match tracker.state.as_str() {
                "connected" => Badge::new("good", "Connected"),
                _ => Badge::new("bad", "Connect again"),
            },
            reason: tracker.state_reason.clone(),
            read: tracker.last_read_at.map_or("never".to_owned(), |at| page.reader.ago(at)),
            followed: parcels.followed,
            refused: parcels.refused,
        };
        Self {
            may_change: page.role >= Role::Admin,
            trackers: trackers.iter().map(view).collect(),
            empty: Empty::new(
                "No parcel tracking yet",
                "Connect a provider, and what carriers say stands beside orders.",
            )
            .with_link("Connect parcel tracking", "/trackers/new"),
            page,
        }
    }
}

/// `GET /trackers/new` and `GET /trackers/{id}`, and their forms when something is wrong or only a test was asked for
/// (`check=1`). Fields: `brand` and `kind` where it is new, `key`, `hook_secret`, `base_url`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "trackers/new.html")]
pub struct ConnectTrackerPage {
    page: Page,
    /// The provider that is changed; `None` for a new one.
    tracker: Option<ChangedTracker>,
    fields: Vec<Field>,
    result: Option<Notice>,
}

#[derive(Debug)]
struct ChangedTracker {
    id: String,
    name: &'static str,
    hook: String,
}

impl ConnectTrackerPage {
    /// For a new provider: empty, or with the values that came back and what is wrong with them.
    pub fn new(page: Page, values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Self {
        let mut fields = brand_field(&page);
        let kinds = TrackerKind::ALL.iter().map(|kind| (kind.as_str(), kind.name()));
        fields.push(Field::choice("kind", "Provider", kinds));
        fields.push(Field::password("key", "Key").help(
            "AfterShip: Settings, API keys. 17TRACK: Settings, Security, Access key. EasyPost: Account settings, API keys.",
        ));
        fields.extend(more_fields("", "Empty: where the provider lies."));
        Self { page, tracker: None, fields: filled(fields, values, errors), result: None }
    }

    /// For a provider that is connected: where it sends its webhooks, and what may change.
    pub fn again(page: Page, tracker: &TrackerRow, hook: String, values: &[(&'static str, String)]) -> Self {
        let base = tracker.settings.get("base_url").and_then(serde_json::Value::as_str).unwrap_or_default();
        let usual = format!("Empty: {}.", usual_base(tracker.kind));
        let mut fields = vec![Field::password("key", "New key").optional().help("Empty keeps it.")];
        fields.extend(more_fields("Empty keeps it. ", &usual));
        let fields = filled(fields, &[("base_url", base.to_owned())], &[]);
        let known = ChangedTracker { id: tracker.id.to_string(), name: tracker.kind.name(), hook };
        Self { page, tracker: Some(known), fields: filled(fields, values, &[]), result: None }
    }

    /// With the outcome of a test.
    #[must_use]
    pub fn tested(mut self, outcome: Result<(), String>) -> Self {
        self.result = Some(match outcome {
            Ok(()) => Notice::info("The provider answers.", "Nothing was kept yet."),
            Err(reason) => Notice::bad("The provider does not answer as it should. Nothing was kept.", reason),
        });
        self
    }
}

fn more_fields(secret: &str, base: &str) -> [Field; 2] {
    let help = format!(
        "{secret}AfterShip: Settings, Webhooks. EasyPost: the secret that you give with the webhook. 17TRACK signs with its \
         key. Without one no webhook is believed, and parcels are read every few hours."
    );
    [
        Field::password("hook_secret", "Webhook secret").optional().help(help),
        Field::text("base_url", "Address of the interface").optional().help(base),
    ]
}
