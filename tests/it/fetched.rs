//! Files that lie on a platform until the desk fetches them: behind their message, once, from nowhere inside, and with words
//! at the message for what keeps them away. Each test runs on both databases.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use platform_doubles::telegram::Person;
use platform_doubles::whatsapp::Customer;
use platform_doubles::{Delivery, Fault, Response};
use resolute::inbox::erasure;
use resolute::inbox::fetched::{self, Next};
use resolute::model::job::JobKind;
use resolute::store::erasures;
use resolute::store::files::Files;
use resolute::store::jobs::{self, Lease};
use serde_json::{Value, json};
use wiremock::MockServer;

use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, taken};
use crate::support::stand::Stand;
use crate::support::stores::write;

const PNG: &[u8] = include_bytes!("../fixtures/buckle.png");
const INVOICE: &[u8] = b"%PDF-1.7 an invoice";
/// What a customer writes below a file.
const WORDS: &str = "It came like this.";

/// WhatsApp is the first, Telegram the second.
async fn stand(engine: Engine) -> Stand {
    let wish = Wish { may_leave_work: true, ..Wish::exact(engine) };
    Stand::start(wish, &["whatsapp", "telegram"]).await
}

/// A picture on WhatsApp under this id, from a customer of its own.
fn picture(stand: &Stand, id: &str) -> Delivery {
    let whatsapp = stand.platforms.together.whatsapp();
    let customer =
        Customer { phone: format!("4915{id}"), user_id: format!("DE.{id}"), name: "Ana".to_owned(), shows_phone: true };
    let content = json!({ "type": "image", "image": { "id": id, "mime_type": "image/png", "caption": WORDS } });
    let said = whatsapp.said(&customer, &format!("wamid.F{id}"), &content);
    whatsapp.signed(whatsapp.envelope(&[said]))
}

/// An invoice on Telegram under this id, from a customer of its own.
fn invoice(stand: &Stand, id: &str) -> Delivery {
    let number = 7_000 + id.bytes().map(i64::from).sum::<i64>();
    let from = Person { id: number, first_name: "Ana".to_owned(), last_name: String::new() };
    let document = json!({ "file_id": id, "file_name": "Invoice.pdf", "mime_type": "application/pdf" });
    stand.platforms.together.telegram().message(&from, &json!({ "document": document, "caption": WORDS }))
}

/// A file of a message, as it is now.
struct Enclosed<'s> {
    stand: &'s Stand,
    number: i64,
    id: String,
}

impl<'s> Enclosed<'s> {
    /// A platform pushes a message with a file, and the desk reads it; nothing is fetched yet.
    async fn pushed(stand: &'s Stand, line: usize, delivery: &Delivery) -> Self {
        stand.pass(Duration::from_secs(10)).await;
        stand.push(&stand.lines[line].path, delivery).await;
        stand.desk.desk.receiver().receive(256).await.unwrap();
        let number = stand.desk.newest().await.number;
        let mut enclosed = Self { stand, number, id: String::new() };
        let told = enclosed.told().await;
        told["id"].as_str().unwrap().clone_into(&mut enclosed.id);
        let shown = enclosed.shown().await;
        assert!(shown.contains(WORDS) && shown.contains("is being fetched"), "{shown}");
        enclosed
    }

    /// What programs are told of it.
    async fn told(&self) -> Value {
        let shown = self.stand.desk.api_get(&format!("/api/v1/conversations/{}", self.number)).await;
        shown["messages"].as_array().unwrap().last().unwrap()["attachments"][0].clone()
    }

    async fn shown(&self) -> String {
        page(&mut self.stand.desk.browser().await, &format!("/conversations/{}", self.number)).await
    }

    /// What a browser gets for it.
    async fn bytes(&self) -> (u16, Vec<u8>) {
        let path = format!("/attachments/{}", self.id);
        let answer = self.stand.desk.browser().await.get(&path).await.unwrap();
        (answer.status, answer.body)
    }

    /// It is here, as it lay there.
    async fn is_here(&self, content: &[u8]) {
        assert_eq!(self.bytes().await, (200, content.to_vec()));
        let (shown, told) = (self.shown().await, self.told().await);
        assert!(!shown.contains("is being fetched") && !shown.contains("was not fetched"), "{shown}");
        assert!(shown.contains(&format!("/attachments/{}", self.id)), "{shown}");
        assert_eq!(told["size"], content.len(), "{told}");
    }

    /// It is not here, and the page says why and offers to try again.
    async fn is_away(&self, why: &str) {
        let shown = self.shown().await;
        assert!(shown.contains("was not fetched") && shown.contains(why), "{why}: {shown}");
        let again = format!("action=\"/attachments/{}/attempts\"", self.id);
        assert!(shown.contains(&again) && shown.contains(">Try again</button>"), "{shown}");
        assert_eq!(self.bytes().await.0, 404, "{why}");
    }

