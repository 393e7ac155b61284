//! A long conversation is read part by part: nothing of it is lost, and nothing stands twice.

use resolute::inbox::care;
use resolute::inbox::macros::Also;
use resolute::inbox::merge::merge;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::event::EventKind;
use resolute::model::merge::{Before, Merge, Moved};
use resolute::model::{ConversationId, Json, MessageId, Ts};
use resolute::store::intake::{self, ConversationRow, NewEvent, NewMessage};
use resolute::store::{merges, messages, notes};
use serde_json::{Value, json};

use crate::support::answers::text_alone;
use crate::support::cast::{Cast, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, value_of};
use crate::support::http::Client;
use crate::support::stores::write;

/// Messages of the long conversation, and its number.
const MESSAGES: i64 = 450;
pub(crate) const NUMBER: i64 = 9;
/// The merges into it, of #3, which was taken back, and of #4.
const UNDONE: &str = "019aac00-0000-7000-8000-000000000003";
const KEPT: &str = "019aac00-0000-7000-8000-000000000004";

/// A conversation of many messages, a second apart, with notes and merges in its middle.
pub(crate) async fn long(desk: &TestDesk, cast: &Cast) -> Vec<MessageId> {
    let db = &desk.desk.db;
    let row = cast.conversation(NUMBER);
    let say = |second: i64| NewMessage {
        created_at: at(second),
        ..cast.message(&row, &format!("Sentence number {second}."))
    };
    let said: Vec<NewMessage> = (1..=MESSAGES).map(say).collect();
    put(db, std::slice::from_ref(&row), &said).await;
    let happened = [
        event(cast, row.id, EventKind::Merged, 150, json!({ "merge": UNDONE, "number": 3, "came": true })),
        event(cast, row.id, EventKind::Merged, 160, json!({ "merge": KEPT, "number": 4, "came": true })),
        event(cast, row.id, EventKind::MergeUndone, 300, json!({ "merge": UNDONE, "number": 3, "came": true })),
    ];
    for (number, id) in [(3, UNDONE), (4, KEPT)] {
        let source =
            ConversationRow { status: ConversationStatus::Resolved, unread: false, ..cast.conversation(number) };
        put(db, std::slice::from_ref(&source), &[]).await;
        let went_in = empty_merge(cast, id, &desk.talk(number).await, &desk.talk(NUMBER).await);
        write(db, async |tx| merges::insert(tx, &went_in).await).await;
    }
    write(db, async |tx| merges::set_undone(tx, UNDONE.parse().unwrap(), at(300)).await).await;
    write(db, async |tx| {
        intake::insert_events(tx, &happened).await?;
        notes::insert(tx, cast.clock.new_id(), row.id, cast.sam.id, "Called her", at(220)).await?;
        // At the very moment at which the newest part begins.
        notes::insert(tx, cast.clock.new_id(), row.id, cast.sam.id, "On the edge", at(251)).await
    })
    .await;
    said.iter().map(|message| message.id).collect()
}

/// A merge that moved nothing.
fn empty_merge(cast: &Cast, id: &str, source: &Conversation, target: &Conversation) -> Merge {
    Merge {
        id: id.parse().unwrap(),
        source_id: source.id,
        target_id: target.id,
        teammate_id: cast.sam.id,
        moved: Json(Moved::default()),
        source_before: Json(Before::of(source, None, None)),
        target_before: Json(Before::of(target, None, None)),
        target_revision: target.revision,
        created_at: at(150),
        undone_at: None,
    }
}

fn event(cast: &Cast, conversation: ConversationId, kind: EventKind, second: i64, data: Value) -> NewEvent {
    NewEvent {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        conversation_id: Some(conversation),
        kind,
        actor: "Sam".to_owned(),
        data,
        at: Ts(at(second).0 + 1),
    }
}

/// The messages on a page, in its order.
fn messages_on(page: &str) -> Vec<String> {
    let ids = page.split("id=\"message-").skip(1).filter_map(|rest| rest.split('"').next());
    ids.map(str::to_owned).collect()
}

/// Where a page says that earlier messages are.
fn earlier(page: &str) -> Option<String> {
    let href = page.split("id=\"earlier\" href=\"").nth(1)?.split('"').next()?;
    Some(href.replace("&#38;", "&"))
}

