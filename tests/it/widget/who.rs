//! Who a visitor is: what the shop vouches for, what they only say, and what is asked before the chat.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use resolute::jobs::upkeep;
use resolute::store::chats;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use super::talk::{answer, conversations};
use crate::erasure::forget;
use crate::support::chat::{Chat, message};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::setup::IDENTITY_SECRET;
use crate::support::stores::{number_of, write};

async fn lively(engine: Engine) -> TestDesk {
    TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(engine) }).await
}

/// A token as the shop's server makes it, good for five minutes.
pub(super) fn jwt(secret: &str, subject: &str, email: &str) -> String {
    jwt_for(300, secret, subject, email)
}

/// The same, good for so many seconds; fewer than none: it was good until then.
pub(super) fn jwt_for(lasts: i64, secret: &str, subject: &str, email: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the shop's server has a clock of its own")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    jwt_until(secret, subject, email, i64::try_from(now).unwrap() + lasts)
}

/// The same, until a moment in seconds.
pub(super) fn jwt_until(secret: &str, subject: &str, email: &str, ends: i64) -> String {
    let claims = json!({ "sub": subject, "email": email, "name": "Sofie Lind", "exp": ends });
    signed_jwt(secret, &json!({ "alg": "HS256" }), &claims)
}

fn signed_jwt(secret: &str, header: &Value, claims: &Value) -> String {
    let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", text(header), text(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(&signed).finalize();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
}

async fn say(chat: &Chat, desk: &TestDesk, token: &str, id: u128, text: &str) {
    let (mut line, _) = chat.join(desk, token, 0).await;
    line.send(&message(id, text)).await;
    line.next_of("message").await;
}

fn sofies_mail() -> &'static [u8] {
    b"From: Sofie Lind <sofie@post.example>\r\nTo: help@fjord.example\r\nSubject: Hello\r\nMessage-ID: <s1@post.example>\r\n\r\nHello.\r\n"
}

