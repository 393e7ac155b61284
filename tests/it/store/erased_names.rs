//! Who was erased, by names that a platform has made for one account.

use std::collections::HashMap;

use resolute::store::erased_names;
use resolute::store::intake::{self, BrandIdentity, NewIdentity};

use crate::support::cast::{Cast, NOW, at};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn a_name_of_one_account_is_known_as_erased_for_a_while_and_no_other_is() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let named =
            |kind: &str, value: &str| BrandIdentity { brand_id: cast.brand.id, kind: kind.into(), value: value.into() };
        let [hers, elsewhere] = ["messenger_user@1001", "messenger_user@1002"].map(|kind| named(kind, "77"));
        let all = [hers.clone(), elsewhere, named("email", "sofie@example.com")];
        let identity = NewIdentity {
            id: cast.sofie,
            brand_id: cast.brand.id,
            kind: hers.kind.clone(),
            value: hers.value.clone(),
            proved: true,
            created_at: NOW,
        };
        write(&db, async |tx| intake::insert_identities(tx, &[identity]).await).await;
        let erased = async || write(&db, async |tx| erased_names::find(tx, &all).await).await;
        assert_eq!(erased().await, HashMap::new());
        for seconds in [5, 9] {
            write(&db, async |tx| erased_names::note(tx, cast.sofie, at(seconds)).await).await;
            assert_eq!(erased().await, HashMap::from([(hers.clone(), at(seconds))]));
        }
        for (seconds, known) in [(9, 1), (10, 0)] {
            write(&db, async |tx| erased_names::forget_older(tx, at(seconds)).await).await;
            assert_eq!(erased().await.len(), known);
        }
    })
    .await;
}
