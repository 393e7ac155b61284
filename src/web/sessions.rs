//! Signing in.

pub mod attempts;
pub mod sign_in;

use askama::Template;

use crate::web::filters;
use crate::web::forms::Field;
use crate::web::parts::Notice;

/// `GET /session/new`, and `POST /session` when it was refused. Fields: `email`, `password`, `back`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "sessions/new.html")]
pub struct SignInPage {
    brand: String,
    csrf: String,
    back: String,
    fields: Vec<Field>,
    notice: Option<Notice>,
}

impl SignInPage {
    /// `back` is where the person wanted to go.
    pub fn new(brand: &str, csrf: &str, back: &str) -> Self {
        Self { brand: brand.to_owned(), csrf: csrf.to_owned(), back: back.to_owned(), fields: fields(""), notice: None }
    }

    /// With what is wrong; the address stays.
    #[must_use]
    pub fn refused(mut self, email: &str, words: &str) -> Self {
        self.fields = fields(email);
        self.notice = Some(Notice::bad("Not signed in.", words));
        self
    }
}

/// Typing begins where something is still missing: a password is never sent back to the page.
fn fields(email: &str) -> Vec<Field> {
    let address = Field::email("email", "Mail address").value(email);
    let password = Field::password("password", "Password").autocomplete("current-password");
    if email.is_empty() { vec![address.focused(), password] } else { vec![address, password.focused()] }
}
