//! How an account of a platform is connected, as data: each adapter says it of its own platform, and the desk makes the pages
//! of it. Paths name places in the settings, with dots between their parts: `imap.host`.

use serde_json::{Map, Value};

use crate::channel::ChannelKind;
use crate::extra::Extra;

/// How an account of a platform is connected.
#[derive(Clone, Copy, Debug)]
pub struct Guide {
    /// Its name in addresses of pages: that of the kind, unless several guides lead to one kind.
    pub word: &'static str,
    /// What is connected.
    pub kind: ChannelKind,
    /// The platform's name for people.
    pub name: &'static str,
    /// What to have at hand, in a sentence or two.
    pub about: &'static str,
    /// What to do, in order.
    pub steps: &'static [Step],
    /// Settings that hardly anybody changes.
    pub further: &'static [Setting],
    /// Settings that no field asks for.
    pub extra: &'static [Extra],
    /// All settings as the adapter takes them by itself.
    pub usual: fn() -> Value,
    /// Settings that are the same for every account that is connected by this guide.
    pub fixed: &'static [(&'static str, &'static str)],
    /// The setting that names the account for people.
    pub address: &'static str,
    /// The settings by which two connections are known to be of one account.
    pub account: &'static [&'static str],
    /// How what stands at one of these is compared: people write one and the same in several ways ([`plain`]).
    pub compared: fn(&str, &str) -> String,
    /// The setting that is wrong where the platform lets nobody in.
    pub key: &'static str,
    /// Where the platform pushes to; `None` where it is polled alone.
    pub webhook: Option<Webhook>,
    /// How a person sees that it works.
    pub trial: Trial,
}

/// One thing to do.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it is.
    pub title: &'static str,
    /// What to press where.
    pub words: &'static str,
    /// What is asked for here.
    pub settings: &'static [Setting],
    /// Whether the address of the webhook is needed here.
    pub shows_webhook: bool,
}

/// The address that the platform pushes to.
#[derive(Clone, Copy, Debug)]
pub struct Webhook {
    /// Who tells the platform of it.
    pub entered_by: EnteredBy,
    /// The setting that holds the word by which both know each other; the desk makes it. `""`: there is none.
    pub word: &'static str,
    /// The setting that holds the address itself, for platforms that sign it or are told of it; `""`: none does.
    pub address: &'static str,
    /// The setting that names the app for all of whose accounts the platform calls one address; `""`: each has its own.
    pub shared_by: &'static str,
}

/// Who tells a platform of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnteredBy {
    /// A person, on a page of the platform.
    Person,
    /// The desk ([`crate::MessageChannel::begin`]).
    Desk,
}

/// How a person sees that a connection works.
#[derive(Clone, Copy, Debug)]
pub enum Trial {
    /// The desk writes to somebody: what they are called by, and an example.
    Send(&'static str, &'static str),
    /// A person writes to the account, in these words.
    Write(&'static str),
}

/// Something to fill in.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Where it stands in the settings.
    pub path: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Where it is found, or what becomes of it; `""` where the label says enough.
    pub hint: &'static str,
    /// What it is.
    pub sort: Sort,
    /// Whether nothing can be connected without it.
    pub is_required: bool,
    /// What stands in the field at first.
    pub usual: &'static str,
    /// The setting that it is the same as where it is left empty; `""`: none.
    pub same_as: &'static str,
    /// What it is made of where it is settled when the account is connected ([`Setting::settled()`]).
    pub settled: Option<fn(&Value) -> String>,
    /// Whether what it names serves one channel alone ([`Setting::alone()`]).
    pub is_alone: bool,
}

/// What a setting is.
#[derive(Clone, Copy, Debug)]
pub enum Sort {
    /// A line of text.
    Text,
    /// Words with commas between them.
    List,
    /// A whole number.
    Number,
    /// Yes or no.
    Switch,
    /// One of these, each with its words. An empty one is what the adapter takes by itself.
    Choice(&'static [(&'static str, &'static str)]),
    /// Where one of the platform's services is.
    Service,
    /// What the platform calls the desk's page to which an owner's consent leads back
    /// ([`crate::MessageChannel::consent`]).
    Consent,
    /// A secret without blanks in it.
    Secret,
    /// A secret that is taken as it is typed.
    Password,
    /// A secret that signs what is pushed: the one before goes to this setting and counts for a while.
    Signing(&'static str),
    /// Access that may end: the settings where its beginning and its end are noted, in seconds since 1970.
    Access(&'static str, &'static str),
}

impl Sort {
    /// Whether it is sealed, and never shown again.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Password | Self::Signing(_) | Self::Access(..))
    }
}

impl Setting {
    /// A setting that is needed.
    pub const fn new(path: &'static str, label: &'static str, sort: Sort) -> Self {
        Self { path, label, hint: "", sort, is_required: true, usual: "", same_as: "", settled: None, is_alone: false }
    }

