//! The shipped reply templates, embedded: every one in every language with texts.

macro_rules! shipped {
    ($($name:literal $label:literal;)+) => {
        /// Every template: name and label for the desk.
        pub const NAMES: &[(&str, &str)] = &[$(($name, $label)),+];

        /// Language, name and text.
        pub(super) static DEFAULTS: &[(&str, &str, &str)] = &[$(
            text!("en", $name),
            text!("de", $name),
            text!("fr", $name),
            text!("es", $name),
            text!("it", $name),
            text!("nl", $name),
        )+];
    };
}

macro_rules! text {
    ($locale:literal, $name:literal) => {
        ($locale, $name, include_str!(concat!("../../templates/defaults/", $locale, "/", $name, ".tera")))
    };
}

shipped! {
    "where_is_my_order" "Where is my order";
    "late_or_lost" "Late or lost parcel";
    "damaged_or_wrong_item" "Damaged or wrong item";
    "return_item" "Return";
    "exchange" "Exchange";
    "refund_status" "Refund status";
    "refund_request" "Money back";
    "cancel_order" "Cancel";
    "change_address" "New address";
    "change_items" "Change items";
    "orders_changed" "What was done with orders";
    "stock" "Stock";
    "delivery_time" "Delivery time";
    "invoice" "Invoice";
    "product_question" "Product question";
    "complaint" "Complaint";
    "thanks" "Thanks";
    "hand_over" "A person takes over";
    "ask_order_number" "Asks for the order number";
    "ask_which_order" "Asks which order";
    "ask_which_item" "Asks which item";
    "ask_remedy" "Asks: new one or money back";
    "ask_photo" "Asks for a photo";
    "ask_code" "Asks for the code in a mail";
    "ask_code_again" "Says that a code is wrong";
    "tell_late" "Before they ask: late parcel";
    "tell_failed" "Before they ask: failed delivery";
    "tell_sent_back" "Before they ask: parcel sent back";
    "tell_refunded" "Before they ask: refund posted";
    "tell_restocked" "Before they ask: back in stock";
}

/// Replies that the desk no longer has: name, what it was called, and the reply that is said in its place. A brand may
/// still have texts for them.
pub const FORMER: &[(&str, &str, &str)] =
    &[("ask_identity", "Asks to write from the order’s address", "ask_order_number")];
