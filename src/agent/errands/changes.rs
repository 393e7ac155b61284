//! What can be changed about an order: its goods, how it is paid, where it goes.

use super::Errand;
use super::choose::{Choice, choose};
use super::goods::{Item, Meant, Stage, items, titles};
use super::methods::{self, Named};
use super::places;
use super::requests::{Request, Verb};
use super::settle::{Case, Settled, says, says_any};
use super::titles::mentions;
use super::tokens::Token;
use crate::model::order::{Address, LineChange, Order, OrderAction, OrderStatus};

impl Case<'_> {
    /// Other goods for what was ordered: before it is sent they are changed, after it came they are exchanged.
    pub(super) fn swap(&mut self, request: &Request) -> Settled {
        let named = Self::named(request)?;
        let goods = items(request, self.known);
        if goods.is_empty() {
            return Err("Which goods are meant is not clear.".to_owned());
        }
        let says_pending = says_any(&request.tokens, &["pending"]);
        let stages = match request.verb {
            Verb::Exchange if !says_pending => [Stage::Arrived, Stage::NotSent],
            _ => [Stage::NotSent, Stage::Arrived],
        };
        let mut taken: Vec<Meant> = Vec::new();
        for item in &goods {
            if item.other_product {
                return Err("Another product is wanted for what was ordered.".to_owned());
            }
            let found = self.search(&named, &goods, &taken).find(item, &stages)?;
            for meant in found {
                self.swap_one(request, item, &meant)?;
                taken.push(meant);
            }
        }
        Ok(())
    }

    fn swap_one(&mut self, request: &Request, item: &Item, meant: &Meant) -> Settled {
        let order = self.order(meant.order)?;
        let line = order.line(&meant.line).ok_or_else(|| "The line is gone.".to_owned())?;
        let mut wanted = item.wanted.clone();
        let prefers =
            |said: &&Vec<Token>| says_any(said, &["prefer", "preferred", "like"]) || says(said, &["go", "for"]);
        let lacking =
            |said: &&Vec<Token>| says(said, &["there", "is", "no"]) || says_any(said, &["isn't", "unavailable"]);
        wanted.liked = self.beside().filter(prefers).filter(|said| !lacking(said)).flatten().cloned().collect();
        wanted.else_liked = self
            .beside()
            .filter(lacking)
            .filter_map(|said| said.rsplit(|token| token.is_mark(",")).next())
            .flatten()
            .cloned()
            .collect();
        let sku = match choose(line, &wanted, &self.known.variants) {
            Choice::Exactly(sku) => sku,
            Choice::Nearest(_) | Choice::Unclear if self.is_left_out(item) => return Ok(()),
            Choice::Nearest(sku) => {
                self.doubt("more of the goods changes than was spoken of");
                sku
            }
            Choice::Unclear => return Err(format!("Which {} is wanted is not clear.", line.title)),
        };
        let settled_by = self.pays(request)?.or_else(|| methods::original(order));
        let change = LineChange { line_id: line.id.clone(), quantity: 1, sku };
        let is_open = order.status == OrderStatus::Open;
        let reason = "asked by the customer".to_owned();
        let order_id = order.id.clone();
        let same = self.wanted.iter_mut().find(|errand| {
            let is_kind = match errand.action {
                OrderAction::ChangeItems { .. } => is_open,
                OrderAction::Exchange { .. } => !is_open,
                _ => false,
            };
            is_kind && errand.order_id == order_id
        });
        let asked = same.map(|errand| &mut errand.action);
        if let Some(OrderAction::ChangeItems { changes, .. } | OrderAction::Exchange { changes, .. }) = asked {
            changes.push(change);
        } else {
            let changes = vec![change];
            let action = if is_open {
                OrderAction::ChangeItems { changes, reason, settled_by }
            } else {
                OrderAction::Exchange { changes, reason, settled_by }
            };
            self.wanted.push(Errand { order_id, action });
        }
        Ok(())
    }

    /// Whether it is said that others alone are changed where this one is not to be had.
    fn is_left_out(&self, item: &Item) -> bool {
        let titles = titles(self.known);
        let only = self.parted.conditions.iter().find(|said| says_any(said, &["only"]));
        only.is_some_and(|said| {
            let place = said.iter().position(|token| token.word() == Some("only")).unwrap_or_default();
            let named = mentions(said.get(place..).unwrap_or_default(), &titles);
            !named.is_empty() && named.iter().all(|named| named.titles != item.mention.titles)
        })
    }

    /// What pays a difference, where it is said.
    fn pays(&self, request: &Request) -> Result<Option<String>, String> {
        let told = std::iter::once(&request.tokens).chain(self.beside());
        let named = told.map(|said| methods::named(said, self.known)).find(|named| *named != Named::Nothing);
        match named {
            Some(Named::One(id)) => Ok(Some(id)),
            Some(Named::Unclear) => Err("What is to pay the difference is not clear.".to_owned()),
            Some(Named::Original | Named::Nothing) | None => Ok(None),
        }
    }

    pub(super) fn is_about_payment(&self, request: &Request) -> bool {
        says_any(&request.tokens, &["payment"]) && items(request, self.known).is_empty()
    }

    pub(super) fn pay(&mut self, request: &Request) -> Settled {
        let Named::One(method) = methods::named(&request.tokens, self.known) else {
            return Err("With what it is to be paid is not clear.".to_owned());
        };
        let named = Self::named(request)?;
        let orders = if named.is_empty() { self.only(Stage::NotSent)? } else { named };
        for place in orders {
            self.want(place, OrderAction::ChangePayment { method: method.clone() })?;
        }
        Ok(())
    }

    // Sending elsewhere.

    pub(super) fn move_to(&mut self, request: &Request) -> Settled {
        let (target, _) = parted_at_to(request);
        let named = Self::named(request)?;
        let is_personal = says(target, &["your", "address"]) || says(target, &["my", "address"]);
        let is_own = says_any(target, &["default", "profile", "account"])
            || says(target, &["user", "address"])
            || (is_personal && named.is_empty() && !says_any(target, &["order", "orders"]));
        let is_all = says_any(target, &["all", "orders"]);
        if is_own {
            let account =
                self.known.account.as_ref().ok_or_else(|| "The customer's own record is not known.".to_owned())?;
            let address = self.place_for(request, account)?;
            let order_id = account.id.clone();
            self.wanted.push(Errand { order_id, action: OrderAction::ChangeAddress { address } });
            if !is_all {
                return Ok(());
            }
        }
        let orders = if !named.is_empty() {
            named
        } else if is_all {
            self.at(Stage::NotSent)
        } else {
            self.with_goods(request)?
        };
        for place in orders {
            let address = self.place_for(request, self.order(place)?)?;
            self.want(place, OrderAction::ChangeAddress { address })?;
        }
        Ok(())
    }

    /// The order whose address is meant: the one with the goods that are spoken of, else the only one that was not sent.
    fn with_goods(&self, request: &Request) -> Result<Vec<usize>, String> {
        let titles = titles(self.known);
        let spoken: Vec<_> =
            mentions(&request.before, &titles).into_iter().chain(mentions(&request.tokens, &titles)).collect();
        let holds = |order: &Order| {
            spoken.iter().all(|goods| order.lines.iter().any(|line| goods.titles.contains(&line.title)))
        };
        let mut orders = self.at(Stage::NotSent);
        orders.retain(|place| self.known.orders.get(*place).is_some_and(holds));
        if orders.len() == 1 { Ok(orders) } else { self.only(Stage::NotSent) }
    }

    /// The address behind “to”, or the only one that is spoken of elsewhere.
    fn place_for(&self, request: &Request, order: &Order) -> Result<Address, String> {
        let (_, to) = parted_at_to(request);
        let said: Vec<Token> = to.iter().chain(&request.asides).cloned().collect();
        let named = |said: &[Token]| places::named(said, self.known, &order.shipping_address);
        let elsewhere = || self.parted.selves.iter().chain(self.beside()).find_map(|said| named(said));
        named(&said).or_else(elsewhere).ok_or_else(|| "Where it is to be sent is not clear.".to_owned())
    }
}

/// What stands before and behind the first “to” after the verb.
fn parted_at_to(request: &Request) -> (&[Token], &[Token]) {
    let tokens = request.tokens.as_slice();
    let behind = tokens.iter().enumerate().skip(request.at);
    let at = behind.filter(|(_, token)| token.word() == Some("to")).map(|(at, _)| at).next();
    tokens.split_at(at.unwrap_or(tokens.len()))
}
