//! Places with little room, in a real browser: what stands in them stays within them.

use std::time::Duration;

use fantoccini::Locator;
use resolute::model::channel::ChannelState;
use resolute::model::conversation::{AgentState, Conversation};
use resolute::model::window::Window;
use resolute::store::intake::ConversationRow;
use resolute::store::{channels, conversations};
use serde_json::json;

use crate::support::cast::{Cast, new_channel, put};
use crate::support::chromium::{Browser, NARROW, WIDE};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::taken;
use crate::support::stand::{QUESTION, Stand};
use crate::support::stores::write;
use crate::support::visit::{look, sign_in, until};

/// What is wider than its box, or than the page.
const SIDEWAYS: &str = "
    const wide = (box) => box.scrollWidth > box.clientWidth + 1;
    return [document.documentElement, ...document.querySelectorAll('main, .card, .notice, .badge')].filter(wide)
        .map((box) => box.outerHTML.slice(0, 160))";
const WIDTHS: [u32; 5] = [1440, 1280, 1024, 768, 360];

/// What of a row is outside of its list, or cut off within it; the list too where it scrolls sideways.
const CUT: &str = "
    const list = document.querySelector('#rows').closest('.scroll');
    const edge = list.getBoundingClientRect();
    const cut = list.scrollWidth > list.clientWidth ? [`${list.scrollWidth} px in ${list.clientWidth}`] : [];
    for (const part of list.querySelectorAll('.row-state > :is(.badge, .clock)')) {
        const { left, right } = part.getBoundingClientRect();
        if (left < edge.left || right > edge.right || part.scrollWidth > part.clientWidth + 1) cut.push(part.textContent);
    }
    return cut";

async fn open(browser: &Browser, desk: &TestDesk, path: &str) {
    browser.goto(&format!("http://{}{path}", desk.address)).await.unwrap();
}

