//! Stored words as icons and words for people. Pure.

use crate::model::audit::{AuditAction, AuditSubject};
use crate::model::channel::{ChannelKind, ChannelState, name_of};
use crate::model::conversation::ConversationStatus;
use crate::model::job::JobKind;
use crate::model::message::Delivery;
use crate::model::order::{ActionKind, OrderStatus, ShipmentStatus};
use crate::model::teammate::Role;

use super::format::capital;

/// A channel's icon.
pub fn channel_icon(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => "mail",
        ChannelKind::Whatsapp => "chat-phone",
        ChannelKind::Sms => "chat-text",
        ChannelKind::Messenger => "chat-bolt",
        ChannelKind::Instagram => "camera",
        ChannelKind::Amazon => "box",
        ChannelKind::Ebay => "hammer",
        ChannelKind::Mirakl => "shop",
        ChannelKind::LiveChat => "live",
        ChannelKind::Telegram => "send",
        ChannelKind::Line => "chat-line",
        ChannelKind::Agent => "handshake",
    }
}

/// A file's icon: by its type, and where that says nothing, by the ending of its name.
pub fn file_icon(content_type: &str, name: &str) -> &'static str {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    match kind.as_str() {
        "" | "application/octet-stream" => {
            let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_lowercase();
            icon_of_ending(&ending)
        }
        kind => icon_of_type(kind),
    }
}

fn icon_of_type(kind: &str) -> &'static str {
    let holds = |words: &[&str]| words.iter().any(|word| kind.contains(word));
    match kind.split('/').next().unwrap_or_default() {
        "image" => "image",
        "audio" => "sound",
        "video" => "film",
        "message" => "mail",
        _ if kind == "application/pdf" => "pdf",
        _ if kind == "text/csv" || holds(&["spreadsheet", "excel"]) => "sheet",
        "text" => "document",
        _ if holds(&["zip", "compressed", "-tar", "rar"]) => "archive",
        _ if holds(&["word", "opendocument.text", "rtf"]) => "document",
        _ => "clip",
    }
}

fn icon_of_ending(ending: &str) -> &'static str {
    match ending {
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "heic" | "svg" | "tif" | "tiff" | "bmp" => "image",
        "mp3" | "m4a" | "wav" | "ogg" | "opus" | "aac" => "sound",
        "mp4" | "mov" | "webm" | "avi" | "mkv" => "film",
        "eml" | "msg" => "mail",
        "pdf" => "pdf",
        "csv" | "xls" | "xlsx" | "ods" => "sheet",
        "zip" | "gz" | "tgz" | "tar" | "7z" | "rar" => "archive",
        "txt" | "md" | "doc" | "docx" | "odt" | "rtf" | "html" => "document",
        _ => "clip",
    }
}

/// A channel's name.
pub fn channel_word(kind: ChannelKind) -> &'static str {
    name_of(kind)
}

/// How somebody writes on a channel, behind their name.
pub fn on_channel(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => "by mail",
        ChannelKind::Whatsapp => "on WhatsApp",
        ChannelKind::Messenger => "on Messenger",
        ChannelKind::Instagram => "on Instagram",
        ChannelKind::Amazon => "on Amazon",
        ChannelKind::Ebay => "on eBay",
        ChannelKind::Mirakl => "on a marketplace",
        ChannelKind::LiveChat => "in the live chat",
        ChannelKind::Telegram => "on Telegram",
        ChannelKind::Line => "on LINE",
        ChannelKind::Sms => "by SMS",
        ChannelKind::Agent => "through an agent",
    }
}

/// The kind of a stored word; one that this version does not know reads as the agent channel.
pub fn channel_kind(word: &str) -> ChannelKind {
    word.parse().unwrap_or(ChannelKind::Agent)
}

