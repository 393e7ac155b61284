//! Asking back, products, invoices.

use super::Case;
use super::covered::covers;
use crate::agent::terms::asks_return_terms;
use crate::agent::understand::intent::Intent;
use crate::model::order::{KnownOrder, order_numbers};
use crate::policy::Facts;
use crate::voice::{format, has_words};

impl Case<'_> {
    /// The writer's own orders, to choose from.
    pub(super) fn ask_which_order(&mut self, orders: &[KnownOrder]) {
        const MOST: usize = 5;
        let shown = orders.get(..MOST).unwrap_or(orders);
        for (index, known) in shown.iter().enumerate() {
            self.facts.add(format!("orders.{}", index + 1), crate::agent::evidence::order_evidence(known));
        }
        let mut variables = self.writer().base();
        variables.orders = shown.iter().map(|known| self.writer().order(&known.order)).collect();
        self.answer(&Facts::default());
        self.say("ask_which_order", variables);
        self.reason("several orders fit", "identity", "Ask which order");
        let numbers: Vec<String> = shown.iter().map(|known| known.order.number.clone()).collect();
        let pattern = &self.snapshot.brand.order_pattern;
        // A number that is not read as one would be an answer that leads nowhere.
        if numbers.iter().all(|number| order_numbers(number, pattern) == [number.to_uppercase()]) {
            self.offer(numbers);
        }
    }

    /// About a number that the customer named and that leads nowhere for them.
    pub(super) fn not_found(&mut self, named: &str, why: &str) {
        self.facts.add_named(named, self.snapshot.now);
        let mut variables = self.writer().base();
        named.clone_into(&mut variables.asks);
        self.answer(&Facts::default());
        self.say("ask_order_number", variables);
        self.reason(why, "identity", "Ask for the order");
    }

    /// Whether the invoice is to be made out to somebody, which a link cannot do.
    fn names_another_payer(&self) -> bool {
        const OTHER: &[&str] = &[
            "made out to",
            "make it out to",
            "addressed to",
            "company name",
            "vat number",
            "vat id",
            "ausgestellt auf",
            "ausstellen auf",
            "firmenname",
            "ust-id",
            "ust-idnr",
            "auf die firma",
            "au nom de",
            "numéro de tva",
            "a nombre de",
            "nif",
            "cif",
            "intestata a",
            "partita iva",
            "op naam van",
            "btw-nummer",
        ];
        let lower = self.text.to_lowercase();
        OTHER.iter().any(|words| has_words(&lower, words))
    }

    /// Whether it is only asked what a return costs, or how long there is time for it.
    pub(super) fn asks_return_terms(&self) -> bool {
        self.intent == Intent::ReturnItem && asks_return_terms(self.text)
    }

    /// The terms of a return, which need no order.
    pub(super) fn return_terms(&mut self) {
        let mut variables = self.writer().base();
        "terms".clone_into(&mut variables.asks);
        self.answer(&Facts::default());
        self.say("return_item", variables);
        self.reason("terms of a return", "returns", "Return terms");
    }

    pub(super) fn about_products(&mut self) {
        if self.products.is_empty() {
            return self.hand_off("No product fits the question clearly.".to_owned());
        }
        let mut variables = self.writer().base();
        for (index, product) in self.products.iter().enumerate() {
            if product.in_stock.is_none() {
                return self.hand_off(format!("The shop does not say whether {} is in stock.", product.title));
            }
            self.facts.add_product(&format!("product.{}", index + 1), product, self.snapshot.now);
            variables.products.push(self.writer().product(product));
        }
        if !covers(self.products, self.text) {
            self.ask("what the shop says of its goods may not answer all that is asked".to_owned());
        }
        self.answer(&Facts::default());
        let is_stock = self.intent == Intent::Stock;
        self.say(if is_stock { "stock" } else { "product_question" }, variables);
        let mut names: Vec<String> = self.products.iter().map(|product| product.title.clone()).collect();
        names.dedup();
        self.reason(&format::list(&names, "en"), "", if is_stock { "Stock" } else { "Product facts" });
    }

    pub(super) fn invoice(&mut self, known: &KnownOrder) {
        if self.names_another_payer() {
            return self.hand_off("Wants the invoice in another name.".to_owned());
        }
        let variables = self.order_variables(known, None);
        if variables.order.invoice_url.is_empty() {
            return self.hand_off("The invoice cannot be linked here.".to_owned());
        }
        self.answer(&Facts::default());
        self.say("invoice", variables);
        self.reason("invoice of the order", "", "Invoice");
    }
}
