//! The form of a mail account: what it asks for each provider, and the adapter's settings behind it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::senders;
use crate::channels::joined;
use crate::model::channel::Channel;
use crate::web::forms::Field;

/// A way to sign in to a mail account, with what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// The word in addresses.
    pub slug: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// Where its mail is fetched: host, port, protection.
    pub imap: (&'static str, &'static str, &'static str),
    /// Where mail is handed in.
    pub smtp: (&'static str, &'static str, &'static str),
    /// Where access is renewed and what is asked for; `None`: signed in to with a password.
    pub tokens: Option<(&'static str, &'static str)>,
    /// What to have at hand.
    pub about: &'static str,
}

/// The choices, the usual first.
pub const PROVIDERS: [Provider; 4] = [
    Provider {
        slug: "password",
        name: "Mail server with a password",
        imap: ("", "993", "tls"),
        smtp: ("", "465", "tls"),
        tokens: None,
        about: "The account of any mail server that takes a user name and a password.",
    },
    Provider {
        slug: "microsoft",
        name: "Microsoft 365",
        imap: ("outlook.office365.com", "993", "tls"),
        smtp: ("smtp.office365.com", "587", "starttls"),
        tokens: Some((
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        )),
        about: "Register an app in Entra with the rights IMAP.AccessAsUser.All and SMTP.Send, and let it ask for a \
                refresh token once.",
    },
    Provider {
        slug: "google",
        name: "Google",
        imap: ("imap.gmail.com", "993", "tls"),
        smtp: ("smtp.gmail.com", "465", "tls"),
        tokens: Some(("https://oauth2.googleapis.com/token", "https://mail.google.com/")),
        about: "Make an OAuth client in the Google Cloud console, publish it (tokens of an app in testing end after a \
                week), and let it ask for a refresh token once.",
    },
    Provider {
        slug: "oauth",
        name: "Another with tokens",
        imap: ("", "993", "tls"),
        smtp: ("", "465", "tls"),
        tokens: Some(("", "")),
        about: "Any provider whose mail servers take XOAUTH2.",
    },
];

/// The provider with this word; the first for any other.
pub fn provider(slug: &str) -> Provider {
    let [usual, ..] = PROVIDERS;
    PROVIDERS.into_iter().find(|provider| provider.slug == slug).unwrap_or(usual)
}

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    pub(super) brand: String,
    pub(super) provider: String,
    pub(super) name: String,
    pub(super) address: String,
    display_name: String,
    imap_host: String,
    imap_port: String,
    imap_security: String,
    imap_user: String,
    imap_password: String,
    smtp_host: String,
    smtp_port: String,
    smtp_security: String,
    smtp_user: String,
    smtp_password: String,
    token_url: String,
    client_id: String,
    client_secret: String,
    refresh_token: String,
    scope: String,
    authserv_id: String,
    pub(super) check: Option<String>,
}

impl Form {
    /// The empty form of a provider.
    pub(super) fn of_provider(provider: Provider) -> Self {
        let (token_url, scope) = provider.tokens.unwrap_or_default();
        let text = |(host, port, security): (&str, &str, &str)| (host.to_owned(), port.to_owned(), security.to_owned());
        let (imap_host, imap_port, imap_security) = text(provider.imap);
        let (smtp_host, smtp_port, smtp_security) = text(provider.smtp);
        Self {
            provider: provider.slug.to_owned(),
            imap_host,
            imap_port,
            imap_security,
            smtp_host,
            smtp_port,
            smtp_security,
            token_url: token_url.to_owned(),
            scope: scope.to_owned(),
            ..Self::default()
        }
    }

    /// The form of a connected account, without its secrets.
    pub(super) fn of_channel(channel: &Channel) -> Self {
        let settings = &channel.settings.0;
        let text = |path: &str| settings.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let port = |path: &str| {
            settings.pointer(path).and_then(Value::as_u64).map(|port| port.to_string()).unwrap_or_default()
        };
        let security = |path: &str| match text(path).as_str() {
            "start_tls" => "starttls".to_owned(),
            "plain" => "none".to_owned(),
            _ => "tls".to_owned(),
        };
        let token_url = text("/oauth/token_url");
        let known = PROVIDERS.iter().find(|known| known.tokens.is_some_and(|(url, _)| url == token_url));
        let provider = match known {
            _ if token_url.is_empty() => "password",
            Some(known) => known.slug,
            None => "oauth",
        };
        Self {
            provider: provider.to_owned(),
            name: channel.name.clone(),
            address: channel.address.clone(),
            display_name: text("/display_name"),
            imap_host: text("/imap/host"),
            imap_port: port("/imap/port"),
            imap_security: security("/imap/tls"),
            imap_user: text("/imap/user"),
            smtp_host: text("/smtp/host"),
            smtp_port: port("/smtp/port"),
            smtp_security: security("/smtp/tls"),
            smtp_user: text("/smtp/user"),
            token_url,
            client_id: text("/oauth/client_id"),
            scope: text("/oauth/scope"),
            ..Self::default()
        }
    }

