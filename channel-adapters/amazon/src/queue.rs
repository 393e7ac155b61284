//! The queue (SQS) at Amazon's cloud into which Amazon puts what it tells of orders. What is read from it stays there until the
//! desk has stored it: the cursor holds what the next look takes out.

mod signature;

use channel_contract::channel::Cursor;
use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect, Outside, below, by_status};
use serde_json::{Value, json};

use crate::settings::QueueSettings;

/// How it is named in words for people.
const QUEUE: &str = "Amazon's queue";
/// What it brings, which is missing while it does not work.
pub(crate) const BRINGS: &str = "news of orders";
/// The most messages that a look gives.
const MOST: u64 = 10;
/// How much of Amazon's word for what went wrong is shown, in signs.
const LONGEST_WORD: usize = 60;
/// How long nobody else is given a message that was read, in seconds: until the look after it.
const HIDDEN: u64 = 300;
/// How long trouble that should pass by itself is not shown, in seconds.
const PATIENCE: i64 = 60 * 60;
/// How long a queue that does not answer is left alone, in seconds: mails wait for each look.
const LEFT_ALONE: i64 = 60;
/// Where the place of the queue stands in the cursor, since when it does not answer, and the mailbox's place.
const READ: &str = "queue_read";
const FAILS: &str = "queue_fails";
const MAIL: &str = "mail";

/// A queue, and how it is called.
pub(crate) struct Queue {
    outside: Outside,
    settings: QueueSettings,
}

/// A message of the queue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// What Amazon tells.
    pub(crate) body: String,
    /// By which it is taken out.
    pub(crate) handle: String,
}

/// How far the queue is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// What is to be taken out.
    pub(crate) read: Vec<String>,
    /// Where it does not answer: since when, and when it was asked last, in seconds.
    pub(crate) fails: Option<(i64, i64)>,
}

impl Place {
    /// Whether it was asked in vain a moment ago.
    pub(crate) fn is_left_alone(&self, now: i64) -> bool {
        self.fails.is_some_and(|(_, last)| now.saturating_sub(last) < LEFT_ALONE)
    }

    /// Whether it has not answered for so long that people are to know.
    pub(crate) fn fails_long(&self, now: i64) -> bool {
        self.fails.is_some_and(|(since, _)| now.saturating_sub(since) >= PATIENCE)
    }

    /// The same once it was asked in vain.
    pub(crate) fn failed(self, now: i64) -> Self {
        let since = self.fails.map_or(now, |(since, _)| since);
        Self { fails: Some((since, now)), ..self }
    }
}

/// The parts of a queue's name.
#[derive(Debug, PartialEq, Eq)]
struct Name<'n> {
    partition: &'n str,
    region: &'n str,
    account: &'n str,
    queue: &'n str,
}

impl<'n> Name<'n> {
    fn read(arn: &'n str) -> Option<Self> {
        let mut parts = arn.trim().split(':');
        let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, queue) = (parts.next()?, parts.next()?, parts.next()?);
        let is_word = |word: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            !word.is_empty() && word.bytes().all(fits)
        };
        let is_whole = parts.next().is_none() && arn == "arn" && service == "sqs";
        let are_words = [partition, region, account, queue].into_iter().all(is_word);
        (is_whole && are_words).then_some(Self { partition, region, account, queue })
    }

    /// Where the queues of its region are.
    fn home(&self) -> String {
        let end = if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://sqs.{}.{end}", self.region)
    }
}

impl Queue {
    /// The queue of these settings; `None` where there is none.
    pub(crate) fn of(settings: &QueueSettings, outside: &Outside) -> Option<Self> {
        settings.is_set().then(|| Self { outside: outside.clone(), settings: settings.clone() })
    }

    /// Its name at Amazon's cloud.
    pub(crate) fn arn(&self) -> &str {
        self.settings.arn.trim()
    }

    /// The time, in seconds.
    pub(crate) fn seconds(&self) -> i64 {
        self.outside.now().unix_timestamp()
    }

    /// Whether it is there and may be read.
    pub(crate) async fn check(&self) -> Result<(), ChannelFailure> {
        self.call("GetQueueAttributes", json!({ "AttributeNames": ["QueueArn"] })).await.map(drop)
    }

