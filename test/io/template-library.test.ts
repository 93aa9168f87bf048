import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { sampleMailData } from '../../core/io/mail/sample-mail.ts'
import { loadTemplateLibrary, templateOf } from '../../core/io/mail/template-library.ts'
import { renderMail } from '../../core/io/mail/templates.ts'
import { loadMailTemplates } from '../../core/plugins.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ssc-letters-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, subject = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), `Subject: ${subject}\n\nx`)
}

function load() {
  const scenarios = new Map([
    ['s1', join(root, 'scenarios/s1/mail-templates')],
    ['s2', join(root, 'scenarios/s2/mail-templates')],
  ])
  return loadTemplateLibrary({ project: join(root, 'project'), home: join(root, 'home'), scenarios })
}

function problems(): readonly string[] {
  try {
    load()
  } catch (error) {
    if (error instanceof InputError) return error.problems.map((one) => one.slice(root.length + 1))
    throw error
  }
  return []
}

const subjectOf = (at: { scenario: string; ngi?: string }) => renderMail(templateOf(load(), 'alert', at), sampleMailData).subject

describe('which template counts', () => {
  const layers = ['project', 'scenarios/s1/mail-templates', 'home', 'home/scenarios/s1', 'home/ngis/NGI_DE']

  test.each(layers.map((_, n) => n))('given the first %d folders above the project’s, then the most special one counts', (n) => {
    for (const layer of layers.slice(0, n + 1)) put(`${layer}/alert.hbs`)
    expect(subjectOf({ scenario: 's1', ngi: 'NGI_DE' })).toBe(`${layers[n]}/alert.hbs`)
  })

  test('given letters for another scenario or NGI, then they do not count', () => {
    for (const layer of layers) put(`${layer}/alert.hbs`)
    expect(subjectOf({ scenario: 's2', ngi: 'NGI_FR' })).toBe('home/alert.hbs')
    expect(subjectOf({ scenario: 's1' })).toBe('home/scenarios/s1/alert.hbs')
    expect(subjectOf({ scenario: 's2', ngi: 'NGI_DE' })).toBe('home/ngis/NGI_DE/alert.hbs')
  })

  test('given a kind that a special folder does not have, then the common one counts', () => {
    put('project/alert.hbs')
    put('home/ngis/NGI_DE/reminder.hbs')
    expect(subjectOf({ scenario: 's1', ngi: 'NGI_DE' })).toBe('project/alert.hbs')
  })

  test('given two NGIs that share a folder by a link, then both have its letters', () => {
    put('home/ngis/NGI_DE/alert.hbs')
    symlinkSync('NGI_DE', join(root, 'home/ngis/NGI_AT'))
    expect(subjectOf({ scenario: 's1', ngi: 'NGI_AT' })).toBe('home/ngis/NGI_DE/alert.hbs')
  })

  test('given no template of a kind, then the folders that were looked into are named', () => {
    expect(() => templateOf(load(), 'alert', { scenario: 's1' })).toThrow(/no mail template 'alert'[\s\S]*project[\s\S]*s1/)
  })
})

describe('what cannot be meant', () => {
  test('given names that are none, then each is named with its place and what to do, all at once', () => {
    put('home/alarm.hbs')
    put('home/scenarios/s3/alert.hbs')
    put('home/scenarios/alert.hbs')
    put('home/ngis/NGI_DE/s1/alert.hbs')
    put('home/ngi/NGI_DE/alert.hbs')
    put('project/deeper/alert.hbs')
    expect(problems()).toEqual([
      expect.stringMatching(/^home\/alarm\.hbs: there is no such letter: name the file as one of invitation, /),
      'project/deeper: a folder that is never read: templates must lie beside it, not in it',
      'home/ngi: a folder that is never read: only scenarios/ and ngis/ may be here',
      expect.stringMatching(/^home\/scenarios\/s3: there is no scenario 's3': name the folder as one of s1, s2$/),
      'home/ngis/NGI_DE/s1: a folder that is never read: templates must lie beside it, not in it',
      'home/scenarios/alert.hbs: a template that is never read: put it into a folder with the name of whom it is for',
    ])
  })

  test('given a broken template anywhere and a folder in the place of a file, then both are named', () => {
    put('home/ngis/NGI_DE/alert.hbs', '{{nope}}')
    mkdirSync(join(root, 'home/reminder.hbs'))
    expect(problems()).toEqual([
      expect.stringMatching(/^home\/reminder\.hbs: EISDIR/),
      "home/ngis/NGI_DE/alert.hbs:1: there is no field or helper 'nope'",
    ])
  })

  test('given notes and hidden files beside the templates, then they are left alone', () => {
    put('home/readme.md')
    put('home/.alert.hbs')
    put('home/ngis/readme.md')
    expect(problems()).toEqual([])
  })
})

test('given a home, when all letters are loaded, then those of a scenario of the home’s own count for it alone', () => {
  put('scenarios/mine/mail-templates/alert.hbs', 'mine')
  put('mail-templates/ngis/NGI_DE/alert.hbs', 'german')
  const library = loadMailTemplates(root)
  const subject = (at: { scenario: string; ngi?: string }) => renderMail(templateOf(library, 'alert', at), sampleMailData).subject
  expect(subject({ scenario: 'mine' })).toBe('mine')
  expect(subject({ scenario: 'mine', ngi: 'NGI_DE' })).toBe('german')
  expect(subject({ scenario: 'ssc6-cms' })).toMatch(/^EXERCISE: security incident suspected at SITE-ONE/)
})
