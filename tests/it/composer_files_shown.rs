//! Files as people see them in a real browser: chips in the composer, pictures in the timeline and in the mail's frame.
//!
//! With `RESOLUTE_SCREENS` naming a folder, pictures of the page are saved there.

use fantoccini::Locator;
use fantoccini::key::Key;

use crate::composer_files::PHOTO;
use crate::support::chromium::{Browser, NARROW, WIDE};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::smtp::SmtpDouble;
use crate::support::visit::{look, sign_in, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_file_is_a_chip_at_once_and_a_picture_after_sending() {
    let Some(browser) = Browser::start().await else { return };
    let smtp = SmtpDouble::start().await;
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite).with_smtp(smtp.port)).await;
    let number = crate::composer_files::received_by(&desk).await;
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("Buckle & strap.png");
    std::fs::write(&photo, PHOTO).unwrap();
    let list = folder.path().join("Packing list with a rather long name for a chip.pdf");
    std::fs::write(&list, b"%PDF-1.4").unwrap();

    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/conversations/{number}?view=all", desk.address)).await.unwrap();
    let loaded = "const all = [...document.querySelectorAll('.picture img')]; return all.length > 0 && all.every((one) => one.naturalWidth > 0)";
    until(&browser, "her photo", loaded).await;
    browser.find(Locator::Css("#composer textarea")).await.unwrap().send_keys("This buckle fits").await.unwrap();
    let input = browser.find(Locator::Css("#composer [data-attach]")).await.unwrap();
    input.send_keys(&format!("{}\n{}", photo.display(), list.display())).await.unwrap();
    until(
        &browser,
        "the chips",
        "return document.querySelectorAll('.composer-files li').length === 2 && !document.querySelector('.under-way')",
    )
    .await;
    seen(&browser, "files-composer").await;

    // Another visit finds text and files again.
    until(&browser, "the kept text", "return document.querySelector('[data-kept]').textContent === 'kept'").await;
    browser.refresh().await.unwrap();
    until(&browser, "the page", "return document.querySelectorAll('.composer-files li').length === 2").await;
    browser.find(Locator::Css("#composer textarea")).await.unwrap().click().await.unwrap();
    browser.find(Locator::Css("[aria-label^='Remove Packing']")).await.unwrap().click().await.unwrap();
    until(&browser, "one chip", "return document.querySelectorAll('.composer-files li').length === 1").await;
    let paste = "const moved = new DataTransfer(); moved.items.add(new File([new Uint8Array([0xff,0xd8,0xff,0xe0])], 'image.png', { type: 'image/png' }));
        document.querySelector('#composer textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: moved, bubbles: true, cancelable: true })); return true";
    browser.execute(paste, Vec::new()).await.unwrap();
    until(
        &browser,
        "the pasted chip",
        "return document.querySelectorAll('.composer-files li').length === 2 && !document.querySelector('.under-way')",
    )
    .await;
    browser.find(Locator::Css("[aria-label^='Remove image']")).await.unwrap().click().await.unwrap();
    until(&browser, "one chip again", "return document.querySelectorAll('.composer-files li').length === 1").await;
    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    let [sent] = smtp.wait_for(1).await.try_into().unwrap();
    let mail = channel_email::parse(sent.raw.as_bytes());
    assert_eq!((mail.attachments.len(), &mail.attachments[0].content[..]), (1, PHOTO));
    assert!(mail.text.starts_with("This buckle fits"), "{}", mail.text);
    until(&browser, "our photo", "return document.querySelectorAll('.message.ours .picture img').length === 1 && !document.querySelector('.composer-files li')").await;
    until(&browser, "both photos", loaded).await;
    seen(&browser, "files-timeline").await;
    browser.check_console().await;

    // The mail's own picture shows in its frame, which has neither cookie nor script.
    let frame = browser.find(Locator::Css(".as-sent iframe")).await.unwrap().attr("src").await.unwrap().unwrap();
    browser.goto(&format!("http://{}{frame}", desk.address)).await.unwrap();
    until(&browser, "the picture in the mail", "return document.images[0].naturalWidth > 0").await;
    assert_eq!(browser.execute("return document.images[1].naturalWidth", Vec::new()).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_attached_keeps_only_its_own_conversation_from_being_answered() {
    let Some(browser) = Browser::start().await else { return };
    let smtp = SmtpDouble::start().await;
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite).with_smtp(smtp.port)).await;
    let first = crate::composer_files::received_by(&desk).await;
    let other = "From: Bob <bob@b.example>\r\nTo: help@fjord.example\r\nSubject: Lamp\r\nMessage-ID: <b1@b.example>\r\n\r\n\
                 Is it dimmable?\r\n";
    assert_eq!(desk.post_mail(other.as_bytes()).await.status, 200);
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("buckle.png");
    std::fs::write(&photo, PHOTO).unwrap();

    sign_in(&browser, &desk).await;
    browser.goto(&format!("http://{}/conversations/{first}?view=all", desk.address)).await.unwrap();
    until(&browser, "both rows", "return document.querySelectorAll('[id^=row-] a.row').length === 2").await;
    // The line is slow: what is uploaded stays on its way until it is let go.
    let slow = "const send = XMLHttpRequest.prototype.send;
        XMLHttpRequest.prototype.send = function (body) {
            this.addEventListener('loadend', () => { window.landed = true; });
            window.letGo = () => send.call(this, body);
        };
        return true";
    browser.execute(slow, Vec::new()).await.unwrap();
    let input = browser.find(Locator::Css("#composer [data-attach]")).await.unwrap();
    input.send_keys(&photo.display().to_string()).await.unwrap();
    until(&browser, "what is under way", "return Boolean(window.letGo && document.querySelector('.under-way'))").await;
    browser.find(Locator::Css("#composer textarea")).await.unwrap().send_keys("This buckle fits").await.unwrap();
    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    let waits = "return document.body.textContent.includes('A file is still being attached.')";
    until(&browser, "that it waits for its file", waits).await;

    let row = format!("[id^=row-]:not(#row-{first}) a.row");
    browser.find(Locator::Css(&row)).await.unwrap().click().await.unwrap();
    let there = format!(
        "const open = document.querySelector('#composer'); return Boolean(open) && open.dataset.number !== '{first}'"
    );
    until(&browser, "the other conversation", &there).await;
    browser.find(Locator::Css("#composer textarea")).await.unwrap().send_keys("Yes, it is.").await.unwrap();
    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    let [sent] = smtp.wait_for(1).await.try_into().unwrap();
    assert!(sent.raw.contains("Yes, it is."), "{}", sent.raw);

    browser.execute("window.letGo(); return true", Vec::new()).await.unwrap();
    until(&browser, "the file", "return window.landed === true").await;
    browser.find(Locator::Css(&format!("#row-{first} a.row"))).await.unwrap().click().await.unwrap();
    let chip = format!(
        "return document.querySelectorAll('#composer[data-number=\"{first}\"] .composer-files li').length === 1"
    );
    until(&browser, "its chip", &chip).await;
    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    let [_, sent] = smtp.wait_for(2).await.try_into().unwrap();
    assert!(sent.raw.contains("This buckle fits") && sent.raw.contains("buckle.png"), "{}", sent.raw);
    browser.check_console().await;
}

