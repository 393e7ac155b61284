//! Whether the doubles let the desk in.

use time::Duration;

use super::{ACCESS, BIRD_KEY, NAMES, SHOP_KEY, TWILIO_SECRET, Together};
use crate::amazon::SignIn;
use crate::ebay::Granting;
use crate::whatsapp;

/// How the access stands that the settings hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It is taken.
    Granted,
    /// Its time is over. Where it is renewed for that case, it can be.
    Expired,
    /// Somebody took it back.
    Revoked,
}

impl Together {
    /// Takes back the access that the settings hold, or gives it again; `false` for no such platform. Amazon's access is given
    /// for a moment at a time, so that the end of it is noticed.
    pub fn let_in(&self, name: &str, is_let_in: bool) -> bool {
        match name {
            "whatsapp" => {
                let access = if is_let_in { whatsapp::Access::Granted } else { whatsapp::Access::Revoked };
                self.whatsapp.set_access(access);
                self.whatsapp.token_ends(0);
            }
            "messenger" | "instagram" => {
                let platform = if name == "messenger" { &self.messenger } else { &self.instagram };
                if is_let_in { platform.grant(ACCESS, None) } else { platform.revoke() }
            }
            "amazon" => self.amazon.sign_in(if is_let_in { SignIn::GrantsBriefly } else { SignIn::Refuses }),
            "ebay" => self.ebay.set_granting(if is_let_in { Granting::Grants } else { Granting::Refuses }),
            "mirakl" => self.mirakl.renew_key(if is_let_in { SHOP_KEY } else { "another-key" }),
            "telegram" => self.telegram.revoke(!is_let_in),
            "line" => self.line.set_token(if is_let_in { ACCESS } else { "another-access" }),
            // Nothing is asked there: what it hands on is signed with the key of the settings, or with another one.
            "messagebird" => self.messagebird.set_key(if is_let_in { BIRD_KEY } else { "another-key" }),
            "sms" => self.twilio.set_token(if is_let_in { TWILIO_SECRET } else { "another-token" }),
            _ => return false,
        }
        true
    }

    /// Says how the access of a platform stands from then on; refused with the reason where it cannot stand so. What waited
    /// to happen to it does no longer.
    pub fn set_access(&self, name: &str, access: Access, after: Duration) -> Result<(), &'static str> {
        let Some(name) = NAMES.into_iter().find(|known| *known == name) else {
            return Err("There is no such platform.");
        };
        if access == Access::Expired && matches!(name, "mirakl" | "telegram" | "line" | "sms" | "messagebird") {
            return Err("What opens that platform has no end: it can be revoked.");
        }
        let mut state = self.state();
        state.changes.retain(|(_, of, _)| *of != name);
        let at = state.now + after;
        if after.is_positive() {
            state.changes.push((at, name, access));
        }
        drop(state);
        match name {
            // These tell when it is going to end.
            "messenger" if access == Access::Expired => self.messenger.grant(ACCESS, Some(at)),
            "instagram" if access == Access::Expired => self.instagram.grant(ACCESS, Some(at)),
            "whatsapp" if access == Access::Expired && after.is_positive() => {
                self.whatsapp.token_ends(at.unix_timestamp());
            }
            _ if after.is_positive() => {}
            _ => self.turn(name, access),
        }
        Ok(())
    }

    /// Makes the access of a platform stand so.
    pub(super) fn turn(&self, name: &str, access: Access) {
        match (name, access) {
            ("whatsapp", Access::Expired) => self.whatsapp.set_access(whatsapp::Access::Expired),
            ("amazon", Access::Expired) => self.amazon.revoke(),
            ("ebay", Access::Expired) => self.ebay.end_access(),
            ("amazon", Access::Revoked) => {
                self.let_in(name, false);
                self.amazon.revoke();
            }
            (_, access) => drop(self.let_in(name, access == Access::Granted)),
        }
    }
}
