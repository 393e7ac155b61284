//! The mail account as a channel of the desk.

use std::time::Duration;

use async_trait::async_trait;
use channel_contract::capabilities::{AttachmentLimit, Capabilities, Hosts};
use channel_contract::channel::{ChannelKind, Cursor, MessageChannel, Polled, WebhookRequest};
use channel_contract::failure::{ChannelFailure, FailureClass, ParseError, VerifyError};
use channel_contract::http::Tokens;
use channel_contract::inbound::{Inbound, RawItem, RawOrigin};
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use serde_json::{Map, Value, json};

use crate::imap::{self, FiledCopy, Mailbox};
use crate::mail::ParsedMail;
use crate::settings::{Auth, EmailSettings, Server};
use crate::smtp::{self, compose};
use crate::{inbound, key, tokens};

/// The header that may carry the webhook's secret instead of its address.
const SECRET_HEADER: &str = "x-resolute-secret";

/// The files that one mail takes, whichever server sends it: providers take 20 to 25 MB of encoded mail, and files grow by a
/// third on the way.
pub const MOST_FILES: AttachmentLimit = AttachmentLimit::any(50, 15 * 1024 * 1024);

/// A failure to send mail, with where it was tried.
fn while_sending(failure: ChannelFailure, server: &Server) -> ChannelFailure {
    failure.while_trying(&format!("Sending mail (SMTP) through {}:{} failed", server.host, server.port))
}

/// One mail account.
pub struct EmailChannel {
    settings: EmailSettings,
    mailbox: Mailbox,
    tokens: Tokens,
}

impl EmailChannel {
    /// A channel with these settings. Nothing is connected yet.
    pub fn new(settings: EmailSettings) -> Self {
        Self { settings, mailbox: Mailbox::default(), tokens: Tokens::default() }
    }

    /// What stands in a stored raw mail, and the event that is read from it: for a platform whose messages come as mail.
    pub fn read(&self, raw: &RawItem) -> (ParsedMail, Inbound) {
        inbound::read(raw, &self.settings)
    }

    fn smtp(&self) -> Result<&Server, ChannelFailure> {
        let missing =
            || ChannelFailure::refused(FailureClass::Permission, "no submission server is set up for this channel");
        self.settings.smtp.as_ref().ok_or_else(missing)
    }

    /// A server with the token to sign in with, where it is one that is renewed.
    async fn ready(&self, server: &Server) -> Result<Server, ChannelFailure> {
        let mut server = server.clone();
        if let (Auth::Xoauth2 { token }, Some(oauth)) = (&mut server.auth, &self.settings.oauth)
            && token.is_empty()
        {
            let renew = |refresh| tokens::renew(oauth, refresh, self.settings.timeout());
            *token = self.tokens.access(&oauth.refresh_token, renew).await?.token;
        }
        Ok(server)
    }

    /// After a refused sign-in the next one gets a new token: this one may have been taken back before its end.
    async fn judged<T>(&self, server: &Server, outcome: Result<T, ChannelFailure>) -> Result<T, ChannelFailure> {
        if let (Err(ChannelFailure::Reconnect { .. }), Auth::Xoauth2 { token }) = (&outcome, &server.auth) {
            self.tokens.forget(token).await;
        }
        outcome
    }

    fn receipt(&self, message: &Outbound) -> Receipt {
        Receipt { external_id: compose::message_id(message, &self.settings), also_known_as: Vec::new() }
    }

    /// The secret is in the address (`?secret=`) or in a header. An account without a secret takes no webhooks.
    fn check_secret(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        let given = request.header(SECRET_HEADER).or_else(|| request.query("secret")).ok_or(VerifyError::Missing)?;
        if self.settings.webhook_secret.is(given) { Ok(()) } else { Err(VerifyError::Mismatch) }
    }
}

