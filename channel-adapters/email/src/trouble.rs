//! Trouble with a server in the words of people.

use std::error::Error;
use std::io::{self, ErrorKind};

use crate::bounded::Endless;

/// Why a connection failed.
pub(crate) fn of_connection(error: &(dyn Error + 'static)) -> String {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return of_io(error);
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return of_protection(error);
        }
        next = error.source();
    }
    error.to_string()
}

/// Whether a server was left because it answers without end.
pub(crate) fn is_endless(error: &io::Error) -> bool {
    error.get_ref().and_then(|inner| inner.downcast_ref::<Endless>()).is_some()
}

/// Why the network failed.
pub(crate) fn of_io(error: &io::Error) -> String {
    if is_endless(error) {
        return Endless.to_string();
    }
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return of_protection(inner);
    }
    let words = match error.kind() {
        ErrorKind::ConnectionRefused => "nothing answers at this address and port",
        ErrorKind::TimedOut => "no answer in time",
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => "the connection broke off",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "the network does not reach it"
        }
        ErrorKind::NotFound => "there is no server of this name",
        // A name that cannot be looked up has no kind of its own.
        _ if error.to_string().contains("lookup") => "there is no server of this name",
        _ => "the connection failed",
    };
    words.to_owned()
}

fn of_protection(error: &rustls::Error) -> String {
    let words = match error {
        rustls::Error::InvalidCertificate(_) => {
            "its certificate is not valid for this name, or nobody we trust signed it"
        }
        _ => "it does not speak TLS as expected; check port and encryption",
    };
    words.to_owned()
}

/// The server's own words out of a refusal, which the client library writes down as it holds them in memory.
pub(crate) fn of_refusal(answer: &str) -> String {
    let quoted = answer.split_once("info: Some(\"").and_then(|(_, rest)| rest.rsplit_once("\")"));
    let words = match quoted {
        Some((words, _)) => words.replace("\\\"", "\"").replace("\\\\", "\\"),
        None if answer.starts_with("code: ") || answer.starts_with("outcome: ") => String::new(),
        None => answer.to_owned(),
    };
    let words = words.trim();
    let words = match words.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) if !rest.trim().is_empty() => rest.trim(),
        _ => words,
    };
    let clean: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    if clean.is_empty() { "no reason given".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_the_words_of_the_server() {
        let answer = r#"code: None, info: Some("[AUTHENTICATIONFAILED] Authentication \"failed\".")"#;
        assert_eq!(of_refusal(answer), "Authentication \"failed\".");
        assert_eq!(of_refusal("code: Some(Alert), info: None"), "no reason given");
        assert_eq!(of_refusal("too many\r\nconnections"), "too many  connections");
    }

    #[test]
    fn a_dead_port_is_named_plainly() {
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        assert_eq!(of_connection(&refused), "nothing answers at this address and port");
    }
}
