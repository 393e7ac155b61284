//! Which stop of the agent holds for what it would do alone.

use crate::model::BrandId;
use crate::model::brake::Brake;
use crate::model::order::ActionKind;

/// What the agent would do without a person.
#[derive(Clone, Copy, Debug)]
pub struct Alone<'a> {
    /// In which brand.
    pub brand: BrandId,
    /// The intent's word; `""` where it was not understood.
    pub intent: &'a str,
    /// The kind of channel on which it would leave.
    pub channel: &'a str,
    /// What the shop would be asked for.
    pub actions: &'a [ActionKind],
}

/// The first of these stops that holds for it. One more stop never lets go what another one holds.
pub fn stopping<'a>(brakes: &'a [Brake], alone: &Alone<'_>) -> Option<&'a Brake> {
    brakes.iter().find(|brake| covers(brake, alone))
}

fn covers(brake: &Brake, alone: &Alone<'_>) -> bool {
    let fits = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
    brake.brand_id.is_none_or(|brand| brand == alone.brand)
        && fits(&brake.intent, alone.intent)
        && fits(&brake.channel, alone.channel)
        && (brake.action.is_empty() || alone.actions.iter().any(|kind| kind.as_str() == brake.action))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Ts;

    const BRAND: BrandId = BrandId(Uuid::from_u128(1));
    const OTHER: BrandId = BrandId(Uuid::from_u128(2));

    fn brake(brand_id: Option<BrandId>, intent: &str, channel: &str, action: &str) -> Brake {
        Brake {
            id: Uuid::nil().into(),
            brand_id,
            intent: intent.into(),
            channel: channel.into(),
            action: action.into(),
            reason: "Wrong carrier".into(),
            set_by: None,
            set_at: Ts(0),
            lifted_by: None,
            lifted_at: None,
        }
    }

    fn refund(actions: &[ActionKind]) -> Alone<'_> {
        Alone { brand: BRAND, intent: "refund_request", channel: "email", actions }
    }

    #[test]
    fn a_stop_holds_for_what_it_names_and_for_nothing_else() {
        let does = [ActionKind::Return, ActionKind::Refund];
        for (brake, holds) in [
            (brake(None, "", "", ""), true),
            (brake(Some(BRAND), "", "", ""), true),
            (brake(Some(OTHER), "", "", ""), false),
            (brake(None, "refund_request", "", ""), true),
            (brake(None, "return_item", "", ""), false),
            (brake(None, "", "email", ""), true),
            (brake(None, "", "whatsapp", ""), false),
            (brake(None, "", "", "refund"), true),
            (brake(None, "", "", "cancel"), false),
            (brake(Some(BRAND), "refund_request", "email", "refund"), true),
            (brake(Some(BRAND), "refund_request", "whatsapp", "refund"), false),
        ] {
            assert_eq!(stopping(std::slice::from_ref(&brake), &refund(&does)).is_some(), holds, "{brake:?}");
        }
        assert!(stopping(&[brake(None, "", "", "refund")], &refund(&[])).is_none(), "it only answers");
        assert!(stopping(&[], &refund(&does)).is_none());
    }

    #[test]
    fn whatever_a_stop_leaves_open_stops_more_and_another_one_frees_nothing() {
        let (brands, does) = ([None, Some(BRAND), Some(OTHER)], [ActionKind::Refund]);
        let mut all = Vec::new();
        for brand in brands {
            for intent in ["", "refund_request", "stock"] {
                for channel in ["", "email", "whatsapp"] {
                    all.extend(["", "refund", "cancel"].map(|action| brake(brand, intent, channel, action)));
                }
            }
        }
        let alone = refund(&does);
        let holds = |brakes: &[Brake]| stopping(brakes, &alone).is_some();
        for one in all.iter().filter(|one| holds(std::slice::from_ref(one))) {
            for wider in [
                Brake { brand_id: None, ..one.clone() },
                Brake { intent: String::new(), ..one.clone() },
                Brake { channel: String::new(), ..one.clone() },
                Brake { action: String::new(), ..one.clone() },
            ] {
                assert!(holds(&[wider]), "{one:?}");
            }
            for other in &all {
                assert!(holds(&[other.clone(), one.clone()]) && holds(&[one.clone(), other.clone()]));
            }
        }
    }
}
