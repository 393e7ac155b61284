//! Lists that people put together: what belongs in them, their numbers, and who may change them.

use resolute::model::brand::Brand;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::saved_view::{Filters, StatusFilter};
use resolute::model::teammate::Role;
use resolute::model::{BrandId, Ts};
use resolute::store::intake::ConversationRow;
use resolute::store::saved_views::{self, Asked};
use resolute::store::{Db, brands, bulk_changes, conversations};

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken, value_of};
use crate::support::http::Client;
use crate::support::stores::{on_both, write};

const STATUSES: [ConversationStatus; 4] =
    [ConversationStatus::Open, ConversationStatus::Waiting, ConversationStatus::Snoozed, ConversationStatus::Resolved];

/// Another brand than the cast's.
async fn other_brand(db: &Db, cast: &Cast) -> BrandId {
    let other = Brand { id: cast.clock.new_id(), slug: "strand".into(), name: "Strand".into(), ..cast.brand.clone() };
    write(db, async |tx| brands::insert(tx, &other).await).await;
    other.id
}

/// Sixty conversations of every sort.
async fn fill(db: &Db, cast: &Cast, other: BrandId) -> Vec<Conversation> {
    let mut rows = Vec::new();
    let mut said = Vec::new();
    for number in 0..60_i64 {
        let channel = if number % 3 == 0 { &cast.chat } else { &cast.mail };
        let row = ConversationRow {
            channel_id: channel.id,
            channel_kind: channel.kind.clone(),
            status: STATUSES[usize::try_from(number % 4).unwrap()],
            last_message_at: at(number * 3_600),
            unread: number % 5 == 0,
            brand_id: if number % 8 < 3 { other } else { cast.brand.id },
            due_at: (number % 3 > 0).then(|| at((59 + number % 5 / 3) * 3_600)),
            ..cast.conversation(number)
        };
        said.push(cast.message(&row, if number % 7 == 0 { "the zipper broke" } else { "where is it" }));
        rows.push(row);
    }
    put(db, &rows, &said).await;
    let mut stored = Vec::new();
    for (number, row) in (0_i64..).zip(&rows) {
        let mut talk = conversations::find(db, row.id).await.unwrap().unwrap();
        talk.assignee_id = [None, Some(cast.sam.id), Some(cast.noor.id)][usize::try_from(number % 3).unwrap()];
        talk.intent = (number % 2 == 0).then(|| "invoice".to_owned());
        talk.language = match number {
            7 => "ot".into(),
            8 => "other".into(),
            number if number % 4 < 2 => "de".into(),
            _ => "en".into(),
        };
        talk.order_number = (number % 6 == 0).then(|| "FJ-1".to_owned());
        talk.needs_approval = number % 4 < 3 && number % 7 < 3;
        talk.clocks.resolution_due_at = (number % 3 == 0).then(|| at((58 + number % 5) * 3_600));
        write(db, async |tx| {
            conversations::update(tx, &talk).await?;
            if number % 9 == 0 { conversations::add_tag(tx, talk.id, "vip", NOW).await } else { Ok(false) }
        })
        .await;
        stored.push(talk);
    }
    stored
}

