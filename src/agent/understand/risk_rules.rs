//! Word rules of `risk.rs`, in the notation of `phrases.rs`.

/// One of these is enough.
pub(crate) const INJECTION: &str = "
ignore|ignoring|disregard|forget|override|overrule|bypass|circumvent|violate|discard|cancel|suspend|erase|void 5 instructions|instruction|rules|prompt|prompts|guidelines|guideline|directives|directive|restrictions|constraints|programming|guardrails|guardrail|safeguards|filters|policies|training -my|delivery|assembly|washing|care|parking|refund|return|shipping|cookie|i|we|order
ignore|disregard|forget 2 everything|anything|all|text|content 2 above|previously|before|told -my|i
ignore|disregard|override|bypass|skip|circumvent 4 content|safety|security|refund|return|store|shop|company|verification|approval|moderation 1 policy|policies|rules|filter|filters|check|checks|step|protocol|process
dont|not|never|stop 2 follow|following|obey|apply|applying|obeying 3 rules|instructions|guidelines|policy|policies|restrictions -i|care|assembly
your|previous|prior|earlier|above|original|initial 2 instructions|rules|guidelines|restrictions|programming 4 void|null|suspended|lifted|changed|replaced|obsolete|disabled|outdated|overridden|superseded
new|updated|real|actual|following|true|secret|urgent 1 instructions|directive|directives 4 follow|obey|override|are|replace|you|only|assistant
system|hidden|secret|initial|internal|original|developer 1 prompt|prompts
systemprompt|systemprompts|sysprompt
your|hidden|secret|internal|confidential 2 prompt|instructions|directives|guidelines|configuration|programming|ruleset 6 verbatim|reveal|show|print|word|exactly|display
reveal|show|print|repeat|output|display|leak|dump|disclose|expose|recite|paste|translate|summarize|summarise|describe|list|share|give|tell|write|echo|read|quote 5 your 3 prompt|instructions|directives|guidelines|configuration|config|rules|programming|memory|secrets|context|tools|functions|policies|parameters|weights -return|returns|delivery|care|washing|assembly|size|shipping|loyalty|club|privacy|cookie
reveal|show|print|repeat|output|display|leak|dump|disclose|recite|paste|echo 4 above|preceding|hidden|initial|first|secret 2 text|words|instructions|prompt|message|lines|paragraph|notes|admin|pages|sentence|conversation|data -my
repeat|print|output|write|say|recite 2 everything|all|words|text 3 above|before|verbatim -my
what|which 3 your 2 instructions|prompt|directives|guidelines -return|care
what 4 told|instructed|programmed 4 not|before|conversation|start
you are|act 1 now 4 dan|unrestricted|unfiltered|uncensored|jailbroken|free|evil|admin|administrator|root|hacker|developer|god|an|no|without|in|not
youre now 4 dan|unrestricted|unfiltered|uncensored|free|an|no|without|in|not
you are|will|must|shall 3 no 2 longer 3 bound|restricted|limited|an|ai|assistant|support|required|follow
you|who|that|which 4 have|has|had 2 no|zero|without 2 restrictions|limits|limit|limitations|rules|filter|filters|policy|policies|restriction|content|guidelines|boundaries|ethics
are|is|am|being|become|without|free 2 any|all|no|of 2 restrictions|filters|censorship|guardrails|guidelines|limitations|ethical|moral|safety -delivery|shipping
unrestricted|uncensored|unfiltered|jailbroken|amoral 2 ai|model|assistant|mode|bot|chatbot|version|llm|character|persona|answer|answers|response|access
act|behave|respond|answer|reply|function|operate|work|pose 1 as|like 4 dan|ai|chatbot|language|llm|model|admin|administrator|root|terminal|hacker|developer|unrestricted|evil|database|shell|interpreter|assistant|god|system|supervisor|jailbroken|oracle
pretend|imagine|suppose|roleplay|assume|simulate|fantasize 5 you|youre|to 4 ai|dan|no|without|admin|administrator|unrestricted|hacker|evil|not|developer|different|jailbroken|can|free|have|manager|assistant|rules
role 1 play|roleplay|roleplaying 5 as|you|where|no|ai|without|game -children|kids|costume
from now on 4 you|your|respond|answer|ignore|act|always|only|every|all -i|we|my
dan mode|prompt|jailbreak
do anything now
developer|debug|god|admin|maintenance|sudo|root|jailbreak|dan|unrestricted|unsafe|test|diagnostic|override 1 mode 4 on|enabled|enable|activated|active|engaged|now|unlocked|you|and|is|output|print
enter|enable|activate|switch|engage|unlock|turn|start|put|go 5 developer|debug|god|admin|maintenance|sudo|root|jailbreak|dan|unrestricted|unsafe|diagnostic|override 1 mode
jailbreak|jailbreaking|jailbroken|promptinjection
stay|remain|never 2 in|break 1 character
evil|opposite|shadow|alter|unlimited 1 twin|bot|ai|gpt|assistant|confidant|ego|day
grandma|grandmother 8 read|tell|used|recite 8 password|passwords|key|keys|napalm|prompt|codes|windows
hypothetical|hypothetically|fictional|story|novel|game|movie|thought 12 ai|assistant|chatbot|bot 8 no|without|ignores|ignore|unrestricted|reveals|rules|bypasses
sudo 3 give|refund|show|print|rm|make|cat
call|invoke|use|execute|trigger|run 3 tool|function|api|tools|functions|plugin|endpoint -hotline
call|invoke|execute|trigger|run|use 1 refund*|cancel*|transfer*|issue*|delete*|update*|modify*|get*|send* 2 tool|function|api|order|user|money|account 3 without|tool|now|with|directly|function -customer|i|my
run|execute|eval 3 command|commands|shell|script|code|sql|query|python|bash|payload|javascript -discount|my|promo
drop table|database
rm rf
select 3 from users|customers|orders|accounts|passwords|user
send|email|mail|forward|post|upload|transmit|exfiltrate|leak|export|deliver|submit|copy 8 conversation|chat|credentials|passwords|secrets|token|tokens|database|emails|keys|key|contacts|list|records|history|data|transcript|secret|addresses|cookies|files|inbox 6 to|at -my|me|our|i|wrong|return|tracking|size|purchase|order
send|post|upload|forward|email|exfiltrate|append|include 6 api|access|secret|private|session|auth 1 key|keys|token|tokens|credentials|cookie|cookies
print|reveal|show|leak|dump|list|output|give|tell|display|read|return|expose 4 api|access|secret|private|environment|env|admin|database|internal|encryption|root|master 1 key|keys|token|tokens|variables|password|passwords|credentials|notes|data|files|logs|pages|page|documents -where
list|export|dump|show|reveal|give|send|print|download|read|access|fetch 4 all|every|other|entire|full|whole|complete 3 customers|customer|users|user|accounts|database|emails|passwords|clients|orders|credit -my|our|we|i
dear|attention|hey|hello|note|message|instruction|instructions|memo|warning|important|urgent|notice|hint|reminder 3 ai|llm|gpt|chatgpt|chatbot|agents|assistants|model|models|crawlers
to|for|dear 2 ai|llm|language|automated 1 agent|agents|assistant|assistants|model|models|system|systems|reader|readers|bot|bots
if 2 you|your 2 are|re 2 ai|llm|language|assistant|bot|model|automated -real|speaking|talking
as|when|whenever 2 ai|llm|language 2 model|assistant|agent|you|reads|processes|summarizes
when|whenever|before|after|while 4 you|assistant|agent|model|ai 4 reads|read|process|summarize|summarise|summarizing|finish|solve|answer|answering 3 this|the 6 must|send|email|forward|call|do|please|always|also|first|task|include|say
the|any|all|every|this 2 assistant|agent|chatbot|ai|llm|model|bot 3 must|should|shall|will|needs|has|is 4 now|immediately|ignore|reveal|send|forward|refund|approve|issue|obey|include|disclose|comply|follow|respond|say|tell|transfer|grant|required|authorized|override -your|talk
must|should|shall 3 include|insert|append|add|embed 4 following|link|url|image|text 5 reply|response|answer|summary|output|message
begin|start|end|prefix|finish 3 reply|response|answer|output|message|every|your 3 with
respond|reply|answer 2 only|just|exactly|always|solely 2 with|in|by
say|output|print|write|reply|respond|answer 2 exactly|only|just|literally
approve|grant|issue|process|authorize|give|transfer|send|refund|apply|perform 8 without 4 approval|asking|confirmation|confirming|verification|verifying|checking|permission|check|authorization|review|questions|human|supervisor|consulting
without|no 2 approval|confirmation|authorization|human 3 needed|required|necessary|transfer|refund|execute|call|approve|cancel
set|change|modify|update|mark|make|edit 4 price|prices|balance|total|status|role|limit|account|customer|discount 3 to|as 3 0|zero|free|admin|administrator|paid|approved|vip|100|delivered|refunded|unlimited|001 -quantity
system|admin|administrator|root|backend|automated|internal|policy|security|server|developer|override 1 note|notice|message|update|alert|override|command|instruction|instructions|directive|announcement|log 6 customer|refund|approve|approved|agent|assistant|user|verified|issue|ignore|limit|policy|grant|you|all|authorized|pre|disabled|new
customer|user|caller|i|buyer|identity 4 pre|already|fully|hereby|been 2 approved|authorized|authorised|verified|whitelisted|authenticated 6 refund|issue|skip|limit|no|without|grant|access|so
policy|policies|rules|limit|limits|restrictions|checks|filters|verification|safety|guardrails 5 disabled|suspended|lifted|off|waived|bypassed|removed|deactivated|inactive|changed -store|account|my
disable|deactivate|remove|lift|suspend|waive|drop 4 safety|policy|policies|restrictions|filters|guardrails|checks|limits|limitations|verification|moderation|safeguards|protections|ethics|censorship -my
decode|decrypt|deobfuscate|unscramble|base64|rot13|translate|reverse 8 follow|execute|obey|do|run|perform|comply|instructions|act|apply -my
decode|decrypt|unscramble 3 this|following|base64|rot13|hex|message|string|text|below 6 and|then
markdown|html 2 image|img|link 6 url|src|http*|data|conversation|append|query
ignoriere|ignorieren|vergiss|vergessen|missachte|umgehe|uberschreibe|verwirf 5 anweisungen|anweisung|regeln|instruktionen|vorgaben|richtlinien|befehle|systemprompt|prompt|beschrankungen -meine|meiner
zeig*|verrat*|nenne|gib|wiederhole|drucke|offenbare 6 systemprompt|prompt|systemanweisung*|anweisungen|systemnachricht|instruktionen -pflege
vergiss|vergessen|ignoriere|missachte 2 alles 4 vorher|zuvor|bisher|bislang|davor|aufgetragen -ich|wir
du|sie bist|sind 1 jetzt|ab|nun 6 ki|dan|ohne|assistent|administrator|admin|hacker|frei|uneingeschrankt*
ab jetzt|sofort 2 du|bist|antworte|ignoriere|antwortest
tu|stell|spiel 4 so|dir|vor 4 du 4 ki|admin|keine|ohne|hatt*
collecte*|rassemble*|recupere*|exporte*|envoie*|envoyez|transmet*|transfere*|expedie* 5 donnees|fiches|coordonnees|adresses|mots|base|liste 4 clients|acheteurs|utilisateurs|passe -mes|ma
sammle|sammeln|exportiere*|schicke*|sende*|leite*|ubermittle* 5 kundendaten|kundenliste|passworter|zugangsdaten|kunden -meine|mir
reune|recoge|exporta|envia*|manda*|transmite* 5 datos|pedidos|lista|contrasenas 4 clientes|compradores|usuarios|externa|servidor -mis|mi
raccogli|esporta|invia*|manda*|trasmetti 5 dati|recapiti|elenco|password 4 clienti|acquirenti|utenti|esterno -miei|mio
verzamel|exporteer|stuur|mail 5 klantgegevens|klantenlijst|wachtwoorden -mijn
ignore|ignorez|ignorer|oublie|oubliez|contourne|outrepasse|desactive 6 instructions|consignes|regles|directives|restrictions|filtres -mes|mon|lavage
montre|affiche|revele|donne|repete|montrez|affichez|revelez|repetez 6 prompt|instructions|consignes -mes|lavage|montage|retour
tu|vous es|etes 1 maintenant|desormais|dorenavant 6 ia|dan|sans|un|libre|administrateur|une
ignora|ignore|olvida|olvide|omite|desobedece|anula|salta|ignorad 6 instrucciones|reglas|indicaciones|normas|directrices|restricciones|ordenes|politicas -mis|mi|lavado
muestra|revela|dime|muestrame|imprime|ensena|repite|muestre|revele|ensename 6 prompt|instrucciones|sistema -mis|lavado|montaje
eres|ahora 2 eres|ahora|actua|seras 6 ia|dan|sin|administrador|asistente|hacker|libre|modo
finge|imagina|actua|comportate 4 que|como|ser 4 dan|ia|administrador|sin|hacker|no
ignora|dimentica|trascura|bypassa|scavalca|disattiva 6 istruzioni|regole|direttive|indicazioni|restrizioni|vincoli|filtri -mie|miei|lavaggio
mostra|rivela|stampa|mostrami|ripeti|dimmi|mostrate 6 prompt|istruzioni|sistema -lavaggio|montaggio|mie
sei ora|adesso 6 ia|dan|senza|un|libero|amministratore
negeer|vergeet|omzeil|overschrijf|sla 6 instructies|regels|richtlijnen|opdrachten|aanwijzingen|beperkingen -mijn
toon|laat|geef|herhaal|onthul 6 systeemprompt|prompt|systeeminstructies|instructies -mijn|was
je|jij bent 1 nu|vanaf 6 dan|zonder|ai|beheerder|vrij
ignore|ignora|ignorar|esqueca|esquece|desconsidere|desconsidera|contorne 6 instrucoes|regras|diretrizes|comandos|restricoes|ordens -minhas|lavagem
mostre|mostra|revele|revela|exiba|imprima|diga|repita 6 prompt|instrucoes|sistema -lavagem|minhas
voce|tu e|agora|es 2 agora|um|uma 6 ia|dan|sem|administrador|hacker|livre
ignoruj|zignoruj|zapomnij|pomin|omin|zlekcewaz 6 instrukcje|instrukcji|polecenia|polecen|zasady|zasad|regul|reguly|wytyczne|wytycznych|poleceniach|instrukcjach|zasadach -moje|prania
pokaz|ujawnij|wypisz|podaj|wyswietl|powtorz 6 prompt|prompta|instrukcje|systemowe|systemowy|systemowego -prania|moje|zwrotu
jestes teraz 6 ai|dan|bez|administratorem
teraz jestes 6 ai|dan|bez|administratorem
strunta|ignorera|glom|bortse 3 alla|tidigare|dina|era|foregaende|ovanstaende 2 instruktion*|anvisning*|regler*|riktlinjer* -mina|vara
onceki|verilen|tum|butun 2 talimat*|kural*|komut*|yonerge* 3 yok|unut*|gormezden -benim|verdigim
rispondi|antworte|reponds|responde|odpowiedz|antwoord|responda 2 solo|nur|seulement|uniquement|solamente|tylko|alleen|apenas|somente";

