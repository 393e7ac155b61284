//! Due moments and open hours, over nights, holidays and changes of the clocks.

use super::*;

fn berlin() -> Zone {
    Zone::named("Europe/Berlin").unwrap()
}

fn new_york() -> Zone {
    Zone::named("America/New_York").unwrap()
}

fn at(text: &str) -> Ts {
    let moment: jiff::Timestamp = text.parse().unwrap();
    Ts(moment.as_microsecond())
}

const fn hours(n: u64) -> Duration {
    Duration::from_hours(n)
}

/// Monday to Friday as written, the weekend closed.
fn weekdays(text: &str) -> Hours {
    let day = read_day(text).unwrap();
    let week = (0..7).map(|n| if n < 5 { day.clone() } else { Vec::new() }).collect();
    Hours { week, closed: Vec::new() }
}

fn every_day(text: &str) -> Hours {
    Hours { week: vec![read_day(text).unwrap(); 7], closed: Vec::new() }
}

#[test]
fn without_hours_time_is_time() {
    let always = Hours::default();
    let begin = at("2026-11-21T22:00:00Z");
    assert!(always.is_open(berlin(), begin));
    assert_eq!(always.opens(berlin(), begin), Some(begin));
    for span in [0, 1, 8, 24, 24 * 90] {
        assert_eq!(always.after(berlin(), begin, hours(span)), begin.plus(hours(span)), "{span} h");
    }
}

#[test]
fn an_answer_is_due_in_open_time() {
    let office = weekdays("09:00-17:00");
    for (written, span, due) in [
        // Within a day.
        ("2026-11-23T09:00:00Z", 4, "2026-11-23T13:00:00Z"),
        // Up to the last minute.
        ("2026-11-23T08:00:00Z", 8, "2026-11-23T16:00:00Z"),
        // Over the night.
        ("2026-11-23T15:00:00Z", 4, "2026-11-24T11:00:00Z"),
        // Before the day begins.
        ("2026-11-23T05:00:00Z", 1, "2026-11-23T09:00:00Z"),
        // After it ended.
        ("2026-11-23T20:00:00Z", 1, "2026-11-24T09:00:00Z"),
        // At the very end.
        ("2026-11-23T16:00:00Z", 1, "2026-11-24T09:00:00Z"),
        // Over the weekend.
        ("2026-11-20T15:30:00Z", 1, "2026-11-23T08:30:00Z"),
        ("2026-11-21T12:00:00Z", 8, "2026-11-23T16:00:00Z"),
        // Five working days.
        ("2026-11-23T08:00:00Z", 40, "2026-11-27T16:00:00Z"),
        ("2026-11-23T08:00:00Z", 41, "2026-11-30T09:00:00Z"),
    ] {
        let found = office.after(berlin(), at(written), hours(span));
        assert_eq!(found, at(due), "{written} and {span} h: {found}");
    }
}

#[test]
fn open_time_between_two_moments_is_what_people_were_there() {
    let office = weekdays("09:00-12:00, 13:00-17:00");
    for (from, to, minutes) in [
        ("2026-11-23T09:00:00Z", "2026-11-23T09:30:00Z", 30),
        // Over lunch.
        ("2026-11-23T10:50:00Z", "2026-11-23T12:05:00Z", 15),
        // Over the night.
        ("2026-11-23T15:30:00Z", "2026-11-24T08:10:00Z", 40),
        // Over the weekend.
        ("2026-11-20T15:30:00Z", "2026-11-23T08:10:00Z", 40),
        // Before the day began.
        ("2026-11-23T05:00:00Z", "2026-11-23T07:00:00Z", 0),
        // The wrong way round.
        ("2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z", 0),
    ] {
        let found = office.between(berlin(), at(from), at(to));
        assert_eq!(found, Duration::from_mins(minutes), "{from} to {to}");
    }
    let (from, to) = (at("2026-11-20T22:00:00Z"), at("2026-11-22T23:00:00Z"));
    assert_eq!(Hours::default().between(berlin(), from, to), hours(49));
    assert_eq!(office.between(berlin(), from, office.after(berlin(), from, hours(9))), hours(9));
}

