//! Build steps: installs the script libraries that `package-lock.json` pins and writes what
//! `src/web/assets.rs` embeds (`htmx.js`, `app.css`, `app.js`, `widget.css`, `panel.js`, `loader.js` and the table
//! `assets.rs`) into `OUT_DIR`. What is of our own goes without its comments: a visitor of a shop loads it.
//!
//! Needs nothing but the standard library. Without npm or a network the build passes with an empty
//! `htmx.js`: every page works without script. A library that is not the pinned one stops the build.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

/// Files taken from the installed packages, joined into `htmx.js` in this order.
const SCRIPT_LIBRARIES: [&str; 2] = ["htmx.org/dist/htmx.min.js", "htmx.org/dist/ext/hx-sse.min.js"];
/// The sheets of the chat widget, joined into `widget.css`: few, because a shop's customers load them.
const WIDGET_SHEETS: [&str; 7] = [
    "css/tokens.css",
    "css/base.css",
    "css/components/icon.css",
    "css/components/button.css",
    "css/components/field.css",
    "css/components/badge.css",
    "widget/panel.css",
];
/// The scripts of the widget's frame in `static/widget/panel`, joined into `panel.js`: each uses only those before it.
const WIDGET_SCRIPTS: [&str; 14] = [
    "tools.js",
    "standing.js",
    "line.js",
    "drawn.js",
    "before.js",
    "at_work.js",
    "unsent.js",
    "files.js",
    "outbox.js",
    "marks.js",
    "view.js",
    "address.js",
    "writing.js",
    "panel.js",
];
const LOCK_FILES: [&str; 2] = ["package.json", "package-lock.json"];
const READY_MODULES: &str = "RESOLUTE_NODE_MODULES";

/// Why the script libraries could not be installed.
#[derive(Debug)]
pub enum InstallError {
    /// What came is not what the lock file pins, or the lock file is not in order: the build must stop.
    Refused(String),
    /// No npm or no network: the build goes on without the libraries.
    Unavailable(String),
}

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for line in failure.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    for file in ["build.rs", "static"].iter().chain(&LOCK_FILES) {
        println!("cargo::rerun-if-changed={file}");
    }
    println!("cargo::rerun-if-env-changed={READY_MODULES}");
    let root = folder_from("CARGO_MANIFEST_DIR")?;
    let out = folder_from("OUT_DIR")?;

    write(&out.join("htmx.js"), &script_libraries(&root, &out)?)?;
    write(&out.join("app.css"), &style_sheet(&root.join("static/css"))?)?;
    write(&out.join("widget.css"), &widget_sheet(&root.join("static"))?)?;
    write(&out.join("panel.js"), &panel_scripts(&root.join("static/widget/panel"))?)?;
    write(&out.join("loader.js"), &thinned(&root.join("static/widget/loader.js"))?)?;
    write(&out.join("app.js"), &own_scripts(&root.join("static/js"))?)?;
    write(&out.join("assets.rs"), &asset_table(&root.join("static"))?)
}

/// The text of all script libraries, or nothing when they cannot be had here.
fn script_libraries(root: &Path, out: &Path) -> Result<String, String> {
    if let Some(ready) = env::var_os(READY_MODULES) {
        return join_libraries(Path::new(&ready));
    }
    let folder = out.join("npm");
    match install("npm", root, &folder) {
        Ok(()) => join_libraries(&folder.join("node_modules")),
        Err(InstallError::Refused(reason)) => Err(reason),
        Err(InstallError::Unavailable(reason)) => {
            println!("cargo::warning=built without htmx, pages work as plain forms and links: {reason}");
            println!("cargo::warning=with npm and a network, `touch package.json` and build again");
            Ok(String::new())
        }
    }
}

fn join_libraries(modules: &Path) -> Result<String, String> {
    // The semicolon ends a library that was minified without one.
    SCRIPT_LIBRARIES.iter().map(|file| Ok(read(&modules.join(file))? + "\n;\n")).collect()
}

