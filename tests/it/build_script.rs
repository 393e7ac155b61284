//! What `build.rs` does when npm cannot work, and when a package is not the pinned one.
#![cfg(unix)]

#[expect(dead_code, unreachable_pub, reason = "the script has a main of its own and is here for some functions")]
#[expect(clippy::print_stdout, reason = "a build script speaks to cargo on standard output")]
#[path = "../../build.rs"]
mod script;

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use script::{InstallError, install, thinned};
use tempfile::TempDir;

/// Runs the installation in an empty folder with a program in place of npm.
fn install_with(script: &str) -> (TempDir, Result<(), InstallError>) {
    let folder = tempfile::tempdir().unwrap();
    let npm = folder.path().join("npm-double");
    fs::write(&npm, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
    let result = install_into(npm.to_str().unwrap(), folder.path());
    (folder, result)
}

fn install_into(npm: &str, folder: &Path) -> Result<(), InstallError> {
    install(npm, Path::new(env!("CARGO_MANIFEST_DIR")), &folder.join("out"))
}

#[test]
fn a_package_with_another_hash_stops_the_build() {
    let (_folder, result) = install_with("echo 'npm error code EINTEGRITY' >&2; exit 1");
    assert!(matches!(result, Err(InstallError::Refused(said)) if said.contains("package-lock.json")));
}

#[test]
fn a_lock_file_that_does_not_fit_stops_the_build() {
    let (_folder, result) = install_with("echo 'npm error code EUSAGE' >&2; exit 1");
    assert!(matches!(result, Err(InstallError::Refused(_))));
}

#[test]
fn no_network_and_no_npm_let_the_build_go_on() {
    let (_folder, result) = install_with("echo 'npm error code ENOTFOUND' >&2; exit 1");
    assert!(matches!(result, Err(InstallError::Unavailable(said)) if said.contains("ENOTFOUND")));
    let folder = tempfile::tempdir().unwrap();
    let result = install_into("no-such-program-as-npm", folder.path());
    assert!(matches!(result, Err(InstallError::Unavailable(said)) if said.contains("no-such-program")));
}

#[test]
fn what_is_installed_is_not_installed_again() {
    let (folder, result) = install_with("test -f package-lock.json");
    assert!(result.is_ok());
    assert!(install_into("no-such-program-as-npm", folder.path()).is_ok());
    fs::write(folder.path().join("out/package-lock.json"), "{}").unwrap();
    assert!(install_into("no-such-program-as-npm", folder.path()).is_err());
}

#[test]
fn the_lock_file_names_no_host() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("package-lock.json")).unwrap();
    assert!(lock.contains("\"integrity\": \"sha512-"));
    assert!(!lock.contains("resolved") && !lock.contains("://"));
}

#[test]
fn what_stands_behind_a_comment_stops_the_build() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.css");
    let texts = [
        ("/* one */\n.a {}\n/* two\nlines */\n.b {}\n", Some(".a {}\n.b {}\n")),
        ("/* one */ .a {}\n/* two */\n", None),
        ("/* one\n*/ .a {}\n", None),
        ("/* one\n", None),
    ];
    for (text, kept) in texts {
        fs::write(&file, text).unwrap();
        assert_eq!(thinned(&file).ok().as_deref(), kept, "{text}");
    }
}
