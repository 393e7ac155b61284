//! Chromium's own commands, beyond the standard of browser drivers: screen size, dark mode, pages without script, the console.

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// A command of chromedriver: the end of its address in the session, and its body.
#[derive(Debug)]
pub(crate) struct Command {
    path: &'static str,
    body: Value,
}

/// One command of Chromium's own protocol, such as `Emulation.setEmulatedMedia`.
pub(crate) fn devtools(name: &str, parameters: &Value) -> Command {
    Command { path: "goog/cdp/execute", body: json!({ "cmd": name, "params": parameters }) }
}

/// What the console said since the last time it was asked.
pub(crate) fn console() -> Command {
    Command { path: "se/log", body: json!({ "type": "browser" }) }
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _address: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
