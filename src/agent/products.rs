//! Goods that a message names, by the words of their titles, and those of an order.

use crate::commerce::shops::Shops;
use crate::model::OrderSourceId;
use crate::model::order::{KnownOrder, OrderFailure, Product};

/// Of more lines than this no goods are looked up.
const MOST_LINES: usize = 6;
/// As many words of a message are looked for.
const MOST_WORDS: usize = 12;

/// The goods of an order's lines as its own shop sells them now, each once.
pub(super) async fn goods_of(known: &KnownOrder, shops: &Shops) -> Result<Vec<Product>, OrderFailure> {
    let mut goods = Vec::new();
    for line in known.order.lines.iter().filter(|line| !line.sku.is_empty()).take(MOST_LINES) {
        let found = shops.products_of(known.source_id, &line.sku).await?;
        add_new(&mut goods, found, |product| product.sku == line.sku);
    }
    Ok(goods)
}

/// All variants of what stands in orders, as the shop of each sells them now, each once.
pub(super) async fn variants_of(orders: &[KnownOrder], shops: &Shops) -> Result<Vec<Product>, OrderFailure> {
    let mut titles: Vec<(OrderSourceId, &str)> = Vec::new();
    for known in orders {
        for line in known.order.lines.iter().filter(|line| !line.title.is_empty()) {
            let title = (known.source_id, line.title.as_str());
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
    }
    let mut goods = Vec::new();
    for (shop, title) in titles.into_iter().take(MOST_LINES) {
        let found = shops.products_of(shop, title).await?;
        add_new(&mut goods, found, |product| product.title == title);
    }
    Ok(goods)
}

fn add_new(goods: &mut Vec<Product>, found: Vec<Product>, is_it: impl Fn(&Product) -> bool) {
    for product in found.into_iter().filter(is_it) {
        if goods.iter().all(|known| known.sku != product.sku) {
            goods.push(product);
        }
    }
}

/// Those of these goods that a question of the message names: who asks nothing is told nothing of them.
pub(super) fn asked_about(text: &str, goods: &[Product]) -> Vec<Product> {
    let sentences = text.split_inclusive(['.', '!', '?', '\n']);
    let questions: String = sentences.filter(|sentence| sentence.ends_with('?')).collect();
    let words: Vec<String> = content_words(&questions).into_iter().take(MOST_WORDS).collect();
    named_best(&words, &questions, goods.to_vec())
}

/// Products that a message names. Nothing if no title fits clearly.
pub(super) async fn find_products(text: &str, shops: &Shops) -> Result<Vec<Product>, OrderFailure> {
    const MOST_CALLS: usize = 6;
    let words: Vec<String> = content_words(text).into_iter().take(MOST_WORDS).collect();
    let mut found = shops.products(&words.join(" ")).await?;
    if found.is_empty() {
        for word in words.iter().take(MOST_CALLS) {
            found.extend(shops.products(word).await?);
        }
    }
    Ok(named_best(&words, text, found))
}

/// The products whose title and variant share most words with the message.
fn named_best(words: &[String], text: &str, mut found: Vec<Product>) -> Vec<Product> {
    const MOST: usize = 3;
    /// Sizes and colours of one product make one answer.
    const MOST_OF_ONE: usize = 6;
    let score = |product: &Product| {
        let title = content_words(&format!("{} {} {}", product.title, product.variant, product.sku));
        title.iter().filter(|word| words.iter().any(|named| alike(named, word))).count()
    };
    found.sort_by(|one, other| score(other).cmp(&score(one)).then(one.sku.cmp(&other.sku)));
    found.dedup_by(|one, other| one.sku == other.sku);
    let best = found.first().map_or(0, score);
    found.retain(|product| best > 0 && score(product) == best);
    let sizes = sizes(text);
    let is_size = |product: &Product| words_of(&product.variant).any(|word| sizes.contains(&word));
    if found.iter().any(is_size) {
        found.retain(is_size);
    }
    let of_one = found.windows(2).all(|pair| matches!(pair, [one, other] if one.title == other.title));
    let most = if of_one { MOST_OF_ONE } else { MOST };
    if found.len() > most { Vec::new() } else { found }
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_uppercase)
}

/// Sizes that a text names: `L`, `XL`, `42`. A small letter alone is a word.
pub(super) fn sizes(text: &str) -> Vec<String> {
    const LETTERS: &[&str] = &["XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL"];
    let words = text.split(|c: char| !c.is_alphanumeric());
    let is_number = |word: &str| (1..=2).contains(&word.len()) && word.chars().all(|c| c.is_ascii_digit());
    words.filter(|word| LETTERS.contains(word) || is_number(word)).map(str::to_owned).collect()
}

/// Words that can name goods, in small letters.
pub(super) fn content_words(text: &str) -> Vec<String> {
    const COMMON: &[&str] = &[
        "the",
        "and",
        "you",
        "your",
        "are",
        "have",
        "has",
        "for",
        "with",
        "this",
        "that",
        "what",
        "when",
        "where",
        "which",
        "stock",
        "available",
        "size",
        "colour",
        "color",
        "still",
        "again",
        "back",
        "does",
        "please",
        "order",
        "hello",
        "there",
        "can",
        "was",
        "not",
        "one",
        "its",
        "ist",
        "der",
        "die",
        "das",
        "und",
        "noch",
        "haben",
        "sie",
        "auf",
        "lager",
        "verfügbar",
        "est",
        "que",
        "les",
        "des",
        "une",
        "del",
        "los",
        "las",
        "una",
        "het",
        "een",
        "want",
        "would",
        "like",
        "return",
        "broken",
        "arrived",
        "came",
        "from",
        "but",
        "any",
        "how",
        "will",
    ];
    let mut words = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase) {
        if word.chars().count() >= 3 && !COMMON.contains(&word.as_str()) && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// Whether two words are the same up to an ending: `gaiter`, `gaiters`.
pub(super) fn alike(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short == long || (short.chars().count() >= 4 && long.starts_with(short) && long.len() - short.len() <= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::order::{Currency, Money};

    #[test]
    fn who_asks_nothing_of_goods_is_told_nothing_of_them() {
        let product = |sku: &str, title: &str| Product {
            sku: sku.to_owned(),
            title: title.to_owned(),
            variant: String::new(),
            description: String::new(),
            price: Money::new(1_990, Currency::EUR),
            in_stock: Some(3),
            restock_at: None,
        };
        let goods = [product("CUP", "Tin cup"), product("TENT", "Fell tent")];
        let asked = |text: &str| asked_about(text, &goods).into_iter().map(|product| product.sku).collect::<Vec<_>>();
        assert!(asked("In my order one tin cup arrived broken. I would like my money back for it.").is_empty());
        assert_eq!(asked("The fell tent arrived broken. How much does the tin cup hold?"), ["CUP"]);
        assert!(asked("Where is my parcel?").is_empty());
    }
}
