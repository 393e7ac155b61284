//! Files in both directions: attached to a reply and sent, and pictures of either side shown in place.

use std::time::{Duration, UNIX_EPOCH};

use resolute::inbox::attach::{self, Upload};
use resolute::inbox::merge;
use resolute::jobs::upkeep;
use resolute::model::teammate::Role;
use resolute::model::{ConversationId, TeammateId};
use resolute::store::composer_files::{self, NewComposerFile};
use resolute::store::files::Files;
use resolute::store::teammates;

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
        tokio::time::sleep(Duration::from_millis(25)).await;
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
async fn files_go_with_a_reply_and_arrive_byte_by_byte() {
    for engine in Engine::all() {
        let (desk, smtp, number) = Box::pin(desk(engine)).await;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        let csv = b"a;b\n1;2\r\n\0\xff".as_slice();
        let long = format!("{}.txt", "Größe ".repeat(60));
        let files: [(&str, &str, &[u8]); 4] = [
            ("../Rücksendung \u{202e}fdp.csv", "text/csv; charset=utf-8", csv),
            ("photo", "application/x-anything", PHOTO),
            (&long, "text/plain", b"x"),
            ("old.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
        ];
        let answer = mara.attach(&[("back", "/conversations/1?view=all")], &files).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/conversations/1?view=all")));
        let chips = mara.chips().await;
        assert_eq!(chips.len(), 4);
        let composer = mara.composer().await;
        assert!(composer.contains("Rücksendung fdp.csv") && !composer.contains('\u{202e}'), "{composer}");
        let address = format!("/conversations/{number}/files/{}", chips[1]);
        let small = format!("<img class=\"thumb\" src=\"{address}\" alt=\"Picture\"");
        assert!(composer.contains(&small) && composer.matches("<img").count() == 1, "{composer}");
        for icon in ["sheet", "document", "mail"] {
            assert!(composer.contains(&format!("#{icon}\"")), "{icon}: {composer}");
        }
        let own = mara.client.get(&address).await.unwrap();
        assert_eq!((own.status, own.header("content-type"), own.body.as_slice()), (200, Some("image/png"), PHOTO));

        assert_eq!(mara.send("Here it is.", &chips).await.status, 303);
        assert!(mara.chips().await.is_empty(), "they went with the reply");
        desk.drain().await;
        let [sent] = smtp.taken().try_into().unwrap();
        let mail = channel_email::parse(sent.raw.as_bytes());
        assert!(mail.text.starts_with("Here it is."), "{}", mail.text);
        let got: Vec<_> = mail.attachments.iter().map(|file| (file.name.as_str(), &file.content[..])).collect();
        assert_eq!(got[0], ("Rücksendung fdp.csv", csv));
        assert_eq!(got[1], ("photo", PHOTO));
        assert!(
            got[2].0.starts_with("Größe Größe")
                && got[2].0.rsplit('.').next() == Some("txt")
                && got[2].0.chars().count() == 120
        );
        assert_eq!(got[3], ("old.eml", b"Subject: x\r\n\r\ny".as_slice()));
        assert!(sent.raw.lines().all(|line| line.len() <= 998));

        let page = mara.page().await;
        let pictures: Vec<&str> = page.split("<img src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(pictures.len(), 2, "her photo and ours; neither the drawing nor the fake");
        for picture in pictures {
            let shown = mara.client.get(picture).await.unwrap();
            assert_eq!((shown.status, shown.header("content-type")), (200, Some("image/png")));
            assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(shown.header("content-security-policy"), Some("default-src 'none'; sandbox"));
            assert_eq!(shown.body, PHOTO);
        }
        for name in ["plan.svg", "fake.png"] {
            let (before, _) = page.split_once(&format!("<bdi>{name}</bdi>")).expect("a chip");
            let chip = before.rsplit("<a class=\"file\"").next().unwrap();
            let href = between(chip, "href=\"", "\"").unwrap();
            let saved = mara.client.get(&format!("{href}?inline=1")).await.unwrap();
            assert_eq!(saved.header("content-type"), Some("application/octet-stream"), "{name}");
            assert!(saved.header("content-disposition").unwrap().starts_with("attachment"), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_as_it_was_sent_shows_its_own_pictures_and_asks_nobody() {
    let (desk, _smtp, number) = Box::pin(desk(Engine::Sqlite)).await;
    let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
    let page = mara.page().await;
    let frame =
        between(&page, "<iframe sandbox=\"allow-popups\" loading=\"lazy\" src=\"", "\"").expect("a frame").to_owned();
    let shown = mara.client.get(&frame).await.unwrap();
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src data:;") && !policy.contains("'self'"), "{policy}");
    let html = shown.text();
    assert!(html.contains(" src=\"data:image/png;base64,iVBOR") && !html.contains(" src=\"http"), "{html:.400}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_taken_back_gives_text_and_files_back() {
    for engine in Engine::all() {
        let (desk, smtp, number) = Box::pin(desk(engine)).await;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        mara.attach(&[], &[("a.pdf", "application/pdf", b"%PDF"), ("b.png", "", PHOTO)]).await;
        let chips = mara.chips().await;
        mara.send("Two files.", &chips).await;
        let page = mara.page().await;
        let id = page.rsplit("id=\"message-").next().and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        assert_eq!(mara.post(&format!("/messages/{id}/cancellation"), &[]).await.status, 303);
        let composer = mara.composer().await;
        assert!(
            composer.contains("Two files.") && composer.contains("a.pdf") && composer.contains("b.png"),
            "{composer}"
        );
        let again = mara.chips().await;
        assert_eq!(again.len(), 2);
        mara.send("Two files, again.", &again).await;
        desk.drain().await;
        let [sent] = smtp.taken().try_into().unwrap();
        assert_eq!(channel_email::parse(sent.raw.as_bytes()).attachments.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_comes_while_its_conversation_is_merged_goes_along() {
    for engine in Engine::all() {
        let (desk, smtp, number) = Box::pin(desk(engine)).await;
        let inbox = desk.desk.inbox();
        let raw = b"From: Sofie Lind <sofie@post.example>\r\nTo: help@fjord.example\r\nSubject: The strap\r\n\
            Message-ID: <s2@post.example>\r\n\r\nAnd the strap?";
        assert_eq!(desk.post_mail(raw).await.status, 200);
        desk.drain().await;
        let stays = desk.newest().await;
        assert_ne!(stays.number, number);
        let who = teammates::find(&desk.desk.db, desk.setup.teammate).await.unwrap().unwrap();
        // As it was found before the file was read.
        let found = desk.talk(number).await;
        merge::merge(&inbox, (found.id, stays.id), false, &who).await.unwrap();
        let content = b"%PDF".as_slice().into();
        let upload = Upload { name: "bill.pdf".into(), content_type: "application/pdf".into(), content };
        attach::attach(&inbox, &found, &who, upload).await.unwrap();

        let mut mara = Person::at(&desk, stays.number, who.id).await;
        let chips = mara.chips().await;
        assert_eq!(chips.len(), 1, "it is where the reply is written");
        // A page that stands open at the old number sends it too.
        mara.number = number;
        assert_eq!(mara.send("The bill.", &chips).await.status, 303);
        desk.drain().await;
        let [sent] = smtp.taken().try_into().unwrap();
        assert_eq!(channel_email::parse(sent.raw.as_bytes()).attachments.len(), 1);
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
    assert!(
        words.contains("“b.bin” was not attached") && words.contains("15.7 MB") && words.contains("kept"),
        "{words}"
    );
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
async fn a_program_sends_files_too() {
    for engine in Engine::all() {
        let (desk, smtp, number) = Box::pin(desk(engine)).await;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        mara.attach(&[], &[("mine.txt", "text/plain", b"of the page")]).await;
        let path = format!("/api/v1/conversations/{number}/messages");
        let body = form(&[("body", "By a program")], &[("label.pdf", "application/pdf", b"%PDF-1")]);
        let answer = post_multipart(&mut desk.api(), &path, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let nobody = post_multipart(&mut desk.client(), &path, &body).await;
        assert_eq!(nobody.status, 401);
        let large = vec![b'x'; 15 * 1024 * 1024 + 1];
        let too_much = form(&[("body", "Too much")], &[("a.bin", "", &large)]);
        let refused = post_multipart(&mut desk.api(), &path, &too_much).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("Nothing was sent"), "{}", refused.text());
        desk.drain().await;
        let [sent] = smtp.taken().try_into().unwrap();
        let mail = channel_email::parse(sent.raw.as_bytes());
        let names: Vec<_> = mail.attachments.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["label.pdf"], "not what lies in the composer");
        assert_eq!(mara.chips().await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_bytes_are_gone_holds_the_reply_and_says_so() {
    let (desk, smtp, number) = Box::pin(desk(Engine::Sqlite)).await;
    let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
    mara.attach(&[], &[("a.pdf", "application/pdf", b"%PDF")]).await;
    let chips = mara.chips().await;
    mara.send("Here.", &chips).await;
    std::fs::remove_file(stored(&desk, b"%PDF")).unwrap();
    desk.drain().await;
    let page = mara.page().await;
    assert!(page.contains("Held for you.") && page.contains("“a.pdf” is no longer stored"));
    assert!(smtp.taken().is_empty());
}

fn stored(desk: &TestDesk, content: &[u8]) -> std::path::PathBuf {
    desk.data.folder.path().join("files").join(Files::key_of(content))
}

/// As if the bytes had been stored when the clock says so.
fn date(desk: &TestDesk, content: &[u8]) {
    let now = Duration::from_micros(u64::try_from(desk.desk.clock.now().0).unwrap());
    let file = std::fs::File::options().write(true).open(stored(desk, content)).unwrap();
    file.set_modified(UNIX_EPOCH + now).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_is_cleaned_up_in_time_unless_something_refers_to_it() {
    for engine in Engine::all() {
        let (desk, _smtp, number) = Box::pin(desk(engine)).await;
        let mut mara = Person::at(&desk, number, desk.setup.teammate).await;
        mara.attach(&[], &[("a", "", b"removed"), ("b", "", b"forgotten"), ("c", "", PHOTO), ("d", "", b"sent")]).await;
        for content in [b"removed".as_slice(), b"forgotten", PHOTO, b"sent"] {
            date(&desk, content);
        }
        let chips = mara.chips().await;
        for id in [&chips[0], &chips[2]] {
            mara.post(&format!("/conversations/{number}/files/{id}/deletion"), &[]).await;
        }
        mara.send("Here.", std::slice::from_ref(&chips[3])).await;
        let there = |content: &[u8]| stored(&desk, content).exists();
        upkeep::look_after(&desk.desk).await.unwrap();
        assert!(there(b"removed"), "not at once");
        desk.desk.clock.advance(Duration::from_hours(2));
        upkeep::look_after(&desk.desk).await.unwrap();
        assert!(!there(b"removed") && there(b"forgotten") && there(b"sent"));
        assert!(there(PHOTO), "the customer's mail has the same bytes");
        assert_eq!(mara.chips().await, [chips[1].clone()]);

        desk.desk.clock.advance(Duration::from_hours(24 * 31));
        for _ in 0..2 {
            upkeep::look_after(&desk.desk).await.unwrap();
            desk.desk.clock.advance(Duration::from_hours(2));
        }
        assert!(!there(b"forgotten") && there(b"sent") && there(PHOTO));
        let row = desk.talk(number).await;
        assert!(composer_files::list(&desk.desk.db, row.id, desk.setup.teammate).await.unwrap().is_empty());
        a_crash_before_the_bytes_leaves_nothing(&desk, row.id).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_killed_processes_left_half_written_goes_after_a_day() {
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let left = desk.data.folder.path().join("files/2c/.new-half");
    std::fs::create_dir_all(left.parent().unwrap()).unwrap();
    std::fs::write(&left, "hal").unwrap();
    let now = Duration::from_micros(desk.desk.clock.now().0.unsigned_abs());
    std::fs::File::options().append(true).open(&left).unwrap().set_modified(UNIX_EPOCH + now).unwrap();
    upkeep::forget_unfinished(&desk.desk).await;
    assert!(left.exists(), "it may still be written");
    desk.desk.clock.advance(Duration::from_hours(25));
    upkeep::forget_unfinished(&desk.desk).await;
    assert!(!left.exists());
}

/// The row is put down first and admitted last: what stands between never shows.
async fn a_crash_before_the_bytes_leaves_nothing(desk: &TestDesk, conversation: ConversationId) {
    let now = desk.desk.clock.now();
    let begun = NewComposerFile {
        id: desk.desk.clock.new_id(),
        conversation_id: conversation,
        teammate_id: desk.setup.teammate,
        name: "begun".into(),
        content_type: "text/plain".into(),
        size: 3,
        storage_key: Files::key_of(b"begun"),
        created_at: now,
        released_at: Some(now),
    };
    let mut tx = desk.desk.db.begin().await.unwrap();
    composer_files::insert(&mut tx, &[begun]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(composer_files::list(&desk.desk.db, conversation, desk.setup.teammate).await.unwrap().is_empty());
    desk.desk.clock.advance(Duration::from_hours(2));
    upkeep::look_after(&desk.desk).await.unwrap();
    let left = composer_files::list_released(&desk.desk.db, desk.desk.clock.now()).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
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

#[tokio::test(flavor = "multi_thread")]
async fn programs_see_the_files_of_a_conversation_and_fetch_them() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let raw = [
            b"From: Sofie <sofie@post.example>\r\nTo: help@fjord.example\r\nSubject: Broken\r\nMessage-ID: <s2@post.example>\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n\
            --x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"bill.pdf\"\r\n\r\n%PDF-1.4 bill\r\n--x--\r\n"
                .as_slice(),
        ]
        .concat();
        assert_eq!(desk.post_mail(&raw).await.status, 200);
        desk.drain().await;
        let number = desk.newest().await.number;
        let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
        let file = &shown["messages"][0]["attachments"][0];
        assert_eq!((file["name"].as_str(), file["type"].as_str()), (Some("bill.pdf"), Some("application/pdf")));
        let url = file["url"].as_str().unwrap().to_owned();
        assert_eq!(url, format!("/api/v1/attachments/{}", file["id"].as_str().unwrap()));
        let bytes = desk.api().get(&url).await.unwrap();
        assert_eq!(bytes.status, 200);
        assert!(bytes.body.starts_with(b"%PDF-1.4 bill"), "{}", bytes.text());
        assert_eq!(i64::try_from(bytes.body.len()).ok(), file["size"].as_i64());
        let disposition = bytes.headers.iter().find(|(name, _)| name == "content-disposition").unwrap();
        assert!(disposition.1.starts_with("attachment"));
        assert_eq!(desk.client().get(&url).await.unwrap().status, 401);
        assert_eq!(
            desk.api().get("/api/v1/attachments/00000000-0000-7000-8000-000000000000").await.unwrap().status,
            404
        );
    }
}
