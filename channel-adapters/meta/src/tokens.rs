//! The access to an account: one by Facebook stays as it is until it ends or is taken back, one by Instagram lasts sixty days
//! and is renewed with itself, once for all who wait for it.

use std::sync::{Mutex, PoisonError};

use channel_contract::failure::ChannelFailure;
use channel_contract::http::{Answer, Effect, Granted, Outside, below};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::failure;
use crate::settings::{Login, MetaSettings, Secret, ends};

/// How long before its end an access is renewed.
const EARLY: Duration = Duration::days(10);
/// An access younger than this cannot be renewed.
const YOUNG: Duration = Duration::days(1);
/// How long a renewal in trouble rests while the access still holds.
const REST: Duration = Duration::hours(1);

/// Who asks for access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A message, which goes with whatever still holds.
    Message,
    /// A look at the connection: trouble with the renewal is trouble.
    Check,
}

/// The accesses of one account.
#[derive(Default)]
pub(crate) struct Tokens {
    kept: tokio::sync::Mutex<Kept>,
    renewed: Mutex<Option<Access>>,
}

#[derive(Default)]
struct Kept {
    /// The newest, where it is not that of the settings.
    access: Option<Access>,
    /// When renewing was last tried in vain.
    tried_at: Option<OffsetDateTime>,
}

#[derive(Clone)]
struct Access {
    token: Secret,
    granted_at: i64,
    ends_at: i64,
}

impl Access {
    fn of(settings: &MetaSettings) -> Self {
        Self {
            token: settings.access_token.clone(),
            granted_at: settings.token_granted_at,
            ends_at: settings.token_ends_at,
        }
    }

    fn is_over(&self, now: OffsetDateTime) -> bool {
        ends(self.granted_at, self.ends_at, Login::Instagram).is_some_and(|end| end <= now)
    }

    /// Whether it should be renewed now.
    fn is_due(&self, now: OffsetDateTime) -> bool {
        let Some(end) = ends(self.granted_at, self.ends_at, Login::Instagram) else { return false };
        let is_young = now.unix_timestamp().saturating_sub(self.granted_at) < YOUNG.whole_seconds();
        end <= now || (end - now < EARLY && !is_young)
    }
}

impl Tokens {
    /// An access that can be used now. Who comes while it is renewed waits for the same one.
    pub(crate) async fn access(
        &self,
        outside: &Outside,
        settings: &MetaSettings,
        purpose: Purpose,
    ) -> Result<Secret, ChannelFailure> {
        let now = outside.now();
        let mut kept = self.kept.lock().await;
        let access = kept.access.clone().unwrap_or_else(|| Access::of(settings));
        if access.token.is_empty() {
            return Err(failure::lost_access(settings.network.name()));
        }
        if settings.login() == Login::Facebook || !access.is_due(now) {
            return Ok(access.token);
        }
        let may_wait = purpose == Purpose::Message && !access.is_over(now);
        if may_wait && kept.tried_at.is_some_and(|tried| now - tried < REST) {
            return Ok(access.token);
        }
        match renew(outside, settings, &access.token).await {
            Ok(renewed) => {
                let token = renewed.token.clone();
                *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(renewed.clone());
                *kept = Kept { access: Some(renewed), tried_at: None };
                Ok(token)
            }
            Err(trouble) => {
                kept.tried_at = Some(now);
                let is_dead = matches!(trouble, ChannelFailure::Reconnect { .. });
                if may_wait && !is_dead { Ok(access.token) } else { Err(trouble) }
            }
        }
    }

    /// Forgets a renewed access that was refused: the one before may still hold.
    pub(crate) async fn forget(&self, refused: &Secret) {
        let is_it = |access: &Access| access.token == *refused;
        let mut kept = self.kept.lock().await;
        if kept.access.as_ref().is_some_and(is_it) {
            kept.access = None;
            self.renewed.lock().unwrap_or_else(PoisonError::into_inner).take_if(|access| is_it(access));
        }
    }

    /// Notes when the access ends that is not renewed, 0 for never.
    pub(crate) async fn note_end(&self, settings: &MetaSettings, ends_at: i64) {
        let mut kept = self.kept.lock().await;
        let access = kept.access.clone().unwrap_or_else(|| Access::of(settings));
        if access.ends_at != ends_at {
            let told = Access { ends_at, ..access };
            *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(told.clone());
            kept.access = Some(told);
        }
    }

    /// When the newest access ends, as far as that is known.
    pub(crate) fn ends(&self, settings: &MetaSettings) -> Option<OffsetDateTime> {
        // While it is renewed, the one before tells enough.
        let newest = self.kept.try_lock().ok().and_then(|kept| kept.access.clone());
        let access = newest.unwrap_or_else(|| Access::of(settings));
        ends(access.granted_at, access.ends_at, settings.login())
    }

    /// The newest access in the shape of the settings, once.
    pub(crate) fn take_renewed(&self) -> Option<Value> {
        let access = self.renewed.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(json!({
            "access_token": access.token,
            "token_granted_at": access.granted_at,
            "token_ends_at": access.ends_at,
        }))
    }
}

async fn renew(outside: &Outside, settings: &MetaSettings, token: &Secret) -> Result<Access, ChannelFailure> {
    let mut url = below(settings.api_url(), &["refresh_access_token"])?;
    url.query_pairs_mut().append_pair("grant_type", "ig_refresh_token").append_pair("access_token", token.reveal());
    let answer = outside.call(outside.client.get(url), Effect::Reads, settings.network.name()).await?;
    if !answer.is_success() {
        return Err(failure::of(&answer, Effect::Reads, settings));
    }
    granted(&answer, settings, outside.now())
}

fn granted(answer: &Answer, settings: &MetaSettings, now: OffsetDateTime) -> Result<Access, ChannelFailure> {
    let name = settings.network.name();
    let granted: Granted = answer.json(name)?;
    if granted.access_token.is_empty() {
        return Err(ChannelFailure::unreadable(name));
    }
    let granted_at = now.unix_timestamp();
    let lasts = |seconds: u64| granted_at.saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
    Ok(Access { token: granted.access_token, granted_at, ends_at: granted.expires_in.map_or(0, lasts) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(granted_days: i64, ends_days: i64) -> Access {
        let seconds = |days: i64| Duration::days(days).whole_seconds();
        Access { token: Secret::new("t"), granted_at: seconds(granted_days), ends_at: seconds(ends_days) }
    }

    fn day(number: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::days(number)
    }

    #[test]
    fn an_access_is_renewed_in_its_last_ten_days_and_not_on_its_first() {
        for (granted, ends, now, is_due) in [
            (100, 160, 149, false),
            (100, 160, 151, true),
            (100, 160, 161, true),
            (100, 105, 100, false),
            (100, 105, 102, true),
            (100, 100, 100, true),
        ] {
            assert_eq!(access(granted, ends).is_due(day(now)), is_due, "{granted} {ends} {now}");
        }
        assert!(!Access { granted_at: 0, ends_at: 0, ..access(0, 0) }.is_due(day(9_000)), "an unknown end is no end");
    }
}