/// Two of these, or one in a record, are enough.
pub(crate) const INJECTION_HINTS: &str = "
prompt|prompts -payment|me|reply|delivery|response|service|answer
llm|gpt|chatgpt|openai|anthropic|claude|gemini|llama|copilot
language model
ai 1 assistant|agent|model|system|bot
as an ai
your 1 creator|creators|developers|programmers|training|programming
ignore|disregard 3 previous|prior|above|earlier -my|mail|email|message
base64|rot13|hex|ascii|morse|cipher|encoded|obfuscated
override|bypass|jailbreak|backdoor|exploit|injection
unrestricted|uncensored|unfiltered
hypothetically|hypothetical
roleplay|role-play|persona
you 1 are|re 1 now
new 1 rules|role|task|objective|persona|identity|directive
confidential|classified|secret 2 information|data|instructions|documents|info|mode
do not|never 2 tell|mention|inform|reveal|alert|notify|warn|disclose 3 user|customer|anyone|human|this|owner
step by step 4 hack|bomb|malware|weapon|exploit|drugs
how 2 make|build|create|write 4 bomb|malware|virus|weapon|explosive|ransomware|keylogger|meth
api|secret|access 1 key|keys|token|tokens
system|admin 1 access|privileges|rights|override|command|instruction|instructions|message
execute|eval|payload|exec
execute|obey|comply
must|will 2 comply|obey
answer|reply|respond 3 without 3 filter|filters|restrictions|warnings|disclaimer|disclaimers
no 2 disclaimers|warnings|refusals|restrictions|ethical|moral
simulate|emulate 4 terminal|system|ai|machine
end 2 of 2 prompt|instructions|input|message|document|text|file|context
stop 2 being|acting 3 assistant|support|agent|bot
full|maximum|highest|unlimited|all 1 refund|access|discount|permission|permissions|privileges 4 immediately|automatically|now|every|all|approved
refund|credit|transfer 4 all|every 2 orders|customers|order|accounts
pre approved|authorized
authorization|override|access|bypass|master|admin 1 code";

