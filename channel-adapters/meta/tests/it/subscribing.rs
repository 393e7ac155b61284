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
        assert!(!told.lets_messages_come(), "{door:?}: {words}");
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
        assert!(told.lets_messages_come(), "{door:?}: {words}");
        for word in [missing, "message_reactions", "standby"] {
            assert!(words.contains(word), "{door:?}: {word}: {words}");
        }
        assert!(!words.contains(public) && !words.contains("messaging_postbacks"), "{door:?}: {words}");

        assert_eq!(stage.channel.begin("").await, Ok(()), "{door:?}");
        assert_eq!(stage.channel.check().await, Ok(()), "{door:?}");
        let subscribed = stage.meta().subscribed();
        for (word, is_there) in [(of_others, true), (public, false)] {
            assert_eq!(subscribed.iter().any(|known| known == word), is_there, "{door:?}: {word}: {subscribed:?}");
        }
    }
}

#[tokio::test]
async fn public_comments_are_asked_for_where_a_person_has_switched_them_on() {
    for (door, public) in [(Door::Page, &["feed"][..]), (Door::Instagram, &["comments", "live_comments"][..])] {
        let stage = Stage::start(door, 5).await;
        let number = || stage.meta().subscribed().iter().filter(|word| public.contains(&word.as_str())).count();
        stage.meta().subscribe(false);
        assert_eq!(stage.channel.begin("").await, Ok(()), "{door:?}");
        assert_eq!((stage.channel.check().await, number()), (Ok(()), 0), "{door:?}");

        let with_them = stage.over(MetaSettings { public_comments: true, ..stage.settings.clone() });
        let words = with_them.check().await.unwrap_err().to_string();
        assert!(public.iter().all(|word| words.contains(word)), "{door:?}: {words}");
        assert_eq!((with_them.begin("").await, with_them.check().await), (Ok(()), Ok(())), "{door:?}");
        assert_eq!(number(), public.len(), "{door:?}");

        assert_eq!((stage.channel.begin("").await, stage.channel.check().await), (Ok(()), Ok(())), "{door:?}");
        assert_eq!(number(), public.len(), "{door:?}: what is told stays");
    }
}

#[tokio::test]
async fn what_meta_does_not_tell_an_app_keeps_nothing_else_away() {
    let stage = Stage::start(Door::Page, 5).await;
    stage.meta().subscribe(false);
    stage.meta().withhold("message_template_status_update");
    assert_eq!(stage.channel.begin("").await, Ok(()));
    assert_eq!(stage.channel.check().await, Ok(()), "not every account has templates");
    let mut others = stage.meta().subscribed();

    stage.meta().subscribe(false);
    stage.meta().withhold("standby");
    let refused = stage.channel.begin("").await.unwrap_err();
    others.retain(|word| word != "standby");
    assert_eq!(stage.meta().subscribed(), others);
    assert!(refused.lets_messages_come() && refused.to_string().contains("(200)"), "Meta's own reason: {refused}");
    for told in [refused, stage.channel.check().await.unwrap_err()] {
        let words = told.to_string();
        assert!(words.contains("standby") && words.contains("subscribed_fields"), "{words}");
    }

    let named = ["message_edits", "message_echoes"].map(str::to_owned).to_vec();
    let own = stage.over(MetaSettings { subscribed_fields: named, ..stage.settings.clone() });
    stage.meta().subscribe(false);
    assert_eq!((own.begin("").await, own.check().await), (Ok(()), Ok(())), "a person knows better");
    assert_eq!(stage.meta().subscribed(), ["messages", "message_edits", "message_echoes"]);

    stage.meta().subscribe(false);
    stage.meta().withhold("messages");
    let refused = stage.channel.begin("").await.unwrap_err();
    assert!(refused.lets_replies_leave() && !refused.lets_messages_come(), "{refused}");
    assert!(refused.to_string().contains("(200)"), "{refused}");
}
