//! What teammates should know: mentions, work that is given, what is followed and overdue; in the desk and by mail.

use std::time::Duration;

use resolute::clock::Clock;
use resolute::inbox::bulk::{self, Change, Picked};
use resolute::inbox::macros::Also;
use resolute::inbox::notify::{Mailed, mail, words};
use resolute::inbox::settle::Returned;
use resolute::inbox::{approve, care, chat, deliver, merge, overdue, snooze};
use resolute::jobs::upkeep;
use resolute::model::agent_run::HandOffPacket;
use resolute::model::channel::ChannelState;
use resolute::model::conversation::Conversation;
use resolute::model::job::JobKind;
use resolute::model::message::{Delivery, Direction, MessageAuthor};
use resolute::model::notification::{Notification, NotificationKind};
use resolute::model::teammate::Teammate;
use resolute::model::writing::Basis;
use resolute::model::{ConversationId, NotificationId, TeammateId};
use resolute::store::intake::{ConversationRow, NewMessage};
use resolute::store::{agent_runs, channels, conversation_counts, conversations, jobs, notifications, teammates};

use crate::mail_path::{answer, last_message, receive};
use crate::restraint::agent_settles;
use crate::support::answers::text_alone;
use crate::support::cast::{Cast, put};
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::smtp::{Plan, SmtpDouble};
use crate::support::stores::write;

async fn world(engine: Engine) -> (TestDesk, Cast) {
    let wish = Wish { clock: Clock::fixed(MONDAY), may_leave_work: true, ..Wish::exact(engine) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 7).await;
    (desk, cast)
}

async fn of(desk: &TestDesk, who: TeammateId) -> Vec<Notification> {
    notifications::list(&desk.desk.db, who, 100).await.unwrap()
}

