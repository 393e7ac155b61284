//! Files in both directions: attached to a reply and sent, and pictures of either side shown in place.

mod leaving;
mod programs;
mod stored;

use resolute::model::TeammateId;
use resolute::model::teammate::Role;

use crate::mail_path::{drafted, waiting};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{said, value_of, values_of};
use crate::support::http::{Answer, Client};
use crate::support::smtp::SmtpDouble;

pub(crate) const PHOTO: &[u8] = include_bytes!("../fixtures/buckle.png");
pub(crate) const BOUNDARY: &str = "----part9f3";

/// A multipart form: fields first, then files with name, type and bytes.
pub(crate) fn form(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    for (name, kind, content) in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(crate) async fn post_multipart(client: &mut Client, path: &str, body: &[u8]) -> Answer {
    client.post(path, &format!("multipart/form-data; boundary={BOUNDARY}"), body).await.expect("an answer")
}

/// A teammate at the page of a conversation.
struct Person {
    client: Client,
    csrf: String,
    number: i64,
}

impl Person {
    async fn at(desk: &TestDesk, number: i64, who: TeammateId) -> Self {
        let client = desk.browser_of(who).await;
        let mut person = Self { client, csrf: String::new(), number };
        person.csrf = value_of(&person.page().await, "csrf");
        person
    }

    async fn page(&mut self) -> String {
        let answer = self.client.get(&format!("/conversations/{}?view=all", self.number)).await.unwrap();
        assert_eq!(answer.status, 200);
        answer.text()
    }

    /// The composer's part of the page.
    async fn composer(&mut self) -> String {
        let page = self.page().await;
        between(&page, "<form class=\"composer", "</form>").expect("a composer").to_owned()
    }

    /// The ids of the chips.
    async fn chips(&mut self) -> Vec<String> {
        values_of(&self.composer().await, "file")
    }

    async fn attach(&mut self, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        let csrf = self.csrf.clone();
        let fields = [&[("csrf", csrf.as_str())], fields].concat();
        let path = format!("/conversations/{}/files", self.number);
        post_multipart(&mut self.client, &path, &form(&fields, files)).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf.clone();
        self.client.post_form(path, &[&[("csrf", csrf.as_str())], fields].concat()).await.unwrap()
    }

    async fn send(&mut self, body: &str, files: &[String]) -> Answer {
        let mut fields = vec![("body", body), ("back", "/inbox")];
        fields.extend(files.iter().map(|id| ("file", id.as_str())));
        let path = format!("/conversations/{}/messages", self.number);
        self.post(&path, &fields).await
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once(end).map(|(found, _)| found)
}

/// A mail with a photo in its text and a drawing beside it; gives the conversation.
async fn received(desk: &TestDesk) -> i64 {
    post_mail(desk).await;
    desk.drain().await;
    desk.newest().await.number
}

/// As [`received`], on a desk whose workers run.
#[cfg(feature = "browser")]
pub(crate) async fn received_by(desk: &TestDesk) -> i64 {
    post_mail(desk).await;
    for _ in 0..400 {
        if let Some(number) = desk.api_get("/api/v1/conversations?limit=1").await["items"][0]["number"].as_i64() {
            return number;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the mail is not read");
}

async fn post_mail(desk: &TestDesk) {
    use base64::Engine as _;
    let photo = base64::engine::general_purpose::STANDARD.encode(PHOTO);
    let raw = format!(
        "From: Sofie Lind <sofie@post.example>\r\nTo: help@fjord.example\r\nSubject: Broken\r\n\
         Message-ID: <s1@post.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n\
         --q\r\nContent-Type: text/html\r\n\r\n<p>Look</p><img src=\"cid:one%40post\"><img src=\"https://track.example/p.gif\">\r\n\
         --q\r\nContent-Type: application/octet-stream; name=buckle.png\r\nContent-ID: <one@post>\r\n\
         Content-Disposition: inline; filename=buckle.png\r\nContent-Transfer-Encoding: base64\r\n\r\n{photo}\r\n\
         --q\r\nContent-Type: image/svg+xml\r\nContent-Disposition: attachment; filename=plan.svg\r\n\r\n\
         <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>\r\n\
         --q\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=fake.png\r\n\r\n<script>\r\n--q--\r\n"
    );
    assert_eq!(desk.post_mail(raw.as_bytes()).await.status, 200);
}

async fn desk(engine: Engine) -> (TestDesk, SmtpDouble, i64) {
    let smtp = SmtpDouble::start().await;
    let wish = Wish { may_leave_work: true, ..Wish::exact(engine).with_smtp(smtp.port) };
    let desk = TestDesk::start(wish).await;
    let number = received(&desk).await;
    (desk, smtp, number)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_files_overwrites_no_text_of_another_device() {
    for engine in Engine::all() {
        let (desk, _smtp, number) = Box::pin(desk(engine)).await;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        let keeps = format!("/conversations/{number}/draft-text");
        let kept = mara.post(&keeps, &[("body", "Half"), ("revision", "")]).await;
        let first = kept.json()["revision"].as_str().unwrap().to_owned();
        let kept = mara.post(&keeps, &[("body", "From the phone"), ("revision", &first)]).await;
        assert_eq!(kept.status, 200);

        let fields = [("body", "From the laptop"), ("text_revision", first.as_str())];
        let asked = mara.attach(&fields, &[("plan.txt", "text/plain", b"one")]).await;
        let shown = asked.text();
        assert_eq!(asked.status, 409, "{shown}");
        for part in ["This text was changed on another device.", "“From the phone”", "From the laptop</textarea>"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(mara.composer().await.contains("From the phone</textarea>"), "it stays");
        let [file] = mara.chips().await.try_into().expect("the file is attached all the same");

        let there = value_of(&shown, "text_revision");
        let path = format!("/conversations/{number}/files/{file}/deletion");
        let removed = mara.post(&path, &[("body", "From the laptop"), ("text_revision", &there)]).await;
        assert_eq!(removed.status, 303, "{}", removed.text());
        assert!(mara.composer().await.contains("From the laptop</textarea>"), "its writer saw both");

        let path = format!("/conversations/{number}/files/{file}/deletion");
        mara.post(&path, &[("body", "Ask Tom"), ("note_revision", "")]).await;
        let composer = mara.composer().await;
        assert!(composer.contains("From the laptop</textarea>"), "a note is no reply: {composer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_sends_or_removes_what_somebody_else_attached() {
    for engine in Engine::all() {
        let (desk, smtp, number) = Box::pin(desk(engine)).await;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        let mut tom = Person::at(&desk, number, desk.joined("Tom", Role::Admin).await).await;
        mara.attach(&[], &[("pay.pdf", "application/pdf", b"%PDF")]).await;
        let [id] = mara.chips().await.try_into().unwrap();
        assert!(tom.chips().await.is_empty());
        let path = format!("/conversations/{number}/files/{id}");
        assert_eq!(tom.client.get(&path).await.unwrap().status, 404);
        assert_eq!(desk.client().get(&path).await.unwrap().status, 303, "nobody without a session");
        let sent = tom.send("Hers is mine.", std::slice::from_ref(&id)).await;
        assert!(said(&sent).contains("Nothing was sent"), "{}", said(&sent));
        assert!(tom.composer().await.contains("Hers is mine."), "the text is kept");
        tom.post(&format!("{path}/deletion"), &[]).await;
        assert_eq!(mara.chips().await, std::slice::from_ref(&id), "still there");

        let unproved = form(&[("csrf", "guess")], &[("x.txt", "text/plain", b"x")]);
        let answer = post_multipart(&mut mara.client, &format!("/conversations/{number}/files"), &unproved).await;
        assert_eq!(answer.status, 403);
        assert_eq!(mara.client.post_form(&format!("{path}/deletion"), &[("csrf", "guess")]).await.unwrap().status, 403);
        assert_eq!(mara.chips().await, [id]);
        assert!(smtp.taken().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_channel_takes_is_refused_with_words_and_the_rest_kept() {
    let (desk, _smtp, number) = Box::pin(desk(Engine::Sqlite)).await;
    let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
    let large = vec![b'x'; 15 * 1024 * 1024 - 10];
    let answer = mara.attach(&[], &[("a.bin", "", &large), ("b.bin", "", b"12345678901"), ("c.bin", "", b"123")]).await;
    let words = said(&answer);
    assert!(words.contains("“b.bin” was not attached") && words.contains("15 MB") && words.contains("kept"), "{words}");
    assert_eq!(mara.chips().await.len(), 2, "what fitted is there");
    let answer = mara.attach(&[], &[("d.bin", "", b"12345678")]).await;
    assert!(said(&answer).contains("“d.bin” was not attached"), "{}", said(&answer));
    for id in mara.chips().await {
        mara.post(&format!("/conversations/{number}/files/{id}/deletion"), &[]).await;
    }
    let names: Vec<String> = (0..52).map(|n| format!("{n}.txt")).collect();
    let files: Vec<(&str, &str, &[u8])> =
        names.iter().map(|name| (name.as_str(), "text/plain", b"x".as_slice())).collect();
    let answer = mara.attach(&[], &files).await;
    assert!(said(&answer).contains("“50.txt” was not attached"), "{}", said(&answer));
    assert_eq!(mara.chips().await.len(), 50);
    assert!(said(&mara.attach(&[], &[("", "application/octet-stream", b"")]).await).contains("Choose a file first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_without_script_and_no_text_is_lost() {
    let (desk, _smtp, number) = Box::pin(desk(Engine::Sqlite)).await;
    let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
    mara.attach(&[("body", "Half a reply"), ("back", "/inbox")], &[("a.txt", "text/plain", b"a"), ("b.txt", "", b"b")])
        .await;
    let composer = mara.composer().await;
    assert!(
        composer.contains("Half a reply") && composer.contains("formenctype=\"multipart/form-data\""),
        "{composer}"
    );
    let chips = mara.chips().await;
    // The button to remove sends the whole form, as browsers do.
    let fields = [("body", "Half a reply, more"), ("file", &chips[0]), ("file", &chips[1]), ("upload", "")];
    let path = format!("/conversations/{number}/files/{}/deletion", chips[0]);
    assert_eq!(mara.post(&path, &fields).await.status, 303);
    assert!(mara.composer().await.contains("Half a reply, more"));
    assert_eq!(mara.chips().await, [chips[1].clone()]);
    // Chosen, but not attached: nothing leaves without it.
    let path = format!("/conversations/{number}/messages");
    let fields = [("body", "With the invoice"), ("file", chips[1].as_str()), ("upload", "invoice.pdf")];
    let words = said(&mara.post(&path, &fields).await);
    assert!(words.contains("“invoice.pdf” is not attached yet"), "{words}");
    assert!(mara.composer().await.contains("With the invoice"));
    assert_eq!(mara.chips().await, [chips[1].clone()]);
    // A page with script asks for the chips alone.
    let csrf = mara.csrf.clone();
    let mut scripted = mara.client.with("hx-request", "true");
    let body = form(&[("csrf", &csrf)], &[("c.txt", "text/plain", b"c")]);
    let answer = post_multipart(&mut scripted, &format!("/conversations/{number}/files"), &body).await;
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(
        text.starts_with("<div class=\"composer-files\"") && text.contains("c.txt") && text.contains("b.txt"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_the_composer_stay_when_a_draft_is_approved_and_the_page_says_so() {
    for engine in Engine::all() {
        let desk = Box::pin(drafted(engine)).await;
        let number = desk.newest().await.number;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        assert!(!mara.page().await.contains("in the composer"));
        for name in ["a.png", "b.png"] {
            mara.attach(&[], &[(name, "image/png", PHOTO)]).await;
        }
        assert!(mara.page().await.contains("2 files stay in the composer"));
        let id = waiting(&desk).await;
        let queue = mara.client.get(&format!("/approvals/{id}")).await.unwrap().text();
        assert!(queue.contains("2 files stay in the composer"), "{queue}");
        let csrf = mara.csrf.clone();
        let path = format!("/approvals/{id}/acceptance");
        let answer = mara.client.post_form(&path, &[("csrf", csrf.as_str()), ("back", "/approvals")]).await.unwrap();
        assert_eq!(answer.status, 303);
        assert_eq!(mara.chips().await.len(), 2, "they are still there");
        let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        let sent = shown["messages"].as_array().unwrap().last().unwrap();
        assert_eq!((sent["direction"].as_str(), &sent["attachments"]), (Some("outbound"), &serde_json::json!([])));
    }
}
