import { createHash } from 'node:crypto'
import { PermanentError, TransientError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import type { TicketAttachment, TicketEntry } from '../../domain/ticket.ts'
import { textOfHtml } from '../mail/html-text.ts'
import { labelOf } from './marks.ts'
import { Attachment, kindOf, type Part, PartPage, type Transaction, TransactionPage } from './rt-answers.ts'
import type { RtClient } from './rt-client.ts'

/** Of one reading; the next goes on where it ended. */
const MOST = { entries: 2_000, pages: 100, bytes: 16 * 1024 * 1024, ms: 120_000 }
/** Of one entry. */
const MOST_TEXT_BYTES = 1024 * 1024
const PAGE = 100

/** What RT notes of the mails that it sends itself. */
const NOT_MAILS = [
  { field: 'Type', operator: '!=', value: 'EmailRecord' },
  { field: 'Type', operator: '!=', value: 'CommentEmailRecord', entry_aggregator: 'AND' },
]

type Walk = { ticket: string; order: 'ASC' | 'DESC'; after?: string | undefined; only?: 'Create' }
type Content = Pick<TicketEntry, 'text' | 'attachments' | 'ours'>

/** The entries of a ticket after a known one, oldest first. RT's records of its own mails are left out. */
export async function readHistory(rt: RtClient, ticket: string, afterEntry?: string): Promise<TicketEntry[]> {
  const entries: TicketEntry[] = []
  const end = AbortSignal.timeout(MOST.ms)
  let bytes = 0
  for await (const transaction of walk(rt, { ticket, order: 'ASC', after: afterEntry })) {
    const entry = await entryOf(rt, transaction)
    entries.push(entry)
    bytes += entry.text.length + entry.attachments.reduce((sum, attachment) => sum + attachment.bytes, 0)
    if (entries.length >= MOST.entries || bytes >= MOST.bytes || end.aborted) break
  }
  return entries
}

/** The entry of ours that bears the label. "Not there" is said only when all of them were read. */
export async function findLabel(rt: RtClient, ticket: string, label: string): Promise<string | undefined> {
  const end = AbortSignal.timeout(MOST.ms)
  let count = 0
  // Newest first: what is looked for after a crash was written a moment ago.
  for await (const transaction of walk(rt, { ticket, order: 'DESC' })) {
    if (await hasLabel(rt, transaction, label)) return transaction.id
    if (++count >= MOST.entries || end.aborted)
      throw new TransientError(`${rt.host}: ticket ${ticket} is too long to be searched in one go`)
  }
  return undefined
}

/** Whether the ticket itself was made with the label. One into which others were merged was made more than once. */
export async function isLabelled(rt: RtClient, ticket: string, label: string): Promise<boolean> {
  for await (const transaction of walk(rt, { ticket, order: 'ASC', only: 'Create' }))
    if (await hasLabel(rt, transaction, label)) return true
  return false
}

async function hasLabel(rt: RtClient, transaction: Transaction, label: string): Promise<boolean> {
  if (!hasText(transaction)) return false
  const parts = await partsOf(rt, transaction.id)
  // Nothing ever hangs on ours.
  if (parts.length !== 1) return false
  const { ours, text } = await contentOf(rt, parts)
  return ours && labelOf(text) === label
}

/**
 * By id, page after page, until one is empty: RT counts neither items nor pages for an account that may not see everything,
 * and what such an account may not see is missing within a page. Upwards none comes twice, whatever RT makes of the question.
 */
async function* walk(rt: RtClient, { ticket, order, after, only }: Walk): AsyncGenerator<Transaction> {
  const query = JSON.stringify([
    ...(only === undefined ? NOT_MAILS : [{ field: 'Type', value: only }]),
    ...(after === undefined ? [] : [{ field: 'id', operator: '>', value: after }]),
  ])
  const fields = {
    fields: 'Type,Created,Creator,NewValue',
    'fields[Creator]': 'EmailAddress',
    orderby: 'id',
    order,
    per_page: String(PAGE),
  }
  let last = Number(after ?? 0)
  for (let page = 1; page <= MOST.pages; page++) {
    const found = await rt.get(
      `/ticket/${ticket}/history?${new URLSearchParams({ query, ...fields, page: String(page) })}`,
      TransactionPage,
    )
    for (const item of found.items) {
      if (order === 'DESC' || Number(item.id) > last) yield item
      last = Math.max(last, Number(item.id))
    }
    if (found.items.length === 0 || page === found.pages) return
  }
  throw new PermanentError(`${rt.host}: the history of ticket ${ticket} comes to no end`)
}

async function entryOf(rt: RtClient, transaction: Transaction): Promise<TicketEntry> {
  const { id, Type, Created, NewValue, Creator } = transaction
  const kind = kindOf(Type)
  const content = hasText(transaction) ? await contentOf(rt, await partsOf(rt, id)) : { text: '', attachments: [], ours: false }
  const atMs = Date.parse(Created)
  return {
    id,
    kind,
    by: plainLine(Creator.EmailAddress || Creator.id, 254),
    atMs: Number.isNaN(atMs) ? 0 : atMs,
    ...(kind === 'status' && { status: plainLine(NewValue, 64) }),
    ...content,
  }
}

function hasText({ Type }: Transaction): boolean {
  return ['create', 'correspond', 'comment'].includes(kindOf(Type))
}

async function partsOf(rt: RtClient, transaction: string): Promise<Part[]> {
  // Not `Parent`: RT 5.0.3 dies over it in a list.
  const fields = 'ContentType,Filename,ContentLength'
  return (await rt.get(`/transaction/${transaction}/attachments?fields=${fields}&orderby=id&per_page=${PAGE}`, PartPage)).items
}

/** The text, as far as it can be shown, and what hangs on it. Of ours is what came through REST with a label of its own. */
async function contentOf(rt: RtClient, parts: readonly Part[]): Promise<Content> {
  const body = bodyOf(parts)
  const content: Content = { text: '', attachments: [], ours: false }
  for (const part of parts.filter((part) => isLeaf(part) && !isTwin(part, parts, body))) {
    const shown = await rt.getShown(`/attachment/${part.id}`, Attachment)
    if (part !== body) content.attachments.push(attachmentOf(part, shown?.Content))
    else if (shown === undefined) content.text = `(${rt.host} cannot show this text: it is too large or damaged. Read it there.)`
    else {
      content.text = textOf(part, shown.Content)
      // A person who quotes us, mark and all, writes by mail or in the browser.
      content.ours = /^X-RT-Interface: REST$/m.test(shown.Headers.slice(0, 100_000)) && labelOf(content.text) !== undefined
    }
  }
  return content
}

function isLeaf({ ContentType }: Part): boolean {
  return !/^multipart\//i.test(ContentType)
}

/** The plain text; else the HTML. Files are no text. */
function bodyOf(parts: readonly Part[]): Part | undefined {
  const texts = parts.filter(({ Filename }) => Filename === '')
  return (
    texts.find(({ ContentType }) => /^text\/plain/i.test(ContentType)) ?? texts.find(({ ContentType }) => /^text\/html/i.test(ContentType))
  )
}

/** The same text once more, as HTML: RFC 2046, section 5.1.4. */
function isTwin(part: Part, parts: readonly Part[], body: Part | undefined): boolean {
  if (body === undefined || part === body || !parts.some(({ ContentType }) => /^multipart\/alternative/i.test(ContentType))) return false
  return part === parts.find(({ Filename, ContentType }) => Filename === '' && /^text\/html/i.test(ContentType))
}

/** Without NUL, which no database of text takes. */
function textOf({ ContentType }: Part, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MOST_TEXT_BYTES)).replaceAll('\0', '\ufffd')
  return /^text\/html/i.test(ContentType) ? textOfHtml(text) : text
}

function attachmentOf({ ContentType, Filename, ContentLength }: Part, bytes: Uint8Array | undefined): TicketAttachment {
  return {
    name: plainLine(Filename, 200),
    contentType: plainLine(ContentType, 100),
    bytes: bytes?.length ?? ContentLength,
    sha256: bytes === undefined ? 'unknown' : createHash('sha256').update(bytes).digest('hex'),
  }
}
