//! The checklist names tests that exist, and no adapter leaves a point out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use channel_contract::testkit::{POINTS, table};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The code of a source: what is commented out is not there.
fn code(source: &str) -> String {
    let mut is_comment = false;
    let of_line = |line: &str| {
        is_comment |= line.trim_start().starts_with("/*");
        let code = if is_comment { "" } else { line.split("//").next().unwrap_or_default() };
        is_comment &= !line.contains("*/");
        format!("{code}\n")
    };
    source.lines().map(of_line).collect()
}

/// All code below a folder as one text.
fn sources(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let text = |path: PathBuf| {
        if path.is_dir() {
            sources(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code(&fs::read_to_string(path).unwrap())
        } else {
            String::new()
        }
    };
    paths.map(text).collect()
}

#[test]
fn what_is_commented_out_does_not_count() {
    let source = "fn one(); // fn two();\n/// fn three();\n/* fn four();\n fn five(); */\nfn six();";
    let code = code(source);
    let found = ["one", "two", "three", "four", "five", "six"].map(|name| code.contains(&format!("fn {name}(")));
    assert_eq!(found, [true, false, false, false, false, true]);
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
        assert!(!tests.contains("#[ignore"), "{} leaves tests out", folder.display());
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
