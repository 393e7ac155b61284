//! Accounts that are connected by their page, by those who may.

use std::time::Duration;

use channel_contract::channel::Cursor;
use futures_util::future::join_all;
use platform_doubles::Double;
use platform_doubles::amazon::{Amazon, CLIENT_ID as AMAZON_ID, queue};
use platform_doubles::ebay::{Ebay, REFRESH_TOKEN, SELLER};
use platform_doubles::line::{BASIC_ID, Line, Trial};
use platform_doubles::meta::Door;
use platform_doubles::mirakl::{Mirakl, Who};
use platform_doubles::telegram::Telegram;
use platform_doubles::twilio::Twilio;
use platform_doubles::whatsapp::{Account, Customer, Whatsapp};
use resolute::channels::guide_of;
use resolute::inbox::connecting;
use resolute::model::ChannelId;
use resolute::model::channel::{Channel, ChannelState};
use resolute::model::teammate::Role;
use resolute::store::channels::{self, NewChannel, Reconnection};
use resolute::store::messages;
use serde_json::json;

use super::{
    Fields, NUMBER, TOKEN, all, ebay, fields, instagram, line, messenger, meta, mirakl, of_kind, post, telegram,
    twilio, whatsapp, with, with_bot,
};
use crate::brands::NORD;
use crate::support::desk::{Engine, MONDAY, TestDesk, Wish};
use crate::support::forms::{page, send, taken};
use crate::support::http::Answer;
use crate::support::stores::{number_of, write};

