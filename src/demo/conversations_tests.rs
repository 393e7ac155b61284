//! The seeded inbox is whole and looks like a real one.

use std::collections::BTreeSet;

use super::*;
use crate::model::answer_times::{AnswerTimes, Clocks};

const NOW: Ts = Ts(1_795_435_200_000_000);

fn seeded() -> Vec<SeedConversation> {
    all(NOW, &Orders::default())
}

#[test]
fn there_are_enough_and_every_one_is_whole() {
    let all = seeded();
    assert!(all.len() >= 45, "{}", all.len());
    let names: BTreeSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.len(), all.len());
    for one in &all {
        let first = one.messages.first().unwrap_or_else(|| panic!("{}: no message", one.name));
        assert_eq!(first.writer, Writer::Customer, "{}", one.name);
        assert!(one.messages.iter().all(|message| !message.text.is_empty()), "{}", one.name);
        assert!(one.messages.is_sorted_by_key(|message| message.at), "{}: not in order", one.name);
        assert!(!one.gist.is_empty() && !one.intent.is_empty() && !one.language.is_empty(), "{}", one.name);
        let last = one.messages.last().unwrap();
        assert!(last.at < NOW);
        let is_mail = one.channel == ChannelKind::Email;
        assert!(!(is_mail && one.subject.is_empty()), "{}: a mail has a subject", one.name);
        if one.status == ConversationStatus::Waiting {
            assert_ne!(last.writer, Writer::Customer, "{} waits for the customer", one.name);
        }
    }
}

#[test]
fn every_channel_language_and_status_is_there() {
    let all = seeded();
    // The shop has neither a bot, an account on LINE nor a number for text messages.
    let is_missing = |kind: &ChannelKind| matches!(kind, ChannelKind::Telegram | ChannelKind::Line | ChannelKind::Sms);
    for kind in ChannelKind::ALL.into_iter().filter(|kind| !is_missing(kind)) {
        assert!(all.iter().any(|one| one.channel == kind), "{kind}");
    }
    for status in ConversationStatus::ALL {
        assert!(all.iter().any(|one| one.status == *status), "{status}");
    }
    for language in ["en", "de", "fr", "es", "it", "nl", "sv", "pl", "ar"] {
        assert!(all.iter().any(|one| one.language == language), "{language}");
    }
}

#[test]
fn the_heads_of_the_files_are_understood() {
    // A word that is misspelt would quietly become the default.
    for block in FILES.iter().flat_map(|file| blocks(file)) {
        assert!(block.head("Channel").parse::<ChannelKind>().is_ok(), "{}", block.name);
        assert!(block.head("Status").parse::<ConversationStatus>().is_ok(), "{}", block.name);
        let outcome = block.head("Outcome");
        assert!(outcome.is_empty() || outcome.parse::<Outcome>().is_ok(), "{}", block.name);
        let known = [
            "Customer", "Shown", "Language", "Channel", "Order", "Intent", "Subject", "Gist", "Status", "Outcome",
            "Tags", "Read",
        ];
        assert!(block.heads.iter().all(|(key, _)| known.contains(&key.as_str())), "{}: {:?}", block.name, block.heads);
        let id = block.head("Customer");
        assert!(people::find(id).is_some() || id.contains(' ') || id.contains('_'), "{}: who is {id}?", block.name);
    }
}

#[test]
fn the_first_conversation_is_the_one_of_the_design() {
    let sofie = seeded().into_iter().find(|one| one.name == "sofie-gaiters").unwrap();
    let writers: Vec<Writer> = sofie.messages.iter().map(|message| message.writer).collect();
    assert_eq!(writers, [Writer::Customer, Writer::Agent, Writer::Customer, Writer::Customer, Writer::Note]);
    assert_eq!((sofie.identity_kind, sofie.identity.as_str()), ("email", "sofie.keller@example.org"));
    assert_eq!(sofie.messages[2].photo.as_deref(), Some("left-buckle.png"));
    assert_eq!(sofie.messages[3].at, NOW.minus(Duration::from_mins(484)));
    assert_eq!(sofie.messages[4].name.as_deref(), Some("Mara Lind"));
    assert!(!sofie.unread, "somebody has looked at it");
}

#[test]
fn customers_wrote_so_lately_that_most_can_still_be_answered_in_time() {
    let waiting: Vec<_> = seeded().into_iter().filter(|one| one.status == ConversationStatus::Open).collect();
    let mails = waiting.iter().filter(|one| matches!(one.channel, ChannelKind::Email | ChannelKind::LiveChat));
    let over: Vec<&str> = mails
        .filter(|one| {
            one.messages
                .iter()
                .rfind(|said| said.writer == Writer::Customer)
                .is_some_and(|said| Clocks::default().start(&AnswerTimes::default(), "email", said.at) < NOW)
        })
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(over, ["sofie-gaiters"]);
}

#[test]
fn the_team_of_the_demo_answered_lately() {
    let week = NOW.minus(Duration::from_hours(24 * 7));
    let all = seeded();
    let mut lately =
        all.iter().flat_map(|one| &one.messages).filter(|said| said.writer == Writer::Teammate && said.at > week);
    for name in ["Ida Holm", "Mara Lind", "Jonas Weber"] {
        assert!(lately.clone().filter(|said| said.name.as_deref() == Some(name)).count() >= 3, "{name}");
    }
    assert!(lately.all(|said| !said.text.is_empty()));
}
