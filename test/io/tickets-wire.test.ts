import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPeers, type Peers } from './http-rig.ts'
import { failure, newLabel, openTicketRig, type TicketRig } from './tickets-rig.ts'

let peers: Peers
let rig: TicketRig
beforeEach(() => {
  peers = openPeers()
  rig = openTicketRig()
})
afterEach(async () => {
  await rig.close()
  await peers.close()
})

type Answer = (path: string, response: ServerResponse) => void
const serve = (answer: Answer) =>
  peers.http((request, response) => {
    request.resume()
    answer((request.url ?? '').replace('/REST/2.0', ''), response)
  })

const ticket = () => ({ label: newLabel(), subject: 's', requestor: 'a@site.example', text: 'x' })
const entry = () => ({ label: newLabel(), text: 'x' })
const transaction = (id: number, Type = 'Status') => ({
  id: String(id),
  Type,
  Created: '2027-01-11T08:00:00Z',
  NewValue: 'open',
  Creator: { id: 'RT' },
})

describe('what an answer means for a writing and for a reading', () => {
  it.each([
    [400, 'PermanentError', 'PermanentError'],
    [401, 'PermanentError', 'PermanentError'],
    [403, 'PermanentError', 'PermanentError'],
    [413, 'PermanentError', 'PermanentError'],
    [302, 'PermanentError', 'PermanentError'],
    [408, 'TransientError', 'TransientError'],
    [429, 'TransientError', 'TransientError'],
    [500, 'UnsureError', 'TransientError'],
    [503, 'UnsureError', 'TransientError'],
  ])('given %d, then a writing is a %s and a reading a %s', async (status, writing, reading) => {
    let elsewhere = 0
    const other = await serve((_, response) => response.end(String(elsewhere++)))
    const rt = rig.rt(await serve((_, response) => response.writeHead(status, { Location: other }).end('{"message":"because\\u001b"}')))
    const writings = await Promise.all([rt.create(ticket()), rt.correspond('1', entry()), rt.comment('1', entry())].map(failure))
    for (const words of writings) expect(words).toMatch(new RegExp(`^${writing}: .*answered ${status} because`))
    const readings = await Promise.all([rt.find(newLabel()), rt.history('1'), rt.close('1'), rt.check()].map(failure))
    for (const words of readings) expect(words).toMatch(new RegExp(`^${reading}: .*answered ${status}`))
    expect(elsewhere).toBe(0)
  })

  it('given nobody there, then both are passing', async () => {
    const url = await serve(() => {})
    await peers.close()
    expect(await failure(rig.rt(url).create(ticket()))).toMatch(/^TransientError: .*ECONNREFUSED/)
    expect(await failure(rig.rt(url).history('1'))).toMatch(/^TransientError/)
  })

  it('given no answer in time, or one that breaks off, then a writing is unsure and a reading passing', async () => {
    const silent = rig.rt(await serve(() => {}), { timeoutMs: 100 })
    const broken = rig.rt(
      await serve((_, response) => response.writeHead(201, { 'Content-Length': 100 }).write('{', () => response.destroy())),
    )
    for (const rt of [silent, broken]) {
      expect(await failure(rt.create(ticket()))).toMatch(/^UnsureError/)
      expect(await failure(rt.comment('1', entry()))).toMatch(/^UnsureError/)
      expect(await failure(rt.findEntry('1', newLabel()))).toMatch(/^TransientError/)
    }
  })

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['no number', '{"id":"x"}'],
    ['the number 0', '{"id":0}'],
    ['a million lists in each other', '['.repeat(1e6)],
    ['more than is read', 'x'.repeat(3e6)],
  ])('given 201 and %s, then nobody knows what was made', async (_, body) => {
    const rt = rig.rt(await serve((_, response) => response.writeHead(201, { Location: '/somewhere' }).end(body)))
    expect(await failure(rt.create(ticket()))).toMatch(/^UnsureError/)
    expect(await failure(rt.correspond('1', entry()))).toMatch(/^UnsureError/)
    expect(await failure(rt.history('1'))).toMatch(/^(Permanent|Transient)Error/)
  })
})

