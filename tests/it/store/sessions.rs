//! Who is signed in, and which programs may act for whom.

use resolute::model::teammate::Role;
use resolute::store::{Db, Error, api_tokens, sessions};

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{on_both, write};

async fn sign_in(db: &Db, cast: &Cast, token: &[u8], ends: i64) {
    write(db, async |tx| sessions::insert(tx, token, cast.sam.id, "csrf 'é'", NOW, at(ends)).await).await;
}

async fn is_signed_in(db: &Db, token: &[u8], seconds: i64) -> bool {
    sessions::find(db, token, at(seconds)).await.unwrap().is_some()
}

async fn disable(db: &Db) {
    let statement = "update teammates set disabled_at = created_at where name = 'Sam'";
    match db {
        Db::Sqlite { write, .. } => drop(sqlx::query(statement).execute(write).await.unwrap()),
        Db::Postgres { write: pool, .. } => drop(sqlx::query(statement).execute(pool).await.unwrap()),
    }
}

#[tokio::test]
async fn a_session_lives_until_its_end() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        sign_in(&db, &cast, b"\0\xff one", 10).await;
        let session = sessions::find(&db, b"\0\xff one", NOW).await.unwrap().unwrap();
        assert_eq!((session.teammate.id, session.teammate.role), (cast.sam.id, Role::Teammate));
        assert_eq!((session.csrf_token.as_str(), session.expires_at), ("csrf 'é'", at(10)));
        assert!(!is_signed_in(&db, b"two", 0).await);
        assert!(is_signed_in(&db, b"\0\xff one", 9).await);
        assert!(!is_signed_in(&db, b"\0\xff one", 10).await);
        let mut tx = db.begin().await.unwrap();
        let twice = sessions::insert(&mut tx, b"\0\xff one", cast.noor.id, "", NOW, at(1)).await;
        assert!(matches!(twice, Err(Error::Duplicate)));
    })
    .await;
}

#[tokio::test]
async fn signing_out_here_everywhere_and_by_time() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        for (token, ends) in [(b"one", 10), (b"two", 20), (b"thr", 30)] {
            sign_in(&db, &cast, token, ends).await;
        }
        write(&db, async |tx| sessions::delete(tx, b"two").await).await;
        assert!(!is_signed_in(&db, b"two", 0).await && is_signed_in(&db, b"one", 0).await);
        assert_eq!(write(&db, async |tx| sessions::delete_expired(tx, at(10)).await).await, 1);
        write(&db, async |tx| sessions::insert(tx, b"hers", cast.noor.id, "", NOW, at(40)).await).await;
        write(&db, async |tx| sessions::delete_of(tx, cast.sam.id).await).await;
        assert!(!is_signed_in(&db, b"thr", 0).await && is_signed_in(&db, b"hers", 0).await);
    })
    .await;
}

#[tokio::test]
async fn who_left_the_team_is_signed_out_and_their_programs_too() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        sign_in(&db, &cast, b"one", 10).await;
        write(&db, async |tx| api_tokens::insert(tx, b"tok", cast.sam.id, "read", NOW).await).await;
        assert_eq!(api_tokens::find_owner(&db, b"tok").await.unwrap().unwrap().id, cast.sam.id);
        assert!(api_tokens::find_owner(&db, b"other").await.unwrap().is_none());
        disable(&db).await;
        assert!(!is_signed_in(&db, b"one", 0).await);
        assert!(api_tokens::find_owner(&db, b"tok").await.unwrap().is_none());
    })
    .await;
}
