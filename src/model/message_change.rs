//! What became of a message after it was placed: other words, none any more, signs on it.
//!
//! Platforms tell it late, twice and in any order. What is kept is the same whatever way it came: of two the later one by
//! the platform's time counts, and what was taken back stays so.

use serde::{Deserialize, Serialize};

use super::Ts;

/// Most later texts that are kept of a message, beside the first.
const MOST_TEXTS: usize = 20;
/// Of most people the signs are kept.
const MOST_SIGNS: usize = 50;
/// The longest sign, in characters.
pub const LONGEST_SIGN: usize = 24;

/// By this name the account itself goes among those who put signs on messages.
pub const OURS: &str = "us";

/// A text that took the place of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wording {
    /// When, as the platform says.
    pub at: Ts,
    /// The platform's key of the change.
    pub key: String,
    /// The text.
    pub text: String,
}

/// A sign that a person put on a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// Who, by a name that no other person has.
    pub by: String,
    /// Who, as shown.
    pub name: String,
    /// The sign; `""` where they took it off.
    pub sign: String,
    /// When, as the platform says.
    pub at: Ts,
    /// The platform's key of the change.
    pub key: String,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageChanges {
    /// What it said first; `None` while it says that.
    pub original: Option<String>,
    /// What it said later, by time.
    pub edits: Vec<Wording>,
    /// When it was taken back.
    pub taken_back_at: Option<Ts>,
    /// Signs, one a person.
    pub signs: Vec<Sign>,
}

impl MessageChanges {
    /// Says something else from a moment on. `body` is what the message says now. Gives whether anything is new.
    pub fn edit(&mut self, body: &str, wording: Wording) -> bool {
        let before = self.clone();
        self.keep_original(body);
        if !self.edits.iter().any(|known| known.key == wording.key) {
            self.edits.push(wording);
            self.edits.sort();
            let over = self.edits.len().saturating_sub(MOST_TEXTS);
            self.edits.drain(..over);
        }
        *self != before
    }

    /// Is taken back. Gives whether that is new.
    pub fn take_back(&mut self, body: &str, at: Ts) -> bool {
        self.keep_original(body);
        let is_new = self.taken_back_at.is_none();
        self.taken_back_at = Some(self.taken_back_at.map_or(at, |before| before.min(at)));
        is_new
    }

    fn keep_original(&mut self, body: &str) {
        self.original.get_or_insert_with(|| body.to_owned());
    }

    /// Has a sign of a person in the place of the one before. Gives whether anything is new.
    pub fn put_sign(&mut self, sign: Sign) -> bool {
        if let Some(known) = self.signs.iter_mut().find(|known| known.by == sign.by) {
            let is_later = (known.at, &known.key) < (sign.at, &sign.key);
            if is_later {
                *known = sign;
            }
            return is_later;
        }
        let has_room = self.signs.len() < MOST_SIGNS;
        if has_room {
            self.signs.push(sign);
        }
        has_room
    }

    /// What it says now; `None` where its words never changed. Nothing where it was taken back.
    pub fn words(&self) -> Option<&str> {
        let original = self.original.as_deref()?;
        if self.taken_back_at.is_some() {
            return Some("");
        }
        Some(self.edits.last().map_or(original, |last| last.text.as_str()))
    }

    /// What it said before and says no longer, oldest first: each with the moment from which it did, the first without.
    pub fn earlier(&self) -> Vec<(Option<Ts>, &str)> {
        let first = self.original.iter().map(|text| (None, text.as_str()));
        let mut texts: Vec<_> =
            first.chain(self.edits.iter().map(|edit| (Some(edit.at), edit.text.as_str()))).collect();
        if self.taken_back_at.is_none() {
            texts.pop();
        }
        texts
    }

    /// Since when it says something else than at first; `None` also where it was taken back.
    pub fn edited_at(&self) -> Option<Ts> {
        self.edits.last().map(|last| last.at).filter(|_| self.taken_back_at.is_none())
    }

    /// The last sign of somebody, `""` in it where it was taken off.
    pub fn sign_of(&self, by: &str) -> Option<&Sign> {
        self.signs.iter().find(|sign| sign.by == by)
    }

    /// The signs that stand on it.
    pub fn shown_signs(&self) -> impl Iterator<Item = &Sign> {
        self.signs.iter().filter(|sign| !sign.sign.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(at: i64, text: &str) -> Wording {
        Wording { at: Ts(at), key: format!("edit {at}"), text: text.to_owned() }
    }

    fn sign(by: &str, sign: &str, at: i64) -> Sign {
        Sign { by: by.into(), name: by.into(), sign: sign.into(), at: Ts(at), key: format!("sign {at}") }
    }

    /// Every order of so many things.
    fn orders(count: usize) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new()];
        for _ in 0..count {
            all = all
                .into_iter()
                .flat_map(|order| {
                    let left = (0..count).filter(|next| !order.contains(next)).collect::<Vec<_>>();
                    left.into_iter().map(move |next| order.iter().copied().chain([next]).collect::<Vec<_>>())
                })
                .collect();
        }
        all
    }

    #[test]
    fn whatever_way_they_come_the_same_stays() {
        type Change = fn(&mut MessageChanges) -> bool;
        let all: [Change; 5] = [
            |changes| changes.edit("one", wording(1, "two")),
            |changes| changes.edit("one", wording(2, "three")),
            |changes| changes.put_sign(sign("Ana", "👍", 1)),
            |changes| changes.put_sign(sign("Ana", "", 2)),
            |changes| changes.take_back("one", Ts(9)),
        ];
        let mut ends = orders(all.len()).into_iter().map(|order| {
            let mut changes = MessageChanges::default();
            for place in &order {
                all[*place](&mut changes);
            }
            for place in order {
                assert!(!all[place](&mut changes), "each counts once");
            }
            changes
        });
        let first = ends.next().unwrap();
        assert_eq!(first.words(), Some(""));
        assert_eq!(first.earlier(), [(None, "one"), (Some(Ts(1)), "two"), (Some(Ts(2)), "three")]);
        assert_eq!(first.shown_signs().count(), 0);
        assert!(ends.all(|end| end == first));
    }

    #[test]
    fn the_latest_words_count_and_the_others_are_kept() {
        let mut changes = MessageChanges::default();
        assert_eq!((changes.words(), changes.edited_at(), changes.earlier().len()), (None, None, 0));
        assert!(changes.edit("one", wording(5, "three")));
        assert!(changes.edit("three", wording(3, "two")), "late, and kept");
        assert_eq!((changes.words(), changes.edited_at()), (Some("three"), Some(Ts(5))));
        assert_eq!(changes.earlier(), [(None, "one"), (Some(Ts(3)), "two")]);
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let mut changes = MessageChanges::default();
        for at in 0..100 {
            changes.edit("first", wording(at, &format!("text {at}")));
            changes.put_sign(sign(&format!("person {at}"), "👍", at));
        }
        assert_eq!((changes.edits.len(), changes.signs.len()), (MOST_TEXTS, MOST_SIGNS));
        assert_eq!((changes.original.as_deref(), changes.words()), (Some("first"), Some("text 99")));
        assert!(!changes.edit("text 99", wording(1, "text 1")), "one that went is no news");
        assert!(changes.put_sign(sign("person 0", "❤", 200)), "who is there may change theirs");
    }
}
