//! Where the customer of one case wrote on several channels: on which one they are answered, and what is said there.

use resolute::inbox::care::{self, Answer};
use resolute::inbox::contained::facts;
use resolute::inbox::macros::{Also, variables};
use resolute::inbox::{merge, routes};
use resolute::model::channel::Channel;
use resolute::model::order::{KnownOrder, MatchedBy};
use resolute::model::window::Window;
use resolute::model::{ContactId, Json, MessageId};
use resolute::store::intake::{self, ConversationRow, NewContact, NewMessage, NewTold};
use resolute::store::{channels, messages, order_sources, orders, people};
use serde_json::json;

use crate::support::answers::text_alone;
use crate::support::cast::{Cast, NOW, at, new_channel, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken};
use crate::support::stores::write;

/// A case of Sofie's by mail, in which she also wrote on eBay, where she is called otherwise.
struct Case {
    desk: TestDesk,
    cast: Cast,
    ebay: Channel,
    buyer: ContactId,
    row: ConversationRow,
}

impl Case {
    async fn new(engine: Engine) -> Self {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let ebay = Channel {
            id: cast.clock.new_id(),
            kind: "ebay".into(),
            name: "Our shop on eBay".into(),
            address: "fjell-shop".into(),
            settings: Json(json!({})),
            ..cast.mail.clone()
        };
        let buyer: ContactId = cast.clock.new_id();
        let contact = NewContact {
            id: buyer,
            brand_id: cast.brand.id,
            name: "sk_1984".into(),
            kind: "ebay_user".into(),
            value: "sk_1984".into(),
            proved: true,
            created_at: at(1),
        };
        write(&desk.desk.db, async |tx| {
            channels::insert(tx, &new_channel(&ebay)).await?;
            intake::insert_contacts(tx, &[contact]).await?;
            people::point(tx, &[buyer], cast.sofie).await
        })
        .await;
        let row = ConversationRow {
            channel_id: ebay.id,
            channel_kind: ebay.kind.clone(),
            subject: "Flat 7, Kellerstrasse: FJ-20417".into(),
            ..cast.conversation(7)
        };
        let by_mail =
            NewMessage { channel_id: cast.mail.id, ..cast.message(&row, "I live in Kellerstrasse 7. FJ-20417") };
        let on_ebay = NewMessage {
            channel_id: ebay.id,
            contact_id: Some(buyer),
            sender_name: "sk_1984".into(),
            sender_address: "sk_1984".into(),
            subject: "Your tent".into(),
            ..cast.message(&row, "Hello, is it there?")
        };
        put(&desk.desk.db, std::slice::from_ref(&row), &[by_mail, on_ebay]).await;
        Self { desk, cast, ebay, buyer, row }
    }

    /// The buyer writes on on eBay, more than a page shows.
    async fn goes_on(&self) {
        let since: Vec<NewMessage> = (0..210)
            .map(|number| NewMessage {
                contact_id: Some(self.buyer),
                sender_name: "sk_1984".into(),
                sender_address: "sk_1984".into(),
                subject: String::new(),
                ..self.cast.message(&self.row, &format!("And now? {number}"))
            })
            .collect();
        write(&self.desk.desk.db, async |tx| intake::insert_messages(tx, &since).await).await;
    }

    /// What a macro would say of the customer and the order.
    async fn said_of(&self, linked: &[KnownOrder]) -> String {
        let talk = self.desk.talk(7).await;
        let (known, orders) = facts(&self.desk.desk.db, &talk, linked).await.unwrap();
        variables(&known, &self.cast.brand, &orders, (self.cast.sam.first_name(), "en")).to_string()
    }
}

fn order(cast: &Cast) -> KnownOrder {
    crate::people::bought(cast, "FJ-20417", ("sofie@example.com", "+491512345678"))
}

