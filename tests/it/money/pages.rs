//! What the pages show and post where money is concerned.

use resolute::model::ApprovalId;
use resolute::model::brand::AgentLevel;
use resolute::model::order::{
    ActionKind, AllowedAction, KnownOrder, MatchedBy, OrderAction, OrderSourceRow, OrderStatus,
};
use resolute::setup::{FirstRun, add_brand};
use resolute::store::{brands, order_sources, orders};

use super::super::store::approvals::pending;
use super::world::World;
use crate::support::cast::{NOW, at, put};
use crate::support::desk::Engine;
use crate::support::forms::{page, said, send, value_of};
use crate::support::stores::write;

#[tokio::test]
async fn the_form_acts_on_the_order_of_the_shop_that_was_chosen() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let first = world.order(&talk, "1001", 4_000).await;
        let shop = OrderSourceRow { id: world.inbox.clock.new_id(), ..world.cast.shop.clone() };
        let mut order = first.order.clone();
        order.lines[0].title = "Fell tent".into();
        let other = KnownOrder { source_id: shop.id, order, ..first.clone() };
        let now = world.inbox.clock.now();
        write(&world.inbox.db, async |tx| {
            order_sources::insert(tx, &shop, b"sealed".to_vec(), now).await?;
            orders::save(tx, &other).await?;
            orders::link(tx, talk.id, &other, MatchedBy::Number, now).await
        })
        .await;
        let mut browser = world.desk.browser().await;
        for (known, title) in [(&first, "Tin cup"), (&other, "Fell tent")] {
            let path = format!("/conversations/7/actions/new?kind=refund&source={}&order=1001", known.source_id);
            let page = browser.get(&path).await.unwrap();
            assert_eq!(page.status, 200, "{}", page.text());
            assert!(page.text().contains(title) && page.text().contains(&known.source_id.to_string()), "{title}");
            assert!(page.text().contains("name=\"id\""), "the form knows what it will be called");
        }
    }
}

#[tokio::test]
async fn similar_cases_are_all_shown_before_they_are_approved() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (one, two) = (world.talk(1).await, world.talk(2).await);
        let first = world.draft(&one, "1", 1_990).await;
        world.draft(&two, "2", 2_110).await;
        let mut browser = world.desk.browser().await;
        let path = format!("/approvals/{}", first.id);
        let before = browser.get(&path).await.unwrap().text();
        assert!(before.contains("Look at all 2") && !before.contains("/approvals/acceptance"), "{before}");
        let looked = browser.get(&format!("{path}?alike=1")).await.unwrap().text();
        for part in ["Refund 19.90 EUR", "Refund 21.10 EUR", "I have taken care of it.", "/approvals/acceptance"] {
            assert!(looked.contains(part), "{part}: {looked}");
        }
    }
}

#[tokio::test]
async fn a_case_that_was_decided_meanwhile_leads_to_the_next_one_and_says_so() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let (one, two) = (world.talk(1).await, world.talk(2).await);
        let first = world.draft(&one, "1", 1_990).await;
        let second = world.draft(&two, "2", 2_110).await;
        let words = "This case was decided meanwhile; here is the next one.";
        let mut browser = world.desk.browser().await;
        let path = format!("/approvals/{}", first.id);
        assert!(!page(&mut browser, &path).await.contains(words));
        world.accept(&first, &world.cast.sam, None).await.unwrap();
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains(&format!("data-approval=\"{}\"", second.id)) && shown.contains(words), "{shown}");
        assert!(!page(&mut browser, "/approvals").await.contains(words), "whoever asked for none gets the next one");
        world.accept(&second, &world.cast.sam, None).await.unwrap();
        let empty = page(&mut browser, &path).await;
        assert!(empty.contains("This case was decided meanwhile; no other waits."), "{empty}");
        let nowhere = browser.get(&format!("/approvals/{}", world.inbox.clock.new_id::<ApprovalId>())).await.unwrap();
        assert_eq!(nowhere.status, 404);
    }
}

#[tokio::test]
async fn a_case_behind_the_first_two_hundred_is_shown_when_it_is_asked_for() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let db = &world.inbox.db;
        let rows: Vec<_> = (1..=201).map(|number| world.cast.conversation(number)).collect();
        let messages: Vec<_> = rows.iter().map(|row| world.cast.message(row, "Where is my order?")).collect();
        put(db, &rows, &messages).await;
        for row in &rows[..200] {
            pending(db, &world.cast, row, NOW).await;
        }
        let last = pending(db, &world.cast, &rows[200], at(9)).await;
        let mut browser = world.desk.browser().await;
        let shown = page(&mut browser, &format!("/approvals/{}", last.id)).await;
        assert!(shown.contains(&format!("data-approval=\"{}\"", last.id)), "{shown}");
        assert!(shown.contains("Subject 201") && !shown.contains("Not the one you asked for"));
    }
}

