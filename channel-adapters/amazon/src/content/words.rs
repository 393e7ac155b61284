//! The words of what Amazon forbids to speak of, language by language. Pure.

use std::sync::LazyLock;

use channel_contract::clauses::Words;

/// Of a language in which `no` says where something is.
pub(super) static PORTUGUESE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "nossa nosso você seu sua encomenda avaliaç* desconto* compre_no não diretamente_connosco diretamente_conosco",
    )
});

/// How a clause says no, beside the usual words.
pub(super) static REFUSING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "nobody only_on_amazon only_through_amazon only_via_amazon nur_über_amazon nur_auf_amazon nur_bei_amazon
        niemand* uniquement_sur_amazon personne_ne solo_en_amazon nadie solo_su_amazon nessuno só_na_amazon ninguém
        alleen_via_amazon alleen_op_amazon niemand tylko_przez_amazon nikogo nikt",
    )
});

/// Codes that make something cheaper.
pub(super) static CODES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "coupon_code* discount_code* promo_code* voucher_code* promotional_code* gutscheincode* gutschein_code*
        rabattcode* aktionscode* code_promo codes_promo code_de_réduction bon_de_réduction bons_de_réduction
        codice_sconto codici_sconto codice_promozionale código_de_descuento código_descuento código_promocional
        código_de_desconto kortingscode* kod_rabatowy kodu_rabatowego kodem_rabatowym kod_promocyjny",
    )
});

/// What stands for money at a later purchase.
pub(super) static COUPONS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "coupon* voucher* gift_card* giftcard* gutschein* geschenkkarte* geschenkgutschein* bon_d_achat bons_d_achat
        chèque_cadeau carte_cadeau cupón* cupon* vale_de_descuento vale_descuento vale_por cheque_regalo
        tarjeta_regalo buono_sconto buono_acquisto buono_d_acquisto buono_regalo un_buono_da un_buono_di
        kortingsbon* waardebon* tegoedbon* cadeaubon* cupão cupões cupom vale_de_desconto vale_desconto kupon*
        bon_rabatowy bonu_rabatowego",
    )
});

/// That something costs less, or that a code makes it so.
pub(super) static DISCOUNTS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "discount* rebate* price_reduction reduced_price percent_off rabatt* preisnachlass* nachlass ermäßigung*
        réduction* remise* rabais ristourne* descuento* rebaja* sconto sconti ribasso korting* desconto* rabat*
        zniżk* upust* use_code use_the_code use_this_code with_code with_the_code mit_dem_code den_code avec_le_code
        le_code con_el_código con_il_codice met_de_code com_o_código z_kodem",
    )
});

/// Of what somebody may buy some day.
pub(super) static FURTHER: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "next_order* next_purchase* next_amazon_order next_time next_shopping future_order* future_purchase*
        further_order* further_purchase* another_order* another_purchase second_order nächste_bestellung
        nächsten_bestellung nächsten_bestellungen nächste_mal nächstes_mal nächsten_mal nächsten_einkauf
        nächster_einkauf nächsten_kauf nächster_kauf künftige* zukünftige* weitere_bestellung* weiteren_einkauf
        weiteren_bestellung* prochaine_commande prochaines_commandes prochain_achat prochains_achats prochaine_fois
        futur_achat futurs_achats próximo_pedido próximos_pedidos próxima_compra próximas_compras futuras_compras
        siguiente_pedido siguiente_compra próxima_vez prossimo_ordine prossimi_ordini prossimo_acquisto
        prossimi_acquisti prossima_volta volgende_bestelling* volgende_aankoop* volgende_keer toekomstige_*
        próxima_encomenda próximas_encomendas kolejne_zamówieni* kolejnego_zamówieni* kolejnych_zakup*
        kolejne_zakup* następne_zamówieni* następnego_zamówieni* następnych_zakup* następne_zakup*
        następnym_zamówieni* przyszłe_zakup* przyszłych_zakup*",
    )
});

