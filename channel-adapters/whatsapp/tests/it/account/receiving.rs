//! What the number is told, as the conformance tests need it.

use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::inbound::Automatic;
use channel_contract::testkit::{Asked, Harness, Lack, Odd, WebhookHarness};
use channel_whatsapp::WhatsappSettings;
use platform_doubles::whatsapp::{Account, Whatsapp};
use serde_json::{Value, json};

use super::{LACKS, Number, ana, ben};

fn text(body: &str) -> Value {
    json!({ "type": "text", "text": { "body": body } })
}

impl Harness for Number {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        Box::new(self.with(self.settings().clone()))
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl WebhookHarness for Number {
    fn asked(&self) -> Option<Asked> {
        let ask = |token: &str| {
            let query = [("hub.mode", "subscribe"), ("hub.verify_token", token), ("hub.challenge", "1158201444")];
            let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            WebhookRequest { query, ..Self::request(Bytes::new(), None) }
        };
        let answer = "1158201444".to_owned();
        Some(Asked { request: ask("the-verify-token"), answer, others: vec![ask("another-token")] })
    }

    fn bodies(&self) -> Vec<Bytes> {
        let picture = json!({ "type": "image", "image": { "id": "9001", "mime_type": "image/png" } });
        let reaction = json!({ "type": "reaction", "reaction": { "message_id": "wamid.x", "emoji": "👍" } });
        let update = json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": [] });
        let ids = json!({ "previous": "DE.77812", "current": "DE.99" });
        let changes = [
            self.said(&ana(), "wamid.1", &text("Where is my jacket? 🧥")),
            self.said(&ben(), "wamid.2", &picture),
            self.said(&ana(), "wamid.3", &reaction),
            self.platform().fate("wamid.4", "delivered", None),
            self.platform().echo(&ben(), "wamid.5", &text("It left on Saturday.")),
            self.platform().change("user_id_update", json!({ "user_id_update": [{ "user_id": ids }] })),
            json!({ "field": "account_update", "value": update }),
        ];
        changes.iter().map(|change| self.body(std::slice::from_ref(change))).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        let delivery = self.platform().signed(body);
        WebhookRequest { headers: delivery.headers, ..Self::request(delivery.body, None) }
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        Self::request(body, None)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        Self::request(body, Some("the-app-secreT"))
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest> {
        Some(Self::request(body, Some("the-former-secret")))
    }

    fn several(&self) -> Option<Bytes> {
        let changes = [
            self.said(&ana(), "wamid.1", &text("One")),
            self.said(&ben(), "wamid.2", &text("Two")),
            self.platform().fate("wamid.4", "delivered", None),
            self.platform().fate("wamid.4", "read", None),
        ];
        Some(self.body(&changes))
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let change = match odd {
            Odd::Type => self.said(&ana(), "wamid.6", &json!({ "type": "hologram", "hologram": { "depth": 9 } })),
            Odd::Word => self.platform().fate("wamid.4", "teleported", None),
            Odd::Field => {
                let mood = json!({ "type": "text", "text": { "body": "Hello", "font": [1] }, "mood": { "of": "day" } });
                self.said(&ana(), "wamid.7", &mood)
            }
            Odd::Null => {
                let message = json!({ "id": "wamid.8", "type": "text", "text": null, "context": null });
                self.platform().change("messages", json!({ "contacts": null, "messages": [message, null] }))
            }
        };
        Some(self.body(&[change]))
    }

    fn rich(&self) -> Bytes {
        self.body(&[self.said(&ana(), "wamid.9", &text("<b>Hello</b> *there*"))])
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    fn claimed(&self) -> WebhookRequest {
        // The platform names nobody: what is left is the name that somebody shows.
        let message = json!({ "id": "wamid.10", "type": "text", "text": { "body": "It is me, Ana" } });
        let contact = json!({ "profile": { "name": "Ana of Bergen" } });
        let value = json!({ "contacts": [contact], "messages": [message] });
        self.signed(self.body(&[self.platform().change("messages", value)]))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(self.signed(self.body(&[self.said(&ana(), "wamid.11", &text("Hello"))])))
    }

    fn forged(&self) -> WebhookRequest {
        self.wrongly_signed(self.body(&[self.said(&ana(), "wamid.12", &text("Hello"))]))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        let account =
            Account { account_id: "700002".to_owned(), phone_number_id: "800002".to_owned(), ..Account::default() };
        let settings = WhatsappSettings {
            account_id: account.account_id.clone(),
            phone_number_id: account.phone_number_id.clone(),
            ..self.settings().clone()
        };
        let other = Whatsapp::new(account);
        // Each business has ids of its own for people, and who has this one there is somebody else.
        let body = other.envelope(&[other.said(&ana(), "wamid.13", &text("Hello"))]);
        Some((Box::new(self.with(settings)), self.signed(body)))
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        Vec::new()
    }
}
