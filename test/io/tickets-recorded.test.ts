import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openPeers, type Peers } from './http-rig.ts'
import { openTicketRig, type TicketRig } from './tickets-rig.ts'
import { liveThrough, type Recorded } from './tickets-session.ts'

const read = (name: string) => readFileSync(new URL(`fixtures/rt/${name}`, import.meta.url), 'utf8')

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

/** Answers as it was recorded, as long as it is asked as it was then. */
function play(exchanges: Recorded[]): Promise<string> {
  return peers.http((request, response) => {
    request.resume()
    const next = exchanges.shift()
    const asked = `${request.method} ${request.url?.replace('/REST/2.0', '')}`
    if (next !== undefined && `${next.method} ${next.path}` === asked)
      response.writeHead(next.status, { ...(next.location !== undefined && { Location: next.location }) }).end(next.body)
    else response.writeHead(418).end(`not recorded: ${asked}`)
  })
}

describe('a Request Tracker as it was recorded', () => {
  it('given the life of a ticket, when it is lived once more, then all of it is read as it was', async () => {
    const { exchanges } = JSON.parse(read('session.json')) as { exchanges: Recorded[] }
    const outcome = await liveThrough(rig.rt(await play(exchanges)), async () => {})
    expect(exchanges).toEqual([])
    expect(outcome).toMatchObject({ ticket: '1', found: ['1', outcome.entry, undefined] })
    expect(outcome.before.map(({ kind, ours }) => ({ kind, ours }))).toEqual([
      { kind: 'create', ours: true },
      { kind: 'correspond', ours: true },
      { kind: 'status', ours: false },
      { kind: 'comment', ours: true },
    ])
    expect(outcome.before[3]?.id).toBe(outcome.note)
    expect(outcome.after).toMatchObject([{ kind: 'correspond', by: 'site@site.example', ours: false, text: 'We found it: Käse' }])
    // The file and the attached mail; the HTML of the same text is not told twice.
    expect(outcome.after[0]?.attachments.map(({ contentType }) => contentType)).toEqual([
      'application/octet-stream',
      'message/rfc822',
      'text/plain',
    ])
  })

  it('given an account that sees everything, when RT counts the pages, then it is not asked for one more', async () => {
    const page = read('history-of-administrator.http').split('\r\n\r\n')[1] ?? ''
    const asked: string[] = []
    const url = await peers.http((request, response) => {
      asked.push(request.url ?? '')
      if (request.url?.includes('/history')) response.end(page)
      else if (request.url?.includes('/attachments')) response.end('{"items":[],"pages":0.0}')
      else response.end('{"id":1,"Status":"open"}')
    })
    const entries = await rig.rt(url).history('1')
    expect(entries.map(({ id, kind, by }) => `${id} ${kind} ${by}`)).toEqual([
      '45 create robot',
      '46 other RT_System',
      '47 correspond robot',
      '48 other RT_System',
      '49 status RT_System',
      '50 comment robot',
    ])
    expect(entries[0]?.atMs).toBe(Date.UTC(2026, 10, 22, 6, 23, 25))
    expect(asked.filter((path) => path.includes('/history'))).toHaveLength(1)
  })
})
