import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packScenario } from '../../core/scenario-bundle.ts'
import { readScenarioFolder } from '../../core/scenario-folder.ts'
import { ssc } from '../services/process.ts'

let place = ''
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'ssc-scenarios-'))
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** The command line as a process, with a home of this name; the folder it is called in is `place`. */
function at(home: string) {
  const env = { PATH: process.env.PATH, HOME: place, SSC_HOME: join(place, home) }
  return (...argv: string[]) => ssc(['scenario', ...argv], { env, cwd: place })
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

describe('ssc scenario', () => {
  test('given what comes with the project, then it is listed, also as data, and shown', async () => {
    const call = at('listed')
    const { code, out } = await call('list')
    expect([code, out]).toEqual([0, expect.stringMatching(/^SCENARIO +AT THE SITES .*\n(?:.*\n)*ssc6-cms +job +all +\d+ +sec01 \d+ +\S/)])
    const rows = JSON.parse((await call('list', '--json')).out) as { id: string }[]
    expect(rows.find(({ id }) => id === 'ssc6-cms')).toMatchObject({ job: true, alert: 'all', rubric: { id: 'sec01' } })
    const shown = await call('show', 'ssc6-cms')
    expect([shown.code, shown.out]).toEqual([0, expect.stringMatching(/^# ssc6-cms: .*\n(?:.*\n)*## What is expected of a site\n/)])
    expect(await call('show', 'nowhere')).toMatchObject({ code: 2, err: expect.stringMatching(/no scenario 'nowhere'.*ssc6-cms/) })
  })

  test('given a new one, then it passes as it is, a second of that name is refused, and a fault in it is told with its line', async () => {
    const call = at('made')
    const made = await call('new', 'my-drill')
    expect(made).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/ssc scenario check my-drill\n.*ssc rehearse my-drill\n$/) })
    const folder = join(place, 'made', 'scenarios', 'my-drill')
    expect(readdirSync(folder).sort()).toEqual(['readme.md', 'rubric.yaml', 'run.sample.yaml', 'scenario.yaml'])
    expect(await call('check', 'my-drill')).toEqual({ code: 0, err: '', out: 'my-drill: nothing is wrong.\n' })
    expect(await call('new', 'my-drill')).toMatchObject({ code: 2, err: expect.stringContaining('already') })
    edit(join(folder, 'rubric.yaml'), 'question: which-host', 'question: which-port')
    const told = await call('check', './made/scenarios/my-drill')
    expect(told).toMatchObject({ code: 1, out: 'my-drill: 3 faults.\n' })
    expect(told.err).toMatch(
      /^fault: \/.*\/my-drill\/rubric\.yaml:\d+: expectations\.2\.question: the scenario has no question 'which-port'; it has: which-host$/m,
    )
    const [checked] = JSON.parse((await call('check', 'my-drill', '--json')).out)
    expect(checked).toMatchObject({
      id: 'my-drill',
      complaints: expect.arrayContaining([expect.objectContaining({ level: 'fault', file: 'rubric.yaml' })]),
    })
    expect((await call('list')).out).toMatch(/^my-drill +job/m)
  })

  test('given a copy of another, in a folder of one’s own, then the ids are changed and the comments stay', async () => {
    const call = at('copied')
    expect(await call('new', 'ours', '--from', 'ssc6-cms', '--folder', 'mine')).toMatchObject({ code: 0 })
    const text = readFileSync(join(place, 'mine', 'ours', 'scenario.yaml'), 'utf8')
    expect(text).toMatch(/^# The story.*\n(?:.*\n)*id: ours\n/)
    expect(readFileSync(join(place, 'mine', 'ours', 'run.sample.yaml'), 'utf8')).toMatch(/^scenario: ours$/m)
    expect(readFileSync(join(place, 'mine', 'ours', 'rubric.yaml'), 'utf8')).toMatch(/^id: sec01$/m)
    expect(await call('check', './mine/ours')).toMatchObject({ code: 0 })
    expect(await call('new', 'ours', '--folder', 'mine')).toMatchObject({ code: 2, err: expect.stringContaining('exists') })
    expect(await call('new', '../ours')).toMatchObject({ code: 2, err: expect.stringContaining('cannot name a scenario') })
    expect(existsSync(join(place, 'copied', 'scenarios'))).toBe(false)
  })

  test('given data that were changed, then --check fails until the readme is written', async () => {
    const call = at('read')
    await call('new', 'ours')
    const folder = join(place, 'read', 'scenarios', 'ours')
    expect(await call('readme', 'ours', '--check')).toMatchObject({ code: 0, out: '1 looked at, 0 differ.\n' })
    edit(join(folder, 'scenario.yaml'), 'remindAfter: 4h', 'remindAfter: 5h')
    expect(await call('readme', 'ours', '--check')).toMatchObject({ code: 1, err: expect.stringContaining(join(folder, 'readme.md')) })
    expect(await call('readme', 'ours')).toMatchObject({ code: 0, out: '1 looked at, 1 written.\n' })
    expect(readFileSync(join(folder, 'readme.md'), 'utf8')).toContain('5 h after the alert, when nobody answered')
    expect(await call('readme', 'ours', '--check')).toMatchObject({ code: 0 })
  })
})

describe('a scenario that is handed on', () => {
  test('given an export, when another instance imports it, then it has the same files; a second time only with --replace', async () => {
    const [here, there] = [at('here'), at('there')]
    await here('new', 'ours')
    expect(await here('export', 'ours', '--out', 'ours.json')).toMatchObject({ code: 0, err: '' })
    expect(await there('import', 'ours.json')).toMatchObject({ code: 0, err: '' })
    const folders = ['here', 'there'].map((home) => join(place, home, 'scenarios', 'ours'))
    for (const name of readdirSync(folders[0]!))
      expect(readFileSync(join(folders[1]!, name))).toEqual(readFileSync(join(folders[0]!, name)))
    expect(await there('import', 'ours.json')).toMatchObject({ code: 2, err: expect.stringContaining('--replace') })
    expect(await there('import', 'ours.json', '--replace')).toMatchObject({ code: 0 })
    expect(readdirSync(join(place, 'there', 'scenarios'))).toEqual(['ours'])
  })

  test('given one with a fault, then it is neither exported nor imported, and all faults are told', async () => {
    const [here, there] = [at('faulty'), at('spared')]
    await here('new', 'ours')
    const folder = join(place, 'faulty', 'scenarios', 'ours')
    await here('export', 'ours', '--out', 'good.json')
    edit(join(folder, 'scenario.yaml'), 'closeAfter: 45d', 'closeAfter: 50d')
    expect(await here('export', 'ours', '--out', 'bad.json')).toMatchObject({ code: 1, err: expect.stringMatching(/may never go out/) })
    expect(existsSync(join(place, 'bad.json'))).toBe(false)
    edit(join(place, 'good.json'), 'closeAfter: 45d', 'closeAfter: 50d')
    expect(await there('import', 'good.json')).toMatchObject({ code: 2, err: expect.stringContaining('sha256') })
    const { files } = readScenarioFolder(folder)
    writeFileSync(
      join(place, 'bad.json'),
      packScenario('ours', new Map(files).set('rubric.yaml', 'id: x\n').set('run.sample.yaml', 'sites: 0\n')),
    )
    const refused = await there('import', 'bad.json')
    expect(refused).toMatchObject({ code: 1, out: '' })
    for (const words of [/^fault: rubric\.yaml:1: version/m, /^fault: run\.sample\.yaml:1: sites/m]) expect(refused.err).toMatch(words)
    expect(await there('import', 'absent.json')).toMatchObject({ code: 2, err: expect.stringContaining('there is no such file') })
    expect(readdirSync(join(place, 'spared', 'scenarios'))).toEqual([])
  })
})
