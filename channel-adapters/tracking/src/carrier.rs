//! Carriers whose name alone tells which they are. All others the providers find out by the number: “DHL” or “GLS” is another
//! carrier in every country.

/// How the providers call a carrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Carrier {
    pub(crate) aftership: &'static str,
    pub(crate) seventeen_track: u32,
    pub(crate) easypost: &'static str,
}

/// The carrier that a shop names.
pub(crate) fn carrier(name: &str) -> Option<Carrier> {
    let (aftership, seventeen_track, easypost) = match name.trim().to_lowercase().as_str() {
        "ups" => ("ups", 100_002, "UPS"),
        "usps" => ("usps", 21_051, "USPS"),
        "fedex" => ("fedex", 100_003, "FedEx"),
        "dhl express" => ("dhl", 100_001, "DHLExpress"),
        _ => return None,
    };
    Some(Carrier { aftership, seventeen_track, easypost })
}

#[cfg(test)]
mod tests {
    use super::carrier;

    #[test]
    fn only_a_name_that_is_one_carriers_is_a_hint() {
        assert_eq!(carrier(" FedEx ").map(|carrier| carrier.aftership), Some("fedex"));
        assert_eq!((carrier("DHL"), carrier("")), (None, None));
    }
}
