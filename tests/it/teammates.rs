//! People as an admin changes them: role, password, whether they may sign in.

use resolute::credentials::{new_token, token_hash};
use resolute::model::TeammateId;
use resolute::model::audit::AuditEntry;
use resolute::model::teammate::{Role, Teammate};
use resolute::store::audit::{self, Filter};
use resolute::store::{api_tokens, teammates};

use crate::support::cast::Cast;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::{page, send, signed_in, taken};
use crate::support::stores::write;

async fn person(desk: &TestDesk, id: TeammateId) -> Teammate {
    teammates::find(&desk.desk.db, id).await.unwrap().unwrap()
}

/// What was recorded about a person beside signing in, oldest first.
async fn recorded(desk: &TestDesk, id: TeammateId) -> Vec<String> {
    let filter = Filter { subject: id.to_string(), ..Filter::default() };
    let entries = audit::list(&desk.desk.db, &filter, None, 50).await.unwrap();
    let actions = entries.into_iter().rev().map(|entry: AuditEntry| entry.action);
    actions.filter(|action| !action.starts_with("signed")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_is_out_at_once_and_keeps_their_work() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let (sam, db) = (cast.sam.id, &desk.desk.db);
        let token = new_token();
        write(db, async |tx| api_tokens::insert(tx, &token_hash(&token), sam, "all", cast.clock.now()).await).await;
        cast.open(db, 7).await;
        let mut theirs = desk.browser_of(sam).await;
        taken(&mut theirs, "/conversations/7/assignment", &[("teammate_id", &sam.to_string())]).await;
        let mut program = desk.client().with_token(&token);
        assert_eq!(program.get("/api/v1/conversations").await.unwrap().status, 200);

        let mut mine = desk.browser().await;
        let here = format!("/teammates/{sam}");
        assert!(page(&mut mine, &here).await.contains("1 conversation"));
        taken(&mut mine, &format!("{here}/suspension"), &[]).await;
        assert_eq!(theirs.get("/inbox").await.unwrap().status, 303, "signed out");
        assert_eq!(program.get("/api/v1/conversations").await.unwrap().status, 401, "the token stopped");
        assert_eq!(desk.talk(7).await.assignee_id, Some(sam));
        let shown = page(&mut mine, "/teammates").await;
        assert!(shown.contains("may not sign in") && shown.contains(&format!("/inbox?assignee={sam}")), "{shown}");
        let list = page(&mut mine, &format!("/inbox?assignee={sam}")).await;
        assert!(list.contains("Given to Sam") && list.contains("row-7"), "{list}");
        // Again changes nothing, and back they come with the password they had but not with their tokens.
        taken(&mut mine, &format!("{here}/suspension"), &[]).await;
        taken(&mut mine, &format!("{here}/suspension/deletion"), &[]).await;
        assert_eq!(person(&desk, sam).await.disabled_at, None);
        assert_eq!(program.get("/api/v1/conversations").await.unwrap().status, 401);
        assert_eq!(desk.browser_of(sam).await.get("/inbox").await.unwrap().status, 200);
        assert_eq!(recorded(&desk, sam).await, ["account_disabled", "account_enabled"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_admin_always_stays_and_nobody_demotes_or_disables_themself() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let mut mine = desk.browser().await;
        let me = format!("/teammates/{}", desk.setup.teammate);
        // Alone: neither way.
        let shown = page(&mut mine, &me).await;
        assert!(shown.contains("The only admin") && !shown.contains("/suspension"), "{shown}");
        for (path, fields) in [("role", vec![("role", "teammate")]), ("suspension", vec![])] {
            taken(&mut mine, &format!("{me}/{path}"), &fields).await;
        }
        let now = person(&desk, desk.setup.teammate).await;
        assert_eq!((now.role, now.disabled_at), (Role::Admin, None));
        assert!(recorded(&desk, desk.setup.teammate).await.is_empty());
        // With another admin: still neither, by oneself.
        let cast = Cast::stored(&desk.desk.db).await;
        taken(&mut mine, &format!("{me}/suspension"), &[]).await;
        assert_eq!(person(&desk, desk.setup.teammate).await.disabled_at, None);
        taken(&mut mine, &format!("{me}/role"), &[("role", "manager")]).await;
        assert_eq!(person(&desk, desk.setup.teammate).await.role, Role::Admin);
        let shown = page(&mut mine, &me).await;
        assert!(shown.contains("Another admin changes your role") && !shown.contains("name=\"role\""), "{shown}");
        // The other one may, and then is the last.
        let mut noor = desk.browser_of(cast.noor.id).await;
        taken(&mut noor, &format!("{me}/role"), &[("role", "manager")]).await;
        assert_eq!(person(&desk, desk.setup.teammate).await.role, Role::Manager);
        assert_eq!(mine.get(&me).await.unwrap().status, 403, "the new role counts at once");
        taken(&mut noor, &format!("/teammates/{}/role", cast.noor.id), &[("role", "teammate")]).await;
        assert_eq!(person(&desk, cast.noor.id).await.role, Role::Admin);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_demote_each_other_at_once_leave_one() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let (me, noor) = (desk.setup.teammate, cast.noor.id);
        let (mut mine, mut theirs) = (desk.browser().await, desk.browser_of(noor).await);
        let (to_noor, to_me) = (format!("/teammates/{noor}/role"), format!("/teammates/{me}/role"));
        let role = [("role", "teammate")];
        tokio::join!(send(&mut mine, &to_noor, &role), send(&mut theirs, &to_me, &role));
        let admins = teammates::list(&desk.desk.db).await.unwrap();
        assert!(admins.iter().any(|person| person.role == Role::Admin), "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_for_somebody_else_ends_their_sessions_and_tokens() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let sam = cast.sam.id;
        let token = new_token();
        write(&desk.desk.db, async |tx| {
            api_tokens::insert(tx, &token_hash(&token), sam, "all", cast.clock.now()).await
        })
        .await;
        let (mut mine, mut theirs) = (desk.browser().await, desk.browser_of(sam).await);
        let path = format!("/teammates/{sam}/password");
        let short = send(&mut mine, &path, &[("password", "short")]).await;
        assert_eq!(short.status, 422);
        assert!(short.text().contains("password-error"), "{}", short.text());
        assert_eq!(theirs.get("/inbox").await.unwrap().status, 200, "nothing was changed");
        taken(&mut mine, &path, &[("password", "a longer horse battery")]).await;
        assert_eq!(theirs.get("/inbox").await.unwrap().status, 303);
        assert_eq!(desk.client().with_token(&token).get("/api/v1/conversations").await.unwrap().status, 401);
        signed_in(&desk, &cast.sam.email, "a longer horse battery", "").await;
        assert_eq!(recorded(&desk, sam).await, ["password_reset"]);
        // One's own needs the old one.
        let own = format!("/teammates/{}/password", desk.setup.teammate);
        taken(&mut mine, &own, &[("password", "a longer horse battery")]).await;
        assert!(recorded(&desk, desk.setup.teammate).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_change_people() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let mut theirs = desk.browser_of(cast.sam.id).await;
        let noor = format!("/teammates/{}", cast.noor.id);
        assert_eq!(theirs.get(&noor).await.unwrap().status, 403);
        assert!(!page(&mut theirs, "/teammates").await.contains(&noor));
        for path in ["role", "password", "suspension", "suspension/deletion"] {
            let fields = [("role", "teammate"), ("password", "a longer horse battery")];
            let answer = send(&mut theirs, &format!("{noor}/{path}"), &fields).await;
            assert!(matches!(answer.status, 303 | 403), "{path}");
        }
        let after = person(&desk, cast.noor.id).await;
        assert_eq!((after.role, after.disabled_at), (Role::Admin, None));
        assert!(recorded(&desk, cast.noor.id).await.is_empty());
        let nobody = format!("/teammates/{}", desk.desk.clock.new_id::<TeammateId>());
        assert_eq!(desk.browser().await.get(&nobody).await.unwrap().status, 404);
    }
}