/// What a customer wants, in two words. An intent that is not listed shows its own word.
pub fn intent_word(intent: &str) -> String {
    let known = match intent {
        "where_is_my_order" => "Where is it",
        "late_or_lost" => "Late parcel",
        "damaged_or_wrong_item" => "Broken item",
        "return_item" => "Return",
        "exchange" => "Exchange",
        "refund_status" => "Where is refund",
        "refund_request" => "Money back",
        "cancel_order" => "Cancel",
        "change_address" => "New address",
        "change_items" => "Change order",
        "stock" => "Stock",
        "delivery_time" => "Delivery time",
        "invoice" => "Invoice",
        "payment_issue" => "Payment",
        "product_question" => "Before buying",
        "complaint" => "Complaint",
        "thanks" => "Thanks",
        "talk_to_person" => "Wants a person",
        "account" => "Account",
        "discount" => "Discount",
        "spam" => "Spam",
        "out_of_scope" => "Something else",
        other => return capital(&other.replace('_', " ")),
    };
    known.to_owned()
}

/// What a name on a channel is, within a sentence: `eBay user`, `chat visitor`.
pub fn identity_words(kind: &str) -> String {
    const BRANDS: [(&str, &str); 7] = [
        ("amazon", "Amazon"),
        ("ebay", "eBay"),
        ("instagram", "Instagram"),
        ("line", "LINE"),
        ("messenger", "Messenger"),
        ("telegram", "Telegram"),
        ("whatsapp", "WhatsApp"),
    ];
    let (first, rest) = kind.split_once('_').unwrap_or((kind, ""));
    let brand = BRANDS.iter().find(|(word, _)| *word == first).map_or(first, |(_, brand)| *brand);
    format!("{brand} {}", rest.replace('_', " ")).trim_end().to_owned()
}

/// The same where it begins a line. A brand is written as it writes itself.
pub fn identity_word(kind: &str) -> String {
    let words = identity_words(kind);
    if words.starts_with("eBay") { words } else { capital(&words) }
}

/// Where a message is: icon and word.
pub fn delivery_words(delivery: Delivery) -> (&'static str, &'static str) {
    match delivery {
        Delivery::Queued => ("clock", "waits to be sent"),
        Delivery::Sending => ("send", "being sent"),
        Delivery::Held => ("pause", "held"),
        Delivery::Unknown => ("warn", "may have arrived, being checked"),
        Delivery::Sent => ("send", "sent"),
        Delivery::Delivered => ("tick", "delivered"),
        Delivery::Read => ("tick", "read"),
        Delivery::Failed => ("cross", "failed"),
        Delivery::Cancelled => ("cross", "taken back"),
    }
}

/// Who has the next move.
pub fn status_word(status: ConversationStatus) -> &'static str {
    match status {
        ConversationStatus::Open => "Open",
        ConversationStatus::Waiting => "Waiting",
        ConversationStatus::Snoozed => "Snoozed",
        ConversationStatus::Resolved => "Resolved",
    }
}

/// Whether a channel works: tone of the badge and word.
pub fn channel_state_words(state: ChannelState) -> (&'static str, &'static str) {
    match state {
        ChannelState::Connected => ("good", "Connected"),
        ChannelState::Paused => ("", "Paused"),
        ChannelState::NeedsAttention => ("bad", "Needs attention"),
        ChannelState::SendingFails => ("bad", "Replies do not leave"),
    }
}

/// Where an order stands.
pub fn order_status_word(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Open => "not sent yet",
        OrderStatus::PartlyShipped => "partly sent",
        OrderStatus::Shipped => "sent",
        OrderStatus::Delivered => "delivered",
        OrderStatus::Cancelled => "cancelled",
    }
}

/// How a parcel is doing, and how many of its four stretches lie behind it.
pub fn shipment_words(status: ShipmentStatus) -> (&'static str, u8) {
    match status {
        ShipmentStatus::Packed => ("packed", 1),
        ShipmentStatus::InTransit => ("on the way", 2),
        ShipmentStatus::OutForDelivery => ("out for delivery", 3),
        ShipmentStatus::AttemptFailed => ("nobody was there", 3),
        ShipmentStatus::AvailableForPickup => ("waits at a pick-up point", 3),
        ShipmentStatus::Delivered => ("delivered", 4),
        ShipmentStatus::Returning => ("comes back", 3),
        ShipmentStatus::Exception => ("in trouble", 2),
    }
}

