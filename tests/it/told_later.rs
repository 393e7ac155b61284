//! What WhatsApp tells of messages after they were placed or sent, whenever it tells it.

use hmac::{Hmac, Mac as _};
use resolute::inbox::merge;
use resolute::model::channel::ChannelState;
use resolute::model::conversation::{Conversation, ConversationStatus};
use resolute::model::message::{Delivery, Message};
use resolute::model::{ChannelId, MessageId};
use resolute::store::channels::{self, NewChannel};
use resolute::store::intake::{self, NewKey};
use resolute::store::{conversations, drafts, messages, teammates};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::drafts::{put_before_a_person, saying};
use crate::support::forms::{page, taken};
use crate::support::stores::{number_of, write};

const NUMBER: &str = "800001";
const SECRET: &str = "the app's secret";
const EARLY: &str = "select count(*) from early_news";
/// Names, phone numbers and ids of customers.
pub(crate) const ANA: [&str; 3] = ["Ana", "4915112345678", "DE.77812"];
pub(crate) const BEN: [&str; 3] = ["Ben", "4915187654321", "DE.99001"];

pub(crate) const ACCOUNT: &str = "700001";

/// A number of a business account, as a channel of a desk.
pub(crate) async fn connected(desk: &TestDesk, (account, number): (&str, &str)) -> ChannelId {
    let channel: ChannelId = desk.desk.clock.new_id();
    let secrets = json!({ "app_secret": SECRET, "access_token": "a token", "verify_token": "a word" });
    let new = NewChannel {
        id: channel,
        brand_id: desk.setup.brand,
        kind: "whatsapp".into(),
        name: "WhatsApp".into(),
        address: "+4930900100".into(),
        settings: json!({ "graph_url": "http://127.0.0.1:1", "phone_number_id": number, "account_id": account }),
        secrets: desk.desk.connections.seal(channel, &secrets).unwrap(),
        webhook_secret: "w".into(),
        created_at: MONDAY,
    };
    write(&desk.desk.db, async |tx| channels::insert(tx, &new).await).await;
    channel
}

/// A desk with a number on WhatsApp. Nobody takes what it sends.
pub(crate) struct Whatsapp {
    pub(crate) desk: TestDesk,
    channel: ChannelId,
    posted: i64,
}

impl Whatsapp {
    pub(crate) async fn start(engine: Engine) -> Self {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let channel = connected(&desk, (ACCOUNT, NUMBER)).await;
        Self { desk, channel, posted: 0 }
    }

    /// With a conversation that Ana began by these words.
    async fn asked(engine: Engine, words: &str) -> (Self, Conversation) {
        let mut ours = Box::pin(Self::start(engine)).await;
        ours.does(ANA, "wamid.1", 1, text(words)).await;
        ours.desk.drain().await;
        let talk = ours.desk.newest().await;
        (ours, talk)
    }

    /// With her question, and an answer that nobody took.
    async fn answered(engine: Engine) -> (Self, Conversation, MessageId) {
        let (ours, talk) = Box::pin(Self::asked(engine, "Where is my lamp?")).await;
        let id = ours.answers(&talk, "On its way.").await;
        (ours, talk, id)
    }

    /// A delivery, signed as the platform does; each has other bytes.
    pub(crate) async fn post(&mut self, value: Value) {
        self.post_to((self.channel, ACCOUNT, NUMBER), value).await;
    }

    /// The same for a number of an account, which is another channel.
    pub(crate) async fn post_to(&mut self, (channel, account, number): (ChannelId, &str, &str), value: Value) {
        self.posted += 1;
        let mut value = value;
        value["messaging_product"] = "whatsapp".into();
        value["metadata"] = json!({ "display_phone_number": "4930900100", "phone_number_id": number });
        self.push_to((channel, account), self.posted, json!([{ "field": "messages", "value": value }])).await;
    }

    /// What a delivery of this moment says, signed.
    async fn push(&self, time: i64, changes: Value) {
        self.push_to((self.channel, ACCOUNT), time, changes).await;
    }

