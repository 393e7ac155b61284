//! Whether the server answers and takes the key, without asking the model anything.

use reqwest::StatusCode;

use super::{Llm, LlmError, Refusal, kept};

impl Llm {
    /// Asks for the list of models, which costs nothing. A server that has no such list but answers is well.
    pub async fn check(&self) -> Result<(), LlmError> {
        let Some(server) = &self.server else { return Err(kept::NOT_KEPT) };
        let address = format!("{}/models", self.settings.base_url.trim_end_matches('/'));
        let asked = server.web.get(address).bearer_auth(self.settings.api_key.expose()).send().await;
        let status = asked.map_err(|_| LlmError::Unavailable { reason: "it cannot be reached" })?.status();
        match status {
            StatusCode::UNAUTHORIZED => Err(LlmError::Refused(Refusal::Key)),
            StatusCode::FORBIDDEN => Err(LlmError::Refused(Refusal::Permission)),
            status if status.is_server_error() => Err(LlmError::Unavailable { reason: "its server has trouble" }),
            _ => Ok(()),
        }
    }
}
