//! Whether accounts whose platforms push are still let in and still pushed here, looked at without anybody who asks: what goes
//! somewhere else instead shows nowhere.

use channel_contract::failure::{ChannelFailure, FailureClass};

use super::account::{keeps_from_work, note_state};
use super::connecting::sentence;
use super::connections::Connection;
use super::{Inbox, missed};
use crate::channels::guide_of;
use crate::clock::Clock;
use crate::model::channel::ChannelState;
use crate::model::job::JobKind;
use crate::model::{ChannelId, Ts};
use crate::store::jobs::NewJob;
use crate::store::{self, account_troubles, channels};

/// So many looks in a row that find nobody are shown: a moment of trouble passes.
const SHOWN: i64 = 4;

/// Whether a channel is looked at: its platform pushes, and nothing else asks there by itself.
pub fn is_looked_at(connection: &Connection) -> bool {
    !connection.adapter.polls() && guide_of(&connection.channel).is_some_and(|guide| guide.webhook.is_some())
}

/// The look at a channel, not before `run_at`; one that waits already comes then.
pub fn look_job(clock: &Clock, channel: ChannelId, run_at: Ts) -> NewJob {
    NewJob {
        dedup_key: Some(channel.to_string()),
        run_at,
        ..NewJob::about(clock.new_id(), JobKind::CheckChannel, "channel", &channel, clock.now())
    }
}

/// Looks once, for the `attempts`th time since the platform answered last, and shows what is wrong, or no longer; gives the
/// outcome. Access that is due is renewed on the way.
pub async fn look(inbox: &Inbox, connection: &Connection, attempts: i64) -> store::Result<Result<(), ChannelFailure>> {
    let id = connection.channel.id;
    let outcome = connection.adapter.check().await;
    inbox.connections.keep_renewed(connection).await;
    if inbox.connections.still(connection).await.is_some() {
        missed::note(inbox, connection, &outcome).await?;
        show(inbox, id, (&outcome, attempts)).await?;
    }
    Ok(outcome)
}

/// Shows what a look found. What the platform itself says of the account stands until it says otherwise, or a person looks.
async fn show(inbox: &Inbox, id: ChannelId, found: (&Result<(), ChannelFailure>, i64)) -> store::Result<()> {
    let mut tx = inbox.db.begin().await?;
    let channel = channels::lock(&mut tx, id).await?;
    if account_troubles::list(&mut tx, id).await?.iter().any(keeps_from_work) {
        return Ok(());
    }
    let Some((state, reason)) = shown(channel.state, found) else { return Ok(()) };
    if channels::set_state(&mut tx, id, state, &reason).await? {
        note_state(&inbox.clock, &mut tx, &channel, (state, "system")).await?;
    }
    tx.commit().await?;
    inbox.connections.forget(id);
    inbox.wake.event();
    Ok(())
}

/// How a channel stands after a look; `None` where it stays as it is.
fn shown(
    before: ChannelState,
    (outcome, attempts): (&Result<(), ChannelFailure>, i64),
) -> Option<(ChannelState, String)> {
    match outcome {
        Ok(()) => (before == ChannelState::NeedsAttention).then(|| (ChannelState::Connected, String::new())),
        Err(failure @ (ChannelFailure::Refused { .. } | ChannelFailure::Reconnect { .. })) => {
            Some((ChannelState::NeedsAttention, sentence(&failure.to_string())))
        }
        // What is shown already is graver. Whoever takes no more calls for now is there.
        Err(failure) => {
            let lasts = attempts >= SHOWN && failure.class() != FailureClass::Rate;
            (lasts && before == ChannelState::Connected).then(|| {
                let words = sentence(&failure.to_string());
                (ChannelState::NeedsAttention, format!("{words} It is asked again by itself."))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use ChannelState::{Connected, NeedsAttention, SendingFails};

    use super::*;

    #[test]
    fn trouble_that_may_pass_is_shown_once_it_lasts_and_hides_nothing() {
        let passing = |class| Err(ChannelFailure::Retry { class, after: None, reason: "No answer".to_owned() });
        let state = |before, outcome: &Result<(), ChannelFailure>, attempts| {
            shown(before, (outcome, attempts)).map(|(state, _)| state)
        };
        let silent = passing(FailureClass::Silent);
        assert_eq!(state(Connected, &silent, SHOWN - 1), None, "a moment is none");
        let words = "No answer. It is asked again by itself.".to_owned();
        assert_eq!(shown(Connected, (&silent, SHOWN)), Some((NeedsAttention, words)));
        assert_eq!(state(NeedsAttention, &silent, 9), None);
        assert_eq!(state(SendingFails, &silent, 9), None);
        assert_eq!(state(Connected, &passing(FailureClass::Rate), 9), None, "it is there");

        let elsewhere = Err(ChannelFailure::refused(FailureClass::Permission, "It is pushed elsewhere"));
        for before in [Connected, NeedsAttention, SendingFails] {
            assert_eq!(state(before, &elsewhere, 1), Some(NeedsAttention));
        }
        assert_eq!(state(NeedsAttention, &Ok(()), 1), Some(Connected));
        assert_eq!(state(SendingFails, &Ok(()), 1), None, "only what leaves ends that");
    }
}
