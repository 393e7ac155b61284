//! Tables for the rules, and the properties that every policy must keep.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::matter::MatterKind;
use crate::model::order::ActionKind;

#[test]
fn the_first_policy_holds_its_own_examples() {
    let document = serde_json::to_value(Policy::default()).unwrap();
    assert_eq!(compile(&document), Ok(Policy::default()));
    assert_eq!(compile(&json!({})), Ok(Policy::default()));
}

#[test]
fn what_is_wrong_is_named_by_path() {
    for (document, path) in [
        (json!({"returns": {"window_dayz": 3}}), "returns.window_dayz"),
        (json!({"returns": {"window_days": -1}}), "returns.window_days"),
        (json!({"returns": {"window_days": "30"}}), "returns.window_days"),
        (json!({"returns": {"parcel_paid_by": "nobody"}}), "returns.parcel_paid_by"),
        (json!({"damaged": {"alone_up_to": 7_000}}), "damaged.alone_up_to"),
        (json!({"lost": {"after_days": 2}}), "lost.after_days"),
        (json!({"autonomy": {"make_coffee": "auto"}}), "autonomy.make_coffee"),
        (json!({"autonomy": {"stock": "sometimes"}}), "autonomy.stock"),
        (json!({"words": {"person": ["ok", "lawyer"]}}), "words.person"),
        (json!({"words": {"minimum_confidence": 101}}), "words.minimum_confidence"),
        (json!({"returns": {"window_days": 31}}), "examples.1"),
        (json!([]), ""),
    ] {
        let problems = compile(&document).unwrap_err();
        assert_eq!(problems[0].path, path, "{document} {problems:?}");
    }
}