#[tokio::test]
async fn a_marketplace_hears_nothing_that_its_buyer_said_elsewhere() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let known = order(&case.cast);
        write(&case.desk.desk.db, async |tx| {
            orders::save(tx, &known).await?;
            orders::link(tx, case.row.id, &known, MatchedBy::Contact, NOW).await
        })
        .await;
        let linked = [known];
        let heard = case.said_of(&linked).await;
        for secret in ["Sofie", "Keller", "Kellerstrasse", "FJ-20417", "42.00", "sofie@example.com"] {
            assert!(!heard.contains(secret), "{secret}: {heard}");
        }
        assert!(heard.contains("sk_1984") && heard.contains("Your tent"), "{heard}");

        let told = NewTold {
            channel_id: case.ebay.id,
            order_number: "FJ-20417".into(),
            conversation_id: case.row.id,
            contact_id: case.buyer,
            created_at: NOW,
        };
        write(&case.desk.desk.db, async |tx| intake::insert_told(tx, &[told]).await).await;
        let heard = case.said_of(&linked).await;
        assert!(
            !heard.contains("42.00"),
            "the brand’s own order with the number that eBay names is another one: {heard}"
        );

        let shop = case.cast.shop_of(&case.ebay);
        write(&case.desk.desk.db, async |tx| order_sources::update(tx, &shop, b"sealed".to_vec()).await).await;
        let heard = case.said_of(&linked).await;
        assert!(
            heard.contains("FJ-20417") && !heard.contains("Keller"),
            "the platform names the order itself: {heard}"
        );
        routes::choose(&case.desk.desk.inbox(), case.row.id, case.cast.mail.id, &case.cast.sam).await.unwrap();
        let heard = case.said_of(&linked).await;
        assert!(heard.contains("Sofie Keller") && heard.contains("FJ-20417"), "by mail she is herself: {heard}");
    }
}

