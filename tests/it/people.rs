//! Contacts become one person and come apart again, and nobody becomes one by a number that anybody can write.

mod claims;
mod proofs;
mod vouched;

use channel_contract::Order;
use resolute::inbox::people;
use resolute::model::ContactId;
use resolute::model::order::KnownOrder;
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage};
use resolute::store::people as kept;
use serde_json::json;

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send};
use crate::support::stores::write;

/// A desk with the cast, and a conversation of Sofie by mail.
async fn desk(engine: Engine) -> (TestDesk, Cast, ConversationRow) {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 1).await;
    (desk, cast, row)
}

/// Somebody with one name.
async fn contact(desk: &TestDesk, cast: &Cast, name: &str, (kind, value): (&str, &str), proved: bool) -> ContactId {
    let id: ContactId = cast.clock.new_id();
    let contact = NewContact {
        id,
        brand_id: cast.brand.id,
        name: name.into(),
        kind: kind.into(),
        value: value.into(),
        proved,
        created_at: at(1),
    };
    write(&desk.desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
    id
}

/// An open conversation of somebody, in which they have written.
async fn talk(desk: &TestDesk, cast: &Cast, number: i64, (id, name): (ContactId, &str)) -> ConversationRow {
    let row = ConversationRow { contact_id: id, contact_name: name.into(), ..cast.conversation(number) };
    let said = NewMessage { contact_id: Some(id), sender_name: name.into(), ..cast.message(&row, "Is it on its way?") };
    put(&desk.desk.db, std::slice::from_ref(&row), &[said]).await;
    row
}

/// An order of the cast's shop, bought under these names.
pub(crate) fn bought(cast: &Cast, number: &str, (email, phone): (&str, &str)) -> KnownOrder {
    let money = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
    let order: Order = serde_json::from_value(json!({
        "id": number, "number": number, "status": "shipped",
        "placed_at": "2025-11-20T10:00:00Z", "updated_at": "2025-11-21T10:00:00Z",
        "buyer": { "id": "b", "name": "Sofie Keller", "email": email, "phone": phone },
        "shipping_address": { "name": "", "line1": "", "line2": "", "postal_code": "", "city": "", "region": "", "country": "DE" },
        "lines": [], "shipping_price": money(0), "total": money(4_200),
        "payments": [], "refunds": [], "shipments": [], "returns": [], "invoice_url": "", "actions": [],
    }))
    .unwrap();
    KnownOrder { source_id: cast.shop.id, source_name: cast.shop.name.clone(), order, read_at: NOW }
}

/// The numbers of a person's conversations.
async fn numbers_of(desk: &TestDesk, contact: ContactId) -> Vec<i64> {
    let rows = kept::list_conversations(&desk.desk.db, contact, None, 50).await.unwrap();
    let mut numbers: Vec<i64> = rows.iter().map(|row| row.number).collect();
    numbers.sort_unstable();
    numbers
}

/// The values of a person's names.
async fn names_of(desk: &TestDesk, contact: ContactId) -> Vec<String> {
    let names = kept::identities(&desk.desk.db, contact).await.unwrap();
    names.into_iter().map(|name| name.value).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_of_contacts_shows_both_and_its_end_gives_each_back_what_is_theirs() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let phone = contact(&desk, &cast, "Sofie K", ("phone", "+491512345678"), true).await;
        talk(&desk, &cast, 2, (phone, "Sofie K")).await;
        let before = (numbers_of(&desk, cast.sofie).await, numbers_of(&desk, phone).await);
        assert_eq!(before, (vec![1], vec![2]));

        let merged = people::merge(&inbox, (phone, cast.sofie), &cast.sam).await.unwrap();
        for contact in [cast.sofie, phone] {
            assert_eq!(numbers_of(&desk, contact).await, [1, 2]);
            assert_eq!(names_of(&desk, contact).await, ["sofie@example.com", "+491512345678"]);
        }
        assert_eq!(desk.talk(2).await.contact_id, phone, "nothing moved");
        assert!(people::merge(&inbox, (cast.sofie, phone), &cast.sam).await.is_err(), "they are one already");
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, &format!("/contacts/{}", cast.sofie)).await;
        for words in ["id=\"row-1\"", "id=\"row-2\"", "+491512345678", "One person with", "Sofie K"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let shown = page(&mut browser, "/conversations/2?view=all").await;
        assert!(shown.contains("Sam said that the customer and another contact are one person"), "{shown}");
        assert!(shown.contains("Merge #1 into this one"), "cases of one person merge at once: {shown}");

        // What comes since under a name is that name's.
        talk(&desk, &cast, 3, (phone, "Sofie K")).await;
        let third = contact(&desk, &cast, "Ole", ("telegram", "77"), true).await;
        let later = people::merge(&inbox, (third, phone), &cast.sam).await.unwrap();
        assert!(people::undo(&inbox, merged.id, &cast.sam).await.is_err(), "the last one first");
        people::undo(&inbox, later.id, &cast.sam).await.unwrap();
        let path = format!("/contact-merges/{}/deletion", merged.id);
        let answer = send(&mut browser, &path, &[("back", "/inbox")]).await;
        assert!(said(&answer).contains("Both stand for themselves again"), "{}", said(&answer));
        assert_eq!(numbers_of(&desk, cast.sofie).await, [1]);
        assert_eq!(numbers_of(&desk, phone).await, [2, 3]);
        assert_eq!(names_of(&desk, phone).await, ["+491512345678"]);
        assert!(numbers_of(&desk, third).await.is_empty());
        assert!(people::undo(&inbox, merged.id, &cast.sam).await.is_err(), "once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_merge_at_once_make_one_merge_of_it() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let phone = contact(&desk, &cast, "Sofie K", ("phone", "+491512345678"), true).await;
        let (one, other) = tokio::join!(
            people::merge(&inbox, (phone, cast.sofie), &cast.sam),
            people::merge(&inbox, (cast.sofie, phone), &cast.noor),
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert_eq!(kept::contacts_of(&desk.desk.db, phone).await.unwrap().len(), 2);
        assert_eq!(kept::list_merges(&desk.desk.db, cast.sofie).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn customers_of_different_brands_stay_two() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let foreign: ContactId = cast.clock.new_id();
        let row = NewContact {
            id: foreign,
            brand_id: desk.setup.brand,
            name: "Sofie".into(),
            kind: "email".into(),
            value: "sofie@example.com".into(),
            proved: true,
            created_at: NOW,
        };
        write(&desk.desk.db, async |tx| intake::insert_contacts(tx, &[row]).await).await;
        let refused = people::merge(&desk.desk.inbox(), (foreign, cast.sofie), &cast.sam).await.unwrap_err();
        assert!(refused.to_string().contains("different brands"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_called_by_a_name_and_not_by_a_number() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let number = "+353850000410";
        let phone = contact(&desk, &cast, number, ("phone", number), false).await;
        talk(&desk, &cast, 2, (phone, number)).await;
        // Said from the conversation with the number.
        let inbox = desk.desk.inbox();
        let kept = people::merge(&inbox, (cast.sofie, phone), &cast.sam).await.unwrap();
        assert_eq!((kept.source_id, kept.target_id), (phone, cast.sofie), "who has a name stands for both");
        let mut browser = desk.browser().await;
        for contact in [phone, cast.sofie] {
            let shown = page(&mut browser, &format!("/contacts/{contact}")).await;
            let head = shown.split("</h1>").next().unwrap_or_default();
            assert!(head.contains("Sofie") && !head.contains(number), "{shown}");
        }
        people::undo(&inbox, kept.id, &cast.sam).await.unwrap();
        assert_eq!((numbers_of(&desk, cast.sofie).await, numbers_of(&desk, phone).await), (vec![1], vec![2]));
        let third = contact(&desk, &cast, "pia@example.com", ("email", "pia@example.com"), true).await;
        let kept = people::merge(&inbox, (third, phone), &cast.sam).await.unwrap();
        assert_eq!(kept.target_id, third, "an address says more than a number");
    }
}
