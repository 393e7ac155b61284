//! The words of deals outside of eBay, language by language. Pure.

use std::sync::LazyLock;

use channel_contract::clauses::Words;

/// That something is done elsewhere.
pub(super) static OUTSIDE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "outside_ebay* outside_of_ebay* without_ebay* außerhalb_ebay* außerhalb_von_ebay* ausserhalb_von_ebay*
        ohne_ebay* an_ebay_vorbei* en_dehors_d_ebay* en_dehors_de_ebay* hors_ebay* hors_d_ebay* sans_ebay*
        fuera_de_ebay* sin_ebay* fuori_da_ebay* al_di_fuori_di_ebay* senza_ebay* fora_do_ebay* fora_da_ebay*
        sem_o_ebay* buiten_ebay* zonder_ebay* poza_ebay* bez_ebay* utanför_ebay* utenfor_ebay* uden_om_ebay*",
    )
});

/// Of these, those of a language in which `no` says where something is.
pub(super) static PORTUGUESE: LazyLock<Words> = LazyLock::new(|| Words::of("fora_do_ebay* fora_da_ebay* sem_o_ebay*"));

/// What is done there.
pub(super) static DEALS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "buy* pay* sell* purchas* deal* order* price* cheap* kauf* verkauf* zahl* bezahl* überweis* bestell* günstig* preis*
        billig* achet* vend* command* règl* compr* pag* pedi* barat* acquist* ordin* kop* koop* verko* betaal*
        betal* goedko* kup* zapła* płac* sprzeda* taniej* köp* sälj* kjøp* køb*",
    )
});

/// Ways to pay that are such a deal in themselves.
pub(super) static MEANS: LazyLock<Words> =
    LazyLock::new(|| Words::of("paypal_friends as_friends_and_family paypal_freunde western_union"));

/// What is such an offer in itself.
pub(super) static OFFERS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "buy_directly_from_us order_directly_from_us buy_direct_from_us order_direct_from_us direkt_bei_uns_bestellen
        direkt_bei_uns_kaufen bestellen_sie_direkt_bei_uns kaufen_sie_direkt_bei_uns commandez_directement_chez_nous
        achetez_directement_chez_nous compre_directamente_con_nosotros compra_directamente_con_nosotros
        acquista_direttamente_da_noi acquisti_direttamente_da_noi bestel_rechtstreeks_bij_ons
        koop_rechtstreeks_bij_ons compre_diretamente_conosco compre_diretamente_connosco
        comprar_directamente_con_nosotros kup_bezpośrednio_u_nas köp_direkt_av_oss kjøp_direkte_av_oss
        køb_direkte_af_os",
    )
});

/// How a sentence says, beside the usual words, that it is done here alone.
pub(super) static ONLY_HERE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "stick_to_ebay only_on_ebay only_through_ebay only_via_ebay stay_on_ebay nur_über_ebay nur_auf_ebay
        nur_bei_ebay uniquement_sur_ebay solo_en_ebay solo_su_ebay só_no_ebay alleen_via_ebay alleen_op_ebay
        tylko_przez_ebay mot_ebay mod_ebay",
    )
});
