//! Filters of the page templates.

#![expect(missing_docs, clippy::inline_always, reason = "the macro declares a second item that takes no documentation")]

use askama::filters::Safe;

use super::assets::asset_url;
use super::format;
use super::text::push_words;

/// A symbol of `icons.svg`: `{{ "mail"|icon }}`. The name is one of ours, never foreign text.
#[askama::filter_fn]
pub fn icon(name: &str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    Ok(Safe(drawn(name, "icon")))
}

/// A symbol that points along the line of reading, so that it turns where reading goes from right to left.
#[askama::filter_fn]
pub fn turning_icon(name: &str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    Ok(Safe(drawn(name, "icon turns")))
}

fn drawn(name: &str, class: &str) -> String {
    let known: String = name.chars().filter(|c| c.is_ascii_lowercase() || *c == '-').collect();
    format!("<svg class=\"{class}\" aria-hidden=\"true\"><use href=\"{}#{known}\"/></svg>", asset_url("icons.svg"))
}

/// The address of an embedded file: `{{ "app.css"|asset }}`.
#[askama::filter_fn]
pub fn asset(name: &str, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(asset_url(name))
}

/// A stored text with the thousands of its amounts apart: `{{ label|amounts }}`.
#[askama::filter_fn]
pub fn amounts(text: &str, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(format::amounts(text))
}

/// Foreign text with the numbers of orders whole: `{{ text|words }}`.
#[askama::filter_fn]
pub fn words(text: &str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
    let mut html = String::with_capacity(text.len());
    push_words(&mut html, text);
    Ok(Safe(html))
}
