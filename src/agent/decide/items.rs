//! Which line of an order is meant.

use super::Case;
use crate::agent::broken;
use crate::agent::clauses::{NEGATIONS, clauses, is_negated};
use crate::agent::products::{alike, content_words};
use crate::agent::understand::phrases::plain_words;
use crate::agent::variables::name_of;
use crate::model::order::{KnownOrder, LineItem, LineQuantity, OrderStatus};
use crate::policy::Facts;
use crate::voice::has_words;

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
    "complete order",
    "all items",
    "all the items",
    "both items",
    "alles",
    "ganze bestellung",
    "gesamte bestellung",
    "alle artikel",
    "beide artikel",
    "toute la commande",
    "tous les articles",
    "todo el pedido",
    "todos los artículos",
    "tutto l'ordine",
    "tutti gli articoli",
    "hele bestelling",
    "alle artikelen",
];

/// Beside these, “everything” is what remains.
const REST_WORDS: &[&str] = &[
    "else",
    "other",
    "rest",
    "otherwise",
    "sonst",
    "andere",
    "anderen",
    "übrige",
    "reste",
    "autre",
    "demás",
    "altro",
    "overige",
    "verder",
];

/// Words of thanks: for everything, but nothing is wanted in it.
const THANKS_WORDS: &[&str] =
    &["thank", "thanks", "danke", "dank", "merci", "gracias", "grazie", "bedankt", "dankjewel"];

/// Words of giving goods back; beside them and those of broken goods, the whole order is wanted back.
const BACK_WORDS: &[&str] = &[
    "return",
    "returning",
    "back",
    "refund",
    "refunded",
    "exchange",
    "replace",
    "replaced",
    "zurück",
    "zurückgeben",
    "zurückzugeben",
    "zurückschicken",
    "zurückzuschicken",
    "zurücksenden",
    "zurückzusenden",
    "retournieren",
    "umtauschen",
    "erstattet",
    "rücksendung",
    "retourner",
    "renvoyer",
    "rendre",
    "rembourser",
    "échanger",
    "devolver",
    "reembolso",
    "cambiar",
    "restituire",
    "rendere",
    "rimborso",
    "terugsturen",
    "terugzenden",
    "terug",
    "retourneren",
    "ruilen",
];

/// What may stand beside the words for all where nothing else is said: “everything, please”.
const SMALL_WORDS: &[&str] = &[
    "yes", "please", "the", "my", "ja", "bitte", "die", "oui", "sí", "por", "favor", "sì", "per", "favore", "graag",
    "de", "mijn",
];

/// Words with which somebody says what they do not want to give back.
const KEEP_WORDS: &[&str] = &[
    "keep", "keeping", "behalte", "behalten", "je garde", "garder", "me quedo", "quedarme", "tengo", "tenere",
    "ik houd", "ik hou", "houden",
];

/// Words before what is not given back with the rest.
const EXCEPT_WORDS: &[&str] = &[
    "except",
    "excluding",
    "but not",
    "apart from",
    "aside from",
    "other than",
    "außer",
    "ausgenommen",
    "bis auf",
    "sauf",
    "hormis",
    "excepté",
    "excepto",
    "salvo",
    "todo menos",
    "tranne",
    "eccetto",
    "behalve",
    "exceto",
    "oprócz",
];

/// Behind a clause that ends with one of these, “but” begins what is not given back.
const ALL_BUT: &[&str] = &["everything", "all"];

/// Numbers that are written as words, folded.
const NUMBERS: &[(u32, &[&str])] = &[
    (1, &["one", "eine", "einen", "eins", "un", "une", "uno", "una", "een"]),
    (2, &["two", "zwei", "deux", "dos", "due", "twee"]),
    (3, &["three", "drei", "trois", "tres", "tre", "drie"]),
];

/// What is counted by the number before it, folded.
const COUNTED: &str = "day days week weeks month months hour hours time times piece pieces of tag tage tagen woche wochen monat monate \
    monaten stunde stunden mal stuck jour jours semaine semaines mois heure heures fois dia dias semana semanas mes meses horas veces \
    giorno giorni settimana settimane mese mesi ore volte dag dagen weken maanden uur keer";

