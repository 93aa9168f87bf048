import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCalls } from './calls.ts'

const root = join(import.meta.dirname, '../..')
const gocdb = (name: string) => join(root, 'core/rehearsal/gocdb', name)

describe('ssc plan', () => {
  let calls: Awaited<ReturnType<typeof openCalls>>
  const sample = readFileSync(join(root, 'scenarios/ssc5-regional/run.sample.yaml'), 'utf8')

  beforeAll(async () => {
    calls = await openCalls()
    const services = ['--services', gocdb('get_service_endpoint.xml'), '--downtimes', gocdb('get_downtime.xml')]
    expect((await calls.call('sites', 'import', gocdb('get_site.xml'), ...services)).status).toBe(0)
  })
  afterAll(() => calls.close())

  function runFile(name: string, seed: number): string {
    const file = join(calls.cwd, name)
    writeFileSync(file, sample.replace(/^seed: .*$/m, `seed: ${seed}`))
    return file
  }

  test('given a plan after another one of its scenario, then what is otherwise is told with both values, and nothing where there is none', async () => {
    const first = await calls.call('plan', runFile('a.yaml', 5))
    expect(first).toMatchObject({ status: 0, err: '' })
    expect(first.out).not.toContain('Otherwise than')
    const run = /^Plan (\S+):/m.exec(first.out)![1]!
    const second = await calls.call('plan', runFile('b.yaml', 6))
    expect(second.out).toContain(`Otherwise than in ${run}, which was not approved:`)
    expect(second.out).toMatch(/^ {2}seed +5 -> 6$/m)
    const { before } = JSON.parse((await calls.call('plan', runFile('b.yaml', 6), '--json')).out)
    expect(before).toMatchObject({ run, isApproved: false })
    expect(before.changes).toContainEqual({ what: 'seed', before: '5', after: '6' })
  })
})
