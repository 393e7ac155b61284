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
pub(crate) const THREAD: &str = "trading:";
/// What stands in place of words that cannot be read.
const UNREADABLE: &str = "(A message that cannot be shown here. It stands in the inbox of the account at eBay.)";

/// What an answer says, or the failure that it is.
pub(crate) fn answered(answer: &Answer, effect: Effect) -> Result<String, ChannelFailure> {
    if !answer.is_success() {
        return Err(failure::of(answer, effect));
    }
    let unclear = || match effect {
        Effect::Reads => ChannelFailure::unreadable(WHO),
        Effect::Writes => ChannelFailure::unclear(WHO),
    };
    let written = cleaned(&String::from_utf8_lossy(&answer.body));
    let Ok(document) = Document::parse(&written) else {
        return if effect == Effect::Reads && is_of_ebay(&written) { Ok(written) } else { Err(unclear()) };
    };
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
        _ if effect == Effect::Reads => {
            refused(FailureClass::Permission, "Messages are not fetched for now, and wait at eBay")
        }
        _ => refused(
            FailureClass::Content,
            "The message was not taken, and its text is kept: change it, or answer on eBay’s own pages",
        ),
    })
}

/// Whether a text that cannot be read is eBay's own to its end, which says that it was done.
fn is_of_ebay(written: &str) -> bool {
    let is_done = ["Success", "Warning"].iter().any(|word| written.contains(&format!("<Ack>{word}</Ack>")));
    is_done && written.trim_end().ends_with("Response>")
}

/// A text without the signs that XML has no place for, and without references to them: what members paste comes with both.
fn cleaned(written: &str) -> String {
    let mut clean = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, behind)) = rest.split_once("&#") {
        clean.extend(before.chars().filter(|sign| is_of_xml(*sign)));
        let reference = behind.split_once(';').and_then(|(name, after)| Some((name, number(name)?, after)));
        let Some((name, number, after)) = reference else {
            clean.push_str("&amp;#");
            rest = behind;
            continue;
        };
        if char::from_u32(number).is_some_and(is_of_xml) {
            clean.extend(["&#", name, ";"]);
        }
        rest = after;
    }
    clean.extend(rest.chars().filter(|sign| is_of_xml(*sign)));
    clean
}

fn is_of_xml(sign: char) -> bool {
    matches!(sign, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// The number in a reference to a sign.
fn number(name: &str) -> Option<u32> {
    let (digits, radix) = name.strip_prefix('x').map_or((name, 10), |digits| (digits, 16));
    u32::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))
}

fn children<'a, 'd: 'a>(node: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// The text of the first element of a name; `""` without.
fn within(node: Node<'_, '_>, name: &'static str) -> String {
    children(node, name).next().and_then(|child| child.text()).unwrap_or_default().trim().to_owned()
}

/// The messages of an answer, each with eBay's number of it, as the Message API writes a message; `None` where the answer
/// cannot be read.
fn messages(written: &str) -> Option<Vec<(String, Value)>> {
    let document = Document::parse(written).ok()?;
    let nodes = children(document.root_element(), "Messages").flat_map(|list| children(list, "Message"));
    Some(nodes.map(|node| (within(node, "MessageID"), message(node))).collect())
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
    let kept: String = kept.filter(|sign| is_of_xml(*sign)).collect();
    kept.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn request(call: &str, fields: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><{call}Request xmlns=\"urn:ebay:apis:eBLBaseComponents\">{fields}\
         </{call}Request>"
    )
}

/// The messages of a folder between two moments, without their words; and whether those are all.
async fn listed(
    client: &Client,
    folder: u8,
    from: i64,
    to: i64,
) -> Result<(Vec<(String, Value)>, bool), ChannelFailure> {
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
        for (number, message) in messages(&answer).ok_or_else(|| ChannelFailure::unreadable(WHO))? {
            if found.iter().all(|(known, _)| *known != number) {
                found.push((number, message));
            }
        }
        // eBay gives as many as it likes on a page, and may give the last one again.
        if found.len() == before {
            return Ok((found, true));
        }
    }
    Ok((found, false))
}

/// Messages of a list with their words. Where an answer with several cannot be read, each is asked for alone, so that one takes no
/// other along.
async fn opened(client: &Client, listed: &[(String, Value)]) -> Result<Vec<(String, Value)>, ChannelFailure> {
    let numbers: Vec<&str> = listed.iter().map(|(number, _)| number.as_str()).collect();
    if let Some(found) = whole(client, &numbers).await? {
        return Ok(found);
    }
    let mut found = Vec::with_capacity(listed.len());
    for (number, message) in listed {
        match whole(client, &[number]).await? {
            Some(alone) => found.extend(alone),
            None => found.push((number.clone(), unreadable(message))),
        }
    }
    Ok(found)
}

/// What the list tells of a message whose words cannot be read.
fn unreadable(message: &Value) -> Value {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.insert("messageBody".to_owned(), json!(UNREADABLE));
    }
    message
}

