//! The commands over the fixtures, and over the public files where they lie beside the repository.

use std::io::Write as _;
use std::path::PathBuf;

use super::*;

fn fixtures() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/retail"))
}

fn file(rows: &[Value]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for row in rows {
        writeln!(file, "{row}").unwrap();
    }
    file
}

fn call(name: &str, arguments: &Value) -> Value {
    json!({ "name": name, "arguments": arguments })
}

fn cancel(order: &str, reason: &str) -> Value {
    call("cancel_pending_order", &json!({ "order_id": order, "reason": reason }))
}

fn modify(order: &str, old: &[&str], new: &[&str], method: &str) -> Value {
    let arguments = json!({ "order_id": order, "item_ids": old, "new_item_ids": new, "payment_method_id": method });
    call("modify_pending_order_items", &arguments)
}

fn exchange(order: &str, old: &[&str], new: &[&str], method: &str) -> Value {
    let arguments = json!({ "order_id": order, "item_ids": old, "new_item_ids": new, "payment_method_id": method });
    call("exchange_delivered_order_items", &arguments)
}

fn give_back(order: &str, items: &[&str], method: &str) -> Value {
    let arguments = json!({ "order_id": order, "item_ids": items, "payment_method_id": method });
    call("return_delivered_order_items", &arguments)
}

fn pay(order: &str, method: &str) -> Value {
    call("modify_pending_order_payment", &json!({ "order_id": order, "payment_method_id": method }))
}

fn send_to(key: &str, id: &str) -> Value {
    let name = if key == "user_id" { "modify_user_address" } else { "modify_pending_order_address" };
    let arguments = json!({
        key: id, "address1": "1 Test Street", "address2": "", "city": "Austin", "state": "TX", "country": "USA", "zip": "78701",
    });
    call(name, &arguments)
}

#[tokio::test]
async fn calls_change_the_records_or_leave_them_alone() {
    let task = |actions: Vec<Value>| json!({ "task_id": "a", "actions": actions });
    let tasks = file(&[task(vec![
        call("find_user_id_by_email", &json!({ "email": "LENA.HART@post.example" })),
        call("find_user_id_by_name_zip", &json!({ "first_name": "lena", "last_name": "hart", "zip": "97201" })),
        call("find_user_id_by_name_zip", &json!({ "first_name": "lena", "last_name": "hart", "zip": "97202" })),
        call("get_order_details", &json!({ "order_id": "#A10001" })),
        call("get_product_details", &json!({ "product_id": "50101" })),
        call("calculate", &json!({ "expression": "80.0 + 15" })),
        call("transfer_to_human_agents", &json!({ "summary": "x" })),
        send_to("order_id", "#A10001"),
        modify("#A10001", &["50201"], &["50202"], "credit_card_71"),
        cancel("#A10001", "no longer needed"),
        send_to("user_id", "ines_moor_1003"),
        call("make_coffee", &json!({})),
    ])]);
    let results = replay(&fixtures(), tasks.path()).await.unwrap();
    let steps: Vec<bool> = results[0]["steps"].as_array().unwrap().iter().map(|step| step["ok"] == true).collect();
    assert_eq!(steps, [true, true, false, true, false, true, true, true, true, false, true, false]);
    let order = &results[0]["final_state"]["orders"]["#A10001"];
    assert_eq!((&order["status"], &order["items"][1]["item_id"]), (&json!("pending (item modified)"), &json!("50202")));
    assert_eq!(order["payment_history"][1]["amount"], json!(4.99));
    assert_eq!(order["address"]["city"], json!("Austin"));
    assert_eq!(results[0]["final_state"]["users"]["ines_moor_1003"]["address"]["zip"], json!("78701"));
}

