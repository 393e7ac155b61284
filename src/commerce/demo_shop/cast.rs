//! The orders that the demo tells stories about. Texts of the demo name them; tests and screenshots use them too.

use super::story::Story;

/// An order of the cast.
#[derive(Clone, Copy, Debug)]
pub struct CastOrder {
    /// The number without `FJ-`.
    pub serial: i64,
    /// Who bought.
    pub buyer: &'static str,
    /// SKUs and how many.
    pub lines: &'static [(&'static str, i64)],
    /// How it was paid.
    pub method: &'static str,
    /// What becomes of it.
    pub story: Story,
}

const fn cast(
    serial: i64,
    buyer: &'static str,
    lines: &'static [(&'static str, i64)],
    method: &'static str,
    story: Story,
) -> CastOrder {
    CastOrder { serial, buyer, lines, method, story }
}

/// How Sofie pays.
const HER_CARD: &str = "card ending 4421";

/// The cast's orders by number.
#[rustfmt::skip]
pub const ORDERS: [CastOrder; 47] = [
    cast(17_102, "tom.okafor", &[("STV-PAIR", 1)], "card ending 8305", Story::Delivered { ago: 10_100 }),
    cast(20_218, "giulia.ferraro", &[("RON-39", 1)], "card ending 6610", Story::Returned { received_ago: 310, refunded_ago: None }),
    cast(20_251, "sofie.keller", &[("NOR-REG", 1), ("LYS-REG", 1)], HER_CARD, Story::Delivered { ago: 1_220 }),
    cast(20_296, "sofie.keller", &[("GLD-STD", 1)], HER_CARD, Story::Delivered { ago: 880 }),
    cast(20_319, "priya.nair", &[("LOM-M-BLK", 1)], "PayPal", Story::Delivered { ago: 700 }),
    cast(20_333, "einkauf.hartmann", &[("SK45-MOSS", 14)], "bank transfer", Story::Delivered { ago: 560 }),
    cast(20_361, "david.osei", &[("FJ30-RUST", 1)], "card ending 1174", Story::Delivered { ago: 420 }),
    cast(20_366, "lukas.brandt", &[("TIN2-GRN", 1)], "PayPal", Story::Late { promised_ago: 62, arrives_in: 46 }),
    cast(20_372, "priya.nair", &[("SKJ-S-MOSS", 1)], "PayPal", Story::Late { promised_ago: 140, arrives_in: 80 }),
    cast(20_374, "lena.vogel", &[("HEI-S-BLK", 1)], "PayPal", Story::GoesBack { since: 20 }),
    cast(20_377, "david.osei", &[("SK45-BLK", 1), ("GLD-STD", 1)], "card ending 1174", Story::Delivered { ago: 230 }),
    cast(20_380, "marta.lopez", &[("SKJ-M-SLATE", 1)], "card ending 9022", Story::Delivered { ago: 200 }),
    cast(20_384, "jan.kowalczyk", &[("RON-44", 1)], "card ending 3391", Story::Returned { received_ago: 30, refunded_ago: None }),
    cast(20_386, "chloe.bernard", &[("NOR-LONG", 1)], "card ending 5518", Story::Returned { received_ago: 70, refunded_ago: Some(26) }),
    cast(20_388, "carmen.ruiz", &[("LYS-LONG", 1)], "card ending 2087", Story::Delivered { ago: 170 }),
    cast(20_390, "ingrid.hansen", &[("FJ30-BLUE", 1), ("LOM-M-BLK", 1)], "card ending 7746", Story::Delivered { ago: 130 }),
    cast(20_391, "l.brandt", &[("HEI-M-BLK", 1), ("LOM-L-BLK", 1)], "PayPal", Story::Delivered { ago: 120 }),
    cast(20_392, "ben.harris", &[("FJ30-BLUE", 1)], "card ending 4079", Story::Delivered { ago: 46 }),
    cast(20_393, "camille.girard", &[("LOM-M-BLK", 1)], "card ending 7215", Story::Late { promised_ago: 80, arrives_in: 60 }),
    cast(20_394, "paolo.conti", &[("GLD-STD", 1)], "PayPal", Story::Delivered { ago: 27 }),
    cast(20_395, "luca.moretti", &[("LOM-L-BLK", 1)], "PayPal", Story::Late { promised_ago: 84, arrives_in: 50 }),
    cast(20_396, "sanne.visser", &[("STV-PAIR", 1)], "card ending 6153", Story::AtPickup { since: 18 }),
    cast(20_397, "anna.lindqvist", &[("TIN2-RED", 1)], "card ending 2530", Story::Late { promised_ago: 50, arrives_in: 70 }),
    cast(20_398, "emma.fischer", &[("LOM-M-BLK", 1)], "card ending 3064", Story::Late { promised_ago: 78, arrives_in: 40 }),
    cast(20_399, "miguel.torres", &[("NOR-REG", 1)], "PayPal", Story::Lost { reported_ago: 9 }),
    cast(20_400, "rhys.morgan", &[("LOM-L-BLK", 1)], "card ending 9480", Story::Late { promised_ago: 76, arrives_in: 44 }),
    cast(20_402, "etienne.marchal", &[("RON-42", 1)], "card ending 1846", Story::Delivered { ago: 96 }),
    cast(20_405, "klara.svensson", &[("SKJ-L-MOSS", 1)], "card ending 8852", Story::Late { promised_ago: 31, arrives_in: 52 }),
    cast(20_408, "youssef.amrani", &[("TIN2-GRN", 1), ("LYS-REG", 2)], "PayPal", Story::Moving { left_ago: 40, arrives_in: 26 }),
    cast(20_410, "hannah.cole", &[("STV-PAIR", 1), ("LOM-M-BLK", 1)], "card ending 3327", Story::OutNow { arrives_in: 2 }),
    cast(20_412, "grace.whitfield", &[("TIN2-RED", 1), ("STV-PAIR", 1)], "card ending 9914", Story::PartLeft { leaves_in: 12 }),
    cast(20_414, "mona.farid", &[("SK45-BLK", 1)], "PayPal", Story::Delivered { ago: 8 }),
    cast(20_415, "henrik.dahl", &[("HEI-L-BLK", 1)], "card ending 4406", Story::Moving { left_ago: 44, arrives_in: 5 }),
    cast(20_417, "sofie.keller", &[("SKJ-M-MOSS", 1), ("LOM-L-BLK", 1)], HER_CARD, Story::SplitLate),
    cast(20_419, "felix.maurer", &[("SK45-MOSS", 1)], "PayPal", Story::Moving { left_ago: 20, arrives_in: 30 }),
    cast(20_420, "nora.lindgren", &[("TIN2-RED", 1)], "card ending 6008", Story::Waiting { leaves_in: 26 }),
    cast(20_421, "noor.haddad", &[("FJ30-RUST", 1), ("GLD-STD", 1)], "PayPal", Story::Waiting { leaves_in: 22 }),
    cast(20_422, "elena.rossi", &[("LYS-REG", 1)], "PayPal", Story::Moving { left_ago: 16, arrives_in: 44 }),
    cast(20_424, "aoife.byrne", &[("SKJ-M-MOSS", 1)], "card ending 5273", Story::Waiting { leaves_in: 4 }),
    cast(20_425, "jeroen.dewit", &[("FJ30-BLUE", 1)], "card ending 7702", Story::Waiting { leaves_in: 20 }),
    cast(20_426, "tomas.novak", &[("NOR-REG", 1)], "card ending 1360", Story::Waiting { leaves_in: 30 }),
    cast(20_427, "oliver.grant", &[("HEI-M-BLK", 1)], "card ending 8249", Story::Waiting { leaves_in: 28 }),
    cast(20_428, "elena.rossi", &[("STV-PAIR", 1)], "PayPal", Story::Waiting { leaves_in: 18 }),
    cast(20_429, "anna.lindqvist", &[("HEI-M-BLK", 1)], "card ending 2530", Story::Waiting { leaves_in: 24 }),
    cast(20_430, "maja.nowak", &[("RON-41", 1)], "card ending 2961", Story::Waiting { leaves_in: 25 }),
    cast(20_300, "ingrid.hansen", &[("STV-PAIR", 1)], "card ending 7746", Story::Delivered { ago: 830 }),
    cast(20_404, "tomas.novak", &[("GLD-STD", 1)], "card ending 1360", Story::Cancelled { ago: 150 }),
];