#[test]
fn an_example_that_no_longer_holds_says_what_comes_out_now() {
    let problems = compile(&json!({"damaged": {"alone_up_to": 4_500}})).unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].message,
        "“Gaiters 42.00, photo: ask”: expected “ask”, now “alone” (broken or wrong on arrival)."
    );
    let view =
        rules(&Policy { damaged: Damaged { alone_up_to: 4_500, ..Policy::default().damaged }, ..Policy::default() });
    let damaged = view.iter().find(|rule| rule.id == "damaged").unwrap();
    assert_eq!(damaged.examples.iter().map(|example| example.holds).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn rules_read_as_sentences_and_their_numbers_agree() {
    let view = rules(&Policy::default());
    assert_eq!(
        view[0].text(),
        "A customer may return unused goods within 30 days of delivery. The parcel back is paid by the customer."
    );
    for rule in &view {
        assert!(!rule.text().contains('{'), "{}", rule.text());
    }
    for id in ["returns", "damaged", "identity", "words"] {
        assert_eq!(view.iter().find(|rule| rule.id == id).unwrap().number, rule_number(id), "{id}");
    }
    assert!(view.iter().find(|rule| rule.id.starts_with("autonomy")).unwrap().number == rule_number("autonomy"));
    let fields = |pieces: &[Piece]| pieces.iter().filter(|piece| matches!(piece, Piece::Field(_))).count();
    assert_eq!(view.iter().map(|rule| fields(&rule.pieces)).sum::<usize>(), 41 + 22 + 12);
}

#[test]
fn what_is_told_unasked_waits_for_a_person_unless_the_policy_says_otherwise() {
    let policy = compile(&json!({"proactive": {"late": "auto", "failed": "off"}})).unwrap();
    let told = MatterKind::ALL.iter().map(|kind| policy.proactive.told(*kind)).collect::<Vec<_>>();
    assert_eq!(told, [Told::Auto, Told::Off, Told::Off, Told::Suggest, Told::Suggest]);
    let problems = compile(&json!({"proactive": {"late": "sometimes"}})).unwrap_err();
    assert_eq!(problems[0].path, "proactive.late");
}

#[test]
fn a_policy_from_before_a_cap_has_what_held_in_its_place() {
    let limits = |document: serde_json::Value| compile(&document).unwrap().limits;
    let old = json!({ "limits": { "per_order": 40_000, "per_customer": 60_000, "per_day": 900_000 }, "examples": [] });
    let kept = limits(old.clone());
    assert_eq!((kept.per_action, kept.per_teammate, kept.agent_alone), (40_000, 900_000, 900_000));
    let changed = apply(&old, &[("limits.agent_alone", "20.00")]).unwrap();
    assert_eq!(
        changed["limits"],
        json!({ "per_action": 40_000, "per_order": 40_000, "per_customer": 60_000,
        "per_teammate": 900_000, "per_day": 900_000, "agent_alone": 2_000 })
    );
    for (cap, over) in [("per_action", 10_001), ("per_teammate", 100_001), ("agent_alone", 100_001)] {
        let problems = compile(&json!({ "limits": { cap: over } })).unwrap_err();
        assert_eq!(problems[0].path, format!("limits.{cap}"), "{problems:?}");
    }
}

#[test]
fn each_cap_has_its_words_and_says_who_may_pass_it() {
    let policy = Policy::default();
    let over = |given: Given, amount: i64| {
        over_caps(&policy, given, amount, None).into_iter().map(|over| (over.words, over.asks)).collect::<Vec<_>>()
    };
    let manager = |words: &str| vec![(words.to_owned(), Asked::Manager)];
    let alone = Given { on_this_word: 49_500, ..Given::default() };
    assert!(over(alone, 500).is_empty());
    assert_eq!(over(alone, 501), [("more than 500.00 EUR by the agent alone today".to_owned(), Asked::Teammate)]);
    let person = Given { giver: Giver::Teammate, ..alone };
    assert_eq!(over(person, 501), manager("more than 500.00 EUR by one teammate today"));
    assert_eq!(over(Given { today: 99_999, ..Given::default() }, 2), manager("more than 1000.00 EUR today"));
    assert_eq!(over(Given::default(), 10_001), manager("more than 100.00 EUR for this order"));
    let mut small = policy.clone();
    small.limits.per_action = 2_000;
    let at_once = over_caps(&small, Given::default(), 2_001, None);
    assert_eq!((at_once.len(), at_once[0].words.as_str()), (1, "more than 20.00 EUR at once"));
    let facts = Facts {
        action: Some(ActionKind::Refund),
        case: Case::Damaged,
        amount: 500,
        days_since_delivery: Some(1),
        identity: Identity::Proved,
        refunded_alone: 49_800,
        ..Facts::default()
    };
    let decision = decide(&policy, &facts);
    assert_eq!(decision.asks, Asked::Teammate, "no manager is needed for what only the agent may not do");
    assert!(decision.reasons.iter().any(|reason| reason.code == "over_cap"));
}

#[test]
fn a_cancellation_is_held_against_what_the_agent_gives_back_alone_and_against_no_other_cap() {
    let policy = Policy::default();
    let cancel = Facts {
        intent: "cancel_order".to_owned(),
        channel: "email".to_owned(),
        action: Some(ActionKind::Cancel),
        amount: 1_500,
        identity: Identity::Proved,
        refunded_order: 10_000,
        refunded_customer: 15_000,
        refunded_today: 100_000,
        refunded_alone: 48_500,
        ..Facts::default()
    };
    assert_eq!(decide(&policy, &cancel).verdict, Verdict::Allow);
    let decision = decide(&policy, &Facts { refunded_alone: 48_501, ..cancel });
    let over: Vec<_> = decision.reasons.iter().filter(|reason| reason.code == "over_cap").collect();
    assert_eq!((decision.verdict, decision.asks, over.len()), (Verdict::Ask, Asked::Teammate, 1));
    assert_eq!(over[0].text, "more than 500.00 EUR by the agent alone today");
    let person = Given { on_this_word: 900_000, giver: Giver::Teammate, ..Given::default() };
    assert_eq!(over_cap_of_the_agent(&policy, person, 1_500, None), None);
}

#[test]
fn posted_fields_change_the_document() {
    let document = json!({});
    let changed = apply(
        &document,
        &[("damaged.alone_up_to", "25,50"), ("late.offer", "nothing"), ("words.person", "lawyer\n court ,, police")],
    )
    .unwrap();
    assert_eq!(changed["damaged"]["alone_up_to"], 2_550);
    assert_eq!(changed["late"]["offer"], "nothing");
    assert_eq!(changed["words"]["person"], json!(["lawyer", "court", "police"]));
    let problems = apply(&document, &[("damaged.alone_up_to", "much"), ("no.such", "1")]).unwrap_err();
    assert_eq!(problems.len(), 2);
    assert_eq!(apply(&document, &[("late.offer", "a pony")]).unwrap_err()[0].path, "late.offer");
}

#[test]
fn a_change_shows_the_old_and_the_new_in_its_sentence() {
    let before = Policy::default();
    let mut after = before.clone();
    after.damaged.alone_up_to = 4_500;
    let changes = diff(&before, &after);
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].rule.as_str(), changes[0].number), ("damaged", 3));
    assert!(changes[0].pieces.contains(&DiffPiece::Del("25.00 EUR".to_owned())));
    assert!(changes[0].pieces.contains(&DiffPiece::Ins("45.00 EUR".to_owned())));
    assert!(!changes[0].pieces.iter().any(|piece| matches!(piece, DiffPiece::Same(text) if text.contains("photo"))));
    after.channels.pop();
    assert!(matches!(diff(&before, &after)[1].pieces[..], [DiffPiece::Del(_)]));
    assert!(diff(&before, &before).is_empty());
}

