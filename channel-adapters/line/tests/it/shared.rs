//! Deliveries that others collected, where they are at hand.

use channel_contract::testkit;

#[test]
fn what_others_collected_is_read_as_expected() {
    testkit::reads_as_others_do("line", channel_line::list);
}
