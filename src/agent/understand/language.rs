//! Which language a message is in: its script, frequent words and telling letters, good on one line.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::script;

/// A language the built-in engine knows, written as its ISO 639-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the codes speak for themselves")]
pub enum Language {
    En,
    De,
    Fr,
    Es,
    It,
    Nl,
    Pt,
    Pl,
    Sv,
    Da,
    Nb,
    Fi,
    Cs,
    He,
    Ar,
    Fa,
    Ur,
    El,
    Ru,
    Uk,
    Zh,
    Ja,
    Ko,
    Th,
    Hi,
    /// Another language, or nothing to tell by.
    Other,
}

impl Language {
    /// All of them, [`Language::Other`] last.
    pub const ALL: [Self; 26] = [
        Self::En,
        Self::De,
        Self::Fr,
        Self::Es,
        Self::It,
        Self::Nl,
        Self::Pt,
        Self::Pl,
        Self::Sv,
        Self::Da,
        Self::Nb,
        Self::Fi,
        Self::Cs,
        Self::He,
        Self::Ar,
        Self::Fa,
        Self::Ur,
        Self::El,
        Self::Ru,
        Self::Uk,
        Self::Zh,
        Self::Ja,
        Self::Ko,
        Self::Th,
        Self::Hi,
        Self::Other,
    ];

    /// ISO 639-1 code, or `other`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::It => "it",
            Self::Nl => "nl",
            Self::Pt => "pt",
            Self::Pl => "pl",
            Self::Sv => "sv",
            Self::Da => "da",
            Self::Nb => "nb",
            Self::Fi => "fi",
            Self::Cs => "cs",
            Self::He => "he",
            Self::Ar => "ar",
            Self::Fa => "fa",
            Self::Ur => "ur",
            Self::El => "el",
            Self::Ru => "ru",
            Self::Uk => "uk",
            Self::Zh => "zh",
            Self::Ja => "ja",
            Self::Ko => "ko",
            Self::Th => "th",
            Self::Hi => "hi",
            Self::Other => "other",
        }
    }
}

/// A language and how sure the detection is; 0 means that nothing in the text told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LanguageGuess {
    /// The likeliest language.
    pub language: Language,
    /// From 0 to 1.
    pub confidence: f32,
}

/// The languages that are written with Latin letters.
const LANGUAGES: [Language; 13] = [
    Language::En,
    Language::De,
    Language::Fr,
    Language::Es,
    Language::It,
    Language::Nl,
    Language::Pt,
    Language::Pl,
    Language::Sv,
    Language::Da,
    Language::Nb,
    Language::Fi,
    Language::Cs,
];
/// What the words of a text say for each of [`LANGUAGES`].
type Scores = [f32; LANGUAGES.len()];
/// A long mail tells its language in its first words.
const MAX_WORDS: usize = 150;

/// Detects the language of a text.
pub fn detect(text: &str) -> LanguageGuess {
    if let Some(guess) = script::detect(text) {
        return guess;
    }
    let mut scores: Scores = [0.0; LANGUAGES.len()];
    let (mut words, mut known) = (0_u16, 0_u16);
    for word in
        text.split(|letter: char| !letter.is_alphabetic() && letter != '\'' && letter != '’').take(MAX_WORDS * 2)
    {
        let word = word.trim_matches(['\'', '’']).to_lowercase().replace('’', "'");
        if word.is_empty() || word.len() > 40 {
            continue;
        }
        words += 1;
        known += u16::from(score_word(&word, &mut scores));
        for (index, letter) in word.char_indices() {
            if index > 0 && letter == '\'' {
                known += u16::from(score_word(word.get(..=index).unwrap_or_default(), &mut scores));
                score_word(word.get(index + 1..).unwrap_or_default(), &mut scores);
            }
        }
    }
    if text.contains(['¿', '¡']) {
        add(&mut scores, Language::Es, 2.0);
    }
    judge(&scores, words, known)
}

