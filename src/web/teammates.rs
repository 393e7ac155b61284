//! People on staff.

pub mod add;

use askama::Template;

use crate::model::teammate::Teammate;
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::Face;
use crate::web::words::role_word;

/// `GET /teammates`, and `POST /teammates` when something is wrong. Fields: `name`, `email`, `role`, `password`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "teammates/page.html")]
pub struct TeammatesPage {
    page: Page,
    people: Vec<PersonView>,
    fields: Vec<Field>,
    may_add: bool,
}

#[derive(Debug)]
struct PersonView {
    face: Face,
    name: String,
    email: String,
    role: &'static str,
    disabled: bool,
}

impl TeammatesPage {
    /// Everybody; the form is empty, or has the values that came back and what is wrong with them.
    pub fn new(page: Page, team: &[Teammate], values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Self {
        let view = |person: &Teammate| PersonView {
            face: Face::new(&person.name),
            name: person.name.clone(),
            email: person.email.clone(),
            role: role_word(person.role),
            disabled: person.disabled_at.is_some(),
        };
        let roles = vec![
            ("teammate", "Teammate: answers customers"),
            ("manager", "Manager: also tunes voice and policy"),
            ("admin", "Admin: also runs channels and the team"),
        ];
        let fields = vec![
            Field::text("name", "Name"),
            Field::email("email", "Mail address").autocomplete("off"),
            Field::choice("role", "Role", roles),
            Field::password("password", "First password").help("12 characters or more. Hand it over in person."),
        ];
        Self {
            people: team.iter().map(view).collect(),
            fields: filled(fields, values, errors),
            may_add: page.role == crate::model::teammate::Role::Admin,
            page,
        }
    }
}
