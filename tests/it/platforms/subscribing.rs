//! Accounts that tell the app nothing: connecting them makes them tell it.

use platform_doubles::Double;
use platform_doubles::meta::Door;
use platform_doubles::whatsapp::{Account, Whatsapp};
use resolute::model::channel::ChannelState;

use super::{messenger, meta, of_kind, post, whatsapp};
use crate::support::desk::{Engine, TestDesk, Wish};
use crate::support::forms::taken;

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_tells_the_app_nothing_does_once_it_is_connected() {
    for engine in Engine::all() {
        let desk = TestDesk::start(Wish { may_leave_work: true, ..Wish::exact(engine) }).await;
        let number = Double::start(Whatsapp::new(Account::default())).await.unwrap();
        let of_page = Double::start(meta(Door::Page, "page-access")).await.unwrap();
        let silence = || {
            number.platform.subscribe(false);
            of_page.platform.subscribe(false);
        };
        for (kind, form) in [("whatsapp", whatsapp(&number.url())), ("messenger", messenger(&of_page.url()))] {
            silence();
            assert_eq!(post(&desk, "/channels", &form).await.status, 303, "{kind}");
            let channel = of_kind(&desk, kind).await;
            assert_eq!(channel.state, ChannelState::Connected, "{kind}: {}", channel.state_reason);

            silence();
            let path = format!("/channels/{}", channel.id);
            taken(&mut desk.browser().await, &format!("{path}/checks"), &[("back", "/channels")]).await;
            let deaf = of_kind(&desk, kind).await;
            assert_eq!(deaf.state, ChannelState::NeedsAttention, "{kind}");
            assert!(deaf.state_reason.contains("again, and the desk subscribes"), "{kind}: {}", deaf.state_reason);
            assert_eq!(post(&desk, &path, &form).await.status, 303, "{kind}");
            assert_eq!(of_kind(&desk, kind).await.state, ChannelState::Connected, "{kind}");
        }
    }
}