/// Messages with their words; `None` where the answer cannot be read.
async fn whole(client: &Client, numbers: &[&str]) -> Result<Option<Vec<(String, Value)>>, ChannelFailure> {
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
    let (mut found, until) = all_listed(client, letters.since, overlap, out).await?;
    found.sort_by_key(|(_, message)| at(message));
    let newest = found.last().map(|(_, message)| at(message)).unwrap_or_default();
    let new: Vec<(String, Value)> =
        found.into_iter().filter(|(number, _)| !letters.seen.contains_key(number)).collect();
    let left = new.len().saturating_sub(MOST);
    for listed in new.chunks(AT_A_TIME).take(MOST / AT_A_TIME) {
        for (number, message) in opened(client, listed).await? {
            letters.seen.insert(number, at(&message));
            hand_on(settings, &message, progress, out);
        }
    }
    if left == 0 {
        letters.since = letters.since.max(newest).max(until.unwrap_or_default());
        out.more |= until.is_some();
        letters.seen.retain(|_, at| *at >= letters.since - overlap);
    } else {
        out.more = true;
        out.waiting += left;
    }
    Ok(())
}

/// What came since a moment and what may have come late. A list that is too long to be turned to its end is asked for until an
/// earlier moment, which is given as well: nobody knows at which end eBay begins.
async fn all_listed(
    client: &Client,
    since: i64,
    overlap: i64,
    out: &mut Gathered,
) -> Result<(Vec<(String, Value)>, Option<i64>), ChannelFailure> {
    let now = client.now() + SECOND;
    let mut until = now;
    loop {
        let (found, is_all) = listed(client, INBOX, since - overlap, until).await?;
        if !is_all && until - since > SECOND {
            until = since + (until - since) / 2;
            continue;
        }
        if !is_all {
            out.warn(format!(
                "More messages came at once than {WHO} lists: some may be missing here. Look into the account’s inbox at {WHO}."
            ));
        }
        return Ok((found, Some(until).filter(|until| *until < now)));
    }
}

fn hand_on(settings: &EbaySettings, raw: &Value, progress: &Progress, out: &mut Gathered) {
    let message = Message::of(raw, &Value::Null);
    let is_of_ebay = message.sender.eq_ignore_ascii_case(WHO);
    if is_of_ebay && !settings.polling.from_ebay {
        return;
    }
    let listing = listing_of(raw);
    let conversation = json!({
        "conversationId": format!("{THREAD}{listing}:{}", message.sender),
        "conversationType": if is_of_ebay { FROM_EBAY } else { FROM_MEMBERS },
        "referenceType": "LISTING", "referenceId": listing
    });
    let orders = progress.purchases.orders_of(listing, &message.sender);
    let piece = json!({ "conversation": conversation, "message": raw, "orders": orders });
    out.put(format!("message:{}", message.id), message.at(), &piece);
}

fn listing_of(raw: &Value) -> &str {
    raw.get("itemId").and_then(Value::as_str).unwrap_or_default()
}

/// The listing and the member of a thread; `None` where it is none of the older interface.
pub(crate) fn parted(thread: Option<&str>) -> Option<(&str, &str)> {
    thread?.strip_prefix(THREAD)?.split_once(':').filter(|(_, member)| !member.is_empty())
}

fn place(message: &Outbound) -> Result<(&str, &str), ChannelFailure> {
    parted(message.thread_id.as_deref()).ok_or_else(|| {
        let words = "By eBay’s older interface only a message that came by it can be answered. Nothing was sent, and the text \
                     is kept: answer on eBay’s own pages.";
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

/// Looks for a message among those that were sent. What the desk sent before stands there under ids that nobody told it, so where
/// it sent something into this thread, or eBay does not say what a message is about, a person has to look.
pub(crate) async fn look_for(client: &Client, message: &Outbound) -> Result<Reconciliation, ChannelFailure> {
    let (listing, member) = place(message)?;
    let (found, is_all) = listed(client, SENT, millis(message.since()), client.now() + SECOND).await?;
    let can_be = |(_, found): &(String, Value)| {
        let (to, about) = (Message::of(found, &Value::Null).recipient, listing_of(found));
        (to.is_empty() || to.eq_ignore_ascii_case(member))
            && (about.is_empty() || listing.is_empty() || about == listing)
    };
    let found: Vec<(String, Value)> = found.into_iter().filter(can_be).collect();
    let mut is_doubtful = !is_all || message.references.iter().any(|id| id.starts_with(THREAD));
    let mut own = Vec::new();
    for listed in found.chunks(AT_A_TIME) {
        for (_, found) in opened(client, listed).await? {
            let sent = Message::of(&found, &Value::Null);
            if !message.knows(&sent.id) {
                is_doubtful |= sent.recipient.is_empty() || listing_of(&found) != listing;
                own.push(sent);
            }
        }
    }
    Ok(match judge(&own, &message.text, millis(message.made_at())) {
        Reconciliation::Sent(_) if is_doubtful => Reconciliation::CannotTell,
        Reconciliation::NotSent if !is_all => Reconciliation::CannotTell,
        judged => judged,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_xml_has_no_place_for_go_and_all_others_stay() {
        let written = "<a>x\u{b}&#xB;&#11;&#0;&#xFFFF;&#x1F9E5;&#228; &amp;#11; &# &#z; 🧥\u{fffe}\n</a>";
        let clean = cleaned(written);
        assert_eq!(clean, "<a>x&#x1F9E5;&#228; &amp;#11; &amp;# &amp;#z; 🧥\n</a>");
        assert_eq!(Document::parse(&clean).unwrap().root_element().text(), Some("x🧥ä &#11; &# &#z; 🧥\n"));
    }
}
