//! The account as the conformance tests need it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use channel_contract::MessageChannel;
use channel_contract::channel::WebhookRequest;
use channel_contract::failure::FailureClass;
use channel_contract::inbound::{Automatic, RawItem, RawOrigin};
use channel_contract::outbound::{DeliveryState, Outbound};
use channel_contract::testkit::{
    Asked, Broken, Fault, GrantHarness, Harness, Lack, MediaFault, MediaHarness, Odd, Part, PollHarness, Provider,
    SendHarness, Taken, WebhookHarness,
};
use channel_ebay::settings::{Access, EbaySettings, Secret};
use platform_doubles::ebay::{Ebay, Granting, NARROW_REFRESH_TOKEN};
use platform_doubles::{Fault as Misbehaviour, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::fixtures::{all, changed, notification, said, signature};
use crate::shop::{BUYER, ENDPOINT, LISTING, Shop};

/// What eBay has none of, and why.
pub(crate) const LACKS: &[Lack] = &[
    Lack { part: Part::SignedTime, why: "a notification is signed without the time, and known again by its id" },
    Lack { part: Part::Entries, why: "one notification tells of one thing" },
    Lack {
        part: Part::Echo,
        why: "nothing marks what the desk sent: it comes back under the id of its receipt, a while after it",
    },
    Lack {
        part: Part::Repetition,
        why: "it takes a message that comes twice as two, so nothing is sent blindly again",
    },
    Lack { part: Part::Fault(Fault::Window), why: "a message may be answered at any time" },
    Lack {
        part: Part::Fault(Fault::Policy),
        why: "it names no error for what its rules forbid: the desk refuses links, deals outside, mail addresses and phone numbers",
    },
    Lack { part: Part::FilesInside, why: "files lie at an address and never inside a message" },
    Lack { part: Part::Media(MediaFault::Altered), why: "it tells no hash of a file" },
    Lack { part: Part::Renumbering, why: "messages are told apart by ids that never change" },
    Lack { part: Part::OwnIds, why: "a buyer has the same name with every seller" },
];

impl Harness for Shop {
    fn channel(&self) -> &dyn MessageChannel {
        &self.channel
    }

    fn restarted(&self) -> Box<dyn MessageChannel> {
        Box::new(self.again())
    }

    fn lacks(&self) -> &'static [Lack] {
        LACKS
    }
}

impl Shop {
    pub(crate) fn request(&self, body: Bytes, signature: Option<String>) -> WebhookRequest {
        let signature = signature.map(|signature| ("x-ebay-signature".to_owned(), signature));
        let media = ("content-type".to_owned(), "application/json".to_owned());
        WebhookRequest {
            headers: [media].into_iter().chain(signature).collect(),
            query: Vec::new(),
            url: ENDPOINT.to_owned(),
            body,
            received_at: self.ebay.platform.now(),
        }
    }

    fn broken_with(&self, what: &'static str, class: FailureClass, settings: &EbaySettings) -> Broken {
        Broken { what, channel: Box::new(self.with_settings(settings)), class }
    }
}

impl WebhookHarness for Shop {
    fn bodies(&self) -> Vec<Bytes> {
        all().into_iter().map(|(_, body)| body).collect()
    }

    fn signed(&self, body: Bytes) -> WebhookRequest {
        let signature = signature(&body);
        self.request(body, Some(signature))
    }

    fn unsigned(&self, body: Bytes) -> WebhookRequest {
        self.request(body, None)
    }

    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest {
        let [in_use, _] = Ebay::key_ids();
        let signature = Ebay::forged_signature(in_use, &body);
        self.request(body, Some(signature))
    }

    fn outdated(&self, _: Bytes) -> Option<WebhookRequest> {
        None
    }

    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest> {
        let [_, other] = Ebay::key_ids();
        let signature = Ebay::signature(other, &body);
        Some(self.request(body, Some(signature)))
    }

    fn several(&self) -> Option<Bytes> {
        None
    }

    fn odd(&self, odd: Odd) -> Option<Bytes> {
        let message = said("m-31", "Hello");
        Some(match odd {
            Odd::Type => notification("ITEM_DREAMT_OF", "n-31", &message),
            Odd::Word => {
                let fields = json!({ "conversationType": "FROM_SPACE", "messageMedia": [
                    { "mediaName": "x", "mediaType": "HOLOGRAM", "mediaUrl": "https://i.ebayimg.example/x" }] });
                notification("NEW_MESSAGE", "n-31", &changed(message, &fields))
            }
            Odd::Field => notification("NEW_MESSAGE", "n-31", &changed(message, &json!({ "mood": { "of": ["the"] } }))),
            Odd::Null => {
                let fields = json!({ "subject": null, "readStatus": null, "messageMedia": null, "referenceId": null });
                notification("NEW_MESSAGE", "n-31", &changed(message, &fields))
            }
        })
    }

