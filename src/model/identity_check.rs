//! A code that is sent to the address of an order: who brings it shows that the order is theirs.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::message::{Message, Trust};
use super::text_enum::text_enum;
use super::{BrandId, ChannelId, ContactId, ConversationId, IdentityCheckId, MessageId, OrderSourceId, Ts};

text_enum! {
    /// Where a check stands.
    CheckState {
        /// The customer is told; the code waits for its turn.
        Asked = "asked",
        /// The code is on its way, and counts for a while.
        Sent = "sent",
        /// The customer brought it.
        Proved = "proved",
        /// Wrong codes came too often.
        Failed = "failed",
        /// Its time was over: the code came too late, or never.
        Expired = "expired",
        /// No code was sent, or another one was asked for.
        Withdrawn = "withdrawn",
    }
}

/// A check. Where it is written down elsewhere, neither its address nor anything of the code is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct IdentityCheck {
    /// Id.
    pub id: IdentityCheckId,
    /// Whose customer.
    pub brand_id: BrandId,
    /// Where the customer was asked: the code counts nowhere else.
    pub conversation_id: ConversationId,
    /// Who is to bring it.
    pub contact_id: ContactId,
    /// The shop of the order.
    pub order_source_id: OrderSourceId,
    /// The shop's id of the order.
    pub order_id: String,
    /// Its number.
    pub order_number: String,
    /// Where the code goes; `""` once it does not count any more.
    #[serde(skip)]
    pub address: String,
    /// Where it stands.
    pub state: CheckState,
    /// What tells the customer.
    pub message_id: MessageId,
    /// A keyed hash of the code; `""` while there is none, and once it does not count any more.
    #[serde(skip)]
    pub code_hash: String,
    /// How many wrong codes came.
    pub tries: i64,
    /// What brought the last code.
    pub answer_id: Option<MessageId>,
    /// When it was asked for.
    pub created_at: Ts,
    /// When the code was sent.
    pub sent_at: Option<Ts>,
}

/// That a customer has shown whose an order is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Proof {
    /// The shop of the order.
    pub order_source_id: OrderSourceId,
    /// The shop's id of the order.
    pub order_id: String,
    /// Who has shown it.
    pub contact_id: ContactId,
    /// The number of the message that brought the code.
    pub seq: i64,
    /// Where that came in.
    pub channel_id: ChannelId,
    /// Whether anybody can write there under a name that is not theirs.
    pub by_mail: bool,
}

impl Proof {
    /// Whether it counts for a message of the same customer. A later mail may be anybody's, unless it is proved itself.
    pub fn covers(&self, message: &Message) -> bool {
        let is_later_there = !self.by_mail && message.channel_id == self.channel_id;
        message.trust != Trust::Failed && (message.seq <= self.seq || message.trust == Trust::Proved || is_later_there)
    }
}

/// A code as somebody has written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenCode {
    /// Its digits, as we write them.
    pub digits: String,
    /// Where it stands in the text.
    pub place: Range<usize>,
}

/// How many digits a code has.
const DIGITS: usize = 6;
/// Into how many digits each people part it.
const PARTS: [usize; 4] = [6, 3, 2, 1];
/// The zeros of the digits that customers write beside ours: Arabic, Persian, Devanagari, Thai, and those of full width.
const ZEROS: [char; 5] = ['\u{660}', '\u{6f0}', '\u{966}', '\u{e50}', '\u{ff10}'];
/// What stands in the place of a code.
const HIDDEN: &str = "••••••";

fn digit(letter: char) -> Option<char> {
    if letter.is_ascii_digit() {
        return Some(letter);
    }
    ZEROS.iter().find_map(|zero| {
        let value = u32::from(letter).checked_sub(u32::from(*zero)).filter(|value| *value < 10)?;
        char::from_digit(value, 10)
    })
}

/// Every code in a text, whatever stands around it: `123456`, `123 456`, `123-456`, `12 34 56`. What is part of something longer,
/// such as an amount or a phone number, is none, nor are the numbers `besides`.
pub fn codes_in(text: &str, besides: &[String]) -> Vec<WrittenCode> {
    let besides: Vec<String> = besides.iter().map(|number| number.chars().filter_map(digit).collect()).collect();
    let mut found = Vec::new();
    for chain in chains(&runs(text), text) {
        let digits: String = chain.iter().flat_map(|run| run.digits.chars()).collect();
        let (Some(first), Some(last)) = (chain.first(), chain.last()) else { continue };
        let place = first.place.start..last.place.end;
        let even = PARTS.iter().any(|size| chain.iter().all(|run| run.digits.len() == *size));
        if digits.len() == DIGITS && even && !besides.contains(&digits) && stands_alone(text, &place) {
            found.push(WrittenCode { digits, place });
        }
    }
    found
}

/// A text with its quoted lines blanked, so that whatever is found in it stands at the same place in the text.
pub fn without_quotes(text: &str) -> String {
    let own = |line: &str| {
        let is_quoted = line.trim_start().starts_with('>');
        if is_quoted { " ".repeat(line.len()) } else { line.to_owned() }
    };
    text.split('\n').map(own).collect::<Vec<_>>().join("\n")
}

/// A text without these codes, which stand in it in this order.
pub fn without_codes(text: &str, codes: &[WrittenCode]) -> String {
    let mut rest = text.to_owned();
    for code in codes.iter().rev() {
        if rest.get(code.place.clone()).is_some() {
            rest.replace_range(code.place.clone(), HIDDEN);
        }
    }
    rest
}

