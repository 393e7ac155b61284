//! What the operator sets: one typed configuration from a file and the environment.

mod price;
mod proxies;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};

pub use price::{NotAPrice, Price};
pub use proxies::{NotANetwork, Proxies};

/// A value that does not print.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The value itself; name the reason where you use it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(secret)" })
    }
}

/// The model of one task; where none is named, the one for all tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TaskModel {
    /// Its name.
    pub model: String,
    /// What a million tokens cost that it reads.
    pub prompt_price: Price,
    /// What a million tokens cost that it writes.
    pub completion_price: Price,
}

/// A language model behind an OpenAI-compatible address. Without an address the built-in engine works alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LlmConfig {
    /// `https://.../v1`, `""` for none.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: Secret,
    /// The model's name.
    pub model: String,
    /// The currency of the prices, in which its limits are set.
    pub currency: String,
    /// What a million tokens cost that it reads.
    pub prompt_price: Price,
    /// What a million tokens cost that it writes.
    pub completion_price: Price,
    /// Another model that reads what customers write.
    pub reading: TaskModel,
    /// Another model that words replies.
    pub wording: TaskModel,
    /// The longest wait for one answer, in seconds.
    pub timeout_seconds: u64,
}

impl Default for LlmConfig {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            api_key: Secret::default(),
            model: String::new(),
            currency: "EUR".to_owned(),
            prompt_price: Price::default(),
            completion_price: Price::default(),
            reading: TaskModel::default(),
            wording: TaskModel::default(),
            timeout_seconds: 30,
        }
    }
}

impl LlmConfig {
    /// The model that reads what customers write.
    pub fn reads(&self) -> TaskModel {
        self.model_of(&self.reading)
    }

    /// The model that words replies.
    pub fn words(&self) -> TaskModel {
        self.model_of(&self.wording)
    }

    fn model_of(&self, task: &TaskModel) -> TaskModel {
        if !task.model.is_empty() {
            return task.clone();
        }
        let (prompt_price, completion_price) = (self.prompt_price, self.completion_price);
        TaskModel { model: self.model.clone(), prompt_price, completion_price }
    }
}

/// The chat widget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChatConfig {
    /// How often an open line is asked for a sign of life, in seconds; two without an answer end it.
    pub ping_seconds: u64,
    /// How many new visitors of one address may begin within a minute.
    pub sessions_per_minute: u32,
    /// How many lines from one address may join within a minute: each is told what happened before. As many sessions may
    /// be asked for there, for whomever.
    pub joins_per_minute: u32,
    /// How many lines a visitor has at most: windows on several devices.
    pub lines_per_visitor: usize,
    /// How long a reply may stay unseen before it goes by mail, in seconds.
    pub mail_unseen_seconds: u64,
    /// After how many seconds without an open page a teammate counts as away.
    pub away_seconds: u64,
    /// How long a file of a visitor may take to come, in seconds.
    pub upload_seconds: u64,
}

impl Default for ChatConfig {
    fn default() -> Self {
        Self {
            ping_seconds: 20,
            sessions_per_minute: 30,
            joins_per_minute: 300,
            lines_per_visitor: 8,
            mail_unseen_seconds: 180,
            away_seconds: 300,
            upload_seconds: 60,
        }
    }
}

/// How long the other side of a connection is waited for, by the web server and by who calls a platform, and who it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// How long nothing of a body may come that is waited for, in seconds; a small one is whole within that.
    pub silent_seconds: u64,
    /// How many bytes a body must bring for each further second.
    pub slowest_bytes: u64,
    /// How long a body may take in all, in seconds.
    pub body_seconds: u64,
    /// How long nothing of what is sent may be taken, in seconds.
    pub unread_seconds: u64,
    /// How long the answer of a platform whose channel is connected is waited for, in seconds.
    pub answer_seconds: u64,
    /// How long the answer of a shop is waited for, in seconds.
    pub shop_seconds: u64,
    /// How long a page waits for an account that is looked into, in seconds.
    pub account_seconds: u64,
    /// The proxies that are believed about whom they ask for.
    pub proxies: Proxies,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            silent_seconds: 30,
            slowest_bytes: 8 * 1024,
            body_seconds: 900,
            unread_seconds: 120,
            answer_seconds: 60,
            shop_seconds: 120,
            account_seconds: 15,
            proxies: Proxies::default(),
        }
    }
}

/// How long is kept what is needed only for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionConfig {
    /// For how many days what came in stays byte for byte once it was read; `0`: for ever.
    pub raw_days: u32,
    /// For how many days it is kept what the agent looked at in each run; `0`: for ever.
    pub run_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { raw_days: 30, run_days: 90 }
    }
}

