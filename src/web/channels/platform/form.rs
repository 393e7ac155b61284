//! The form of a platform's guide: its fields, and the settings behind what they send. Pure.

use channel_contract::guide::{Guide, Setting, Sort, at, put, take_out};
use serde_json::{Value, json};
use url::{Host, Url};

use crate::credentials::new_token;
use crate::model::Ts;
use crate::model::former_secret::{FORMER_COUNTS, FORMER_UNTIL};
use crate::web::channels::mail::Before;
use crate::web::forms::Field;
use crate::web::guard::Fields;

/// The words of a switch.
const SWITCH: [(&str, &str); 2] = [("no", "No"), ("yes", "Yes")];
/// Longest of what is typed into one field, in characters.
const LONGEST: usize = 4_000;

/// What a form says. Not to be printed: it holds secrets.
pub(super) struct Filled {
    /// The adapter's settings.
    pub(super) settings: Value,
    /// And, apart from them, what is sealed.
    pub(super) secrets: Value,
    /// Until when the secret before a new one counts; `None` where none was replaced.
    pub(super) former_until: Option<Ts>,
    /// What is wrong, by the path of the setting.
    pub(super) errors: Vec<(&'static str, String)>,
    /// What stands in the fields; secrets are never sent back.
    pub(super) values: Vec<(&'static str, String)>,
}

/// What was typed into a field.
pub(super) fn typed<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

/// The field of a setting; `kept` says that a secret is saved and may stay empty.
pub(super) fn field(setting: &'static Setting, kept: bool) -> Field {
    let (path, label) = (setting.path, setting.label);
    let field = match setting.sort {
        Sort::Number => Field::number(path, label),
        Sort::Switch => Field::choice(path, label, SWITCH),
        Sort::Choice(choices) => Field::choice(path, label, choices.iter().copied()),
        sort if sort.is_secret() => Field::password(path, label),
        _ => Field::text(path, label),
    };
    let help = match setting.sort {
        _ if !kept => setting.hint,
        Sort::Signing(_) => "Empty: the saved one stays. With a new one, it counts for another 24 hours.",
        _ => "Empty: the saved one stays.",
    };
    let field = field.help(help);
    if setting.is_required && !kept { field } else { field.optional() }
}

/// What stands in the fields of a connected account, or of a new one.
pub(super) fn values(guide: &Guide, settings: &Value) -> Vec<(&'static str, String)> {
    let shown = guide.settings().filter(|setting| !setting.sort.is_secret());
    shown.map(|setting| (setting.path, value_of(setting, settings))).collect()
}

fn value_of(setting: &Setting, settings: &Value) -> String {
    match (at(settings, setting.path), setting.sort) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Number(number)), _) => number.to_string(),
        (Some(Value::Bool(true)), _) => "yes".to_owned(),
        (Some(Value::Bool(false)), _) => "no".to_owned(),
        (Some(Value::Array(all)), _) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        (_, Sort::Switch) if setting.usual.is_empty() => "no".to_owned(),
        (_, Sort::Choice(choices)) if setting.usual.is_empty() => {
            choices.first().map(|(word, _)| (*word).to_owned()).unwrap_or_default()
        }
        _ => setting.usual.to_owned(),
    }
}

/// Reads a form over what was saved: what it does not ask for stays as it was, and so do secrets that were left empty.
pub(super) fn read(guide: &Guide, fields: &Fields, before: &Before, now: i64) -> Filled {
    let mut filled = Filled {
        settings: before.settings.clone(),
        secrets: before.secrets.clone(),
        former_until: None,
        errors: Vec::new(),
        values: Vec::new(),
    };
    let left_out = left_out(guide, fields, &before.settings);
    for setting in guide.settings().filter(|setting| is_asked(setting, &before.settings)) {
        let own = cleaned(setting.sort, typed(fields, setting.path));
        if own.chars().count() > LONGEST {
            filled.errors.push((setting.path, format!("At most {LONGEST} characters.")));
            continue;
        }
        if !setting.sort.is_secret() {
            filled.values.push((setting.path, own));
        }
        if left_out.contains(&part_of(setting)) {
            continue;
        }
        let text = meant(guide, fields, setting);
        if setting.sort.is_secret() {
            filled.seal(setting, text, now);
        } else {
            filled.set(setting, &text);
        }
    }
    for (path, value) in guide.fixed {
        put(&mut filled.settings, path, json!(value));
    }
    for setting in guide.settings() {
        let Some(settled) = setting.settled else { continue };
        let name = settled(if is_connected(&before.settings) { &before.settings } else { &filled.settings });
        if !name.is_empty() {
            put(&mut filled.settings, setting.path, json!(name));
        }
    }
    if let Some(webhook) = guide.webhook.filter(|webhook| !webhook.word.is_empty())
        && at(&filled.secrets, webhook.word).is_none()
    {
        put(&mut filled.secrets, webhook.word, json!(new_token()));
    }
    filled
}

