//! How a message sounds: sentiment, urgency, anger and words that mean a person should look.

use std::sync::LazyLock;

use serde::Serialize;

use super::phrases::{Phrases, plain_words};

/// Signs that a case may leave the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Escalation {
    /// Lawyer, court, consumer law.
    Legal,
    /// Wants the bank or payment service to take the money back.
    Chargeback,
    /// Press, television, social media.
    Press,
    /// Ombudsman, consumer protection, platform claim.
    Authority,
    /// Public bad review.
    PublicReview,
    /// Danger to a person: injury, allergic reaction, fire.
    Safety,
}

/// How a message sounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tone {
    /// From -1 (very unhappy) to 1 (very happy).
    pub sentiment: f32,
    /// From 0 to 1.
    pub urgency: f32,
    /// From 0 to 1.
    pub anger: f32,
    /// What the customer threatens or reports, each once.
    pub escalations: Vec<Escalation>,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Good(f32),
    Bad(f32),
    Angry(f32),
    Urgent(f32),
    Escalates(Escalation),
}

/// Reads the tone of a text.
pub fn tone(text: &str) -> Tone {
    static PHRASES: LazyLock<Phrases<Mark>> = LazyLock::new(|| Phrases::new(TABLES));
    let mut tone = Tone { sentiment: 0.0, urgency: 0.0, anger: 0.0, escalations: Vec::new() };
    for (mark, _) in PHRASES.find(&plain_words(text)) {
        match mark {
            Mark::Good(weight) => tone.sentiment += weight,
            Mark::Bad(weight) => tone.sentiment -= weight,
            Mark::Angry(weight) => {
                tone.anger += weight;
                tone.sentiment -= weight;
            }
            Mark::Urgent(weight) => tone.urgency += weight,
            Mark::Escalates(escalation) => {
                tone.anger += 0.2;
                tone.sentiment -= 0.3;
                tone.escalations.push(escalation);
            }
        }
    }
    let shout = shouting(text);
    tone.anger += shout;
    tone.urgency += shout * 0.5;
    tone.escalations.sort_unstable();
    tone.escalations.dedup();
    tone.sentiment = tone.sentiment.clamp(-1.0, 1.0);
    tone.anger = tone.anger.clamp(0.0, 1.0);
    tone.urgency = tone.urgency.clamp(0.0, 1.0);
    tone
}

/// Capital letters and rows of exclamation marks.
fn shouting(text: &str) -> f32 {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let capitals = text.chars().filter(|letter| letter.is_uppercase()).count();
    let loud = letters >= 12 && capitals * 10 > letters * 7;
    let bangs = text.contains("!!") || text.contains("!?") || text.contains("?!");
    f32::from(u8::from(loud)).mul_add(0.4, if bangs { 0.2 } else { 0.0 })
}

const TABLES: &[(Mark, &str)] = &[
    (Mark::Good(0.4), GOOD),
    (Mark::Good(0.15), POLITE),
    (Mark::Bad(0.3), BAD),
    (Mark::Angry(0.4), ANGRY),
    (Mark::Urgent(0.5), URGENT),
    (Mark::Escalates(Escalation::Legal), LEGAL),
    (Mark::Escalates(Escalation::Chargeback), CHARGEBACK),
    (Mark::Escalates(Escalation::Press), PRESS),
    (Mark::Escalates(Escalation::Authority), AUTHORITY),
    (Mark::Escalates(Escalation::PublicReview), REVIEW),
    (Mark::Escalates(Escalation::Safety), SAFETY),
];

const GOOD: &str = "
great|wonderful|amazing|awesome|excellent|fantastic|brilliant|lovely|perfect
love|loved 2 it|this|the|your
very|so|really happy|pleased|satisfied|glad
toll|super|perfekt|wunderbar|klasse|begeistert|zufrieden -nicht|gar
parfait|super|genial|ravi|ravie|excellent
perfecto|genial|excelente|encantado|encantada|maravilloso
perfetto|ottimo|fantastico|meraviglioso|contento
geweldig|fantastisch|tevreden|uitstekend
perfeito|otimo|excelente|maravilhoso|adorei
swietnie|swietny|super|doskonale|rewelacja";

