//! Holds the map of `docs/ARCHITECTURE.md` to the code: which module may use which, where SQL and the outside
//! libraries may be named, how long a file may be. To allow a new edge, change the table below and the map together.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking, and so do its helpers"
)]

#[path = "architecture/source.rs"]
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use source::Source;

/// Whom a module may use, besides itself and, in the rows below it, `clock`. `contract` is the crate that all adapters share.
const MAY_USE: &[(&str, &[&str])] = &[
    ("config", &[]),
    ("vault", &[]),
    ("credentials", &[]),
    ("model", &["contract"]),
    ("clock", &["model"]),
    ("metrics", &[]),
    ("store", &["contract", "model"]),
    ("policy", &["model"]),
    ("voice", &["model"]),
    ("llm", &["metrics", "model"]),
    ("commerce", &["contract", "model", "store", "vault"]),
    ("knowledge", &["model", "store", "llm"]),
    ("documents", &["model", "policy", "store", "voice"]),
    ("agent", &["model", "policy", "voice", "commerce", "knowledge", "llm"]),
    ("channels", &["contract", "config", "model"]),
    ("events", &["model", "store"]),
    (
        "inbox",
        &[
            "contract",
            "metrics",
            "model",
            "store",
            "vault",
            "policy",
            "channels",
            "commerce",
            "documents",
            "voice",
            "events",
        ],
    ),
    ("coworkers", &["model", "store", "policy", "agent", "events"]),
    ("exchange", &["model", "store", "policy", "commerce", "inbox"]),
    ("app", &["contract", "config", ALL_ABOVE]),
    ("backup", &["model", "store"]),
    ("doctor", &["app", "commerce", "config", "inbox", "model", "store", "vault"]),
    ("setup", &["app", "credentials", "model", "policy", "store", "voice"]),
    ("jobs", &["contract", "config", ALL_ABOVE]),
    ("demo", &["contract", "config", ALL_ABOVE]),
    ("web", &["contract", "config", ALL_ABOVE]),
    ("cli", &["contract", "config", ALL_ABOVE]),
    ("main", &["cli", "app", "config"]),
];

/// In a row: every module in the rows before it.
const ALL_ABOVE: &str = "all above";

/// The place that names the adapters of message channels.
const CHANNELS: &[&str] = &["channels"];

/// The adapters of shops, and the places that name them: `app` for the limits of the client that it builds.
const SHOPS: &[(&str, &[&str])] = &[("channel_http_orders", &["commerce/sources", "app"])];

/// Crates that only some places may name.
const OUTSIDE_LIBRARIES: &[(&str, &[&str])] = &[("sqlx", &["store", "model"]), ("async_openai", &["llm"])];

const MOST_LINES: usize = 500;

/// Files of data or generated text that may be longer, with the reason.
const LONG_FILES: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    source::read_all(&root().join("src"))
}

fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}

/// The table with `ALL_ABOVE` and `clock` written out.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut table = BTreeMap::new();
    for (module, named) in MAY_USE {
        let above: Vec<&str> = table.keys().copied().collect();
        let everyone = above.iter().copied().filter(|name| *name == "clock" || named.contains(&ALL_ABOVE));
        table.insert(*module, named.iter().copied().filter(|name| *name != ALL_ABOVE).chain(everyone).collect());
    }
    table
}

/// Edges of one file that the table does not list.
fn forbidden_edges(source: &Source, modules: &BTreeSet<String>) -> Vec<String> {
    let table = allowed();
    let (path, module) = (&source.path, source.module());
    if module == "lib" {
        return Vec::new();
    }
    let Some(allowed) = table.get(module) else {
        return vec![format!("src/{path}: `{module}` is not in the table of tests/architecture.rs")];
    };
    let is_own_file = |name: &String| modules.contains(&format!("{module}/{name}"));
    let above = source.names_above().into_iter().filter(|name| !is_own_file(name) && table.contains_key(name.as_str()));
    let mut used: BTreeSet<String> = source.root_names().into_iter().chain(above).collect();
    if source.names("channel_contract") {
        used.insert("contract".to_owned());
    }
    let forbidden = used.iter().filter(|name| *name != module && !allowed.contains(name.as_str()));
    forbidden.map(|name| format!("src/{path}: `{module}` may not use `{name}`")).collect()
}