/// Tries a form with a wrong secret, with one field less, and as it is: what is wrong stands at its field, and only the last
/// one is kept.
async fn connects(desk: &TestDesk, form: &Fields, key: &'static str, needed: &'static str) -> Channel {
    let kind = form.iter().find(|(name, _)| *name == "kind").map(|(_, kind)| kind.clone()).unwrap();
    let before = all(desk).await.len();
    let shown = page(&mut desk.browser().await, &format!("/channels/new?kind={kind}")).await;
    assert!(form.iter().all(|(name, _)| *name == "kind" || shown.contains(&format!("name=\"{name}\""))), "{shown}");

    let missing = post(desk, "/channels", &form.iter().filter(|(name, _)| *name != needed).cloned().collect()).await;
    assert_eq!(missing.status, 422, "{kind}");
    assert!(missing.text().contains(&format!("id=\"{needed}-error\"")), "{kind}: {}", missing.text());

    let wrong = post(desk, "/channels", &with(form, key, "wrong-secret")).await;
    let words = wrong.text();
    assert_eq!(wrong.status, 422, "{kind}: {words}");
    assert!(words.contains("Nothing was saved") && words.contains(&format!("id=\"{key}-error\"")), "{kind}: {words}");
    assert!(!words.contains("wrong-secret"), "{kind}: a secret never comes back");

    let tried = post(desk, "/channels", &with(form, "check", "1")).await;
    assert!(tried.text().contains("The account works."), "{kind}: {}", tried.text());
    assert_eq!(all(desk).await.len(), before, "{kind}: a test keeps nothing");

    let kept = post(desk, "/channels", form).await;
    assert_eq!(kept.status, 303, "{kind}: {}", kept.text());
    let twice = post(desk, "/channels", form).await;
    assert!(twice.status == 422 && twice.text().contains("connected already"), "{kind}: {}", twice.text());
    let rows = all(desk).await;
    assert_eq!(rows.len(), before + 1, "{kind}");
    let stored = if kind == "twilio" { "sms" } else { &kind };
    rows.into_iter().find(|row| row.kind == stored).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_platform_is_connected_by_its_page() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;

        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let number = connects(&desk, &whatsapp(&double.url()), "access_token", "phone_number_id").await;
        assert_eq!((number.state, number.address.as_str()), (ChannelState::Connected, "800001"));

        let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
        let bot = connects(&desk, &telegram(&double.url()), "token", "bot").await;
        let address = format!("http://{}/webhooks/telegram/{}", desk.address, bot.id);
        assert_eq!(double.platform.webhook().0, address, "the desk told Telegram where it is");
        assert_eq!((bot.state, bot.name.as_str()), (ChannelState::Connected, "The bot"));

        let double = Double::start(Line::new("line-access", "channel-secret")).await.unwrap();
        let account = connects(&desk, &line(&double.url()), "access_token", "channel_secret").await;
        assert_eq!((account.state, account.address.as_str()), (ChannelState::Connected, BASIC_ID));
        let address = format!("http://{}/webhooks/line/{}", desk.address, account.id);
        assert_eq!(double.platform.webhook(), address, "the desk told LINE where it is");

        let double = Double::start(meta(Door::Page, "page-access")).await.unwrap();
        assert_eq!(connects(&desk, &messenger(&double.url()), "access_token", "page_id").await.address, "1001");
        let double = Double::start(meta(Door::Instagram, "account-access")).await.unwrap();
        connects(&desk, &instagram(&double.url()), "access_token", "instagram_id").await;

        let double = Double::start(Mirakl::new("shop-key", MONDAY.datetime())).await.unwrap();
        connects(&desk, &mirakl(&double.url()), "api_key", "api_url").await;

        let double = Double::start(Ebay::default()).await.unwrap();
        double.platform.set_now(MONDAY.datetime());
        assert_eq!(connects(&desk, &ebay(&double.url()), "access.refresh_token", "usernames").await.address, SELLER);

        let double =
            Double::start(Twilio::new("AC00aa", "auth-secret", NUMBER, "https://elsewhere.example")).await.unwrap();
        let number = connects(&desk, &twilio(&double.url()), "provider.auth_token", "number").await;
        assert_eq!(number.state, ChannelState::NeedsAttention, "its messages still go elsewhere");
        let address = format!("http://{}/webhooks/sms/{}", desk.address, number.id);
        let mut browser = desk.browser().await;
        assert!(
            page(&mut browser, &format!("/channels/{}", number.id)).await.contains(&address),
            "it is shown to copy"
        );
        double.platform.set_hook(&address);
        taken(&mut browser, &format!("/channels/{}/checks", number.id), &[("back", "/channels")]).await;
        assert_eq!(of_kind(&desk, "sms").await.state, ChannelState::Connected);

        let listed = page(&mut browser, "/channels").await;
        for secret in
            ["the-access-token", TOKEN, "auth-secret", "line-access", "page-access", "shop-key", REFRESH_TOKEN]
        {
            assert!(all(&desk).await.iter().all(|row| !row.settings.0.to_string().contains(secret)), "{secret}");
            assert!(!listed.contains(secret), "{secret}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_line_cannot_call_is_kept_and_says_what_to_do() {
    for engine in Engine::all() {
        let double = Double::start(Line::new("line-access", "channel-secret")).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        double.platform.end_trials(Trial::Refused(401));
        assert_eq!(post(&desk, "/channels", &line(&double.url())).await.status, 303);
        let kept = of_kind(&desk, "line").await;
        assert_eq!(kept.state, ChannelState::NeedsAttention);
        assert!(kept.state_reason.contains("Copy the secret"), "{}", kept.state_reason);

        // What LINE sends for a trial is taken where the secret is right.
        let path = format!("/webhooks/line/{}", kept.id);
        for (secret, status) in [("another-secret", 401), ("channel-secret", 200)] {
            let trial = Line::new("line-access", secret).delivery(&[]);
            let answer = desk.client().post_with(&path, &trial.headers, &trial.body).await.unwrap();
            assert_eq!(answer.status, status, "{}", answer.text());
        }
        double.platform.end_trials(Trial::Works);
        let checked = format!("/channels/{}/checks", kept.id);
        taken(&mut desk.browser().await, &checked, &[("back", "/channels")]).await;
        assert_eq!(of_kind(&desk, "line").await.state, ChannelState::Connected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_of_amazons_says_which_side_does_not_work() {
    let amazon = Double::start(Amazon::default()).await.unwrap();
    let desk = TestDesk::start(Wish::exact(Engine::Sqlite)).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut form = fields(&[
        ("kind", "amazon"),
        ("address", "amazon@fjord.example"),
        ("imap.host", "127.0.0.1"),
        ("imap.port", &closed),
        ("imap.tls", "plain"),
        ("imap.auth.kind", "password"),
        ("imap.auth.password", "word"),
        ("smtp.host", "127.0.0.1"),
        ("smtp.port", &closed),
        ("smtp.tls", "plain"),
        ("smtp.auth.kind", "none"),
        ("spapi.client_id", AMAZON_ID),
        ("spapi.api_url", &amazon.url()),
    ]);
    let refused = post(&desk, "/channels", &form).await;
    let words = refused.text();
    assert!(refused.status == 422 && words.contains(&format!("from 127.0.0.1:{closed} failed")), "{words}");
    assert!(words.contains("value=\"amazon@fjord.example\""), "what was typed stands below");
    assert_eq!(
        words.matches("Not at all, only on this machine").count(),
        1,
        "nobody fetches without signing in: {words}"
    );
    for (name, value) in &mut form {
        if *name == "imap.auth.kind" {
            "none".clone_into(value);
        }
    }
    let refused = post(&desk, "/channels", &form).await;
    assert!(refused.status == 422 && refused.text().contains("Choose one of these."), "{}", refused.text());
    assert_eq!(all(&desk).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_several_connect_at_once_is_one_channel() {
    for engine in Engine::all() {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let form = whatsapp(&double.url());
        let answers = join_all((0..6).map(|_| post(&desk, "/channels", &form))).await;
        let (kept, refused): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 303);
        assert_eq!(kept.len(), 1);
        for answer in refused {
            let words = answer.text();
            assert!(answer.status == 422 && words.contains("connected already, as “WhatsApp”"), "{words}");
        }
        let id = of_kind(&desk, "whatsapp").await.id;

        let double =
            Double::start(Whatsapp::new(Account { phone_number_id: "800002".to_owned(), ..Account::default() }));
        let double = double.await.unwrap();
        let other = with(&whatsapp(&double.url()), "phone_number_id", "800002");
        let path = format!("/channels/{id}");
        let (moved, added) = tokio::join!(post(&desk, &path, &other), post(&desk, "/channels", &other));
        assert!((moved.status == 303) != (added.status == 303), "{} {}", moved.text(), added.text());
        let rows = all(&desk).await;
        let named = rows.iter().filter(|row| row.setting("phone_number_id") == "800002");
        assert_eq!(named.count(), 1, "nor does a channel that changes its account take another’s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_one_channel_however_it_is_named() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let shop = Double::start(Ebay::default()).await.unwrap();
        shop.platform.set_now(MONDAY.datetime());
        let market = Double::start(Mirakl::new("shop-key", MONDAY.datetime())).await.unwrap();
        let (seller, seller_there) = (ebay(&shop.url()), mirakl(&market.url()));
        for form in [&seller, &seller_there] {
            assert_eq!(post(&desk, "/channels", form).await.status, 303);
        }
        let names = format!("another-name, {}", SELLER.to_uppercase());
        for (form, name) in [
            (with(&seller, "marketplace", "EBAY_GB"), "eBay"),
            (with(&seller, "usernames", &names), "eBay"),
            (with(&seller_there, "api_url", &format!("{}/api/", market.url())), "A marketplace on Mirakl"),
            (fields(&[("kind", "amazon"), ("address", " Help@Fjord.example")]), "Help"),
        ] {
            let refused = post(&desk, "/channels", &form).await;
            let words = refused.text();
            let said = format!("connected already, as “{name}”");
            assert!(refused.status == 422 && words.contains(&said), "{name}: {words}");
        }

        let first = of_kind(&desk, "ebay").await;
        let second = NewChannel {
            id: desk.desk.clock.new_id(),
            brand_id: first.brand_id,
            kind: first.kind.clone(),
            name: "eBay from before".to_owned(),
            address: first.address.clone(),
            settings: first.settings.0.clone(),
            secrets: Vec::new(),
            webhook_secret: "from-before".to_owned(),
            created_at: desk.desk.clock.now(),
        };
        write(&desk.desk.db, async |tx| channels::insert(tx, &second).await).await;
        let saved = post(&desk, &format!("/channels/{}", first.id), &seller).await;
        assert_eq!(saved.status, 303, "where two stand so already, one can be saved: {}", saved.text());
    }
}

/// What a look at an account brings that polling keeps, in number.
async fn looks(desk: &TestDesk, id: ChannelId) -> usize {
    let connection = desk.desk.connections.get(id).await.unwrap();
    let cursor = channels::cursor(&desk.desk.db, id).await.unwrap().map(Cursor);
    let polled = connection.adapter.poll(cursor.as_ref()).await.unwrap();
    assert!(polled.trouble.is_none(), "{:?}", polled.trouble);
    let found = polled.items.len();
    desk.desk.intake.record(id, polled.items, Some(connection.stopped_at(polled.cursor))).await.unwrap();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_is_read_from_its_own_beginning_and_the_same_one_goes_on() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let day = Duration::from_hours(24);
        let wrong = Double::start(Mirakl::new("shop-key", MONDAY.datetime())).await.unwrap();
        let right = Double::start(Mirakl::new("shop-key", MONDAY.datetime() - day)).await.unwrap();
        // Ids are unique over all shops of an operator, as the doubles by themselves are not: this one counts on.
        assert_eq!(right.platform.says("nowhere", Who::Customer, "", &[]), "");
        for shop in [&wrong, &right] {
            let thread = shop.platform.open("order-1", ("customer-1", "Ana"));
            shop.platform.says(&thread, Who::Customer, "Where is it?", &[]);
        }
        right.platform.advance(day);

        let form = mirakl(&wrong.url());
        assert_eq!(post(&desk, "/channels", &form).await.status, 303);
        let id = of_kind(&desk, "mirakl").await.id;
        assert_eq!(looks(&desk, id).await, 1);
        let before = desk.desk.connections.get(id).await.unwrap();
        let place = channels::cursor(&desk.desk.db, id).await.unwrap();
        let path = format!("/channels/{id}");
        let copied = with(&form, "api_url", &format!("{}/api/", wrong.url()));
        assert_eq!(post(&desk, &path, &copied).await.status, 303);
        assert_eq!(channels::cursor(&desk.desk.db, id).await.unwrap(), place, "it is the same shop");

        assert_eq!(post(&desk, &path, &with(&form, "api_url", &right.url())).await.status, 303);
        let thread = wrong.platform.open("order-2", ("customer-2", "Ole"));
        wrong.platform.says(&thread, Who::Customer, "Is it warm?", &[]);
        let late = before.adapter.poll(None).await.unwrap();
        assert_eq!(late.items.len(), 2);
        desk.desk.intake.record(id, late.items, Some(before.stopped_at(late.cursor))).await.unwrap();
        let stored = async || number_of(&desk.desk.db, "select count(*) from raw_events").await;
        assert_eq!(stored().await, 1, "what was read of the shop before is not kept under this one");
        assert_eq!(looks(&desk, id).await, 1, "what was written there yesterday");
        assert_eq!(stored().await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_news_that_another_channel_reads_is_refused() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let first = NewChannel {
            id: desk.desk.clock.new_id(),
            brand_id: desk.setup.brand,
            kind: "amazon".to_owned(),
            name: "Amazon in Germany".to_owned(),
            address: "de@fjord.example".to_owned(),
            settings: json!({ "address": "de@fjord.example", "spapi": { "queue": { "arn": queue::ARN } } }),
            secrets: Vec::new(),
            webhook_secret: "first".to_owned(),
            created_at: desk.desk.clock.now(),
        };
        write(&desk.desk.db, async |tx| channels::insert(tx, &first).await).await;
        let another = format!("{}-2", queue::ARN);
        for (arn, is_taken) in [(queue::ARN, true), (another.as_str(), false)] {
            let form = fields(&[("kind", "amazon"), ("address", "uk@fjord.example"), ("spapi.queue.arn", arn)]);
            let refused = post(&desk, "/channels", &form).await;
            let words = refused.text();
            assert_eq!(refused.status, 422, "what else is needed is missing: {words}");
            assert_eq!(words.contains("“Amazon in Germany” has this already"), is_taken, "{arn}: {words}");
        }
        assert_eq!(all(&desk).await.len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_works_does_not_give_way_to_one_that_the_platform_does_not_know() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let number = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let page_double = Double::start(meta(Door::Page, "page-access")).await.unwrap();
        let sms =
            Double::start(Twilio::new("AC00aa", "auth-secret", NUMBER, "https://elsewhere.example")).await.unwrap();
        for (kind, form, account, unknown) in [
            ("whatsapp", whatsapp(&number.url()), "phone_number_id", "12"),
            ("messenger", messenger(&page_double.url()), "page_id", "77"),
            ("sms", twilio(&sms.url()), "number", "abc"),
        ] {
            assert_eq!(post(&desk, "/channels", &form).await.status, 303, "{kind}");
            let id = of_kind(&desk, kind).await.id;
            let path = format!("/channels/{id}");
            if kind == "sms" {
                sms.platform.set_hook(&format!("http://{}/webhooks/sms/{id}", desk.address));
                let checks = format!("{path}/checks");
                taken(&mut desk.browser().await, &checks, &[("back", "/channels")]).await;
            }
            let before = of_kind(&desk, kind).await;
            assert_eq!(before.state, ChannelState::Connected, "{kind}");

            let refused = post(&desk, &path, &with(&form, account, unknown)).await;
            let words = refused.text();
            assert_eq!(refused.status, 422, "{kind}: {words}");
            assert!(words.contains("The channel stays as it was"), "{kind}: {words}");
            assert!(words.contains(&format!("id=\"{account}-error\"")), "{kind}: {words}");
            let after = of_kind(&desk, kind).await;
            assert_eq!((after.state, &after.address), (before.state, &before.address), "{kind}");
            assert_eq!(after.setting(account), before.setting(account), "{kind}");
            assert_eq!(post(&desk, &path, &form).await.status, 303, "{kind}: the same account is saved");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_connect_and_a_brand_has_its_own_channels() {
    for engine in Engine::all() {
        let double = Double::start(Telegram::new(TOKEN, "word")).await.unwrap();
        let desk = TestDesk::start(Wish::exact(engine)).await;
        let (id, _) = with_bot(&desk, &double).await;
        let manager = desk.joined("Noor", Role::Manager).await;
        let mut browser = desk.browser_of(manager).await;
        for path in ["/channels/new".to_owned(), "/channels/new?kind=telegram".to_owned(), format!("/channels/{id}")] {
            assert_eq!(browser.get(&path).await.unwrap().status, 403, "{path}");
        }
        let form: Vec<(&str, &str)> = vec![("kind", "telegram"), ("bot", "@other"), ("token", TOKEN)];
        for path in [
            "/channels".to_owned(),
            format!("/channels/{id}"),
            format!("/channels/{id}/extra-settings"),
            format!("/channels/{id}/news/deletion"),
            format!("/channels/{id}/former-secret/deletion"),
            format!("/channels/{id}/test-messages"),
        ] {
            assert_eq!(send(&mut browser, &path, &form).await.status, 403, "{path}");
        }
        let mut admin = desk.browser().await;
        taken(&mut admin, "/brands", &NORD).await;
        let second = Double::start(Telegram::new("9:other", "word").named("nord_bot")).await.unwrap();
        let form = with(&with(&telegram(&second.url()), "token", "9:other"), "bot", "@nord_bot");
        let form = with(&with(&form, "brand", "nord-garden"), "name", "Nord bot");
        assert_eq!(post(&desk, "/channels", &form).await.status, 303);
        assert!(!page(&mut admin, "/channels?brand=fjord").await.contains("Nord bot"));
        assert!(page(&mut admin, "/channels?brand=nord-garden").await.contains("Nord bot"));
    }
}

/// Another process names the account of the number: this one has heard nothing of it yet.
async fn names_the_account_elsewhere(desk: &TestDesk) {
    let connections = &desk.desk.connections;
    let before = of_kind(desk, "whatsapp").await;
    let mut after = before.clone();
    after.settings.0["account_id"] = json!("700001");
    let secrets = connections.secrets(before.id).await.unwrap();
    let new = Reconnection {
        name: &after.name,
        address: &after.address,
        settings: &after.settings.0,
        secrets: connections.seal(before.id, &secrets).unwrap(),
        at: desk.desk.clock.now(),
    };
    let guide = guide_of(&before).unwrap();
    write(&desk.desk.db, async |tx| {
        channels::reconnect(tx, before.id, new).await?;
        connecting::keep_names(connections, tx, guide, (&before, &after), &[]).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_on_a_number_stays_who_they_are_once_its_account_is_named() {
    for (engine, is_elsewhere) in Engine::all().into_iter().flat_map(|engine| [(engine, false), (engine, true)]) {
        let double = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let whole = whatsapp(&double.url());
        let alone: Fields = whole.iter().filter(|(name, _)| *name != "account_id").cloned().collect();
        assert_eq!(post(&desk, "/channels", &alone).await.status, 303);
        let id = of_kind(&desk, "whatsapp").await.id;
        let customer = Customer {
            phone: "4915112345678".to_owned(),
            user_id: "DE.77812".to_owned(),
            name: "Ana".to_owned(),
            shows_phone: false,
        };
        double.platform.join(customer.clone());
        let writes = async |message: &str| {
            let content = json!({ "type": "text", "text": { "body": "Where is it?" } });
            let said = double.platform.said(&customer, message, &content);
            let pushed = double.platform.signed(double.platform.envelope(&[said]));
            let path = format!("/webhooks/whatsapp/{id}");
            let answer = desk.client().post_with(&path, &pushed.headers, &pushed.body).await.unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text());
            desk.drain().await;
            desk.newest().await
        };
        let first = writes("wamid.1").await;
        if is_elsewhere {
            names_the_account_elsewhere(&desk).await;
        } else {
            assert_eq!(post(&desk, &format!("/channels/{id}"), &whole).await.status, 303);
        }
        let talk = writes("wamid.2").await;
        assert_eq!(talk.number, first.number);
        let said = messages::list(&desk.desk.db, talk.id, 9).await.unwrap();
        let people: Vec<_> = said.iter().map(|message| message.contact_id).collect();
        assert_eq!(people, [Some(first.contact_id); 2], "there is one customer");
    }
}
