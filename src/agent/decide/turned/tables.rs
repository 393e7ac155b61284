//! Words that turn a wish into its opposite, in the languages of the desk. A table of phrases has one rule a line.

/// Of all but what is named, folded; these stand between two marks.
pub(super) const ALL_BUT: &str = "except|excepting|excluding
    everything|anything|all 0 but
    any|every 1 but
    apart|aside 0 from
    other 0 than
    with 0 the 0 exception
    ausser|ausgenommen
    alles|alle|allem|allen 2 bis 0 auf
    mit 0 ausnahme
    sauf|hormis|excepte
    a 0 lexception
    excepto|salvo|exceto
    todo|todos|toda|todas|tudo 0 menos
    tranne|eccetto
    tutto|tutti 0 meno
    behalve|uitgezonderd
    alles 0 op 4 na
    oprocz
    z 0 wyjatkiem
    wszystko|wszystkie 1 poza";

/// Of taking back what was done, folded.
pub(super) const UNDOING: &str = "undo|reinstate|reactivate|uncancel
    stornier*|storno 6 ruckgangig|zurucknehmen|zuruckziehen|aufheben
    anderung|umstellung 4 ruckgangig
    retablir|retablissez|reactiver|reactivez
    deshacer|deshagan|deshaga|reactivar|reactiven
    ripristinare|ripristinate|riattivare|riattivate
    annulering|wijziging 4 ongedaan|terugdraaien|intrekken
    heractiveren
    desfazer|desfacam|reativar|reativem
    cofnac|cofnij|cofnijcie|przywroc*";

/// Of cancelling something else than an order, folded.
pub(super) const SOMETHING_ELSE: &str = "cancel|cancelling|canceling 0 the|my|this|that|our|your 1 return|returns|exchange|refund|replacement|cancellation|change|newsletter|subscription -order|purchase
    stornier* 0 die|meine|den|meinen|das 0 rucksendung|retoure|ruckgabe|erstattung|umtausch|stornierung|anderung|newsletter
    rucksendung|retoure|ruckgabe|umtausch|newsletter 5 stornier*|abbestell*
    annul* 0 le|la|mon|ma 0 retour|remboursement|echange|annulation
    cancel*|anul* 0 la|mi|el|esta 0 devolucion|reembolso|cambio|cancelacion
    annull* 0 il|la|lo|mio 1 reso|rimborso|cambio|sostituzione
    annul* 0 de|mijn|het 0 retour*|terugbetaling|omruiling
    retour|retourzending|omruiling 5 annul*
    cancel*|anul* 0 a|minha|o|meu 0 devolucao|reembolso|troca
    anul* 0 zwrot*|wymian*";

