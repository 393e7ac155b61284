//! Texts that are kept as they are typed, on several devices of one person: none is overwritten unseen.

use resolute::store::composer_texts;

use crate::support::cast::Cast;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::http::Client;

const HERE: &str = "/conversations/7?view=all";

/// The revision that the first text of a page goes on from.
fn revision_of(page: &str) -> String {
    let rest = page.split("data-revision=\"").nth(1).unwrap_or_else(|| panic!("no text is kept in:\n{page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// What the desk answers a page that wants a text to be kept: the status, its revision, and the text that is there.
async fn keep(device: &mut Client, path: &str, (body, revision): (&str, &str)) -> (u16, String, String) {
    let answer = send(device, path, &[("body", body), ("revision", revision)]).await;
    let said = answer.json();
    let word = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    (answer.status, word("revision"), word("body"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_device_wrote_meanwhile_stays_until_somebody_chooses() {
    const KEEPS: &str = "/conversations/7/draft-text";
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let db = &desk.desk.db;
        let cast = Cast::stored(db).await;
        let talk = cast.open(db, 7).await;
        let kept = async || composer_texts::find(db, talk.id, desk.setup.teammate).await.unwrap().map(|text| text.body);
        let (mut desktop, mut phone) = (desk.browser().await, desk.browser().await);
        for device in [&mut desktop, &mut phone] {
            assert_eq!(revision_of(&page(device, HERE).await), "", "nothing is kept yet");
        }
        let (status, first, _) = keep(&mut desktop, KEEPS, ("Dear Sofie", "")).await;
        assert!(status == 200 && !first.is_empty());
        let asked = keep(&mut phone, KEEPS, ("Hello", "")).await;
        assert_eq!(asked, (409, first.clone(), "Dear Sofie".to_owned()));
        assert_eq!(kept().await.as_deref(), Some("Dear Sofie"));

        // Whoever has seen it goes on from it.
        assert_eq!(revision_of(&page(&mut phone, HERE).await), first);
        let (status, second, _) = keep(&mut phone, KEEPS, ("Dear Sofie, hello", &first)).await;
        assert!(status == 200 && second != first);
        let asked = keep(&mut desktop, KEEPS, ("Dear Sofie Keller", &first)).await;
        assert_eq!(asked, (409, second.clone(), "Dear Sofie, hello".to_owned()));
        let again = keep(&mut desktop, KEEPS, ("Dear Sofie, hello", &first)).await;
        assert_eq!(again, (200, second.clone(), String::new()), "the same text is no other one");

        // What was sent is not there again because another device still has it.
        taken(&mut phone, "/conversations/7/messages", &[("body", "Dear Sofie, hello")]).await;
        assert_eq!(
            keep(&mut desktop, KEEPS, ("Dear Sofie, hello you", &second)).await,
            (409, String::new(), String::new())
        );
        assert_eq!(kept().await, None);
        assert_eq!(keep(&mut desktop, KEEPS, ("Yours", "now")).await.0, 409, "no revision of ours");
        let mut noor = desk.browser_of(cast.noor.id).await;
        assert_eq!(keep(&mut noor, KEEPS, ("Mine", "")).await.0, 200, "it is nobody else’s text");
        let foreign = desktop.post_form(KEEPS, &[("body", "Not from our page"), ("revision", "")]).await.unwrap();
        assert_eq!((foreign.status, kept().await), (403, None));
    }
}
