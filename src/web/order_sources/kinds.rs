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
    /// A shop that runs on WooCommerce.
    WooCommerce,
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

/// The steps in a shop that runs on WooCommerce.
const WOOCOMMERCE_STEPS: [&str; 3] = [
    "Type name and address of the shop below. The address begins with https://; a site without it is refused, for keys and \
     customers would travel in the open.",
    "“Let the shop make the keys” leads to the shop and back. Or make them there by hand: WooCommerce, Settings, Advanced, REST \
     API, Add key, with the permission Read/Write, by a user who manages the shop. Type both below: they are shown once.",
    "Let the shop tell of changes: WooCommerce, Settings, Advanced, Webhooks, Add webhook, with the status Active, the topic Order \
     updated, and the address and the secret that the page of the shop shows once it is connected. Without it changes are seen \
     some minutes late.",
];

impl ShopKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Http, Self::Shopify, Self::WooCommerce];

    /// The kind of this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Its word, as it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Shopify => "shopify",
            Self::WooCommerce => "woocommerce",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "Over HTTP",
            Self::Shopify => "Shopify",
            Self::WooCommerce => "WooCommerce",
        }
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Http => "any shop that speaks the order interface over HTTP",
            Self::Shopify => "a shop at Shopify, by an app of your own",
            Self::WooCommerce => "a shop that runs on WooCommerce",
        }
    }

    /// What a person does there, in order.
    pub fn steps(self) -> &'static [&'static str] {
        match self {
            Self::Http => &[],
            Self::Shopify => &SHOPIFY_STEPS,
            Self::WooCommerce => &WOOCOMMERCE_STEPS,
        }
    }

    /// Whether the shop makes its keys itself where its owner allows it.
    pub fn makes_keys(self) -> bool {
        self == Self::WooCommerce
    }

    /// Whether the desk makes what the shop signs its hooks with, and shows it.
    pub fn has_our_secret(self) -> bool {
        self == Self::WooCommerce
    }

    /// The settings that are shown again.
    pub fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Http | Self::WooCommerce => &["base_url"],
            Self::Shopify => &["shop", "client_id", "version"],
        }
    }

    /// The setting that says which shop it is.
    pub fn address(self) -> &'static str {
        match self {
            Self::Http | Self::WooCommerce => "base_url",
            Self::Shopify => "shop",
        }
    }

    /// The secrets beside the one that signs.
    fn further_secrets(self) -> &'static [&'static str] {
        match self {
            Self::Http => &[],
            Self::Shopify => &["access_token", "hook_key"],
            Self::WooCommerce => &["consumer_key", "consumer_secret"],
        }
    }

    /// The fields of a new shop. `offered` is a secret that was just made, for a shop that has none.
    pub fn fields(self, offered: &str) -> Vec<Field> {
        match self {
            Self::Http => {
                let secret = Field::password("secret", "Signing secret");
                let help = format!("16 characters or more, the same as in the shop. If it has none yet: {offered}");
                vec![name(), base_url(), secret.help(help)]
            }
            Self::Shopify => {
                let secret = Field::password("secret", "Client secret");
                let help = "From the app’s settings. It opens the shop with the client id, and signs webhooks.";
                let token = "Only of an app that was made in the shop’s admin.";
                let key = "Only where you make webhooks in the shop’s admin: it is shown there below the list.";
                shopify(secret.optional().help(help), token, key)
            }
            Self::WooCommerce => woocommerce("Empty where the shop shall make the keys itself.").into(),
        }
    }

    /// The fields of a shop that is connected.
    pub fn fields_again(self) -> Vec<Field> {
        let help = "Empty keeps it. With a new one, hooks signed with the one before count for another 24 hours.";
        let secret = |label: &'static str| Field::password("secret", label).optional().help(help);
        match self {
            Self::Http => vec![name(), base_url(), secret("New signing secret")],
            Self::Shopify => shopify(secret("New client secret"), "Empty keeps it.", "Empty keeps it."),
            Self::WooCommerce => {
                woocommerce("Empty keeps it.").into_iter().chain([secret("New webhook secret")]).collect()
            }
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

    /// Whether secrets beside the one that signs are other ones.
    pub fn has_other_keys(self, before: &Value, after: &Value) -> bool {
        self.further_secrets().iter().any(|name| before.get(name) != after.get(name))
    }

    /// The secrets of a new shop. `made` is a secret that was just made, for a shop whose hooks are signed with one of ours.
    pub fn secrets_of(self, fields: &Fields, made: &str) -> Value {
        let names = std::iter::once("secret").chain(self.further_secrets().iter().copied());
        let mut secrets: Map<String, Value> = names.map(|name| (name.to_owned(), json!(typed(fields, name)))).collect();
        if self.has_our_secret() {
            secrets.insert("secret".to_owned(), json!(made));
        }
        Value::Object(secrets)
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

fn woocommerce(help: &str) -> [Field; 4] {
    [
        name(),
        Field::text("base_url", "Address of the shop").placeholder("https://shop.example"),
        Field::password("consumer_key", "Consumer key").placeholder("ck_…").optional().help(help),
        Field::password("consumer_secret", "Consumer secret").placeholder("cs_…").optional().help(help),
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
        assert_eq!(renewed(&[("secret", "second")]), Some(secret.clone()));
        let other = json!({ "secret": "first", "access_token": "t2", "hook_key": "" });
        let differs = |after: &Value| ShopKind::Shopify.has_other_keys(&known, after);
        assert_eq!((differs(&secret), differs(&other)), (false, true));
    }

    #[test]
    fn a_shop_whose_hooks_are_signed_with_our_secret_is_given_one() {
        let typed = fields(&[("consumer_key", "ck_1"), ("consumer_secret", "cs_1")]);
        let secrets = ShopKind::WooCommerce.secrets_of(&typed, "made");
        assert_eq!(secrets, json!({ "secret": "made", "consumer_key": "ck_1", "consumer_secret": "cs_1" }));
        assert_eq!(
            ShopKind::Http.secrets_of(&fields(&[]), "made"),
            json!({ "secret": "" }),
            "one that is typed there, too"
        );
    }

    #[test]
    fn what_is_no_secret_is_kept_openly_and_nothing_else() {
        let typed = fields(&[("shop", " fjord.myshopify.com "), ("secret", "s"), ("access_token", "t"), ("odd", "x")]);
        let kept = Value::Object(ShopKind::Shopify.settings_of(&typed));
        assert_eq!(kept, json!({ "shop": "fjord.myshopify.com", "client_id": "", "version": "" }));
        let secrets = ShopKind::Shopify.secrets_of(&typed, "made");
        assert_eq!(secrets, json!({ "secret": "s", "access_token": "t", "hook_key": "" }));
        for kind in ShopKind::ALL {
            assert_eq!(ShopKind::named(kind.word()), Some(kind));
        }
    }
}