/// Of taking back what was asked for, refusing it or calling it off, folded; these stand between two marks.
pub(super) const CALLED_OFF: &str = "refuse|refusing|decline|stop|halt|forget|ignore|disregard|withdraw|retract|revoke|rescind|abandon 6 cancel*|return|returns|returning|exchange|exchanging -dont|not|and|but|so|order|delivery|parcel|package
    request|requests 2 cancel|return|exchange 3 ignored|disregarded|withdrawn
    from 0 being 0 cancelled|canceled|returned|exchanged
    decided|decide 0 against 4 cancel*|return*|exchang*
    mind 0 about 4 cancel*|return*|exchang*
    call|calling|called 0 off 4 cancel*|return*|exchang*
    no 0 need 0 to|for|of 2 cancel*|return*|exchang* -it
    cancellation|return|exchange 6 was|were|is 3 mistake|error|accident|accidental|unintended|misunderstanding
    requested|asked|clicked|pressed|opened|started|registered|initiated 4 cancel*|return|exchange 5 mistake|accident|error|accidentally -and|but|ordered|bought|ordering
    accidentally|mistakenly|wrongly 1 requested|asked|clicked|pressed|opened|started|registered|initiated 4 cancel*|return|exchange
    vergiss|vergesst|vergessen|ignorier*|stopp*|verweiger*|weiger* 6 stornier*|storno|rucksend*|ruckgabe|rucknahme|retour*|zuruckschick*|zuruckgeb*|zurucksend*|umtausch* -nicht|und|aber|sondern|bestellung|auftrag|lieferung|versand
    verzichte|verzichten|gegen 3 stornier*|storno|rucksend*|ruckgabe|rucknahme|retour*|umtausch* -und|aber|bestellung|auftrag
    stornierung|storno|rucksendung|ruckgabe|rucknahme|retoure|umtausch 6 war|ist|waren 3 versehen|irrtum|fehler|missverstandnis|versehentlich|irrtumlich
    stornierung|storno|rucksendung|ruckgabe|rucknahme|retoure|umtausch 6 erledigt|hinfallig
    stornierung|storno|rucksendung|ruckgabe|rucknahme|retoure|umtausch 2 vergessen|ignorieren|stoppen|abbrechen
    versehentlich|irrtumlich 4 stornierung|rucksendung|ruckgabe|retoure|umtausch 3 beantragt|angefordert|angemeldet|ausgelost|veranlasst
    oubliez|oublier|oublie|ignorez|ignorer|arretez|arreter|stoppez|stopper|suspendez|renonce|renoncons|renoncer|refuse|refusons 5 annul*|lannul*|dannul*|retour|renvoi|lechange|echange -et|mais|commande|colis|pas
    annulation|lannulation|retour|renvoi|echange|lechange 6 etait|est|fut 3 erreur|malentendu
    olvid*|ignor*|deten*|desist*|renunci*|rechaz* 4 cancelacion|anulacion|devolucion|cambio|cancelar|anular|devolver -y|pero|pedido|compra
    cancelacion|anulacion|devolucion|cambio 6 fue|era|es|sido 3 error|equivocacion|malentendido
    dimentic*|ignor*|fermate|bloccate|rinunci*|rifiut* 4 annull*|lannull*|dellannull*|allannull*|reso|restitu*|cambio|sostituzione -e|ordine|lordine
    annullamento|lannullamento|reso|cambio|sostituzione 6 e|era|stato|stata 3 errore|sbaglio|equivoco
    vergeet|vergeten|negeer|negeren|stop|stopt|stoppen 5 annuler*|retour*|omruil*|terugstur* -niet|en|maar|bestelling|order
    zie|zien 3 af 0 van 3 annuler*|retour*|omruil*
    tegen 2 annuler*|retour*|omruil*
    laat|laten 4 annuler*|retour*|omruil* 6 zitten
    annulering|retour|retourzending|omruiling 6 was|is 3 vergissing|fout|misverstand|ongeluk
    esquec*|ignor*|parem|desist*|renunci* 4 cancelamento|anulacao|devolucao|troca|cancelar|devolver -e|mas|encomenda|pedido
    cancelamento|anulacao|devolucao|troca 6 foi|e|era 3 erro|engano|equivoco
    nao 1 vou|vamos|quero|queremos 1 devolver|cancelar
    zapomn*|zignor*|wstrzym*|rezygnuj* 2 anulowani*|zwrot*|zwroc*|wymian*
    anulowanie|zwrot|wymiana 6 byl|byla|bylo|to 3 pomylka|pomylke|bledem|blad";

/// Of an order that is cancelled, or is said to be, folded; within one clause.
pub(super) const CANCELLED: &str = "has|have 4 been 1 cancelled|canceled
    shows|showing|appears|marked|listed|says 3 cancelled|canceled
    mail|email|message|notice|notification|true 7 cancelled|canceled
    est|ete 2 annule|annulee
    aparece|figura|consta 3 cancelado|cancelada|anulado|anulada
    ya 0 cancelamos|anulamos
    risulta|appare 3 annullato|annullata|cancellato
    staat 3 geannuleerd|gecanceld
    foi 2 cancelado|cancelada|anulada
    zostalo|zostala 2 anulowane|anulowana";

/// How the noun of cancelling begins, folded: who only names it has not asked for it.
pub(super) const CANCELLATION: &[&str] = &[
    "cancellation",
    "cancelation",
    "stornierung",
    "storno",
    "annulation",
    "lannulation",
    "dannulation",
    "cancelacion",
    "anulacion",
    "annullament",
    "lannullament",
    "dellannullament",
    "allannullament",
    "annulering",
    "cancelamento",
    "anulacao",
    "anulowani",
];

