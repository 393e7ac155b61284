//! Hosts among the words of an answer. What ends like a host may be the end of a sentence with the next right behind it, an
//! abbreviation, a day, a price or a version.

use std::sync::LazyLock;

use regex::Regex;

/// Words with points between them.
static CHAIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*(?:\.[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*)+").ok());

/// Endings that no sentence begins with.
const CLEAR: &str = " com org biz xyz mobi eu uk dk nl pl ru cz ch hu gr bg jp cn kr br mx nz tv cc lt lv sk tk fm gg vc ws gmbh icu \
                     onl рф ";
/// Endings of countries: two letters, which come and go with these.
const COUNTRIES: &str = " ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz \
    ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge \
    gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn \
    kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne \
    nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm \
    sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws \
    ye yt za zm zw ";
/// Other endings under which shops and mailboxes are found.
const OTHERS: &str = " com net org info biz edu gov mil mobi name pro tel asia cat jobs travel shop store online site website app dev \
    xyz top club page blog cloud digital email live life world today news media group company agency team studio design art \
    fashion clothing shoes jewelry boutique gift gifts toys market deals sale discount shopping express delivery support help \
    care services solutions tech technology software systems network space host hosting link click fun vip win bid icu buzz \
    work works zone chat social ltd inc llc gmbh sarl srl bar cafe coffee restaurant wine beer pizza kitchen garden house \
    homes fit fitness yoga health clinic bike cars auto parts tools trade trading business center city community directory \
    download earth eco energy events exchange expert family fan film finance flowers forum foundation fund furniture gallery \
    game games global gold golf green guide guru hair ink institute international land legal lighting limited lol love \
    luxury management marketing moda money movie ninja one onl ooo partners party pet pets photo photos photography pics \
    pictures pink plus press promo properties pub recipes rent rentals repair report review reviews rocks run school science \
    security show ski skin solar storage stream style supplies supply surf tax taxi tips tours town training tube university \
    uno vet video vision voyage watch wiki wtf kaufen reise haus berlin hamburg koeln cologne bayern wien tirol swiss paris \
    london amsterdam brussels vlaanderen gent scot wales cymru irish madrid barcelona gal eus bzh corsica tokyo nyc рф рус \
    онлайн сайт москва дети укр бел бг срб мкд ελ ею 中国 中國 台灣 香港 公司 网络 网址 商店 コム ストア セール みんな 한국 닷컴 닷넷 ";
/// Endings that are words, too, with which a sentence begins or goes on.
const OPENERS: &str = " ad ai al am ao as at au be by ca ci co de do er es et id il im in io is it je la li ma me mo my na ne ni no nu \
                       om sa se si so st su to us va ve vi za ";
/// The same of other endings. They count behind a short word alone: shops have such hosts.
const LONGER_OPENERS: &str = " email fit house life live one pet work ";
/// Before a noun, which is written large in German.
const BEFORE_NOUNS: &str = " am im in ";
/// Words that go on behind a host, and with which no sentence goes on behind its first word.
const BEHIND_HOSTS: &str = " and or for with und oder für mit et ou pour avec y con para per e em en voor of og eller til med och för \
                            till lub dla oraz ";
/// The same behind `.de`, in German.
const BEHIND_GERMAN_HOSTS: &str = " an ab auf bei besuchen bestellen bestellt direkt einkaufen finden findet gibt haben hat ist kann \
                                   kaufen können mehr noch schauen sehen sind vorbei wird zu zum zur ";
/// Words that announce a host.
const ANNOUNCING: &str = " see visit visiting via under website webseite webshop site sitio sito siehe besuchen besuche besucht unter \
                          visitez visite visitate visita vedi consultez bezoek zie besök besøg odwiedź zobacz ";
/// Abbreviations behind which people leave out the blank.
const SHORTENED: &str = " ca bzw usw evtl ggf inkl exkl zzgl vgl nr art best kd str st abs anl bsp zb dh ua incl excl approx etc vs mr \
    mrs ms dr prof ref no av pág pag núm num tel fa co inc dept qty max min std tgl mo di mi do fr sa so gr mme ausf ";

/// Whether this ends a host.
pub(super) fn is_ending(word: &str) -> bool {
    let word = word.to_lowercase();
    word.starts_with("xn--") || holds(COUNTRIES, &word) || holds(OTHERS, &word)
}

/// Whether this ends a host, and begins no sentence.
pub(super) fn is_clear(word: &str) -> bool {
    let word = word.to_lowercase();
    word.starts_with("xn--") || holds(CLEAR, &word)
}

/// Whether this ends the hosts of a country, and is not written as the begin of a sentence.
pub(super) fn is_country(word: &str) -> bool {
    !is_titled(word) && holds(COUNTRIES, &word.to_lowercase())
}

/// The hosts in a text, as they are written.
pub(super) fn hosts(text: &str) -> Vec<String> {
    let chains = CHAIN.iter().flat_map(|chain| chain.find_iter(text));
    let host = |chain: regex::Match<'_>| {
        let [front, behind] = [text.get(..chain.start()), text.get(chain.end()..)].map(Option::unwrap_or_default);
        host_of(chain.as_str()).filter(|host| host.len() < chain.len() || !goes_on_in_words(front, host, behind))
    };
    chains.filter_map(host).collect()
}