const POLITE: &str = "
thanks|thank|thx|cheers
danke|dank
merci
gracias
grazie
bedankt|dank|dankjewel
obrigado|obrigada
dziekuje|dzieki";

const BAD: &str = "
disappointed|disappointing|unhappy|dissatisfied|unfortunately|sad|annoyed|annoying|upset|frustrated|frustrating
broken|damaged|defective|faulty|lost|missing|wrong|late|stolen
still 3 not|no|waiting
never arrived|came|received
enttauscht|leider|argerlich|unzufrieden|kaputt|beschadigt|defekt|verloren|falsch
immer noch nicht|kein
decu|decue|mecontent|malheureusement|casse|abime|defectueux|perdu
toujours pas|rien
decepcionado|decepcionada|molesto|molesta|roto|rota|danado|defectuoso|perdido
todavia|aun no
deluso|delusa|purtroppo|rotto|rotta|danneggiato|difettoso
teleurgesteld|helaas|kapot|beschadigd|defect|ontevreden
desiludido|decepcionado|decepcionada|infelizmente|quebrado|partido|danificado
rozczarowany|rozczarowana|niestety|uszkodzony|uszkodzona|zepsuty|niezadowolony";

const ANGRY: &str = "
unacceptable|ridiculous|outrageous|disgusting|disgrace|disgraceful|pathetic|shameful|scandal|furious|angry|appalling|joke
worst|terrible|horrible|awful|useless|incompetent|liars|thieves|scammers
scam|rip fraud|off
fed up
sick 1 of
never again
last time i
how dare
fucking|fuck|shit|bullshit|damn|goddamn|bloody|crap|wtf
frechheit|unverschamt|unmoglich|sauerei|katastrophe|betrug|abzocke|saftladen|wutend|inakzeptabel
nie wieder
unter aller sau
verdammt|scheisse|scheiss
scandaleux|inadmissible|inacceptable|honteux|honte|arnaque|furieux|furieuse|lamentable|voleurs
merde|putain
inaceptable|verguenza|estafa|pesimo|pesima|furioso|furiosa|ladrones|indignante
mierda|joder
inaccettabile|vergogna|vergognoso|truffa|pessimo|furioso|ladri|schifo
onacceptabel|belachelijk|schandalig|oplichting|woedend|waardeloos|oplichters
inaceitavel|absurdo|burla|vergonha|golpe|pessimo|ladroes
skandal|oszusci|oszustwo|zlodzieje|kpina|wsciekly|beznadziejn*|niedopuszczalne";

const URGENT: &str = "
urgent|urgently|asap|immediately|emergency
as soon as possible
right now|away
today 2 please|need
need 4 by|before|tomorrow|today
wedding|birthday|funeral|flight 3 tomorrow|today|saturday|friday|weekend
dringend|eilig|sofort|eilt|umgehend|schnellstmoglich
so schnell wie
urgente|urgentemente|urgence|immediatement|rapidement
de toute urgence
au plus vite
inmediatamente|cuanto
lo antes posible
subito|immediatamente|urgenza
il prima possibile
dringend|spoed|onmiddellijk|meteen
zo snel mogelijk
imediatamente|urgencia
o mais rapido
pilne|pilnie|natychmiast
jak najszybciej";

const LEGAL: &str = "
lawyer|attorney|solicitor|lawsuit|sue|suing
legal action|steps|proceedings
see|take 2 court
small claims
my|consumer rights
consumer law|protection
anwalt|rechtsanwalt|klage|gericht|rechtliche|anwaltlich|strafanzeige|mahnbescheid
avocat|tribunal|justice|huissier|juridique
mise en demeure
abogado|demanda|denuncia|juzgado|tribunales
avvocato|tribunale|denuncia|legali|legale
advocaat|rechter|rechtbank|juridische|aangifte
advogado|tribunal|processo|judicial
prawnik|prawnika|adwokat|adwokata|sad|sadu|pozew";

const CHARGEBACK: &str = "
chargeback|charge-back
charge back
dispute 4 charge|payment|transaction|card|bank|paypal
bank|paypal|visa 5 dispute
reverse the payment|charge
open|file 2 paypal
kauferschutz|ruckbuchung|ruckbuchen|ruckbuchungsverfahren|lastschrift 3 zuruck*
konfliktlosung|paypal-fall
opposition 3 paiement|carte|banque
litige 3 paypal|banque
contracargo|retrocesion
disputa 3 paypal|banco
contestare 3 pagamento|addebito
storno|terugboeken|terugboeking|stornering
contestar 3 cobranca|pagamento|compra
obciazenie zwrotne
spor 2 paypal";

