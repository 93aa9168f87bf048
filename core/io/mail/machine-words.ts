import { conceptsIn } from '../../domain/incident-words.ts'

/** Names that a mail server writes under. Exchange adds 32 digits to its own. */
export const daemon = /^(mailer[-_]?daemon|mail[-_]?daemon|postmaster|maildelivery|microsoftexchange[0-9a-f]{32})@/i

/** How a server says that a mail did not arrive, where it sends no delivery status (RFC 3464). */
export const failure = new RegExp(
  [
    'undeliver(ed|able)|delivery (status notification|failure|has failed)|mail delivery (failed|subsystem|system)|returned mail|failure notice',
    'returned to sender|nicht zustellbar|unzustellbar|zustellung fehlgeschlagen|non remis|échec de (la )?(remise|distribution)|non distribuable',
    'no se puede entregar|no entregado|mancato recapito|impossibile recapitare|não entregue|nedoručiteln|nie można dostarczyć|niedostarczon|onbestelbaar',
    'не доставлено|недоставлен|无法投递|未传递|系统退信|配信不能|mailbox (is )?full|over ?quota|quota exceeded|postfach.{0,20}(voll|überfüllt)',
  ].join('|'),
  'i',
)

/** A server that still tries. */
export const delay =
  /delay|warning: (message|could not send)|verzögert|still (being )?retr|retardé|retrasad|ritardat|atrasad|zpožděn|opóźnion|vertraagd|задержан|延迟|遅延/i

const tag = '(\\[[^\\]]{0,80}\\]\\s*|ticket ?#? ?[0-9]{1,20}:? ?)?'

/** Only at the beginning: `AW: Automatische Antwort` is what a person writes to a robot. */
export const machineSubjects: readonly { what: string; pattern: RegExp }[] = [
  {
    what: 'automatic reply',
    pattern: new RegExp(
      `^${tag}(${[
        'auto(matic|mated)?[ _-]?(reply|response|answer|antwort|svar|reponse|réponse|respuesta|risposta)|auto ?:|out[ -]of[ -](the[ -])?office|ooo\\b',
        'automatische (antwort|afwezigheid)|automatisch antwoord|abwesenheits(notiz|benachrichtigung|meldung|assistent)|abwesend\\b|nicht im büro|ich bin abwesend',
        "réponse automatique|absen(t|ce) du bureau|message d'absence|notification d'absence|respuesta automática|fuera de la oficina|ausente",
        'risposta automatica|fuori (sede|ufficio)|assente|resposta automática|ausência|automatická odpověď|nepřítom|mimo kancelář',
        'odpowiedź automatyczna|automatyczna odpowiedź|nieobecność|poza biurem|afwezig|automatiskt svar|autosvar|automaattinen vastaus',
        'автоматический ответ|автоответ|自动回复|自動回覆|自動返信|自動応答|不在通知|away from (my )?(mail|office|desk)|on (vacation|leave|holiday)\\b|vacation (reply|message)',
      ].join('|')})`,
      'i',
    ),
  },
  {
    what: 'read receipt',
    pattern:
      /^(read|not read|gelesen|ungelesen|lu|non lu|leído|letto|lido|lida|přečteno|przeczytano|gelezen|läst|прочитано|return receipt|已读|開封済み) ?[:：]/i,
  },
  {
    what: 'calendar answer',
    pattern:
      /^(accepted|declined|tentative(ly accepted)?|zugesagt|abgesagt|mit vorbehalt|accepté|refusé|aceptad[oa]|rechazad[oa]|accettat[oa]|rifiutat[oa]|přijato|zaakceptowan[oe]|geaccepteerd|aceito) ?: /i,
  },
  {
    what: 'moderation notice',
    pattern:
      /^your (message|mail|post)( to .{1,100})? (awaits|is awaiting|is being held|was held|requires|has been held)|awaits moderator approval|wartet auf (genehmigung|freigabe)/i,
  },
  {
    what: 'question whether a person sent it',
    pattern:
      /^(please )?(confirm (your|that you) (e-?mail|message|are|sent)|verify your (e-?mail|message))|your e-?mail requires verification|verify#|sender (verification|address verification|confirmation)|(bitte )?bestätigen sie ihre (e-?mail|nachricht)/i,
  },
  {
    what: 'ticket closed',
    pattern: new RegExp(
      `^${tag}(resolved|closed|solved|erledigt|gelöst|geschlossen|résolu|fermé|resuelto|cerrado|risolto|chiuso|vyřešeno|uzavřeno|rozwiązan[oey]|zamknięt[oey]|opgelost|gesloten) ?:`,
      'i',
    ),
  },
  {
    what: 'ticket receipt',
    pattern:
      /^(?!re:|aw:|sv:|antw:)(\[[^\]]{0,80}\]\s*)?[^:]{0,40}\b(ticket|request|case|incident|issue)\b.{0,60}\b(received|created|opened|registered|acknowledged|closed|resolved|solved)\b/i,
  },
  {
    what: 'ticket receipt',
    pattern:
      /^(?!re:|aw:|sv:|antw:)(\[[^\]]{0,80}\]\s*)?.{0,40}(eingangsbestätigung|empfangsbestätigung|ihre anfrage .{0,40}(eingegangen|erhalten)|ticket .{0,60}(erstellt|eröffnet|angelegt|geschlossen)|accusé de réception|votre demande .{0,60}(enregistrée|reçue)|acuse de recibo|solicitud .{0,60}(recibida|creada)|conferma di ricezione|potvrzení o přijetí|potwierdzenie (przyjęcia|otrzymania)|ontvangstbevestiging|confirmação de (recebimento|receção))/i,
  },
]

