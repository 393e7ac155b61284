//! Both engines have the same tables, columns and nullability.

use std::collections::BTreeSet;
use std::time::Duration;

use resolute::clock::Clock;
use resolute::model::audit::{Act, Actor, AuditAction, AuditSubject};
use resolute::model::channel::{AccountTrouble, Channel, ChannelState};
use resolute::model::message::Direction;
use resolute::model::{Json, Ts};
use resolute::store::intake::{self, BrandIdentity, ConversationRow, NewContact, NewKey, NewMessage};
use resolute::store::search::{self, rebuild};
use resolute::store::{Db, account_troubles, audit, channels, contacts, erased_names, messages, order_sources, people};
use serde_json::json;
use tokio::sync::Mutex;

use crate::support::cast::{Cast, NOW, at, new_channel, put};
use crate::support::{postgres, stores};

/// What one engine alone has.
const ALLOWED: &[&str] = &["messages.search null"];

/// Tables that an engine keeps for itself.
fn is_own(table: &str) -> bool {
    table.starts_with("message_search") || table.starts_with("sqlite_") || table == "_sqlx_migrations"
}

const SQLITE: &str = "select m.name, c.name, c.\"notnull\" = 0 and c.pk = 0 from sqlite_master m
    join pragma_table_info(m.name) c where m.type = 'table'";
const POSTGRES: &str = "select table_name::text, column_name::text, is_nullable = 'YES' from information_schema.columns
    where table_schema = 'public'";

async fn columns(db: &Db) -> BTreeSet<String> {
    let rows: Vec<(String, String, bool)> = match db {
        Db::Sqlite { read, .. } => sqlx::query_as(SQLITE).fetch_all(&mut *read.get().await.unwrap()).await.unwrap(),
        Db::Postgres { write: pool, .. } => sqlx::query_as(POSTGRES).fetch_all(pool).await.unwrap(),
    };
    let own = rows.into_iter().filter(|(table, _, _)| !is_own(table));
    own.map(|(table, column, null)| format!("{table}.{column}{}", if null { " null" } else { "" })).collect()
}

#[tokio::test]
async fn both_engines_have_the_same_columns() {
    if postgres::server().is_none() {
        return;
    }
    let seen = Mutex::new(Vec::new());
    stores::on_both(async |db| seen.lock().await.push(columns(&db).await)).await;
    let seen = seen.into_inner();
    let [sqlite, postgres] = seen.as_slice() else { panic!("both engines ran") };
    assert!(sqlite.contains("conversations.due_at null") && sqlite.contains("conversations.number"));
    let different: Vec<&String> =
        sqlite.symmetric_difference(postgres).filter(|column| !ALLOWED.contains(&column.as_str())).collect();
    assert!(different.is_empty(), "only one engine has {different:#?}");
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    stores::on_both(async |db| {
        let before = columns(&db).await;
        db.migrate().await.unwrap();
        assert_eq!(columns(&db).await, before);
    })
    .await;
}

#[tokio::test]
async fn what_was_indexed_before_is_found_afterwards() {
    stores::on_sqlite(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.conversation(1);
        // More than are indexed in one transaction.
        let mut messages: Vec<_> = (0..2_500).map(|number| cast.message(&row, &format!("lamp{number}"))).collect();
        messages.push(cast.message(&row, "a lantern of brass for Zoë, order OB-1234"));
        put(&db, &[row], &messages).await;
        let Db::Sqlite { write, .. } = &db else { panic!("on SQLite") };
        // As it was before.
        sqlx::raw_sql(
            "drop table message_search;
             create virtual table message_search using fts5 (content, facets, content = '', contentless_delete = 1,
                tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
             insert into message_search (rowid, content, facets)
                values (1, 'a lantern of brass for zoe order ob 1234', 'channel00 inbound');",
        )
        .execute(write)
        .await
        .unwrap();
        let change = include_str!("../../migrations/sqlite/0029_search_by_part.sql");
        sqlx::raw_sql(change).execute(write).await.unwrap();
        db.migrate().await.unwrap();
        assert!(rebuild::find_gap(&db).await.unwrap().is_some(), "nobody waits for it");
        let mut below = i64::MAX;
        loop {
            let batch = rebuild::next(&db, below).await.unwrap();
            let Some(oldest) = batch.oldest() else { break };
            stores::write(&db, async |tx| rebuild::index(tx, &batch).await).await;
            below = oldest;
        }
        for words in ["lantern", "brass zoe", "OB-12", "Zoë", "lamp0", "lamp999", "lamp2499"] {
            let found = search::conversations(&db, words, None, 10).await.unwrap();
            assert_eq!(found.conversations.len(), 1, "{words}");
        }
        assert!(search::conversations(&db, "inbound", None, 10).await.unwrap().conversations.is_empty());
    })
    .await;
}

