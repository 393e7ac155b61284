//! Whatever the bytes are, reading them ends with something and in time.

use std::sync::LazyLock;
use std::time::Duration;

use channel_amazon::AmazonChannel;
use channel_contract::MessageChannel as _;
use channel_contract::inbound::{RawItem, RawOrigin};
use platform_doubles::amazon::mails::{self, BuyerMail, Form};
use platform_doubles::amazon::notifications::{OrderChange, event};
use proptest::prelude::*;

use crate::{BUYER, channel, settings};

static CHANNEL: LazyLock<AmazonChannel> = LazyLock::new(|| channel(settings(), Duration::from_secs(1)));

/// A body as Amazon writes it, with pieces cut out, doubled and changed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let bodies =
        [Form::Page, Form::Rulers, Form::Other].map(|form| mails::buyer(&BuyerMail { form, ..BuyerMail::default() }));
    let others =
        [mails::copy(BUYER, "a@b"), mails::undelivered(BUYER, ""), event(&OrderChange::default()).to_string().into()];
    let bodies: Vec<Vec<u8>> = bodies.into_iter().chain(others).map(|body| body.to_vec()).collect();
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8, any::<u8>());
    (prop::sample::select(bodies), prop::collection::vec(edit, 0..12)).prop_map(|(mut body, edits)| {
        for (one, two, what, byte) in edits {
            if body.is_empty() {
                break;
            }
            let (from, to) = (one.index(body.len()), two.index(body.len()));
            let (from, to) = (from.min(to), from.max(to));
            match what {
                0 => body[from] = byte,
                1 => drop(body.drain(from..to)),
                2 => {
                    let piece = body[from..to].to_vec();
                    body.splice(to..to, piece);
                }
                _ => drop(body.splice(from..from, *b"<pre>\xff@marketplace.amazon.de[commMgrTok:")),
            }
        }
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics(body in mutated()) {
        for origin in [RawOrigin::Inbox, RawOrigin::Sent, RawOrigin::Webhook] {
            let item = RawItem { external_id: "x".to_owned(), origin, body: body.clone().into() };
            let read = CHANNEL.parse(&item);
            prop_assert!(read.as_ref().map_or(true, |events| events.len() == 1));
            prop_assert_eq!(read, CHANNEL.parse(&item));
        }
        let _ = channel_amazon::list(&body);
    }

    #[test]
    fn any_text_is_judged(text in "\\PC{0,300}") {
        CHANNEL.objections(&text);
    }
}

/// Each of these costs a careless reader minutes.
#[test]
fn bombs_are_read_in_one_pass() {
    let head = format!("From: Mara <{BUYER}>\nSubject: x\nContent-Type: text/html\n\n");
    let bodies = [
        "<pre>".repeat(200_000),
        "303-1234567-7654321 B0DOUBLE12 ".repeat(40_000),
        "[commMgrTok:".repeat(100_000),
        "[commMgrTok:x]".repeat(100_000),
        "a@marketplace.amazon.de ".repeat(50_000),
        "<pre></pre>".repeat(100_000),
    ];
    for body in bodies {
        for head in [head.as_str(), "From: donotreply@amazon.de\nSubject: respond by\n\nYour message to respond by "] {
            let item =
                RawItem { external_id: "x".to_owned(), origin: RawOrigin::Inbox, body: format!("{head}{body}").into() };
            assert!(CHANNEL.parse(&item).is_ok());
        }
        CHANNEL.objections(&body);
        CHANNEL.objections(&"+1 (0) -".repeat(50_000));
    }
}
