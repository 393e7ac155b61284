//! Closed cases, and whether they were solved.

use super::conversations::Cursor;
use super::db::Sql;
use super::messages::is_for_customer;
use super::people::same_person;
use super::{Db, Result, Tx, rows};
use crate::model::resolution::{Group, Outcome, Resolution, SolvedBy, first_look, week_of};
use crate::model::{BrandId, ContactId, ConversationId, Ts};

/// What answers a customer, among the messages `m`: what they hear, and what did not stay here.
macro_rules! answers {
    () => {
        concat!(
            "m.direction = 'outbound' and m.author in ('agent', 'teammate') and m.automatic = 'no'
             and m.delivery not in ('cancelled', 'failed', 'held') and ",
            is_for_customer!("m")
        )
    };
}

/// What a customer writes, among the messages `m`.
macro_rules! written {
    () => {
        "m.direction = 'inbound' and m.author = 'contact' and m.automatic = 'no' and not m.aside"
    };
}

/// Those of some conversations in which something was said or done since they were closed before. What we said first, and
/// nobody answered, is no case.
macro_rules! begin {
    ($ids:literal, $epoch:literal) => {
        concat!(
            "from conversations c where c.id ",
            $ids,
            " and ((exists (select 1 from messages m where m.conversation_id = c.id and ",
            answers!(),
            " and m.created_at > coalesce((select max(o.resolved_at) from resolutions o where o.conversation_id = c.id), ",
            $epoch,
            ")) and exists (select 1 from messages m where m.conversation_id = c.id and ",
            written!(),
            ")) or exists (select 1 from actions a where a.conversation_id = c.id
                and a.state in ('approved', 'performing', 'unknown', 'performed')
                and a.created_at > coalesce((select max(o.resolved_at) from resolutions o where o.conversation_id = c.id), ",
            $epoch,
            "))) on conflict do nothing"
        )
    };
}

/// What a closed case is told apart by: whose words answered last, and an approved draft's are the agent's.
macro_rules! kept {
    () => {
        concat!(
            "insert into resolutions (brand_id, conversation_id, channel_kind, intent, solved_by, week, resolved_at,
                until_at, look_at, outcome)
             select c.brand_id, c.id, c.channel_kind, coalesce(c.intent, 'unknown'),
                coalesce((select case when m.author = 'agent' or (m.machine_worded and m.draft_id is not null)
                        then 'agent' else 'teammate' end
                    from messages m where m.conversation_id = c.id and ",
            answers!(),
            " order by m.seq desc limit 1), 'teammate'), "
        )
    };
}

/// Watches conversations that were closed at a moment, until another one. One in which nothing was said or done since it was
/// closed before goes on as that case.
pub async fn begin(tx: &mut Tx, ids: &[ConversationId], resolved_at: Ts, until: Ts) -> Result<()> {
    const BEGIN: Sql = Sql {
        sqlite: concat!(
            kept!(),
            "$2, $3, $4, $5, 'open' ",
            begin!("in (select unhex(value, '-') from json_each($1))", "0")
        ),
        postgres: concat!(
            kept!(),
            "$2::timestamptz, $3::timestamptz, $4::timestamptz, $5::timestamptz, 'open' ",
            begin!("= any (array(select value::uuid from json_array_elements_text($1::json)))", "timestamptz 'epoch'")
        ),
    };
    tx.query(BEGIN)
        .bind(rows::json(ids)?)
        .bind(week_of(resolved_at))
        .bind(resolved_at)
        .bind(until)
        .bind(first_look(resolved_at, until))
        .execute()
        .await?;
    Ok(())
}

/// What was closed at a moment was closed by mistake: it is watched no longer.
pub async fn withdraw(tx: &mut Tx, ids: &[ConversationId], resolved_at: Ts) -> Result<()> {
    const WITHDRAW: Sql = Sql {
        sqlite: "delete from resolutions where conversation_id in (select unhex(value, '-') from json_each($1))
            and resolved_at = $2 and outcome = 'open'",
        postgres: "delete from resolutions
            where conversation_id = any (array(select value::uuid from json_array_elements_text($1::json)))
                and resolved_at = $2 and outcome = 'open'",
    };
    tx.query(WITHDRAW).bind(rows::json(ids)?).bind(resolved_at).execute().await?;
    Ok(())
}

/// Closed cases that are to be looked at, longest due first.
pub async fn list_due(db: &Db, now: Ts, most: i64) -> Result<Vec<Resolution>> {
    db.query(
        "select brand_id, conversation_id, resolved_at, until_at from resolutions where look_at <= $1
         order by look_at, conversation_id limit $2",
    )
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// Looks at a case later.
pub async fn put_off(tx: &mut Tx, case: &Resolution, look_at: Ts) -> Result<()> {
    tx.query(
        "update resolutions set look_at = $1 where conversation_id = $2 and resolved_at = $3 and outcome = 'open'",
    )
    .bind(look_at)
    .bind(case.conversation_id)
    .bind(case.resolved_at)
    .execute()
    .await?;
    Ok(())
}

/// Notes what became of a case. `false` where that is known already.
pub async fn judge(tx: &mut Tx, case: &Resolution, outcome: Outcome, now: Ts) -> Result<bool> {
    let judged = tx
        .query(
            "update resolutions set outcome = $1, judged_at = $2, look_at = null
             where conversation_id = $3 and resolved_at = $4 and outcome = 'open'",
        )
        .bind(outcome)
        .bind(now)
        .bind(case.conversation_id)
        .bind(case.resolved_at)
        .execute()
        .await?;
    Ok(judged > 0)
}

/// Whether a case was closed again since.
pub async fn has_later(tx: &mut Tx, case: &Resolution) -> Result<bool> {
    tx.query("select exists (select 1 from resolutions where conversation_id = $1 and resolved_at > $2)")
        .bind(case.conversation_id)
        .bind(case.resolved_at)
        .scalar()
        .await
}

/// Until when it is known what became of all that was promised in a case: when it was closed last and then was solved, or its
/// people were told what does not show. The beginning of time where it never was.
pub async fn settled_before(db: &Db, case: &Resolution) -> Result<Ts> {
    let before: Option<Ts> = db
        .query(
            "select max(resolved_at) from resolutions where conversation_id = $1 and resolved_at < $2
                 and outcome in ('verified', 'confirmed', 'silent', 'unmet')",
        )
        .bind(case.conversation_id)
        .bind(case.resolved_at)
        .scalar()
        .await?;
    Ok(before.unwrap_or(Ts(0)))
}

/// What somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Word {
    /// The text.
    pub body: String,
    /// The writer's name.
    pub sender_name: String,
    /// The writer's address.
    pub sender_address: String,
}

/// So many words are read of a case: of more, some will be no thanks.
const MOST: i64 = 50;

/// What customers write, of the messages `m` that are named.
macro_rules! words {
    ($($from:tt)+) => {
        concat!(
            "select m.body, m.sender_name, m.sender_address from messages m where ",
            $($from)+,
            " and ",
            written!(),
            " and m.erased_at is null and m.created_at > $2 and m.created_at <= $3 order by m.seq limit $4"
        )
    };
}

/// What the person that a contact is wrote between two moments, under whichever name and on whichever channel.
pub async fn list_words_of_person(db: &Db, contact: ContactId, (after, until): (Ts, Ts)) -> Result<Vec<Word>> {
    const WORDS: Sql = Sql {
        sqlite: words!("m.contact_id in ", same_person!("$1")),
        postgres: words!("m.contact_id = any (array", same_person!("$1"), ")"),
    };
    db.query(WORDS).bind(contact).bind(after).bind(until).bind(MOST).all().await
}

/// What anybody wrote between two moments in a conversation, and in all others about one of its orders.
pub async fn list_words_in_case(db: &Db, case: ConversationId, (after, until): (Ts, Ts)) -> Result<Vec<Word>> {
    const WORDS: Sql = Sql {
        sqlite: words!(
            "m.conversation_id in (select $1
                union select o.conversation_id from conversation_orders l join conversation_orders o
                    on o.order_source_id = l.order_source_id and o.order_id = l.order_id and o.matched_by <> 'refused'
                where l.conversation_id = $1 and l.matched_by <> 'refused')"
        ),
        postgres: words!(
            "m.conversation_id = any (array(select $1::uuid
                union select o.conversation_id from conversation_orders l join conversation_orders o
                    on o.order_source_id = l.order_source_id and o.order_id = l.order_id and o.matched_by <> 'refused'
                where l.conversation_id = $1::uuid and l.matched_by <> 'refused'))"
        ),
    };
    db.query(WORDS).bind(case).bind(after).bind(until).bind(MOST).all().await
}

