//! The older interface, in XML: messages of a folder, and answers.

use super::conversations::Sent;
use super::state::Opens;
use super::{Ebay, SELLER};
use crate::server::{Request, Response};

/// What a page of a list holds, whatever is asked for.
const PAGE: usize = 25;
/// So many messages are given whole.
const MOST_WHOLE: usize = 10;

impl Ebay {
    pub(super) fn trading_api(&self, request: &Request) -> Response {
        let call = request.header("x-ebay-api-call-name");
        let is_whole =
            ["x-ebay-api-siteid", "x-ebay-api-compatibility-level"].iter().all(|name| !request.header(name).is_empty());
        let opens = self.state().tokens.get(request.header("x-ebay-api-iaf-token")).copied();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        match call {
            _ if !is_whole => failed(call, "10009"),
            _ if !matches!(opens, Some(Opens::Account | Opens::AllButMessages)) => failed(call, "21916984"),
            "GetMyMessages" => self.my_messages(&body),
            "AddMemberMessageRTQ" | "AddMemberMessageAAQToPartner" => self.add(call, &body),
            _ => failed(call, "2"),
        }
    }

    fn my_messages(&self, body: &str) -> Response {
        let wanted: Vec<&str> = body.split("<MessageID>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        let is_whole = field(body, "DetailLevel") == "ReturnMessages";
        if wanted.len() > MOST_WHOLE || (is_whole && wanted.is_empty()) {
            return failed("GetMyMessages", "20118");
        }
        if field(body, "DetailLevel") == "ReturnSummary" {
            return answered("GetMyMessages", "<Summary><TotalMessageCount>1</TotalMessageCount></Summary>");
        }
        let is_sent = field(body, "FolderID") == "1";
        let (from, to) = (field(body, "StartTime"), field(body, "EndTime"));
        let page: usize = field(body, "PageNumber").parse().unwrap_or(1);
        let mut all = self.told_all();
        if !is_whole {
            // The newest stand first, as in eBay's own mailbox.
            all.reverse();
        }
        let is_meant = |(id, sender, _, at, ..): &&Told| {
            if is_whole {
                wanted.contains(&format!("9{id}").as_str())
            } else {
                (sender == SELLER) == is_sent && *at >= from && *at <= to
            }
        };
        let shown: Vec<String> = all
            .iter()
            .filter(is_meant)
            .skip((page.max(1) - 1) * PAGE)
            .take(PAGE)
            .map(|(id, sender, recipient, at, listing, words)| {
                let words = if is_whole {
                    format!("<Text>&lt;p&gt;a mail&lt;/p&gt;</Text><Content>{}</Content>", escaped(words))
                } else {
                    String::new()
                };
                format!(
                    "<Message><Sender>{sender}</Sender><SendToName>{recipient}</SendToName><Subject>About it</Subject>\
                     <MessageID>9{id}</MessageID><ExternalMessageID>{id}</ExternalMessageID>{words}\
                     <ReceiveDate>{at}</ReceiveDate><ItemID>{listing}</ItemID></Message>"
                )
            })
            .collect();
        answered("GetMyMessages", &format!("<Messages>{}</Messages>", shown.concat()))
    }

    fn add(&self, call: &str, body: &str) -> Response {
        let (listing, buyer, words) = (field(body, "ItemID"), field(body, "RecipientID"), field(body, "Body"));
        let parent = field(body, "ParentMessageID");
        let is_known =
            self.told_all().iter().any(|(id, sender, _, _, of, _)| *id == parent && *sender == buyer && *of == listing);
        if words.is_empty() || (call == "AddMemberMessageRTQ" && !is_known) {
            return failed(call, "20951");
        }
        let id = self.put(("FROM_MEMBERS", &buyer, &listing), (SELLER, &buyer), &words, Vec::new());
        let conversation = self.conversation_of(&id);
        self.state().sent.push(Sent { id, conversation, text: words, media: Vec::new() });
        answered(call, "")
    }
}

/// A message: its id, sender, recipient, moment, listing and words.
pub(super) type Told = (String, String, String, String, String, String);

fn answered(call: &str, fields: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{call}Response xmlns=\"urn:ebay:apis:eBLBaseComponents\">\
         <Ack>Success</Ack>{fields}</{call}Response>"
    );
    Response { body: body.into(), ..Response::status(200) }
}

fn failed(call: &str, code: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{call}Response xmlns=\"urn:ebay:apis:eBLBaseComponents\"><Ack>Failure</Ack>\
         <Errors><ShortMessage>No.</ShortMessage><ErrorCode>{code}</ErrorCode><SeverityCode>Error</SeverityCode></Errors>\
         </{call}Response>"
    );
    Response { body: body.into(), ..Response::status(200) }
}

/// The words of the first element of a name; `""` without.
fn field(body: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let found = body.split_once(&open).and_then(|(_, rest)| rest.split_once(&close)).map(|(words, _)| words);
    found.unwrap_or_default().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What members write, inside XML; signs that have no place there are let through as eBay does.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\u{b}', "&#xB;").replace('\u{a0}', "&nbsp;")
}
