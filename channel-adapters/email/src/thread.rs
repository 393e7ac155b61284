//! What ties mails to conversations: our own message ids, and signed tokens in reply addresses and texts.
//!
//! A token without its signature is worth nothing: with the conversation id alone anybody could write into it.

use std::collections::HashSet;

use channel_contract::inbound::{ThreadHints, Trust};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::base32;
use crate::mail::ParsedMail;

/// How many bytes of the signature stand in a token.
const MAC_BYTES: usize = 10;
/// How many tokens of one mail are checked.
const MOST_CHECKED: usize = 32;
/// From how many mails, and of how many domains, the name of the receiving server is proposed.
const LEAST_MAILS: usize = 3;
const LEAST_DOMAINS: usize = 2;
/// The greatest length of a local part by the standard.
const LOCAL_PART_BYTES: usize = 64;

/// Writes and checks the tokens of one channel.
#[derive(Clone)]
pub struct ThreadKey(Vec<u8>);

impl ThreadKey {
    /// A key made of the channel's thread secret.
    pub fn new(secret: &str) -> Self {
        Self(secret.as_bytes().to_vec())
    }

    /// The signed token of a conversation: `<conversation>.<signature>`.
    pub fn token(&self, conversation: Uuid) -> String {
        format!("{}.{}", base32::encode(conversation.as_bytes()), base32::encode(&self.mac(conversation)))
    }

    /// The conversation of a token, if its signature is right. Checked in constant time.
    pub fn verify(&self, token: &str) -> Option<Uuid> {
        let (conversation, mac) = token.split_once('.')?;
        let conversation = Uuid::from_slice(&base32::decode(conversation)?).ok()?;
        let mac = base32::decode(mac)?;
        let right: bool = self.mac(conversation).ct_eq(&mac).into();
        // An empty secret signs nothing.
        (right && !self.0.is_empty()).then_some(conversation)
    }

    /// The reply address of a conversation: `local+c.<token>@domain`. `None` where the local part has no room for it.
    pub fn reply_address(&self, address: &str, conversation: Uuid) -> Option<String> {
        let (local, domain) = address.rsplit_once('@')?;
        let local = format!("{local}+c.{}", self.token(conversation));
        (local.len() <= LOCAL_PART_BYTES && !self.0.is_empty()).then(|| format!("{local}@{domain}"))
    }

    /// The line in the body that survives relays which rewrite every header.
    pub fn body_line(&self, conversation: Uuid) -> String {
        format!("[ref:{}]", self.token(conversation))
    }

    fn mac(&self, conversation: Uuid) -> Vec<u8> {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Vec::new() };
        mac.update(b"resolute thread 1\0");
        mac.update(conversation.as_bytes());
        mac.finalize().into_bytes().into_iter().take(MAC_BYTES).collect()
    }

    /// The conversation in a plus address.
    fn in_address(&self, address: &str) -> Option<Uuid> {
        let (local, _) = address.rsplit_once('@')?;
        let local = local.to_ascii_lowercase();
        let (_, token) = local.split_once("+c.")?;
        self.verify(token)
    }

    /// The conversation in a text, quoted or not.
    fn in_text(&self, text: &str) -> Option<Uuid> {
        let places = text.match_indices("[ref:").take(MOST_CHECKED);
        let tokens = places.filter_map(|(at, mark)| text.get(at + mark.len()..)?.split([']', ' ', '\n']).next());
        tokens.filter(|token| token.len() < 80).find_map(|token| self.verify(token))
    }
}

/// The id of a mail that we send: the same command gives the same id, wherever its conversation went meanwhile, so that a
/// copy of it is found and receivers drop a second one.
pub fn message_id(command: Uuid, domain: &str) -> String {
    format!("{command}@{domain}")
}

/// All that ties a mail to earlier ones, strongest first.
pub(crate) fn hints(mail: &ParsedMail, key: &ThreadKey) -> ThreadHints {
    let mut message_ids: Vec<String> = Vec::new();
    for id in mail.in_reply_to.iter().chain(mail.references.iter().rev()) {
        if !message_ids.contains(id) {
            message_ids.push(id.clone());
        }
    }
    let written_to = mail.to.iter().chain(&mail.cc).map(|mailbox| mailbox.address.as_str());
    let addresses = mail.delivered_to.iter().map(String::as_str).chain(written_to);
    let conversation = addresses
        .filter(|address| address.contains("+c.") || address.contains("+C."))
        .take(MOST_CHECKED)
        .find_map(|address| key.in_address(address))
        .or_else(|| key.in_text(&mail.text))
        .or_else(|| mail.html.as_deref().and_then(|html| key.in_text(html)));
    ThreadHints { message_ids, conversation, ..ThreadHints::default() }
}