/// Runs a migration as it is, whether or not it ran before.
pub(crate) async fn run(db: &Db, sqlite: &'static str, postgres: &'static str) {
    match db {
        Db::Sqlite { write, .. } => sqlx::raw_sql(sqlite).execute(write).await.map(drop).unwrap(),
        Db::Postgres { write, .. } => sqlx::raw_sql(postgres).execute(write).await.map(drop).unwrap(),
    }
}

#[tokio::test]
async fn what_a_platform_said_before_is_known_by_its_kind() {
    stores::on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let [disabled, taken_back, later] = ["one", "two", "three"].map(|name| cast.channel("whatsapp", name));
        let (ban, lost) = ("WhatsApp has disabled the account.", "Access was taken back. Connect it again.");
        let broken: [(&Channel, &str); 4] =
            [(&disabled, ban), (&taken_back, lost), (&later, "Said anew."), (&cast.mail, "The mailbox is locked.")];
        let known = account_troubles::LastSaid {
            kind: AccountTrouble::Access,
            words: "Said anew.".into(),
            at: cast.clock.now(),
        };
        stores::write(&db, async |tx| {
            for channel in [&disabled, &taken_back, &later] {
                channels::insert(tx, &new_channel(channel)).await?;
            }
            for (channel, reason) in broken {
                channels::set_state(tx, channel.id, ChannelState::NeedsAttention, reason).await?;
            }
            channels::set_account_news(tx, disabled.id, "Its quality is low.").await?;
            account_troubles::set(tx, later.id, &known).await
        })
        .await;
        for _ in 0..2 {
            run(
                &db,
                include_str!("../../migrations/sqlite/0055_troubles_of_before.sql"),
                include_str!("../../migrations/postgres/0055_troubles_of_before.sql"),
            )
            .await;
        }
        let words = async |channel: &Channel, kind| account_troubles::words(&db, channel.id, kind).await.unwrap();
        assert_eq!(words(&disabled, AccountTrouble::Suspension).await, ban);
        assert_eq!(words(&disabled, AccountTrouble::Warning).await, "Its quality is low.");
        assert_eq!(words(&taken_back, AccountTrouble::Access).await, lost);
        assert_eq!(words(&taken_back, AccountTrouble::Suspension).await, "");
        for channel in [&later, &cast.mail] {
            assert_eq!(words(channel, AccountTrouble::Suspension).await, "", "known, or no platform said it");
        }
    })
    .await;
}

#[tokio::test]
async fn messages_from_before_are_in_the_threads_that_their_writers_began() {
    stores::on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let ole = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "telegram_user".into(),
            value: "88".into(),
            proved: true,
            created_at: NOW,
        };
        let [one, two] = [1, 2].map(|number| cast.conversation(number));
        let by_ole =
            |row: &ConversationRow, text: &str| NewMessage { contact_id: Some(ole.id), ..cast.message(row, text) };
        let ours = NewMessage {
            direction: Direction::Outbound,
            contact_id: None,
            to_contact_id: Some(cast.sofie),
            ..cast.message(&two, "It left.")
        };
        let all = [
            cast.message(&one, "begins"),
            by_ole(&one, "is somebody else in the only thread"),
            cast.message(&two, "begins 77"),
            by_ole(&two, "begins 88"),
            cast.message(&two, "goes on in 77"),
            ours,
            by_ole(&two, "goes on in 88"),
        ];
        let key = |message: &NewMessage, thread: &str| NewKey {
            channel_id: message.channel_id,
            key: format!("thread:{thread}"),
            message_id: message.id,
            conversation_id: message.conversation_id,
        };
        let keys = [key(&all[0], "one"), key(&all[2], "77"), key(&all[3], "88")];
        stores::write(&db, async |tx| intake::insert_contacts(tx, &[ole]).await).await;
        put(&db, &[one, two], &all).await;
        stores::write(&db, async |tx| intake::insert_keys(tx, &keys).await).await;
        run(
            &db,
            rest(include_str!("../../migrations/sqlite/0058_threads_and_scopes.sql")),
            rest(include_str!("../../migrations/postgres/0058_threads_and_scopes.sql")),
        )
        .await;
        let expected = [Some("one"), Some("one"), Some("77"), Some("88"), Some("77"), None, Some("88")];
        for (message, thread) in all.iter().zip(expected) {
            let found = messages::find(&db, message.id).await.unwrap().unwrap();
            assert_eq!(found.thread.as_deref(), thread, "{}", message.body);
        }
    })
    .await;
}

