import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { approveRun } from '../../core/app/approve-run.ts'
import { createEngine } from '../../core/app/engine.ts'
import { launchRun } from '../../core/app/launch-run.ts'
import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { stopRun } from '../../core/app/stop-run.ts'
import { createReach } from '../../core/context.ts'
import { type ChallengeEvent, partyStream } from '../../core/domain/event.ts'
import { type Instance, queueOf } from '../../core/instance.ts'
import { createMailer } from '../../core/io/mail/smtp-mailer.ts'
import { loadMailTemplates } from '../../core/plugins.ts'
import { reportOf } from '../../core/report.ts'
import { joinDeps } from '../../core/worker.ts'
import { noopSubmitter, planRequest } from '../bench/run-of-many.ts'
import { anIdentity, makeList, serialOf } from '../io/crl-rig.ts'
import { HAS_OPENSSL, openGridCa, USER } from '../io/grid-ca.ts'
import { openPeers } from '../io/http-rig.ts'
import { waitUntil } from '../services/process.ts'
import { makePlace, type Place } from './place.ts'
import { startSink } from './sink.ts'

const HOUR_MS = 3_600_000
const CA = 'ca-Example_CA'
const endings: (() => unknown)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A CA with a web server whose list the test sets; the place knows its folder and the user's certificate. */
async function openCa(place: Place) {
  const ca = openGridCa()
  const peers = openPeers()
  endings.push(ca.remove, peers.close)
  const web = { list: makeList(ca), asked: 0 }
  const url = await peers.http((_, response) => {
    web.asked++
    response.end(web.list)
  })
  writeFileSync(join(place.home, 'config.yaml'), stringify({ certificates: ca.caFolder }))
  const identity = anIdentity({ renewable: { kind: 'certificate', file: ca.user.cert } })
  writeFileSync(join(place.home, 'identities.yaml'), stringify([identity]))
  return { ca, web, crl: `${url}/ca.crl` }
}

/** A launched run with one CA that is told at once, and whose list is looked into every second for a while. */
async function launch(instance: Instance, place: Place, crl: string) {
  const sink = await startSink()
  endings.push(sink.close)
  const mailer = createMailer({ host: '127.0.0.1', port: sink.port })
  endings.push(() => mailer.close())
  const noop = noopSubmitter(0, () => {})
  const plugins = { submitters: new Map([[noop.name, noop]]), probers: new Map() }
  const reach = createReach(instance.config)
  endings.push(reach.close)
  const templates = loadMailTemplates(place.home)
  const deps = joinDeps(instance, { mailer, plugins, reach, templates, listenerUrls: ['http://127.0.0.1:8471'], log: () => {} })
  const wish = planRequest(1, 1)
  const party = { role: 'ca' as const, name: 'Example CA', address: 'ra@ca.example', timeZone: 'UTC', country: 'EU', crl }
  const identities = { ...wish.run.identities, attacker: USER }
  const { mails } = wish.scenario
  const scenario = { ...wish.scenario, watch: { every: 1_000, for: 60_000, later: 30 * 24 * HOUR_MS }, mails: { ...mails, notifyAfter: 0 } }
  const request = { ...wish, scenario, run: { ...wish.run, rehearsal: true, alertAnyTime: true, identities, parties: [party] } }
  const plan = planRun(request)
  await keepPlan(instance, request, { plan, by: 'planner' })
  await approveRun(instance, plan.id, 'officer')
  await launchRun(deps, { run: plan.id, by: 'officer', agentsStartMs: Date.now(), agentsEndMs: Date.now() + HOUR_MS })
  const engine = createEngine(
    deps,
    queueOf(instance, 'runs', () => {}),
  )
  engine.start(4)
  return { run: plan.id, engine, sink }
}

describe.skipIf(!HAS_OPENSSL)('given a run with a CA that is told of a stolen certificate (skipped where there is no openssl)', () => {
  test('when it revokes it, then its list is read until then, the light follows, and after a stop nobody asks', async () => {
    const place = await makePlace()
    endings.push(place.remove)
    const { ca, web, crl } = await openCa(place)
    await place.look(async (instance) => {
      const { run, engine, sink } = await launch(instance, place, crl)
      endings.push(engine.close)
      const seen = async () => {
        await engine.tick(run)
        const events = (await instance.store.readStream(partyStream(run, CA))) as ChallengeEvent[]
        return events.flatMap((one) => (one.type === 'RevocationSeen' ? [one.data.listed] : []))
      }
      const light = async () => {
        const { parties } = await reportOf(instance, run)
        return parties.find((one) => one.party === CA)?.scores.find((one) => one.expectation === 'revoked')?.light
      }
      await waitUntil(async () => (await seen()).length === 1 && web.asked > 1, 'two looks into the list')
      expect(sink.taken.map((mail) => mail.to)).toContain('ra@ca.example')
      expect([await seen(), await light()]).toEqual([['no'], 'pending'])
      web.list = makeList(ca, { serials: [serialOf(ca.user)] })
      await waitUntil(async () => (await seen()).length === 2, 'the certificate in the list')
      expect([await seen(), await light()]).toEqual([['no', 'yes'], 'green'])
      const asked = web.asked
      const done = async () => (await instance.store.effects(run, ['done'])).filter((one) => one.kind === 'probe-crl').length
      const before = await done()
      await waitUntil(async () => (await seen()).length === 2 && (await done()) > before, 'one more round')
      expect(web.asked).toBe(asked)
      await stopRun(instance, { run, by: 'officer', reason: 'enough' })
      const refused = async () => (await instance.store.effects(run, ['refused'])).length
      await waitUntil(async () => (await seen()).length === 2 && (await done()) + (await refused()) > before + 1, 'a round after the stop')
      expect(web.asked).toBe(asked)
      for (const end of endings.splice(1).reverse()) await end()
    })
  })
})
