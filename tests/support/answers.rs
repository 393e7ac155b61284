//! What a teammate answers by words of their own.

use resolute::inbox::attach::Enclosed;
use resolute::inbox::care::Answer;
use resolute::inbox::macros::Also;
use resolute::model::writing::Basis;

/// An answer that is a text alone, with this beside it; its writer is held to nothing that they saw.
pub(crate) fn text_alone(also: &Also) -> Answer<'_> {
    Answer {
        enclosed: Enclosed::These(&[]),
        on: None,
        seen: None,
        shown: None,
        parted: None,
        basis: Basis::Any,
        also,
        choices: &[],
        template: None,
        program: false,
        audience: None,
        drawn_for: None,
    }
}
