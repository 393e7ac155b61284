//! Twilio, as far as text messages go: its API, the pictures behind it, and what it pushes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use url::form_urlencoded::Serializer;

use crate::hooks::Delivery;
use crate::server::{Platform, Request, Response};

/// The header of the signature.
pub const SIGNATURE_HEADER: &str = "x-twilio-signature";
/// The most text in one message, in characters.
const LONGEST_TEXT: usize = 1600;

/// A message that was taken.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its id.
    pub sid: String,
    /// To which number.
    pub to: String,
    /// From which number, or through which pool.
    pub from: String,
    /// The text.
    pub text: String,
    /// Where its fate is told, `""`: nowhere.
    pub callback: String,
}

#[derive(Default)]
struct State {
    sent: Vec<Sent>,
    /// When each message was taken.
    times: Vec<i64>,
    /// Who has written STOP.
    stopped: BTreeSet<String>,
    /// Who takes no text messages.
    landlines: BTreeSet<String>,
    files: BTreeMap<String, (String, Bytes)>,
    /// Where files lie; `""`: here.
    shelf: String,
    count: u64,
    now: i64,
    per_second: Option<usize>,
    is_without_number: bool,
    /// Whether deliveries name the words that were answered.
    names_opting_out: bool,
    token: String,
}

/// An account at Twilio with one number.
pub struct Twilio {
    account: String,
    number: String,
    hook: Mutex<String>,
    state: Mutex<State>,
}

