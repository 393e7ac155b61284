//! The inbox filtered by its address: what it lists and counts, how a part is taken off, and how it becomes a view.

use resolute::model::conversation::ConversationStatus;
use resolute::store::conversations;
use resolute::store::intake::ConversationRow;

use crate::support::cast::{Cast, NOW, at, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, values_of};
use crate::support::stores::write;

/// Numbers 1 to `last`, each newer than the one before. Even ones come by chat, every third waits, every fifth is Sam's,
/// every seventh is tagged.
async fn fill(desk: &TestDesk, cast: &Cast, last: i64) {
    let db = &desk.desk.db;
    let row = |number: i64| {
        let channel = if number % 2 == 0 { &cast.chat } else { &cast.mail };
        let status = if number % 3 == 0 { ConversationStatus::Waiting } else { ConversationStatus::Open };
        ConversationRow {
            channel_id: channel.id,
            channel_kind: channel.kind.clone(),
            status,
            last_message_at: at(number),
            ..cast.conversation(number)
        }
    };
    let rows: Vec<ConversationRow> = (1..=last).map(row).collect();
    let said: Vec<_> = rows.iter().map(|row| cast.message(row, "Where is it?")).collect();
    put(db, &rows, &said).await;
    for row in &rows {
        let mut talk = conversations::find(db, row.id).await.unwrap().unwrap();
        talk.assignee_id = (talk.number % 5 == 0).then_some(cast.sam.id);
        write(db, async |tx| {
            conversations::update(tx, &talk).await?;
            if talk.number % 7 == 0 { conversations::add_tag(tx, talk.id, "vip", NOW).await } else { Ok(false) }
        })
        .await;
    }
}

