import { expect, test } from 'vitest'
import { stopOrder } from '../../core/cli/stop-word.ts'
import { parseStopFile } from '../../core/io/stop-file.ts'

test.each(['all', 'ALL', ' All # at night', 'ssc-1\r\nALL\r\n'])(
  'given a STOP file that somebody wrote by hand as %j, then it stops all runs',
  (text) => {
    expect(parseStopFile(text).some((word) => word.run === undefined)).toBe(true)
  },
)

test('given ALL as the name of a run, then it is said how to stop all, since the file would do it', () => {
  expect(() => stopOrder('ALL', { by: 'Ada', reason: 'x' })).toThrow('ssc stop --all')
})
