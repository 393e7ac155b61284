//! The checklist names tests that exist, and no adapter leaves a point out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use channel_contract::testkit::{POINTS, table};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All sources below a folder as one text.
fn sources(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let text = |path: PathBuf| {
        if path.is_dir() {
            sources(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            fs::read_to_string(path).unwrap()
        } else {
            String::new()
        }
    };
    paths.map(text).collect()
}

#[test]
fn every_test_of_the_desk_that_the_table_names_exists() {
    let tests = sources(&root().join("tests/it"));
    for name in POINTS.iter().flat_map(|point| point.core) {
        assert!(tests.contains(&format!("fn {name}(")), "tests/it has no test {name}");
    }
}

#[test]
fn every_adapter_is_asked_every_point() {
    let mut adapters = 0;
    for entry in fs::read_dir(root().join("channel-adapters")).unwrap() {
        let folder = entry.unwrap().path();
        if !sources(&folder.join("src")).contains("impl MessageChannel for") {
            continue;
        }
        adapters += 1;
        let tests = sources(&folder.join("tests"));
        for point in POINTS {
            let shown = tests.contains(&format!("testkit::{}(", point.shown_by));
            let missing = point.unless.is_some_and(|part| tests.contains(&format!("Part::{part:?});")));
            assert!(shown || missing, "{} leaves out point {}", folder.display(), point.number);
        }
    }
    assert!(adapters >= 2, "the adapters are found");
}

#[test]
fn the_table_stands_in_the_documentation() {
    let text = fs::read_to_string(root().join("docs/CHANNELS.md")).unwrap();
    assert!(text.contains(&table()), "docs/CHANNELS.md is to hold this table:\n{}", table());
}
