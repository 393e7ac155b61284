//! A person's own account: the clock of their pages, their password, where they are signed in.

use resolute::clock::Clock;
use resolute::model::Ts;
use resolute::model::teammate::Teammate;
use resolute::store::{sessions, teammates};

use crate::locks::{opened_elsewhere, until_somebody_waits};
use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, said, send, signed_in, taken};
use crate::support::http::Client;
use crate::support::setup::{EMAIL, NAME, PASSWORD};
use crate::support::stores::write;

/// 25 October 2026, 10:00 UTC: Berlin has put its clocks back at 01:00 UTC.
const SUNDAY: Ts = Ts(1_792_922_400_000_000);
const HOUR: i64 = 3_600_000_000;

async fn me(desk: &TestDesk) -> Teammate {
    teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap()
}

/// A conversation with one message before the change of clocks and one after it.
async fn over_the_change(desk: &TestDesk) {
    let cast = Cast::stored(&desk.desk.db).await;
    let talk = cast.conversation(7);
    let message = |body: &str, hours_ago: i64| {
        let mut message = cast.message(&talk, body);
        message.created_at = Ts(SUNDAY.0 - hours_ago * HOUR);
        message
    };
    put(&desk.desk.db, std::slice::from_ref(&talk), &[message("Before", 12), message("After", 3)]).await;
}

async fn move_to(browser: &mut Client, zone: &str) {
    taken(browser, "/account", &[("name", NAME), ("time_zone", zone)]).await;
}

