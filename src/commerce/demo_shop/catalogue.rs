//! What the demo's shop sells.

/// A product in all its variants.
#[derive(Clone, Copy, Debug)]
pub struct Article {
    /// Starts the SKU.
    pub code: &'static str,
    /// The name.
    pub title: &'static str,
    /// The facts customers ask for.
    pub description: &'static str,
    /// In cents.
    pub price_minor: i64,
    /// End of the SKU, variant, stock, and one is sold every so many hours.
    pub variants: &'static [(&'static str, &'static str, i64, i64)],
}

/// The goods.
pub const ARTICLES: [Article; 12] = [
    Article {
        code: "SKJ",
        title: "Skarv 3L shell jacket",
        description: "Three-layer shell, 20,000 mm water column, taped seams, helmet hood, pit zips. 430 g in size M. \
            Fits true to size with room for a fleece. Wash at 30 degrees, no softener. Repair service for five years.",
        price_minor: 28_900,
        variants: &[
            ("S-MOSS", "S, moss", 6, 30),
            ("M-MOSS", "M, moss", 9, 26),
            ("L-MOSS", "L, moss", 4, 28),
            ("M-SLATE", "M, slate", 7, 40),
            ("L-SLATE", "L, slate", 0, 40),
        ],
    },
    Article {
        code: "LOM",
        title: "Lomma gaiters",
        description: "Knee-high gaiters of ripstop nylon with a steel buckle under the sole. 180 g the pair. \
            M fits shoes 37 to 41, L fits 42 to 46.",
        price_minor: 4_200,
        variants: &[("M-BLK", "M, black", 14, 48), ("L-BLK", "L, black", 21, 36)],
    },
    Article {
        code: "RON",
        title: "Rondane hiking shoes",
        description: "Mid-cut shoe of nubuck leather, waterproof lining, can be resoled. 560 g a shoe in 42. \
            Runs half a size small: take the larger one if you are between two.",
        price_minor: 16_900,
        variants: &[
            ("39", "39", 5, 50),
            ("41", "41", 8, 40),
            ("42", "42", 11, 30),
            ("43", "43", 6, 30),
            ("44", "44", 3, 44),
        ],
    },
    Article {
        code: "SK45",
        title: "Skarv 45 rucksack",
        description: "45 litres, aluminium frame, back length adjustable from 42 to 52 cm, 1,450 g. \
            A rain cover is in the bottom pocket.",
        price_minor: 14_900,
        variants: &[("MOSS", "moss", 32, 20), ("BLK", "black", 18, 24)],
    },
    Article {
        code: "FJ30",
        title: "Fjell 30 daypack",
        description: "30 litres, 890 g, roll top, sleeve for a 3-litre bladder. The rain cover is sold separately.",
        price_minor: 11_900,
        variants: &[("BLUE", "blue", 12, 28), ("RUST", "rust", 10, 28)],
    },
    Article {
        code: "TIN2",
        title: "Tindra 2 tent",
        description: "Tunnel tent for two, 2.3 kg, 5,000 mm floor, two vestibules, stands with six pegs. \
            Spare poles are available.",
        price_minor: 37_900,
        variants: &[("GRN", "green", 7, 36), ("RED", "red", 2, 60)],
    },
    Article {
        code: "TIN3",
        title: "Tindra 3 tent",
        description: "Tunnel tent for three, 2.9 kg, 5,000 mm floor, two vestibules, 110 cm high inside.",
        price_minor: 44_900,
        variants: &[("GRN", "green", 0, 60)],
    },
    Article {
        code: "LYS",
        title: "Lysefjord sleeping mat",
        description: "Inflatable mat, 8 cm thick, R-value 4.2, 520 g in regular. Pump sack and patches included.",
        price_minor: 7_900,
        variants: &[("REG", "regular", 25, 30), ("LONG", "long", 13, 36)],
    },
    Article {
        code: "NOR",
        title: "Nordavind sleeping bag",
        description: "Down bag, comfort limit -5 degrees, 980 g in regular, traceable duck down 700 cuin. \
            Regular up to 185 cm, long up to 200 cm.",
        price_minor: 21_900,
        variants: &[("REG", "regular", 9, 40), ("LONG", "long", 4, 48)],
    },
    Article {
        code: "HEI",
        title: "Heimdal rain trousers",
        description: "Waterproof over-trousers, 10,000 mm, full side zips, 290 g in M.",
        price_minor: 10_500,
        variants: &[("S-BLK", "S, black", 7, 44), ("M-BLK", "M, black", 15, 30), ("L-BLK", "L, black", 11, 36)],
    },
    Article {
        code: "STV",
        title: "Stav trekking poles",
        description: "A pair of three-part aluminium poles, 62 to 135 cm, 490 g, cork grips. Tips can be bought \
            separately. Two years of warranty.",
        price_minor: 8_900,
        variants: &[("PAIR", "pair", 19, 24)],
    },
    Article {
        code: "GLD",
        title: "Glød camp stove",
        description: "Gas stove with windscreen, 3,000 W, 410 g, piezo lighter, for screw cartridges (not included).",
        price_minor: 6_400,
        variants: &[("STD", "", 22, 30)],
    },
];

/// Where a SKU leads: the product, and the variant as text.
pub fn find(sku: &str) -> Option<(&'static Article, &'static str)> {
    ARTICLES.iter().find_map(|article| {
        let end = sku.strip_prefix(article.code)?.strip_prefix('-')?;
        let variant = article.variants.iter().find(|(code, ..)| *code == end)?;
        Some((article, variant.1))
    })
}

/// Every SKU.
pub fn skus() -> impl Iterator<Item = String> {
    ARTICLES.iter().flat_map(|article| article.variants.iter().map(|(end, ..)| format!("{}-{end}", article.code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sku_leads_to_its_product() {
        for sku in skus() {
            assert!(find(&sku).is_some(), "{sku}");
        }
        assert_eq!(
            find("SKJ-M-MOSS").map(|(article, variant)| (article.price_minor, variant)),
            Some((28_900, "M, moss"))
        );
        assert!(find("SKJ-XXL").is_none() && find("").is_none());
    }
}
