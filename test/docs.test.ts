import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Cli } from '../core/cli/cli.ts'
import { runProgram } from '../core/cli/program.ts'
import { Settings } from '../core/config.ts'
import { projectFiles, readProjectFile, root } from './architecture/source.ts'

const pages = projectFiles().filter((path) => path.endsWith('.md'))
const readme = readProjectFile('README.md')
const decisions = pages.filter((path) => path.startsWith('core/decisions/'))
const scripts = (JSON.parse(readProjectFile('package.json')) as { scripts: Record<string, string> }).scripts

/** The verbs as the command line's own help tells them. */
async function verbs(): Promise<string[]> {
  let help = ''
  const out = (text: string) => {
    help += text
  }
  await runProgram(['--help'], { out, err: out, columns: 200, isTerminal: false, signal: new AbortController().signal } as Cli)
  return [...help.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1] ?? '').filter((verb) => verb !== 'help')
}

/** Targets of links and pictures that lead to a file of the project. */
function localLinks(page: string): string[] {
  const targets = [...readProjectFile(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  return targets.filter((target) => !/^[a-z]+:|^#/.test(target)).map((target) => target.replace(/#.*/, ''))
}

describe('the documents', () => {
  it('given a verb of the command line, then the readme shows it', async () => {
    const told = await verbs()
    expect(told.length).toBeGreaterThanOrEqual(13)
    expect(told.filter((verb) => !new RegExp(`\\bssc ${verb}\\b`).test(readme))).toEqual([])
  })

  it('given a setting, then the readme shows it', () => {
    expect(Object.keys(Settings.shape).filter((name) => !readme.includes(`\n${name}: `))).toEqual([])
    const variables = [...readProjectFile('core/config.ts').matchAll(/\benv\.([A-Z_]+)/g)].map((match) => match[1])
    expect(variables.length).toBeGreaterThanOrEqual(4)
    expect(variables.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })

  it('given a command of npm in a document, then there is such a script', () => {
    const named = pages.flatMap((page) => [...readProjectFile(page).matchAll(/\bnpm run (?:-s )?([a-z]+)/g)].map((match) => match[1] ?? ''))
    expect(named).toEqual(expect.arrayContaining(['rehearse', 'check', 'bench']))
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })

  it('given a link to a file, then the file is there', () => {
    const links = pages.flatMap((page) => localLinks(page).map((target) => ({ page, target })))
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter(({ page, target }) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })

  it('given the decisions, then each has a number of its own, a title and its three parts', () => {
    expect(decisions.length).toBeGreaterThanOrEqual(7)
    expect(decisions.filter((path) => !/\/\d{3}-[a-z0-9]+(-[a-z0-9]+)*\.md$/.test(path))).toEqual([])
    const numbers = decisions.map((path) => path.slice('core/decisions/'.length).slice(0, 3))
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const [i, path] of decisions.entries())
      expect(readProjectFile(path)).toMatch(
        new RegExp(`^# ${numbers[i]}: .+\\n[^]*\\n## Context\\n[^]*\\n## Decision\\n[^]*\\n## Consequence\\n`),
      )
  })

  it('given the changelog, then what comes next has its place', () => {
    expect(readProjectFile('CHANGELOG.md')).toContain('\n## [Unreleased]\n')
  })

  it('given a plug-in, then a readme says what it is', () => {
    const folders = new Set(projectFiles().flatMap((path) => path.match(/^(submitters|scenarios|reports)\/[^/]+(?=\/)/)?.[0] ?? []))
    expect([...folders].filter((folder) => !existsSync(join(root, folder, 'readme.md')))).toEqual([])
  })
})