#[test]
fn levels_take_the_lowest_that_applies() {
    let policy = Policy::default();
    assert_eq!(level(&policy, "stock", "email"), Level::Auto);
    assert_eq!(level(&policy, "stock", "amazon"), Level::Approve);
    assert_eq!(level(&policy, "account", "amazon"), Level::Off);
    assert_eq!(level(&policy, "no_such_intent", "email"), Level::Off);
}

fn policies() -> impl Strategy<Value = Policy> {
    (0..20_000_i64, 0..20_000_i64, 0..60_i64, 0..20_000_i64, 0..100_i64, any::<bool>(), 0..20_i64).prop_map(
        |(alone, keep, window, cap, confidence, photo, late)| {
            let mut policy = Policy::default();
            policy.damaged.alone_up_to = alone;
            policy.damaged.keep_below = keep;
            policy.damaged.photo = photo;
            policy.cancel.alone_up_to = keep;
            policy.returns.window_days = window;
            policy.limits = Limits {
                per_action: cap,
                per_order: cap,
                per_customer: cap,
                per_teammate: cap,
                per_day: cap,
                agent_alone: cap,
            };
            policy.words.minimum_confidence = confidence;
            policy.late.days = late;
            policy
        },
    )
}

fn facts() -> impl Strategy<Value = Facts> {
    let action = prop_oneof![Just(None), prop::sample::select(ActionKind::ALL.to_vec()).prop_map(Some)];
    let case = prop::sample::select(vec![Case::Ordinary, Case::Damaged, Case::Late, Case::Lost]);
    let who = prop::sample::select(vec![Identity::Unknown, Identity::Claimed, Identity::Proved]);
    let intent = prop::sample::select(INTENTS.iter().map(|(word, ..)| (*word).to_owned()).collect::<Vec<_>>());
    let channel = prop::sample::select(vec!["email".to_owned(), "amazon".to_owned()]);
    let numbers = (0..30_000_i64, 0..30_000_i64, 0..30_000_i64, 0..100_i64);
    let days = (prop::option::of(0..90_i64), prop::option::of(0..40_i64), any::<bool>(), any::<bool>());
    (action, case, who, intent, channel, numbers, days).prop_map(|(action, case, identity, intent, channel, n, d)| {
        Facts {
            intent,
            channel,
            action,
            case,
            identity,
            amount: n.0,
            item_value: n.1,
            refunded_order: n.2,
            confidence: n.3,
            days_since_delivery: d.0,
            days_late: d.1,
            shipped: d.2,
            photo: d.3,
            in_stock: Some(d.2),
            ..Facts::default()
        }
    })
}

proptest! {
    #[test]
    fn a_higher_limit_is_never_stricter(policy in policies(), facts in facts(), more in 0..5_000_i64) {
        let verdict = decide(&policy, &facts).verdict;
        let raise: [fn(&mut Policy, i64); 10] = [
            |policy, more| policy.damaged.alone_up_to += more,
            |policy, more| policy.damaged.keep_below += more,
            |policy, more| policy.cancel.alone_up_to += more,
            |policy, more| policy.limits.per_order += more,
            |policy, more| policy.limits.per_customer += more,
            |policy, more| policy.limits.per_day += more,
            |policy, more| policy.limits.per_action += more,
            |policy, more| policy.limits.per_teammate += more,
            |policy, more| policy.limits.agent_alone += more,
            |policy, more| policy.returns.window_days += more,
        ];
        for change in raise {
            let mut raised = policy.clone();
            change(&mut raised, more);
            prop_assert!(decide(&raised, &facts).verdict <= verdict);
        }
        let mut surer = policy.clone();
        surer.words.minimum_confidence -= more.min(policy.words.minimum_confidence);
        prop_assert!(decide(&surer, &facts).verdict <= verdict);
    }

    #[test]
    fn worse_facts_are_never_freer(policy in policies(), facts in facts(), more in 0..5_000_i64) {
        let verdict = decide(&policy, &facts).verdict;
        let worsen: [fn(&mut Facts, i64); 8] = [
            |facts, more| facts.amount += more,
            |facts, more| facts.item_value += more,
            |facts, more| facts.refunded_today += more,
            |facts, more| facts.refunded_alone += more,
            |facts, more| facts.confidence -= more,
            |facts, more| facts.days_since_delivery = facts.days_since_delivery.map(|days| days + more),
            |facts, _| facts.identity = Identity::Unknown,
            |facts, _| facts.hostile = true,
        ];
        for change in worsen {
            let mut worse = facts.clone();
            change(&mut worse, more);
            prop_assert!(decide(&policy, &worse).verdict >= verdict);
        }
    }

    #[test]
    fn no_action_is_ever_allowed_to_a_stranger(policy in policies(), facts in facts()) {
        if facts.action.is_some() && facts.identity != Identity::Proved {
            prop_assert!(decide(&policy, &facts).verdict > Verdict::Allow);
        }
    }
}

