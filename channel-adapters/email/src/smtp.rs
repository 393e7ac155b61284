//! Handing mails to the submission server, step by step, so that it is known whether a lost connection can have taken
//! the mail with it.

pub(crate) mod compose;

use std::time::Duration;

use channel_contract::failure::{ChannelFailure, FailureClass};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, Message};

use crate::bounded::Bounded;
use crate::settings::{Auth, EmailSettings, Server, TlsMode};
use crate::{tls, trouble};

/// All answers to one mail are far shorter, also those to a thousand recipients.
const MOST_ANSWERS: usize = 1024 * 1024;

/// Hands a mail in.
pub(crate) async fn submit(mail: &Message, server: &Server, settings: &EmailSettings) -> Result<(), ChannelFailure> {
    let step = settings.timeout();
    let mut connection = open(server, settings).await?;
    let envelope = mail.envelope();
    let body = mail.formatted();
    let mut options = Vec::new();
    if !body.is_ascii() && connection.server_info().supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let foreign = envelope.to().iter().chain(envelope.from()).any(|address| !AsRef::<str>::as_ref(address).is_ascii());
    if foreign {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(ChannelFailure::refused(
                FailureClass::Recipient,
                "the mail server does not take addresses with such letters",
            ));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    before_data(step, connection.command(Mail::new(envelope.from().cloned(), options))).await?;
    recipients(&mut connection, envelope.to(), step).await?;
    before_data(step, connection.command(Data)).await?;
    // From here on the server may have taken the mail even if we never hear of it. It gets longer to think about it.
    let outcome = tokio::time::timeout(step.saturating_mul(4), connection.message(&body)).await;
    match outcome {
        Ok(Ok(_)) => {}
        Ok(Err(error)) if error.status().is_some() => return Err(failure(&error)),
        Ok(Err(error)) => return Err(unknown(&trouble::of_connection(&error))),
        Err(_) => return Err(unknown("no answer in time")),
    }
    // The mail is taken: whatever happens to the farewell does not matter.
    let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
    Ok(())
}

async fn recipients(
    connection: &mut AsyncSmtpConnection,
    to: &[Address],
    step: Duration,
) -> Result<(), ChannelFailure> {
    for address in to {
        before_data(step, connection.command(Rcpt::new(address.clone(), Vec::new()))).await?;
    }
    Ok(())
}

/// Signs in and out again.
pub(crate) async fn check(server: &Server, settings: &EmailSettings) -> Result<(), ChannelFailure> {
    let mut connection = open(server, settings).await?;
    let _ = tokio::time::timeout(Duration::from_secs(2), connection.quit()).await;
    Ok(())
}

async fn open(server: &Server, settings: &EmailSettings) -> Result<AsyncSmtpConnection, ChannelFailure> {
    tls::check_mode(server)?;
    let step = settings.timeout();
    let hello = ClientId::Domain(settings.domain().to_owned());
    let stream = tokio::time::timeout(step, reach(server, settings)).await.map_err(|_| too_late())??;
    let mut connection =
        before_data(step, AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello)).await?;
    if server.tls == TlsMode::StartTls {
        if !connection.can_starttls() {
            return Err(ChannelFailure::refused(
                FailureClass::Permission,
                format!("{} does not offer STARTTLS", server.host),
            ));
        }
        before_data(step, connection.starttls(parameters(server, settings)?, &hello)).await?;
    }
    let (mechanisms, secret): (&[Mechanism], _) = match &server.auth {
        Auth::None => return Ok(connection),
        Auth::Password { password } => (&[Mechanism::Plain, Mechanism::Login], password),
        Auth::Xoauth2 { token } => (&[Mechanism::Xoauth2], token),
    };
    let credentials = Credentials::new(server.user.clone(), secret.reveal().to_owned());
    match tokio::time::timeout(step, connection.auth(mechanisms, &credentials)).await {
        Ok(Ok(_)) => Ok(connection),
        Ok(Err(error)) => Err(sign_in_failure(&error, server)),
        Err(_) => Err(ChannelFailure::temporary(format!("{} did not answer the sign-in in time", server.host))),
    }
}

async fn reach(server: &Server, settings: &EmailSettings) -> Result<Bounded, ChannelFailure> {
    let (plain, peer) = tls::connect(server).await?;
    let stream = match server.tls {
        TlsMode::Implicit => tls::protect(plain, server, settings).await?,
        TlsMode::StartTls | TlsMode::Plain => Box::new(plain),
    };
    Ok(Bounded::new(stream, peer, MOST_ANSWERS))
}

fn parameters(server: &Server, settings: &EmailSettings) -> Result<TlsParameters, ChannelFailure> {
    let unusable = |error: String| {
        ChannelFailure::refused(FailureClass::Content, format!("the extra root certificates cannot be used: {error}"))
    };
    let mut builder = TlsParameters::builder(server.host.clone());
    if let Some(path) = &settings.extra_root_certificates {
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        builder =
            builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?);
    }
    builder.build().map_err(|error| unusable(error.to_string()))
}