/// Orders that have no place in a record.
pub(crate) const DATA_ORDERS: &str = "
include|mention|add|append|insert|quote|cite|repeat|state|put 5 in|into|at|to 2 your|the|every|each|any 2 summary|answer|reply|response|output|report
send|transfer|wire|pay|make 6 money|transaction|payment|funds|bitcoin|iban|usd|dollars|euros|btc -customer|refund
send|forward|email|mail|write|post|message|share|invite 8 to|at|slack|channel|via -tracking|invoice|was|has|delivered|sent|parcel|customer
send|forward|write|post 3 email|link|message|mail|dm -was|has|customer|received|we
delete|remove|erase|wipe|cancel 4 file|files|emails|email|event|events|calendar|account|all|everything|contacts|appointment|records|database -was|has|customer
create|add|schedule 3 calendar|event|meeting|user|account|appointment|contact -was|has
reserve|book 4 hotel|room|restaurant|table|flight|car|reservation -was|has
reservation 4 for|at
visit|click|open|go|navigate|browse|download|install|follow 4 link|website|url|www|attachment|malware|software|site -compare|shop|track|tracking
change|update|reset|modify|set 4 password|passwords|credentials|permission|permissions|role -forgot
get|give|find|share|read|check|retrieve|tell 5 password|passwords|credentials|passcode|pin|code|secrets|security
refund|reimburse 4 full|all|everything|immediately|automatically|customer|amount|twice
approve|grant|issue|apply|credit 4 refund|discount|credit|access|request|voucher|100|coupon
say|tell|inform|recommend|convince|write|answer|advise 5 customer|user|everyone|great|best|that|must|visit|stay|them|competitor
please|you|must|should 3 immediately|first|urgently|instead|now 4 send|do|refund|call|transfer|execute|follow
before 6 solve|answer|task|continue|proceed|help
important 3 message|instruction|instructions|information|notice 4 from|for|to
do 2 following|this 2 first|instead|immediately|now
escalate 3 privileges
buy|purchase|order 4 for me|item|gift
unlike|like|upvote|review 4 five|5 star|stars";

