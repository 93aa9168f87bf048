import { z } from 'zod'
import { may, seesNgi } from '../../../domain/account.ts'
import { consentOf } from '../../../domain/consent.ts'
import { approvalOf } from '../../../domain/run-state.ts'
import { allowedActions, orderWords } from '../../../domain/task.ts'
import { durationWords } from '../../../domain/text.ts'
import type { PlannedRun } from '../../../domain/work.ts'
import { changesSince } from '../../../earlier-plan.ts'
import { type Asked, reading } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { phaseWords } from './words.ts'

const PlanData = z.object({
  run: z.string(),
  hash: z.string(),
  phase: z.string(),
  plannedBy: z.string(),
  approvals: z.array(z.object({ by: z.string(), at: z.number(), hash: z.string() })),
  isApproved: z.boolean(),
  sites: z.array(
    z.object({
      name: z.string(),
      country: z.string(),
      ngi: z.string(),
      submitter: z.string(),
      endpoint: z.string(),
      canary: z.boolean(),
      alerted: z.boolean(),
      consent: z.string(),
    }),
  ),
  excluded: z.array(z.object({ name: z.string(), reason: z.string() })),
  limits: z.record(z.string(), z.number()),
  /** The newest approved plan of the scenario, or the one that was asked for, and what is otherwise here. */
  before: z
    .object({
      run: z.string(),
      isApproved: z.boolean(),
      changes: z.array(z.object({ what: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
    })
    .nullable(),
})
type PlanData = z.infer<typeof PlanData>

/** What will happen where, who is left out and why, and whose word it rests on. */
export const planPage = reading({
  name: 'plan',
  path: '/runs/:run/plan',
  summary: 'The plan of a run: its sites, who is left out and why, limits, consents and approvals',
  need: { run: 'read' },
  query: z.object({ with: z.string().max(200).default('') }),
  answer: PlanData,
  read: async (asked) => {
    const { run, viewer, office } = asked
    const { plan, phase, plannedBy = '', approvals } = run!
    const now = office.instance.clock.now()
    const own = plan.sites.filter(({ ngi }) => seesNgi(viewer.account, ngi))
    return {
      ...{ run: plan.id, hash: plan.hash, phase, plannedBy, isApproved: approvalOf(run!) !== undefined },
      approvals: approvals.map(({ by, at, hash }) => ({ by, at, hash })),
      sites: own.map((site) => ({
        ...{ name: site.name, country: site.country, ngi: site.ngi, submitter: site.submitter, endpoint: site.endpoint },
        ...{ canary: site.canary === true, alerted: site.alerted === true, consent: consentOf(run!, site, now).is },
      })),
      // Who is left out may be of any NGI: it concerns those who see all.
      excluded: own.length === plan.sites.length ? plan.excluded.map(({ name, reason }) => ({ name, reason })) : [],
      limits: plan.run.limits,
      before:
        (await changesSince(office.instance.store, run!, { with: asked.query.with, sees: (ngi) => seesNgi(viewer.account, ngi) })) ?? null,
    }
  },
  page: (data, asked) => ({ title: `Plan: ${asked.run!.scenario.title}`, template: 'plan', view: viewOf(data, asked) }),
})

function viewOf(data: PlanData, { run, viewer }: Asked): object {
  const { plan, scenario, launchedMs, stopped } = run!
  const isMine = may(viewer.account, 'act', { ngis: plan.sites.map(({ ngi }) => ngi) })
  const isOpen = isMine && launchedMs === undefined && stopped === undefined
  const mayApprove = isOpen && !data.isApproved
  return {
    ...data,
    runPath: pathOfRun(plan.id),
    phaseWords: phaseWords[run!.phase],
    window: { fromMs: Date.parse(plan.run.window.from), toMs: Date.parse(plan.run.window.to) },
    rehearsal: plan.run.rehearsal,
    basis: plan.run.consent.basis,
    basisBy: plan.run.consent.by,
    vo: plan.run.vo.name,
    identities: plan.run.identities,
    whatHappens: whatHappens(run!),
    parties: plan.parties.map(({ role, name }) => ({ role, name })),
    sites: data.sites.map((site) => ({ ...site, consentPath: `${pathOfRun(plan.id)}/consents`, isMissing: site.consent === 'missing' })),
    countries: new Set(data.sites.map(({ country }) => country)).size,
    reasons: reasonsOf(data.excluded),
    before: data.before ?? false,
    beforePath: data.before === null ? '' : `${pathOfRun(data.before.run)}/plan`,
    ...{ mayApprove, isMine },
    isPlanner: viewer.account.name === data.plannedBy,
    mayLaunch: isOpen && data.isApproved,
    limits: Object.entries(data.limits).map(([name, most]) => ({ name: limitNames[name] ?? name, most })),
    scenarioId: scenario.id,
  }
}

const limitNames: Record<string, string> = {
  sites: 'sites',
  jobsPerSite: 'jobs at a site',
  mails: 'letters',
  cpuSeconds: 'processor seconds of all agents',
  heartbeats: 'heartbeats',
}

/** What the agents do, in the order in which they do it. */
function whatHappens({ scenario: { job } }: PlannedRun): string[] {
  if (job === undefined) return ['No job is sent: the scenario lives of letters alone.']
  const tasks = job.tasks.map(({ after, ...order }) => `${durationWords(after)} after its start each agent will ${orderWords(order)}`)
  return [
    'A harmless job goes to each site, as the identity below.',
    ...tasks,
    `Nothing else can be asked of an agent but: ${allowedActions(job.actions).join(', ')}.`,
  ]
}

/** Kinds of reasons, the most frequent first, each with its sites. */
function reasonsOf(excluded: PlanData['excluded']): object[] {
  const kinds = new Map<string, string[]>()
  for (const { name, reason } of excluded) {
    const kind = reason.replace(/ \(.*\)$/, '')
    kinds.set(kind, [...(kinds.get(kind) ?? []), name])
  }
  return [...kinds]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([reason, names]) => ({ reason, count: names.length, names: names.join(', ') }))
}
