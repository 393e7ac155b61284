//! Whether the account tells the app what happens, and that it does once the number is connected.

use channel_contract::MessageChannel as _;
use platform_doubles::Fault;
use platform_doubles::whatsapp::error;

use crate::account::Number;

/// How often the desk asked the account to tell the app.
fn subscriptions(number: &Number) -> usize {
    let is_one = |method: &str, path: &str| method == "POST" && path.ends_with("/subscribed_apps");
    number.double.calls().iter().filter(|call| is_one(&call.method, &call.path)).count()
}

#[tokio::test]
async fn an_account_that_tells_the_app_nothing_does_once_it_is_connected() {
    let number = Number::start(5).await;
    assert_eq!((number.channel.begin("").await, subscriptions(&number)), (Ok(()), 0), "it does already");

    number.platform().subscribe(false);
    let refusal = Fault::Answer(error(403, 200, "(#200) You do not have the permission for this"));
    number.double.misbehave("POST", "/subscribed_apps", refusal, 1);
    assert_eq!(number.channel.begin("").await, Ok(()), "the check says what is missing");
    let told = number.channel.check().await.unwrap_err();
    assert!(told.lets_replies_leave(), "{told}");
    for words in ["Connect the number again", "whatsapp_business_management"] {
        assert!(told.to_string().contains(words), "{words}: {told}");
    }

    assert_eq!(number.channel.begin("").await, Ok(()));
    assert_eq!((number.channel.check().await, subscriptions(&number)), (Ok(()), 1));
}