/// How well the sender is proved: by the topmost results alone, and only where our own receiving server wrote them.
///
/// A server puts its results above everything that a mail brings along. So whatever stands below the topmost ones may be
/// the sender's, under our server's name too, and so may results under our name below those of somebody else.
pub(crate) fn trust(mail: &ParsedMail, authserv_id: &str) -> Trust {
    let own = |value: &&String| {
        let server = value.split([';', ' ', '\t']).next().unwrap_or_default();
        !authserv_id.is_empty() && server.eq_ignore_ascii_case(authserv_id)
    };
    let Some(results) = mail.authentication_results.first().filter(own) else { return Trust::Claimed };
    let results = without_comments(results);
    let mut methods = results.split(';').skip(1).map(str::trim);
    let Some(dmarc) = methods.find(|method| starts_with(method, "dmarc=")) else { return Trust::Claimed };
    let mut words = dmarc.split_ascii_whitespace();
    let verdict = words.next().and_then(|word| word.split_once('=')).map_or("", |(_, verdict)| verdict);
    let proved_domain = words.find_map(|word| word.strip_prefix("header.from="));
    if verdict.eq_ignore_ascii_case("fail") {
        return Trust::Failed;
    }
    let [only] = mail.from.as_slice() else { return Trust::Claimed };
    let domain = only.address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let aligned = proved_domain.is_none_or(|proved| proved.trim_matches('"').eq_ignore_ascii_case(domain));
    if verdict.eq_ignore_ascii_case("pass") && aligned { Trust::Proved } else { Trust::Claimed }
}

/// The name under which our own receiving server may write its results, to be proposed to a person: every mail from
/// outside carries the same name on top. Where our server writes none, strangers can bring that about too.
pub(crate) fn receiving_server(mails: &[ParsedMail], own_domain: &str) -> Option<String> {
    let domain_of = |mail: &ParsedMail| {
        let author = mail.author().address.to_lowercase();
        author.rsplit_once('@').map(|(_, domain)| domain.to_owned()).filter(|domain| domain != own_domain)
    };
    let outside: Vec<(String, &ParsedMail)> = mails.iter().filter_map(|mail| Some((domain_of(mail)?, mail))).collect();
    let domains: HashSet<&str> = outside.iter().map(|(domain, _)| domain.as_str()).collect();
    if outside.len() < LEAST_MAILS || domains.len() < LEAST_DOMAINS {
        return None;
    }
    let names: HashSet<Option<String>> = outside.iter().map(|(_, mail)| top_server(mail)).collect();
    let mut names = names.into_iter();
    names.next().filter(|_| names.next().is_none()).flatten()
}

