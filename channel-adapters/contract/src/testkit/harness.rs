//! How an adapter's test shows the adapter and its platform's double.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::checklist::{Fault, Lack, MediaFault, Odd, Part};
use super::secrecy::seen;
use crate::channel::{MessageChannel, WebhookRequest};
use crate::failure::{ChannelFailure, FailureClass};
use crate::inbound::{Automatic, RawItem};
use crate::outbound::{DeliveryState, FilledTemplate, Outbound, Receipt};

/// What every harness shows.
pub trait Harness: Sync {
    /// The adapter.
    fn channel(&self) -> &dyn MessageChannel;

    /// The adapter as after a restart: the same settings, and nothing remembered.
    fn restarted(&self) -> Box<dyn MessageChannel>;

    /// What the platform does not have.
    fn lacks(&self) -> &'static [Lack];
}

/// The question of a platform before it sends anything.
pub struct Asked {
    /// As the platform asks.
    pub request: WebhookRequest,
    /// What it wants to hear.
    pub answer: String,
    /// Questions that are not the platform's, or not about this account.
    pub others: Vec<WebhookRequest>,
}

/// How an adapter's test makes webhook requests, or what a poll is answered where nothing is pushed ([`Part::Push`]).
pub trait WebhookHarness: Harness {
    /// The platform's question before it sends anything.
    fn asked(&self) -> Option<Asked> {
        None
    }

    /// Bodies as the platform sends them, each about something else.
    fn bodies(&self) -> Vec<Bytes>;

    /// A request with this body that is signed as the platform would.
    fn signed(&self, body: Bytes) -> WebhookRequest;

    /// The same request without its signature or secret.
    fn unsigned(&self, body: Bytes) -> WebhookRequest;

    /// The same request with a wrong signature or secret.
    fn wrongly_signed(&self, body: Bytes) -> WebhookRequest;

    /// The same request, signed too long ago.
    fn outdated(&self, body: Bytes) -> Option<WebhookRequest>;

    /// The same request, signed with the secret before this one.
    fn signed_as_before(&self, body: Bytes) -> Option<WebhookRequest>;

    /// A body with several events.
    fn several(&self) -> Option<Bytes>;

    /// A body with something odd in it.
    fn odd(&self, odd: Odd) -> Option<Bytes>;

    /// A body with HTML in it, or what looks like it.
    fn rich(&self) -> Bytes;

    /// A body with a file of no bytes.
    fn with_an_empty_file(&self) -> Option<Bytes>;

    /// A message of somebody who only says who they are.
    fn claimed(&self) -> WebhookRequest;

    /// A message of somebody who is proved.
    fn proved(&self) -> Option<WebhookRequest>;

    /// A message whose proof is wrong.
    fn forged(&self) -> WebhookRequest;

    /// Another connection, and a message there of the one who writes in [`Self::proved`].
    fn elsewhere(&self) -> Option<(Box<dyn MessageChannel>, WebhookRequest)>;

    /// Bodies that machines wrote, and what kind they are.
    fn automatic(&self) -> Vec<(Bytes, Automatic)>;

    /// The raw items of a body: those of a rightly signed request with it, or of a poll that is answered so where nothing
    /// is pushed.
    fn items(&self, body: &Bytes) -> Vec<RawItem> {
        let verified = self.channel().verify(&self.signed(body.clone()));
        verified.unwrap_or_else(|error| panic!("a rightly signed request was refused: {error:?}"))
    }
}

/// A message as the double has taken it.
#[derive(Clone)]
pub struct Taken {
    /// The id under which the platform holds it.
    pub id: String,
    /// The subject.
    pub subject: String,
    /// The text, and perhaps what the adapter adds.
    pub text: String,
    /// The bytes of the files.
    pub files: Vec<Bytes>,
}

/// An adapter whose connection is broken.
pub struct Broken {
    /// In which way.
    pub what: &'static str,
    /// The adapter.
    pub channel: Box<dyn MessageChannel>,
    /// The class of trouble that a check finds.
    pub class: FailureClass,
}

/// How an adapter's test sends to a double of the platform.
#[async_trait]
pub trait SendHarness: Harness {
    /// An answer to a customer that the platform takes.
    fn message(&self) -> Outbound;

