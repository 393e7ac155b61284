use super::*;
use crate::support::openai::{KEY, OpenAi, Reply};
use resolute::llm::{LlmError, Usage};

#[tokio::test]
async fn a_result_is_asked_for_by_schema_and_customer_text_stays_in_the_users_turn() {
    let server = OpenAi::start([Reply::json(&good())]).await;
    let completion = server.llm().complete_structured::<Answer>(&request(), &schema()).await.unwrap();
    assert_eq!(completion.value, answer());
    assert_eq!((completion.usage, completion.turns), (Usage { prompt_tokens: 100, completion_tokens: 20 }, 1));

    let [sent] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(sent.authorization, format!("Bearer {KEY}"));
    assert_eq!(sent.body["model"], "test-model");
    assert_eq!(sent.body["temperature"], 0.2);
    assert_eq!(sent.body["max_tokens"], 4096);
    let format = &sent.body["response_format"];
    assert_eq!((&format["type"], &format["json_schema"]["strict"]), (&json!("json_schema"), &json!(true)));
    assert_eq!(format["json_schema"]["schema"], schema());
    assert!(!sent.said_by("system").contains("gaiters"));
    let user = sent.said_by("user");
    assert!(user.contains("| My gaiters broke"), "{user}");
    assert_eq!(user.matches("\n</data>").count(), 1, "{user}");
}

#[tokio::test]
async fn a_server_without_schemas_is_told_in_words_and_remembered() {
    let server = OpenAi::smart(|body| match body["response_format"]["type"].as_str() {
        Some("json_schema") => Reply::does_not_know("response_format.json_schema"),
        _ => Reply::json(&good()),
    })
    .await;
    let llm = server.llm();
    for _ in 0..2 {
        let completion = llm.complete_structured::<Answer>(&request(), &schema()).await.unwrap();
        assert_eq!(completion.value, answer());
    }
    let formats: Vec<_> = server.requests().iter().map(|sent| sent.body["response_format"]["type"].clone()).collect();
    assert_eq!(formats, ["json_schema", "json_object", "json_object"]);
    let system = server.requests()[1].said_by("system");
    assert!(system.contains("where_is_my_order") && system.contains("JSON"), "{system}");
}

#[tokio::test]
async fn a_server_without_any_format_is_read_for_the_first_object() {
    let server = OpenAi::smart(|body| match body.get("response_format") {
        Some(_) => Reply::does_not_know("response_format"),
        None => Reply::text(format!("Of course!\n```json\n{}\n```\nAnything else?", good())),
    })
    .await;
    let completion = server.llm().complete_structured::<Answer>(&request(), &schema()).await.unwrap();
    assert_eq!(completion.value, answer());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn newer_models_get_the_fields_that_they_take() {
    let server = OpenAi::smart(|body| match () {
        () if body.get("max_tokens").is_some() => Reply::does_not_know("max_tokens"),
        () if body.get("temperature").is_some() => Reply::does_not_know("temperature"),
        () => Reply::json(&good()),
    })
    .await;
    server.llm().complete_structured::<Answer>(&request(), &schema()).await.unwrap();
    let last = server.requests().pop().unwrap().body;
    assert_eq!(last["max_completion_tokens"], 4096);
    assert_eq!(last["response_format"]["type"], "json_schema");
}

#[tokio::test]
async fn an_invented_word_is_repaired_once_with_the_reason() {
    let server = OpenAi::start([Reply::json(&json!({"intent": "steal", "order": null})), Reply::json(&good())]).await;
    let completion = server.llm().complete_structured::<Answer>(&request(), &schema()).await.unwrap();
    assert_eq!(completion.value, answer());
    assert_eq!((completion.usage.prompt_tokens, completion.turns), (200, 2));
    let second = server.requests().pop().unwrap();
    assert!(second.said_by("user").contains("unknown variant `steal`"));
    assert!(second.said_by("assistant").contains("steal"));
}

#[tokio::test]
async fn nonsense_twice_is_nonsense() {
    let wrong = [
        Reply::json(&json!({"intent": "refund", "order": 7})),
        Reply::text("I would rather talk about the weather."),
        Reply::text(""),
        Reply::NoChoices,
        Reply::text(r#"{"intent": "refund", "order": "FJ-"#),
    ];
    for reply in wrong {
        let server = OpenAi::start([reply.clone(), reply.clone(), Reply::json(&good())]).await;
        let error = server.llm().complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
        assert!(matches!(error, LlmError::Nonsense { .. }), "{reply:?}: {error:?}");
        assert_eq!(server.left(), 1, "asked twice, not more: {reply:?}");
    }
}

#[tokio::test]
async fn a_model_that_declines_or_is_cut_is_not_asked_again() {
    let server = OpenAi::start([Reply::Declines, Reply::Cut(good().to_string())]).await;
    let llm = server.llm();
    let error = llm.complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
    assert_eq!(error, LlmError::Nonsense { reason: "it declined to answer" });
    let error = llm.complete_structured::<Answer>(&request(), &schema()).await.unwrap_err();
    assert_eq!(error, LlmError::TooLong);
    assert_eq!(server.requests().len(), 2);
}