/// Runs a step before the mail itself is handed over: whatever goes wrong, nothing was taken.
async fn before_data<T>(step: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, ChannelFailure> {
    match tokio::time::timeout(step, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(too_late()),
    }
}

fn too_late() -> ChannelFailure {
    ChannelFailure::temporary("the mail server did not answer in time")
}

fn unknown(what: &str) -> ChannelFailure {
    ChannelFailure::Unknown {
        reason: format!("the mail was handed over, but its acceptance was not confirmed: {}", shown(what)),
    }
}

/// What an answer of the server means for the message.
fn failure(error: &Error) -> ChannelFailure {
    let Some(code) = error.status() else {
        let why = shown(&trouble::of_connection(error));
        return ChannelFailure::temporary(format!("the connection to the mail server failed: {why}"));
    };
    from_answer(code.into(), &words_of(error))
}

/// What the server said, without the words that the client library puts before it.
fn words_of(error: &Error) -> String {
    let words = error.to_string();
    let said = words.split_once("): ").filter(|(before, _)| before.contains(" error ("));
    said.map_or(words.clone(), |(_, said)| said.to_owned())
}

/// By reply code and enhanced status code (RFC 3463).
fn from_answer(code: u16, words: &str) -> ChannelFailure {
    let enhanced = enhanced_code(words);
    let reason = shown(words);
    if code == 535 || code == 530 || code == 534 || words.contains("5.7.30") {
        return ChannelFailure::Reconnect { reason };
    }
    if (400..500).contains(&code) {
        let class = match enhanced.as_str() {
            "4.3.2" | "4.7.0" | "4.7.1" | "4.7.28" => FailureClass::Rate,
            _ => FailureClass::Temporary,
        };
        return ChannelFailure::Retry { class, after: None, reason };
    }
    ChannelFailure::Refused { class: refusal_class(code, &enhanced), reason }
}

fn refusal_class(code: u16, enhanced: &str) -> FailureClass {
    let mut numbers = enhanced.split('.').skip(1);
    match (numbers.next(), code) {
        (Some("1" | "2"), _) | (None, 550 | 551 | 553 | 521 | 556) => FailureClass::Recipient,
        (Some("3" | "6"), _) | (None, 552 | 523) => FailureClass::Content,
        (Some("7"), _) | (None, 554) => FailureClass::Policy,
        _ => FailureClass::Protocol,
    }
}

/// The first `x.y.z` in the answer that is an enhanced code; `""` if there is none.
fn enhanced_code(words: &str) -> String {
    let is_code = |word: &&str| {
        let mut parts = word.split('.');
        let class = matches!(parts.next(), Some("2" | "4" | "5"));
        let number = |part: Option<&str>| {
            part.is_some_and(|part| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        class && number(parts.next()) && number(parts.next()) && parts.next().is_none()
    };
    words
        .split(|c: char| c.is_whitespace() || matches!(c, '#' | ':' | ',' | '(' | ')'))
        .find(is_code)
        .unwrap_or_default()
        .to_owned()
}

fn sign_in_failure(error: &Error, server: &Server) -> ChannelFailure {
    match error.status().map(u16::from) {
        Some(code) if (400..500).contains(&code) => from_answer(code, &words_of(error)),
        // Every lasting refusal here means that a person has to renew the connection.
        Some(_) => ChannelFailure::Reconnect {
            reason: format!("{} refused the sign-in: {}", server.host, shown(&words_of(error))),
        },
        None if error.is_client() => ChannelFailure::Reconnect {
            reason: format!("{} offers no way to sign in that is set up here", server.host),
        },
        None => failure(error),
    }
}

/// The server's words, bounded, without addresses in them.
fn shown(words: &str) -> String {
    let clean: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    let kept = clean.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    kept.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_say_what_to_do_next() {
        let retry = |class| move |failure: &ChannelFailure| matches!(failure, ChannelFailure::Retry { class: found, .. } if *found == class);
        let refused = |class| move |failure: &ChannelFailure| matches!(failure, ChannelFailure::Refused { class: found, .. } if *found == class);
        assert!(retry(FailureClass::Rate)(&from_answer(432, "4.3.2 Concurrent connections limit exceeded")));
        assert!(retry(FailureClass::Temporary)(&from_answer(451, "try later")));
        assert!(refused(FailureClass::Recipient)(&from_answer(550, "permanent error (550): 5.1.1 no such user")));
        assert!(refused(FailureClass::Recipient)(&from_answer(552, "5.2.2 mailbox full")));
        assert!(refused(FailureClass::Policy)(&from_answer(550, "5.7.515 Access denied")));
        assert!(refused(FailureClass::Content)(&from_answer(552, "message too large")));
        assert!(matches!(
            from_answer(550, "5.7.30 Basic authentication is not supported"),
            ChannelFailure::Reconnect { .. }
        ));
        assert!(matches!(from_answer(535, "5.7.8 bad credentials"), ChannelFailure::Reconnect { .. }));
    }

    #[test]
    fn reasons_hold_no_addresses() {
        assert_eq!(shown("550 <ann@a.example>: no\r\nsuch user"), "550 (address) no such user");
    }
}
