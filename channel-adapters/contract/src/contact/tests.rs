//! Ways out, however they are written.

mod ordinary;

use super::*;

fn ways(text: &str) -> Vec<Way> {
    found(text, &["amazon.de", "dhl.example"]).into_iter().map(|found| found.way).collect()
}

#[test]
fn links_lead_to_allowed_hosts_alone() {
    for text in [
        "See https://shop.example/returns",
        "See WWW.shop.example now",
        "See shop.example/returns",
        "See fjord-shop.com.",
        "See HTTPS://AMAZON.DE.EVIL.EXAMPLE/x",
        "See https://notamazon.de/",
        "See https://amazon.de:@evil.example/",
        "See https://amazon.de:a!@evil.example/",
        "See https://amazon.de:x@203.0.113.9/",
        "See https://amazon.de:x!@localhost",
        r"See https://evil.example\.amazon.de/",
        r"See https:\\evil.example",
        "See https:/evil.example",
        "See https://[2001:db8::1]/",
    ] {
        assert_eq!(ways(text), [Way::Link], "{text}");
    }
}

#[test]
fn addresses_are_found_however_they_are_written() {
    for text in [
        "Write to help@shop.example!",
        "(help@shop.co.uk)",
        "help (at) shop.example",
        "help[at]shop[dot]example",
        "a.b+c@mail.shop.com",
        "https://amazon.de@evil.example/",
    ] {
        assert_eq!(ways(text), [Way::MailAddress], "{text}");
    }
}

/// In the languages of the marketplaces: what is a way out however it is written.
#[test]
fn ways_out_are_found_however_they_hide() {
    for (way, texts) in [
        (
            Way::Link,
            [
                "see fjordline.no",
                "se fjordline.se, så",
                "fjordline.dk",
                "fjordline.fi",
                "su fjordline.it",
                "en fjordline.es",
                "fjordline.at",
                "fjordline.ch",
                "fjordline.be",
                "fjordline.co.uk",
                "fjordline.io",
                "fjordline.me",
                "fjordline.ru",
                "fjordline.us",
                "fjordline.com.tr",
                "FJORDLINE.NO",
                "Fjordline.Dk",
                "fjordline.shop",
                "fjordline.online.Danke",
                "fjordline.no.Thanks",
                "(fjordline.no)",
                "fjördline.no",
                "фьорд.рф",
                "xn--fjrdline-n4a.xn--p1ai",
                "shop2.fjord-line.cafe!",
                "注文はfjordline.comです",
                "fjordline。com",
                "fjordline．no",
                "ｆｊｏｒｄｌｉｎｅ.ｎｏ",
                "fjord\u{200b}line.no",
                "fjordline.\u{2060}no",
                "www . fjordline . com",
                "www. fjordline .no",
                "fjordline . com",
                "fjordline. com",
                "fjordline dot com",
                "fjordline punkt de",
                "fjordline[.]com",
                "fjordline (.) no",
                "fjordline [dot] no",
                "fjordline(punkt)de",
                "t.me/fjordline",
                "wa.me/4791234567",
                "ftp://fjordline",
                "x.com",
                "https://www.amazon.de/x,fjordline.no",
            ]
            .as_slice(),
        ),
        (
            Way::MailAddress,
            &[
                "ida＠fjordline.no",
                "ida@fjørdline.no",
                "ida AT fjordline DOT no",
                "ida at fjordline dot no",
                "ida (at) fjordline (dot) no",
                "ida{at}fjordline.no",
                "ida <at> fjordline <dot> no",
                "ida arroba fjordline punto es",
                "ida arobase fjordline . fr",
                "ida ät fjordline punkt de",
                "ida [ät] fjordline [punkt] de",
                "ida @ fjordline . com",
                "i\u{200b}da@fjordline.no",
            ],
        ),
        (
            Way::Phone,
            &[
                "call 0151 23456789",
                "call 015123456789",
                "015123456789",
                "Ruf 0151 23456789 an",
                "０１５１ ２３４５６７８９",
                "01 23 45 67 89",
                "06.12.34.56.78",
                "Appelez le 0612345678",
                "Llame al 612 345 678",
                "Chiama il 347 1234567",
                "Bel 06-12345678",
                "Ring oss på 22 33 44 55",
                "ring 22334455",
                "Zadzwoń: 501 234 567",
                "Ligue para 912 345 678",
                "text us: 206 555 0100",
                "call 0151 23456789 about your order",
                "phone number is 07700 900123",
            ],
        ),
    ] {
        for text in texts {
            assert_eq!(ways(text), [way], "{text}");
        }
    }
}

