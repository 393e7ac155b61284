//! What Amazon's machines write about: copies, failures, news of orders. Most of it is no message of a customer's.

use channel_contract::inbound::OrderHappening;
use channel_email::ParsedMail;
use serde::{Deserialize, Serialize};

use crate::phrases;
use crate::settings::AmazonSettings;

/// How much of a text is looked at where the subject says nothing.
const BEGINNING: usize = 1_500;

/// A kind of mail that Amazon writes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A copy of what the seller wrote.
    SentCopy,
    /// What the seller wrote could not be passed on.
    Undelivered,
    /// The same, for the buyer takes only answers.
    OptedOut,
    /// The buyer asks to cancel an order.
    CancelRequested,
    /// The buyer asks to return something.
    ReturnRequested,
    /// The buyer, or their bank, claims money.
    ClaimOpened,
    /// Such a claim is decided or taken back.
    ClaimClosed,
    /// Money went back.
    Refunded,
    /// An order was placed.
    OrderPlaced,
    /// Somebody asks about a product on its page, where it is answered.
    ListingQuestion,
    /// Something that is no work for whoever answers customers.
    NoWork,
}

impl NoticeKind {
    /// All of them, the narrower before the wider.
    pub const ALL: [Self; 11] = [
        Self::OptedOut,
        Self::Undelivered,
        Self::ClaimClosed,
        Self::ClaimOpened,
        Self::CancelRequested,
        Self::ReturnRequested,
        Self::Refunded,
        Self::OrderPlaced,
        Self::ListingQuestion,
        Self::SentCopy,
        Self::NoWork,
    ];

    /// What it says of an order, in our words, where it is about one.
    pub(crate) fn happening(self) -> Option<(OrderHappening, &'static str)> {
        Some(match self {
            Self::CancelRequested => (OrderHappening::CancelRequested, "The buyer asks on Amazon to cancel the order."),
            Self::ReturnRequested => (OrderHappening::ReturnOpened, "The buyer asks on Amazon to return something."),
            Self::ClaimOpened => {
                (OrderHappening::ClaimOpened, "A claim was opened on Amazon. It is answered in Seller Central.")
            }
            Self::ClaimClosed => (OrderHappening::ClaimClosed, "The claim on Amazon is decided or taken back."),
            Self::Refunded => (OrderHappening::Refunded, "Money went back through Amazon."),
            Self::OrderPlaced => (OrderHappening::Created, "The order was placed on Amazon."),
            Self::SentCopy | Self::Undelivered | Self::OptedOut | Self::ListingQuestion | Self::NoWork => return None,
        })
    }
}

