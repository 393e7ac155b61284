//! What a teammate should know, and whom a note names.

use super::teammate::Teammate;
use super::text_enum::text_enum;
use super::{ConversationId, NotificationId, TeammateId, Ts};

text_enum! {
    /// Why a teammate is told.
    NotificationKind {
        /// A note names them.
        Mention = "mention",
        /// A customer waits for a person in a chat that they can come to.
        Wanted = "wanted",
        /// Work was given to them.
        Assigned = "assigned",
        /// Several conversations were given to them at once; it is told at the first of them.
        AssignedSeveral = "assigned_several",
        /// The time that a conversation of theirs was to sleep is over.
        Woken = "woken",
        /// What is theirs, or what they follow, is overdue.
        Overdue = "overdue",
        /// A reply that is theirs, or of a conversation that is theirs or that they follow, did not reach the customer.
        Unsent = "unsent",
        /// The shop does not show what was promised in a conversation that is theirs or that they follow.
        Unmet = "unmet",
        /// The customer wrote in a conversation that is theirs.
        Answered = "answered",
        /// Something happened in a conversation that they follow.
        Followed = "followed",
    }
}

impl NotificationKind {
    /// Of what a teammate may want mails.
    pub const WISHES: [Self; 9] = [
        Self::Mention,
        Self::Wanted,
        Self::Assigned,
        Self::Answered,
        Self::Woken,
        Self::Overdue,
        Self::Unsent,
        Self::Unmet,
        Self::Followed,
    ];
}

/// What a teammate should know, with what a list shows of the conversation.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Notification {
    /// Id.
    pub id: NotificationId,
    /// Who is told.
    pub teammate_id: TeammateId,
    /// Where it happened.
    pub conversation_id: ConversationId,
    /// Its number.
    pub number: i64,
    /// The customer.
    pub contact_name: String,
    /// What the customer wants, in a line.
    pub gist: String,
    /// Why.
    pub kind: NotificationKind,
    /// Who did it, as a name.
    pub actor: String,
    /// How often since it was read last; for several conversations, how many.
    pub count: i64,
    /// When, the last time.
    pub created_at: Ts,
    /// When it was read.
    pub read_at: Option<Ts>,
}

/// Whom a note names: `@Ida`, `@Ida Holm` or `@ida.holm`, whatever the case. A first name that two people share names
/// nobody; their full names do.
pub fn mentioned(text: &str, team: &[Teammate]) -> Vec<TeammateId> {
    let living: Vec<&Teammate> = team.iter().filter(|person| person.disabled_at.is_none()).collect();
    let mut found: Vec<TeammateId> = Vec::new();
    for (at, _) in text.match_indices('@') {
        // An address is no mention.
        let is_address =
            text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphanumeric);
        let Some(rest) = text.get(at + 1..).filter(|_| !is_address) else { continue };
        if let Some(id) = named_first(rest, &living)
            && !found.contains(&id)
        {
            found.push(id);
        }
    }
    found
}

/// The person whose longest name a text begins with.
fn named_first(text: &str, team: &[&Teammate]) -> Option<TeammateId> {
    let mut best: Option<(usize, TeammateId, bool)> = None;
    for person in team {
        let local = person.email.split('@').next().unwrap_or_default();
        for name in [person.name.as_str(), person.first_name(), local] {
            let Some(length) = starts_with(text, name) else { continue };
            best = match best {
                Some((longest, ..)) if longest > length => best,
                Some((longest, id, _)) if longest == length && id != person.id => Some((length, id, true)),
                _ => Some((length, person.id, false)),
            };
        }
    }
    best.filter(|(_, _, shared)| !shared).map(|(_, id, _)| id)
}

/// How many characters of a text a name covers that stands there as a whole.
fn starts_with(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.chars();
    let mut length = 0;
    for wanted in name.chars() {
        let found = rest.next()?;
        if !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
        length += 1;
    }
    let ends = rest.next().is_none_or(|next| !next.is_alphanumeric());
    (ends && length > 0).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::teammate::Role;

    fn team() -> Vec<Teammate> {
        let person = |(number, name, email): (u128, &str, &str)| Teammate {
            id: TeammateId(uuid::Uuid::from_u128(number)),
            email: email.to_owned(),
            name: name.to_owned(),
            role: Role::Teammate,
            time_zone: String::new(),
            disabled_at: (number == 9).then_some(Ts(0)),
            away_since: None,
        };
        let people = [
            (1, "Ida Holm", "ida.holm@x.example"),
            (2, "Mara Lind", "mara@x.example"),
            (3, "Mara Sørensen", "ms@x.example"),
            (9, "Otto Gone", "otto@x.example"),
        ];
        people.into_iter().map(person).collect()
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        for (text, expected) in [
            ("@Ida please look", vec![1]),
            ("please look, @ida.", vec![1]),
            ("@IDA HOLM and @ms", vec![1, 3]),
            ("(@ida.holm)", vec![1]),
            ("@Mara Lind, not the other one", vec![2]),
            ("@mara sørensen", vec![3]),
            ("@mara", vec![]),
            ("@ms and @ms again", vec![3]),
            ("@Idaho", vec![]),
            ("write to help@ida.example or x@Ida", vec![]),
            ("@Otto is gone", vec![]),
            ("@", vec![]),
            ("", vec![]),
        ] {
            let found: Vec<u128> = mentioned(text, &team()).into_iter().map(|id| id.0.as_u128()).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_first_name_that_two_share_names_nobody() {
        let mut team = team();
        team[1].email = "lind@x.example".to_owned();
        assert!(mentioned("@Mara, can you?", &team).is_empty());
        assert_eq!(mentioned("@Mara Lind, can you?", &team), [team[1].id]);
    }
}