fn judge(scores: &Scores, words: u16, known: u16) -> LanguageGuess {
    let total: f32 = scores.iter().sum();
    let best = LANGUAGES.iter().zip(scores).max_by(|left, right| left.1.total_cmp(right.1));
    let Some((language, score)) = best.filter(|(_, score)| **score > 0.2) else {
        return LanguageGuess { language: Language::Other, confidence: if words >= 5 { 0.6 } else { 0.0 } };
    };
    // Few known words among many strange ones: a language we have no table for.
    if words >= 6 && known * 7 < words {
        return LanguageGuess { language: Language::Other, confidence: 0.5 };
    }
    LanguageGuess { language: *language, confidence: (score / (total + 0.5)).clamp(0.0, 0.99) }
}

fn add(scores: &mut Scores, language: Language, weight: f32) {
    for (own, score) in LANGUAGES.iter().zip(scores) {
        if *own == language {
            *score += weight;
        }
    }
}

/// Adds what a word tells; true when it stands in the word table.
fn score_word(word: &str, scores: &mut Scores) -> bool {
    static TABLE: LazyLock<HashMap<&'static str, Vec<Language>>> = LazyLock::new(|| {
        let mut table: HashMap<&'static str, Vec<Language>> = HashMap::new();
        for (language, words) in WORDS {
            for word in words.split_whitespace() {
                table.entry(word).or_default().push(*language);
            }
        }
        table
    });
    if let Some(languages) = TABLE.get(word) {
        let weight = match languages.len() {
            1 => 1.0,
            2 => 0.45,
            _ => 0.25,
        };
        for language in languages {
            add(scores, *language, weight);
        }
        return true;
    }
    for (letters, language, weight) in LETTERS {
        if word.contains(*letters) {
            add(scores, *language, *weight);
        }
    }
    for (ending, language, weight) in ENDINGS {
        if word.len() > ending.len() + 1 && word.ends_with(ending) {
            add(scores, *language, *weight);
        }
    }
    false
}

const LETTERS: &[(&[char], Language, f32)] = &[
    (&['ß'], Language::De, 1.5),
    (&['ä', 'ö', 'ü'], Language::De, 0.7),
    (&['ł', 'ą', 'ę', 'ż', 'ź', 'ś', 'ć', 'ń'], Language::Pl, 1.5),
    (&['ñ'], Language::Es, 1.2),
    (&['ã', 'õ'], Language::Pt, 1.5),
    (&['ç'], Language::Pt, 0.5),
    (&['ç', 'è', 'ê', 'û', 'î', 'œ'], Language::Fr, 0.6),
    (&['ò', 'ì'], Language::It, 1.0),
    (&['è', 'ù', 'à'], Language::It, 0.4),
    (&['á', 'í', 'ó', 'ú'], Language::Es, 0.5),
    (&['á', 'í', 'ó', 'ú', 'ê', 'â'], Language::Pt, 0.4),
    (&['é'], Language::Fr, 0.4),
    (&['å'], Language::Sv, 1.0),
    (&['ä', 'ö'], Language::Sv, 0.6),
    (&['æ', 'ø', 'å'], Language::Da, 0.9),
    (&['æ', 'ø', 'å'], Language::Nb, 0.9),
    (&['ä'], Language::Fi, 0.6),
    (&['ř', 'ě', 'ů', 'č', 'š', 'ž', 'ý'], Language::Cs, 1.5),
];

const ENDINGS: &[(&str, Language, f32)] = &[
    ("ing", Language::En, 0.5),
    ("ed", Language::En, 0.3),
    ("'t", Language::En, 1.0),
    ("ung", Language::De, 0.7),
    ("lich", Language::De, 0.7),
    ("isch", Language::De, 0.5),
    ("keit", Language::De, 0.9),
    ("en", Language::De, 0.15),
    ("en", Language::Nl, 0.15),
    ("ez", Language::Fr, 0.5),
    ("eux", Language::Fr, 0.6),
    ("ement", Language::Fr, 0.6),
    ("ción", Language::Es, 1.2),
    ("ado", Language::Es, 0.3),
    ("ado", Language::Pt, 0.25),
    ("mente", Language::It, 0.25),
    ("mente", Language::Es, 0.25),
    ("mente", Language::Pt, 0.2),
    ("zione", Language::It, 1.2),
    ("ato", Language::It, 0.6),
    ("ata", Language::It, 0.3),
    ("gli", Language::It, 0.6),
    ("are", Language::It, 0.25),
    ("ção", Language::Pt, 1.2),
    ("ções", Language::Pt, 1.2),
    ("eel", Language::Nl, 0.3),
    ("aar", Language::Nl, 0.5),
    ("ijk", Language::Nl, 0.9),
    ("tje", Language::Nl, 0.7),
    ("ów", Language::Pl, 1.0),
    ("nie", Language::Pl, 0.3),
    ("em", Language::Pl, 0.1),
    ("cie", Language::Pl, 0.4),
    ("ego", Language::Pl, 0.5),
    ("ssa", Language::Fi, 0.6),
    ("ssä", Language::Fi, 0.8),
    ("aan", Language::Fi, 0.5),
    ("ään", Language::Fi, 0.8),
    ("ni", Language::Fi, 0.3),
    ("igt", Language::Sv, 0.5),
    ("arna", Language::Sv, 0.8),
    ("erne", Language::Da, 0.6),
    ("ene", Language::Nb, 0.4),
];

