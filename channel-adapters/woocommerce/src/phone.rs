//! Phone numbers as people type them at the checkout, with the country of their address; pure.

/// Countries, the code before their numbers, and the digit that numbers at home begin with and numbers abroad do not.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("AT", "43", "0"),
    ("AU", "61", "0"),
    ("BE", "32", "0"),
    ("BG", "359", "0"),
    ("BR", "55", "0"),
    ("CA", "1", "1"),
    ("CH", "41", "0"),
    ("CY", "357", ""),
    ("CZ", "420", ""),
    ("DE", "49", "0"),
    ("DK", "45", ""),
    ("EE", "372", ""),
    ("ES", "34", ""),
    ("FI", "358", "0"),
    ("FR", "33", "0"),
    ("GB", "44", "0"),
    ("GR", "30", ""),
    ("HR", "385", "0"),
    ("IE", "353", "0"),
    ("IN", "91", "0"),
    ("IS", "354", ""),
    ("IT", "39", ""),
    ("JP", "81", "0"),
    ("LI", "423", ""),
    ("LU", "352", ""),
    ("LV", "371", ""),
    ("MT", "356", ""),
    ("NL", "31", "0"),
    ("NO", "47", ""),
    ("NZ", "64", "0"),
    ("PL", "48", ""),
    ("PT", "351", ""),
    ("RO", "40", "0"),
    ("SE", "46", "0"),
    ("SI", "386", "0"),
    ("SK", "421", "0"),
    ("TR", "90", "0"),
    ("UA", "380", "0"),
    ("US", "1", "1"),
];

/// How many digits a number has.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// So many last digits are the same in all ways to write a number.
const SAME: usize = 8;

/// The number in E.164; `""` where its country cannot be told.
pub(crate) fn e164(written: &str, country: &str) -> String {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    let written = written.trim();
    let abroad = if written.starts_with('+') { Some(digits.as_str()) } else { digits.strip_prefix("00") };
    let number = match abroad {
        // "+49 (0) 151" is written by people who mean both ways.
        Some(number) => match COUNTRIES.iter().find(|(_, code, nought)| {
            *nought == "0" && written.contains("(0)") && number.starts_with(&format!("{code}0"))
        }) {
            Some((_, code, _)) => number.replacen(&format!("{code}0"), code, 1),
            None => number.to_owned(),
        },
        None => match COUNTRIES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(country.trim())) {
            Some((_, code, first)) => format!("{code}{}", digits.strip_prefix(first).unwrap_or(&digits)),
            None => String::new(),
        },
    };
    if DIGITS.contains(&number.len()) { format!("+{number}") } else { String::new() }
}

/// What is looked for to find a number however it was typed; `""` where it is none.
pub(crate) fn ending(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if !DIGITS.contains(&digits.len()) {
        return String::new();
    }
    digits.get(digits.len().saturating_sub(SAME)..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_by_the_country_of_the_address() {
        for (written, country, number) in [
            ("+49 151 12345678", "", "+4915112345678"),
            ("0049 151-12345678", "FR", "+4915112345678"),
            ("0151 12345678", "DE", "+4915112345678"),
            ("+49 (0) 151 12345678", "DE", "+4915112345678"),
            ("612 345 678", "es", "+34612345678"),
            ("06 1234 5678", "IT", "+390612345678"),
            ("1 (212) 555-0100", "US", "+12125550100"),
            ("212 555 0100", "US", "+12125550100"),
            ("0151 12345678", "", ""),
            ("0151 12345678", "XX", ""),
            ("12", "DE", ""),
            ("", "DE", ""),
            ("none", "DE", ""),
        ] {
            assert_eq!(e164(written, country), number, "{written} {country}");
        }
    }

    #[test]
    fn a_number_is_looked_for_by_its_end() {
        assert_eq!(ending("+49 151 12345678"), "12345678");
        assert_eq!(ending("+47 2123456"), "72123456");
        assert_eq!((ending("12").as_str(), ending("").as_str()), ("", ""));
    }
}