/// An action's icon.
pub fn action_icon(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Cancel | ActionKind::VoidCode => "cross",
        ActionKind::Refund | ActionKind::ChangePayment => "money",
        ActionKind::Return | ActionKind::Exchange | ActionKind::CancelReturn => "return",
        ActionKind::Replace => "box",
        ActionKind::ChangeAddress => "truck",
        ActionKind::ChangeItems => "bag",
        ActionKind::Resend => "mail",
        ActionKind::DiscountCode => "tag",
        ActionKind::Note => "note",
    }
}

/// An action as something to do.
pub fn action_word(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Cancel => "Cancel",
        ActionKind::Refund => "Refund",
        ActionKind::Return => "Return",
        ActionKind::Replace => "Replace",
        ActionKind::ChangeAddress => "New address",
        ActionKind::Exchange => "Exchange",
        ActionKind::ChangeItems => "Other items",
        ActionKind::Resend => "Send a document",
        ActionKind::DiscountCode => "Discount code",
        ActionKind::Note => "Note",
        ActionKind::CancelReturn => "Call off the return",
        ActionKind::VoidCode => "End the code",
        ActionKind::ChangePayment => "Pay another way",
    }
}

/// A piece of durable work.
pub fn job_word(kind: JobKind) -> String {
    match kind {
        JobKind::Receive => "Read what came in".to_owned(),
        JobKind::AgentRun => "Let the agent look".to_owned(),
        JobKind::Deliver => "Send a reply".to_owned(),
        JobKind::SayInChat => "Put a reply into its chat".to_owned(),
        JobKind::PerformAction => "Do an action in the shop".to_owned(),
        JobKind::MailUnseen => "Send unseen replies by mail".to_owned(),
        JobKind::ReadOrder => "Read an order again".to_owned(),
        JobKind::ReadParcels => "Ask how parcels are doing".to_owned(),
        JobKind::TellMatter => "Tell a customer before they ask".to_owned(),
        JobKind::FetchFile => "Fetch a file of a message".to_owned(),
        JobKind::ReadName => "Ask what a customer is called".to_owned(),
        JobKind::AwayReply => "Tell a customer when people are back".to_owned(),
        JobKind::NotifyByMail => "Tell a teammate by mail".to_owned(),
        JobKind::SendCode => "Send a code to the address of an order".to_owned(),
        JobKind::EraseContact => "Remove what is kept of a customer".to_owned(),
        JobKind::ForgetFile => "Remove a file that was erased".to_owned(),
        JobKind::ImportPages => "Import pages as articles".to_owned(),
        JobKind::IndexMessages => "Rebuild the search index".to_owned(),
        JobKind::Replay => "Replay conversations under a draft of the policy".to_owned(),
        JobKind::Poll => "Fetch new messages".to_owned(),
        JobKind::CheckChannel => "Look whether a channel works".to_owned(),
        JobKind::CheckShop => "Look whether a shop works".to_owned(),
        JobKind::CheckResolutions => "Look whether closed cases were solved".to_owned(),
    }
}

/// What a role may do, in a word.
pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Teammate => "Teammate",
        Role::Manager => "Manager",
        Role::Admin => "Admin",
    }
}

/// A language by its ISO 639 code; a code that is not listed shows itself.
pub fn language_word(code: &str) -> String {
    let known = match code {
        "en" => "English",
        "de" => "German",
        "fr" => "French",
        "es" => "Spanish",
        "it" => "Italian",
        "nl" => "Dutch",
        "pt" => "Portuguese",
        "pl" => "Polish",
        "sv" => "Swedish",
        "da" => "Danish",
        "nb" | "no" => "Norwegian",
        "fi" => "Finnish",
        "cs" => "Czech",
        "ar" => "Arabic",
        "he" => "Hebrew",
        "fa" => "Persian",
        "ur" => "Urdu",
        "tr" => "Turkish",
        "el" => "Greek",
        "ru" => "Russian",
        "uk" => "Ukrainian",
        "ja" => "Japanese",
        "zh" => "Chinese",
        "ko" => "Korean",
        "th" => "Thai",
        "hi" => "Hindi",
        // The second is how an earlier version kept the first.
        "other" | "ot" => "another language",
        other => return other.to_owned(),
    };
    known.to_owned()
}

