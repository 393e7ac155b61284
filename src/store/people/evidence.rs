//! What speaks for two contacts being one person, and that somebody said that it is wrong.
//!
//! What a guest of the chat says of their address is kept where they said it, and is read from there: it speaks for as long as
//! they say so.

use super::same_person;
use crate::model::person::{Lookalike, Reason};
use crate::model::{ContactId, Ts};
use crate::store::db::Sql;
use crate::store::{Db, Result, Tx, rows};

/// Something that speaks for two contacts being one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvidence {
    /// The one with the smaller id.
    pub one: ContactId,
    /// The other.
    pub other: ContactId,
    /// What it is.
    pub reason: Reason,
    /// The order's number, the kind of the name, or the address.
    pub detail: String,
    /// Whether it proves it.
    pub proof: bool,
    /// When.
    pub at: Ts,
}

impl NewEvidence {
    /// Of two contacts in whichever order.
    pub fn new(pair: (ContactId, ContactId), reason: Reason, detail: &str, proof: bool, at: Ts) -> Self {
        let (one, other) = (pair.0.min(pair.1), pair.0.max(pair.1));
        Self { one, other, reason, detail: detail.to_owned(), proof, at }
    }
}

/// Notes what speaks for it, each once. What proves it takes the place of a hint, and is shown again where the hint was
/// refused.
pub async fn note_evidence(tx: &mut Tx, evidence: &NewEvidence) -> Result<()> {
    const NOTE: Sql = Sql {
        sqlite: "insert into contact_evidence (one_id, other_id, reason, detail, proof, created_at)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (one_id, other_id, reason) do update set detail = excluded.detail, proof = 1, refused_at = null
            where contact_evidence.proof = 0 and excluded.proof = 1",
        postgres: "insert into contact_evidence (one_id, other_id, reason, detail, proof, created_at)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (one_id, other_id, reason)
            do update set detail = excluded.detail, proof = true, refused_at = null
            where not contact_evidence.proof and excluded.proof",
    };
    tx.query(NOTE)
        .bind(evidence.one)
        .bind(evidence.other)
        .bind(evidence.reason)
        .bind(rows::text(&evidence.detail))
        .bind(evidence.proof)
        .bind(evidence.at)
        .execute()
        .await?;
    Ok(())
}

/// Whether a column names a contact of the person that the contact of a parameter is.
macro_rules! is_of {
    (sqlite, $column:literal, $contact:literal) => {
        concat!($column, " in ", same_person!($contact))
    };
    (postgres, $column:literal, $contact:literal) => {
        concat!($column, " = any (array", same_person!($contact), ")")
    };
}

/// Whether a piece of evidence is between the persons of two parameters.
macro_rules! is_between {
    ($engine:ident, $one:literal, $other:literal) => {
        concat!(
            "((",
            is_of!($engine, "one_id", $one),
            " and ",
            is_of!($engine, "other_id", $other),
            ") or (",
            is_of!($engine, "other_id", $one),
            " and ",
            is_of!($engine, "one_id", $other),
            "))"
        )
    };
}

/// What is kept of the person `$1`; the holders of the addresses that their guests of the chat name as theirs; and the guests
/// who name an address of this person. `$join` keeps the order of the tables, and `$visitor` and `$name` turn the name of a
/// guest into their id and back. What `$none` and `$end` are around is asked once, not for each contact.
macro_rules! lookalikes {
    ($engine:ident, $join:literal, $visitor:literal, $name:literal, $proved:literal, $no:literal, $none:literal, $end:literal) => {
        concat!(
            "select c.id as contact_id, c.name, found.reason, found.detail, found.proof from (
                 select other_id as id, reason, detail, proof, created_at from contact_evidence
                     where refused_at is null and ",
            is_of!($engine, "one_id", "$1"),
            " union all select one_id as id, reason, detail, proof, created_at from contact_evidence
                     where refused_at is null and ",
            is_of!($engine, "other_id", "$1"),
            " union all select mail.contact_id, 'said', v.email, ",
            $no,
            ", v.updated_at from contact_identities guest ",
            $join,
            " chat_visitors v on v.id = ",
            $visitor,
            " and v.email <> '' ",
            $join,
            " contact_identities mail on mail.brand_id = guest.brand_id and mail.kind = 'email'
                         and mail.value = v.email and ",
            $proved,
            " where guest.kind = 'chat_visitor' and ",
            is_of!($engine, "guest.contact_id", "$1"),
            " union all select guest.contact_id, 'said', v.email, ",
            $no,
            ", v.updated_at from contact_identities mail ",
            $join,
            " chat_visitors v on v.email = mail.value and v.email <> '' ",
            $join,
            " contact_identities guest on guest.brand_id = mail.brand_id and guest.kind = 'chat_visitor'
                         and guest.value = ",
            $name,
            " where mail.kind = 'email' and ",
            $proved,
            " and ",
            is_of!($engine, "mail.contact_id", "$1"),
            ") found join contacts c on c.id = found.id
             where not (",
            is_of!($engine, "c.id", "$1"),
            ") and (found.reason <> 'said' or coalesce(c.person_id, c.id) ",
            $none,
            "select coalesce(k.person_id, k.id) from contact_evidence e join contacts k on k.id = e.other_id
                     where e.reason = 'said' and e.refused_at is not null and ",
            is_of!($engine, "e.one_id", "$1"),
            " union all select coalesce(k.person_id, k.id) from contact_evidence e join contacts k on k.id = e.one_id
                     where e.reason = 'said' and e.refused_at is not null and ",
            is_of!($engine, "e.other_id", "$1"),
            $end,
            ") order by found.proof desc, found.reason = 'said', found.created_at desc, c.id limit 20"
        )
    };
}

/// Who may be the same person as a contact is, proofs first and what a guest only says last; whoever is known to be, or not to
/// be, is left out.
pub async fn list_lookalikes(db: &Db, contact: ContactId) -> Result<Vec<Lookalike>> {
    const LOOKALIKES: Sql = Sql {
        sqlite: lookalikes!(
            sqlite,
            "cross join",
            "unhex(guest.value, '-')",
            "lower(substr(hex(v.id), 1, 8) || '-' || substr(hex(v.id), 9, 4) || '-' || substr(hex(v.id), 13, 4) || '-'
                || substr(hex(v.id), 17, 4) || '-' || substr(hex(v.id), 21))",
            "mail.proved = 1",
            "0",
            "not in (",
            ")"
        ),
        postgres: lookalikes!(
            postgres,
            "join",
            "case when guest.value ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then guest.value::uuid end",
            "v.id::text",
            "mail.proved",
            "false",
            "<> all (array(",
            "))"
        ),
    };
    db.query(LOOKALIKES).bind(contact).all().await
}

