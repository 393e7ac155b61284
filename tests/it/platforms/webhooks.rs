//! What platforms push and ask at the addresses of their channels.

use std::time::Duration;

use bytes::Bytes;
use channel_contract::inbound::{RawItem, RawOrigin};
use platform_doubles::Double;
use platform_doubles::ebay::Ebay;
use platform_doubles::telegram::{SECRET_HEADER, Telegram};
use platform_doubles::whatsapp::{Account, Customer, Whatsapp};
use resolute::inbox::turned_away::Deliveries;
use resolute::model::ChannelId;
use resolute::model::channel::{Channel, ChannelState};
use resolute::store::audit::{self, Filter};
use resolute::store::channels;
use serde_json::json;

use super::{Fields, TOKEN, ana, ebay, of_kind, post, whatsapp, with, with_bot};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, said, send, taken, value_of};
use crate::support::http::Answer;
use crate::support::stand::Stand;
use crate::support::stores::{number_of, write};

/// A number of WhatsApp that is connected.
async fn with_number(desk: &TestDesk, double: &Double<Whatsapp>) -> ChannelId {
    assert_eq!(post(desk, "/channels", &whatsapp(&double.url())).await.status, 303);
    of_kind(desk, "whatsapp").await.id
}

/// WhatsApp pushes this to the address of a channel, signed.
async fn pushed(desk: &TestDesk, double: &Double<Whatsapp>, id: ChannelId, body: Bytes) -> Answer {
    let delivery = double.platform.signed(body);
    let (name, signature) = delivery.headers.iter().find(|(name, _)| name.contains("signature")).unwrap();
    let mut platform = desk.client().with(name, signature);
    let path = format!("/webhooks/whatsapp/{id}");
    platform.post(&path, "application/json", &delivery.body).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_on_telegram_hears_that_its_press_is_stored() {
    let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let (id, word) = with_bot(&desk, &double).await;
    let pressed = double.platform.pressed(&ana(), "FJ-1077").body;
    let path = format!("/webhooks/telegram/{id}");
    let mut stranger = desk.client().with(SECRET_HEADER, "other");
    let refused = stranger.post(&path, "application/json", &pressed).await.unwrap();
    assert_eq!(refused.status, 401);
    double.platform.heard(refused.text().as_bytes());
    assert_eq!(double.platform.turning().len(), 1, "what is not stored is not said to be");
    let mut platform = desk.client().with(SECRET_HEADER, &word);
    let stored = platform.post(&path, "application/json", &pressed).await.unwrap();
    assert_eq!(stored.status, 200, "{}", stored.text());
    double.platform.heard(stored.text().as_bytes());
    assert_eq!(double.platform.turning(), Vec::<String>::new());
    desk.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platforms_question_is_answered_with_the_right_word_alone() {
    let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
    let wish = Wish { public_url: "https://desk.example/".to_owned(), ..Wish::exact(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let id = with_number(&desk, &double).await;
    let word = desk.desk.connections.secrets(id).await.unwrap()["verify_token"].as_str().unwrap().to_owned();
    let shown = page(&mut desk.browser().await, &format!("/channels/{id}")).await;
    assert!(
        shown.contains(&word) && shown.contains(&format!("https://desk.example/webhooks/whatsapp/{id}")),
        "{shown}"
    );

    let ask = |kind: &str, word: &str| {
        format!("/webhooks/{kind}/{id}?hub.mode=subscribe&hub.verify_token={word}&hub.challenge=4711")
    };
    let mut platform = desk.client();
    let right = platform.get(&ask("whatsapp", &word)).await.unwrap();
    assert_eq!((right.status, right.text().as_str()), (200, "4711"));
    assert!(right.header("content-type").unwrap().starts_with("text/plain"));
    for (wrong, status) in
        [(ask("whatsapp", "other"), 403), (format!("/webhooks/whatsapp/{id}"), 403), (ask("messenger", &word), 404)]
    {
        assert_eq!(platform.get(&wrong).await.unwrap().status, status, "{wrong}");
    }
    let nobody = format!("/webhooks/whatsapp/{}", desk.desk.clock.new_id::<uuid::Uuid>());
    assert_eq!(platform.get(&nobody).await.unwrap().status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn ebay_is_answered_for_the_address_that_it_knows() {
    let double = Double::start(Ebay::default()).await.unwrap();
    double.platform.set_now(MONDAY.datetime());
    let wish =
        Wish { public_url: "https://desk.example".to_owned(), may_leave_work: true, ..Wish::exact(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    assert_eq!(post(&desk, "/channels", &ebay(&double.url())).await.status, 303);
    let id = of_kind(&desk, "ebay").await.id;
    let secrets = desk.desk.connections.secrets(id).await.unwrap();
    let word = secrets["notifications"]["verification_token"].as_str().unwrap();
    let answer = desk.client().get(&format!("/webhooks/ebay/{id}?challenge_code=c0de")).await.unwrap();
    let expected = {
        use sha2::{Digest as _, Sha256};
        hex::encode(Sha256::digest(format!("c0de{word}https://desk.example/webhooks/ebay/{id}")))
    };
    assert_eq!(answer.json(), json!({ "challengeResponse": expected }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ebay_signs_with_a_key_that_is_not_known_yet_is_to_come_again() {
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }, &["ebay"]).await;
    let line = stand.line();
    let said = stand.platforms.says(line, 1, "Where is it?");
    let mut delivery = stand.platforms.together.ebay().new_message(&said.id);
    let unknown = Ebay::signature("made-up", &delivery.body);
    for (name, value) in &mut delivery.headers {
        if name.contains("signature") {
            value.clone_from(&unknown);
        }
    }
    let pushed = async || {
        let mut ebay = stand.desk.client();
        ebay.post_with(&line.path, &delivery.headers, &delivery.body).await.unwrap()
    };
    let put_off = pushed().await;
    assert_eq!(put_off.status, 503, "{}", put_off.text());
    assert!(put_off.header("retry-after").is_some());
    // eBay is asked for the key, and has none of that name.
    stand.look(line).await;
    assert_eq!(pushed().await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_hear_why_a_channel_cannot_be_used() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        assert_eq!(post(&desk, "/channels", &whatsapp(&double.url())).await.status, 303);
        let row = of_kind(&desk, "whatsapp").await;
        // As with a data folder whose key is another one's.
        write(&desk.desk.db, async |tx| {
            channels::renew_secrets(tx, row.id, &row.settings.0, b"sealed elsewhere".to_vec(), desk.desk.clock.now())
                .await
        })
        .await;
        desk.desk.connections.forget(row.id);
        let path = format!("/webhooks/whatsapp/{}", row.id);
        let asked = desk.client().get(&path).await.unwrap();
        let pushed = desk.client().post(&path, "application/json", b"{}").await.unwrap();
        for answer in [asked, pushed] {
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(answer.header("retry-after").is_some());
            assert_eq!(
                answer.text(),
                "{\"error\":\"nothing was kept: the database does not answer, or the channel has to be looked at; send it again\"}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_serves_all_numbers_of_an_app() {
    for engine in Engine::all() {
        let account = |number: &str| Account { phone_number_id: number.to_owned(), ..Account::default() };
        let first = Double::start(Whatsapp::new(account("800001"))).await.unwrap();
        let second = Double::start(Whatsapp::new(account("800002"))).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let id = with_number(&desk, &first).await;
        let other = with(&whatsapp(&second.url()), "phone_number_id", "800002");
        assert_eq!(post(&desk, "/channels", &other).await.status, 303);
        let foreign = with(&with(&other, "phone_number_id", "800001"), "app_secret", "of-another-app");
        assert_eq!(post(&desk, "/channels", &foreign).await.status, 422, "one number is one channel");
        desk.desk.clock.advance(Duration::from_secs(5));

        let ben = Customer {
            phone: "4915187654321".to_owned(),
            user_id: "DE.90001".to_owned(),
            name: "Ben".to_owned(),
            shows_phone: true,
        };
        second.platform.join(ben.clone());
        let said = second.platform.said(&ben, "wamid.1", &json!({ "type": "text", "text": { "body": "Hello" } }));
        let envelope = second.platform.envelope(&[said]);
        for _ in 0..2 {
            assert_eq!(pushed(&desk, &second, id, envelope.clone()).await.status, 200);
        }
        desk.drain().await;
        let talk = desk.newest().await;
        assert_ne!(talk.channel_id, id, "it came in at the first number’s address, and is the second’s");
        assert_eq!(desk.api_get("/api/v1/conversations/count").await["count"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_delivery_without_anything_in_it_is_refused_and_one_odd_sign_takes_nothing_along() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let id = with_number(&desk, &double).await;
        let refused = pushed(&desk, &double, id, Bytes::new()).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(refused.text().contains("the delivery is empty"), "{}", refused.text());
        // What is fetched comes past no door: nothing in it is kept as nothing, and keeps nobody else's out.
        let empty = RawItem { external_id: "empty".to_owned(), origin: RawOrigin::Inbox, body: Bytes::new() };
        desk.desk.intake.record(id, vec![empty], None).await.unwrap();

        let ana = Customer {
            phone: "4915187654321".to_owned(),
            user_id: "DE.90001".to_owned(),
            name: "Ana".to_owned(),
            shows_phone: true,
        };
        double.platform.join(ana.clone());
        let said =
            |id: &str, text: &str| double.platform.said(&ana, id, &json!({ "type": "text", "text": { "body": text } }));
        let told = [said("wamid.1", "First"), said("wamid.2", "cut HERE"), said("wamid.3", "Third")];
        let whole = double.platform.envelope(&told).to_vec();
        let body = String::from_utf8(whole).unwrap().replace("HERE", r"\ud83d");
        assert_eq!(pushed(&desk, &double, id, body.into()).await.status, 200);
        desk.drain().await;
        let number = desk.newest().await.number;
        let thread = desk.api_get(&format!("/api/v1/conversations/{number}")).await.to_string();
        for text in ["First", "cut \u{fffd}", "Third"] {
            assert!(thread.contains(text), "{text}: {thread}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_with_which_nothing_is_signed_is_an_alarm_until_it_is_put_right() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        // Without the app's id nobody can ask whether its secret is right.
        let right: Fields = whatsapp(&double.url()).into_iter().filter(|(name, _)| *name != "app_id").collect();
        let wrong = with(&right, "app_secret", "of-another-app");
        assert_eq!(post(&desk, "/channels", &wrong).await.status, 303);
        let id = of_kind(&desk, "whatsapp").await.id;
        let ben = Customer {
            phone: "4915187654321".to_owned(),
            user_id: "DE.90001".to_owned(),
            name: "Ben".to_owned(),
            shows_phone: true,
        };
        double.platform.join(ben.clone());
        let said = double.platform.said(&ben, "wamid.1", &json!({ "type": "text", "text": { "body": "Hello" } }));
        let envelope = double.platform.envelope(&[said]);
        let mut browser = desk.browser().await;
        let alarm = "does not come in through “WhatsApp”";
        assert!(!page(&mut browser, "/inbox").await.contains(alarm), "nothing came yet");
        assert_eq!(pushed(&desk, &double, id, envelope.clone()).await.status, 401);
        assert!(page(&mut browser, "/inbox").await.contains(alarm));
        let listed = page(&mut browser, "/channels").await;
        assert!(listed.contains("1 delivery, the last just now: not signed"), "{listed}");

        desk.desk.clock.advance(Duration::from_mins(1));
        assert_eq!(post(&desk, &format!("/channels/{id}"), &right).await.status, 303);
        assert!(!page(&mut browser, "/inbox").await.contains(alarm), "nothing came since");
        assert_eq!(pushed(&desk, &double, id, envelope).await.status, 200);
        let mut stranger = desk.client().with("x-hub-signature-256", "sha256=00");
        let forged = stranger.post(&format!("/webhooks/whatsapp/{id}"), "application/json", b"{}").await.unwrap();
        assert_eq!(forged.status, 401, "{}", forged.text());
        assert!(!page(&mut browser, "/inbox").await.contains(alarm), "what the platform signs comes in");
        assert!(page(&mut browser, "/channels").await.contains("1 delivery, the last just now: not signed"));
        desk.drain().await;
    }
}

/// A number whose app secret is replaced while WhatsApp goes on signing with the one before, and something to push.
async fn replaced(desk: &TestDesk, double: &Double<Whatsapp>) -> (ChannelId, Bytes) {
    // Without the app's id nobody can ask whether its secret is right.
    let form: Fields = whatsapp(&double.url()).into_iter().filter(|(name, _)| *name != "app_id").collect();
    assert_eq!(post(desk, "/channels", &form).await.status, 303);
    let id = of_kind(desk, "whatsapp").await.id;
    let anew = with(&form, "app_secret", "of-another-app");
    assert_eq!(post(desk, &format!("/channels/{id}"), &anew).await.status, 303);
    let ben = Customer {
        phone: "4915187654321".to_owned(),
        user_id: "DE.90001".to_owned(),
        name: "Ben".to_owned(),
        shows_phone: true,
    };
    double.platform.join(ben.clone());
    let said = double.platform.said(&ben, "wamid.1", &json!({ "type": "text", "text": { "body": "Hello" } }));
    (id, double.platform.envelope(&[said]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_replaced_counts_for_a_day_and_what_it_signs_then_is_an_alarm() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (id, envelope) = replaced(&desk, &double).await;
        let (mut browser, path) = (desk.browser().await, format!("/channels/{id}"));
        let shown = page(&mut browser, &path).await;
        assert!(shown.contains("The one before counts until 24 November 2026, 09:00:00."), "{shown}");
        assert_eq!(pushed(&desk, &double, id, envelope.clone()).await.status, 200);
        desk.drain().await;

        desk.desk.clock.advance(Duration::from_hours(24));
        assert_eq!(pushed(&desk, &double, id, envelope).await.status, 401, "the day is over");
        assert!(!page(&mut browser, &path).await.contains("The one before counts"));
        assert!(page(&mut browser, "/inbox").await.contains("does not come in through “WhatsApp”"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_replaced_is_ended_at_once_where_it_leaked() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let (id, envelope) = replaced(&desk, &double).await;
        let (mut browser, path) = (desk.browser().await, format!("/channels/{id}"));
        let drawn = value_of(&page(&mut browser, &path).await, "until");
        let end = format!("{path}/former-secret/deletion");
        let other = send(&mut browser, &end, &[("until", "7")]).await;
        assert!(said(&other).starts_with('b'), "{}", said(&other));
        assert_eq!(pushed(&desk, &double, id, envelope.clone()).await.status, 200, "it is not the one that was shown");

        for _ in 0..2 {
            let ended = send(&mut browser, &end, &[("until", drawn.as_str())]).await;
            assert!(said(&ended).starts_with('i'), "{}", said(&ended));
            assert_eq!(pushed(&desk, &double, id, envelope.clone()).await.status, 401);
        }
        assert!(!page(&mut browser, &path).await.contains("The one before counts"));
        let filter = Filter { subject: id.to_string(), ..Filter::default() };
        let entries = audit::list(&desk.desk.db, &filter, None, 9).await.unwrap();
        let told: Vec<&str> = entries.iter().map(|entry| entry.details.as_str()).collect();
        assert!(told[0].contains("ended") && told[1].contains("counts until"), "{told:?}");
        assert!(!told.iter().any(|details| details.contains("the-app-secret")), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_turned_away_outlives_the_process_and_open_pages_hear_when_it_begins_and_ends() {
    const TOLD: &str = "select count(*) from events where kind = 'channel_changed'";
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let id = with_number(&desk, &double).await;
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        let forge = async || {
            let mut stranger = desk.client().with("x-hub-signature-256", "sha256=00");
            let path = format!("/webhooks/whatsapp/{id}");
            assert_eq!(stranger.post(&path, "application/json", b"{}").await.unwrap().status, 401);
        };
        let as_written = async || {
            let all = Deliveries::new(db.clone(), clock.clone()).turned_away().await.unwrap();
            all.first().map(|away| (away.number, away.is_all))
        };
        let before = number_of(db, TOLD).await;
        for _ in 0..3 {
            forge().await;
        }
        assert_eq!(as_written().await, Some((1, true)), "a flood is not written one by one");
        let here = desk.desk.connections.deliveries.turned_away().await.unwrap();
        assert_eq!(here.first().map(|away| away.number), Some(3));
        clock.advance(Duration::from_mins(1));
        forge().await;
        assert_eq!(as_written().await, Some((4, true)));
        assert_eq!(number_of(db, TOLD).await, before + 1, "told when it begins");

        let said = double.platform.fate("wamid.1", "sent", None);
        for _ in 0..2 {
            assert_eq!(
                pushed(&desk, &double, id, double.platform.envelope(std::slice::from_ref(&said))).await.status,
                200
            );
        }
        assert_eq!(number_of(db, TOLD).await, before + 2, "and when it ends");
        assert_eq!(as_written().await, Some((4, false)));
    }
}

/// Two numbers of an app at whose secret nobody can look, since none names the app. Meta calls the address of the first.
struct Two {
    desk: TestDesk,
    first: Double<Whatsapp>,
    second: Double<Whatsapp>,
    id: ChannelId,
    /// The second one's.
    form: Fields,
    path: String,
    ben: Customer,
}

impl Two {
    /// The second one has this secret.
    async fn start(engine: Engine, secret: &str) -> Self {
        let account = |number: &str| Account { phone_number_id: number.to_owned(), ..Account::default() };
        let first = Double::start(Whatsapp::new(account("800001"))).await.unwrap();
        let second = Double::start(Whatsapp::new(account("800002"))).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let form: Fields = whatsapp(&first.url()).into_iter().filter(|(name, _)| *name != "app_id").collect();
        assert_eq!(post(&desk, "/channels", &form).await.status, 303);
        let id = of_kind(&desk, "whatsapp").await.id;
        let form = with(&with(&form, "api_url", &second.url()), "phone_number_id", "800002");
        let form = with(&with(&form, "name", "The second"), "app_secret", secret);
        assert_eq!(post(&desk, "/channels", &form).await.status, 303);
        let is_other = |row: &Channel| row.kind == "whatsapp" && row.id != id;
        let other = super::all(&desk).await.into_iter().find(is_other).unwrap().id;
        let ben = Customer {
            phone: "4915187654321".to_owned(),
            user_id: "DE.90001".to_owned(),
            name: "Ben".to_owned(),
            shows_phone: true,
        };
        first.platform.join(ben.clone());
        second.platform.join(ben.clone());
        desk.desk.clock.advance(Duration::from_secs(5));
        Self { desk, first, second, id, form, path: format!("/channels/{other}"), ben }
    }

    /// Ben writes to one of the numbers; gives how the desk answers to what is pushed.
    async fn says(&self, to: &Double<Whatsapp>, id: &str) -> u16 {
        let said = to.platform.said(&self.ben, id, &json!({ "type": "text", "text": { "body": id } }));
        let answer = pushed(&self.desk, to, self.id, to.platform.envelope(&[said])).await;
        self.desk.drain().await;
        answer.status
    }

    /// Whether every page says that nothing comes in through the second one, and through the first.
    async fn is_deaf(&self) -> (bool, bool) {
        let shown = page(&mut self.desk.browser().await, "/inbox").await;
        let is_said = |name: &str| shown.contains(&format!("does not come in through “{name}”"));
        (is_said("The second"), is_said("WhatsApp"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_app_pushes_for_a_number_with_another_secret_is_an_alarm_and_is_not_acknowledged() {
    const CAME: &str = "select count(*) from messages where direction = 'inbound'";
    for engine in Engine::all() {
        let two = Box::pin(Two::start(engine, "the-app-secret")).await;
        let wrong = with(&two.form, "app_secret", "mistyped");
        assert_eq!(post(&two.desk, &two.path, &wrong).await.status, 303);
        two.desk.desk.clock.advance(Duration::from_secs(5));
        assert_eq!(two.says(&two.second, "wamid.1").await, 200, "the one before counts for a day");
        assert_eq!(two.is_deaf().await, (false, false));

        two.desk.desk.clock.advance(Duration::from_hours(24));
        assert_eq!(two.says(&two.first, "wamid.2").await, 200, "that is the first one’s");
        assert_eq!(two.is_deaf().await, (false, false));
        assert_eq!(two.says(&two.second, "wamid.3").await, 401);
        assert_eq!(two.is_deaf().await, (true, false));

        let right = with(&two.form, "app_secret", "the-app-secret");
        assert_eq!(post(&two.desk, &two.path, &right).await.status, 303);
        two.desk.desk.clock.advance(Duration::from_secs(5));
        assert_eq!(two.says(&two.second, "wamid.3").await, 200, "it is sent again");
        assert_eq!(two.is_deaf().await, (false, false));
        assert_eq!(number_of(&two.desk.desk.db, CAME).await, 3, "nothing is lost, and nothing is there twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_forgotten_when_the_secret_of_its_app_changed_is_an_alarm_though_it_was_heard_before() {
    for engine in Engine::all() {
        let two = Box::pin(Two::start(engine, "before")).await;
        let number = "800002".to_owned();
        let before = Account { phone_number_id: number, app_secret: "before".to_owned(), ..Account::default() };
        let before = Whatsapp::new(before);
        before.join(two.ben.clone());
        let said = before.said(&two.ben, "wamid.0", &json!({ "type": "text", "text": { "body": "Hello" } }));
        let delivery = before.signed(before.envelope(&[said]));
        let (name, signature) = delivery.headers.iter().find(|(name, _)| name.contains("signature")).unwrap();
        let address = two.path.replace("/channels/", "/webhooks/whatsapp/");
        let mut platform = two.desk.client().with(name, signature);
        assert_eq!(platform.post(&address, "application/json", &delivery.body).await.unwrap().status, 200);
        two.desk.drain().await;
        two.desk.desk.clock.advance(Duration::from_secs(5));
        assert_eq!(two.says(&two.second, "wamid.1").await, 401);
        assert_eq!(two.is_deaf().await, (true, false));

        let of_another_app = with(&with(&two.form, "app_id", "600002"), "app_secret", "before");
        assert_eq!(post(&two.desk, &two.path, &of_another_app).await.status, 303);
        let first = with(&whatsapp(&two.first.url()), "app_id", "600001");
        assert_eq!(post(&two.desk, &format!("/channels/{}", two.id), &first).await.status, 303);
        two.desk.desk.clock.advance(Duration::from_secs(5));
        assert_eq!(two.says(&two.second, "wamid.1").await, 200, "another app tells it");
        assert_eq!(two.is_deaf().await, (false, false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_takes_ends_what_another_has_turned_away() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let id = with_number(&desk, &double).await;
        let report = double.platform.envelope(&[double.platform.fate("wamid.1", "sent", None)]);
        assert_eq!(pushed(&desk, &double, id, report.clone()).await.status, 200);
        let (db, clock) = (&desk.desk.db, &desk.desk.clock);
        let elsewhere = Deliveries::new(db.clone(), clock.clone());
        let connection = desk.desk.connections.get(id).await.unwrap();
        assert!(elsewhere.turn_away(&connection).await, "nothing came in there");
        let as_written = async || elsewhere.turned_away().await.unwrap().first().map(|away| away.is_all);
        assert_eq!(as_written().await, Some(true));
        clock.advance(Duration::from_mins(1));
        assert_eq!(pushed(&desk, &double, id, report).await.status, 200);
        assert_eq!(as_written().await, Some(false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_platform_says_of_an_account_is_shown_until_it_is_read() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let id = with_number(&desk, &double).await;
        let push = async |value: serde_json::Value| {
            let change = json!({ "field": "account_update", "value": value });
            assert_eq!(pushed(&desk, &double, id, double.platform.envelope(&[change])).await.status, 200);
            desk.drain().await;
            of_kind(&desk, "whatsapp").await
        };
        let restriction = json!([{ "restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION" }]);
        let restricted = push(json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": restriction })).await;
        assert_eq!(restricted.state, ChannelState::Connected, "a restriction ends nothing");
        let mut browser = desk.browser().await;
        let words = "RESTRICTED_ADD_PHONE_NUMBER_ACTION";
        for path in ["/channels".to_owned(), format!("/channels/{id}")] {
            assert!(page(&mut browser, &path).await.contains(words), "{path}");
        }
        taken(&mut browser, &format!("/channels/{id}/news/deletion"), &[("back", "/channels")]).await;
        assert!(!page(&mut browser, "/channels").await.contains(words));

        let gone = push(json!({ "event": "PARTNER_REMOVED" })).await;
        assert_eq!(gone.state, ChannelState::NeedsAttention);
        assert!(page(&mut browser, "/inbox").await.contains("Access to the WhatsApp account was taken back."));
        let again = push(json!({ "event": "ACCOUNT_RECONNECTED" })).await;
        assert_eq!((again.state, again.state_reason.as_str()), (ChannelState::Connected, ""));
        let log = page(&mut browser, "/audit").await;
        assert!(log.matches("Changed a channel").count() >= 3, "{log}");
    }
}
