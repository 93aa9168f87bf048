import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { actions, catalogue, type Order, stopText, taskText } from '../../core/domain/task.ts'
import { mutantsOf, noise } from './hostile-lines.ts'
import { startObeying } from './obeying.ts'
import { cleanUp, findTool, pathWith } from './rig.ts'
import { inSeconds, JOB, RUN, signed, signedByStranger, stopLine, taskLine } from './signing.ts'

// They run at the same time, so that all is cleaned up at the end.
afterAll(cleanUp)

/** Every action, with a number that it may have. */
const orders: fc.Arbitrary<Order> = fc.constantFrom(...actions).map((action) => {
  const bounds = catalogue[action]
  return bounds ? { do: action, number: bounds.least } : { do: action }
})

describe.concurrent.each(['openssl', 'python3'])('given an agent that checks signatures with %s', (verifier) => {
  const open = () => startObeying({}, { path: pathWith('curl', verifier) })

  it.skipIf(!findTool(verifier))(
    `when an answer is altered in any way (skipped where ${verifier} is missing), then nothing is obeyed`,
    async () => {
      const agent = await open()
      const before = await agent.obey('')
      const files = readdirSync(agent.folder)
      // Text and signature of one line are altered, so that only the very first look or the signature can tell.
      const lines = fc.oneof(
        orders.map((order) => taskLine(1, order)),
        fc.constant(stopLine()),
      )
      await fc.assert(
        fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: lines.chain(mutantsOf) }, { weight: 1, arbitrary: noise }), async (answer) => {
          const { said, why, newest, state } = await agent.obey(answer)
          expect(['malformed', 'foreign', 'forged']).toContain(why)
          expect([said, newest, state]).toEqual([`refused: ${why}`, before.newest, before.state])
        }),
        { numRuns: verifier === 'openssl' ? 400 : 200 },
      )
      expect(readdirSync(agent.folder)).toEqual(files)
      // And it was not deaf: the same line, unaltered, is obeyed.
      expect(await agent.obey(taskLine(1, { do: 'idle' }))).toMatchObject({ said: 'obeyed', newest: 1 })
      expect(await agent.obey(`${taskLine(2, { do: 'mark', number: 1 })}\n`)).toMatchObject({ said: 'obeyed', newest: 2 })
      expect(await agent.obey(stopLine())).toMatchObject({ said: 'obeyed', state: expect.stringMatching(/ yes$/) })
    },
  )

  it.skipIf(!findTool(verifier))(
    `when a signer says what is not for this job (skipped where ${verifier} is missing), then it says why`,
    async () => {
      const agent = await open()
      await agent.obey(taskLine(5, { do: 'idle' }))
      const other = (sequence: number) => taskLine(sequence, { do: 'idle' }, { job: 'ssc-test-SITE-TWO' })
      const tries: [string, string][] = [
        [taskLine(5, { do: 'idle' }), 'replayed'],
        [taskLine(4, { do: 'idle' }), 'replayed'],
        [taskLine(4, { do: 'stop' }), 'replayed'],
        [other(6), 'foreign'],
        [stopLine('ssc-other'), 'foreign'],
        [signedByStranger(taskText({ job: JOB, sequence: 7, expires: inSeconds(60), do: 'idle' })), 'forged'],
        [signedByStranger(stopText(RUN)), 'forged'],
        [signedByStranger(taskText({ job: JOB, sequence: 7, expires: inSeconds(60), do: 'stop' })), 'forged'],
      ]
      for (const [line, why] of tries) expect([line, await agent.obey(line)]).toEqual([line, expect.objectContaining({ why, newest: 5 })])
      // The run's own key signed these, so that they count as seen.
      expect(await agent.obey(taskLine(8, { do: 'idle' }, { expires: inSeconds(-1) }))).toMatchObject({ why: 'expired', newest: 8 })
      expect(await agent.obey(taskLine(8, { do: 'idle' }))).toMatchObject({ why: 'replayed', newest: 8 })
      expect(await agent.obey(taskLine(9, { do: 'idle' }))).toMatchObject({ said: 'obeyed', newest: 9 })
    },
  )
})

describe.concurrent('given a line of an odd form', () => {
  it('when it has the right signature even so, then it is malformed', async () => {
    const agent = await startObeying({}, { path: pathWith('curl', 'openssl') })
    const until = inSeconds(60)
    const odd = [
      signed(`ssc-task 1 ${JOB} 01 ${until} idle -`),
      signed(`ssc-task 1 ${JOB} 0 ${until} idle -`),
      signed(`ssc-task 1 ${JOB} 1234567890123456 ${until} idle -`),
      signed(`ssc-task 1 ${JOB} 1 0${until} idle -`),
      signed(`ssc-task 1 ${JOB} 1 1234567890123 idle -`),
      signed(`ssc-task 1 ${JOB} 1 ${until} mark 01`),
      signed(`ssc-task 1 ${JOB} 1 ${until} mark 12345`),
      signed(`ssc-task 1 ${JOB} 1 ${until} idle`),
      signed(`ssc-task 1 ${JOB} 1 ${until} idle - -`),
      signed(`ssc-task 2 ${JOB} 1 ${until} idle -`),
      signed(`ssc-task 1  ${JOB} 1 ${until} idle -`),
      signed(`ssc-stop 2 ${RUN}`),
      signed('ssc-stop 1'),
      signed('go on'),
      signed('stop'),
      `ssc-stop 1 ${RUN} $(id)`,
      `ssc-stop 1 ${RUN} ${'A'.repeat(5_000)}`,
      `ssc-stop 1 ${RUN}`,
    ]
    for (const line of odd) expect([line, await agent.obey(line)]).toEqual([line, expect.objectContaining({ why: 'malformed', newest: 0 })])
  })
})

