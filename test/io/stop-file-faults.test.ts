import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { stopOrder } from '../../core/cli/stop-word.ts'
import { openStopFile, parseStopFile } from '../../core/io/stop-file.ts'
import { freshHome } from '../services/homes.ts'

test.each(['all', 'ALL', ' All # at night', 'ssc-1\r\nALL\r\n'])(
  'given a STOP file that somebody wrote by hand as %j, then it stops all runs',
  (text) => {
    expect(parseStopFile(text).some((word) => word.run === undefined)).toBe(true)
  },
)

test('given ALL as the name of a run, then it is said how to stop all, since the file would do it', () => {
  expect(() => stopOrder('ALL', { by: 'Ada', reason: 'x' })).toThrow('ssc stop --all')
})

/** Looks at the file as fast as it can, until it is told to end, and counts how often it was there and empty. */
const watcher = `
  const { readFileSync } = require('node:fs')
  const { workerData, parentPort } = require('node:worker_threads')
  const isOver = new Int32Array(workerData.shared)
  let empty = 0
  let seen = 0
  parentPort.postMessage('ready')
  while (Atomics.load(isOver, 0) === 0) {
    try {
      if (readFileSync(workerData.file, 'utf8') === '') empty += 1
      else seen += 1
    } catch {}
  }
  parentPort.postMessage({ empty, seen })
`

test('given somebody who looks while the first word is written, then they never see the empty file, which would stop all runs', async () => {
  const { home, remove } = freshHome()
  const { file, add } = openStopFile(home)
  const shared = new SharedArrayBuffer(4)
  const worker = new Worker(watcher, { eval: true, workerData: { file, shared } })
  await once(worker, 'message')
  for (let i = 0; i < 500; i += 1) {
    add({ run: `run-${i}`, by: 'Ada', reason: 'enough', at: '2027-01-11T10:00:00Z' })
    rmSync(file)
  }
  Atomics.store(new Int32Array(shared), 0, 1)
  const [{ empty, seen }] = (await once(worker, 'message')) as [{ empty: number; seen: number }]
  await worker.terminate()
  remove()
  expect(seen).toBeGreaterThan(0)
  expect(empty).toBe(0)
})
