//! Orders that platforms name: what joins by them, what does not, and what becomes of their news.

use channel_contract::inbound::{Identity, MACHINE, OPERATOR, OrderHappening, OrderNews, ThreadHints};
use resolute::model::Ts;
use resolute::model::channel::Channel;
use resolute::model::conversation::ConversationStatus;
use resolute::model::event::EventKind;
use resolute::model::numbering::{Numbering, Tie};
use resolute::model::person::Kin;

use super::mails::mail;
use super::world::{World, kinds};

const SOFIE: &str = "sofie@example.com";
const STRANGER: &str = "eve@example.com";
const ORDER: &str = "FJ-20417";

/// Another mailbox of the brand.
fn another(world: &World) -> Channel {
    Channel { id: world.cast.clock.new_id(), address: "trade@fjell.example".into(), ..world.cast.mail.clone() }
}

fn news(what: OrderHappening, due_at: Option<Ts>) -> OrderNews {
    OrderNews {
        order_number: ORDER.to_owned(),
        what,
        due_at: due_at.map(Ts::datetime),
        words: "The buyer asks to cancel the order.".to_owned(),
        thread: ThreadHints::default(),
    }
}

/// A case of Sofie about the order.
fn case(world: &mut World) -> resolute::model::ConversationId {
    world.receive(&[mail("<1>", SOFIE).proved()]);
    let home = world.home_of("<1>").unwrap();
    world.talk(home).order_number = Some(ORDER.into());
    home
}

#[test]
fn a_proved_message_about_the_order_of_an_open_case_joins_it_from_another_channel() {
    let mut world = World::new();
    let home = case(&mut world);
    let other = another(&world);
    world.receive_at(&other, &[mail("<2>", SOFIE).says("FJ-20417, please")]);
    assert_ne!(world.home_of("<2>"), Some(home), "nobody has proved that it is Sofie");
    world.receive_at(&other, &[mail("<3>", STRANGER).proved().says("FJ-20417, please")]);
    assert_ne!(world.home_of("<3>"), Some(home), "a number that a stranger writes is none");
    world.receive_at(&other, &[mail("<4>", STRANGER).proved().about(ORDER)]);
    assert_ne!(world.home_of("<4>"), Some(home), "nor does the platform’s word make Sofie of a stranger");
    world.receive_at(&other, &[mail("<5>", SOFIE).proved().says("FJ-20417, please")]);
    assert_eq!(world.home_of("<5>"), Some(home));
    assert_eq!(world.talk(home).channel_id, other.id, "answers go where she wrote last");
    world.talk(home).status = ConversationStatus::Resolved;
    let mail_box = world.cast.mail.clone();
    world.receive_at(&mail_box, &[mail("<6>", SOFIE).proved().says("FJ-20417")]);
    assert_ne!(world.home_of("<6>"), Some(home), "what is resolved is resolved");
}

#[test]
fn a_case_that_the_platform_began_is_the_first_customers_who_writes_in_it() {
    for kind in [OPERATOR, MACHINE] {
        let mut world = World::new();
        let market = world.cast.channel("mirakl", "A market");
        let of = |id: &str, kind: &str, value: &str| {
            let mut said = mail(id, SOFIE).proved().about(ORDER).in_thread("t-1");
            said.message.sender = Identity { kind: kind.into(), value: value.into() };
            said
        };
        world.receive_at(&market, &[of("<1>", kind, "market/itself")]);
        let home = world.home_of("<1>").unwrap();
        let (platform, revision) = (world.talk(home).contact_id, world.talk(home).revision);
        world.receive_at(&market, &[of("<2>", "marketplace_user", "market/customer/1")]);
        assert_eq!(world.home_of("<2>"), Some(home));
        let customer = world.talk(home).contact_id;
        assert_ne!(customer, platform, "{kind}");
        assert!(world.talk(home).revision > revision);
        world.receive_at(
            &market,
            &[of("<3>", kind, "market/itself"), of("<4>", "marketplace_user", "market/customer/2")],
        );
        assert_eq!(world.talk(home).contact_id, customer, "and stays theirs");

        // In one batch, too.
        let mut world = World::new();
        let market = world.cast.channel("mirakl", "A market");
        world.receive_at(
            &market,
            &[of("<1>", kind, "market/itself"), of("<2>", "marketplace_user", "market/customer/1")],
        );
        let names: Vec<&str> = world.contacts.iter().map(|contact| contact.value.as_str()).collect();
        let customer = world.contacts[names.iter().position(|name| *name == "market/customer/1").unwrap()].id;
        let home = world.home_of("<1>").unwrap();
        assert_eq!(world.talk(home).contact_id, customer);
    }
}

