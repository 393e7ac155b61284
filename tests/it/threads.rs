//! Conversations in which several threads of a platform meet: each answer goes into the thread of whom it is written to, and
//! of several of theirs into that in which they wrote last.

use std::time::Duration;

use resolute::model::window::Window;
use resolute::model::{ChannelId, Ts};
use resolute::store::{messages, people};

use crate::mail_path::{answer, last_message, mail, receive};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, taken};
use crate::support::smtp::SmtpDouble;
use crate::support::stand::Stand;
use crate::support::stores::write;

/// A desk with a channel on this platform.
async fn stand(engine: Engine, name: &'static str) -> Stand {
    Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[name]).await
}

/// One conversation goes into another, as a person who was asked lets it.
async fn merge(stand: &Stand, from: i64, into: i64) {
    let (path, source) = (format!("/conversations/{into}/merges"), from.to_string());
    taken(&mut stand.desk.browser().await, &path, &[("source", &source), ("sure", "1")]).await;
    assert!(stand.desk.talk(from).await.merged_into.is_some());
}

/// Customer 1 is answered in a conversation.
async fn answered(stand: &Stand, number: i64, text: &str) {
    answer(&stand.desk, number, text).await;
    stand.pass(Duration::from_mins(1)).await;
    let reply = last_message(&stand.desk, number).await;
    assert_eq!((reply["body"].as_str(), reply["delivery"].as_str()), (Some(text), Some("sent")), "{reply}");
}

