//! The database itself: transactions, errors, closing.

use resolute::store::{Db, Error, Tx, brands, conversation_counts};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::cast::Cast;
use crate::support::ports::free_port;
use crate::support::stores::{number_of, on_both, on_postgres, on_sqlite, sqlite_url};

#[tokio::test]
async fn it_answers_until_it_is_closed() {
    on_both(async |db| {
        db.ping().await.unwrap();
        assert_eq!(db.is_shared(), matches!(db, Db::Postgres { .. }));
        db.close().await;
        assert!(matches!(db.ping().await, Err(Error::Unavailable(_))));
        assert!(matches!(db.begin().await, Err(Error::Unavailable(_))));
    })
    .await;
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    on_both(async |db| {
        let cast = Cast::new();
        let mut tx = db.begin().await.unwrap();
        brands::insert(&mut tx, &cast.brand).await.unwrap();
        assert!(brands::list(&db).await.unwrap().is_empty(), "nobody sees it before the end");
        drop(tx);
        assert!(brands::list(&db).await.unwrap().is_empty());
        let mut tx = db.begin().await.unwrap();
        brands::insert(&mut tx, &cast.brand).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(brands::list(&db).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_names_a_missing_one_is_refused() {
    on_both(async |db| {
        let cast = Cast::new();
        let mut tx = db.begin().await.unwrap();
        let orphan = cast.conversation(1);
        let refused = resolute::store::intake::upsert_conversations(&mut tx, &[orphan]).await;
        assert!(matches!(refused, Err(Error::Database(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn readers_cannot_write() {
    on_both(async |db| {
        let statement = "delete from counters";
        let done = match &db {
            Db::Sqlite { read, .. } => sqlx::query(statement).execute(&mut *read.get().await.unwrap()).await.map(drop),
            Db::Postgres { read, .. } => {
                sqlx::query(statement).execute(&mut *read.get().await.unwrap()).await.map(drop)
            }
        };
        let refused = done.unwrap_err().to_string();
        assert!(refused.contains("readonly") || refused.contains("read-only"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_hung_up_is_reached_anew() {
    on_postgres(async |db| {
        let Db::Postgres { write, .. } = &db else { panic!("it is PostgreSQL") };
        brands::list(&db).await.unwrap();
        let others = "select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
        sqlx::query(others).execute(write).await.unwrap();
        let cut = brands::list(&db).await;
        assert!(matches!(cut, Err(Error::Unavailable(_))), "{cut:?}");
        brands::list(&db).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_could_not_end_stops_nobody_after_it() {
    on_sqlite(async |db| {
        let cast = Cast::stored(&db).await;
        cast.open(&db, 1).await;
        let mut tx = db.begin().await.unwrap();
        let Tx::Sqlite(inner) = &mut tx else { panic!("it is SQLite") };
        // On a full disk SQLite rolls back by itself; then neither an end nor a way back is left.
        sqlx::query("rollback").execute(&mut **inner).await.unwrap();
        assert!(tx.commit().await.is_err());
        cast.open(&db, 2).await;
        assert_eq!(conversation_counts::all(&db).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_file_keeps_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_url(folder.path());
    for round in 0..2 {
        let db = Db::connect(&url).await.unwrap();
        db.migrate().await.unwrap();
        if round == 0 {
            let cast = Cast::stored(&db).await;
            cast.open(&db, 1).await;
        }
        assert_eq!(conversation_counts::all(&db).await.unwrap(), 1);
        db.close().await;
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = format!("sqlite://{}", folder.path().join("no/such/folder.db").display());
    assert!(Db::connect(&missing).await.is_err());
    for unknown in ["", "not an address", "resolute.db", "mysql://127.0.0.1/resolute"] {
        assert!(Db::connect(unknown).await.is_err(), "{unknown}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named_with_its_cause_and_the_mend() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("folder.db")).unwrap();
    std::fs::write(folder.path().join("letter.db"), "Dear shop, ".repeat(400)).unwrap();
    for (name, why) in [
        ("folder.db", "it is a folder"),
        ("letter.db", "it is no SQLite database"),
        ("no/such/resolute.db", "there is no folder"),
    ] {
        let file = folder.path().join(name);
        let failure = Db::connect(&format!("sqlite://{}", file.display())).await.unwrap_err();
        let begin = format!("the database {} cannot be opened: ", file.display());
        assert!(failure.what.strip_prefix(&begin).is_some_and(|rest| rest.starts_with(why)), "{failure}");
        assert!(!failure.mend.is_empty() && !failure.to_string().contains("code"), "{failure}");
    }
}

#[tokio::test]
async fn a_file_that_may_only_be_read_is_no_place_to_work_with() {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_url(folder.path());
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    db.close().await;
    let reading = format!("{url}?mode=ro");
    let db = Db::connect(&reading).await.unwrap();
    assert!(brands::list(&db).await.unwrap().is_empty(), "who only reads may");
    db.close().await;
    let failure = Db::open(&reading).await.unwrap_err();
    assert!(failure.what.contains("resolute.db") && failure.what.contains("not write"), "{failure}");
    assert!(failure.mend.contains(&folder.path().display().to_string()), "{failure}");
    let db = Db::open(&url).await.unwrap();
    let left = number_of(&db, "select count(*) from sqlite_master where name = 'tried_to_write'").await;
    assert_eq!(left, 0, "what was tried is taken back");
    db.close().await;
}

/// A server that refuses everybody as PostgreSQL does, with this code.
async fn refusing(code: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1_024];
            let _ = stream.read(&mut asked).await.unwrap();
            let fields = format!("SFATAL\0VFATAL\0C{code}\0Mno\0\0");
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            stream.write_all(&[&b"E"[..], &length, fields.as_bytes()].concat()).await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_is_named_with_its_cause_and_without_the_password() {
    let servers = [
        (refusing("28P01").await, "the server refused the user or the password"),
        (refusing("3D000").await, "the server has no database of this name"),
        (free_port(), "nothing answers there"),
    ];
    for (port, why) in servers {
        let url = format!("postgres://desk:hunter2@127.0.0.1:{port}/shop?sslmode=disable");
        let failure = Db::connect(&url).await.unwrap_err();
        assert_eq!(failure.what, format!("the database shop at 127.0.0.1:{port} cannot be opened: {why}"));
        assert!(failure.mend.contains("DATABASE_URL") && !failure.to_string().contains("hunter2"), "{failure}");
    }
}
