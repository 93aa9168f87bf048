import { describe, expect, it } from 'vitest'
import { report as pdf } from '../../reports/pdf/index.ts'
import { hostileDocument } from '../conformance/hostile-documents.ts'
import { draw } from '../conformance/report-format.ts'
import { sampleDocuments } from '../conformance/sample-documents.ts'

const bytesOf = async (...given: Parameters<typeof draw>) => Buffer.from((await draw(...given)).body as Uint8Array).toString('latin1')

describe('pdf', () => {
  it('given a certificate, when made, then it is one page, dated by its newest fact', async () => {
    const { certificate } = sampleDocuments(9)
    const text = await bytesOf(pdf, certificate)
    const day = new Date(certificate.content.asOf).toISOString().slice(0, 10).replaceAll('-', '')
    expect(text).toMatch(/^%PDF-1\.7/)
    expect(text.match(/\/Type \/Page\b/g)).toHaveLength(1)
    expect(text).toContain(`(D:${day}`)
  })

  it('given a link as a text everywhere, when made, then nothing leads out of the document', async () => {
    const text = await bytesOf(pdf, hostileDocument('site', '<https://evil.example> javascript:alert(1)'))
    expect(text).not.toMatch(/\/URI|\/JavaScript|\/Launch/)
  })
})