    fn rich(&self) -> Bytes {
        notification("NEW_MESSAGE", "n-32", &said("m-32", "<b>Hello</b>"))
    }

    fn with_an_empty_file(&self) -> Option<Bytes> {
        None
    }

    /// eBay vouches for whoever writes to a seller; what it writes itself says nothing of a person.
    fn claimed(&self) -> WebhookRequest {
        let fields = json!({ "senderUsername": "eBay", "conversationType": "FROM_EBAY" });
        self.signed(notification("NEW_MESSAGE", "n-33", &changed(said("m-33", "Your buyer Ann"), &fields)))
    }

    fn proved(&self) -> Option<WebhookRequest> {
        Some(self.signed(notification("NEW_MESSAGE", "n-34", &said("m-34", "It is me"))))
    }

    fn forged(&self) -> WebhookRequest {
        self.wrongly_signed(notification("NEW_MESSAGE", "n-35", &said("m-35", "It is me")))
    }

    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)> {
        None
    }

    fn automatic(&self) -> Vec<(Bytes, Automatic)> {
        let fields = json!({ "senderUsername": "eBay", "conversationType": "FROM_EBAY" });
        vec![(
            notification("NEW_MESSAGE", "n-36", &changed(said("m-36", "News for sellers"), &fields)),
            Automatic::Bulk,
        )]
    }

    fn asked(&self) -> Option<Asked> {
        let query = vec![("challenge_code".to_owned(), "a8628072".to_owned())];
        let request = WebhookRequest { query, ..self.request(Bytes::new(), None) };
        let others = vec![WebhookRequest { query: Vec::new(), ..request.clone() }];
        Some(Asked { request, answer: Ebay::challenge_answer("a8628072", ENDPOINT), others })
    }
}

fn refusal(status: u16, number: u32) -> Misbehaviour {
    let words = format!("eBay says no to {BUYER}: It left today");
    Misbehaviour::Answer(Response::json(status, &json!({ "errors": [{ "errorId": number, "message": words }] })))
}

#[async_trait]
impl SendHarness for Shop {
    fn message(&self) -> Outbound {
        let mut asked = self.asked.lock().unwrap();
        if asked.is_empty() {
            *asked = self.ebay.platform.write(BUYER, LISTING, "Where is my order?");
        }
        self.answer_to(&asked, "It left today.")
    }

    async fn misbehave(&self, fault: Fault) -> bool {
        // Access that is refused is renewed and tried once more.
        let mut times = 1;
        let misbehaviour = match fault {
            Fault::RateWithHint => Misbehaviour::Answer(Response::status(429).with("retry-after", "9")),
            Fault::Rate => refusal(429, 2_001),
            Fault::Unavailable => Misbehaviour::Answer(Response::status(503)),
            Fault::Credential => {
                times = 2;
                refusal(401, 1_001)
            }
            Fault::ResetAfterBody => Misbehaviour::ResetAfterBody,
            Fault::LoseAfterBody => Misbehaviour::LoseAfterBody,
            Fault::HangAfterBody => Misbehaviour::HangAfterBody,
            Fault::Gateway => Misbehaviour::AnswerAfterBody(Response::status(502)),
            Fault::CutAnswer => Misbehaviour::BreakOffAfterBody,
            Fault::CutRefusal => {
                Misbehaviour::BreakOff(Response::json(400, &json!({ "errors": [{ "errorId": 2_001 }] })))
            }
            Fault::SlowAnswer => Misbehaviour::Slow(Duration::from_millis(50)),
            Fault::Recipient => refusal(400, 355_006),
            Fault::Content => refusal(400, 355_014),
            Fault::ResetBeforeBody => Misbehaviour::ResetBeforeBody,
            Fault::HangBeforeBody => Misbehaviour::HangBeforeBody,
            Fault::Window | Fault::Policy => return false,
        };
        self.ebay.misbehave("POST", "/send_message", misbehaviour, times);
        true
    }

    async fn taken(&self) -> usize {
        self.ebay.platform.sent().len()
    }

    async fn last_taken(&self) -> Option<Taken> {
        let sent = self.ebay.platform.sent().pop()?;
        let files = sent.media.iter().map(|media| self.desk.file(&media.address)).collect();
        Some(Taken { id: sent.id, subject: String::new(), text: sent.text, files })
    }