impl Twilio {
    /// An account with its secret and its number; what is written to that is sent to `hook`.
    pub fn new(account: &str, token: &str, number: &str, hook: &str) -> Self {
        let state = State { token: token.to_owned(), ..State::default() };
        Self {
            account: account.to_owned(),
            number: number.to_owned(),
            hook: Mutex::new(hook.to_owned()),
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hook(&self) -> String {
        self.hook.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends what is written to the number here from now on.
    pub fn set_hook(&self, hook: &str) {
        hook.clone_into(&mut self.hook.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Gives the account another secret.
    pub fn set_token(&self, token: &str) {
        token.clone_into(&mut self.state().token);
    }

    /// Takes the number from the account, or gives it back.
    pub fn take_number(&self, is_taken: bool) {
        self.state().is_without_number = is_taken;
    }

    /// Names in deliveries the words that it has answered by itself, as it does for a number in a messaging service with
    /// Advanced Opt-Out; all other numbers hear of them as of any message.
    pub fn name_opting_out(&self, is_named: bool) {
        self.state().names_opting_out = is_named;
    }

    /// Takes no text messages for this number.
    pub fn is_a_landline(&self, number: &str) {
        self.state().landlines.insert(number.to_owned());
    }

    /// The time there, in seconds since 1970.
    pub fn set_now(&self, seconds: i64) {
        self.state().now = seconds;
    }

    /// Takes no more than so many messages a second.
    pub fn limit(&self, per_second: Option<usize>) {
        self.state().per_second = per_second;
    }

    /// What was taken, oldest first.
    pub fn sent(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// Puts a file there, and gives its address below the API's.
    pub fn put_file(&self, id: &str, content_type: &str, content: Bytes) -> String {
        self.state().files.insert(id.to_owned(), (content_type.to_owned(), content));
        format!("/2010-04-01/Accounts/{}/Messages/MM1/Media/{id}", self.account)
    }

    /// Has a file no longer.
    pub fn forget_file(&self, id: &str) {
        self.state().files.remove(id);
    }

    /// Leads to this address for files, which are then asked for there under `/{id}`.
    pub fn set_shelf(&self, address: &str) {
        address.clone_into(&mut self.state().shelf);
    }

    /// A refusal as it is answered.
    pub fn refusal(status: u16, code: i64, message: &str) -> Response {
        let more = format!("https://www.twilio.com/docs/errors/{code}");
        Response::json(status, &json!({ "code": code, "message": message, "more_info": more, "status": status }))
    }

    /// What is answered where too many calls are made.
    pub fn too_many(seconds: Option<u64>) -> Response {
        let refusal = Self::refusal(429, 20_429, "Too many requests");
        match seconds {
            Some(seconds) => refusal.with("retry-after", &seconds.to_string()),
            None => refusal,
        }
    }

    /// Somebody writes to the number, with files at these addresses.
    pub fn message(&self, from: &str, text: &str, files: &[(&str, &str)]) -> Delivery {
        let sid = self.next("SM");
        let word = text.trim().to_uppercase();
        let opted = match word.as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "OPTOUT" | "REVOKE" => {
                self.state().stopped.insert(from.to_owned());
                Some("STOP")
            }
            "START" | "YES" | "UNSTOP" if self.state().stopped.contains(from) => {
                self.state().stopped.remove(from);
                Some("START")
            }
            "START" | "UNSTOP" => Some("START"),
            "HELP" | "INFO" => Some("HELP"),
            _ => None,
        };
        let count = files.len().to_string();
        let mut fields: Vec<(String, String)> = [
            ("ToCountry", "NO"),
            ("SmsMessageSid", &sid),
            ("NumMedia", &count),
            ("SmsSid", &sid),
            ("SmsStatus", "received"),
            ("Body", text),
            ("To", &self.number),
            ("NumSegments", "1"),
            ("MessageSid", &sid),
            ("AccountSid", &self.account),
            ("From", from),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (at, (url, content_type)) in files.iter().enumerate() {
            fields.push((format!("MediaUrl{at}"), (*url).to_owned()));
            fields.push((format!("MediaContentType{at}"), (*content_type).to_owned()));
        }
        let opted = opted.filter(|_| self.state().names_opting_out);
        fields.extend(opted.map(|word| ("OptOutType".to_owned(), word.to_owned())));
        self.signed(&self.hook(), &fields)
    }

    /// The fate of a message, and where it is told: where the message said, else where the number's messages go.
    pub fn status(&self, sid: &str, status: &str, code: Option<i64>) -> (String, Delivery) {
        let sent = self.state().sent.iter().find(|sent| sent.sid == sid).cloned();
        let to = sent.as_ref().map(|sent| sent.to.clone()).unwrap_or_default();
        let mut fields: Vec<(String, String)> = [
            ("SmsSid", sid),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", &to),
            ("MessageSid", sid),
            ("AccountSid", &self.account),
            ("From", &self.number),
            ("ApiVersion", "2010-04-01"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        fields.extend(code.map(|code| ("ErrorCode".to_owned(), code.to_string())));
        let url = sent.map(|sent| sent.callback).filter(|url| !url.is_empty()).unwrap_or_else(|| self.hook());
        let delivery = self.signed(&url, &fields);
        (url, delivery)
    }

    /// Fields as a delivery to an address, signed with the account's secret.
    pub fn signed(&self, url: &str, fields: &[(String, String)]) -> Delivery {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let signature = signature(&self.state().token, url, fields);
        let headers = vec![
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            (SIGNATURE_HEADER.to_owned(), signature),
        ];
        Delivery { headers, body: body.into() }
    }

    fn next(&self, kind: &str) -> String {
        let mut state = self.state();
        state.count += 1;
        format!("{kind}{:032x}", state.count)
    }

    fn take(&self, request: &Request) -> Response {
        let form = request.form();
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
        let (to, text) = (field("To"), field("Body"));
        let from = if field("From").is_empty() { field("MessagingServiceSid") } else { field("From") };
        let is_number = to.strip_prefix('+').is_some_and(|digits| {
            (7..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
        });
        let sid = self.next("SM");
        let mut state = self.state();
        let now = state.now;
        let lately = state.times.iter().filter(|at| **at == now).count();
        if state.per_second.is_some_and(|most| lately >= most) {
            return Self::too_many(Some(1));
        }
        if !is_number {
            return Self::refusal(400, 21_211, "The 'To' number is not a valid phone number.");
        }
        if from != self.number && !from.starts_with("MG") || state.is_without_number {
            return Self::refusal(
                400,
                21_606,
                "The 'From' phone number provided is not a valid message-capable number.",
            );
        }
        if text.is_empty() {
            return Self::refusal(400, 21_602, "Message body is required.");
        }
        if text.chars().count() > LONGEST_TEXT {
            return Self::refusal(400, 21_617, "The concatenated message body exceeds the 1600 character limit.");
        }
        if state.stopped.contains(to) {
            return Self::refusal(400, 21_610, "Attempt to send to unsubscribed recipient");
        }
        if state.landlines.contains(to) {
            return Self::refusal(400, 21_614, "'To' number is not a valid mobile number");
        }
        state.times.push(now);
        state.sent.push(Sent {
            sid: sid.clone(),
            to: to.to_owned(),
            from: from.to_owned(),
            text: text.to_owned(),
            callback: field("StatusCallback").to_owned(),
        });
        let answer = json!({
            "sid": sid, "account_sid": self.account, "to": to, "from": from, "body": text, "status": "queued",
            "direction": "outbound-api", "num_media": "0", "error_code": null, "error_message": null
        });
        Response::json(201, &answer)
    }

    fn numbers(&self, wanted: &str) -> Response {
        let is_there = wanted == self.number && !self.state().is_without_number;
        let number = json!({
            "phone_number": self.number, "sms_url": self.hook(), "sms_method": "POST", "sms_application_sid": ""
        });
        let numbers: Vec<Value> = is_there.then_some(number).into_iter().collect();
        Response::json(200, &json!({ "incoming_phone_numbers": numbers, "page": 0 }))
    }

    fn file(&self, id: &str) -> Response {
        let state = self.state();
        let Some((content_type, content)) = state.files.get(id) else {
            return Self::refusal(404, 20_404, "The requested resource was not found");
        };
        if !state.shelf.is_empty() {
            return Response::status(307).with("location", &format!("{}/{id}", state.shelf));
        }
        Response { body: content.clone(), ..Response::status(200) }.with("content-type", content_type)
    }
}

/// The signature of fields that are sent to an address.
pub fn signature(token: &str, url: &str, fields: &[(String, String)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort();
    let text = sorted.into_iter().fold(url.to_owned(), |text, (name, value)| text + &name + &value);
    let mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).map(|mac| mac.chain_update(text).finalize().into_bytes());
    mac.map(|code| STANDARD.encode(code)).unwrap_or_default()
}

#[async_trait]
impl Platform for Twilio {
    async fn answer(&self, request: Request) -> Response {
        let expected = format!("Basic {}", STANDARD.encode(format!("{}:{}", self.account, self.state().token)));
        if request.header("authorization") != expected {
            return Self::refusal(401, 20_003, "Authenticate");
        }
        match (request.method.as_str(), request.segments().as_slice()) {
            (_, ["2010-04-01", "Accounts", account, ..]) if *account != self.account => {
                Self::refusal(404, 20_404, "The requested resource was not found")
            }
            ("POST", [_, _, _, "Messages.json"]) => self.take(&request),
            ("GET", [_, _, _, "Messages.json"]) => Response::json(200, &json!({ "messages": [], "page": 0 })),
            ("GET", [_, _, _, "IncomingPhoneNumbers.json"]) => self.numbers(request.query("PhoneNumber")),
            ("GET", [_, _, _, "Messages", _, "Media", id]) => self.file(id),
            _ => Self::refusal(404, 20_404, "The requested resource was not found"),
        }
    }
}

/// Where files lie that Twilio leads to: it asks for no credentials, and remembers who showed some all the same.
#[derive(Default)]
pub struct Shelf {
    files: Mutex<BTreeMap<String, Bytes>>,
}

impl Shelf {
    /// Puts a file there.
    pub fn put(&self, id: &str, content: Bytes) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), content);
    }
}

#[async_trait]
impl Platform for Shelf {
    async fn answer(&self, request: Request) -> Response {
        let id = request.segments().last().copied().unwrap_or_default();
        let found = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        found.map_or_else(|| Response::status(403), |body| Response { body, ..Response::status(200) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twilio() -> Twilio {
        Twilio::new("AC1", "token", "+4790000001", "https://desk.example/sms")
    }

    async fn send(twilio: &Twilio, token: &str, to: &str, text: &str) -> (u16, Value) {
        let fields = [("To", to), ("From", "+4790000001"), ("Body", text)];
        let request = Request {
            method: "POST".to_owned(),
            path: "/2010-04-01/Accounts/AC1/Messages.json".to_owned(),
            query: Vec::new(),
            headers: vec![("authorization".to_owned(), format!("Basic {}", STANDARD.encode(format!("AC1:{token}"))))],
            body: Serializer::new(String::new()).extend_pairs(fields).finish().into(),
        };
        let response = twilio.answer(request).await;
        (response.status, serde_json::from_slice(&response.body).unwrap())
    }

    #[tokio::test]
    async fn a_message_has_the_limits_of_the_real_one() {
        let twilio = twilio();
        let code = async |token: &str, to: &str, text: &str| send(&twilio, token, to, text).await.1["code"].as_i64();
        assert_eq!(code("token", "+4791234567", "Hello").await, None);
        assert_eq!(code("wrong", "+4791234567", "Hello").await, Some(20_003));
        assert_eq!(code("token", "ana", "Hello").await, Some(21_211));
        assert_eq!(code("token", "+4791234567", &"ü".repeat(1601)).await, Some(21_617));
        twilio.message("+4791234567", "stop", &[]);
        assert_eq!(code("token", "+4791234567", "Hello").await, Some(21_610));
        twilio.message("+4791234567", "START", &[]);
        assert_eq!(code("token", "+4791234567", "Hello").await, None);
        assert_eq!(twilio.sent().len(), 2);
    }

    #[test]
    fn a_delivery_carries_the_documented_signature() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(signature("12345", url, &fields), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
