//! Points 7 and 8: what goes wrong while sending, and what is refused.

use super::checklist::{Fault, Part};
use super::harness::{SendHarness, faulty, numbered, refused, sent, sent_again, why};
use super::secrecy::seen;
use crate::failure::{ChannelFailure, FailureClass};
use crate::outbound::{Author, Outbound, Receipt, Reconciliation};

/// Point 7: each trouble becomes the failure that says what to do next; where the outcome is unknown, the platform is
/// asked and nothing is sent twice; the same command names the same message.
pub async fn trouble_says_what_to_do_next(harness: &dyn SendHarness) {
    use Fault::{
        Credential, CutAnswer, CutRefusal, Gateway, HangAfterBody, HangBeforeBody, LoseAfterBody, Rate, RateWithHint,
        ResetAfterBody, ResetBeforeBody, SlowAnswer, Unavailable,
    };
    let faults = [
        RateWithHint,
        Rate,
        Unavailable,
        Credential,
        ResetBeforeBody,
        HangBeforeBody,
        ResetAfterBody,
        LoseAfterBody,
        HangAfterBody,
        Gateway,
        CutAnswer,
        CutRefusal,
        SlowAnswer,
    ];
    for (fault, number) in faults.into_iter().zip(20..) {
        if !faulty(harness, fault).await {
            continue;
        }
        let (before, message) = (harness.taken().await, numbered(harness, number));
        let outcome = harness.send(&message).await;
        seen(&outcome);
        assert!(says_what_to_do(fault, &outcome), "after {fault:?} came {outcome:?}");
        let is_taken = matches!(fault, ResetAfterBody | HangAfterBody | Gateway | CutAnswer | SlowAnswer);
        assert_eq!(harness.taken().await, before + usize::from(is_taken), "{fault:?}: a message leaves at most once");
        if matches!(outcome, Err(ChannelFailure::Unknown { .. })) {
            the_platform_is_asked(harness, &message, is_taken).await;
        }
    }
    a_repetition_names_the_same_message(harness).await;
}

fn says_what_to_do(fault: Fault, outcome: &Result<Receipt, ChannelFailure>) -> bool {
    use ChannelFailure::{Reconnect, Retry, Unknown};
    match fault {
        Fault::RateWithHint => matches!(outcome, Err(Retry { class: FailureClass::Rate, after: Some(_), .. })),
        Fault::Rate => matches!(outcome, Err(Retry { class: FailureClass::Rate, after: None, .. })),
        Fault::Unavailable | Fault::ResetBeforeBody | Fault::HangBeforeBody | Fault::CutRefusal => {
            matches!(outcome, Err(Retry { class: FailureClass::Temporary, .. }))
        }
        Fault::Credential => matches!(outcome, Err(Reconnect { .. })),
        Fault::ResetAfterBody | Fault::LoseAfterBody | Fault::HangAfterBody | Fault::Gateway | Fault::CutAnswer => {
            matches!(outcome, Err(Unknown { .. }))
        }
        Fault::SlowAnswer => outcome.is_ok(),
        Fault::Window | Fault::Policy | Fault::Recipient | Fault::Content => false,
    }
}

async fn the_platform_is_asked(harness: &dyn SendHarness, message: &Outbound, is_taken: bool) {
    let before = harness.taken().await;
    let found = harness.channel().reconcile(message).await;
    let can_tell = why(harness, Part::Reconciliation).is_none();
    let right = match &found {
        Ok(Reconciliation::Sent(receipt)) => {
            is_taken && harness.last_taken().await.is_some_and(|taken| taken.id == receipt.external_id)
        }
        Ok(Reconciliation::NotSent) => !is_taken || harness.takes_once(),
        Ok(Reconciliation::CannotTell) => !is_taken || !can_tell,
        Err(_) => false,
    };
    assert!(right, "taken: {is_taken}, and the platform was asked: {found:?}");
    assert_eq!(harness.taken().await, before, "asking sends nothing");
    if matches!(found, Ok(Reconciliation::NotSent)) && is_taken {
        sent_again(harness, message, "what may have been taken").await;
    }
}

async fn a_repetition_names_the_same_message(harness: &dyn SendHarness) {
    let message = numbered(harness, 40);
    let (one, taken) = sent(harness, &message, "a message").await;
    if why(harness, Part::Repetition).is_none() {
        let (other, again) = sent_again(harness, &message, "its repetition").await;
        assert_eq!((one, taken.id), (other, again.id), "one command, one id: the other side can drop the second");
    }
    let found = harness.channel().reconcile(&message).await;
    let is_missing = matches!(found, Ok(Reconciliation::NotSent));
    assert!(!is_missing || harness.takes_once(), "what was taken is not said to be missing");
}

/// Point 8: refusals have their class, so that the right words are shown and nothing is tried again in vain; where people
/// are asked for, no machine sends.
pub async fn refusals_have_their_class(harness: &dyn SendHarness) {
    let classes = [
        (Fault::Window, FailureClass::Window),
        (Fault::Policy, FailureClass::Policy),
        (Fault::Recipient, FailureClass::Recipient),
        (Fault::Content, FailureClass::Content),
    ];
    for (fault, class) in classes {
        if faulty(harness, fault).await {
            refused(harness, &numbered(harness, 41), class, &format!("{fault:?}")).await;
        }
    }
    let capabilities = harness.channel().capabilities();
    let no_window = why(harness, Part::Fault(Fault::Window)).or(why(harness, Part::Wire)).is_some();
    assert_eq!(capabilities.reply_window.is_none(), no_window, "a window is shown to close");
    for (author, number) in [(Author::Agent, 42), (Author::System, 43)] {
        let message = Outbound { author, ..numbered(harness, number) };
        if capabilities.agent_may_send {
            sent(harness, &message, "what a machine wrote").await;
        } else {
            refused(harness, &message, FailureClass::Policy, "what a machine wrote").await;
        }
    }
    sent(harness, &Outbound { author: Author::Teammate, ..numbered(harness, 44) }, "what a person wrote").await;
}
