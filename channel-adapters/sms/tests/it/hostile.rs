//! Whatever comes is read or refused, and never stops the program.

use channel_sms::{list_messagebird, list_twilio, segments};
use proptest::prelude::*;

use crate::fixtures;

#[test]
fn depth_has_an_end() {
    for sign in ["[", "{\"Body\":"] {
        assert!(list_twilio(sign.repeat(100_000).as_bytes()).is_err());
        assert!(list_messagebird(sign.repeat(100_000).as_bytes()).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = list_twilio(&bytes);
        let _ = list_messagebird(&bytes);
    }

    #[test]
    fn no_altered_delivery_makes_reading_panic(which in 0..40_usize, at in 0..1_000_usize, byte in any::<u8>()) {
        let all = fixtures();
        let mut body = all[which % all.len()].1.clone();
        let at = at % body.len();
        body[at] = byte;
        let _ = list_twilio(&body);
    }

    #[test]
    fn parts_hold_the_whole_text(text in "\\PC{0,400}") {
        let parts = segments::of(&text);
        let units = text.encode_utf16().count();
        prop_assert!(parts.count <= units.max(1));
        prop_assert!(parts.count * 160 >= text.chars().count());
    }
}