#[tokio::test]
async fn what_must_be_refused_is_refused_for_its_reason() {
    let lena = "lena_hart_1001";
    let changed = || vec![modify("#A10001", &["50201"], &["50202"], "credit_card_71")];
    let returned = || vec![give_back("#A10002", &["50301"], "credit_card_71")];
    let paid = || vec![pay("#A10001", "paypal_72")];
    let none = Vec::new;
    let rows: Vec<(Vec<Value>, Value, &str)> = vec![
        (none(), cancel("#A99999", "no longer needed"), "order_not_found"),
        (none(), cancel("#A10005", "no longer needed"), "not_owner"),
        (none(), send_to("user_id", "milo_reed_1002"), "not_owner"),
        (none(), call("get_order_details", &json!({ "order_id": "#A10005" })), "not_owner"),
        (none(), call("get_user_details", &json!({ "user_id": "milo_reed_1002" })), "not_owner"),
        (none(), cancel("#A10002", "no longer needed"), "order_not_pending"),
        (none(), cancel("#A10003", "no longer needed"), "order_not_pending"),
        (none(), cancel("#A10006", "no longer needed"), "order_not_pending"),
        (none(), cancel("#A10001", "too slow"), "invalid_cancel_reason"),
        (none(), send_to("order_id", "#A10003"), "order_not_pending"),
        (changed(), send_to("order_id", "#A10001"), "already_modified"),
        (changed(), cancel("#A10001", "no longer needed"), "already_modified"),
        (changed(), modify("#A10001", &["50101"], &["50102"], "paypal_72"), "already_modified"),
        (none(), modify("#A10002", &["50301"], &["50302"], "paypal_72"), "order_not_pending"),
        (none(), modify("#A10001", &["50101"], &["50101"], "paypal_72"), "same_item"),
        (none(), modify("#A10001", &["50101"], &["50202"], "paypal_72"), "different_product"),
        (none(), modify("#A10001", &["50101"], &["50104"], "paypal_72"), "variant_unavailable"),
        (none(), modify("#A10001", &["50101"], &["50102", "50102"], "paypal_72"), "count_mismatch"),
        (none(), modify("#A10001", &["50301"], &["50302"], "paypal_72"), "item_not_in_order"),
        (none(), modify("#A10001", &["50201"], &["50202"], "gift_card_73"), "insufficient_gift_card"),
        (none(), modify("#A10001", &["50201"], &["50202"], "gift_card_81"), "payment_method_not_found"),
        (none(), exchange("#A10001", &["50201"], &["50202"], "paypal_72"), "order_not_delivered"),
        (none(), exchange("#A10002", &["50301"], &["50301"], "paypal_72"), "same_item"),
        (returned(), exchange("#A10002", &["50301"], &["50302"], "paypal_72"), "already_requested"),
        (returned(), give_back("#A10002", &["50202"], "credit_card_71"), "already_requested"),
        (none(), give_back("#A10002", &["50301", "50301"], "credit_card_71"), "item_not_in_order"),
        (none(), give_back("#A10002", &["50301"], "paypal_72"), "refund_target_not_allowed"),
        (none(), give_back("#A10002", &["50301"], "paypal_91"), "payment_method_not_found"),
        (none(), give_back("#A10001", &["50101"], "credit_card_71"), "order_not_delivered"),
        (none(), pay("#A10001", "credit_card_71"), "same_payment_method"),
        (none(), pay("#A10001", "gift_card_73"), "insufficient_gift_card"),
        (paid(), pay("#A10001", "credit_card_71"), "payment_already_changed"),
    ];
    let case = |(place, (setup, call, _)): (usize, &(Vec<Value>, Value, &str))| {
        let session = json!({ "authenticated_user_id": lena, "user_confirmed": true });
        json!({ "id": place.to_string(), "session": session, "setup": setup, "call": call })
    };
    let cases: Vec<Value> = rows.iter().enumerate().map(case).collect();
    let results = violations(&fixtures(), file(&cases).path()).await.unwrap();
    for ((_, call, code), result) in rows.iter().zip(&results) {
        assert_eq!((result["reason_code"].as_str(), &result["allowed"]), (Some(*code), &json!(false)), "{call}");
        assert_eq!(result["state_changed"], json!(false), "{call}");
    }
    assert_eq!(results.len(), rows.len());
}

