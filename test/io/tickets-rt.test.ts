import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TicketEntry, TicketSystem } from '../../core/domain/ticket.ts'
import { describeGrid, openPlace, type Place } from '../services/grid.ts'
import { failure, newLabel, openTicketRig, type TicketRig } from './tickets-rig.ts'

const REQUESTOR = 'site@site.example'

describeGrid('a real Request Tracker', ['rt'], () => {
  let place: Place
  let rig: TicketRig
  let env: Record<string, string>
  /** As after a restart, with further options. */
  let fresh: (more?: Record<string, unknown>) => TicketSystem
  beforeAll(async () => {
    place = await openPlace()
    rig = openTicketRig()
    env = await place.start('rt')
    fresh = (more = {}) => rig.rt(env.RT_URL ?? '', { tokenFile: env.RT_ROBOT, ...more })
  }, 120_000)
  afterAll(async () => {
    await rig.close()
    await place.close()
  }, 120_000)

  const open = (label = newLabel(), more = {}) =>
    fresh(more).create({ label, subject: 'Challenge', requestor: REQUESTOR, text: 'Please look' })

  /** A mail that comes in by RT's own mail gateway. */
  async function mailIn(lines: readonly string[]): Promise<void> {
    const form = new URLSearchParams({ queue: 'exercise', action: 'correspond', SessionType: 'REST', message: lines.join('\n') })
    const answer = await fetch(new URL('/REST/1.0/NoAuth/mail-gateway', env.RT_URL), { method: 'POST', body: form })
    expect(await answer.text()).toMatch(/^ok/)
  }

  async function replyAsSite(ticket: string, text: string): Promise<void> {
    const headers = { Authorization: `token ${readFileSync(env.RT_SITE ?? '', 'utf8').trim()}`, 'Content-Type': 'application/json' }
    const body = JSON.stringify({ Content: text, ContentType: 'text/plain' })
    const answer = await fetch(`${env.RT_URL}/ticket/${ticket}/correspond`, { method: 'POST', headers, body })
    expect(answer.status).toBe(201)
  }

  it('given the right queue and fields, when it is checked, then its version is told; given wrong ones, then what to do', async () => {
    const fields = { Classification: 'exercise' }
    expect(await fresh({ fields, labelField: 'SSC label' }).check()).toMatch(/^RT 5\.\S+, queue exercise; tickets can be created$/)
    expect(await failure(fresh({ fields: { Nowhere: 'x' } }).check())).toMatch(/^PermanentError: .*no custom field Nowhere/)
    expect(await failure(fresh({ queue: 'nosuch' }).check())).toMatch(/^PermanentError: .*403 Forbidden: check the queue's name/)
    expect(await failure(fresh({ tokenFile: env.RT_OUTSIDER }).check())).toMatch(/^PermanentError: .*403/)
  })

  it('given a ticket whose number was lost, when its label is looked for, then it is found, and one that was never made is not', async () => {
    const [plain, field] = [newLabel(), newLabel()]
    const options = { labelField: 'SSC label', fields: { Classification: 'of {requestor}' } }
    const made = [await open(plain), await open(field, options)]
    expect(await fresh().find(plain)).toBe(made[0]?.ticket)
    expect(await fresh(options).find(field)).toBe(made[1]?.ticket)
    expect(await fresh(options).find(plain)).toBe(made[0]?.ticket)
    expect(await fresh(options).find(newLabel())).toBeUndefined()
  })

  it('given that somebody copies our subject into a ticket, when the label is looked for, then only ours is found', async () => {
    const label = newLabel()
    const { ticket } = await open(label)
    const headers = { Authorization: `token ${readFileSync(env.RT_ROBOT ?? '', 'utf8').trim()}`, 'Content-Type': 'application/json' }
    const found = (await (await fetch(`${env.RT_URL}/ticket/${ticket}`, { headers })).json()) as { Subject: string }
    const others = [newLabel(), newLabel()].map((other) => other.slice(0, 12))
    await fetch(`${env.RT_URL}/ticket/${ticket}`, { method: 'PUT', headers, body: JSON.stringify({ Subject: 'renamed' }) })
    for (const Content of others)
      await fetch(`${env.RT_URL}/ticket`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ Queue: 'exercise', Subject: found.Subject, Content }),
      })
    expect(await fresh().find(label)).toBeUndefined()
    await fetch(`${env.RT_URL}/ticket/${ticket}`, { method: 'PUT', headers, body: JSON.stringify({ Subject: found.Subject }) })
    expect(await fresh().find(label)).toBe(ticket)
  })

  it('given entries of both sides, when the history is read piece by piece, then each comes once, in order, and ours are known', async () => {
    const { ticket } = await open()
    const seen: TicketEntry[] = []
    const read = async () => seen.push(...(await fresh().history(ticket, seen.at(-1)?.id)))
    await read()
    const label = newLabel()
    const entry = await fresh().correspond(ticket, { label, text: 'Any news?' })
    const note = await fresh().comment(ticket, { label: newLabel(), text: 'They are slow' })
    await read()
    await replyAsSite(ticket, `We see it.\n> [ssc:${label}]`)
    await read()
    await read()
    expect(seen.map(({ kind, ours, by }) => `${kind} ${ours ? 'ours' : by}`)).toEqual([
      'create ours',
      'correspond ours',
      'status RT_System',
      'comment ours',
      `correspond ${REQUESTOR}`,
    ])
    expect(seen.map(({ id }) => Number(id))).toEqual([...new Set(seen.map(({ id }) => Number(id)))].sort((a, b) => a - b))
    expect(seen[4]?.text).toBe(`We see it.\n> [ssc:${label}]`)
    expect(seen[2]?.status).toBe('open')
    expect(Math.abs(Date.now() - seen[0]!.atMs)).toBeLessThan(60_000)
    expect(await fresh().findEntry(ticket, label)).toBe(entry)
    expect(seen[3]?.id).toBe(note)
    expect(await fresh().findEntry(ticket, newLabel())).toBeUndefined()
  })

  it('given a mail with files that ends with our mark, then it is not ours, its text is read and its files are only hashed', async () => {
    const { ticket } = await open()
    const label = newLabel()
    await fresh().correspond(ticket, { label, text: 'Any news?' })
    const before = (await fresh().history(ticket)).at(-1)?.id
    const type = (kind: string) => ['', '--XX', `Content-Type: ${kind}`]
    const file = ['Content-Disposition: attachment; filename="../../log.bin"', 'Content-Transfer-Encoding: base64', '', 'AAECA/8=']
    const head = [
      `From: ${REQUESTOR}`,
      'To: exercise@helpdesk.example',
      `Subject: Re: [helpdesk.example #${ticket}] Challenge`,
      'MIME-Version: 1.0',
    ]
    await mailIn([
      ...head,
      'Content-Type: multipart/mixed; boundary=XX',
      ...type('text/plain; charset=iso-8859-1'),
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'K=E4se <script>=00 {{label}}',
      `[ssc:${label}]`,
      ...type('application/octet-stream'),
      ...file,
      '--XX--',
    ])
    const [reply] = (await fresh().history(ticket, before)).filter(({ kind }) => kind === 'correspond')
    const sha256 = createHash('sha256').update(Buffer.from('AAECA/8=', 'base64')).digest('hex')
    expect(reply).toMatchObject({ by: REQUESTOR, ours: false, text: expect.stringMatching(/^Käse <script>.? \{\{label\}\}/) })
    expect(reply?.text).not.toContain('\0')
    expect(reply?.attachments).toEqual([
      { name: expect.stringContaining('log.bin'), contentType: 'application/octet-stream', bytes: 5, sha256 },
    ])
  })

  it('given hostile words and a text of nearly 1 MB, when they are written, then they come back harmless and are found', async () => {
    const label = newLabel()
    const subject = `<b>\r\nBcc: all@site.example\0${'ä'.repeat(400)}`
    const { ticket } = await fresh().create({ label, subject, requestor: REQUESTOR, text: '<script>alert(1)</script>\0\u001b[2J\ud800 💥' })
    expect(await fresh().find(label)).toBe(ticket)
    const large = newLabel()
    const entry = await fresh().correspond(ticket, { label: large, text: `${'ä<'.repeat(333_000)}` })
    expect(await fresh().findEntry(ticket, large)).toBe(entry)
    const [first, second] = await fresh().history(ticket)
    expect(first?.text).toBe(`<script>alert(1)</script>\ufffd\ufffd[2J\ufffd 💥\n\n[ssc:${label}]\n`)
    expect(second?.text.startsWith('ä<'.repeat(333_000))).toBe(true)
    expect(await failure(fresh().comment(ticket, { label: newLabel(), text: 'x'.repeat(1_000_001) }))).toMatch(/^PermanentError: .*1 MB/)
  })

  it('given a ticket, when it is closed twice, then one change of its status is told; an unknown status is refused', async () => {
    const { ticket } = await open()
    await fresh().close(ticket)
    await fresh().close(ticket)
    const changes = (await fresh().history(ticket)).filter(({ kind }) => kind === 'status')
    expect(changes.map(({ status }) => status)).toEqual(['resolved'])
    expect(await failure(fresh({ closedStatus: 'nosuch' }).close(ticket))).toMatch(/^PermanentError: .*stays resolved/)
  })

  it('given what is not there or not allowed, then it is refused for good, and told why', async () => {
    const { ticket } = await open()
    expect(await failure(open(newLabel(), { queue: 'nosuch' }))).toMatch(
      /^PermanentError: .*No permission to create tickets in the queue 'nosuch'/,
    )
    expect(await failure(fresh().history('99999'))).toMatch(/^PermanentError: .*404/)
    expect(await failure(fresh().findEntry('99999', newLabel()))).toMatch(/^PermanentError: .*404/)
    expect(await failure(fresh({ tokenFile: env.RT_OUTSIDER }).history(ticket))).toMatch(/^PermanentError: .*403/)
    expect(await failure(rig.rt(env.RT_URL ?? '').history(ticket))).toMatch(/^PermanentError: .*401.*token is wrong/)
  })

  it('given a server that hangs in the middle, when it is asked, then a reading is passing and a writing unsure; later it is looked up', async () => {
    const { ticket } = await open()
    const label = newLabel()
    await place.run('rt', 'pause')
    try {
      const quick = fresh({ timeoutMs: 300 })
      expect(await failure(quick.history(ticket))).toMatch(/^TransientError: .*within 300 ms/)
      expect(await failure(quick.correspond(ticket, { label, text: 'lost?' }))).toMatch(/^UnsureError: .*it was sent/)
    } finally {
      await place.run('rt', 'resume')
    }
    // The request lies in the server's socket and is worked on now: repeating it would have told them twice.
    await expect.poll(() => fresh().findEntry(ticket, label), { timeout: 20_000 }).toMatch(/^\d+$/)
    const ours = (await fresh().history(ticket)).filter(({ text }) => text.includes('lost?'))
    expect(ours).toHaveLength(1)
  })
})