/// Headings of days and times of messages, in the order of the page; what the test itself just did is left out.
async fn shown(browser: &mut Client) -> Vec<String> {
    let html = page(browser, "/conversations/7/timeline").await;
    let pieces = html.split('<').filter_map(|piece| {
        let (tag, text) = piece.split_once('>')?;
        let wanted = tag.starts_with("time") || tag.starts_with("h2") || text.contains("day");
        wanted.then(|| text.trim().to_owned()).filter(|text| !text.is_empty() && text != "just now")
    });
    pieces.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_taken_away_at_that_moment_opens_nothing_any_more() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let db = &desk.desk.db;
        let mut browser = desk.browser().await;
        let change = [("old_password", PASSWORD), ("new_password", "a password of my own")];
        for is_sign_in in [true, false] {
            let elsewhere = opened_elsewhere(&desk).await;
            let mut held = elsewhere.begin().await.unwrap();
            let kept = teammates::password_hash(db, desk.setup.teammate).await.unwrap();
            teammates::set_password(&mut held, desk.setup.teammate, "another").await.unwrap();
            let resetting = async {
                until_somebody_waits(db).await;
                held.commit().await.unwrap();
            };
            let asking = async {
                if is_sign_in { desk.sign_in().await } else { send(&mut browser, "/account/password", &change).await }
            };
            let (answer, ()) = tokio::join!(asking, resetting);
            assert_eq!(answer.status, 422, "{}", answer.text());
            assert_eq!(teammates::password_hash(db, desk.setup.teammate).await.unwrap(), "another");
            elsewhere.close().await;
            write(db, async |tx| teammates::set_password(tx, desk.setup.teammate, &kept).await).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_sleep_follow_the_readers_clock_over_a_change_of_clocks() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { clock: Clock::fixed(SUNDAY), ..Wish::exact(engine) }).await;
        over_the_change(&desk).await;
        let mut browser = desk.browser().await;
        for (zone, times, eight) in [
            ("", ["Yesterday", "22:00", "Today", "07:00"], "2026-10-26T08:00:00Z"),
            // Twelve hours ago Berlin stood two hours ahead of UTC, three hours ago one.
            ("Europe/Berlin", ["Today", "00:00", "Today", "08:00"], "2026-10-26T07:00:00Z"),
            ("Asia/Tokyo", ["Today", "07:00", "Today", "16:00"], "2026-10-25T23:00:00Z"),
        ] {
            move_to(&mut browser, zone).await;
            let mut wanted = times.to_vec();
            if wanted[0] == wanted[2] {
                wanted.remove(2);
            }
            assert_eq!(shown(&mut browser).await, wanted, "{zone}");
            taken(&mut browser, "/conversations/7/snooze", &[("until", "tomorrow"), ("back", "/inbox")]).await;
            let talk = desk.talk(7).await;
            assert_eq!(talk.snoozed_until.map(Ts::rfc3339).as_deref(), Some(eight), "{zone}");
            taken(&mut browser, "/conversations/7/snooze/deletion", &[("back", "/inbox")]).await;
        }
        let refused = send(&mut browser, "/account", &[("name", NAME), ("time_zone", "Mars/Olympus")]).await;
        assert_eq!(refused.status, 422);
        assert_eq!(me(&desk).await.time_zone, "Asia/Tokyo");
        let long = "Mara ".repeat(21);
        let refused = send(&mut browser, "/account", &[("name", &long), ("time_zone", "")]).await;
        assert!(refused.status == 422 && refused.text().contains("at most 100 characters"), "{}", refused.text());
        assert_eq!(me(&desk).await.name, NAME, "never cut");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browsers_zone_is_taken_once_and_another_one_is_only_mentioned() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        signed_in(&desk, EMAIL, PASSWORD, "Nowhere/At all").await;
        assert_eq!(me(&desk).await.time_zone, "");
        let (_, answer) = signed_in(&desk, EMAIL, PASSWORD, "America/New_York").await;
        assert_eq!(me(&desk).await.time_zone, "America/New_York");
        assert_eq!(said(&answer), "", "nothing is asked");
        let (_, answer) = signed_in(&desk, EMAIL, PASSWORD, "Asia/Tokyo").await;
        assert_eq!(me(&desk).await.time_zone, "America/New_York");
        assert_ne!(said(&answer), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_asks_for_the_old_one_and_signs_other_places_out() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (mut here, _) = signed_in(&desk, EMAIL, PASSWORD, "").await;
        let (mut there, _) = signed_in(&desk, EMAIL, PASSWORD, "").await;
        let new = "a longer horse battery";
        for (old, new, field) in [("wrong", new, "old_password"), (PASSWORD, "short", "new_password")] {
            let answer = send(&mut here, "/account/password", &[("old_password", old), ("new_password", new)]).await;
            assert_eq!(answer.status, 422);
            assert!(answer.text().contains(&format!("{field}-error")), "{}", answer.text());
        }
        assert_eq!(there.get("/account").await.unwrap().status, 200);
        taken(&mut here, "/account/password", &[("old_password", PASSWORD), ("new_password", new)]).await;
        assert_eq!(here.get("/account").await.unwrap().status, 200, "this place stays");
        assert_eq!(there.get("/account").await.unwrap().status, 303, "the other is signed out");
        signed_in(&desk, EMAIL, new, "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_places_are_listed_and_signed_out() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (mut here, _) = signed_in(&desk, EMAIL, PASSWORD, "").await;
        let (mut there, _) = signed_in(&desk, EMAIL, PASSWORD, "").await;
        let cast = Cast::stored(&desk.desk.db).await;
        let shown = page(&mut here, "/account").await;
        assert_eq!(shown.matches("Firefox on Linux").count(), 2, "{shown}");
        assert_eq!(shown.matches("this one").count(), 1);
        taken(&mut here, "/account/sessions/deletion", &[]).await;
        assert_eq!(here.get("/account").await.unwrap().status, 200);
        assert_eq!(there.get("/account").await.unwrap().status, 303);
        let now = desk.desk.clock.now();
        assert_eq!(sessions::list_of(&desk.desk.db, desk.setup.teammate, now).await.unwrap().len(), 1);
        assert!(sessions::list_of(&desk.desk.db, cast.sam.id, now).await.unwrap().is_empty());
    }
}