#[test]
fn what_the_shop_wrote_to_the_platform_alone_answers_no_customer() {
    let mut world = World::new();
    let market = world.cast.channel("mirakl", "A market");
    let of = |id: &str, to: &[(&str, &str)]| {
        let mut said = mail(id, SOFIE).proved().in_thread("t-1");
        said.message.sender = Identity { kind: "marketplace_user".into(), value: "market/customer/1".into() };
        let party = |(kind, value): &(&str, &str)| Identity { kind: (*kind).into(), value: (*value).into() };
        said.message.recipients = to.iter().map(party).collect();
        said
    };
    let operator = (OPERATOR, "market/operator");
    world.receive_at(&market, &[of("<1>", &[])]);
    let home = world.home_of("<1>").unwrap();
    let before = world.talk(home).clone();
    let placed = world.receive_at(&market, &[of("<2>", &[operator]).sent()]);
    assert_eq!(world.home_of("<2>"), Some(home), "it stands in the timeline");
    let after = world.talk(home).clone();
    assert_eq!((after.status, after.due_at, after.revision), (before.status, before.due_at, before.revision));
    assert!(placed.answered_elsewhere.is_empty() && placed.messages[0].aside);
    let placed = world.receive_at(&market, &[of("<3>", &[("marketplace_user", "market/customer/1"), operator]).sent()]);
    assert_eq!(placed.answered_elsewhere, [home]);
    assert!(!placed.messages[0].aside && world.talk(home).due_at.is_none());
}

#[test]
fn contacts_who_are_one_person_share_a_case() {
    let mut world = World::new();
    let home = case(&mut world);
    let other = another(&world);
    world.receive_at(&other, &[mail("<2>", "s.keller@example.com").proved()]);
    let names: Vec<_> = world.contacts.iter().map(|contact| contact.id).collect();
    world.kin = vec![Kin { contact_id: names[1], person_id: names[0] }];
    world.receive_at(&other, &[mail("<3>", "s.keller@example.com").proved().says("FJ-20417")]);
    assert_eq!(world.home_of("<3>"), Some(home));
    world.kin.clear();
    world.receive_at(&other, &[mail("<4>", "s.keller@example.com").proved().says("FJ-20417")]);
    assert_ne!(world.home_of("<4>"), Some(home), "once they are parted they are two");
}

#[test]
fn a_live_chat_takes_nothing_from_elsewhere_and_gives_nothing() {
    let mut world = World::new();
    let home = case(&mut world);
    let chat = world.cast.chat.clone();
    world.receive_at(&chat, &[mail("<2>", SOFIE).proved().says(ORDER)]);
    assert_ne!(world.home_of("<2>"), Some(home));
}

#[test]
fn what_a_marketplace_names_joins_no_case_about_another_shops_order() {
    let mut world = World::new();
    let home = case(&mut world);
    let (first, second) = (world.cast.channel("mirakl", "First"), world.cast.channel("mirakl", "Second"));
    let own = Tie { conversation_id: home, order_number: ORDER.into(), numbering: Numbering::Own };
    world.ties = vec![own.clone()];
    world.receive_at(&first, &[mail("<2>", SOFIE).proved().about(ORDER)]);
    let there = world.home_of("<2>").unwrap();
    assert_ne!(there, home, "the order of the brand’s own shop is another one");
    assert_eq!(world.talk(there).order_number.as_deref(), Some(ORDER));
    world.receive_at(&second, &[mail("<3>", SOFIE).proved().about(ORDER)]);
    let elsewhere = world.home_of("<3>").unwrap();
    assert!(elsewhere != home && elsewhere != there, "so is that of another marketplace");
    world.receive_at(&second, &[mail("<4>", SOFIE).proved().about("FJ-9").says("FJ-20417, please")]);
    assert_eq!(world.home_of("<4>"), Some(elsewhere), "what is written there is an order from there");

    let of_first = Tie { numbering: Numbering::Market(first.id), ..own };
    world.ties.push(of_first);
    world.talk(there).status = ConversationStatus::Resolved;
    world.receive_at(&first, &[mail("<5>", SOFIE).proved().about(ORDER)]);
    assert_eq!(world.home_of("<5>"), Some(home), "a shop that has the orders of the marketplace has this one");
}

#[test]
fn whoever_writes_to_the_brand_itself_may_mean_the_order_of_any_shop() {
    let mut world = World::new();
    let market = world.cast.channel("mirakl", "First");
    world.receive_at(&market, &[mail("<1>", SOFIE).proved().about(ORDER)]);
    let home = world.home_of("<1>").unwrap();
    world.receive(&[mail("<2>", SOFIE).proved().says("FJ-20417, please")]);
    assert_eq!(world.home_of("<2>"), Some(home));
}