#[test]
fn an_amount_in_another_currency_goes_to_a_person_whatever_is_done_with_it() {
    let policy = Policy::default();
    for action in [ActionKind::Cancel, ActionKind::Refund, ActionKind::Replace, ActionKind::Return] {
        let of = |currency: Option<&str>| Facts {
            action: Some(action),
            amount: 1_000,
            currency: currency.map(|code| code.parse().unwrap()),
            identity: Identity::Proved,
            ..Facts::default()
        };
        let asks = |facts| decide(&policy, &facts).reasons.iter().any(|reason| reason.code == "currency");
        assert!(asks(of(Some("GBP"))) && !asks(of(Some("EUR"))) && !asks(of(None)), "{action:?}");
    }
}

#[test]
fn what_a_shop_does_beside_money_and_goods_has_its_rules() {
    let policy = Policy::default();
    let verdict = |facts: Facts| {
        let decision = decide(&policy, &Facts { identity: Identity::Proved, intent: "stock".to_owned(), ..facts });
        (decision.verdict, decision.first().map_or("", |reason| reason.code))
    };
    let of = |action| Facts { action: Some(action), ..Facts::default() };
    assert_eq!(verdict(of(ActionKind::Resend)), (Verdict::Allow, "own_address"));
    assert_eq!(verdict(of(ActionKind::Note)), (Verdict::Allow, "note"));
    assert_eq!(verdict(of(ActionKind::DiscountCode)), (Verdict::Ask, "no_rule"));
    assert_eq!(verdict(of(ActionKind::CancelReturn)).0, Verdict::Ask);
    assert_eq!(verdict(of(ActionKind::VoidCode)).0, Verdict::Ask);
    assert_eq!(verdict(of(ActionKind::ChangeItems)), (Verdict::Ask, "approval"));
    assert_eq!(verdict(Facts { shipped: true, ..of(ActionKind::ChangeItems) }), (Verdict::Refuse, "shipped"));
    let exchange = |days, in_stock| Facts { days_since_delivery: Some(days), in_stock, ..of(ActionKind::Exchange) };
    assert_eq!(verdict(exchange(3, Some(true))), (Verdict::Allow, "in_time"));
    assert_eq!(verdict(exchange(3, Some(false))), (Verdict::Refuse, "no_stock"));
    assert_eq!(verdict(exchange(3, None)), (Verdict::Ask, "stock_unknown"));
    assert_eq!(verdict(exchange(31, Some(true))), (Verdict::Refuse, "too_late"));
}

