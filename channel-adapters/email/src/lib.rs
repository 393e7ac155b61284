//! stub
use channel_contract::*;
#[derive(serde::Deserialize)]
pub struct EmailSettings {}
impl EmailSettings {
    pub fn identify(&mut self, _: uuid::Uuid, _: &str) {}
}
pub struct EmailChannel;
impl EmailChannel {
    pub fn new(_: EmailSettings) -> Result<Self, String> {
        Ok(Self)
    }
}
#[async_trait::async_trait]
impl MessageChannel for EmailChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }
    fn capabilities(&self) -> Capabilities {
        unreachable!()
    }
    fn verify(&self, _: &channel::WebhookRequest) -> Result<Vec<RawItem>, failure::VerifyError> {
        unreachable!()
    }
    fn parse(&self, _: &RawItem) -> Result<Vec<Inbound>, failure::ParseError> {
        unreachable!()
    }
    async fn wait(&self, _: std::time::Duration) -> Result<(), failure::ChannelFailure> {
        unreachable!()
    }
    async fn send(&self, _: &Outbound) -> Result<Receipt, failure::ChannelFailure> {
        unreachable!()
    }
    async fn reconcile(&self, _: &Outbound) -> Result<outbound::Reconciliation, failure::ChannelFailure> {
        unreachable!()
    }
    async fn check(&self) -> Result<(), failure::ChannelFailure> {
        unreachable!()
    }
}
#[derive(serde::Serialize)]
pub struct Report {}
pub fn report(_: &str, _: &[u8]) -> Report {
    Report {}
}
