//! Refunds that were made, are under way, or are asked for.

use super::Case;
use crate::agent::claims::amount;
use crate::agent::clauses::clauses;
use crate::agent::understand::entity_patterns::MONEY;
use crate::model::order::{KnownOrder, Money, Order, OrderStatus};
use crate::policy::Facts;
use crate::voice::has_words;

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

    /// Asks a person where the customer names a sum that is not what they get back: they may mean less, more, or another
    /// currency. What they say they paid may be any sum of the order.
    pub(super) fn compare_sums(&mut self, order: &Order, refund: Money) {
        let paid = paid_sums(order);
        let other = clauses(self.text).into_iter().find_map(|clause| {
            let known = |sum: Money| sum == refund || tells_of_paying(&clause) && paid.contains(&sum);
            let mut sums = MONEY.find_iter(&clause).map(|found| found.as_str().trim().to_owned());
            sums.find(|shown| !amount(shown).is_some_and(known))
        });
        if let Some(shown) = other {
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

/// What a customer may say they paid: for one, for several, for the parcel, in all.
fn paid_sums(order: &Order) -> Vec<Money> {
    let of_goods = order.lines.iter().flat_map(|line| {
        let price = line.unit_price;
        [price, Money::new(price.minor.saturating_mul(line.ordered.into()), price.currency)]
    });
    let of_payments = order.payments.iter().map(|payment| payment.amount);
    of_goods.chain([order.total, order.shipping_price]).chain(of_payments).collect()
}

fn tells_of_paying(clause: &str) -> bool {
    const PAYING: &[&str] = &[
        "paid", "cost", "costs", "price", "bezahlt", "gezahlt", "gekostet", "kostete", "kostet", "preis", "payé",
        "payée", "coûté", "coûte", "prix", "pagado", "pagué", "costó", "costado", "cuesta", "precio", "pagato",
        "costato", "costa", "prezzo", "betaald", "gekost", "kostte", "kost", "prijs",
    ];
    PAYING.iter().any(|word| has_words(clause, word))
}
