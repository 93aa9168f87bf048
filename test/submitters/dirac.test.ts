import type { Submitter } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/dirac/index.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { setState } from '../services/diracx/states.ts'
import { startStub } from '../services/diracx/stub.ts'
import { CANNOT, contexts, elsewhere, freshSubmitter, HOSTILE, IDENTITY, jobThrough, silence } from './dirac-rig.ts'

const MALLORY = { name: 'mallory', properties: ['NormalUser'] }

async function makeRig(options: { sandboxes: boolean }): Promise<SubmitterRig> {
  const [stub, quiet] = [await startStub(), await silence()]
  const places = contexts()
  stub.tokens.set('good', MALLORY).set('powerless', { name: 'mallory', properties: [] })
  const make = (settings: { server?: string; token?: string; jobType?: string; signal?: AbortSignal } = {}) => {
    const { server = stub.url, token = 'good', jobType = 'User', signal = new AbortController().signal } = settings
    // The store is where output comes from; scripts travel in the JDL when it is not known at submission.
    const tokenFile = places.token(`${token}.token`, token)
    return places.make({ options: { server, jobType, sandboxStore: stub.store.url }, identity: { subject: IDENTITY, tokenFile }, signal })
  }
  const good = make()
  const embedding = places.make({
    options: { server: stub.url },
    identity: { subject: IDENTITY, tokenFile: places.token('good.token', 'good') },
  })
  const submitEmbedded: Submitter['submit'] = (job, ctx) => submitter.submit(job, ctx === good ? embedding : ctx)
  const own: Submitter = options.sandboxes ? submitter : { ...submitter, submit: submitEmbedded }
  return {
    submitter: own,
    ctx: good,
    job: jobThrough(stub.url),
    restart: freshSubmitter,
    begun: async (label) => stub.begun.filter((one) => one === label).length,
    unknownId: '123456789',
    siteCancel: async (id) => {
      const job = stub.jobs.get(Number(id))
      if (job === undefined || !setState(stub, job, { status: 'Killed', minor: 'Marked for termination' }))
        throw new Error(`not killed: ${id}`)
    },
    ban: async () => void stub.banned.add('mallory'),
    cases: {
      denied: async () => ({ ctx: make({ token: 'powerless' }) }),
      expired: async () => ({ ctx: make({ token: 'out-of-date' }) }),
      dead: async () => elsewhere((server) => make({ server }), quiet.dead),
      hanging: async () => elsewhere((server) => make({ server, signal: AbortSignal.timeout(1_500) }), quiet.hanging),
      bad: async () => ({ ctx: make({ jobType: 'Nonsense' }), words: /JDL syntax error/ }),
    },
    hostile: HOSTILE,
    patienceMs: 15_000,
    close: async () => {
      await Promise.all([stub.close(), quiet.close()])
      await places.close()
    },
  }
}

submitterConformance('dirac', () => makeRig({ sandboxes: true }), CANNOT)
submitterConformance('dirac', () => makeRig({ sandboxes: false }), CANNOT)
