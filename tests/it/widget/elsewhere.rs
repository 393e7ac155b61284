//! What of a chat's conversation did not go over the chat: shown to whose it is, to nobody else, and only while it is there.

use std::time::Duration;

use resolute::inbox::{care, merge, people};
use resolute::store::teammates;
use serde_json::{Value, json};

use super::talk::{answer, conversations};
use super::who::jwt_until;
use crate::mail_path::{mail, receive};
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::setup::IDENTITY_SECRET;
use crate::support::smtp::SmtpDouble;
use crate::support::socket::Socket;
use crate::support::stream::Stream;

/// The shop vouches for Sofie and her address.
fn sofie() -> Value {
    let jwt = jwt_until(IDENTITY_SECRET, "17", "sofie@post.example", MONDAY.0 / 1_000_000 + 300);
    json!({ "identity": { "jwt": jwt } })
}

/// A mail of hers with a file.
fn mail_with_a_file() -> Vec<u8> {
    let kind = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nIt is broken.\r\n\
                 --b\r\nContent-Type: text/plain; name=list.txt\r\nContent-Disposition: attachment; filename=list.txt\r\n\r\n\
                 One lamp\r\n--b--";
    mail("s1@post.example", "Sofie Lind <sofie@post.example>", "A lamp", kind, parts)
}

/// Both ways from the start, with all that the chat shows.
async fn shown_anew(desk: &TestDesk, chat: &Chat, token: &str) -> [String; 2] {
    let mut line = chat.line(desk).await;
    line.send(&json!({ "t": "join", "token": token })).await;
    let mut stream = Stream::open(desk.address, &chat.path("/feed?last_seq=0"), token).await;
    [line.next_of("resync").await.to_string(), stream.next_of("resync").await.to_string()]
}

/// Comes back with the last event of before, and is shown everything anew.
async fn back(desk: &TestDesk, chat: &Chat, token: &str, last_seq: &Value) -> (Socket, Value) {
    let mut line = chat.line(desk).await;
    line.send(&json!({ "t": "join", "token": token, "last_seq": last_seq })).await;
    let told = line.next_of("resync").await;
    line.next_of("joined").await;
    (line, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_writes_to_the_address_of_a_letter_is_not_shown_in_the_chat() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) }).await;
        let chat = Chat::of(&desk).await;
        let token = chat.begin(&desk, &sofie()).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Is the lamp dimmable?")).await;
        line.next_of("ack").await;
        drop(line);
        desk.drain().await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        answer(&desk, number, "Yes, in three steps.").await;
        desk.drain().await;
        desk.desk.clock.advance(Duration::from_mins(10));
        desk.drain().await;
        let [letter] = smtp.taken().try_into().expect("one letter");

        let (mut line, joined) = chat.join(&desk, &token, 0).await;
        let mut stream = Stream::open(desk.address, &chat.path("/feed?last_seq=0"), &token).await;
        stream.next_of("joined").await;
        let strange = letter.answered("m1@evil.example", "Send it to me.");
        let strange = strange.replacen("From: sofie@post.example", "From: Mal <mal@evil.example>", 1);
        for raw in [strange, letter.answered("a1@post.example", "Then I take it.")] {
            desk.desk.clock.advance(Duration::from_mins(1));
            assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
            desk.drain().await;
        }
        assert_eq!(conversations(&desk).await.len(), 1, "both are in the chat");
        answer(&desk, number, "It is packed.").await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        assert_eq!(smtp.taken().last().unwrap().to, ["sofie@post.example"]);

        // Whoever comes back for what they missed is told the same.
        let mut late = chat.line(&desk).await;
        late.send(&json!({ "t": "join", "token": token, "last_seq": joined["seq"] })).await;
        for (text, from) in [("Then I take it.", "visitor"), ("It is packed.", "person")] {
            for shown in [line.next_of("message").await, stream.next_of("message").await, late.next_of("message").await]
            {
                assert_eq!((shown["text"].as_str(), shown["from"].as_str()), (Some(text), Some(from)), "{shown}");
            }
        }
        for told in shown_anew(&desk, &chat, &token).await {
            assert!(told.contains("Then I take it.") && told.contains("It is packed."), "{told}");
            assert!(!told.contains("Send it to me."), "somebody else's words, as hers: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_goes_into_an_open_chat_is_there_at_once_and_leaves_it_again() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let mailed = receive(&desk, &mail_with_a_file()).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        let token = chat.begin(&desk, &sofie()).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        let mut stream = Stream::open(desk.address, &chat.path("/feed?last_seq=0"), &token).await;
        line.send(&message(1, "Did my mail arrive?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let seq = line.next_of("message").await["seq"].clone();
        stream.next_of("message").await;
        let rows = conversations(&desk).await;
        let row = rows.iter().find(|row| row["channel"] == "live_chat").expect("a chat");
        let both = (desk.talk(mailed).await.id, desk.talk(row["number"].as_i64().unwrap()).await.id);

        let (inbox, db) = (desk.desk.inbox(), &desk.desk.db);
        let mara = teammates::find(db, desk.setup.teammate).await.unwrap().expect("Mara");
        let merged = merge::merge(&inbox, both, false, &mara).await.unwrap();
        assert_eq!(line.end().await, Some(1013), "it comes back for what is there now");
        stream.end().await;
        let (mut line, told) = back(&desk, &chat, &token, &seq).await;
        let first = &told["messages"][0];
        assert_eq!(
            (first["text"].as_str().map(str::trim), first["from"].as_str()),
            (Some("It is broken."), Some("visitor")),
            "{told}"
        );
        let file = first["files"][0]["url"].as_str().expect("an address").to_owned();
        let fetched = async || desk.client().get(&file).await.unwrap().status;
        assert_eq!(fetched().await, 200);
        let kept = desk.client().get(&file).await.unwrap().header("cache-control").map(str::to_owned);
        assert_eq!(kept.as_deref(), Some("private, no-store"), "it may leave the chat");
        for told in shown_anew(&desk, &chat, &token).await {
            assert!(told.contains("It is broken."), "{told}");
        }

        merge::undo(&inbox, merged.id, &mara).await.unwrap();
        assert_eq!(line.end().await, Some(1013));
        let (_line, told) = back(&desk, &chat, &token, &told["seq"]).await;
        let texts: Vec<&str> =
            told["messages"].as_array().unwrap().iter().filter_map(|one| one["text"].as_str()).collect();
        assert_eq!(texts, ["Did my mail arrive?"]);
        assert_eq!(fetched().await, 404, "its file has left the chat too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_of_its_customer_is_told_to_a_chat_that_is_done_too() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let raw = mail("w1@work.example", "Sofie Lind <sofie@work.example>", "A lamp", "", "It is broken.");
        let mailed = receive(&desk, &raw).await;
        let token = chat.begin(&desk, &sofie()).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Did my mail arrive?")).await;
        line.next_of("ack").await;
        desk.drain().await;
        let rows = conversations(&desk).await;
        let row = rows.iter().find(|row| row["channel"] == "live_chat").expect("a chat");
        let talk = desk.talk(row["number"].as_i64().unwrap()).await;

        let inbox = desk.desk.inbox();
        let mara = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().expect("Mara");
        care::resolve(&inbox, talk.id, &mara, None).await.unwrap();
        let names = (desk.talk(mailed).await.contact_id, talk.contact_id);
        let merged = people::merge(&inbox, names, &mara).await.unwrap();
        assert_eq!(line.end().await, Some(1013), "it comes back for what is there now");
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        people::undo(&inbox, merged.id, &mara).await.unwrap();
        assert_eq!(line.end().await, Some(1013));
    }
}
