//! What Meta pushes of an account to the desk's app, and that it does once the account is connected.

use channel_contract::MessageChannel as _;
use channel_meta::MetaSettings;
use platform_doubles::meta::Door;

use crate::stage::Stage;

#[tokio::test]
async fn messages_that_are_not_pushed_are_once_the_account_is_connected() {
    for door in [Door::Page, Door::BehindPage, Door::Instagram] {
        let stage = Stage::start(door, 5).await;
        stage.meta().subscribe(false);
        let told = stage.channel.check().await.unwrap_err();
        let words = told.to_string();
        assert!(told.lets_replies_leave() && words.contains("Connect the account again"), "{door:?}: {words}");
        assert_eq!(stage.channel.begin("").await, Ok(()), "{door:?}");
        assert_eq!(stage.channel.check().await, Ok(()), "{door:?}");
    }
}

#[tokio::test]
async fn a_check_names_what_is_not_told_and_connecting_again_mends_it() {
    for (door, missing, of_others, public) in
        [(Door::Page, "message_edits", "leadgen", "feed"), (Door::Instagram, "message_edit", "mentions", "comments")]
    {
        let stage = Stage::start(door, 5).await;
        stage.meta().subscribe_to(&["messages", "messaging_postbacks", of_others]);
        let told = stage.channel.check().await.unwrap_err();
        let words = told.to_string();
        assert!(told.lets_replies_leave() && words.contains("Messages come"), "{door:?}: {words}");
        for word in [missing, "message_reactions", "standby"] {
            assert!(words.contains(word), "{door:?}: {word}: {words}");
        }
        assert!(!words.contains(public) && !words.contains("messaging_postbacks"), "{door:?}: {words}");

        assert_eq!(stage.channel.begin("").await, Ok(()), "{door:?}");
        assert_eq!(stage.channel.check().await, Ok(()), "{door:?}");
        let subscribed = stage.meta().subscribed();
        for word in [of_others, public] {
            assert!(subscribed.iter().any(|known| known == word), "{door:?}: {word}: {subscribed:?}");
        }
    }
}

#[tokio::test]
async fn what_meta_does_not_tell_an_app_keeps_nothing_else_away() {
    let stage = Stage::start(Door::Page, 5).await;
    stage.meta().subscribe(false);
    stage.meta().withhold("feed");
    assert_eq!(stage.channel.begin("").await, Ok(()));
    assert_eq!(stage.channel.check().await, Ok(()), "not every access may see what is public");

    stage.meta().subscribe(false);
    stage.meta().withhold("standby");
    assert_eq!(stage.channel.begin("").await, Ok(()));
    assert_eq!(stage.meta().subscribed(), ["messages"]);
    let words = stage.channel.check().await.unwrap_err().to_string();
    assert!(words.contains("standby"), "{words}");

    let named = ["message_edits", "message_echoes"].map(str::to_owned).to_vec();
    let own = stage.over(MetaSettings { subscribed_fields: named, ..stage.settings.clone() });
    assert_eq!((own.begin("").await, own.check().await), (Ok(()), Ok(())), "a person knows better");
    assert_eq!(stage.meta().subscribed(), ["messages", "message_edits", "message_echoes"]);
}