    /// A line of text that is needed.
    pub const fn text(path: &'static str, label: &'static str) -> Self {
        Self::new(path, label, Sort::Text)
    }

    /// A secret that is needed.
    pub const fn secret(path: &'static str, label: &'static str) -> Self {
        Self::new(path, label, Sort::Secret)
    }

    /// Where a service is, unless it is set.
    pub const fn service(path: &'static str, label: &'static str, usual: &'static str) -> Self {
        Self { is_required: false, usual, ..Self::new(path, label, Sort::Service) }
    }

    /// With a word of help.
    #[must_use]
    pub const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// It may stay empty.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }

    /// With what stands in the field at first.
    #[must_use]
    pub const fn usual(self, usual: &'static str) -> Self {
        Self { usual, ..self }
    }

    /// It is made of the settings when the account is connected and stays so, whatever they become: names that the desk keeps hang
    /// on it. Of a connected account it is not asked for.
    #[must_use]
    pub const fn settled(self, settled: fn(&Value) -> String) -> Self {
        Self { settled: Some(settled), ..self }
    }

    /// What it names serves one channel alone: two would take away from each other what lies there.
    #[must_use]
    pub const fn alone(self) -> Self {
        Self { is_alone: true, ..self }
    }

    /// Left empty, it is the same as another setting.
    #[must_use]
    pub const fn same_as(self, same_as: &'static str) -> Self {
        Self { same_as, is_required: false, ..self }
    }
}

impl Guide {
    /// Everything that is asked for, in the order of the page.
    pub fn settings(&self) -> impl Iterator<Item = &'static Setting> {
        self.steps.iter().flat_map(|step| step.settings).chain(self.further)
    }

    /// Where the secrets before those stand that sign what is pushed.
    pub fn former_secrets(&self) -> impl Iterator<Item = &'static str> {
        self.settings().filter_map(|setting| match setting.sort {
            Sort::Signing(former) => Some(former),
            _ => None,
        })
    }

    /// Whether settings are those of an account that was connected by this guide.
    pub fn fits(&self, settings: &Value) -> bool {
        self.fixed.iter().all(|(path, value)| at(settings, path).and_then(Value::as_str) == Some(*value))
    }

    /// The platform's services that these settings name.
    pub fn services(&self, settings: &Value) -> Vec<String> {
        let services = self.settings().filter(|setting| matches!(setting.sort, Sort::Service));
        let written = |setting: &Setting| at(settings, setting.path).and_then(Value::as_str).unwrap_or(setting.usual);
        services.map(|setting| written(setting).to_owned()).filter(|address| !address.is_empty()).collect()
    }

    /// What the guide names and these settings, which hold all that an adapter knows, have no place for.
    pub fn unknown_in(&self, settings: &Value) -> Vec<&'static str> {
        self.named().filter(|path| at(settings, path).is_none()).collect()
    }

    /// All that the guide itself names: what its fields ask for, what is noted beside them, and what the desk makes.
    pub(crate) fn named(&self) -> impl Iterator<Item = &'static str> {
        let beside = |setting: &Setting| match setting.sort {
            Sort::Signing(former) => vec![setting.path, former],
            Sort::Access(granted_at, ends_at) => vec![setting.path, granted_at, ends_at],
            _ => vec![setting.path],
        };
        let of_webhook = self.webhook.iter().flat_map(|webhook| [webhook.word, webhook.address, webhook.shared_by]);
        let fixed = self.fixed.iter().map(|(path, _)| *path);
        let all = self.settings().flat_map(beside).chain(of_webhook).chain(fixed);
        all.filter(|path| !path.is_empty())
    }

    /// What the account is called by in these settings; `""` where they do not say.
    pub fn address_in(&self, settings: &Value) -> String {
        match at(settings, self.address) {
            Some(Value::Array(names)) => names.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
            Some(Value::String(name)) => name.clone(),
            _ => String::new(),
        }
    }

    /// Whether two documents are the settings of one account. Where it may have several names, one that both name is enough.
    pub fn is_same_account(&self, one: &Value, other: &Value) -> bool {
        let is_named = self.account.iter().any(|path| !self.names_at(one, path).is_empty());
        let is_shared = |path: &&str| {
            let (own, others) = (self.names_at(one, path), self.names_at(other, path));
            if own.is_empty() { others.is_empty() } else { own.iter().any(|name| others.contains(name)) }
        };
        is_named && self.fits(other) && self.account.iter().all(is_shared)
    }

    /// What serves one channel alone and is named in both of these settings.
    pub fn named_by_both(&self, one: &Value, other: &Value) -> Option<&'static Setting> {
        let is_shared = |setting: &&Setting| {
            let name = |settings| at(settings, setting.path).and_then(Value::as_str).map(str::trim).unwrap_or_default();
            setting.is_alone && !name(one).is_empty() && name(one) == name(other)
        };
        self.settings().find(is_shared).filter(|_| self.fits(other))
    }

    /// What names the account at a path, as it is compared.
    fn names_at(&self, settings: &Value, path: &str) -> Vec<String> {
        let written: Vec<&str> = match at(settings, path) {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(name)) => vec![name.as_str()],
            _ => Vec::new(),
        };
        written.into_iter().map(|name| (self.compared)(path, name)).filter(|name| !name.is_empty()).collect()
    }
}

