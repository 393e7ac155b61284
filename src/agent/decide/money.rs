//! Refunds that were made, are under way, or are asked for.

use super::Case;
use crate::model::order::{KnownOrder, OrderStatus};
use crate::policy::Facts;

impl Case<'_> {
    pub(super) fn refund_status(&mut self, known: &KnownOrder) {
        let variables = self.order_variables(known, None);
        if variables.refund.amount.is_empty() && variables.return_parcel.status == "closed" {
            return self.hand_off("The return is closed, but no refund is to be seen.".to_owned());
        }
        self.answer(&Facts::default());
        self.say("refund_status", variables);
        self.reason("refund status", "refunds", "Refund status");
    }

    /// Money back without damage: the goods come first.
    pub(super) fn refund_request(&mut self, known: &KnownOrder) {
        let order = &known.order;
        if !order.refunds.is_empty() {
            return self.refund_status(known);
        }
        match order.status {
            OrderStatus::Delivered => self.take_back(known, "refund_request"),
            OrderStatus::Open => self.cancel(known),
            OrderStatus::Cancelled => self.refund_status(known),
            OrderStatus::PartlyShipped | OrderStatus::Shipped => {
                self.hand_off("Wants money back while the parcel is on its way.".to_owned());
            }
        }
    }
}
