//! The filter of the list: the form that narrows it, and what it is narrowed to.

use askama::Template;

use crate::model::saved_view::Filters;
use crate::model::teammate::Teammate;
use crate::web::filters;
use crate::web::forms::{Field, filled};
use crate::web::page::{InboxQuery, Page};
use crate::web::parts::fragments;
use crate::web::saved_views::filter::{asked_for, encoded, values_of};
use crate::web::saved_views::{Choices, Tick, filter_fields, filter_ticks};

fragments!(FilterMenu, AskedFor);

/// The form, behind a button. It begins with what the list shows.
#[derive(Debug, Template)]
#[template(path = "conversations/filter.html")]
pub struct FilterMenu {
    fields: Vec<Field>,
    ticks: Vec<Tick>,
    is_filtering: bool,
}

impl FilterMenu {
    /// The form of the reader's list.
    pub fn new(page: &Page, teammates: &[Teammate]) -> Self {
        let now = page.list_filter();
        let fields = filter_fields(&choices(page, teammates), &now).into_iter().map(|field| field.scoped("filter-"));
        Self {
            fields: filled(fields.collect(), &values_of(&now), &[]),
            ticks: filter_ticks(&now),
            is_filtering: current(page).is_some(),
        }
    }
}

/// What the list is narrowed to, each part to be taken off by itself.
#[derive(Debug, Template)]
#[template(path = "conversations/asked_for.html")]
pub struct AskedFor {
    parts: Vec<Part>,
    keep: String,
}

#[derive(Debug)]
struct Part {
    words: String,
    without: String,
}

impl AskedFor {
    /// What the filter of the address asks for; nothing where there is none.
    pub fn new(page: &Page, teammates: &[Teammate]) -> Option<Self> {
        let filters = current(page)?;
        let parts = asked_for(filters, &choices(page, teammates));
        let part = |(words, rest): (String, Filters)| Part { words, without: InboxQuery::href_of(&rest) };
        Some(Self {
            parts: parts.into_iter().map(part).collect(),
            keep: format!("/saved-views/new?{}", encoded(filters)),
        })
    }
}

fn current(page: &Page) -> Option<&Filters> {
    page.inbox.as_ref()?.filter.as_deref()
}

fn choices<'a>(page: &'a Page, teammates: &'a [Teammate]) -> Choices<'a> {
    Choices {
        brands: page.brands.iter().map(|brand| (brand.id, brand.name.as_str())).collect(),
        channels: page.channels.iter().map(|(channel, _)| channel).collect(),
        teammates,
        me: "Me",
    }
}
