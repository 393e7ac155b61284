//! Raw mails as a customer's program writes them (RFC 5322, 2045 and 2047). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::format_description::well_known::Rfc2822;

use crate::model::Ts;

/// The most bytes of text in one encoded word of a header.
const WORD: usize = 39;
/// The most characters in a line of base64.
const LINE: usize = 76;

/// A mail to be written.
#[derive(Clone, Debug)]
pub struct Mail<'a> {
    /// When it was sent.
    pub date: Ts,
    /// Id without brackets.
    pub message_id: &'a str,
    /// The shown name.
    pub from_name: &'a str,
    /// The sender.
    pub from: &'a str,
    /// To whom.
    pub to: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The id of the mail that it answers.
    pub answers: Option<&'a str>,
    /// Headers of the sender's own, such as those of a list.
    pub extra: &'a [(String, String)],
    /// The text.
    pub text: &'a str,
    /// A picture and its name.
    pub picture: Option<(&'a str, Vec<u8>)>,
}

/// The bytes of a mail, lines ended with CR LF.
pub fn raw(mail: &Mail<'_>) -> Vec<u8> {
    let mut head = String::new();
    let mut line = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
    line("Date", &mail.date.datetime().format(&Rfc2822).unwrap_or_default());
    line("Message-ID", &format!("<{}>", mail.message_id));
    line("From", &format!("{} <{}>", phrase(mail.from_name), mail.from));
    line("To", &format!("Fjordline <{}>", mail.to));
    line("Subject", &unstructured(mail.subject));
    if let Some(id) = mail.answers {
        line("In-Reply-To", &format!("<{id}>"));
        line("References", &format!("<{id}>"));
    }
    for (name, value) in mail.extra {
        line(name, value);
    }
    line("MIME-Version", "1.0");
    let text = text_part(mail.text);
    match &mail.picture {
        None => (head + &text).into_bytes(),
        Some((name, picture)) => {
            let boundary = format!("part-{}", mail.message_id.split('@').next().unwrap_or("0"));
            line("Content-Type", &format!("multipart/mixed; boundary=\"{boundary}\""));
            let picture = picture_part(name, picture);
            (head + &format!("\r\n--{boundary}\r\n{text}--{boundary}\r\n{picture}--{boundary}--\r\n")).into_bytes()
        }
    }
}

fn text_part(text: &str) -> String {
    let coded = lines_of(&STANDARD.encode(text.replace("\r\n", "\n").replace('\n', "\r\n")));
    format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}")
}

fn picture_part(name: &str, picture: &[u8]) -> String {
    let coded = lines_of(&STANDARD.encode(picture));
    format!(
        "Content-Type: image/png; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{coded}"
    )
}

fn lines_of(coded: &str) -> String {
    let mut lines = String::new();
    for (place, c) in coded.chars().enumerate() {
        if place > 0 && place % LINE == 0 {
            lines.push_str("\r\n");
        }
        lines.push(c);
    }
    lines + "\r\n"
}

/// A name in front of an address.
fn phrase(name: &str) -> String {
    if name.is_ascii() { format!("\"{}\"", name.replace(['"', '\\'], "")) } else { unstructured(name) }
}

/// Text in a header: plain where it can be, encoded words where it must be.
fn unstructured(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.is_ascii() && clean.len() + "Subject: ".len() <= LINE {
        return clean;
    }
    let mut words: Vec<String> = Vec::new();
    for c in clean.chars() {
        match words.last_mut().filter(|word| word.len() + c.len_utf8() <= WORD) {
            Some(word) => word.push(c),
            None => words.push(c.to_string()),
        }
    }
    let coded: Vec<String> = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect();
    coded.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail<'a>() -> Mail<'a> {
        Mail {
            date: Ts(1_795_435_200_000_000),
            message_id: "one@example.org",
            from_name: "Étienne Marchal",
            from: "etienne.marchal@example.net",
            to: "support@fjordline.example",
            subject: "Échange des chaussures Rondane, taille 42 contre 43, commande FJ-20402",
            answers: None,
            extra: &[],
            text: "Bonjour,\nMerci.",
            picture: None,
        }
    }

    #[test]
    fn headers_are_plain_bytes_and_short_lines() {
        let bytes = raw(&mail());
        assert!(bytes.is_ascii());
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.lines().all(|line| line.len() <= 78), "{text}");
        assert!(
            text.starts_with(
                "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <one@example.org>\r\nFrom: =?utf-8?B?"
            )
        );
        assert!(text.contains(&STANDARD.encode("Bonjour,\r\nMerci.")));
        let words: String = text
            .split("Subject: ")
            .nth(1)
            .unwrap()
            .split("MIME-Version")
            .next()
            .unwrap()
            .split_whitespace()
            .map(|word| word.trim_start_matches("=?utf-8?B?").trim_end_matches("?="))
            .map(|word| String::from_utf8(STANDARD.decode(word).unwrap()).unwrap())
            .collect();
        assert_eq!(words, mail().subject);
    }

    #[test]
    fn a_header_cannot_be_broken_out_of() {
        let evil = Mail { subject: "Hi\r\nBcc: all@example.org", from_name: "a\" <b", ..mail() };
        let text = String::from_utf8(raw(&evil)).unwrap();
        assert!(text.contains("Subject: Hi  Bcc: all@example.org\r\n") && text.contains("From: \"a <b\" <etienne"));
    }

    #[test]
    fn a_picture_is_a_part_of_its_own_and_an_answer_names_its_mail() {
        let with = Mail { picture: Some(("p.png", vec![1, 2, 3])), answers: Some("zero@example.org"), ..mail() };
        let text = String::from_utf8(raw(&with)).unwrap();
        assert!(text.contains("Content-Type: multipart/mixed; boundary=\"part-one\""));
        assert!(text.contains("filename=\"p.png\"") && text.trim_end().ends_with("--part-one--"));
        assert!(text.contains("In-Reply-To: <zero@example.org>\r\nReferences: <zero@example.org>\r\n"));
    }
}
