import { join } from 'node:path'
import { expect } from 'vitest'
import { readRunState } from '../../core/app/view.ts'
import type { Event } from '../../core/domain/event.ts'
import type { SiteScore } from '../../core/domain/report.ts'
import type { Instance } from '../../core/instance.ts'
import type { Effect } from '../../core/ports.ts'
import { verifyRun } from '../../core/verify.ts'
import { linesOf } from '../services/process.ts'

/** The lights alone: how the sites fared, whatever the times. */
export function lightsOf(sites: readonly SiteScore[]): Record<string, string> {
  return Object.fromEntries(sites.map((site) => [site.site, [site.overall, ...site.scores.map((score) => score.light)].join(' ')]))
}

/** What the launchers wrote down: one line for each job that was really begun. */
export function jobsBegun(home: string, run: string): string[] {
  return linesOf(join(home, 'work', run, 'local', 'ledger')).map((line) => line.replace(/^started /, ''))
}

/** Sites whose work is uncertain to the end. */
export function unsureSites(effects: readonly Effect[]): Set<string> {
  return new Set(effects.filter((one) => one.state === 'unsure').map((one) => String(one.payload.site)))
}

/**
 * Compares the log with what the other side wrote down: nothing twice, nothing lost, nothing claimed that was not done.
 * What the log cannot know must be `unsure`. Gives back the sites where that is so.
 */
export async function checkAccounts(instance: Instance, run: string, mails: readonly string[]): Promise<Set<string>> {
  const { store } = instance
  const { plan } = await readRunState(store, run)
  const effects = await store.effects(run, ['queued', 'doing', 'done', 'deferred', 'refused', 'unsure'])
  const events = await store.readRun(run)
  checkJobs({ begun: jobsBegun(instance.config.home, run), effects, events, sites: plan.sites.map((site) => site.name) })
  checkMails({ mails, effects, events })
  expect((await verifyRun(instance, run)).faults).toEqual([])
  return unsureSites(effects)
}

type Jobs = { begun: string[]; effects: Effect[]; events: Event[]; sites: string[] }

function checkJobs({ begun, effects, events, sites }: Jobs): void {
  expect(begun.toSorted()).toEqual([...new Set(begun)].sort())
  const jobs = effects.filter((one) => one.kind === 'dispatch-job')
  expect(jobs.map((one) => one.payload.site).sort()).toEqual(sites.toSorted())
  expect(jobs.filter((one) => !['done', 'refused', 'unsure'].includes(one.state))).toEqual([])
  const submitted = events.flatMap((event) => (event.type === 'JobSubmitted' ? [event.data.nativeId] : []))
  expect(submitted.toSorted()).toEqual([...new Set(submitted)].sort())
  const unsure = jobs.filter((one) => one.state === 'unsure').map((one) => String(one.payload.site))
  expect(submitted.filter((label) => !begun.includes(label))).toEqual([])
  expect(begun.filter((label) => !submitted.includes(label) && !unsure.some((site) => label.endsWith(`-${site}`)))).toEqual([])
}

type Mails = { mails: readonly string[]; effects: Effect[]; events: Event[] }

function checkMails({ mails, effects, events }: Mails): void {
  expect(mails.toSorted()).toEqual([...new Set(mails)].sort())
  const sending = new Map(events.flatMap((event) => (event.type === 'MailSending' ? [[event.data.messageId, event.data.effect]] : [])))
  const accepted = events.flatMap((event) => (event.type === 'MailAccepted' ? [event.data.messageId] : []))
  const unsure = new Set(effects.filter((one) => one.state === 'unsure').map((one) => one.id))
  expect(accepted.filter((id) => !mails.includes(id))).toEqual([])
  expect(mails.filter((id) => !accepted.includes(id) && !unsure.has(sending.get(id) ?? ''))).toEqual([])
  const open = effects.filter((one) => one.kind === 'send-mail' && !['done', 'refused', 'unsure'].includes(one.state))
  expect(open).toEqual([])
}
