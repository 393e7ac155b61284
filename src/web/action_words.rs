//! What is asked of shops, in words for people.

use crate::model::order::{ActionKind, Document, RefundKind};

/// An action as something that happened. The stored word, as events carry it.
pub fn action_done_word(kind: &str) -> &'static str {
    match kind {
        "cancel" => "Cancelled",
        "refund" => "Refunded",
        "return" => "Opened a return for",
        "replace" => "Sent again",
        "change_address" => "Changed the address of",
        "exchange" => "Opened an exchange for",
        "change_items" => "Changed items of",
        "resend" => "Sent a document again for",
        "discount_code" => "Made a discount code for",
        "note" => "Noted something on",
        "cancel_return" => "Called off a return of",
        "void_code" => "Ended a discount code of",
        "change_payment" => "Changed the payment of",
        _ => "Changed",
    }
}

/// An action as something to be asked for. The stored word, as events carry it.
pub fn action_asked_word(kind: &str) -> String {
    let words = match kind {
        "change_address" => "change the address of",
        "exchange" => "exchange goods of",
        "change_items" => "change items of",
        "resend" => "send a document again for",
        "discount_code" => "make a discount code for",
        "note" => "note something on",
        "cancel_return" => "call off a return of",
        "void_code" => "end a discount code of",
        "change_payment" => "change the payment of",
        plain => return plain.replace('_', " "),
    };
    words.to_owned()
}

/// What a shop is asked for with a kind of action.
pub fn action_kind_word(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Cancel => "cancellations",
        ActionKind::Refund => "refunds",
        ActionKind::Return => "returns",
        ActionKind::Replace => "goods sent again",
        ActionKind::ChangeAddress => "new addresses",
        ActionKind::Exchange => "exchanges",
        ActionKind::ChangeItems => "changes of items",
        ActionKind::Resend => "documents sent again",
        ActionKind::DiscountCode => "discount codes",
        ActionKind::Note => "notes on orders",
        ActionKind::CancelReturn => "returns called off",
        ActionKind::VoidCode => "discount codes ended",
        ActionKind::ChangePayment => "other ways to pay",
    }
}

/// A document that the shop sends.
pub fn document_word(document: Document) -> &'static str {
    match document {
        Document::OrderConfirmation => "the order confirmation",
        Document::Invoice => "the invoice",
        Document::ReturnLabel => "the return label",
        Document::Tracking => "where the parcel is",
    }
}

/// What a refund gives back.
pub fn refund_kind_word(kind: RefundKind) -> &'static str {
    match kind {
        RefundKind::Full => "all that is left",
        RefundKind::Lines => "the chosen items",
        RefundKind::Shipping => "shipping",
        RefundKind::Goodwill => "something for the trouble",
    }
}
