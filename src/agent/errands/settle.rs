//! From the requests of a message to actions on orders: each names its order, its goods and where money goes, or nothing is
//! done at all.

use super::goods::{Item, Meant, Search, Stage, is_at, items, read, titles};
use super::methods::{self, Named};
use super::requests::{Parted, Request, Verb};
use super::titles::mentions;
use super::tokens::Token;
use super::{Errand, Errands, Known};
use crate::model::order::{LineQuantity, MethodKind, Order, OrderAction, OrderStatus};

/// Words that stand around a request and change nothing about it.
const AROUND: &[&str] = &[
    "for", "to", "via", "from", "with", "by", "of", "in", "on", "at", "my", "the", "a", "an", "and", "order", "orders",
    "please", "because", "since", "as", "it", "is", "was", "no", "longer", "needed", "need", "ordered", "mistake",
    "address", "payment", "method", "i", "want", "like", "also", "then", "item", "items", "same", "i'd",
];

/// What is said of a message in the words of whoever looks at it.
const OTHER_WORDS: &str = "it is said in other words than those of a request";
const CONDITION: &str = "some of it holds only under a condition";
const MORE: &str = "more is said than what is asked for";

/// Settles what a message asks for.
pub(super) fn settle(parted: &Parted, known: &Known) -> Errands {
    let mut case = Case { parted, known, wanted: Vec::new(), doubts: Vec::new() };
    match case.all() {
        Ok(()) => Errands { wanted: in_order(case.wanted), doubts: case.doubts, hand_off: None },
        Err(reason) => Errands { hand_off: Some(reason), ..Errands::default() },
    }
}

/// A message that is being settled.
pub(super) struct Case<'a> {
    pub(super) parted: &'a Parted,
    pub(super) known: &'a Known,
    pub(super) wanted: Vec<Errand>,
    doubts: Vec<String>,
}

/// Nothing, or why a person must take the whole message.
pub(super) type Settled = Result<(), String>;

pub(super) fn says(tokens: &[Token], wanted: &[&str]) -> bool {
    let words: Vec<&str> = tokens.iter().filter_map(Token::word).collect();
    words.windows(wanted.len()).any(|window| window == wanted)
}

pub(super) fn says_any(tokens: &[Token], wanted: &[&str]) -> bool {
    tokens.iter().filter_map(Token::word).any(|word| wanted.contains(&word))
}

impl<'a> Case<'a> {
    fn all(&mut self) -> Settled {
        if self.parted.conditions.iter().any(|said| says_any(said, &["confirm", "confirms", "confirmation"])) {
            return Err("What is wanted depends on being asked to confirm it.".to_owned());
        }
        let requests = self.requests();
        for (place, request) in requests.iter().enumerate() {
            self.doubt_words(request);
            if self.is_said_again(request, requests.get(..place).unwrap_or_default()) {
                continue;
            }
            self.one(request)?;
        }
        if requests.is_empty() {
            self.fall_back()?;
        }
        if !self.parted.rest.is_empty() {
            self.doubt(MORE);
        }
        if !self.parted.conditions.is_empty() {
            self.doubt(CONDITION);
        }
        if self.wanted.is_empty() { Err("What is to be done is not clear.".to_owned()) } else { Ok(()) }
    }

    fn one(&mut self, request: &Request) -> Settled {
        match request.verb {
            Verb::Cancel => self.cancel(request),
            Verb::Return | Verb::Refund => self.take_back(request),
            Verb::Change if says_any(&request.tokens, &["address", "addresses"]) => self.move_to(request),
            Verb::Change if self.is_about_payment(request) => self.pay(request),
            Verb::Exchange | Verb::Change => self.swap(request),
        }
    }

    /// Whether a request only comes back to one before it: “I want to return it because …”.
    fn is_said_again(&self, request: &Request, before: &[Request]) -> bool {
        let is_known = before.iter().any(|other| other.verb == request.verb) && request.verb != Verb::Cancel;
        let only_points = says_any(&request.tokens, &["it", "them"])
            && !says_any(&request.tokens, &["address", "addresses", "payment"])
            && !request.tokens.iter().any(|token| matches!(token, Token::Order(_) | Token::Strange(_)));
        is_known && only_points && items(request, self.known).is_empty()
    }

