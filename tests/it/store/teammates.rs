//! People on staff.

use resolute::model::teammate::Role;
use resolute::store::{Error, teammates};

use crate::support::cast::{Cast, NOW};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn people_are_listed_by_name_and_found() {
    on_both(async |db| {
        assert!(teammates::is_empty(&db).await.unwrap());
        let cast = Cast::stored(&db).await;
        assert!(!teammates::is_empty(&db).await.unwrap());
        let names: Vec<String> = teammates::list(&db).await.unwrap().into_iter().map(|person| person.name).collect();
        assert_eq!(names, ["Noor", "Sam"]);
        let noor = teammates::find(&db, cast.noor.id).await.unwrap().unwrap();
        assert_eq!(format!("{noor:?}"), format!("{:?}", cast.noor));
        assert!(teammates::find(&db, cast.clock.new_id()).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn signing_in_does_not_mind_case_and_spaces() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let id = cast.clock.new_id();
        write(&db, async |tx| {
            teammates::insert(tx, id, " ÄNNE@Fjell.Example ", "Änne", Role::Manager, "first", NOW).await
        })
        .await;
        let found = teammates::find_credentials(&db, "änne@FJELL.example\n").await.unwrap().unwrap();
        assert_eq!((found.teammate.id, found.password_hash.as_str()), (id, "first"));
        assert_eq!(found.teammate.email, "änne@fjell.example");
        write(&db, async |tx| teammates::set_password(tx, id, "second").await).await;
        let found = teammates::find_credentials(&db, "änne@fjell.example").await.unwrap().unwrap();
        assert_eq!(found.password_hash, "second");
        assert_eq!(teammates::find_credentials(&db, "sam@fjell.example").await.unwrap().unwrap().password_hash, "hash");
        assert!(teammates::find_credentials(&db, "nobody@fjell.example").await.unwrap().is_none());

        let mut tx = db.begin().await.unwrap();
        let twice =
            teammates::insert(&mut tx, cast.clock.new_id(), "Sam@fjell.example", "S", Role::Admin, "x", NOW).await;
        assert!(matches!(twice, Err(Error::Duplicate)));
    })
    .await;
}