/// Path of each file without its ending: tells `super::jobs` in `store/mod.rs` (a file of its own) from the root's.
fn module_files(sources: &[Source]) -> BTreeSet<String> {
    sources.iter().map(|source| source.path.trim_end_matches(".rs").trim_end_matches("/mod").to_owned()).collect()
}

#[test]
fn modules_use_only_what_the_map_allows() {
    let sources = sources();
    let modules = module_files(&sources);
    assert_none(&sources.iter().flat_map(|source| forbidden_edges(source, &modules)).collect::<Vec<_>>());
}

#[test]
fn an_edge_that_is_not_in_the_table_is_found() {
    let modules = BTreeSet::from(["store/jobs".to_owned()]);
    let found = |path: &str, text: &str| forbidden_edges(&Source::new(path, text), &modules);
    assert_eq!(found("agent/draft.rs", "use crate::store::Db;"), ["src/agent/draft.rs: `agent` may not use `store`"]);
    assert_eq!(found("policy.rs", "use channel_contract::Money;"), ["src/policy.rs: `policy` may not use `contract`"]);
    assert_eq!(found("jobs/poll.rs", "crate::web::x()"), ["src/jobs/poll.rs: `jobs` may not use `web`"]);
    assert_eq!(found("store/mod.rs", "use crate::jobs;"), ["src/store/mod.rs: `store` may not use `jobs`"]);
    assert_eq!(found("store.rs", "use super::web;"), ["src/store.rs: `store` may not use `web`"]);
    assert_eq!(found("model/ts.rs", "use crate::clock;"), ["src/model/ts.rs: `model` may not use `clock`"]);
    assert_eq!(found("util.rs", "").len(), 1);
    assert!(found("agent.rs", "use crate::{agent::draft, clock::Clock, model, policy};").is_empty());
    assert!(found("web/live.rs", "use crate::{events, jobs, config::Config};").is_empty());
    assert!(found("store/mod.rs", "use super::jobs; mod tests { use super::{Db, jobs::Claim}; }").is_empty());
}

#[test]
fn documents_reach_the_database_through_the_one_door_that_leaves_out_nul() {
    let bound = |source: &&Source| source.is_in("store") && source.path != "store/rows.rs";
    let past = |source: &Source| source.code.contains(".bind(Json(").then(|| format!("src/{}", source.path));
    assert_none(&sources().iter().filter(bound).filter_map(past).collect::<Vec<_>>());
}

#[test]
fn the_map_has_no_circle() {
    // Each row names only rows before it, so there is an order in which all modules can be understood.
    let mut known = BTreeSet::from(["contract", ALL_ABOVE]);
    for (module, named) in MAY_USE {
        for name in *named {
            let above = known.contains(name);
            assert!(above, "`{module}` names `{name}`, which does not stand above it");
        }
        known.insert(module);
    }
}

#[test]
fn adapters_and_outside_libraries_are_named_in_one_place() {
    let adapters = adapter_crates();
    assert!(adapters.contains("channel_email"));
    let mut breaches = Vec::new();
    for source in sources() {
        breaches.extend(misplaced_names(&source, &adapters));
    }
    assert_none(&breaches);
}

#[test]
fn a_misplaced_name_is_found() {
    let adapters = BTreeSet::from(["channel_email".to_owned(), "channel_http_orders".to_owned()]);
    let found = |path: &str, text: &str| misplaced_names(&Source::new(path, text), &adapters).len();
    assert_eq!(found("inbox/deliver.rs", "channel_email::send()"), 1);
    assert_eq!(found("commerce/sources.rs", "channel_email::send()"), 1);
    assert_eq!(found("commerce/perform.rs", "channel_http_orders::new()"), 1);
    assert_eq!(found("web/inbox.rs", "sqlx::query(x)"), 1);
    assert_eq!(found("agent/draft.rs", "use async_openai::Client;"), 1);
    let good = [
        ("channels.rs", "channel_email::new()"),
        ("commerce/sources.rs", "channel_http_orders::new()"),
        ("store/db.rs", "sqlx::query(x)"),
        ("llm/client.rs", "async_openai::Client"),
    ];
    assert!(good.iter().all(|(path, text)| found(path, text) == 0));
}