/// Whether a connected account does without a setting that a new one needs, with all of its part: as one whose mails are handed
/// on does without a server for fetching them.
pub(super) fn does_without(setting: &Setting, settings: &Value) -> bool {
    let is_set = setting.sort.is_secret() || at(settings, part_of(setting)).is_some();
    is_connected(settings) && setting.is_required && !is_set
}

/// Whether a setting is asked for: what was settled when an account was connected is not, once it is.
pub(super) fn is_asked(setting: &Setting, settings: &Value) -> bool {
    setting.settled.is_none() || !is_connected(settings)
}

fn is_connected(settings: &Value) -> bool {
    settings.as_object().is_some_and(|all| !all.is_empty())
}

/// The first word of a path: what stands below it is of one part, as all of `imap`.
fn part_of(setting: &Setting) -> &'static str {
    setting.path.split_once('.').map_or(setting.path, |(part, _)| part)
}

/// The parts that an account did without until now, and of which nobody has named what they need.
fn left_out(guide: &Guide, fields: &Fields, saved: &Value) -> Vec<&'static str> {
    let is_left =
        |setting: &&'static Setting| does_without(setting, saved) && typed(fields, setting.path).trim().is_empty();
    guide.settings().filter(is_left).map(part_of).collect()
}

/// What a field says, or the one that it is the same as.
fn meant(guide: &Guide, fields: &Fields, setting: &Setting) -> String {
    let own = cleaned(setting.sort, typed(fields, setting.path));
    let same = guide.settings().find(|other| own.is_empty() && other.path == setting.same_as);
    same.map_or(own, |other| meant(guide, fields, other))
}

/// What was typed as it is meant: pasted keys bring blanks and line ends with them.
fn cleaned(sort: Sort, text: &str) -> String {
    match sort {
        Sort::Password => text.to_owned(),
        sort if sort.is_secret() => text.split_whitespace().collect(),
        _ => text.trim().to_owned(),
    }
}

impl Filled {
    fn seal(&mut self, setting: &Setting, text: String, now: i64) {
        let saved = at(&self.secrets, setting.path).cloned().filter(|value| value.as_str() != Some(""));
        if text.is_empty() {
            if setting.is_required && saved.is_none() {
                self.errors.push((setting.path, "Nothing can be connected without it.".to_owned()));
            }
            return;
        }
        let text = Value::String(text);
        let is_new = saved.as_ref() != Some(&text);
        match setting.sort {
            Sort::Signing(former) if is_new => {
                if let Some(saved) = saved {
                    let until = Ts(now.saturating_mul(1_000_000)).plus(FORMER_COUNTS);
                    put(&mut self.secrets, former, saved);
                    put(&mut self.settings, FORMER_UNTIL, json!(until.0 / 1_000_000));
                    self.former_until = Some(until);
                }
            }
            Sort::Access(granted_at, ends_at) if is_new => {
                put(&mut self.secrets, granted_at, json!(now));
                take_out(&mut self.secrets, ends_at);
            }
            _ => {}
        }
        put(&mut self.secrets, setting.path, text);
    }

    fn set(&mut self, setting: &Setting, text: &str) {
        if text.is_empty() || (matches!(setting.sort, Sort::Service) && text == setting.usual) {
            take_out(&mut self.settings, setting.path);
            if text.is_empty() && setting.is_required {
                self.errors.push((setting.path, "Nothing can be connected without it.".to_owned()));
            }
            return;
        }
        match value(setting.sort, text) {
            Ok(value) => put(&mut self.settings, setting.path, value),
            Err(words) => self.errors.push((setting.path, words.to_owned())),
        }
    }
}

/// The value of a setting, or what is wrong with it.
fn value(sort: Sort, text: &str) -> Result<Value, &'static str> {
    match sort {
        Sort::Number => text.parse::<u32>().map(|number| json!(number)).map_err(|_| "A whole number."),
        Sort::Switch => Ok(json!(text == "yes")),
        Sort::List => {
            Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| json!(part)).collect())
        }
        Sort::Choice(choices) if !choices.iter().any(|(word, _)| *word == text) => Err("Choose one of these."),
        Sort::Service if !is_service(text) => Err("An address that begins with https://."),
        _ => Ok(json!(text)),
    }
}