    /// What waits there. Each stays there, and is seen again later unless it is [taken out](Self::take_out).
    pub(crate) async fn look(&self) -> Result<Vec<Waiting>, ChannelFailure> {
        let wanted = json!({ "MaxNumberOfMessages": MOST, "VisibilityTimeout": HIDDEN, "WaitTimeSeconds": 0 });
        let answer = self.call("ReceiveMessage", wanted).await?;
        let waiting = |message: &Value| {
            let word = |name: &str| message.get(name).and_then(Value::as_str).map(str::to_owned);
            Some(Waiting { handle: word("ReceiptHandle")?, body: word("Body").unwrap_or_default() })
        };
        let messages = answer.get("Messages").and_then(Value::as_array);
        Ok(messages.into_iter().flatten().filter_map(waiting).collect())
    }

    /// Takes out what was read. What is left all the same is seen again, and is known then.
    pub(crate) async fn take_out(&self, handles: &[String]) -> Result<(), ChannelFailure> {
        if handles.is_empty() {
            return Ok(());
        }
        let entry = |(at, handle)| json!({ "Id": format!("m{at}"), "ReceiptHandle": handle });
        let entries: Vec<Value> = handles.iter().enumerate().map(entry).collect();
        self.call("DeleteMessageBatch", json!({ "Entries": entries })).await.map(drop)
    }

    async fn call(&self, action: &str, mut body: Value) -> Result<Value, ChannelFailure> {
        let settings = &self.settings;
        let Some(name) = Name::read(&settings.arn) else {
            return Err(refused(
                "The ARN of the queue is none. It looks like arn:aws:sqs:eu-west-1:111122223333:resolute.",
            ));
        };
        if settings.key_id.trim().is_empty() || settings.key.is_empty() {
            return Err(refused(
                "The key of the user who reads the queue of order news is missing. Enter both its parts.",
            ));
        }
        let home = if settings.url.trim().is_empty() { name.home() } else { settings.url.trim().to_owned() };
        let url = below(&home, &[])?;
        let queue = below(&home, &[name.account, name.queue])?;
        if let Some(body) = body.as_object_mut() {
            body.insert("QueueUrl".to_owned(), Value::from(queue.as_str()));
        }
        let (body, target) = (body.to_string(), format!("AmazonSQS.{action}"));
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => String::new(),
        };
        let stamp = signature::stamp(self.outside.now());
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("host", host.as_str()),
            ("x-amz-date", stamp.as_str()),
            ("x-amz-target", target.as_str()),
        ];
        let key = signature::Key {
            id: settings.key_id.trim(),
            secret: settings.key.reveal(),
            region: name.region,
            service: "sqs",
        };
        let authorization = key.authorization("POST", url.path(), &headers, &body);
        let mut request = self.outside.client.post(url).header("authorization", authorization).body(body);
        // The client writes the host by itself.
        for (name, value) in headers.into_iter().filter(|(name, _)| *name != "host") {
            request = request.header(name, value);
        }
        let answer = self.outside.call(request, Effect::Reads, QUEUE).await?;
        if answer.is_success() { answer.json(QUEUE) } else { Err(failure(&answer)) }
    }
}

/// The queue is a way beside the mailbox: nothing that is wrong with it ends the channel's access.
fn refused(words: impl Into<String>) -> ChannelFailure {
    ChannelFailure::refused(FailureClass::Permission, words)
}