/// What belongs in a list, the slow way; the number is that of the conversation.
fn belongs(filters: &Filters, cast: &Cast, talk: &Conversation) -> bool {
    let status = match filters.status {
        StatusFilter::Any => true,
        StatusFilter::Unresolved => talk.status != ConversationStatus::Resolved,
        other => talk.status.as_str() == other.as_str(),
    };
    let assignee = match filters.assignee.as_str() {
        "" => true,
        "me" => talk.assignee_id == Some(cast.sam.id),
        "nobody" => talk.assignee_id.is_none(),
        id => talk.assignee_id.is_some_and(|known| known.to_string() == id),
    };
    let now = at(59 * 3_600);
    let is_over = |due: Option<Ts>| due.is_some_and(|due| due <= now);
    let overdue = (talk.status != ConversationStatus::Resolved && is_over(talk.due_at))
        || (talk.status == ConversationStatus::Open && is_over(talk.clocks.resolution_due_at));
    status
        && assignee
        && (!filters.overdue || overdue)
        && (!filters.needs_approval || talk.needs_approval)
        && filters.brand.is_none_or(|id| talk.brand_id == id)
        && filters.channel.is_none_or(|id| talk.channel_id == id)
        && (filters.tag.is_empty() || talk.number % 9 == 0)
        && (filters.intent.is_empty() || talk.intent.as_deref() == Some(&filters.intent))
        && (filters.language.is_empty()
            || talk.language == filters.language
            || (filters.language == "other" && talk.language == "ot"))
        && (filters.order_number.is_empty() || talk.order_number.is_some())
        && (!filters.unread || talk.unread)
        && (filters.quiet_hours == 0 || talk.last_message_at <= at((59 - i64::from(filters.quiet_hours)) * 3_600))
        && (filters.text.is_empty() || talk.number % 7 == 0)
}

async fn walk(db: &Db, asked: Asked<'_>) -> Vec<i64> {
    let (mut numbers, mut cursor) = (Vec::new(), None);
    loop {
        let found = saved_views::conversations(db, asked, cursor, 7).await.unwrap();
        numbers.extend(found.rows.iter().map(|talk| talk.number));
        match found.next {
            Some(next) => cursor = Some(next),
            None => return numbers,
        }
    }
}

#[tokio::test]
async fn every_list_holds_what_belongs_in_it_newest_first() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let other = other_brand(&db, &cast).await;
        let all = fill(&db, &cast, other).await;
        let base = Filters::default;
        let every = Filters { status: StatusFilter::Any, ..base() };
        let lists = [
            base(),
            every.clone(),
            Filters { status: StatusFilter::Resolved, assignee: "me".into(), ..base() },
            Filters { status: StatusFilter::Open, unread: true, ..base() },
            Filters { assignee: "me".into(), ..base() },
            Filters { assignee: "nobody".into(), language: "de".into(), ..base() },
            Filters { language: "other".into(), ..every.clone() },
            Filters { assignee: cast.noor.id.to_string(), intent: "invoice".into(), ..base() },
            Filters { channel: Some(cast.chat.id), intent: "invoice".into(), ..base() },
            Filters { channel: Some(cast.chat.id), ..every.clone() },
            Filters { tag: "vip".into(), ..base() },
            Filters { order_number: "FJ-1".into(), ..every.clone() },
            Filters { quiet_hours: 10, ..base() },
            Filters { text: "ZIPPER brok".into(), ..every.clone() },
            Filters { text: "zipper".into(), tag: "vip".into(), ..base() },
            Filters { brand: Some(other), ..base() },
            Filters { brand: Some(other), ..every.clone() },
            Filters { brand: Some(cast.brand.id), channel: Some(cast.chat.id), ..base() },
            Filters { needs_approval: true, ..base() },
            Filters { needs_approval: true, assignee: "nobody".into(), ..every.clone() },
            Filters { overdue: true, ..base() },
            Filters { overdue: true, status: StatusFilter::Waiting, ..base() },
            Filters { overdue: true, brand: Some(other), ..every.clone() },
            Filters { overdue: true, needs_approval: true, assignee: "me".into(), ..base() },
            Filters { overdue: true, text: "zipper".into(), ..every.clone() },
        ];
        for filters in lists {
            let asked = Asked { filters: &filters, reader: cast.sam.id, now: at(59 * 3_600) };
            let mut expected: Vec<i64> =
                all.iter().filter(|talk| belongs(&filters, &cast, talk)).map(|talk| talk.number).collect();
            expected.reverse();
            assert!(!expected.is_empty(), "{filters:?}");
            assert_eq!(walk(&db, asked).await, expected, "{filters:?}");
            let number = saved_views::count(&db, asked).await.unwrap();
            assert_eq!(number.found, i64::try_from(expected.len()).unwrap(), "{filters:?}");
            assert!(!number.more);
        }
    })
    .await;
}