fn kinds(all: &[Notification]) -> Vec<(NotificationKind, i64)> {
    all.iter().map(|one| (one.kind, one.count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_unread_for_long_is_kept_once_it_is_read() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let inbox = desk.desk.inbox();
        let note = (inbox.clock.new_id(), "@noor please look");
        care::add_note(&inbox, desk.talk(7).await.id, &cast.sam, note, Basis::Any).await.unwrap();
        let day = Duration::from_hours(24);
        let mentions = async || {
            upkeep::look_after(&desk.desk).await.unwrap();
            let all = of(&desk, cast.noor.id).await;
            all.iter().filter(|one| one.kind == NotificationKind::Mention).count()
        };
        desk.desk.clock.advance(day * 40);
        let now = desk.desk.clock.now();
        write(&desk.desk.db, async |tx| notifications::read_all(tx, cast.noor.id, now).await).await;
        assert_eq!(mentions().await, 1, "it was read just now");
        desk.desk.clock.advance(day * 29);
        assert_eq!(mentions().await, 1);
        desk.desk.clock.advance(day * 2);
        assert_eq!(mentions().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_tells_whom_it_names_and_who_follows() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let inbox = desk.desk.inbox();
        let id = desk.talk(7).await.id;
        let note = async |by: &Teammate, text: &str| {
            care::add_note(&inbox, id, by, (inbox.clock.new_id(), text), Basis::Any).await.unwrap();
        };
        note(&cast.sam, "@noor please look, @sam knows").await;
        assert_eq!(kinds(&of(&desk, cast.noor.id).await), [(NotificationKind::Mention, 1)]);
        assert!(of(&desk, cast.sam.id).await.is_empty(), "nobody is told of what they do");
        assert!(conversations::for_reader(&desk.desk.db, id, cast.noor.id).await.unwrap().followed);
        // Whoever was named follows from now on; more of the same only counts up.
        for text in ["One more thing.", "And another."] {
            note(&cast.sam, text).await;
        }
        let all = of(&desk, cast.noor.id).await;
        assert_eq!(all.len(), 2);
        assert!(kinds(&all).contains(&(NotificationKind::Followed, 2)), "{:?}", kinds(&all));
        assert_eq!(conversation_counts::numbers(&desk.desk.db, cast.noor.id).await.unwrap().unread, 2);
        // Read, the next one is news again.
        write(&desk.desk.db, async |tx| notifications::read_of(tx, cast.noor.id, id, MONDAY).await).await;
        assert_eq!(conversation_counts::numbers(&desk.desk.db, cast.noor.id).await.unwrap().unread, 0);
        note(&cast.sam, "@Noor!").await;
        assert_eq!(conversation_counts::numbers(&desk.desk.db, cast.noor.id).await.unwrap().unread, 1);
        write(&desk.desk.db, async |tx| notifications::unfollow(tx, id, cast.noor.id).await).await;
        note(&cast.sam, "Nothing for her.").await;
        assert_eq!(conversation_counts::numbers(&desk.desk.db, cast.noor.id).await.unwrap().unread, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_given_and_what_is_overdue_is_told() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let inbox = desk.desk.inbox();
        let id = desk.talk(7).await.id;
        care::assign(&inbox, id, Some(cast.sam.id), &cast.sam).await.unwrap();
        assert!(of(&desk, cast.sam.id).await.is_empty(), "taken by themself");
        care::assign(&inbox, id, Some(cast.noor.id), &cast.sam).await.unwrap();
        assert_eq!(kinds(&of(&desk, cast.noor.id).await), [(NotificationKind::Assigned, 1)]);
        assert_eq!(overdue::note(&inbox).await.unwrap(), 1, "the cast's answer was due long ago");
        let all = of(&desk, cast.noor.id).await;
        assert!(kinds(&all).contains(&(NotificationKind::Overdue, 1)), "{:?}", kinds(&all));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_given_at_once_is_told_without_a_flood() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let inbox = desk.desk.inbox();
        for number in 101..=140 {
            cast.open(&desk.desk.db, number).await;
        }
        let give = async |numbers: std::ops::RangeInclusive<i64>, to: TeammateId| {
            let picked: Vec<_> = numbers.map(|number| Picked { number, revision: 1 }).collect();
            bulk::change(&inbox, &picked, Change::Assign(Some(to)), &cast.sam).await.unwrap();
        };
        give(101..=103, cast.noor.id).await;
        let told = of(&desk, cast.noor.id).await;
        assert_eq!(kinds(&told), [(NotificationKind::Assigned, 1); 3], "a few are told one by one");
        let mine = NotificationKind::Assigned;
        write(&desk.desk.db, async |tx| notifications::set_mail_wishes(tx, cast.noor.id, &[mine]).await).await;
        give(104..=140, cast.noor.id).await;
        let told = of(&desk, cast.noor.id).await;
        assert_eq!(told.len(), 4, "many are one line");
        let several = told.iter().find(|one| one.kind == NotificationKind::AssignedSeveral).unwrap();
        assert_eq!((several.number, several.count), (104, 37));
        assert_eq!(words(several.kind, &several.actor, several.count), "Sam gave you 37 conversations");
        assert_eq!(waiting(&desk).await, [several.id], "one mail, as for any work that is given");
        give(101..=140, cast.sam.id).await;
        assert!(of(&desk, cast.sam.id).await.is_empty(), "taken by themself");

        let mut browser = desk.browser().await;
        give(101..=140, desk.setup.teammate).await;
        let html = page(&mut browser, "/notifications").await;
        assert!(html.contains("gave you 40 conversations") && html.contains("and 39 more"), "{html}");
        assert!(html.contains("/conversations/101?view=mine") && !html.contains("40 times"), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_hears_of_the_customers_next_mail() {
    for engine in Engine::all() {
        let (desk, _) = world(engine).await;
        let raw = |number: usize, refers: &str| {
            format!(
                "From: ann@x.example\r\nTo: help@fjord.example\r\nSubject: Lamp\r\nMessage-ID: <{number}@x.example>\r\n{refers}\r\nMail {number}.\r\n"
            )
        };
        desk.post_mail(raw(1, "").as_bytes()).await;
        desk.drain().await;
        let shown = desk.api_get("/api/v1/conversations?limit=50&view=all").await;
        let number = shown["items"].as_array().unwrap().iter().filter_map(|row| row["number"].as_i64()).max().unwrap();
        let mut browser = desk.browser().await;
        let me = desk.setup.teammate;
        taken(&mut browser, &format!("/conversations/{number}/followers"), &[("back", "/inbox")]).await;
        desk.post_mail(raw(2, "In-Reply-To: <1@x.example>\r\n").as_bytes()).await;
        desk.drain().await;
        assert_eq!(kinds(&of(&desk, me).await), [(NotificationKind::Followed, 1)]);
        let html = page(&mut browser, "/notifications").await;
        assert!(
            html.contains("wrote in a conversation that you follow") && html.contains("class=\"unread\""),
            "{html}"
        );
        // Opening it reads it.
        page(&mut browser, &format!("/conversations/{number}")).await;
        assert!(of(&desk, me).await.iter().all(|one| one.read_at.is_some()));
        taken(&mut browser, &format!("/conversations/{number}/followers/deletion"), &[("back", "/inbox")]).await;
        desk.post_mail(raw(3, "In-Reply-To: <1@x.example>\r\n").as_bytes()).await;
        desk.drain().await;
        assert_eq!(conversation_counts::numbers(&desk.desk.db, me).await.unwrap().unread, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_a_conversation_hears_of_what_its_customer_writes() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let (db, noor) = (&desk.desk.db, cast.noor.id);
        let raw = |number: usize, more: &str| {
            format!(
                "From: ann@x.example\r\nTo: help@fjord.example\r\nSubject: Lamp\r\nMessage-ID: <{number}@x.example>\r\n{more}\r\nMail {number}.\r\n"
            )
        };
        let number = receive(&desk, raw(1, "").as_bytes()).await;
        let id = desk.talk(number).await.id;
        care::assign(&desk.desk.inbox(), id, Some(noor), &cast.noor).await.unwrap();
        assert!(of(&desk, noor).await.is_empty(), "she took it herself");
        let answers = "In-Reply-To: <1@x.example>\r\n";
        let by_machine = format!("{answers}Auto-Submitted: auto-replied\r\n");
        write(db, async |tx| notifications::follow(tx, id, cast.sam.id, MONDAY).await).await;
        desk.post_mail(raw(4, &by_machine).as_bytes()).await;
        desk.drain().await;
        assert!(of(&desk, noor).await.is_empty(), "a machine wrote");
        assert!(of(&desk, cast.sam.id).await.is_empty(), "who follows is not told of it either");
        // In one batch each message counts for itself.
        for (number, more) in [(2, answers), (6, by_machine.as_str()), (3, answers)] {
            desk.post_mail(raw(number, more).as_bytes()).await;
        }
        desk.drain().await;
        assert_eq!(kinds(&of(&desk, noor).await), [(NotificationKind::Answered, 2)]);
        assert_eq!(kinds(&of(&desk, cast.sam.id).await), [(NotificationKind::Followed, 2)]);
        let mut browser = desk.browser_of(noor).await;
        let html = page(&mut browser, "/notifications").await;
        assert!(html.contains("wrote in a conversation of yours") && html.contains("2 times"), "{html}");
        // Opening it reads it; whoever follows it too is told once.
        page(&mut browser, &format!("/conversations/{number}")).await;
        write(db, async |tx| notifications::follow(tx, id, noor, MONDAY).await).await;
        desk.post_mail(raw(5, answers).as_bytes()).await;
        desk.drain().await;
        assert_eq!(conversation_counts::numbers(db, noor).await.unwrap().unread, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_behind_another_one_reads_nothing_until_it_is_looked_at() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let me = desk.setup.teammate;
        care::assign(&desk.desk.inbox(), desk.talk(7).await.id, Some(me), &cast.sam).await.unwrap();
        let unread = async || conversation_counts::numbers(&desk.desk.db, me).await.unwrap().unread;
        let session = resolute::web::guard::sign_in(&desk.desk, me).await.unwrap();
        let cookie = format!("{}={}; resolute_script=1", session.name(), session.value());
        let mut script = desk.client().with("cookie", &cookie);
        let shown = page(&mut script, "/conversations/7?view=all").await;
        assert_eq!(unread().await, 1, "it was only asked for");

        let drawn = shown.rsplit("data-seq=\"").next().and_then(|rest| rest.split('"').next()).unwrap().to_owned();
        for (seen, left) in [("0", 1), (drawn.as_str(), 0)] {
            assert_eq!(send(&mut script, "/conversations/7/presence", &[("seen", seen)]).await.status, 204);
            assert_eq!(unread().await, left, "seen up to {seen}");
        }
    }
}

async fn waiting(desk: &TestDesk) -> Vec<NotificationId> {
    let later = desk.desk.clock.now().plus(Duration::from_hours(1));
    let all = jobs::list_due(&desk.desk.db, JobKind::NotifyByMail, later, 200).await.unwrap();
    all.iter().filter_map(|job| job.field("notification")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_goes_once_to_who_wants_it_unless_it_was_read() {
    let smtp = SmtpDouble::start().await;
    for engine in Engine::all() {
        let wish =
            Wish { clock: Clock::fixed(MONDAY), may_leave_work: true, ..Wish::exact(engine) }.with_smtp(smtp.port);
        let desk = TestDesk::start(wish).await;
        let cast = Cast::stored(&desk.desk.db).await;
        let inbox = desk.desk.inbox();
        desk.post_mail(b"From: ann@x.example\r\nTo: help@fjord.example\r\nSubject: Lamp\r\nMessage-ID: <1@x.example>\r\n\r\nThe lamp that I bought in May is dark since yesterday evening, and nobody in this house can say why. My card ends with 4242.\r\n").await;
        desk.drain().await;
        let Conversation { id, number, .. } = desk.newest().await;
        let mut browser = desk.browser().await;
        let me = desk.setup.teammate;
        let give = async || {
            for to in [None, Some(me)] {
                care::assign(&inbox, id, to, &cast.sam).await.unwrap();
            }
        };
        give().await;
        assert!(waiting(&desk).await.is_empty(), "nobody asked for mails");
        page(&mut browser, &format!("/conversations/{number}")).await;
        taken(&mut browser, "/notifications/mails", &[("assigned", "on")]).await;
        give().await;
        give().await;
        let before = smtp.taken().len();
        assert_eq!(waiting(&desk).await.len(), 1, "once while it is unread");
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        desk.drain().await;
        let mails = smtp.taken();
        assert_eq!(mails.len(), before + 1);
        let last = mails.last().unwrap();
        assert!(last.header("Subject").contains("gave you a conversation"), "{}", last.raw);
        assert_eq!(last.header("Auto-Submitted"), "auto-generated");
        assert!(!last.raw.contains("4242"), "no more than the gist: {}", last.raw);
        assert!(!last.raw.contains(&id.to_string()), "an answer to it continues no conversation: {}", last.raw);

        // Seen in the desk first: no mail.
        page(&mut browser, &format!("/conversations/{number}")).await;
        give().await;
        let [next] = waiting(&desk).await.try_into().unwrap();
        page(&mut browser, &format!("/conversations/{number}")).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        assert_eq!(smtp.taken().len(), before + 1);
        assert_eq!(notifications::find_letter(&desk.desk.db, next).await.unwrap().unwrap().mail, "skipped");

        // Cut off while it was being sent: not sent again.
        give().await;
        let [cut] = waiting(&desk).await.try_into().unwrap();
        write(&desk.desk.db, async |tx| notifications::set_mail(tx, cut, ("due", "sending"), Some(MONDAY)).await).await;
        let Mailed::Done(tx) = mail(&inbox, cut, "").await.unwrap() else { panic!("nothing to do") };
        tx.commit().await.unwrap();
        assert_eq!(smtp.taken().len(), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_waits_for_its_mailbox_and_leaves_once_it_can() {
    let smtp = SmtpDouble::start().await;
    for engine in Engine::all() {
        let wish =
            Wish { clock: Clock::fixed(MONDAY), may_leave_work: true, ..Wish::exact(engine) }.with_smtp(smtp.port);
        let desk = TestDesk::start(wish).await;
        let (db, me, mailbox) = (&desk.desk.db, desk.setup.teammate, desk.setup.channel);
        let cast = Cast::stored(db).await;
        let number = receive(&desk, b"From: ann@x.example\r\nTo: help@fjord.example\r\nSubject: Lamp\r\nMessage-ID: <1@x.example>\r\n\r\nIt is dark.\r\n").await;
        let id = desk.talk(number).await.id;
        let wanted = [NotificationKind::Assigned];
        write(db, async |tx| notifications::set_mail_wishes(tx, me, &wanted).await).await;
        let set = async |state: ChannelState| {
            write(db, async |tx| match state {
                ChannelState::Connected => channels::resume(tx, mailbox).await,
                other => channels::set_state(tx, mailbox, other, "in the test").await,
            })
            .await;
        };
        let state_of = async |one: NotificationId| notifications::find_letter(db, one).await.unwrap().unwrap().mail;
        let give = async || {
            for to in [None, Some(me)] {
                care::assign(&desk.desk.inbox(), id, to, &cast.sam).await.unwrap();
            }
        };
        let before = smtp.taken().len();

        set(ChannelState::Paused).await;
        give().await;
        let [told] = waiting(&desk).await.try_into().unwrap();
        for _ in 0..3 {
            desk.desk.clock.advance(Duration::from_hours(2));
            desk.drain().await;
            assert_eq!((smtp.taken().len(), state_of(told).await.as_str()), (before, "due"), "it waits");
        }
        set(ChannelState::Connected).await;
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        assert_eq!((smtp.taken().len(), state_of(told).await.as_str()), (before + 1, "sent"));

        // What cannot be read may be sent all the same.
        write(db, async |tx| notifications::read_all(tx, me, desk.desk.clock.now()).await).await;
        set(ChannelState::NeedsAttention).await;
        give().await;
        let [told] = waiting(&desk).await.try_into().unwrap();
        desk.desk.clock.advance(Duration::from_mins(1));
        desk.drain().await;
        assert_eq!((smtp.taken().len(), state_of(told).await.as_str()), (before + 2, "sent"));
    }
}

/// What customers are answered waits at the same door: a mail to a teammate that was let in opens it for all.
#[tokio::test(flavor = "multi_thread")]
async fn a_teammates_address_that_is_refused_keeps_no_customers_answer_waiting() {
    for plan in [Plan::NoSuchRecipient, Plan::Greylisted] {
        for engine in Engine::all() {
            let smtp = SmtpDouble::start().await;
            smtp.plan(&[Plan::LetsNobodyIn, plan]);
            let wish =
                Wish { clock: Clock::fixed(MONDAY), may_leave_work: true, ..Wish::exact(engine) }.with_smtp(smtp.port);
            let desk = TestDesk::start(wish).await;
            let (db, me) = (&desk.desk.db, desk.setup.teammate);
            let cast = Cast::stored(db).await;
            let number = receive(&desk, b"From: ann@x.example\r\nTo: help@fjord.example\r\nSubject: Lamp\r\nMessage-ID: <1@x.example>\r\n\r\nIt is dark.\r\n").await;
            let id = desk.talk(number).await.id;
            let wanted = [NotificationKind::Assigned];
            write(db, async |tx| notifications::set_mail_wishes(tx, me, &wanted).await).await;
            care::assign(&desk.desk.inbox(), id, Some(me), &cast.sam).await.unwrap();
            for begun in [1, 2] {
                desk.desk.clock.advance(Duration::from_mins(2));
                desk.drain().await;
                let mailbox = channels::find(db, desk.setup.channel).await.unwrap().unwrap();
                assert_eq!((smtp.begun(), mailbox.state), (begun, ChannelState::SendingFails), "{plan:?}");
            }
            answer(&desk, number, "It is on its way.").await;
            desk.drain().await;
            let message = last_message(&desk, number).await;
            assert_eq!((message["delivery"].as_str(), smtp.taken().len()), (Some("sent"), 1), "{plan:?}: {message}");
        }
    }
}

/// Where customers wait for a person, as somebody has not read yet.
async fn wanted(desk: &TestDesk, who: TeammateId) -> Vec<(i64, i64)> {
    let all = of(desk, who).await;
    let unread = all.iter().filter(|one| one.kind == NotificationKind::Wanted && one.read_at.is_none());
    unread.map(|one| (one.number, one.count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_person_is_made_known_to_the_team_until_somebody_has_them() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let leave = async |who: TeammateId| {
            write(db, async |tx| teammates::set_away(tx, who, Some(MONDAY)).await).await;
        };
        leave(cast.noor.id).await;
        let (team, mut browser) = ([cast.sam.id, desk.setup.teammate], desk.browser().await);
        for (number, way) in (11..).zip(["taken", "given", "given at once", "answered", "asleep", "done"]) {
            let id = cast.open(db, number).await.id;
            for _ in 0..2 {
                chat::ask_for_person(&inbox, id).await.unwrap();
            }
            for who in team {
                assert_eq!(wanted(&desk, who).await, [(number, 1)], "{way}");
            }
            assert!(wanted(&desk, cast.noor.id).await.is_empty(), "she says that she is away");
            let shown = page(&mut browser, "/notifications").await;
            assert!(shown.contains("<title>(1) Notifications") && shown.contains("waits for a person"), "{shown}");
            match way {
                "taken" => approve::take_over(&inbox, id, &cast.sam).await.unwrap(),
                "given" => care::assign(&inbox, id, Some(cast.noor.id), &cast.sam).await.unwrap(),
                "given at once" => {
                    let picked = [Picked { number, revision: desk.talk(number).await.revision }];
                    bulk::change(&inbox, &picked, Change::Assign(Some(cast.noor.id)), &cast.sam).await.unwrap();
                }
                "answered" => {
                    let reply = (inbox.clock.new_id(), "I am here.");
                    care::answer_with(&inbox, id, &cast.sam, reply, text_alone(&Also::default())).await.unwrap();
                }
                "asleep" => {
                    snooze::snooze(&inbox, id, MONDAY.plus(Duration::from_hours(1)), &cast.sam, None).await.unwrap();
                }
                _ => care::resolve(&inbox, id, &cast.sam, None).await.unwrap(),
            }
            for who in team {
                assert!(wanted(&desk, who).await.is_empty(), "{way}");
            }
            assert!(page(&mut browser, "/notifications").await.contains("<title>Notifications"), "{way}");
        }

        for who in team {
            leave(who).await;
        }
        let lonely = cast.open(db, 21).await.id;
        chat::ask_for_person(&inbox, lonely).await.unwrap();
        for who in [cast.noor.id, cast.sam.id] {
            assert_eq!(wanted(&desk, who).await, [(21, 1)], "where all are away, all are told");
        }
    }
}

/// A stored open chat with one message in it.
async fn open_chat(desk: &TestDesk, cast: &Cast, number: i64) -> ConversationRow {
    let (channel_id, channel_kind) = (cast.chat.id, cast.chat.kind.clone());
    let row = ConversationRow { channel_id, channel_kind, ..cast.conversation(number) };
    put(&desk.desk.db, std::slice::from_ref(&row), &[cast.message(&row, "Are you there?")]).await;
    row
}

/// Which of Sam, Noor and the person who set the desk up have not read that somebody waits in a chat, told once.
async fn who_knows(desk: &TestDesk, cast: &Cast, number: i64) -> [bool; 3] {
    let mut known = [false; 3];
    for (known, who) in known.iter_mut().zip([cast.sam.id, cast.noor.id, desk.setup.teammate]) {
        *known = wanted(desk, who).await.contains(&(number, 1));
    }
    known
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_person_reaches_whoever_is_there_whoever_has_the_chat() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let sams = async |number: i64| {
            let id = open_chat(&desk, &cast, number).await.id;
            care::assign(&inbox, id, Some(cast.sam.id), &cast.sam).await.unwrap();
            id
        };
        let asks = async |id: ConversationId, number: i64| {
            chat::ask_for_person(&inbox, id).await.unwrap();
            who_knows(&desk, &cast, number).await
        };
        let (first, second, third) = (sams(20).await, sams(21).await, sams(22).await);
        assert_eq!(asks(first, 20).await, [true, false, false], "he is there");
        write(db, async |tx| teammates::set_away(tx, cast.sam.id, Some(MONDAY)).await).await;
        assert_eq!(asks(second, 21).await, [false, true, true], "he is away");
        assert_eq!(asks(first, 20).await, [true, true, true], "he is away by now");
        write(db, async |tx| teammates::set_away(tx, cast.sam.id, None).await).await;
        write(db, async |tx| teammates::set_disabled(tx, cast.sam.id, Some(MONDAY)).await).await;
        assert_eq!(asks(third, 22).await, [false, true, true], "he has left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_in_a_chat_that_is_nobodys_again_is_made_known_again() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let inbox = desk.desk.inbox();
        let id = open_chat(&desk, &cast, 20).await.id;
        let knows = async || who_knows(&desk, &cast, 20).await;
        let change = async |change: Change| {
            let picked = [Picked { number: 20, revision: desk.talk(20).await.revision }];
            bulk::change(&inbox, &picked, change, &cast.sam).await.unwrap().id
        };
        chat::ask_for_person(&inbox, id).await.unwrap();
        assert_eq!(knows().await, [true; 3]);
        for way in ["one", "several"] {
            approve::take_over(&inbox, id, &cast.sam).await.unwrap();
            assert_eq!(knows().await, [false; 3], "{way}");
            if way == "one" {
                care::assign(&inbox, id, None, &cast.sam).await.unwrap();
            } else {
                change(Change::Assign(None)).await;
            }
            assert_eq!(knows().await, [false, true, true], "{way}: he knows who has done it");
        }
        let given = change(Change::Assign(Some(cast.sam.id))).await;
        assert_eq!(knows().await, [false; 3]);
        bulk::undo(&inbox, given, &cast.sam).await.unwrap();
        assert_eq!(knows().await, [false, true, true], "given to nobody by undo");
        let done = change(Change::Resolve).await;
        assert_eq!(knows().await, [false; 3]);
        bulk::undo(&inbox, done, &cast.sam).await.unwrap();
        assert_eq!(knows().await, [false, true, true], "not done after all");

        let mail = cast.open(&desk.desk.db, 21).await.id;
        care::assign(&inbox, mail, Some(cast.sam.id), &cast.sam).await.unwrap();
        let merged = merge::merge(&inbox, (mail, id), false, &cast.sam).await.unwrap();
        assert_eq!(knows().await, [false; 3], "it is his with what was merged into it");
        merge::undo(&inbox, merged.id, &cast.sam).await.unwrap();
        assert_eq!(knows().await, [false, true, true], "and is nobody's again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sits_before_a_held_reply_of_the_agents_in_a_chat_is_made_known() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let row = open_chat(&desk, &cast, 20).await;
        let reply = NewMessage {
            direction: Direction::Outbound,
            author: MessageAuthor::Agent,
            contact_id: None,
            delivery: Some(Delivery::Queued),
            ..cast.message(&row, "It left today.")
        };
        put(db, &[], std::slice::from_ref(&reply)).await;
        assert_eq!(who_knows(&desk, &cast, 20).await, [false; 3]);
        let held = deliver::give_up(&inbox, reply.id, "the line broke.").await.unwrap();
        let deliver::Next::Done(tx) = held else { panic!("not held") };
        tx.commit().await.unwrap();
        assert_eq!(who_knows(&desk, &cast, 20).await, [true; 3]);
        deliver::send_again(&inbox, reply.id, &cast.sam).await.unwrap();
        assert_eq!(who_knows(&desk, &cast, 20).await, [false; 3], "it is on its way again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_agent_gives_to_a_person_in_a_chat_is_made_known_and_no_mail_goes_once_somebody_has_them() {
    for engine in Engine::all() {
        let (desk, cast) = world(engine).await;
        let (db, inbox) = (&desk.desk.db, desk.desk.inbox());
        let wish = [NotificationKind::Wanted];
        write(db, async |tx| notifications::set_mail_wishes(tx, cast.sam.id, &wish).await).await;
        let row = open_chat(&desk, &cast, 8).await;
        for number in [7, 8] {
            let packet = HandOffPacket::default();
            let gives = Returned::HandOff { reason: "Not clear.".to_owned(), packet, notice: None };
            Box::pin(agent_settles(&desk, &desk.talk(number).await, gives)).await;
        }
        assert_eq!(wanted(&desk, cast.sam.id).await, [(8, 1)], "nobody waits before a mail");
        assert_eq!(wanted(&desk, cast.noor.id).await, [(8, 1)]);
        let known = agent_runs::latest_hand_off(db, row.id).await.unwrap().expect("a hand-over").told.0;
        assert!(known.len() == 3 && known.contains(&cast.sam.id), "{known:?}");
        let [letter] = waiting(&desk).await.try_into().unwrap();
        care::assign(&inbox, row.id, Some(cast.noor.id), &cast.noor).await.unwrap();
        let Mailed::Done(tx) = mail(&inbox, letter, "").await.unwrap() else { panic!("nothing to do") };
        tx.commit().await.unwrap();
        assert_eq!(notifications::find_letter(db, letter).await.unwrap().unwrap().mail, "skipped");
    }
}