fn failure(answer: &Answer) -> ChannelFailure {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let word = body.get("__type").and_then(Value::as_str).unwrap_or_default();
    let letters = word.rsplit('#').next().unwrap_or_default().chars().filter(char::is_ascii_alphanumeric);
    let word: String = letters.take(LONGEST_WORD).collect();
    let has = |part: &str| word.contains(part);
    if answer.status == 429 || has("Throttl") {
        let (class, after) = (FailureClass::Rate, answer.retry_after);
        return ChannelFailure::Retry {
            class,
            after,
            reason: "Amazon's queue takes no more calls for now.".to_owned(),
        };
    }
    if answer.status >= 500 {
        return by_status(answer, Effect::Reads, QUEUE);
    }
    if has("DoesNotExist") || has("NonExistent") {
        return refused("There is no queue for order news under this ARN. Make it again, or enter the right ARN.");
    }
    if has("Kms") {
        return refused(format!(
            "The queue of order news is encrypted with a key of your own, which does not open it for the user of the desk \
             ({word}). Allow kms:Decrypt with that key and see that it is enabled, or encrypt the queue with the key of SQS."
        ));
    }
    if has("AccessDenied") {
        return refused(
            "The user of the key may not read the queue of order news. Allow ReceiveMessage, DeleteMessage and \
             GetQueueAttributes.",
        );
    }
    if matches!(answer.status, 401 | 403) || has("Signature") || has("Client") || has("Token") {
        return refused(format!("Amazon does not take the key for the queue of order news ({word}). Enter it anew."));
    }
    refused(format!("Amazon does not let the queue of order news be read ({word})."))
}

/// The mailbox's place in a cursor, and the queue's.
pub(crate) fn parted(cursor: Option<&Cursor>) -> (Option<Cursor>, Place) {
    let Some(Cursor(whole)) = cursor else { return (None, Place::default()) };
    let Some(read) = whole.get(READ).and_then(Value::as_array) else { return (cursor.cloned(), Place::default()) };
    let read = read.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let fails = whole.get(FAILS).and_then(|fails| serde_json::from_value(fails.clone()).ok());
    let mail = whole.get(MAIL).filter(|mail| !mail.is_null()).cloned().map(Cursor);
    (mail, Place { read, fails })
}

/// The cursor of both.
pub(crate) fn joined(mail: &Cursor, place: &Place) -> Cursor {
    let mut both = json!({ MAIL: mail.0, READ: place.read });
    if let (Some(fails), Some(all)) = (place.fails, both.as_object_mut()) {
        all.insert(FAILS.to_owned(), json!(fails));
    }
    Cursor(both)
}

/// Whether trouble with the queue passes by itself.
pub(crate) fn passes(failure: &ChannelFailure) -> bool {
    matches!(failure, ChannelFailure::Retry { .. } | ChannelFailure::Unknown { .. })
}

/// That a queue has not answered for long.
pub(crate) fn silent_for_long() -> ChannelFailure {
    ChannelFailure::temporary(
        "Amazon's queue of order news has not answered for an hour or longer. It is asked again by itself. News waits there \
         for four days, unless the queue is set otherwise: if this lasts, look at its ARN and address.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_where_the_queue_is() {
        let name = Name::read(" arn:aws:sqs:eu-west-1:111122223333:order_news-1 ").unwrap();
        assert_eq!(
            (name.account, name.queue, name.home().as_str()),
            ("111122223333", "order_news-1", "https://sqs.eu-west-1.amazonaws.com")
        );
        let chinese = Name::read("arn:aws-cn:sqs:cn-north-1:1:a").unwrap();
        assert_eq!(chinese.home(), "https://sqs.cn-north-1.amazonaws.com.cn");
        for none in [
            "",
            "resolute",
            "arn:aws:sns:eu-west-1:1:a",
            "arn:aws:sqs::1:a",
            "arn:aws:sqs:eu-west-1:1:a:b",
            "arn:aws:sqs:evil.example/x:1:a",
            "https://sqs.eu-west-1.amazonaws.com/1/a",
        ] {
            assert_eq!(Name::read(none), None, "{none}");
        }
    }

    #[test]
    fn a_cursor_of_the_mailbox_alone_stays_one() {
        let mail = Cursor(json!({ "inbox": 7 }));
        assert_eq!(parted(Some(&mail)), (Some(mail.clone()), Place::default()));
        for fails in [None, Some((5, 7))] {
            let place = || Place { read: vec!["h".to_owned()], fails };
            assert_eq!(parted(Some(&joined(&mail, &place()))), (Some(mail.clone()), place()));
        }
        assert_eq!(parted(Some(&joined(&Cursor::default(), &Place::default()))), (None, Place::default()));
        assert_eq!(parted(None), (None, Place::default()));
    }
}
