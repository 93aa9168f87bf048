import { PermanentError, UnsureError } from '../../domain/errors.ts'
import { MailAddress } from '../../domain/site.ts'
import { plainLine } from '../../domain/text.ts'
import type { NewEntry, NewTicket, TicketSystem } from '../../domain/ticket.ts'
import { markedSubject, markedText, subjectMark } from './marks.ts'
import { Created, Queue, Ticket, TicketPage, Version } from './rt-answers.ts'
import { createRtClient, type RtClient, type RtReach } from './rt-client.ts'
import { findLabel, isLabelled, readHistory } from './rt-history.ts'
import { fieldsOf, type RtOptions } from './rt-options.ts'

type Rt = { client: RtClient; options: RtOptions }

/**
 * A Request Tracker as a ticket system. A label stands as a sign in the ticket's subject (and in a field of its own, where one is
 * set) and in the last line of every text, by which our entries are known again.
 */
export function createRt(name: string, options: RtOptions, reach: RtReach): TicketSystem {
  const client = createRtClient(options, reach)
  const rt: Rt = { client, options }
  return {
    name,
    host: client.host,
    create: (ticket) => createTicket(rt, ticket),
    find: (label) => findTicket(rt, label),
    correspond: (ticket, entry) => addEntry(rt, 'correspond', { ticket, ...entry }),
    comment: (ticket, entry) => addEntry(rt, 'comment', { ticket, ...entry }),
    findEntry: async (ticket, label) => findLabel(client, await known(rt, ticket), label),
    history: async (ticket, afterEntry) =>
      readHistory(client, await known(rt, ticket), afterEntry === undefined ? undefined : idOf(afterEntry)),
    close: (ticket) => closeTicket(rt, ticket),
    check: () => checkQueue(rt),
  }
}

async function createTicket({ client, options }: Rt, { label, subject, requestor, text }: NewTicket): Promise<{ ticket: string }> {
  if (!MailAddress.safeParse(requestor).success)
    throw new PermanentError(`${plainLine(requestor)} is no mail address: a ticket needs one as its requestor`)
  const CustomFields = fieldsOf(options, { label, subject: plainLine(subject, 200), requestor })
  const answer = await client.post('/ticket', {
    Queue: options.queue,
    Subject: markedSubject(subject, label),
    Requestor: requestor,
    Content: markedText(text, label),
    ContentType: 'text/plain',
    ...(Object.keys(CustomFields).length > 0 && { CustomFields }),
  })
  const created = Created.safeParse(jsonOf(answer.body))
  if (created.success) return { ticket: created.data.id }
  throw new UnsureError(`${client.host} answered ${answer.status}, and not which ticket it made`)
}

/** The subject's sign, which anybody can copy, only leads to it; the mark in the ticket's first text tells that it is ours. */
async function findTicket({ client, options }: Rt, label: string): Promise<string | undefined> {
  const bySubject = `Subject LIKE '${subjectMark(label)}'`
  const query = options.labelField === undefined ? bySubject : `CF.{${options.labelField}} = '${label}' OR ${bySubject}`
  const { items } = await client.get(`/tickets?${new URLSearchParams({ query, orderby: 'id', per_page: '20' })}`, TicketPage)
  for (const { id } of items) if (await isLabelled(client, id, label)) return id
  return undefined
}

async function addEntry(
  { client }: Rt,
  kind: 'correspond' | 'comment',
  { ticket, label, text }: NewEntry & { ticket: string },
): Promise<string> {
  const body = { Content: markedText(text, label), ContentType: 'text/plain' }
  const { status, headers } = await client.post(`/ticket/${idOf(ticket)}/${kind}`, body)
  const id = /\/transaction\/([1-9]\d{0,15})$/.exec(headers.location ?? '')?.[1]
  if (id !== undefined) return id
  throw new UnsureError(`${client.host} answered ${status}, and not which entry it made`)
}

/** RT shows an empty history of a ticket that there is not, or that the account may not see: so it is asked for first. */
async function known(rt: Rt, ticket: string): Promise<string> {
  await statusOf(rt, ticket)
  return ticket
}

async function statusOf({ client }: Rt, ticket: string): Promise<string> {
  return (await client.get(`/ticket/${idOf(ticket)}`, Ticket)).Status
}

/** RT answers 200 also when it did not do it. */
async function closeTicket(rt: Rt, ticket: string): Promise<void> {
  const { client, options } = rt
  if ((await statusOf(rt, ticket)) === options.closedStatus) return
  await client.put(`/ticket/${idOf(ticket)}`, { Status: options.closedStatus })
  const status = await statusOf(rt, ticket)
  if (status === options.closedStatus) return
  throw new PermanentError(
    `${client.host}: ticket ${ticket} stays ${plainLine(status, 64)}: check that its queue knows the status ${options.closedStatus}, and the right ModifyTicket`,
  )
}

async function checkQueue({ client, options }: Rt): Promise<string> {
  const { Version: version } = await client.get('/rt', Version)
  const queue = await client.get(`/queue/${encodeURIComponent(options.queue)}`, Queue)
  if (String(queue.Disabled ?? '0') !== '0')
    throw new PermanentError(`${client.host}: the queue ${options.queue} is disabled; name another one`)
  if (!queue._hyperlinks.some(({ ref }) => ref === 'create'))
    throw new PermanentError(
      `${client.host}: the token's account may not create tickets in ${options.queue}; give it the right CreateTicket`,
    )
  const there = new Set(queue.TicketCustomFields.map(({ name }) => name))
  const absent = Object.keys(fieldsOf(options, { label: '', subject: '', requestor: '' })).filter((field) => !there.has(field))
  if (absent.length > 0)
    throw new PermanentError(
      `${client.host}: the queue ${options.queue} has no custom field ${absent.join(', ')}, or the account lacks SeeCustomField`,
    )
  return plainLine(`RT ${version}, queue ${options.queue}; tickets can be created`)
}

function idOf(text: string): string {
  if (/^[1-9]\d{0,15}$/.test(text)) return text
  throw new PermanentError(`${plainLine(text, 40)} is no id of RT: they are numbers`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
