//! Holds the map of `docs/ARCHITECTURE.md` to the code: which module may use which, where SQL and the outside
//! libraries may be named, how long a file may be, what is locked for an event. The table there is the one that is held: to
//! allow an edge, change it.
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

/// In a row: every module in the rows before it.
const ALL_ABOVE: &str = "all above";

/// The place that names the adapters of message channels.
const CHANNELS: &[&str] = &["channels"];

/// The adapters of shops and of tracking providers, and the places that name them: `app` for the limits of the client that it builds.
const SHOPS: &[(&str, &[&str])] = &[
    ("channel_http_orders", &["commerce/sources", "app"]),
    ("channel_shopify", &["commerce/sources"]),
    ("channel_tracking", &["commerce/tracking"]),
    ("channel_woocommerce", &["commerce/sources"]),
];

/// Crates that only some places may name.
const OUTSIDE_LIBRARIES: &[(&str, &[&str])] = &[("sqlx", &["store", "model"]), ("async_openai", &["llm"])];

/// What locks the conversation of an event, or gives it locked.
const LOCKS: &[&str] = &["conversations::lock(", "lock_in_place(", "bulk_changes::lock", "take_back(", "take_overdue("];

/// Functions that append an event within a transaction of their own and lock no conversation, with the reason.
const WITHOUT_LOCK: &[(&str, &str, &str)] = &[
    ("inbox/approve.rs", "ask_agent", "who gives it the transaction has locked the conversation"),
    ("jobs/poll.rs", "note", "about a channel"),
    ("jobs/poll.rs", "set_state", "about a channel"),
];

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

