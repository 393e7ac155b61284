//! Connected shops: whether they answer, and how to connect one.

pub mod connect;
pub mod hook;
pub mod keys;
pub mod kinds;

use askama::Template;

use crate::commerce::markets::KIND;
use crate::inbox::connecting::sentence;
use crate::model::Ts;
use crate::model::channel::Channel;
use crate::model::numbering::market_of;
use crate::model::order::OrderSourceRow;
use crate::model::teammate::Role;
use crate::web::channels::brand_field;
use crate::web::filters;
use crate::web::format::capital;
use crate::web::former_secret::FormerSecretForm;
use crate::web::forms::{Field, FieldErrors, filled};
use crate::web::page::{BrandMenu, Page};
use crate::web::parts::{Badge, Empty, Notice};

use connect::href;
use kinds::ShopKind;

/// `GET /order-sources`. Each shop has `POST /order-sources/{id}/checks`, `/former-secret/deletion` and `/deletion`.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "order_sources/list.html")]
pub struct OrderSourcesPage {
    page: Page,
    menu: BrandMenu,
    shops: Vec<ShopView>,
    may_change: bool,
    empty: Empty,
}

#[derive(Debug)]
struct ShopView {
    id: String,
    name: String,
    kind: String,
    brand: Option<String>,
    state: Badge,
    reason: String,
    read: String,
    /// It can be changed, and it can tell of changed orders.
    can_change: bool,
}

impl OrderSourcesPage {
    /// The shops of all brands, or of the one that is looked at, as its name in addresses.
    pub fn new(page: Page, shops: &[OrderSourceRow], brand: Option<&str>) -> Self {
        let view = |shop: &OrderSourceRow| ShopView {
            id: shop.id.to_string(),
            name: shop.name.clone(),
            kind: match shop.kind.as_str() {
                "demo" => "Invented orders".to_owned(),
                KIND => "The marketplace’s own orders, only to be read".to_owned(),
                other => ShopKind::named(other).map_or_else(|| other.to_owned(), |kind| kind.name().to_owned()),
            },
            brand: page.brand_name(shop.brand_id).map(str::to_owned),
            state: match shop.state.as_str() {
                "connected" => Badge::new("good", "Connected"),
                "paused" => Badge::new("", "Paused"),
                _ => Badge::new("bad", "Connect again"),
            },
            reason: shop.state_reason.clone(),
            can_change: ShopKind::named(&shop.kind).is_some(),
            read: shop.last_read_at.map_or("never".to_owned(), |at| page.reader.ago(at)),
        };
        Self {
            menu: page.brand_filter("/order-sources", brand),
            may_change: page.role >= Role::Admin,
            shops: shops.iter().map(view).collect(),
            empty: Empty::new("No shop yet", "Connect one, and orders stand beside the messages.")
                .with_link("Connect a shop", "/order-sources/new"),
            page,
        }
    }
}

/// `GET /order-sources/new` and `GET /order-sources/{id}`, and their forms when something is wrong or only a test was
/// asked for (`check=1`). Fields: `kind`, `brand`, `name`, those of the kind, and `market` where the brand sells on marketplaces.
/// With `ask=1` a shop that makes its keys itself is asked for them.
#[derive(Debug, Template, askama_web::WebTemplate)]
#[template(path = "order_sources/new.html")]
pub struct ConnectShopPage {
    page: Page,
    kind: ShopKind,
    /// The shop that is changed; `None` for a new one.
    shop: Option<ChangedShop>,
    fields: Vec<Field>,
    result: Option<Notice>,
    /// The shop's page that asks its owner for keys; `""` where nobody has asked.
    asks: String,
}

#[derive(Debug)]
struct ChangedShop {
    id: String,
    name: String,
    hook: String,
    /// What it signs its hooks with, where the desk made it; `""` otherwise.
    hook_secret: String,
    /// The secret before the one in use, while it counts.
    former: Option<FormerSecretForm>,
}

/// A shop that is connected, with what its page shows beside the form.
#[derive(Debug)]
pub struct ConnectedShop<'a> {
    /// The shop.
    pub row: &'a OrderSourceRow,
    /// Its kind.
    pub kind: ShopKind,
    /// Where it sends its hooks.
    pub hook: String,
    /// What it signs them with, where the desk made it; `""` otherwise.
    pub hook_secret: String,
    /// Until when the secret before the one in use counts; `None` where there is none that does.
    pub former_until: Option<Ts>,
}

impl ConnectShopPage {
    /// For a new shop: empty, or with the values that came back and what is wrong with them. `secret` is one that was
    /// just made, for a shop that has none.
    pub fn new(
        page: Page,
        (kind, secret): (ShopKind, &str),
        markets: &[Channel],
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let mut fields = brand_field(&page);
        fields.extend(kind.fields(secret));
        fields.extend(market_field(markets));
        let fields = filled(fields, values, errors);
        Self { page, kind, shop: None, fields, result: None, asks: String::new() }
    }

    /// The other kinds, while none is connected yet.
    fn others(&self) -> Vec<ShopKind> {
        ShopKind::ALL.into_iter().filter(|kind| self.shop.is_none() && *kind != self.kind).collect()
    }

    /// For a shop that is connected: where it sends its hooks, and what may change.
    pub fn again(
        page: Page,
        connected: ConnectedShop<'_>,
        markets: &[Channel],
        values: &[(&'static str, String)],
        errors: FieldErrors<'_>,
    ) -> Self {
        let shop = connected.row;
        let market = market_of(&shop.settings.0).map(|id| id.to_string()).unwrap_or_default();
        let mut fields = connected.kind.fields_again();
        fields.extend(market_field(markets));
        let mut saved = vec![("name", shop.name.clone()), ("market", market)];
        for name in connected.kind.settings().iter().copied() {
            let value = shop.settings.0.get(name).and_then(|value| value.as_str()).unwrap_or_default();
            saved.push((name, value.to_owned()));
        }
        let fields = filled(fields, &saved, &[]);
        let former = connected.former_until.and_then(|until| FormerSecretForm::new(&href(shop.id), until, &page));
        let known = ChangedShop {
            id: shop.id.to_string(),
            name: shop.name.clone(),
            hook: connected.hook,
            hook_secret: connected.hook_secret,
            former,
        };
        let (kind, fields) = (connected.kind, filled(fields, values, errors));
        Self { page, kind, shop: Some(known), fields, result: None, asks: String::new() }
    }

    /// With the shop's page that asks its owner for keys.
    #[must_use]
    pub fn asking(mut self, page: String) -> Self {
        self.asks = page;
        self
    }

    /// With the outcome of a test.
    #[must_use]
    pub fn tested(mut self, outcome: Result<(), String>) -> Self {
        self.result = Some(match outcome {
            Ok(()) => Notice::info("The shop answers.", "Nothing was kept yet."),
            Err(reason) => Notice::bad("The shop does not answer as it should.", sentence(&capital(&reason))),
        });
        self
    }
}

/// Asked for where the brand sells on marketplaces, which number by themselves.
fn market_field(markets: &[Channel]) -> Option<Field> {
    let own = (String::new(), "The brand’s own".to_owned());
    let words = |market: &Channel| (market.id.to_string(), format!("Those of {}", market.name));
    let choices = std::iter::once(own).chain(markets.iter().map(words));
    let help = "Choose a marketplace where all orders here are from it, under the numbers that they have there: the same \
                number elsewhere is another order.";
    (!markets.is_empty()).then(|| Field::choice("market", "Whose orders these are", choices).optional().help(help))
}