/// What makes a sentence pass lets no way out pass beside it.
#[test]
fn ways_out_are_found_also_within_sentences() {
    for (text, way) in [
        ("Visit fjordline.it today.", Way::Link),
        ("Order at fjordline.no for less.", Way::Link),
        ("You find it at fjordline.no.", Way::Link),
        ("Auf fjordline.de bestellen", Way::Link),
        ("Unter fjordline.de gibt es mehr.", Way::Link),
        ("Our shop2.no has it", Way::Link),
        ("It is on fjord-line.it they say", Way::Link),
        ("It is www.fjordline.it they say", Way::Link),
        ("It is fjordline.it/cups they say", Way::Link),
        ("It is fjordline.com they say", Way::Link),
        ("It is fjordline.shop they say", Way::Link),
        ("ida at fjordline. com", Way::MailAddress),
        ("About your order call 0049 30 1234567", Way::Phone),
        ("Your order is late: +49 30 1234567", Way::Phone),
        ("Rufen Sie 030/1234567 wegen Ihrer Bestellung an", Way::Phone),
        ("Kundenservice: 030/1234567", Way::Phone),
        ("Customer service 0800-123 456", Way::Phone),
        ("Kontakt: 030/1234567", Way::Phone),
        ("Ihre Bestellung kommt. Bei Fragen: 030/1234567", Way::Phone),
        ("Best regards, Ida, 030/1234567", Way::Phone),
        ("Your order is on its way. Our line: 030/1234567", Way::Phone),
        ("Tel. Nr. 206 555 0100", Way::Phone),
    ] {
        assert_eq!(ways(text), [way], "{text}");
    }
}

#[test]
fn spelled_addresses_names_on_networks_and_accounts_are_ways_out() {
    for (text, way) in [
        ("@fjordline on Instagram", Way::Handle),
        ("Find us on insta: @fjord.line!", Way::Handle),
        ("Telegram @fjordline_help", Way::Handle),
        ("Schreib uns auf Facebook (@fjordline)", Way::Handle),
        ("our Instagram: fjord_line", Way::Handle),
        ("We are fjord_line there, Instagram as fjord_line", Way::Handle),
        ("IBAN NO9386011117947", Way::Account),
        ("Bitte überweisen Sie auf DE89 3704 0044 0532 0130 00.", Way::Account),
        ("N O 9 3 8 6 0 1 1 1 1 7 9 4 7", Way::Account),
        ("my number is 9 1 2 3 4 5 6 7 8", Way::Phone),
        ("Our number: 912 345 678.", Way::Phone),
        ("Meine Nummer ist 912345678", Way::Phone),
        ("mi número es 6 1 2 3 4 5 6 7 8", Way::Phone),
        ("call 9 1 2 3 4 5 6 7 8 today", Way::Phone),
        ("i d a @ f j o r d . n o", Way::MailAddress),
        ("Write to i d a @ f j o r d . n o today", Way::MailAddress),
        ("ida (at) fjordline dot example", Way::MailAddress),
        ("ida@fjordline punkt example", Way::MailAddress),
        ("f j o r d . n o", Way::Link),
        ("ida at fjordline dot com", Way::MailAddress),
        ("ida at fjordline dot co dot uk", Way::MailAddress),
        ("ida arobase fjordline point fr", Way::MailAddress),
        ("ida@fjordline point fr", Way::MailAddress),
        ("ida apenstaartje fjordline punt nl", Way::MailAddress),
        ("ida@gmail com", Way::MailAddress),
        ("Write to ida at gmail com", Way::MailAddress),
        ("escriba a ida arroba hotmail es", Way::MailAddress),
        ("www fjordline com", Way::Link),
        ("Siehe www fjordline de", Way::Link),
        ("voir www fjordline fr", Way::Link),
        ("fjordline . de", Way::Link),
        ("Besuchen Sie fjordline .at!", Way::Link),
        ("se fjordline . no", Way::Link),
        ("fjordline . co.uk", Way::Link),
        ("fjordline dot co dot uk", Way::Link),
        ("fjordline-dot-com", Way::Link),
        ("fjordline point com", Way::Link),
        ("fjordline point fr", Way::Link),
        ("en fjordline punto com", Way::Link),
        ("em fjordline ponto pt", Way::Link),
        ("op fjordline punt nl", Way::Link),
        ("na fjordline kropka pl", Way::Link),
        ("på fjordline prikk no", Way::Link),
        ("fjord\u{34f}line.no", Way::Link),
        ("ida\u{202d}@fjordline.no", Way::MailAddress),
    ] {
        assert_eq!(ways(text), [way], "{text}");
    }
}

#[test]
fn each_way_is_named_once_and_what_is_clear_is_not_quoted() {
    let text = "www.x.example, www.y.example, ann@x.example or +49 (171) 5557812";
    let sentences = objections(text, "The market", &[]);
    assert_eq!(sentences.len(), 3, "{sentences:?}");
    assert!(sentences.iter().all(|words| !words.contains("x.example") && !words.contains("171")));
    let words = objections("Our team is at work.life is busy.", "The market", &[]);
    assert_eq!(
        words,
        [
            "The market takes no links in messages, and “work.life” looks like one. Leave it out, or put a blank behind the point."
        ]
    );
    assert_eq!(objections("See www.x.example", "The market", &["x.example"]), Vec::<String>::new());
}
