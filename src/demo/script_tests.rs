//! The script is whole: every sender, fact and earlier mail that it names exists, and it covers what customers want.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::demo::orders::Orders;

const NOW: Ts = Ts(1_795_435_200_000_000);

fn all_blocks() -> Vec<Block> {
    FILES.iter().flat_map(|file| blocks(file)).collect()
}

/// The text of a mail without pictures.
fn text(raw: &[u8]) -> String {
    let raw = String::from_utf8(raw.to_vec()).unwrap();
    let part = raw.split("Content-Transfer-Encoding: base64\r\n\r\n").nth(1).unwrap();
    let coded: String = part.lines().take_while(|line| !line.starts_with("--")).collect();
    String::from_utf8(STANDARD.decode(coded).unwrap()).unwrap()
}

#[test]
fn the_mails_come_one_after_the_other() {
    let mails = mails(NOW, &Orders::default());
    assert!(mails.len() >= 40, "{}", mails.len());
    assert!(mails.iter().all(|mail| mail.at > NOW && mail.raw.is_ascii()));
    let times: BTreeSet<Ts> = mails.iter().map(|mail| mail.at).collect();
    assert_eq!(times.len(), mails.len(), "two mails at the same moment");
    let names: BTreeSet<&str> = mails.iter().map(|mail| mail.name.as_str()).collect();
    assert_eq!(names.len(), mails.len());
}

#[test]
fn every_mail_has_a_sender_a_subject_and_words() {
    for block in all_blocks() {
        let from = block.head("From");
        assert!(people::find(from).is_some() || from.contains('<'), "{}: who is {from}?", block.name);
        assert!(!block.head("Subject").is_empty() && block.text.len() > 20, "{}", block.name);
        assert!(block.head("After").parse::<u64>().is_ok(), "{}", block.name);
    }
}

#[test]
fn answers_name_an_earlier_mail_of_the_same_customer() {
    let blocks = all_blocks();
    let after = |block: &Block| block.head("After").parse::<u64>().unwrap();
    let answers: Vec<&Block> = blocks.iter().filter(|block| !block.head("Answers").is_empty()).collect();
    assert!(answers.len() >= 7);
    for answer in answers {
        let earlier = blocks.iter().find(|block| block.name == answer.head("Answers"));
        let earlier = earlier.unwrap_or_else(|| panic!("{}: no such mail", answer.name));
        assert_eq!(earlier.head("From"), answer.head("From"));
        assert!(after(earlier) + 100 < after(answer), "{}: too soon", answer.name);
    }
    let all = mails(NOW, &Orders::default());
    let raw = |name: &str| String::from_utf8(all.iter().find(|mail| mail.name == name).unwrap().raw.clone()).unwrap();
    let id = format!("<hannah-where.{}@example.org>", NOW.0 / 1_000_000);
    assert!(raw("hannah-where").contains(&format!("Message-ID: {id}\r\n")));
    assert!(raw("hannah-thanks").contains(&format!("In-Reply-To: {id}\r\n")));
}

#[test]
fn facts_are_named_of_orders_that_exist() {
    let known: BTreeSet<String> =
        crate::commerce::demo_shop::cast::ORDERS.iter().map(|order| format!("FJ-{}", order.serial)).collect();
    for block in all_blocks() {
        for number in crate::model::order::order_numbers(&block.text, "") {
            assert!(known.contains(&number), "{}: {number}", block.name);
        }
    }
}

#[test]
fn pictures_and_headers_of_lists_are_kept() {
    let all = mails(NOW, &Orders::default());
    let raw = |name: &str| String::from_utf8(all.iter().find(|mail| mail.name == name).unwrap().raw.clone()).unwrap();
    assert!(raw("paolo-broken").contains("filename=\"stove-igniter.png\""));
    assert!(raw("spam-ranking").contains("Precedence: bulk\r\n"));
    assert!(raw("away-priya").contains("Auto-Submitted: auto-replied\r\n"));
    let klara = all.iter().find(|mail| mail.name == "klara-jacka").unwrap();
    assert!(text(&klara.raw).starts_with("Hej,\r\n\r\njackan i FJ-20405"));
}

#[test]
fn the_first_mail_comes_while_one_still_looks_at_the_first_page() {
    let mails = mails(NOW, &Orders::default());
    assert!(mails[0].at.since(NOW) <= Duration::from_secs(5));
    assert!(mails.windows(2).take(10).all(|pair| pair[1].at.since(pair[0].at) <= Duration::from_mins(1)));
}
