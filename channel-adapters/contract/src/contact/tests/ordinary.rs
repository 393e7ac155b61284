//! What a marketplace takes: well written answers in the languages of its buyers, also those that look like ways out.

use super::ways;

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

/// What looks like something spelled out, in sentences.
#[test]
fn points_and_blanks_of_sentences_pass() {
    for text in [
        "We ship at 5. com\u{ad}bined orders leave together.",
        "We ship at 5. Combined orders leave at 6.",
        "It is in stock . no extra costs.",
        "Our www page is slow today, and the www site on your phone is not.",
        "It is at collection point UK, at the point of sale, or at this point on the map.",
        "Please look at your Gmail: our answer is there.",
        "A polka dot at 5 EUR, a red dot in the corner, a dot to the left.",
        "At that point com\u{ad}plete the form.",
        "Auf den Punkt: es ist da. Der Punkt am Ende gehört dazu.",
        "Punkt 12 Uhr holt der Bote es ab, und Punkt eins der Anleitung hilft.",
        "Das Paket ist da . es liegt beim Nachbarn.",
        "Le point de vente est ouvert, et à ce point nous attendons.",
        "Le colis est au point relais . il y reste sept jours.",
        "Un point important : la facture suit.",
        "En este punto no hay nada que pagar. Está a punto de salir.",
        "El punto es importante. Punto de recogida: la tienda.",
        "A questo punto si attende. Punto di ritiro in negozio.",
        "Op dit punt is alles klaar. Het punt staat op de kaart.",
        "Neste ponto não há custos. O ponto de recolha fica perto.",
        "På dette punkt er alt i orden. På prikken klokka fem.",
    ] {
        assert_eq!(ways(text), [], "{text}");
    }
}