const PRESS: &str = "
journalist|newspaper|reporter|press|tv|bbc
social media
post 4 twitter|facebook|instagram|tiktok|reddit
go viral
zeitung|presse|fernsehen|offentlich
journal|journaliste|presse|reseaux
periodico|periodista|prensa|redes
giornale|giornalista|stampa|social
krant|pers|radar|kassa
jornal|imprensa|jornalista|redes
gazeta|prasa|telewizja|dziennikarz*";

const AUTHORITY: &str = "
ombudsman|regulator|bbb
trading standards
better business
consumer 1 agency|authority|organisation|organization
a-to-z|a2z
report 3 police|authorities
verbraucherzentrale|verbraucherschutz|polizei|schlichtung|bundesnetzagentur
dgccrf|signalconso|police|gendarmerie
que choisir
ocu|consumo|policia|facua
codacons|altroconsumo|polizia|antitrust
consumentenbond|acm|politie|geschillencommissie
procon|deco|policia|reclame
livro de reclamacoes
uokik|rzecznik*|policja|policje";

const REVIEW: &str = "
trustpilot|yelp
bad|negative|one|1 1 review|reviews|star
google review|reviews
warn 3 people|others|everyone|friends
schlechte|negative bewertung
bewertung 4 google|trustpilot
mauvais|mauvaise 1 avis|note
mala|malas resena|resenas|valoracion
recensione negativa
negativa recensione
slechte|negatieve review|beoordeling
avaliacao negativa
ma|pessima avaliacao
zla|negatywna opinia|opinie|recenzja";

const SAFETY: &str = "
injured|injury|allergic|allergy|hospital|burned|burnt|bleeding|electrocuted|choked
caught|catch fire
electric shock
got|feel|am|was sick|ill
rash|swollen|poison*
verletzt|verbrannt|allergisch|allergische|krankenhaus|stromschlag|brand|feuer
blesse|blessee|brulure|brule|allergie|allergique|hopital
herido|herida|alergia|quemadura|hospital|incendio
ferito|ustione|allergia|allergica|ospedale
gewond|verbrand|allergisch|ziekenhuis|brand
ferido|queimadura|alergia|alergica|incendio
ranny|oparzenie|alergia|uczulenie|szpital";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn happy_and_unhappy_differ() {
        assert!(tone("Thank you, the lamp is wonderful!").sentiment > 0.3);
        assert!(tone("The lamp arrived broken and I am very disappointed").sentiment < -0.2);
        assert!(tone("Das ist eine Frechheit, nie wieder!").anger > 0.5);
        assert!(tone("Where is my order?").anger < 0.1);
    }

    #[test]
    fn urgency_is_heard_in_several_languages() {
        for text in [
            "I need this by Friday",
            "Bitte dringend antworten",
            "C'est urgent",
            "Lo necesito lo antes posible",
            "To pilne!",
        ] {
            assert!(tone(text).urgency >= 0.4, "{text}");
        }
        assert!(tone("No rush at all, take your time").urgency < 0.1);
    }

    #[test]
    fn escalations_are_named() {
        let of = |text: &str| tone(text).escalations;
        assert_eq!(of("My lawyer will contact you"), [Escalation::Legal]);
        assert_eq!(of("I will file a chargeback with my bank"), [Escalation::Chargeback]);
        assert_eq!(of("Ich melde das der Verbraucherzentrale"), [Escalation::Authority]);
        assert_eq!(of("I shall leave a bad review on Trustpilot"), [Escalation::PublicReview]);
        assert_eq!(of("the charger caught fire and I burned my hand"), [Escalation::Safety]);
        assert_eq!(of("Can I pay with PayPal?"), []);
    }

    #[test]
    fn shouting_counts() {
        assert!(tone("WHERE IS MY PARCEL ANSWER ME").anger > 0.3);
        assert!(tone("Hello FJ-20417").anger < 0.1);
    }
}