/// One of these is enough.
pub(crate) const PRETEXT: &str = "
i|im|this|its|here 2 am|is|as|im|a|the|from|your 4 manager|supervisor|administrator|admin|ceo|cto|cfo|owner|employee|developer|engineer|technician|auditor|officer|detective|inspector|police|lawyer|attorney|staff|moderator|security|headquarters|director|agent|founder|colleague 14 give|tell|send|refund|reset|change|access|grant|provide|read|export|share|list|show|disclose|approve|need|override|issue|unlock|cancel|confirm|require|want|skip|apply|look|pull -talk|speak|contact|was|because|disappointed
police|fbi|interpol|court|tax|government|fraud|bank|visa|paypal|gdpr|security|it|head|corporate|legal|compliance 2 officer|here|department|office|investigator|team|agent|inspector|support|desk|order 10 give|need|provide|send|tell|disclose|require|want|share|release|confirm|hand -i|contact|my
calling|writing|speaking 2 from|on|for 4 it|support|security|bank|police|headquarters|fraud|behalf|management 12 give|need|send|tell|provide|password|code|access|refund|address
give|tell|send|read|show|share|provide|need|want|get|whats|what|disclose|look|find|check|confirm 6 home|phone|email|address|number|password|card|details|data|orders|order|account|history|location|information|info 5 of|from|for|belonging 4 neighbour|neighbor|wife|husband|ex|girlfriend|boyfriend|customer|someone|another|other|boss|colleague|friend|friends|daughter|son|mother|father|person|people|user|woman|man|her|him|john|them|celebrity -ordered|gift|bought|to
give|tell|send|read|show|share|provide|need|want|disclose|what|whats|look|check|change|cancel|redirect|see|find|access|open|get 5 neighbours|neighbors|wifes|husbands|exs|exes|girlfriends|boyfriends|customers|elses|bosss|boss|colleagues|friends|roommates|mothers|fathers|sisters|brothers|sons|daughters|mans|womans|persons|tenants|client's 5 address|order|orders|email|phone|account|card|password|details|data|number|history|purchases|invoice|invoices|parcel|package -ordered|gift|broke|deliver|to
account|order|orders|address|email|phone|details|password|data 3 of|for|from|belonging 3 another|other|someone|somebody|different 2 customer|customers|else|user|person|people|buyer
another|other|different|someone|somebody|that|this|which 1 customer|customers|person|else|user|buyer 6 address|email|phone|card|orders|password|details|data|number -service
who|what|where 6 customer|person|buyer|she|he 4 live|lives|bought|ordered|buy|address -should|can
tell|give|read|send|show|forward|text|share 4 2fa|otp|verification|security|one|login|cvv|cvc|reset|sms|confirmation 3 code|codes|number|password|pin|link 5 you|see|to|account|customer|here|have|now|there|got -never|didnt|not
tell|give|read|send|show|share 4 full|complete|whole|last|saved|stored 3 card|credit|payment|cvv|account|bank 2 number|details|data -i
lost|no|cant|without|dont 5 access 5 email|mail|phone|number|account|inbox 12 change|send|reset|update|switch|link|give|use|put
change|update|switch|replace|set 4 email|mail|phone|number|address 8 send|text|forward|give 5 reset|code|password|link|2fa|refund|everything|me
do|dont|not|no|without|neither 3 have|know|remember|need 6 order|number|email|mail|password|details|verification|id 14 cancel|refund|change|send|give|tell|whatever|just|open|look|find -where|how
skip|bypass|avoid|forget|waive|ignore|omit 4 verification|verify|identity|security|id|authentication|identification|password 2 check|checks|questions|question|step|process|code|please|this|for|today|i|and
no time|need 3 verification|verify|paperwork|security|identity|questions|checks
dont|not 3 need|have 3 verify|verification|identify|check 5 me|identity|id|who|i
my|a|his|her 2 colleague|coworker|supervisor|manager|agent 5 promised|approved|authorized|confirmed|allowed|told 8 without|bypass|exception|full|double|access|override|skip
i|im 2 am|his|her|their|the|calling 4 wife|husband|son|daughter|mother|father|assistant|secretary|lawyer|brother|sister|carer|partner|representative|executor 10 cancel|change|access|address|refund|password|account|orders|details -gift|bought
on behalf of 12 account|password|address|refund|orders|card|details|cancel|change -company
refund|send|pay|transfer 8 different|another|new|other|my|this|friends|brothers 4 card|account|iban|wallet|paypal 6 instead|not|old|closed|than|rather|since -return|original
ich bin 3 mitarbeiter|chef|administrator|polizist|anwalt|leiter|techniker|kollege|filialleiter|geschaftsfuhrer 14 gib|geben|nennen|schicken|sagen|brauche|andern|offnen
gib|geben|nennen|sagen|schicken 5 adresse|daten|passwort|telefonnummer|bestellung|bestellungen 6 kunden|nachbarn|exfreundin|frau|person|anderen|ex|freundin
je suis 4 employe|responsable|directeur|policier|administrateur|gendarme|avocat 14 donnez|donner|envoyez|communiquez|besoin|changez
donnez|envoyez|donne 5 adresse|mot|numero|coordonnees|donnees 8 cliente|client|voisin|femme|autre|personne|ex
soy 4 empleado|gerente|policia|administrador|director|abogado|tecnico 14 deme|dame|envie|necesito|diga|cambie
dame|deme|dime|digame 5 direccion|contrasena|telefono|datos 8 cliente|vecino|mujer|otra|persona|ex
sono 4 dipendente|direttore|polizia|amministratore|tecnico|responsabile|avvocato 14 dammi|datemi|mandate|bisogno|cambiate
ik ben 4 medewerker|manager|politie|beheerder|directeur|agent 14 geef|stuur|nodig|wijzig
sou 4 funcionario|gerente|policia|administrador|diretor|advogado 14 me|envie|preciso|passe|altere
jestem 4 pracownikiem|kierownikiem|policjantem|administratorem|dyrektorem 14 podaj|podajcie|prosze|wyslij|potrzebuje";

