//! Files that go with a reply, come back with it, and are shown in place.

use resolute::inbox::attach::{self, Upload};
use resolute::inbox::merge;
use resolute::store::teammates;

use super::{PHOTO, Person, between, desk};
use crate::support::desk::Engine;

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
