import { describe } from 'vitest'
import type { JobRequest, SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/htcondor/index.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { openSchedd, requestOf, type Schedd, writeToken } from './htcondor-rig.ts'

const HOSTILE_ENDPOINTS: Partial<JobRequest>[] = [
  '',
  '-remote',
  'http://127.0.0.1:9619',
  'condor://user@127.0.0.1',
  '127.0.0.1:99999',
  '127.0.0.1:9619/x',
  '127.0.0.1 -debug',
  '127.0.0.1;id',
  '<127.0.0.1:9619>',
  '127.0.0.1\nx',
  '$(HOST)',
].map((endpoint) => ({ endpoint }))

const HOSTILE_NAMES: Partial<JobRequest>[] = [
  '',
  'T2_XX_One"',
  'T2_XX_One"\n+Owner = "root',
  '$(FULL_HOSTNAME)',
  '$ENV(HOME)',
  '$$(Name)',
  'a\\',
  'a,b',
  'é',
].map((voName) => ({ voName }))

let restarts = 0

/** A new instance of the plug-in alone: the core's classes of errors stay what the suite compares with. */
async function restart(): Promise<typeof submitter> {
  const again = `../../submitters/htcondor/index.ts?again=${restarts++}`
  return (await import(again)).submitter
}

type Way = { options: Record<string, unknown>; request: SubmitterRig['job']; prefix: string; hostile: Partial<JobRequest>[] }

async function makeRig({ options, request, prefix, hostile }: Way): Promise<SubmitterRig> {
  const schedd = openSchedd(options)
  const set = async (mode: Parameters<typeof schedd.set>[0]) => {
    schedd.set(mode)
    return {}
  }
  return {
    submitter,
    ctx: schedd.context(),
    job: request,
    restart,
    begun: async (label) => schedd.lines('ledger').filter((line) => line === `begun ${label}`).length,
    unknownId: `${prefix}987654.0`,
    siteCancel: async (id) => void (await schedd.command('condor_rm', id.replace(/^.*\//, ''))),
    ban: async () => schedd.set('denied'),
    cases: {
      denied: () => set('denied'),
      expired: async () => ({ ctx: schedd.context({ identity: { tokenFile: writeToken(schedd.state, 'old', -60) } }) }),
      dead: async () => ({ ctx: openAway(schedd, options) }),
      hanging: async () => {
        schedd.set('hanging')
        return { ctx: schedd.context({ signal: AbortSignal.timeout(2_500) }) }
      },
      bad: async () => ({ ...(await set('bad')), words: /does not accept vanilla universe jobs/ }),
    },
    hostile,
    close: () => schedd.close(),
  }
}

/** The same commands, but they find nobody: the job that runs keeps its state. */
function openAway(schedd: Schedd, options: Record<string, unknown>): SubmitterContext {
  const away = openSchedd(options)
  away.set('dead')
  const close = schedd.close
  schedd.close = async () => {
    await away.close()
    await close()
  }
  return away.context()
}

describe("given a site's computing element", () => {
  submitterConformance('htcondor', () =>
    makeRig({ options: {}, request: requestOf('127.0.0.1:9619'), prefix: 'condor://127.0.0.1:9619/', hostile: HOSTILE_ENDPOINTS }),
  )
})

describe('given a schedd of the VO', () => {
  const options = { pool: '127.0.0.1:9618', schedd: 'submit@vo.example' }
  submitterConformance('htcondor', () =>
    makeRig({ options, request: requestOf('condor://127.0.0.1:9618', 'T2_XX_One'), prefix: '', hostile: HOSTILE_NAMES }),
  )
})