/// When a conversation was answered last up to a moment; `None` where nobody has.
pub async fn answered_at(db: &Db, case: ConversationId, until: Ts) -> Result<Option<Ts>> {
    db.query(concat!(
        "select max(m.created_at) from messages m where m.conversation_id = $1 and m.created_at <= $2 and ",
        answers!()
    ))
    .bind(case)
    .bind(until)
    .scalar()
    .await
}

/// The closed cases of a brand from one moment to another, counted by everything that tells them apart.
pub async fn counts(db: &Db, brand: BrandId, (from, to): (Ts, Ts)) -> Result<Vec<Group>> {
    db.query(
        "select week, channel_kind, intent, solved_by, outcome, count(*) as count from resolutions
         where brand_id = $1 and resolved_at >= $2 and resolved_at < $3
         group by week, channel_kind, intent, solved_by, outcome",
    )
    .bind(brand)
    .bind(from)
    .bind(to)
    .all()
    .await
}

/// Which closed cases are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Of which brand.
    pub brand: BrandId,
    /// Closed from this moment on.
    pub from: Ts,
    /// Closed before this one.
    pub to: Ts,
    /// A kind of channel, `""` for all.
    pub channel: String,
    /// What was wanted, `""` for everything.
    pub intent: String,
    /// Whose words answered last, `""` for everybody's.
    pub by: String,
    /// What became of them, `""` for everything.
    pub outcome: String,
}

