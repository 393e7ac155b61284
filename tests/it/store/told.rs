//! Orders that platforms name, and news of them.

use resolute::model::numbering::{Numbering, Tie};
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::store::intake::{self, About, ChannelKey, NewContact, NewNews, NewTold};
use resolute::store::{channels, conversations, messages, order_sources, orders, people};

use super::orders::order;
use crate::support::cast::{Cast, NOW, at, new_channel};
use crate::support::stores::{on_both, write};

#[tokio::test]
async fn what_is_told_before_the_platform_itself_is_told_for_nobody_who_buys() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let hers = cast.open(&db, 1).await;
        let operator = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "marketplace_operator".into(),
            value: "market/operator".into(),
            proved: true,
            created_at: at(0),
        };
        let theirs = intake::ConversationRow { contact_id: operator.id, ..cast.conversation(2) };
        let told = |talk: &intake::ConversationRow, seconds: i64| NewTold {
            channel_id: cast.mail.id,
            order_number: "302-1".into(),
            conversation_id: talk.id,
            contact_id: talk.contact_id,
            created_at: at(seconds),
        };
        let all = [told(&hers, 1), told(&theirs, 2)];
        let (ole, talk) = (operator.id, theirs.id);
        write(&db, async |tx| {
            intake::insert_contacts(tx, &[operator]).await?;
            intake::upsert_conversations(tx, &[theirs]).await?;
            intake::insert_told(tx, &all).await
        })
        .await;
        let asked = ChannelKey { channel_id: cast.mail.id, key: "302-1".into() };
        let found = write(&db, async |tx| intake::find_told(tx, &[asked]).await).await;
        assert_eq!(found.iter().map(|target| target.conversation_id).collect::<Vec<_>>(), [hers.id], "news is hers");
        let number = ("302-1", Numbering::on(cast.mail.id, "email"));
        let buyers = write(&db, async |tx| people::list_told_buyers(tx, cast.brand.id, number).await).await;
        assert_eq!(buyers, [cast.sofie]);
        assert!(orders::list_told(&db, talk, cast.mail.id).await.unwrap().is_empty());
        let named = orders::list_told_anywhere(&db, talk).await.unwrap();
        assert_eq!(named, [(cast.mail.id, "302-1".to_owned())], "the order is read for them, too");
        let platforms = write(&db, async |tx| people::list_platforms(tx, &[cast.sofie, ole]).await).await;
        assert_eq!(platforms, [ole]);
    })
    .await;
}

