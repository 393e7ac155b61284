//! What speaks for two contacts being one person: a proof, a hint, or nothing.

use resolute::inbox::{linking, people};
use resolute::model::ContactId;
use resolute::model::channel::Channel;
use resolute::model::person::{Lookalike, Reason};
use resolute::store::intake::{self, ConversationRow, NewTold};
use resolute::store::{channels, order_sources, people as kept};

use super::{bought, contact, desk, talk};
use crate::support::cast::{NOW, new_channel};
use crate::support::desk::{Engine, TestDesk};
use crate::support::forms::{page, said, send, taken};
use crate::support::stores::write;

async fn lookalikes(desk: &TestDesk, contact: ContactId) -> Vec<Lookalike> {
    kept::list_lookalikes(&desk.desk.db, contact).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_under_the_proved_names_of_both_proposes_a_merge() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let phone = contact(&desk, &cast, "Sofie K", ("phone", "+491512345678"), true).await;
        let here = talk(&desk, &cast, 2, (phone, "Sofie K")).await;
        let order = bought(&cast, "FJ-20417", ("Sofie@Example.com", "+49 151 2345678"));
        linking::choose_order(&desk.desk.inbox(), here.id, &order, &cast.sam).await.unwrap();

        let found = lookalikes(&desk, phone).await;
        assert_eq!((found.len(), found[0].contact_id, found[0].reason), (1, cast.sofie, Reason::Order));
        assert!(found[0].proof, "{found:?}");
        let mut browser = desk.browser().await;
        for path in
            ["/conversations/2?view=all".to_owned(), format!("/contacts/{phone}"), "/conversations/1?view=all".into()]
        {
            let shown = page(&mut browser, &path).await;
            assert!(shown.contains("because order FJ-20417 is known under the names of both"), "{path}: {shown}");
        }
        let other = cast.sofie.to_string();
        let path = format!("/contacts/{phone}/merges");
        taken(&mut browser, &path, &[("other", &other), ("back", "/conversations/2?view=all")]).await;
        assert_eq!(kept::contacts_of(&desk.desk.db, phone).await.unwrap().len(), 2);
        assert!(lookalikes(&desk, phone).await.is_empty(), "there is nothing left to ask");
        let merge = kept::list_merges(&desk.desk.db, phone).await.unwrap().remove(0);
        people::undo(&desk.desk.inbox(), merge.id, &cast.sam).await.unwrap();
        assert_eq!(lookalikes(&desk, phone).await.len(), 1, "what spoke for it still does");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_names_an_order_is_a_hint_that_people_can_refuse() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let stranger = contact(&desk, &cast, "Eve", ("telegram", "666"), true).await;
        let here = talk(&desk, &cast, 2, (stranger, "Eve")).await;
        let order = bought(&cast, "FJ-20417", ("sofie@example.com", "+491512345678"));
        // A teammate looks at the order beside the stranger's words.
        linking::choose_order(&desk.desk.inbox(), here.id, &order, &cast.sam).await.unwrap();
        let found = lookalikes(&desk, stranger).await;
        assert!(found.len() == 1 && !found[0].proof, "{found:?}");
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/conversations/2?view=all").await;
        assert!(shown.contains("that is a hint, and nothing proves it"), "{shown}");

        let other = cast.sofie.to_string();
        let path = format!("/contacts/{stranger}/merges/refusals");
        let answer = send(&mut browser, &path, &[("other", &other), ("back", "/inbox")]).await;
        assert!(said(&answer).contains("They stay two."), "{}", said(&answer));
        assert!(lookalikes(&desk, stranger).await.is_empty() && lookalikes(&desk, cast.sofie).await.is_empty());
        linking::choose_order(&desk.desk.inbox(), here.id, &order, &cast.sam).await.unwrap();
        assert!(lookalikes(&desk, stranger).await.is_empty(), "the same hint is not shown again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_a_marketplace_is_never_merged_on_anybodys_word() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        for (kind, value) in
            [("amazon_buyer", "x1@marketplace.example"), ("ebay_user", "sofie_k"), ("marketplace_user", "m/customer/1")]
        {
            let masked = contact(&desk, &cast, "A buyer", (kind, value), true).await;
            for pair in [(masked, cast.sofie), (cast.sofie, masked)] {
                let refused = people::merge(&inbox, pair, &cast.sam).await.unwrap_err().to_string();
                assert!(refused.contains("A marketplace keeps to itself who this is"), "{kind}: {refused}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_the_marketplace_names_and_its_buyer_has_elsewhere_lets_them_merge() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let masked = contact(&desk, &cast, "A buyer", ("ebay_user", "sk_1984"), true).await;
        let here = talk(&desk, &cast, 2, (masked, "A buyer")).await;
        let order = bought(&cast, "FJ-20417", ("sofie@example.com", ""));
        linking::choose_order(&inbox, here.id, &order, &cast.sam).await.unwrap();
        assert!(!lookalikes(&desk, masked).await[0].proof, "a number that the buyer wrote is a hint");
        assert!(people::merge(&inbox, (masked, cast.sofie), &cast.sam).await.is_err());

        let ebay = cast.channel("ebay", "Our shop on eBay");
        let told = told_on(&ebay, &here, masked);
        write(&desk.desk.db, async |tx| {
            channels::insert(tx, &new_channel(&ebay)).await?;
            intake::insert_told(tx, &[told]).await
        })
        .await;
        linking::choose_order(&inbox, here.id, &order, &cast.sam).await.unwrap();
        assert!(!lookalikes(&desk, masked).await[0].proof, "the brand’s own order with that number is another one");
        assert!(people::merge(&inbox, (masked, cast.sofie), &cast.sam).await.is_err());

        let shop = cast.shop_of(&ebay);
        write(&desk.desk.db, async |tx| order_sources::update(tx, &shop, b"sealed".to_vec()).await).await;
        linking::choose_order(&inbox, here.id, &order, &cast.sam).await.unwrap();
        assert!(lookalikes(&desk, masked).await[0].proof, "one that the marketplace names is a proof");
        people::merge(&inbox, (masked, cast.sofie), &cast.sam).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buyers_of_two_marketplaces_with_one_order_number_stay_two() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let inbox = desk.desk.inbox();
        let markets = [cast.channel("mirakl", "First market"), cast.channel("mirakl", "Second market")];
        let one = contact(&desk, &cast, "A buyer", ("marketplace_user", "first/customer/1"), true).await;
        let other = contact(&desk, &cast, "Another buyer", ("marketplace_user", "second/customer/1"), true).await;
        let here = talk(&desk, &cast, 2, (one, "A buyer")).await;
        let there = talk(&desk, &cast, 3, (other, "Another buyer")).await;
        let told = [told_on(&markets[0], &here, one), told_on(&markets[1], &there, other)];
        let shop = cast.shop_of(&markets[0]);
        write(&desk.desk.db, async |tx| {
            for market in &markets {
                channels::insert(tx, &new_channel(market)).await?;
            }
            order_sources::update(tx, &shop, b"sealed".to_vec()).await?;
            intake::insert_told(tx, &told).await
        })
        .await;
        // The orders that the first marketplace has, whoever's conversation they are put beside.
        let order = bought(&cast, "FJ-20417", ("", ""));
        for row in [&here, &there] {
            linking::choose_order(&inbox, row.id, &order, &cast.sam).await.unwrap();
        }
        for contact in [one, other] {
            let found = lookalikes(&desk, contact).await;
            assert!(found.iter().all(|lookalike| !lookalike.proof), "{found:?}");
        }
        for pair in [(one, other), (other, one)] {
            let refused = people::merge(&inbox, pair, &cast.sam).await.unwrap_err().to_string();
            assert!(refused.contains("A marketplace keeps to itself who this is"), "{refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_customers_of_one_thread_and_the_operator_are_three() {
    for engine in Engine::all() {
        let (desk, cast, _) = desk(engine).await;
        let market = cast.channel("mirakl", "A market");
        let one = contact(&desk, &cast, "A buyer", ("marketplace_user", "first/customer/1"), true).await;
        let other = contact(&desk, &cast, "A colleague", ("marketplace_user", "first/customer/2"), true).await;
        let operator = contact(&desk, &cast, "Ole", ("marketplace_operator", "first/operator"), true).await;
        let here = talk(&desk, &cast, 2, (one, "A buyer")).await;
        let told = [one, other, operator].map(|contact| told_on(&market, &here, contact));
        let shop = cast.shop_of(&market);
        write(&desk.desk.db, async |tx| {
            channels::insert(tx, &new_channel(&market)).await?;
            order_sources::update(tx, &shop, b"sealed".to_vec()).await?;
            intake::insert_told(tx, &told).await
        })
        .await;
        let order = bought(&cast, "FJ-20417", ("sofie@example.com", ""));
        linking::choose_order(&desk.desk.inbox(), here.id, &order, &cast.sam).await.unwrap();
        for contact in [other, operator] {
            assert!(lookalikes(&desk, contact).await.is_empty(), "one order makes them nobody else");
            let refused = people::merge(&desk.desk.inbox(), (contact, one), &cast.sam).await.unwrap_err().to_string();
            assert!(refused.contains("A marketplace keeps to itself who this is"), "{refused}");
        }
        let found = lookalikes(&desk, one).await;
        assert_eq!((found.len(), found[0].contact_id, found[0].proof), (1, cast.sofie, true), "but she may be");
    }
}

/// That a marketplace names an order for a buyer.
fn told_on(market: &Channel, row: &ConversationRow, buyer: ContactId) -> NewTold {
    NewTold {
        channel_id: market.id,
        order_number: "FJ-20417".into(),
        conversation_id: row.id,
        contact_id: buyer,
        created_at: NOW,
    }
}