/// Of cancelling later, folded.
pub(super) const LATER: &str = "wait|waiting 1 with|before 3 cancel*
    hold|holding 0 off 3 cancel*
    stop|postpone|delay|pause 1 cancelling|canceling|cancellation
    warten|wartet|warte 2 mit 4 stornier*|storno
    stornier* 2 warten|wartet|warte
    attendez|attendre 2 avant|pour 3 annul*|dannul*|lannul*
    espere|esperen|esperar|espera 2 para|antes|con 3 cancel*|anul*
    aspettate|aspettare|aspetti 2 prima|a|ad|con 3 annull*
    wacht|wachten 2 met 4 annul*
    aguarde|aguardem|espere|esperem 2 para|antes|com 3 cancel*|anul*
    poczekajcie|zaczekajcie|poczekac|wstrzym* 3 anul*";

/// Of cancelling a part, folded; within one clause.
pub(super) const ONLY: &str = "cancel 4 only
    cancel 0 just
    only 0 cancel
    stornier* 2 nur|lediglich
    nur|lediglich 0 die|das|den|eine|einen|ein|diese|diesen|dieses 4 stornier* -bestellung|auftrag
    annul* 1 seulement|uniquement
    cancel*|anul* 1 solo|solamente|unicamente|apenas|somente
    annull* 1 solo|soltanto|solamente
    annul* 2 alleen|enkel
    alleen|enkel 0 de|het|een 4 annul* -bestelling|order
    anul* 1 tylko";

/// Of cancelling by the writer's own hand, folded; within one clause.
pub(super) const OWN_DOING: &str = "i|we|ive|weve 0 cancelled|canceled
    i|we|ive|weve 0 have|had|just|already|accidentally|mistakenly|wrongly|nearly|almost 0 cancelled|canceled
    i|we 0 have|had 0 just|already|accidentally|mistakenly|wrongly|nearly|almost 0 cancelled|canceled
    accidentally|mistakenly|unintentionally 0 cancelled|canceled
    cancelled|canceled 4 by 0 mistake|accident|error -ordered|bought|placed
    you 0 have 1 cancelled|canceled
    habe|haben|hab|hatte|hatten 8 storniert|annulliert|abbestellt -bitte|mochte|will|wollte|gern|gerne|bestellt|gekauft
    jai|ai|avons|avais 3 annule|annulee -change|trouve|besoin|achete|commande|fait
    he|hemos|habia|habiamos 3 cancelado|cancelada|anulado|anulada
    cancele|cancelado|cancelada|anule|anulado 4 por 0 error|equivocacion -pedi|comprado|compre
    ho|abbiamo|avevo|avevamo 3 annullato|annullata|cancellato|cancellata|disdetto
    heb|hebben|had|hadden 6 geannuleerd|gecanceld|afgezegd
    cancelei|anulei
    tinha|tinhamos 2 cancelado|cancelada|anulado
    anulowalem|anulowalam|anulowalismy|odwolalem|odwolalam";

/// Of not wanting it cancelled, farther from the word than a denial mostly stands, folded; within one sentence.
pub(super) const NOT_WANTED: &str = "dont|not|never|didnt|wouldnt|wont 6 cancelled|canceled|cancelling|canceling -can|could|please|may|so|longer|need|more|yet|arrived|received
    nicht 0 dass 7 stornier*|storno
    mochte|mochten|will|wollen|wollte 2 nicht 8 storniert -mehr|bitte|bestellt
    pas 0 que 6 annul*
    no 0 quiero|queremos|deseo|quisiera 0 que 6 cancel*|anul*
    non 0 voglio|vorrei|vogliamo|desidero 0 che 6 annull*|cancell*
    niet 0 dat 6 annul*|geannuleerd
    wil|willen 6 niet 4 geannuleerd
    nao 0 quero|queremos|desejo 0 que 6 cancel*|anul*
    nie 0 chce|chcemy|chcialbym|chcialabym 4 anul*";

/// Of wanting the goods, folded; with these a clause ends.
pub(super) const WANTED: &str = "i|we|still 1 want|need 0 it|them|this
    ich|wir 0 will|brauche|mochte|wollen|brauchen 0 sie|es|ihn|das
    je|nous 0 la|le|les 0 veux|voulons
    lo|la|los|las 0 quiero|queremos|necesito
    lo|la|li|le 0 voglio|vogliamo
    ik|wij|we 0 wil|willen 0 hem|het|die|ze
    eu 1 quero
    chce 0 je|ja|go|to";

