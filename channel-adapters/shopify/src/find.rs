//! Which orders answer a question. Shopify's search is broad and a little late, so what comes back is checked: no order of
//! another number or another customer is given.

use channel_contract::orders::{OrderFailure, OrderQuery};
use serde_json::{Value, json};

use crate::client::Client;
use crate::documents::{CUSTOMERS, FIND};
use crate::failure::refused;
use crate::wire::{nodes, number_in, word};

/// Why customers cannot be looked for.
const HIDDEN: &str = "Shopify hides the customers of this shop from the app. Ask for “protected customer data” on the app’s \
                      page there; orders are found by their number meanwhile.";

/// The ids of the orders that answer a question, newest first.
pub(crate) async fn find(client: &Client, query: &OrderQuery) -> Result<Vec<String>, OrderFailure> {
    match query {
        OrderQuery::Number(number) => by_number(client, bare(number)).await,
        OrderQuery::Email(email) => by_email(client, email.trim()).await,
        OrderQuery::Phone(phone) => by_phone(client, phone.trim()).await,
        // Shopify searches no orders by what a carrier calls their parcels.
        OrderQuery::Tracking(_) => Ok(Vec::new()),
    }
}

async fn by_number(client: &Client, number: &str) -> Result<Vec<String>, OrderFailure> {
    let quoted = quoted(number);
    if quoted.is_empty() {
        return Ok(Vec::new());
    }
    let found = search(client, &format!("name:\"{quoted}\" OR name:\"#{quoted}\"")).await?;
    let is_asked = |order: &&Value| bare(&word(order, &["name"])).to_lowercase() == number.to_lowercase();
    Ok(ids(nodes(&found, "orders").into_iter().filter(is_asked)))
}

async fn by_email(client: &Client, email: &str) -> Result<Vec<String>, OrderFailure> {
    let quoted = quoted(email);
    if quoted.is_empty() {
        return Ok(Vec::new());
    }
    let found = search(client, &format!("email:\"{quoted}\"")).await?;
    let found = nodes(&found, "orders");
    if !found.is_empty() && found.iter().all(|order| word(order, &["email"]).is_empty()) {
        return Err(refused(HIDDEN));
    }
    let is_theirs = |order: &&Value| word(order, &["email"]).to_lowercase() == email.to_lowercase();
    Ok(ids(found.into_iter().filter(is_theirs)))
}

/// Orders are not searched by a phone number, customers are.
async fn by_phone(client: &Client, phone: &str) -> Result<Vec<String>, OrderFailure> {
    let asked = digits(phone);
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let found = client.read(CUSTOMERS, json!({ "query": format!("phone:\"{}\"", quoted(phone)) })).await?;
    let number = |customer: &Value| digits(&word(customer, &["defaultPhoneNumber", "phoneNumber"]));
    let theirs = nodes(&found, "customers").into_iter().filter(|customer| number(customer) == asked);
    let theirs: Vec<String> = ids(theirs);
    if theirs.is_empty() {
        return Ok(theirs);
    }
    let terms: Vec<String> = theirs.iter().map(|id| format!("customer_id:{id}")).collect();
    let found = search(client, &terms.join(" OR ")).await?;
    let is_theirs = |order: &&Value| {
        let customer = word(order, &["customer", "id"]);
        theirs.iter().any(|id| id == number_in(&customer))
    };
    Ok(ids(nodes(&found, "orders").into_iter().filter(is_theirs)))
}

async fn search(client: &Client, query: &str) -> Result<Value, OrderFailure> {
    client.read(FIND, json!({ "query": query })).await
}

fn ids<'v>(found: impl Iterator<Item = &'v Value>) -> Vec<String> {
    let ids = found.map(|node| number_in(&word(node, &["id"])).to_owned());
    ids.filter(|id| !id.is_empty()).collect()
}

fn bare(number: &str) -> &str {
    number.trim().trim_start_matches('#').trim()
}

/// What stands between quotation marks of a search: none of them, and nothing that shields one.
pub(crate) fn quoted(words: &str) -> String {
    words.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect::<String>().trim().to_owned()
}

fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_stays_within_its_quotation_marks() {
        assert_eq!(quoted(" 1001\" OR name:* \\"), "1001 OR name:*");
        assert_eq!((bare(" ##1001 "), digits("+49 (151) 1")), ("1001", "491511".to_owned()));
    }
}
