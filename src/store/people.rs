//! Contacts that are one person, and what speaks for it. A merge moves nothing but the pointer to the one who stands for
//! the person: names and conversations stay with the contact who has them.

mod evidence;

use std::cmp::Reverse;

use super::conversations::{self, Cursor, View};
use super::db::Sql;
use super::intake::BrandIdentity;
use super::{Db, Reader, Result, Tx, rows};
use crate::model::channel::ChannelKind;
use crate::model::contact::ContactIdentity;
use crate::model::conversation::Conversation;
use crate::model::numbering::Numbering;
use crate::model::person::{ContactMerge, Kin};
use crate::model::{BrandId, ChannelId, ContactId, ContactMergeId, ConversationId, Ts};

pub use evidence::{NewEvidence, is_proved_by_order, is_refused, list_lookalikes, note_evidence, refuse, says_address};

/// The contacts of the person that the contact of a parameter is: the one who stands for it, and all who lead there.
macro_rules! same_person {
    ($contact:literal) => {
        concat!(
            "(select coalesce(person_id, id) from contacts where id = ",
            $contact,
            " union all select k.id from contacts c join contacts k on k.person_id = coalesce(c.person_id, c.id)
                where c.id = ",
            $contact,
            ")"
        )
    };
}
pub(super) use same_person;

/// The sort of a kept name, wherever it counts (`intake::BrandIdentity`).
macro_rules! sort {
    (sqlite, $kind:literal) => {
        concat!("substr(", $kind, ", 1, instr(", $kind, " || '@', '@') - 1)")
    };
    (postgres, $kind:literal) => {
        concat!("split_part(", $kind, ", '@', 1)")
    };
}
pub(super) use sort;

/// Conversations of these contacts in a chat, also where they went on by mail, or that are not resolved.
macro_rules! before_somebody {
    ($theirs:literal) => {
        concat!(
            "select c.id from conversations c where ",
            $theirs,
            " and (c.status <> 'resolved' or c.channel_kind = $2 or exists (select 1 from messages m
                 join channels h on h.id = m.channel_id where m.conversation_id = c.id and h.kind = $2))
             order by (c.channel_kind = $2) desc, c.last_message_at desc limit 100"
        )
    };
}
/// Whether the contact of a column is the platform itself, its operator or one of its machines: nobody who buys.
macro_rules! is_platforms {
    ($contact:literal) => {
        concat!(
            "exists (select 1 from contact_identities of_platform where of_platform.contact_id = ",
            $contact,
            " and (of_platform.kind like 'marketplace_operator%' or of_platform.kind like 'marketplace_machine%'))"
        )
    };
}
pub(super) use is_platforms;

#[derive(sqlx::FromRow)]
struct Id {
    id: ContactId,
}

const CONTACTS: &str = concat!("select id from contacts where id in ", same_person!("$1"), " order by created_at, id");

/// All contacts of the person that a contact is, that one included, oldest first.
pub async fn contacts_of(db: &Db, contact: ContactId) -> Result<Vec<ContactId>> {
    let found: Vec<Id> = db.query(CONTACTS).bind(contact).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// The same as this transaction sees them.
pub async fn contacts_of_in(tx: &mut Tx, contact: ContactId) -> Result<Vec<ContactId>> {
    let found: Vec<Id> = tx.query(CONTACTS).bind(contact).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// The contact that stands for the person that a contact is, and gives the person its name.
pub async fn standing(db: &Db, contact: ContactId) -> Result<ContactId> {
    let found: Option<Id> =
        db.query("select coalesce(person_id, id) as id from contacts where id = $1").bind(contact).optional().await?;
    Ok(found.map_or(contact, |row| row.id))
}

/// Whether two contacts are one person.
pub async fn are_one(tx: &mut Tx, one: ContactId, other: ContactId) -> Result<bool> {
    if one == other {
        return Ok(true);
    }
    tx.query(
        "select exists (select 1 from contacts a join contacts b
             on coalesce(a.person_id, a.id) = coalesce(b.person_id, b.id) where a.id = $1 and b.id = $2)",
    )
    .bind(one)
    .bind(other)
    .scalar()
    .await
}

const IDENTITIES: Sql = Sql {
    sqlite: concat!(
        "select ",
        sort!(sqlite, "kind"),
        " as kind, value, contact_id, proved, created_at from contact_identities where contact_id in ",
        same_person!("$1"),
        " order by created_at, value"
    ),
    postgres: concat!(
        "select ",
        sort!(postgres, "kind"),
        " as kind, value, contact_id, proved, created_at from contact_identities where contact_id = any (array",
        same_person!("$1"),
        ") order by created_at, value"
    ),
};

/// The names of the person that a contact is, on every channel.
pub async fn identities(db: &Db, contact: ContactId) -> Result<Vec<ContactIdentity>> {
    db.query(IDENTITIES).bind(contact).all().await
}

/// The same as this transaction sees them.
pub async fn identities_in(tx: &mut Tx, contact: ContactId) -> Result<Vec<ContactIdentity>> {
    tx.query(IDENTITIES).bind(contact).all().await
}

/// `everybody` in the conversation `$1`: whose it is, whose went into it, who wrote in it and to whom was written, and all other
/// contacts of these persons.
macro_rules! everybody_in {
    () => {
        "with recursive home (id) as (
            select id from conversations where id = $1
            union select m.source_id from merges m join home h on m.target_id = h.id where m.undone_at is null
        ), party (id) as (
            select c.contact_id from home h join conversations c on c.id = h.id
            union select contact_id from messages where conversation_id = $1
            union select to_contact_id from messages where conversation_id = $1
        ), person (id) as (
            select distinct coalesce(c.person_id, c.id) from party p join contacts c on c.id = p.id
        ), everybody (id) as (
            select id from person union select k.id from person p join contacts k on k.person_id = p.id
        ) "
    };
}

