//! Which variant of a product is wanted for the one that was ordered.

use crate::agent::products::sizes;
use crate::model::order::{LineItem, Product};

/// A property of a variant, in words: `0.5 l`.
type Property = Vec<String>;

/// The only variant of a line's product, at its price and in stock, that is all which the text says: a property of which one
/// other value is said has that one, every other one stays as it was. A letter alone is a size only as a capital.
pub(super) fn variant_named<'a>(
    products: &'a [Product],
    line: &LineItem,
    quantity: u32,
    text: &str,
) -> Option<&'a Product> {
    let said = Said { words: words_of(text), sizes: sizes(text) };
    let own = properties(&line.variant);
    let variants: Vec<(&Product, Vec<Property>)> = products
        .iter()
        .filter(|product| product.title == line.title)
        .map(|product| (product, properties(&product.variant)))
        .collect();
    let mut named = variants.iter().filter(|(product, its)| {
        let is_there = product.in_stock.is_none_or(|left| left >= quantity);
        let is_other = product.sku != line.sku && *its != own && product.price == line.unit_price;
        let most = its.len().max(own.len());
        let fits = |place: usize| match said.values(place, &own, &variants).as_slice() {
            [] => its.get(place) == own.get(place),
            [only] => its.get(place) == Some(*only),
            _ => false,
        };
        is_other && is_there && (0..most).all(fits) && !said.says_more(its, &own)
    });
    let (one, _) = named.next()?;
    named.all(|(other, _)| other.sku == one.sku).then_some(*one)
}

/// What a text says.
struct Said {
    words: Vec<String>,
    sizes: Vec<String>,
}

impl Said {
    fn says(&self, word: &str) -> bool {
        let is_letter = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        if is_letter { self.sizes.contains(&word.to_uppercase()) } else { self.words.iter().any(|said| said == word) }
    }

    /// The values of the property at this place, other than the line's own, that the text says, each once.
    fn values<'v>(
        &self,
        place: usize,
        own: &[Property],
        variants: &'v [(&Product, Vec<Property>)],
    ) -> Vec<&'v Property> {
        let mut values: Vec<&Property> = Vec::new();
        for value in variants.iter().filter_map(|(_, its)| its.get(place)) {
            let mut new = value.iter().filter(|word| !own.iter().flatten().any(|known| known == *word)).peekable();
            let is_new = new.peek().is_some() && !values.contains(&value);
            if is_new && new.all(|word| self.says(word)) {
                values.push(value);
            }
        }
        values
    }

    /// Whether a size or a measure is said that neither this variant nor the line's own has.
    fn says_more(&self, its: &[Property], own: &[Property]) -> bool {
        let is_known = |word: &str| its.iter().chain(own).flatten().any(|known| known == word);
        let is_number = |word: &String| word.starts_with(|c: char| c.is_ascii_digit());
        let units: Vec<&String> = own
            .iter()
            .flat_map(|property| property.windows(2))
            .filter_map(|pair| if let [number, unit] = pair { is_number(number).then_some(unit) } else { None })
            .collect();
        let is_strange_measure = |pair: &[String]| match pair {
            [number, unit] => is_number(number) && units.contains(&unit) && !is_known(number),
            _ => false,
        };
        let is_letter = |size: &String| size.chars().all(char::is_alphabetic);
        let has_letters =
            own.iter().flatten().flat_map(|word| sizes(&word.to_uppercase())).any(|size| is_letter(&size));
        let is_strange_size = |size: &String| is_letter(size) && !is_known(&size.to_lowercase());
        self.words.windows(2).any(is_strange_measure) || (has_letters && self.sizes.iter().any(is_strange_size))
    }
}

/// The properties of a variant: `red, 0.5 l`, `red / L`.
fn properties(variant: &str) -> Vec<Property> {
    let parts = variant.split(['/', '|', ';', '·']).flat_map(|part| part.split(", "));
    parts.map(words_of).filter(|words| !words.is_empty()).collect()
}

