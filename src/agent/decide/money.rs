//! Refunds that were made, are under way, or are asked for.

use super::Case;
use crate::agent::claims::sums;
use crate::model::order::{KnownOrder, Money, Order, OrderStatus};
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

    /// Asks a person where the customer names a sum that is neither what they get back nor anything of the order: they
    /// may mean less, more, or another currency.
    pub(super) fn compare_sums(&mut self, order: &Order, refund: Money) {
        let of_goods = order.lines.iter().flat_map(|line| {
            let price = line.unit_price;
            [price, Money::new(price.minor.saturating_mul(line.ordered.into()), price.currency)]
        });
        let of_order = [order.total, order.shipping_price, refund];
        let of_payments = order.payments.iter().map(|payment| payment.amount);
        let known: Vec<Money> = of_goods.chain(of_order).chain(of_payments).collect();
        let other = sums(self.text).into_iter().find(|(_, sum)| sum.is_none_or(|sum| !known.contains(&sum)));
        if let Some((shown, _)) = other {
            self.ask(format!("the customer writes of {shown}, the refund is {refund}"));
        }
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
