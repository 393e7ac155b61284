//! The first run: the first account and the brand, and what may come next.

pub mod first_run;

use askama::Template;

use crate::web::brands::{HUES, LANGUAGES};
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled, with_focus};

/// `GET /setup`, and `POST /setup` when something is wrong. Fields: `name`, `email`, `password`, `brand`, `hue`,
/// `locale`, `currency`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "setup/new.html")]
pub struct SetupPage {
    csrf: String,
    account: Vec<Field>,
    brand: Vec<Field>,
}

impl SetupPage {
    /// Empty, or with the values that came back and what is wrong with them.
    pub fn new(csrf: &str, values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Self {
        let [account, brand] = with_focus([filled(account(), values, errors), filled(brand(), values, errors)]);
        Self { csrf: csrf.to_owned(), account, brand }
    }
}

/// `GET /setup/next`: a mailbox, the shop, or a look around.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "setup/next.html")]
pub struct NextSteps {
    has_channel: bool,
    has_shop: bool,
}

impl NextSteps {
    /// With what is connected already.
    pub fn new(has_channel: bool, has_shop: bool) -> Self {
        Self { has_channel, has_shop }
    }
}

fn account() -> Vec<Field> {
    vec![
        Field::text("name", "Your name").autocomplete("name"),
        Field::email("email", "Mail address").help("Only for signing in and for alerts you choose."),
        Field::password("password", "Password").help("12 characters or more."),
    ]
}

fn brand() -> Vec<Field> {
    vec![
        Field::text("brand", "Name of the shop").autocomplete("organization"),
        Field::choice("hue", "Colour", HUES),
        Field::choice("locale", "Main language", LANGUAGES),
        Field::text("currency", "Currency").value("EUR").placeholder("EUR").help("Three letters, as on invoices."),
    ]
}
