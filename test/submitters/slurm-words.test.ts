import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAnswer, statusIn } from '../../submitters/slurm/answer.ts'
import { nativeIdOf, readEndpoint, readNativeId } from '../../submitters/slurm/endpoint.ts'
import { SlurmOptions } from '../../submitters/slurm/schema.ts'
import { stateOf } from '../../submitters/slurm/states.ts'

const STATES = ['queued', 'running', 'ended', 'failed', 'cancelled', 'missing', 'unknown']

function statusOf(lines: readonly string[], id = '2') {
  const answer = readAnswer(`${lines.join('\n')}\nend\n`)
  return answer === undefined ? undefined : statusIn(answer, id)
}

describe("given the login host's answer", () => {
  const words = fc.constantFrom(
    'ours 2 - -',
    'ours 2 cancelled 0',
    'none 2',
    'state 2|RUNNING|None',
    'state 3|',
    'acct 2|X|0:0',
    'end',
    'state 2|constructor|',
  )
  const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 12 }).map((lines) => lines.join('\n'))

  it('when it is anything, then nothing is thrown and no state is made up', () => {
    fc.assert(
      fc.property(text, (given) => {
        const answer = readAnswer(`${given}\nend\n`)
        const status = answer && statusIn(answer, '2')
        if (status?.ok) expect(STATES).toContain(status.value.state)
        if (!/^(ours|none) 2\b/m.test(given) && status !== undefined) expect(status.ok).toBe(false)
      }),
    )
  })

  it('when its end is cut off, then it is no answer', () => {
    expect(readAnswer('none 2\nstate 2|RUNN')).toBeUndefined()
    expect(readAnswer('')).toBeUndefined()
    expect(readAnswer('end\n')).toBeDefined()
  })

  it.each([
    [['ours 2 - -', 'state 2|RUNNING|None'], { state: 'running', native: 'RUNNING' }],
    [['ours 2 - 3', 'state 2|FAILED|NonZeroExitCode'], { state: 'failed', native: 'FAILED, NonZeroExitCode, exit 3' }],
    [['ours 2 - -', 'state 2|FLYING|None'], { state: 'unknown', native: 'FLYING' }],
    [['ours 2 cancelled 0'], { state: 'cancelled', native: 'exit 0, gone from slurm' }],
    [['ours 2 - -'], { state: 'missing', native: 'gone from slurm without an exit code' }],
    [['none 2'], { state: 'missing', native: 'no folder of this job' }],
  ])('when it is %j, then the status is %j', (lines, value) => {
    expect(statusOf(lines)).toEqual({ ok: true, value })
  })

  it('when slurm tells of a job that is not ours, then it stays missing', () => {
    expect(statusOf(['none 2', 'state 2|RUNNING|None'])).toMatchObject({ value: { state: 'missing' } })
  })
})

describe('given what slurm itself said', () => {
  const fixture = (name: string) => readFileSync(new URL(`../../submitters/slurm/fixtures/${name}`, import.meta.url), 'utf8')

  it('when the words of each state are read, then all are in the table', () => {
    const [id, word = ''] = fixture('status-mixed.out').trim().split('|')
    expect([id, stateOf(word)]).toEqual(['2', 'running'])
    expect(stateOf('constructor')).toBeUndefined()
  })

  it('when accounting is off, then login.sh knows these very words', () => {
    expect(fixture('sacct-without-accounting.err')).toContain('disabled')
    expect(readFileSync(new URL('../../submitters/slurm/login.sh', import.meta.url), 'utf8')).toContain('*disabled*')
  })
})

describe('given endpoints and ids', () => {
  const options = SlurmOptions.parse({})

  it('when an id is anything, then it names one job of one host or nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.webUrl(), fc.constantFrom('ssh://h.example:22/7', 'ssh://h.example/7', '7', '0', '007')),
        (id) => {
          const read = readNativeId(id, options)
          if (read) expect(nativeIdOf(read.host, read.id)).toBe(id)
          const plain = readNativeId(id, { over: 'commands' })
          if (plain) expect(id).toMatch(/^[1-9]\d*$/)
        },
      ),
    )
  })

  it('when an endpoint is anything, then what is read of it is safe in an argument', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `ssh://h.example/${text}`),
        ),
        (endpoint) => {
          const read = readEndpoint(endpoint, options)
          if (read) expect(read.host).toMatch(/^ssh:\/\/[[\]A-Za-z0-9.:-]+:\d+$/)
          if (read?.partition !== undefined) expect(read.partition).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/)
        },
      ),
    )
  })

  it('when an endpoint has a port and a partition, then both are read', () => {
    expect(readEndpoint('ssh://login.site.example:2222/ops', options)).toEqual({ host: 'ssh://login.site.example:2222', partition: 'ops' })
    expect(readEndpoint('ssh://login.site.example', options)).toEqual({ host: 'ssh://login.site.example:22' })
    expect(readEndpoint('slurm://cluster.example/ops', options)).toBeUndefined()
    expect(readEndpoint('slurm://cluster.example/ops', { over: 'commands' })).toEqual({ host: '', partition: 'ops' })
  })

  it('when a folder could lead elsewhere, then the options are refused', () => {
    for (const folder of ['../x', 'a/../b', '/', 'a b', '$HOME', '']) expect(SlurmOptions.safeParse({ folder }).success).toBe(false)
  })
})