/// How a coupon is handed over.
pub(super) static GIVING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "here_is here_s here_are enclosed use_coupon use_the_coupon use_this_coupon use_the_discount use_discount*
        use_code use_the_code use_this_code use_our use_voucher use_this_voucher redeem_this with_coupon we_give
        we_ll_give we_can_give give_you giving_you gift_you we_offer offer_you offering_you send_you sending_you
        sent_you as_a_thank as_an_apology as_compensation hier_ist hier_ein anbei beiliegend* schenken_wir
        wir_schenken geben_wir wir_geben ihnen_einen dir_einen bieten_wir wir_bieten als_dank* als_kleines*
        als_entschädigung als_entschuldigung als_wiedergutmachung senden_wir wir_senden wir_schicken schicken_wir
        nutzen_sie verwenden_sie lösen_sie voici ci_joint nous_vous_offrons nous_offrons vous_offrir offert*
        profitez utilisez_ce utilisez_notre utilisez_le en_guise en_remerciement vous_envoyons vous_accordons
        aquí_tiene aquí_está le_ofrecemos te_ofrecemos le_damos te_damos le_regalamos te_regalamos le_enviamos
        use_este use_el use_nuestro utilice_el utilice_este usa_el ofrecerle como_agradecimiento como_compensación
        como_disculpa ecco le_offriamo ti_offriamo vi_offriamo offrirle offrirti le_regaliamo ti_regaliamo le_diamo
        ti_diamo le_inviamo usi_il usa_il utilizzi_il utilizza_il come_ringraziamento come_compensazione in_omaggio
        hier_is hierbij wij_geven we_geven geven_wij u_een je_een wij_bieden bieden_wij we_bieden gebruik_de
        gebruik_deze als_compensatie als_excuus aqui_está segue_um oferecemos lhe_um damos_lhe enviamos use_o
        use_este_cup* utilize_o oto w_załączeniu dajemy oferujemy przesyłamy wysyłamy proszę_użyć użyj skorzystaj
        w_podziękowaniu jako_rekompensat*",
    )
});

/// That money comes back, or that we pay it.
pub(super) static GIVEN_BACK: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "refund* money_back paid_back pay_back voucher_back value_back amount_back it_back returned credited we_pay
        we_will_pay we_ll_pay erstatt* rückerstatt* zurück* gutgeschrieben wir_zahlen zahlen_wir rembours*
        nous_payons reembols* devuelt* devolv* devoluci* rimbors* restitu* terug* zwró* zwrot* zwrac*",
    )
});

/// Places to buy that are not Amazon.
pub(super) static OUR_SHOP: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "outside_amazon* outside_of_amazon* without_amazon* our_own_shop our_own_store our_own_web* our_shop
        our_store our_website our_web_shop our_webshop our_web_store our_online* our_site our_homepage our_outlet
        directly_from_us direct_from_us directly_with_us direct_with_us directly_at_our außerhalb_amazon*
        außerhalb_von_amazon* ausserhalb_von_amazon* ohne_amazon* an_amazon_vorbei unserem_shop unseren_shop
        unserem_laden unserem_onlineshop unserem_online_shop unserem_webshop unserem_eigenen unserer_website
        unserer_webseite unserer_internetseite unserer_seite unserer_homepage direkt_bei_uns bei_uns_direkt
        direkt_über_uns hors_amazon* hors_d_amazon* en_dehors_d_amazon* en_dehors_de_amazon* sans_amazon*
        notre_boutique notre_site notre_propre notre_magasin directement_chez_nous directement_auprès_de_nous
        directement_sur_notre fuera_de_amazon* sin_amazon* nuestra_tienda nuestra_web nuestra_página nuestro_sitio
        directamente_con_nosotros directamente_a_nosotros fuori_da_amazon* al_di_fuori_di_amazon* senza_amazon*
        nostro_negozio nostro_shop nostro_sito direttamente_da_noi direttamente_presso_di_noi
        direttamente_sul_nostro buiten_amazon* zonder_amazon* onze_winkel onze_webshop onze_webwinkel onze_website
        onze_site onze_eigen rechtstreeks_bij_ons direct_bij_ons fora_da_amazon* fora_do_amazon* sem_a_amazon*
        nossa_loja nosso_site nossa_página diretamente_connosco diretamente_conosco directamente_connosco
        diretamente_a_nós poza_amazon* bez_amazon* naszym_sklepie nasz_sklep naszej_stronie bezpośrednio_u_nas",
    )
});

