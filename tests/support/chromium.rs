//! A real Chromium for one test: started by [`Browser::start`], stopped when dropped, with an empty profile.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    ops::Deref,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use channel_contract::testkit::skip;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::devtools::{console, devtools};

/// Width and height of the screens that pages are drawn for; on the narrow one everything must be usable.
pub(crate) const WIDE: (u32, u32) = (1440, 900);
pub(crate) const NARROW: (u32, u32) = (360, 780);
/// How long a page may take, in milliseconds: one that never comes says so before its test ends.
const PAGE_LOAD: u32 = 60_000;

/// Lets time in a page run faster: its clock, and what waits for it.
const HASTENED: &str = "{
    const [begun, now, later, often] = [Date.now(), Date.now.bind(Date), setTimeout, setInterval];
    Date.now = () => begun + (now() - begun) * TIMES;
    window.setTimeout = (act, wait, ...more) => later(act, wait / TIMES, ...more);
    window.setInterval = (act, wait, ...more) => often(act, wait / TIMES, ...more);
}";

/// Lets a page lie behind another one.
const BEHIND: &str = "{
    window.isBehind = true;
    Object.defineProperty(Document.prototype, 'visibilityState', {
        configurable: true, get: () => (window.isBehind ? 'hidden' : 'visible') });
}";
const COMES_FORTH: &str = "window.isBehind = false; document.dispatchEvent(new Event('visibilitychange'))";

const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A browser window; everything fantoccini's `Client` can do, and what our tests need beyond.
pub(crate) struct Browser {
    client: Client,
    // Dropped in this order: the driver stops Chromium, then the profile folder goes.
    _driver: Driver,
    _profile: TempDir,
}