describe('a history of a bad ticket', () => {
  it('given more entries than are read at once, then the next reading goes on, and "not there" is not said of what was not read', async () => {
    const url = await serve((path, response) => {
      const query = new URL(path, 'http://x.example').searchParams
      const after = /"id","operator":">","value":"(\d+)"/.exec(query.get('query') ?? '')?.[1] ?? 0
      const first = Number(after) + 1 + (Number(query.get('page')) - 1) * 100
      const items = Array.from({ length: 100 }, (_, index) => transaction(first + index)).filter(({ id }) => Number(id) <= 2_150)
      response.end(JSON.stringify(path.includes('/history') ? { items, pages: null } : { id: 1, Status: 'open' }))
    })
    const first = await rig.rt(url).history('1')
    expect(first.map(({ id }) => Number(id))).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1))
    expect((await rig.rt(url).history('1', first.at(-1)?.id)).map(({ id }) => Number(id))).toEqual(
      Array.from({ length: 150 }, (_, index) => 2_001 + index),
    )
    expect(await failure(rig.rt(url).findEntry('1', newLabel()))).toMatch(/^TransientError: .*too long/)
  })

  /** One entry, with a part that is answered so. */
  function withPart(answer: Answer): Promise<string> {
    return serve((path, response) => {
      if (path.startsWith('/attachment/') || path === '/rt') answer(path, response)
      else if (path.includes('/attachments')) response.end('{"items":[{"id":"7","ContentType":"text/plain","ContentLength":"9000000"}]}')
      else if (path.includes('&page=1')) response.end(JSON.stringify({ items: [transaction(5, 'Correspond')] }))
      else response.end('{"id":1,"Status":"open","items":[]}')
    })
  }

  it.each([
    ['is larger than is read', 'x'.repeat(3e6), 200],
    ['was removed', '{}', 404],
    ['makes RT fail each time', '', 500],
  ])('given a text that %s, then its entry is told without it', async (_, body, status) => {
    const url = await withPart((path, response) => response.writeHead(path === '/rt' ? 200 : status).end(path === '/rt' ? '{}' : body))
    expect(await rig.rt(url).history('1')).toMatchObject([{ id: '5', ours: false, text: expect.stringContaining('cannot show this text') }])
  })

  it('given that RT fails over everything, then the entry waits for another day', async () => {
    const url = await withPart((_, response) => response.writeHead(500).end())
    expect(await failure(rig.rt(url).history('1'))).toMatch(/^TransientError/)
  })

  it('given a server that gives the same page for ever, then each entry comes once, and it ends', async () => {
    const items = [transaction(8), transaction(9)]
    const url = await serve((_, response) => response.end(JSON.stringify({ id: 1, Status: 'open', items })))
    expect(await failure(rig.rt(url).history('1', '8'))).toMatch(/^PermanentError: .*comes to no end/)
    const counted = await serve((_, response) => response.end(JSON.stringify({ id: 1, Status: 'open', items, pages: 1 })))
    expect((await rig.rt(counted).history('1', '8')).map(({ id }) => id)).toEqual(['9'])
  })

  it('given an answer with mad values, then it is refused in plain words', async () => {
    const items = [{ ...transaction(1), id: '1; drop' }]
    const url = await serve((path, response) =>
      response.end(JSON.stringify(path.includes('/history') ? { items } : { id: 1, Status: 'open' })),
    )
    expect(await failure(rig.rt(url).history('1'))).toMatch(/^PermanentError: .*not that of RT's REST2: items\.0\.id/)
    expect(await failure(rig.rt(url).history('1/../2'))).toMatch(/^PermanentError: .*no id of RT/)
  })
})

describe('the token', () => {
  it('given a token file, then it goes as RT wants it; without a good one nothing is sent, and no message holds it', async () => {
    const seen: (string | undefined)[] = []
    const url = await peers.http((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(401).end()
    })
    const messages = [await failure(rig.rt(url).check())]
    expect(seen).toEqual(['token token-of-a-test'])
    chmodSync(rig.tokenFile, 0o644)
    messages.push(await failure(rig.rt(url).check()))
    rmSync(rig.tokenFile)
    messages.push(await failure(rig.rt(url).create(ticket())))
    writeFileSync(rig.tokenFile, 'two words\n', { mode: 0o600 })
    messages.push(await failure(rig.rt(url).create(ticket())))
    expect(seen).toHaveLength(1)
    expect(messages.map((message) => message.slice(0, 14))).toEqual([
      'PermanentError',
      'TransientError',
      'TransientError',
      'TransientError',
    ])
    expect(messages.join()).toMatch(/chmod 600.*is missing.*holds no token/)
    expect(messages.join()).not.toMatch(/token-of-a-test|two words/)
  })
})
