//! What the desk has recorded, held against what the shops hold.

use std::collections::BTreeMap;

use resolute::store::Db;

use super::shops::{Bought, Shops};
use crate::support::smtp::SmtpDouble;

/// What the desk has recorded about a conversation.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Record {
    number: i64,
    performed: i64,
    in_doubt: i64,
    failed: i64,
    /// Neither done nor refused, nor does it wait for a person.
    open: i64,
    /// Without a word why.
    wordless: i64,
    /// Of what is done.
    cents: i64,
    /// Of what nobody can tell.
    doubtful_cents: i64,
    /// Replies that wait for a person.
    held: i64,
}

const RECORDS: &str = "select c.number as number,
        count(case when a.state = 'performed' then 1 end) as performed,
        count(case when a.state = 'unknown' then 1 end) as in_doubt,
        count(case when a.state = 'failed' then 1 end) as failed,
        count(case when a.state in ('approved', 'performing') then 1 end) as open,
        count(case when a.state in ('failed', 'unknown') and a.error = '' then 1 end) as wordless,
        cast(coalesce(sum(case when a.state = 'performed' then a.amount_minor end), 0) as bigint) as cents,
        cast(coalesce(sum(case when a.state = 'unknown' then a.amount_minor end), 0) as bigint) as doubtful_cents,
        (select count(*) from messages m where m.conversation_id = c.id and m.delivery = 'held') as held
    from conversations c left join actions a on a.conversation_id = c.id
    group by c.id, c.number order by c.number";

pub(super) async fn records(db: &Db) -> BTreeMap<i64, Record> {
    let rows: Vec<Record> = match db {
        Db::Sqlite { read, .. } => sqlx::query_as(RECORDS).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(RECORDS).fetch_all(pool).await.unwrap(),
    };
    rows.into_iter().map(|record| (record.number, record)).collect()
}

/// What came of all of it.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) done: i64,
    pub(super) refused: i64,
    pub(super) in_doubt: i64,
    pub(super) held: i64,
    /// Money that moved, in cents.
    pub(super) cents: i64,
}

/// Each effect is there once for each action that is recorded as done, and none without a record.
pub(super) fn check(shops: &Shops, all: &[Bought], records: &BTreeMap<i64, Record>, smtp: &SmtpDouble) -> Sums {
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for address in smtp.taken().into_iter().flat_map(|mail| mail.to) {
        *told.entry(address).or_default() += 1;
    }
    let (mut sums, mut wrong, mut again) = (Sums::default(), Vec::new(), (0, 0));
    for (bought, record) in all.iter().zip(records.values()) {
        sums.done += record.performed;
        sums.refused += record.failed;
        sums.in_doubt += record.in_doubt;
        sums.held += record.held;
        let is_ended =
            record.open == 0 && record.wordless == 0 && record.performed + record.failed + record.in_doubt > 0;
        let mails = told.get(&bought.email).copied().unwrap_or_default();
        let is_told_rightly = mails <= 1 && (mails == 0 || record.performed > 0);
        let is_right = if let Some(held) = shops.held(bought) {
            sums.cents += held.cents;
            is_once(bought, record, (held.times, held.cents))
        } else {
            again = (again.0 + record.performed, again.1 + record.in_doubt);
            true
        };
        if !(is_ended && is_told_rightly && is_right) {
            wrong.push(format!("{bought:?}: {record:?}, in the shop {:?}, {mails} mails", shops.held(bought)));
        }
    }
    assert_eq!(all.len(), records.len());
    assert!(wrong.is_empty(), "doubled, lost, or without a record:\n{}", wrong.join("\n"));
    let (performed, in_doubt) = again;
    let sent = shops.sent_again(all);
    assert!((performed..=performed + in_doubt).contains(&sent), "{performed} are recorded as sent again, {sent} were");
    sums
}

fn is_once(bought: &Bought, record: &Record, (times, cents): (i64, i64)) -> bool {
    let (performed, possible) = (record.performed, record.performed + record.in_doubt);
    if bought.wanted.is_state() {
        // The money of a cancellation goes back once, however many asked for it.
        let is_paid = !bought.wanted.moves_money() || cents * performed.max(1) == record.cents;
        return record.in_doubt > 0 || ((times > 0) == (performed > 0) && is_paid);
    }
    let is_money_right =
        !bought.wanted.moves_money() || (record.cents..=record.cents + record.doubtful_cents).contains(&cents);
    (performed..=possible).contains(&times) && is_money_right
}

#[test]
fn what_a_shop_did_twice_or_without_a_record_is_found() {
    use super::shops::{House, Wanted};

    let bought = |wanted| Bought { house: House::Own, wanted, id: "o".into(), email: "a@post.example".into() };
    let record = |performed, in_doubt, cents| Record {
        number: 1,
        performed,
        in_doubt,
        failed: 0,
        open: 0,
        wordless: 0,
        cents,
        doubtful_cents: in_doubt * 500,
        held: 0,
    };
    let refund = bought(Wanted::Goodwill);
    for (held, is_right) in [((1, 500), true), ((0, 0), false), ((2, 1_000), false), ((1, 400), false)] {
        assert_eq!(is_once(&refund, &record(1, 0, 500), held), is_right, "{held:?}");
    }
    assert!(!is_once(&refund, &record(0, 0, 0), (1, 500)), "money moved and nothing is recorded");
    assert!(is_once(&refund, &record(0, 1, 0), (1, 500)) && is_once(&refund, &record(0, 1, 0), (0, 0)));
    let cancel = bought(Wanted::Cancel);
    assert!(is_once(&cancel, &record(2, 0, 13_780), (1, 6_890)), "two asked, and it is cancelled once");
    assert!(!is_once(&cancel, &record(1, 0, 6_890), (0, 0)) && !is_once(&cancel, &record(0, 0, 0), (1, 6_890)));
}