/// Installs what the lock file pins into `folder`, unless exactly that is there already.
///
/// # Errors
/// `Refused` when the packages are not the pinned ones, `Unavailable` when they cannot be fetched here.
pub fn install(npm: &str, root: &Path, folder: &Path) -> Result<(), InstallError> {
    let same = |file: &&str| fs::read(root.join(file)).ok() == fs::read(folder.join(file)).ok();
    let finished = folder.join("finished");
    if finished.exists() && LOCK_FILES.iter().all(same) {
        return Ok(());
    }
    let local = |error: std::io::Error| InstallError::Unavailable(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(local)?;
    let _ = fs::remove_file(&finished);
    for file in LOCK_FILES {
        fs::copy(root.join(file), folder.join(file)).map_err(local)?;
    }
    run_npm(npm, folder)?;
    fs::write(finished, "").map_err(local)
}

fn run_npm(npm: &str, folder: &Path) -> Result<(), InstallError> {
    let done = Command::new(npm)
        .args(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier"])
        // Offline, the default patience of npm would hold up every build for minutes.
        .args(["--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| InstallError::Unavailable(format!("`{npm}` does not start: {error}")))?;
    if done.status.success() {
        return Ok(());
    }
    Err(judge(&String::from_utf8_lossy(&done.stderr)))
}

/// Tells a package that is not the pinned one from a machine where npm cannot work.
fn judge(said: &str) -> InstallError {
    let names = |code: &str| said.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == code);
    let lines: Vec<&str> = said.lines().filter(|line| line.contains("error")).take(3).collect();
    if names("EINTEGRITY") {
        let what = "A script library is not the one that package-lock.json pins by its hash; nothing was embedded.";
        return InstallError::Refused(format!("{what}\n{}", lines.join("\n")));
    }
    if names("EUSAGE") {
        let what = "package.json and package-lock.json do not fit each other; run `npm install --package-lock-only`.";
        return InstallError::Refused(format!("{what}\n{}", lines.join("\n")));
    }
    InstallError::Unavailable((*lines.first().unwrap_or(&"npm failed and did not say why")).to_owned())
}

/// Tokens, elements and every component in the order of `components.css`, as one sheet.
fn style_sheet(folder: &Path) -> Result<String, String> {
    let list = read(&folder.join("components.css"))?;
    let imports = list.lines().filter_map(|line| line.trim().strip_prefix("@import \"")?.strip_suffix("\";"));
    let components: Vec<&str> = imports.collect();
    for file in files_below(&folder.join("components"))? {
        let name = relative(&file, folder);
        if !components.contains(&name.as_str()) {
            return Err(format!("static/css/components.css does not import {name}"));
        }
    }
    ["tokens.css", "base.css"].iter().chain(&components).map(|file| thinned(&folder.join(file))).collect()
}

/// What the widget's frame needs of the sheets.
fn widget_sheet(folder: &Path) -> Result<String, String> {
    WIDGET_SHEETS.iter().map(|file| thinned(&folder.join(file))).collect()
}

/// The scripts of the widget's frame as one.
fn panel_scripts(folder: &Path) -> Result<String, String> {
    for file in files_below(folder)? {
        let name = relative(&file, folder);
        if !WIDGET_SCRIPTS.contains(&name.as_str()) {
            return Err(format!("build.rs does not join static/widget/panel/{name}"));
        }
    }
    WIDGET_SCRIPTS.iter().map(|file| thinned(&folder.join(file))).collect()
}

/// Our own scripts in the order of their names; each file keeps its names to itself.
fn own_scripts(folder: &Path) -> Result<String, String> {
    files_below(folder)?.iter().map(|file| Ok(thinned(file)? + ";\n")).collect()
}

/// A script or a sheet of ours without the lines that are only comments, without indentation and empty lines. A text of
/// several lines stays as it is.
///
/// # Errors
/// Where something would be lost that is no comment.
pub fn thinned(file: &Path) -> Result<String, String> {
    let text = read(file)?;
    let mut kept = String::with_capacity(text.len());
    let (mut in_text, mut in_comment) = (false, false);
    for line in text.lines() {
        let turns = line.matches('`').count() % 2 == 1;
        if in_text || turns {
            kept.extend([line, "\n"]);
            in_text ^= turns;
            continue;
        }
        let line = line.trim();
        in_comment |= line.starts_with("/*");
        if in_comment {
            // What stands behind the end of a comment would go with it.
            if line.split_once("*/").is_some_and(|(_, behind)| !behind.is_empty()) {
                return Err(about(file, "something stands behind the end of a comment"));
            }
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            kept.extend([line, "\n"]);
        }
    }
    if in_text || in_comment {
        return Err(about(file, "a text or a comment has no end"));
    }
    Ok(kept)
}

/// The Rust text of `&[(name, bytes)]`: the joined files, and all of `static/` that is not joined.
fn asset_table(folder: &Path) -> Result<String, String> {
    let joined =
        ["app.css", "app.js", "htmx.js", "panel.js", "widget.css"].map(|name| table_row(name, "OUT_DIR", name));
    let loader = table_row("widget/loader.js", "OUT_DIR", "loader.js");
    let files = files_below(folder)?;
    let names = files.iter().map(|file| relative(file, folder));
    let is_joined = |name: &str| {
        ["css/", "js/", "widget/panel/", "widget/loader.js"].iter().any(|folder| name.starts_with(*folder))
    };
    let others = names.filter(|name| !is_joined(name));
    let rows: Vec<String> = joined
        .into_iter()
        .chain([loader])
        .chain(others.map(|name| table_row(&name, "CARGO_MANIFEST_DIR", &format!("static/{name}"))))
        .collect();
    Ok(format!("&[\n{}\n]\n", rows.join("\n")))
}

fn table_row(name: &str, folder: &str, path: &str) -> String {
    format!("    ({name:?}, include_bytes!(concat!(env!({folder:?}), \"/\", {path:?}))),")
}

/// All files below a folder, sorted by path; none when the folder does not exist.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(folder).map_err(|error| about(folder, error))? {
            let path = entry.map_err(|error| about(folder, error))?.path();
            if path.is_dir() {
                files.extend(files_below(&path)?);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn relative(file: &Path, folder: &Path) -> String {
    file.strip_prefix(folder).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

fn folder_from(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("cargo sets {variable} for build scripts"))
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| about(file, error))
}

/// Writes only what changed, so that an unchanged file does not compile the crate again.
fn write(file: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(file, text).map_err(|error| about(file, error))
}

fn about(file: &Path, error: impl fmt::Display) -> String {
    format!("{}: {error}", file.display())
}