/// Two of these are enough.
pub(crate) const PRETEXT_HINTS: &str = "
refund|pay|credit|replace|send 4 like|as|same 3 last|before|previous|always|times|time|others|two
wont|cannot|cant|refuse|not|never|no 3 send|sending|give|provide|attach|upload|need|have 4 photo|photos|picture|pictures|proof|evidence|receipt|receipts
i|im 2 am|the|a 3 manager|supervisor|admin|administrator|ceo|employee|police|officer|staff|developer
trust me
urgent|emergency|immediately|quickly|hurry 8 password|code|access|account|address
other|another|different 1 customer|person|account
someone|somebody elses|else
verify|verification 3 not|skip|later|unnecessary|needed
reset 2 link|code 4 to
card|cvv|iban 2 number|code
your|my 1 boss|supervisor 4 approved|said|promised
password 3 of|for
home address";

/// Danger to people.
pub(crate) const THREATS: &str = "
kill|hurt|stab|shoot|murder|strangle|beat|punch 3 you|yourself|myself|him|her|them|everyone|somebody|someone|your|driver|staff|courier -time|batteries|hair|it
will|gonna|going|ill|want 4 kill|hurt|stab|shoot|murder|find|burn|bomb|destroy|beat 4 you|your|myself|office|house|family|store|shop|warehouse|someone|everyone -order|parcel|package|tracking|help
know|find|found|knows 3 where|out 4 you|your|staff|driver 4 live|work|family|kids|children|house|home
burn 4 down|shop|store|warehouse|office|house|place
bomb 3 your|threat|shop|store|office|warehouse|in
end|take|ending 1 my life
commit suicide
suicide|suicidal
dont|not|no 3 want|reason 2 to live
cant|can 2 go|take 2 on|it|living 3 anymore|longer|life|live
harm|hurt|cut|cutting|hurting 1 myself
better off dead
watch|watching 1 your back
you 2 will|gonna|are 2 regret|pay|dead|die|suffer -postage|shipping|me
umbringen|totschlagen|abstechen|erschiessen
bringe mich 1 um
das leben nehmen
je vais|veux 3 tuer|bruler|frapper|mourir
te voy|voy|vais a|te 2 matar|quemar|golpear|suicidarme
ti|vi|mi ammazzo|uccido
ga|zal 4 vermoorden|neersteken|doodmaken
vou 2 te|vos|me matar
zabije|podpale|zabic";