/// Whether a text says one code and nothing else.
pub fn is_nothing_but_a_code(text: &str) -> bool {
    let codes = codes_in(text, &[]);
    codes.len() == 1 && !without_codes(text, &codes).contains(char::is_alphanumeric)
}

/// An address of which only the first letters are told: `a…@e…`.
pub fn masked(address: &str) -> String {
    let (local, host) = address.trim().rsplit_once('@').unwrap_or_default();
    let first = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
    format!("{}…@{}…", first(local), first(host))
}

/// Digits without anything between them.
struct Run {
    digits: String,
    place: Range<usize>,
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (at, letter) in text.char_indices() {
        let Some(value) = digit(letter) else { continue };
        let end = at + letter.len_utf8();
        match runs.last_mut().filter(|run| run.place.end == at) {
            Some(run) => {
                run.digits.push(value);
                run.place.end = end;
            }
            None => runs.push(Run { digits: value.to_string(), place: at..end }),
        }
    }
    runs
}

/// The runs, with those together between which there is one space, or one dash between two of three digits.
fn chains<'r>(runs: &'r [Run], text: &str) -> Vec<&'r [Run]> {
    runs.chunk_by(|one, other| {
        let between = text.get(one.place.end..other.place.start).unwrap_or_default();
        let mut letters = between.chars();
        match (letters.next(), letters.next()) {
            (Some('-' | '\u{2010}' | '\u{2011}' | '–'), None) => one.digits.len() == 3 && other.digits.len() == 3,
            (Some(letter), None) => letter.is_whitespace() && letter != '\n',
            _ => false,
        }
    })
    .collect()
}

/// Whether what stands there is no part of a longer word, number or amount.
fn stands_alone(text: &str, place: &Range<usize>) -> bool {
    let mut before = text.get(..place.start).unwrap_or_default().chars().rev();
    let mut after = text.get(place.end..).unwrap_or_default().chars();
    let is_joint = |letter: char| letter.is_ascii_alphanumeric() || "_#+/€$£%".contains(letter);
    let is_part = |next: Option<char>, beyond: Option<char>| match next {
        Some('.' | ',' | '-') => beyond.is_some_and(|letter| is_joint(letter) || digit(letter).is_some()),
        Some(letter) => is_joint(letter),
        None => false,
    };
    !is_part(before.next(), before.next()) && !is_part(after.next(), after.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        codes_in(text, &["OB-204170".to_owned()]).into_iter().map(|code| code.digits).collect()
    }

    #[test]
    fn a_code_is_read_whatever_stands_around_it() {
        for text in [
            "482913",
            "my code is 482 913",
            "Mein Code: 482-913.",
            "48 29 13 thanks",
            "4 8 2 9 1 3",
            "code:482913!",
            "“482913”",
            "４８２９１３",
            "رمزي ٤٨٢٩١٣",
            "کد ۴۸۲ ۹۱۳",
            "我的验证码是482913。",
            "482\u{a0}913",
        ] {
            assert_eq!(read(text), ["482913"], "{text}");
        }
    }

    #[test]
    fn what_belongs_to_something_longer_is_no_code() {
        for text in [
            "Where is OB-482913?",
            "It cost 482913.50",
            "It cost 1.482913",
            "call +482913",
            "call 030 482 913",
            "482 913 204",
            "4829134",
            "48291",
            "27.11.2026",
            "27-11-26",
            "#482913",
            "482913482913",
            "482913.٤٨٢",
            "order 204170",
            "482\n913",
        ] {
            assert!(read(text).is_empty(), "{text}: {:?}", read(text));
        }
        assert_eq!(read("482913 or 482914"), ["482913", "482914"]);
    }

    #[test]
    fn nothing_of_a_code_is_left_in_the_text() {
        let text = "Meine Codes: 482 913, ٤٨٢٩١٣ und OB-204170";
        let codes = codes_in(text, &["OB-204170".to_owned()]);
        assert_eq!(without_codes(text, &codes), "Meine Codes: ••••••, •••••• und OB-204170");
        assert_eq!(without_codes("none", &[]), "none");
    }

    #[test]
    fn a_number_among_other_words_is_not_all_that_is_said() {
        for text in ["482913", " 482 913.\n", "“٤٨٢٩١٣”"] {
            assert!(is_nothing_but_a_code(text), "{text}");
        }
        for text in ["560034 Bangalore", "My order is 305881", "482913 482914", "482913\nOliver", "No.", ""] {
            assert!(!is_nothing_but_a_code(text), "{text}");
        }
    }

    #[test]
    fn what_is_quoted_between_own_words_is_not_theirs() {
        let text = "Hello,\n> Grüße, Ihr Code: 482913\nit is 713 204.";
        let own = without_quotes(text);
        assert_eq!(own.len(), text.len());
        let codes = codes_in(&own, &[]);
        assert_eq!(codes.iter().map(|code| code.digits.as_str()).collect::<Vec<_>>(), ["713204"]);
        assert!(without_codes(text, &codes).ends_with("> Grüße, Ihr Code: 482913\nit is ••••••."));
    }

    #[test]
    fn of_an_address_only_first_letters_are_told() {
        assert_eq!(masked("anna.lind@example.com"), "a…@e…");
        assert_eq!(masked(" ümit@ö.example "), "ü…@ö…");
        assert_eq!(masked("nothing"), "…@…");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_and_every_code_in_it_hidden(text in "\\PC{0,60}", code in 0_u32..1_000_000) {
            let all = format!("{text} code: {code:06}");
            let codes = codes_in(&all, &[]);
            proptest::prop_assert!(codes_in(&without_codes(&all, &codes), &[]).is_empty());
        }
    }
}