/// The rows of the map: rooms, and whom each may use besides itself.
fn map() -> Vec<(String, Vec<String>)> {
    let document = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).expect("the map");
    let rows = document.lines().skip_while(|line| !line.starts_with("| room |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).map(|line| line.split('|').map(str::trim).collect());
    let rows: Vec<Vec<&str>> = rows.collect();
    let rooms = rows.iter().flat_map(|row| row[1].split(", ").map(|room| (room, row[3])));
    let bare = |room: &str| room.trim_matches('`').trim_end_matches('/').trim_end_matches(".rs").to_owned();
    let named = |text: &str| text.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    rooms.map(|(room, uses)| (bare(room), named(uses))).collect()
}

/// The map with [`ALL_ABOVE`] and `clock`, which every room below it may use, written out.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let mut table = BTreeMap::<String, BTreeSet<String>>::new();
    for (room, named) in map() {
        let (all, mut uses): (Vec<String>, BTreeSet<String>) =
            (table.keys().cloned().collect(), named.iter().filter(|name| *name != ALL_ABOVE).cloned().collect());
        uses.extend(all.into_iter().filter(|above| above == "clock" || named.iter().any(|name| name == ALL_ABOVE)));
        table.insert(room, uses);
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
        return vec![format!("src/{path}: `{module}` is not in the map of docs/ARCHITECTURE.md")];
    };
    let is_own_file = |name: &String| modules.contains(&format!("{module}/{name}"));
    let above = source.names_above().into_iter().filter(|name| !is_own_file(name) && table.contains_key(name));
    let mut used: BTreeSet<String> = source.root_names().into_iter().chain(above).collect();
    if source.names("channel_contract") {
        used.insert("contract".to_owned());
    }
    let forbidden = used.iter().filter(|name| *name != module && !allowed.contains(*name));
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
fn every_room_of_the_map_is_there_and_uses_rooms() {
    let table = allowed();
    for (room, uses) in &table {
        let source = root().join("src").join(room);
        assert!(source.is_dir() || source.with_extension("rs").is_file(), "`{room}` is no room");
        for name in uses {
            assert!(name == "contract" || table.contains_key(name), "`{room}` may use `{name}`, which is no room");
        }
    }
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
    let mut known = BTreeSet::from(["contract".to_owned(), ALL_ABOVE.to_owned()]);
    for (room, named) in map() {
        for name in named {
            assert!(known.contains(&name), "`{room}` names `{name}`, which does not stand above it");
        }
        known.insert(room);
    }
    assert!(known.len() > 20, "the map is read: {known:?}");
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

/// The functions of a file that append an event before they have locked a conversation. Those that are given a transaction
/// append under the locks of whoever has it, and are not looked at.
fn without_lock(source: &Source) -> Vec<(String, String)> {
    let unlocked = |function: &str| {
        let (head, body) = function.split_once('{')?;
        let name = head.split(['(', '<']).next()?;
        let code: String = body.split_whitespace().collect();
        let appends =
            ["insert_events(&mut", ".note(&muttx"].into_iter().filter_map(|append| code.find(append)).min()?;
        let is_locked = LOCKS.iter().any(|lock| code[..appends].contains(*lock));
        (!is_locked).then(|| (source.path.clone(), name.to_owned()))
    };
    source.code.split("fn ").skip(1).filter_map(unlocked).collect()
}

/// An event gets its number under the lock of its conversation, so that whoever reads on behind a number misses nothing of it.
#[test]
fn whoever_appends_an_event_has_locked_its_conversation() {
    let found: BTreeSet<(String, String)> = sources().iter().flat_map(without_lock).collect();
    let known = WITHOUT_LOCK.iter().map(|(path, function, _)| ((*path).to_owned(), (*function).to_owned()));
    let known: BTreeSet<(String, String)> = known.collect();
    assert_eq!(found, known, "see `LOCKS` and `WITHOUT_LOCK`");
}

#[test]
fn an_event_without_a_lock_is_found() {
    let found = |text: &str| without_lock(&Source::new("inbox/care.rs", text)).len();
    let lock = "let talk = conversations::lock(&mut tx, id).await?;";
    let append = "intake::insert_events(\n&mut tx, &[event]).await?;";
    let note = "inbox.note(&mut tx, &talk).await?;";
    for append in [append, note] {
        assert_eq!(found(&format!("async fn one() {{ {lock} }} pub async fn two() {{ {append} }}")), 1);
        assert_eq!(found(&format!("async fn one() {{ {append} {lock} }}")), 1, "it comes too late");
        assert_eq!(found(&format!("async fn one() {{ {lock} {append} {append} }}")), 0);
    }
    assert_eq!(found("async fn one(tx: &mut Tx) { intake::insert_events(tx, &[event]).await }"), 0);
}

/// A crate that `deny.toml` bans, and the crates that may use it all the same.
fn ban(line: &str) -> Option<(&str, Vec<&str>)> {
    let (banned, rest) = line.trim().strip_prefix("{ crate = \"")?.split_once('"')?;
    let wrappers = rest.split_once("wrappers = [").and_then(|(_, list)| list.split_once(']'));
    let wrappers = wrappers.map_or("", |(list, _)| list);
    Some((banned, wrappers.split(['"', ',', ' ']).filter(|name| !name.is_empty()).collect()))
}

/// A field of a package in the lock file.
fn locked<'a>(package: &'a str, field: &str) -> Option<&'a str> {
    package.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

/// What the lock file holds and `deny.toml` forbids: banned crates, and any other source than the one registry.
fn forbidden(lock: &str, rules: &str) -> Vec<String> {
    let packages: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    let mut breaches = Vec::new();
    for (banned, wrappers) in rules.lines().filter_map(ban) {
        for package in &packages {
            let name = locked(package, "name").unwrap_or_default();
            let mut uses = package.lines().filter_map(|line| line.strip_prefix(" \"")?.split([' ', '"']).next());
            let is_used = uses.any(|used| used == banned) && !wrappers.contains(&name);
            if is_used || (name == banned && wrappers.is_empty()) {
                breaches.push(format!("Cargo.lock: {name} brings {banned}, which deny.toml bans"));
            }
        }
    }
    let sources: BTreeSet<&str> = packages.iter().filter_map(|package| locked(package, "source")).collect();
    if sources.len() > 1 || sources.iter().any(|source| !source.starts_with("registry+")) {
        breaches.push(format!("Cargo.lock: crates come from one registry alone, not from {sources:?}"));
    }
    breaches
}

#[test]
fn no_banned_crate_is_in_the_lock_file() {
    let read = |name: &str| fs::read_to_string(root().join(name)).expect("a file of the root");
    let (lock, rules) = (read("Cargo.lock"), read("deny.toml"));
    assert!(rules.lines().filter_map(ban).count() > 3, "the bans are read");
    assert_none(&forbidden(&lock, &rules));
}

#[test]
fn a_banned_crate_is_found() {
    let rules = "deny = [\n  { crate = \"ssl\", reason = \"\" },\n  { crate = \"sql\", wrappers = [\"desk\"], reason = \"\" },\n]";
    let package = |name: &str, source: &str, uses: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1\"\n{source}dependencies = [\n \"{uses}\",\n]\n\n")
    };
    let found = |packages: &[String]| forbidden(&packages.concat(), rules).len();
    assert_eq!(found(&[package("desk", "", "sql"), package("sql", "source = \"registry+a\"\n", "x")]), 0);
    assert_eq!(found(&[package("desk", "", "ssl 1.2"), package("ssl", "", "x")]), 2);
    assert_eq!(found(&[package("web", "", "sql"), package("sql-core", "", "x")]), 1);
    assert_eq!(found(&[package("a", "source = \"git+a\"\n", "x")]), 1);
    assert_eq!(
        found(&[package("a", "source = \"registry+a\"\n", "x"), package("b", "source = \"registry+b\"\n", "x")]),
        1
    );
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
