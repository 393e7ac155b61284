//! The program itself: what it prints, what it is told over HTTP, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use platform_doubles::{Double, Platform, Request, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// What takes the webhooks of a platform.
struct Desk;

#[async_trait]
impl Platform for Desk {
    async fn answer(&self, _: Request) -> Response {
        Response::status(200)
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_platform-doubles"));
    program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    program
}

/// The program, and the document that it printed.
async fn started() -> (Child, Value) {
    let mut child = program(&[]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut document = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        document.push_str(&line);
        if line == "}" {
            break;
        }
    }
    (child, serde_json::from_str(&document).unwrap())
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy().build().unwrap()
}

#[tokio::test]
async fn doubles_misbehave_on_command() {
    let ((mut child, document), http) = (started().await, client());
    let control = document["control"].as_str().unwrap();
    let telegram = &document["platforms"]["telegram"];
    let (address, token) = (telegram["address"].as_str().unwrap(), telegram["settings"]["token"].as_str().unwrap());
    let get_me = format!("{address}/bot{token}/getMe");
    let about_itself = async || http.post(&get_me).send().await.unwrap().status().as_u16();
    assert_eq!(about_itself().await, 200, "the printed settings open the double");

    let order = async |what: &str, body: &Value| {
        http.post(format!("{control}/{what}")).json(body).send().await.unwrap().status()
    };
    let fault = json!({ "platform": "telegram", "fault": "answer", "status": 502, "path": "/getMe", "times": 2 });
    assert_eq!(order("faults", &fault).await, 204);
    assert_eq!(about_itself().await, 502);
    assert_eq!(http.delete(format!("{control}/faults")).send().await.unwrap().status(), 204);
    assert_eq!(about_itself().await, 200, "everything behaves again");
    let calls = http.get(format!("{control}/calls?platform=telegram")).send().await.unwrap();
    let calls: Vec<String> = calls.json().await.unwrap();
    assert_eq!(calls.len(), 2, "a fault that hid a call from the platform is no call: {calls:?}");
    for (what, body) in [
        ("faults", json!({ "platform": "telegram", "fault": "gremlin" })),
        ("faults", json!({ "platform": "myspace", "fault": "gateway" })),
        ("messages", json!({ "platform": "amazon", "text": "Hello", "to": "http://127.0.0.1:9" })),
        ("messages", json!({ "platform": "telegram", "text": "Hello" })),
    ] {
        assert_eq!(order(what, &body).await, 400, "{body}");
    }
    child.kill().await.unwrap();
}

#[tokio::test]
async fn customers_write_to_the_desk() {
    let ((mut child, document), http) = (started().await, client());
    let desk = Double::start(Desk).await.unwrap();
    let write = async |platform: &str| {
        let to = if matches!(platform, "ebay" | "mirakl") { String::new() } else { format!("{}/hook", desk.url()) };
        let order = json!({ "platform": platform, "text": "Where is it?", "to": to });
        let address = format!("{}/messages", document["control"].as_str().unwrap());
        http.post(address).json(&order).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let pushed = ["whatsapp", "messenger", "instagram", "telegram", "line", "sms", "messagebird"];
    for platform in pushed {
        assert_eq!(write(platform).await["answered"], json!([200]), "{platform}");
    }
    for platform in ["ebay", "mirakl"] {
        assert!(write(platform).await["fetched_by"].is_string(), "{platform}");
    }
    let bodies: Vec<String> =
        desk.calls().iter().map(|call| String::from_utf8_lossy(&call.body).replace('+', " ")).collect();
    assert_eq!(bodies.len(), pushed.len());
    assert!(bodies.iter().all(|body| body.contains("Where is it")), "{bodies:?}");
    child.kill().await.unwrap();
}

#[tokio::test]
async fn the_demo_runs_beside_the_doubles_and_is_told_where_they_are() {
    // In place of Cargo a program that says what it was asked.
    let output = program(&["demo"]).env("CARGO", "echo").output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let asked = String::from_utf8_lossy(&output.stdout);
    let at = asked.trim().rsplit_once("--package resolute -- serve --demo --platforms http://127.0.0.1:");
    assert!(at.is_some_and(|(_, port)| port.parse::<u16>().is_ok()), "{asked}");
    let output = program(&["demo"]).env("CARGO", "false").output().await.unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("the demo has ended"), "{output:?}");
}

#[tokio::test]
async fn an_interrupt_ends_it_and_odd_arguments_are_refused() {
    let (mut child, _) = started().await;
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    assert!(child.wait().await.unwrap().success());
    for argument in ["myspace=1", "whatsapp", "whatsapp=door"] {
        let output = program(&[argument]).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{argument}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
    }
}