/// The names of everybody in a conversation, on every channel.
pub async fn identities_in_case(reader: &mut Reader<'_>, conversation: ConversationId) -> Result<Vec<ContactIdentity>> {
    const NAMES: Sql = Sql {
        sqlite: concat!(
            everybody_in!(),
            "select ",
            sort!(sqlite, "kind"),
            " as kind, value, contact_id, proved, created_at from contact_identities
                where contact_id in (select id from everybody) order by created_at, value"
        ),
        postgres: concat!(
            everybody_in!(),
            "select ",
            sort!(postgres, "kind"),
            " as kind, value, contact_id, proved, created_at from contact_identities
                where contact_id = any (array(select id from everybody)) order by created_at, value"
        ),
    };
    reader.query(NAMES).bind(conversation).all().await
}

/// Those of the persons of some contacts who are not the one that stands for their person.
pub async fn kin_of(tx: &mut Tx, contacts: &[ContactId]) -> Result<Vec<Kin>> {
    const KIN: Sql = Sql {
        sqlite: "select k.id as contact_id, k.person_id from contacts k where k.person_id in (
                select coalesce(c.person_id, c.id) from contacts c
                where c.id in (select unhex(value, '-') from json_each($1)))",
        postgres: "select k.id as contact_id, k.person_id from contacts k where k.person_id = any (array(
                select coalesce(c.person_id, c.id) from contacts c
                where c.id = any (array(select value::uuid from json_array_elements_text($1::json)))))",
    };
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(KIN).bind(rows::json(contacts)?).all().await
}

/// What a merge has to know of a contact.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Party {
    /// The contact.
    pub id: ContactId,
    /// Whose customer.
    pub brand_id: BrandId,
    /// Name as last seen.
    pub name: String,
    /// The one that stands for the person.
    pub person_id: ContactId,
}

/// One side of a merge.
pub async fn find(tx: &mut Tx, contact: ContactId) -> Result<Option<Party>> {
    tx.query("select id, brand_id, name, coalesce(person_id, id) as person_id from contacts where id = $1")
        .bind(contact)
        .optional()
        .await
}

/// Lets contacts lead to the one that stands for their person from now on; that one leads nowhere.
pub async fn point(tx: &mut Tx, contacts: &[ContactId], person: ContactId) -> Result<()> {
    const POINT: Sql = Sql {
        sqlite: "update contacts set person_id = case when id = $2 then null else $2 end
            where id in (select unhex(value, '-') from json_each($1))",
        postgres: "update contacts set person_id = case when id = $2 then null else $2 end
            where id = any (array(select value::uuid from json_array_elements_text($1::json)))",
    };
    tx.query(POINT).bind(rows::json(contacts)?).bind(person).execute().await?;
    Ok(())
}

