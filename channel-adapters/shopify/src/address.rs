//! Postal addresses, from Shopify's form and into it; pure.

use channel_contract::orders::{Address, OrderFailure};
use serde_json::{Value, json};

use crate::failure::refused;
use crate::wire::{at, word};

/// The address at which a name lies.
pub(crate) fn read(value: &Value, name: &str) -> Address {
    let place = at(value, &[name]);
    let of = |field: &str| word(place, &[field]);
    Address {
        name: of("name"),
        line1: of("address1"),
        line2: of("address2"),
        postal_code: of("zip"),
        city: of("city"),
        region: of("provinceCode"),
        country: of("countryCodeV2"),
    }
}

/// The same as input. The phone number for the carrier stays that of the order.
pub(crate) fn input(address: &Address, phone: &str) -> Result<Value, OrderFailure> {
    let country = address.country.trim();
    if !(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic())) {
        return Err(refused("Shopify asks for the country by its code of two letters, as DE."));
    }
    let region = address.region.trim();
    if region.chars().count() > 3 {
        return Err(refused("Shopify asks for the state or province by its code, as NY."));
    }
    let (first, last) = address.name.trim().rsplit_once(' ').unwrap_or(("", address.name.trim()));
    let mut input = json!({
        "firstName": first.trim(), "lastName": last, "address1": address.line1.trim(), "address2": address.line2.trim(),
        "zip": address.postal_code.trim(), "city": address.city.trim(), "countryCode": country.to_ascii_uppercase(),
    });
    if let Some(fields) = input.as_object_mut() {
        for (name, value) in [("provinceCode", region), ("phone", phone)] {
            if !value.is_empty() {
                fields.insert(name.to_owned(), json!(value));
            }
        }
    }
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address {
            name: "Mara van Lind".to_owned(),
            line1: "Hafenweg 3".to_owned(),
            line2: String::new(),
            postal_code: "20457".to_owned(),
            city: "Hamburg".to_owned(),
            region: String::new(),
            country: "de".to_owned(),
        }
    }

    #[test]
    fn an_address_is_written_as_shopify_asks_for_it() {
        let input = input(&address(), "+49401").unwrap();
        assert_eq!((&input["firstName"], &input["lastName"]), (&json!("Mara van"), &json!("Lind")));
        assert_eq!((&input["countryCode"], &input["phone"]), (&json!("DE"), &json!("+49401")));
        assert!(input.get("provinceCode").is_none());
    }

    #[test]
    fn names_of_countries_and_states_are_asked_for_by_code() {
        for wrong in [
            Address { country: "Germany".to_owned(), ..address() },
            Address { country: String::new(), ..address() },
            Address { region: "New York".to_owned(), ..address() },
        ] {
            assert!(matches!(input(&wrong, ""), Err(OrderFailure::Refused { .. })), "{wrong:?}");
        }
    }
}
