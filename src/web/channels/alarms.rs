//! What is heard of on every page: that the agent is stopped, by everybody; and by an admin before something is lost, channels
//! that do not work, and access that ends soon.

use std::time::Duration;

use channel_contract::channel::{Health as Outlook, Quota};

use super::kept;
use crate::model::channel::{Channel, ChannelState};
use crate::model::{ChannelId, Ts};
use crate::store::turned_away::TurnedAway;
use crate::web::format::{Reader, counted};
use crate::web::parts::Notice;

/// How many alarms stand on a page.
const ALARMS: usize = 3;
/// How long before its end an admin hears of access that ends, and how long before it is urgent.
const SOON: Duration = Duration::from_hours(7 * 24);
const URGENT: Duration = Duration::from_hours(3 * 24);

/// From how much of a quota on, in percent, an admin hears of it.
const NEARLY_ALL: u64 = 90;

/// What stops the agent, and the alarms of channels, in the order in which they are shown.
#[derive(Clone, Debug, Default)]
pub struct AlarmList {
    stopped: Option<Notice>,
    channels: Vec<(ChannelId, Notice)>,
}

impl AlarmList {
    /// Of these channels; `outlooks` tell how those that work will stand, `turned_away` what did not come in.
    pub fn new(
        reader: Reader,
        channels: &[Channel],
        outlooks: &[(ChannelId, Outlook)],
        turned_away: &[TurnedAway],
    ) -> Self {
        let mut all: Vec<(ChannelId, Notice)> =
            channels.iter().filter_map(|channel| Some((channel.id, trouble(reader, channel)?))).collect();
        for (id, outlook) in outlooks {
            let channel = channels.iter().find(|row| row.id == *id && row.state == ChannelState::Connected);
            let Some(channel) = channel else { continue };
            if let Some(at) = outlook.token_ends_at {
                all.extend(ends_soon(reader, channel, Ts::from_datetime(at)).map(|notice| (*id, notice)));
            }
            let used_up = outlook.quota.iter().find_map(|quota| nearly_used_up(&channel.name, quota));
            all.extend(used_up.map(|notice| (*id, notice.with_link("Look at the channel", format!("/channels/{id}")))));
        }
        for away in turned_away.iter().filter(|away| away.is_all) {
            let is_deaf = |row: &&Channel| row.id == away.channel_id && row.state != ChannelState::NeedsAttention;
            all.extend(channels.iter().find(is_deaf).map(|channel| (channel.id, nothing_comes_in(channel))));
        }
        Self { stopped: None, channels: all }
    }

    /// With what stops the agent before them.
    #[must_use]
    pub fn behind(self, stopped: Option<Notice>) -> Self {
        Self { stopped, ..self }
    }

    /// A conversation of this channel is open: its alarm comes before the others.
    pub fn put_first(&mut self, channel: ChannelId) {
        self.channels.sort_by_key(|(id, _)| *id != channel);
    }

    /// The first ones, and how many there are besides.
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices: Vec<Notice> = self.all().take(ALARMS + usize::from(self.stopped.is_some())).cloned().collect();
        let more = self.channels.len().saturating_sub(ALARMS);
        if more > 0 {
            let head = format!("{} more need you.", counted(more, "channel", "channels"));
            notices.push(Notice::warn(head, "").with_link("Look at all channels", "/channels"));
        }
        notices
    }

    /// Where there are several, the first one and how many follow: all that a narrow screen shows unasked.
    pub fn folded(&self) -> Option<(&Notice, usize)> {
        let mut all = self.all();
        let first = all.next()?;
        let others = all.count();
        (others > 0).then_some((first, others))
    }

    fn all(&self) -> impl Iterator<Item = &Notice> {
        self.stopped.iter().chain(self.channels.iter().map(|(_, notice)| notice))
    }
}

fn trouble(reader: Reader, channel: &Channel) -> Option<Notice> {
    let head = match channel.state {
        ChannelState::NeedsAttention => format!("“{}” needs you.", channel.name),
        ChannelState::SendingFails => format!("Replies do not leave through “{}”.", channel.name),
        ChannelState::Connected | ChannelState::Paused => return None,
    };
    let words = format!("{} {}", reader.moments(&channel.state_reason), meanwhile(channel));
    Some(Notice::bad(head, words.trim()).with_link(connect_again(channel), format!("/channels/{}", channel.id)))
}

/// What becomes of messages while a channel has trouble; `""` where its trouble says so itself.
fn meanwhile(channel: &Channel) -> &'static str {
    match channel.state {
        _ if channel.state_reason.contains("nothing is lost") => "",
        ChannelState::SendingFails => "Nothing is lost: replies wait.",
        ChannelState::NeedsAttention | ChannelState::Connected | ChannelState::Paused => {
            kept(channel, &channel.state_reason)
        }
    }
}

fn ends_soon(reader: Reader, channel: &Channel, at: Ts) -> Option<Notice> {
    let left = at.since(reader.now);
    let (head, words) = match left {
        _ if at <= reader.now => {
            let head = format!("The access to “{}” has ended.", channel.name);
            (head, "Connect it again: until then replies wait, and nothing is lost.")
        }
        left if left <= SOON => {
            let head = format!("The access to “{}” ends {}.", channel.name, reader.ahead(at));
            (head, "Connect it again before: then no message has to wait.")
        }
        _ => return None,
    };
    let notice = if left <= URGENT { Notice::bad(head, words) } else { Notice::warn(head, words) };
    Some(notice.with_link(connect_again(channel), format!("/channels/{}", channel.id)))
}

fn nearly_used_up(name: &str, quota: &Quota) -> Option<Notice> {
    if quota.of == 0 || quota.used.saturating_mul(100) < quota.of.saturating_mul(NEARLY_ALL) {
        return None;
    }
    let words = format!(
        "{}: {} of {}. Beyond that the platform takes no more until it counts anew. Have it allow more, or answer on another \
         channel where you can.",
        quota.name, quota.used, quota.of
    );
    Some(Notice::warn(format!("“{name}” has nearly used up what its platform allows."), words))
}

fn nothing_comes_in(channel: &Channel) -> Notice {
    let head = format!("What customers write does not come in through “{}”.", channel.name);
    let words = "Every delivery was turned away since the secret that is set here counts alone: none is signed with it. Enter \
                 the one that the platform shows.";
    Notice::bad(head, words).with_link(connect_again(channel), format!("/channels/{}", channel.id))
}

fn connect_again(channel: &Channel) -> String {
    format!("Connect “{}” again", channel.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_near_its_end_is_an_alarm() {
        let quota = |used, of| Quota { name: "Messages this month", used, of };
        for (used, of, tells) in [(449, 500, false), (450, 500, true), (600, 500, true), (0, 0, false)] {
            assert_eq!(nearly_used_up("LINE", &quota(used, of)).is_some(), tells, "{used} of {of}");
        }
    }
}
