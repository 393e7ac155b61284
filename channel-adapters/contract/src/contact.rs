//! Ways out of a marketplace in a text that is to leave: links, mail addresses, phone numbers, names on other networks and bank
//! accounts. Marketplaces forbid them, and punish the shop. Pure; of what is found only what may be the end of a sentence is quoted, to whoever wrote it.

mod account;
mod handle;
mod host;
mod phone;
mod plain;

use std::sync::LazyLock;

use regex::Regex;

/// A link as browsers read it: up to what ends its host and port, with the name to sign in with that may stand before; and a
/// host with a path.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:(?:https?|ftp):[/\\]+|www\.)([^\s/\\?#<>\x22'()]+)[^\s,;<>\x22()]*|\b((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,10})/[^\s,;<>\x22()]+",
    )
    .ok()
});
/// The last part of a host begins with a letter: `2 @ 3.50` is a price.
static MAIL_ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[\p{L}\p{N}._%+-]+\s?@\s?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}[\p{L}\p{N}-]+").ok()
});

/// A way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// A link, or the name of a host.
    Link,
    /// A mail address, however it is written.
    MailAddress,
    /// A phone number; numbers of orders, parcels, days and prices are none.
    Phone,
    /// What somebody is called on another network, beside its name.
    Handle,
    /// The international number of a bank account.
    Account,
}

impl Way {
    /// What it is called in a sentence, as many.
    pub fn words(self) -> &'static str {
        match self {
            Self::Link => "links",
            Self::MailAddress => "mail addresses",
            Self::Phone => "phone numbers",
            Self::Handle => "names on other networks",
            Self::Account => "numbers of bank accounts",
        }
    }
}

/// A way out that a text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub way: Way,
    /// What was taken for it, where that may be the end of a sentence with the next right behind it.
    pub place: Option<String>,
}

/// The ways out that a text holds, each once. Links may lead to the hosts that are `allowed`, in lower case, and to all that
/// is below them.
pub fn found(text: &str, allowed: &[&str]) -> Vec<Found> {
    let text = plain::plain(text);
    let rest = MAIL_ADDRESS.as_ref().map_or(text.as_str().into(), |address| address.replace_all(&text, " "));
    let one = |way: Way| Found { way, place: None };
    let address = (rest != text.as_str()).then(|| one(Way::MailAddress));
    let phone = phone::has_number(&rest).then(|| one(Way::Phone));
    let handle = handle::has_handle(&rest).then(|| one(Way::Handle));
    let account = account::has_account(&rest).then(|| one(Way::Account));
    address.into_iter().chain(link(&rest, allowed)).chain(phone).chain(handle).chain(account).collect()
}

/// The same as sentences for whoever writes it. `platform` names it in words for people.
pub fn objections(text: &str, platform: &str, allowed: &[&str]) -> Vec<String> {
    let sentence = |found: Found| match found.place {
        Some(place) => format!(
            "{platform} takes no {} in messages, and “{place}” looks like one. Leave it out, or put a blank behind the point.",
            found.way.words()
        ),
        None => format!("{platform} takes no {} in messages. Leave it out.", found.way.words()),
    };
    found(text, allowed).into_iter().map(sentence).collect()
}

/// The first link that leads elsewhere.
fn link(text: &str, allowed: &[&str]) -> Option<Found> {
    let some = |place: Option<String>| Some(Found { way: Way::Link, place });
    let Some(link) = LINK.as_ref() else { return some(None) };
    let mut linked = link.captures_iter(text).filter_map(|found| {
        let with_path = found.get(2).map(|host| host.as_str()).filter(|host| host::goes_on(host));
        found.get(1).map(|host| host.as_str()).or(with_path)
    });
    if linked.any(|host| !is_allowed(host, allowed)) {
        return some(None);
    }
    // What stands in the path of a link leads nowhere by itself.
    let rest = link.replace_all(text, " ");
    let bare = host::hosts(&rest).into_iter().find(|host| !is_allowed(host, allowed))?;
    some(Some(bare))
}

