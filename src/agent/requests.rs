//! Which requests a message holds: readings that one answer serves are joined, the first leads, one more may follow. Of
//! several messages the newest one's request leads.

use super::broken;
use super::built_in::rank_request;
use super::engine::Reading;
use super::snapshot::Snapshot;
use super::understand::intent::Intent;
use super::understand::rank::rank;

/// A second request counts if it is this likely.
pub(super) const SECOND_REQUEST: f32 = 0.35;

/// How sure a message by itself must be read.
const SURE_ALONE: f32 = 0.5;
/// Shorter messages, “any news?”, ask for nothing of their own.
const LEAST_WORDS: usize = 3;

/// Intents that one answer serves.
const GROUPS: [&[Intent]; 3] = [
    &[Intent::WhereIsMyOrder, Intent::LateOrLost, Intent::DeliveryTime],
    &[Intent::DamagedOrWrongItem, Intent::ReturnItem, Intent::RefundRequest, Intent::Exchange],
    &[Intent::Stock, Intent::ProductQuestion],
];

/// The intents with what belongs together joined: “it came broken, I want my money back” is one request, and as sure
/// as both of its readings.
pub(super) fn settled(intents: &[(Intent, f32)], text: &str) -> Vec<(Intent, f32)> {
    let Some(&(first, _)) = intents.first() else { return Vec::new() };
    let group = GROUPS.iter().find(|group| group.contains(&first)).copied().unwrap_or(&[]);
    let shares = intents.iter().filter(|(intent, _)| group.contains(intent)).map(|(_, share)| share);
    let Some(share) = shares.copied().reduce(|sum, share| sum + share) else { return intents.to_vec() };
    let is_broken = group.contains(&Intent::DamagedOrWrongItem) && broken::is_spoken_of(text);
    let lead = if is_broken { Intent::DamagedOrWrongItem } else { first };
    let others = intents.iter().copied().filter(|(intent, _)| !group.contains(intent));
    std::iter::once((lead, share.min(1.0))).chain(others).collect()
}

/// What each waiting message asks for by itself, when several wait.
pub(super) fn of_each(snapshot: &Snapshot) -> Vec<(Intent, f32)> {
    let waiting = snapshot.unanswered();
    if waiting.len() < 2 {
        return Vec::new();
    }
    let waiting = waiting.into_iter().filter(|message| !snapshot.is_choice(message));
    let read = waiting.filter(|message| message.body.split_whitespace().count() >= LEAST_WORDS);
    read.filter_map(|message| by_itself(&message.body)).collect()
}

/// What a message asks for by itself, if that is sure.
fn by_itself(body: &str) -> Option<(Intent, f32)> {
    let first = rank(body).into_iter().next();
    first.map(|ranked| (ranked.intent, ranked.confidence)).filter(|(_, share)| *share >= SURE_ALONE)
}

/// The reading with what single messages ask for: a request in the middle is easily drowned by the others.
pub(super) fn with_each(intents: &[(Intent, f32)], each: &[(Intent, f32)]) -> Vec<(Intent, f32)> {
    let mut all = intents.to_vec();
    for (intent, _) in each.iter().filter(|(intent, _)| !is_silent(*intent)) {
        match all.iter_mut().find(|(known, _)| known == intent) {
            Some((_, share)) => *share = share.max(SECOND_REQUEST),
            None => all.push((*intent, SECOND_REQUEST)),
        }
    }
    all
}

/// The reading with the newest message's own request first: what was asked before may no longer be wanted. What is read
/// of all messages together stays first where its answer serves the newest request too.
pub(super) fn newest_first(intents: &[(Intent, f32)], each: &[(Intent, f32)]) -> Vec<(Intent, f32)> {
    let leads = |intent: Intent| !is_silent(intent) || intent == Intent::TalkToPerson;
    let newest = each.iter().rev().find(|(intent, _)| leads(*intent));
    let read = newest.and_then(|(newest, alone)| {
        let read = intents.iter().find(|(intent, _)| intent == newest);
        read.map(|(_, share)| (*newest, share.max(*alone)))
    });
    let (Some((newest, share)), Some(&(first, _))) = (read, intents.first()) else { return intents.to_vec() };
    if serves(first, newest) {
        return intents.to_vec();
    }
    let earlier = intents.iter().copied().filter(|(intent, _)| *intent != newest);
    std::iter::once((newest, share)).chain(earlier).collect()
}

/// Whether the answer to the first request, of a lost parcel or of broken goods, is the one that the other needs. Who
/// reports broken goods and then asks for the parcel takes nothing back.
fn serves(first: Intent, other: Intent) -> bool {
    let asks_for_parcel = matches!(other, Intent::WhereIsMyOrder | Intent::LateOrLost | Intent::DeliveryTime);
    if first == Intent::DamagedOrWrongItem && asks_for_parcel {
        return true;
    }
    let group = GROUPS.iter().find(|group| group.contains(&first));
    matches!(first, Intent::LateOrLost | Intent::DamagedOrWrongItem)
        && group.is_some_and(|group| group.contains(&other))
}

/// The reading with what the words under a subject ask for first, where the subject alone speaks of cancelling: it counts
/// only where they ask for nothing.
pub(super) fn body_first(snapshot: &Snapshot, intents: &[(Intent, f32)]) -> Vec<(Intent, f32)> {
    let is_cancelling = intents.first().is_some_and(|(intent, _)| *intent == Intent::CancelOrder);
    let asked = if is_cancelling && !snapshot.subject().is_empty() { asks_below(snapshot) } else { None };
    let Some((intent, share)) = asked else { return intents.to_vec() };
    let others = intents.iter().copied().filter(|(other, _)| *other != intent);
    std::iter::once((intent, share)).chain(others).collect()
}

