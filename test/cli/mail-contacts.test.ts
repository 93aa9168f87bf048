import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LetterName } from '../../core/domain/event.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun, tell } from './control-run.ts'
import { withParties } from './mail-run.ts'

let calls: Calls
let run: string
beforeAll(async () => {
  calls = await openCalls()
  run = await launchedRun(calls, { seed: 1, run: withParties })
})
afterAll(() => calls?.close())

const alert: LetterName = { mail: 'alert', letter: 'alert', role: 'site' }

describe('ssc contacts', () => {
  test('given a contact that refuses in words of its own, then they are shown harmless, and are no formula in a spreadsheet', async () => {
    const reason = '=HYPERLINK("http://evil.example")\r\n\u001b[2J"; +1'
    await tell(calls, run, 'SITE-0', { type: 'MailRefused', data: { ...alert, effect: 'e', by: 'other side', reason } })
    await tell(calls, run, 'SITE-1', { type: 'MailAccepted', data: { ...alert, effect: 'e', messageId: '<a@b>', answer: '250' } })
    const { out } = await calls.call('contacts', run)
    expect(out).toMatch(/SITE-0 +security contact +csirt@site-0\.example +0 \/ 1 \/ 0 +0 +0 +- +0 nothing arrives/)
    expect(out).toMatch(/SITE-1 +security contact +csirt@site-1\.example +1 \/ 0 \/ 0 .*1 it receives/)
    expect(out).toMatch(/SITE-2 .* unknown\n/)
    expect(out).toMatch(/What the other side said[^\n]*\n {2}SITE-0, csirt@site-0\.example: =HYPERLINK/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    const csv = await calls.call('contacts', run, '--csv')
    const rows: Record<string, string>[] = parse(csv.out, { columns: true, record_delimiter: '\r\n' })
    expect(rows).toHaveLength(8)
    expect(rows[0]).toMatchObject({ who: 'SITE-0', contact: 'security contact', refused: '1', depth: '0' })
    expect(rows[0]?.words).toMatch(/^'=HYPERLINK/)
    expect(rows.find((row) => row.who === 'vo-vo.example')).toMatchObject({ address: 'csirt@vo.example', contact: 'VO' })
    const { contacts } = JSON.parse((await calls.call('contacts', run, '--json')).out)
    expect(contacts.map((one: { who: string }) => one.who)).toEqual(rows.map((row) => row.who))
    expect(await calls.call('contacts', run, '--json', '--csv')).toMatchObject({ status: 2, out: '' })
    expect(await calls.call('contacts', 'none')).toMatchObject({ status: 2, err: expect.stringContaining(run) })
  })
})