/// A conversation on WhatsApp that waits for a person, as long as its window says, about an order with a long number.
async fn waits(desk: &TestDesk, cast: &Cast, number: i64, window: Window) {
    let now = desk.desk.clock.now();
    let row = ConversationRow {
        channel_kind: "whatsapp".to_owned(),
        agent_state: AgentState::HandedOff,
        last_inbound_at: Some(now),
        last_message_at: now,
        window,
        ..cast.conversation(number)
    };
    put(&desk.desk.db, std::slice::from_ref(&row), &[cast.message(&row, "Where is my order?")]).await;
    let talk = Conversation {
        order_number: Some("303-1234567-7654321".to_owned()),
        intent: Some("damaged_or_wrong_item".to_owned()),
        ..desk.talk(number).await
    };
    write(&desk.desk.db, async |tx| conversations::update(tx, &talk).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_whose_time_is_short_is_no_wider_than_its_list() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { workers: false, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let now = desk.desk.clock.now();
    let ahead = |minutes: u64| Some(now.plus(Duration::from_mins(minutes)));
    let soon = Window { reply_until: ahead(119), ..Window::default() };
    let people = Window { reply_until: Some(now), people_until: ahead(9_000), ..Window::default() };
    let over = Window { reply_until: Some(now), ..Window::default() };
    for (number, window) in [(1, soon), (2, people), (3, over)] {
        waits(&desk, &cast, number, window).await;
    }
    sign_in(&browser, &desk).await;
    for width in WIDTHS {
        browser.resize((width, 780)).await;
        open(&browser, &desk, "/inbox?view=unassigned").await;
        until(&browser, "the rows", "return document.querySelectorAll('#rows .row-state .badge').length >= 3").await;
        assert_eq!(browser.execute(CUT, Vec::new()).await.unwrap(), json!([]), "at {width} px");
    }
    look(&browser, "short-windows").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_alarms_are_one_line_on_a_narrow_screen() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { workers: false, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let all = ["A shop", "B shop", "C shop", "Z shop"].map(|name| cast.channel("email", name));
    write(&desk.desk.db, async |tx| {
        for channel in &all {
            channels::insert(tx, &new_channel(channel)).await?;
            channels::set_state(tx, channel.id, ChannelState::NeedsAttention, "The password was refused.").await?;
        }
        Ok(())
    })
    .await;
    let row = ConversationRow { channel_id: all[3].id, ..cast.conversation(1) };
    let message = cast.message(&row, "Where is my order?");
    put(&desk.desk.db, std::slice::from_ref(&row), &[message]).await;
    sign_in(&browser, &desk).await;

    browser.resize(NARROW).await;
    open(&browser, &desk, "/conversations/1?view=all").await;
    let line = r"const [line] = document.querySelectorAll('#alarms summary');
        return [line.textContent.replace(/\s+/g, ' ').trim(), document.getElementById('alarms').offsetHeight < 80,
            [...document.querySelectorAll('#alarms a')].some((link) => link.checkVisibility())]";
    let folded = browser.execute(line, Vec::new()).await.unwrap();
    assert_eq!(
        folded,
        json!(["“Z shop” needs you. 3 more", true, false]),
        "that of the open conversation stands there"
    );
    browser.find(Locator::Css("#alarms summary")).await.unwrap().click().await.unwrap();
    let links = "return [...document.querySelectorAll('#alarms a')].filter((link) => link.checkVisibility())
        .map((link) => link.textContent)";
    let named =
        json!(["Connect “Z shop” again", "Connect “A shop” again", "Connect “B shop” again", "Look at all channels"]);
    assert_eq!(browser.execute(links, Vec::new()).await.unwrap(), named);

    browser.resize(WIDE).await;
    open(&browser, &desk, "/conversations/1?view=all").await;
    assert_eq!(browser.execute(links, Vec::new()).await.unwrap(), named, "a wide screen shows them unasked");
    let folds = "return document.querySelector('#alarms summary').checkVisibility()";
    assert_eq!(browser.execute(folds, Vec::new()).await.unwrap(), false);
    look(&browser, "several-alarms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_that_were_unfolded_stay_so_while_others_come_and_go() {
    const SHOWN: &str =
        "[...document.querySelectorAll('#alarms details a')].filter((link) => link.checkVisibility()).length";
    const AT: &str = "document.activeElement.textContent.replace(/\\s+/g, ' ').trim()";
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { workers: false, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    let all = ["A shop", "B shop", "C shop"].map(|name| cast.channel("email", name));
    write(&desk.desk.db, async |tx| {
        for channel in &all {
            channels::insert(tx, &new_channel(channel)).await?;
            channels::set_state(tx, channel.id, ChannelState::NeedsAttention, "The password was refused.").await?;
        }
        Ok(())
    })
    .await;
    sign_in(&browser, &desk).await;
    browser.resize(NARROW).await;
    open(&browser, &desk, "/settings").await;
    until(&browser, "the page", "return Boolean(window.desk?.tick) && !desk.justSwapped()").await;
    browser.find(Locator::Css("#alarms summary")).await.unwrap().click().await.unwrap();
    until(&browser, "all", &format!("return {SHOWN} === 3 && {AT} === '“A shop” needs you. 2 more'")).await;

    // Somebody else looks after the channels: where only one is left there is nothing to unfold.
    let mut admin = desk.browser().await;
    let pause = all.each_ref().map(|channel| format!("/channels/{}/pause", channel.id));
    taken(&mut admin, &pause[0], &[("back", "/channels")]).await;
    until(&browser, "the others", &format!("return {SHOWN} === 2 && {AT} === '“B shop” needs you. 1 more'")).await;
    taken(&mut admin, &pause[1], &[("back", "/channels")]).await;
    until(&browser, "the last one", &format!("return {AT} === 'Connect “C shop” again'")).await;
}

/// A word without a place to break it.
const LONG: &str = "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE_OF_THE_BUSINESS";

#[tokio::test(flavor = "multi_thread")]
async fn long_words_of_a_platform_stay_within_their_boxes() {
    let Some(browser) = Browser::start().await else { return };
    let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(Engine::Sqlite) }, &["whatsapp"]).await;
    let (desk, line) = (&stand.desk, stand.line());
    let number = stand.asks(line, 1, QUESTION).await;
    let channel = stand.channel(line).await.id;
    stand.platforms.together.whatsapp().put_template(json!({
        "name": LONG.to_lowercase(),
        "language": "en_US",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "Your order is late." }],
    }));
    write(&desk.desk.db, async |tx| channels::set_account_news(tx, channel, &format!("WhatsApp says {LONG}.")).await)
        .await;
    sign_in(&browser, desk).await;
    browser.resize(NARROW).await;
    for (path, words) in [
        (format!("/conversations/{number}/templates"), "which the desk cannot give"),
        (format!("/channels/{channel}"), LONG),
        ("/channels".to_owned(), LONG),
    ] {
        open(&browser, desk, &path).await;
        let said = format!("return document.querySelector('main').textContent.includes('{words}')");
        assert_eq!(browser.execute(&said, Vec::new()).await.unwrap(), true, "{path}");
        let found = browser.execute(SIDEWAYS, Vec::new()).await.unwrap();
        assert_eq!(found, json!([]), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_in_the_desk_is_named_in_a_sentence() {
    let Some(browser) = Browser::start().await else { return };
    let desk = TestDesk::start(Wish { workers: false, ..Wish::lively(Engine::Sqlite) }).await;
    let cast = Cast::stored(&desk.desk.db).await;
    waits(&desk, &cast, 1, Window::default()).await;
    sign_in(&browser, &desk).await;
    open(&browser, &desk, "/conversations/1?view=all").await;
    let heading = "document.querySelector('.context .empty h2')";
    until(&browser, "the panel", &format!("return {heading}?.textContent.includes('is not in the desk') ?? false"))
        .await;
    // Words flow where the heading is one block: its parts begin on the same line, or where one was full.
    let flows = format!("return getComputedStyle({heading}).display");
    assert_eq!(browser.execute(&flows, Vec::new()).await.unwrap(), "block");
}