/** What a program says of itself in the text. */
const machineTexts: readonly { what: string; pattern: RegExp }[] = [
  {
    what: 'a mail server speaks',
    pattern:
      /^(hi\. )?this is the (qmail-send|mail system|mail delivery|postfix|exim)\b|^this message was created automatically by mail delivery software/im,
  },
  {
    what: 'it says that it is automatic',
    pattern:
      /^[\s*#([<-]{0,6}(note: |please note: |hinweis: )?(this is an? (fully )?(auto(matic|mated|matically generated)?)[- ]?(generated )?(e-?mail|mail|message|reply|response|notification|confirmation)|this (e-?mail|message|mail) (was|is|has been) (generated )?automatic|diese (e-?mail|nachricht) wurde automatisch|dies ist eine automatisch|ceci est un (message|courriel|e-?mail) automatique|ce (message|courriel) (est|a été) (généré|envoyé) automatiquement|(este|éste) es un mensaje (generado )?autom|este mensaje (ha sido|fue) generado autom|questo è un messaggio autom|questa è una (e-?mail|risposta) autom|toto je automatick|tato zpráva byla (vygenerována|odeslána) automaticky|to jest (wiadomość|automatyczna)|wiadomość (została )?wygenerowana automatycznie|esta é uma mensagem autom|dit is een automatisch)/im,
  },
  {
    what: 'it asks whether a person sent our mail',
    pattern:
      /(confirm|prove|verify|show) that you are (a )?(human|person|real)|(reply to|click|answer) .{0,80}(release|deliver) your (e-?mail|message)|your (e-?mail|message) .{0,60}(held|quarantined?|waiting) until you|bestätigen sie.{0,60}(mensch|absender)/i,
  },
  { what: 'it tells that a ticket is closed', pattern: /^according to our records,? your request has been resolved/im },
]

const away =
  /^.{0,120}(\bI( a|['’])m (currently |presently )?(out of (the )?office|on (vacation|leave|holiday|annual leave)|away)|ich bin .{0,60}(nicht (im büro|erreichbar)|abwesend|im urlaub)|je suis (actuellement )?(absent|en congé)|estoy .{0,40}(fuera de la oficina|de vacaciones|ausente)|sono (assente|fuori|in ferie)|jsem .{0,40}(mimo kancelář|na dovolené|nepřítom)|jestem .{0,40}(nieobecn|na urlopie|poza biurem)|estou .{0,40}(ausente|de férias|fora do escritório)|ik ben .{0,40}(afwezig|met vakantie|niet aanwezig))/i
const until = /until|\bback\b|return|from \d|bis |wieder|\bab \w|jusqu|retour|hasta|regres|fino|rientr|\bdo \d|vrát|wrac|até|tot /i

const receipt =
  /\b(your (request|ticket|case|enquiry|inquiry)\b.{0,80}\b(received|registered|created|logged|assigned)|(a|the) (new )?(support )?ticket\b.{0,60}\bhas been (created|opened|registered)|ihre (anfrage|meldung)\b.{0,80}\b(registriert|aufgenommen|erfasst|unter der (ticket)?nummer)|votre (demande|ticket)\b.{0,60}(enregistrée?|prise? en compte)|su (solicitud|ticket)\b.{0,60}(registrad[oa]|recibid[oa])|la (sua|vostra) richiesta\b.{0,60}(registrata|ricevuta|presa in carico))/i

/** What a program says in the author's own words, or an absence note and nothing more. */
export function machineText(said: string): string | undefined {
  const start = said.slice(0, 4_000)
  const found = machineTexts.find(({ pattern }) => pattern.test(start))
  if (found) return found.what
  // a person who writes what is done about the incident is no robot, on leave or not
  if ([...conceptsIn(start).keys()].some((concept) => concept.shows === 'act')) return undefined
  const opening = start
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 3)
  if (opening.some((line) => receipt.test(line))) return 'a ticket receipt'
  const absent = said.length < 800 && until.test(start) && opening.some((line) => away.test(line))
  return absent ? 'an absence note' : undefined
}
