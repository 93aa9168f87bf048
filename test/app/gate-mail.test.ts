import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judge } from '../../core/app/gate.ts'
import { isNotice, mailKinds, traitsOf } from '../../core/domain/mail.ts'
import type { Pause } from '../../core/domain/run-state.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { anEffect, anIntent, atGate, gateDeps, inWindow, keepLaunched, tell } from './gating.ts'

const mail = (kind: string, over: Parameters<typeof anIntent>[1] = {}) =>
  anIntent('send-mail', {
    to: 'csirt@de-one.example',
    effect: anEffect('send-mail', { id: `send-mail.${kind}`, payload: { site: 'DE-ONE', mail: kind } }),
    ...over,
  })
const stopped = { at: 1, by: 'Ada', reason: 'x' }
const pauses: Pause[] = [{ fromMs: inWindow, by: 'Ada', reason: 'x', because: 'officer' }]

describe('where letters may go', () => {
  test.each(['csirt@de-one.example', 'other@FR-TWO.Example'])('given %s, then its domain is in the plan, and it may', (to) => {
    expect(judge(mail('alert', { to }), inWindow)).toEqual({ pass: 'go' })
  })

  test.each([
    'csirt@de-0ne.example',
    'csirt@x.de-one.example',
    'csirt@example',
    'csirt@de-one.example.evil.example',
    'csirt@de-оne.example',
  ])('given %j, which only looks like it, then nothing goes, not even a notice', (to) => {
    const verdict = () => judge(mail('stopped', { to }), inWindow)
    // One that is no address at all is not sent either.
    if (/[^\u0020-\u007e]/.test(to)) expect(verdict).toThrow('is not a single mail address')
    else
      expect(verdict()).toMatchObject({
        pass: 'no',
        reason: expect.stringMatching(/is not among the domains of the approved plan; name it as mailDomains/),
      })
  })

  test('given any domain, then only those of the plan are open, and mailDomains opens another', () => {
    const run = launchedRun({ run: { mailDomains: ['helpdesk.example'] } })
    const domain = fc.oneof(fc.domain(), fc.constantFrom('de-one.example', 'helpdesk.example', 'xhelpdesk.example', 'helpdesk.example.org'))
    fc.assert(
      fc.property(domain, fc.constantFrom(...mailKinds), (name, kind) => {
        const isKnown = ['de-one.example', 'fr-two.example', 'helpdesk.example'].includes(name.toLowerCase())
        expect(judge(mail(kind, { run, to: `a@${name}` }), inWindow).pass).toBe(isKnown ? 'go' : 'no')
      }),
    )
  })

  test('given a contact that moved after the approval, then the letter is refused, and the log of the plan is untouched', () =>
    withStore(async ({ store }) => {
      const run = launchedRun()
      await keepLaunched(store, run)
      const intent = mail('alert', { run, to: 'csirt@moved.example', facts: [] })
      expect(await atGate(gateDeps(store), intent)).toContain('moved.example is not among the domains')
      expect((await store.effect(intent.effect.id))?.state).toBe('refused')
    }))
})

describe('a second approval', () => {
  test.each(mailKinds)('given none, when %s is due, then it goes only if it prepares the run', (kind) => {
    const run = launchedRun({ state: { approvals: [] } })
    const verdict = judge(mail(kind, { run }), inWindow)
    if (traitsOf(kind).prepares) expect(verdict).toEqual({ pass: 'go' })
    else expect(verdict).toEqual({ pass: 'no', reason: 'this very plan was not approved by a second person' })
  })

  test('given none, and other work that calls itself an invitation, then it is refused', () => {
    const run = launchedRun({ state: { approvals: [] } })
    const effect = anEffect('dispatch-job', { payload: { site: 'DE-ONE', submitter: 'noop', mail: 'invitation' } })
    expect(judge(anIntent('dispatch-job', { run, effect }), inWindow)).toMatchObject({
      pass: 'no',
      reason: expect.stringContaining('not approved'),
    })
  })

  test.each(['constructor', '__proto__', 'no such letter'])('given none, and the kind %j that nobody knows, then nothing goes', (kind) => {
    const run = launchedRun({ state: { approvals: [] } })
    const passOf = () => {
      try {
        return judge(mail(kind, { run }), inWindow).pass
      } catch (error) {
        return error
      }
    }
    // A fault ends the work as well: the engine refuses it.
    expect(passOf()).toSatisfy((pass) => pass === 'no' || pass instanceof TypeError)
  })
})

describe('a stop and a pause', () => {
  test.each(mailKinds)('given a stop, a STOP file or a pause, when %s is due, then it goes only if it tells of that', (kind) => {
    const verdicts = [
      judge(mail(kind, { run: launchedRun({ state: { stopped } }) }), inWindow),
      judge(mail(kind, { halted: 'STOP stops all runs' }), inWindow),
      judge(mail(kind, { run: launchedRun({ state: { pauses } }) }), inWindow),
    ].map(({ pass }) => pass)
    expect(verdicts).toEqual(isNotice(kind) ? ['go', 'go', 'go'] : ['no', 'no', 'hold'])
  })

  test('given a stop that comes while a letter is judged, then it is refused, and a notice is not', () =>
    withStore(async ({ store }) => {
      const run = launchedRun()
      await keepLaunched(store, run)
      await tell(store, { type: 'RunStopped', data: { by: 'Ada', reason: 'x' } })
      await store.commit({
        run: 'r-1',
        facts: [{ stream: 'run/r-1', type: 'RunStopped', key: 'stopped', data: { by: 'Ada', reason: 'x' } }],
      })
      const deps = gateDeps(store)
      expect(await atGate(deps, mail('question', { run }))).toBe('the run was stopped')
      expect(await atGate(deps, mail('stopped', { run }))).toBe('doing')
    }))
})
