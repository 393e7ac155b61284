//! Inviting people: one link for one person, for seven days.

use std::time::Duration;

use resolute::clock::Clock;
use resolute::model::TeammateId;
use resolute::model::audit::AuditAction;
use resolute::model::teammate::Role;
use resolute::store::audit::{self, Filter};
use resolute::store::{invitations, teammates};

use crate::brands::NORD;
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, signed_in, taken};
use crate::support::http::Client;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;

const WEEK: Duration = Duration::from_hours(24 * 7);

/// Invites somebody, and gives the path of the link.
async fn invite(browser: &mut Client, email: &str, role: &str) -> String {
    let answer = send(browser, "/invitations", &[("email", email), ("role", role)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let html = answer.text();
    let link = html.split("id=\"link\" type=\"url\" value=\"").nth(1).expect("the link is shown");
    let link = link.split('"').next().unwrap();
    link.split_once("//").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned())).expect("an address")
}

async fn join(desk: &TestDesk, path: &str, name: &str, password: &str) -> u16 {
    let origin = format!("http://{}", desk.address);
    let mut stranger = desk.client().with("origin", &origin);
    stranger.post_form(path, &[("name", name), ("password", password)]).await.unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_invited_joins_once_with_their_own_password() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { clock: Clock::fixed(MONDAY), ..Wish::exact(engine) }).await;
        let mut browser = desk.browser().await;
        let path = invite(&mut browser, " Lee@X.example ", "manager").await;
        assert!(page(&mut desk.client(), &path).await.contains("lee@x.example"));
        assert_eq!(join(&desk, &path, "", "correct horse battery").await, 422);
        assert_eq!(join(&desk, &path, "Lee", "short").await, 422);
        assert_eq!(join(&desk, &path, &"Lee ".repeat(30), "correct horse battery").await, 422);
        assert_eq!(join(&desk, &path, "Lee Park", "correct horse battery").await, 303);
        assert_eq!(join(&desk, &path, "Somebody else", "correct horse battery").await, 410, "used up");
        let ended = desk.client().get(&path).await.unwrap();
        assert_eq!(ended.status, 410);
        assert!(ended.text().contains("used already"), "{}", ended.text());
        let lee = teammates::find_credentials(&desk.desk.db, "lee@x.example").await.unwrap().unwrap().teammate;
        assert_eq!((lee.name.as_str(), lee.role), ("Lee Park", Role::Manager));
        let (mut lee, _) = signed_in(&desk, "lee@x.example", "correct horse battery", "").await;
        assert_eq!(lee.get("/invitations").await.unwrap().status, 403, "only admins invite");
        assert_eq!(send(&mut lee, "/invitations", &[("email", "a@x.example"), ("role", "admin")]).await.status, 403);
        let noted = audit::list(&desk.desk.db, &Filter::default(), None, 50).await.unwrap();
        for action in [AuditAction::InvitationMade, AuditAction::InvitationAccepted] {
            assert!(noted.iter().any(|entry| entry.action == action.as_str()), "{action}");
        }
        assert!(noted.iter().all(|entry| !entry.details.contains("x.example")), "no address in the log");
        let shown = page(&mut browser, "/audit").await;
        assert!(shown.contains("<bdi>Invitation lee@x.example</bdi>"), "it is named where it is read: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_end_when_they_are_old_taken_back_or_replaced() {
    let desk = TestDesk::start(Wish { clock: Clock::fixed(MONDAY), ..Wish::exact(Engine::Sqlite) }).await;
    let mut browser = desk.browser().await;
    let is_open = async |path: &str| desk.client().get(path).await.unwrap().status == 200;
    let first = invite(&mut browser, "lee@x.example", "teammate").await;
    let second = invite(&mut browser, "lee@x.example", "teammate").await;
    assert!(!is_open(&first).await && is_open(&second).await, "the newer link counts");
    let open = invitations::list_open(&desk.desk.db, MONDAY).await.unwrap();
    assert_eq!(open.len(), 1);
    taken(&mut browser, &format!("/invitations/{}/deletion", open[0].id), &[]).await;
    assert!(!is_open(&second).await);
    assert_eq!(join(&desk, &second, "Lee", "correct horse battery").await, 410);
    assert_eq!(send(&mut browser, &format!("/invitations/{}/deletion", open[0].id), &[]).await.status, 409);
    let fourth = invite(&mut browser, "kim@x.example", "admin").await;
    let inviter = desk.setup.teammate;
    write(&desk.desk.db, async |tx| teammates::set_role(tx, inviter, Role::Manager).await).await;
    assert!(!is_open(&fourth).await, "who may invite no longer has invited nobody");
    assert_eq!(join(&desk, &fourth, "Kim", "correct horse battery").await, 410);
    write(&desk.desk.db, async |tx| teammates::set_role(tx, inviter, Role::Admin).await).await;
    assert!(is_open(&fourth).await);
    let third = invite(&mut browser, "lee@x.example", "teammate").await;
    desk.desk.clock.advance(WEEK);
    assert!(!is_open(&third).await, "seven days");
    assert!(!is_open("/invitations/0000").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_cannot_join_are_refused() {
    let desk = TestDesk::start(Wish { clock: Clock::fixed(MONDAY), ..Wish::exact(Engine::Sqlite) }).await;
    let mut browser = desk.browser().await;
    for email in ["", "lee", "lee@x", "a b@x.example", crate::support::setup::EMAIL] {
        let answer = send(&mut browser, "/invitations", &[("email", email), ("role", "teammate")]).await;
        assert_eq!(answer.status, 422, "{email}");
    }
    // Made by hand meanwhile: the link makes no second account.
    let path = invite(&mut browser, "lee@x.example", "teammate").await;
    let id: TeammateId = desk.desk.clock.new_id();
    write(&desk.desk.db, async |tx| {
        teammates::insert(tx, id, "lee@x.example", "Lee", Role::Teammate, "x", MONDAY).await
    })
    .await;
    assert_eq!(join(&desk, &path, "Lee", "correct horse battery").await, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_mailed_by_whichever_brand_has_a_mailbox() {
    for engine in Engine::all() {
        let smtp = SmtpDouble::start().await;
        let wish = Wish { public_url: "https://desk.example".to_owned(), ..Wish::exact(engine) };
        let desk = TestDesk::start(wish.with_smtp(smtp.port)).await;
        let mut browser = desk.browser().await;
        let mut first = NORD.to_vec();
        first[0] = ("name", "Aard Garden");
        taken(&mut browser, "/brands", &first).await;
        let answer = send(&mut browser, "/invitations", &[("email", "lee@x.example"), ("role", "teammate")]).await;
        assert!(answer.text().contains("The link went to lee@x.example."), "{}", answer.text());
        let [sent] = smtp.taken().try_into().expect("one mail");
        assert_eq!(sent.to, ["lee@x.example"]);
        assert!(sent.raw.contains("https://desk.example/invitations/"), "{}", sent.raw);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_database_keeps_whole_is_kept_without_what_it_cannot_keep() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { clock: Clock::fixed(MONDAY), ..Wish::exact(engine) }).await;
        let path = invite(&mut desk.browser().await, "ana@x.example", "teammate").await;
        assert_eq!(join(&desk, &path, "\0", "correct horse battery").await, 422, "nothing is left of it");
        assert_eq!(join(&desk, &path, "A\0na", "correct horse battery").await, 303);
        let ana = teammates::find_credentials(&desk.desk.db, "ana@x.example").await.unwrap().unwrap().teammate;
        assert_eq!(ana.name, "Ana");
    }
}
