//! A platform asks that somebody be forgotten.

use resolute::store::intake::{self, NewContact};

use crate::support::cast::{Cast, NOW};
use crate::support::desk::{Engine, Wish};
use crate::support::stand::Stand;
use crate::support::stores::{number_of, write};

#[tokio::test(flavor = "multi_thread")]
async fn who_closed_an_account_at_ebay_is_forgotten_in_every_brand() {
    const FIRST: &str = "select count(*) from contact_identities where kind = 'ebay_user' and value = 'buyer_1'";
    const OTHERS: &str = "select count(*) from contact_identities where kind = 'ebay_user' and value <> 'buyer_1'";
    const BYTES: &str = "select count(*) from raw_events where length(body) > 0";
    for engine in Engine::all() {
        let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &["ebay"]).await;
        let (desk, line) = (&stand.desk, stand.line());
        let db = &desk.desk.db;
        let number = stand.asks(line, 1, "Where is it?").await;
        let before = number_of(db, OTHERS).await;
        // The customers of an account in another brand.
        let cast = Cast::stored(db).await;
        let customer = |name: &str| NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: name.to_owned(),
            kind: "ebay_user".to_owned(),
            value: name.to_owned(),
            proved: true,
            created_at: NOW,
        };
        let customers = ["buyer_1", "buyer_2", "buyer_3"].map(customer);
        write(db, async |tx| intake::insert_contacts(tx, &customers).await).await;
        assert_eq!(number_of(db, FIRST).await, 2);
        assert_eq!(number_of(db, OTHERS).await, before + 2);

        let closes = async |username: &str, id: &str| {
            let told = stand.platforms.together.ebay().account_deletion(username, id);
            stand.push(&line.path, &told).await;
            desk.drain().await;
        };
        let bytes = number_of(db, BYTES).await;
        closes("buyer_2", "u-2").await;
        assert_eq!(number_of(db, OTHERS).await, before + 1, "eBay tells it to one account alone");
        assert_eq!(number_of(db, BYTES).await, bytes, "what asks for it names them, and is kept no longer");
        closes("buyer_1", "u-1").await;
        assert_eq!(number_of(db, FIRST).await, 0);
        assert_eq!(number_of(db, OTHERS).await, before + 1, "nobody else is");
        assert_eq!(desk.talk(number).await.contact_name, "Erased customer");
    }
}
