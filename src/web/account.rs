//! A person's own account: name, clock, password, where they are signed in.

pub mod edit;

use askama::Template;

use crate::model::Zone;
use crate::model::teammate::Teammate;
use crate::store::sessions::Place;
use crate::web::filters;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::Page;
use crate::web::parts::When;
use crate::web::words::role_word;

/// `GET /account`, and its forms when something is wrong: `POST /account` (`name`, `time_zone`),
/// `POST /account/password` (`old_password`, `new_password`), `POST /account/sessions/deletion`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "account/page.html")]
pub struct AccountPage {
    page: Page,
    email: String,
    role: &'static str,
    about: Vec<Field>,
    password: Vec<Field>,
    sessions: Vec<SessionView>,
    /// The zone that is saved, for the browser to offer another.
    zone: String,
    clock: String,
    away: Option<When>,
}

#[derive(Debug)]
struct SessionView {
    browser: String,
    since: When,
    here: bool,
}

impl AccountPage {
    /// The account of `me`, whose request came in the session `here`; `usual` is the clock of those who say nothing.
    pub fn new(page: Page, me: &Teammate, usual: Zone, sessions: &[Place], here: &[u8]) -> Self {
        let view = |place: &Place| SessionView {
            browser: browser_words(&place.user_agent),
            since: When::ago(page.reader, place.created_at),
            here: place.token_hash == here,
        };
        Self {
            email: me.email.clone(),
            role: role_word(me.role),
            about: filled(about(usual), &[("name", me.name.clone()), ("time_zone", me.time_zone.clone())], &[]),
            password: password(),
            sessions: sessions.iter().map(view).collect(),
            away: me.away_since.map(|since| When::ago(page.reader, since)),
            zone: me.time_zone.clone(),
            clock: page.reader.clock(page.reader.now),
            page,
        }
    }

    /// With what is wrong.
    #[must_use]
    pub fn refused(mut self, values: &[(&'static str, String)], errors: FieldErrors<'_>) -> Self {
        self.about = filled(self.about, values, errors);
        self.password = filled(self.password, &[], errors);
        self
    }
}

fn about(usual: Zone) -> Vec<Field> {
    let unset = format!("As the desk: {}", usual.name().replace('_', " "));
    vec![
        Field::text("name", "Name").autocomplete("name").help("Customers and teammates see it."),
        Field::time_zone("time_zone", "Time zone", &unset).help("Times on pages and snoozing follow it."),
    ]
}

fn password() -> Vec<Field> {
    vec![
        Field::password("old_password", "Password now").autocomplete("current-password"),
        Field::password("new_password", "New password").help("12 characters or more. Other places are signed out."),
    ]
}

/// A browser in words, as far as it says: `Firefox on Linux`.
fn browser_words(user_agent: &str) -> String {
    // What looks like several is the first that fits: most call themselves Safari too.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "a Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, words)| *words)
    };
    match (first(&BROWSERS), first(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "A browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser_words;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        let linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)";
        assert_eq!(browser_words(&format!("{linux} Chrome/140.0 Safari/537.36")), "Chrome on Linux");
        assert_eq!(browser_words(&format!("{linux} Chrome/140.0 Safari/537.36 Edg/140.0")), "Edge on Linux");
        assert_eq!(browser_words("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/141.0"), "Firefox on Windows");
        assert_eq!(browser_words("curl/8"), "A browser");
    }
}