/// Words beside a number with which somebody answers how many, folded.
const BESIDE_NUMBERS: &str = "just only of them these the please pieces piece it is i mean nur davon bitte stuck seulement de s il vous plait \
    solo de ellos por favor unidades per favore pezzi di questi alleen stuks van alsjeblieft";

fn says(clause: &str, words: &[&str]) -> bool {
    words.iter().any(|words| has_words(clause, words))
}

/// What a text asks for, and what it says is kept: clause by clause.
fn without_what_is_kept(text: &str) -> (Vec<String>, Vec<String>) {
    // What cannot be kept is wanted back.
    let keeps = |clause: &String| says(clause, EXCEPT_WORDS) || (says(clause, KEEP_WORDS) && !is_negated(clause));
    let (mut wanted, mut kept) = (Vec::new(), Vec::new());
    let mut follows_all = false;
    for clause in clauses(text) {
        let is_rest = follows_all && clause.starts_with("but ");
        follows_all = clause.split_whitespace().next_back().is_some_and(|last| ALL_BUT.contains(&last));
        if is_rest || keeps(&clause) { kept.push(clause) } else { wanted.push(clause) }
    }
    (wanted, kept)
}

/// Whether a clause wants the whole order back: it says so of all, or says nothing beside “all of it”.
fn wants_all(clause: &str) -> bool {
    let Some(all) = ALL_WORDS.iter().find(|words| has_words(clause, words)) else { return false };
    if is_negated(clause) || says(clause, REST_WORDS) || says(clause, THANKS_WORDS) {
        return false;
    }
    let beside = clause.replace(all, " ");
    let mut words = beside.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    says(&beside, BACK_WORDS) || broken::is_spoken_of(&beside) || words.all(|word| SMALL_WORDS.contains(&word))
}

/// Whether pieces of a line have not left.
fn waits(known: &KnownOrder, line: &LineItem) -> bool {
    let sent = known.order.shipments.iter().flat_map(|parcel| &parcel.lines).filter(|part| part.line_id == line.id);
    line.current > line.fulfilled.max(sent.map(|part| part.quantity).sum())
}

/// Whether some goods have left and some have not: what is true of the one is not of the other.
pub(super) fn is_partly_sent(known: &KnownOrder) -> bool {
    let order = &known.order;
    order.status == OrderStatus::PartlyShipped
        || (!order.shipments.is_empty()
            && order.lines.iter().any(|line| waits(known, line))
            && order.lines.iter().any(|line| !waits(known, line)))
}

/// How many words of a line's name a text has.
fn shared(line: &LineItem, words: &[String]) -> usize {
    let title = content_words(&format!("{} {}", line.title, line.variant));
    title.iter().filter(|word| words.iter().any(|other| alike(other, word))).count()
}

