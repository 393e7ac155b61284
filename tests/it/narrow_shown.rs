//! Places with little room, in a real browser: what stands in them stays within them.

use std::time::Duration;

use resolute::model::conversation::{AgentState, Conversation};
use resolute::model::window::Window;
use resolute::store::conversations;
use resolute::store::intake::ConversationRow;
use serde_json::json;

use crate::support::cast::{Cast, put};
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::stores::write;
use crate::support::visit::{look, sign_in, until};

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
