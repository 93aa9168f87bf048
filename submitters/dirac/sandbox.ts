import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import type { HttpAnswer } from '../../core/domain/reach.ts'
import { MAX_OUTPUT_BYTES, type Outcome } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { OUTPUT, SCRIPT } from './jdl.ts'
import { ask, bodyOf, sent } from './rest-call.ts'
import { tarOf } from './tar.ts'
import type { Context, Found } from './way.ts'

const Upload = z.object({
  pfn: z.string().max(256),
  url: z.string().max(2000).nullish(),
  fields: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,100}$/), z.string().max(10_000)).default({}),
})
const Download = z.object({ url: z.string().max(8000) })
const MAX_ARCHIVE_BYTES = 16 * 1024 * 1024

/**
 * Puts the script into the store of sandboxes, and gives its name there: `POST /api/jobs/sandbox`, then the form that it
 * presigned (diracx-routers/src/diracx/routers/jobs/sandboxes.py, diracx-api/src/diracx/api/jobs.py). A sandbox is named by
 * its hash: what is there already is not sent again. DiracX knows the two names `tar.bz2` and `tar.zst` only, but its
 * clients look at the content: the archive is sent as it is, since a body of ours is text.
 */
export async function uploadScript(ctx: Context, script: string): Promise<string> {
  const archive = tarOf(SCRIPT, script)
  const checksum = createHash('sha256').update(archive).digest('hex')
  const info = { checksum_algorithm: 'sha256', checksum, size: Buffer.byteLength(archive), format: 'tar.bz2' }
  const upload = Upload.safeParse(bodyOf(await ask(ctx, 'question', { method: 'POST', path: '/api/jobs/sandbox', body: info }), 'question'))
  if (!upload.success) throw new TransientError('DiracX said in an unknown form where the sandbox goes')
  const { pfn, url, fields } = upload.data
  if (!url) return pfn
  const boundary = `ssc-${randomUUID()}`
  const answer = await sent(ctx, 'question', {
    method: 'POST',
    url: storeUrl(ctx, url),
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
    body: formOf({ ...fields }, archive, boundary),
    auth: 'none',
  })
  if (answer.status >= 200 && answer.status < 300) return pfn
  throw storeFailure(answer)
}

/** The presigned address must be where the officer said that the store is. */
function storeUrl({ options }: Context, text: string): string {
  const isThere = URL.canParse(text) && new URL(text).origin === options.sandboxStore
  if (isThere && /^[\x21-\x7e]+$/.test(text) && !/["\\]/.test(text)) return text
  throw new PermanentError(`DiracX's store of sandboxes is not at ${options.sandboxStore}: ${plainLine(text.split('?')[0] ?? '', 100)}`)
}

/** S3 ignores what stands behind the file: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
function formOf(fields: Record<string, string>, archive: string, boundary: string): string {
  const part = (head: string, content: string) => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
  const parts = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value))
  return `${parts.join('')}${part('name="file"; filename="file"', archive)}--${boundary}--\r\n`
}

function storeFailure(answer: HttpAnswer): Error {
  const words = `the store of sandboxes: HTTP ${answer.status}: ${plainLine(answer.body)}`
  return answer.status >= 400 && answer.status < 500 && answer.status !== 429 ? new PermanentError(words) : new TransientError(words)
}

/** The first part of the job's output, from its output sandbox. */
export async function downloadOutput(ctx: Context, { id }: Found): Promise<Outcome<string>> {
  if (ctx.options.sandboxStore === undefined)
    return { ok: false, transient: false, reason: 'the option sandboxStore is not set: no output can be fetched' }
  const known = z
    .array(z.string().max(256))
    .max(100)
    .safeParse(await read(ctx, `/api/jobs/${id}/sandbox/output`))
  const pfn = known.success ? known.data.at(-1) : undefined
  if (pfn === undefined) return { ok: false, transient: true, reason: 'the job has no output sandbox yet' }
  const { url } = Download.parse(await read(ctx, `/api/jobs/sandbox?pfn=${encodeURIComponent(pfn)}`))
  return { ok: true, value: await unpack(ctx, storeUrl(ctx, url)) }
}

async function read(ctx: Context, path: string): Promise<unknown> {
  return bodyOf(await ask(ctx, 'question', { method: 'GET', path }), 'question')
}

/**
 * The archive is compressed, so it is fetched and read by commands. Its address lets in whoever knows it: it stands in a
 * file and in no argument list. Of the archive nothing is written anywhere, and a link in it brings nothing.
 */
async function unpack(ctx: Context, url: string): Promise<string> {
  const config = [
    `url = "${url}"`,
    'output = "archive"',
    `proto = "=${new URL(url).protocol.slice(0, -1)}"`,
    `max-filesize = ${MAX_ARCHIVE_BYTES}`,
    'max-time = 60',
    'fail',
    'silent',
    'show-error',
  ]
  return ctx.withFiles({ config: `${config.join('\n')}\n` }, async (folder) => {
    const archive = `${folder}/archive`
    await must(ctx, ['curl', '-q', '--config', `${folder}/config`, '--output-dir', folder])
    return must(ctx, ['tar', '--extract', '--to-stdout', '--file', archive, OUTPUT])
  })
}

/** A question too: it may be asked again. */
async function must(ctx: Context, argv: readonly string[]): Promise<string> {
  try {
    const ran = await ctx.run(argv, { maxBytes: MAX_OUTPUT_BYTES, timeoutMs: 70_000 })
    if (ran.code === 0) return ran.out
    throw new TransientError(`${argv[0]}: ${plainLine(ran.err || `exit ${ran.code}`)}`)
  } catch (error) {
    throw error instanceof UnsureError ? new TransientError(error.message) : error
  }
}