/// Whether a contact has said in a chat, under whichever of their names, that an address is theirs.
pub async fn says_address(tx: &mut Tx, contact: ContactId, address: &str) -> Result<bool> {
    const SAYS: Sql = Sql {
        sqlite: concat!(
            "select exists (select 1 from contact_identities guest
                 cross join chat_visitors v on v.id = unhex(guest.value, '-') and v.email = $2
                 where guest.kind = 'chat_visitor' and ",
            is_of!(sqlite, "guest.contact_id", "$1"),
            ")"
        ),
        postgres: concat!(
            "select exists (select 1 from contact_identities guest
                 join chat_visitors v on v.id::text = guest.value and v.email = $2 and v.email <> ''
                 where guest.kind = 'chat_visitor' and ",
            is_of!(postgres, "guest.contact_id", "$1"),
            ")"
        ),
    };
    tx.query(SAYS).bind(contact).bind(rows::text(address)).scalar().await
}

/// Whether an order proves that a contact of the one person is a contact of the other, and nobody has refused it.
pub async fn is_proved_by_order(tx: &mut Tx, one: ContactId, other: ContactId) -> Result<bool> {
    const PROVED: Sql = Sql {
        sqlite: concat!(
            "select exists (select 1 from contact_evidence
                 where reason = 'order' and proof = 1 and refused_at is null and ",
            is_between!(sqlite, "$1", "$2"),
            ")"
        ),
        postgres: concat!(
            "select exists (select 1 from contact_evidence
                 where reason = 'order' and proof and refused_at is null and ",
            is_between!(postgres, "$1", "$2"),
            ")"
        ),
    };
    tx.query(PROVED).bind(one).bind(other).scalar().await
}

/// Somebody says that two persons are not one: what spoke for it is not shown any more, nor what a guest of the chat says of
/// the other one's address, now or later.
pub async fn refuse(tx: &mut Tx, one: ContactId, other: ContactId, now: Ts) -> Result<()> {
    const REFUSE: Sql = Sql {
        sqlite: concat!(
            "update contact_evidence set refused_at = $3 where refused_at is null and ",
            is_between!(sqlite, "$1", "$2")
        ),
        postgres: concat!(
            "update contact_evidence set refused_at = $3 where refused_at is null and ",
            is_between!(postgres, "$1", "$2")
        ),
    };
    tx.query(REFUSE).bind(one).bind(other).bind(now).execute().await?;
    tx.query(
        "insert into contact_evidence (one_id, other_id, reason, detail, proof, created_at, refused_at)
         values ($1, $2, $3, '', $4, $5, $5) on conflict (one_id, other_id, reason) do nothing",
    )
    .bind(one.min(other))
    .bind(one.max(other))
    .bind(Reason::Said)
    .bind(false)
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// Whether somebody said that two persons are not one, where that spoke for it.
pub async fn is_refused(tx: &mut Tx, (one, other): (ContactId, ContactId), reason: Reason) -> Result<bool> {
    const REFUSED: Sql = Sql {
        sqlite: concat!(
            "select exists (select 1 from contact_evidence where reason = $3 and refused_at is not null and ",
            is_between!(sqlite, "$1", "$2"),
            ")"
        ),
        postgres: concat!(
            "select exists (select 1 from contact_evidence where reason = $3 and refused_at is not null and ",
            is_between!(postgres, "$1", "$2"),
            ")"
        ),
    };
    tx.query(REFUSED).bind(one).bind(other).bind(reason).scalar().await
}
