//! An open page shows what happens meanwhile without being loaded again. One whose line to the desk is lost says so, and
//! catches up when it is back.

use std::fs;

use fantoccini::Locator;
use resolute::inbox::macros::Also;
use resolute::inbox::{care, merge, routes, taken_back};
use resolute::model::conversation::{AgentState, Conversation};
use resolute::model::event::EventKind;
use resolute::model::teammate::Teammate;
use resolute::model::writing::Basis;
use resolute::model::{MessageId, NoteId};
use resolute::store::intake::{self, NewContact, NewEvent, NewMessage};
use resolute::store::{channels, conversations, sessions};
use serde_json::json;

use crate::support::answers::text_alone;
use crate::support::cast::{Cast, NOW, new_channel, put};
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::drafts::{put_before_a_person, saying};
use crate::support::forms::taken;
use crate::support::setup::NAME;
use crate::support::smtp::SmtpDouble;
use crate::support::stores::write;
use crate::support::visit::{look, sign_in, until};
use crate::support::wire::Wire;

const LINE: &str = "document.getElementById('lost').textContent";

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_line_is_told_and_what_was_missed_comes_when_it_is_back() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let wire = Wire::to(desk.address).await;
    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/conversations/3?view=open", wire.address)).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.tick)").await;
    assert_eq!(browser.execute(&format!("return {LINE}"), Vec::new()).await.unwrap(), "");

    wire.cut();
    until(&browser, "the word", &format!("return {LINE} === 'No connection; what you see may be old.'")).await;
    look(&browser, "no-connection").await;
    let note = (cast.clock.new_id::<NoteId>(), "While you were away");
    care::add_note(&desk.desk.inbox(), row.id, &cast.noor, note, Basis::Any).await.unwrap();
    let told = "document.getElementById('timeline').textContent.includes('While you were away')";
    assert_eq!(browser.execute(&format!("return {told}"), Vec::new()).await.unwrap(), false);

    wire.mend();
    until(&browser, "the line", &format!("return {LINE} === ''")).await;
    until(&browser, "what was missed", &format!("return {told}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sent_for_want_of_a_line_says_when_the_line_is_back() {
    const SAID: &str = "document.querySelector('#composer > .notice')?.textContent ?? ''";
    const FIELD: &str = "document.querySelector('#composer textarea').value";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    cast.open(&desk.desk.db, 3).await;
    let wire = Wire::to(desk.address).await;
    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/conversations/3?view=open", wire.address)).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.tick)").await;
    browser.find(Locator::Css("#composer textarea")).await.unwrap().send_keys("It left today.").await.unwrap();
    until(&browser, "it is kept", "return document.querySelector('[data-kept]').textContent === 'kept'").await;

    wire.cut();
    let press = "document.getElementById('composer').requestSubmit()";
    browser.execute(press, Vec::new()).await.unwrap();
    until(&browser, "the refusal", &format!("return ({SAID}).startsWith('No connection.')")).await;
    wire.mend();
    until(&browser, "the line", &format!("return ({SAID}).startsWith('The line is back.')")).await;
    let kept = browser.execute(&format!("return {FIELD}"), Vec::new()).await.unwrap();
    assert_eq!(kept, "It left today.");
    look(&browser, "line-is-back").await;
    browser.execute(press, Vec::new()).await.unwrap();
    until(&browser, "the reply", "return document.querySelectorAll('.message.ours').length === 1").await;
    until(&browser, "nothing said", &format!("return ({SAID}) === ''")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_left_open_over_a_restore_is_drawn_anew_with_what_was_half_written() {
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let mut desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let wire = Wire::to(desk.address).await;
    sign_in(&browser, &desk).await;
    let file = desk.desk.config.database_file().unwrap();
    desk.stop().await;
    desk.desk.db.close().await;
    let earlier = fs::read(&file).unwrap();

    desk.start_again().await;
    wire.lead_to(desk.address);
    let add = async |desk: &TestDesk, text: &str| {
        let note = (cast.clock.new_id::<NoteId>(), text);
        care::add_note(&desk.desk.inbox(), row.id, &cast.noor, note, Basis::Any).await.unwrap();
    };
    for text in ["One", "Two", "Three"] {
        add(&desk, text).await;
    }
    browser.goto(&format!("http://{}/conversations/3?view=open", wire.address)).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.tick)").await;
    let field = "#composer textarea";
    browser.find(Locator::Css(field)).await.unwrap().send_keys("Half a thought").await.unwrap();
    until(&browser, "it is kept", "return document.querySelector('[data-kept]').textContent === 'kept'").await;

    desk.stop().await;
    desk.desk.db.close().await;
    for beside in ["db-wal", "db-shm"] {
        // They are there only where something was not closed.
        drop(fs::remove_file(file.with_extension(beside)));
    }
    fs::remove_file(&file).unwrap();
    fs::write(&file, &earlier).unwrap();
    desk.start_again().await;
    wire.lead_to(desk.address);
    let anew = "return performance.getEntriesByType('navigation')[0].type === 'reload' && Boolean(window.desk?.tick)";
    until(&browser, "the page, drawn anew", anew).await;
    let told = "document.getElementById('timeline').textContent";
    assert_eq!(browser.execute(&format!("return {told}.includes('Three')"), Vec::new()).await.unwrap(), false);
    let there = format!("return document.querySelector('{field}').value === 'Half a thought'");
    until(&browser, "what was half written", &there).await;
    add(&desk, "After it").await;
    until(&browser, "what comes", &format!("return {told}.includes('After it')")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_reader_was_signed_out_says_that_and_asks_no_more() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite)).await;
    let wire = Wire::to(desk.address).await;
    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/inbox", wire.address)).await.unwrap();
    until(&browser, "the page", "return Boolean(window.desk?.tick)").await;
    wire.cut();
    write(&desk.desk.db, async |tx| sessions::delete_of(tx, desk.setup.teammate).await).await;
    wire.mend();
    until(&browser, "the word", &format!("return {LINE}.startsWith('You are signed out;')")).await;
}