    /// The same account with another way to sign in, or at another provider.
    pub(super) fn moved_to(self, provider: Provider) -> Self {
        let theirs = Self::of_provider(provider);
        if theirs.imap_host.is_empty() {
            let Self { provider, token_url, scope, .. } = theirs;
            return Self { provider, token_url, scope, client_id: String::new(), ..self };
        }
        Self {
            name: self.name,
            address: self.address,
            display_name: self.display_name,
            imap_user: self.imap_user,
            smtp_user: self.smtp_user,
            ..theirs
        }
    }

    /// What stands in the fields; secrets are never sent back.
    pub(super) fn values(&self) -> Vec<(&'static str, String)> {
        vec![
            ("brand", self.brand.clone()),
            ("name", self.name.clone()),
            ("address", self.address.clone()),
            ("display_name", self.display_name.clone()),
            ("imap_host", self.imap_host.clone()),
            ("imap_port", self.imap_port.clone()),
            ("imap_security", self.imap_security.clone()),
            ("imap_user", self.imap_user.clone()),
            ("smtp_host", self.smtp_host.clone()),
            ("smtp_port", self.smtp_port.clone()),
            ("smtp_security", self.smtp_security.clone()),
            ("smtp_user", self.smtp_user.clone()),
            ("token_url", self.token_url.clone()),
            ("client_id", self.client_id.clone()),
            ("scope", self.scope.clone()),
            ("authserv_id", self.authserv_id.clone()),
        ]
        .into_iter()
        .filter(|(name, value)| !value.is_empty() || !name.ends_with("_security"))
        .collect()
    }

    /// What is wrong; `new` accounts must bring their secrets.
    pub(super) fn errors(&self, new: bool) -> Vec<(&'static str, String)> {
        let mut errors = Vec::new();
        if !self.address.contains('@') {
            errors.push(("address", "Write a mail address.".to_owned()));
        }
        if self.smtp_host.trim().is_empty() {
            errors.push(("smtp_host", "Replies need a server to leave through.".to_owned()));
        }
        if !self.authserv_id.trim().is_empty() && !senders::is_server_name(self.authserv_id.trim()) {
            errors.push(("authserv_id", senders::NO_NAME.to_owned()));
        }
        for (name, value) in [("imap_port", &self.imap_port), ("smtp_port", &self.smtp_port)] {
            if !value.trim().is_empty() && value.trim().parse::<u16>().is_err() {
                errors.push((name, "A number up to 65535.".to_owned()));
            }
        }
        if self.uses_tokens() {
            if !self.token_url.trim().starts_with("https://") && !self.token_url.trim().starts_with("http://") {
                errors.push(("token_url", "Write the address where the provider renews access.".to_owned()));
            }
            if self.client_id.trim().is_empty() {
                errors.push(("client_id", "The provider gave it to the app.".to_owned()));
            }
            if new && self.refresh_token.trim().is_empty() {
                errors.push(("refresh_token", "Access is renewed with it.".to_owned()));
            }
        }
        errors
    }

    fn uses_tokens(&self) -> bool {
        provider(&self.provider).tokens.is_some()
    }

    /// The user of the mail server: as written, else the address where tokens are used.
    fn user<'a>(&'a self, own: &'a str) -> &'a str {
        match (own.trim(), self.imap_user.trim()) {
            ("", "") if self.uses_tokens() => self.address.trim(),
            ("", imap) => imap,
            (own, _) => own,
        }
    }