/// Clauses that say no to what stands before them, folded.
pub(super) const REFUSING: &[&str] = &[
    "no way",
    "of course not",
    "certainly not",
    "auf keinen fall",
    "kommt nicht in frage",
    "naturlich nicht",
    "pas question",
    "hors de question",
    "de ninguna manera",
    "ni hablar",
    "assolutamente no",
    "neanche per sogno",
    "geen sprake van",
    "natuurlijk niet",
    "actually no",
    "actually not",
    "scrap that",
    "never mind",
    "nevermind",
    "just kidding",
    "only joking",
    "just asking",
    "forget it",
    "forget that",
    "ignore that",
    "doch nicht",
    "lieber doch nicht",
    "hat sich erledigt",
    "vergiss es",
    "vergesst es",
    "vergessen sie es",
    "war nur spass",
    "finalement non",
    "en fait non",
    "laissez tomber",
    "oubliez ca",
    "oubliez",
    "al final no",
    "mejor no",
    "olvidenlo",
    "olvidadlo",
    "alla fine no",
    "anzi no",
    "lasciate stare",
    "lasci stare",
    "toch niet",
    "laat maar",
    "laat maar zitten",
    "afinal nao",
    "esquecam",
    "deixem estar",
    "jednak nie",
    "niewazne",
    "nem pensar",
    "de jeito nenhum",
    "nie ma mowy",
    "w zadnym wypadku",
];

/// Words that begin another wish, folded.
pub(super) const OTHER_WISHES: &str = "send ship deliver exchange replace swap schicken schickt schick senden sendet liefern liefert tauschen tauscht ersetzen \
    envoyez livrez echangez remplacez envien enviad manden mandad cambien spedite inviate mandate cambiate stuur verstuur lever ruil \
    enviem mandem troquem wyslijcie wyslij wymiencie";

/// What may stand before them, folded.
pub(super) const BEFORE_WISHES: &str = "and then also please kindly but instead otherwise just can could would you i we want need like to und bitte aber dann \
    auch konnen konnt sie ihr stattdessen sonst et puis aussi mais svp y tambien pero luego por favor e anche ma poi per favore en ook \
    maar dan graag tambem mas depois i oraz a prosze";

/// What is sent with a cancellation, folded.
pub(super) const SENT_WITH_IT: &str = "confirm* confirmation mail email message note refund money receipt bestatig* geld nachricht rechnung confirmez argent \
    confirmacion dinero correo conferma soldi bevestig* bericht confirmacao dinheiro potwierdz* pieniadze back zuruck";

/// Of not changing, folded; within one clause.
pub(super) const UNCHANGED: &str = "dont|not|never 1 change|changed|swap|switch|exchange|update|modify
    dont|not|never 0 want|wish|like|need 5 change|changed|swapped|switched|exchanged
    andern|tauschen|umtauschen|wechseln|andert|tauscht 8 nicht -mehr|weil|da|ich|wir
    nicht 1 andern|tauschen|umtauschen|wechseln|geandert|getauscht
    ne 0 changez|modifiez|echangez
    pas 1 changer|modifier|echanger
    no 0 cambien|cambie|cambies|cambiar|modifiquen
    non 0 cambiate|cambi|cambiare|modificate|modificare
    niet 1 wijzigen|veranderen|omruilen|gewijzigd|veranderd
    wijzig|verander 8 niet -meer|ik|wij
    nao 0 mudem|mude|troquem|troque|alterem|altere
    nie 0 zmieniajcie|zmieniaj|zmieniac|wymieniajcie|wymieniaj
    no|without 1 exchange|swap|replacement
    no|without 1 change 0 of|to|in
    kein|keine|keinen|ohne 1 umtausch|tausch|anderung|adressanderung
    pas|sans 2 echange|changement|modification
    ningun|sin 1 cambio
    nessun|senza 1 cambio|sostituzione|modifica
    geen|zonder 1 omruiling|ruil|wijziging
    sem|nenhuma 1 troca|alteracao
    bez|zadnej 1 wymiany|zmiany";

