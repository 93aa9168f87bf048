import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshHome } from '../services/homes.ts'
import { project, ssc } from '../services/process.ts'

const { home, remove } = freshHome()
const env = { ...process.env, SSC_HOME: home, DATABASE_URL: '', REDIS_URL: '' }
const sample = join(project, 'core/rehearsal/gocdb')

beforeAll(async () => {
  const files = [join(sample, 'get_site.xml'), '--services', join(sample, 'get_service_endpoint.xml')]
  expect(await ssc(['sites', 'import', ...files], { env })).toMatchObject({ code: 0 })
}, 60_000)
afterAll(remove)

/** What comes out of a pipe behind `ssc sites list --json`, and what is complained about. */
async function behind(reader: string): Promise<{ out: string; err: string }> {
  const argv = ['--import', 'tsx', join(project, 'core/cli/main.ts'), 'sites', 'list', '--json']
  const child = spawn('sh', ['-c', `"$0" "$@" | ${reader}`, process.execPath, ...argv], { cwd: project, env })
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (some) => (text.out += some))
  child.stderr.setEncoding('utf8').on('data', (some) => (text.err += some))
  await once(child, 'close')
  return text
}

test('given a slow reader, when more is written than a pipe holds, then nothing of it is cut off', async () => {
  const { out } = await behind('while IFS= read -r line; do printf \'%s\\n\' "$line"; done')
  expect((JSON.parse(out) as unknown[]).length).toBe(180)
}, 60_000)

test('given a reader that goes away, when more is written, then it ends without a complaint', async () => {
  const { out, err } = await behind('head -c 10')
  expect(out).toHaveLength(10)
  expect(err).toBe('')
}, 60_000)
