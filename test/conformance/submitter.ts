import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { badCases, fate, statesOf } from './bad-cases.ts'
import { becomes, type Cannot, type Check, LONG, type SubmitterRig, statusOf, submitted } from './rig.ts'

const HOSTILE = ['', '.', '..', '../up', 'a/b', '.hidden', 'a b', 'a\nb', '$(touch pwned)', "a'b", 'a;b', 'a\0b', 'é', 'x'.repeat(300)]

/** What the worker relies on, whatever the job system. */
export function submitterConformance(name: string, make: () => Promise<SubmitterRig>, cannot: readonly Cannot[] = []): void {
  const rigs: SubmitterRig[] = []
  const titles = new Set<string>()
  const start = async () => {
    const made = await make()
    // As the worker has it: the call is about the endpoint of the job.
    const rig = { ...made, ctx: { ...made.ctx, endpoints: [made.job('job-1', '').endpoint] } }
    rigs.push(rig)
    return rig
  }
  afterEach(async () => {
    for (const rig of rigs.splice(0)) await rig.close()
  })
  const check = (title: string, test: (rig: SubmitterRig) => Promise<void>) => {
    titles.add(title)
    if (!cannot.some(({ tests }) => tests.includes(title))) it(title, async () => test(await start()))
  }

  describe(`given the submitter ${name}`, () => {
    description(check)
    ends(check)
    identity(check)
    cancelling(check)
    clearing(check)
    outputs(check)
    refusals(check)
    badCases(check)
    it('when it cannot have a case, then its readme says why', () => {
      const readme = readFileSync(fileURLToPath(new URL(`../../submitters/${name}/readme.md`, import.meta.url)), 'utf8').replace(
        /\s+/g,
        ' ',
      )
      for (const { reason, tests } of cannot) {
        expect(readme).toContain(reason)
        for (const test of tests) expect(titles).toContain(test)
      }
    })
  })
}

function description(check: Check): void {
  check('when it is read, then it describes itself', async ({ submitter }) => {
    expect(submitter.name).toMatch(/^[a-z0-9][a-z0-9-]*$/)
    expect(submitter.summary.length).toBeGreaterThan(10)
    expect(submitter.serviceTypes.length).toBeGreaterThan(0)
  })

  check('when it is checked in a good place, then nothing is wrong', async ({ submitter, ctx }) => {
    expect(await submitter.check(ctx)).toEqual([])
  })
}

function ends(check: Check): void {
  check('when a job ends well, then it is seen to run and to end', async (rig) => {
    const id = await submitted(rig, 'job-1', 'sleep 3\nexit 0\n')
    await becomes(rig, id, 'running')
    await becomes(rig, id, 'ended')
  })

  check('when a job ends with an exit code, then it failed and the code is told', async (rig) => {
    const id = await submitted(rig, 'job-1', 'exit 3\n')
    await becomes(rig, id, 'failed')
    expect((await statusOf(rig, id)).native).toContain('3')
  })

  check('when an id is unknown, then it is missing, and the others are told all the same', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    const answers = await rig.submitter.status([rig.unknownId, id], rig.ctx)
    expect(answers.get(rig.unknownId)).toMatchObject({ ok: true, value: { state: 'missing' } })
    expect(answers.get(id)).toMatchObject({ ok: true, value: { state: 'running' } })
    expect(answers.size).toBe(2)
  })

  check('when no id is given, then there is no answer', async ({ submitter, ctx }) => {
    expect((await submitter.status([], ctx)).size).toBe(0)
  })
}