fn is_allowed(host: &str, allowed: &[&str]) -> bool {
    let place = host.trim_matches(['.', ',', ';', '!', '[', ']']).to_lowercase();
    let (host, port) = place.split_once(':').unwrap_or((place.as_str(), ""));
    // A name before the host is one to sign in with, and leads the eye astray.
    port.bytes().all(|byte| byte.is_ascii_digit())
        && !host.contains('@')
        && allowed
            .iter()
            .any(|known| host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(text: &str) -> Vec<Way> {
        found(text, &["amazon.de", "dhl.example"]).into_iter().map(|found| found.way).collect()
    }

    #[test]
    fn plain_answers_pass() {
        for text in [
            "",
            "Your order 303-1234567-7654321 left on 05.11.2026 at 10:30 and arrives by Friday.",
            "Die Sendungsnummer ist 00340434161094042557. Sie erhalten 12,99 EUR zurück, z.B. am 1.12.2026.",
            "You can follow it at https://www.amazon.de/track?id=1 or www.track.dhl.example/12.",
            "It is here: https://www.amazon.de:443/track, [https://amazon.de], https://amazon.de: see below.",
            "We are sorry.It was late, but e.g. Monday is fine. No.1 of 2.",
            "注文番号は250-1234567-7654321です。",
            "Size 42/44, item B0ABCDEF12, 2 x 10.5 cm, voucher of Amazon's.",
            "Order 12-34567-89012, parcel 00340434161094",
            "Siehe amazon.de.Danke! Oder https://www.amazon.de/gp/css/order.do?next=shop.net",
            "2 @ 3.50 each, size 40+ is 12 cm, user@name, me@home, 20+5, 1 + 22 = 23, a@.b, @b.c",
        ] {
            assert_eq!(ways(text), [], "{text}");
        }
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

    /// In the languages of the marketplaces: what only looks like a way out.
    #[test]
    fn sentences_prices_days_and_numbers_are_no_ways_out() {
        for text in [
            "It has arrived.It is on the shelf.No problem.So we wait.Is that fine?",
            "Das Paket ist angekommen.Es tut uns leid.Am Montag kommt es an.In Ordnung?An Sie.Da ist es.Als Geschenk.",
            "Danke.Es ist da.So geht es.Shop geschlossen.Info folgt.Heute.Morgen.Support hilft.",
            "Le colis est parti.Il arrive lundi.La facture suit.Me voici.Au revoir.Es-tu là?Ce soir.Ne pas ouvrir.",
            "Il pacco è partito.Si vede domani.La fattura.Al più presto.Ci scusiamo.In arrivo.Ma sì.Tu puoi.",
            "El pedido salió.No hay problema.Se entrega hoy.Es así.La factura.Le llega.Al llegar.Mi error.Tu paquete.",
            "De bestelling is weg.Is dat goed?Er is niets.Al klaar.In orde.De rest volgt.Nu onderweg.",
            "Pakken er sendt.Så er det klart.Det er fint.Is det noe mer?No problem.Me ventar.Vi ses.",
            "Paket är skickat.Se bilagan.Nu är det klart.I dag.Om en vecka.Du får det.",
            "Paczka wyszła.To wszystko.Na razie.Do jutra.Za tydzień.Nie ma.Tu jest.Ma być.Co dalej?",
            "Kargo yola çıktı.Bu kadar.Ne zaman?Ve gelecek.İyi günler.",
            "発送しました。No.1です。in stock。ありがとう。",
            "Shipped ... so soon. Thanks . No worries . In a day . It is here . Me too",
            "z.B. u.a. d.h. i.d.R. s.o. e.g. i.e. a.m. p.m. U.S. U.K. N.V. S.p.A. B.V. C.V. Ph.D. St. Gallen",
            "Muster GmbH & Co.KG, Art.Nr. 12, Best.Nr. 7, ca.in 3 Tagen, bzw.am Montag, inkl.MwSt, Nr.in, evtl.am 3.12.",
            "12.99 EUR, 1.299,00 kr, CHF 12.50, 3.-, £5.00, 12,5 cm, 0.75 l, 5.5kg, 2 @ 3.50, 19.90/Stk., 10.50€/m",
            "v2.0.1, 1.2.3-beta, iOS 17.1, USB3.2, IP67, AB12.CD, X100.BR, 12-B.4, 4.5.6.7",
            "05.11.2026, 5.nov, 24.12.in der Früh, 10.30 Uhr, 08.30-09.30, 27 11 2026, 2026-11-27, Mo.-Fr., 24/7",
            "Either/or, and/or, da.Entweder/oder, 50/50, A/B, km/h, c/o Meyer, w/o",
            "Meet us at the dot in the middle, at point in time, polka dot in red, we are at meeting point no 5",
            "Wir sind at home. Look at it.It works. See you at work . Net weight 5 kg. Size S . M . L",
            "Tracking 00340434161094042557, RR123456785DE, 1Z999AA10123456784, JJD000390007822000001, 370700123456789012",
            "DPD 01475022001234, GLS 50123456789, UPC 012345678905, EAN 4006381333931, ISBN 0306406152",
            "Tilaus 12345678, zamówienie 0123456789, pedido n.º 0123456789, commande 0612345678, ordre 01234567890",
            "We will call you on 27 11 2026 about order 305551234567. Handy-Hülle 4006381333931. Anruf um 10.30 Uhr.",
            "Gold ring 12345678, ring size 54-56, phone case 12 x 7 cm, mobile 5G 2026, telefon 5000 mAh",
            "Sizes 36 37 38 39 40 41, 10 x 20 x 30 cm, 1000 2000 3000, 12345 Berlin, 01067 Dresden, 08.30 09.30 10.30",
        ] {
            assert_eq!(ways(text), [], "{text}");
        }
    }

    /// The same, and what is a way out however it is written.
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

    /// Well written answers that look like mail addresses, links or phone numbers at first sight.
    #[test]
    fn sentences_that_only_look_like_ways_out_pass() {
        for text in [
            // A country behind “at” and the end of a sentence.
            "Your parcel is at customs. UK duties apply.",
            "We are at home. EU returns are free.",
            "Please look at it. TV stands are heavy.",
            "The warehouse is at Leeds. UK orders leave today.",
            "It arrives at noon. UK time is meant.",
            "Pick it up at DHL. UK shops are open.",
            "See you at 5. UK time is meant.",
            "We ship at noon. CH parcels take longer.",
            // The next sentence right behind the point.
            "Sorry for the delay.it left today.",
            "The jacket is in stock.no extra costs.",
            "It fits.so you can keep it.",
            "Order 12345 is packed.in 2 days it arrives.",
            "Check the manual (p.12) and tell us if it helps.do not open it.",
            "The blanket is 140x200 cm.my colleague measured it.",
            "It weighs 3 kg.me too.",
            "The item is new.email us if it is not.",
            "Das Paket kommt morgen.so ist es geplant.",
            "Ihre Sendung 00340434161094042557 ist unterwegs.es dauert noch.",
            "Der Artikel ist wieder da.am Montag geht er raus.",
            "Hermes.es ist da. z.B.am/im Montag, Ausf.rot/blau, Gr.de/br.",
            "Merci pour votre message.je vous réponds demain.",
            "Le colis est parti à 10h30.il arrive demain.",
            "C'est bon.au plaisir. Voir p.ex.la notice. Mme.de La Tour",
            "Grazie.si prega di attendere.",
            "Il rimborso di 12,99 € è fatto.ci vediamo.",
            "El pedido llegó.es correcto.",
            "Bedankt.de factuur volgt.",
            "O seu pedido saiu.no domingo chega.",
            "O reembolso de 12,99 € foi feito.se precisar, escreva.",
            "Zwrot jest zrobiony.to wszystko.",
            "Dziękujemy.do widzenia.",
            "It arrived.UK orders take two days.",
            "Obrigado.Vc recebe amanhã.",
            // Other numbers, named as such.
            "EAN 0012345678905",
            "Die EAN lautet 0012345678905.",
            "Order number 0012345678 is packed.",
            "Tracking 003012345678901",
            "Tracking 0012 3456 7890",
            "We refund to your IBAN GB29 0060 1613 1926 8190.",
            "Nr konta 61 1090 1014 0000 0712 1981 2874",
            "Kreditkarte endet auf 0044 1234",
            "Invoice 206-555-0100 is attached.",
            "SKU 206-555-0100",
            "part no. 415-555-2671",
            "Bestellnummer 0171/2345678 ist bezahlt.",
            "Auftrag 0171/2345678 vom 3.11.",
            "Best.-Nr.0123/45678",
            "Sendung 030/1234567",
            "Art. 0815/4711-12",
            "Lot (2026) 112700",
            "(1234) 567890 pieces",
            "Commande 01.23.45.67.89",
            "Numéro client : 0123456789.",
            "Votre numéro de dossier est le 0612345678.",
            "Nº de cliente 0123456789",
            "Su número de caso: 0123456789",
            "Il codice pratica è 0612345678.",
            "Uw klantnummer is 0612345678.",
            "Nr klienta 0123456789",
            "Numer sprawy: 0612345678.",
            "Nr rachunku 0123456789",
            "Vorgangsnummer 0301234567",
            "Ihr Zeichen: 0171 2345678",
            "Kd.-Nr. 0123456789",
            "Bitte die Abholnummer 0151 2345678 nennen.",
            "The batch number is 0612345678.",
            "Your code is 0123456789.",
            "Model 06-12345678 is discontinued.",
            "My cell is charged. Batch 2345678.",
            "Bel is stuk, model 12345678.",
            "Fax rolls 210 297 1000 pieces.",
        ] {
            assert_eq!(ways(text), [], "{text}");
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
        ] {
            assert_eq!(ways(text), [way], "{text}");
        }
    }

    /// Orders, articles, sizes, prices, days and times, and networks without a name.
    #[test]
    fn ordinary_answers_beside_such_ways_out_pass() {
        for text in [
            "Your order FJ-20410 left at 9 30, parcel 1 of 2.",
            "Order no. 9 1 2 3 4 5 6 7 8 is packed.",
            "Your order number is 912345678, and ours is R-77.",
            "Our number for this return is in the parcel.",
            "My number one tip: wash it at 30 degrees.",
            "EAN 4 006381 333931, article 12 34 56.",
            "EAN 4006381333931, IBAN is on file, no need to send it.",
            "Sizes S M L and XL are in stock, 3 of each.",
            "Steps 1 2 3 and 4 are in the manual, page 5.",
            "Größen 3 6, 3 7 und 3 8 sind da.",
            "The set has 2 x 4 x 6 cm blocks, 1 2 3 to build.",
            "2 @ 3.50 each, 4 @ 12,99 EUR: 58,96 EUR.",
            "We ship on 24.12.2026 between 8 00 and 12 30.",
            "Le 3 1 2026 à 10 h 15, prix 12,99 €.",
            "You saw it on Instagram: the picture shows the large one.",
            "Facebook shows the old price; it is 19.90 now.",
            "WhatsApp is not offered here, so please write on this page.",
            "A line of 3 m @home would do.",
            "The phone line is closed, and the signal is weak at 5 km.",
            "Der Code DE12 steht auf Karton 3 von 4.",
            "Article NO93-8601, batch GB29 and lot SE35 5000.",
            "Tracking RR123456785DE, 1Z999AA10123456784, JJD000390007822000001.",
            "Plan A B or C: a new one, the money back, or 10 % off.",
            "Model X . Y and Z fit, size 4 5 does not.",
            "It is at point A dot B on the drawing.",
            "Invoice 2026-000123 of 05.11.2026, 131.00 EUR, VAT 25 %.",
            "Unsere Nummer 1 unter den Decken: 140 x 200 cm, 49,90 EUR.",
            "Nr konta 61 1090 1014 0000 0712 1981 2874",
        ] {
            assert_eq!(ways(text), [], "{text}");
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
}
