//! Whatever comes is read or refused, and never stops the program.

use channel_telegram::list;
use proptest::prelude::*;

use crate::fixtures;

#[test]
fn depth_has_an_end() {
    for sign in ["[", "{\"message\":"] {
        assert!(list(sign.repeat(100_000).as_bytes()).is_err());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = list(&bytes);
    }

    #[test]
    fn no_altered_delivery_makes_reading_panic(which in 0..40_usize, at in 0..2_000_usize, byte in any::<u8>()) {
        let all = fixtures();
        let mut body = all[which % all.len()].1.clone();
        let at = at % body.len();
        body[at] = byte;
        let _ = list(&body);
    }
}