    /// The adapter's settings, and apart from them what is sealed. What the form does not ask for stays as it was, and
    /// so do secrets that were left empty.
    pub(super) fn settings(&self, before: &Before) -> (Value, Value) {
        let whose = senders::believed(&self.authserv_id, &self.imap_host, &before.settings);
        let mut settings = without(&whose, &["imap", "smtp", "oauth"]);
        let mut secrets = without(&before.secrets, &["imap", "smtp", "oauth"]);
        let saved = |path: &str| before.secrets.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let or_saved = |own: &str, path: &str| if own.is_empty() { saved(path) } else { own.to_owned() };
        let imap_password = or_saved(&self.imap_password, "/imap/auth/password");
        let smtp_password = match or_saved(&self.smtp_password, "/smtp/auth/password") {
            own if own.is_empty() || (self.smtp_password.is_empty() && !self.imap_password.is_empty()) => {
                imap_password.clone()
            }
            own => own,
        };
        let user = self.user(&self.smtp_user);
        let mut servers = json!({
            "address": self.address.trim().to_lowercase(),
            "display_name": self.display_name.trim(),
            "smtp": server(&self.smtp_host, &self.smtp_port, 465, &self.smtp_security, user),
        });
        let mut sealed = json!({ "smtp": { "auth": self.auth(user, &smtp_password) } });
        if !self.imap_host.trim().is_empty() {
            let user = self.user(&self.imap_user);
            let imap = server(&self.imap_host, &self.imap_port, 993, &self.imap_security, user);
            servers = joined(&servers, &json!({ "imap": imap }));
            sealed = joined(&sealed, &json!({ "imap": { "auth": self.auth(user, &imap_password) } }));
        }
        if self.uses_tokens() {
            servers = joined(
                &servers,
                &json!({ "oauth": {
                    "token_url": self.token_url.trim(), "client_id": self.client_id.trim(), "scope": self.scope.trim(),
                }}),
            );
            sealed = joined(
                &sealed,
                &json!({ "oauth": {
                    "client_secret": or_saved(self.client_secret.trim(), "/oauth/client_secret"),
                    "refresh_token": or_saved(self.refresh_token.trim(), "/oauth/refresh_token"),
                }}),
            );
        }
        settings = joined(&settings, &servers);
        secrets = joined(&secrets, &sealed);
        (settings, secrets)
    }

    fn auth(&self, user: &str, password: &str) -> Value {
        match user {
            _ if self.uses_tokens() => json!({ "kind": "xoauth2" }),
            "" => json!({ "kind": "none" }),
            _ => json!({ "kind": "password", "password": password }),
        }
    }
}

/// How an account was connected until now.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub(super) settings: Value,
    pub(super) secrets: Value,
}

pub(super) fn without(object: &Value, keys: &[&str]) -> Value {
    let mut object = object.as_object().cloned().unwrap_or_default();
    for key in keys {
        object.remove(*key);
    }
    Value::Object(object)
}

fn server(host: &str, port: &str, usual: u16, security: &str, user: &str) -> Value {
    let tls = match security {
        "starttls" => "start_tls",
        "none" => "plain",
        _ => "implicit",
    };
    json!({ "host": host.trim(), "port": port.trim().parse().unwrap_or(usual), "tls": tls, "user": user })
}

/// The fields about the account itself.
pub(super) fn about() -> Vec<Field> {
    vec![
        Field::text("name", "Name in the desk").placeholder("Mail").optional(),
        Field::email("address", "Mail address")
            .autocomplete("off")
            .help("Customers write here; replies leave from here."),
        Field::text("display_name", "Name that customers see").optional(),
    ]
}

/// The fields about access with tokens; `kept` says that secrets may stay empty.
pub(super) fn tokens(kept: bool) -> Vec<Field> {
    let secret = |field: Field| if kept { field.optional().help("Empty: the saved one stays.") } else { field };
    vec![
        Field::text("token_url", "Address that renews access").placeholder("https://login.example/token"),
        Field::text("client_id", "Client id"),
        Field::password("client_secret", "Client secret").optional().help(if kept {
            "Empty: the saved one stays."
        } else {
            "Some providers give none."
        }),
        secret(Field::password("refresh_token", "Refresh token")),
        Field::text("scope", "Scope").optional().help("Empty: what was granted."),
    ]
}

