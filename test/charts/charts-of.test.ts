import { mkdirSync, writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { chartsOf } from '../../core/charts/charts-of.ts'
import { report } from '../../reports/html/index.ts'
import { sampleDocuments, sampleSpread } from '../conformance/sample-documents.ts'
it('draws', async () => {
  const docs = sampleDocuments()
  mkdirSync('/tmp/ch', { recursive: true })
  const big = sampleDocuments(300).run.content as any
  for (const [n, d] of Object.entries({ ...docs, big: { kind: 'run', content: { ...big, spread: sampleSpread(big.sites.map((s: any) => s.site)) } } })) {
    const charts = await chartsOf(d as any)
    const r = await report.render(d as any, charts)
    writeFileSync(`/tmp/ch/${n}.html`, r.body)
    console.log(n, r.body.length)
  }
})