/// People hurt by goods, or goods that are a danger.
pub(crate) const INJURIES: &str = "
injured|injury|injuries|hospital|hospitalised|hospitalized|ambulance|paramedic|paramedics|bleeding|concussion|stitches
emergency 0 room
cut|burned|burnt|hurt|scalded|injured 2 myself|himself|herself|finger|fingers|thumb|hand|hands|arm|leg|foot|lip|mouth|face|eye|tongue|child|baby|son|daughter -off|boxes|price
allergic|anaphylactic 0 reaction|shock
electric|electrical 0 shock
got|get|gave|gives 2 shock|shocks
caught|catch|catches|on 0 fire
burst 0 into 0 flames
started|starts|began 1 burning|smoking|smouldering
exploded|explodes|explosion
smell|smells|smelling|smelled|stinks|hiss|hisses|hissing 4 gas|burning|smoke|petrol
gas 1 leak|leaks|leaking|escapes
flames|sparks|blister|blisters
choked|choking|poisoned|poisoning
swallowed 3 glass|shard|shards|splinter|splinters|battery|piece
verletzt|verletzte|verletzung|verletzungen|krankenhaus|notaufnahme|notarzt|blutet|blutete|geblutet|blutung|stromschlag|vergiftung|explodiert
riecht|stinkt|geruch|ausstromt|zischt 4 gas|rauch|verbrannt|benzin
stichflamme|flammen|funken|qualm|brandblasen|blasen
sent|odeur|pue 4 gaz|brule|fumee|essence
flammes|etincelles|cloques
huele|olor 4 gas|quemado|humo|gasolina
llamas|llamarada|chispas|ampollas
odore|puzza|puzzo|sente 4 gas|bruciato|fumo|benzina
fiamme|scintille|vesciche
ruik|ruikt|geur|stinkt 4 gas|brand|rook|benzine
vlammen|vonken|blaren
geschnitten|verbrannt|verbruht 2 habe|hat|finger|hand|hande|mund|lippe
mich|sich 3 geschnitten|verbrannt|verbruht
allergische|allergischen 0 reaktion
feuer 0 gefangen
in 0 flammen|brand
blesse|blessee|blessure|blessures|hopital|urgences|ambulance|saigne|saignait|explose|empoisonne|brulure|brulures
suis|sest|est 2 coupe|coupee|brule|brulee -son|courant
reaction 0 allergique
choc|decharge 0 electrique
pris|prend 0 feu
herido|herida|heridas|hospital|ambulancia|sangrando|sangrado|quemadura|quemaduras|exploto|intoxicado
me|se 2 corte|corto|queme|quemo|cortado|quemado -luz
reaccion 0 alergica
descarga 0 electrica
ferito|ferita|ferite
pronto 0 soccorso
ospedale|ambulanza|sanguina|sanguinava|ustione|ustioni|esploso|esplosa
sono|e 1 tagliato|tagliata|bruciato|bruciata|ferito|ferita
reazione 0 allergica
scossa 0 elettrica
preso 0 fuoco
gewond|verwond|verwonding|ziekenhuis|ambulance|bloedde|bloedt|bloeden|ontploft|vergiftigd|brandwond|brandwonden
gesneden|verbrand 2 heb|vinger|hand
allergische 0 reactie
elektrische 0 schok
vlam 0 gevat";

