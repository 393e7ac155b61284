//! Where polling stopped in each folder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The places of all folders, by folder name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Places {
    /// By folder name.
    #[serde(default)]
    pub(crate) folders: BTreeMap<String, Place>,
}

/// The place in one folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The generation of the folder's numbers.
    pub(crate) uid_validity: u32,
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
            Place { uid_validity: 7, uid: 41, arrived: 1_700_000_000, struck: Some(Struck { uid: 42, times: 1 }) },
        );
        assert_eq!(Cursor::read::<Places>(Some(&Cursor::of(&places))), places);
        assert_eq!(Cursor::read::<Places>(Some(&Cursor(serde_json::json!({ "folders": 3 })))), Places::default());
    }
}