/// The server of the topmost results; some servers write none.
fn top_server(mail: &ParsedMail) -> Option<String> {
    let name = mail.authentication_results.first()?.split([';', ' ', '\t']).next()?.to_lowercase();
    let is_name = name.contains('.') && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    is_name.then_some(name)
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' if depth > 0 => {
                    depth -= 1;
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: Uuid = Uuid::from_u128(0x0192_f00d_0000_7000_8000_0000_0000_0001);

    fn mail(text: &str) -> ParsedMail {
        crate::parse(text.as_bytes())
    }

    #[test]
    fn a_signed_address_names_its_conversation_and_a_forged_one_does_not() {
        let key = ThreadKey::new("secret");
        let address = key.reply_address("support@shop.example", CONVERSATION).unwrap();
        assert!(address.len() < 80, "{address}");
        let hints_of = |address: &str| hints(&mail(&format!("To: {address}\n\nx")), &key).conversation;
        assert_eq!(hints_of(&address), Some(CONVERSATION));
        assert_eq!(hints_of(&address.to_uppercase()), Some(CONVERSATION));
        for at in 0..address.len() - "@shop.example".len() {
            let mut forged = address.clone().into_bytes();
            forged[at] = if forged[at] == b'b' { b'd' } else { b'b' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(at < "support".len() || hints_of(&forged).is_none(), "{forged}");
        }
        assert_eq!(ThreadKey::new("").verify(&ThreadKey::new("").token(CONVERSATION)), None);
        assert_eq!(ThreadKey::new("other").verify(&key.token(CONVERSATION)), None);
    }

    #[test]
    fn a_token_in_the_quoted_text_is_the_last_resort() {
        let key = ThreadKey::new("secret");
        let quoted = format!("Subject: x\n\nThanks\n\n> [ref:none] {}\n", key.body_line(CONVERSATION));
        assert_eq!(hints(&mail(&quoted), &key).conversation, Some(CONVERSATION));
    }

    #[test]
    fn the_nearest_mail_comes_first() {
        let mail = mail("In-Reply-To: <c@x>\nReferences: <a@x> <b@x>\n <c@x>\n\nx");
        assert_eq!(hints(&mail, &ThreadKey::new("s")).message_ids, ["c@x", "b@x", "a@x"]);
    }

    #[test]
    fn the_receiving_server_is_proposed_by_what_stands_on_every_mail() {
        let arrived = |from: &str, server: &str| {
            let results =
                if server.is_empty() { String::new() } else { format!("Authentication-Results: {server}; spf=none\n") };
            mail(&format!("{results}Authentication-Results: forged.example; dmarc=pass\nFrom: x@{from}\n\n"))
        };
        let proposed = |mails: &[(&str, &str)]| {
            let mails: Vec<ParsedMail> = mails.iter().map(|(from, server)| arrived(from, server)).collect();
            receiving_server(&mails, "shop.example")
        };
        let own = "MX.desk.example";
        let three = [("a.example", own), ("b.example", own), ("a.example", own)];
        assert_eq!(proposed(&three).as_deref(), Some("mx.desk.example"));
        assert_eq!(
            proposed(&[three.as_slice(), &[("shop.example", "in.house.example")]].concat()).as_deref(),
            Some("mx.desk.example")
        );
        assert_eq!(proposed(&three[..2]), None, "too few");
        assert_eq!(proposed(&[("a.example", own), ("a.example", own), ("a.example", own)]), None, "all of one sender");
        assert_eq!(
            proposed(&[three.as_slice(), &[("c.example", "other.example")]].concat()),
            None,
            "not always the same"
        );
        assert_eq!(proposed(&[three.as_slice(), &[("c.example", "")]].concat()), None, "one came without");
    }

    #[test]
    fn only_our_own_server_is_believed() {
        let results = |lines: &str| trust(&mail(&format!("{lines}From: a@shop.example\n\nx")), "mx.desk.example");
        assert_eq!(
            results("Authentication-Results: mx.desk.example; dmarc=pass (p=reject) header.from=shop.example\n"),
            Trust::Proved
        );
        assert_eq!(results("Authentication-Results: evil.example; dmarc=pass\n"), Trust::Claimed);
        assert_eq!(
            results(
                "Authentication-Results: mx.desk.example; dmarc=fail\nAuthentication-Results: mx.desk.example; dmarc=pass\n"
            ),
            Trust::Failed
        );
        assert_eq!(
            results("Authentication-Results: mx.desk.example; dmarc=pass header.from=evil.example\n"),
            Trust::Claimed
        );
        assert_eq!(
            results("Authentication-Results: mx.desk.example; spf=pass (dmarc=pass; dmarc=pass)\n"),
            Trust::Claimed
        );
        assert_eq!(results(""), Trust::Claimed);
    }

    #[test]
    fn results_below_the_topmost_are_the_senders_whatever_name_they_bear() {
        let passed = "Authentication-Results: mx.desk.example; dmarc=pass header.from=shop.example\n";
        for on_top in ["mx.desk.example; spf=none", "mx.desk.example; dmarc=none", "relay.example; dkim=none"] {
            let lines = format!("Authentication-Results: {on_top}\n{passed}From: a@shop.example\n\nx");
            assert_eq!(trust(&mail(&lines), "mx.desk.example"), Trust::Claimed, "below {on_top}");
        }
        let twice = format!("{passed}Authentication-Results: mx.desk.example; dmarc=fail\nFrom: a@shop.example\n\nx");
        assert_eq!(trust(&mail(&twice), "mx.desk.example"), Trust::Proved, "nor does it unprove anybody");
    }
}
