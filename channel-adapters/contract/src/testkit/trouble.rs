//! Points 7 and 8: what goes wrong while sending, and what is refused.

use std::time::Duration;

use super::checklist::{Fault, Part};
use super::harness::{SendHarness, as_of_now, faulty, numbered, refused, sent, sent_again, why};
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
        assert!(says_what_to_do(harness, fault, &outcome), "after {fault:?} came {outcome:?}");
        let is_taken = matches!(fault, ResetAfterBody | HangAfterBody | Gateway | CutAnswer | SlowAnswer);
        assert_eq!(harness.taken().await, before + usize::from(is_taken), "{fault:?}: a message leaves at most once");
        if matches!(outcome, Err(ChannelFailure::Unknown { .. })) {
            the_platform_is_asked(harness, &message, is_taken).await;
        }
    }
    a_repetition_names_the_same_message(harness).await;
    words_of_others_are_not_ours(harness).await;
}

fn says_what_to_do(harness: &dyn SendHarness, fault: Fault, outcome: &Result<Receipt, ChannelFailure>) -> bool {
    use ChannelFailure::{Reconnect, Retry, Unknown};
    match fault {
        // Nobody can tell how much of the call was read.
        Fault::ResetBeforeBody | Fault::HangBeforeBody if !harness.asks_for_the_message() => {
            matches!(outcome, Err(Unknown { .. }))
        }
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

/// What somebody else wrote is never taken for the message, although it says the same: what is older than its command,
/// what the desk knows already, and what there are several of. One that is younger and that nobody knows says by nothing
/// that it is another's: whoever polls or hears of echoes learns of it before the fate of a message is asked for.
async fn words_of_others_are_not_ours(harness: &dyn SendHarness) {
    let moment = Duration::from_secs(2);
    let is_told_by_words = why(harness, Part::Repetition).is_some() && why(harness, Part::Reconciliation).is_none();
    let asked = numbered(harness, 45);
    let Some(older) = harness.written_elsewhere(&asked, Duration::from_hours(1)).await else {
        return assert!(
            !is_told_by_words,
            "who tells a message by its words alone shows that others' are not taken for it"
        );
    };
    for (fault, number) in [(Fault::LoseAfterBody, 46), (Fault::ResetAfterBody, 47)] {
        // The desk need not know it.
        let message = as_of_now(Outbound { now: harness.message().now, ..asked.clone() }, number);
        let id = lost(harness, fault, &message).await;
        let found = harness.channel().reconcile(&message).await;
        assert!(names_none_but(&found, id.as_deref()), "{fault:?}: {older} is older than the command: {found:?}");
    }
    // From here on each message is in a thread of its own, as far as the harness has several.
    let message = numbered(harness, 48);
    let id = lost(harness, Fault::ResetAfterBody, &message).await;
    harness.written_elsewhere(&message, moment).await;
    let found = harness.channel().reconcile(&message).await;
    assert!(names_none_but(&found, id.as_deref()), "of two that are alike the other is none of ours: {found:?}");

    let message = numbered(harness, 49);
    lost(harness, Fault::LoseAfterBody, &message).await;
    let known: Vec<String> = harness.written_elsewhere(&message, moment).await.into_iter().collect();
    let knowing = Outbound { references: [message.references.clone(), known].concat(), ..message.clone() };
    let found = harness.channel().reconcile(&knowing).await;
    assert!(names_none_but(&found, None), "what the desk knows is not what was lost: {found:?}");
    harness.written_elsewhere(&message, moment).await;
    let found = harness.channel().reconcile(&message).await;
    assert!(names_none_but(&found, None), "which of several it is, nobody can tell: {found:?}");
}

/// Sends a message whose answer never comes, and gives the id that it has on the platform if it arrived.
async fn lost(harness: &dyn SendHarness, fault: Fault, message: &Outbound) -> Option<String> {
    let before = harness.taken().await;
    assert!(harness.misbehave(fault).await, "the double does this: {fault:?}");
    let outcome = harness.send(message).await;
    assert!(matches!(outcome, Err(ChannelFailure::Unknown { .. })), "after {fault:?} came {outcome:?}");
    let is_taken = harness.taken().await > before;
    if is_taken { harness.last_taken().await.map(|taken| taken.id) } else { None }
}

/// Whether nothing is found, or nobody can tell, or this one is found.
fn names_none_but(found: &Result<Reconciliation, ChannelFailure>, id: Option<&str>) -> bool {
    match found {
        Ok(Reconciliation::Sent(receipt)) => id == Some(receipt.external_id.as_str()),
        Ok(Reconciliation::NotSent) => id.is_none(),
        Ok(Reconciliation::CannotTell) => true,
        Err(_) => false,
    }
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
