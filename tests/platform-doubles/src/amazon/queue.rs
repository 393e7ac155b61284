//! The seller's queue (SQS) at Amazon's cloud: it gives out what lies in it, hides for a while what was given, and takes out
//! what it is told to. Each call has to be signed.

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::server::{Request, Response};

/// The queue's name.
pub const ARN: &str = "arn:aws:sqs:eu-west-1:111122223333:resolute";
/// The end of its address.
const PLACE: &str = "/111122223333/resolute";
/// The id of a key that may read it.
pub const KEY_ID: &str = "AKIADOUBLE";
/// The key.
pub const KEY: &str = "double/secret+key";

/// What lies in it.
#[derive(Default)]
pub(super) struct Shelf {
    messages: Vec<Message>,
    count: u64,
}

struct Message {
    id: u64,
    body: String,
    /// By which it is taken out: another one each time that it is given.
    handle: String,
    hidden_until: u64,
}

impl Shelf {
    pub(super) fn put(&mut self, body: &str) {
        self.count += 1;
        let (id, body) = (self.count, body.to_owned());
        self.messages.push(Message { id, body, handle: String::new(), hidden_until: 0 });
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn answer(&mut self, request: &Request, now: u64) -> Response {
        if signature(request).is_none_or(|signed| request.header("authorization") != signed) {
            return refused(403, "com.amazon.coral.service#InvalidSignatureException");
        }
        let body = request.json();
        if !body.get("QueueUrl").and_then(Value::as_str).is_some_and(|url| url.ends_with(PLACE)) {
            return refused(400, "com.amazonaws.sqs#QueueDoesNotExist");
        }
        match request.header("x-amz-target") {
            "AmazonSQS.GetQueueAttributes" => Response::json(200, &json!({ "Attributes": { "QueueArn": ARN } })),
            "AmazonSQS.ReceiveMessage" => self.give(&body, now),
            "AmazonSQS.DeleteMessageBatch" => self.take_out(&body),
            _ => refused(400, "com.amazon.coral.service#UnknownOperationException"),
        }
    }

    fn give(&mut self, body: &Value, now: u64) -> Response {
        let number = |name: &str| body.get(name).and_then(Value::as_u64);
        let most = number("MaxNumberOfMessages").and_then(|most| usize::try_from(most).ok()).unwrap_or(1);
        if !(1..=10).contains(&most) {
            return refused(400, "com.amazonaws.sqs#InvalidParameterValue");
        }
        let hidden_until = now.saturating_add(number("VisibilityTimeout").unwrap_or(30));
        let mut given: Vec<Value> = Vec::new();
        for message in self.messages.iter_mut().filter(|message| message.hidden_until <= now).take(most) {
            self.count += 1;
            message.handle = format!("handle-{}-{}", message.id, self.count);
            message.hidden_until = hidden_until;
            given.push(
                json!({ "MessageId": message.id.to_string(), "ReceiptHandle": message.handle, "Body": message.body }),
            );
        }
        if given.is_empty() {
            Response::json(200, &json!({}))
        } else {
            Response::json(200, &json!({ "Messages": given }))
        }
    }

    fn take_out(&mut self, body: &Value) -> Response {
        let entries = body.get("Entries").and_then(Value::as_array).cloned().unwrap_or_default();
        if entries.is_empty() || entries.len() > 10 {
            return refused(400, "com.amazonaws.sqs#EmptyBatchRequest");
        }
        let handles: Vec<&str> = entries.iter().filter_map(|entry| entry.get("ReceiptHandle")?.as_str()).collect();
        self.messages.retain(|message| !handles.contains(&message.handle.as_str()));
        let done: Vec<Value> = entries.iter().map(|entry| json!({ "Id": entry.get("Id") })).collect();
        Response::json(200, &json!({ "Successful": done, "Failed": [] }))
    }
}

fn refused(status: u16, word: &str) -> Response {
    Response::json(status, &json!({ "__type": word, "message": "double" }))
}

/// What stands in `authorization` of a call that is signed with the key, by the headers that the call says are signed.
fn signature(request: &Request) -> Option<String> {
    let (_, rest) = request.header("authorization").split_once("SignedHeaders=")?;
    let (names, _) = rest.split_once(',')?;
    let must = ["host", "x-amz-date", "x-amz-target"];
    if !must.into_iter().all(|wanted| names.split(';').any(|name| name == wanted)) {
        return None;
    }
    let lines: Vec<String> = names.split(';').map(|name| format!("{name}:{}\n", request.header(name).trim())).collect();
    let lines = lines.concat();
    let hash = hex::encode(Sha256::digest(&request.body));
    let whole = format!("{}\n{}\n\n{lines}\n{names}\n{hash}", request.method, request.path);
    let stamp = request.header("x-amz-date");
    let (day, _) = stamp.split_once('T')?;
    let scope = format!("{day}/eu-west-1/sqs/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{}", hex::encode(Sha256::digest(whole)));
    let mut key = format!("AWS4{KEY}").into_bytes();
    for step in [day, "eu-west-1", "sqs", "aws4_request", text.as_str()] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(step.as_bytes());
        key = mac.finalize().into_bytes().to_vec();
    }
    let signature = hex::encode(key);
    Some(format!("AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, Signature={signature}"))
}
