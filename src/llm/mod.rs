//! The language model behind any OpenAI-compatible address: structured results and tools.
//!
//! The only module that names async-openai. It knows nothing of orders or conversations; it sees to time limits,
//! retries, servers that know only a part of the protocol, and to answers that cannot be used. Where a purse is given, each
//! call is paid before it is sent. Texts of customers reach the model only as fenced data in the user's turns
//! ([`Request::data`]), and nothing of them, of the instructions or of the key stands in an error or in the log.

mod check;
mod decode;
mod dialect;
mod error;
mod kept;
mod purse;
mod request;
mod settings;
mod structured;
mod tools;
mod turn;
mod wire;

use std::sync::Arc;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use tokio::time::Instant;

pub use error::{LlmError, Refusal};
pub use kept::{Exchange, Exchanges, Said};
pub use purse::{Hold, Prices, Purse, Unpaid};
pub use request::{Request, data_block};
pub use settings::{ApiKey, Settings, SettingsError};
pub use structured::Completion;
pub use tools::{Limits, Tool, ToolCall, ToolResult};
pub use turn::Usage;

use crate::metrics::LLM_ERRORS;
use dialect::Dialect;
use purse::Payer;

/// A connection to one model. Cheap to clone; clones share what was learned about the server.
#[derive(Clone, Debug)]
pub struct Llm {
    /// None where what was kept answers.
    server: Option<Arc<Server>>,
    settings: Arc<Settings>,
    kept: Option<Exchanges>,
    payer: Option<Payer>,
}

#[derive(Debug)]
struct Server {
    client: Client<OpenAIConfig>,
    web: reqwest::Client,
    dialect: Dialect,
}

/// The model of each task.
#[derive(Clone, Debug)]
pub struct Models {
    /// Reads what customers write.
    pub reading: Llm,
    /// Words replies.
    pub wording: Llm,
}

impl Models {
    /// Their names: one where one does all.
    pub fn names(&self) -> String {
        let (reads, words) = (self.reading.model(), self.wording.model());
        if reads == words { reads.to_owned() } else { format!("{reads}, {words}") }
    }
}

impl From<Llm> for Models {
    fn from(llm: Llm) -> Self {
        Self { reading: llm.clone(), wording: llm }
    }
}

impl Llm {
    /// A connection; nothing is sent yet.
    pub fn new(settings: Settings, client: reqwest::Client) -> Result<Self, SettingsError> {
        let settings = settings.checked()?;
        // Said outright, because the library would otherwise take them from variables of the environment.
        let config = OpenAIConfig::new()
            .with_api_base(settings.base_url.clone())
            .with_api_key(settings.api_key.expose())
            .with_org_id("")
            .with_project_id("");
        let server = Server {
            client: Client::build(client.clone(), config).with_http_service(wire::service(client.clone())),
            web: client,
            dialect: Dialect::default(),
        };
        Ok(Self { server: Some(Arc::new(server)), settings: Arc::new(settings), kept: None, payer: None })
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.settings.model
    }

    /// When a call that begins now must be over.
    fn deadline(&self) -> Instant {
        Instant::now() + self.settings.timeout
    }
}

/// Runs one public call under one limit of time, which its retries and repairs share.
async fn until<T>(
    deadline: Instant,
    limit: std::time::Duration,
    work: impl Future<Output = Result<T, LlmError>>,
) -> Result<T, LlmError> {
    let done = tokio::time::timeout_at(deadline, work).await.unwrap_or(Err(LlmError::Timeout { after: limit }));
    if let Err(error) = &done {
        LLM_ERRORS.add(error.word(), 1);
    }
    done
}
