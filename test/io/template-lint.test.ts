import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MailKind } from '../../core/domain/mail.ts'
import { lintTemplates } from '../../core/io/mail/lint-templates.ts'
import { loadTemplateLibrary } from '../../core/io/mail/template-library.ts'

const subject = 'Subject: EXERCISE: x [{{tag}}] {{tlp}}'
const top = '*** EXERCISE ***\n{{contact.address}} {{tlp}}'
const end = '{{code}} {{genuineUrl}}\n*** EXERCISE ***'
const good = [subject, '', top, '{{identity}} {{text}} {{about}}', end].join('\n')

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ssc-lint-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, source: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), source)
}

function lint(scenarios = ['s1']) {
  const folders = new Map(['s1', 's2'].map((id) => [id, join(root, id)]))
  const library = loadTemplateLibrary({ project: join(root, 'project'), home: join(root, 'home'), scenarios: folders })
  const problems = lintTemplates(
    library,
    scenarios.map((id) => ({ id, title: `The story of ${id}`, hasJob: true })),
  )
  return problems.map((one) => ({ ...one, file: one.file.slice(root.length + 1) }))
}

function problemsOf(kind: MailKind, source: string): (string | undefined)[] {
  put(`home/${kind}.hbs`, source)
  return lint().map(({ line, problem }) => `${line ?? '-'} ${problem}`)
}

const change = (from: string, to: string) => good.replace(from, to)

describe('what is looked for in a letter', () => {
  test('given a letter as it should be, then nothing is found', () => {
    expect(problemsOf('alert', good)).toEqual([])
  })

  test.each([
    ['no mark in the subject', change('Subject: EXERCISE: x', 'Subject: Alarm'), /^- the subject does not begin with 'EXERCISE: '/],
    ['no mark at the top', change('*** EXERCISE ***\n{{contact', '{{contact'), /^- EXERCISE does not stand in the first lines/],
    ['no mark at the end', `${change(end, end.replace('EXERCISE', ''))}\nbye\nbye`, /^- EXERCISE does not stand in the last lines/],
    ['no tag', change('[{{tag}}]', '[EGI-1]'), /^- the incident tag is missing/],
    ['no label in the subject', change('] {{tlp}}', ']'), /^- the TLP label in the subject is missing/],
    ['a label of its own', change('] {{tlp}}', '] TLP:AMBER'), /^- the TLP label in the subject is missing or another/],
    ['no label in the body', change('}} {{tlp}}\n', '}}\n'), /^- the TLP label is missing in the first 12 lines/],
    ['the label too late', change('}} {{tlp}}\n', `}}${'\n'.repeat(12)}{{tlp}}\n`), /^- the TLP label is missing in the first 12 lines/],
    ['no contact', change('{{contact.address}}', ''), /^- the contact to ask is missing/],
    ['no code', change('{{code}}', ''), /^- the code .* is missing/],
    ['no page', change('{{genuineUrl}}', ''), /^- the page that checks the code is missing/],
    ['no identity', change('{{identity}}', ''), /^- \{\{identity\}\} is missing in the body: the alert/],
    ['a very long line', change('{{code}}', `{{code}}${'é'.repeat(500)}`), /^- a line of \d{4} bytes/],
    [
      'a subject of what may be empty',
      change('EXERCISE: x [{{tag}}] {{tlp}}', '{{#if reason}}EXERCISE: x [{{tag}}] {{tlp}}{{/if}}'),
      /^1 the header Subject is empty/,
    ],
    [
      'a subject of what may be long',
      change('EXERCISE: x', `EXERCISE: ${'{{identity}}'.repeat(4)}`),
      /^1 the header Subject is longer than 900/,
    ],
  ])('given %s, then it is found', (_, source, problem) => {
    expect(problemsOf('alert', source)).toEqual([expect.stringMatching(problem)])
  })

  test('given a real incident that looks like an exercise, then it is found', () => {
    expect(problemsOf('real-incident', change('{{about}}', '{{reason}}'))).toEqual([expect.stringMatching(/^- it does not say NO DRILL/)])
  })

  test('given a letter by hand without the officer’s words, then it is found', () => {
    expect(problemsOf('invitation', change('{{text}}', ''))).toEqual([expect.stringMatching(/^- \{\{text\}\} is missing/)])
  })

  test('given a letter to everybody, then it must be TLP:CLEAR, needs no code, and names the sites that may be named', () => {
    const clear = good.replaceAll('{{tlp}}', 'TLP:CLEAR').replace('{{identity}}', '{{sites}}').replace('{{code}} {{genuineUrl}}', '')
    expect(problemsOf('public-acknowledgement', clear)).toEqual([])
    expect(problemsOf('public-acknowledgement', clear.replace('] TLP:CLEAR', '] {{tlp}}'))).toEqual([
      expect.stringMatching(/write TLP:CLEAR$/),
    ])
  })
})

describe('what others than the site must not learn', () => {
  test('given the identity, the job or the site’s own link in a letter to others, then each is found with its line and role', () => {
    const found = problemsOf('reminder', change('{{text}}', '\n{{label}} {{reportUrl}}'))
    expect(found).toHaveLength(3 * 4)
    const words = (field: string, role: string) =>
      `{{${field}}} must not go to the role '${role}': put it between {{#for "site"}} and {{/for}}`
    expect(found).toContain(`5 ${words('identity', 'ngi')}`)
    expect(found).toContain(`6 ${words('label', 'vo')}`)
    expect(found).toContain(`6 ${words('reportUrl', 'ca')}`)
  })

  test('given the same for the site alone, or in a letter that is there to name it, then nothing is found', () => {
    expect(problemsOf('reminder', change('{{identity}}', '{{#for "site"}}{{identity}}{{label}}{{/for}}'))).toEqual([])
    expect(problemsOf('notification', good)).toEqual([])
  })

  test('given the identity in a header, then it is found as well', () => {
    const hidden = change('{{identity}}', '').replace(subject, `${subject}\nX-User: it is {{identity}}`)
    expect(problemsOf('escalation', hidden)).toEqual([expect.stringMatching(/^2 \{\{identity\}\} must not go to the role 'ngi'/)])
  })
})

describe('what is looked at', () => {
  test('given templates in all layers, then each is looked at for each scenario that it is for', () => {
    const bad = change('{{code}}', '')
    for (const layer of ['project', 's1', 'home', 'home/scenarios/s2', 'home/ngis/NGI_DE']) put(`${layer}/alert.hbs`, bad)
    const found = lint(['s1', 's2']).map(({ scenario, file }) => `${scenario} ${file}`)
    expect(found).toEqual([
      's1 project/alert.hbs',
      's1 s1/alert.hbs',
      's1 home/alert.hbs',
      's1 home/ngis/NGI_DE/alert.hbs',
      's2 project/alert.hbs',
      's2 home/alert.hbs',
      's2 home/scenarios/s2/alert.hbs',
      's2 home/ngis/NGI_DE/alert.hbs',
    ])
  })
})