/// A name as it is compared where capitals and an @ before it make no other one.
pub fn plain(_: &str, name: &str) -> String {
    let name = name.trim();
    name.strip_prefix('@').unwrap_or(name).to_lowercase()
}

/// What stands at a path.
pub fn at<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(document, |place, part| place.get(part))
}

/// Puts something at a path.
pub fn put(document: &mut Value, path: &str, value: Value) {
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Some(object) = document.as_object_mut() else { return };
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((first, rest)) => put(object.entry(first).or_insert(Value::Null), rest, value),
    }
}

/// Takes out what stands at a path, and what is empty without it.
pub fn take_out(document: &mut Value, path: &str) {
    let Some(object) = document.as_object_mut() else { return };
    let Some((first, rest)) = path.split_once('.') else {
        object.remove(path);
        return;
    };
    let mut is_left_empty = false;
    if let Some(inner) = object.get_mut(first) {
        take_out(inner, rest);
        is_left_empty = inner.as_object().is_some_and(Map::is_empty);
    }
    if is_left_empty {
        object.remove(first);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GUIDE: Guide = Guide {
        word: "post",
        kind: ChannelKind::Sms,
        name: "Post",
        about: "",
        steps: &[Step {
            title: "One",
            words: "",
            settings: &[
                Setting::text("shop", "Shop"),
                Setting::new("names", "Names", Sort::List).optional(),
                Setting::text("api.box", "Box").optional().alone(),
            ],
            shows_webhook: false,
        }],
        further: &[Setting::service("api.url", "Service", "https://api.example")],
        extra: &[],
        usual: || Value::Null,
        fixed: &[("api.kind", "post")],
        address: "names",
        account: &["shop", "names"],
        compared: plain,
        key: "shop",
        webhook: None,
        trial: Trial::Write(""),
    };

    #[test]
    fn what_is_put_is_found_and_leaves_nothing_empty_behind() {
        let mut document = json!({ "a": { "b": 1 }, "c": "text" });
        put(&mut document, "a.d.e", json!(2));
        put(&mut document, "c.f", json!(3));
        assert_eq!(document, json!({ "a": { "b": 1, "d": { "e": 2 } }, "c": { "f": 3 } }));
        assert_eq!((at(&document, "a.d.e"), at(&document, "a.x.e")), (Some(&json!(2)), None));
        take_out(&mut document, "a.d.e");
        take_out(&mut document, "c.f");
        take_out(&mut document, "x.y");
        assert_eq!(document, json!({ "a": { "b": 1 } }));
    }

    #[test]
    fn services_are_as_set_or_the_usual_ones() {
        assert_eq!(GUIDE.services(&json!({})), ["https://api.example"]);
        assert_eq!(GUIDE.services(&json!({ "api": { "url": "http://127.0.0.1:9" } })), ["http://127.0.0.1:9"]);
    }

    #[test]
    fn one_account_is_known_by_all_that_names_it() {
        let of = |shop: &str, names: &[&str]| json!({ "shop": shop, "names": names, "api": { "kind": "post" } });
        assert_eq!(GUIDE.address_in(&of("1", &["a", "b"])), "a");
        assert!(GUIDE.is_same_account(&of("1", &["a"]), &of("1", &["a"])));
        assert!(!GUIDE.is_same_account(&of("1", &["a"]), &of("2", &["a"])));
        assert!(!GUIDE.is_same_account(&of("1", &["a"]), &json!({ "shop": "1", "names": ["a"] })), "another guide's");
        assert!(!GUIDE.is_same_account(&of("", &[]), &of("", &[])), "nothing names it");
        assert!(GUIDE.is_same_account(&of("A-1", &["b", "@C"]), &of(" a-1 ", &["c", "d"])), "a name of both is enough");
        assert!(!GUIDE.is_same_account(&of("1", &["a", "b"]), &of("1", &["c"])));
        assert!(!GUIDE.is_same_account(&of("1", &[]), &of("1", &["a"])), "one of them names less");
    }

    #[test]
    fn what_serves_one_channel_alone_is_found_in_both() {
        let of = |shop: &str, name: &str| json!({ "shop": shop, "api": { "kind": "post", "box": name } });
        let found = |one: &Value, other: &Value| GUIDE.named_by_both(one, other).map(|setting| setting.path);
        assert_eq!(found(&of("1", "b-1"), &of("2", " b-1")), Some("api.box"));
        assert_eq!(found(&of("1", "b-1"), &of("2", "B-1")), None);
        assert_eq!(found(&of("1", ""), &of("1", "")), None, "neither has one");
        assert_eq!(found(&of("1", "b-1"), &json!({ "api": { "box": "b-1" } })), None, "another guide's");
    }
}
