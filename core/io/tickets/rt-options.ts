import { z } from 'zod'
import { isLoopback } from '../../domain/loopback.ts'

const Address = z
  .string()
  .max(2_000)
  .refine(isGoodAddress, 'give an address like https://rt.ngi.example, without name, password, ? or #; http only for this machine')
  .transform((text) => `${text.replace(/\/+$/, '').replace(/\/REST\/2\.0$/, '')}/REST/2.0`)

const FieldName = z.string().regex(/^[^'"{}\\\p{Cc}]{1,200}$/u, 'the name of a custom field, without quotes and braces')

const Template = z
  .string()
  .max(1_000)
  .refine(
    (text) => !/[{}]/.test(text.replace(/\{(label|subject|requestor)\}/g, '')),
    'only {label}, {subject} and {requestor} may stand in braces',
  )

/**
 * A Request Tracker of release 5, or 4.4 with the extension REST2. RTIR is one, too: its queues ("Incidents", "Incident
 * Reports", "Investigations" ...) and fields are named here. The site's contact becomes the ticket's requestor, so that RT itself
 * mails it; let the queue's scrips do so ("On Create Autoreply" is a mail of RT's own words and not of ours).
 *
 * The account of the token needs these rights on the queue: SeeQueue, CreateTicket, ShowTicket, ShowTicketComments (without it
 * a comment is not found again), ReplyToTicket, CommentOnTicket, ModifyTicket, and SeeCustomField and ModifyCustomField when
 * fields are set.
 */
export const RtOptions = z.strictObject({
  kind: z.literal('rt'),
  url: Address,
  /** Holds the token in its first line; only its owner may read it. */
  tokenFile: z.string().regex(/^\/[^\0\r\n]*$/, 'give the whole path, beginning with /'),
  queue: z.string().min(1).max(200),
  closedStatus: z.string().min(1).max(64).default('resolved'),
  /** Custom fields of a new ticket; {label}, {subject} and {requestor} stand for the ticket's own. */
  fields: z.record(FieldName, Template).default({}),
  /** A custom field that keeps our label, so that a ticket is found again though people wrote another subject. */
  labelField: FieldName.exactOptional(),
  /** Of each request. */
  timeoutMs: z.number().int().min(100).max(300_000).default(30_000),
})
export type RtOptions = z.infer<typeof RtOptions>

function isGoodAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  if (username !== '' || password !== '' || search !== '' || hash !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** The values of the custom fields of a new ticket. */
export function fieldsOf(options: RtOptions, ticket: { label: string; subject: string; requestor: string }): Record<string, string> {
  const fill = (template: string) => template.replace(/\{(label|subject|requestor)\}/g, (_, name: keyof typeof ticket) => ticket[name])
  const filled = Object.entries(options.fields).map(([name, template]) => [name, fill(template)])
  return { ...Object.fromEntries(filled), ...(options.labelField !== undefined && { [options.labelField]: ticket.label }) }
}