#[tokio::test]
async fn ids_from_before_count_on_the_account_on_which_they_wrote() {
    stores::on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let page = |id: &str| Channel {
            settings: Json(json!({ "page_id": id, "phone_number_id": "" })),
            ..cast.channel("messenger", id)
        };
        let [first, second] = ["1001", "1002"].map(page);
        let number = cast.channel("whatsapp", "without its account");
        let somebody = |kind: &str, value: &str| NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: value.into(),
            kind: kind.into(),
            value: value.into(),
            proved: true,
            created_at: NOW,
        };
        let all = [somebody("messenger_user", "77"), somebody("whatsapp_user", "DE.77"), somebody("phone", "+4977")];
        stores::write(&db, async |tx| {
            for channel in [&first, &second, &number] {
                channels::insert(tx, &new_channel(channel)).await?;
            }
            intake::insert_contacts(tx, &all).await
        })
        .await;
        let row = ConversationRow {
            channel_id: second.id,
            channel_kind: second.kind.clone(),
            contact_id: all[0].id,
            ..cast.conversation(1)
        };
        put(&db, &[row], &[]).await;
        for _ in 0..2 {
            run(
                &db,
                rest(include_str!("../../migrations/sqlite/0058_threads_and_scopes.sql")),
                rest(include_str!("../../migrations/postgres/0058_threads_and_scopes.sql")),
            )
            .await;
        }
        for (contact, kind) in all.iter().zip(["messenger_user@1002", "whatsapp_user", "phone"]) {
            let name = BrandIdentity { brand_id: cast.brand.id, kind: kind.into(), value: contact.value.clone() };
            let found = stores::write(&db, async |tx| intake::find_contacts(tx, &[name]).await).await;
            assert_eq!(found.first().map(|known| known.contact_id), Some(contact.id), "{kind}");
            let shown = contacts::identities(&db, contact.id).await.unwrap().remove(0);
            assert_eq!((shown.kind.as_str(), &shown.value), (contact.kind.as_str(), &contact.value), "as it is shown");
            let shown = people::identities(&db, contact.id).await.unwrap().remove(0);
            assert_eq!((shown.kind.as_str(), &shown.value), (contact.kind.as_str(), &contact.value), "and of a person");
        }
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_was_replaced_before_counts_for_another_day() {
    stores::on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let [account, chat] = ["line", "live_chat"].map(|kind| cast.channel(kind, "shop"));
        stores::write(&db, async |tx| {
            channels::insert(tx, &new_channel(&account)).await?;
            channels::insert(tx, &new_channel(&chat)).await
        })
        .await;
        run(
            &db,
            include_str!("../../migrations/sqlite/0060_former_secrets.sql"),
            include_str!("../../migrations/postgres/0060_former_secrets.sql"),
        )
        .await;
        run(
            &db,
            include_str!("../../migrations/sqlite/0069_former_secrets_of_shops.sql"),
            include_str!("../../migrations/postgres/0069_former_secrets_of_shops.sql"),
        )
        .await;
        let until = async |id| channels::find(&db, id).await.unwrap().unwrap().former_until();
        let shop = order_sources::find(&db, cast.shop.id).await.unwrap().unwrap();
        for until in [until(account.id).await, shop.former_until()] {
            let left = until.since(Clock::system().now());
            assert!(left > Duration::from_hours(23) && left < Duration::from_hours(25), "{left:?}");
        }
        assert_eq!(until(chat.id).await, Ts(0), "a chat has its own");
        assert_eq!(shop.settings.0["url"], cast.shop.settings.0["url"]);
    })
    .await;
}

/// What a migration does once its column is there.
fn rest(change: &'static str) -> &'static str {
    change.split_once("add column thread text;").unwrap().1
}

#[tokio::test]
async fn of_who_was_erased_before_their_names_were_noted_nobody_is_read_back() {
    stores::on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let erased = |at: Ts| {
            let act = Act {
                actor: Actor::System,
                action: AuditAction::CustomerErased,
                subject: (AuditSubject::Contact, cast.sofie.to_string()),
                brand: Some(cast.brand.id),
                details: json!({}),
            };
            (act, at)
        };
        stores::write(&db, async |tx| {
            for (act, at) in [at(5), at(9)].map(erased) {
                audit::append(tx, &act, at).await?;
            }
            Ok(())
        })
        .await;
        let rows = |change: &'static str| change.split_at(change.find("insert into").unwrap()).1;
        run(
            &db,
            rows(include_str!("../../migrations/sqlite/0072_erased_names.sql")),
            rows(include_str!("../../migrations/postgres/0072_erased_names.sql")),
        )
        .await;
        let anybody = BrandIdentity { brand_id: cast.brand.id, kind: "messenger_user@1001".into(), value: "88".into() };
        let found = stores::write(&db, async |tx| erased_names::find(tx, std::slice::from_ref(&anybody)).await).await;
        assert_eq!(found.get(&anybody), Some(&at(9)));
    })
    .await;
}