#[tokio::test]
async fn a_new_brand_has_every_reply_approved() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let first = FirstRun {
            name: "Ida".into(),
            email: "ida@new.example".into(),
            password: "a long password".into(),
            brand: "Brand new".into(),
            hue: 20,
            locale: "en".into(),
            currency: "EUR".into(),
            time_zone: String::new(),
        };
        let mut tx = world.inbox.db.begin().await.unwrap();
        add_brand(&world.desk.desk, &mut tx, &first.new_brand()).await.unwrap();
        tx.commit().await.unwrap();
        let brand = brands::list(&world.inbox.db).await.unwrap().into_iter().find(|brand| brand.name == "Brand new");
        assert_eq!(brand.unwrap().agent_level, AgentLevel::Approve);
    }
}

#[tokio::test]
async fn what_the_shop_cannot_be_asked_comes_back_as_it_was_sent() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let known = world.order(&talk, "1001", 4_000).await;
        let source = known.source_id.to_string();
        let mut browser = world.desk.browser().await;
        let fields = |amount: &'static str| {
            [
                ("kind", "refund"),
                ("order_id", "1001"),
                ("source_id", source.as_str()),
                ("amount", amount),
                ("reason", "The handle broke"),
                ("line_l1", "1"),
                ("back", "/conversations/7?view=mine"),
            ]
        };
        let refused = send(&mut browser, "/conversations/7/actions?view=mine", &fields("99.00")).await;
        assert_eq!(refused.status, 422);
        let shown = refused.text();
        for part in [
            "At most 40.00 EUR",
            "value=\"99.00\"",
            "value=\"The handle broke\"",
            "max=\"1\" value=\"1\"",
            "id=\"action-form\"",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let done = send(&mut browser, "/conversations/7/actions?view=mine", &fields("40.00")).await;
        assert_eq!(done.status, 303);
        assert_eq!(done.header("location"), Some("/conversations/7?view=mine"));
        assert_ne!(said(&done), "");
    }
}

#[tokio::test]
async fn other_items_are_what_was_typed_and_nothing_that_somebody_else_changed_is_taken_back() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let talk = world.talk(7).await;
        let mut known = world.order(&talk, "1001", 4_000).await;
        let changes = AllowedAction { kind: ActionKind::ChangeItems, refused_because: None };
        (known.order.status, known.order.actions) = (OrderStatus::Open, vec![changes]);
        known.order.lines[0].fulfilled = 0;
        let mut lace = known.order.lines[0].clone();
        (lace.id, lace.sku, lace.title) = ("l2".into(), "LACE".into(), "Lace".into());
        known.order.lines.push(lace);
        let save = async |known: &KnownOrder| write(&world.inbox.db, async |tx| orders::save(tx, known).await).await;
        save(&known).await;
        let mut browser = world.desk.browser().await;
        let source = known.source_id.to_string();
        let opened = format!("/conversations/7/actions/new?kind=change_items&source={source}&order=1001");
        let opened = page(&mut browser, &opened).await;
        let (cup, lace) = (value_of(&opened, "was_l1"), value_of(&opened, "was_l2"));
        assert_eq!((cup.as_str(), lace.as_str()), ("1 CUP", "1 LACE"));
        // A colleague's change of the cups is done meanwhile.
        known.order.lines[0].current = 3;
        save(&known).await;
        let fields = |cups: &'static str, laces: &'static str| {
            [
                ("kind", "change_items"),
                ("order_id", "1001"),
                ("source_id", source.as_str()),
                ("reason", "Asked for"),
                ("was_l1", cup.as_str()),
                ("line_l1", cups),
                ("sku_l1", "CUP"),
                ("was_l2", lace.as_str()),
                ("line_l2", laces),
                ("sku_l2", "LACE"),
            ]
        };
        let refused = send(&mut browser, "/conversations/7/actions", &fields("2", "1")).await;
        assert_eq!(refused.status, 422);
        let shown = refused.text();
        assert!(shown.contains("Tin cup was changed meanwhile: the order holds 3 × CUP now."), "{shown}");
        assert_eq!((value_of(&shown, "was_l1").as_str(), value_of(&shown, "sku_l2").as_str()), ("3 CUP", "LACE"));
        assert_eq!(send(&mut browser, "/conversations/7/actions", &fields("1", "2")).await.status, 303);
        let [action] = world.actions(&talk).await.try_into().unwrap();
        let OrderAction::ChangeItems { changes, .. } = &action.document.0 else { panic!("{action:?}") };
        let [change] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((change.line_id.as_str(), change.quantity), ("l2", 2));
    }
}