    /// Tells the double how to treat the next message; `false` if the platform has no such fault.
    async fn misbehave(&self, fault: Fault) -> bool;

    /// How many messages the double has taken.
    async fn taken(&self) -> usize;

    /// The message that it has taken last.
    async fn last_taken(&self) -> Option<Taken>;

    /// Sends by the adapter.
    async fn send(&self, message: &Outbound) -> Result<Receipt, ChannelFailure> {
        self.channel().send(message).await
    }

    /// Whether the platform asks for a message before it comes, as mail servers do: what breaks before that has brought
    /// nothing.
    fn asks_for_the_message(&self) -> bool {
        false
    }

    /// Whether the platform takes a command once, however often it comes: what may have been taken is sent again then.
    fn takes_once(&self) -> bool {
        false
    }

    /// Somebody writes the words of this message for the account in another client, in the same thread; then so much time
    /// goes by on the platform. Gives the id of what they wrote; `None` where the platform tells a message by more than its
    /// words, or cannot be asked about one.
    async fn written_elsewhere(&self, message: &Outbound, then: Duration) -> Option<String> {
        let _ = (message, then);
        None
    }

    /// A template that the platform has approved, filled; `None` where it has none.
    async fn template(&self) -> Option<FilledTemplate> {
        None
    }

    /// What the platform tells of a message that it holds under this id; `None` if it never tells that.
    fn news(&self, id: &str, state: DeliveryState) -> Option<RawItem>;

    /// Whether the platform tells of a state now and then, and promises it for no message.
    fn tells_now_and_then(&self, state: DeliveryState) -> bool {
        let _ = state;
        false
    }

    /// What the platform shows of the message that was taken last, in each place where it shows it.
    async fn echoes(&self) -> Vec<RawItem>;

    /// The adapter over connections that are broken, each in another way.
    async fn broken(&self) -> Vec<Broken>;
}

/// What the double does that gives out access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Grants access for long.
    Grants,
    /// Grants access that is over at once.
    GrantsBriefly,
    /// Grants access that the platform does not take.
    GrantsInVain,
    /// Grants access together with a new secret to renew it.
    Replaces,
    /// Says that the grant was taken back.
    Refuses,
    /// Says that it is too much, and when to come back.
    Limits(Duration),
    /// Is down.
    Fails,
    /// Answers something senseless.
    Garbles,
    /// Does not answer in time.
    Hangs,
}

/// How an adapter's test shows access that is granted and taken back.
#[async_trait]
pub trait GrantHarness: SendHarness {
    /// Tells the double what to do from now on, and forgets how often it was asked.
    async fn provider(&self, does: Provider);

    /// How often access was renewed since.
    async fn renewals(&self) -> usize;
}

/// How an adapter's test shows files that lie on the platform.
#[async_trait]
pub trait MediaHarness: Harness {
    /// Whether a file can be wrong in this way there.
    fn has(&self, fault: MediaFault) -> bool;

    /// Puts [`MediaFault::FILE`] on the platform, wrong in this way, and gives the message that names it.
    async fn with_a_file(&self, fault: Option<MediaFault>) -> RawItem;

    /// How often an address inside the network was asked.
    async fn asked_inside(&self) -> usize;
}

/// How an adapter's test shows a platform that is polled.
#[async_trait]
pub trait PollHarness: Harness {
    /// Puts one more item on the platform.
    async fn put(&self);

    /// Ends the connection for once after so many steps; `None`: not at all.
    fn cut_after(&self, steps: Option<usize>);

    /// Whether the connection was ended since [`Self::cut_after`].
    fn was_cut(&self) -> bool;

    /// Makes the platform forget its numbers and keep its items; `false` if it never does.
    async fn renumber(&self) -> bool;
}

/// Why the platform lacks a part.
pub(super) fn why(harness: &dyn Harness, part: Part) -> Option<&'static str> {
    harness.lacks().iter().find(|lack| lack.part == part).map(|lack| lack.why)
}

