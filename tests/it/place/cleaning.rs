//! Odd texts: PostgreSQL has no NUL, names may be missing, subjects may be long.

use super::mails::mail;
use super::world::{World, has_nul};

#[test]
fn no_nul_gets_through_and_none_hides_who_or_what_is_known() {
    let mut world = World::new();
    let mut first = mail("<\0one>", "so\0fie@example.com").to(&["part\0ner@example.com"]).says("a\0b FJ-\u{0}20417");
    first.message.sender_name = "So\0fie".into();
    first.message.subject = "sub\0ject".into();
    first.message.text = "more\0".into();
    first.message.html = Some("<p>\0</p>".into());
    first.message.thread.message_ids = vec!["<no\0ne>".into()];
    first = first.with_file("fi\0le", b"\0");
    let batch = world.receive(&[first.clone()]);
    assert!(!has_nul(&batch), "{batch:#?}");
    assert_eq!(
        (batch.messages[0].body.as_str(), batch.contacts[0].value.as_str()),
        ("ab FJ-20417", "sofie@example.com")
    );
    let home = world.home_of("<one>").unwrap();

    assert!(world.receive(&[first]).messages.is_empty(), "the same message again");
    world.receive(&[mail("<2>", "sofie@example.com").replies_to(&["<\0one>"])]);
    assert_eq!(world.home_of("<2>"), Some(home));
    world.receive(&[mail("<3>", "partner\0@example.com").replies_to(&["<one>"])]);
    assert_eq!(world.home_of("<3>"), Some(home));
    let batch = world.receive(&[mail("<4>", "new@example.com"), mail("<5>", "ne\0w@example.com")]);
    assert_eq!(batch.contacts.len(), 1);
    world.talk(home).order_number = Some("FJ-20417".into());
    world.receive(&[mail("<6>", "sofie@example.com").says("FJ-\u{0}20417")]);
    assert_eq!(world.home_of("<6>"), Some(home));
}

#[test]
fn a_contact_without_a_name_is_called_by_the_address() {
    let mut world = World::new();
    let mut nameless = mail("<1>", "anna@example.com");
    nameless.message.sender_name = " \t".into();
    let mut long = mail("<2>", "long@example.com");
    long.message.sender_name = "é".repeat(5_000);
    let mut nobody = mail("<3>", "");
    nobody.message.sender_name = String::new();
    let batch = world.receive(&[nameless, long, nobody]);
    let names: Vec<&str> = batch.contacts.iter().map(|contact| contact.name.as_str()).collect();
    assert_eq!(names, ["anna@example.com", "é".repeat(120).as_str(), "Unknown sender"]);
}

#[test]
fn lists_show_a_line_however_long_the_message() {
    let mut world = World::new();
    let mut wordless = mail("<1>", "a@example.com").says(" \n ");
    wordless.message.subject = "s".repeat(9_000);
    let batch = world.receive(&[wordless, mail("<2>", "b@example.com").says(&"wörd ".repeat(10_000))]);
    assert_eq!(batch.conversations[0].subject.chars().count(), 400);
    assert!(batch.conversations.iter().all(|talk| talk.gist.chars().count() <= 91));
    assert!(batch.conversations[0].gist.starts_with("sss"), "without words, the subject stands in");
}

#[test]
fn no_line_of_ours_is_turned_around() {
    let mut world = World::new();
    let mut turning = mail("<1>", "anna@example.com").says("\u{202e}redro ym");
    turning.message.sender_name = "An\u{202e}na\u{2066}".into();
    turning.message.subject = "\u{202d}Where\u{202c} is it?".into();
    turning = turning.with_file("invoice\u{202e}fdp.exe", b"x");
    let mut nameless = mail("<2>", "ben@example.com");
    nameless.message.sender_name = "\u{202e}\u{2069}".into();
    let batch = world.receive(&[turning.clone(), nameless]);
    let (talk, message) = (&batch.conversations[0], &batch.messages[0]);
    assert_eq!(
        (talk.subject.as_str(), talk.gist.as_str(), talk.contact_name.as_str()),
        ("Where is it?", "redro ym", "Anna")
    );
    assert_eq!((message.subject.as_str(), message.sender_name.as_str()), ("Where is it?", "Anna"));
    assert_eq!(message.body, "\u{202e}redro ym", "a text is kept as it was written");
    assert_eq!(batch.attachments[0].name, "invoicefdp.exe");
    assert_eq!(batch.contacts[1].name, "ben@example.com");
    assert!(world.receive(&[turning]).messages.is_empty(), "the same message again");
}

#[test]
fn a_mail_that_was_stored_with_its_marks_of_direction_comes_once() {
    let (subject, file) = ("\u{202d}Where\u{202c} is it?", "no\u{202e}te.txt");
    let written = |content: &'static [u8]| {
        let mut written = mail("<1>", "anna@example.com").with_file(file, content);
        written.message.subject = subject.into();
        written
    };
    let mut world = World::new();
    world.receive(&[written(b"one\r\ntwo")]);
    world.kept_by_an_earlier_version(subject, file);
    assert!(world.receive(&[written(b"one\r\ntwo")]).messages.is_empty(), "the same message again");
    // Where line ends were changed on the way, the file is known by its name.
    assert!(world.receive(&[written(b"one\ntwo")]).messages.is_empty(), "the same message on another way");
    let mut other = written(b"one\r\ntwo");
    other.message.subject = "\u{202d}When\u{202c} is it?".into();
    assert_eq!(world.receive(&[other]).messages.len(), 1, "another one with its id");
}
