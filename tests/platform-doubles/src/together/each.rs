//! Each double by itself.

use super::Together;
use crate::amazon::Amazon;
use crate::ebay::Ebay;
use crate::line::Line;
use crate::messagebird::MessageBird;
use crate::meta::Meta;
use crate::mirakl::Mirakl;
use crate::telegram::Telegram;
use crate::twilio::Twilio;
use crate::whatsapp::Whatsapp;

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

    /// LINE.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// `MessageBird`.
    pub fn messagebird(&self) -> &MessageBird {
        &self.messagebird
    }

    /// Twilio.
    pub fn twilio(&self) -> &Twilio {
        &self.twilio
    }
}
