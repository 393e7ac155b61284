//! WhatsApp says which phone number is behind an id of its own.

use resolute::inbox::people;
use resolute::model::ContactId;
use resolute::store::intake::{self, BrandIdentity, NewContact};
use resolute::store::{people as kept, teammates};

use crate::support::desk::{Engine, MONDAY, TestDesk};
use crate::support::stores::write;
use crate::told_later::{ANA, Whatsapp, text};

/// Ana writes on WhatsApp, which names her id and her number.
async fn ana_writes(ours: &mut Whatsapp, id: &str) {
    ours.does(ANA, id, 0, text("Hello?")).await;
    ours.desk.drain().await;
}

/// Somebody who wrote from the number in another way.
async fn known(desk: &TestDesk, proved: bool) -> ContactId {
    let id: ContactId = desk.desk.clock.new_id();
    let contact = NewContact {
        id,
        brand_id: desk.setup.brand,
        name: "Ana by phone".into(),
        kind: "phone".into(),
        value: "+4915112345678".into(),
        proved,
        created_at: MONDAY,
    };
    write(&desk.desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
    id
}

async fn ana(desk: &TestDesk) -> ContactId {
    let name = BrandIdentity { brand_id: desk.setup.brand, kind: "whatsapp_user".into(), value: ANA[2].into() };
    let found = write(&desk.desk.db, async |tx| intake::find_contacts(tx, &[name]).await).await;
    found[0].contact_id
}

async fn names(desk: &TestDesk, contact: ContactId) -> usize {
    kept::contacts_of(&desk.desk.db, contact).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_both_have_proved_makes_one_person_until_a_teammate_says_otherwise() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        let db = ours.desk.desk.db.clone();
        let known = known(&ours.desk, true).await;
        ana_writes(&mut ours, "wamid.1").await;
        let ana = ana(&ours.desk).await;
        assert!(ana != known && names(&ours.desk, known).await == 2, "they are one person, and two contacts");
        let merge = kept::list_merges(&db, ana).await.unwrap().remove(0);
        assert_eq!(merge.teammate_id, None);

        let by = teammates::find(&db, ours.desk.setup.teammate).await.unwrap().unwrap();
        people::undo(&ours.desk.desk.inbox(), merge.id, &by).await.unwrap();
        assert_eq!((names(&ours.desk, known).await, names(&ours.desk, ana).await), (1, 1));
        ana_writes(&mut ours, "wamid.2").await;
        assert_eq!(names(&ours.desk, known).await, 1, "the next message does not say it again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_other_one_only_claims_is_a_hint() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        let known = known(&ours.desk, false).await;
        ana_writes(&mut ours, "wamid.1").await;
        assert_eq!(names(&ours.desk, known).await, 1);
        let found = kept::list_lookalikes(&ours.desk.desk.db, known).await.unwrap();
        let ana = ana(&ours.desk).await;
        assert!(found.len() == 1 && !found[0].proof && found[0].contact_id == ana, "{found:?}");
    }
}
