import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { lockFolder } from '../../core/io/store/lock.ts'
import { openLedger } from '../../core/rehearsal/ledger.ts'
import { linesOf, type Script, startScript, waitUntil } from '../services/process.ts'

const ROUNDS = 20
const endings: (() => unknown)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

test('given the lock of a process that died, when four want the folder at once, then one gets it', async () => {
  const base = mkdtempSync(join(tmpdir(), 'ssc-lock-'))
  endings.push(() => rmSync(base, { recursive: true }))
  const racers: Script[] = Array.from({ length: 4 }, () => startScript('test/e2e/lock-racer.ts'))
  endings.push(() => Promise.all(racers.map((one) => one.end())))
  await waitUntil(() => racers.every((one) => one.lines().length === 1), 'all to be ready')
  for (let round = 1; round <= ROUNDS; round++) {
    const folder = join(base, String(round))
    mkdirSync(folder)
    writeFileSync(join(folder, 'lock'), `${hostname()}:${2 ** 30}:1`)
    for (const one of racers) one.say(folder)
    await waitUntil(() => racers.every((one) => one.lines().length === 1 + round), 'all to have tried')
    const answers = racers.map((one) => one.lines().at(-1))
    expect(answers.sort()).toEqual(['got it', 'refused', 'refused', 'refused'])
  }
})

test('given a lock whose holder is a zombie, when the folder is opened, then it is free', async () => {
  const base = mkdtempSync(join(tmpdir(), 'ssc-lock-'))
  endings.push(() => rmSync(base, { recursive: true }))
  // A shell that never waits for its child, which outlives it: a shell would wait for one that has ended already.
  const parent = spawn('/bin/sh', ['-c', 'sleep 1 & echo $!; exec sleep 300'], { stdio: ['ignore', 'pipe', 'ignore'] })
  endings.push(() => parent.kill('SIGKILL'))
  const pid = Number(await new Promise<string>((resolve) => parent.stdout.once('data', (data) => resolve(String(data)))))
  const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  await waitUntil(() => stat()[0] === 'Z', 'a zombie')
  writeFileSync(join(base, 'lock'), `${hostname()}:${pid}:${stat()[19]}`)
  const unlock = await lockFolder(base)
  await expect(lockFolder(base)).rejects.toThrow(`in use by process ${process.pid}`)
  unlock()
})

test('given a lock of another machine, when the folder is opened, then it is refused and told what to do', async () => {
  const base = mkdtempSync(join(tmpdir(), 'ssc-lock-'))
  endings.push(() => rmSync(base, { recursive: true }))
  writeFileSync(join(base, 'lock'), 'elsewhere.example:7:1')
  await expect(lockFolder(base)).rejects.toThrow('process 7 on elsewhere.example')
})

test('given a ledger whose last line was cut short, when it is opened again, then it goes on after the whole lines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-ledger-'))
  try {
    const file = join(folder, 'sites.jsonl')
    const entry = { what: 'done', at: 1, site: 'SITE-A', action: 'a', of: '' } as const
    openLedger(file).add(entry)
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"what":"do`)
    openLedger(file).add(entry)
    expect(openLedger(file).entries).toEqual([entry, entry])
    expect(linesOf(file)).toHaveLength(2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