/// What the harness shows of a part. It shows it, or says why there is none: not both, and not neither.
pub(super) fn given<T>(harness: &dyn Harness, part: Part, shown: Option<T>) -> Option<T> {
    match (why(harness, part), &shown) {
        (Some(why), Some(_)) => panic!("{part:?} is said to be missing ({why}), and is there"),
        (None, None) => panic!("{part:?} is neither shown nor said to be missing"),
        (Some(why), None) => assert!(why.contains(' '), "{part:?} is missing for no reason"),
        (None, Some(_)) => {}
    }
    shown
}

/// The platform lacks a part as a whole, and says why.
pub fn has_none(harness: &dyn Harness, part: Part) {
    assert!(why(harness, part).is_some(), "{part:?} is not said to be missing");
    assert!(part != Part::Polling || !harness.channel().polls(), "who polls has a cursor");
}

/// Whether the double is going to do this.
pub(super) async fn faulty(harness: &dyn SendHarness, fault: Fault) -> bool {
    let does = harness.misbehave(fault).await;
    if why(harness, Part::Wire).is_none() {
        given(harness, Part::Fault(fault), does.then_some(()));
    }
    does
}

/// The message of the harness as a command of its own, made as it is sent: no two have the same id.
pub(super) fn numbered(harness: &dyn SendHarness, number: u32) -> Outbound {
    as_of_now(harness.message(), number)
}

/// The message as a command that is made as it is sent.
pub(super) fn as_of_now(message: Outbound, number: u32) -> Outbound {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let made = u64::try_from(message.now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
    let mut random = [0; 10];
    random.iter_mut().zip(count.into_iter().chain(number.to_be_bytes())).for_each(|(byte, given)| *byte = given);
    // The first bytes lose bits to the version and the variant: the count stands behind.
    random.reverse();
    Outbound { command_id: uuid::Builder::from_unix_timestamp_millis(made, &random).into_uuid(), ..message }
}

/// Sends what the platform has to take, and gives what it holds then.
pub(super) async fn sent(harness: &dyn SendHarness, message: &Outbound, what: &str) -> (Receipt, Taken) {
    taken_as(harness, message, 1, what).await
}

/// Sends once more what the platform has: it takes it as a second message, or knows it as the first.
pub(super) async fn sent_again(harness: &dyn SendHarness, message: &Outbound, what: &str) -> (Receipt, Taken) {
    taken_as(harness, message, usize::from(!harness.takes_once()), what).await
}

async fn taken_as(harness: &dyn SendHarness, message: &Outbound, more: usize, what: &str) -> (Receipt, Taken) {
    let before = harness.taken().await;
    let outcome = harness.send(message).await;
    seen(&(message, &outcome));
    let receipt = outcome.unwrap_or_else(|failure| panic!("{what} was not sent: {failure:?}"));
    assert_eq!(harness.taken().await, before + more, "{what} is there once");
    let taken = harness.last_taken().await.unwrap_or_else(|| panic!("{what} is nowhere"));
    assert!(
        taken.id == receipt.external_id || receipt.also_known_as.contains(&taken.id),
        "the receipt names what the platform holds"
    );
    (receipt, taken)
}

/// What must be refused is refused, and nothing is sent.
pub(super) async fn refused(harness: &dyn SendHarness, message: &Outbound, class: FailureClass, what: &str) {
    let before = harness.taken().await;
    let outcome = harness.send(message).await;
    seen(&(message, &outcome));
    let right = matches!(&outcome, Err(ChannelFailure::Refused { class: found, .. }) if *found == class);
    assert!(right, "{what} must be refused for its {class:?}, but gave {outcome:?}");
    assert_eq!(harness.taken().await, before, "what is refused is not sent");
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use time::OffsetDateTime;

    use super::*;
    use crate::outbound::Author;

    fn message(now: OffsetDateTime) -> Outbound {
        Outbound { last_inbound_at: Some(OffsetDateTime::UNIX_EPOCH), now, author: Author::Agent, ..Outbound::empty() }
    }

    #[test]
    fn commands_tell_when_they_were_made_and_are_different() {
        let now = OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let made: Vec<Outbound> = (0..600).map(|number| as_of_now(message(now), number % 2)).collect();
        assert!(made.iter().all(|message| message.made_at() == now), "no reconciler has to guess");
        let ids: HashSet<uuid::Uuid> = made.iter().map(|message| message.command_id).collect();
        assert_eq!(ids.len(), 600);
    }
}