function identity(check: Check): void {
  check('when the same label is submitted again, also at once, then one job is begun', async (rig) => {
    const job = rig.job('job-1', LONG)
    const many = await Promise.all([1, 2, 3, 4].map(() => rig.submitter.submit(job, rig.ctx)))
    many.push(await rig.submitter.submit(job, rig.ctx))
    expect(new Set(many.map((one) => one.ok && one.value.nativeId)).size).toBe(1)
    expect(many.every((one) => one.ok)).toBe(true)
    await vi.waitFor(async () => expect(await rig.begun('job-1')).toBe(1), { timeout: rig.patienceMs ?? 10_000 })
  })

  check('when the job has ended, then the same label begins no second one', async (rig) => {
    const id = await submitted(rig, 'job-1', 'exit 0\n')
    await becomes(rig, id, 'ended')
    expect(await submitted(rig, 'job-1', 'exit 0\n')).toBe(id)
    expect(await rig.begun('job-1')).toBe(1)
  })

  check('when a label is looked for, then its id is found, and only when there is a job', async (rig) => {
    const { submitter, ctx } = rig
    expect(await submitter.find?.('job-1', ctx)).toBeUndefined()
    const id = await submitted(rig, 'job-1', LONG)
    expect(await submitter.find?.('job-1', ctx)).toBe(id)
    expect(await submitter.find?.('job-2', ctx)).toBeUndefined()
  })

  check(
    'when a worker looks for a label that another one sent, with none of its files, then it finds the job all the same',
    async (rig) => {
      const id = await submitted(rig, 'job-1', LONG)
      const folder = mkdtempSync(join(tmpdir(), 'ssc-other-'))
      try {
        expect(await rig.submitter.find?.('job-1', { ...rig.ctx, folder })).toBe(id)
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )

  check('when it is restarted, then a new process follows and cancels the jobs by their ids', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    const after = { ...rig, submitter: await rig.restart() }
    expect(after.submitter).not.toBe(rig.submitter)
    expect((await statusOf(after, id)).state).toBe('running')
    await after.submitter.cancel?.([id], rig.ctx)
    await becomes(after, id, 'cancelled')
  })
}

function cancelling(check: Check): void {
  check('when a job is cancelled, also twice, then it is over and that is ok', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    for (let i = 0; i < 2; i++) expect((await rig.submitter.cancel?.([id], rig.ctx))?.get(id)).toMatchObject({ ok: true })
    await becomes(rig, id, 'cancelled')
  })

  check('when an ended job is cancelled, then that is ok and it stays ended', async (rig) => {
    const id = await submitted(rig, 'job-1', 'exit 0\n')
    await becomes(rig, id, 'ended')
    expect((await rig.submitter.cancel?.([id], rig.ctx))?.get(id)).toMatchObject({ ok: true })
    expect((await statusOf(rig, id)).state).toBe('ended')
  })

  check('when one of two ids is unknown, then the other is cancelled', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    const answers = await rig.submitter.cancel?.([rig.unknownId, id], rig.ctx)
    expect(answers?.get(rig.unknownId)).toMatchObject({ ok: false, transient: false })
    expect(answers?.get(id)).toMatchObject({ ok: true })
    await becomes(rig, id, 'cancelled')
  })

  check('when a job does not listen to the polite signal, then it is ended all the same', async (rig) => {
    const id = await submitted(rig, 'job-1', "trap '' TERM INT HUP\necho ready\nwhile :; do sleep 1; done\n")
    await vi.waitFor(async () => expect(await rig.submitter.output?.(id, rig.ctx)).toMatchObject({ value: 'ready\n' }), {
      timeout: rig.patienceMs ?? 20_000,
    })
    await rig.submitter.cancel?.([id], rig.ctx)
    await becomes(rig, id, 'cancelled')
  })
}

function clearing(check: Check): void {
  check('when the site cancels a job, then it is cancelled and the native word is told', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    await rig.siteCancel?.(id)
    await becomes(rig, id, 'cancelled')
    expect((await statusOf(rig, id)).native).not.toBe('')
  })

  check('when an ended job is cleaned, then it is missing; a running one is kept', async (rig) => {
    const ended = await submitted(rig, 'job-1', 'exit 0\n')
    const running = await submitted(rig, 'job-2', LONG)
    await becomes(rig, ended, 'ended')
    await becomes(rig, running, 'running')
    const answers = await rig.submitter.clean?.([ended, running], rig.ctx)
    expect([answers?.get(ended)?.ok, answers?.get(running)?.ok]).toEqual([true, false])
    expect((await statusOf(rig, ended)).state).toBe('missing')
    expect((await statusOf(rig, running)).state).toBe('running')
  })
}

