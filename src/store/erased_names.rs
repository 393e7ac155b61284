//! Names of people who were erased, as far as a platform has made them for one account: a hash and the moment, for a while. What
//! is read back of the account afterwards is told by it, and is passed over.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::db::Sql;
use super::intake::BrandIdentity;
use super::{Result, Tx, rows};
use crate::model::{ContactId, Ts};

/// In place of a hash: everybody. Who was erased before names were noted is known by nothing else.
const EVERYBODY: &str = "";

/// Notes the names of a customer who is erased now.
pub async fn note(tx: &mut Tx, contact: ContactId, at: Ts) -> Result<()> {
    // Such a kind names the account: `messenger_user@1001`.
    let names: Vec<BrandIdentity> = tx
        .query("select brand_id, kind, value from contact_identities where contact_id = $1 and kind like '%@%'")
        .bind(contact)
        .all()
        .await?;
    for name in &names {
        tx.query(
            "insert into erased_names (name_hash, erased_at) values ($1, $2)
             on conflict (name_hash) do update set erased_at = excluded.erased_at",
        )
        .bind(hash_of(name))
        .bind(at)
        .execute()
        .await?;
    }
    Ok(())
}

/// When those of these people were erased last who were.
pub async fn find(tx: &mut Tx, names: &[BrandIdentity]) -> Result<HashMap<BrandIdentity, Ts>> {
    #[derive(sqlx::FromRow)]
    struct Erased {
        name_hash: String,
        erased_at: Ts,
    }
    const FIND: Sql = Sql {
        sqlite: "select name_hash, erased_at from erased_names where name_hash in (select value from json_each($1))",
        postgres: "select name_hash, erased_at from erased_names
            where name_hash in (select value from json_array_elements_text($1::json))",
    };
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let mut hashes: Vec<String> = names.iter().map(hash_of).collect();
    hashes.push(EVERYBODY.to_owned());
    let found: Vec<Erased> = tx.query(FIND).bind(rows::json(&hashes)?).all().await?;
    let at = |hash: &str| found.iter().find(|row| row.name_hash == hash).map(|row| row.erased_at);
    let everybody = at(EVERYBODY);
    let erased = names.iter().zip(&hashes).filter_map(|(name, hash)| Some((name.clone(), at(hash).max(everybody)?)));
    Ok(erased.collect())
}

/// Forgets those who were erased before a moment.
pub async fn forget_older(tx: &mut Tx, before: Ts) -> Result<()> {
    tx.query("delete from erased_names where erased_at < $1").bind(before).execute().await?;
    Ok(())
}

/// What is kept in place of a name.
pub(super) fn hash_of(name: &BrandIdentity) -> String {
    let BrandIdentity { brand_id, kind, value } = name;
    hex::encode(Sha256::digest(format!("{brand_id}\n{kind}\n{value}")))
}