/// What was done, as the audit log says it behind a name.
pub fn audit_word(action: AuditAction) -> &'static str {
    match action {
        AuditAction::SignedIn => "Signed in",
        AuditAction::SignInFailed => "Wrong password",
        AuditAction::SignedOut => "Signed out",
        AuditAction::AccountAdded => "Added a person",
        AuditAction::AccountChanged => "Changed a person",
        AuditAction::AccountDisabled => "Disabled a person",
        AuditAction::AccountEnabled => "Let a person sign in again",
        AuditAction::PasswordReset => "Gave a new password",
        AuditAction::TokenCreated => "Made an API token",
        AuditAction::BrandAdded => "Added a brand",
        AuditAction::BrandChanged => "Changed a brand",
        AuditAction::ChannelConnected => "Connected a channel",
        AuditAction::ChannelChanged => "Changed a channel",
        AuditAction::ChannelPaused => "Paused a channel",
        AuditAction::ChannelResumed => "Let a channel go on",
        AuditAction::ChannelRemoved => "Removed a channel",
        AuditAction::OrderSourceConnected => "Connected a shop",
        AuditAction::OrderSourceChanged => "Changed a shop",
        AuditAction::OrderSourceRemoved => "Removed a shop",
        AuditAction::TrackerConnected => "Connected parcel tracking",
        AuditAction::TrackerChanged => "Changed parcel tracking",
        AuditAction::TrackerRemoved => "Took off parcel tracking",
        AuditAction::PolicyPublished => "Published the policy",
        AuditAction::PolicyRestored => "Rolled the policy back",
        AuditAction::VoicePublished => "Published the voice",
        AuditAction::VoiceRestored => "Rolled the voice back",
        AuditAction::ReplyTemplatePublished => "Changed a reply template",
        AuditAction::ArticlePublished => "Published an article",
        AuditAction::ArticleWithdrawn => "Took an article off the help centre",
        AuditAction::LlmLimitsChanged => "Changed what the language model may cost",
        AuditAction::MacroSaved => "Changed a macro of the team",
        AuditAction::MacroDeleted => "Deleted a macro of the team",
        AuditAction::WorkRetried => "Tried work again",
        AuditAction::AnswerTimesChanged => "Changed hours or targets",
        AuditAction::InvitationMade => "Invited somebody",
        AuditAction::InvitationRevoked => "Took back an invitation",
        AuditAction::InvitationAccepted => "Joined by invitation",
        AuditAction::ApprovalAccepted => "Approved a draft",
        AuditAction::ApprovalEdited => "Edited and sent a draft",
        AuditAction::ApprovalRejected => "Rejected a draft",
        AuditAction::ActionApproved => "Decided an action",
        AuditAction::ActionPerformed => "Performed an action",
        AuditAction::ActionFailed => "Could not perform an action",
        AuditAction::ConversationsMerged => "Merged conversations",
        AuditAction::MergeUndone => "Took a merge back",
        AuditAction::ContactsMerged => "Made two contacts one person",
        AuditAction::ContactsParted => "Took apart two contacts",
        AuditAction::ErasureAsked => "Asked to erase a customer",
        AuditAction::CustomerErased => "Removed what was kept of a customer",
        AuditAction::ConversationSplit => "Split a conversation",
        AuditAction::TakenOver => "Took over",
        AuditAction::AgentStopped => "Stopped the agent",
        AuditAction::AgentReleased => "Let the agent go on",
    }
}