#[tokio::test]
async fn every_match_is_reached_however_many_there_are() {
    on_both(async |db| {
        let cast = Cast::stored(&db).await;
        let mut rows = Vec::new();
        let mut said = Vec::new();
        for number in 0..2_300_i64 {
            let status = if number < 3 { ConversationStatus::Waiting } else { ConversationStatus::Open };
            let row = ConversationRow { status, last_message_at: at(number), ..cast.conversation(number) };
            said.push(cast.message(&row, "the zipper broke"));
            rows.push(row);
        }
        for (rows, said) in rows.chunks(500).zip(said.chunks(500)) {
            put(&db, rows, said).await;
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        write(&db, async |tx| bulk_changes::add_tag(tx, &ids, "vip", NOW).await).await;
        let newest_first: Vec<i64> = (0..2_300).rev().collect();
        let walk = async |filters: &Filters| {
            let asked = Asked { filters, reader: cast.sam.id, now: at(9_999) };
            let (mut numbers, mut cursor) = (Vec::new(), None);
            loop {
                let found = saved_views::conversations(&db, asked, cursor, 500).await.unwrap();
                numbers.extend(found.rows.iter().map(|talk| talk.number));
                match found.next {
                    Some(next) => cursor = Some(next),
                    None => return (numbers, saved_views::count(&db, asked).await.unwrap()),
                }
            }
        };
        let words = Filters { text: "zipper".into(), ..Filters::default() };
        let (numbers, number) = walk(&words).await;
        assert_eq!(numbers, newest_first);
        assert_eq!((number.found, number.more), (1_000, true), "as far as it was looked, and it says so");
        let (numbers, number) = walk(&Filters { status: StatusFilter::Waiting, ..words.clone() }).await;
        assert_eq!((numbers, number.found, number.more), (vec![2, 1, 0], 0, true), "the oldest of all hits");
        let (numbers, _) = walk(&Filters { quiet_hours: 2, ..words }).await;
        assert_eq!(numbers, newest_first, "nothing was said lately");
        let many = [
            Filters { tag: "vip".into(), ..Filters::default() },
            Filters { overdue: true, ..Filters::default() },
            Filters { brand: Some(cast.brand.id), ..Filters::default() },
        ];
        for filters in many {
            let (numbers, number) = walk(&filters).await;
            assert_eq!(numbers, newest_first, "{filters:?}");
            assert!(number.more && number.found == 1_000, "{filters:?}: {number:?}");
        }
    })
    .await;
}

async fn browser_of(desk: &TestDesk, name: &str, role: Role) -> Client {
    desk.browser_of(desk.joined(name, role).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_made_shared_changed_ordered_and_deleted() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        cast.open(&desk.desk.db, 7).await;
        let mut ole = browser_of(&desk, "ole", Role::Teammate).await;
        let mut kim = browser_of(&desk, "kim", Role::Teammate).await;
        let mut boss = browser_of(&desk, "boss", Role::Manager).await;

        assert_eq!(send(&mut ole, "/saved-views", &[("name", " ")]).await.status, 422);
        for foreign in [("status", "nope"), ("channel", "zz"), ("assignee", "zz"), ("quiet_hours", "99999999999")] {
            let refused = send(&mut ole, "/saved-views", &[("name", "Nonesuch"), foreign]).await;
            assert!(refused.status == 422 && refused.text().contains("The desk does not know this."), "{foreign:?}");
        }
        assert!(!page(&mut ole, "/saved-views").await.contains("Nonesuch"), "nothing was made");
        let made =
            send(&mut ole, "/saved-views", &[("name", "Old ones"), ("status", "open"), ("tag", "Big Sale")]).await;
        let there = made.header("location").unwrap().to_owned();
        let id = there.split("saved=").nth(1).unwrap().to_owned();
        assert!(page(&mut ole, &there).await.contains("Old ones"));
        assert!(!page(&mut kim, "/inbox").await.contains("Old ones"), "it is private");
        assert_eq!(kim.get(&there).await.unwrap().status, 404);

        let edit = format!("/saved-views/{id}");
        assert!(page(&mut ole, &edit).await.contains("value=\"big-sale\""));
        taken(&mut ole, &edit, &[("name", "Team list"), ("status", "open"), ("shared", "1")]).await;
        let shown = page(&mut kim, &there).await;
        assert!(shown.contains("Team list") && shown.contains("id=\"row-7\""), "{shown}");
        assert!(shown.contains("/conversations/7?saved="), "the list goes on beside the conversation");
        assert_eq!(kim.get(&edit).await.unwrap().status, 403);
        assert_eq!(send(&mut kim, &format!("{edit}/deletion"), &[]).await.status, 403);

        taken(&mut ole, "/saved-views", &[("name", "Second")]).await;
        let second = page(&mut ole, "/saved-views").await;
        assert!(second.find("Team list").unwrap() < second.find("Second").unwrap());
        taken(&mut ole, &format!("{edit}/moves"), &[("way", "down")]).await;
        let turned = page(&mut ole, "/saved-views").await;
        let list = turned.split("class=\"saved-views\"").nth(1).unwrap();
        assert!(list.find("Second").unwrap() < list.find("Team list").unwrap(), "{list}");
        taken(&mut boss, &format!("{edit}/deletion"), &[]).await;
        assert!(!page(&mut kim, "/inbox").await.contains("Team list"));
    }
}

/// These names in the order in which the page of lists shows them.
async fn in_order<'a>(browser: &mut Client, names: &[&'a str]) -> Vec<&'a str> {
    let shown = page(browser, "/saved-views").await;
    let place = |name: &str| shown.find(&format!("<bdi>{name}</bdi>"));
    let mut found: Vec<_> = names.iter().filter_map(|name| Some((place(name)?, *name))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, name)| name).collect()
}

