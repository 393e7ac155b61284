//! The kinds of shops that a person connects: what they do there, and what they type here.

use serde_json::{Map, Value, json};

use crate::web::forms::Field;
use crate::web::guard::Fields;

/// A kind of shop that is connected on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShopKind {
    /// Any shop that speaks the order interface over HTTP.
    Http,
    /// A shop at Shopify.
    Shopify,
}

/// The steps at Shopify.
const SHOPIFY_STEPS: [&str; 4] = [
    "Open Shopify’s Dev Dashboard, make an app for your own shop and install it there. Give it the scopes write_orders, \
     read_all_orders, write_returns, write_draft_orders, read_customers, read_products and \
     read_merchant_managed_fulfillment_orders.",
    "On the app’s page ask for “protected customer data” with names, addresses, mail addresses and phone numbers. Without it \
     orders are found by their number only.",
    "Copy client id and client secret from the app’s settings into the fields below. Of an app that was made in the shop’s \
     admin, the access token and the API secret key are enough.",
    "Connect. The page of the shop then shows the address for webhooks: with them the desk knows at once what changed.",
];

impl ShopKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Http, Self::Shopify];

    /// The kind of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its word, as it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Shopify => "shopify",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "Over HTTP",
            Self::Shopify => "Shopify",
        }
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Http => "any shop that speaks the order interface over HTTP",
            Self::Shopify => "a shop at Shopify, by an app of your own",
        }
    }

    /// What a person does there, in order.
    pub fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Http => &[],
            Self::Shopify => &SHOPIFY_STEPS,
        }
    }

    /// The settings that are shown again.
    pub fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Http => &["base_url"],
            Self::Shopify => &["shop", "client_id", "version"],
        }
    }

    /// The secrets beside the one that signs.
    fn further_secrets(self) -> &'static [&'static str] {
        match self {
            Self::Http => &[],
            Self::Shopify => &["access_token", "hook_key"],
        }
    }

    /// The fields of a new shop. `offered` is a secret that was just made, for a shop that has none.
    pub fn fields(self, offered: &str) -> Vec<Field> {
        let secret = Field::password("secret", self.secret_label());
        match self {
            Self::Http => {
                let help = format!("16 characters or more, the same as in the shop. If it has none yet: {offered}");
                vec![name(), base_url(), secret.help(help)]
            }
            Self::Shopify => {
                let help = "From the app’s settings. It opens the shop with the client id, and signs webhooks.";
                let token = "Only of an app that was made in the shop’s admin.";
                let key = "Only where you make webhooks in the shop’s admin: it is shown there below the list.";
                shopify(secret.optional().help(help), token, key)
            }
        }
    }

    /// The fields of a shop that is connected.
    pub fn fields_again(self) -> Vec<Field> {
        let secret = Field::password("secret", self.new_secret_label()).optional();
        let secret =
            secret.help("Empty keeps it. With a new one, hooks signed with the one before count for another 24 hours.");
        match self {
            Self::Http => vec![name(), base_url(), secret],
            Self::Shopify => shopify(secret, "Empty keeps it.", "Empty keeps it."),
        }
    }

    fn secret_label(self) -> &'static str {
        match self {
            Self::Http => "Signing secret",
            Self::Shopify => "Client secret",
        }
    }

    fn new_secret_label(self) -> &'static str {
        match self {
            Self::Http => "New signing secret",
            Self::Shopify => "New client secret",
        }
    }

    /// What is kept openly of what was typed.
    pub fn settings_of(self, fields: &Fields) -> Map<String, Value> {
        let kept = self.settings().iter().map(|name| ((*name).to_owned(), json!(typed(fields, name).trim())));
        kept.collect()
    }

    /// The secrets of a shop that is given what was typed, in place of those that it has: that which signs counts for a while
    /// after it was replaced. `None` where nothing is typed, or nothing else than it has: they stay what they are.
    pub fn renewed(self, known: &Value, fields: &Fields) -> Option<Value> {
        let is_new = |name: &str| {
            let word = typed(fields, name);
            !word.is_empty() && known.get(name).and_then(Value::as_str) != Some(word)
        };
        let further: Vec<&str> = self.further_secrets().iter().copied().filter(|name| is_new(name)).collect();
        if !is_new("secret") && further.is_empty() {
            return None;
        }
        let mut secrets = known.as_object().cloned().unwrap_or_default();
        if is_new("secret") {
            secrets.insert("previous_secret".to_owned(), json!(known.get("secret")));
            secrets.insert("secret".to_owned(), json!(typed(fields, "secret")));
        }
        for name in further {
            secrets.insert(name.to_owned(), json!(typed(fields, name)));
        }
        Some(Value::Object(secrets))
    }

    /// The secrets of a new shop.
    pub fn secrets_of(self, fields: &Fields) -> Value {
        let names = std::iter::once("secret").chain(self.further_secrets().iter().copied());
        names.map(|name| (name.to_owned(), json!(typed(fields, name)))).collect::<Map<_, _>>().into()
    }
}

/// What was typed into a field.
pub fn typed<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
}

fn name() -> Field {
    Field::text("name", "Name in the desk").placeholder("Our shop")
}

fn base_url() -> Field {
    Field::text("base_url", "Address")
        .placeholder("https://shop.example/desk")
        .help("Orders lie under /orders, products under /products.")
}

fn shopify(secret: Field, token: &str, key: &str) -> Vec<Field> {
    vec![
        name(),
        Field::text("shop", "Address of the shop")
            .placeholder("name.myshopify.com")
            .help("The one that ends with myshopify.com, also where the shop has an address of its own."),
        Field::text("client_id", "Client id").optional(),
        secret,
        Field::password("access_token", "Access token").optional().help(token),
        Field::password("hook_key", "Key of webhooks").optional().help(key),
        Field::text("version", "Version of the interface")
            .optional()
            .placeholder("2026-07")
            .help("Empty: the one that this desk knows. A check says when it is over at Shopify."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(typed: &[(&str, &str)]) -> Fields {
        typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn secrets_stay_until_others_are_typed() {
        let known = json!({ "secret": "first", "access_token": "t1", "hook_key": "" });
        let renewed = |typed: &[(&str, &str)]| ShopKind::Shopify.renewed(&known, &fields(typed));
        assert_eq!(renewed(&[("secret", ""), ("access_token", "")]), None);
        assert_eq!(renewed(&[("secret", "first"), ("access_token", "t1")]), None, "the same once more is nothing new");
        let token = json!({ "secret": "first", "access_token": "t2", "hook_key": "" });
        assert_eq!(renewed(&[("access_token", "t2")]), Some(token), "the one that signs stays");
        let secret = json!({ "secret": "second", "previous_secret": "first", "access_token": "t1", "hook_key": "" });
        assert_eq!(renewed(&[("secret", "second")]), Some(secret));
    }

    #[test]
    fn what_is_no_secret_is_kept_openly_and_nothing_else() {
        let typed = fields(&[("shop", " fjord.myshopify.com "), ("secret", "s"), ("access_token", "t"), ("odd", "x")]);
        let kept = Value::Object(ShopKind::Shopify.settings_of(&typed));
        assert_eq!(kept, json!({ "shop": "fjord.myshopify.com", "client_id": "", "version": "" }));
        assert_eq!(ShopKind::Shopify.secrets_of(&typed), json!({ "secret": "s", "access_token": "t", "hook_key": "" }));
        for kind in ShopKind::ALL {
            assert_eq!(ShopKind::named(kind.word()), Some(kind));
        }
    }
}
