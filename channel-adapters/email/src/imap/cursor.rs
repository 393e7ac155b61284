//! Where polling stopped in each folder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::settings::{EmailSettings, Server};

/// The places of all folders, by folder name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Places {
    /// Whose they are; unknown of places from before that was kept.
    #[serde(default)]
    whose: Whose,
    /// By folder name.
    #[serde(default)]
    pub(crate) folders: BTreeMap<String, Place>,
}

impl Places {
    /// The same for the mailbox that is read now. Numbers tell nothing of another mailbox, though it may count like this one:
    /// where it has the same address, it is read on from the day; of somebody else's nothing is read yet.
    pub(crate) fn of(mut self, whose: Whose) -> Self {
        if self.whose.is_unknown() || self.whose.is_same_mailbox(&whose) {
            return Self { whose, ..self };
        }
        if self.whose.address != whose.address {
            return Self { whose, folders: BTreeMap::new() };
        }
        for place in self.folders.values_mut() {
            *place = Place { arrived: place.arrived, ..Place::default() };
        }
        Self { whose, ..self }
    }
}

/// Whose a mailbox is, as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Whose {
    host: String,
    user: String,
    address: String,
}

impl Whose {
    /// As a person has set it up.
    pub(crate) fn of(server: &Server, settings: &EmailSettings) -> Self {
        let compared = |name: &str| name.trim().to_lowercase();
        Self { host: compared(&server.host), user: compared(&server.user), address: compared(&settings.address) }
    }

    fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    fn is_same_mailbox(&self, other: &Self) -> bool {
        self.host == other.host && self.user == other.user
    }
}

/// The place in one folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The generation of the folder's numbers; `None` where `uid` is none of them.
    pub(crate) uid_validity: Option<u32>,
    /// The last number that was read.
    pub(crate) uid: u32,
    /// When the newest mail that was read arrived at the server, in seconds since 1970: where to look again when the
    /// numbers have changed.
    #[serde(default)]
    pub(crate) arrived: i64,
    /// The mail behind `uid` that stopped the session, and how often: kept here, since a process may end in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) struck: Option<Struck>,
}

impl Place {
    /// Whether its number is one of a folder's. Within a generation they only grow: where the next one was there already, it
    /// is another folder.
    pub(crate) fn counts(&self, uid_validity: u32, uid_next: Option<u32>) -> bool {
        self.uid_validity == Some(uid_validity) && uid_next.is_none_or(|next| next > self.uid)
    }
}

/// A mail that cannot be fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Struck {
    /// Its number.
    pub(crate) uid: u32,
    /// How often it stopped the session.
    pub(crate) times: u8,
}

#[cfg(test)]
mod tests {
    use channel_contract::channel::Cursor;

    use super::*;

    #[test]
    fn a_cursor_survives_storage_and_a_broken_one_begins_anew() {
        let mut places = Places::default();
        places.folders.insert(
            "INBOX".to_owned(),
            Place {
                uid_validity: Some(7),
                uid: 41,
                arrived: 1_700_000_000,
                struck: Some(Struck { uid: 42, times: 1 }),
            },
        );
        assert_eq!(Cursor::read::<Places>(Some(&Cursor::of(&places))), places);
        assert_eq!(Cursor::read::<Places>(Some(&Cursor(serde_json::json!({ "folders": 3 })))), Places::default());
    }

    #[test]
    fn a_place_belongs_to_one_mailbox() {
        let whose = |host: &str, user: &str, address: &str| Whose {
            host: host.to_owned(),
            user: user.to_owned(),
            address: address.to_owned(),
        };
        let place = Place { uid_validity: Some(1), uid: 48_000, arrived: 1_700_000_000, struck: None };
        let folders = BTreeMap::from([("INBOX".to_owned(), place)]);
        let known = Places { whose: whose("imap.a.example", "help@a.example", "help@a.example"), folders };
        let found = |whose: Whose| known.clone().of(whose).folders.get("INBOX").copied();
        assert_eq!(
            found(whose("imap.a.example", "help@a.example", "shop@a.example")),
            Some(place),
            "by another address"
        );
        let by_day = Place { arrived: place.arrived, ..Place::default() };
        assert_eq!(found(whose("imap.b.example", "help", "help@a.example")), Some(by_day), "it has moved");
        assert_eq!(found(whose("imap.a.example", "other@a.example", "other@a.example")), None);
        let from_before = Places { whose: Whose::default(), ..known.clone() };
        assert_eq!(from_before.of(known.whose.clone()), known);
        assert!(place.counts(1, Some(48_001)) && place.counts(1, None));
        assert!(!place.counts(1, Some(3_001)), "it was given out already");
        assert!(!by_day.counts(0, None));
    }
}