/// Words in small letters; the mark within a number is part of it, and a point: `0,5` is `0.5`.
fn words_of(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut letters = text.chars().flat_map(char::to_lowercase).peekable();
    while let Some(letter) = letters.next() {
        let Some(word) = words.last_mut() else { break };
        let in_number = matches!(letter, '.' | ',')
            && word.ends_with(|c: char| c.is_ascii_digit())
            && letters.peek().is_some_and(char::is_ascii_digit);
        if letter.is_alphanumeric() {
            word.push(letter);
        } else if in_number {
            word.push('.');
        } else {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::order::{Currency, Money};

    #[test]
    fn the_variant_that_is_wanted_is_named_and_no_other_one() {
        let price = Money::new(16_900, Currency::EUR);
        let line = LineItem {
            id: "l1".to_owned(),
            sku: "RON-42".to_owned(),
            title: "Rondane".to_owned(),
            variant: "42".to_owned(),
            ordered: 1,
            current: 1,
            fulfilled: 1,
            unit_price: price,
        };
        let product = |sku: &str, variant: &str, left: u32| Product {
            sku: sku.to_owned(),
            title: "Rondane".to_owned(),
            variant: variant.to_owned(),
            description: String::new(),
            price,
            in_stock: Some(left),
            restock_at: None,
        };
        let dear = Product { price: Money::new(17_900, Currency::EUR), ..product("RON-45", "45", 3) };
        let all = [product("RON-42", "42", 5), product("RON-43", "43", 6), product("RON-44", "44", 0), dear];
        let named = |text: &str| variant_named(&all, &line, 1, text).map(|product| product.sku.as_str());
        assert_eq!(named("Pouvez-vous échanger la taille 42 contre une 43 ?"), Some("RON-43"));
        assert_eq!(named("May I exchange them for another size?"), None);
        assert_eq!(named("I would like size 44 instead."), None, "it is out of stock");
        assert_eq!(named("I would like size 45 instead."), None, "it has another price");
        let small = [product("RON-L", "L", 6)];
        let letter = |text: &str| variant_named(&small, &line, 1, text).is_some();
        assert!(
            letter("size L, please") && !letter("Pouvez-vous changer l'article ?"),
            "a letter is a size as a capital"
        );
        let twice = [all.as_slice(), &[product("RON-431", "43 wide", 6)]].concat();
        assert_eq!(variant_named(&twice, &line, 1, "43, or 43 wide"), None, "two are named");
        let again = [all.as_slice(), all.as_slice()].concat();
        assert!(variant_named(&again, &line, 1, "43 please").is_some(), "the same one, read for two lines");
    }
    #[test]
    fn all_that_is_said_of_the_variant_holds() {
        let price = Money::new(1_900, Currency::EUR);
        let product = |variant: &str| Product {
            sku: variant.to_owned(),
            title: "Stoneware mug".to_owned(),
            variant: variant.to_owned(),
            description: String::new(),
            price,
            in_stock: Some(3),
            restock_at: None,
        };
        let line = LineItem {
            id: "l1".to_owned(),
            sku: "blue, 0.3 l".to_owned(),
            title: "Stoneware mug".to_owned(),
            variant: "blue, 0.3 l".to_owned(),
            ordered: 1,
            current: 1,
            fulfilled: 0,
            unit_price: price,
        };
        let all = ["blue, 0.3 l", "blue, 0.5 l", "red, 0.3 l", "red, 0.5 l", "green, 0.3 l"].map(product);
        for (text, wanted) in [
            ("Please change the mug to red, 0.5 l.", Some("red, 0.5 l")),
            ("Bitte in rot: red, 0,5 l", Some("red, 0.5 l")),
            ("Please change the mug from blue to red.", Some("red, 0.3 l")),
            ("Please change the mug to 0.5 l.", Some("blue, 0.5 l")),
            ("Please change the mug to green, 0.5 l.", None),
            ("Please change the mug to red, 0.7 l.", None),
            ("Please change the mug to red or green.", None),
            ("Please change the mug.", None),
        ] {
            assert_eq!(variant_named(&all, &line, 1, text).map(|found| found.sku.as_str()), wanted, "{text}");
        }
    }
}
