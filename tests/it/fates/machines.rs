//! Where another program answers, no machine of the desk does.

use std::time::Duration;

use resolute::model::brand::AgentLevel;

use crate::support::desk::{Engine, Wish};
use crate::support::forms::{page, taken};
use crate::support::stand::Stand;

/// Time enough for the agent to wait for further words, and to answer.
async fn thinks(stand: &Stand) {
    for _ in 0..2 {
        stand.pass(Duration::from_mins(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_another_program_answers_nothing_is_said_by_machine_and_people_are_told() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &["messenger"]).await;
        let (line, meta, desk) = (stand.line(), stand.platforms.together.messenger(), &stand.desk);
        let standby = [meta.text("9000008", "m_elsewhere", "I want to speak to a lawyer.")];
        stand.push(&line.path, &meta.delivery(&meta.entries(&[("standby", &standby)]))).await;
        thinks(&stand).await;
        let number = desk.newest().await.number;
        assert!(stand.platforms.sent(line).is_empty(), "nothing leaves by itself");
        let timeline = desk.timeline(number).await;
        assert!(!timeline.contains("handed_off"), "{timeline}");
        let path = format!("/conversations/{number}?view=all");
        let told = "Another program answers here at the moment";
        assert!(page(&mut desk.browser().await, &path).await.contains(told));

        // A person asks for a draft all the same: it leaves by their word alone.
        taken(&mut desk.browser().await, &format!("/conversations/{number}/agent-runs"), &[]).await;
        thinks(&stand).await;
        assert!(stand.platforms.sent(line).is_empty(), "{}", desk.timeline(number).await);
        // It is given back: the next word is the agent's again.
        meta.wrote("9000008", desk.desk.clock.now().datetime());
        let back = meta.text("9000008", "m_back", "I want to speak to a lawyer!");
        stand.push(&line.path, &meta.delivery(&meta.request(&[back]))).await;
        thinks(&stand).await;
        assert_eq!(stand.platforms.sent(line).len(), 1, "{}", desk.timeline(number).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_line_too_no_machine_answers_beside_another_program() {
    for engine in Engine::all() {
        let wish = Wish { may_leave_work: true, agent_level: AgentLevel::Auto, ..Wish::exact(engine) };
        let stand = Stand::start(wish, &["line"]).await;
        let (line, platform, desk) = (stand.line(), stand.platforms.together.line(), &stand.desk);
        let person = format!("U{:032}", 7001);
        let writes = async |text: &str| {
            stand.pass(Duration::from_secs(10)).await;
            let event = platform.said(&person, &serde_json::json!({ "type": "text", "text": text }));
            stand.push(&line.path, &platform.delivery(&[event])).await;
            thinks(&stand).await;
        };
        platform.stand_by(true);
        writes("I want to speak to a lawyer.").await;
        let number = desk.newest().await.number;
        assert!(platform.sent().is_empty(), "{}", desk.timeline(number).await);
        let shown = page(&mut desk.browser().await, &format!("/conversations/{number}?view=all")).await;
        assert!(shown.contains("Another program answers here at the moment"), "{shown}");

        platform.stand_by(false);
        writes("I want to speak to a lawyer!").await;
        assert_eq!(platform.sent().len(), 1, "{}", desk.timeline(number).await);
    }
}