async fn contact_of(desk: &TestDesk, row: &Value) -> resolute::model::ContactId {
    let number = row["number"].as_i64().unwrap();
    desk.talk(number).await.contact_id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_address_finds_nobody_and_a_proved_one_does() {
    for engine in Engine::all() {
        let desk = lively(engine).await;
        let chat = Chat::of(&desk).await;
        desk.post_mail(sofies_mail()).await;
        while conversations(&desk).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let sofie = contact_of(&desk, &conversations(&desk).await[0]).await;

        let liar = chat.begin(&desk, &json!({ "form": { "name": "Sofie", "email": "sofie@post.example" } })).await;
        say(&chat, &desk, &liar, 1, "It is me").await;
        let claimed = conversations(&desk).await.into_iter().find(|row| row["channel"] == "live_chat").expect("a chat");
        assert_ne!(contact_of(&desk, &claimed).await, sofie, "a claim is never merged");
        let names =
            resolute::store::contacts::identities(&desk.desk.db, contact_of(&desk, &claimed).await).await.unwrap();
        assert_eq!(
            names.iter().map(|name| (name.kind.as_str(), name.proved)).collect::<Vec<_>>(),
            [("chat_visitor", false)]
        );

        let identity = json!({ "identity": { "jwt": jwt(IDENTITY_SECRET, "17", "Sofie@post.example") } });
        let known = chat.begin(&desk, &identity).await;
        say(&chat, &desk, &known, 2, "Now really").await;
        let rows = conversations(&desk).await;
        let proved = rows.iter().find(|row| row["number"] != claimed["number"] && row["channel"] == "live_chat");
        assert_eq!(contact_of(&desk, proved.expect("a second chat")).await, sofie, "the shop vouches for her");

        // The same customer on another device sees the same conversation.
        let again = chat.begin(&desk, &identity).await;
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": again })).await;
        assert_eq!(line.next_of("resync").await["messages"][0]["text"], "Now really");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_keeps_the_address_that_they_left_last() {
    for engine in Engine::all() {
        let desk = lively(engine).await;
        let chat = Chat::of(&desk).await;
        let begun = chat.ask(&desk, &json!({ "form": { "email": "ana@a.example" } })).await.json();
        let (mut line, _) = chat.join(&desk, begun["token"].as_str().unwrap(), 0).await;
        line.send(&json!({ "t": "email", "id": Uuid::from_u128(1), "address": "ana@b.example" })).await;
        line.next_of("ack").await;

        let back = chat.ask(&desk, &json!({ "token": begun["token"] })).await;
        assert_eq!((back.status, &back.json()["visitor"]), (201, &begun["visitor"]));
        let visitor: Uuid = begun["visitor"].as_str().unwrap().parse().unwrap();
        let claims = chats::find_claims(&desk.desk.db, visitor).await.unwrap().unwrap();
        assert_eq!(claims.email, "ana@b.example");
    }
}

const VISITORS: &str = "select count(*) from chat_visitors";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_of_who_has_not_written_and_their_answers_come_back_all_the_same() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let kept = async || number_of(&desk.desk.db, VISITORS).await;
        let named = |address: &str| {
            let jwt = jwt_until(IDENTITY_SECRET, "17", address, MONDAY.0 / 1_000_000 + 300);
            json!({ "identity": { "jwt": jwt } })
        };
        let known = chat.begin(&desk, &named("sofie@a.example")).await;
        let guest = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;

        // The next page of the shop comes with the session.
        let guest = chat.begin(&desk, &json!({ "token": guest })).await;
        for (id, token, before) in [(1, guest, 0), (2, known, 1)] {
            let (mut line, joined) = chat.join(&desk, &token, 0).await;
            assert_eq!(joined["state"]["has_email"], true, "{joined}");
            assert_eq!(kept().await, before);
            line.send(&message(id, "Hello?")).await;
            line.next_of("ack").await;
            assert_eq!(kept().await, before + 1);
        }

        // Once they have written, the shop's last word about them counts.
        chat.begin(&desk, &named("sofie@b.example")).await;
        let renewed = "select count(*) from chat_visitors where email = 'sofie@b.example'";
        assert_eq!((kept().await, number_of(&desk.desk.db, renewed).await), (2, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_said_of_themself_who_never_wrote_is_forgotten_after_a_month() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let silent = chat.begin(&desk, &json!({})).await;
        let (mut line, _) = chat.join(&desk, &silent, 0).await;
        line.send(&json!({ "t": "email", "id": Uuid::from_u128(1), "address": "ben@b.example" })).await;
        line.next_of("ack").await;
        let writer = chat.begin(&desk, &json!({ "form": { "email": "ana@a.example" } })).await;
        let (mut line, _) = chat.join(&desk, &writer, 0).await;
        line.send(&message(2, "Hello?")).await;
        line.next_of("ack").await;
        desk.drain().await;

        for (days, left) in [(29, 2), (2, 1)] {
            desk.desk.clock.advance(Duration::from_hours(24 * days));
            upkeep::forget_silent_visitors(&desk.desk).await.unwrap();
            assert_eq!(number_of(&desk.desk.db, VISITORS).await, left);
        }
        let writers = "select count(*) from chat_visitors where email = 'ana@a.example'";
        assert_eq!(number_of(&desk.desk.db, writers).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_erased_customer_whom_the_shop_vouched_for_no_name_and_no_address_is_left() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let writes = async |id: u128, who: Value| {
            let token = chat.begin(&desk, &who).await;
            let (mut line, _) = chat.join(&desk, &token, 0).await;
            line.send(&message(id, "Hello?")).await;
            line.next_of("ack").await;
            desk.drain().await;
        };
        let proof = |customer: &str, address: &str| {
            let jwt = jwt_until(IDENTITY_SECRET, customer, address, MONDAY.0 / 1_000_000 + 300);
            json!({ "identity": { "jwt": jwt } })
        };
        writes(1, proof("17", "sofie@post.example")).await;
        let sofie = contact_of(&desk, &conversations(&desk).await[0]).await;
        writes(2, proof("18", "ana@post.example")).await;
        writes(3, json!({ "form": { "name": "Sofie", "email": "sofie@post.example" } })).await;
        let hers = "select count(*) from chat_visitors where email = 'sofie@post.example'";
        assert_eq!(number_of(&desk.desk.db, hers).await, 2, "her own word, and that of somebody who names her address");

        forget(&desk, sofie).await;
        assert_eq!(number_of(&desk.desk.db, hers).await, 0);
        let others = "select count(*) from chat_visitors where email = 'ana@post.example'";
        assert_eq!(number_of(&desk.desk.db, others).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_customer_said_of_themself_goes_with_the_messages_that_name_them() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let chat = Chat::of(&desk).await;
        let address = "sofie@post.example";
        let jwt = jwt_until(IDENTITY_SECRET, "17", address, MONDAY.0 / 1_000_000 + 300);
        let token = chat.begin(&desk, &json!({ "identity": { "jwt": jwt } })).await;
        let (mut line, _) = chat.join(&desk, &token, 0).await;
        line.send(&message(1, "Hello?")).await;
        line.next_of("ack").await;
        // They want answers elsewhere, which no name of theirs says.
        line.send(&json!({ "t": "email", "id": Uuid::from_u128(2), "address": "elsewhere@post.example" })).await;
        line.next_of("ack").await;
        desk.drain().await;
        assert_eq!(number_of(&desk.desk.db, VISITORS).await, 1);
        let contact = contact_of(&desk, &conversations(&desk).await[0]).await;
        forget(&desk, contact).await;
        assert_eq!(number_of(&desk.desk.db, VISITORS).await, 0);
    }
}

/// The older proof of an id.
fn hash_of(id: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(IDENTITY_SECRET.as_bytes()).unwrap().chain_update(id).finalize();
    hex::encode(mac.into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_id_is_another_one_now_finds_their_chat_and_hears_on() {
    for engine in Engine::all() {
        let desk = lively(engine).await;
        let chat = Chat::of(&desk).await;
        // The shop proved the address alone, and has moved to an id of its own since.
        let address = "sofie@post.example";
        let older = json!({ "identity": { "id": address, "identifier_hash": hash_of(address) } });
        let before = chat.begin(&desk, &older).await;
        say(&chat, &desk, &before, 1, "Where is FJ-20417?").await;
        let number = conversations(&desk).await[0]["number"].as_i64().unwrap();
        let id = desk.talk(number).await.id;
        write(&desk.desk.db, async |tx| {
            let mut about = resolute::store::conversations::lock(tx, id).await?;
            about.order_number = Some("FJ-20417".into());
            resolute::store::conversations::update(tx, &about).await
        })
        .await;

        let newer = json!({ "identity": { "jwt": jwt(IDENTITY_SECRET, "17", address) } });
        let token = chat.begin(&desk, &newer).await;
        let (mut line, joined) = chat.join(&desk, &token, 0).await;
        assert_eq!(joined["seq"], 0, "nothing is known of them yet");
        line.send(&message(2, "Does FJ-20417 come today?")).await;
        assert_eq!(line.end().await, Some(1013), "it comes back for what was said before");
        let mut line = chat.line(&desk).await;
        line.send(&json!({ "t": "join", "token": token })).await;
        let shown = line.next_of("resync").await.to_string();
        assert!(shown.contains("Where is FJ-20417?") && shown.contains("Does FJ-20417 come today?"), "{shown}");
        assert_eq!(conversations(&desk).await.len(), 1);
        answer(&desk, number, "Yes, before noon.").await;
        while line.next_of("message").await["text"] != "Yes, before noon." {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_identity_is_refused() {
    let desk = lively(Engine::Sqlite).await;
    let chat = Chat::of(&desk).await;
    for identity in [
        json!({ "jwt": jwt("another secret", "17", "sofie@post.example") }),
        json!({ "jwt": "a.b.c" }),
        json!({ "id": "17", "identifier_hash": "00" }),
        json!({ "id": "17" }),
    ] {
        let answer = chat.ask(&desk, &json!({ "identity": identity })).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
    let endless = json!({ "jwt": jwt_for(100 * 365 * 86_400, IDENTITY_SECRET, "17", "sofie@post.example") });
    let answer = chat.ask(&desk, &json!({ "identity": endless })).await;
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert!(answer.json()["error"].as_str().unwrap().contains("24 hours"), "{}", answer.text());
    // What asks for more than the chat understands counts for nothing, however well it is signed.
    let good = jwt(IDENTITY_SECRET, "17", "");
    let claims = URL_SAFE_NO_PAD.decode(good.split('.').nth(1).unwrap()).unwrap();
    let header = json!({ "alg": "HS256", "crit": ["exp"], "exp": 1 });
    let critical = signed_jwt(IDENTITY_SECRET, &header, &serde_json::from_slice(&claims).unwrap());
    for (jwt, status) in [(good, 201), (critical, 401)] {
        let answer = chat.ask(&desk, &json!({ "identity": { "jwt": jwt } })).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let identity = json!({ "id": "17", "identifier_hash": hash_of("17") });
    assert_eq!(chat.ask(&desk, &json!({ "identity": identity })).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_may_ask_first_or_let_only_known_customers_in() {
    let desk = lively(Engine::Sqlite).await;
    let brand = desk.setup.brand;
    let asks = json!({ "pre_chat": ["name", "email", "order_number", "topic", "consent"] });
    let asking = Chat::connect(&desk.desk, brand, &["shop.example"], &asks).await;
    let nothing = asking.ask(&desk, &json!({})).await;
    assert_eq!((nothing.status, nothing.json()["fields"].clone()), (422, json!(["name", "email", "topic", "consent"])));
    let form = json!({ "name": "Ana", "email": "nowhere", "topic": "Return", "consent": true });
    assert_eq!(asking.ask(&desk, &json!({ "form": form })).await.json()["fields"], json!(["email"]));
    let form =
        json!({ "name": "Ana", "email": "ana@a.example", "order_number": "FJ-7", "topic": "Return", "consent": true });
    let token = asking.begin(&desk, &json!({ "form": form })).await;
    say(&asking, &desk, &token, 1, "It does not fit").await;
    let row = conversations(&desk).await.remove(0);
    assert_eq!((row["contact"].as_str(), row["subject"].as_str()), (Some("Ana"), Some("Return, Order FJ-7")), "{row}");

    let closed = Chat::connect(&desk.desk, brand, &["shop.example"], &json!({ "identity": "mandatory" })).await;
    assert_eq!(closed.ask(&desk, &json!({ "form": { "name": "Ana" } })).await.status, 401);
    let identity = json!({ "jwt": jwt(IDENTITY_SECRET, "17", "") });
    assert_eq!(closed.ask(&desk, &json!({ "identity": identity })).await.status, 201, "an address is not needed");
    let identity = json!({ "jwt": jwt(IDENTITY_SECRET, "17", "nowhere") });
    assert_eq!(closed.ask(&desk, &json!({ "identity": identity })).await.status, 401, "what is no address proves none");
}
