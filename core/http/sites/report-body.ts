import { createHash } from 'node:crypto'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import type { ReportProblem } from '../../domain/common-report.ts'
import { type FieldTexts, formFieldNames } from '../../domain/report-fields.ts'
import { cleanText } from '../../domain/report-values.ts'
import { plainLine } from '../../domain/text.ts'

/** A finding as it came: never opened. `name` and `contentType` are harmless lines. */
export type SentFile = { name: string; contentType: string; bytes: Uint8Array; sha256: string }

/** What stands in a form that was sent. */
export type SentForm = { texts: FieldTexts; files: SentFile[]; problems: ReportProblem[] }

export const uploadLimits = { files: 10, fileBytes: 5_000_000, allBytes: 20_000_000, fieldBytes: 256_000 } as const

/** Above these a form is not read to its end: none that a browser makes of our page comes near, unless somebody chose far too much. */
const HARD = { files: 30, allBytes: 40_000_000 }

/** A form without files. */
export function readUrlEncoded(body: string): SentForm {
  return { texts: textsOf(new URLSearchParams(body)), files: [], problems: [] }
}

/** Reads the parts as they come. What is too large is read over and told, so that the page can say so; far too much ends it. */
export function readMultipart(request: FastifyRequest): Promise<SentForm> {
  return readParts(request).catch((error) => {
    // What the parser does not understand is the sender's fault.
    throw Object.assign(error, { statusCode: error.statusCode ?? 400 })
  })
}

async function readParts(request: FastifyRequest): Promise<SentForm> {
  const typed = new Map<string, string>()
  const files: SentFile[] = []
  const problems: ReportProblem[] = []
  const count = { all: 0, kept: 0 }
  const limits = {
    files: HARD.files,
    fileSize: HARD.allBytes,
    fields: 40,
    parts: 80,
    fieldSize: uploadLimits.fieldBytes,
    fieldNameSize: 100,
    headerPairs: 20,
  }
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      if (!typed.has(part.fieldname)) typed.set(part.fieldname, String(part.value))
      if (part.valueTruncated) problems.push({ place: part.fieldname, words: 'it is too long to be taken' })
      continue
    }
    const bytes = await readFile(part, count)
    // An empty choice comes as a file without a name.
    if (bytes?.length === 0 && !part.filename) continue
    const name = fileName(part.filename, files.length)
    if (bytes === undefined) problems.push({ place: 'files', words: `${name} is too large: at most 5 MB each, and 20 MB together` })
    else if (files.length >= uploadLimits.files)
      problems.push({ place: 'files', words: `${name} is one too many: at most ${uploadLimits.files}` })
    else files.push({ name, contentType: typeOf(part.mimetype), bytes, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  return { texts: textsOf(typed), files, problems }
}

/** Undefined when it is too large, alone or with the others. */
async function readFile(part: MultipartFile, count: { all: number; kept: number }): Promise<Uint8Array | undefined> {
  let chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of part.file as AsyncIterable<Uint8Array>) {
    size += chunk.length
    count.all += chunk.length
    if (count.all > HARD.allBytes) throw Object.assign(new Error('too large'), { statusCode: 413 })
    if (size > uploadLimits.fileBytes || count.kept + size > uploadLimits.allBytes) chunks = []
    else chunks.push(chunk)
  }
  if (size > uploadLimits.fileBytes || count.kept + size > uploadLimits.allBytes) return undefined
  count.kept += size
  return Buffer.concat(chunks)
}

function textsOf(typed: { get(name: string): string | null | undefined }): FieldTexts {
  const texts: FieldTexts = {}
  for (const field of formFieldNames) {
    const text = typed.get(field)
    if (text !== null && text !== undefined && text.trim() !== '') texts[field] = cleanText(text)
  }
  return texts
}

/** The last part of a path, without what a shell, a page or a file system would obey. */
export function fileName(given: string, number: number): string {
  const last = given.slice(-1_000).split(/[/\\]/).at(-1) ?? ''
  const plain = plainLine(last.replace(/[<>:"|?*\p{Cs}]/gu, '_'), 120).replace(/^[.\s-]+/, '')
  return plain === '' ? `file-${number + 1}` : plain
}

function typeOf(mimetype: string): string {
  return /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/i.test(mimetype) ? mimetype.toLowerCase() : 'application/octet-stream'
}