#[tokio::test]
async fn nothing_is_done_for_nobody_or_without_a_yes_and_all_else_is() {
    let case = |user: Value, confirmed: bool, call: &Value| {
        let session = json!({ "authenticated_user_id": user, "user_confirmed": confirmed });
        json!({ "id": "a", "session": session, "setup": [], "call": call })
    };
    let lena = || json!("lena_hart_1001");
    let call = cancel("#A10001", "no longer needed");
    let read = self::call("get_order_details", &json!({ "order_id": "#A10001" }));
    let cases = file(&[
        case(Value::Null, true, &call),
        case(lena(), false, &call),
        case(lena(), false, &read),
        case(lena(), true, &call),
        case(lena(), true, &send_to("user_id", "lena_hart_1001")),
        case(lena(), true, &give_back("#A10002", &["50301"], "gift_card_73")),
        case(lena(), true, &exchange("#A10002", &["50301"], &["50302"], "gift_card_73")),
        case(lena(), true, &pay("#A10001", "paypal_72")),
    ]);
    let results = violations(&fixtures(), cases.path()).await.unwrap();
    let codes: Vec<Option<&str>> = results.iter().map(|result| result["reason_code"].as_str()).collect();
    assert_eq!(codes[..2], [Some("not_authenticated"), Some("needs_confirmation")]);
    assert!(results[2..].iter().all(|result| result["allowed"] == true), "{codes:?}");
    let changed: Vec<bool> = results.iter().map(|result| result["state_changed"] == true).collect();
    assert_eq!(changed, [false, false, false, true, true, true, true, true]);
}

#[tokio::test]
async fn the_agent_does_what_is_plain_and_proposes_or_leaves_the_rest() {
    let rows = [
        (
            "Your name is Lena Hart and your zip code is 97201. Cancel order #A10001 because no longer needed.",
            "auto",
            1,
        ),
        (
            "My mail is lena.hart@post.example. I want to swap my rain jacket for the same one but in red.",
            "needs_approval",
            1,
        ),
        (
            "Your name is Lena Hart and your zip code is 97201. Cancel order #A10005 because no longer needed.",
            "handoff",
            0,
        ),
        ("Cancel order #A10001 because no longer needed.", "handoff", 0),
        ("Your name is Lena Hart and your zip code is 97201. Return #A10002 via paypal_72: Trail Shoes;", "handoff", 0),
        (
            "Your name is Lena Hart and your zip code is 97201. For #A10002, exchange Trail Shoes {'size': '9'} to {}; via \
             paypal_72. Cancel order #A10001 because no longer needed.",
            "handoff",
            0,
        ),
    ];
    let task = |(message, ..): &(&str, &str, usize)| json!({ "task_id": "a", "message": message, "actions": "not read", "gold_final_state": "not read" });
    let tasks = file(&rows.iter().map(task).collect::<Vec<_>>());
    let answering = Answering::new(None);
    let results = answer_all(&fixtures(), tasks.path(), &answering).await.unwrap();
    for ((message, outcome, calls), result) in rows.iter().zip(&results) {
        assert_eq!(result["outcome"], json!(outcome), "{message} {result}");
        assert_eq!(result["calls"].as_array().unwrap().len(), *calls, "{message}");
        assert_eq!(result["final_state"] == json!({}), *calls == 0, "{message}");
    }
    assert_eq!(results[0]["calls"][0], cancel("#A10001", "no longer needed"));
}

/// The share of tasks whose end is that of the public files. They are not part of the repository.
#[tokio::test]
async fn the_public_files_are_met_where_they_are_there() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/agent/tau"));
    if !folder.join("direct_dev.jsonl").exists() {
        eprintln!("skipped: the public retail files do not lie beside the repository");
        return;
    }
    let gold: Vec<Value> = lines(&folder.join("direct_dev.jsonl")).unwrap();
    let is_met = |(result, gold): &(&Value, &Value)| result["final_state"] == gold["gold_final_state"];
    let replayed = replay(&folder, &folder.join("direct_dev.jsonl")).await.unwrap();
    assert!(replayed.iter().zip(&gold).all(|pair| is_met(&pair)));
    let answering = Answering::new(None);
    let answered = answer_all(&folder, &folder.join("direct_dev.jsonl"), &answering).await.unwrap();
    let met = answered.iter().zip(&gold).filter(is_met).count();
    assert!(met * 100 >= gold.len() * 80, "{met} of {}", gold.len());
    let is_wrong = |(result, gold): &(&Value, &Value)| result["outcome"] == "auto" && !is_met(&(*result, *gold));
    assert_eq!(answered.iter().zip(&gold).filter(is_wrong).count(), 0);
    let cases: Vec<Value> = lines(&folder.join("violations_dev.jsonl")).unwrap();
    let decided = violations(&folder, &folder.join("violations_dev.jsonl")).await.unwrap();
    for (result, case) in decided.iter().zip(&cases) {
        assert_eq!(result["allowed"], case["expected"]["allowed"], "{result} {case}");
    }
}
