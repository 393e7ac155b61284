//! WhatsApp says which phone number is behind an id of its own.

use std::collections::BTreeSet;

use resolute::inbox::people;
use resolute::model::ContactId;
use resolute::store::intake::{self, BrandIdentity, NewContact};
use resolute::store::{messages, people as kept, teammates};
use serde_json::json;

use crate::support::desk::{Engine, MONDAY, TestDesk};
use crate::support::forms::page;
use crate::support::stores::write;
use crate::told_later::{ACCOUNT, ANA, Whatsapp, connected, text};

const PHONE: &str = ANA[1];
const USER: &str = ANA[2];
/// Under which ids of this account are kept.
const KIND: &str = "whatsapp_user@700001";

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
    let name = BrandIdentity { brand_id: desk.setup.brand, kind: KIND.into(), value: USER.into() };
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

/// Somebody writes on WhatsApp, which names their id and their number, or one of them, where the other one is `""`.
async fn writes(ours: &mut Whatsapp, id: &str, who: (&str, &str), text: &str) {
    let told = told(id, who, text);
    ours.post(told).await;
    ours.desk.drain().await;
}

fn told(id: &str, (user_id, phone): (&str, &str), text: &str) -> serde_json::Value {
    let contact = json!({ "profile": { "name": "Ana" }, "wa_id": phone, "user_id": user_id });
    let message = json!({
        "id": id, "from": phone, "from_user_id": user_id, "type": "text", "text": { "body": text },
        "timestamp": (MONDAY.0 / 1_000_000).to_string(),
    });
    // Where it names one of them alone nobody stands beside the message.
    let contacts = if user_id.is_empty() || phone.is_empty() { json!([]) } else { json!([contact]) };
    json!({ "contacts": contacts, "messages": [message] })
}

/// What was said, by conversation, and how many customers there are.
async fn stand(desk: &TestDesk) -> (Vec<Vec<String>>, usize) {
    let listed = desk.api_get("/api/v1/conversations?limit=50").await;
    let mut numbers: Vec<i64> =
        listed["items"].as_array().unwrap().iter().map(|row| row["number"].as_i64().unwrap()).collect();
    numbers.sort_unstable();
    let (mut said, mut customers) = (Vec::new(), BTreeSet::new());
    for number in numbers {
        let talk = desk.talk(number).await;
        let all = messages::list(&desk.desk.db, talk.id, 50).await.unwrap();
        customers.extend(all.iter().filter_map(|message| message.contact_id).map(|contact| contact.0));
        said.push(all.into_iter().map(|message| message.body).collect());
    }
    (said, customers.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_names_its_writer_in_two_ways_is_one() {
    for engine in Engine::all() {
        let ways = [(USER, PHONE), ("", PHONE)];
        for [first, second] in [ways, [ways[1], ways[0]]] {
            let mut ours = Whatsapp::start(engine).await;
            writes(&mut ours, "wamid.1", first, "Hello?").await;
            writes(&mut ours, "wamid.1", second, "Hello?").await;
            assert_eq!(stand(&ours.desk).await, (vec![vec!["Hello?".to_owned()]], 1), "{first:?}");
            writes(&mut ours, "wamid.2", (USER, ""), "Anybody?").await;
            let said = vec!["Hello?".to_owned(), "Anybody?".to_owned()];
            assert_eq!(stand(&ours.desk).await, (vec![said], 1), "{first:?}: the second one said more, or less");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_by_the_number_alone_is_who_has_proved_it_there() {
    for engine in Engine::all() {
        let ways = [(USER, PHONE), ("", PHONE)];
        for [first, second] in [ways, [ways[1], ways[0]]] {
            let mut ours = Whatsapp::start(engine).await;
            for (at, (who, text)) in
                [(first, "One"), (second, "Two"), ((USER, ""), "Three"), (("", PHONE), "Four")].into_iter().enumerate()
            {
                writes(&mut ours, &format!("wamid.{at}"), who, text).await;
            }
            let said = ["One", "Two", "Three", "Four"].map(str::to_owned).to_vec();
            assert_eq!(stand(&ours.desk).await, (vec![said], 1), "{first:?}");
            assert_eq!(names(&ours.desk, ana(&ours.desk).await).await, 1, "one contact, and no merge of two");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_number_after_somebody_is_somebody_else() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        writes(&mut ours, "wamid.1", (USER, PHONE), "From Ana").await;
        writes(&mut ours, "wamid.2", ("DE.99999", PHONE), "From who has her number now").await;
        let said = ["From Ana", "From who has her number now"].map(|text| vec![text.to_owned()]).to_vec();
        assert_eq!(stand(&ours.desk).await, (said, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_somebody_has_in_another_way_names_nobody_on_whatsapp() {
    for engine in Engine::all() {
        for proved in [true, false] {
            let mut ours = Whatsapp::start(engine).await;
            let known = known(&ours.desk, proved).await;
            writes(&mut ours, "wamid.1", ("", PHONE), "Hello?").await;
            let talk = ours.desk.newest().await;
            assert_ne!(talk.contact_id, known, "a contact of its own, whatever is merged behind that");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_one_business_names_nobody_at_another() {
    for engine in Engine::all() {
        for (account, customers) in [(ACCOUNT, 1), ("700002", 2)] {
            let mut ours = Whatsapp::start(engine).await;
            let other = connected(&ours.desk, (account, "800002")).await;
            writes(&mut ours, "wamid.1", (USER, ""), "To the first number").await;
            let second = told("wamid.2", (USER, ""), "To the second one");
            ours.post_to((other, account, "800002"), second).await;
            ours.desk.drain().await;
            let said = ["To the first number", "To the second one"].map(|text| vec![text.to_owned()]).to_vec();
            assert_eq!(stand(&ours.desk).await, (said, customers), "{account}");
            let ana = ana(&ours.desk).await;
            assert_eq!(names(&ours.desk, ana).await, 1, "{account}: and no two are one person");
            let shown = page(&mut ours.desk.browser().await, &format!("/contacts/{ana}")).await;
            assert!(shown.contains("WhatsApp user") && !shown.contains(KIND), "{shown}");
        }
    }
}
