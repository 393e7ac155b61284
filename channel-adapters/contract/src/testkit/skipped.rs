//! Tests that need a server or a browser which a machine lacks.

/// Says why a test does not run here. Where `CI=true` that is a failure: what is checked there is checked whole.
pub fn skip(reason: &str) {
    leave_out(reason, std::env::var("CI").is_ok_and(|ci| ci == "true"));
}

fn leave_out(reason: &str, whole: bool) {
    assert!(!whole, "with CI=true no test is left out: {reason}");
    eprintln!("skipped: {reason}");
}

#[cfg(test)]
mod tests {
    use super::leave_out;

    #[test]
    fn a_person_without_a_server_still_gets_the_other_tests() {
        leave_out("no server", false);
    }

    #[test]
    #[should_panic(expected = "no server")]
    fn continuous_integration_leaves_nothing_out() {
        leave_out("no server", true);
    }
}
