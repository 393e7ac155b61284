//! What is told of messages that were sent: the news of a whole batch in a few statements. Late and doubled news change
//! nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use channel_contract::outbound::{DeliveryState, piece};
use serde_json::json;

use super::attempts::{is_of_earlier, is_on_its_way_anew};
use super::notify::tell_unsent;
use super::outgoing::platform_job;
use super::pieces::with_parts;
use super::place::News;
use super::taken_back::unsent;
use super::{event_about, event_of};
use crate::clock::Clock;
use crate::model::event::EventKind;
use crate::model::job::JobKind;
use crate::model::message::{Delivery, after_news, delivery_facts, further, has_arrived, worst_of};
use crate::model::{ConversationId, MessageId, Ts};
use crate::store::fates::{self, Fate, NewFate, Part, Reach, Reached};
use crate::store::intake::{self, NewEvent, NewKey};
use crate::store::jobs::{self, NewJob};
use crate::store::{self, Tx, conversations, messages};

/// Applies the news of a batch. The conversations of the messages that it names are locked.
pub(super) async fn apply(
    tx: &mut Tx,
    clock: &Clock,
    statuses: &[(MessageId, ConversationId, News)],
    reached: &[Reach],
) -> store::Result<()> {
    if statuses.is_empty() && reached.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<MessageId> = statuses.iter().map(|(message, _, _)| *message).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut told = Told::of(fates::lock(tx, &ids).await?, fates::list_parts(tx, &ids).await?);
    for (message, conversation, news) in statuses {
        told.hear(*message, *conversation, news);
    }
    let mut reached = reached.to_vec();
    for state in [DeliveryState::Delivered, DeliveryState::Read] {
        let told_of_more = statuses.iter().filter(|(_, _, news)| news.and_before && news.state == state);
        let places: Vec<MessageId> = told_of_more.map(|(message, _, _)| *message).collect();
        reached.extend(fates::list_before(tx, &places, Delivery::from(state)).await?);
    }
    fates::keep_reaches(tx, &reached).await?;
    for Reached { fate, state } in fates::lock_reached(tx, &reached).await? {
        told.reach(fate, state);
    }
    // Who has got to a moment has got to what turns out only now to have left before it.
    let settled: Vec<MessageId> = told.changed.keys().copied().collect();
    for passed in fates::list_passed(tx, &settled).await? {
        told.pass(passed.id, passed.state);
    }
    told.write(tx, clock).await?;
    // What did not arrive brings its conversation back to a person; that is rare.
    for (message, conversation, reason) in &told.failed {
        did_not_arrive(tx, clock, (*message, *conversation), reason).await?;
    }
    Ok(())
}

/// Where a message of so many calls is that the platform has just taken, by what was told of it while it was on its way.
pub(super) async fn caught_up(tx: &mut Tx, message: MessageId, parts: i64) -> store::Result<Delivery> {
    let known = fates::list_parts(tx, &[message]).await?;
    let begun = worst(&known, parts).unwrap_or(Delivery::Sent);
    let passed = fates::list_passed(tx, &[message]).await?;
    Ok(passed.iter().fold(begun, |state, one| further(state, one.state)))
}

/// Where the worst of all parts is, as far as all are known.
fn worst(known: &[Part], parts: i64) -> Option<Delivery> {
    let states: Vec<Delivery> = known.iter().filter(|part| part.number < parts).map(|part| part.state).collect();
    let is_whole = parts > 1 && i64::try_from(states.len()).is_ok_and(|count| count == parts);
    is_whole.then(|| worst_of(&states))
}

