//! An open page whose line to the desk is lost says so, and catches up when it is back.

use resolute::inbox::care;
use resolute::model::NoteId;
use resolute::store::sessions;

use crate::support::cast::Cast;
use crate::support::chromium::Browser;
use crate::support::desk::{Engine, TestDesk, Wish};
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
    care::add_note(&desk.desk.inbox(), row.id, &cast.noor, note).await.unwrap();
    let told = "document.getElementById('timeline').textContent.includes('While you were away')";
    assert_eq!(browser.execute(&format!("return {told}"), Vec::new()).await.unwrap(), false);

    wire.mend();
    until(&browser, "the line", &format!("return {LINE} === ''")).await;
    until(&browser, "what was missed", &format!("return {told}")).await;
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
