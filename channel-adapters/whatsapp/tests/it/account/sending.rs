//! What leaves by the number, and its files, as the conformance tests need it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel as _;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::inbound::RawItem;
use channel_contract::outbound::{Author, DeliveryState, FilledTemplate, Outbound, Receipt};
use channel_contract::testkit::{Broken, Fault, MediaFault, MediaHarness, SendHarness, Taken};
use channel_whatsapp::WhatsappSettings;
use channel_whatsapp::settings::Secret;
use platform_doubles::Response;
use platform_doubles::whatsapp::{Sent, error};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{NOW, Number, ana};

/// What a message of the platform says.
fn words(sent: &Sent) -> String {
    let kind = sent.body.get("type").and_then(Value::as_str).unwrap_or_default();
    let content = sent.body.get(kind).cloned().unwrap_or_default();
    let at = |pointer: &str| content.pointer(pointer).and_then(Value::as_str);
    at("/body").or_else(|| at("/caption")).or_else(|| at("/body/text")).unwrap_or_default().to_owned()
}

#[async_trait]
impl SendHarness for Number {
    fn message(&self) -> Outbound {
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        Outbound {
            command_id: Uuid::from_u128(1),
            conversation_id: Uuid::from_u128(2),
            to: vec![ana().user_id],
            to_name: ana().name,
            from_name: "Fjord".to_owned(),
            text: "It left on Saturday.".to_owned(),
            in_reply_to: Some("wamid.first".to_owned()),
            last_inbound_at: Some(now),
            now,
            author: Author::Agent,
            ..Outbound::empty()
        }
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        use platform_doubles::Fault as Wire;
        let refuses = |status, code, words| Wire::Answer(error(status, code, words));
        let fault = match fault {
            Fault::ResetBeforeBody => Wire::ResetBeforeBody,
            Fault::HangBeforeBody => Wire::HangBeforeBody,
            Fault::RateWithHint => {
                let usage = json!({ "700001": [{ "type": "whatsapp", "estimated_time_to_regain_access": 3 }] });
                let limited = error(429, 80_007, "(#80007) There have been too many calls to this account.");
                Wire::Answer(limited.with("x-business-use-case-usage", &usage.to_string()))
            }
            Fault::Rate => refuses(429, 130_429, "(#130429) Rate limit hit"),
            Fault::Unavailable => refuses(503, 131_016, "(#131016) Service unavailable"),
            Fault::Credential => refuses(401, 190, "Error validating access token: Session has expired"),
            Fault::ResetAfterBody => Wire::ResetAfterBody,
            Fault::LoseAfterBody => Wire::LoseAfterBody,
            Fault::HangAfterBody => Wire::HangAfterBody,
            Fault::Gateway => Wire::AnswerAfterBody(Response::status(502)),
            Fault::CutAnswer => Wire::BreakOffAfterBody,
            Fault::CutRefusal => Wire::BreakOff(error(400, 130_429, "(#130429) Rate limit hit")),
            Fault::SlowAnswer => Wire::Slow(Duration::from_millis(50)),
            Fault::Window => refuses(400, 131_047, "(#131047) Re-engagement message"),
            Fault::Policy => refuses(400, 131_049, "(#131049) Not delivered to maintain a healthy ecosystem"),
            Fault::Recipient => refuses(400, 131_026, "(#131026) Message undeliverable"),
            Fault::Content => refuses(400, 131_009, "(#131009) Parameter value is not valid"),
        };
        self.double.misbehave("POST", "/messages", fault, 1);
        true
    }

    async fn taken(&self) -> usize {
        self.platform().sent().len() - self.pieces.lock().unwrap().beyond
    }

    async fn last_taken(&self) -> Option<Taken> {
        let sent = self.platform().sent();
        let count = self.pieces.lock().unwrap().last.max(1);
        let pieces = sent.get(sent.len().checked_sub(count)?..)?;
        Some(Taken {
            id: pieces.first()?.id.clone(),
            subject: String::new(),
            text: pieces.iter().map(words).collect(),
            files: pieces.iter().filter_map(|piece| piece.file.clone()).collect(),
        })
    }

