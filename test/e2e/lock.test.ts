import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Script, startScript, waitUntil } from '../services/process.ts'

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