/// All parts of the conversation, the newest first.
async fn parts_of(browser: &mut Client) -> Vec<String> {
    let mut next = Some(format!("/conversations/{NUMBER}?view=all"));
    let mut parts = Vec::new();
    while let Some(path) = next {
        assert!(parts.len() < 3, "it ends: {path}");
        let part = page(browser, &path).await;
        next = earlier(&part);
        parts.push(part);
    }
    parts
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_late_stands_first_of_the_part_with_which_it_came() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let mut expected = long(&desk, &cast).await;
        let late = NewMessage {
            conversation_id: desk.talk(NUMBER).await.id,
            written_at: Some(at(0)),
            created_at: at(MESSAGES + 1),
            ..cast.message(&cast.conversation(NUMBER), "It was written before all else.")
        };
        put(&desk.desk.db, &[], std::slice::from_ref(&late)).await;
        let mut browser = desk.browser().await;
        let parts = parts_of(&mut browser).await;
        assert!(parts[0].contains("Earlier messages (251)") && parts[1].contains("Earlier messages (51)"));
        let stored = messages::find(&desk.desk.db, late.id).await.unwrap().unwrap();
        assert_eq!(value_of(&parts[0], "seen"), stored.seq.to_string(), "it came last");
        // The newest part holds the last 199 of the others.
        expected.insert(expected.len() - 199, late.id);
        let said: Vec<String> = parts.iter().rev().flat_map(|part| messages_on(part)).collect();
        assert_eq!(said, expected.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_said_is_reached_and_stands_once() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let ids = long(&desk, &cast).await;
        let mut browser = desk.browser().await;
        let parts = parts_of(&mut browser).await;
        let said: Vec<String> = parts.iter().rev().flat_map(|part| messages_on(part)).collect();
        assert_eq!(parts.iter().map(|part| messages_on(part).len()).collect::<Vec<_>>(), [200, 200, 50]);
        assert_eq!(said, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(parts[0].contains("Earlier messages (250)") && parts[1].contains("Earlier messages (50)"));
        let on = |words: &str| parts.iter().map(|part| part.matches(words).count()).collect::<Vec<_>>();
        assert_eq!((on("Called her"), on("On the edge")), (vec![0, 1, 0], vec![1, 0, 0]));
        assert_eq!(on(">Sam merged #4 into this one<"), [0, 1, 0]);
        assert_eq!(on(">Sam took the merge of #3 back<"), [1, 0, 0]);
        assert_eq!(on(&format!("/merges/{UNDONE}/deletion")), [0, 0, 0], "it was taken back later");
        assert_eq!(on(&format!("/merges/{KEPT}/deletion")), [0, 1, 0]);
        assert_eq!(on(">Newest messages</a>"), [0, 1, 1]);
        // Who writes from an old part has read it, and not what was said behind it.
        for (part, last) in parts.iter().zip([450, 250, 50]) {
            let message = messages::find(&desk.desk.db, ids[last - 1]).await.unwrap().unwrap();
            assert_eq!(value_of(part, "seen"), message.seq.to_string());
        }

        // What is put on top of an open page, and what brings it up to date.
        let before = earlier(&parts[0]).and_then(|href| href.split("before=").nth(1).map(str::to_owned)).unwrap();
        let above = page(&mut browser, &format!("/conversations/{NUMBER}/timeline?view=all&before={before}")).await;
        assert_eq!(messages_on(&above), messages_on(&parts[1]));
        assert!(above.contains("id=\"earlier\"") && !above.contains(">Newest messages</a>"), "{above}");
        let now = page(&mut browser, &format!("/conversations/{NUMBER}/timeline?view=all")).await;
        assert_eq!(messages_on(&now), messages_on(&parts[0]));
        assert!(now.contains("Earlier messages (250)"), "it says how far back it goes");

        // A number that is behind everything, and a conversation that is short.
        let behind = page(&mut browser, &format!("/conversations/{NUMBER}?view=all&before={}", i64::MAX)).await;
        assert_eq!(messages_on(&behind), messages_on(&parts[0]));
        cast.open(&desk.desk.db, 1).await;
        assert_eq!(earlier(&page(&mut browser, "/conversations/1?view=all").await), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_reach_each_message_once_however_it_is_read_and_whatever_comes_meanwhile() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let mut expected = long(&desk, &cast).await;
        let id = desk.talk(NUMBER).await.id;
        let said = |second: i64, body: &str| NewMessage {
            conversation_id: id,
            created_at: at(second),
            ..cast.message(&cast.conversation(NUMBER), body)
        };
        let late = NewMessage { written_at: Some(at(0)), ..said(MESSAGES + 1, "It was written before all else.") };
        put(&desk.desk.db, &[], std::slice::from_ref(&late)).await;
        // It stands first of the newest part, with which it came.
        expected.insert(251, late.id);

        let own = format!("/api/v1/conversations/{NUMBER}");
        let mut shown = desk.api_get(&own).await;
        let mut parts = vec![ids_of(&shown["messages"])];
        for (place, size) in [(1, 100), (2, 100), (3, 51)] {
            let new = said(MESSAGES + 1 + place, "It goes on.");
            put(&desk.desk.db, &[], std::slice::from_ref(&new)).await;
            let cursor = shown["next_cursor"].as_str().expect("there is more");
            shown = desk.api_get(&format!("{own}/messages?limit=100&cursor={cursor}")).await;
            parts.push(ids_of(&shown["items"]));
            assert_eq!(parts.last().map(Vec::len), Some(size), "part {place}");
            let newest = desk.api_get(&format!("{own}/messages?limit=1")).await;
            assert_eq!(ids_of(&newest["items"]), [new.id.to_string()]);
        }
        assert_eq!(shown["next_cursor"], Value::Null, "it ends");
        parts.reverse();
        let expected: Vec<String> = expected.iter().map(MessageId::to_string).collect();
        assert_eq!(parts.concat(), expected);

        let short = desk.api_get("/api/v1/conversations/3").await;
        assert_eq!(short["next_cursor"], Value::Null);
        for cursor in ["1", "m", format!("1.{id}").as_str()] {
            let refused = desk.api().get(&format!("{own}/messages?cursor={cursor}")).await.unwrap();
            assert_eq!(refused.status, 422, "{cursor}: {}", refused.text());
        }
    }
}

/// Which messages the API gives, in its order.
fn ids_of(messages: &Value) -> Vec<String> {
    let all = messages.as_array().expect("a list").iter();
    all.map(|message| message["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_notes_there_are_each_stands_on_its_page() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        long(&desk, &cast).await;
        let short = cast.open(&desk.desk.db, 1).await;
        let id = desk.talk(NUMBER).await.id;
        write(&desk.desk.db, async |tx| {
            for second in 1..=250 {
                let body = format!("Noted {second}.");
                notes::insert(tx, cast.clock.new_id(), id, cast.sam.id, &body, at(second)).await?;
                notes::insert(tx, cast.clock.new_id(), short.id, cast.sam.id, &body, at(second)).await?;
            }
            Ok(())
        })
        .await;
        let mut browser = desk.browser().await;
        let short = page(&mut browser, "/conversations/1?view=all").await;
        assert_eq!(short.matches(">Noted ").count(), 250);
        let mut next = Some(format!("/conversations/{NUMBER}?view=all"));
        let mut noted = Vec::new();
        while let Some(path) = next {
            let part = page(&mut browser, &path).await;
            noted.push(part.matches(">Noted ").count());
            next = earlier(&part);
        }
        // The newest part begins with the 251st message, the one before it with the 51st.
        assert_eq!(noted, [0, 200, 50]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_can_be_taken_back_however_much_happened_since() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let (from, into) = (cast.open(&desk.desk.db, 1).await, cast.open(&desk.desk.db, 2).await);
        merge(&desk.desk.inbox(), (from.id, into.id), false, &cast.sam).await.unwrap();
        let fates = (0..1_100).map(|_| event(&cast, into.id, EventKind::DeliveryChanged, 900, json!({})));
        let tags = (0..120).map(|_| event(&cast, into.id, EventKind::Tagged, 901, json!({ "tag": "late" })));
        let since: Vec<NewEvent> = fates.chain(tags).collect();
        write(&desk.desk.db, async |tx| intake::insert_events(tx, &since).await).await;
        let shown = page(&mut desk.browser().await, "/conversations/2?view=all").await;
        assert!(shown.contains("/merges/") && shown.contains("/deletion\""), "its Undo stands on the page");
        assert_eq!(shown.matches("tagged it “late”").count(), 120);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_what_was_said_earlier_is_asked_to_read_the_answer_that_came_after_it() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let ids = long(&desk, &cast).await;
        let answered = (cast.clock.new_id::<MessageId>(), "It left on Monday.");
        let id = desk.talk(NUMBER).await.id;
        care::answer_with(&desk.desk.inbox(), id, &cast.sam, answered, text_alone(&Also::default())).await.unwrap();
        let mut browser = desk.browser().await;
        let middle = messages::find(&desk.desk.db, ids[250]).await.unwrap().unwrap().seq;
        for (path, asked) in [(format!("?view=all&before={middle}"), true), ("?view=all".to_owned(), false)] {
            let seen = value_of(&page(&mut browser, &format!("/conversations/{NUMBER}{path}")).await, "seen");
            let fields = [("body", "It comes on Friday."), ("seen", seen.as_str()), ("back", "/inbox")];
            let answer = send(&mut browser, &format!("/conversations/{NUMBER}/messages"), &fields).await;
            let leads = answer.header("location").unwrap();
            assert_eq!(leads.contains("overtaken=1"), asked, "{path}: {leads}");
        }
    }
}