describe.concurrent('given a signer that went mad', () => {
  it('when it signs what no catalogue has, then nothing is obeyed', async () => {
    const agent = await startObeying({}, { path: pathWith('curl', 'openssl') })
    const before = await agent.obey('')
    const files = readdirSync(agent.folder)
    let sequence = 0
    const action = fc.oneof(
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'exec',
          'sh',
          'rm',
          'download',
          'mar',
          'marks',
          'idle;id',
          '$(id)',
          '`id`',
          '../idle',
          '*',
          'IDLE',
          'stop:',
          ':',
          '-',
        ),
      },
      { weight: 1, arbitrary: fc.stringMatching(/^[!-~]{1,20}$/) },
    )
    const number = fc.oneof(
      fc.constantFrom('-', '0', '1', '00', '-1', '9999', '10000', '1.5', '$1', '*'),
      fc.stringMatching(/^[!-~]{1,8}$/),
    )
    await fc.assert(
      fc.asyncProperty(
        action.filter((one) => !(one in catalogue)),
        number,
        async (word, many) => {
          sequence += 1
          const { why, state } = await agent.obey(signed(`ssc-task 1 ${JOB} ${sequence} ${inSeconds(60)} ${word} ${many}`))
          expect(['malformed', 'not declared']).toContain(why)
          expect(state).toBe(before.state)
        },
      ),
      { numRuns: 150 },
    )
    expect(readdirSync(agent.folder)).toEqual(files)
  })

  it('when a number is out of bounds, missing or too many, then it is not declared', async () => {
    const agent = await startObeying({}, { path: pathWith('curl', 'openssl') })
    let sequence = 0
    const why = async (word: string, number: string | number) => {
      sequence += 1
      return (await agent.obey(signed(`ssc-task 1 ${JOB} ${sequence} ${inSeconds(60)} ${word} ${number}`))).why
    }
    for (const word of actions) {
      const bounds = catalogue[word]
      const wrong = bounds ? ['-', bounds.most + 1, 9_999] : [1, 9]
      for (const number of wrong) expect([word, number, await why(word, number)]).toEqual([word, number, 'not declared'])
      expect([word, await why(word, 0)]).toEqual([word, 'malformed'])
    }
    for (const [word, bounds] of Object.entries(catalogue)) {
      const right = bounds ? [bounds.least, bounds.most] : ['-']
      for (const number of right) expect([word, number, await why(word, number)]).toEqual([word, number, ''])
    }
  })

  it.each(actions)('when %s is signed but not declared, then only idle and stop are done', async (action) => {
    const agent = await startObeying({ actions: [] }, { path: pathWith('curl', 'openssl') })
    const { least } = catalogue[action] ?? {}
    const { why } = await agent.obey(taskLine(1, least === undefined ? { do: action } : { do: action, number: least }))
    expect(why).toBe(action === 'idle' || action === 'stop' ? '' : 'not declared')
  })
})

describe.concurrent('given a machine that can check no signature', () => {
  it('when it is told anything, then it obeys only what ends it', async () => {
    const agent = await startObeying({}, { path: pathWith('curl') })
    expect(agent.output()).toContain('neither openssl nor python3')
    const before = await agent.obey('')
    for (const action of actions.filter((one) => one !== 'stop')) {
      const { least } = catalogue[action] ?? {}
      const told = await agent.obey(taskLine(1, least === undefined ? { do: action } : { do: action, number: least }))
      expect(told).toMatchObject({ why: 'unverified', newest: 0, state: before.state })
    }
    expect(await agent.obey(taskLine(1, { do: 'stop' }, { job: 'ssc-test-SITE-TWO' }))).toMatchObject({ why: 'foreign' })
    expect(await agent.obey(stopLine('ssc-other'))).toMatchObject({ why: 'foreign', state: before.state })
    expect(await agent.obey(signedByStranger(taskText({ job: JOB, sequence: 1, expires: 1, do: 'stop' })))).toMatchObject({
      said: 'obeyed',
    })
    expect(await agent.obey(signedByStranger(stopText(RUN)))).toMatchObject({ said: 'obeyed', state: expect.stringMatching(/ yes$/) })
  })
})
