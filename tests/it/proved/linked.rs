//! An account that two apps are connected to tells each event twice, under the ids that the customer has for each.

use std::time::Duration;

use platform_doubles::meta::Meta;
use serde_json::Value;

use crate::mail_path::answer;
use crate::support::desk::{Engine, Wish};
use crate::support::stand::Stand;

/// Both deliveries of a message, the one for an app that only stands by second.
fn deliveries(platform: &Meta, customers: [&str; 2], mid: &str, text: &str) -> [Value; 2] {
    let [here, there] = customers.map(|customer| platform.text(customer, mid, text));
    [platform.request(&[here]), platform.entries(&[("standby", &[there])])]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_apps_tell_of_one_account_is_there_once() {
    for engine in Engine::all() {
        for name in ["instagram", "messenger"] {
            // The apps may name the customer otherwise, and either may be first.
            for customers in [["9000001", "9000001"], ["9000001", "9777777"], ["9777777", "9000001"]] {
                let stand = Stand::start(Wish { may_leave_work: true, ..Wish::exact(engine) }, &[name]).await;
                let (desk, line, together) = (&stand.desk, stand.line(), &stand.platforms.together);
                let platform = if name == "messenger" { together.messenger() } else { together.instagram() };
                for (at, mid) in ["m_1", "m_2"].into_iter().enumerate() {
                    stand.pass(Duration::from_secs(10)).await;
                    for customer in customers {
                        platform.wrote(customer, platform.now());
                    }
                    let mut told = deliveries(platform, customers, mid, &format!("Hello {at}"));
                    if at == 1 {
                        told.reverse();
                    }
                    for body in told {
                        stand.push(&line.path, &platform.delivery(&body)).await;
                        desk.drain().await;
                    }
                }
                assert_eq!(desk.api_get("/api/v1/conversations/count").await["count"], 1, "{name}: {customers:?}");
                let number = desk.newest().await.number;
                let shown = desk.api_get(&format!("/api/v1/conversations/{number}")).await;
                let said: Vec<&str> =
                    shown["messages"].as_array().unwrap().iter().filter_map(|said| said["body"].as_str()).collect();
                assert_eq!(said, ["Hello 0", "Hello 1"], "{name}: {customers:?}");
                answer(desk, number, "It left today.").await;
                stand.pass(Duration::from_mins(1)).await;
                assert_eq!(stand.platforms.sent(line), ["It left today."], "{name}: {customers:?}");
            }
        }
    }
}