function outputs(check: Check): void {
  check('when a job wrote something, then its output is told', async (rig) => {
    const id = await submitted(rig, 'job-1', 'echo one\necho two >&2\nexit 0\n')
    await becomes(rig, id, 'ended')
    expect(await rig.submitter.output?.(id, rig.ctx)).toEqual({ ok: true, value: 'one\ntwo\n' })
  })

  check('when a job wrote far too much, then no more than 64 KiB is told', async (rig) => {
    const id = await submitted(rig, 'job-1', 'echo first\nhead -c 1000000 /dev/zero | tr "\\0" x\nexit 0\n')
    await becomes(rig, id, 'ended')
    const output = await rig.submitter.output?.(id, rig.ctx)
    expect(output).toMatchObject({ ok: true })
    const text = output?.ok ? output.value : ''
    expect(text.startsWith('first\n')).toBe(true)
    expect(Buffer.byteLength(text)).toBeGreaterThan(10_000)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024)
  })

  check('when the output of an unknown id is asked, then it is refused for good', async ({ submitter, ctx, unknownId }) => {
    expect(await submitter.output?.(unknownId, ctx)).toMatchObject({ ok: false, transient: false })
  })
}

function refusals(check: Check): void {
  check('when a label is hostile, then it is refused for good and nothing is begun', async ({ submitter, ctx, job, begun }) => {
    for (const label of HOSTILE) {
      expect([label, await submitter.submit(job(label, LONG), ctx)]).toMatchObject([label, { ok: false, transient: false }])
      expect(await submitter.find?.(label, ctx)).toBeUndefined()
      expect(await begun(label)).toBe(0)
    }
  })

  check('when an id is hostile, then it is missing, and neither cancelled nor cleaned', async ({ submitter, ctx }) => {
    for (const id of HOSTILE) {
      expect([id, (await submitter.status([id], ctx)).get(id)]).toMatchObject([id, { ok: true, value: { state: 'missing' } }])
      await submitter.cancel?.([id], ctx)
      await submitter.clean?.([id], ctx)
    }
    expect(await submitter.check(ctx)).toEqual([])
  })

  check('when the name of a site is hostile, then it is refused and not probed', async ({ submitter, ctx, job }) => {
    for (const site of HOSTILE) {
      const request = { ...job('job-1', LONG), site }
      expect([site, await submitter.submit(request, ctx)]).toMatchObject([site, { ok: false, transient: false }])
      expect((await submitter.probe?.(request, ctx))?.access ?? 'unknown').toBe('unknown')
    }
    expect(await submitter.find?.('job-1', ctx)).toBeUndefined()
  })

  check('when the site bans the identity, then probe and submit are refused', async ({ submitter, ctx, job, ban }) => {
    const request = job('job-1', LONG)
    if (submitter.probe) expect(await submitter.probe(request, ctx)).toMatchObject({ access: 'accepted' })
    await ban?.(request.site, request.identity)
    if (submitter.probe)
      expect(await submitter.probe(request, ctx)).toMatchObject({ access: 'refused', words: expect.stringMatching(/\w/) })
    expect(await fate(submitter.submit(request, ctx))).toBe('no')
  })

  check('when the call was given up before, then nothing is begun and it may be tried again', async (rig) => {
    const given = { ...rig.ctx, signal: AbortSignal.abort() }
    expect(await fate(rig.submitter.submit(rig.job('job-1', LONG), given))).toBe('again')
    expect(await rig.begun('job-1')).toBe(0)
    const id = await submitted(rig, 'job-1', LONG)
    expect(await statesOf(rig, id, { ctx: given })).toEqual([])
    await rig.submitter.cancel?.([id], given).catch(() => undefined)
    await becomes(rig, id, 'running')
  })
}
