/**
 * How mail programs introduce what they quote. All patterns are tried on one line of bounded length, and none of them
 * repeats something that repeats.
 */

const originalMessage = [
  'original message|original appointment|forwarded message|forwarded by|begin forwarded message|reply message|replied message',
  'ursprüngliche nachricht|ursprünglicher termin|weitergeleitete nachricht|originalnachricht',
  "message d'origine|message d’origine|message original|mail original|message transféré|message réexpédié",
  'mensaje original|mensaje reenviado|messaggio originale|messaggio inoltrato|mensagem original|mensagem encaminhada',
  'původní zpráva|původní e-mail|wiadomość oryginalna|oryginalna wiadomość|oorspronkelijk bericht|ursprungligt meddelande',
  'исходное сообщение|пересылаемое сообщение|原始邮件|邮件原件|元のメッセージ|original-nachricht',
].join('|')

const separator = new RegExp(
  `^[ \\t>]{0,3}[-_*]{2,12}[ \\t]?(${originalMessage})\\b.{0,200}$|^(begin forwarded message|anfang der weitergeleiteten nachricht) ?:$`,
  'i',
)
// a word boundary knows no Chinese or Japanese
const separatorEast = /^-{2,12}[ \t]?(原始邮件|邮件原件|元のメッセージ|исходное сообщение)[ \t]?-{0,12}$/i

export function isSeparator(line: string): boolean {
  return separator.test(line.trim()) || separatorEast.test(line.trim())
}

const fromNames = 'from|von|de|da|od|van|från|fra|lähettäjä|от|发件人|寄件者|差出人'
const otherNames = [
  'sent|date|to|cc|subject|importance|reply-to',
  'gesendet|gesendet am|datum|an|kopie|betreff|envoyé|envoyé le|objet|à|enviado|enviado el|fecha|para|asunto|data|assunto',
  'inviato|oggetto|a|odesláno|komu|předmět|kopie|wysłano|do|temat|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne',
  'отправлено|дата|кому|копия|тема|发送时间|日期|收件人|抄送|主题|主旨|送信日時|日付|宛先|件名',
].join('|')
const fromLine = new RegExp(`^[ \\t]{0,3}\\*{0,2}(${fromNames})[ \\u00a0]?\\*{0,2}[:：]\\*{0,2}[ \\t]{0,9}\\S`, 'iu')
const otherLine = new RegExp(`^[ \\t]{0,3}\\*{0,2}(${otherNames}|${fromNames})[ \\u00a0]?\\*{0,2}[:：]`, 'iu')

/** How many lines the copied headers of an older mail take from here on, as Outlook and Notes write them; 0 when there are none. */
export function quoteHeadersAt(lines: readonly string[], at: number): number {
  let first = at
  // a line or a blank may stand before
  while (first < Math.min(lines.length, at + 3) && /^[ \t]*(_{10,})?[ \t]*$/.test(lines[first]!)) first += 1
  if (first > at && lines[at]!.trim() === '') return 0
  if (!fromLine.test(lines[first] ?? '') && !copiedFirst(lines, first)) return 0
  let end = first
  let named = 0
  while (end < Math.min(lines.length, first + 12) && lines[end]!.trim() !== '') {
    if (otherLine.test(lines[end]!)) named += 1
    else if (end - first > 8) break
    end += 1
  }
  return named >= 3 ? end - at : 0
}

/** Some programs begin with the date or the subject. */
function copiedFirst(lines: readonly string[], at: number): boolean {
  const block = lines.slice(at, at + 5)
  return otherLine.test(block[0] ?? '') && block.some((line) => fromLine.test(line))
}

const verbs = [
  'wrote|writes|said|schrieb|schreibt|a écrit|écrivait|escribió|ha scritto|scrisse|escreveu|napsal\\(a\\)|napsala|napsal|píše',
  'napisał\\(a\\)|napisał|napisała|pisze|schreef|skrev|kirjoitti|написал|написала|пишет|писал|写道|のメール|さんは書きました',
].join('|')
/** `On 11 Jan 2027 at 10:02, Jo <jo@…> wrote:`; German and Dutch put the verb before the name. */
const wrote = new RegExp(`(^|[ \\t,>)"'])(${verbs})([ \\u00a0].{1,120})?[ \\u00a0]?[:：][ \\t]*$`, 'i')
const wroteEast = /(写道|书写|さんは書きました|のメール)[ \t]?[:：][ \t]*$/
/** `2027年1月11日(月) 10:00 CSIRT <ssc@…>:` */
const onlyAddress = /\d.{0,200}<[^<>@]{1,80}@[^<>@]{1,80}>[ \t]?[:：][ \t]*$/
const opening =
  /^["“]?(on|am|le|el|il|dne|w dniu|em|op|den|em|no dia|vào|在|pe|quoting|at|a)[ \t]|^[^<]{0,80}<[^<>@]{1,80}@[^<>@]{1,80}>|^\d{1,4}[-./年]\d{1,2}|^["“]?.{1,60}\b(wrote|schrieb|writes|skrev)\b/iu

/** The line or lines that say who wrote what is quoted below; `sure` when they name a mail so plainly that the quote needs no mark. */
export function attributionAt(lines: readonly string[], at: number): { lines: number; sure: boolean } | undefined {
  if (/^\* .{1,200} \[\d[^\]]{5,40}\]:$/.test(lines[at]!)) return { lines: 1, sure: false }
  if (!opening.test(lines[at]!)) return undefined
  for (let count = 1; count <= 3; count += 1) {
    const part = lines.slice(at, at + count)
    if (part.length < count || part.at(-1)!.trim() === '') return undefined
    const whole = part.join(' ').trim()
    if (whole.length > 400) return undefined
    if (onlyAddress.test(whole)) return { lines: count, sure: false }
    if (!wrote.test(whole) && !wroteEast.test(whole)) continue
    return { lines: count, sure: /@/.test(whole) || (/\d{4}/.test(whole) && /\d[:.h]\d\d/.test(whole)) }
  }
  return undefined
}

const mobile =
  /^(sent from my|sent from mail for|sent from outlook|sent from yahoo|sent from proton|sent with proton|sent using|get outlook for|von meinem .{1,30} gesendet|gesendet von|gesendet mit|diese nachricht wurde von meinem|envoyé de mon|envoyé depuis|envoyé à partir d|télécharger outlook|obtenez outlook|enviado desde mi|enviado do meu|inviato da|odesláno z|wysłane z|verzonden vanaf|verstuurd vanaf|skickat från|outlook für .{1,20} herunterladen|holen sie sich outlook|отправлено с)/i

export function isMobileLine(line: string): boolean {
  return line.length < 200 && mobile.test(line.trim())
}

const footer =
  /^[*_\s]{0,5}(confidentiality (notice|note)|legal (notice|disclaimer)|(e-?mail )?disclaimer\b|haftungsausschluss|avis de confidentialité|aviso (legal|de confidencialidad)|(this|the information (contained )?in this) (e-?mail|message|communication|transmission)\b.{0,200}(confidential|privileged|intended (only|solely))|diese (e-?mail|nachricht)\b.{0,120}vertraulich|ce (message|courriel|mail)\b.{0,160}confidentiel|este (mensaje|correo|mensagem)\b.{0,160}confidencial|questo messaggio\b.{0,160}(riservat|confidenzial)|please consider the environment|think before you print|bitte denken sie an die umwelt)/i

/** The first line of a paragraph that a mail server adds to every mail; it goes on until a blank line. */
export function isFooter(line: string): boolean {
  return footer.test(line.slice(0, 400))
}