#[tokio::test]
async fn a_marketplace_hears_nothing_from_elsewhere_however_long_ago_it_was_said() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        case.goes_on().await;
        let heard = case.said_of(&[order(&case.cast)]).await;
        for secret in ["Sofie", "Keller", "Kellerstrasse", "Flat 7", "FJ-20417", "42.00"] {
            assert!(!heard.contains(secret), "{secret}: {heard}");
        }
        assert!(heard.contains("sk_1984"), "{heard}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_composer_names_the_ways_and_the_others_of_a_case_that_is_longer_than_its_page() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let (desk, people) = (&case.desk, &case.cast);
        let ole: ContactId = people.clock.new_id();
        let contact = NewContact {
            id: ole,
            brand_id: people.brand.id,
            name: "Ole Berg".into(),
            kind: "email".into(),
            value: "ole@example.com".into(),
            proved: true,
            created_at: at(1),
        };
        write(&desk.desk.db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
        let of_ole = NewMessage {
            channel_id: people.mail.id,
            contact_id: Some(ole),
            sender_name: "Ole Berg".into(),
            sender_address: "ole@example.com".into(),
            ..people.message(&case.row, "I read this, too.")
        };
        put(&desk.desk.db, &[], &[of_ole]).await;
        case.goes_on().await;
        let shown = page(&mut desk.browser().await, "/conversations/7?view=all").await;
        assert!(!shown.contains("I read this, too."), "it is a page away");
        for words in ["On eBay, sk_1984", "By mail, Sofie Keller", "and not to Ole Berg"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teammate_chooses_where_the_customer_is_answered() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let (desk, people) = (&case.desk, &case.cast);
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/conversations/7?view=all").await;
        for words in ["On eBay, sk_1984", "By mail, Sofie Keller", "action=\"/conversations/7/route\""] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        let mail = people.mail.id.to_string();
        let fields = [("channel", mail.as_str()), ("back", "/conversations/7?view=all")];
        taken(&mut browser, "/conversations/7/route", &fields).await;
        let talk = desk.talk(7).await;
        assert_eq!((talk.channel_id, talk.channel_kind.as_str()), (people.mail.id, "email"));
        let shown = page(&mut browser, "/conversations/7?view=all").await;
        assert!(shown.contains("answers by mail from here on"), "{shown}");

        let ebay = case.ebay.id.to_string();
        let fields = [("channel", ebay.as_str()), ("body", "Ring at Kellerstrasse 7"), ("back", "/inbox")];
        let refused = send(&mut browser, "/conversations/7/messages", &fields).await;
        assert!(said(&refused).contains("Answers go on another channel since"), "{}", said(&refused));
        let fields = [("channel", mail.as_str()), ("body", "Ring at Kellerstrasse 7"), ("back", "/inbox")];
        taken(&mut browser, "/conversations/7/messages", &fields).await;
        let all = messages::list(&desk.desk.db, case.row.id, 9).await.unwrap();
        let last = all.last().unwrap();
        assert_eq!((all.len(), last.channel_id), (3, people.mail.id), "once, and where it was written for");

        let chat = people.chat.id.to_string();
        let answer = send(&mut browser, "/conversations/7/route", &[("channel", &chat), ("back", "/inbox")]).await;
        assert!(said(&answer).contains("has not written on that channel"), "{}", said(&answer));
        assert_eq!(desk.talk(7).await.channel_id, people.mail.id);
    }
}

#[tokio::test]
async fn what_was_written_for_one_channel_does_not_leave_on_another() {
    for engine in Engine::all() {
        let case = Case::new(engine).await;
        let (id, inbox): (MessageId, _) = (case.cast.clock.new_id(), case.desk.desk.inbox());
        let also = Also::default();
        let with = Answer { on: Some(case.cast.mail.id), ..text_alone(&also) };
        let refused = care::answer_with(&inbox, case.row.id, &case.cast.sam, (id, "Kellerstrasse 7?"), with).await;
        assert!(refused.unwrap_err().to_string().contains("Answers go on another channel since"));
        assert_eq!(messages::list(&inbox.db, case.row.id, 9).await.unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_is_parted_after_its_two_names_were_is_answered_where_its_own_customer_wrote() {
    for engine in Engine::all() {
        let scene = Case::new(engine).await;
        let (desk, cast, ebay) = (&scene.desk, &scene.cast, &scene.ebay);
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let by_mail = cast.open(db, 1).await;
        let on_ebay = ConversationRow {
            channel_id: ebay.id,
            channel_kind: ebay.kind.clone(),
            contact_id: scene.buyer,
            contact_name: "sk_1984".into(),
            last_message_at: at(60),
            last_inbound_at: Some(at(60)),
            window: Window { reply_until: Some(at(3_660)), ..Window::default() },
            ..cast.conversation(8)
        };
        let message = NewMessage {
            contact_id: Some(scene.buyer),
            sender_name: "sk_1984".into(),
            sender_address: "sk_1984".into(),
            created_at: at(60),
            ..cast.message(&on_ebay, "Is it there?")
        };
        put(db, std::slice::from_ref(&on_ebay), &[message]).await;
        let merged = merge::merge(&inbox, (on_ebay.id, by_mail.id), false, &cast.sam).await.unwrap();
        assert_eq!(desk.talk(1).await.channel_id, ebay.id, "they are one, who wrote there last");
        write(db, async |tx| people::point(tx, &[scene.buyer], scene.buyer).await).await;

        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        let (left, gone) = (desk.talk(1).await, desk.talk(8).await);
        assert_eq!((left.channel_id, left.channel_kind.as_str()), (cast.mail.id, "email"), "{engine:?}");
        assert_eq!((left.window.reply_until, gone.window.reply_until), (None, Some(at(3_660))));
        assert_eq!(gone.channel_id, ebay.id);
        let mail = cast.mail.id.to_string();
        let fields = [("channel", mail.as_str()), ("body", "It left today."), ("back", "/inbox")];
        taken(&mut desk.browser().await, "/conversations/1/messages", &fields).await;
        let all = messages::list(db, by_mail.id, 9).await.unwrap();
        assert_eq!(
            all.last().map(|reply| (reply.body.as_str(), reply.channel_id)),
            Some(("It left today.", cast.mail.id))
        );
    }
}