    async fn written_elsewhere(&self, message: &Outbound, then: Duration) -> Option<String> {
        let ebay = &self.ebay.platform;
        let id = ebay.answer_on_ebay(BUYER, LISTING, &message.text);
        ebay.set_now(ebay.now() + then);
        Some(id)
    }

    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem> {
        let body = json!({ "as": "read", "message": { "messageId": id, "readStatus": true } });
        (state == DeliveryState::Read).then(|| RawItem {
            external_id: format!("read:{id}"),
            origin: RawOrigin::Inbox,
            body: body.to_string().into(),
        })
    }

    async fn echoes(&self) -> Vec<RawItem> {
        Vec::new()
    }

    async fn broken(&self) -> Vec<Broken> {
        use FailureClass::{Auth, Permission, Temporary};
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let sound = &self.settings;
        let with = |access: Access| EbaySettings { access, ..sound.clone() };
        let granted = |token: &str| Access { refresh_token: Secret::new(token), ..sound.access.clone() };
        let away = EbaySettings { api_url: format!("http://{closed}"), ..sound.clone() };
        let open = EbaySettings { api_url: "http://api.shop.example".to_owned(), ..sound.clone() };
        let nameless = EbaySettings { usernames: Vec::new(), ..sound.clone() };
        let stranger = Access { client_secret: Secret::new("wrong-secret"), ..sound.access.clone() };
        vec![
            self.broken_with("nothing answers there", Temporary, &away),
            self.broken_with("tokens would travel in the clear", Permission, &open),
            self.broken_with("nobody knows who the seller is", Permission, &nameless),
            self.broken_with("nothing was granted", Permission, &with(granted(""))),
            self.broken_with("the grant is over", Auth, &with(granted("refresh-secret-of-old"))),
            self.broken_with("messages were kept back", Auth, &with(granted(NARROW_REFRESH_TOKEN))),
            self.broken_with("the program is not known", Auth, &with(stranger)),
        ]
    }
}

#[async_trait]
impl GrantHarness for Shop {
    async fn provider(&self, does: Provider) {
        self.ebay.platform.set_granting(match does {
            Provider::Grants => Granting::Grants,
            Provider::GrantsBriefly => Granting::GrantsBriefly,
            Provider::GrantsInVain => Granting::GrantsInVain,
            Provider::Replaces => Granting::Replaces,
            Provider::Refuses => Granting::Refuses,
            Provider::Limits(wait) => Granting::Limits(wait),
            Provider::Fails => Granting::Fails,
            Provider::Garbles => Granting::Garbles,
            Provider::Hangs => Granting::Hangs,
        });
    }

    async fn renewals(&self) -> usize {
        self.ebay.platform.renewals()
    }
}

#[async_trait]
impl MediaHarness for Shop {
    fn has(&self, fault: MediaFault) -> bool {
        fault != MediaFault::Altered
    }

    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem {
        let place = fault.map_or("file".to_owned(), |fault| format!("{fault:?}").to_lowercase());
        let media = json!([{ "mediaName": "cup.png", "mediaType": "IMAGE",
            "mediaUrl": format!("https://files.example/{place}") }]);
        let data: Value = changed(said("m-40", "Look"), &json!({ "messageMedia": media }));
        let body = notification("NEW_MESSAGE", "n-40", &data);
        RawItem { external_id: "n-40".to_owned(), origin: RawOrigin::Webhook, body }
    }

    /// The desk looks at each address before it asks it: nothing is asked past it.
    async fn asked_inside(&self) -> usize {
        self.ebay.calls().iter().filter(|call| call.path.contains("files.example")).count()
    }
}

#[async_trait]
impl PollHarness for Shop {
    /// A message or a return: one item more.
    async fn put(&self) {
        let ebay = &self.ebay.platform;
        let number = self.puts.fetch_add(1, Ordering::Relaxed);
        if number.is_multiple_of(3) {
            ebay.open_return(&format!("12-00009-{number:05}"), BUYER);
        } else {
            ebay.write(&format!("buyer_{}", number % 2), LISTING, &format!("Message {number}"));
        }
    }

    fn cut_after(&self, steps: Option<usize>) {
        match steps {
            Some(steps) => self.ebay.misbehave_after(steps, Misbehaviour::ResetBeforeBody),
            None => self.ebay.behave(),
        }
    }

    fn was_cut(&self) -> bool {
        !self.ebay.means_to_misbehave()
    }

    async fn renumber(&self) -> bool {
        false
    }
}
