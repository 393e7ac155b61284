//! The first run: brand, first admin, and the documents that a brand begins with.

use crate::app::Desk;
use crate::credentials::{PASSWORD_LENGTH, hash_password};
use crate::model::audit::{Act, Actor, AuditAction, AuditSubject};
use crate::model::brand::{AgentLevel, Brand};
use crate::model::order::{Currency, is_order_pattern};
use crate::model::teammate::Role;
use crate::model::{TeammateId, Zone};
use crate::policy::Policy;
use crate::store::versions::{self, Kind, NewVersion};
use crate::store::{Tx, audit, brands, teammates};
use crate::voice::Voice;

/// What a first run needs.
#[derive(Clone, Debug)]
pub struct FirstRun {
    /// The admin's name.
    pub name: String,
    /// The admin's sign-in.
    pub email: String,
    /// The admin's password.
    pub password: String,
    /// The brand's name.
    pub brand: String,
    /// Its accent, 0 to 359.
    pub hue: i64,
    /// Its main language, ISO 639.
    pub locale: String,
    /// ISO 4217.
    pub currency: String,
    /// Where their clocks stand, as an IANA name; `""` when it is not known.
    pub time_zone: String,
}

/// What a further brand needs.
#[derive(Clone, Debug)]
pub struct NewBrand {
    /// Its name.
    pub name: String,
    /// Its accent, 0 to 359.
    pub hue: i64,
    /// Its main language, ISO 639.
    pub locale: String,
    /// ISO 4217.
    pub currency: String,
    /// Regular expression of its order numbers, `""` for the usual shapes.
    pub order_pattern: String,
    /// How much the agent may do.
    pub agent_level: AgentLevel,
    /// Where its clock stands, as an IANA name; `""` for UTC.
    pub time_zone: String,
}

impl NewBrand {
    /// What is wrong with it, by field.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut wrong = |field, words: &str| problems.push((field, words.to_owned()));
        if self.name.is_empty() {
            wrong("name", "The shop needs a name.");
        }
        if !(0..360).contains(&self.hue) {
            wrong("hue", "Choose one of the colours.");
        }
        if self.currency.parse::<Currency>().is_err() {
            wrong("currency", "Three letters, such as EUR.");
        }
        if !is_order_pattern(&self.order_pattern) {
            wrong(
                "order_pattern",
                "This is no pattern that finds numbers. Leave it empty for numbers such as FJ-20417.",
            );
        }
        if !self.time_zone.is_empty() && Zone::named(&self.time_zone).is_none() {
            wrong("time_zone", "Choose one of the time zones.");
        }
        problems
    }
}

impl FirstRun {
    /// The brand in it.
    pub fn new_brand(&self) -> NewBrand {
        NewBrand {
            name: self.brand.clone(),
            hue: self.hue,
            locale: self.locale.clone(),
            currency: self.currency.clone(),
            order_pattern: String::new(),
            agent_level: AgentLevel::Approve,
            time_zone: self.time_zone.clone(),
        }
    }

    /// What is wrong with it, by field.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let mut wrong = |field, words: &str| problems.push((field, words.to_owned()));
        if self.name.is_empty() {
            wrong("name", "Your name is needed: customers and teammates see it.");
        }
        if !self.email.contains('@') || self.email.len() > 254 {
            wrong("email", "Write a mail address, such as ida@shop.example.");
        }
        if self.password.chars().count() < PASSWORD_LENGTH {
            wrong("password", "Use 12 characters or more.");
        }
        let of_brand = self.new_brand().problems().into_iter();
        problems.extend(of_brand.map(|(field, words)| (if field == "name" { "brand" } else { field }, words)));
        problems
    }
}

/// Makes brand and admin in one step; nothing when somebody was faster.
pub async fn set_up(desk: &Desk, first: &FirstRun) -> anyhow::Result<Option<TeammateId>> {
    let password = first.password.clone();
    let hash = tokio::task::spawn_blocking(move || hash_password(&password)).await??;
    let (id, now): (TeammateId, _) = (desk.clock.new_id(), desk.clock.now());
    let mut tx = desk.db.begin().await?;
    if !teammates::is_first(&mut tx).await? {
        return Ok(None);
    }
    let brand = add_brand(desk, &mut tx, &first.new_brand()).await?;
    teammates::insert(&mut tx, id, &first.email, &first.name, Role::Admin, &hash, now).await?;
    teammates::update(&mut tx, id, &first.name, &first.time_zone).await?;
    let act = Act {
        actor: Actor::System,
        action: AuditAction::AccountAdded,
        subject: (AuditSubject::Teammate, id.to_string()),
        brand: None,
        details: serde_json::json!({ "role": Role::Admin.as_str() }),
    };
    audit::append(&mut tx, &brand_added(&brand, Actor::System), now).await?;
    audit::append(&mut tx, &act, now).await?;
    tx.commit().await?;
    Ok(Some(id))
}

/// Adds a brand with its first policy and voice, in force at once. The caller records it.
pub async fn add_brand(desk: &Desk, tx: &mut Tx, new: &NewBrand) -> anyhow::Result<Brand> {
    let brand = insert_brand(desk, tx, new).await?;
    add_documents(desk, tx, &brand).await?;
    Ok(brand)
}

/// What the audit log says of a new brand.
pub fn brand_added<'a>(brand: &Brand, by: Actor<'a>) -> Act<'a> {
    Act {
        actor: by,
        action: AuditAction::BrandAdded,
        subject: (AuditSubject::Brand, brand.slug.clone()),
        brand: Some(brand.id),
        details: serde_json::json!({ "name": brand.name, "agent_level": brand.agent_level }),
    }
}

/// Adds a brand that has no documents yet.
pub async fn insert_brand(desk: &Desk, tx: &mut Tx, new: &NewBrand) -> anyhow::Result<Brand> {
    let brand = Brand {
        id: desk.clock.new_id(),
        slug: slug(&new.name),
        name: new.name.clone(),
        hue: new.hue,
        locale: if new.locale.is_empty() { "en".to_owned() } else { new.locale.clone() },
        currency: new.currency.clone(),
        order_pattern: new.order_pattern.clone(),
        agent_level: new.agent_level,
        time_zone: new.time_zone.clone(),
        created_at: desk.clock.now(),
    };
    brands::insert(tx, &brand).await?;
    Ok(brand)
}

/// Puts a brand's first policy and voice in force.
pub async fn add_documents(desk: &Desk, tx: &mut Tx, brand: &Brand) -> anyhow::Result<()> {
    let now = desk.clock.now();
    let policy = Policy { currency: brand.currency.parse().unwrap_or(Currency::EUR), ..Policy::default() };
    let policy = serde_json::to_value(policy)?;
    let voice = serde_json::to_value(Voice::default())?;
    for (kind, document) in [(Kind::Policy, policy), (Kind::Voice, voice)] {
        let version = NewVersion {
            id: desk.clock.new_id(),
            brand_id: brand.id,
            document,
            summary: "The first version".to_owned(),
            author_id: None,
            effective_from: Some(now),
            created_at: now,
        };
        versions::insert(tx, kind, &version).await?;
    }
    Ok(())
}

/// A name as part of an address.
fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() { "brand".to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let first = FirstRun {
            name: String::new(),
            email: "ida".into(),
            password: "short".into(),
            brand: String::new(),
            hue: 999,
            locale: "en".into(),
            currency: "EURO".into(),
            time_zone: String::new(),
        };
        let fields: Vec<&str> = first.problems().iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["name", "email", "password", "brand", "hue", "currency"]);
        assert_eq!(slug("Fjordline Öst & Co."), "fjordline-st-co");
    }
}