/// Of a change that somebody made, or that is to be taken back, folded; these stand between two marks.
pub(super) const CHANGED: &str = "you|they|youve|theyve 1 changed|swapped|switched|exchanged -be|get|should|would|could
    why|who 5 change|changed|swap|swapped|switched|exchanged
    did|have|has 0 you|they|somebody|someone 3 change|changed|swap|swapped|switched|exchanged
    warum|wieso|wer 8 geandert|getauscht|andert|tauscht
    habt|haben 0 ihr|sie 8 geandert|getauscht -bitte
    ihr|sie 0 habt|haben 8 geandert|getauscht -bitte
    ruckgangig
    pourquoi 6 change*|modifi*|echang*
    avez 0 vous 5 change|modifie|echange
    vous 0 avez 5 change|modifie|echange
    por 0 que 4 cambia*|cambio|cambiado|modific*
    han|habeis 3 cambiado|modificado
    perche 4 cambiato|modificato
    avete|hanno 3 cambiato|modificato
    waarom|wie 8 gewijzigd|veranderd
    hebben 0 jullie 8 gewijzigd|veranderd
    jullie 0 hebben 8 gewijzigd|veranderd
    ongedaan|terugdraaien
    mudaram|trocaram|alteraram
    dlaczego 5 zmieni*
    zmieniliscie
    do|must|did|should 0 i|we 3 change|update|swap|switch|exchange
    muss|mussen|soll|sollen 0 ich|wir 8 andern|tauschen|umtauschen|wechseln
    dois|devons 0 je|nous 4 chang*|modifi*|echang*
    moet|moeten 0 ik|we|wij 6 wijzigen|veranderen|omruilen
    i|we|ive|weve 2 changed|updated|corrected 0 the 1 address
    i|we|ive|weve 2 swapped|exchanged
    habe|haben|hab 8 geandert|aktualisiert|getauscht|umgetauscht -bitte|meinung|meine|unsere|plane
    jai|ai|avons 1 modifie|change|echange 0 ladresse|larticle|la|le|les
    he|hemos 1 cambiado|modificado 0 la|el|los|las
    ho|abbiamo 1 cambiato|modificato 0 la|lindirizzo|lordine|larticolo
    heb|hebben 6 gewijzigd|veranderd|omgeruild|aangepast -mijn|ons|onze
    mudei|alterei|troquei 0 a|o 0 morada|endereco|encomenda|pedido|artigo
    juz 0 zmienilem|zmienilam|zmienilismy|wymienilem|wymienilam
    leave|keep 4 as 0 it|they 0 is|are|was|were
    lassen|lasst|lass|belassen|belasst 6 wie 0 sie|es|er|bisher|gehabt
    laissez|gardez 5 tel|telle|comme
    dejen|dejad|mantengan 5 como|igual
    lasciate|lasci|mantenete 5 com|come|comera
    laat|laten 5 zoals
    deixem|mantenham 5 como
    zostawcie|zostaw 4 jak|tak";

/// Words that leave it open or deny it, folded; before a word of cancelling.
pub(super) const OPEN: &[&str] =
    &["might", "maybe", "perhaps", "vielleicht", "eventuell", "quizas", "forse", "misschien", "talvez"];

/// Negations that may stand behind the word of cancelling, folded.
pub(super) const BEHIND: &[&str] = &["nicht", "pas", "niet"];

/// Beside a word of cancelling these ask about it, or tell of it.
pub(super) const ASKS: &[&str] = &[
    "why",
    "deadline",
    "until when",
    "how long",
    "what happens",
    "what would happen",
    "if i",
    "if we",
    "did you",
    "have you",
    "asked you to",
    "was cancelled",
    "were cancelled",
    "warum",
    "wieso",
    "frist",
    "bis wann",
    "was passiert",
    "wenn ich",
    "falls ich",
    "habt ihr",
    "haben sie",
    "pourquoi",
    "jusqu'à quand",
    "que se passe",
    "si je",
    "si j'",
    "avez-vous",
    "por qué",
    "hasta cuándo",
    "qué pasa",
    "si cancelo",
    "perché",
    "entro quando",
    "cosa succede",
    "se annullo",
    "waarom",
    "tot wanneer",
    "wat gebeurt",
    "als ik",
    "hebben jullie",
    "por que",
    "o que acontece",
    "se eu",
    "dlaczego",
    "co jeśli",
    "jeśli anuluję",
];

/// With these a wish is taken back, or only part of the order is meant.
pub(super) const TAKEN_BACK: &[&str] = &[
    "actually no",
    "scrap that",
    "keep it",
    "keep everything",
    "keep the rest",
    "still want it",
    "still want the order",
    "ignore that",
    "ignore my",
    "never mind",
    "not decided",
    "just asking",
    "doch nicht",
    "vergiss es",
    "behalte",
    "behalten",
    "noch nicht entschieden",
    "finalement non",
    "je garde",
    "al final no",
    "me quedo",
    "alla fine no",
    "tengo",
    "toch niet",
    "ik houd",
    "ik hou",
];
