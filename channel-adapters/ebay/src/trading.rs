//! Messages by eBay's older interface (Trading), for programs that may not use its Message API. What it answers in XML becomes
//! the pieces that the Message API would have given, so that both are read in one way.

use channel_contract::failure::{ChannelFailure, FailureClass};
use channel_contract::http::{Answer, Effect};
use channel_contract::outbound::{Outbound, Receipt, Reconciliation};
use roxmltree::{Document, Node};
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::{self, WHO};
use crate::plain::plain;
use crate::progress::{Gathered, Letters, Progress};
use crate::reconcile::judge;
use crate::settings::EbaySettings;
use crate::wire::{FROM_EBAY, FROM_MEMBERS, Message, millis, moment, stamp};

/// The folders of what came, and of what was sent.
const INBOX: u8 = 0;
const SENT: u8 = 1;
/// So many messages come whole with one call.
const AT_A_TIME: usize = 10;
/// So many are read in one poll.
const MOST: usize = 100;
/// So many pages of a list are turned.
const MOST_PAGES: usize = 40;
const DAY: i64 = 86_400_000;
const SECOND: i64 = 1_000;
/// What the ids of threads begin with: behind it stand the listing and the member.
const THREAD: &str = "trading:";

/// What an answer says, or the failure that it is.
pub(crate) fn answered(answer: &Answer, effect: Effect) -> Result<String, ChannelFailure> {
    if !answer.is_success() {
        return Err(failure::of(answer, effect));
    }
    let unclear = || match effect {
        Effect::Reads => ChannelFailure::unreadable(WHO),
        Effect::Writes => ChannelFailure::unclear(WHO),
    };
    let written = String::from_utf8_lossy(&answer.body).into_owned();
    let document = Document::parse(&written).map_err(|_| unclear())?;
    let root = document.root_element();
    match within(root, "Ack").as_str() {
        "Success" | "Warning" => return Ok(written),
        "Failure" | "PartialFailure" => {}
        _ => return Err(unclear()),
    }
    let mut errors = children(root, "Errors").filter(|error| within(*error, "SeverityCode") != "Warning");
    let code = errors.next().map(|error| within(error, "ErrorCode")).unwrap_or_default();
    let refused = |class, words: &str| ChannelFailure::refused(class, format!("{words} ({WHO}: error {code})."));
    Err(match code.as_str() {
        "841" | "931" | "932" | "16110" | "16118" | "17470" | "21916984" | "21917053" => ChannelFailure::Reconnect {
            reason: format!(
                "{WHO} takes the access to this account no longer (error {code}). Connect the channel again; nothing is lost \
                 meanwhile."
            ),
        },
        "518" | "21919144" => ChannelFailure::Retry {
            class: FailureClass::Rate,
            after: answer.retry_after,
            reason: format!("{WHO} takes no more calls for now (error {code})."),
        },
        "" => unclear(),
        "10007" if effect == Effect::Writes => ChannelFailure::unclear(WHO),
        "10007" => ChannelFailure::temporary(format!("{WHO} has trouble of its own (error {code}).")),
        _ if effect == Effect::Reads => refused(FailureClass::Permission, "The messages cannot be read"),
        _ => refused(FailureClass::Content, "The message was not taken"),
    })
}

fn children<'a, 'd: 'a>(node: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// The text of the first element of a name; `""` without.
fn within(node: Node<'_, '_>, name: &'static str) -> String {
    children(node, name).next().and_then(|child| child.text()).unwrap_or_default().trim().to_owned()
}

/// The messages of an answer, each with eBay's number of it, as the Message API writes a message.
fn messages(written: &str) -> Vec<(String, Value)> {
    let Ok(document) = Document::parse(written) else { return Vec::new() };
    let lists = children(document.root_element(), "Messages");
    lists.flat_map(|list| children(list, "Message")).map(|node| (within(node, "MessageID"), message(node))).collect()
}