/// Makes a list, and gives where it is moved.
async fn made(browser: &mut Client, name: &str, shared: bool) -> String {
    let mut fields = vec![("name", name)];
    fields.extend(shared.then_some(("shared", "1")));
    let answer = send(browser, "/saved-views", &fields).await;
    format!("/saved-views/{}/moves", answer.header("location").unwrap().split("saved=").nth(1).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_list_goes_past_one_of_the_team_and_nobody_elses_order_changes() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut ole = browser_of(&desk, "ole", Role::Teammate).await;
        let mut kim = browser_of(&desk, "kim", Role::Teammate).await;
        let mut boss = browser_of(&desk, "boss", Role::Manager).await;
        made(&mut boss, "Late", true).await;
        made(&mut boss, "Lost", true).await;
        made(&mut kim, "Kim’s", false).await;
        let own = made(&mut ole, "Ole’s", false).await;
        let names = ["Late", "Lost", "Kim’s", "Ole’s"];
        let steps = [
            ("up", ["Late", "Ole’s", "Lost"]),
            ("up", ["Ole’s", "Late", "Lost"]),
            ("up", ["Ole’s", "Late", "Lost"]),
            ("down", ["Late", "Ole’s", "Lost"]),
            ("down", ["Late", "Lost", "Ole’s"]),
        ];
        for (way, after) in steps {
            taken(&mut ole, &own, &[("way", way)]).await;
            assert_eq!(in_order(&mut ole, &names).await, after, "{way}");
            assert_eq!(in_order(&mut kim, &names).await, ["Late", "Lost", "Kim’s"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_the_rail_has_no_room_for_is_found_all_the_same_and_nobody_makes_more_than_thirty() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut ole = browser_of(&desk, "ole", Role::Teammate).await;
        let mut boss = browser_of(&desk, "boss", Role::Manager).await;
        for number in 1..=30 {
            made(&mut boss, &format!("Team {number}"), true).await;
        }
        assert!(!page(&mut ole, "/saved-views").await.contains("has room for"));
        let own = made(&mut ole, "Sleepers", false).await;
        assert!(!page(&mut ole, "/inbox").await.contains("Sleepers"), "the rail is full");
        let shown = page(&mut ole, "/saved-views").await;
        assert!(shown.contains("<bdi>Sleepers</bdi>") && shown.contains("room for the first 30"), "{shown}");
        taken(&mut ole, &own, &[("way", "up")]).await;
        assert!(page(&mut ole, "/inbox").await.contains("Sleepers"), "it is moved to where it is seen");

        for number in 2..=30 {
            made(&mut ole, &format!("Mine {number}"), false).await;
        }
        let refused = send(&mut ole, "/saved-views", &[("name", "One more"), ("tag", "vip")]).await;
        let shown = refused.text();
        assert!(refused.status == 422 && shown.contains("You have made 30 views"), "{shown}");
        assert!(shown.contains("value=\"One more\"") && shown.contains("value=\"vip\""), "what was written is there");
        assert!(!page(&mut ole, "/saved-views").await.contains("One more"));
        taken(&mut ole, &own.replace("moves", "deletion"), &[]).await;
        made(&mut ole, "One more", false).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_that_is_kept_can_be_chosen_and_one_that_is_asked_for_stays() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut ole = browser_of(&desk, "ole", Role::Teammate).await;
    let form = page(&mut ole, "/saved-views/new").await;
    for (code, words) in [("ar", "Arabic"), ("ru", "Russian"), ("pl", "Polish"), ("other", "Another language")] {
        let option = form.split(&format!("<option value=\"{code}\"")).nth(1).expect(code);
        assert!(option.split("</option>").next().unwrap().ends_with(words), "{option}");
    }
    let form = page(&mut ole, "/saved-views/new?language=ka").await;
    assert!(form.contains("<option value=\"ka\" selected"), "{form}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_a_list_the_second_is_told_and_a_deleted_one_does_not_come_back() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut ole = browser_of(&desk, "ole", Role::Teammate).await;
        let mut boss = browser_of(&desk, "boss", Role::Manager).await;
        let made = send(&mut ole, "/saved-views", &[("name", "Team list"), ("shared", "1"), ("tag", "vip")]).await;
        let id = made.header("location").unwrap().split("saved=").nth(1).unwrap().to_owned();
        let edit = format!("/saved-views/{id}");
        let drawn = value_of(&page(&mut ole, &edit).await, "seen");

        let by_boss = [("name", "Team list"), ("shared", "1"), ("tag", "late"), ("seen", drawn.as_str())];
        for _ in 0..2 {
            taken(&mut boss, &edit, &by_boss).await;
        }
        let by_ole = |seen| [("name", "Ours"), ("shared", "1"), ("tag", "vip"), ("seen", seen)];
        let refused = send(&mut ole, &edit, &by_ole(drawn.as_str())).await;
        let shown = refused.text();
        assert!(refused.status == 422 && shown.contains("Somebody changed this view meanwhile"), "{shown}");
        assert!(shown.contains("value=\"Ours\""), "what was written is there: {shown}");
        assert!(page(&mut boss, &edit).await.contains("value=\"late\""), "so is what the other did");
        let drawn = value_of(&shown, "seen");
        taken(&mut ole, &edit, &by_ole(drawn.as_str())).await;
        assert!(page(&mut boss, &edit).await.contains("value=\"Ours\""));

        taken(&mut boss, &format!("{edit}/deletion"), &[]).await;
        let refused = send(&mut ole, &edit, &by_ole(drawn.as_str())).await;
        let shown = refused.text();
        assert!(refused.status == 422 && shown.contains("Somebody deleted this view meanwhile"), "{shown}");
        assert_eq!(boss.get(&edit).await.unwrap().status, 404, "it does not come back");
        assert!(shown.contains("action=\"/saved-views\"") && shown.contains("value=\"Ours\""), "{shown}");
    }
}