/// A message did not arrive, unless it is known to have: its conversation goes back to a person.
pub async fn did_not_arrive(
    tx: &mut Tx,
    clock: &Clock,
    (message, conversation): (MessageId, ConversationId),
    reason: &str,
) -> store::Result<()> {
    let mut talk = conversations::lock(tx, conversation).await?;
    let mut row = messages::lock(tx, message).await?;
    let Some(before) = row.delivery else { return Ok(()) };
    if after_news(before, DeliveryState::Failed, (row.parts_sent, row.parts)) != Some(Delivery::Failed) {
        return Ok(());
    }
    row.parts_sent = messages::note_failed_part(tx, message).await?;
    messages::set_delivery(tx, message, Delivery::Failed, &with_parts(&row, reason)).await?;
    unsent(tx, &mut talk, message, clock.now()).await?;
    talk.unread = true;
    conversations::update(tx, &talk).await?;
    tell_unsent(clock, tx, &talk, &row).await?;
    let data = json!({ "message": message.to_string(), "delivery": Delivery::Failed.as_str() });
    let event = event_about(clock, &talk, EventKind::DeliveryChanged, "system", data);
    intake::insert_events(tx, &[event]).await
}

/// What the news of a batch comes to.
#[derive(Default)]
struct Told {
    fates: HashMap<MessageId, Fate>,
    parts: HashMap<MessageId, Vec<Part>>,
    changed: BTreeMap<MessageId, NewFate>,
    /// Those of them that were not known to have left.
    left: BTreeSet<MessageId>,
    /// Parts of which there is news, by message and number.
    moved: BTreeSet<(MessageId, i64)>,
    keys: Vec<NewKey>,
    failed: Vec<(MessageId, ConversationId, String)>,
    /// Messages that waited for a person because nobody could tell whether a part of them had arrived: it has.
    woken: BTreeMap<MessageId, ConversationId>,
    /// Messages of which that is found out later: it is known by now.
    hurried: BTreeSet<MessageId>,
}

impl Told {
    fn of(fates: Vec<Fate>, parts: Vec<Part>) -> Self {
        let mut told = Self { fates: fates.into_iter().map(|fate| (fate.id, fate)).collect(), ..Self::default() };
        for part in parts {
            told.parts.entry(part.message_id).or_default().push(part);
        }
        told
    }

    /// News that names a message.
    fn hear(&mut self, message: MessageId, conversation: ConversationId, news: &News) {
        let Some(fate) = self.fates.get(&message) else { return };
        let Some(before) = fate.delivery else { return };
        let key = |id: &String| NewKey {
            channel_id: fate.channel_id,
            key: id.clone(),
            message_id: message,
            conversation_id: fate.conversation_id,
        };
        self.keys.extend(news.ids.iter().map(key));
        if is_of_earlier(fate, news) {
            return;
        }
        let so_far = (fate.parts_sent, fate.parts);
        let after = match self.hear_part(message, news) {
            None => after_news(before, news.state, so_far),
            Some(part) => self.after_part(message, &part),
        };
        let Some(after) = after.filter(|after| *after != before) else { return };
        let external_id = news.ids.first().cloned().unwrap_or_default();
        if let Some(fate) = self.fates.get_mut(&message) {
            fate.delivery = Some(after);
            if !external_id.is_empty() && (fate.external_id.is_empty() || is_on_its_way_anew(fate, before)) {
                fate.external_id.clone_from(&external_id);
            }
        }
        if after == Delivery::Failed {
            self.failed.push((message, conversation, news.reason.clone()));
            return;
        }
        if has_arrived(after) && !has_arrived(before) {
            self.left.insert(message);
        }
        let new = NewFate { id: message, delivery: after, reason: news.reason.clone(), external_id, sent_at: news.at };
        self.changed.insert(message, new);
    }

    /// The part of a message of several that the news names, as it is by now; nothing where it names none.
    fn hear_part(&mut self, message: MessageId, news: &News) -> Option<Part> {
        let all = self.parts.get_mut(&message)?;
        let part = all.iter_mut().find(|part| is_named(part, news))?;
        let after = further(part.state, Delivery::from(news.state));
        let id = news.ids.first().filter(|_| part.external_id.is_empty());
        if after != part.state || id.is_some() {
            part.state = after;
            part.external_id = id.cloned().unwrap_or_else(|| part.external_id.clone());
            self.moved.insert((message, part.number));
        }
        let heard = part.clone();
        let is_before = |one: &&mut Part| news.and_before && one.number < heard.number && has_arrived(one.state);
        for earlier in all.iter_mut().filter(is_before) {
            earlier.state = further(earlier.state, heard.state);
            self.moved.insert((message, earlier.number));
        }
        Some(heard)
    }