impl Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Browser {
    /// A window of 1440 x 900; nothing, and a word why, where Chromium or its driver is not installed.
    pub(crate) async fn start() -> Option<Self> {
        let profile = tempfile::Builder::new().prefix("resolute-browser-").tempdir().expect("a profile folder");
        let Some(driver) = Driver::start(profile.path()) else {
            skip("chromedriver is not installed (`bin/setup` installs it)");
            return None;
        };
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
        let wanted = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "pageLoad": PAGE_LOAD },
        });
        let Value::Object(wanted) = wanted else { unreachable!("written as an object above") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(wanted).connect(&format!("http://127.0.0.1:{}", driver.port)).await;
        let client = client.expect("chromedriver opens Chromium");
        let browser = Self { client, _driver: driver, _profile: profile };
        browser.resize(WIDE).await;
        Some(browser)
    }

    /// Gives the page this many CSS pixels, however small (a window has a least width, a page has none).
    pub(crate) async fn resize(&self, (width, height): (u32, u32)) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &size).await;
    }

    /// Lets the system ask for dark or light colours; nothing moves, so that colours are what they are at once.
    pub(crate) async fn set_dark(&self, dark: bool) {
        let scheme = json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": [scheme, still] })).await;
    }

    /// From the next page on: a browser that runs no script, as with some people and all proxies.
    pub(crate) async fn set_script(&self, runs: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": !runs })).await;
    }

    /// From the next page on: this runs in each page and frame before their own scripts.
    pub(crate) async fn before_pages(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script })).await;
    }

    /// From the next page on: a minute passes so many times faster in pages and frames.
    pub(crate) async fn hasten(&self, times: u32) {
        self.before_pages(&HASTENED.replace("TIMES", &times.to_string())).await;
    }

    /// From the next page on: a page lies behind another one until it is told to come forth.
    pub(crate) async fn go_behind(&self) {
        self.before_pages(BEHIND).await;
    }

    /// The page is before somebody.
    pub(crate) async fn come_forth(&self) {
        self.client.execute(COMES_FORTH, Vec::new()).await.expect("Chromium runs script");
    }

    /// Saves what the window shows as `NAME.png`, in `RESOLUTE_SCREENS` or the target folder.
    pub(crate) async fn save_screenshot(&self, name: &str) -> PathBuf {
        let folder = screens().unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots"));
        fs::create_dir_all(&folder).expect("a folder for screenshots");
        let file = folder.join(name).with_extension("png");
        let picture = self.client.screenshot().await.expect("Chromium draws the page");
        fs::write(&file, picture).expect("the screenshot is written");
        file
    }

    /// Fails with every breach of the accessibility rules on the page.
    pub(crate) async fn check_accessibility(&self) {
        let breaches = self.accessibility_breaches().await.unwrap_or_default();
        assert!(breaches.is_empty(), "accessibility:\n{}", breaches.join("\n"));
    }

    /// Fails when the console holds an error since the last check.
    pub(crate) async fn check_console(&self) {
        let errors = self.console_errors().await;
        assert!(errors.is_empty(), "console:\n{}", errors.join("\n"));
    }

    /// Every breach of the accessibility rules on the page; nothing when the checker is not installed.
    pub(crate) async fn accessibility_breaches(&self) -> Option<Vec<String>> {
        self.breaches_within(None).await
    }

    /// Every breach within what a selector names, such as a menu; on the whole page without one.
    pub(crate) async fn breaches_within(&self, selector: Option<&str>) -> Option<Vec<String>> {
        let checker = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/axe-core/axe.min.js");
        let Ok(checker) = fs::read_to_string(checker) else {
            skip("the accessibility checker is not installed (`bin/setup` installs it)");
            return None;
        };
        let loaded = self.execute("return typeof axe", Vec::new()).await.expect("Chromium runs script");
        if loaded == "undefined" {
            self.execute(&checker, Vec::new()).await.expect("the checker loads");
        }
        let run = "const [place, done] = arguments;
            axe.run(place ?? document, { resultTypes: ['violations'] })
                .then(found => done(found.violations), error => done([{ id: String(error), nodes: [] }]));";
        let found = self.execute_async(run, vec![json!(selector)]).await.expect("the checker runs");
        Some(found.as_array().expect("a list of breaches").iter().map(describe).collect())
    }

    /// The errors in the console since the last look: a script that threw, a missing file, or something that the
    /// content policy refused.
    pub(crate) async fn console_errors(&self) -> Vec<String> {
        let entries = self.issue_cmd(console()).await.expect("chromedriver keeps the console");
        let entries = entries.as_array().expect("a list of console entries");
        entries.iter().filter(|entry| entry["level"] == "SEVERE").map(ToString::to_string).collect()
    }

    async fn devtools(&self, name: &str, parameters: &Value) {
        let answer = self.issue_cmd(devtools(name, parameters)).await;
        answer.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// The folder that pictures of the pages are wanted in.
pub(crate) fn screens() -> Option<PathBuf> {
    env::var_os("RESOLUTE_SCREENS").map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

/// One line for the rule, one for each element that breaks it.
fn describe(breach: &Value) -> String {
    let nodes = breach["nodes"].as_array().into_iter().flatten();
    let places: Vec<String> = nodes.map(|node| format!("    {} {}", node["target"], node["html"])).collect();
    format!("{}: {}\n{}", breach["id"], breach["help"], places.join("\n"))
}

/// A chromedriver of our own on a port that it chose.
struct Driver {
    process: Child,
    port: u16,
    /// Kept open, or the driver would die of its next word.
    _output: BufReader<ChildStdout>,
}

/// The driver takes a port that is free on IPv6, and ends where it is not on IPv4: another one is asked for.
const PORT_TAKEN: &str = "port not available";
const TRIES: usize = 5;

impl Driver {
    fn start(home: &Path) -> Option<Self> {
        let mut said = String::new();
        for _ in 0..TRIES {
            match Self::try_to_start(home)? {
                Ok(driver) => return Some(driver),
                Err(words) => said = words,
            }
            if !said.contains(PORT_TAKEN) {
                break;
            }
        }
        panic!("chromedriver does not start: {said}");
    }

    /// Nothing where there is no driver; what it said where it does not start.
    fn try_to_start(home: &Path) -> Option<Result<Self, String>> {
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .env("XDG_CONFIG_HOME", home)
            .env("XDG_CACHE_HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = started.ok()?;
        let mut output = BufReader::new(process.stdout.take().expect("standard output is piped"));
        let mut said = String::new();
        while output.read_line(&mut said).expect("chromedriver speaks text") > 0 {
            if let Some((_, rest)) = said.split_once("started successfully on port ") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                let port = digits.parse().expect("a port number");
                return Some(Ok(Self { process, port, _output: output }));
            }
        }
        let _ = process.wait();
        Some(Err(said))
    }

    /// Asks the driver to end its browsers and itself.
    fn ask_to_stop(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port)?;
        stream.read_to_end(&mut Vec::new()).map(|_| ())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.ask_to_stop().is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}