/// What leads there in itself.
pub(super) static VISITS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "visit_our_shop visit_our_store visit_our_website buy_direct_from_us buy_directly_from_us
        order_direct_from_us order_directly_from_us besuchen_sie_unseren_shop besuchen_sie_unsere_website
        visitez_notre_boutique visitez_notre_site visita_il_nostro visiti_il_nostro visita_nuestra_tienda
        visite_nuestra_tienda bezoek_onze_winkel bezoek_onze_webshop bezoek_onze_website visite_a_nossa_loja
        visite_o_nosso_site odwiedź_nasz_sklep überweisen_sie_den überweisen_sie_das",
    )
});

/// How somebody is led there.
pub(super) static BUYING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "buy to_purchase can_purchase please_purchase please_order can_order could_order to_order just_order
        also_order you_order time_order or_order cheaper better_price lower_price less_expensive we_sell we_can_sell
        pay kaufen kaufe einkaufen bestellen bestelle bestell günstiger billiger preiswerter zahlen bezahlen
        verkaufen shoppen erwerben acheter achetez achète commander commandez moins_cher moins_chère moins_chers
        meilleur_prix payer payez vendre comprar compre cómprelo comprarlo pedir pida pídalo más_barato más_barata
        más_baratos mejor_precio pagar pague acquistare acquista comprare compri ordinare ordini_direttamente
        ordini_sul ordini_nel acquisti_direttamente acquisti_sul acquisti_nel più_economico più_conveniente
        meno_caro costa_meno prezzo_migliore pagare paghi bestel koop kopen goedkoper betalen betaal afrekenen
        encomende encomendar mais_barato mais_barata melhor_preço kupić kup kupi kupować zamówić zamów zamawiać
        taniej zapłacić płacić",
    )
});

/// That somebody buys on Amazon all the same.
pub(super) static ON_AMAZON: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "on_amazon* at_amazon* through_amazon* via_amazon* auf_amazon* bei_amazon* über_amazon* sur_amazon*
        chez_amazon* en_amazon* su_amazon* op_amazon* bij_amazon* na_amazon* no_amazon* przez_amazon* w_amazon*",
    )
});

/// That it is not on Amazon, or not as there.
pub(super) static NOT_ON_AMAZON: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "than_on_amazon* than_at_amazon* than_via_amazon* of_on_amazon* of_at_amazon* of_via_amazon* als_bei_amazon*
        als_auf_amazon* als_über_amazon* statt_bei_amazon* statt_auf_amazon* statt_über_amazon* que_sur_amazon*
        que_chez_amazon* lieu_de_sur_amazon* que_en_amazon* vez_de_en_amazon* che_su_amazon* invece_che_su_amazon*
        dan_op_amazon* dan_bij_amazon* plaats_van_via_amazon* que_na_amazon* vez_de_na_amazon* niż_na_amazon*
        niż_w_amazon* niż_przez_amazon* zamiast_na_amazon*",
    )
});

/// Ways to pay that are not Amazon's.
pub(super) static MEANS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "paypal* bank_transfer* wire_transfer* our_bank our_account western_union moneygram venmo zelle cash_app
        revolut bizum paysafe* klarna bitcoin* überweisung* banküberweisung* vorkasse unser_konto unser_bankkonto
        virement* notre_compte transferencia* nuestra_cuenta bonifico nostro_conto overschrijving* overboeking*
        onze_rekening transferência* nossa_conta przelew* nasze_konto blik blikiem",
    )
});

