//! The words of deals outside of eBay, and of who says no to them, language by language. Pure.

use std::sync::LazyLock;

type Words = LazyLock<Vec<String>>;

/// Words as sentences are written where they are looked for, a blank before each. `_` stands for a blank in what is several
/// words, and `*` at the end says that the word may go on.
fn words(list: &str) -> Vec<String> {
    let written = |word: &str| match word.strip_suffix('*') {
        Some(open) => format!(" {}", open.replace('_', " ")),
        None => format!(" {} ", word.replace('_', " ")),
    };
    list.split_whitespace().map(written).collect()
}

/// That something is done elsewhere.
pub(super) static OUTSIDE: Words = LazyLock::new(|| {
    words(
        "outside_ebay* outside_of_ebay* without_ebay* außerhalb_ebay* außerhalb_von_ebay* ausserhalb_von_ebay*
        ohne_ebay* an_ebay_vorbei* en_dehors_d_ebay* en_dehors_de_ebay* hors_ebay* hors_d_ebay* sans_ebay*
        fuera_de_ebay* sin_ebay* fuori_da_ebay* al_di_fuori_di_ebay* senza_ebay* fora_do_ebay* fora_da_ebay*
        sem_o_ebay* buiten_ebay* zonder_ebay* poza_ebay* bez_ebay* utanför_ebay* utenfor_ebay* uden_om_ebay*",
    )
});

/// Of these, those of a language in which `no` says where something is.
pub(super) static PORTUGUESE: Words = LazyLock::new(|| words("fora_do_ebay* fora_da_ebay* sem_o_ebay*"));

/// What is done there.
pub(super) static DEALS: Words = LazyLock::new(|| {
    words(
        "buy* pay* sell* purchas* deal* order* price* cheap* kauf* verkauf* zahl* bezahl* überweis* bestell* günstig* preis*
        billig* achet* vend* command* règl* compr* pag* pedi* barat* acquist* ordin* kop* koop* verko* betaal*
        betal* goedko* kup* zapła* płac* sprzeda* taniej* köp* sälj* kjøp* køb*",
    )
});

/// Ways to pay that are such a deal in themselves.
pub(super) static MEANS: Words =
    LazyLock::new(|| words("paypal_friends as_friends_and_family paypal_freunde western_union"));

/// What is such an offer in itself.
pub(super) static OFFERS: Words = LazyLock::new(|| {
    words(
        "buy_directly_from_us order_directly_from_us buy_direct_from_us order_direct_from_us direkt_bei_uns_bestellen
        direkt_bei_uns_kaufen bestellen_sie_direkt_bei_uns kaufen_sie_direkt_bei_uns commandez_directement_chez_nous
        achetez_directement_chez_nous compre_directamente_con_nosotros compra_directamente_con_nosotros
        acquista_direttamente_da_noi acquisti_direttamente_da_noi bestel_rechtstreeks_bij_ons
        koop_rechtstreeks_bij_ons compre_diretamente_conosco compre_diretamente_connosco
        comprar_directamente_con_nosotros kup_bezpośrednio_u_nas köp_direkt_av_oss kjøp_direkte_av_oss
        køb_direkte_af_os",
    )
});

/// How a sentence says no, or warns.
pub(super) static REFUSING: Words = LazyLock::new(|| {
    words(
        "not cannot can_t don_t doesn_t won_t isn_t aren_t wouldn_t couldn_t shouldn_t mustn_t never no nor neither
        forbid* prohibit* unable against declin* refus* reject* refrain avoid* fraud* scam* beware warn* violat*
        breach* illegal impossible disallow* bans banned suspend* rather_than stick_to_ebay
        unsafe risk* rules policy policies only_on_ebay
        only_through_ebay only_via_ebay stay_on_ebay
        nicht* kein* nie niemals weder verbiet* verbot* untersag* gegen_die verstößt verstoß* verstöß* ablehn* lehne
        lehnen unzulässig* ausgeschlossen unmöglich vermeid* betrug betrüg* vorsicht regeln richtlini* grundsätz* käuferschutz
        riskant* risiko nur_über_ebay nur_auf_ebay nur_bei_ebay
        pas jamais interdi* aucun* contraire contre_les encontre arnaque* escroc* méfi* règles politique évit*
        uniquement_sur_ebay
        nunca jamás tampoco prohíb* prohib* imposib* contra_las contra_la rechaz* estaf* cuidado evit* normas reglas
        política* riesg* solo_en_ebay
        non viet* proib* impossibil* contro rifiut* truff* frod* attenzione regole rischi* nessun*
        solo_su_ebay
        não proíb* impossív* contra_as contra_os recus* burla golpe regras risco* nenhum* só_no_ebay
        niet* geen nooit verbied* verbod* weiger* oplicht* pas_op regels tegen_de onmogelijk vermijd*
        alleen_via_ebay alleen_op_ebay
        nigdy zabron* zakaz* wbrew niezgodn* niemożliw* odmaw* oszust* uwaga unika* ryzyk* żadn* regulamin*
        tylko_przez_ebay
        inte ikke aldrig aldri ingen inga inget förbj* förbud* forby* forbud* mot_ebay mod_ebay regler regelverk*
        bedräg* bedrag* svindel* avslå* avvis* vägra* undvik* unngå* undgå* omöjlig* umulig*",
    )
});

/// What it is good to have none of: that there is none of it refuses nothing.
pub(super) static LACKING: Words = LazyLock::new(|| {
    words(
        "fee* charg* cost* tax* expensive problem* problèm* worr* hesitat* mind* matter* gebühr* kosten* aufpreis* steuer*
        sorge* teuer* frais* souci* supplément* comisi* preocup* commissi* preoccup* comiss* zorgen* prowizj* opłat* martw*
        avgift* bekymr* gebyr*",
    )
});

/// What holds a no and says yes.
pub(super) static IDIOMS: Words = LazyLock::new(|| {
    words(
        "not_only do_not_hesitate don_t_hesitate why_not nicht_nur zögern_sie_nicht warum_nicht pas_seulement
        n_hésitez_pas ne_vous_inquiétez_pas pourquoi_pas no_solo no_dude por_qué_no non_solo non_esiti perché_no
        não_só porque_não niet_alleen aarzel_niet waarom_niet nie_tylko dlaczego_nie inte_bara ikke_bare ikke_kun",
    )
});

/// How a deal is offered.
pub(super) static INVITING: Words = LazyLock::new(|| {
    words(
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

/// How it is asked for where a clause begins so.
pub(super) static IMPERATIVES: Words = LazyLock::new(|| {
    words(
        "buy pay order purchase get_it kauf kaufe zahl zahle bezahl bestell bestelle überweis achète paie paye
        commande compra paga acquista compre pague koop betaal bestel kup zapłać köp betala beställ kjøp betal
        bestill køb bestil",
    )
});

/// How somebody tells what others do, or what would be.
pub(super) static TELLING: Words = LazyLock::new(|| {
    words(
        "if whoever who anyone anybody someone somebody says said ask* claim* wenn falls wer jemand dass si quiconque
        qui quelqu_un alguien quien se chi chiunque qualcuno alguém quem als wie iemand jeśli kto ktoś någon hvis
        noen nogen",
    )
});