/// Whether what ends like a host is the end of a sentence, with the first word of the next right behind the point: “stock.no
/// extra costs”. A link with a path, or behind `www`, is none.
fn goes_on_in_words(front: &str, host: &str, behind: &str) -> bool {
    let Some((start, ending)) = host.rsplit_once('.') else { return false };
    let next: String =
        behind.strip_prefix(' ').unwrap_or_default().chars().take_while(|c| c.is_alphanumeric()).collect();
    let lower = next.to_lowercase();
    let goes_on = if holds(BEFORE_NOUNS, ending) { !next.is_empty() } else { next.starts_with(char::is_lowercase) };
    let is_abroad = ending.len() == 2 && ending.starts_with(char::is_uppercase) && start.contains(char::is_lowercase);
    let is_opener = holds(OPENERS, ending) || is_abroad;
    let is_longer = holds(LONGER_OPENERS, ending) && start.chars().count() < 4;
    // `p.ex.la notice`; hosts with a further part are longer.
    let is_word = !start.contains('.') || start.split('.').all(|label| label.chars().count() < 4);
    let is_plain = !start.contains(['-', '_'])
        && (start.starts_with(|c: char| c.is_ascii_digit()) || !start.contains(|c: char| c.is_ascii_digit()));
    let is_followed = holds(BEHIND_HOSTS, &lower) || (ending == "de" && holds(BEHIND_GERMAN_HOSTS, &lower));
    let announces = front.split_whitespace().next_back().is_some_and(|word| holds(ANNOUNCING, &word.to_lowercase()));
    goes_on && (is_opener || is_longer) && is_word && is_plain && !is_followed && !announces
}

/// Whether a host with a path behind it is one: there the ending need not be known.
pub(super) fn goes_on(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let [.., before, ending] = labels.as_slice() else { return false };
    // `z.B.am/im Montag`.
    let is_short = labels.len() > 2 && labels.iter().rev().skip(1).all(|label| label.chars().count() == 1);
    let is_sentence = is_titled(ending) || is_short || holds(SHORTENED, &before.to_lowercase());
    is_host(&labels) || (!is_sentence && (is_ending(ending) || before.len() > 1))
}

/// The longest host that a chain begins with.
fn host_of(chain: &str) -> Option<String> {
    let labels: Vec<&str> = chain.split('.').map(without_script).collect();
    let mut ends = (2..=labels.len()).rev();
    let end = ends.find(|end| {
        // What follows it is another sentence, or a number.
        let goes_on =
            labels.get(*end).is_none_or(|next| is_titled(next) || next.starts_with(|c: char| c.is_ascii_digit()));
        goes_on && labels.get(..*end).is_some_and(is_host)
    })?;
    labels.get(..end).map(|host| host.join("."))
}

fn is_host(labels: &[&str]) -> bool {
    let [.., before, ending] = labels else { return false };
    if !is_ending(ending) || (is_titled(ending) && !is_clear(ending)) {
        return false;
    }
    let has_letter = before.chars().any(char::is_alphabetic);
    // Numbers of articles: `AB12.CD`.
    let is_code = ending.len() == 2
        && ending.chars().all(char::is_uppercase)
        && before.chars().all(|c| c.is_ascii_digit() || c.is_uppercase() || c == '-')
        && before.chars().any(|c| c.is_ascii_digit());
    let is_short = labels.len() == 2 && holds(SHORTENED, &before.to_lowercase());
    let is_letter = before.chars().count() == 1;
    let is_safe = has_letter && !is_letter && !is_short && !is_code;
    is_safe || (matches!(ending.to_lowercase().as_str(), "com" | "org") && !before.is_empty())
}

/// Where another script goes on behind Latin letters, it is not of the host: Japanese writes no blanks.
fn without_script(label: &str) -> &str {
    let is_latin = label.starts_with(|c: char| c.is_ascii_alphanumeric());
    let end = label.find(|c: char| u32::from(c) >= 0x2e80).filter(|_| is_latin);
    label.get(..end.unwrap_or(label.len())).unwrap_or_default()
}

/// Whether a word is written as one that begins a sentence.
fn is_titled(word: &str) -> bool {
    let mut signs = word.chars();
    signs.next().is_some_and(char::is_uppercase) && signs.all(|c| !c.is_uppercase()) && word.chars().count() > 1
}

fn holds(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_whitespace().any(|known| known == word)
}