    /// Where everything is asked for under a condition, the first of it that can be done is proposed.
    fn fall_back(&mut self) -> Settled {
        let mut last = Err("Nothing is asked for that an order could be changed by.".to_owned());
        for request in &self.parted.fallbacks {
            self.wanted.clear();
            last = self.one(request);
            if last.is_ok() && !self.wanted.is_empty() {
                return last;
            }
        }
        last
    }

    /// The requests; money back beside another one only says where its money goes.
    fn requests(&self) -> Vec<Request> {
        let mut requests: Vec<Request> = Vec::new();
        for request in &self.parted.requests {
            match requests.last_mut() {
                Some(last) if request.verb == Verb::Refund => last.tokens.extend(request.tokens.iter().cloned()),
                _ => requests.push(request.clone()),
            }
        }
        let is_alone = requests.len() == 1;
        requests.retain(|request| is_alone || request.verb != Verb::Refund);
        requests
    }

    pub(super) fn doubt(&mut self, why: &str) {
        if !self.doubts.iter().any(|known| known == why) {
            self.doubts.push(why.to_owned());
        }
    }

    fn doubt_words(&mut self, request: &Request) {
        let titles = titles(self.known);
        let goods = mentions(&request.tokens, &titles);
        let is_goods = |place: usize| goods.iter().any(|goods| goods.whole && goods.from <= place && place < goods.to);
        let all = request.tokens.iter().enumerate();
        let strange = all.filter(|(place, _)| *place != request.at && !is_goods(*place));
        let is_wish = says(&request.tokens, &["would", "like"]);
        let is_around =
            |token: &Token| token.word().is_none_or(|word| AROUND.contains(&word) || (is_wish && word == "would"));
        let is_plain = strange.map(|(_, token)| token).chain(&request.asides).all(is_around);
        if !is_plain || request.is_asked || request.verb == Verb::Refund {
            self.doubt(OTHER_WORDS);
        }
    }

    /// The orders that a request names.
    pub(super) fn named(request: &Request) -> Result<Vec<usize>, String> {
        let mut named = Vec::new();
        for token in &request.tokens {
            match token {
                Token::Order(place) if !named.contains(place) => named.push(*place),
                Token::Strange(number) => return Err(format!("{number} is no order of the one who writes.")),
                _ => {}
            }
        }
        Ok(named)
    }

    pub(super) fn at(&self, stage: Stage) -> Vec<usize> {
        let all = self.known.orders.iter().enumerate();
        all.filter(|(_, order)| is_at(order, stage)).map(|(place, _)| place).collect()
    }

