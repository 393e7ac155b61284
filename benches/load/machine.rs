//! What this machine can do by itself, measured in the same folder: no figure of the desk means much without it.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

use super::figures::{Table, Times};
use super::stage::Options;

/// Rows of one transaction of the bare loop.
const GROUP: u32 = 256;

pub(crate) async fn measure(options: &Options, table: &mut Table) {
    let folder = options.temporary_folder();
    let mut file = std::fs::File::create(folder.path().join("fsync")).unwrap();
    let block = [7_u8; 4096];
    let mut times = Times::default();
    for _ in 0..300 {
        let begun = Instant::now();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&block).unwrap();
        file.sync_all().unwrap();
        times.add(begun.elapsed());
    }
    table.row("machine: write 4 KiB + fsync", times.words(), "");

    let mut connection = SqliteConnectOptions::new()
        .filename(folder.path().join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await
        .unwrap();
    sqlx::query("create table mail (id integer primary key, body blob not null)")
        .execute(&mut connection)
        .await
        .unwrap();
    let insert = "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1)
        insert into mail (body) select randomblob(2300) from n";
    for (rows, what) in [(1, "one mail"), (GROUP, "256 mails")] {
        let (begun, mut commits) = (Instant::now(), 0_u32);
        while begun.elapsed() < Duration::from_secs(2) {
            sqlx::query(insert).bind(rows).execute(&mut connection).await.unwrap();
            commits += 1;
        }
        let per_second = f64::from(commits * rows) / begun.elapsed().as_secs_f64();
        table.row(
            &format!("machine: bare SQLite commits of {what} of 2.3 KB"),
            format!(
                "{per_second:.0} mails/s, {:.2} ms a commit",
                begun.elapsed().as_secs_f64() * 1e3 / f64::from(commits)
            ),
            "",
        );
    }
    connection.close().await.unwrap();
}
