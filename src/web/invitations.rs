//! Inviting people to the team, and joining it.

pub mod invite;
pub mod join;

use askama::Template;

use crate::store::invitations::Invitation;
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled, with_focus};
use crate::web::page::Page;
use crate::web::parts::{Notice, When};
use crate::web::teammates::roles;
use crate::web::words::role_word;

/// `GET /invitations`, and `POST /invitations`, which shows the new link once.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "invitations/page.html")]
pub struct InvitationsPage {
    page: Page,
    fields: Vec<Field>,
    open: Vec<Line>,
    made: Option<Made>,
}

#[derive(Debug)]
struct Line {
    id: String,
    email: String,
    role: &'static str,
    ends: When,
}

/// A link that was just made: shown once, for only its hash is kept.
#[derive(Clone, Debug)]
pub struct Made {
    /// For whom.
    pub email: String,
    /// The address to hand over.
    pub link: String,
    /// Whether it went out by mail.
    pub mailed: bool,
}

impl InvitationsPage {
    /// The open invitations and the form.
    pub fn new(
        page: Page,
        open: &[Invitation],
        made: Option<Made>,
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let line = |one: &Invitation| Line {
            id: one.id.to_string(),
            email: one.email.clone(),
            role: role_word(one.role),
            ends: When::ahead(page.reader, one.expires_at),
        };
        let fields =
            vec![Field::email("email", "Mail address").autocomplete("off"), Field::choice("role", "Role", roles())];
        Self { open: open.iter().map(line).collect(), fields: filled(fields, values, errors), made, page }
    }
}

/// `GET /invitations/{token}`, and `POST` when something is wrong. Fields: `name`, `password`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "invitations/join.html")]
pub struct JoinPage {
    brand: String,
    action: String,
    email: String,
    role: &'static str,
    fields: Vec<Field>,
    notice: Option<Notice>,
}

impl JoinPage {
    /// The form behind an invitation; `token` is the secret part of its address.
    pub fn new(
        brand: &str,
        token: &str,
        one: &Invitation,
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let fields = vec![
            Field::text("name", "Your name").autocomplete("name").help("Customers and teammates see it."),
            Field::password("password", "Password").help("12 characters or more."),
        ];
        let [fields] = with_focus([filled(fields, values, errors)]);
        Self {
            brand: brand.to_owned(),
            action: format!("/invitations/{token}"),
            email: one.email.clone(),
            role: role_word(one.role),
            fields,
            notice: (!errors.is_empty()).then(|| Notice::bad("Not yet.", "Mend what is marked.")),
        }
    }
}