#[test]
fn news_of_a_marketplace_stands_in_no_case_about_another_shops_order() {
    let mut world = World::new();
    let home = case(&mut world);
    let (first, second) = (world.cast.channel("mirakl", "First"), world.cast.channel("mirakl", "Second"));
    world.ties =
        vec![Tie { conversation_id: home, order_number: ORDER.into(), numbering: Numbering::Market(first.id) }];
    let batch = world.news(&second, "n1", news(OrderHappening::Shipped, None));
    assert!(batch.events.is_empty(), "nobody has asked about that one: {:?}", batch.events);
    let batch = world.news(&first, "n1", news(OrderHappening::Shipped, None));
    assert_eq!(batch.events[0].conversation_id, Some(home));
    let batch = world.news(&second, "n2", news(OrderHappening::ClaimOpened, None));
    assert_ne!(batch.conversations[0].id, home, "it begins a case of its own");
}

#[test]
fn news_stands_in_the_case_of_its_order_once() {
    let mut world = World::new();
    let home = case(&mut world);
    let channel = world.cast.mail.clone();
    let batch = world.news(&channel, "n1", news(OrderHappening::Shipped, None));
    assert_eq!(kinds(&batch), [EventKind::OrderNews]);
    assert_eq!(batch.events[0].conversation_id, Some(home));
    assert_eq!(batch.changed_orders[0].order_number, ORDER);
    assert!(batch.conversations.is_empty() && batch.jobs.is_empty(), "it asks nothing");
    let again = world.news(&channel, "n1", news(OrderHappening::Shipped, None));
    assert!(again.events.is_empty() && again.news.is_empty(), "once");

    let due = world.cast.clock.now().plus(std::time::Duration::from_mins(30));
    let batch = world.news(&channel, "n2", news(OrderHappening::CancelRequested, Some(due)));
    assert_eq!(batch.conversations[0].due_at, Some(due));
    assert_eq!(batch.jobs.len(), 1, "the agent looks at what is asked");
}

#[test]
fn what_news_asks_is_due_before_the_platform_stops_to_take_an_answer() {
    let mut world = World::new();
    let home = case(&mut world);
    let closes = world.cast.clock.now().plus(std::time::Duration::from_hours(1));
    let talk = world.talk(home);
    talk.window.wanted_by = Some(closes);
    (talk.status, talk.due_at) = (ConversationStatus::Waiting, None);
    let channel = world.cast.mail.clone();
    let batch = world.news(&channel, "n1", news(OrderHappening::CancelRequested, None));
    assert_eq!(batch.conversations[0].due_at, Some(closes));
}

#[test]
fn news_that_asks_begins_a_case_which_the_buyer_makes_their_own() {
    let mut world = World::new();
    let channel = world.cast.mail.clone();
    let quiet = world.news(&channel, "n0", news(OrderHappening::Created, None));
    assert!(quiet.events.is_empty() && quiet.conversations.is_empty(), "nobody asks anything");

    let due = world.cast.clock.now().plus(std::time::Duration::from_hours(48));
    let batch = world.news(&channel, "n1", news(OrderHappening::ClaimOpened, Some(due)));
    let [row] = batch.conversations.as_slice() else { panic!("one case") };
    assert_eq!((row.status, row.unread), (ConversationStatus::Open, true));
    assert!(row.due_at.is_some_and(|at| at <= due), "{row:?}");
    assert!(row.subject.contains(ORDER) && batch.jobs.is_empty(), "nobody has written yet");
    let home = row.id;

    world.receive(&[mail("<1>", STRANGER).proved().says("FJ-20417 is mine")]);
    assert_ne!(world.home_of("<1>"), Some(home), "whoever writes the number is not its buyer");
    world.receive(&[mail("<2>", SOFIE).about(ORDER)]);
    assert_ne!(world.home_of("<2>"), Some(home), "nor is who is not proved");
    world.receive(&[mail("<3>", SOFIE).proved().about(ORDER)]);
    assert_eq!(world.home_of("<3>"), Some(home));
    let sofie = world.contacts.iter().find(|contact| contact.value == SOFIE).unwrap().id;
    assert_eq!(world.talk(home).contact_id, sofie);
    world.receive(&[mail("<4>", STRANGER).proved().about(ORDER)]);
    assert_ne!(world.home_of("<4>"), Some(home), "it is hers now");
}