/// What the words below a subject ask for, if that is sure and no reason to cancel: “it takes too long” may be one.
fn asks_below(snapshot: &Snapshot) -> Option<(Intent, f32)> {
    let body = snapshot.wanted();
    let first = rank_request(&body, &snapshot.brand.order_pattern).into_iter().next()?;
    let is_another_wish = match first.intent {
        Intent::ChangeItems | Intent::ChangeAddress | Intent::PaymentIssue | Intent::Invoice => true,
        Intent::WhereIsMyOrder => body.contains('?'),
        _ => false,
    };
    (is_another_wish && first.confidence >= SURE_ALONE).then_some((first.intent, first.confidence))
}

/// What single messages want that no reply of the agent serves.
pub(super) fn for_a_person(each: &[(Intent, f32)]) -> Option<Intent> {
    let person = |intent: Intent| matches!(intent, Intent::OutOfScope | Intent::Complaint | Intent::TalkToPerson);
    each.iter().map(|(intent, _)| *intent).find(|intent| person(*intent))
}

fn is_silent(intent: Intent) -> bool {
    matches!(intent, Intent::Thanks | Intent::OutOfScope | Intent::Spam | Intent::Complaint | Intent::TalkToPerson)
}

/// All requests; the first leads, the second may be answered with it, and no further one may be forgotten.
pub(super) fn requests(reading: &Reading) -> Vec<(Intent, f32)> {
    let further =
        reading.intents.iter().skip(1).filter(|(intent, share)| *share >= SECOND_REQUEST && !is_silent(*intent));
    reading.intents.iter().take(1).chain(further).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_read_in_two_ways_is_one_request() {
        let read = [(Intent::RefundRequest, 0.5), (Intent::DamagedOrWrongItem, 0.4)];
        let settled_on = settled(&read, "The cup came broken, money back please.");
        assert_eq!(settled_on.len(), 1);
        assert!(settled_on[0].0 == Intent::DamagedOrWrongItem && settled_on[0].1 > 0.89);
        assert_eq!(settled(&read, "Money back please.")[0].0, Intent::RefundRequest);
        let two = [(Intent::DamagedOrWrongItem, 0.6), (Intent::WhereIsMyOrder, 0.5)];
        assert_eq!(settled(&two, "Broken. And where is the rest?"), two);
        assert_eq!(settled(&[(Intent::Invoice, 0.9)], ""), [(Intent::Invoice, 0.9)]);
    }

    #[test]
    fn who_wants_the_money_back_after_all_asks_for_it() {
        let texts = [
            "Right. I'd rather have the money back then, I can't wait any longer. 289.00 to my PayPal, please confirm.",
            "Forget it, I want my money back.",
            "Nein, dann möchte ich lieber mein Geld zurück.",
            "Tant pis, je préfère être remboursée.",
            "Bueno, prefiero que me devuelvan el dinero.",
            "A questo punto preferisco avere indietro i soldi.",
            "Laat maar, ik wil liever mijn geld terug.",
        ];
        for text in texts {
            let read = by_itself(text);
            assert!(read.is_some_and(|(intent, _)| intent == Intent::RefundRequest), "{text}: {read:?}");
        }
        for text in
            ["Hello there, it is me again.", "I can't wait any longer, where is it?", "The money is back, thanks!"]
        {
            let read = by_itself(text);
            assert!(read.is_none_or(|(intent, _)| intent != Intent::RefundRequest), "{text}: {read:?}");
        }
    }

    #[test]
    fn the_subject_counts_where_the_words_below_it_ask_for_nothing() {
        let read = [(Intent::CancelOrder, 0.7)];
        let mut snapshot = Snapshot::alone("For PC-1001, change the jacket to L.");
        assert_eq!(body_first(&snapshot, &read), read, "without a subject");
        snapshot.messages[0].subject = "Cancellation".to_owned();
        let settled_on = body_first(&snapshot, &read);
        assert_eq!(
            settled_on.iter().map(|(intent, _)| *intent).collect::<Vec<_>>(),
            [Intent::ChangeItems, Intent::CancelOrder]
        );
        for body in ["It is about PC-1001. Thanks, Sam", "I found it cheaper elsewhere. PC-1001"] {
            body.clone_into(&mut snapshot.messages[0].body);
            assert_eq!(body_first(&snapshot, &read), read, "{body}");
        }
    }

    #[test]
    fn what_was_asked_last_leads() {
        let read = [(Intent::LateOrLost, 0.6), (Intent::RefundRequest, 0.4)];
        let each = [(Intent::LateOrLost, 0.9), (Intent::RefundRequest, 0.8)];
        assert_eq!(newest_first(&read, &each), [(Intent::RefundRequest, 0.8), (Intent::LateOrLost, 0.6)]);
        let then_thanks = [each[0], each[1], (Intent::Thanks, 0.9)];
        assert_eq!(newest_first(&read, &then_thanks)[0].0, Intent::RefundRequest);
        // What the engine did not read does not lead, and what one answer serves stays as it was read.
        for each in [&[][..], &[(Intent::Invoice, 0.9)], &[(Intent::Thanks, 0.9)], &[(Intent::LateOrLost, 0.9)]] {
            assert_eq!(newest_first(&read, each), read);
        }
        let broken = [(Intent::DamagedOrWrongItem, 0.6), (Intent::RefundRequest, 0.4)];
        assert_eq!(newest_first(&broken, &[(Intent::RefundRequest, 0.8)]), broken);
        let parcel = [(Intent::DamagedOrWrongItem, 0.6), (Intent::WhereIsMyOrder, 0.5)];
        assert_eq!(newest_first(&parcel, &[(Intent::WhereIsMyOrder, 0.9)]), parcel);
    }
}