/// Whether a clause, in words, has this name of letters and digits, in one or in parts: `SKU-7`, `sku 7`. That is no part of
/// `SKU-77`, and a number that counts something behind it is none of a name: “the tent 2 days ago”.
fn has_name(clause: &[String], name: &str) -> bool {
    let name = plain_words(name).concat();
    let is_mixed = name.contains(char::is_alphabetic) && name.contains(char::is_numeric);
    let begins_at = |from: usize| {
        let mut rest = name.as_str();
        for (place, word) in clause.iter().enumerate().skip(from) {
            match rest.strip_prefix(word.as_str()) {
                Some("") => {
                    let next = clause.get(place + 1);
                    return next.is_none_or(|next| COUNTED.split_whitespace().all(|counted| counted != next));
                }
                Some(more) => rest = more,
                None => return false,
            }
        }
        false
    };
    is_mixed && (0..clause.len()).any(begins_at)
}

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
        if let Some(chosen) = self.chosen(&lines) {
            return if chosen.current == 1 { Meant::Lines(vec![whole(&chosen)]) } else { self.counted(chosen) };
        }
        let (wanted, kept) = without_what_is_kept(self.text);
        let all = wanted.iter().any(|clause| wants_all(clause));
        let written: Vec<Vec<String>> = wanted.iter().map(|clause| plain_words(clause)).collect();
        let (wanted, kept) = (wanted.join("\n"), kept.join("\n"));
        let (words, kept) = (content_words(&wanted), content_words(&kept));
        let is_kept = |line: &&LineItem| shared(line, &kept) > shared(line, &words);
        let lines: Vec<&LineItem> = lines.into_iter().filter(|line| !is_kept(line)).collect();
        let named = |line: &&&LineItem| {
            let by_name = written.iter().any(|clause| has_name(clause, &line.sku) || has_name(clause, &line.title));
            let by_sku = wanted.contains(&line.sku.to_lowercase()) && !line.sku.is_empty();
            (by_name, by_sku, shared(line, &words))
        };
        let best = lines.iter().map(|line| named(&line)).max();
        let Some(best) = best.filter(|best| *best != (false, false, 0)) else {
            return if all && !lines.is_empty() {
                Meant::Lines(lines.iter().map(whole).collect())
            } else {
                Meant::Unclear
            };
        };
        let fitting: Vec<&&LineItem> = lines.iter().filter(|line| named(line) == best).collect();
        match fitting.as_slice() {
            [only] if only.current == 1 => Meant::Lines(vec![whole(only)]),
            [only] => self.counted(only),
            _ => Meant::Unclear,
        }
    }

    /// Whether a line that would be taken back is named as one that is kept.
    pub(super) fn takes_what_is_kept(&self, known: &KnownOrder, lines: &[LineQuantity]) -> bool {
        let (wanted, kept) = without_what_is_kept(self.text);
        let (wanted, kept) = (content_words(&wanted.join("\n")), content_words(&kept.join("\n")));
        let is_kept = |line: &LineItem| shared(line, &kept) > 0 && shared(line, &kept) >= shared(line, &wanted);
        let taken = lines.iter().filter_map(|part| known.order.line(&part.line_id));
        taken.filter(|line| line.current == 1).any(is_kept)
    }

    /// The line whose very name was chosen from the answers that we gave.
    fn chosen<'l>(&self, lines: &[&'l LineItem]) -> Option<&'l LineItem> {
        let spoken = self.snapshot.spoken();
        let taken = spoken.iter().filter(|message| self.snapshot.is_choice(message));
        let taken: Vec<&str> = taken.map(|message| message.body.trim()).collect();
        let mut named = lines.iter().copied().filter(|line| taken.contains(&name_of(line).trim()));
        named.next().filter(|_| named.next().is_none())
    }

    /// Of a line with several pieces: as many as the customer answers, one if the text speaks of one, all if it says so.
    fn counted(&self, line: &LineItem) -> Meant {
        // The name of what was chosen is no number of pieces.
        let lower = self.snapshot.request().to_lowercase();
        let says = |words: &[&str]| says(&lower, words);
        if let Some(quantity) = self.answered_count().filter(|count| (1..=line.current).contains(count)) {
            return Meant::Lines(vec![LineQuantity { line_id: line.id.clone(), quantity }]);
        }
        let quantity = if says(&["both", "all", "beide", "alle", "tous", "todos", "tutti", "allebei"]) {
            line.current
        } else if self.snapshot.open_question() == Some("ask_which_item") {
            return Meant::Unclear;
        } else if says(&["one", "1", "one of", "ein", "eine", "eins", "un", "une", "una", "uno", "een"]) {
            1
        } else {
            return Meant::Unclear;
        };
        Meant::Lines(vec![LineQuantity { line_id: line.id.clone(), quantity }])
    }

    /// The number that the customer chose last from our answers, or the one in what they answer in their own words.
    fn answered_count(&self) -> Option<u32> {
        let spoken = self.snapshot.spoken();
        let mut chosen = spoken.iter().rev().take_while(|message| self.snapshot.is_choice(message));
        if let Some(count) = chosen.find_map(|message| message.body.trim().parse().ok()) {
            return Some(count);
        }
        let answer = self.snapshot.last_inbound().filter(|answer| !self.snapshot.is_choice(answer))?;
        if self.snapshot.open_question() != Some("ask_which_item") {
            return None;
        }
        let words = plain_words(&answer.body);
        let number_of = |word: &String| {
            let named = NUMBERS.iter().find(|(_, names)| names.contains(&word.as_str())).map(|(number, _)| *number);
            named.or_else(|| word.parse().ok())
        };
        // “One is good” says nothing of how many are not.
        let is_small = |word: &String| BESIDE_NUMBERS.split_whitespace().any(|known| known == word);
        let is_answer = words.iter().all(|word| number_of(word).is_some() || is_small(word));
        let mut numbers = words.iter().filter_map(number_of);
        let first = numbers.next().filter(|_| is_answer)?;
        numbers.all(|other| other == first).then_some(first)
    }

    /// Lines of a partly sent order that have not left and that the text names.
    pub(super) fn names_what_has_not_left(&self, known: &KnownOrder) -> bool {
        let words = content_words(&self.text.to_lowercase());
        let lines = &known.order.lines;
        let best = lines.iter().map(|line| shared(line, &words)).max().unwrap_or(0);
        let named = |line: &&LineItem| best > 0 && shared(line, &words) == best;
        is_partly_sent(known) && lines.iter().filter(named).any(|line| waits(known, line))
    }

    /// Whether goods of the order are named as those that are not meant: “not the stove”.
    pub(super) fn excepts_goods(&self, known: &KnownOrder) -> bool {
        const ARTICLES: [&str; 16] =
            ["the", "my", "der", "die", "das", "den", "le", "la", "les", "el", "los", "las", "il", "i", "de", "het"];
        let words = plain_words(self.text);
        let titles: Vec<String> = known.order.lines.iter().flat_map(|line| plain_words(&line.title)).collect();
        let is_title = |word: &String| titles.iter().any(|title| alike(title, word));
        words.windows(3).any(|run| {
            let [no, article, goods] = run else { return false };
            NEGATIONS.contains(&no.as_str())
                && (is_title(article) || ARTICLES.contains(&article.as_str()) && is_title(goods))
        })
    }

    pub(super) fn ask_which_item(&mut self, known: &KnownOrder) {
        const MOST: usize = 6;
        const MOST_PIECES: u32 = 4;
        let lines = open_lines(known);
        let shown: Vec<LineItem> = lines.into_iter().take(MOST).cloned().collect();
        for (index, line) in shown.iter().enumerate() {
            self.facts.add_item(&format!("items.{}", index + 1), known, &line.id);
        }
        let mut variables = self.order_variables(known, None);
        variables.items = shown.iter().map(|line| self.writer().item(line)).collect();
        self.answer(&Facts::default());
        if let [only] = shown.as_slice() {
            "how_many".clone_into(&mut variables.asks);
            variables.item = self.writer().item(only);
            self.say("ask_which_item", variables);
            self.reason("several pieces of one item", "", "Ask how many");
            if only.current <= MOST_PIECES {
                self.offer((1..=only.current).map(|count| count.to_string()).collect());
            }
            return;
        }
        self.say("ask_which_item", variables);
        self.reason("the order has several items", "", "Ask which item");
        self.offer(shown.iter().map(name_of).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_number_is_that_number_alone_however_it_is_parted() {
        let has = |text: &str, name: &str| has_name(&plain_words(text), name);
        for text in ["one Thing SKU 7 is broken", "sku-7", "the SKU7 came torn", "it is Sku.7"] {
            assert!(has(text, "SKU-7"), "{text}");
            assert!(!has(text, "SKU-77") && !has(text, "SKU-1"), "{text}");
        }
        assert!(has("thing sku 7 is broken", "Thing SKU 7"));
        for text in ["sku 77", "the sku", "7", "the sku 7 days ago", "sku of 7"] {
            assert!(!has(text, "SKU-7"), "{text}");
        }
        assert!(!has("the cup is broken", "CUP") && !has("42", "42"), "a word or a number alone is said of much else");
    }
}
