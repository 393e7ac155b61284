//! Who writes, by their names on channels.

use resolute::store::contacts;
use resolute::store::intake::{self, BrandIdentity, NewContact};

use super::WILD;
use crate::support::cast::{Cast, at, email};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn contacts_are_found_by_their_identity() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let new = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: WILD.into(),
            kind: "phone".into(),
            value: "+4915112345678".into(),
            proved: false,
            created_at: at(4),
        };
        let nameless = NewContact { id: cast.clock.new_id(), value: String::new(), ..new.clone() };
        write(&db, async |tx| intake::insert_contacts(tx, &[new.clone(), nameless.clone()]).await).await;
        let contact = contacts::get(&db, new.id).await.unwrap();
        assert_eq!((contact.name.as_str(), contact.brand_id, contact.created_at), (WILD, cast.brand.id, at(4)));
        assert_eq!(contact.locale, "");
        let identities = contacts::identities(&db, new.id).await.unwrap();
        assert_eq!(identities.len(), 1);
        assert_eq!((identities[0].value.as_str(), identities[0].proved), ("+4915112345678", false));
        assert!(contacts::identities(&db, cast.sofie).await.unwrap()[0].proved);
        assert!(contacts::get(&db, cast.clock.new_id()).await.is_err());
        assert!(contacts::identities(&db, nameless.id).await.unwrap().is_empty(), "nothing names this one");

        let wanted = [
            BrandIdentity::new(cast.brand.id, &email(" Sofie@Example.com ")),
            BrandIdentity { brand_id: cast.brand.id, kind: "email".into(), value: "+4915112345678".into() },
            BrandIdentity { brand_id: cast.clock.new_id(), kind: "email".into(), value: "sofie@example.com".into() },
        ];
        let found = write(&db, async |tx| intake::find_contacts(tx, &wanted).await).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].contact_id, found[0].name.as_str()), (cast.sofie, "Sofie Keller"));
        assert_eq!((found[0].kind.as_str(), found[0].value.as_str()), ("email", "sofie@example.com"));
    })
    .await;
}

#[tokio::test]
async fn an_identity_stays_with_the_contact_who_had_it_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let second = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Somebody".into(),
            kind: "email".into(),
            value: "sofie@example.com".into(),
            proved: false,
            created_at: at(4),
        };
        write(&db, async |tx| intake::insert_contacts(tx, std::slice::from_ref(&second)).await).await;
        assert!(contacts::identities(&db, second.id).await.unwrap().is_empty());
        assert!(contacts::identities(&db, cast.sofie).await.unwrap()[0].proved);
    })
    .await;
}