/// What a mail of Amazon's machines is about; `None` where nobody knows.
pub(crate) fn kind_of(mail: &ParsedMail, settings: &AmazonSettings) -> Option<NoticeKind> {
    let holds = |text: &str, kind: NoticeKind| {
        settings.phrases_of(kind).into_iter().any(|phrase| phrases::holds(text, &phrase))
    };
    let subject = mail.subject.to_lowercase();
    // Some failures tell only inside why.
    let beginning: String = mail.text.chars().take(BEGINNING).collect::<String>().to_lowercase();
    let by_subject = NoticeKind::ALL.into_iter().find(|kind| holds(&subject, *kind));
    match by_subject {
        Some(NoticeKind::Undelivered) if holds(&beginning, NoticeKind::OptedOut) => Some(NoticeKind::OptedOut),
        Some(kind) => Some(kind),
        None => [NoticeKind::OptedOut, NoticeKind::Undelivered].into_iter().find(|kind| holds(&beginning, *kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(subject: &str, text: &str) -> Option<NoticeKind> {
        let mail = format!(
            "From: donotreply@amazon.de\nContent-Type: text/plain; charset=utf-8\nSubject: {subject}\n\n{text}\n"
        );
        kind_of(&channel_email::parse(mail.as_bytes()), &AmazonSettings::default())
    }

    #[test]
    fn subjects_in_many_languages_are_understood() {
        use NoticeKind::{
            CancelRequested, ClaimClosed, ClaimOpened, ListingQuestion, NoWork, OptedOut, OrderPlaced, Refunded,
            ReturnRequested, SentCopy, Undelivered,
        };
        for (subject, wanted) in [
            ("Your e-mail to Mara", SentCopy),
            ("Ihre Nachricht an Mara (Bestellung 303-1111111-2222222)", SentCopy),
            ("We were unable to deliver the message you sent", Undelivered),
            ("Ihre Nachricht konnte nicht zugestellt werden", Undelivered),
            ("Votre message n'a pas pu être remis", Undelivered),
            ("Tu mensaje no se ha podido enviar", Undelivered),
            ("The buyer has opted out of your messages", OptedOut),
            ("Buyer cancellation request for order 111-1111111-2222222", CancelRequested),
            ("Demande d'annulation pour la commande 403-1111111-2222222", CancelRequested),
            ("Return authorization request for order 111-1111111-2222222", ReturnRequested),
            ("Rücksendeantrag für Bestellung 303-1111111-2222222", ReturnRequested),
            ("Demande de retour et de remboursement", ReturnRequested),
            ("Richiesta di reso per l'ordine 404-1111111-2222222", ReturnRequested),
            ("A-to-z Guarantee claim for order 111-1111111-2222222", ClaimOpened),
            ("A-bis-Z-Garantieantrag zu Bestellung 303-1111111-2222222", ClaimOpened),
            ("A-to-z claim closed: order 111-1111111-2222222", ClaimClosed),
            ("A-bis-Z-Garantie: Entscheidung zu 303-1111111-2222222", ClaimClosed),
            ("Refund initiated for order 111-1111111-2222222", Refunded),
            ("Rimborso per l'ordine 404-1111111-2222222", Refunded),
            ("Sold, ship now: Cup", OrderPlaced),
            ("A question about your product", ListingQuestion),
            ("Seller news of this week", NoWork),
        ] {
            assert_eq!(kind(subject, "x"), Some(wanted), "{subject}");
        }
        assert_eq!(kind("Your account", "Something to read."), None);
        assert_eq!(kind("Parcel", "The parcel could not be delivered."), None, "a parcel is no message");
    }

    #[test]
    fn trouble_with_money_is_told_from_news_of_it() {
        for subject in [
            "Action required: your disbursement is on hold",
            "Ihre Auszahlung wird zurückgehalten",
            "Votre versement est en attente",
            "Il tuo accredito è sospeso",
            "Je uitbetaling is mislukt",
        ] {
            assert_eq!((kind(subject, "x"), phrases::asks(&subject.to_lowercase())), (Some(NoticeKind::NoWork), true));
        }
        for subject in ["Your disbursement is on its way", "Ihre Auszahlung ist unterwegs", "Your report is ready"] {
            assert!(!phrases::asks(&subject.to_lowercase()), "{subject}");
        }
    }

    #[test]
    fn a_failure_tells_inside_why() {
        let text = "We were unable to deliver the message you sent. The buyer has opted out of it.";
        assert_eq!(kind("Your message was not delivered", text), Some(NoticeKind::OptedOut));
        assert_eq!(kind("A note from Amazon", text), Some(NoticeKind::OptedOut));
        assert_eq!(kind("A note", "We were unable to deliver the message you sent."), Some(NoticeKind::Undelivered));
    }

    #[test]
    fn every_kind_has_words_in_lower_case_and_is_looked_for() {
        for kind in NoticeKind::ALL {
            assert!(phrases::of(kind).iter().all(|phrase| *phrase == phrase.to_lowercase()), "{kind:?}");
            assert!(phrases::of(kind).len() > 5 && NoticeKind::ALL.iter().filter(|other| **other == kind).count() == 1);
        }
        for empty in ["", " ", "&", " & "] {
            assert!(!phrases::holds("anything", empty), "no word says nothing");
        }
        assert!(phrases::holds("anything", "any&&thing"));
    }
}
