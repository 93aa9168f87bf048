import { resolve } from 'node:path'
import { renderDocument } from '../documents.ts'
import type { Document, DocumentKind, ReportFormat } from '../domain/document.ts'
import { InputError } from '../domain/errors.ts'
import { writeWhole } from '../io/whole-file.ts'
import { loadReportFormats } from '../plugins.ts'
import type { Cli } from './cli.ts'

/** Throws InputError when there is no such format, or it cannot make the document; those that can are named. */
export async function formatFor(cli: Cli, name: string, kind: DocumentKind): Promise<ReportFormat> {
  const formats = await loadReportFormats(cli.config.home)
  const format = formats.get(name)
  if (format === undefined) throw new InputError(`there is no report format '${name}'. There are: ${[...formats.keys()].join(', ')}.`, [])
  if (format.kinds.includes(kind)) return format
  const able = [...formats.values()].filter(({ kinds }) => kinds.includes(kind)).map((one) => one.name)
  throw new InputError(`the format ${name} cannot make a document of the kind '${kind}'. These can: ${able.join(', ')}.`, [])
}

/** Into the file, or to the output. What is not text goes into a file only: no terminal can show it. */
export async function deliver(cli: Cli, document: Document, { format, out }: { format: string; out?: string | undefined }): Promise<void> {
  if (out !== undefined) {
    const file = resolve(cli.cwd, out)
    await writeDocument(cli, document, { format, file })
    return cli.out(`${file}\n`)
  }
  const { body } = await renderDocument(await formatFor(cli, format, document.kind), document)
  if (typeof body !== 'string') throw new InputError(`${format} is not text: say where to with --out FILE`, [])
  cli.out(body)
}

export async function writeDocument(cli: Cli, document: Document, { format, file }: { format: string; file: string }): Promise<void> {
  const { body } = await renderDocument(await formatFor(cli, format, document.kind), document)
  writeWhole(file, body)
}
