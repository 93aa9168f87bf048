import { createHash } from 'node:crypto'
import { setState } from './states.ts'
import type { Job, World } from './stub.ts'

/** What optimizers, matcher and pilot do with a job, without their waiting. */
export function runJob(world: World, job: Job): void {
  if (world.isHeld) return
  const work = carryOut(world, job).catch((error) => {
    job.application = String(error)
    setState(world, job, { status: 'Failed', minor: 'Exception During Execution' })
  })
  world.works.add(work)
  void work.finally(() => world.works.delete(work))
}

async function carryOut(world: World, job: Job): Promise<void> {
  const steps = [
    ['Checking', 'JobSanity'],
    ['Waiting', 'Pilot Agent Submission'],
    ['Matched', 'Assigned'],
    ['Running', 'Application'],
  ] as const
  for (const [status, minor] of steps) if (!setState(world, job, { status, minor })) return
  world.begun.push(job.jdl.JobName ?? '')
  const key = (job.jdl.InputSandbox ?? '').split('/S3/sandboxes/')[1]
  const inputSandbox = key === undefined ? undefined : world.store.objects.get(key)
  const { code, outputSandbox } = await world.executor.start({ id: job.id, jdl: job.jdl, inputSandbox })
  const outputKey = `ops/user/${job.owner}/sha256:${createHash('sha256').update(outputSandbox).digest('hex')}.tar.zst`
  world.store.objects.set(outputKey, outputSandbox)
  job.output.push(`SB:SandboxSE|/S3/sandboxes/${outputKey}`)
  setState(world, job, {
    status: 'Completing',
    minor: code === 0 ? 'Application Finished Successfully' : 'Application Finished With Errors',
  })
  setState(
    world,
    job,
    code === 0 ? { status: 'Done', minor: 'Execution Complete' } : { status: 'Failed', minor: 'Application Finished With Errors' },
  )
}