    /// A teammate presses “Try again”.
    async fn try_again(&self) {
        let mut browser = self.stand.desk.browser().await;
        taken(&mut browser, &format!("/attachments/{}/attempts", self.id), &[]).await;
        assert!(self.shown().await.contains("is being fetched"), "its words are gone at once");
        self.stand.desk.drain().await;
    }
}

/// How often WhatsApp was asked where a file lies.
fn asked(stand: &Stand, id: &str) -> usize {
    let calls = stand.platforms.together.calls("whatsapp").unwrap();
    calls.iter().filter(|call| call.starts_with("GET ") && call.ends_with(&format!("/{id}"))).count()
}

fn misbehave(stand: &Stand, name: &str, path: &str, answer: Response) {
    assert!(stand.platforms.together.misbehave(name, "", path, Fault::Answer(answer), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_fetched_once_behind_its_message() {
    for engine in Engine::all() {
        let stand = stand(engine).await;
        let id = stand.platforms.together.whatsapp().put_file("image/png", Bytes::from_static(PNG));
        let delivery = picture(&stand, &id);
        let file = Enclosed::pushed(&stand, 0, &delivery).await;
        stand.desk.drain().await;
        file.is_here(PNG).await;
        assert!(file.shown().await.contains("<img "), "a picture is shown in place");
        stand.push(&stand.lines[0].path, &delivery).await;
        stand.pass(Duration::from_hours(1)).await;
        assert_eq!(asked(&stand, &id), 1, "what is here is not fetched again");

        stand.platforms.together.telegram().put_file("doc-1", Bytes::from_static(INVOICE));
        let file = Enclosed::pushed(&stand, 1, &invoice(&stand, "doc-1")).await;
        stand.desk.drain().await;
        file.is_here(INVOICE).await;
        let told = file.told().await;
        assert_eq!((&told["name"], &told["type"]), (&json!("Invoice.pdf"), &json!("application/pdf")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_over_is_asked_for_anew_by_the_files_id() {
    for engine in Engine::all() {
        let stand = stand(engine).await;
        let id = stand.platforms.together.whatsapp().put_file("image/png", Bytes::from_static(PNG));
        misbehave(&stand, "whatsapp", "/files/", Response::status(503));
        let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
        stand.desk.drain().await;
        assert!(file.shown().await.contains("is being fetched"), "it is tried again by itself");
        // The address that was told holds for five minutes.
        stand.pass(Duration::from_mins(10)).await;
        file.is_here(PNG).await;
        assert_eq!(asked(&stand, &id), 2);

        let id = stand.platforms.together.whatsapp().put_file("image/png", Bytes::from_static(PNG));
        misbehave(&stand, "whatsapp", "/files/", Response::status(404));
        let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
        stand.desk.drain().await;
        file.is_away("The file is not there any more.").await;
        file.try_again().await;
        file.is_here(PNG).await;
        assert_eq!(asked(&stand, &id), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_inside_is_asked_for_a_file() {
    for engine in Engine::all() {
        let (stand, inside) = (stand(engine).await, MockServer::start().await);
        let whatsapp = stand.platforms.together.whatsapp();
        let secret = format!("{}/secret", inside.uri());
        let leads = whatsapp.put_file("image/png", Bytes::from_static(PNG));
        whatsapp.file_leads_to(&leads, &secret);
        let lies = whatsapp.put_file("image/png", Bytes::from_static(PNG));
        whatsapp.file_lies_at(&lies, &secret);
        let own = whatsapp.put_file("image/png", Bytes::from_static(PNG));
        whatsapp.file_lies_at(&own, &format!("http://{}/health/live", stand.desk.address));
        for id in [leads, lies, own] {
            let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
            stand.desk.drain().await;
            file.is_away("The file lies at an address that is not asked.").await;
        }
        assert!(inside.received_requests().await.unwrap().is_empty(), "what is inside was not asked");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_gone_says_so_and_can_be_asked_for_again() {
    for engine in Engine::all() {
        let stand = stand(engine).await;
        let (whatsapp, telegram) = (stand.platforms.together.whatsapp(), stand.platforms.together.telegram());
        let id = whatsapp.put_file("image/png", Bytes::from_static(PNG));
        let huge = json!({
            "id": id, "url": "https://files.example/x", "mime_type": "image/png", "file_size": 99_999_999_999_u64
        });
        misbehave(&stand, "whatsapp", &id, Response::json(200, &huge));
        let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
        stand.desk.drain().await;
        file.is_away("The file is larger than the desk takes.").await;

        let file = Enclosed::pushed(&stand, 0, &picture(&stand, "90999999")).await;
        stand.desk.drain().await;
        file.is_away("WhatsApp has the file no longer.").await;

        telegram.put_file("large", Bytes::from(vec![0; 20 * 1024 * 1024 + 1]));
        let file = Enclosed::pushed(&stand, 1, &invoice(&stand, "large")).await;
        stand.desk.drain().await;
        file.is_away("The file is too large for Telegram.").await;

        let file = Enclosed::pushed(&stand, 1, &invoice(&stand, "gone")).await;
        stand.desk.drain().await;
        file.is_away("Telegram no longer has the file.").await;
        file.try_again().await;
        file.is_away("Telegram no longer has the file.").await;
        telegram.put_file("gone", Bytes::from_static(INVOICE));
        file.try_again().await;
        file.is_here(INVOICE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_waits_for_a_channel_that_lets_nobody_in() {
    for engine in Engine::all() {
        let stand = stand(engine).await;
        let id = stand.platforms.together.whatsapp().put_file("image/png", Bytes::from_static(PNG));
        assert!(stand.platforms.together.let_in("whatsapp", false));
        let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
        for _ in 0..4 {
            stand.pass(Duration::from_mins(1)).await;
        }
        assert!(file.shown().await.contains("is being fetched"), "it is not given up");
        let alarm = page(&mut stand.desk.browser().await, "/inbox").await;
        assert!(alarm.contains("Connect “WhatsApp” again"), "{alarm}");
        assert!(stand.platforms.together.let_in("whatsapp", true));
        stand.connects_again(stand.line()).await;
        stand.pass(Duration::from_mins(1)).await;
        file.is_here(PNG).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_worker_was_killed_is_fetched_by_the_next() {
    for engine in Engine::all() {
        let stand = stand(engine).await;
        let desk = &stand.desk.desk;
        let id = stand.platforms.together.whatsapp().put_file("image/png", Bytes::from_static(PNG));
        let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
        // Somebody took the work, stored the bytes, and vanished before the row said so.
        let now = desk.clock.now();
        let lease = Lease { id: desk.clock.new_id(), until: now.plus(Duration::from_secs(15)) };
        let held = write(&desk.db, async |tx| jobs::claim(tx, JobKind::FetchFile, lease, now, 1).await).await;
        assert_eq!(held.len(), 1);
        desk.files.put(&Files::key_of(PNG), Bytes::from_static(PNG)).await.unwrap();
        stand.desk.drain().await;
        assert!(file.shown().await.contains("is being fetched"), "it is somebody's");
        desk.clock.advance(Duration::from_secs(16));
        let released = write(&desk.db, async |tx| jobs::release_expired(tx, desk.clock.now()).await).await;
        assert_eq!(released, 1);
        stand.desk.drain().await;
        file.is_here(PNG).await;
    }
}

/// Fetches a file as its work does.
async fn fetch(inbox: resolute::inbox::Inbox, id: String) {
    match fetched::fetch(&inbox, id.parse().unwrap()).await.unwrap() {
        Next::Done(tx) => tx.commit().await.unwrap(),
        Next::Parked(reason) => panic!("{reason}"),
        Next::Failed(failure) => panic!("{failure:?}"),
    }
}

/// A while later nothing is left of the bytes.
async fn leaves_nothing(stand: &Stand) {
    let stored = stand.desk.data.folder.path().join("files").join(Files::key_of(PNG));
    let now = Duration::from_micros(u64::try_from(stand.desk.desk.clock.now().0).unwrap());
    std::fs::File::options().write(true).open(&stored).unwrap().set_modified(UNIX_EPOCH + now).unwrap();
    stand.pass(Duration::from_mins(2)).await;
    assert!(!stored.exists(), "nothing names these bytes");
    assert!(stand.desk.unfinished().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_fetched_while_its_message_is_erased_leaves_nothing() {
    for engine in Engine::all() {
        let stand = stand(engine).await;
        let (desk, inbox) = (&stand.desk.desk, stand.desk.desk.inbox());
        let id = stand.platforms.together.whatsapp().put_file("image/png", Bytes::from_static(PNG));
        let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
        let batch = erasures::next(&desk.db, stand.desk.newest().await.contact_id, 10).await.unwrap();
        let mut tx = desk.db.begin().await.unwrap();
        erasure::erase_messages(&inbox, &mut tx, &batch, &[]).await.unwrap();
        let fetching = tokio::spawn(fetch(inbox.clone(), file.id.clone()));
        while !fetching.is_finished() && desk.files.get(&Files::key_of(PNG)).await.is_err() {
            tokio::task::yield_now().await;
        }
        tx.commit().await.unwrap();
        fetching.await.unwrap();
        leaves_nothing(&stand).await;

        // It is here between the look for its bytes and the end of its message.
        let id = stand.platforms.together.whatsapp().put_file("image/png", Bytes::from_static(PNG));
        let file = Enclosed::pushed(&stand, 0, &picture(&stand, &id)).await;
        let batch = erasures::next(&desk.db, stand.desk.newest().await.contact_id, 10).await.unwrap();
        let seen = erasure::forget_files(&inbox, &batch).await.unwrap().expect("there is none yet");
        fetch(inbox.clone(), file.id.clone()).await;
        write(&desk.db, async |tx| erasure::erase_messages(&inbox, tx, &batch, &seen).await).await;
        leaves_nothing(&stand).await;
    }
}
