//! Which line of an order is meant.

use super::Case;
use crate::agent::gather::{alike, content_words};
use crate::model::order::{KnownOrder, LineItem, LineQuantity};
use crate::policy::Facts;

/// What the customer means.
pub(super) enum Meant {
    /// These lines.
    Lines(Vec<LineQuantity>),
    /// It must be asked.
    Unclear,
}

/// Words for the whole order.
const ALL_WORDS: &[&str] = &[
    "everything",
    "whole order",
    "entire order",
    "all items",
    "both items",
    "alles",
    "die ganze bestellung",
    "toute la commande",
    "tous les articles",
    "todo el pedido",
    "todos los art",
    "tutto l'ordine",
    "hele bestelling",
];

/// Lines that are still with the customer or on their way.
fn open_lines(known: &KnownOrder) -> Vec<&LineItem> {
    known.order.lines.iter().filter(|line| line.current > 0).collect()
}

impl Case<'_> {
    pub(super) fn meant(&self, known: &KnownOrder) -> Meant {
        let lines = open_lines(known);
        let whole = |line: &&LineItem| LineQuantity { line_id: line.id.clone(), quantity: line.current };
        if let [only] = lines.as_slice() {
            // Of several pieces of one line nobody knows how many are meant.
            return if only.current == 1 { Meant::Lines(vec![whole(only)]) } else { self.counted(only) };
        }
        let lower = self.text.to_lowercase();
        if ALL_WORDS.iter().any(|words| lower.contains(words)) {
            return Meant::Lines(lines.iter().map(whole).collect());
        }
        let words = content_words(self.text);
        let named = |line: &&&LineItem| {
            let title = content_words(&format!("{} {}", line.title, line.variant));
            let shared = title.iter().filter(|word| words.iter().any(|other| alike(other, word))).count();
            (shared, lower.contains(&line.sku.to_lowercase()) && !line.sku.is_empty())
        };
        let best = lines.iter().map(|line| named(&line)).max_by_key(|(shared, by_sku)| (*by_sku, *shared));
        let Some(best) = best.filter(|(shared, by_sku)| *by_sku || *shared > 0) else { return Meant::Unclear };
        let fitting: Vec<&&LineItem> = lines.iter().filter(|line| named(line) == best).collect();
        match fitting.as_slice() {
            [only] if only.current == 1 => Meant::Lines(vec![whole(only)]),
            [only] => self.counted(only),
            _ => Meant::Unclear,
        }
    }

    /// Of a line with several pieces: one if the text speaks of one, all if it says so.
    fn counted(&self, line: &LineItem) -> Meant {
        let lower = self.text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| crate::voice::has_words(&lower, word));
        let quantity = if says(&["both", "all", "beide", "alle", "tous", "todos", "tutti", "allebei"]) {
            line.current
        } else if says(&["one", "1", "one of", "ein", "eine", "eins", "un", "une", "una", "uno", "een"]) {
            1
        } else {
            return Meant::Unclear;
        };
        Meant::Lines(vec![LineQuantity { line_id: line.id.clone(), quantity }])
    }

    pub(super) fn ask_which_item(&mut self, known: &KnownOrder) {
        const MOST: usize = 6;
        let lines = open_lines(known);
        let shown: Vec<LineItem> = lines.into_iter().take(MOST).cloned().collect();
        for (index, line) in shown.iter().enumerate() {
            self.facts.add_item(&format!("items.{}", index + 1), known, &line.id);
        }
        let mut variables = self.order_variables(known, None);
        variables.items = shown.iter().map(|line| self.writer().item(line)).collect();
        self.answer(&Facts::default());
        self.say("ask_which_item", variables);
        self.reason("the order has several items", "", "Ask which item");
    }
}
