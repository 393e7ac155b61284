//! No page is forgotten: each address that can be asked for is looked at, or stands here with the reason why not.

use super::sights;

const TABLE: &str = include_str!("../../../src/web/routes.rs");

const FRAGMENT: &str = "a part of pages that are looked at";
const PROGRAM: &str = "for programs";
const OF_CUSTOMERS: &str = "read by customers, without the desk’s keys: looked at in `articles_shown.rs`";
const FILE: &str = "a file, or what somebody sent as it came";

const NOT_LOOKED_AT: &[(&str, &str)] = &[
    ("/", "leads to the inbox"),
    ("/health/live", PROGRAM),
    ("/health/ready", PROGRAM),
    ("/metrics", PROGRAM),
    ("/webhooks/{kind}/{channel}", PROGRAM),
    ("/live", PROGRAM),
    ("/channels/{id}/consents/new", "leads to a platform"),
    ("/channels/consents", "leads to the channel"),
    ("/drafts/{id}/agent-run", "leads to the run"),
    ("/order-sources/{id}/keys", "leads to the shop"),
    ("/widget/{channel}/line", PROGRAM),
    ("/widget/{channel}/feed", PROGRAM),
    ("/widget/{channel}", "looked at in the window of a customer, by the tests of the widget"),
    ("/help/{brand}", "leads to a language"),
    ("/help/{brand}/llms.txt", PROGRAM),
    ("/help/{brand}/{locale}", OF_CUSTOMERS),
    ("/help/{brand}/{locale}/{slug}", OF_CUSTOMERS),
    ("/help/{brand}/{locale}/{slug}.md", PROGRAM),
    ("/widget.js", FILE),
    ("/widget/{channel}/files/{id}", FILE),
    ("/brand.css", FILE),
    ("/files/{token}", FILE),
    ("/attachments/{id}", FILE),
    ("/conversations/{number}/files/{id}", FILE),
    ("/messages/{id}/html", FILE),
    ("/messages/{id}/text", FILE),
    ("/raw-events/{id}", FILE),
    ("/rail", FRAGMENT),
    ("/alarms", FRAGMENT),
    ("/inbox/rows", FRAGMENT),
    ("/inbox/row/{number}", FRAGMENT),
    ("/conversations/{number}/timeline", FRAGMENT),
    ("/conversations/{number}/head", FRAGMENT),
    ("/conversations/{number}/draft", FRAGMENT),
    ("/conversations/{number}/composer", FRAGMENT),
    ("/conversations/{number}/context", FRAGMENT),
    ("/conversations/{number}/candidates", FRAGMENT),
    ("/approvals/{id}/customer", FRAGMENT),
    ("/articles/import/{id}/items", FRAGMENT),
    ("/channels/{id}/reading", FRAGMENT),
    ("/contacts/{id}/erasures", FRAGMENT),
    ("/jobs/under-way", FRAGMENT),
    ("/policies/replay", FRAGMENT),
    ("/policies/replay/tools", FRAGMENT),
    ("/search/rebuild", FRAGMENT),
];

/// Every address of the route table that is asked for with `GET`; those of the API are no pages.
fn asked_for() -> Vec<String> {
    let functions = TABLE.split("\n}\n").filter(|function| !function.contains("scope(\"/api/"));
    functions.flat_map(addresses_in).collect()
}

/// Of `.route("/a", get()` and `resource("/a").route(get()` the address is the last text before `get()`.
fn addresses_in(function: &str) -> Vec<String> {
    let code: String = function.split_whitespace().collect();
    let mut before: Vec<&str> = code.split("get()").collect();
    before.pop();
    before.into_iter().filter_map(|part| part.rsplit('"').nth(1).map(str::to_owned)).collect()
}

fn parts(address: &str) -> Vec<&str> {
    address.split('?').next().unwrap_or_default().trim_start_matches('/').split('/').collect()
}

/// How many parts of the route stand in the address word for word; nothing where it does not lead there.
fn fits(route: &str, address: &str) -> Option<usize> {
    let (route, address) = (parts(route), parts(address));
    let leads = route.len() == address.len()
        && route.iter().zip(&address).all(|(wanted, there)| wanted.starts_with('{') || wanted == there);
    leads.then(|| route.iter().filter(|wanted| !wanted.starts_with('{')).count())
}

/// The route that an address leads to.
fn route_of<'a>(routes: &'a [String], address: &str) -> Option<&'a String> {
    let fitting = routes.iter().filter_map(|route| Some((fits(route, address)?, route)));
    fitting.max_by_key(|(words, _)| *words).map(|(_, route)| route)
}

#[test]
fn every_page_is_looked_at_or_says_why_not() {
    let routes = asked_for();
    assert!(routes.len() > 60, "the route table is read: {routes:?}");
    let all = sights::ALL.iter().copied().flatten();
    let addresses = all.map(|sight| sight.path.replace("{action}", "?kind=refund"));
    let seen: Vec<Option<&String>> = addresses.map(|address| route_of(&routes, &address)).collect();
    let excepted = |route: &String| NOT_LOOKED_AT.iter().any(|(known, _)| known == route);
    let mut forgotten = Vec::new();
    for route in &routes {
        if !seen.contains(&Some(route)) && !excepted(route) {
            forgotten.push(route);
        }
    }
    assert!(forgotten.is_empty(), "no line of `sights.rs` leads to {forgotten:?}");
    for (route, reason) in NOT_LOOKED_AT {
        let known = routes.iter().find(|known| known == route);
        assert!(known.is_some(), "{route} ({reason}) is no route any more");
        assert!(!seen.contains(&known), "{route} ({reason}) is looked at");
    }
    assert!(!seen.contains(&None), "a line of `sights.rs` leads nowhere");
}