    /// As the desk sends: what the channel cannot do at all is refused, and the pieces leave one after the other.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.channel.capabilities().admit(message)?;
        let mut receipts = Vec::new();
        for piece in self.channel.split(message) {
            receipts.push(self.channel.send(&piece).await);
            if receipts.last().is_some_and(Result::is_err) {
                break;
            }
        }
        let taken = receipts.iter().filter(|receipt| receipt.is_ok()).count();
        let mut pieces = self.pieces.lock().unwrap();
        pieces.last = taken;
        pieces.beyond += taken.saturating_sub(1);
        let failed = receipts.iter().position(Result::is_err);
        receipts.swap_remove(failed.unwrap_or_default())
    }

    async fn template(&self) -> Option<FilledTemplate> {
        self.platform().put_template(json!({
            "name": "late_parcel",
            "language": "en_US",
            "status": "APPROVED",
            "category": "UTILITY",
            "components": [{ "type": "BODY", "text": "Hi {{1}}, your order {{2}} is late." }],
        }));
        let owned = |words: [&str; 2]| words.map(ToOwned::to_owned).into();
        Some(FilledTemplate {
            name: "late_parcel".to_owned(),
            language: "en_US".to_owned(),
            places: owned(["1", "2"]),
            values: owned(["Ana", "1042"]),
        })
    }

    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        let change = match state {
            DeliveryState::Delivered => self.platform().fate(id, "delivered", None),
            DeliveryState::Read => self.platform().fate(id, "read", None),
            DeliveryState::Failed => self.platform().fate(id, "failed", Some(131_026)),
            _ => return None,
        };
        Some(self.item(&[change]))
    }

    async fn echoes(&self) -> Vec<RawItem> {
        Vec::new()
    }

    async fn broken(&self) -> Vec<Broken> {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let sound = self.settings();
        let away = WhatsappSettings { api_url: format!("http://{closed}"), ..sound.clone() };
        let refused = WhatsappSettings { access_token: Secret::new("taken-back"), ..sound.clone() };
        let unknown = WhatsappSettings { phone_number_id: "800009".to_owned(), ..sound.clone() };
        let nameless = WhatsappSettings { phone_number_id: String::new(), ..sound.clone() };
        let deaf = WhatsappSettings { api_url: self.deaf.url(), ..sound.clone() };
        let another = WhatsappSettings { app_id: "600009".to_owned(), ..sound.clone() };
        [
            ("nothing answers", away, FailureClass::Temporary),
            ("the token was taken back", refused, FailureClass::Auth),
            ("the number is not the token's", unknown, FailureClass::Permission),
            ("no number is set", nameless, FailureClass::Permission),
            ("no app is told of messages", deaf, FailureClass::Permission),
            ("another app is told of messages", another, FailureClass::Permission),
        ]
        .map(|(what, settings, class)| Broken { what, channel: Box::new(self.with(settings)), class })
        .into()
    }
}

#[async_trait]
impl MediaHarness for Number {
    fn has(&self, _: MediaFault) -> bool {
        true
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let told = if fault == Some(MediaFault::Empty) { &b""[..] } else { MediaFault::FILE };
        let held = if fault == Some(MediaFault::Altered) { &b"another picture"[..] } else { told };
        let mut id = self.platform().put_file("image/png", Bytes::from_static(held));
        match fault {
            Some(MediaFault::Gone) => "90999999".clone_into(&mut id),
            Some(MediaFault::Elsewhere) => self.platform().file_leads_to(&id, "https://elsewhere.example/cup.png"),
            Some(MediaFault::Inside) => self.platform().file_lies_at(&id, &format!("{}/secret", self.inside.url())),
            Some(MediaFault::Late) => {
                self.double.misbehave("GET", "/files/", platform_doubles::Fault::HangBeforeBody, 1);
            }
            Some(MediaFault::Altered | MediaFault::Empty) | None => {}
        }
        let picture = json!({ "id": id, "mime_type": "image/png", "sha256": crate::files::base64_hash(told) });
        self.item(&[self.said(&ana(), "wamid.20", &json!({ "type": "image", "image": picture }))])
    }

    async fn asked_inside(&self) -> usize {
        self.inside.calls().len()
    }
}
