/** A ticket system of an NGI or of the exercise itself, as the correspondence uses it. One interface for all kinds. */
export type TicketSystem = {
  /** As `config.yaml` calls it. */
  name: string
  /** The host that it reaches: a rehearsal refuses what is not loopback. */
  host: string
  /** Opens a ticket. The system itself mails its text to the requestor. */
  create(ticket: NewTicket): Promise<{ ticket: string; entry?: string }>
  /**
   * After a crash: the ticket that was opened with this label. Undefined means that it is not there at this moment: a request
   * that was broken off can still be worked on over there, so ask again some minutes later before it is repeated.
   */
  find(label: string): Promise<string | undefined>
  /** Adds an entry that the requestor gets by mail; its id. */
  correspond(ticket: string, entry: NewEntry): Promise<string>
  /** Adds an entry that only the staff of the ticket system sees; its id. */
  comment(ticket: string, entry: NewEntry): Promise<string>
  /** As `find`, of an entry. */
  findEntry(ticket: string, label: string): Promise<string | undefined>
  /**
   * The entries after one that is known, oldest first. Bounded in number, bytes and time: there may be more, which the next
   * call brings; it gives an empty list only when there are none.
   */
  history(ticket: string, afterEntry?: string): Promise<TicketEntry[]>
  /** Nothing happens when it is closed already. */
  close(ticket: string): Promise<void>
  /** Which version, queue and rights were found. Throws with what to do. Changes nothing. */
  check(): Promise<string>
}

/** `label`: letters, digits and `-`, 8 to 80 of them; never used twice, and known to nobody before it is sent. */
export type NewTicket = { label: string; subject: string; requestor: string; text: string }
export type NewEntry = Pick<NewTicket, 'label' | 'text'>

export type TicketEntry = {
  id: string
  kind: 'correspond' | 'comment' | 'status' | 'create' | 'other'
  /** The mail address of the account that wrote it, or its name. */
  by: string
  /** Written by this framework, whatever its account is called. */
  ours: boolean
  atMs: number
  /** At most 1 MB; of somebody else, so never trusted. */
  text: string
  /** The new one, as the ticket system calls it; of the kind `status`. */
  status?: string
  attachments: TicketAttachment[]
}

/** `sha256`: hexadecimal; `unknown` when it was too large to be read. */
export type TicketAttachment = { name: string; contentType: string; bytes: number; sha256: string }

export type TicketId = { system: string; id: string }

const MOST_CHARACTERS = 1_000
const MOST_IDS = 10

/** The forms in which helpdesks write a ticket's id into a subject. The first that fits a place has it. */
const forms: readonly { form: RegExp; idOf(found: readonly string[]): TicketId }[] = [
  // GGUS: `GGUS-Ticket-ID: #12345`, `[GGUS #12345]`, `GGUS-12345`.
  { form: /\bGGUS(?:-Ticket-ID:?|[-:])?[ \t]{0,3}#?(\d{1,12})(?!\d)/gi, idOf: ([, id = '']) => ({ system: 'ggus', id }) },
  // OTRS and Znuny begin with the day; Zammad counts: `[Ticket#2027011112345678]`, `[Ticket#12345]`.
  { form: /\[Ticket#[ \t]{0,3}(\d{1,24})\]/gi, idOf: ([, id = '']) => ({ system: id.length >= 14 ? 'otrs' : 'zammad', id }) },
  // Request Tracker: `[rtname #123]`, https://docs.bestpractical.com/rt/5.0.3/RT_Config.html#rtname
  {
    form: /\[([A-Za-z0-9][\w.:+/-]{0,60}(?: [\w.:+/-]{1,40}){0,3})[ \t]{1,3}#(\d{1,12})[ \t]{0,3}\]/g,
    idOf: ([, name = '', id = '']) => ({ system: name.toLowerCase(), id }),
  },
  // Jira: `[KEY-12]`, or `(KEY-12)`.
  { form: /[[(]([A-Z][A-Z0-9_]{1,20}-\d{1,12})[\])]/g, idOf: ([, id = '']) => ({ system: 'jira', id }) },
]

/**
 * The ids of tickets that a subject names, in their order, each once; at most ten, of the first thousand characters. Request
 * Tracker's `system` is its own name (`$rtname`) in small letters. What is found is a claim: anybody can write a subject.
 */
export function ticketIdsIn(subject: string): TicketId[] {
  let rest = subject.slice(0, MOST_CHARACTERS)
  const found: (TicketId & { at: number })[] = []
  for (const { form, idOf } of forms) {
    rest = rest.replace(form, (...match) => {
      const at = match.findIndex((part) => typeof part === 'number')
      found.push({ ...idOf(match.slice(0, at)), at: match[at] })
      return ' '.repeat(match[0].length)
    })
  }
  const ids = found.sort((a, b) => a.at - b.at).map(({ system, id }) => ({ system, id }))
  const isFirst = ({ system, id }: TicketId, index: number) =>
    ids.findIndex((other) => other.system === system && other.id === id) === index
  return ids.filter(isFirst).slice(0, MOST_IDS)
}