/// Going to law, or saying so.
pub(crate) const LEGAL: &str = "
sue|suing 1 you|your|the
lawsuit|litigation|ombudsman|attorney|attorneys|solicitors|lawyers
legal 1 action|steps|proceedings|advice|claim
small 0 claims
press|pressing|file|filing|bring 1 charges
take|see|taking 1 you 1 to 0 court
see 1 you 1 in 0 court
report|reporting|reported 2 you|this 3 police|authorities|standards|ombudsman|agency|bureau
better 0 business 0 bureau
verklage|verklagen|verklagt|strafanzeige|klage|klagen|mahnbescheid|verbraucherschutz|verbraucherzentrale|schlichtungsstelle
anzeige 1 erstatten|erstatte|erstattet
rechtliche|gerichtliche|juristische 1 schritte|schritten
porter|porte|portons|depose|deposer|deposons|depot 1 plainte
plainte 3 contre|tribunal|police|vous
action|agir|saisir 1 justice
poursuites|procedure|action 0 judiciaire|judiciaires|juridique|juridiques
mediateur|dgccrf|huissier|tribunal
denunciar|denunciare|denunciarles|denunciaros|denuncia|demandar|demandare|demandarles|demandaros
acciones|medidas 0 legales|judiciales
tribunales|juzgado
denuncia|denunciare|denuncio|denuncero|querela|querelare|tribunale
vie|azioni|azione 0 legali|legale
causa 2 legale|tribunale
aangifte|rechtbank|aanklagen|aanklacht|geschillencommissie|deurwaarder
juridische|gerechtelijke 0 stappen|actie";

