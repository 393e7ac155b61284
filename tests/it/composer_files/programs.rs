//! Files that programs send and fetch.

use super::{Person, desk, form, post_multipart};
use crate::support::desk::{Engine, TestDesk, Wish};

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
