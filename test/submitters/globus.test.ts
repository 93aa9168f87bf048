import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { readNativeId } from '../../submitters/globus/contact.ts'
import { lookRsl } from '../../submitters/globus/rsl.ts'
import { becomes, LONG, type SubmitterRig, statusOf, submitted } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { describeGrid } from '../services/grid.ts'
import { processesIn } from '../services/process.ts'
import { type GramPlace, openGram, submitter } from './globus-rig.ts'

const NO_NAME = 'GRAM5 has no name for a job by which it could be looked up, and takes every request as a new job'

describeGrid('given a real GRAM5 gatekeeper', ['gram'], () => {
  let gram: GramPlace

  beforeAll(async () => {
    gram = await openGram()
  })
  afterAll(() => gram?.close())

  submitterConformance('globus', () => gram.makeRig(), [
    {
      reason: NO_NAME,
      tests: [
        'when the same label is submitted again, also at once, then one job is begun',
        'when the job has ended, then the same label begins no second one',
        'when a label is looked for, then its id is found, and only when there is a job',
        'when a worker looks for a label that another one sent, with none of its files, then it finds the job all the same',
      ],
    },
  ])

  const withRig = (title: string, test: (rig: SubmitterRig) => Promise<void>) =>
    it(title, async () => {
      const rig = await gram.makeRig()
      try {
        await test(rig)
      } finally {
        await rig.close()
      }
    })

  withRig('when the identity is banned, then its job is followed and cancelled, and DONE is no proof any more', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    await rig.ban?.('SITE-ONE', '')
    expect((await statusOf(rig, id)).state).toBe('running')
    expect((await submitter.cancel?.([id], rig.ctx))?.get(id)).toEqual({ ok: true, value: null })
    await vi.waitFor(async () => expect(await statusOf(rig, id)).toEqual({ state: 'unknown', native: 'DONE' }), { timeout: 20_000 })
    await gram.place.run('ca', 'allow', 'user')
    await becomes(rig, id, 'cancelled')
  })

  withRig('when the job manager is killed under a running job, then DONE is unknown, and its end is seen all the same', async (rig) => {
    const id = await submitted(rig, 'job-1', 'while [ ! -e go ]; do sleep 1; done\nexit 4\n')
    await vi.waitFor(async () => expect(await rig.begun('job-1')).toBe(1), { timeout: 10_000 })
    gram.killManager()
    expect(await statusOf(rig, id)).toEqual({ state: 'unknown', native: 'DONE' })
    writeFileSync(join(gram.jobs, readNativeId(id)?.key ?? '', 'go'), '')
    await becomes(rig, id, 'failed')
    expect((await statusOf(rig, id)).native).toBe('DONE, exit 4')
  })

  withRig('when the job manager begins anew at another port, then its job is cancelled there', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    await vi.waitFor(async () => expect(await rig.begun('job-1')).toBe(1), { timeout: 10_000 })
    gram.killManager()
    expect((await submitter.cancel?.([id], rig.ctx))?.get(id)).toEqual({ ok: true, value: null })
    expect(processesIn(join(gram.jobs, readNativeId(id)?.key ?? ''))).toEqual([])
    await becomes(rig, id, 'cancelled')
  })

  withRig('when looks are switched off, then DONE is unknown, and there is no output', async (rig) => {
    const id = await submitted(rig, 'job-1', LONG)
    const blind = gram.contextOf(undefined, { options: { looks: false } })
    await submitter.cancel?.([id], rig.ctx)
    expect(await statusOf({ submitter, ctx: blind.ctx }, id)).toEqual({ state: 'unknown', native: 'DONE' })
    expect(await submitter.output?.(id, blind.ctx)).toMatchObject({ ok: false, transient: false })
    await blind.close()
  })

  withRig('when words of any kind are written in RSL, then the job gets exactly these', async (rig) => {
    const words = ['a b', '"', "'", '""', '$(HOME)', '$HOME `id`', '\\ \\n', 'é', '(&|+)', '#', '^x^', '', 'one\ntwo', '-n', '=<>!']
    const rsl = lookRsl('printf "<%s>\\n" "$@"\n', words)
    const ran = await rig.ctx.withFiles({ 'words.rsl': rsl }, (folder) =>
      rig.ctx.run(['globusrun', '-o', '-r', gram.env.GRAM_CONTACT ?? '', '-f', `${folder}/words.rsl`]),
    )
    expect(ran.out).toBe(words.map((word) => `<${word}>\n`).join(''))
  })

  withRig('when a script holds any text, then the job runs exactly that', async (rig) => {
    const text = `"'$(HOME) \\ \t é ()&|^ #`
    const id = await submitted(rig, 'job-1', `cat <<'END'\n${text}\nEND\n`)
    await becomes(rig, id, 'ended')
    expect(await submitter.output?.(id, rig.ctx)).toEqual({ ok: true, value: `${text}\n` })
  })

  withRig('when a script is as long as a request can be, then it runs, and a longer one is refused for good', async (rig) => {
    const noise = (bytes: number) => `: ${randomBytes(bytes).toString('base64')}\necho done\n`
    const id = await submitted(rig, 'job-1', noise(42_000))
    await becomes(rig, id, 'ended')
    expect(await submitter.submit(rig.job('job-2', noise(48_000)), rig.ctx)).toMatchObject({ ok: false, transient: false })
    expect(await rig.begun('job-2')).toBe(0)
  })

  it.each([
    ['revoked', () => gram.contextOf(gram.env.PROXY_REVOKED)],
    ['sent without the CA of the server', () => gram.contextOf(undefined, { caFolder: '/nonexistent' })],
    ['not there', () => gram.contextOf('/nonexistent')],
  ])('when the credential is %s, then the probe is unknown, and no job is begun', async (_, make) => {
    const { ctx, close } = make()
    const rig = await gram.makeRig()
    const request = rig.job('job-1', LONG)
    expect((await submitter.probe?.(request, ctx))?.access).toBe('unknown')
    expect(await submitter.submit(request, ctx)).toMatchObject({ ok: false, transient: true })
    expect(await rig.begun('job-1')).toBe(0)
    await rig.close()
    await close()
  })

  it('when the gatekeeper is silent, then its probe is unreachable and leaves no process', async () => {
    const { ctx, close } = gram.contextOf(undefined, { options: { callSeconds: 5 } })
    const rig = await gram.makeRig()
    expect((await submitter.probe?.({ ...rig.job('x', ''), endpoint: gram.silent }, ctx))?.access).toBe('unreachable')
    expect(processesIn(gram.silent)).toEqual([])
    await rig.close()
    await close()
  })
})