/// Only https, so that no key travels in the clear; a server on this machine apart.
fn is_service(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return false,
    };
    let names_nobody = url.username().is_empty() && url.password().is_none();
    names_nobody && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::guides;

    fn guide(word: &str) -> &'static Guide {
        guides().find(|guide| guide.word == word).unwrap()
    }

    fn sent(fields: &[(&str, &str)]) -> Fields {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn nothing() -> Before {
        Before { settings: json!({}), secrets: json!({}) }
    }

    #[test]
    fn what_is_pasted_with_blanks_is_taken_without_them() {
        let form = sent(&[("bot", " @fjord_bot "), ("token", " 12:ab\n c ")]);
        let filled = read(guide("telegram"), &form, &nothing(), 7);
        assert!(filled.errors.is_empty(), "{:?}", filled.errors);
        assert_eq!(filled.settings, json!({ "bot": "@fjord_bot" }));
        assert_eq!(filled.secrets["token"], "12:abc");
        assert_eq!(filled.secrets["webhook_secret"].as_str().unwrap().len(), 64, "a word is made");
        assert!(filled.values.iter().all(|(path, _)| *path != "token"), "no secret goes back to the page");
    }

    #[test]
    fn what_is_missing_is_said_at_its_field() {
        let filled = read(guide("twilio"), &sent(&[("provider.api_url", "http://evil.example")]), &nothing(), 7);
        let mut paths: Vec<&str> = filled.errors.iter().map(|(path, _)| *path).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["number", "provider.account_sid", "provider.api_url", "provider.auth_token"]);
    }

    #[test]
    fn secrets_stay_unless_they_are_typed_anew_and_the_one_before_signs_for_a_while() {
        let guide = guide("instagram");
        let secrets = json!({
            "access_token": "old", "token_granted_at": 1, "token_ends_at": 2, "app_secret": "first", "verify_token": "w",
        });
        let before = Before { settings: json!({ "network": "instagram", "human_agent": true }), secrets };
        let fields = [("login", "instagram"), ("instagram_id", "2001"), ("app_id", "3001"), ("human_agent", "no")];
        let filled = read(guide, &sent(&fields), &before, 7);
        assert!(filled.errors.is_empty(), "{:?}", filled.errors);
        assert_eq!((&filled.secrets, filled.former_until), (&before.secrets, None));
        assert!(filled.settings.get(FORMER_UNTIL).is_none());
        assert_eq!(
            (&filled.settings["human_agent"], &filled.settings["network"]),
            (&json!(false), &json!("instagram"))
        );
        let typed = sent(&[fields[0], fields[1], fields[2], ("access_token", "new"), ("app_secret", "second")]);
        let filled = read(guide, &typed, &before, 7);
        assert_eq!(
            filled.secrets,
            json!({
                "access_token": "new", "token_granted_at": 7, "app_secret": "second", "former_app_secret": "first",
                "verify_token": "w",
            })
        );
        let ends_at = 7 + 24 * 60 * 60;
        assert_eq!(filled.settings[FORMER_UNTIL], json!(ends_at));
        assert_eq!(filled.former_until, Some(Ts(ends_at * 1_000_000)));
    }

    #[test]
    fn what_is_left_empty_is_as_another_or_not_there_at_all() {
        let form = sent(&[
            ("address", "amazon@fjord.example"),
            ("imap.host", "mail.example"),
            ("imap.port", "993"),
            ("imap.tls", "implicit"),
            ("imap.auth.kind", "password"),
            ("imap.auth.password", " a b "),
            ("smtp.host", "mail.example"),
            ("smtp.port", "465"),
            ("smtp.tls", "implicit"),
            ("smtp.auth.kind", "password"),
            ("spapi.api_url", "https://sellingpartnerapi-eu.amazon.com"),
        ]);
        let filled = read(guide("amazon"), &form, &nothing(), 7);
        assert!(filled.errors.is_empty(), "{:?}", filled.errors);
        assert_eq!(filled.settings["imap"]["user"], "amazon@fjord.example");
        assert_eq!(filled.secrets["smtp"]["auth"]["password"], " a b ", "a password is taken as it is typed");
        assert!(filled.settings.get("spapi").is_none() && filled.settings.get("oauth").is_none());
    }

    #[test]
    fn an_account_that_does_without_a_part_is_saved_again_without_it() {
        let smtp = json!({ "host": "127.0.0.1", "port": 25, "tls": "plain", "auth": { "kind": "none" } });
        let before = Before { settings: json!({ "address": "a@fjord.example", "smtp": smtp }), secrets: json!({}) };
        let guide = guide("amazon");
        let mut form: Fields =
            values(guide, &before.settings).into_iter().map(|(path, value)| (path.to_owned(), value)).collect();
        let host = guide.settings().find(|setting| setting.path == "imap.host").unwrap();
        assert!(does_without(host, &before.settings) && !does_without(host, &json!({})));
        let filled = read(guide, &form, &before, 7);
        assert!(filled.errors.is_empty(), "{:?}", filled.errors);
        assert!(filled.settings.get("imap").is_none(), "{}", filled.settings);
        assert_eq!(filled.settings["smtp"]["port"], 25);

        let missing: Vec<&str> = read(guide, &form, &nothing(), 7).errors.into_iter().map(|(path, _)| path).collect();
        assert_eq!(missing, ["imap.host"], "a new one needs it");
        form.retain(|(path, _)| path != "imap.host");
        form.push(("imap.host".to_owned(), "mail.example".to_owned()));
        let filled = read(guide, &form, &before, 7);
        assert!(filled.errors.is_empty(), "{:?}", filled.errors);
        assert_eq!(
            (&filled.settings["imap"]["host"], &filled.settings["imap"]["port"]),
            (&json!("mail.example"), &json!(993))
        );
        let without = form.iter().map(|(path, value)| (path.as_str(), value.as_str()));
        let without: Vec<(&str, &str)> = without.filter(|(path, _)| *path != "imap.host").collect();
        let was_there = Before { settings: filled.settings, secrets: json!({}) };
        assert_eq!(read(guide, &sent(&without), &was_there, 7).errors.len(), 1, "nor can it be taken away");
    }

    #[test]
    fn what_is_settled_when_an_account_is_connected_stays_whatever_is_typed_later() {
        let guide = guide("mirakl");
        let saved = |address: &str, name: &str, before: &Value| {
            let before = Before { settings: before.clone(), secrets: json!({ "api_key": "k" }) };
            let form = sent(&[("api_url", address), ("marketplace", "Market"), ("operator", name)]);
            let filled = read(guide, &form, &before, 7);
            assert!(filled.errors.is_empty(), "{:?}", filled.errors);
            filled.settings
        };
        let first = saved("https://Old.market.example/api", "", &json!({}));
        assert_eq!(first["operator"], "old.market.example");
        let moved = saved("https://new.market.example", "Empik", &first);
        assert_eq!(
            (&moved["operator"], &moved["api_url"]),
            (&json!("old.market.example"), &json!("https://new.market.example"))
        );
        let unsettled = json!({ "api_url": "https://old.market.example" });
        assert_eq!(saved("https://new.market.example", "Empik", &unsettled)["operator"], "old.market.example");
        assert_eq!(saved("https://new.market.example", " Empik ", &json!({}))["operator"], "empik");
    }

    #[test]
    fn services_are_protected_or_on_this_machine() {
        for fine in ["https://api.example/v1", "http://127.0.0.1:9", "http://[::1]:9", "http://localhost"] {
            assert!(is_service(fine), "{fine}");
        }
        for refused in ["http://api.example", "api.example", "ftp://api.example", "https://a:b@api.example", ""] {
            assert!(!is_service(refused), "{refused}");
        }
    }

    #[test]
    fn every_guide_can_be_read_back_from_what_it_saved() {
        for guide in guides() {
            let shown = values(guide, &json!({}));
            let form: Fields = guide
                .settings()
                .map(|setting| {
                    let usual = shown.iter().find(|(path, _)| *path == setting.path).map(|(_, value)| value.clone());
                    let filled = match setting.sort {
                        Sort::Number => "7".to_owned(),
                        Sort::Service => "http://127.0.0.1:9".to_owned(),
                        _ => "word".to_owned(),
                    };
                    (setting.path.to_owned(), usual.filter(|value| !value.is_empty()).unwrap_or(filled))
                })
                .collect();
            let filled = read(guide, &form, &nothing(), 7);
            assert!(filled.errors.is_empty(), "{}: {:?}", guide.word, filled.errors);
            assert!(guide.fits(&filled.settings) && !guide.address_in(&filled.settings).is_empty(), "{}", guide.word);
            let again =
                read(guide, &form, &Before { settings: filled.settings.clone(), secrets: filled.secrets.clone() }, 9);
            assert_eq!((again.settings, again.secrets), (filled.settings, filled.secrets), "{}", guide.word);
        }
    }
}
