//! What the doubles are told over HTTP, and what they do then.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use platform_doubles::control::{Control, page};
use platform_doubles::messagebird::{self, MessageBird};
use platform_doubles::together::{NAMES, Together};
use platform_doubles::{Double, Platform, Request, Response, line, telegram, twilio, whatsapp};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::form_urlencoded::Serializer;

const NOW: i64 = 1_790_000_000;
/// Those that push what customers write.
const PUSHES: [&str; 7] = ["whatsapp", "messenger", "instagram", "telegram", "line", "sms", "messagebird"];

/// What takes the webhooks of a platform.
struct Desk;

#[async_trait]
impl Platform for Desk {
    async fn answer(&self, _: Request) -> Response {
        Response::status(200)
    }
}

struct Stage {
    together: Arc<Together>,
    control: Double<Control>,
    desk: Double<Desk>,
    http: reqwest::Client,
}

impl Stage {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).pool_max_idle_per_host(0).no_proxy();
        let http = client.build().unwrap();
        let now = OffsetDateTime::from_unix_timestamp(NOW).unwrap();
        let together = Arc::new(Together::start(&BTreeMap::new(), now).await.unwrap());
        let control = Double::start(Control::new(together.clone(), http.clone())).await.unwrap();
        Self { together, control, desk: Double::start(Desk).await.unwrap(), http }
    }

    fn hook(&self) -> String {
        format!("{}/hook", self.desk.url())
    }

    /// Tells the doubles something, and gives the answer.
    async fn told(&self, what: &str, order: &Value) -> (u16, Value) {
        let answer = self.http.post(format!("{}/{what}", self.control.url())).json(order).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
    }

    /// Tells them to push something, and gives what the desk got of it.
    async fn pushed(&self, what: &str, mut order: Value) -> Vec<Request> {
        let before = self.desk.calls().len();
        order["to"] = self.hook().into();
        let (status, answer) = self.told(what, &order).await;
        assert_eq!(status, 200, "{order}: {answer}");
        let calls = self.desk.calls().split_off(before);
        assert_eq!(answer["answered"], json!(vec![200; calls.len()]), "{order}");
        calls
    }

    /// The settings of a platform, and its address.
    fn settings(&self, name: &str) -> (Value, String) {
        let listing = self.together.listing();
        (listing[name]["settings"].clone(), listing[name]["address"].as_str().unwrap().to_owned())
    }

    /// The status with which a platform answers a harmless question of who knows the settings; `None` without an answer.
    async fn asked(&self, name: &str) -> Option<u16> {
        let (settings, address) = self.settings(name);
        let text = |place: &str| settings.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
        let get = |path: String| self.http.get(format!("{address}{path}"));
        let request = match name {
            "whatsapp" => get(format!("/v23.0/{}", text("/phone_number_id"))).bearer_auth(text("/access_token")),
            "telegram" => get(format!("/bot{}/getMe", text("/token"))),
            "line" => get("/v2/bot/info".to_owned()).bearer_auth(text("/access_token")),
            "mirakl" => get("/api/account".to_owned()).header("authorization", text("/api_key")),
            "sms" => {
                let (account, token) = (text("/provider/account_sid"), text("/provider/auth_token"));
                get(format!("/2010-04-01/Accounts/{account}/Messages.json")).basic_auth(account, Some(token))
            }
            "amazon" => {
                let form = Serializer::new(String::new())
                    .append_pair("grant_type", "refresh_token")
                    .append_pair("refresh_token", &text("/spapi/refresh_token"))
                    .append_pair("client_id", &text("/spapi/client_id"))
                    .append_pair("client_secret", &text("/spapi/client_secret"))
                    .finish();
                self.http.post(format!("{address}/auth/o2/token")).body(form)
            }
            "ebay" => {
                let form = Serializer::new(String::new())
                    .append_pair("grant_type", "refresh_token")
                    .append_pair("refresh_token", &text("/access/refresh_token"))
                    .finish();
                let (id, secret) = (text("/access/client_id"), text("/access/client_secret"));
                self.http.post(format!("{address}/identity/v1/oauth2/token")).basic_auth(id, Some(secret)).body(form)
            }
            _ => get(format!("/v23.0/{}", text("/page_id"))).bearer_auth(text("/access_token")),
        };
        Some(request.send().await.ok()?.status().as_u16())
    }

    /// The desk sends a text on WhatsApp, and has its id.
    async fn sends(&self) -> String {
        let (settings, address) = self.settings("whatsapp");
        let number = settings["phone_number_id"].as_str().unwrap();
        let order = json!({
            "messaging_product": "whatsapp", "to": "4915112345678", "type": "text", "text": { "body": "It is on its way." }
        });
        let request = self.http.post(format!("{address}/v23.0/{number}/messages"));
        let answer = request.bearer_auth(settings["access_token"].as_str().unwrap()).json(&order).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["messages"][0]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// A body as it reads: of forms as their fields.
fn read(call: &Request) -> Value {
    let fields = || call.form().into_iter().map(|(name, value)| (name, value.into())).collect();
    serde_json::from_slice(&call.body).unwrap_or_else(|_| Value::Object(fields()))
}

/// Whether the signature of a call is the platform's; Telegram shows a word instead.
fn is_signed(stage: &Stage, name: &str, call: &Request) -> bool {
    let (settings, _) = stage.settings(name);
    let secret = |place: &str| settings.pointer(place).and_then(Value::as_str).unwrap().to_owned();
    let (header, right) = match name {
        "line" => (line::SIGNATURE_HEADER, line::signature(&secret("/channel_secret"), &call.body)),
        "telegram" => (telegram::SECRET_HEADER, secret("/webhook_secret")),
        "sms" => {
            let right = twilio::signature(&secret("/provider/auth_token"), &stage.hook(), &call.form());
            (twilio::SIGNATURE_HEADER, right)
        }
        "messagebird" => {
            let bird = MessageBird::new(&secret("/provider/signing_key"), "").with_life(24 * 60 * 60);
            bird.set_now(NOW);
            let right = bird.signed(&stage.hook(), call.body.clone()).headers.pop().unwrap().1;
            (messagebird::SIGNATURE_HEADER, right)
        }
        _ => ("x-hub-signature-256", whatsapp::sign(&secret("/app_secret"), &call.body)),
    };
    call.header(header) == right
}

#[tokio::test]
async fn each_command_of_the_page_works_and_stands_in_the_documentation() {
    let stage = Stage::start().await;
    let get = async |path: &str| {
        let answer = stage.http.get(format!("{}{path}", stage.control.url())).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = get("/").await;
    assert_eq!(status, 200);
    for name in NAMES {
        assert!(page.contains(&stage.settings(name).1), "the page tells the address of {name}");
    }
    for page::Command { method, path, body, does } in page::COMMANDS {
        assert!(page.contains(path) && page.contains(body) && page.contains(does), "{method} {path} {body}");
        let request = stage.http.request(method.parse().unwrap(), format!("{}{path}", stage.control.url()));
        let answer = request.body(body.replace(page::HOOK, &stage.hook())).send().await.unwrap();
        assert!(answer.status().is_success(), "{method} {path} {body}: {}", answer.text().await.unwrap());
    }
    assert_eq!(serde_json::from_str::<Value>(&get("/platforms").await.1).unwrap(), stage.together.listing());
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CHANNELS.md")).unwrap();
    for text in [page::commands(), page::faults()] {
        assert!(docs.contains(&text), "docs/CHANNELS.md is to hold this:\n{text}");
    }
}

#[tokio::test]
async fn messages_come_late_twice_and_out_of_order() {
    let stage = Stage::start().await;
    for name in PUSHES {
        let push = json!({ "times": 2, "order": "reversed", "delay_ms": 1 });
        let order = json!({ "platform": name, "texts": ["First", "Second"], "push": push });
        let calls = stage.pushed("messages", order).await;
        let says: Vec<bool> = calls.iter().map(|call| read(call).to_string().contains("First")).collect();
        assert_eq!(says, [false, true, false, true], "{name}");
        assert!(
            calls[0].body == calls[2].body && calls[1].body == calls[3].body,
            "{name}: what comes twice is the same"
        );
        assert!(calls.iter().all(|call| is_signed(&stage, name, call)), "{name}");
        if !matches!(name, "sms" | "messagebird") {
            let (second, first) = (read(&calls[0]).to_string(), read(&calls[1]).to_string());
            let has = |text: &str, moment: i64| text.contains(&moment.to_string());
            assert!(has(&second, NOW) && has(&first, NOW - 1), "{name}: each has its own second: {first} {second}");
        }
    }
    let late = json!({ "platform": "messagebird", "text": "Late", "ago_seconds": 3_600 });
    let late = read(&stage.pushed("messages", late).await[0]);
    assert_eq!(late["createdDatetime"], "2026-09-21T13:13:20Z", "an hour ago");
    let hour_ago = (NOW - 3_600).to_string();
    for name in ["whatsapp", "messenger", "instagram", "telegram", "line"] {
        let late = stage.pushed("messages", json!({ "platform": name, "text": "Late", "ago_seconds": 3_600 })).await;
        assert!(read(&late[0]).to_string().contains(&hour_ago), "{name}: {}", read(&late[0]));
        let next = stage.pushed("messages", json!({ "platform": name, "text": "Now" })).await;
        assert!(read(&next[0]).to_string().contains(&NOW.to_string()), "{name}: the clock shows the time again");
    }
    let polled = json!({ "platform": "ebay", "text": "Late", "ago_seconds": 3_600 });
    let (status, answer) = stage.told("messages", &polled).await;
    assert_eq!((status, answer["ids"].as_array().map(Vec::len)), (202, Some(1)));
    assert!(stage.pushed("messages", polled).await[0].header("x-ebay-signature").len() > 20, "eBay tells of it, too");
}

#[tokio::test]
async fn strangers_push_what_the_platform_never_signed() {
    let stage = Stage::start().await;
    for name in PUSHES {
        for forged in ["signature", "unsigned", "body", "cut"] {
            let order = json!({ "platform": name, "text": "Hello", "push": { "forged": forged } });
            let call = stage.pushed("messages", order).await.remove(0);
            let shows_a_word = name == "telegram" && matches!(forged, "body" | "cut");
            assert_eq!(is_signed(&stage, name, &call), shows_a_word, "{name}: {forged}");
            let is_signature = |header: &str| header.starts_with("x-") || header == messagebird::SIGNATURE_HEADER;
            assert_eq!(call.headers.iter().any(|(header, _)| is_signature(header)), forged != "unsigned", "{name}");
        }
    }
}

#[tokio::test]
async fn a_second_customer_of_whatsapp_writes_by_their_own_name() {
    let stage = Stage::start().await;
    let told = async |what: &str, order: Value| read(&stage.pushed(what, order).await.remove(0));
    for (customer, name) in [("", "Ana of Bergen"), ("Lena Holt", "Lena Holt")] {
        let body = told("messages", json!({ "platform": "whatsapp", "customer": customer, "text": "Hello" })).await;
        let shown = body.pointer("/entry/0/changes/0/value/contacts/0/profile/name");
        assert_eq!(shown, Some(&json!(name)), "{body}");
    }
    let taken_back = told("changes", json!({ "platform": "whatsapp", "change": "taken_back" })).await.to_string();
    assert!(
        taken_back.contains("wamid.W1") && taken_back.contains("Ana of Bergen"),
        "of their own words: {taken_back}"
    );
}

#[tokio::test]
async fn customers_edit_take_back_and_react() {
    let stage = Stage::start().await;
    let pushed = async |name: &str, change: &str| {
        let order = json!({ "platform": name, "change": change, "text": "Other words", "sign": "\u{2764}", "to": stage.hook() });
        let before = stage.desk.calls().len();
        let (status, answer) = stage.told("changes", &order).await;
        (status == 200).then(|| (answer["ids"][0].clone(), read(&stage.desk.calls()[before])))
    };
    assert!(pushed("whatsapp", "edited").await.is_none(), "nothing was written yet");
    let edits = ["whatsapp", "messenger", "instagram", "telegram"];
    let takes_back = ["whatsapp", "messenger", "instagram", "line"];
    for name in NAMES {
        let written = match name {
            "amazon" => Value::Null,
            name => {
                stage.told("messages", &json!({ "platform": name, "text": "Words", "to": stage.hook() })).await.1["ids"]
                    [0]
                .clone()
            }
        };
        for (change, tells) in [("edited", edits), ("taken_back", takes_back), ("reacted", edits), ("unreacted", edits)]
        {
            let change_of = pushed(name, change).await;
            assert_eq!(change_of.is_some(), tells.contains(&name), "{name}: {change}");
            let Some((id, body)) = change_of else { continue };
            assert_eq!(id, written, "{name}: {change}");
            assert!(body.to_string().contains(id.as_str().unwrap()), "{name}: {change} names the message: {body}");
            assert_eq!(body.to_string().contains("Other words"), change == "edited", "{name}: {body}");
            assert_eq!(body.to_string().contains('\u{2764}'), change == "reacted", "{name}: {body}");
        }
    }
    // A sign is put on what was sent, where something was.
    let sent = stage.sends().await;
    let (id, body) = pushed("whatsapp", "reacted").await.unwrap();
    assert_eq!(id, json!(sent));
    assert!(body.to_string().contains(&sent));
}

#[tokio::test]
async fn statuses_are_told() {
    let stage = Stage::start().await;
    let nothing = json!({ "platform": "whatsapp", "status": "read", "to": stage.hook() });
    assert_eq!(stage.told("statuses", &nothing).await.0, 400, "nothing was sent yet");
    stage.pushed("messages", json!({ "platform": "whatsapp", "text": "Hello" })).await;
    let sent = stage.sends().await;
    for (status, code) in [("delivered", Value::Null), ("read", Value::Null), ("failed", json!(131_047))] {
        let order = json!({ "platform": "whatsapp", "status": status, "code": code, "push": { "times": 2 } });
        let calls = stage.pushed("statuses", order).await;
        let fate = read(&calls[0])["entry"][0]["changes"][0]["value"]["statuses"][0].clone();
        assert_eq!((fate["id"].as_str(), fate["status"].as_str()), (Some(sent.as_str()), Some(status)));
        assert_eq!(fate["errors"][0]["code"], code);
        assert!(calls.len() == 2 && calls.iter().all(|call| is_signed(&stage, "whatsapp", call)));
    }
    let tells = |name: &str, status: &str| match name {
        "whatsapp" | "sms" => true,
        "messenger" => status != "failed",
        "instagram" | "ebay" => status == "read",
        _ => false,
    };
    for name in NAMES {
        for status in ["delivered", "read", "failed"] {
            let order = json!({ "platform": name, "status": status, "id": "given-id", "to": stage.hook() });
            let before = stage.desk.calls().len();
            let (answered, answer) = stage.told("statuses", &order).await;
            assert_eq!(answered < 300, tells(name, status), "{name}: {status}: {answer}");
            if answered == 200 {
                let body = read(&stage.desk.calls()[before]).to_string();
                let names_a_moment = name == "messenger" && status == "read";
                assert!(body.contains("given-id") || names_a_moment, "{name}: {status}: {body}");
            }
        }
    }
}

#[tokio::test]
async fn access_is_revoked_ends_and_is_given_again() {
    let stage = Stage::start().await;
    let turn = async |name: &str, access: &str, in_seconds: u32| {
        let order = json!({ "platform": name, "access": access, "in_seconds": in_seconds });
        stage.told("access", &order).await.0
    };
    let is_in = async |name: &str| stage.asked(name).await.is_some_and(|status| !matches!(status, 400 | 401 | 403));
    for name in ["whatsapp", "amazon", "ebay", "mirakl", "telegram", "line", "sms"] {
        assert!(is_in(name).await, "{name}");
        assert_eq!(turn(name, "revoked", 0).await, 204);
        assert!(!is_in(name).await, "{name}: access was taken back");
        assert_eq!(turn(name, "granted", 0).await, 204);
        assert!(is_in(name).await, "{name}: access is given again");
    }
    let ends = ["whatsapp", "messenger", "instagram", "amazon", "ebay"];
    for name in NAMES {
        assert_eq!(turn(name, "expired", 60).await == 204, ends.contains(&name), "{name}");
    }
    assert!(is_in("whatsapp").await, "it has not ended yet");
    stage.together.set_time(OffsetDateTime::from_unix_timestamp(NOW + 61).unwrap());
    assert!(!is_in("whatsapp").await, "it has ended");
    assert_eq!(turn("whatsapp", "granted", 0).await, 204);
    assert!(is_in("whatsapp").await);
    // What was said last counts.
    assert_eq!(turn("telegram", "revoked", 60).await, 204);
    assert_eq!(turn("telegram", "granted", 0).await, 204);
    stage.together.set_time(OffsetDateTime::from_unix_timestamp(NOW + 200).unwrap());
    assert!(is_in("telegram").await);
}

#[tokio::test]
async fn pages_lose_their_access_too() {
    let stage = Stage::start().await;
    // A call without proof is refused by another number than one without access.
    let code = async |name: &str| {
        let (settings, address) = stage.settings(name);
        let (page, access) = (settings["page_id"].as_str().unwrap(), settings["access_token"].as_str().unwrap());
        let answer = stage.http.get(format!("{address}/v23.0/{page}")).bearer_auth(access).send().await.unwrap();
        let error = answer.json::<Value>().await.unwrap()["error"].clone();
        (error["code"].clone(), error["error_subcode"].clone())
    };
    let (taken_back, ended, taken) = ((190, json!(458)), (190, json!(463)), (100, Value::Null));
    for name in ["messenger", "instagram"] {
        for (access, (number, further)) in
            [("revoked", &taken_back), ("granted", &taken), ("expired", &ended), ("granted", &taken)]
        {
            let order = json!({ "platform": name, "access": access });
            assert_eq!(stage.told("access", &order).await.0, 204);
            assert_eq!(code(name).await, (json!(number), further.clone()), "{name}: {access}");
        }
    }
}

#[tokio::test]
async fn whatsapp_tells_when_its_token_ends_and_why_it_takes_none() {
    let stage = Stage::start().await;
    let (settings, address) = stage.settings("whatsapp");
    let text = |name: &str| settings[name].as_str().unwrap().to_owned();
    let get = async |path: String, bearer: String| {
        let request = stage.http.get(format!("{address}/v23.0/{path}")).bearer_auth(bearer);
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let stands = async || {
        let app = format!("{}|{}", text("app_id"), text("app_secret"));
        let told = get(format!("debug_token?input_token={}", text("access_token")), app).await;
        let asked = get(text("phone_number_id"), text("access_token")).await;
        let told = (told["data"]["is_valid"].clone(), told["data"]["expires_at"].clone());
        (told, asked["error"]["error_subcode"].clone())
    };
    let turn = async |access: &str, in_seconds: u32| {
        let order = json!({ "platform": "whatsapp", "access": access, "in_seconds": in_seconds });
        assert_eq!(stage.told("access", &order).await.0, 204, "{access}");
    };
    turn("expired", 60).await;
    assert_eq!(stands().await, ((json!(true), json!(NOW + 60)), Value::Null), "it says so before");
    stage.together.set_time(OffsetDateTime::from_unix_timestamp(NOW + 60).unwrap());
    let ((is_valid, _), subcode) = stands().await;
    assert_eq!((is_valid, subcode), (json!(false), json!(463)));
    turn("granted", 0).await;
    assert_eq!(stands().await, ((json!(true), json!(0)), Value::Null));
    turn("revoked", 0).await;
    let ((is_valid, _), subcode) = stands().await;
    assert_eq!((is_valid, subcode), (json!(false), json!(458)));
}

#[tokio::test]
async fn calls_meet_each_fault() {
    let stage = Stage::start().await;
    for name in NAMES {
        let order = json!({ "platform": name, "fault": "rate_limit", "retry_after": 120 });
        assert_eq!(stage.told("faults", &order).await.0, 204, "{name}");
        let limited = stage.asked(name).await;
        assert!(
            matches!((name, limited), ("messenger" | "instagram", Some(400)) | (_, Some(429))),
            "{name}: {limited:?}"
        );
        for (fault, extra, expected) in [
            ("answer", json!({}), Some(503)),
            ("answer", json!({ "status": 500 }), Some(500)),
            ("gateway", json!({}), Some(502)),
            ("reset_before_body", json!({}), None),
            ("reset_after_body", json!({}), None),
            ("lose_after_body", json!({}), None),
        ] {
            let mut order = json!({ "platform": name, "fault": fault });
            order.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            assert_eq!(stage.told("faults", &order).await.0, 204);
            assert_eq!(stage.asked(name).await, expected, "{name}: {fault}");
        }
    }
    let usual = stage.asked("telegram").await;
    let slow = json!({ "platform": "telegram", "fault": "slow", "millis": 30 });
    assert_eq!(stage.told("faults", &slow).await.0, 204);
    assert_eq!(stage.asked("telegram").await, usual, "what is slow is right");
    for fault in ["break_off", "break_off_after_body"] {
        assert_eq!(stage.told("faults", &json!({ "platform": "telegram", "fault": fault })).await.0, 204);
        let (settings, address) = stage.settings("telegram");
        let url = format!("{address}/bot{}/getMe", settings["token"].as_str().unwrap());
        assert!(stage.http.get(url).send().await.unwrap().bytes().await.is_err() || fault == "break_off", "{fault}");
    }
    for fault in ["hang_before_body", "hang_after_body"] {
        assert_eq!(stage.told("faults", &json!({ "platform": "telegram", "fault": fault })).await.0, 204);
        let (settings, address) = stage.settings("telegram");
        let url = format!("{address}/bot{}/getMe", settings["token"].as_str().unwrap());
        let ask = || tokio::spawn(stage.http.get(&url).timeout(Duration::from_hours(1)).send());
        // Whichever comes first meets it. The other one is answered, and so is whoever asks later.
        let (mut one, mut other) = (ask(), ask());
        let (answer, hangs) = tokio::select! {
            answer = &mut one => (answer, other),
            answer = &mut other => (answer, one),
        };
        assert_eq!(Some(answer.unwrap().unwrap().status().as_u16()), usual, "{fault}");
        for _ in 0..20 {
            assert_eq!(stage.asked("telegram").await, usual, "{fault}");
        }
        assert!(!hangs.is_finished(), "{fault}: it stays silent");
    }
    for known in page::FAULTS {
        let name = known.0.split('`').nth(1).unwrap();
        let order = json!({ "platform": "telegram", "fault": name });
        assert_eq!(stage.told("faults", &order).await.0, 204, "{name} stands on the page");
    }
}

#[tokio::test]
async fn odd_orders_are_refused_with_a_word() {
    let stage = Stage::start().await;
    let hook = stage.hook();
    for (what, order) in [
        ("messages", json!({ "platform": "whatsapp", "text": "Hello" })),
        ("messages", json!({ "platform": "whatsapp", "text": "Hello", "to": hook, "push": { "time": 2 } })),
        ("messages", json!({ "platform": "whatsapp", "text": "Hello", "to": hook, "push": { "times": 1_001 } })),
        ("messages", json!({ "platform": "whatsapp", "text": "Hello", "to": hook, "push": { "order": "random" } })),
        ("messages", json!({ "platform": "whatsapp", "words": "Hello", "to": hook })),
        ("messages", json!({ "platform": "mirakl", "text": "Hello", "ago_seconds": 60 })),
        ("messages", json!({ "platform": "amazon", "text": "Hello", "to": hook })),
        ("messages", json!({ "platform": "myspace", "text": "Hello", "to": hook })),
        ("messages", json!({ "platform": "telegram", "customer": "Lena Holt", "text": "Hello", "to": hook })),
        ("messages", json!({ "platform": "whatsapp", "customer": "Nobody", "text": "Hello", "to": hook })),
        ("changes", json!({ "platform": "myspace", "change": "edited", "to": hook })),
        ("changes", json!({ "platform": "telegram", "change": "edited", "id": "none", "to": hook })),
        ("changes", json!({ "platform": "whatsapp", "change": "forgotten", "to": hook })),
        ("statuses", json!({ "platform": "myspace", "status": "read", "to": hook })),
        ("statuses", json!({ "platform": "whatsapp", "status": "burnt", "to": hook })),
        ("statuses", json!({ "platform": "whatsapp", "status": "read", "id": "wamid.1" })),
        ("access", json!({ "platform": "myspace", "access": "revoked" })),
        ("access", json!({ "platform": "telegram", "access": "expired" })),
        ("access", json!({ "platform": "telegram", "access": "lost" })),
        ("faults", json!({ "platform": "myspace", "fault": "rate_limit" })),
        ("faults", json!({ "platform": "telegram", "fault": "gremlin" })),
    ] {
        let (status, answer) = stage.told(what, &order).await;
        assert_eq!(status, 400, "{what}: {order}");
        assert!(answer["error"].as_str().is_some_and(|words| words.contains(' ')), "{order}: {answer}");
    }
    assert!(stage.desk.calls().is_empty(), "nothing was pushed");
}