/// Everything the operator sets. File `resolute.toml` (or `--config`), then `RESOLUTE_...` variables on top
/// (`RESOLUTE_LISTEN`, `RESOLUTE_LLM__BASE_URL`), then `DATABASE_URL`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where database, files and key lie.
    pub data_dir: PathBuf,
    /// `postgres://...`; `""` for a SQLite file in the data folder.
    pub database_url: Secret,
    /// Where the web server listens.
    pub listen: SocketAddr,
    /// How the outside reaches the desk, for webhook addresses and secure cookies; `""` for `http://{listen}`.
    pub public_url: String,
    /// 64 hexadecimal digits that seal channel secrets; `""` for a key file in the data folder.
    pub secret_key: Secret,
    /// How long the agent waits for a second message before it looks, in milliseconds.
    pub agent_debounce_ms: u64,
    /// How long a reply can be taken back, in seconds.
    pub undo_seconds: u64,
    /// How often polled channels are asked when nothing tells of news, in seconds.
    pub poll_seconds: u64,
    /// How often it is looked whether channels that are pushed to work, in seconds.
    pub check_seconds: u64,
    /// What a program must send as a bearer token to read `/metrics`; `""`: only this machine may.
    pub metrics_token: Secret,
    /// The language model.
    pub llm: LlmConfig,
    /// The chat widget.
    pub chat: ChatConfig,
    /// The web server.
    pub http: HttpConfig,
    /// How long is kept what is needed only for a time.
    pub retention: RetentionConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("resolute-data"),
            database_url: Secret::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: String::new(),
            secret_key: Secret::default(),
            agent_debounce_ms: 1_500,
            undo_seconds: 10,
            poll_seconds: 60,
            check_seconds: 3_600,
            metrics_token: Secret::default(),
            llm: LlmConfig::default(),
            chat: ChatConfig::default(),
            http: HttpConfig::default(),
            retention: RetentionConfig::default(),
        }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value has another form.
    #[error("the configuration cannot be read: {0}")]
    Read(#[source] Box<figment::Error>),
    /// A value is out of bounds.
    #[error("`{name}` {problem}")]
    Invalid {
        /// The setting.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Config {
    /// Reads a file, if it is there, and the environment on top.
    pub fn load(file: Option<&std::path::Path>) -> Result<Self, ConfigError> {
        let toml = match file {
            Some(path) => Toml::file_exact(path),
            None => Toml::file("resolute.toml"),
        };
        let figment = Figment::from(Serialized::defaults(Self::default()))
            .merge(toml)
            .merge(Env::prefixed("RESOLUTE_").ignore(&["node_modules", "log"]).split("__"))
            .merge(Env::raw().only(&["DATABASE_URL"]));
        let config: Self = figment.extract().map_err(|error| ConfigError::Read(Box::new(error)))?;
        config.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let invalid = |name, problem| Err(ConfigError::Invalid { name, problem });
        let key = self.secret_key.expose();
        if !key.is_empty() && (key.len() != 64 || !key.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return invalid("secret_key", "must be 64 hexadecimal digits");
        }
        if self.poll_seconds == 0 {
            return invalid("poll_seconds", "must be at least 1");
        }
        if self.check_seconds < 60 {
            return invalid("check_seconds", "must be at least 60");
        }
        if self.undo_seconds > 600 {
            return invalid("undo_seconds", "must be at most 600");
        }
        if self.chat.ping_seconds == 0 || self.chat.sessions_per_minute == 0 || self.chat.joins_per_minute == 0 {
            return invalid("chat", "must ping every second at most and let somebody in");
        }
        if self.chat.lines_per_visitor == 0 {
            return invalid("chat.lines_per_visitor", "must be at least 1");
        }
        if self.chat.upload_seconds == 0 {
            return invalid("chat.upload_seconds", "must be at least 1");
        }
        let http = &self.http;
        let waits = [
            http.silent_seconds,
            http.body_seconds,
            http.unread_seconds,
            http.answer_seconds,
            http.shop_seconds,
            http.account_seconds,
        ];
        if http.slowest_bytes == 0 || waits.contains(&0) {
            return invalid("http", "must wait for everybody at least a second and for a byte");
        }
        if !self.llm.base_url.is_empty() && self.llm.model.is_empty() {
            return invalid("llm.model", "must name a model when llm.base_url is set");
        }
        for task in [&self.llm.reading, &self.llm.wording] {
            if task.model.is_empty() && *task != TaskModel::default() {
                return invalid("llm.reading and llm.wording", "must name a model beside their prices");
            }
        }
        if self.llm.currency.len() != 3 || !self.llm.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return invalid("llm.currency", "must be three capitals, such as USD");
        }
        Ok(self)
    }

    /// How often it is looked whether channels that are pushed to work.
    pub fn check_every(&self) -> Duration {
        Duration::from_secs(self.check_seconds)
    }

    /// How long what came in stays byte for byte once it was read; `None`: for ever.
    pub fn raw_kept(&self) -> Option<Duration> {
        days(self.retention.raw_days)
    }

    /// How long it is kept what the agent looked at in a run; `None`: for ever.
    pub fn runs_kept(&self) -> Option<Duration> {
        days(self.retention.run_days)
    }

    /// The address of the database.
    pub fn database(&self) -> String {
        match self.database_url.expose() {
            "" => format!("sqlite://{}", self.data_dir.join("resolute.db").display()),
            url => url.to_owned(),
        }
    }

    /// The file of a SQLite database; none when the database is a server.
    pub fn database_file(&self) -> Option<PathBuf> {
        self.database_url.is_empty().then(|| self.data_dir.join("resolute.db"))
    }

    /// How the outside reaches the desk, without a slash at the end.
    pub fn public_address(&self) -> String {
        match self.public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.listen),
            url => url.to_owned(),
        }
    }
}