/// Opens a page once it listens, and marks it: a page that is loaded again has no mark.
async fn open_marked(browser: &Browser, desk: &TestDesk, path: &str) {
    browser.goto(&format!("http://{}{path}", desk.address)).await.unwrap();
    until(browser, "the page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
    browser.execute("window.marked = true", Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn news_for_a_person_are_counted_on_the_page_that_they_have_open() {
    const BELL: &str = "document.querySelector('#rail .rail-apps a[href=\"/notifications\"] .count').textContent";
    let Some(browser) = Browser::start().await else { return };
    // Nothing but what the test does: nobody looks after clocks that ran out.
    let desk = TestDesk::start(Wish { workers: false, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let (first, second) = (cast.open(&desk.desk.db, 3).await, cast.open(&desk.desk.db, 4).await);
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/settings").await;
    assert_eq!(browser.execute(&format!("return {BELL}"), Vec::new()).await.unwrap(), "", "no news is no number");

    for (row, count) in [(&first, "1"), (&second, "2")] {
        let note = (cast.clock.new_id::<NoteId>(), "@mara can you look?");
        care::add_note(&desk.desk.inbox(), row.id, &cast.noor, note, Basis::Any).await.unwrap();
        let counted = format!("{BELL} === '{count}' && document.title.startsWith('({count}) ')");
        until(&browser, "the number, also in the title", &format!("return window.marked && {counted}")).await;
    }
    look(&browser, "bell").await;
    browser.find(Locator::Css("#rail .rail-apps a[href='/notifications']")).await.unwrap().click().await.unwrap();
    let listed = "return location.pathname === '/notifications'
        && document.querySelectorAll('main a[href^=\"/conversations/\"]').length === 2";
    until(&browser, "both in the list", listed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_comes_to_the_page_that_is_open_and_goes_once_it_is_mended() {
    const ALARMS: &str = "document.getElementById('alarms').textContent";
    let Some(browser) = Browser::start().await else { return };
    let smtp = SmtpDouble::start().await;
    let wish = Wish { workers: false, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish.with_smtp(smtp.port)).await;
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/settings").await;
    assert_eq!(browser.execute(&format!("return {ALARMS}"), Vec::new()).await.unwrap(), "");

    // Somebody else looks after the channel.
    let mut admin = desk.browser().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let words = format!("{ALARMS}.includes('“Help” needs you.')");
    for (port, shown) in [(closed, words.clone()), (smtp.port, format!("!{words}"))] {
        let mut server = json!({ "host": "127.0.0.1", "port": port, "tls": "plain", "user": "" });
        server["auth"] = json!({ "kind": "none" });
        write(&desk.desk.db, async |tx| {
            channels::add_settings(tx, desk.setup.channel, &json!({ "smtp": server })).await
        })
        .await;
        let check = format!("/channels/{}/checks", desk.setup.channel);
        taken(&mut admin, &check, &[("back", "/channels")]).await;
        until(&browser, "the alarm", &format!("return window.marked && {shown}")).await;
        look(&browser, "alarm-live").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_is_told_at_once_that_somebody_else_has_answered_until_that_is_taken_back() {
    const NOTICES: &str =
        "[...document.querySelectorAll('#composer .overtaken')].map((one) => one.textContent).join('|')";
    const DRAFT: &str = "document.getElementById('draft').matches('[data-approval]')";
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let talk = desk.talk(3).await;
    put_before_a_person(&desk, &talk, saying("It is on its way.")).await;
    let waits = Conversation { needs_approval: true, agent_state: AgentState::Drafted, ..talk };
    write(&desk.desk.db, async |tx| conversations::update(tx, &waits).await).await;
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/conversations/3?view=all").await;
    let namesake = Teammate { name: NAME.to_owned(), ..cast.noor.clone() };
    let answer = async |text: &str| {
        let id = cast.clock.new_id::<MessageId>();
        let sent =
            care::answer_with(&desk.desk.inbox(), row.id, &namesake, (id, text), text_alone(&Also::default())).await;
        let id = sent.unwrap();
        let shown = format!("return document.getElementById('timeline').textContent.includes('{text}')");
        until(&browser, text, &shown).await;
        id
    };
    let take_back = async |id: MessageId| {
        taken_back::cancel(&desk.desk.inbox(), id, &namesake).await.unwrap();
        let taken =
            format!("return document.querySelector('#message-{id} .delivery')?.textContent.includes('taken back')");
        until(&browser, "that it was taken back", &taken).await;
    };
    let first = answer("I look into it.").await;
    assert_eq!(browser.execute(&format!("return {NOTICES}"), Vec::new()).await.unwrap(), "", "nobody was writing");
    until(&browser, "no draft", &format!("return window.marked && !{DRAFT}")).await;
    take_back(first).await;
    until(&browser, "the draft, again", &format!("return window.marked && {DRAFT}")).await;

    let field = "#composer textarea";
    browser.find(Locator::Css(field)).await.unwrap().send_keys("It is on its way").await.unwrap();
    let told = format!("return window.marked && {NOTICES} === 'A reply was sent while you typed. Yours is kept.'");
    let mut sent = Vec::new();
    for text in ["It left yesterday.", "The parcel is with the carrier."] {
        sent.push(answer(text).await);
        until(&browser, "the notice, once", &told).await;
    }
    let kept = format!("return document.querySelector('{field}').value === 'It is on its way'");
    until(&browser, "the text", &kept).await;
    look(&browser, "overtaken").await;

    // It is said as long as one of them leaves.
    for (id, is_told) in sent.into_iter().zip([true, false]) {
        take_back(id).await;
        until(&browser, "what is left of the notice", &format!("return {is_told} === ({NOTICES} !== '')")).await;
    }
    until(&browser, "the text", &kept).await;
    let last = answer("It is at your door.").await;
    until(&browser, "the notice, again", &told).await;

    // What happens after it is said too.
    let goes = cast.open(&desk.desk.db, 4).await;
    let merged = merge::merge(&desk.desk.inbox(), (goes.id, row.id), false, &cast.sam).await.unwrap();
    merge::undo(&desk.desk.inbox(), merged.id, &cast.sam).await.unwrap();
    let both = format!(
        "return {NOTICES}.startsWith('A reply was sent while you typed. Yours is kept. Messages left this conversation')"
    );
    until(&browser, "both words", &both).await;
    take_back(last).await;
    let parted = format!("return {NOTICES}.startsWith('Messages left this conversation')");
    until(&browser, "the other one alone", &parted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_a_conversation_leaves_its_open_page_and_its_writer_is_asked() {
    const TOLD: &str = "document.getElementById('timeline').textContent";
    const FIELD: &str = "#composer textarea";
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let (stays, goes) = (cast.open(&desk.desk.db, 3).await, cast.open(&desk.desk.db, 4).await);
    put(&desk.desk.db, &[], &[cast.message(&stays, "The blue lamp"), cast.message(&goes, "The red chair")]).await;
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/conversations/3?view=all").await;
    let merged = merge::merge(&desk.desk.inbox(), (goes.id, stays.id), false, &cast.sam).await.unwrap();
    until(&browser, "both", &format!("return {TOLD}.includes('The red chair')")).await;
    browser.find(Locator::Css(FIELD)).await.unwrap().send_keys("It is on its way").await.unwrap();
    merge::undo(&desk.desk.inbox(), merged.id, &cast.sam).await.unwrap();
    let gone = format!(
        "return window.marked && !{TOLD}.includes('The red chair') && {TOLD}.includes('The blue lamp')
            && {TOLD}.includes('took the merge')"
    );
    until(&browser, "what is left", &gone).await;
    let warned = "return document.querySelector('#composer .overtaken')?.textContent.startsWith('Messages left')";
    until(&browser, "a word of it", warned).await;

    let press = "document.getElementById('composer').requestSubmit()";
    browser.execute(press, Vec::new()).await.unwrap();
    let asked = format!(
        "return document.getElementById('composer').matches('[data-refused]')
            && document.querySelector('{FIELD}').value === 'It is on its way'"
    );
    until(&browser, "the question", &asked).await;
    assert_eq!(browser.execute(&format!("return {TOLD}.includes('on its way')"), Vec::new()).await.unwrap(), false);
    look(&browser, "parted").await;
    browser.execute(press, Vec::new()).await.unwrap();
    until(&browser, "the reply", &format!("return {TOLD}.includes('It is on its way')")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_composer_goes_where_its_case_is_answered_now_with_what_is_typed() {
    const FIELD: &str = "document.querySelector('#composer textarea:not([hidden])')";
    const MOVED: &str = "document.querySelector('#composer > .moved')?.textContent ?? ''";
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let sms = cast.channel("sms", "Our number");
    write(&desk.desk.db, async |tx| channels::insert(tx, &new_channel(&sms)).await).await;
    let by_sms = NewMessage {
        channel_id: sms.id,
        sender_address: "+491512345678".into(),
        ..cast.message(&row, "Or write to my phone.")
    };
    put(&desk.desk.db, &[], &[by_sms]).await;
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/conversations/3?view=all").await;
    browser.find(Locator::Css("#composer textarea:not([hidden])")).await.unwrap().send_keys("It left").await.unwrap();

    for (channel, way) in [(&sms, "by SMS"), (&cast.mail, "by mail")] {
        routes::choose(&desk.desk.inbox(), row.id, channel.id, &cast.sam).await.unwrap();
        let there = format!(
            "return window.marked && document.querySelector('#composer input[name=channel]').value === '{}'
                && ({MOVED}).startsWith('This case is answered {way} now. Your text is kept.')
                && {FIELD}.getAttribute('aria-label').endsWith('{way}')",
            channel.id
        );
        until(&browser, way, &there).await;
        let goes_on = format!("return document.activeElement === {FIELD} && {FIELD}.value.startsWith('It left')");
        assert_eq!(browser.execute(&goes_on, Vec::new()).await.unwrap(), true, "{way}");
        browser.active_element().await.unwrap().send_keys(".").await.unwrap();
        look(&browser, "composer-moved").await;
    }
    until(&browser, "all of it", &format!("return {FIELD}.value === 'It left..'")).await;
    until(&browser, "it is kept", "return document.querySelector('[data-kept]').textContent === 'kept'").await;
    let once = "return document.querySelectorAll('#composer').length === 1
        && document.querySelectorAll('#composer textarea[data-keeps]').length === 2
        && document.querySelectorAll('#routes').length === 1";
    assert_eq!(browser.execute(once, Vec::new()).await.unwrap(), true);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_marketplace_must_not_hear_is_listed_as_soon_as_a_case_is_answered_there() {
    const LISTED: &str = "(document.querySelector('#context #untold details')?.textContent ?? '')";
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let market = cast.channel("mirakl", "A market");
    write(&desk.desk.db, async |tx| channels::insert(tx, &new_channel(&market)).await).await;
    let there = |text: &str| NewMessage {
        channel_id: market.id,
        sender_name: "S. K.".into(),
        sender_address: "buyer-7".into(),
        ..cast.message(&row, text)
    };
    put(&desk.desk.db, &[], &[there("Is it on its way?")]).await;
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/conversations/3?view=all").await;
    assert_eq!(browser.execute(&format!("return {LISTED}"), Vec::new()).await.unwrap(), "", "it is answered by mail");

    let inbox = desk.desk.inbox();
    routes::choose(&inbox, row.id, market.id, &cast.sam).await.unwrap();
    let listed = format!("return window.marked && {LISTED}.includes('sofie@example.com')");
    until(&browser, "the list", &listed).await;

    // What is said there is taken off, also where the list is open.
    browser.execute("document.querySelector('#untold summary').click()", Vec::new()).await.unwrap();
    let said = there("Or write to sofie@example.com.");
    let came = NewEvent {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        conversation_id: Some(row.id),
        kind: EventKind::MessageReceived,
        actor: "S. K.".into(),
        data: json!({ "message": said.id.to_string() }),
        at: NOW,
    };
    put(&desk.desk.db, &[], &[said]).await;
    write(&desk.desk.db, async |tx| intake::insert_events(tx, &[came]).await).await;
    let shorter = format!(
        "return window.marked && document.querySelector('#untold details').open
            && {LISTED}.includes('Sofie Keller') && !{LISTED}.includes('sofie@example.com')"
    );
    until(&browser, "what is left of it", &shorter).await;
    look(&browser, "untold-live").await;

    routes::choose(&inbox, row.id, cast.mail.id, &cast.sam).await.unwrap();
    until(&browser, "no list", "return window.marked && !document.getElementById('untold')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_joins_a_case_is_shown_where_it_is_answered_on_an_open_page() {
    const FIELD: &str = "document.querySelector('#composer textarea:not([hidden])')";
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { workers: false, may_leave_work: true, ..Wish::lively(Engine::Sqlite) };
    let desk = TestDesk::start(wish).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let market = cast.channel("mirakl", "A market");
    write(&desk.desk.db, async |tx| channels::insert(tx, &new_channel(&market)).await).await;
    let there = |text: &str| NewMessage {
        channel_id: market.id,
        sender_name: "S. K.".into(),
        sender_address: "buyer-7".into(),
        ..cast.message(&row, text)
    };
    put(&desk.desk.db, &[], &[there("Is it on its way?")]).await;
    routes::choose(&desk.desk.inbox(), row.id, market.id, &cast.sam).await.unwrap();
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/conversations/3?view=all").await;
    browser.find(Locator::Css("#composer textarea:not([hidden])")).await.unwrap().send_keys("It left").await.unwrap();
    let chosen = "return document.querySelectorAll('#composer [data-reads]').length";
    assert_eq!(browser.execute(chosen, Vec::new()).await.unwrap(), 0, "there is nobody else");

    let ole = NewContact {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        name: "Ole".into(),
        kind: "marketplace_operator".into(),
        value: "market/operator".into(),
        proved: true,
        created_at: NOW,
    };
    let asked = NewMessage {
        contact_id: Some(ole.id),
        sender_name: "Ole".into(),
        sender_address: "market/operator".into(),
        aside: true,
        ..there("Is she known to you?")
    };
    let came = NewEvent {
        id: cast.clock.new_id(),
        brand_id: cast.brand.id,
        conversation_id: Some(row.id),
        kind: EventKind::MessageReceived,
        actor: "Ole".into(),
        data: json!({ "message": asked.id.to_string() }),
        at: NOW,
    };
    write(&desk.desk.db, async |tx| {
        intake::insert_contacts(tx, &[ole]).await?;
        intake::insert_messages(tx, &[asked]).await?;
        intake::insert_events(tx, &[came]).await
    })
    .await;
    let shown = format!(
        "return window.marked && document.querySelectorAll('#composer [data-reads]').length === 2
            && document.querySelector('#composer > .moved').textContent.startsWith('Who takes part in this case has changed.')
            && {FIELD}.value === 'It left' && document.activeElement === {FIELD}"
    );
    until(&browser, "the choice", &shown).await;
    look(&browser, "operator-live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_conversation_stands_is_shown_on_every_open_page_of_it() {
    const HEAD: &str = "document.querySelector('#head .head-words').textContent";
    const ENDS: &str = "document.querySelector('#head form.wide-only [data-key=d]').textContent.trim()";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { workers: false, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let row = cast.open(&desk.desk.db, 3).await;
    let inbox = desk.desk.inbox();
    sign_in(&browser, &desk).await;
    open_marked(&browser, &desk, "/conversations/3?view=all").await;
    care::assign(&inbox, row.id, Some(cast.noor.id), &cast.sam).await.unwrap();
    let hers = "return window.marked
        && document.querySelector('[popovertarget=more]').ariaLabel.includes('Noor has it')";
    until(&browser, "whose it is", hers).await;

    // A menu that is open stays, and so does what is typed into it; the words beside it change.
    browser.execute("document.querySelector('[popovertarget=more]').click()", Vec::new()).await.unwrap();
    browser.find(Locator::Css("#tag")).await.unwrap().send_keys("vip").await.unwrap();
    care::resolve(&inbox, row.id, &cast.noor, None).await.unwrap();
    until(&browser, "that it is done", &format!("return window.marked && {HEAD}.includes('Resolved')")).await;
    let in_use = "return document.getElementById('more').matches(':popover-open')
        && document.activeElement.id === 'tag' && document.activeElement.value === 'vip'";
    assert_eq!(browser.execute(in_use, Vec::new()).await.unwrap(), true, "the menu is as it was");
    // Going through it asks for nothing.
    let listens = "window.asked = []; const ask = window.fetch;
        window.fetch = (...told) => { window.asked.push(String(told[0])); return ask(...told); }";
    browser.execute(listens, Vec::new()).await.unwrap();
    for _ in 0..3 {
        browser.active_element().await.unwrap().send_keys("\u{e004}").await.unwrap();
    }
    let inside = "return document.getElementById('more').contains(document.activeElement)
        && document.activeElement.id !== 'tag'";
    assert_eq!(browser.execute(inside, Vec::new()).await.unwrap(), true);
    // What was put off until now has come.
    browser.execute("setTimeout(() => { window.late = true })", Vec::new()).await.unwrap();
    until(&browser, "what was put off", "return window.late === true").await;
    let asked = "return window.asked.filter((address) => address.includes('/head')).length";
    assert_eq!(browser.execute(asked, Vec::new()).await.unwrap(), 0);
    // Then the rest follows.
    let done = "document.getElementById('more').hidePopover(); document.activeElement.blur()";
    browser.execute(done, Vec::new()).await.unwrap();
    until(&browser, "what can be done now", &format!("return window.marked && {ENDS}.startsWith('Open again')")).await;
    look(&browser, "head-live").await;
}