    pub(super) fn order(&self, place: usize) -> Result<&'a Order, String> {
        self.known.orders.get(place).ok_or_else(|| "The order is gone.".to_owned())
    }

    pub(super) fn want(&mut self, place: usize, action: OrderAction) -> Settled {
        let order_id = self.order(place)?.id.clone();
        self.wanted.push(Errand { order_id, action });
        Ok(())
    }

    /// Everything that is said beside the requests.
    pub(super) fn beside(&self) -> impl Iterator<Item = &'a Vec<Token>> + use<'a> {
        let parted = self.parted;
        parted.rest.iter().chain(&parted.conditions)
    }

    // Cancelling.

    fn cancel(&mut self, request: &Request) -> Settled {
        let reason = self.reason(request);
        let mut orders = Self::named(request)?;
        let mut goods = items(request, self.known);
        if goods.is_empty() && orders.is_empty() && is_whole(&request.tokens) {
            let titles = titles(self.known);
            goods.extend(self.parted.rest.iter().flat_map(|said| read(said, &titles)));
        }
        let (kept, goods): (Vec<Item>, Vec<Item>) = goods.into_iter().partition(|item| item.is_kept);
        if orders.is_empty() && !goods.is_empty() {
            orders = self.holding(&goods)?;
        } else if orders.is_empty() && says_any(&request.tokens, &["all", "everything", "every"]) {
            orders = self.at(Stage::NotSent);
        } else if orders.is_empty() && says_any(&request.tokens, &["order", "it"]) {
            orders = self.only(Stage::NotSent)?;
        } else if !goods.is_empty() {
            self.doubt("single goods are named, and the whole order is cancelled");
        }
        if orders.is_empty() {
            return Err("Which order is to be cancelled is not clear.".to_owned());
        }
        for place in orders {
            let order = self.order(place)?;
            if order.lines.iter().any(|line| kept.iter().any(|item| item.mention.titles.contains(&line.title))) {
                return Err("Something of an order is to be kept that would be cancelled.".to_owned());
            }
            self.want(place, OrderAction::Cancel { reason: reason.clone() })?;
        }
        Ok(())
    }

    pub(super) fn only(&self, stage: Stage) -> Result<Vec<usize>, String> {
        match self.at(stage).as_slice() {
            [only] => Ok(vec![*only]),
            _ => Err("Which order is meant is not clear.".to_owned()),
        }
    }

    /// The orders that hold goods which are to be cancelled: nothing else is in them, or that is agreed to.
    fn holding(&self, goods: &[Item]) -> Result<Vec<usize>, String> {
        let mut meant: Vec<Meant> = Vec::new();
        for item in goods {
            let found = self.search(&[], goods, &meant).find(item, &[Stage::NotSent])?;
            meant.extend(found);
        }
        let mut orders: Vec<usize> = meant.iter().map(|one| one.order).collect();
        orders.sort_unstable();
        orders.dedup();
        let is_agreed = self.beside().any(|said| is_whole(said));
        for place in &orders {
            let left = self.order(*place)?.lines.len();
            if meant.iter().filter(|one| one.order == *place).count() < left && !is_agreed {
                return Err("Only a part of an order is to be cancelled, which the shop cannot do.".to_owned());
            }
        }
        Ok(orders)
    }

    /// Why it is cancelled, as the shop counts reasons.
    fn reason(&mut self, request: &Request) -> String {
        let own = request.tokens.iter().chain(&request.asides);
        let words: Vec<&str> = own.filter_map(Token::word).collect();
        let elsewhere: Vec<&str> = self.beside().flatten().filter_map(Token::word).collect();
        let reasons = &self.known.reasons;
        if let Some(said) = reasons.iter().find(|reason| gives(reason, &words)) {
            return said.clone();
        }
        let told = reasons.iter().find(|reason| gives(reason, &elsewhere)).or_else(|| reasons.first());
        let told = told.cloned().unwrap_or_else(|| "asked by the customer".to_owned());
        if !self.known.reasons.is_empty() {
            self.doubt("why it is cancelled is not said");
        }
        told
    }

    // Sending back.

    fn take_back(&mut self, request: &Request) -> Settled {
        let named = Self::named(request)?;
        let goods = items(request, self.known);
        let is_all = says_any(&request.tokens, &["everything", "all"]);
        let meant = if is_all { self.all_but(&named, &goods)? } else { self.each(&named, &goods)? };
        let mut orders: Vec<usize> = meant.iter().map(|one| one.order).collect();
        orders.dedup();
        if orders.is_empty() {
            return Err("What is to be sent back is not clear.".to_owned());
        }
        for place in orders {
            let order = self.order(place)?;
            let settled_by = self.money_goes(request, order)?;
            if order.status == OrderStatus::Open {
                let reason = self.reason(request);
                self.doubt("what is to go back has not left, so the order would be cancelled");
                self.want(place, OrderAction::Cancel { reason })?;
                continue;
            }
            let lines = meant.iter().filter(|one| one.order == place);
            let lines = lines.map(|one| LineQuantity { line_id: one.line.clone(), quantity: 1 }).collect();
            self.send_back(place, lines, settled_by)?;
        }
        Ok(())
    }

    /// Of one order everything comes back at once.
    fn send_back(&mut self, place: usize, lines: Vec<LineQuantity>, settled_by: Option<String>) -> Settled {
        let order_id = &self.order(place)?.id.clone();
        let known = self.wanted.iter_mut().filter(|errand| errand.order_id == *order_id);
        for errand in known {
            if let OrderAction::Return { lines: known, .. } = &mut errand.action {
                known.extend(lines.into_iter().filter(|line| !known.contains(line)).collect::<Vec<_>>());
                return Ok(());
            }
        }
        let reason = "customer changed their mind".to_owned();
        self.want(place, OrderAction::Return { lines, reason, settled_by })
    }

    pub(super) fn search<'b>(&'b self, named: &'b [usize], beside: &'b [Item], taken: &'b [Meant]) -> Search<'b> {
        let asked = self.parted.conditions.iter().find(|said| says_any(said, &["which"]));
        Search { known: self.known, named, beside, taken, which: asked.map(Vec::as_slice).unwrap_or_default() }
    }

    fn each(&self, named: &[usize], goods: &[Item]) -> Result<Vec<Meant>, String> {
        let may_cancel = self.parted.conditions.iter().any(|said| says_any(said, &["cancel", "canceled", "cancelled"]));
        let stages: &[Stage] = if may_cancel { &[Stage::Arrived, Stage::NotSent] } else { &[Stage::Arrived] };
        let mut meant: Vec<Meant> = Vec::new();
        for item in goods.iter().filter(|item| !item.is_kept) {
            let found = self.search(named, goods, &meant).find(item, stages)?;
            meant.extend(found);
        }
        meant.sort_by_key(|one| one.order);
        Ok(meant)
    }

    /// All of the one order that is meant, without the goods behind “except”.
    fn all_but(&self, named: &[usize], goods: &[Item]) -> Result<Vec<Meant>, String> {
        let titles = titles(self.known);
        let said = self.parted.rest.iter().chain(self.parted.requests.iter().map(|request| &request.tokens));
        let told = said.flat_map(|said| mentions(said, &titles));
        let spoken: Vec<Vec<String>> =
            goods.iter().map(|item| item.mention.titles.clone()).chain(told.map(|told| told.titles)).collect();
        let holds = |order: &Order, titles: &Vec<String>| order.lines.iter().any(|line| titles.contains(&line.title));
        let mut orders: Vec<usize> = if named.is_empty() { self.at(Stage::Arrived) } else { named.to_vec() };
        orders.retain(|place| {
            self.known.orders.get(*place).is_some_and(|order| spoken.iter().all(|titles| holds(order, titles)))
        });
        let [place] = orders.as_slice() else { return Err("Which order is to be sent back is not clear.".to_owned()) };
        let kept = |title: &String| goods.iter().any(|item| item.mention.titles.contains(title));
        let lines = self.order(*place)?.lines.iter().filter(|line| !kept(&line.title));
        Ok(lines.map(|line| Meant { order: *place, line: line.id.clone() }).collect())
    }

    /// Where the money of a return goes: as it is said, and where that is not possible, as is said for that case.
    fn money_goes(&self, request: &Request, order: &Order) -> Result<Option<String>, String> {
        let original = methods::original(order);
        let told = std::iter::once(&request.tokens).chain(self.beside());
        let named: Vec<Named> =
            told.map(|said| methods::named(said, self.known)).filter(|named| *named != Named::Nothing).collect();
        let is_possible = |id: &String| {
            let is_card = order.method(id).is_some_and(|method| method.kind == MethodKind::GiftCard);
            is_card || Some(id) == original.as_ref()
        };
        let ids = named.iter().filter_map(|named| match named {
            Named::One(id) => Some(id.clone()),
            Named::Original => original.clone(),
            Named::Unclear | Named::Nothing => None,
        });
        let ids: Vec<String> = ids.collect();
        match ids.iter().find(|id| is_possible(id)).or_else(|| ids.first()) {
            Some(id) => Ok(Some(id.clone())),
            None if named.contains(&Named::Unclear) => Err("Where the money is to go is not clear.".to_owned()),
            None => Ok(original),
        }
    }
}

/// Whether words give a reason: all that it is made of, short words apart, is among them.
fn gives(reason: &str, said: &[&str]) -> bool {
    let parts: Vec<&str> = reason.split_whitespace().filter(|part| part.len() > 3).collect();
    let is_said =
        |part: &&str| said.iter().any(|word| part.starts_with(*word) && word.len().saturating_add(2) >= part.len());
    !parts.is_empty() && parts.iter().all(is_said)
}

/// What is changed about an order as a whole comes before its items, after which nothing else is.
fn in_order(mut wanted: Vec<Errand>) -> Vec<Errand> {
    let is_items = |errand: &Errand| matches!(errand.action, OrderAction::ChangeItems { .. });
    wanted.sort_by_key(is_items);
    wanted.dedup();
    wanted
}

fn is_whole(said: &[Token]) -> bool {
    says(said, &["whole", "order"]) || says(said, &["entire", "order"])
}