/// The fields about fetching.
pub(super) fn imap(provider: Provider, kept: bool) -> Vec<Field> {
    let mut fields = vec![
        Field::text("imap_host", "Server")
            .placeholder("imap.shop.example")
            .optional()
            .help("Empty: mail comes by webhook only."),
        Field::number("imap_port", "Port").value("993"),
        security("imap_security"),
    ];
    if provider.tokens.is_some() {
        fields.push(Field::text("imap_user", "User").optional().help("Empty: the mail address."));
    } else {
        fields.push(Field::text("imap_user", "User").optional());
        let help = if kept { "Empty: the saved one stays." } else { "" };
        fields.push(Field::password("imap_password", "Password").optional().help(help));
    }
    fields
}

/// The fields about sending.
pub(super) fn smtp(provider: Provider, kept: bool) -> Vec<Field> {
    let same = "Empty: the same as for fetching.";
    let mut fields = vec![
        Field::text("smtp_host", "Server").placeholder("smtp.shop.example"),
        Field::number("smtp_port", "Port").value("465"),
        security("smtp_security"),
        Field::text("smtp_user", "User").optional().help(same),
    ];
    if provider.tokens.is_none() {
        let help = if kept { "Empty: the saved one stays." } else { same };
        fields.push(Field::password("smtp_password", "Password").optional().help(help));
    }
    fields
}

fn security(name: &'static str) -> Field {
    let choices = [("tls", "TLS from the start"), ("starttls", "STARTTLS"), ("none", "None, only on this machine")];
    Field::choice(name, "Encryption", choices).value("tls")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before() -> Before {
        Before {
            settings: json!({
                "address": "help@shop.example", "aliases": ["info@a.b"], "authserv_id": "mx.shop.example",
                "authserv_id_refused": "mx.evil.example",
                "imap": { "host": "mail.example", "port": 993, "tls": "implicit", "user": "help" },
                "smtp": { "host": "mail.example", "port": 465, "tls": "implicit", "user": "help" },
            }),
            secrets: json!({
                "thread_secret": "thread",
                "imap": { "auth": { "kind": "password", "password": "old" } },
                "smtp": { "auth": { "kind": "password", "password": "old" } },
            }),
        }
    }

    fn form(slug: &str) -> Form {
        Form { address: "Help@Shop.example".into(), ..Form::of_provider(provider(slug)) }
    }

    #[test]
    fn known_providers_bring_their_addresses() {
        let form = Form { client_id: "desk".into(), refresh_token: "rt".into(), ..form("microsoft") };
        assert!(form.errors(true).is_empty(), "{:?}", form.errors(true));
        let (settings, secrets) =
            form.settings(&Before { settings: json!({}), secrets: json!({ "thread_secret": "t" }) });
        assert_eq!(settings["imap"]["host"], "outlook.office365.com");
        assert_eq!((&settings["smtp"]["port"], &settings["smtp"]["tls"]), (&json!(587), &json!("start_tls")));
        assert_eq!(settings["imap"]["user"], "Help@Shop.example");
        assert_eq!(secrets["imap"]["auth"], json!({ "kind": "xoauth2" }));
        assert_eq!(secrets["oauth"]["refresh_token"], "rt");
        assert!(!settings.to_string().contains("\"rt\""), "secrets stay apart");
    }

    #[test]
    fn secrets_left_empty_stay_and_so_does_what_the_form_does_not_ask_for() {
        let form = Form {
            imap_host: "new.example".into(),
            smtp_host: "new.example".into(),
            imap_user: "help".into(),
            ..form("password")
        };
        let (settings, secrets) = form.settings(&before());
        assert_eq!((&settings["aliases"], &settings["imap"]["host"]), (&json!(["info@a.b"]), &json!("new.example")));
        assert_eq!(secrets["thread_secret"], "thread");
        assert_eq!(secrets["imap"]["auth"]["password"], "old");
        assert_eq!(secrets["smtp"]["auth"]["password"], "old");
        let (_, secrets) = Form { imap_password: "new".into(), ..form }.settings(&before());
        assert_eq!(
            (&secrets["imap"]["auth"]["password"], &secrets["smtp"]["auth"]["password"]),
            (&json!("new"), &json!("new"))
        );
    }

    #[test]
    fn an_account_may_change_from_a_password_to_tokens() {
        let form = Form { client_id: "desk".into(), refresh_token: "rt".into(), ..form("google") };
        let (settings, secrets) = form.settings(&before());
        assert_eq!(settings["oauth"]["token_url"], "https://oauth2.googleapis.com/token");
        assert!(!secrets.to_string().contains("old"), "the password is gone: {secrets}");
    }
}
