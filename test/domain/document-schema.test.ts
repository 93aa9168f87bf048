import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Documents, documentKinds } from '../../core/domain/document.ts'
import { type documentSchemas, documentsSchema } from '../../core/domain/document-schema.ts'
import { report as json } from '../../reports/json/index.ts'
import { hostileDocument, hostileTexts } from '../conformance/hostile-documents.ts'
import { draw } from '../conformance/report-format.ts'
import { sampleDocuments, sampleSpread } from '../conformance/sample-documents.ts'

type Fixed<Value> = Value extends object ? { readonly [Key in keyof Value]: Fixed<Value[Key]> } : Value
type Schemas = { [Kind in keyof typeof documentSchemas]: z.infer<(typeof documentSchemas)[Kind]> }
type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false

// The compiler holds types and schemas equal, in both directions.
const same: { [Kind in keyof Documents]: Same<Fixed<Documents[Kind]>, Fixed<Schemas[Kind]>> } = {
  ...{ run: true, site: true, certificate: true, acknowledgement: true, comparison: true, metrics: true, contacts: true },
}

const file = new URL('../../reports/documents.schema.json', import.meta.url)
const published = JSON.parse(readFileSync(file, 'utf8'))
const reader = z.fromJSONSchema(published)

describe('the schema of the documents', () => {
  it('given the published schema, then it is that of the code: vitest --update writes it anew', async () => {
    await expect(`${JSON.stringify(documentsSchema(), null, 2)}\n`).toMatchFileSnapshot(file.pathname)
    expect(Object.keys(same)).toEqual([...documentKinds])
  })

  it.each(documentKinds)(
    'given a %s as json, when held against the published schema, then it is valid, and nothing less or more',
    async (kind) => {
      const written = JSON.parse(String((await draw(json, sampleDocuments(12)[kind])).body))
      expect(reader.safeParse(written).error).toBeUndefined()
      expect(reader.safeParse({ ...written, content: { ...written.content, extra: 1 } }).success).toBe(false)
      for (const key of ['asOf', 'audience', 'tlp', 'rehearsal']) {
        const { [key]: _, ...less } = written.content
        expect(reader.safeParse({ ...written, content: less }).success).toBe(false)
      }
    },
  )

  it.each(documentKinds)('given a %s with hostile texts everywhere, when held against it, then it is valid', async (kind) => {
    for (const text of hostileTexts) {
      const { content } = hostileDocument(kind, text)
      const document = { kind, content: { ...content, audience: `ngi:${text}` } } as Parameters<typeof draw>[1]
      const written = JSON.parse(String((await draw(json, document)).body))
      expect(reader.safeParse(written).error).toBeUndefined()
    }
  })

  it('given word that spread, when held against it, then it is valid', () => {
    const { run } = sampleDocuments(12)
    const spread = sampleSpread(['SITE-A', 'SITE-B'])
    const $schema = 'documents.schema.json#/$defs/run'
    expect(reader.safeParse({ ...run, $schema, content: { ...run.content, spread } }).error).toBeUndefined()
  })
})