/// A closed case in a list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Its number.
    pub number: i64,
    /// The customer.
    pub contact_name: String,
    /// What they wanted, in a line.
    pub gist: String,
    /// What they wanted, as the intent's word.
    pub intent: String,
    /// On which kind of channel.
    pub channel_kind: String,
    /// Whose words answered last.
    pub solved_by: SolvedBy,
    /// What became of it.
    pub outcome: Outcome,
    /// When it was closed.
    pub resolved_at: Ts,
    /// Until when nobody may come back.
    pub until_at: Ts,
}

impl Listed {
    /// Where a page ends that it is the last of.
    pub fn cursor(&self) -> Cursor {
        Cursor { at: self.resolved_at, id: self.conversation_id }
    }
}

/// A page of closed cases, those that were closed last first.
pub async fn list(db: &Db, filter: &Filter, after: Option<Cursor>, most: i64) -> Result<Vec<Listed>> {
    let behind = after.unwrap_or(Cursor { at: filter.to, id: ConversationId(uuid::Uuid::max()) });
    db.query(
        "select r.conversation_id, c.number, c.contact_name, c.gist, r.intent, r.channel_kind, r.solved_by, r.outcome,
             r.resolved_at, r.until_at
         from resolutions r join conversations c on c.id = r.conversation_id
         where r.brand_id = $1 and r.resolved_at >= $2 and r.resolved_at < $3
             and ($4 = '' or r.channel_kind = $4) and ($5 = '' or r.intent = $5) and ($6 = '' or r.solved_by = $6)
             and ($7 = '' or r.outcome = $7) and (r.resolved_at, r.conversation_id) < ($8, $9)
         order by r.resolved_at desc, r.conversation_id desc limit $10",
    )
    .bind(filter.brand)
    .bind(filter.from)
    .bind(filter.to)
    .bind(rows::text(&filter.channel))
    .bind(rows::text(&filter.intent))
    .bind(rows::text(&filter.by))
    .bind(rows::text(&filter.outcome))
    .bind(behind.at)
    .bind(behind.id)
    .bind(most)
    .all()
    .await
}

/// Takes out a case that was closed again though nobody had come back: that one tells of both.
pub async fn forget(tx: &mut Tx, case: &Resolution) -> Result<()> {
    tx.query("delete from resolutions where conversation_id = $1 and resolved_at = $2 and outcome = 'open'")
        .bind(case.conversation_id)
        .bind(case.resolved_at)
        .execute()
        .await?;
    Ok(())
}