/// Insults to people. Plain swearing is left alone: swearing customers are served.
pub(crate) const ABUSE: &str = "
idiot|idiots|moron|morons|imbecile|imbeciles|retard|retards|asshole|assholes|bastard|bastards|bitch|bitches|cunt|cunts|dickhead|dickheads|wanker|wankers|scum|scumbags|dumbass|motherfucker|motherfuckers|motherfucking|pricks|prick|twat|morons|clowns|faggot|nigger|whore|slut|subhuman|cretin|cretins|shithead|shitheads|dipshit|dumbfuck|fuckers|fucker|fuckwit
stupid|dumb|useless|worthless|brainless|lazy|incompetent|pathetic|filthy|ugly|moronic 1 people|agent|agents|idiot|idiots|fools|fool|person|bot|company|staff|cow|pigs|pig|human|animals|woman|employees|team|support
fuck|screw 1 you|off|yourself|yourselves|this|all|u
go to hell
go fuck yourself
piss off
piece|pieces|bunch|pack|sack|load 1 of 2 shit|crap|idiots|clowns|liars|thieves|garbage|trash|morons|crooks
you|youre|u 3 stupid|dumb|moronic|pathetic|worthless|disgusting|brainless|liar|liars|crooks|thieves|crook|thief|scammers|clowns|trash|garbage|fools|suck|incompetent
shut 1 up
hope 3 you|your 6 die|dies|bankrupt|burn|rot|cancer|fired
rot in hell
idioten|idiot|arschloch|arschlocher|vollidiot|vollidioten|wichser|hurensohn|deppen|trottel|missgeburt|schlampe|drecksack
connard|connards|salope|encule|encules|abruti|abrutis|imbecile|imbeciles|cons
fils de pute
gilipollas|cabron|cabrones|imbecil|imbeciles|pendejo|pendejos|estupidos|estupido|subnormal|subnormales
hijo|hijos de puta
stronzo|stronzi|coglione|coglioni|deficienti|cretino|cretini|imbecilli|bastardi
klootzak|klootzakken|eikel|eikels|idioten|kutwijf|debielen|sukkels
filho|filhos da puta
otario|otarios|cretinos|babacas|babaca|imbecis
kretyn|kretyni|idiota|idioci|debil|debile|skurwysyn|skurwysyny|chuj|kurwa|dupek";

/// Two of these are enough.
pub(crate) const SPAM_SIGNS: &str = "
seo|backlink|backlinks
guest post|posting
rank|ranking|rankings 3 google
increase|boost|grow|double|improve|skyrocket 3 sales|traffic|revenue|followers|ranking|visibility|conversions
web design|development
wholesale|manufacturer|supplier|factory
bitcoin|crypto|forex|trading|investment|investor
guaranteed|risk|100 1 results|free|profit|returns
earn|make 3 money|income|dollars
click|tap 2 here|below|link
claim 3 prize|reward|gift
congratulations|winner|won|lottery|prize
inheritance|beneficiary|prince|next-of-kin
viagra|cialis|casino|betting|replica
unsubscribe|opt
limited time|offer
special offer
quick|short|15 1 call|minute|minutes|demo|chat
our services|agency|team|platform|clients
free 1 trial|audit|sample|quote|consultation
business 1 proposal|opportunity|loan|loans
dear 1 friend|beneficiary|winner|business
email|leads 1 list|lists|generation
lead generation
telegram|whatsapp 2 group|channel|me";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_starts_with_a_word() {
        for table in [
            INJECTION,
            INJECTION_HINTS,
            DATA_ORDERS,
            PRETEXT,
            PRETEXT_HINTS,
            THREATS,
            INJURIES,
            LEGAL,
            ABUSE,
            SPAM_SIGNS,
        ] {
            for line in table.lines().filter(|line| !line.trim().is_empty()) {
                let first = line.split_whitespace().next().unwrap();
                assert!(!first.starts_with('-') && first.parse::<usize>().is_err(), "{line}");
                assert!(!line.contains("||") && !line.contains("| "), "an empty word: {line}");
            }
        }
    }
}
