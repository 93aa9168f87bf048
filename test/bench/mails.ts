import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { generateKey } from 'openpgp'
import { SMTPServer } from 'smtp-server'
import { approveRun } from '../../core/app/approve-run.ts'
import { createEngine } from '../../core/app/engine.ts'
import { orderLetter } from '../../core/app/order-letter.ts'
import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { createReach } from '../../core/context.ts'
import type { Plan } from '../../core/domain/plan.ts'
import { type Instance, queueOf } from '../../core/instance.ts'
import type { MailCrypto } from '../../core/io/mail/compose-mail.ts'
import { openMailCrypto } from '../../core/io/mail/signing.ts'
import { createMailer } from '../../core/io/mail/smtp-mailer.ts'
import { loadMailTemplates } from '../../core/plugins.ts'
import type { Mailer } from '../../core/ports.ts'
import { joinDeps } from '../../core/worker.ts'
import type { Figure } from './figures.ts'
import { listenerUrls, noopSubmitter, planRequest } from './run-of-many.ts'

/** As `serve` does. */
const WORKERS = 16
const TICK_MS = 1_000

/** Seconds from an officer's order of so many letters to the last one's acceptance in the log, over real SMTP. */
export async function measureMails(instance: Instance, { rounds, mails }: { rounds: number; mails: number }): Promise<Figure[]> {
  const seconds = { plain: [] as number[], signed: [] as number[] }
  const crypto = await openSigning(instance.config.home)
  // The first round warms up and does not count.
  for (let round = -1; round < rounds; round += 1) {
    const plain = await mailRound(instance, { name: `mails-${round + 1}`, seed: 1_000 + round, mails })
    const signed = await mailRound(instance, { name: `signed-${round + 1}`, seed: 2_000 + round, mails, crypto })
    if (round < 0) continue
    seconds.plain.push(plain / 1_000)
    seconds.signed.push(signed / 1_000)
  }
  const remark = `${mails} mails to as many domains over ${WORKERS} connections`
  return [
    { name: 'mails: order, outbox, gate, writing, SMTP, log', unit: 's', values: seconds.plain, goal: { most: 10 }, digits: 1, remark },
    { name: 'the same, signed with OpenPGP', unit: 's', values: seconds.signed, digits: 1, remark },
  ]
}

async function openSigning(home: string): Promise<MailCrypto | undefined> {
  const { privateKey } = await generateKey({ userIDs: { name: 'Bench', email: 'ssc@ssc.example' } })
  const keyFile = join(home, 'bench-key.asc')
  writeFileSync(keyFile, privateKey, { mode: 0o600 })
  return openMailCrypto({ openpgp: { keyFile, encrypt: 'never' } }, { home, log: () => {} })
}

type Round = { name: string; seed: number; mails: number; crypto?: MailCrypto | undefined }

async function mailRound(instance: Instance, { name, seed, mails, crypto }: Round): Promise<number> {
  const sink = await startSink()
  const mailer = createMailer({ host: '127.0.0.1', port: sink.port, maxConnections: WORKERS })
  const reach = createReach(instance.config)
  const deps = joinDeps(instance, { ...outside(instance, mailer, reach), crypto })
  const queue = queueOf(instance, name, (error) => deps.log('the queue failed', { reason: error.message }))
  const engine = createEngine(deps, queue)
  const plan = await approvedPlan(instance, seed, mails)
  const start = performance.now()
  engine.start(WORKERS)
  await orderLetter(instance, { run: plan.id, mail: 'invitation', role: 'site', text: '', by: 'bench', id: 'first' }, plan.sites)
  await engine.tick(plan.id)
  const timer = setInterval(() => void engine.tick(plan.id), TICK_MS)
  try {
    await untilOver(instance, plan.id)
    const ms = performance.now() - start
    await checkAll(instance, plan.id, { sink, mails })
    return ms
  } finally {
    clearInterval(timer)
    await queue.flush()
    await engine.close()
    await reach.close()
    mailer.close()
    await sink.close()
  }
}

type Sink = { port: number; ids: string[]; close(): Promise<void> }

/** A mail server that takes every mail at once, and remembers whose it was. */
async function startSink(): Promise<Sink> {
  const ids: string[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onData: async (stream, _session, done) => {
      const mail = Buffer.concat(await stream.toArray()).toString('latin1')
      ids.push(/^Message-ID: (.*)\r$/m.exec(mail)?.[1] ?? '')
      done()
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const close = () => new Promise<void>((resolve) => server.close(resolve))
  return { port: (server.server.address() as AddressInfo).port, ids, close }
}

async function approvedPlan(instance: Instance, seed: number, sites: number): Promise<Plan> {
  const request = planRequest(seed, sites)
  const plan = planRun(request)
  await keepPlan(instance, request, { plan, by: 'planner' })
  await approveRun(instance, plan.id, 'bench')
  return plan
}

async function untilOver({ store }: Instance, run: string): Promise<void> {
  while ((await store.effects(run, ['queued', 'doing', 'deferred'])).length > 0) await pause(5)
}

/** Every mail is in the log as accepted, and came once, or the figures are void. */
async function checkAll({ store }: Instance, run: string, { sink, mails }: { sink: Sink; mails: number }): Promise<void> {
  const accepted = (await store.readRun(run)).filter((event) => event.type === 'MailAccepted').length
  const different = new Set(sink.ids).size
  if (accepted === mails && different === mails && sink.ids.length === mails) return
  throw new Error(`of ${mails} mails ${accepted} are in the log, and ${sink.ids.length} came, ${different} of them different`)
}

function outside(instance: Instance, mailer: Mailer, reach: ReturnType<typeof createReach>): Parameters<typeof joinDeps>[1] {
  const submitter = noopSubmitter(0, () => {})
  return {
    mailer,
    plugins: { submitters: new Map([[submitter.name, submitter]]), probers: new Map() },
    reach,
    templates: loadMailTemplates(instance.config.home),
    listenerUrls,
    log: (message, data) => process.stderr.write(`${message} ${JSON.stringify(data)}\n`),
  }
}