    /// Where a message is with this part where it is. One that waits because nobody could tell whether the part had arrived
    /// goes on, once it has.
    fn after_part(&mut self, message: MessageId, part: &Part) -> Option<Delivery> {
        let fate = self.fates.get(&message)?;
        let before = fate.delivery?;
        if part.state == Delivery::Failed {
            return after_news(before, DeliveryState::Failed, (fate.parts_sent, fate.parts));
        }
        if fate.parts_sent < fate.parts {
            let is_doubted = part.number == fate.parts_sent && has_arrived(part.state);
            match before {
                Delivery::Held if is_doubted => {
                    self.woken.insert(message, fate.conversation_id);
                    return Some(Delivery::Unknown);
                }
                Delivery::Unknown if is_doubted => {
                    self.hurried.insert(message);
                }
                _ => {}
            }
            return None;
        }
        if matches!(before, Delivery::Failed | Delivery::Cancelled) {
            return None;
        }
        let known = self.parts.get(&message).map(Vec::as_slice).unwrap_or_default();
        Some(further(before, worst(known, fate.parts).unwrap_or(part.state)))
    }

    /// News that names a moment: whoever it is about has got to this message, as it was.
    fn reach(&mut self, fate: Fate, state: Delivery) {
        let message = fate.id;
        self.fates.entry(message).or_insert(fate);
        self.pass(message, state);
    }

    /// Whoever a message went to has got to it, if the platform has it.
    fn pass(&mut self, message: MessageId, state: Delivery) {
        let Some(known) = self.fates.get_mut(&message) else { return };
        let Some(before) = known.delivery.filter(|delivery| has_arrived(*delivery)) else { return };
        let after = further(before, state);
        if after == before {
            return;
        }
        known.delivery = Some(after);
        let kept = self.changed.remove(&message);
        let (external_id, sent_at) = kept.map_or_else(|| (String::new(), Ts(0)), |new| (new.external_id, new.sent_at));
        let new = NewFate { id: message, delivery: after, reason: String::new(), external_id, sent_at };
        self.changed.insert(message, new);
    }

    /// Writes it, but for what did not arrive.
    async fn write(&self, tx: &mut Tx, clock: &Clock) -> store::Result<()> {
        let changed: Vec<NewFate> = self.changed.values().cloned().collect();
        fates::set(tx, &changed).await?;
        let is_moved = |part: &&Part| self.moved.contains(&(part.message_id, part.number));
        let moved: Vec<Part> = self.parts.values().flatten().filter(is_moved).cloned().collect();
        fates::set_parts(tx, &moved).await?;
        intake::insert_keys(tx, &self.keys).await?;
        intake::insert_events(tx, &self.events(clock)).await?;
        let now = clock.now();
        let work: Vec<NewJob> =
            self.woken.iter().map(|(message, place)| platform_job(clock, *place, *message, now)).collect();
        jobs::enqueue(tx, &work).await?;
        let keys: Vec<String> = self.hurried.iter().map(ToString::to_string).collect();
        jobs::hurry(tx, JobKind::Deliver, &keys, now).await
    }

    fn events(&self, clock: &Clock) -> Vec<NewEvent> {
        let event = |new: &NewFate| {
            let fate = self.fates.get(&new.id)?;
            let data = delivery_facts(new.id, new.delivery, self.left.contains(&new.id));
            let place = (fate.brand_id, fate.conversation_id);
            Some(event_of(clock, place, EventKind::DeliveryChanged, "system", data))
        };
        self.changed.values().filter_map(event).collect()
    }
}