/// What an entry of the audit log is about.
pub fn audit_subject_word(subject: AuditSubject) -> &'static str {
    match subject {
        AuditSubject::Teammate => "Person",
        AuditSubject::Channel => "Channel",
        AuditSubject::OrderSource => "Shop",
        AuditSubject::Tracker => "Parcel tracking",
        AuditSubject::Policy => "Policy, version",
        AuditSubject::Voice => "Voice, version",
        AuditSubject::ReplyTemplate => "Reply template",
        AuditSubject::Article => "Article",
        AuditSubject::Macro => "Macro",
        AuditSubject::Work => "Work",
        AuditSubject::Invitation => "Invitation",
        AuditSubject::Brand => "Brand",
        AuditSubject::Conversation => "Conversation",
        AuditSubject::Order => "Order",
        AuditSubject::Contact => "Customer",
        AuditSubject::Brake => "Stop of the agent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::understand::language::Language;

    #[test]
    fn unknown_intents_show_their_own_word() {
        assert_eq!(intent_word("late_or_lost"), "Late parcel");
        assert_eq!(intent_word("gift_card_balance"), "Gift card balance");
        assert_eq!(intent_word(""), "");
    }

    #[test]
    fn a_brand_is_written_as_it_writes_itself() {
        let shown = ["ebay_user", "whatsapp_user", "line_user", "amazon_buyer", "chat_visitor", "phone"];
        let heads = ["eBay user", "WhatsApp user", "LINE user", "Amazon buyer", "Chat visitor", "Phone"];
        assert_eq!(shown.map(identity_word), heads);
        assert_eq!(
            (identity_words("ebay_user"), identity_words("chat_visitor")),
            ("eBay user".into(), "chat visitor".into())
        );
    }

    #[test]
    fn every_language_that_is_told_has_a_name() {
        for language in Language::ALL {
            assert_ne!(language_word(language.code()), language.code());
        }
    }

    #[test]
    fn a_language_that_nothing_knows_is_another_one() {
        assert_eq!(
            ["de", "other", "ot", "ka"].map(language_word),
            ["German", "another language", "another language", "ka"]
        );
    }

    #[test]
    fn every_channel_has_an_icon_that_is_drawn() {
        let icons = include_str!("../../static/icons.svg");
        let drawn = |name: &str| icons.contains(&format!("id=\"{name}\""));
        assert!(ChannelKind::ALL.into_iter().all(|kind| drawn(channel_icon(kind))));
        let shown: std::collections::BTreeSet<&str> = ChannelKind::ALL.into_iter().map(channel_icon).collect();
        assert_eq!(shown.len(), ChannelKind::ALL.len(), "each has one of its own");
        assert!(Delivery::ALL.iter().all(|delivery| drawn(delivery_words(*delivery).0)));
        assert!(ActionKind::ALL.into_iter().all(|kind| drawn(action_icon(kind))));
    }

    #[test]
    fn a_file_has_the_icon_of_its_type() {
        let icons = include_str!("../../static/icons.svg");
        for (content_type, name, icon) in [
            ("application/pdf", "x", "pdf"),
            ("Application/PDF; name=a", "a.zip", "pdf"),
            ("", "Invoice.PDF", "pdf"),
            ("application/octet-stream", "orders.2026.xlsx", "sheet"),
            ("text/csv; charset=utf-8", "a.csv", "sheet"),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "", "sheet"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "", "document"),
            ("text/plain", "a.zip", "document"),
            ("application/x-7z-compressed", "", "archive"),
            ("audio/ogg", "", "sound"),
            ("", "clip.mov", "film"),
            ("message/rfc822", "", "mail"),
            ("image/svg+xml", "", "image"),
            ("application/x-anything", "a.pdf", "clip"),
            ("", "README", "clip"),
        ] {
            assert_eq!(file_icon(content_type, name), icon, "{content_type} {name}");
            assert!(icons.contains(&format!("id=\"{icon}\"")), "{icon} is drawn");
        }
    }
}
