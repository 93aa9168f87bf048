import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { submitter } from '../../submitters/dirac/index.ts'
import { becomes, type Cannot, type SubmitterRig, submitted } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { CANNOT, contexts, elsewhere, freshSubmitter, HOSTILE, IDENTITY, jobThrough, silence } from './dirac-rig.ts'

const VENV = process.env.DIRACX_VENV ?? ''
const SCRIPT = fileURLToPath(new URL('../services/diracx.sh', import.meta.url))
const NO_BAN = 'DiracX does not look a user up at each request: what a token may do stands in the token.'

let work = ''
let env: Record<string, string> = {}

beforeAll(async () => {
  if (!existsSync(join(VENV, 'bin/uvicorn'))) return
  work = mkdtempSync(join(tmpdir(), 'ssc-diracx-'))
  const { stdout } = await promisify(execFile)(SCRIPT, [work, 'start'], { timeout: 170_000 })
  env = Object.fromEntries([...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]))
}, 180_000)

afterAll(async () => {
  if (work === '') return
  await promisify(execFile)(SCRIPT, [work, 'stop'], { timeout: 60_000 })
  rmSync(work, { recursive: true, force: true })
}, 90_000)

let rigs = 0
const open: SubmitterRig[] = []

afterEach(async () => {
  for (const rig of open.splice(0)) await rig.close()
})

async function rigForTest(): Promise<SubmitterRig> {
  const rig = await makeRig()
  open.push(rig)
  return rig
}

/** All tests talk to one DiracX: the labels of each are its own, and it knows of them as job-1, job-2 … */
async function makeRig(): Promise<SubmitterRig> {
  const places = contexts()
  const quiet = await silence()
  const server = env.DIRACX_URL ?? ''
  const own = (label: string) => (/^job-\d+$/.test(label) ? `${label}-${process.pid}-${rig}` : label)
  const rig = ++rigs
  const make = ({ at = server, tokenFile = env.DIRACX_TOKEN ?? '', jobType = 'User', signal = new AbortController().signal } = {}) =>
    places.make({ options: { server: at, jobType, sandboxStore: env.DIRACX_STORE }, identity: { subject: IDENTITY, tokenFile }, signal })
  const job = jobThrough(server)
  const ctx = make()
  return {
    submitter: { ...submitter, find: async (label, given) => submitter.find?.(own(label), given as typeof ctx as never) },
    ctx,
    job: (label, script) => job(own(label), script),
    restart: freshSubmitter,
    begun: async (label) =>
      readFileSync(env.DIRACX_LEDGER ?? '', 'utf8')
        .split('\n')
        .filter((one) => one !== '' && one === own(label)).length,
    unknownId: '123456789',
    siteCancel: async (id) => void (await submitter.cancel?.([id], ctx as never)),
    cases: {
      denied: async () => ({ ctx: make({ tokenFile: env.DIRACX_POWERLESS ?? '' }) }),
      expired: async () => ({ ctx: make({ tokenFile: env.DIRACX_EXPIRED ?? '' }) }),
      dead: async () => elsewhere((at) => make({ at }), quiet.dead),
      hanging: async () => elsewhere((at) => make({ at, signal: AbortSignal.timeout(1_500) }), quiet.hanging),
      bad: async () => ({ ctx: make({ jobType: 'Nonsense' }), words: /JDL syntax error/ }),
    },
    hostile: HOSTILE,
    patienceMs: 20_000,
    close: async () => {
      await quiet.close()
      await places.close()
    },
  }
}

const CANNOT_HERE: readonly Cannot[] = [
  ...CANNOT,
  { reason: NO_BAN, tests: ['when the site bans the identity, then probe and submit are refused'] },
]

const isThere = existsSync(join(VENV, 'bin/uvicorn'))
const reason = isThere ? '' : ' (DIRACX_VENV names no Python environment with DiracX: test/services/diracx.sh WORK install makes one)'

describe.skipIf(!isThere)(`given a real DiracX${reason}`, () => {
  submitterConformance('dirac', makeRig, CANNOT_HERE)

  it('when a script is too large for the JDL, then it comes as a sandbox and runs', async () => {
    const rig = await rigForTest()
    const id = await submitted(rig, 'job-1', `echo large\nexit 0\n${'# filler\n'.repeat(20_000)}`)
    await becomes(rig, id, 'ended')
    expect(await rig.submitter.output?.(id, rig.ctx)).toEqual({ ok: true, value: 'large\n' })
  })

  it('when there is no store of sandboxes, then the script comes in the JDL and runs', async () => {
    const rig = await rigForTest()
    const ctx = { ...rig.ctx, options: { ...(rig.ctx.options as object), sandboxStore: undefined } }
    const outcome = await rig.submitter.submit(rig.job('job-1', 'echo "small; {[%]}"\nexit 0\n'), ctx)
    const id = outcome.ok ? outcome.value.nativeId : ''
    await becomes(rig, id, 'ended')
    expect(await rig.submitter.output?.(id, rig.ctx)).toEqual({ ok: true, value: 'small; {[%]}\n' })
  })
})
