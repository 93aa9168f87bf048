import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TransientError } from '../../core/domain/errors.ts'
import { createSlots } from '../../core/domain/slots.ts'
import { quoteForSh } from '../../core/io/shell/quote.ts'

describe('given slots', () => {
  it('when many want one, then no more than allowed run, in the order in which they came', async () => {
    const slots = createSlots(3)
    const begun: number[] = []
    let [running, most] = [0, 0]
    const body = (i: number) => async () => {
      begun.push(i)
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      if (i % 5 === 0) throw new Error(`${i}`)
      return i
    }
    const all = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => slots(body(i))))
    expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(most).toBe(3)
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(4)
    expect(await slots(async () => 'free again')).toBe('free again')
  })

  it('when one that waits is given up, then it never begins and takes no place', async () => {
    const slots = createSlots(1)
    let leave = () => {}
    const first = slots(() => new Promise<void>((resolve) => (leave = resolve)))
    const giving = new AbortController()
    const second = slots(async () => 'second', giving.signal)
    const third = slots(async () => 'third', new AbortController().signal)
    giving.abort()
    await expect(second).rejects.toThrow(TransientError)
    await expect(slots(async () => 'late', giving.signal)).rejects.toThrow(TransientError)
    leave()
    await first
    expect(await third).toBe('third')
    expect(await slots(async () => 'free again')).toBe('free again')
  })
})

describe('given words for a shell', () => {
  it('when they are quoted, then plain ones stay readable and all others are between single quotes', () => {
    expect(quoteForSh(['ls', '-la', '/tmp/a b', "it's", '$(x)', '', '*', 'a=b', '~', '#'])).toBe(
      `ls -la '/tmp/a b' 'it'\\''s' '$(x)' '' '*' 'a=b' '~' '#'`,
    )
  })

  it('when the quotes are read as POSIX says, then the words come back', () => {
    const unquote = (text: string) =>
      text.replaceAll(/'([^']*)'|\\(.)|([^'\\])/gs, (_, quoted, escaped, plain) => quoted ?? escaped ?? plain)
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (word) => unquote(quoteForSh([word])) === word))
  })
})