/// A conversation of customer 1 into which one of customer 2 was merged, who had begun it later; the first one has written
/// again since where `again`.
async fn of_two(stand: &Stand, again: bool) -> i64 {
    let line = stand.line();
    let first = stand.asks(line, 1, "Where is my parcel?").await;
    let second = stand.asks(line, 2, "Where is my neighbour’s parcel?").await;
    assert_ne!(first, second);
    merge(stand, second, first).await;
    if again {
        stand.pass(Duration::from_secs(10)).await;
        let said = stand.platforms.says(line, 1, "It should be here by now.");
        stand.brings(line, &said).await;
        let talk = stand.desk.talk(first).await;
        assert_eq!(messages::list(&stand.desk.desk.db, talk.id, 9).await.unwrap().len(), 3, "it came in there");
    }
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_of_two_people_on_telegram_stay_theirs_after_a_merge() {
    for engine in Engine::all() {
        for again in [true, false] {
            let stand = stand(engine, "telegram").await;
            let number = of_two(&stand, again).await;
            answered(&stand, number, "It comes tomorrow, to Main Street 7.").await;
            let chats: Vec<i64> = stand.platforms.together.telegram().sent().iter().map(|sent| sent.chat).collect();
            assert_eq!(chats, [7_001], "{engine:?}: the second person wrote last: {}", !again);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_of_two_people_on_ebay_stay_theirs_after_a_merge() {
    for engine in Engine::all() {
        for again in [true, false] {
            let stand = stand(engine, "ebay").await;
            let number = of_two(&stand, again).await;
            answered(&stand, number, "It comes tomorrow, as you asked.").await;
            let ebay = stand.platforms.together.ebay();
            let theirs = ebay.conversation_of(&messages_of(&stand, number).await[0].0);
            let sent: Vec<String> = ebay.sent().into_iter().map(|sent| sent.conversation).collect();
            assert_eq!(sent, [theirs], "{engine:?}: the second person wrote last: {}", !again);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_of_two_people_on_a_marketplace_stay_theirs_after_a_merge() {
    for engine in Engine::all() {
        for again in [true, false] {
            let stand = stand(engine, "mirakl").await;
            let number = of_two(&stand, again).await;
            answered(&stand, number, "It comes tomorrow, as you asked.").await;
            let taken = stand.platforms.together.mirakl().taken();
            let threads: Vec<&str> = taken.iter().map(|taken| taken.thread.as_str()).collect();
            let theirs = stand.platforms.thread_of(1);
            assert_eq!(threads, [theirs.as_str()], "{engine:?}: the second person wrote last: {}", !again);
        }
    }
}

/// The platform's ids of what is in a conversation and the threads that it is in, as they are read.
async fn messages_of(stand: &Stand, number: i64) -> Vec<(String, Option<String>)> {
    let talk = stand.desk.talk(number).await;
    let all = messages::list(&stand.desk.desk.db, talk.id, 99).await.unwrap();
    all.into_iter().map(|message| (message.external_id, message.thread)).collect()
}

/// A conversation of one buyer on eBay about a tent and then about a lamp, and their threads.
async fn of_one_buyer(stand: &Stand) -> (i64, String, String) {
    let (line, ebay) = (stand.line(), stand.platforms.together.ebay());
    let first = stand.asks(line, 1, "Where is the tent?").await;
    stand.pass(Duration::from_secs(10)).await;
    let other = ebay.write("buyer_1", "220000000002", "And where is the lamp?");
    stand.look(line).await;
    stand.desk.drain().await;
    let second = stand.desk.newest().await.number;
    assert_ne!(first, second, "a conversation about another listing");
    merge(stand, second, first).await;
    let lamp = ebay.conversation_of(&other);
    let tent = ebay.conversation_of(&messages_of(stand, first).await[0].0);
    assert_ne!(tent, lamp);
    (first, tent, lamp)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_waits_leaves_into_the_thread_for_which_it_was_written() {
    for engine in Engine::all() {
        let stand = stand(engine, "ebay").await;
        let (number, tent, lamp) = of_one_buyer(&stand).await;
        answer(&stand.desk, number, "The lamp left today.").await;
        // Before it leaves they write in the other thread: what came in is placed first.
        stand.desk.desk.clock.advance(Duration::from_secs(10));
        stand.platforms.set_time(stand.desk.desk.clock.now().datetime());
        let said = stand.platforms.says(stand.line(), 1, "And the tent?");
        stand.brings(stand.line(), &said).await;
        assert_eq!(last_message(&stand.desk, number).await["body"], "And the tent?", "it came in there");
        stand.pass(Duration::from_mins(1)).await;
        answered(&stand, number, "The tent left yesterday.").await;
        let went: Vec<(String, String)> =
            stand.platforms.together.ebay().sent().into_iter().map(|sent| (sent.conversation, sent.text)).collect();
        let expected = [(lamp, "The lamp left today."), (tent, "The tent left yesterday.")];
        assert_eq!(went, expected.map(|(thread, text)| (thread, text.to_owned())), "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_of_one_buyer_are_answered_where_they_wrote_last() {
    for engine in Engine::all() {
        let stand = stand(engine, "ebay").await;
        let (line, ebay) = (stand.line(), stand.platforms.together.ebay());
        let (first, tent, lamp) = of_one_buyer(&stand).await;
        let mut expected = Vec::new();
        answered(&stand, first, "The lamp left today.").await;
        expected.push(lamp.clone());
        stand.pass(Duration::from_secs(10)).await;
        let said = stand.platforms.says(line, 1, "And the tent?");
        stand.brings(line, &said).await;
        answered(&stand, first, "The tent left yesterday.").await;
        expected.push(tent.clone());
        answered(&stand, first, "It comes tomorrow.").await;
        expected.push(tent);
        let went: Vec<String> = ebay.sent().into_iter().map(|sent| sent.conversation).collect();
        assert_eq!(went, expected, "{engine:?}");
        let kept: Vec<Option<String>> =
            messages_of(&stand, first).await.into_iter().map(|(_, thread)| thread).collect();
        assert!(kept.iter().all(Option::is_some), "what was sent is in a thread as well: {kept:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_of_two_people_stay_theirs_after_a_merge() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish::exact(engine).with_smtp(smtp.port)).await;
        let from_sofie = mail("s1@post.example", "Sofie Lind <sofie@post.example>", "The tent", "", "Where is it?");
        let first = receive(&desk, &from_sofie).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        let from_ole = mail("o1@else.example", "Ole Berg <ole@else.example>", "The lamp", "", "Where is hers?");
        let second = receive(&desk, &from_ole).await;
        let (path, source) = (format!("/conversations/{first}/merges"), second.to_string());
        taken(&mut desk.browser().await, &path, &[("source", &source), ("sure", "1")]).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        answer(&desk, first, "It is on its way.").await;
        desk.drain().await;
        let [sent] = smtp.taken().try_into().unwrap();
        assert_eq!(sent.to, ["sofie@post.example"], "{engine:?}");
        assert_eq!(sent.header("Subject"), "Re: The tent");
        assert_eq!(sent.header("In-Reply-To"), "<s1@post.example>");
        let references = sent.header("References");
        assert!(references.contains("s1@post.example") && !references.contains("o1@else.example"), "{references}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_answer_is_that_of_the_customer() {
    for engine in Engine::all() {
        let stand = stand(engine, "whatsapp").await;
        let first = stand.asks(stand.line(), 1, "Where is my parcel?").await;
        let until = stand.desk.talk(first).await.window.reply_until.expect("an end");
        stand.pass(Duration::from_hours(18)).await;
        let second = stand.asks(stand.line(), 2, "Where is my neighbour’s parcel?").await;
        merge(&stand, second, first).await;
        time_left(&stand, first, "5 h 59 min", until).await;
        // Also once the other one writes again.
        stand.pass(Duration::from_mins(29)).await;
        let said = stand.platforms.says(stand.line(), 2, "It should be here by now.");
        stand.brings(stand.line(), &said).await;
        time_left(&stand, first, "5 h 30 min", until).await;
        stand.pass(Duration::from_mins(20)).await;
        let said = stand.platforms.says(stand.line(), 1, "Mine too.");
        stand.brings(stand.line(), &said).await;
        let later = Ts(stand.desk.desk.clock.now().0 + 24 * 3_600_000_000);
        let ends = stand.desk.talk(first).await.window.reply_until.expect("an end");
        assert!(ends > until && ends <= later, "what they write themself counts: {ends:?}");
    }
}

/// The page, the list and programs all say how long customer 1 can still be answered on WhatsApp.
async fn time_left(stand: &Stand, number: i64, left: &str, until: Ts) {
    let mut browser = stand.desk.browser().await;
    let shown = page(&mut browser, &format!("/conversations/{number}?view=all")).await;
    let (head, composer) = shown.split_once("id=\"composer\"").expect("a composer");
    for part in [head, composer] {
        assert!(part.contains(&format!("{left} left to answer on WhatsApp")), "{left}: {part}");
    }
    let row = page(&mut browser, &format!("/inbox/row/{number}?view=all")).await;
    assert!(row.contains(&format!("{left} to answer")), "{left}: {row}");
    let api = stand.desk.api_get(&format!("/api/v1/conversations/{number}")).await;
    assert_eq!(api["reply_until"].as_str(), Some(until.rfc3339().as_str()));
    let due = stand.desk.talk(number).await.due_at.expect("an answer is due");
    assert!(due <= until, "{due:?}");
}

/// Customer 1 by a mail and on WhatsApp in one case, and whether the mail was first; gives its number.
async fn of_one_on_two_channels(stand: &Stand, mail_first: bool) -> i64 {
    let (desk, line) = (&stand.desk, stand.line());
    let from_sofie = mail("s1@post.example", "Sofie Lind <sofie@post.example>", "The tent", "", "Where is it?");
    let mut numbers = Vec::new();
    for is_mail in [mail_first, !mail_first] {
        stand.pass(Duration::from_mins(1)).await;
        numbers.push(if is_mail {
            receive(desk, &from_sofie).await
        } else {
            stand.asks(line, 1, "Can I send the lamp back?").await
        });
    }
    let [first, second] = numbers.try_into().expect("two conversations");
    let (one, other) = (desk.talk(first).await.contact_id, desk.talk(second).await.contact_id);
    write(&desk.desk.db, async |tx| people::point(tx, &[other], one).await).await;
    merge(stand, second, first).await;
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn each_half_of_a_case_on_two_channels_is_answered_where_its_customer_wrote() {
    for engine in Engine::all() {
        for of_one in [true, false] {
            let smtp = SmtpDouble::start().await;
            let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
            let stand = Box::pin(Stand::start(wish, &["whatsapp"])).await;
            let (desk, line) = (&stand.desk, stand.line());
            let number = if of_one { of_one_on_two_channels(&stand, true).await } else { of_two_on_two(&stand).await };
            let usual = if of_one { "whatsapp" } else { "email" };
            assert_eq!(desk.talk(number).await.channel_kind, usual, "of one: {of_one}");
            let all = messages::list(&desk.desk.db, desk.talk(number).await.id, 9).await.unwrap();
            let on_whatsapp = all.iter().find(|message| message.channel_id == line.channel).unwrap();
            let until = Ts(on_whatsapp.written().0 + 24 * 3_600_000_000);
            let path = format!("/messages/{}/splits", on_whatsapp.id);
            taken(&mut desk.browser().await, &path, &[("back", "/inbox")]).await;

            let parted = desk.newest().await;
            assert_ne!(parted.number, number);
            assert_eq!((parted.channel_kind.as_str(), parted.window.reply_until), ("whatsapp", Some(until)));
            let rest = desk.talk(number).await;
            assert_eq!((rest.channel_kind.as_str(), rest.window), ("email", Window::default()));
            answered(&stand, parted.number, "You can send it back until Friday.").await;
            answered(&stand, number, "The tent is on its way.").await;
            assert_eq!(stand.platforms.sent(line).len(), 1, "of one: {of_one}");
            let [sent] = smtp.taken().try_into().unwrap();
            assert_eq!(sent.to, ["sofie@post.example"]);
        }
    }
}

/// Sofie by mail, and customer 1 on WhatsApp, in one case; gives its number.
async fn of_two_on_two(stand: &Stand) -> i64 {
    let from_sofie = mail("s1@post.example", "Sofie Lind <sofie@post.example>", "The tent", "", "Where is it?");
    let first = receive(&stand.desk, &from_sofie).await;
    let second = stand.asks(stand.line(), 1, "Can I send the lamp back?").await;
    merge(stand, second, first).await;
    first
}

/// A teammate chooses where the customer is answered.
async fn choose(stand: &Stand, number: i64, channel: ChannelId) {
    let channel = channel.to_string();
    let fields = [("channel", channel.as_str()), ("back", "/inbox")];
    taken(&mut stand.desk.browser().await, &format!("/conversations/{number}/route"), &fields).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_answer_goes_with_the_way_that_is_chosen() {
    for engine in Engine::all() {
        let stand = stand(engine, "whatsapp").await;
        let desk = &stand.desk;
        let number = of_one_on_two_channels(&stand, false).await;
        let talk = desk.talk(number).await;
        assert_eq!((talk.channel_kind.as_str(), talk.window), ("email", Window::default()));
        let written = messages::list(&desk.desk.db, talk.id, 9).await.unwrap();
        let on_whatsapp = written.iter().find(|message| message.channel_id == stand.line().channel).unwrap();
        let until = Ts(on_whatsapp.written().0 + 24 * 3_600_000_000);
        stand.pass(Duration::from_hours(20)).await;

        choose(&stand, number, stand.line().channel).await;
        let talk = desk.talk(number).await;
        assert_eq!((talk.channel_kind.as_str(), talk.window.reply_until), ("whatsapp", Some(until)));
        assert!(talk.due_at.is_some_and(|due| due <= until), "{:?}", talk.due_at);
        stand.pass(Duration::from_hours(5)).await;
        let mut browser = desk.browser().await;
        let here = format!("/conversations/{number}?view=all");
        assert!(page(&mut browser, &here).await.contains("reply window closed"));

        choose(&stand, number, desk.setup.channel).await;
        assert_eq!(desk.talk(number).await.window, Window::default());
        assert!(!page(&mut browser, &here).await.contains("reply window closed"));
        let row = page(&mut browser, &format!("/inbox/row/{number}?view=all")).await;
        assert!(!row.contains("window closed"), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_that_are_split_off_can_be_answered() {
    for engine in Engine::all() {
        let stand = stand(engine, "mirakl").await;
        let line = stand.line();
        let number = stand.asks(line, 1, "Where is my parcel?").await;
        stand.pass(Duration::from_secs(10)).await;
        let said = stand.platforms.says(line, 1, "And I want to send the lamp back.");
        stand.brings(line, &said).await;
        let talk = stand.desk.talk(number).await;
        let later = messages::list(&stand.desk.desk.db, talk.id, 9).await.unwrap().pop().unwrap();
        taken(&mut stand.desk.browser().await, &format!("/messages/{}/splits", later.id), &[("back", "/inbox")]).await;
        let parted = stand.desk.newest().await.number;
        assert_ne!(parted, number);
        answered(&stand, parted, "You can send it back until Friday.").await;
        let taken = stand.platforms.together.mirakl().taken();
        let threads: Vec<&str> = taken.iter().map(|taken| taken.thread.as_str()).collect();
        assert_eq!(threads, [stand.platforms.thread_of(1).as_str()], "{engine:?}");
    }
}