/// Keeps a merge.
pub async fn insert(tx: &mut Tx, merge: &ContactMerge) -> Result<()> {
    tx.query(
        "insert into contact_merges (id, brand_id, source_id, target_id, moved, teammate_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(merge.id)
    .bind(merge.brand_id)
    .bind(merge.source_id)
    .bind(merge.target_id)
    .bind(rows::document(&merge.moved.0)?)
    .bind(merge.teammate_id)
    .bind(merge.created_at)
    .execute()
    .await?;
    Ok(())
}

/// A merge, as this transaction sees it.
pub async fn find_merge(tx: &mut Tx, id: ContactMergeId) -> Result<Option<ContactMerge>> {
    tx.query("select * from contact_merges where id = $1").bind(id).optional().await
}

/// The merges that stand between the contacts of the person that a contact is, newest first.
pub async fn list_merges(db: &Db, contact: ContactId) -> Result<Vec<ContactMerge>> {
    db.query(concat!(
        "select * from contact_merges where undone_at is null and target_id in ",
        same_person!("$1"),
        " order by created_at desc, id desc"
    ))
    .bind(contact)
    .all()
    .await
}

/// Whether another merge of the same person stands that came later.
pub async fn has_later(tx: &mut Tx, merge: &ContactMerge) -> Result<bool> {
    tx.query(concat!(
        "select exists (select 1 from contact_merges where undone_at is null and target_id in ",
        same_person!("$1"),
        " and (created_at, id) > ($2, $3))"
    ))
    .bind(merge.target_id)
    .bind(merge.created_at)
    .bind(merge.id)
    .scalar()
    .await
}

/// Notes that a merge is taken back. `false` when it was before.
pub async fn set_undone(tx: &mut Tx, id: ContactMergeId, now: Ts) -> Result<bool> {
    let touched = tx
        .query("update contact_merges set undone_at = $1 where id = $2 and undone_at is null")
        .bind(now)
        .bind(id)
        .execute()
        .await?;
    Ok(touched > 0)
}

/// Who has a name, and whether a channel has proved it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Holder {
    /// Whose customer.
    pub brand_id: BrandId,
    /// The name's kind.
    pub kind: String,
    /// The name.
    pub value: String,
    /// Who has it.
    pub contact_id: ContactId,
    /// Whether it is proved.
    pub proved: bool,
}