/// The numbers of the rows, as they stand.
fn listed(html: &str) -> Vec<i64> {
    html.split("id=\"row-").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

/// Of `1..=last` what fits, newest first.
fn expected(last: i64, fits: impl Fn(i64) -> bool) -> Vec<i64> {
    (1..=last).rev().filter(|number| fits(*number)).collect()
}

/// Where the link leads whose tag goes on so behind its address.
fn link(html: &str, behind: &str) -> String {
    let (before, _) = html.split_once(behind).unwrap_or_else(|| panic!("no link with {behind} in:\n{html}"));
    before.rsplit("href=\"").next().unwrap().replace("&#38;", "&")
}

async fn desk(engine: Engine, last: i64) -> (TestDesk, Cast) {
    let desk = TestDesk::start(Wish::exact(engine)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    fill(&desk, &cast, last).await;
    (desk, cast)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_filters_the_list_and_each_part_is_taken_off_by_itself() {
    for engine in Engine::all() {
        let (desk, cast) = desk(engine, 40).await;
        let mut browser = desk.browser().await;
        let asked = format!("status=open&channel={}&assignee=nobody&tag=vip", cast.mail.id);
        let there = format!("/inbox?{asked}");
        let shown = page(&mut browser, &there).await;
        assert_eq!(listed(&shown), [7]);
        assert!(shown.contains("data-list-count>1<"), "{shown}");
        assert!(shown.contains(&format!("/conversations/7?{}", asked.replace('&', "&#38;"))), "{shown}");
        for part in ["Open", "Our email", "Given to nobody", "Tag vip"] {
            assert!(shown.contains(&format!("aria-label=\"Filter no longer by {part}\"")), "{part}: {shown}");
        }

        let wider = link(&shown, "\" aria-label=\"Filter no longer by Tag vip\"");
        assert_eq!(wider, format!("/inbox?status=open&channel={}&assignee=nobody", cast.mail.id));
        let fits = |number: i64| number % 2 == 1 && number % 3 != 0 && number % 5 != 0;
        assert_eq!(listed(&page(&mut browser, &wider).await), expected(40, fits));
        // Beside a conversation the list is the same, and so are its rows and its number in the rail.
        assert_eq!(listed(&page(&mut browser, &format!("/conversations/11?{asked}")).await), [7]);
        assert_eq!(listed(&page(&mut browser, &format!("/inbox/rows?{asked}")).await), [7]);
        let rail = page(&mut browser, &format!("/rail?{asked}")).await;
        assert!(rail.contains("Filtered list <span class=\"count\">1</span>"), "{rail}");
        assert_eq!(link(&rail, "\" aria-current=\"true\" data-command=\"Look at Filtered list\""), there);

        let begun = page(&mut browser, "/inbox?view=unassigned").await;
        assert!(!begun.contains("asked-for"), "a view is no filter");
        let menu = begun.split("id=\"filter\"").nth(1).unwrap();
        assert!(menu.contains("<option value=\"nobody\" selected>"), "narrowing begins with what is shown: {menu}");
        let untouched =
            "/inbox?status=waiting&channel=&assignee=&tag=&intent=&language=&order_number=&quiet_hours=0&text=";
        assert_eq!(listed(&page(&mut browser, untouched).await), expected(40, |number| number % 3 == 0));

        let none = page(&mut browser, "/inbox?status=open&tag=%3Cb%3E%22x").await;
        assert!(none.contains("Nothing fits the filter") && none.contains("Clear the filter"), "{none}");
        assert!(none.contains("Tag &#60;b&#62;&#34;x") && !none.contains("<b>\"x"), "{none}");
        for foreign in ["status=zzz", "assignee=zzz&tag=x", "channel=zzz&tag=x", "tag=x&quiet_hours=soon"] {
            assert_eq!(browser.get(&format!("/inbox?{foreign}")).await.unwrap().status, 400, "{foreign}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filtered_list_is_paged_changed_and_kept_as_a_view() {
    for engine in Engine::all() {
        let (desk, _) = desk(engine, 120).await;
        let mut browser = desk.browser().await;
        let fits = |number: i64| number % 3 != 0 && number % 5 != 0;
        let there = "/inbox?status=open&assignee=nobody";
        let first = page(&mut browser, there).await;
        let earlier = link(&first, "\" data-command>Show earlier conversations");
        assert!(earlier.starts_with(&format!("{there}&cursor=")), "{earlier}");
        let mut all = listed(&first);
        all.extend(listed(&page(&mut browser, &earlier).await));
        assert_eq!(all, expected(120, fits), "each once, in pages");

        let pick = values_of(&first, "pick")[0].clone();
        let fields = [("pick", pick.as_str()), ("do", "resolve"), ("back", there)];
        let done = send(&mut browser, "/inbox/changes", &fields).await;
        let back = done.header("location").unwrap().to_owned();
        assert!(back.starts_with(&format!("{there}&changed=")), "{back}");
        let after = page(&mut browser, &back).await;
        assert!(after.contains("1 conversation resolved") && after.contains("asked-for"), "{after}");
        assert_eq!(listed(&after)[0], all[1], "what was resolved is gone");

        let keep = link(&after, "\" data-command=\"Save the filter as a view\"");
        let form = page(&mut browser, &keep).await;
        for chosen in ["<option value=\"open\" selected>", "<option value=\"nobody\" selected>"] {
            assert!(form.contains(chosen), "{chosen}: {form}");
        }
        let fields = [("name", "Nobody’s yet"), ("status", "open"), ("assignee", "nobody")];
        let kept = send(&mut browser, "/saved-views", &fields).await;
        let view = kept.header("location").unwrap().to_owned();
        let shown = page(&mut browser, &view).await;
        assert_eq!(listed(&shown), listed(&page(&mut browser, there).await));
        let menu = shown.split("id=\"filter\"").nth(1).unwrap();
        assert!(menu.contains("<option value=\"nobody\" selected>"), "a view is narrowed from what it holds: {menu}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_finds_nothing_among_the_newest_says_so_and_leads_on() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let row = |number: i64| ConversationRow { last_message_at: at(number), ..cast.conversation(number) };
        let rows: Vec<ConversationRow> = (1..=2_010).map(row).collect();
        for some in rows.chunks(500) {
            put(&desk.desk.db, some, &[]).await;
        }
        let mut oldest = desk.talk(1).await;
        oldest.language = "de".into();
        write(&desk.desk.db, async |tx| conversations::update(tx, &oldest).await).await;
        let mut browser = desk.browser().await;
        let shown = page(&mut browser, "/inbox?status=open&language=de").await;
        assert!(listed(&shown).is_empty() && shown.contains("Earlier ones may be."), "{shown}");
        assert!(shown.contains("data-list-count>0+<"), "the number says that it may be more: {shown}");
        let earlier = link(&shown, "\" data-command>Show earlier conversations");
        assert_eq!(listed(&page(&mut browser, &earlier).await), [1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_narrowed_to_a_brand_to_what_is_overdue_and_to_what_needs_approval() {
    for engine in Engine::all() {
        let (desk, cast) = desk(engine, 12).await;
        let db = &desk.desk.db;
        let ours = ConversationRow {
            brand_id: desk.setup.brand,
            channel_id: desk.setup.channel,
            last_message_at: at(50),
            due_at: None,
            ..cast.conversation(50)
        };
        put(db, &[ours], &[]).await;
        // Every even one is overdue, every third one has a draft that waits.
        for number in 1..=12 {
            let mut talk = desk.talk(number).await;
            talk.due_at = talk.due_at.filter(|_| number % 2 == 0);
            talk.needs_approval = number % 3 == 0;
            write(db, async |tx| conversations::update(tx, &talk).await).await;
        }
        let mut browser = desk.browser().await;
        let brand = desk.setup.brand;
        let asked = format!("status=unresolved&brand={}&needs_approval=1&overdue=1", cast.brand.id);
        for (filter, expected) in [
            ("overdue=1".to_owned(), expected(12, |number| number % 2 == 0)),
            ("needs_approval=1".to_owned(), expected(12, |number| number % 3 == 0)),
            (asked.clone(), vec![12, 6]),
            (format!("status=unresolved&brand={brand}"), vec![50]),
            (format!("status=open&brand={brand}&overdue=1"), vec![]),
        ] {
            assert_eq!(listed(&page(&mut browser, &format!("/inbox?{filter}")).await), expected, "{filter}");
        }
        let shown = page(&mut browser, &format!("/inbox?{asked}")).await;
        for (part, without) in [
            ("Fjell &#38; Sons", "status=unresolved&needs_approval=1&overdue=1".to_owned()),
            ("Needs approval", format!("status=unresolved&brand={}&overdue=1", cast.brand.id)),
            ("Overdue", format!("status=unresolved&brand={}&needs_approval=1", cast.brand.id)),
        ] {
            let behind = format!("\" aria-label=\"Filter no longer by {part}\"");
            assert_eq!(link(&shown, &behind), format!("/inbox?{without}"), "{part}");
        }

        // Narrowing begins with what the list shows.
        let menu_of = |page: &str| page.split("id=\"filter\"").nth(1).unwrap().to_owned();
        let menu = menu_of(&page(&mut browser, "/inbox?view=needs_approval").await);
        assert!(menu.contains("name=\"needs_approval\" value=\"1\" checked"), "{menu}");
        assert!(menu.contains("data-command=\"Filter: Only what is overdue\""), "{menu}");
        let menu = menu_of(&page(&mut browser, &format!("/inbox?brand={brand}")).await);
        assert!(menu.contains(&format!("<option value=\"{brand}\" selected>Fjord Home")), "{menu}");

        for (none, words) in [
            ("status=snoozed&overdue=1", "Nobody waits longer here than they should."),
            ("status=snoozed&needs_approval=1", "No draft waits for a person here."),
        ] {
            assert!(page(&mut browser, &format!("/inbox?{none}")).await.contains(words), "{none}");
        }
        assert_eq!(browser.get("/inbox?brand=zzz&overdue=1").await.unwrap().status, 400);

        let keep = link(&shown, "\" data-command=\"Save the filter as a view\"");
        let form = page(&mut browser, &keep).await;
        for chosen in ["name=\"needs_approval\" value=\"1\" checked", "name=\"overdue\" value=\"1\" checked"] {
            assert!(form.contains(chosen), "{chosen}: {form}");
        }
        let id = cast.brand.id.to_string();
        let fields = [("name", "Late drafts"), ("brand", id.as_str()), ("needs_approval", "1"), ("overdue", "1")];
        let kept = send(&mut browser, "/saved-views", &fields).await;
        assert_eq!(listed(&page(&mut browser, kept.header("location").unwrap()).await), [12, 6]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_one_brand_nobody_chooses_one() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let mut browser = desk.browser().await;
    for path in ["/inbox", "/saved-views/new"] {
        let shown = page(&mut browser, path).await;
        assert!(shown.contains("name=\"overdue\"") && !shown.contains("name=\"brand\""), "{path}: {shown}");
    }
    let named = format!("/inbox?status=open&brand={}", desk.setup.brand);
    let shown = page(&mut browser, &named).await;
    assert!(shown.contains("name=\"brand\""), "a brand that is asked for is not dropped: {shown}");
    Cast::stored(&desk.desk.db).await;
    for path in ["/inbox", "/saved-views/new"] {
        assert!(page(&mut browser, path).await.contains("name=\"brand\""), "{path}: with two there is a choice");
    }
}