#[async_trait]
impl MessageChannel for EmailChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            text: None,
            least_text: 0,
            attachments: Some(MOST_FILES),
            files_need_address: false,
            html: true,
            subject: true,
            own_titles: false,
            reply_window: None,
            people_window: None,
            in_private: false,
            templates: false,
            choices: None,
            can_initiate: true,
            delivered_receipts: false,
            read_receipts: false,
            agent_may_send: true,
            links: true,
            link_hosts: Hosts::NONE,
        }
    }

    fn admit(&self, request: &WebhookRequest) -> Result<(), VerifyError> {
        self.check_secret(request)?;
        let announced = request.header("content-length").and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.settings.most_bytes) {
            return Err(VerifyError::TooLarge { limit: self.settings.most_bytes });
        }
        Ok(())
    }

    fn verify(&self, request: &WebhookRequest) -> Result<Vec<RawItem>, VerifyError> {
        self.check_secret(request)?;
        if request.body.len() > self.settings.most_bytes {
            return Err(VerifyError::TooLarge { limit: self.settings.most_bytes });
        }
        let media = request.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        if !media.trim().eq_ignore_ascii_case("message/rfc822") {
            return Err(VerifyError::Malformed("the content type must be message/rfc822".to_owned()));
        }
        if request.body.trim_ascii().is_empty() {
            return Err(VerifyError::Malformed("the mail is empty".to_owned()));
        }
        let external_id = key::external_id(&request.body);
        Ok(vec![RawItem { external_id, origin: RawOrigin::Webhook, body: request.body.clone() }])
    }

    fn parse(&self, raw: &RawItem) -> Result<Vec<Inbound>, ParseError> {
        Ok(vec![self.read(raw).1])
    }

    fn polls(&self) -> bool {
        self.settings.imap.is_some()
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Polled, ChannelFailure> {
        match &self.settings.imap {
            Some(server) => {
                let server = self.ready(server).await?;
                self.judged(&server, Box::pin(self.mailbox.poll(cursor, &server, &self.settings)).await).await
            }
            None => Ok(Polled { cursor: cursor.cloned().unwrap_or_default(), ..Polled::default() }),
        }
    }

    async fn proposals(&self) -> Result<Map<String, Value>, ChannelFailure> {
        let settings = &self.settings;
        let Some(server) = settings.imap.as_ref().filter(|_| settings.authserv_id.is_empty()) else {
            return Ok(Map::new());
        };
        let server = self.ready(server).await?;
        let found = Box::pin(self.mailbox.receiving_server(&server, settings)).await?;
        let news = found.filter(|name| *name != settings.authserv_id_seen && *name != settings.authserv_id_refused);
        Ok(news.map(|name| ("authserv_id_seen".to_owned(), Value::String(name))).into_iter().collect())
    }

    async fn wait(&self, at_most: Duration) -> Result<(), ChannelFailure> {
        if let Some(server) = &self.settings.imap {
            let server = self.ready(server).await?;
            return self.judged(&server, Box::pin(self.mailbox.wait(at_most, &server, &self.settings)).await).await;
        }
        tokio::time::sleep(at_most).await;
        Ok(())
    }

    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.capabilities().admit(message)?;
        let server = self.ready(self.smtp()?).await?;
        let mail = compose::compose(message, &self.settings)?;
        self.judged(&server, Box::pin(smtp::submit(&mail, &server, &self.settings)).await).await?;
        Ok(self.receipt(message))
    }

    async fn reconcile(&self, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
        let Some(server) = &self.settings.imap else { return Ok(Reconciliation::CannotTell) };
        let receipt = self.receipt(message);
        let server = self.ready(server).await?;
        match Box::pin(self.mailbox.copy_of(&receipt.external_id, &server, &self.settings)).await? {
            FiledCopy::Found => Ok(Reconciliation::Sent(receipt)),
            FiledCopy::Missing => Ok(Reconciliation::NotSent),
            FiledCopy::Unknown => Ok(Reconciliation::CannotTell),
        }
    }

    async fn check(&self) -> Result<(), ChannelFailure> {
        if let Some(server) = &self.settings.imap {
            let ready = self.ready(server).await?;
            let outcome = self.judged(&ready, Box::pin(self.mailbox.check(&ready, &self.settings)).await).await;
            outcome.map_err(|failure| imap::while_fetching(failure, server))?;
        }
        if let Some(server) = &self.settings.smtp {
            let ready = self.ready(server).await?;
            let outcome = self.judged(&ready, Box::pin(smtp::check(&ready, &self.settings)).await).await;
            outcome.map_err(|failure| while_sending(failure, server))?;
        }
        Ok(())
    }

    fn renewed_secrets(&self) -> Option<Value> {
        let token = self.tokens.take_renewed()?;
        Some(json!({ "oauth": { "refresh_token": token } }))
    }
}