fn message(node: Node<'_, '_>) -> Value {
    // Only this id is known to the call that answers.
    let first =
        |names: [&'static str; 2]| names.map(|name| within(node, name)).into_iter().find(|word| !word.is_empty());
    let id = first(["ExternalMessageID", "MessageID"]);
    let recipient = first(["SendToName", "RecipientUserID"]);
    let content = within(node, "Content");
    let body = if content.is_empty() { plain(&within(node, "Text")) } else { content };
    let media = children(node, "MessageMedia").map(|media| {
        json!({ "mediaName": within(media, "MediaName"), "mediaType": "IMAGE", "mediaUrl": within(media, "MediaURL") })
    });
    json!({
        "messageId": id, "messageBody": body.trim(), "subject": within(node, "Subject"),
        "createdDate": within(node, "ReceiveDate"), "senderUsername": within(node, "Sender"),
        "recipientUsername": recipient,
        "messageMedia": media.collect::<Vec<Value>>(), "itemId": within(node, "ItemID")
    })
}

fn at(message: &Value) -> i64 {
    moment(message, &["createdDate"]).map(millis).unwrap_or_default()
}

/// What a text is inside XML, which has no place for most of the signs that control.
fn escaped(text: &str) -> String {
    let kept = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    let kept: String = kept.filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn request(call: &str, fields: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><{call}Request xmlns=\"urn:ebay:apis:eBLBaseComponents\">{fields}\
         </{call}Request>"
    )
}

/// The messages of a folder between two moments, without their words.
async fn listed(client: &Client, folder: u8, from: i64, to: i64) -> Result<Vec<(String, Value)>, ChannelFailure> {
    let mut found: Vec<(String, Value)> = Vec::new();
    for page in 1..=MOST_PAGES {
        let fields = format!(
            "<DetailLevel>ReturnHeaders</DetailLevel><FolderID>{folder}</FolderID><StartTime>{}</StartTime><EndTime>{}\
             </EndTime><Pagination><EntriesPerPage>100</EntriesPerPage><PageNumber>{page}</PageNumber></Pagination>",
            stamp(from),
            stamp(to)
        );
        let answer = client.trading("GetMyMessages", &request("GetMyMessages", &fields), Effect::Reads).await?;
        let before = found.len();
        for (number, message) in messages(&answer) {
            if found.iter().all(|(known, _)| *known != number) {
                found.push((number, message));
            }
        }
        // eBay gives as many as it likes on a page, and may give the last one again.
        if found.len() == before {
            break;
        }
    }
    Ok(found)
}

/// Messages with their words.
async fn whole(client: &Client, numbers: &[String]) -> Result<Vec<(String, Value)>, ChannelFailure> {
    let ids: Vec<String> = numbers.iter().map(|id| format!("<MessageID>{}</MessageID>", escaped(id))).collect();
    let ids = ids.concat();
    let fields = format!("<DetailLevel>ReturnMessages</DetailLevel><MessageIDs>{ids}</MessageIDs>");
    let answer = client.trading("GetMyMessages", &request("GetMyMessages", &fields), Effect::Reads).await?;
    Ok(messages(&answer))
}

/// Whether the account is let in.
pub(crate) async fn check(client: &Client) -> Result<(), ChannelFailure> {
    let fields = "<DetailLevel>ReturnSummary</DetailLevel>";
    client.trading("GetMyMessages", &request("GetMyMessages", fields), Effect::Reads).await.map(|_| ())
}

/// Hands on what came since the last look.
pub(crate) async fn look(
    client: &Client,
    settings: &EbaySettings,
    progress: &mut Progress,
    out: &mut Gathered,
) -> Result<(), ChannelFailure> {
    let mut letters = std::mem::take(&mut progress.letters);
    let outcome = read(client, settings, &mut letters, progress, out).await;
    progress.letters = letters;
    outcome
}

async fn read(
    client: &Client,
    settings: &EbaySettings,
    letters: &mut Letters,
    progress: &Progress,
    out: &mut Gathered,
) -> Result<(), ChannelFailure> {
    let (now, overlap) = (client.now(), i64::from(settings.polling.overlap_seconds) * SECOND);
    if letters.since == 0 {
        letters.since = now - i64::from(settings.polling.first_days) * DAY;
    }
    let mut found = listed(client, INBOX, letters.since - overlap, now + SECOND).await?;
    found.sort_by_key(|(_, message)| at(message));
    let newest = found.last().map(|(_, message)| at(message)).unwrap_or_default();
    let new: Vec<String> =
        found.into_iter().map(|(number, _)| number).filter(|number| !letters.seen.contains_key(number)).collect();
    let left = new.len().saturating_sub(MOST);
    for numbers in new.chunks(AT_A_TIME).take(MOST / AT_A_TIME) {
        for (number, message) in whole(client, numbers).await? {
            letters.seen.insert(number, at(&message));
            hand_on(settings, &message, progress, out);
        }
    }
    if left == 0 {
        letters.since = letters.since.max(newest);
        letters.seen.retain(|_, at| *at >= letters.since - overlap);
    } else {
        out.more = true;
        out.waiting += left;
    }
    Ok(())
}

fn hand_on(settings: &EbaySettings, raw: &Value, progress: &Progress, out: &mut Gathered) {
    let message = Message::of(raw, &Value::Null);
    let is_of_ebay = message.sender.eq_ignore_ascii_case(WHO);
    if is_of_ebay && !settings.polling.from_ebay {
        return;
    }
    let listing = raw.get("itemId").and_then(Value::as_str).unwrap_or_default();
    let conversation = json!({
        "conversationId": format!("{THREAD}{listing}:{}", message.sender),
        "conversationType": if is_of_ebay { FROM_EBAY } else { FROM_MEMBERS },
        "referenceType": "LISTING", "referenceId": listing
    });
    let orders = progress.orders_of(listing, &message.sender);
    let piece = json!({ "conversation": conversation, "message": raw, "orders": orders });
    out.put(format!("message:{}", message.id), message.at(), &piece);
}

/// The listing and the member of a thread.
fn place(message: &Outbound) -> Result<(&str, &str), ChannelFailure> {
    let thread = message.thread_id.as_deref().and_then(|id| id.strip_prefix(THREAD));
    thread.and_then(|place| place.split_once(':')).filter(|(_, member)| !member.is_empty()).ok_or_else(|| {
        let words = "By eBay’s older interface only a message that came by it can be answered.";
        ChannelFailure::refused(FailureClass::Recipient, words)
    })
}

/// What a message is about, where the interface asks.
fn subject(message: &Outbound) -> String {
    let subject = message.subject.trim();
    if subject.is_empty() { "Your message" } else { subject }.chars().take(100).collect()
}

/// Answers the message that was written last; without one it is written about the listing.
pub(crate) async fn send(client: &Client, message: &Outbound) -> Result<Receipt, ChannelFailure> {
    let (listing, member) = place(message)?;
    let answers = message.in_reply_to.as_deref().filter(|id| !id.is_empty());
    let call = if answers.is_some() { "AddMemberMessageRTQ" } else { "AddMemberMessageAAQToPartner" };
    let item = if listing.is_empty() { String::new() } else { format!("<ItemID>{}</ItemID>", escaped(listing)) };
    let kind = match answers {
        Some(id) => format!("<ParentMessageID>{}</ParentMessageID>", escaped(id)),
        None => format!("<QuestionType>General</QuestionType><Subject>{}</Subject>", escaped(&subject(message))),
    };
    let fields = format!(
        "{item}<MemberMessage><Body>{}</Body>{kind}<RecipientID>{}</RecipientID></MemberMessage>",
        escaped(&message.text),
        escaped(member)
    );
    client.trading(call, &request(call, &fields), Effect::Writes).await?;
    // eBay tells no id of what was sent, and what was sent is not read back.
    Ok(Receipt { external_id: format!("{THREAD}{}", message.command_id), also_known_as: Vec::new() })
}

/// Looks for a message among those that were sent.
pub(crate) async fn look_for(client: &Client, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
    let (_, member) = place(message)?;
    let listed = listed(client, SENT, millis(message.since()), client.now() + SECOND).await?;
    let to_member = |(_, found): &&(String, Value)| {
        let to = Message::of(found, &Value::Null).recipient;
        to.is_empty() || to.eq_ignore_ascii_case(member)
    };
    let numbers: Vec<String> = listed.iter().filter(to_member).map(|(number, _)| number.clone()).collect();
    let mut own = Vec::new();
    for numbers in numbers.chunks(AT_A_TIME) {
        own.extend(whole(client, numbers).await?.iter().map(|(_, found)| Message::of(found, &Value::Null)));
    }
    Ok(judge(&own, &message.text, millis(message.made_at())))
}
