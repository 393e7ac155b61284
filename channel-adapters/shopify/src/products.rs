//! What the shop sells now.

use channel_contract::money::{Currency, Money};
use channel_contract::orders::{OrderFailure, Product};
use channel_contract::wire::text;
use serde_json::{Value, json};

use crate::client::Client;
use crate::documents::PRODUCTS;
use crate::find::quoted;
use crate::wire::{at, nodes, word};

/// The most products of an answer.
const MOST: usize = 10;

/// Products by SKU, then those whose title has the words.
pub(crate) async fn find(client: &Client, words: &str) -> Result<Vec<Product>, OrderFailure> {
    let words = quoted(words);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let asked = json!({ "sku": format!("sku:\"{words}\""), "title": format!("title:\"{words}\"") });
    Ok(read(&client.read(PRODUCTS, asked).await?))
}

fn read(data: &Value) -> Vec<Product> {
    let Ok(currency) = word(data, &["shop", "currencyCode"]).parse::<Currency>() else { return Vec::new() };
    let exact = nodes(data, "exact").into_iter().map(|variant| (at(variant, &["product"]), variant));
    let titled = nodes(data, "titled").into_iter();
    let titled =
        titled.flat_map(|product| nodes(product, "variants").into_iter().map(move |variant| (product, variant)));
    let mut products: Vec<Product> = Vec::new();
    for (product, variant) in exact.chain(titled) {
        let Some(found) = read_one(product, variant, currency) else { continue };
        if products.iter().all(|known| known.sku != found.sku) {
            products.push(found);
        }
    }
    products.truncate(MOST);
    products
}

fn read_one(product: &Value, variant: &Value, currency: Currency) -> Option<Product> {
    let sku = Some(text(variant, &["sku"])).filter(|sku| !sku.is_empty())?;
    let title = text(variant, &["title"]);
    let is_counted = at(variant, &["inventoryItem", "tracked"]).as_bool() == Some(true);
    let stock = variant.get("inventoryQuantity").and_then(Value::as_i64).filter(|_| is_counted);
    Some(Product {
        sku,
        title: text(product, &["title"]),
        variant: if title == "Default Title" { String::new() } else { title },
        description: text(product, &["description"]),
        price: Money::parse_decimal(&text(variant, &["price"]), currency).ok()?,
        in_stock: stock.map(|stock| u32::try_from(stock.max(0)).unwrap_or(u32::MAX)),
        restock_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_read_once_each_with_what_is_in_stock() {
        let pot = json!({ "sku": "POT", "title": "Default Title", "price": "39.00", "inventoryQuantity": -2,
            "inventoryItem": { "tracked": true }, "product": { "title": "Tea pot", "description": "One litre" } });
        let found = read(&json!({
            "shop": { "currencyCode": "EUR" }, "exact": { "nodes": [pot] },
            "titled": { "nodes": [{ "title": "Tea pot", "variants": { "nodes": [
                pot, { "sku": "POT-2", "title": "two litres", "price": "49", "inventoryQuantity": 5 },
                { "sku": "", "price": "1.00" }, { "sku": "ODD", "price": "free" }
            ] } }] }
        }));
        let told: Vec<_> = found.iter().map(|one| (one.sku.as_str(), one.variant.as_str(), one.in_stock)).collect();
        assert_eq!(told, [("POT", "", Some(0)), ("POT-2", "two litres", None)]);
        assert_eq!((found[0].title.as_str(), found[0].price.minor), ("Tea pot", 3_900));
        assert!(read(&json!({ "exact": { "nodes": [pot] } })).is_empty(), "a price without a currency is none");
    }
}