/// Who has these names.
pub async fn list_holders(tx: &mut Tx, names: &[BrandIdentity]) -> Result<Vec<Holder>> {
    const HOLDERS: Sql = Sql {
        sqlite: "select i.brand_id, i.kind, i.value, i.contact_id, i.proved from json_each($1) r
            cross join contact_identities i on i.brand_id = unhex(r.value ->> 'brand_id', '-')
                and i.kind = r.value ->> 'kind' and i.value = r.value ->> 'value'",
        postgres: "select i.brand_id, i.kind, i.value, i.contact_id, i.proved
            from json_to_recordset($1::json) as r (brand_id uuid, kind text, value text)
            join contact_identities i on i.brand_id = r.brand_id and i.kind = r.kind and i.value = r.value",
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(HOLDERS).bind(rows::json(names)?).all().await
}

/// Who has these names, in whichever brand.
pub async fn list_holders_anywhere(tx: &mut Tx, names: &[BrandIdentity]) -> Result<Vec<Holder>> {
    const HOLDERS: Sql = Sql {
        sqlite: "select distinct i.brand_id, i.kind, i.value, i.contact_id, i.proved from json_each($1) r
            cross join brands b cross join contact_identities i on i.brand_id = b.id
                and i.kind = r.value ->> 'kind' and i.value = r.value ->> 'value'",
        postgres: "select distinct i.brand_id, i.kind, i.value, i.contact_id, i.proved
            from json_to_recordset($1::json) as r (kind text, value text) cross join brands b
            join contact_identities i on i.brand_id = b.id and i.kind = r.kind and i.value = r.value",
    };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    tx.query(HOLDERS).bind(rows::json(names)?).all().await
}

/// Which of some contacts are the platform itself, its operator or one of its machines.
pub async fn list_platforms(tx: &mut Tx, contacts: &[ContactId]) -> Result<Vec<ContactId>> {
    const PLATFORMS: Sql = Sql {
        sqlite: concat!(
            "select unhex(r.value, '-') as id from json_each($1) r where ",
            is_platforms!("unhex(r.value, '-')")
        ),
        postgres: concat!(
            "select r.value::uuid as id from json_array_elements_text($1::json) as r (value) where ",
            is_platforms!("r.value::uuid")
        ),
    };
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<Id> = tx.query(PLATFORMS).bind(rows::json(contacts)?).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// Of whom platforms say, on the channels of a brand, that an order is theirs: the one that has this number where it is
/// counted so.
pub async fn list_told_buyers(
    tx: &mut Tx,
    brand: BrandId,
    (order_number, numbering): (&str, Numbering),
) -> Result<Vec<ContactId>> {
    #[derive(sqlx::FromRow)]
    struct Buyer {
        contact_id: ContactId,
        channel_id: ChannelId,
        kind: String,
    }
    let found: Vec<Buyer> = tx
        .query(concat!(
            "select distinct t.contact_id, t.channel_id, c.kind from channels c join told_orders t on t.channel_id = c.id
             where c.brand_id = $1 and t.order_number = $2 and not ",
            is_platforms!("t.contact_id")
        ))
        .bind(brand)
        .bind(rows::text(order_number))
        .all()
        .await?;
    let of_it = found.into_iter().filter(|row| Numbering::on(row.channel_id, &row.kind) == numbering);
    Ok(of_it.map(|row| row.contact_id).collect())
}

/// The conversations of some contacts that somebody may have before them, at most 100: those in a chat, whose customer has a
/// panel open long after they are done, and all others that are not resolved.
pub async fn list_before_somebody(tx: &mut Tx, contacts: &[ContactId]) -> Result<Vec<ConversationId>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: ConversationId,
    }
    const LIST: Sql = Sql {
        sqlite: before_somebody!("c.contact_id in (select unhex(value, '-') from json_each($1))"),
        postgres: before_somebody!(
            "c.contact_id = any (array(select value::uuid from json_array_elements_text($1::json)))"
        ),
    };
    let found: Vec<Row> = tx.query(LIST).bind(rows::json(contacts)?).bind(ChannelKind::LiveChat.as_str()).all().await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// A page of the conversations of the person that a contact is, under all their names, newest first.
pub async fn list_conversations(
    db: &Db,
    contact: ContactId,
    after: Option<Cursor>,
    most: i64,
) -> Result<Vec<Conversation>> {
    list_conversations_of(db, &contacts_of(db, contact).await?, after, most).await
}

/// A page of the conversations of some contacts, newest first.
pub async fn list_conversations_of(
    db: &Db,
    contacts: &[ContactId],
    after: Option<Cursor>,
    most: i64,
) -> Result<Vec<Conversation>> {
    let mut all = Vec::new();
    // Each goes along the index of its contact.
    for one in contacts {
        all.extend(conversations::list(db, View::Contact(*one), after, most).await?);
    }
    all.sort_by_key(|row| Reverse((row.last_message_at, row.id)));
    all.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(all)
}

/// How many messages of some contacts are in conversations of others since a moment: they came there because both were
/// one person.
pub async fn count_beside(tx: &mut Tx, contacts: &[ContactId], others: &[ContactId], since: Ts) -> Result<i64> {
    const COUNT: Sql = Sql {
        sqlite: "select count(*) from conversations c join messages m on m.conversation_id = c.id
            where c.contact_id in (select unhex(value, '-') from json_each($1)) and c.last_message_at >= $3
                and m.contact_id in (select unhex(value, '-') from json_each($2)) and m.created_at >= $3",
        postgres: "select count(*) from conversations c join messages m on m.conversation_id = c.id
            where c.contact_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and c.last_message_at >= $3
                and m.contact_id = any (array(select value::uuid from json_array_elements_text($2::json)))
                and m.created_at >= $3",
    };
    tx.query(COUNT).bind(rows::json(others)?).bind(rows::json(contacts)?).bind(since).scalar().await
}

/// Whether two contacts have different names of the same kind.
pub async fn have_one_kind(tx: &mut Tx, (one, other): (ContactId, ContactId)) -> Result<bool> {
    const HAVE: Sql = Sql {
        sqlite: concat!(
            "select exists (select 1 from contact_identities a join contact_identities b on ",
            sort!(sqlite, "a.kind"),
            " = ",
            sort!(sqlite, "b.kind"),
            " and a.value <> b.value where a.contact_id = $1 and b.contact_id = $2)"
        ),
        postgres: concat!(
            "select exists (select 1 from contact_identities a join contact_identities b on ",
            sort!(postgres, "a.kind"),
            " = ",
            sort!(postgres, "b.kind"),
            " and a.value <> b.value where a.contact_id = $1 and b.contact_id = $2)"
        ),
    };
    tx.query(HAVE).bind(one).bind(other).scalar().await
}