/// Which picture is open over the page, and where it stands among those of its message.
async fn opened(browser: &Browser, name: &str, place: &str) {
    let script = format!(
        "const shown = document.getElementById('picture');
         const image = shown.querySelector('img');
         return shown.open && image.naturalWidth > 0 && image.alt === '{name}'
             && shown.querySelector('[data-picture-place]').textContent === '{place}'"
    );
    until(browser, name, &script).await;
}

async fn press(browser: &Browser, key: Key) {
    browser.active_element().await.unwrap().send_keys(&String::from(char::from(key))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_opens_large_and_the_arrows_lead_to_the_next_of_its_message() {
    let Some(browser) = Browser::start().await else { return };
    let smtp = SmtpDouble::start().await;
    let desk = TestDesk::start(Wish::lively(Engine::Sqlite).with_smtp(smtp.port)).await;
    let number = crate::composer_files::received_by(&desk).await;
    let folder = tempfile::tempdir().unwrap();
    let photos = ["one.png", "two.png"].map(|name| folder.path().join(name));
    for photo in &photos {
        std::fs::write(photo, PHOTO).unwrap();
    }
    let there = format!("http://{}/conversations/{number}?view=all", desk.address);
    sign_in(&browser, &desk).await;
    browser.goto(&there).await.unwrap();
    let input = browser.find(Locator::Css("#composer [data-attach]")).await.unwrap();
    input.send_keys(&format!("{}\n{}", photos[0].display(), photos[1].display())).await.unwrap();
    let small = "const all = [...document.querySelectorAll('.composer-files .thumb')];
        return all.length === 2 && all.every((one) => one.complete && one.naturalWidth > 0 && one.alt !== '')";
    until(&browser, "both small pictures", small).await;
    browser.find(Locator::Css("#composer textarea")).await.unwrap().send_keys("Both of them").await.unwrap();
    browser.find(Locator::Css("#composer [data-send]")).await.unwrap().click().await.unwrap();
    smtp.wait_for(1).await;
    let both = "return document.querySelectorAll('.message.ours .picture img').length === 2 && !desk.justSwapped()";
    until(&browser, "both pictures", both).await;

    browser.find(Locator::Css(".message.ours .picture")).await.unwrap().click().await.unwrap();
    opened(&browser, "one.png", "1 of 2").await;
    seen(&browser, "picture-large").await;
    press(&browser, Key::Right).await;
    opened(&browser, "two.png", "2 of 2").await;
    press(&browser, Key::Right).await;
    opened(&browser, "one.png", "1 of 2").await;
    press(&browser, Key::Left).await;
    opened(&browser, "two.png", "2 of 2").await;
    press(&browser, Key::Escape).await;
    let back = "return !document.getElementById('picture').open
        && document.activeElement === document.querySelector('.message.ours .picture')";
    until(&browser, "the picture that was opened", back).await;

    // Hers is the only one of its message.
    browser.find(Locator::Css(".message:not(.ours) .picture")).await.unwrap().click().await.unwrap();
    opened(&browser, "buckle.png", "").await;
    press(&browser, Key::Right).await;
    opened(&browser, "buckle.png", "").await;
    press(&browser, Key::Escape).await;
    browser.check_console().await;

    browser.set_script(false).await;
    browser.goto(&there).await.unwrap();
    let link = browser.find(Locator::Css(".message.ours .picture")).await.unwrap();
    assert_eq!(link.attr("target").await.unwrap().as_deref(), Some("_blank"));
    let address = link.attr("href").await.unwrap().unwrap();
    browser.set_script(true).await;
    browser.goto(&format!("http://{}{address}", desk.address)).await.unwrap();
    until(&browser, "the picture alone", "return document.images[0].naturalWidth > 0").await;
}

async fn seen(browser: &Browser, name: &str) {
    look(browser, name).await;
    for size in [NARROW, WIDE] {
        browser.resize(size).await;
        let wide =
            browser.execute("return document.documentElement.scrollWidth > innerWidth", Vec::new()).await.unwrap();
        assert_eq!(wide, false, "{name} scrolls sideways at {size:?}");
    }
}
