//! Each double by itself, and whether it lets the desk in.

use super::{ACCESS, SHOP_KEY, TWILIO_SECRET, Together};
use crate::amazon::{Amazon, SignIn};
use crate::ebay::{Ebay, Granting};
use crate::meta::Meta;
use crate::mirakl::Mirakl;
use crate::telegram::Telegram;
use crate::twilio::Twilio;
use crate::whatsapp::{Access, Whatsapp};

impl Together {
    /// WhatsApp.
    pub fn whatsapp(&self) -> &Whatsapp {
        &self.whatsapp
    }

    /// A page's Messenger.
    pub fn messenger(&self) -> &Meta {
        &self.messenger
    }

    /// An Instagram account.
    pub fn instagram(&self) -> &Meta {
        &self.instagram
    }

    /// Amazon.
    pub fn amazon(&self) -> &Amazon {
        &self.amazon
    }

    /// eBay.
    pub fn ebay(&self) -> &Ebay {
        &self.ebay
    }

    /// A marketplace.
    pub fn mirakl(&self) -> &Mirakl {
        &self.mirakl
    }

    /// Telegram.
    pub fn telegram(&self) -> &Telegram {
        &self.telegram
    }

    /// Twilio.
    pub fn twilio(&self) -> &Twilio {
        &self.twilio
    }

    /// Takes back the access that the settings hold, or gives it again; `false` for no such platform. Amazon's access is given
    /// for a moment at a time, so that the end of it is noticed.
    pub fn let_in(&self, name: &str, is_let_in: bool) -> bool {
        match name {
            "whatsapp" => self.whatsapp.set_access(if is_let_in { Access::Granted } else { Access::Revoked }),
            "messenger" | "instagram" => {
                let platform = if name == "messenger" { &self.messenger } else { &self.instagram };
                if is_let_in { platform.grant(ACCESS, None) } else { platform.revoke() }
            }
            "amazon" => self.amazon.sign_in(if is_let_in { SignIn::GrantsBriefly } else { SignIn::Refuses }),
            "ebay" => self.ebay.set_granting(if is_let_in { Granting::Grants } else { Granting::Refuses }),
            "mirakl" => self.mirakl.renew_key(if is_let_in { SHOP_KEY } else { "another-key" }),
            "telegram" => self.telegram.revoke(!is_let_in),
            "sms" => self.twilio.set_token(if is_let_in { TWILIO_SECRET } else { "another-token" }),
            _ => return false,
        }
        true
    }
}