fn misplaced_names(source: &Source, adapters: &BTreeSet<String>) -> Vec<String> {
    let places_of = |name: &str| SHOPS.iter().find(|(shop, _)| *shop == name).map_or(CHANNELS, |(_, places)| places);
    let adapters = adapters.iter().map(|name| (name.as_str(), places_of(name)));
    let libraries = OUTSIDE_LIBRARIES.iter().copied();
    let named = adapters
        .chain(libraries)
        .filter(|(name, places)| source.names(name) && !places.iter().any(|place| source.is_in(place)));
    named.map(|(name, places)| format!("src/{}: only {places:?} may name `{name}`", source.path)).collect()
}

/// The adapter crates of the workspace, as code names them.
fn adapter_crates() -> BTreeSet<String> {
    let folders = fs::read_dir(root().join("channel-adapters")).expect("the adapters are there");
    let manifests = folders.map(|folder| folder.expect("a folder").path().join("Cargo.toml"));
    let texts = manifests.filter_map(|manifest| fs::read_to_string(manifest).ok());
    let names = texts.filter_map(|text| Some(text.split_once("name = \"")?.1.split_once('"')?.0.replace('-', "_")));
    names.filter(|name| name != "channel_contract").collect()
}

#[test]
fn sql_is_written_only_in_the_store() {
    let outside = sources().into_iter().filter(|source| source.module() != "store");
    let breaches: Vec<String> = outside
        .flat_map(|source| {
            let path = source.path.clone();
            let statements = source.strings.into_iter().filter(|text| is_sql(text));
            statements.map(move |text| format!("src/{path}: SQL belongs into src/store: {text:.60}"))
        })
        .collect();
    assert_none(&breaches);
}

/// Whether a text is a statement; keywords in one case, since a sentence for people starts with one capital.
fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let upper = words.first().is_some_and(|word| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase()));
    let keyword = |word: &str| if upper { word.to_uppercase() } else { word.to_owned() };
    let starts =
        |start: &[&str]| start.len() <= words.len() && start.iter().zip(&words).all(|(a, b)| keyword(a) == **b);
    let has = |word: &str| words.iter().any(|found| *found == keyword(word));
    (starts(&["select"]) && has("from"))
        || (starts(&["update"]) && has("set"))
        || (starts(&["with"]) && has("as") && has("select"))
        || [["insert", "into"], ["delete", "from"], ["create", "table"], ["create", "index"], ["alter", "table"]]
            .iter()
            .any(|start| starts(start))
}

#[test]
fn sql_is_told_from_sentences() {
    assert!(is_sql("select id from message where conversation = $1"));
    assert!(is_sql("\n    UPDATE job\n    SET done = $1"));
    assert!(is_sql("insert into message (id) values ($1)") && is_sql("with a as (select 1) select * from a"));
    assert!(!is_sql("Select a brand from the list") && !is_sql("update the policy") && !is_sql("") && !is_sql("from"));
}

#[test]
fn files_are_short_and_say_what_they_own() {
    let mut breaches = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > MOST_LINES && !LONG_FILES.iter().any(|(path, _)| *path == source.path) {
            breaches.push(format!("src/{}: {lines} lines are more than {MOST_LINES}", source.path));
        }
        if !source.text.starts_with("//!") {
            breaches.push(format!("src/{}: the first line says with `//!` what the module owns", source.path));
        }
    }
    assert_none(&breaches);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let migrations = root().join("migrations");
    assert_eq!(file_names(&migrations.join("sqlite")), file_names(&migrations.join("postgres")));
}

fn file_names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("a migration").file_name().to_string_lossy().into_owned()).collect()
}