#[tokio::test]
async fn what_a_platform_names_is_found_by_channel_and_number() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let (first, second) = (cast.open(&db, 1).await, cast.open(&db, 2).await);
        let told = |talk: &intake::ConversationRow, seconds: i64| NewTold {
            channel_id: cast.mail.id,
            order_number: "302-1".into(),
            conversation_id: talk.id,
            contact_id: cast.sofie,
            created_at: at(seconds),
        };
        let all = [told(&first, 1), told(&second, 2), told(&second, 3)];
        write(&db, async |tx| intake::insert_told(tx, &all).await).await;
        let asked = |key: &str| ChannelKey { channel_id: cast.mail.id, key: key.into() };
        let found = write(&db, async |tx| intake::find_told(tx, &[asked("302-1"), asked("302-2")]).await).await;
        let places: Vec<_> = found.iter().map(|target| target.conversation_id).collect();
        assert_eq!(places, [second.id, first.id], "the newest first, each once");
        assert_eq!(found[0].contact_name, "Sofie Keller");
        let other = ChannelKey { channel_id: cast.chat.id, key: "302-1".into() };
        assert!(write(&db, async |tx| intake::find_told(tx, &[other]).await).await.is_empty());
        assert_eq!(orders::list_told(&db, first.id, cast.mail.id).await.unwrap(), ["302-1"]);
        assert!(orders::list_told(&db, first.id, cast.chat.id).await.unwrap().is_empty());

        let ole = NewContact {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "email".into(),
            value: "ole@example.com".into(),
            proved: true,
            created_at: at(0),
        };
        let for_ole = NewTold { order_number: "302-9".into(), contact_id: ole.id, ..told(&first, 4) };
        write(&db, async |tx| {
            intake::insert_contacts(tx, &[ole]).await?;
            intake::insert_told(tx, &[for_ole]).await
        })
        .await;
        assert_eq!(orders::list_told(&db, first.id, cast.mail.id).await.unwrap(), ["302-1"], "what is hers");
        let same = write(&db, async |tx| orders::list_told_in(tx, first.id, cast.mail.id).await).await;
        assert_eq!(same, ["302-1"]);
        assert_eq!(orders::list_told_to_others(&db, first.id, cast.mail.id).await.unwrap(), ["302-9"]);
        let elsewhere = orders::list_told_to_others(&db, first.id, cast.chat.id).await.unwrap();
        assert_eq!(elsewhere, ["302-1", "302-9"], "another channel hears of neither");
        assert!(messages::is_alone_on(&db, second.id, cast.mail.id).await.unwrap());
        assert!(!messages::is_alone_on(&db, first.id, cast.mail.id).await.unwrap(), "an order is told for Ole");
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_about_the_order_that_was_named_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let row = cast.open(&db, 1).await;
        for number in ["302-1", "302-2"] {
            let about = About { conversation_id: row.id, order_number: number.into() };
            write(&db, async |tx| intake::set_orders(tx, &[about]).await).await;
        }
        let talk = conversations::find(&db, row.id).await.unwrap().unwrap();
        assert_eq!(talk.order_number.as_deref(), Some("302-1"));

        // Of several at once it is the first, whatever the rest are.
        for (number, told) in [(2, ["302-5", "302-9", "302-1"]), (3, ["302-5", "302-1", "302-9"])] {
            let row = cast.open(&db, number).await;
            let about = told.map(|number| About { conversation_id: row.id, order_number: number.into() });
            write(&db, async |tx| intake::set_orders(tx, &about).await).await;
            let talk = conversations::find(&db, row.id).await.unwrap().unwrap();
            assert_eq!(talk.order_number.as_deref(), Some("302-5"), "{told:?}");
        }

        let known = KnownOrder {
            source_id: cast.shop.id,
            source_name: cast.shop.name.clone(),
            order: order("77", "302-1", 1),
            read_at: NOW,
        };
        write(&db, async |tx| {
            orders::save(tx, &known).await?;
            orders::link(tx, row.id, &known, MatchedBy::Number, NOW).await
        })
        .await;
        let about = |number: &str| About { conversation_id: row.id, order_number: number.into() };
        let all = [about("302-1"), about("302-1"), about("302-2")];
        let read = write(&db, async |tx| intake::list_readable(tx, &all).await).await;
        assert_eq!(read.iter().map(|one| one.order_id.as_str()).collect::<Vec<_>>(), ["77"]);
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_tied_to_the_shops_whose_orders_are_named_or_linked_there() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let market = cast.channel("mirakl", "Galaxus");
        let (told_there, linked, other) = (cast.open(&db, 1).await, cast.open(&db, 2).await, cast.open(&db, 3).await);
        let told = NewTold {
            channel_id: market.id,
            order_number: "302-1".into(),
            conversation_id: told_there.id,
            contact_id: cast.sofie,
            created_at: NOW,
        };
        let known = KnownOrder {
            source_id: cast.shop.id,
            source_name: cast.shop.name.clone(),
            order: order("77", "302-1", 1),
            read_at: NOW,
        };
        write(&db, async |tx| {
            channels::insert(tx, &new_channel(&market)).await?;
            intake::insert_told(tx, &[told]).await?;
            orders::save(tx, &known).await?;
            orders::link(tx, linked.id, &known, MatchedBy::Number, NOW).await
        })
        .await;
        let all = [told_there.id, linked.id, other.id];
        let tie = |id, numbering| Tie { conversation_id: id, order_number: "302-1".into(), numbering };
        let found = write(&db, async |tx| intake::find_ties(tx, &all).await).await;
        let on_market = Numbering::Market(market.id);
        assert_eq!(found, [tie(told_there.id, on_market), tie(linked.id, Numbering::Own)]);

        let shop = cast.shop_of(&market);
        write(&db, async |tx| order_sources::update(tx, &shop, b"sealed".to_vec()).await).await;
        let found = write(&db, async |tx| intake::find_ties(tx, &all).await).await;
        assert_eq!(found, [tie(told_there.id, on_market), tie(linked.id, on_market)]);
        assert!(write(&db, async |tx| intake::find_ties(tx, &[]).await).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn news_is_known_once_it_was_placed() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let key = |key: &str| ChannelKey { channel_id: cast.mail.id, key: key.into() };
        let news = || NewNews { channel_id: cast.mail.id, key: "n1".into(), created_at: NOW };
        for _ in 0..2 {
            write(&db, async |tx| intake::insert_news(tx, &[news(), news()]).await).await;
        }
        let known = write(&db, async |tx| intake::find_news(tx, &[key("n1"), key("n2")]).await).await;
        assert_eq!(known, [key("n1")]);
        assert!(write(&db, async |tx| intake::find_news(tx, &[]).await).await.is_empty());
    })
    .await;
}
