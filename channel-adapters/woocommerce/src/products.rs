//! Products as the shop sells them now; pure.

use channel_contract::money::{Currency, Money};
use channel_contract::orders::Product;

use crate::exact::Exact;
use crate::wire::WireProduct;

/// The longest description that is taken, in characters.
const LONGEST: usize = 600;

/// Reads a product; `None` where it has no price.
pub(crate) fn read_product(wire: &WireProduct, currency: Currency) -> Option<Product> {
    let price: Money = Exact::read(wire.price.as_str())?.money(currency)?;
    let counted = wire.stock_quantity.get().filter(|_| wire.manage_stock.is_set());
    let in_stock = match (counted, wire.stock_status.as_str()) {
        (Some(count), _) => Some(u32::try_from((*count).max(0)).unwrap_or(u32::MAX)),
        (None, "outofstock") => Some(0),
        (None, _) => None,
    };
    Some(Product {
        sku: wire.sku.given().or(wire.id.given())?.to_owned(),
        title: plain(wire.name.as_str()),
        variant: String::new(),
        description: plain(wire.short_description.as_str()),
        price,
        in_stock,
        restock_at: None,
    })
}

/// Words without their tags.
fn plain(html: &str) -> String {
    let (mut words, mut in_tag) = (String::new(), false);
    for sign in html.chars() {
        match sign {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                words.push(' ');
            }
            _ if in_tag => {}
            _ => words.push(sign),
        }
    }
    let words = words.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let words = words.replace("&#8217;", "’").replace("&#8211;", "–").replace("&amp;", "&");
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(product: Value) -> Option<Product> {
        read_product(&serde_json::from_value(product).unwrap(), Currency::EUR)
    }

    #[test]
    fn a_product_has_a_price_and_what_the_shop_knows_of_its_stock() {
        let pot = read(json!({
            "id": 7, "sku": "POT-1L", "name": "Tea pot", "price": "39.00", "manage_stock": true, "stock_quantity": 4,
            "stock_status": "instock", "short_description": "<p>Stoneware &amp; <b>dishwasher-safe</b>.</p>"
        }))
        .unwrap();
        assert_eq!((pot.sku.as_str(), pot.price.minor, pot.in_stock), ("POT-1L", 3900, Some(4)));
        assert_eq!(pot.description, "Stoneware & dishwasher-safe .");
        let stock = |fields: Value| {
            let mut product = json!({ "id": 7, "price": "1" });
            product.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            read(product).unwrap().in_stock
        };
        assert_eq!(stock(json!({ "stock_status": "outofstock" })), Some(0));
        assert_eq!(stock(json!({ "manage_stock": "parent", "stock_quantity": 3 })), None);
        assert_eq!(stock(json!({ "manage_stock": true, "stock_quantity": -2 })), Some(0));
        assert_eq!(read(json!({ "id": 7, "price": "" })), None);
        assert_eq!(read(json!({ "price": "1" })), None);
    }
}