/// So many days; `None` for none, which is for ever.
fn days(days: u32) -> Option<Duration> {
    (days > 0).then(|| Duration::from_hours(24 * u64::from(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let config = Config { database_url: Secret("postgres://u:hunter2@h/d".into()), ..Config::default() };
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn out_of_bounds_values_are_named() {
        let config = Config { secret_key: Secret("abc".into()), ..Config::default() };
        assert_eq!(config.checked().unwrap_err().to_string(), "`secret_key` must be 64 hexadecimal digits");
        for config in
            [Config { poll_seconds: 0, ..Config::default() }, Config { check_seconds: 59, ..Config::default() }]
        {
            assert!(config.checked().is_err());
        }
        let kept = |raw_days, run_days| {
            let config = Config { retention: RetentionConfig { raw_days, run_days }, ..Config::default() };
            (config.raw_kept(), config.runs_kept())
        };
        let two_days = Some(Duration::from_hours(48));
        assert_eq!((kept(0, 2), kept(2, 0)), ((None, two_days), (two_days, None)));
        let hasty = HttpConfig { unread_seconds: 0, ..HttpConfig::default() };
        assert!(Config { http: hasty, ..Config::default() }.checked().is_err());
        let llm = LlmConfig { currency: "Euro".to_owned(), ..LlmConfig::default() };
        let error = Config { llm, ..Config::default() }.checked().unwrap_err();
        assert_eq!(error.to_string(), "`llm.currency` must be three capitals, such as USD");
    }

    fn read(lines: &str) -> Result<Config, String> {
        let figment = Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(lines));
        figment.extract::<Config>().map_err(|error| error.to_string())
    }

    #[test]
    fn prices_are_numbers_or_texts() {
        let prices = |llm: &LlmConfig| (llm.prompt_price.to_string(), llm.completion_price.to_string());
        let llm = read("llm.prompt_price = 0.15\nllm.completion_price = '0.60'").unwrap().llm;
        assert_eq!(prices(&llm), ("0.15".to_owned(), "0.6".to_owned()));
        assert_eq!(prices(&read("llm.completion_price = 10").unwrap().llm), ("0".to_owned(), "10".to_owned()));
        assert!(read("llm.prompt_price = -1").unwrap_err().contains("is no price"));
    }

    #[test]
    fn a_task_has_the_model_of_all_until_it_names_its_own() {
        let lines =
            "llm.model = 'small'\nllm.prompt_price = 1\nllm.wording.model = 'large'\nllm.wording.prompt_price = 9";
        let llm = read(lines).unwrap().llm;
        let told = |task: TaskModel| (task.model, task.prompt_price.to_string());
        assert_eq!(told(llm.reads()), ("small".to_owned(), "1".to_owned()));
        assert_eq!(told(llm.words()), ("large".to_owned(), "9".to_owned()));
        let nameless = read("llm.reading.prompt_price = 9").unwrap().checked().unwrap_err();
        assert!(nameless.to_string().ends_with("must name a model beside their prices"), "{nameless}");
    }

    #[test]
    fn proxies_are_named_by_their_networks() {
        assert!(read("").unwrap().http.proxies.is_empty());
        let named = read("http.proxies = '172.16.0.0/12, 10.0.0.7'").unwrap().http.proxies;
        assert_eq!(String::from(named.clone()), "172.16.0.0/12,10.0.0.7/32");
        let listed = read("http.proxies = ['172.16.0.0/12', '10.0.0.7']").unwrap().http.proxies;
        assert_eq!(listed, named);
        assert!(read("http.proxies = 'proxy.example'").unwrap_err().contains("proxy.example"));
    }
}
