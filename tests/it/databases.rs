//! The test databases themselves: made, copied from a template, dropped.

use sqlx::{Connection, PgConnection, Row};

use crate::support::postgres::{self, Database};

#[tokio::test]
async fn a_test_database_is_a_copy_of_the_template_and_goes_with_the_test() {
    let Some(server) = postgres::server() else { return };
    let template = "resolute_smoke_template";
    let migrate = async |url: &str| {
        let mut connection = PgConnection::connect(url).await.unwrap();
        sqlx::raw_sql("create table cup (tea text); insert into cup values ('green')")
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    };
    postgres::template(&server, template, migrate).await;
    postgres::template(&server, template, async |_: &str| panic!("a template is migrated once")).await;

    let (one, other) = (Database::copy_of(&server, template).await, Database::copy_of(&server, template).await);
    execute(&one.url, "update cup set tea = 'black'").await;
    assert_eq!(text(&one.url, "select tea from cup").await, "black");
    assert_eq!(text(&other.url, "select tea from cup").await, "green");

    let urls = [one.url.clone(), other.url.clone()];
    drop(one);
    drop(other);
    for url in urls {
        assert!(PgConnection::connect(&url).await.is_err(), "{url} is gone");
    }
    postgres::drop_database(&server, template).await;
}

#[tokio::test]
async fn a_name_can_be_used_again() {
    let Some(server) = postgres::server() else { return };
    let url = postgres::create_database(&server, "resolute_smoke_again").await;
    execute(&url, "create table cup ()").await;
    let url = postgres::create_database(&server, "resolute_smoke_again").await;
    assert_eq!(text(&url, "select count(*)::text from pg_tables where tablename = 'cup'").await, "0");
    postgres::drop_database(&server, "resolute_smoke_again").await;
    assert!(PgConnection::connect(&url).await.is_err());
}

async fn execute(url: &str, statement: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn text(url: &str, query: &str) -> String {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let row = sqlx::query(sqlx::AssertSqlSafe(query.to_owned())).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    row.get(0)
}
