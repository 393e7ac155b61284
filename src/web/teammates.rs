//! People on staff.

pub mod add;
pub mod change;

use askama::Template;
use serde_json::Value;

use crate::model::TeammateId;
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::teammate::{Role, Teammate};
use crate::store::conversation_counts::AssigneeCount;
use crate::web::filters;
use crate::web::format::counted;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::{InboxQuery, Page};
use crate::web::parts::{Face, When};
use crate::web::words::role_word;

/// `GET /teammates`, and `POST /teammates` when something is wrong. Fields: `name`, `email`, `role`, `password`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "teammates/page.html")]
pub struct TeammatesPage {
    page: Page,
    people: Vec<PersonView>,
    fields: Vec<Field>,
    may_change: bool,
}

#[derive(Debug)]
struct PersonView {
    id: String,
    face: Face,
    name: String,
    email: String,
    role: &'static str,
    /// Unresolved conversations, where there are any: words and the list.
    work: Option<(String, String)>,
    disabled: bool,
}

impl PersonView {
    fn new(person: &Teammate, given: &[AssigneeCount]) -> Self {
        let count = given.iter().find(|row| row.assignee_id == person.id).map_or(0, |row| row.count);
        let words = counted(usize::try_from(count).unwrap_or(0), "conversation", "conversations");
        let list = InboxQuery { assignee: Some(person.id), ..InboxQuery::default() }.list_href();
        Self {
            id: person.id.to_string(),
            face: Face::new(&person.name),
            name: person.name.clone(),
            email: person.email.clone(),
            role: role_word(person.role),
            work: (count > 0).then_some((words, list)),
            disabled: person.disabled_at.is_some(),
        }
    }
}

/// Longest name of a person, in characters.
const NAME: usize = 100;

/// What is wrong with a person's name, in words.
pub fn name_problem(name: &str) -> Option<String> {
    match name.trim().chars().count() {
        0 => Some("Customers and teammates see the name.".to_owned()),
        long if long > NAME => Some(format!("A name holds at most {NAME} characters; this one has {long}.")),
        _ => None,
    }
}

/// The roles of a form, with what each may do.
pub(in crate::web) fn roles() -> [(&'static str, &'static str); 3] {
    [
        ("teammate", "Teammate: answers customers"),
        ("manager", "Manager: also tunes voice and policy"),
        ("admin", "Admin: also runs channels and the team"),
    ]
}

impl TeammatesPage {
    /// Everybody with their work; the form is empty, or has the values that came back and what is wrong with them.
    pub fn new(
        page: Page,
        (team, given): (&[Teammate], &[AssigneeCount]),
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let fields = vec![
            Field::text("name", "Name"),
            Field::email("email", "Mail address").autocomplete("off"),
            Field::choice("role", "Role", roles()),
            Field::password("password", "First password").help("12 characters or more. Hand it over in person."),
        ];
        Self {
            people: team.iter().map(|person| PersonView::new(person, given)).collect(),
            fields: filled(fields, values, errors),
            may_change: page.role == Role::Admin,
            page,
        }
    }
}

/// `GET /teammates/{id}`, and its forms when something is wrong. Fields: `role`; `password`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "teammates/person.html")]
pub struct PersonPage {
    page: Page,
    person: PersonView,
    role: Vec<Field>,
    password: Vec<Field>,
    /// Since when they may not sign in.
    since: Option<When>,
    /// Why their role and their sign-in stay as they are; `""` when they may be changed.
    fixed: &'static str,
    is_me: bool,
}

impl PersonPage {
    /// A person as an admin changes them.
    pub fn new(
        page: Page,
        person: &Teammate,
        given: &[AssigneeCount],
        stands: Stands,
        errors: FieldErrors<'_>,
    ) -> Self {
        let role = vec![Field::choice("role", "Role", roles()).value(person.role.as_str())];
        let password =
            vec![Field::password("password", "New password").help("12 characters or more. Hand it over in person.")];
        Self {
            person: PersonView::new(person, given),
            role: filled(role, &[], errors),
            password: filled(password, &[], errors),
            since: person.disabled_at.map(|at| When::ago(page.reader, at)),
            fixed: match stands {
                Stands { is_last_admin: true, .. } => LAST_ADMIN,
                Stands { is_me: true, .. } => OWN_ROLE,
                _ => "",
            },
            is_me: stands.is_me,
            page,
        }
    }
}

const LAST_ADMIN: &str = "The only admin who can sign in. Make somebody else an admin first.";
const OWN_ROLE: &str = "Another admin changes your role, so that nobody locks themselves out.";

/// How a person stands to the reader and to the team.
#[derive(Clone, Copy, Debug)]
pub struct Stands {
    /// It is the reader.
    pub is_me: bool,
    /// Nobody else could run the desk.
    pub is_last_admin: bool,
}

/// What somebody did with an account.
pub(in crate::web) fn about(by: &Teammate, person: TeammateId, action: AuditAction, details: Value) -> Act<'_> {
    let subject = (AuditSubject::Teammate, person.to_string());
    Act { actor: Actor::Teammate(by), action, subject, brand: None, details }
}
