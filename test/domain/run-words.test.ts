import { describe, expect, it } from 'vitest'
import { isRunEvent } from '../../core/domain/build-report.ts'
import type { RunFact } from '../../core/domain/event.ts'
import { runFactWords } from '../../core/domain/run-words.ts'
import { sampleRun } from './sample-run.ts'

describe('the words of a run’s facts', () => {
  it('given each fact of a run, when told, then it is one line that names who did it', () => {
    const facts = sampleRun({ seed: 4, sites: 6 }).filter(isRunEvent)
    expect(new Set(facts.map(({ type }) => type)).size).toBeGreaterThan(3)
    for (const fact of facts) {
      const words = runFactWords(fact)
      expect(words).toMatch(/^\S[^\n]*$/)
      if ('by' in fact.data) expect(words).toContain(fact.data.by)
    }
  })

  it('given words of somebody with line breaks and controls, when told, then they stay one line', () => {
    const fact: RunFact = { type: 'RunStopped', data: { by: 'Ada\r\nBob', reason: 'a\u001b[2Jb\nc' } }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(runFactWords(fact)).toMatch(/^[^\u0000-\u001f\u007f]+$/)
  })
})
