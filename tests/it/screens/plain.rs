//! A working day without script, on a narrow screen: what the main forms send is done.

use fantoccini::Locator;
use resolute::clock::Clock;
use resolute::model::conversation::ConversationStatus;
use resolute::model::teammate::Role;

use crate::mail_path::{receive, sofies_mail};
use crate::support::chromium::{Browser, NARROW};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::visit::{sign_in, until};

struct Plain<'a> {
    browser: &'a Browser,
    desk: &'a TestDesk,
}

impl Plain<'_> {
    async fn open(&self, path: &str) {
        self.browser.goto(&format!("http://{}{path}", self.desk.address)).await.unwrap();
    }

    async fn write(&self, selector: &str, text: &str) {
        let field = self.browser.find(Locator::Css(selector)).await;
        field.unwrap_or_else(|error| panic!("{selector}: {error}")).send_keys(text).await.unwrap();
    }

    async fn press(&self, selector: &str) {
        let button = self.browser.find(Locator::Css(selector)).await;
        let button = button.unwrap_or_else(|error| panic!("{selector}: {error}"));
        button.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Waits until something on the page says this.
    async fn says(&self, selector: &str, words: &str) {
        let script = format!(
            "return [...document.querySelectorAll(\"{selector}\")].some((one) =>
                [one.value, one.ariaLabel, one.textContent].join(' ').includes('{words}'))"
        );
        until(self.browser, &format!("{selector}: “{words}”"), &script).await;
    }

    /// Waits until the page has this where it can be seen.
    async fn shows(&self, selector: &str) {
        let script =
            format!("return [...document.querySelectorAll(\"{selector}\")].some((one) => one.checkVisibility())");
        until(self.browser, selector, &script).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_forms_are_sent_on_a_narrow_screen_without_script() {
    let Some(browser) = Browser::start().await else { return };
    let wish = Wish { clock: Clock::system(), may_leave_work: true, ..Wish::exact(Engine::Sqlite) };
    let desk = TestDesk::start(wish.with_smtp(9)).await;
    let number = receive(&desk, &sofies_mail()).await;
    desk.joined("Noor", Role::Teammate).await;
    browser.set_script(false).await;
    browser.resize(NARROW).await;
    sign_in(&browser, &desk).await;
    let plain = Plain { browser: &browser, desk: &desk };
    answer(&plain, number).await;
    care(&plain, number).await;
    set_up(&plain).await;
}

async fn answer(plain: &Plain<'_>, number: i64) {
    plain.open("/search").await;
    plain.write("main [name=q]", "parcel").await;
    plain.press("main .button.main").await;
    plain.says(".found", "Sofie").await;
    plain.press(".found a.row").await;
    plain.shows(&format!("#conversation[data-number='{number}']")).await;
    plain.open(&format!("/conversations/{number}?view=all&compose=note")).await;
    plain.write("#composer textarea:enabled", "Ask Tom first").await;
    plain.press("#composer [data-send]").await;
    plain.says("#timeline .note", "Ask Tom first").await;
    plain.open(&format!("/conversations/{number}?view=all&compose=reply")).await;
    plain.write("#composer textarea:enabled", "It is on its way.").await;
    plain.press("#composer [data-send]").await;
    plain.says("#timeline .ours", "It is on its way.").await;
}

async fn care(plain: &Plain<'_>, number: i64) {
    let here = format!("/conversations/{number}?view=all");
    plain.open(&here).await;
    plain.press("#head [popovertarget=more]").await;
    plain.write("#tag", "vip").await;
    plain.press("#more form[action$='/tags'] p .button").await;
    plain.says("#head .badge", "vip").await;

    plain.press("#head [popovertarget=more]").await;
    plain.browser.find(Locator::Id("assignee")).await.unwrap().select_by_label("Noor").await.unwrap();
    plain.press("#more form[action$='/assignment'] p .button").await;
    plain.says("#head [popovertarget=more]", "Noor has it").await;

    plain.press("#head [popovertarget=more]").await;
    plain.press("#more [popovertarget=snooze]").await;
    plain.press("#snooze .button").await;
    plain.says("#timeline", "put it to sleep").await;
    assert_eq!(plain.desk.talk(number).await.status, ConversationStatus::Snoozed);
    plain.press("#head [popovertarget=more]").await;
    plain.press("#more form[action$='/snooze/deletion'] .button").await;
    plain.says("#timeline", "opened it again").await;
    assert_eq!(plain.desk.talk(number).await.status, ConversationStatus::Open);

    plain.open(&here).await;
    plain.press("#head [popovertarget=more]").await;
    plain.press("#more form[action$='/resolution'] .button").await;
    plain.says("#timeline", "resolved it").await;
    plain.press("#head [popovertarget=more]").await;
    plain.shows("#more form[action$='/resolution/deletion'] .button").await;
    plain.open("/inbox?view=all").await;
    assert_eq!(plain.desk.talk(number).await.status, ConversationStatus::Resolved);
    plain.press("#rows .pick").await;
    plain.press(".bulk [popovertarget=bulk-more]").await;
    plain.press("#bulk-more [value=reopen]").await;
    plain.says(".bulk-result", "1 conversation").await;
    assert_eq!(plain.desk.talk(number).await.status, ConversationStatus::Open);
}

async fn set_up(plain: &Plain<'_>) {
    plain.open("/macros/new").await;
    plain.write("#name", "Late parcel").await;
    plain.write("#text_en", "We look for it.").await;
    plain.press("main .button.main").await;
    plain.says("main table", "Late parcel").await;

    plain.open("/account").await;
    plain.write("#name", " of Oslo").await;
    plain.press("main form[action='/account'] .button.main").await;
    plain.shows(".said .notice").await;
    plain.says("#name", "of Oslo").await;

    plain.open("/voices").await;
    plain.write("#sign_off", " from all of us").await;
    plain.press("#controls p .button").await;
    plain.shows("[popovertarget=publish]").await;
    plain.press("[popovertarget=publish]").await;
    plain.write("#summary", "From all of us").await;
    plain.press("#publish .button.main").await;
    plain.says(".versions", "From all of us").await;
}