/// How money is asked for by them.
pub(super) static PAYING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "pay send_the_money send_us_the send_the_amount transfer_the make_a_transfer make_the_payment payment_by
        payment_via zahlen zahle zahl bezahlen bezahle begleichen überweisen_sie überweise_bitte payer payez paie
        régler réglez pagar pague paga pagarlo pagare paghi betalen betaal voldoen zapłacić zapłać płacić opłacić
        proszę_o_przelew",
    )
});

/// Questions about what was paid.
pub(super) static ASKED: LazyLock<Words> =
    LazyLock::new(|| Words::of("did_you_pay who_pay avez_vous_payé customers_who customers_can_pay"));

/// What a review is called.
pub(super) static REVIEWS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "review reviews rating ratings feedback* bewertung* produktbewertung* rezension* kundenrezension* votre_avis
        ton_avis cet_avis l_avis vos_avis évaluation* commentaire* reseña* valoración* valoracion* su_opinión
        tu_opinión la_opinión comentario* recension* beoordeling* recensie* avaliaç* comentário* opinię opinii
        opinie ocenę oceny recenzj*",
    )
});

/// How somebody is asked to change it, where that stands before it.
pub(super) static CHANGING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "delete deleting remove removing change changing revise revising edit editing update updating withdraw
        withdrawing retract reconsider reconsidering rethink amend improve take_back taking_back take_down
        taking_down take_off adjust raise reverse erase löschen_sie entfernen_sie ändern_sie überdenken_sie
        korrigieren_sie lösche entferne ändere supprimer supprimez retirer retirez modifier modifiez changer changez
        effacer effacez réviser révisez revoir reconsidérer reconsidérez eliminar elimine elimina borrar borre borra
        retirar retire retira cambiar cambie cambia modificar modifique quitar quite reconsiderar rimuovere rimuova
        rimuovi eliminare elimini cancellare cancelli cancella modificare modifichi modifica cambiare cambi ritirare
        ritiri rivedere verwijder wijzig herzie remover remova apagar apague alterar altere mudar mude excluir
        exclua usunąć usuń usunięcie zmienić zmień zmianę wycofać wycofaj edytować skasować poprawić",
    )
});

/// The same where it stands behind.
pub(super) static CHANGING_BEHIND: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "löschen entfernen ändern abändern anpassen anzupassen zurücknehmen zurückzunehmen zurückziehen
        zurückzuziehen überdenken korrigieren revidieren überarbeiten löschst änderst verwijderen wijzigen aanpassen
        intrekken herzien veranderen",
    )
});

/// A verb of two parts that has its review between them: this, and [`TAKEN_BACK`].
pub(super) static TAKING: LazyLock<Words> = LazyLock::new(|| {
    Words::of("take taking nehmen_sie nimm nehmt ziehen_sie zieh zieht neem neemt trek trekt haal haalt")
});

/// The end of such a verb.
pub(super) static TAKEN_BACK: LazyLock<Words> = LazyLock::new(|| Words::of("back down off zurück terug in weg"));

/// What begins something else between what is done and the review.
pub(super) static PARTING: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "and or but because after of from under due with for to by on in we und oder wegen nach aus laut mit für zu
        auf im et ou après grâce avec pour par y tras por con para e dopo per en van door met voor oraz po z dla
        przez do",
    )
});

/// The same between the review and what is done.
pub(super) static PARTING_BEHIND: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "and or we und oder wir uns ich die das den dem der können konnten werden hilft haben hat für en wij we ons
        ik de het kunnen",
    )
});

/// How somebody is asked for it.
pub(super) static PLEASE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "please kindly could_you would_you can_you you_can you_could we_ask bitte können_sie könnten_sie würden_sie
        sie_können bitten_wir wir_bitten pourriez vous_pouvez veuillez merci_de por_favor podría puede puedes
        per_favore potrebbe può puoi alstublieft kunt_u zou_u u_kunt poderia pode proszę prosimy może_pan* uprzejmie",
    )
});
