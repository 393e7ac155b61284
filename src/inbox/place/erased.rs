//! What is read back of people who were erased after they wrote it.

use channel_contract::inbound::Inbound;

use super::placer::Placer;
use super::{Received, party, shown_by};
use crate::model::Ts;

impl Placer<'_> {
    /// Whether it was read back, and written by or to somebody who was erased since.
    pub(super) fn is_of_erased(&self, received: &Received, inbound: &Inbound) -> bool {
        if !received.is_read_back {
            return false;
        }
        let whom = shown_by(inbound).and_then(party).map(|whom| received.identity(whom));
        let erased_at = whom.and_then(|whom| self.erased.get(&whom));
        erased_at.is_some_and(|erased_at| inbound.occurred_at.is_none_or(|at| Ts::from_datetime(at) <= *erased_at))
    }
}