    async fn push_to(&self, (channel, account): (ChannelId, &str), time: i64, changes: Value) {
        let entry = json!({ "id": account, "time": time, "changes": changes });
        let body = json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(&body).finalize();
        let signature = format!("sha256={}", hex::encode(mac.into_bytes()));
        let mut client = self.desk.client().with("x-hub-signature-256", &signature);
        let path = format!("/webhooks/whatsapp/{channel}");
        let answer = client.post(&path, "application/json", body.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A customer does something, so many seconds into the day.
    pub(crate) async fn does(&mut self, [name, phone, user]: [&str; 3], id: &str, second: i64, what: Value) {
        let mut message = what;
        message["id"] = id.into();
        message["from"] = phone.into();
        message["from_user_id"] = user.into();
        message["timestamp"] = (MONDAY.0 / 1_000_000 + second).to_string().into();
        let contact = json!({ "profile": { "name": name }, "wa_id": phone, "user_id": user });
        self.post(json!({ "contacts": [contact], "messages": [message] })).await;
    }

    pub(crate) async fn fate(&mut self, id: &str, word: &str, command: Option<MessageId>) {
        let mut status = json!({ "id": id, "status": word, "timestamp": (MONDAY.0 / 1_000_000).to_string() });
        if let Some(command) = command {
            status["biz_opaque_callback_data"] = command.to_string().into();
        }
        self.post(json!({ "statuses": [status] })).await;
        self.desk.drain().await;
    }

    /// Sends an answer by the API; nobody takes it.
    pub(crate) async fn answers(&self, talk: &Conversation, text: &str) -> MessageId {
        let path = format!("/api/v1/conversations/{}/messages", talk.number);
        let answer = self.desk.api().post_json(&path, &json!({ "body": text })).await.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        self.desk.drain().await;
        serde_json::from_value(answer.json()["id"].clone()).unwrap()
    }

    async fn message(&self, id: MessageId) -> Message {
        messages::find(&self.desk.desk.db, id).await.unwrap().unwrap()
    }

    async fn said(&self, talk: &Conversation) -> Vec<Message> {
        messages::list(&self.desk.desk.db, talk.id, 50).await.unwrap()
    }

    /// How many conversations hold a word.
    async fn found(&self, word: &str) -> usize {
        self.desk.api_get(&format!("/api/v1/search?q={word}")).await["items"].as_array().unwrap().len()
    }

    /// The conversation beside another one.
    pub(crate) async fn beside(&self, other: &Conversation) -> Conversation {
        let listed = self.desk.api_get("/api/v1/conversations").await;
        let mut numbers = listed["items"].as_array().unwrap().iter().map(|row| row["number"].as_i64().unwrap());
        self.desk.talk(numbers.find(|number| *number != other.number).expect("another conversation")).await
    }

    async fn early(&self) -> i64 {
        number_of(&self.desk.desk.db, EARLY).await
    }
}

pub(crate) fn text(words: &str) -> Value {
    json!({ "type": "text", "text": { "body": words } })
}

pub(crate) fn edit(of: &str, words: &str) -> Value {
    json!({ "type": "edit", "edit": { "original_message_id": of, "message": text(words) } })
}

pub(crate) fn sign(on: &str, emoji: &str) -> Value {
    json!({ "type": "reaction", "reaction": { "message_id": on, "emoji": emoji } })
}

pub(crate) fn revoke(of: &str) -> Value {
    json!({ "type": "revoke", "revoke": { "original_message_id": of } })
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_come_before_their_message_wait_for_it() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        ours.does(ANA, "wamid.2", 2, edit("wamid.1", "Where is my chair?")).await;
        ours.does(ANA, "wamid.3", 3, sign("wamid.1", "👍")).await;
        ours.does(BEN, "wamid.4", 4, edit("wamid.1", "I owe you all.")).await;
        ours.desk.drain().await;
        assert_eq!(ours.early().await, 3);
        ours.desk.stop().await;
        ours.desk.start_again().await;
        ours.does(ANA, "wamid.1", 1, text("Where is my lamp?")).await;
        ours.desk.drain().await;
        assert_eq!(ours.early().await, 0);

        let talk = ours.desk.newest().await;
        assert_eq!((talk.gist.as_str(), talk.subject.as_str()), ("Where is my chair?", "Where is my chair?"));
        let mut browser = ours.desk.browser().await;
        let path = format!("/conversations/{}?view=all", talk.number);
        let shown = page(&mut browser, &path).await;
        for words in ["Where is my chair?", "Show what it said before", "Where is my lamp?", "👍 <bdi>Ana</bdi>"] {
            assert!(shown.contains(words), "{words} is not in {shown}");
        }
        assert!(shown.contains("Ana changed a message") && shown.contains("Ana put 👍 on a message"), "{shown}");
        assert!(!shown.contains("I owe you all."), "{shown}");
        assert_eq!((ours.found("chair").await, ours.found("lamp").await), (1, 0));
        let told = ours.desk.api_get(&format!("/api/v1/conversations/{}", talk.number)).await;
        let message = &told["messages"][0];
        assert_eq!((message["body"].as_str(), message["taken_back_at"].as_str()), (Some("Where is my chair?"), None));
        assert_eq!(message["edited_at"], "2026-11-23T09:00:02Z");
        assert_eq!(message["signs"], json!([{ "sign": "👍", "by": "Ana" }]));

        // The same things once more change nothing.
        let before = ours.desk.timeline(talk.number).await;
        ours.does(ANA, "wamid.1", 1, text("Where is my lamp?")).await;
        ours.does(ANA, "wamid.3", 3, sign("wamid.1", "👍")).await;
        ours.does(ANA, "wamid.2", 2, edit("wamid.1", "Where is my chair?")).await;
        ours.desk.drain().await;
        assert_eq!(ours.desk.timeline(talk.number).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_read_by_nobody_but_who_asks() {
    for engine in Engine::all() {
        let (mut ours, talk) = Whatsapp::asked(engine, "My password is swordfish.").await;
        put_before_a_person(&ours.desk, &talk, saying("Never tell a password.")).await;
        write(&ours.desk.desk.db, async |tx| {
            let mut row = conversations::lock(tx, talk.id).await?;
            row.needs_approval = true;
            conversations::update(tx, &row).await
        })
        .await;
        ours.does(ANA, "wamid.2", 2, revoke("wamid.1")).await;
        ours.desk.drain().await;

        let db = &ours.desk.desk.db;
        let now = ours.desk.talk(talk.number).await;
        assert_eq!((now.status, now.due_at), (ConversationStatus::Open, talk.due_at), "nothing ends by itself");
        assert!(!now.needs_approval && drafts::current(db, talk.id).await.unwrap().is_none(), "its draft is void");
        assert!(!now.gist.contains("swordfish") && !now.subject.contains("swordfish"), "{now:?}");
        assert_eq!((ours.said(&talk).await[0].body.as_str(), ours.found("swordfish").await), ("", 0));
        let told = ours.desk.api_get(&format!("/api/v1/conversations/{}", talk.number)).await;
        assert!(!told["messages"].to_string().contains("swordfish"), "{told}");
        assert_eq!(told["messages"][0]["taken_back_at"], "2026-11-23T09:00:02Z");

        let mut browser = ours.desk.browser().await;
        let shown = page(&mut browser, &format!("/conversations/{}?view=all", talk.number)).await;
        let (before, behind) = shown.split_once("Show what it said</summary>").expect("the words can be read");
        assert!(before.contains("Taken back by its writer.") && !before.contains("swordfish"), "{before}");
        assert!(behind.contains("My password is swordfish."), "{behind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn news_finds_a_message_by_its_command_whatever_came_of_the_sending() {
    for engine in Engine::all() {
        let (mut ours, talk, id) = Whatsapp::answered(engine).await;
        assert!(ours.message(id).await.external_id.is_empty(), "nobody took it");
        ours.fate("wamid.out", "delivered", Some(id)).await;
        let settled = ours.message(id).await;
        assert_eq!((settled.delivery, settled.external_id.as_str()), (Some(Delivery::Delivered), "wamid.out"));
        assert!(settled.sent_at.is_some() && settled.delivery_reason.is_empty());
        // From now on by the platform's id too; what is late changes nothing back.
        ours.fate("wamid.out", "read", None).await;
        for word in ["sent", "delivered", "failed"] {
            ours.fate("wamid.out", word, None).await;
        }
        assert_eq!(ours.message(id).await.delivery, Some(Delivery::Read));
        assert_eq!(ours.early().await, 0);
        let mut browser = ours.desk.browser().await;
        let shown = page(&mut browser, &format!("/conversations/{}?view=all", talk.number)).await;
        assert!(shown.split("class=\"delivery\"").nth(1).is_some_and(|rest| rest.contains(" read</span>")), "{shown}");
        // What did not arrive says why, and comes back.
        let failed = ours.answers(&talk, "Once more.").await;
        ours.fate("wamid.bad", "sent", Some(failed)).await;
        ours.fate("wamid.bad", "failed", None).await;
        assert_eq!(ours.message(failed).await.delivery, Some(Delivery::Failed));
        assert_eq!(ours.desk.talk(talk.number).await.status, ConversationStatus::Open);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn news_that_comes_before_the_id_is_known_is_kept() {
    for engine in Engine::all() {
        let (mut ours, talk, id) = Whatsapp::answered(engine).await;
        ours.fate("wamid.out", "read", None).await;
        ours.fate("wamid.out", "delivered", None).await;
        ours.fate("wamid.of-another-program", "read", None).await;
        assert_eq!(ours.early().await, 3);
        // As the answer to the sending tells it.
        let key =
            NewKey { channel_id: ours.channel, key: "wamid.out".into(), message_id: id, conversation_id: talk.id };
        write(&ours.desk.desk.db, async |tx| intake::insert_keys(tx, &[key]).await).await;
        ours.desk.drain().await;
        assert_eq!((ours.message(id).await.delivery, ours.early().await), (Some(Delivery::Read), 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_keeps_what_became_of_messages_and_whose_they_are() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        ours.does(ANA, "wamid.1", 1, text("Where is my lamp?")).await;
        ours.does(ANA, "wamid.2", 2, edit("wamid.1", "Where is my chair?")).await;
        ours.desk.drain().await;
        let goes = ours.desk.newest().await;
        ours.does(BEN, "wamid.3", 3, text("It is for Ana's order.")).await;
        ours.desk.drain().await;
        let stays = ours.beside(&goes).await;
        let db = ours.desk.desk.db.clone();
        let by = teammates::find(&db, ours.desk.setup.teammate).await.unwrap().unwrap();
        merge::merge(&ours.desk.desk.inbox(), (goes.id, stays.id), true, &by).await.unwrap();
        ours.does(BEN, "wamid.5", 5, edit("wamid.1", "I owe you all.")).await;
        ours.does(ANA, "wamid.6", 6, edit("wamid.1", "Where is my table?")).await;
        ours.does(ANA, "wamid.7", 7, revoke("wamid.3")).await;
        ours.does(BEN, "wamid.8", 8, sign("wamid.1", "👍")).await;
        ours.desk.drain().await;
        let said = ours.said(&stays).await;
        let words: Vec<&str> = said.iter().map(|message| message.body.as_str()).collect();
        assert_eq!(words, ["Where is my table?", "It is for Ana's order."]);
        let changes = &said[0].changes.as_ref().unwrap().0;
        let earlier: Vec<&str> = changes.earlier().into_iter().map(|(_, words)| words).collect();
        assert_eq!(earlier, ["Where is my lamp?", "Where is my chair?"]);
        assert_eq!(changes.shown_signs().count(), 1);
        let timeline = ours.desk.timeline(stays.number).await;
        assert_eq!(timeline.matches("message_changed by Ana").count(), 2, "{timeline}");
    }
}

fn account(event: &str) -> Value {
    json!({ "field": "account_update", "value": { "event": event } })
}

fn banned(state: &str) -> Value {
    json!({ "field": "account_update", "value": {
        "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state },
    } })
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_an_account_goes_by_its_own_moment_and_by_what_it_is_about() {
    for engine in Engine::all() {
        let ours = Whatsapp::start(engine).await;
        for (at, change, state) in [
            (200, banned("DISABLE"), ChannelState::NeedsAttention),
            (300, banned("REINSTATE"), ChannelState::Connected),
            // It happened before.
            (250, banned("DISABLE"), ChannelState::Connected),
            (400, account("PARTNER_REMOVED"), ChannelState::NeedsAttention),
            // Of the access that says nothing.
            (500, banned("REINSTATE"), ChannelState::NeedsAttention),
            (600, banned("DISABLE"), ChannelState::NeedsAttention),
            (700, banned("REINSTATE"), ChannelState::NeedsAttention),
            (800, account("ACCOUNT_RECONNECTED"), ChannelState::Connected),
        ] {
            ours.push(MONDAY.0 / 1_000_000 + at, json!([change])).await;
            ours.desk.drain().await;
            let channel = channels::find(&ours.desk.desk.db, ours.channel).await.unwrap().unwrap();
            assert_eq!(channel.state, state, "{at}: {}", channel.state_reason);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graver_news_of_an_account_stay_until_they_are_read() {
    for engine in Engine::all() {
        let ours = Whatsapp::start(engine).await;
        let restriction = json!({ "field": "account_update", "value": {
            "event": "ACCOUNT_RESTRICTION", "restriction_info": [{ "restriction_type": "NO_NEW_CHATS" }],
        } });
        let quality = |event: &str| {
            let value = json!({ "display_phone_number": "4930900100", "event": event });
            json!({ "field": "phone_number_quality_update", "value": value })
        };
        let refused = |name: &str| {
            json!({ "field": "message_template_status_update", "value": {
                "event": "REJECTED", "message_template_name": name, "message_template_language": "en",
                "reason": "INVALID_FORMAT",
            } })
        };
        let named = json!({ "field": "security", "value": { "event": "PIN_CHANGED" } });
        let all = [restriction, quality("FLAGGED"), refused("late_parcel"), refused("sorry"), named];
        for (at, change) in (100..).zip(all) {
            ours.push(MONDAY.0 / 1_000_000 + at, json!([change])).await;
        }
        ours.desk.drain().await;
        let mut browser = ours.desk.browser().await;
        let grave = [
            "NO_NEW_CHATS",
            "The template “late_parcel” (en): REJECTED, INVALID_FORMAT.",
            "The template “sorry” (en): REJECTED",
        ];
        let places = ["/channels".to_owned(), format!("/channels/{}", ours.channel)];
        for place in &places {
            let shown = page(&mut browser, place).await;
            for words in grave.iter().chain(&["the quality of the number as low", "PIN_CHANGED"]) {
                assert!(shown.contains(words), "{words} is not at {place}: {shown}");
            }
        }
        // The end of the flag is the end of that alone.
        ours.push(MONDAY.0 / 1_000_000 + 200, json!([quality("UNFLAGGED")])).await;
        ours.desk.drain().await;
        let shown = page(&mut browser, "/channels").await;
        assert!(grave.iter().all(|words| shown.contains(words)), "{shown}");
        assert!(!shown.contains("the quality of the number as low"), "{shown}");
        // What was read does not come back with the next news.
        let read = [("back", "/channels")];
        taken(&mut browser, &format!("/channels/{}/news/deletion", ours.channel), &read).await;
        ours.push(MONDAY.0 / 1_000_000 + 300, json!([quality("FLAGGED")])).await;
        ours.desk.drain().await;
        let shown = page(&mut browser, "/channels").await;
        assert!(shown.contains("the quality of the number as low"), "{shown}");
        assert!(!grave.iter().any(|words| shown.contains(words)), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_once_more_says_nothing_new_of_the_account() {
    for engine in Engine::all() {
        let (ours, talk, id) = Whatsapp::answered(engine).await;
        let second = MONDAY.0 / 1_000_000;
        let statuses = json!([{ "id": "wamid.out", "status": "read", "timestamp": second.to_string() }]);
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "4930900100", "phone_number_id": NUMBER },
            "statuses": statuses,
        });
        let read = json!({ "field": "messages", "value": value });
        ours.push(second, json!([read, account("PARTNER_REMOVED")])).await;
        ours.desk.drain().await;
        let db = &ours.desk.desk.db;
        let state = async || channels::find(db, ours.channel).await.unwrap().unwrap().state;
        assert_eq!(state().await, ChannelState::NeedsAttention);
        write(db, async |tx| channels::set_state(tx, ours.channel, ChannelState::Connected, "").await).await;
        let key =
            NewKey { channel_id: ours.channel, key: "wamid.out".into(), message_id: id, conversation_id: talk.id };
        write(db, async |tx| intake::insert_keys(tx, &[key]).await).await;
        ours.desk.drain().await;
        assert_eq!((ours.message(id).await.delivery, ours.early().await), (Some(Delivery::Read), 0));
        assert_eq!(state().await, ChannelState::Connected, "somebody has connected it again since");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_the_app_wrote_to_by_number_answers_there_under_their_id() {
    for engine in Engine::all() {
        let mut ours = Whatsapp::start(engine).await;
        let second = MONDAY.0 / 1_000_000;
        let mut echo = text("Your lamp comes tomorrow.");
        echo["id"] = "wamid.e1".into();
        echo["from"] = "4930900100".into();
        echo["to"] = ANA[1].into();
        echo["timestamp"] = second.to_string().into();
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "4930900100", "phone_number_id": NUMBER },
            "message_echoes": [echo],
        });
        ours.push(second, json!([{ "field": "smb_message_echoes", "value": value }])).await;
        ours.desk.drain().await;
        let begun = ours.desk.newest().await;
        ours.does(ANA, "wamid.1", 3, text("At what time?")).await;
        ours.desk.drain().await;
        let talk = ours.desk.newest().await;
        assert_eq!((talk.number, talk.contact_id), (begun.number, begun.contact_id));
        let said = ours.said(&talk).await;
        let words: Vec<&str> = said.iter().map(|message| message.body.as_str()).collect();
        assert_eq!(words, ["Your lamp comes tomorrow.", "At what time?"]);
        assert_eq!(said[1].contact_id, Some(talk.contact_id), "there is one customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_a_new_id_goes_on_in_their_conversation() {
    for engine in Engine::all() {
        let (mut ours, talk) = Whatsapp::asked(engine, "Where is my lamp?").await;
        let second = MONDAY.0 / 1_000_000;
        let lines =
            json!([{ "user_id": { "previous": ANA[2], "current": "DE.88000" }, "timestamp": second.to_string() }]);
        let value = json!({
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "4930900100", "phone_number_id": NUMBER },
            "user_id_update": lines,
        });
        ours.push(second + 2, json!([{ "field": "user_id_update", "value": value }])).await;
        ours.desk.drain().await;
        ours.does([ANA[0], ANA[1], "DE.88000"], "wamid.2", 3, text("And my chair?")).await;
        ours.desk.drain().await;
        let listed = ours.desk.api_get("/api/v1/conversations").await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
        let words: Vec<String> = ours.said(&talk).await.into_iter().map(|message| message.body).collect();
        assert_eq!(words, ["Where is my lamp?", "And my chair?"]);
    }
}
