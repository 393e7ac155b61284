//! Words that say nothing by themselves.

/// Words that carry no fact, by language. None denies, promises, or tells of a deed or a time.
pub(super) const PLAIN: [(&str, &str); 6] = [
    (
        "en",
        "a an the this that these those it its is are was were be been being am i im ive ill me my we our us you your yours \
         youre they their them he she and or but so as if then than there here of in on at to for from with by about \
         into out up via per has have had do does did will would can could may might should what which who when where how \
         please thank thanks sorry happy glad hello hi dear kind kindly regards let know tell write reply answer \
         question questions any more further help message hear also just good news",
    ),
    (
        "de",
        "der die das den dem des ein eine einen einem einer eines dies diese dieser dieses es ist sind war waren sein bin \
         ich mir mich mein meine wir uns unser unsere du dir dich dein deine deinen deiner deinem sie ihr ihre ihren ihrer \
         ihnen ihrem und oder aber so als wenn dann da dass hier von vom im in am an auf zu zum zur fuer für mit bei über \
         aus hat habe haben hatte wird werden wurde würde kann kannst können könnte was welche welcher wer wann wo wie bitte \
         danke dank vielen tut leid gern gerne hallo liebe lieber grüße gruß sag schreib schreiben antworte antworten frage \
         fragen noch weitere auch nachricht melde melden",
    ),
    (
        "fr",
        "le la les l un une des du de d ce cet cette ces il elle ils elles est sont était être suis je j me m mon ma mes \
         nous notre nos vous votre vos et ou mais que qu si alors en dans sur à au aux pour avec par chez y a ont avait sera \
         peut pouvez quel quelle qui quand où comment merci désolé désolée navré bonjour cher chère volontiers plaisir dites \
         écrivez répondez question questions autre aussi message c s n",
    ),
    (
        "es",
        "el la los las un una unos unas de del este esta estos estas eso lo es son era ser soy yo me mi mis nos nuestro \
         nuestra tu tus te su sus le les y o pero que si entonces en a al para por con sobre ha han había será puede puedes \
         podría qué cuál quién cuándo dónde cómo gracias siento hola estimado estimada gusto encantado dime díganos escríbanos \
         escríbenos responde pregunta preguntas más también mensaje se",
    ),
    (
        "it",
        "il lo la i gli le l un una uno di del della dei delle degli dello questo questa questi queste è sono era essere io \
         mi mio mia ci nostro nostra tu tuo tua ti suo sua e o ma che se allora in nel nella a al alla per con su da dal \
         dalla ha hanno aveva sarà può puoi potrebbe cosa quale chi quando dove come grazie spiace dispiace ciao gentile \
         volentieri piacere scrivi scrivici risponda domanda domande altre anche messaggio si",
    ),
    (
        "nl",
        "de het een dit dat deze die is zijn was waren ben ik mij me mijn wij we ons onze je jij jou jouw u uw en of maar zo \
         als dan er hier van in op aan te voor met bij over uit door heeft heb hebben had wordt worden zal kan kunt kunnen \
         wat welke wie wanneer waar hoe alsjeblieft alstublieft dank bedankt spijt sorry hallo beste graag weten schrijf \
         antwoord vraag vragen nog verder ook bericht",
    ),
];

/// The words of a language that carry no fact, apart by blanks; `""` where they are not known.
pub fn plain_of(language: &str) -> &'static str {
    PLAIN.iter().find(|(code, _)| *code == language).map_or("", |(_, words)| *words)
}
