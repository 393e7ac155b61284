//! A customer is forgotten: nothing of what they wrote is left, and everything else is.

mod by_hand;
mod by_platform;
mod by_time;
mod everywhere;
mod meanwhile;
mod on_its_way;
mod told;

use resolute::inbox::care;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::job::JobKind;
use resolute::model::message::Delivery;
use resolute::model::writing::Basis;
use resolute::model::{BulkChangeId, ContactId, NoteId};
use resolute::store::intake::{self, ConversationRow, NewContact, NewEvent, NewKey, NewMessage};
use resolute::store::jobs::{self, NewJob};
use resolute::store::{bulk_changes, contacts, conversations, messages, search};
use serde_json::json;

use crate::support::cast::{Cast, NOW, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::stores::{number_of, text_of, write};

pub(crate) async fn desk(engine: Engine) -> (TestDesk, Cast) {
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    (desk, cast)
}

/// The platform asks for it.
pub(crate) async fn forget(desk: &TestDesk, contact: ContactId) {
    let (id, now) = (desk.desk.clock.new_id(), desk.desk.clock.now());
    let job = NewJob {
        dedup_key: Some(contact.to_string()),
        ..NewJob::about(id, JobKind::EraseContact, "contact", &contact, now)
    };
    write(&desk.desk.db, async |tx| jobs::enqueue(tx, &[job]).await).await;
    desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_forgotten_customer_is_found_and_the_others_are_whole() {
    for engine in Engine::all() {
        let (desk, cast) = desk(engine).await;
        let db = &desk.desk.db;
        let row = cast.open(db, 1).await;
        let told: Vec<NewMessage> =
            (0..130).map(|number| cast.message(&row, &format!("My zebra {number} is Kellerstrasse 7"))).collect();
        put(db, &[], &told).await;
        let queued = NewMessage { delivery: Some(Delivery::Queued), ..cast.message(&row, "Dear Sofie, zebra") };
        put(
            db,
            &[],
            &[NewMessage { contact_id: None, direction: resolute::model::message::Direction::Outbound, ..queued }],
        )
        .await;
        let key =
            NewKey { channel_id: cast.mail.id, key: "<1>".into(), message_id: told[0].id, conversation_id: row.id };
        write(db, async |tx| intake::insert_keys(tx, &[key]).await).await;
        let note: NoteId = cast.clock.new_id();
        care::add_note(&desk.desk.inbox(), row.id, &cast.sam, (note, "Sofie likes zebras"), Basis::Any).await.unwrap();

        let ole: ContactId = cast.clock.new_id();
        let other = NewContact {
            id: ole,
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "email".into(),
            value: "ole@example.com".into(),
            proved: true,
            created_at: NOW,
        };
        write(db, async |tx| intake::insert_contacts(tx, &[other]).await).await;
        let mut his = cast.conversation(2);
        his.contact_id = ole;
        his.contact_name = "Ole".into();
        let said = NewMessage {
            contact_id: Some(ole),
            sender_address: "ole@example.com".into(),
            ..cast.message(&his, "My zebra too")
        };
        // She wrote in his case as well.
        (his.gist, his.participants) =
            ("It is a zebra of mine".into(), vec!["ole@example.com".into(), "sofie@example.com".into()]);
        let hers = cast.message(&his, "It is a zebra of mine");
        let joined = |kind, data| NewEvent {
            id: cast.clock.new_id(),
            brand_id: cast.brand.id,
            conversation_id: Some(his.id),
            kind,
            actor: "Sofie Keller".into(),
            data,
            at: NOW,
        };
        let events = [
            joined(EventKind::ParticipantJoined, json!({})),
            joined(EventKind::MessageReceived, json!({ "message": hers.id.to_string() })),
        ];
        put(db, &[his.clone()], &[said, hers]).await;
        write(db, async |tx| intake::insert_events(tx, &events).await).await;

        forget(&desk, cast.sofie).await;
        let found = search::conversations(db, "zebra", None, 10).await.unwrap().conversations;
        assert_eq!(found.iter().map(|talk| talk.number).collect::<Vec<_>>(), [2], "by words of others alone");
        for statement in [
            "select count(*) from messages where body like '%Kellerstrasse%' or sender_address like 'sofie@%'",
            "select count(*) from messages where body like '%of mine%'",
            "select count(*) from notes where body like '%zebra%'",
            "select count(*) from contact_identities where value like 'sofie%'",
            "select count(*) from conversations where contact_name like 'Sofie%' and number = 1",
            "select count(*) from events where actor like 'Sofie%'",
            "select count(*) from conversations where gist like '%of mine%'",
            "select count(*) from conversations where cast(participants as text) like '%sofie%'",
            "select count(*) from message_keys where key = '<1>'",
            "select count(*) from messages where delivery = 'queued'",
        ] {
            assert_eq!(number_of(db, statement).await, 0, "{statement}");
        }
        assert_eq!(messages::list(db, row.id, 500).await.unwrap().len(), 132, "that there were messages stays");
        assert_eq!(messages::list(db, his.id, 9).await.unwrap()[0].body, "My zebra too");
        let others = "select count(*) from conversations where subject = 'Subject 2' and contact_name = 'Ole'
            and cast(participants as text) like '%ole@example.com%'";
        assert_eq!(number_of(db, others).await, 1, "his case is his");
        assert_eq!(contacts::get(db, cast.sofie).await.unwrap().name, "Erased customer");
        let audit = text_of(db, "select details from audit_log where action = 'customer_erased'").await.unwrap();
        assert!(audit.contains("\"messages\":133") && !audit.contains("ofie"), "{audit}");
        let shown = page(&mut desk.browser().await, "/conversations/1?view=all").await;
        assert!(shown.contains("What the customer wrote was removed") && !shown.contains("zebra"), "{shown}");

        // Asked for again, and by somebody new with the old address.
        forget(&desk, cast.sofie).await;
        assert!(desk.unfinished().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_to_several_keeps_nothing_of_the_forgotten_one_and_the_way_back_of_the_others() {
    for engine in Engine::all() {
        let (desk, cast) = desk(engine).await;
        let db = &desk.desk.db;
        let ole: ContactId = cast.clock.new_id();
        let contact = NewContact {
            id: ole,
            brand_id: cast.brand.id,
            name: "Ole".into(),
            kind: "email".into(),
            value: "ole@example.com".into(),
            proved: true,
            created_at: NOW,
        };
        write(db, async |tx| intake::insert_contacts(tx, &[contact]).await).await;
        let his = ConversationRow { contact_id: ole, contact_name: "Ole".into(), ..cast.conversation(2) };
        put(db, std::slice::from_ref(&his), &[cast.message(&his, "Where is it?")]).await;
        let hers = cast.open(db, 1).await;
        let third = cast.open(db, 3).await;
        let mut picks = Vec::new();
        for row in [&hers, &his] {
            let talk = Conversation { proposal: Some("Refund 42.00".into()), ..desk.talk(row.number).await };
            write(db, async |tx| conversations::update(tx, &talk).await).await;
            picks.push(format!("{}-{}", row.number, desk.talk(row.number).await.revision));
        }
        let mut browser = desk.browser().await;
        let mut changed = async |picks: &[String]| {
            let mut fields: Vec<(&str, &str)> = picks.iter().map(|pick| ("pick", pick.as_str())).collect();
            fields.extend([("do", "resolve"), ("back", "/inbox?view=open")]);
            let answer = send(&mut browser, "/inbox/changes", &fields).await;
            let there = answer.header("location").expect("the list").to_owned();
            there.split("changed=").nth(1).expect("what was changed").parse::<BulkChangeId>().unwrap()
        };
        let id = changed(&picks[..]).await;
        let others = changed(&[format!("3-{}", desk.talk(third.number).await.revision)]).await;
        let kept = async |id: BulkChangeId| {
            let before = bulk_changes::find(db, id).await.unwrap().expect("the change").before.0;
            before.into_iter().map(|one| (one.before.conversation, one.before.proposal)).collect::<Vec<_>>()
        };
        let refund = Some("Refund 42.00".to_owned());
        assert_eq!(kept(id).await, [(hers.id, refund.clone()), (his.id, refund.clone())]);

        forget(&desk, ole).await;
        assert_eq!(kept(id).await, [(hers.id, refund), (his.id, None)]);
        assert_eq!(kept(others).await, [(third.id, None)]);
        let undo = format!("/inbox/changes/{id}/deletion");
        taken(&mut desk.browser().await, &undo, &[("back", "/inbox?view=open")]).await;
        assert_eq!(desk.talk(hers.number).await.status, ConversationStatus::Open);
    }
}