#[test]
fn a_shop_says_when_items_and_payment_change_and_how_often() {
    let policy = Policy {
        items: Items { before_shipping: When::AtOnce, times: Times::Once },
        payment: Payments { before_shipping: When::AtOnce },
        ..Policy::default()
    };
    let first = |policy: &Policy, facts: Facts| {
        let decision = decide(policy, &Facts { identity: Identity::Proved, intent: "stock".to_owned(), ..facts });
        (decision.verdict, decision.first().map_or("", |reason| reason.code))
    };
    let of =
        |action| Facts { action: Some(action), same_product: Some(true), in_stock: Some(true), ..Facts::default() };
    for action in [ActionKind::ChangeItems, ActionKind::ChangePayment] {
        assert_eq!(first(&policy, of(action)), (Verdict::Allow, "before_shipping"));
        assert_eq!(first(&Policy::default(), of(action)), (Verdict::Ask, "approval"));
        let changed = Facts { changed_before: true, ..of(action) };
        assert_eq!(first(&policy, changed.clone()), (Verdict::Refuse, "changed_before"));
        assert_eq!(first(&Policy::default(), changed).0, Verdict::Ask, "as often as it is asked for");
        assert_eq!(first(&policy, Facts { cancelled: true, ..of(action) }), (Verdict::Refuse, "cancelled"));
        assert_eq!(first(&policy, Facts { covered: Some(false), ..of(action) }), (Verdict::Refuse, "not_covered"));
    }
    let items = of(ActionKind::ChangeItems);
    assert_eq!(first(&policy, Facts { same_product: Some(false), ..items.clone() }).1, "other_product");
    assert_eq!(first(&policy, Facts { in_stock: Some(false), ..items }).1, "no_stock");
}

#[test]
fn money_goes_back_where_the_policy_lets_it() {
    let with = |goes_to| Policy { refunds: Refunds { goes_to, ..Policy::default().refunds }, ..Policy::default() };
    let verdict = |goes_to, settles, open| {
        let facts = Facts {
            action: Some(ActionKind::Return),
            identity: Identity::Proved,
            intent: "return_item".to_owned(),
            days_since_delivery: Some(1),
            return_open: open,
            settles,
            ..Facts::default()
        };
        let decision = decide(&with(goes_to), &facts);
        decision.first().map_or("", |reason| reason.code)
    };
    assert_eq!(verdict(GoesTo::Original, Settles::Original, false), "in_time");
    assert_eq!(verdict(GoesTo::Original, Settles::GiftCard, false), "goes_elsewhere");
    assert_eq!(verdict(GoesTo::OriginalOrGiftCard, Settles::GiftCard, false), "in_time");
    assert_eq!(verdict(GoesTo::OriginalOrGiftCard, Settles::Other, false), "goes_elsewhere");
    assert_eq!(verdict(GoesTo::Any, Settles::Other, false), "in_time");
    assert_eq!(verdict(GoesTo::Any, Settles::Original, true), "return_open");
}

#[test]
fn a_shop_may_ask_for_a_reason_and_for_a_yes() {
    let policy = Policy {
        cancel: Cancel { reasons: vec!["no longer needed".to_owned()], ..Policy::default().cancel },
        consent: Consent { needed: Word::Confirmed },
        ..Policy::default()
    };
    let codes = |reason: &str, confirmed| {
        let facts = Facts {
            action: Some(ActionKind::Cancel),
            identity: Identity::Proved,
            intent: "cancel_order".to_owned(),
            reason: reason.to_owned(),
            confirmed,
            ..Facts::default()
        };
        let stricter = decide(&policy, &facts).reasons.into_iter().filter(|reason| reason.verdict > Verdict::Allow);
        stricter.map(|reason| (reason.verdict, reason.code)).collect::<Vec<_>>()
    };
    assert_eq!(codes("No longer needed", true), []);
    assert_eq!(codes("no longer needed", false), [(Verdict::Ask, "unconfirmed")]);
    assert_eq!(codes("too slow", true), [(Verdict::Refuse, "reason")]);
    assert_eq!(codes("", true), [(Verdict::Ask, "reason")]);
}

#[test]
fn facts_of_an_order_are_told_to_its_owner() {
    let told = |tells, identity| {
        let facts = Facts { tells, identity, intent: "stock".to_owned(), ..Facts::default() };
        decide(&Policy::default(), &facts).verdict
    };
    assert_eq!(told(true, Identity::Proved), Verdict::Allow);
    assert_eq!(told(true, Identity::Claimed), Verdict::Ask);
    assert_eq!(told(true, Identity::Unknown), Verdict::Refuse);
    assert_eq!(told(false, Identity::Unknown), Verdict::Allow);
}

#[test]
fn a_discount_code_counts_against_the_caps_like_money() {
    let policy = Policy::default();
    let code = |before: i64| Facts {
        action: Some(ActionKind::DiscountCode),
        amount: 500,
        refunded_order: before,
        identity: Identity::Proved,
        ..Facts::default()
    };
    assert_eq!(decide(&policy, &code(0)).asks, Asked::Teammate);
    let over = decide(&policy, &code(9_800));
    assert_eq!(over.asks, Asked::Manager);
    assert!(over.reasons.iter().any(|reason| reason.code == "over_cap"));
}