/// Whether news is about this part: it names the command of its call, or the platform's id of it.
fn is_named(part: &Part, news: &News) -> bool {
    let command = u32::try_from(part.number).map(|number| piece(part.message_id.0, number).to_string());
    let is_it = |id: &String| *id == part.external_id || command.as_ref().is_ok_and(|command| command == id);
    news.named.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id<T: From<Uuid>>(number: u128) -> T {
        T::from(Uuid::from_u128(number))
    }

    fn fate(delivery: Delivery) -> Fate {
        Fate {
            id: id(1),
            conversation_id: id(2),
            brand_id: id(3),
            channel_id: id(4),
            delivery: Some(delivery),
            external_id: String::new(),
            parts: 1,
            parts_sent: 0,
            anew_at: None,
            vanished: 0,
        }
    }

    fn news(state: DeliveryState) -> News {
        News { state, reason: format!("{state:?}"), ids: Vec::new(), named: Vec::new(), and_before: false, at: Ts(7) }
    }

    /// Where a message is after all of these.
    fn end(before: Delivery, heard: &[DeliveryState]) -> (Option<Delivery>, usize) {
        let mut told = Told::of(vec![fate(before)], Vec::new());
        for state in heard {
            told.hear(id(1), id(2), &news(*state));
        }
        (told.changed.get(&id(1)).map(|new| new.delivery), told.failed.len())
    }

    #[test]
    fn late_and_doubled_news_change_nothing_back() {
        use DeliveryState::{Delivered, Failed, Read, Sent};
        for (before, heard, expected) in [
            (Delivery::Unknown, &[Sent][..], (Some(Delivery::Sent), 0)),
            (Delivery::Sending, &[Delivered, Sent][..], (Some(Delivery::Delivered), 0)),
            (Delivery::Sent, &[Read, Delivered, Sent, Read][..], (Some(Delivery::Read), 0)),
            (Delivery::Read, &[Delivered, Failed][..], (None, 0)),
            (Delivery::Sent, &[Failed, Failed][..], (None, 1)),
            (Delivery::Sent, &[Failed, Delivered][..], (Some(Delivery::Delivered), 1)),
        ] {
            assert_eq!(end(before, heard), expected, "{before} {heard:?}");
        }
    }

    #[test]
    fn the_first_word_of_a_message_having_left_is_known_for_that() {
        use DeliveryState::{Delivered, Failed, Read, Sent};
        for (before, heard, is_first) in [
            (Delivery::Sending, &[Delivered][..], true),
            (Delivery::Unknown, &[Sent, Read][..], true),
            (Delivery::Sent, &[Delivered][..], false),
            (Delivery::Sending, &[Failed][..], false),
        ] {
            let mut told = Told::of(vec![fate(before)], Vec::new());
            for state in heard {
                told.hear(id(1), id(2), &news(*state));
            }
            assert_eq!(told.left.contains(&id(1)), is_first, "{before} {heard:?}");
        }
    }

    #[test]
    fn ids_that_news_brings_are_kept() {
        let mut told = Told::of(vec![fate(Delivery::Unknown)], Vec::new());
        told.hear(id(1), id(2), &News { ids: vec!["wamid.1".to_owned()], ..news(DeliveryState::Sent) });
        told.reach(fate(Delivery::Sent), Delivery::Read);
        assert_eq!(told.keys.len(), 1);
        let new = told.changed.get(&id(1)).unwrap();
        assert_eq!((new.delivery, new.external_id.as_str(), new.sent_at), (Delivery::Read, "wamid.1", Ts(7)));
    }

    #[test]
    fn of_what_was_taken_in_nothing_is_told() {
        let mut told = Told::of(vec![Fate { delivery: None, ..fate(Delivery::Sent) }], Vec::new());
        told.hear(id(1), id(2), &news(DeliveryState::Read));
        told.hear(id(9), id(2), &news(DeliveryState::Read));
        assert!(told.changed.is_empty() && told.failed.is_empty());
    }
    /// A message of two parts, of which so many are through, and the platform's ids of those are known.
    fn parted(delivery: Delivery, parts_sent: i64, states: &[Delivery]) -> Told {
        let parts = states.iter().zip(0..).map(|(state, number)| Part {
            message_id: id(1),
            number,
            external_id: if number < parts_sent { format!("wamid.{number}") } else { String::new() },
            state: *state,
        });
        Told::of(vec![Fate { parts: 2, parts_sent, ..fate(delivery) }], parts.collect())
    }

    fn of_part(number: u32, state: DeliveryState) -> News {
        News { named: vec![piece(Uuid::from_u128(1), number).to_string()], ..news(state) }
    }

    #[test]
    fn a_reply_goes_on_once_the_part_that_nobody_could_tell_of_has_arrived() {
        use DeliveryState::{Delivered, Failed, Sent};
        let mut told = parted(Delivery::Held, 0, &[Delivery::Sending]);
        told.hear(id(1), id(2), &News { ids: vec!["wamid.7".to_owned()], ..of_part(0, Sent) });
        assert_eq!(told.changed.get(&id(1)).map(|new| new.delivery), Some(Delivery::Unknown));
        assert_eq!(told.woken.len(), 1);
        let part = &told.parts[&id(1)][0];
        assert_eq!((part.state, part.external_id.as_str()), (Delivery::Sent, "wamid.7"));

        let mut told = parted(Delivery::Unknown, 1, &[Delivery::Sent, Delivery::Sending]);
        told.hear(id(1), id(2), &of_part(0, Delivered));
        assert!(told.hurried.is_empty(), "of the first part there was no doubt");
        told.hear(id(1), id(2), &of_part(1, Sent));
        assert!(told.hurried.len() == 1 && told.changed.is_empty() && told.moved.len() == 2);

        let mut told = parted(Delivery::Held, 0, &[Delivery::Sending]);
        told.hear(id(1), id(2), &of_part(0, Failed));
        assert!(told.woken.is_empty() && told.failed.len() == 1);
    }

    #[test]
    fn what_is_told_of_an_attempt_says_nothing_of_the_one_that_a_person_began_since() {
        use DeliveryState::{Delivered, Failed, Sent};
        let again = Ts(60_000_000);
        let told_at = |state, at| News { at, ..of_part(0, state) };
        let hear = |news: &News| {
            let mut told = Told::of(vec![Fate { anew_at: Some(again), ..fate(Delivery::Queued) }], Vec::new());
            told.hear(id(1), id(2), news);
            (told.changed.get(&id(1)).map(|new| new.delivery), told.failed.len())
        };
        let (before, same_second) = (Ts(58_000_000), Ts(59_500_000));
        assert_eq!(hear(&told_at(Sent, before)), (None, 0));
        assert_eq!(hear(&told_at(Failed, before)), (None, 0));
        assert_eq!(hear(&told_at(Delivered, before)), (Some(Delivery::Delivered), 0), "it has arrived all the same");
        assert_eq!(hear(&told_at(Sent, same_second)), (Some(Delivery::Sent), 0));
        assert_eq!(hear(&told_at(Failed, again)), (None, 1));

        let mut told = parted(Delivery::Sending, 0, &[Delivery::Sending]);
        if let Some(fate) = told.fates.get_mut(&id(1)) {
            fate.anew_at = Some(again);
        }
        told.hear(id(1), id(2), &told_at(Sent, before));
        assert!(told.moved.is_empty(), "its first part is not there because an earlier one was taken");
        told.hear(id(1), id(2), &told_at(Sent, again));
        assert_eq!(told.moved.len(), 1);
    }

    #[test]
    fn an_attempt_is_known_by_its_id_where_no_time_is_told() {
        use DeliveryState::{Delivered, Failed, Sent};
        let before =
            |delivery, known: &str| Fate { anew_at: Some(Ts(5)), external_id: known.to_owned(), ..fate(delivery) };
        let of = |id: &str, state| News {
            ids: vec![id.to_owned()],
            named: vec![id.to_owned(), Uuid::from_u128(1).to_string()],
            at: Ts(60_000_000),
            ..news(state)
        };
        let hear = |fate: Fate, all: &[News]| {
            let mut told = Told::of(vec![fate], Vec::new());
            for news in all {
                told.hear(id(1), id(2), news);
            }
            (told.changed.get(&id(1)).map(|new| new.delivery), told.failed.len())
        };
        assert_eq!(hear(before(Delivery::Sent, "SM2"), &[of("SM1", Failed)]), (None, 0));
        assert_eq!(hear(before(Delivery::Sent, "SM2"), &[of("SM2", Failed)]), (None, 1));
        assert_eq!(hear(before(Delivery::Sent, "SM2"), &[of("SM1", Delivered)]), (Some(Delivery::Delivered), 0));
        assert_eq!(hear(before(Delivery::Queued, ""), &[of("SM1", Failed)]), (None, 0), "it has not left since");
        assert_eq!(hear(before(Delivery::Sending, "SM1"), &[of("SM1", Failed)]), (None, 0));
        let known = News { ids: Vec::new(), ..of("SM1", Failed) };
        assert_eq!(hear(before(Delivery::Sending, ""), &[known]), (None, 0), "what was known is of before");
        for first in ["", "SM1"] {
            let all = [of("SM2", Sent), of("SM1", Failed)];
            assert_eq!(hear(before(Delivery::Sending, first), &all), (Some(Delivery::Sent), 0), "{first}");
            let all = [of("SM2", Sent), of("SM2", Failed)];
            assert_eq!(hear(before(Delivery::Unknown, first), &all).1, 1, "{first}");
        }
        let vanished = |known| Fate { vanished: 1, ..before(Delivery::Queued, known) };
        for first in ["", "SM1"] {
            let all = [of("SM2", Sent), of("SM1", Failed)];
            assert_eq!(hear(vanished(first), &all), (Some(Delivery::Sent), 0), "it has left all the same: {first}");
        }
        assert_eq!(hear(vanished("SM1"), &[of("SM1", Sent)]), (None, 0));
        let once = Fate { anew_at: None, ..before(Delivery::Sent, "SM2") };
        assert_eq!(hear(once, &[of("SM1", Failed)]), (None, 1), "nobody let it leave twice");
    }

    #[test]
    fn what_is_told_of_one_part_is_not_told_of_the_other() {
        use DeliveryState::{Delivered, Read};
        let mut told = parted(Delivery::Sent, 2, &[Delivery::Sent, Delivery::Sent]);
        let first = News { named: vec!["wamid.0".to_owned()], ..news(Read) };
        told.hear(id(1), id(2), &first);
        assert!(told.changed.is_empty());
        told.hear(id(1), id(2), &of_part(1, Delivered));
        assert_eq!(told.changed.get(&id(1)).map(|new| new.delivery), Some(Delivery::Delivered));
        told.hear(id(1), id(2), &of_part(1, Read));
        assert_eq!(told.changed.get(&id(1)).map(|new| new.delivery), Some(Delivery::Read));
    }

    #[test]
    fn who_has_read_a_part_has_read_those_before_it() {
        let and_before = |number| News { and_before: true, ..of_part(number, DeliveryState::Read) };
        let mut told = parted(Delivery::Sent, 2, &[Delivery::Sent, Delivery::Sent]);
        told.hear(id(1), id(2), &and_before(0));
        assert!(told.changed.is_empty(), "the second one stands below it");
        told.hear(id(1), id(2), &and_before(1));
        assert_eq!(told.changed.get(&id(1)).map(|new| new.delivery), Some(Delivery::Read));
        let mut told = parted(Delivery::Sent, 2, &[Delivery::Sent, Delivery::Delivered]);
        told.hear(id(1), id(2), &and_before(1));
        assert_eq!(told.changed.get(&id(1)).map(|new| new.delivery), Some(Delivery::Read));
        assert_eq!(told.moved.len(), 2, "both parts are kept as read");
    }
}
