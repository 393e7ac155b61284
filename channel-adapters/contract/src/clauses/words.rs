//! Words in sentences, and those by which a no is told, language by language. Pure.

use std::sync::LazyLock;

/// Words that are looked for in sentences as [`super::plain`] writes them.
#[derive(Clone, Debug)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a list with blanks between them. `_` stands for a blank in what is several words, and `*` at the end says
    /// that the word may go on.
    pub fn of(list: &str) -> Self {
        let written = |word: &str| match word.strip_suffix('*') {
            Some(open) => format!(" {}", open.replace('_', " ")),
            None => format!(" {} ", word.replace('_', " ")),
        };
        Self(list.split_whitespace().map(written).collect())
    }

    /// The first of them that a text holds.
    pub fn first_in(&self, text: &str) -> Option<&str> {
        self.0.iter().find(|word| text.contains(word.as_str())).map(|word| word.trim())
    }

    /// Whether a text holds one of them.
    pub fn are_in(&self, text: &str) -> bool {
        self.first_in(text).is_some()
    }

    /// Whether a text begins with one of them.
    pub fn begin(&self, text: &str) -> bool {
        self.0.iter().any(|word| text.starts_with(word.as_str()))
    }

    /// What follows each of them in a text, with the blank before it.
    pub fn behind<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let rest = move |(at, found): (usize, &'t str)| {
            let behind = text.get(at + found.trim_end().len()..)?;
            behind.get(behind.find(' ')?..)
        };
        self.0.iter().flat_map(move |word| text.match_indices(word.as_str()).filter_map(rest))
    }

    /// A text without them.
    pub(super) fn left_out_of(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |left, word| left.replace(word.as_str(), " "))
    }
}

/// How a sentence says no, or warns.
pub(super) static REFUSING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "not cannot can_t don_t doesn_t won_t isn_t aren_t wouldn_t couldn_t shouldn_t mustn_t never nor neither
        forbid* prohibit* unable against declin* refus* reject* refrain avoid* fraud* scam* beware warn* violat*
        breach* illegal impossible disallow* bans banned suspend* rather_than
        unsafe risk* rules policy policies
        nicht* kein* nie niemals weder verbiet* verbot* untersag* gegen_die verstößt verstoß* verstöß* ablehn* lehne
        lehnen unzulässig* ausgeschlossen unmöglich vermeid* betrug betrüg* vorsicht regeln richtlini* grundsätz* käuferschutz
        riskant* risiko
        pas jamais interdi* aucun* contraire contre_les encontre arnaque* escroc* méfi* règles politique évit*
        nunca jamás tampoco prohíb* prohib* imposib* contra_las contra_la rechaz* estaf* cuidado evit* normas reglas
        política* riesg*
        non viet* proib* impossibil* contro rifiut* truff* frod* attenzione regole rischi* nessun*
        não proíb* impossív* contra_as contra_os recus* burla golpe regras risco* nenhum*
        niet* geen nooit verbied* verbod* weiger* oplicht* pas_op regels tegen_de onmogelijk vermijd*
        nigdy zabron* zakaz* wbrew niezgodn* niemożliw* odmaw* oszust* uwaga unika* ryzyk* żadn* regulamin*
        inte ikke aldrig aldri ingen inga inget förbj* förbud* forby* forbud* regler regelverk*
        bedräg* bedrag* svindel* avslå* avvis* vägra* undvik* unngå* undgå* omöjlig* umulig*",
    )
});

/// The no that in Portuguese says where something is.
pub(super) static NO: LazyLock<Words> = LazyLock::new(|| Words::of("no"));

/// What it is good to have none of: that there is none of it refuses nothing.
pub(super) static LACKING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "fee fees charg* cost* tax* expensive problem* problèm* worr* hesitat* mind* matter* gebühr* kosten* aufpreis* steuer*
        sorge* teuer* frais* souci* supplément* comisi* preocup* commissi* preoccup* comiss* zorgen* prowizj* opłat* martw*
        avgift* bekymr* gebyr*",
    )
});

/// What holds a no and says yes.
pub(super) static IDIOMS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "not_only do_not_hesitate don_t_hesitate why_not nicht_nur zögern_sie_nicht warum_nicht pas_seulement
        n_hésitez_pas ne_vous_inquiétez_pas pourquoi_pas no_solo no_dude por_qué_no non_solo non_esiti perché_no
        não_só porque_não niet_alleen aarzel_niet waarom_niet nie_tylko dlaczego_nie inte_bara ikke_bare ikke_kun",
    )
});

/// How somebody tells what others do, or what would be.
pub(super) static TELLING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "if whoever who anyone anybody someone somebody says said ask* claim* wenn falls wer jemand dass si quiconque
        qui quelqu_un alguien quien se chi chiunque qualcuno alguém quem als wie iemand jeśli kto ktoś någon hvis
        noen nogen",
    )
});

/// How it is said that something is done in place of something else.
pub(super) static INSTEAD: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "instead stattdessen à_la_place en_su_lugar en_cambio invece al_suo_posto em_vez_disso in_plaats_daarvan
        zamiast_tego istället i_stedet",
    )
});

/// What somebody is invited to.
pub(super) static DOING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "buy* pay* purchas* order* sell* kauf* verkauf* zahl* bezahl* überweis* bestell* achet* command* vend* compr* pag*
        pedir pídalo acquist* ordin* koop* kopen betal* betaal* bestel* verko* kup* zapła* płac* zamów* sprzeda* köp* sälj*
        kjøp* selg* køb* sælg* bestil*",
    )
});

/// How somebody is invited to buy or to pay.
pub static INVITING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "you_can you_could you_may we_can we_could i_can i_could we_sell i_sell we_offer let_us let_s please_buy
        please_pay please_order please_purchase just_buy just_pay just_order sie_können können_sie du_kannst
        kannst_du wir_können können_wir wir_könnten ich_kann kaufen_sie zahlen_sie bezahlen_sie bestellen_sie
        überweisen_sie wir_verkaufen verkaufen_wir ich_verkaufe vous_pouvez vous_pourriez tu_peux nous_pouvons
        on_peut je_peux achetez payez commandez nous_vendons puede puedes podemos podría compre pague pídalo
        vendemos può puoi possiamo acquisti compri paghi vendiamo pode u_kunt kunt_u je_kunt kun_je we_kunnen
        kunnen_we wij_kunnen wij_verkopen we_verkopen można może_pan może_pani możesz możemy proszę_kupić
        proszę_zapłacić sprzedajemy du_kan kan_du ni_kan vi_kan kan_vi vi_säljer vi_selger vi_sælger",
    )
});

/// How that is asked for where a clause begins so.
pub static IMPERATIVES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "buy pay order purchase get_it kauf kaufe zahl zahle bezahl bestell bestelle überweis achète paie paye
        commande compra paga acquista compre pague koop betaal bestel kup zapłać köp betala beställ kjøp betal
        bestill køb bestil",
    )
});