#[test]
fn breaks_do_not_count() {
    let office = weekdays("09:00-12:00, 13:00-17:00");
    assert_eq!(office.after(berlin(), at("2026-11-23T10:00:00Z"), hours(2)), at("2026-11-23T13:00:00Z"));
    assert!(!office.is_open(berlin(), at("2026-11-23T11:30:00Z")));
    assert_eq!(office.opens(berlin(), at("2026-11-23T11:30:00Z")), Some(at("2026-11-23T12:00:00Z")));
}

#[test]
fn parts_of_days_join_over_midnight() {
    let nights = every_day("00:00-06:00, 18:00-24:00");
    assert_eq!(nights.after(berlin(), at("2026-11-23T22:00:00Z"), hours(3)), at("2026-11-24T01:00:00Z"));
    assert!(nights.is_open(berlin(), at("2026-11-23T23:00:00Z")), "midnight itself");
    let open = every_day("00:00-24:00");
    assert_eq!(open.after(berlin(), at("2026-11-23T22:00:00Z"), hours(30)), at("2026-11-25T04:00:00Z"));
}

#[test]
fn closed_days_do_not_count_once_or_every_year() {
    let mut office = weekdays("09:00-17:00");
    office.closed = read_closed("2026-11-24 Moving house\n12-25 Christmas").unwrap();
    assert_eq!(office.after(berlin(), at("2026-11-23T15:00:00Z"), hours(2)), at("2026-11-25T09:00:00Z"));
    for (year, next) in [("2026", "2026-12-28T08:00:00Z"), ("2028", "2028-12-26T08:00:00Z")] {
        assert_eq!(office.opens(berlin(), at(&format!("{year}-12-25T10:00:00Z"))), Some(at(next)), "{year}");
    }
    assert_eq!(office.opens(berlin(), at("2027-11-24T10:00:00Z")), Some(at("2027-11-24T10:00:00Z")), "once only");
    // Round the clock, but for a holiday.
    let mut always = Hours { closed: office.closed, ..Hours::default() };
    assert_eq!(always.after(berlin(), at("2026-12-24T22:00:00Z"), hours(2)), at("2026-12-26T00:00:00Z"));
    always.closed.clear();
    assert!(always.is_open(berlin(), at("2026-12-25T10:00:00Z")));
}

#[test]
fn the_local_day_decides_not_the_day_of_greenwich() {
    let office = weekdays("09:00-17:00");
    // Monday 08:30 in Auckland is still Sunday in Greenwich.
    let auckland = Zone::named("Pacific/Auckland").unwrap();
    assert_eq!(office.opens(auckland, at("2026-11-22T19:30:00Z")), Some(at("2026-11-22T20:00:00Z")));
    assert!(office.is_open(auckland, at("2026-11-22T21:00:00Z")));
    let kathmandu = Zone::named("Asia/Kathmandu").unwrap();
    assert_eq!(office.opens(kathmandu, at("2026-11-23T00:00:00Z")), Some(at("2026-11-23T03:15:00Z")));
}

#[test]
fn hours_keep_their_place_on_the_clock_when_it_changes() {
    let office = every_day("09:00-17:00");
    // Berlin, 25 October 2026: summer time ends, and 09:00 moves from 07:00 to 08:00 UTC.
    assert_eq!(office.opens(berlin(), at("2026-10-24T16:00:00Z")), Some(at("2026-10-25T08:00:00Z")));
    assert_eq!(office.after(berlin(), at("2026-10-24T14:00:00Z"), hours(2)), at("2026-10-25T09:00:00Z"));
    // Berlin, 29 March 2026: it begins, and 09:00 moves from 08:00 to 07:00 UTC.
    assert_eq!(office.after(berlin(), at("2026-03-28T15:00:00Z"), hours(2)), at("2026-03-29T08:00:00Z"));
    // New York, 8 March 2026.
    assert_eq!(office.opens(new_york(), at("2026-03-08T00:00:00Z")), Some(at("2026-03-08T13:00:00Z")));
}