const WORDS: &[(Language, &str)] = &[
    (
        Language::En,
        "the a an and or but is are was were be been am i you he she it we they my your his her our their this that \
         these those of to in on at for with from by not no do does did have has had can could will would should what \
         when where which who why how please thanks thank hello hi hey dear regards order parcel package delivery \
         refund return money back want need would like help cancel change address wrong broken item arrived yet still \
         received shipped tracking invoice size stock available any there here if so just got get me don't i'm it's \
         haven't hasn't didn't up out about after before as all customer service status account track where's what's \
         exchange buy jacket shoes late lost missing update",
    ),
    (
        Language::De,
        "der die das den dem des ein eine einen einem einer und oder aber ist sind war waren sein bin ich du er sie es \
         wir ihr mein meine meinen meiner ihre unser dieser diese von zu im am an auf für mit aus bei nach nicht kein \
         keine noch immer schon haben habe hat hatte kann können könnte wird werden würde sollte was wann wo welche wer \
         warum wie bitte danke hallo guten tag grüße vielen bestellung paket lieferung rückerstattung geld zurück \
         möchte will brauche hilfe stornieren ändern adresse falsch kaputt artikel angekommen erhalten versendet \
         rechnung größe verfügbar wenn auch nur mir mich uns dass gibt seit bis über unter wurde bestellt zum zur vom \
         liegt bleibt lange retoure umtauschen ware schicken bekommen moin",
    ),
    (
        Language::Fr,
        "le la les un une des du de et ou mais est sont était être suis je tu il elle nous vous ils mon ma mes votre \
         vos notre ce cette ces à au aux en dans sur pour avec par pas ne plus non avoir ai as avez ont peux pouvez \
         peut serait voudrais quoi quand où quel quelle qui pourquoi comment merci bonjour bonsoir salut cordialement \
         commande colis livraison remboursement retour argent veux besoin aide annuler changer adresse cassé article \
         arrivé reçu expédié facture taille disponible toujours encore rien si très plaît j' l' d' n' c' qu' s' m' \
         j'ai est-ce que été suivi chez mauvais renvoyer échanger svp",
    ),
    (
        Language::Es,
        "el la los las un una unos unas y o pero es son era ser estoy está están yo tú él ella nosotros ustedes mi mis \
         su sus nuestro este esta estos de del a al en con por para no ni he ha han haber tengo tiene puedo pueden \
         puede quiero quisiera necesito qué cuándo dónde cuál quién cómo por gracias hola buenos días buenas tardes \
         saludos pedido paquete envío entrega reembolso devolución dinero devolver ayuda cancelar cambiar dirección \
         roto equivocado artículo llegado llegó recibido enviado factura talla disponible todavía aún nada si muy me \
         se lo le les ya donde cuando como favor mucho hay falta sigo esperando compra donde esta",
    ),
    (
        Language::It,
        "il lo la i gli le un una uno e o ma è sono era essere io tu lui lei noi voi mio mia miei vostro vostra questo \
         questa di del della dei a al alla in nel con per da non né ho hai ha abbiamo hanno posso potete può vorrei \
         voglio che cosa quando dove dov'è quale chi perché come grazie ciao buongiorno salve saluti ordine pacco \
         consegna spedizione rimborso reso soldi indietro bisogno aiuto annullare cambiare indirizzo rotto sbagliato \
         articolo arrivato ricevuto spedito fattura taglia disponibile ancora niente se molto mi si ci vi più l' c'è \
         dell' un' all' già stato favore avete manca quanto",
    ),
    (
        Language::Nl,
        "de het een en of maar is zijn was waren ben ik jij je hij zij ze wij we jullie mijn uw onze dit dat deze die \
         van naar in op aan voor met uit bij niet geen nog steeds al heb hebt heeft hebben kan kunt kunnen zal zou wil \
         graag wat wanneer waar welke wie waarom hoe bedankt dank hallo hoi goedemorgen goedemiddag groet groeten beste \
         bestelling pakket pakje levering bezorging terugbetaling geld terug retour nodig hulp annuleren wijzigen adres \
         kapot verkeerd artikel aangekomen ontvangen verzonden factuur maat voorraad beschikbaar als ook maar mij te er \
         om wel zo dan bent worden wordt u blijft moet ruilen terugsturen gekregen jas",
    ),
    (
        Language::Pt,
        "o a os as um uma uns e ou mas é são era ser estou está estão eu tu ele ela nós vocês você meu minha meus \
         vosso seu sua este esta isto de do da dos das ao à em no na nos nas com por para pelo não nem tenho tem posso \
         podem pode quero queria gostaria preciso que quando onde qual quem como obrigado obrigada olá oi bom dia boa \
         tarde cumprimentos pedido encomenda pacote entrega envio reembolso devolução dinheiro volta devolver ajuda \
         cancelar alterar mudar morada endereço partido quebrado errado artigo chegou recebi enviado fatura tamanho \
         disponível ainda nada se muito me já cadê foi favor trocar há",
    ),
    (
        Language::Pl,
        "i a w z na do nie to jest są był była być jestem ja ty on ona my wy moje moja mój mojego mojej państwa ten ta \
         te o od dla po przez za przy czy mam ma mamy mogę może można chcę chciałbym chciałabym proszę co kiedy gdzie \
         który która kto dlaczego jak dziękuję dzięki dzień dobry cześć witam pozdrawiam zamówienie zamówienia paczka \
         paczki przesyłka przesyłki dostawa zwrot pieniędzy pieniądze zwrócić pomoc anulować zmienić adres uszkodzony \
         zły produkt dotarła dotarło otrzymałem otrzymałam wysłane faktura fakturę rozmiar dostępny jeszcze nadal się \
         ale już bardzo mi by że nic tak lub paczke prosze gdzie moja",
    ),
    // Words that these share with the languages above are left out: what is written in one of those stays its own.
    (
        Language::Sv,
        "och är inte jag att det som på för med av har hade har ett min mitt mina ni du hej tack beställning beställt \
         beställningen paketet leverans leveransen försenad återbetalning pengar pengarna tillbaka vill skulle behöver \
         hjälp avbeställa ändra adressen trasig skadad fel fick fått kommit kommer när varför hur vad ännu fortfarande \
         ingen inget gärna snälla mvh hälsningar vänliga också mycket veckan från eller hellre den här var utlovad \
         storlek kvitto faktura jackan skorna skickat returnera byta vart tagit vägen kan jag god dag",
    ),
    (
        Language::Da,
        "og ikke jeg at det som på med af har havde et mit mine hej tak bestilling bestillingen bestilt ordre pakken \
         levering leveringen forsinket refusion penge pengene tilbage vil skulle behøver hjælp annullere ændre \
         adressen ødelagt beskadiget forkert fik fået modtaget kommer hvornår hvorfor hvordan hvad hvor endnu stadig \
         ingen intet gerne venlig hilsen også meget ugen fra eller størrelse kvittering faktura jakken skoene sendt \
         returnere bytte bliver noget min blevet dage",
    ),
    (
        Language::Nb,
        "og ikke jeg at det som på med av har hadde et mitt mine hei takk bestilling bestillingen bestilt pakken \
         levering leveringen forsinket refusjon penger pengene tilbake vil skulle trenger hjelp kansellere avbestille \
         endre adressen ødelagt skadet feil fikk fått mottatt kommer når hvorfor hvordan hva hvor ennå fortsatt ingen \
         ingenting gjerne vennlig hilsen også mye uken fra eller størrelse kvittering faktura jakken skoene sendt \
         returnere bytte blir noe min blitt dager",
    ),
    (
        Language::Fi,
        "ja ei ole on olen että mutta tai se tämä minun minulla tilaus tilaukseni tilasin tilauksen paketti pakettini \
         toimitus toimitusta missä milloin miksi miten mikä vielä hei kiitos terveisin ystävällisin rahat takaisin \
         haluan haluaisin tarvitsen apua peruuttaa vaihtaa osoite osoitteen rikki väärä tuote saapunut saanut lähetetty \
         lasku koko palauttaa palautus voisitteko kun jos niin nyt kuin olisi pitäisi olla eilen perillä viipyy",
    ),
    (
        Language::Cs,
        "je jsem není že ale nebo ten tato můj moje moji mám máte dobrý den děkuji děkuju ahoj objednávka objednávku \
         objednávky balík zásilka zásilku doručení vrácení peníze peněz chci chtěl chtěla bych potřebuji pomoc zrušit \
         změnit adresu rozbité poškozený špatný výrobek přišla přišel přišlo dorazila dorazil obdržel obdržela faktura \
         fakturu velikost kdy kde proč jak co ještě stále pořád pozdravem prosím mi se jste byl byla vrátit vyměnit",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_language(language: Language, texts: &[&str]) {
        for text in texts {
            assert_eq!(detect(text).language, language, "{text}: {:?}", detect(text));
        }
    }

    #[test]
    fn one_line_messages() {
        assert_language(
            Language::En,
            &["where is my parcel", "my order still hasn't arrived", "cancel it please", "refund?"],
        );
        assert_language(
            Language::De,
            &["Wo bleibt mein Paket?", "Bitte stornieren", "Die Lampe ist kaputt", "Rechnung fehlt noch"],
        );
        assert_language(
            Language::Fr,
            &["Où est ma commande ?", "Je veux être remboursé", "Toujours rien reçu", "C'est cassé"],
        );
        assert_language(Language::Es, &["¿Dónde está mi pedido?", "quiero cancelar el pedido", "No ha llegado nada"]);
        assert_language(Language::It, &["Dov'è il mio pacco?", "Vorrei fare il reso", "Il prodotto è rotto"]);
        assert_language(Language::Nl, &["Waar blijft mijn pakket?", "Ik wil graag ruilen", "De jas is te klein"]);
        assert_language(
            Language::Pt,
            &["Onde está a minha encomenda?", "Quero o meu dinheiro de volta", "Cadê meu pedido"],
        );
        assert_language(Language::Pl, &["Gdzie jest moja paczka?", "Proszę o fakturę", "Chcę zwrócić towar"]);
    }

    #[test]
    fn languages_without_texts_are_told_from_their_neighbours() {
        assert_language(
            Language::Sv,
            &[
                "Hej,\n\njackan i FJ-20405 är försenad, den var utlovad till den 12 december. Om den inte kommer den här \
                 veckan vill jag hellre ha pengarna tillbaka.\n\nMvh\nKlara",
                "Var är mitt paket?",
                "Jag vill returnera skorna",
            ],
        );
        assert_language(Language::Da, &["Hvornår kommer min pakke? Jeg har ikke modtaget noget endnu."]);
        assert_language(Language::Nb, &["Når kommer pakken min? Jeg har ikke fått noe ennå."]);
        assert_language(Language::Fi, &["missä minun tilaukseni viipyy kun pitäisi olla perillä eilen"]);
        assert_language(Language::Cs, &["Dobrý den, kde je moje zásilka? Ještě nepřišla."]);
    }

    #[test]
    fn other_scripts_and_empty_text() {
        assert_language(Language::Ru, &["Где моя посылка?"]);
        assert_language(Language::Other, &["სად არის ჩემი ამანათი?", "", "12345 ???"]);
        let unknown = detect("hol van a csomagom? már két hete várok, és még mindig nem érkezett meg");
        assert!(unknown.confidence < 0.5, "{unknown:?}");
        assert!(detect("12345").confidence < 0.01);
    }

    #[test]
    fn serialises_as_the_code() {
        assert_eq!(serde_json::to_string(&Language::Pt).unwrap(), "\"pt\"");
        assert_eq!(Language::Other.code(), "other");
    }
}
