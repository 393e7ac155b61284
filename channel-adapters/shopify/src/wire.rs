//! What Shopify writes, looked into with patience: a field that is missing or has another form is as if it were not there.
//! Pure.

use channel_contract::wire::{list, text};
use serde_json::Value;

/// What lies at a path of names; nothing where it leads nowhere.
pub(crate) fn at<'v>(value: &'v Value, path: &[&str]) -> &'v Value {
    path.iter().fold(value, |value, name| value.get(*name).unwrap_or(&Value::Null))
}

/// The word at a path of names; `""` without.
pub(crate) fn word(value: &Value, path: &[&str]) -> String {
    match path.split_last() {
        Some((name, before)) => text(at(value, before), &[*name]).trim().to_owned(),
        None => String::new(),
    }
}

/// The nodes of a connection that are objects.
pub(crate) fn nodes<'v>(value: &'v Value, name: &str) -> Vec<&'v Value> {
    list(at(value, &[name]), "nodes").iter().filter(|node| node.is_object()).collect()
}

/// Where the next page of a connection begins; `None` at its end.
pub(crate) fn next_page(connection: &Value) -> Option<String> {
    let page = at(connection, &["pageInfo"]);
    let goes_on = page.get("hasNextPage").and_then(Value::as_bool) == Some(true);
    Some(text(page, &["endCursor"])).filter(|cursor| goes_on && !cursor.is_empty())
}

/// The number at the end of a global id: `gid://shopify/Order/5` is order 5.
pub(crate) fn number_in(id: &str) -> &str {
    let id = id.split_once('?').map_or(id, |(id, _)| id);
    id.rsplit('/').next().unwrap_or_default()
}

/// The global id of what has this number; `None` for what is no number.
pub(crate) fn global(kind: &str, number: &str) -> Option<String> {
    let is_number = (1..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("gid://shopify/{kind}/{number}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_there_is_nothing() {
        let value = json!({ "a": { "b": " c ", "d": 4 }, "list": { "nodes": [null, 1, { "x": 1 }] } });
        assert_eq!((word(&value, &["a", "b"]).as_str(), word(&value, &["a", "d"]).as_str()), ("c", "4"));
        assert_eq!((word(&value, &["a", "b", "c"]).as_str(), word(&value, &["x", "y"]).as_str()), ("", ""));
        assert_eq!((nodes(&value, "list").len(), nodes(&value, "a").len(), nodes(&value, "x").len()), (1, 0, 0));
    }

    #[test]
    fn a_connection_goes_on_or_ends() {
        let page = |more: bool, cursor: &str| json!({ "pageInfo": { "hasNextPage": more, "endCursor": cursor } });
        assert_eq!(next_page(&page(true, "c1")).as_deref(), Some("c1"));
        for end in [page(false, "c1"), page(true, ""), json!({}), json!(null)] {
            assert_eq!(next_page(&end), None, "{end}");
        }
    }

    #[test]
    fn ids_are_numbers_outside() {
        assert_eq!(number_in("gid://shopify/Order/5"), "5");
        assert_eq!(number_in("gid://shopify/LineItem/7?x=1"), "7");
        assert_eq!(global("Order", "5").as_deref(), Some("gid://shopify/Order/5"));
        for wrong in ["", "no-such-id", "5/6", "123456789012345678901"] {
            assert_eq!(global("Order", wrong), None, "{wrong}");
        }
    }
}
