//! Whoever asks about an order that nothing proves to be theirs shows it with a code, which goes to the address of the order.

use super::Case;
use crate::agent::gather::writes_themselves;
use crate::model::channel::is_marketplace;
use crate::model::draft::{ASKS_FOR_CODE, Evidence, EvidenceSource};
use crate::model::identity_check::masked;
use crate::model::message::Trust;
use crate::model::order::KnownOrder;
use crate::policy::{Facts, When};

impl Case<'_> {
    /// Whether a code can show that an order is the writer's: the policy and the place allow it, and there is somebody to bring it.
    pub(super) fn may_ask_for_code(&self, known: &KnownOrder) -> bool {
        let snapshot = self.snapshot;
        let is_told_by_platform =
            snapshot.conversation.channel_kind.parse().is_ok_and(is_marketplace) || snapshot.is_vouched(known);
        snapshot.policy.proving.code != When::Never
            && snapshot.codes.can_be_sent
            && !is_told_by_platform
            && known.order.buyer.email.contains('@')
            && writes_themselves(snapshot)
            && snapshot.unanswered().iter().all(|message| message.trust != Trust::Failed)
    }

    /// Asks for the code. Where the customer wrote a wrong one it is said so; a person takes over who has none that counts.
    pub(super) fn ask_for_code(&mut self, known: &KnownOrder) {
        if self.snapshot.codes.are_used_up() {
            return self.hand_off("The code for the order was wrong too often, or came too late.".to_owned());
        }
        let to = masked(&known.order.buyer.email);
        self.facts.add(
            "order",
            Evidence {
                source: EvidenceSource::Order,
                label: format!("Order {}", known.order.number),
                detail: format!("its mail address begins {to}"),
                values: vec![to.clone()],
                read_at: known.read_at,
            },
        );
        let mut variables = self.writer().base();
        variables.code_to = to;
        self.answer(&Facts::default());
        if self.snapshot.brings_wrong_code() {
            self.say("ask_code_again", variables);
            return self.reason("the code is wrong", "identity", "Ask for the code again");
        }
        if self.snapshot.policy.proving.code == When::AfterApproval {
            self.ask("a code to the order’s address is approved by a person".to_owned());
        }
        self.plan.order_of_code = Some(known.clone());
        self.say(ASKS_FOR_CODE, variables);
        self.reason("nothing proves that the order is theirs", "identity", "Send a code");
    }
}