#[test]
fn a_day_is_as_long_as_it_is() {
    let open = every_day("00:00-24:00");
    // 23 hours on 29 March, 25 on 25 October: what is open all day is due as time goes by.
    for begin in ["2026-03-28T22:00:00Z", "2026-10-24T21:00:00Z"] {
        assert_eq!(open.after(berlin(), at(begin), hours(30)), at(begin).plus(hours(30)), "{begin}");
    }
    let night = every_day("01:00-05:00");
    // 01:00 to 05:00 lasts three hours in spring and five in autumn.
    assert_eq!(night.after(berlin(), at("2026-03-28T20:00:00Z"), hours(4)), at("2026-03-30T00:00:00Z"));
    assert_eq!(night.after(berlin(), at("2026-10-24T20:00:00Z"), hours(5)), at("2026-10-25T04:00:00Z"));
}

#[test]
fn a_time_that_the_clock_leaves_out_or_shows_twice_is_one_moment() {
    // 02:15 does not exist on 29 March in Berlin, and 02:00 is where the clock jumps to 03:00.
    let gap = every_day("02:15-04:00");
    assert_eq!(gap.opens(berlin(), at("2026-03-28T20:00:00Z")), Some(at("2026-03-29T01:15:00Z")));
    let inside = every_day("02:00-03:00");
    assert_eq!(inside.opens(berlin(), at("2026-03-28T20:00:00Z")), Some(at("2026-03-30T00:00:00Z")), "no such hour");
    // 02:30 is there twice on 25 October: the first counts.
    let fold = every_day("02:30-06:00");
    assert_eq!(fold.opens(berlin(), at("2026-10-24T20:00:00Z")), Some(at("2026-10-25T00:30:00Z")));
    assert_eq!(fold.after(berlin(), at("2026-10-24T20:00:00Z"), hours(4)), at("2026-10-25T04:30:00Z"));
}

#[test]
fn hours_that_never_come_stop_no_clock() {
    let never = Hours { week: vec![Vec::new(); 7], closed: Vec::new() };
    let begin = at("2026-11-23T09:00:00Z");
    assert_eq!(never.opens(berlin(), begin), None);
    assert_eq!(never.after(berlin(), begin, hours(8)), begin.plus(hours(8)));
}

#[test]
fn due_moments_never_run_back() {
    let office = weekdays("08:30-12:00, 13:00-18:15");
    let begin = at("2026-03-20T00:00:00Z");
    let mut last = (begin, begin);
    for step in 0..2_000_u64 {
        let written = begin.plus(Duration::from_mins(step * 17));
        let due = office.after(new_york(), written, Duration::from_mins(95));
        assert!(due >= last.1 && due >= written.plus(Duration::from_mins(95)), "{written}: {due} after {}", last.1);
        assert!(office.is_open(new_york(), Ts(due.0 - 1)), "{due} is in open time");
        last = (written, due);
    }
}

#[test]
fn days_are_read_as_people_write_them() {
    let part = |from, to| Part { from, to };
    for (text, expected) in [
        ("", vec![]),
        ("closed", vec![]),
        ("9-17", vec![part(540, 1020)]),
        (" 09:00 – 17.30 ", vec![part(540, 1050)]),
        ("09:00-12:00,13:00-24:00", vec![part(540, 720), part(780, 1440)]),
    ] {
        let read = read_day(text).unwrap();
        assert_eq!(read, expected, "{text}");
        assert_eq!(read_day(&day_words(&read)).unwrap(), read, "{text}");
    }
    for wrong in ["9", "9-", "17-9", "9-25", "09:60-12", "9-12, 11-13", "0-0", "a-b", "1-2,3-4,5-6,7-8,9-10"] {
        assert!(read_day(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn closed_days_are_read_a_line_each() {
    let read = read_closed("2026-12-24 Christmas Eve\n\n  01-01\n02-29 Leap day").unwrap();
    assert_eq!(read.len(), 3);
    assert_eq!(closed_words(&read), "2026-12-24 Christmas Eve\n01-01\n02-29 Leap day");
    for wrong in ["tomorrow", "2026-02-30", "13-01", "24.12.2026"] {
        assert!(read_closed(wrong).unwrap_err().contains("Line 1"), "{wrong}");
    }
}
