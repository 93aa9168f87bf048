import { describe, expect, it } from 'vitest'
import { chartsOf } from '../../core/charts/charts-of.ts'
import { draw, plainSvg } from '../../core/charts/draw.ts'
import { hostileDocument, hostileTexts } from '../conformance/hostile-documents.ts'
import { sampleDocuments } from '../conformance/sample-documents.ts'

const bars = { xAxis: { type: 'category', data: ['<b>'] }, yAxis: { type: 'value' }, series: [{ type: 'bar', data: [1] }] }
const allowed = new Set([
  'svg',
  'g',
  'path',
  'rect',
  'circle',
  'text',
  'tspan',
  'defs',
  'pattern',
  'clipPath',
  'polyline',
  'polygon',
  'line',
])

describe('a drawing', () => {
  it('given the library’s own output, when made plain, then styles are attributes and its counters are gone', () => {
    const svg =
      '<svg xmlns:xlink="x"><path fill="url(#zr7-p0)" class="zr7-cls-0" ecmeta_silent="true"></path><text style="font-size:12px;font-family:sans-serif;">zr7-p0 style="a"</text><style ><![CDATA[ a:hover{} ]]></style></svg>'
    expect(plainSvg('one', svg)).toBe(
      '<svg><path fill="url(#one-p0)"></path><text font-size="12px" font-family="sans-serif">zr7-p0 style="a"</text></svg>',
    )
  })

  it('given the same drawing twice, with others between, when drawn, then the bytes are the same', async () => {
    const first = await draw('one', { width: 200, height: 100, options: bars })
    await draw('two', { width: 300, height: 100, options: bars })
    expect(await draw('one', { width: 200, height: 100, options: bars })).toBe(first)
    expect(first).toContain('&lt;b&gt;')
  })
})

describe('the charts of every document', () => {
  it('given a sample of each kind, when drawn, then nothing stands in them that a strict page or a PDF cannot have', async () => {
    let drawn = 0
    for (const document of Object.values(sampleDocuments())) {
      for (const [name, { svg, title, words, width, height }] of Object.entries(await chartsOf(document))) {
        drawn++
        expect([title, words].every((text) => text.length > 5)).toBe(true)
        expect(svg.startsWith(`<svg width="${width}" height="${height}"`)).toBe(true)
        expect(svg).not.toMatch(/<(style|script|image|foreignObject)|\s(style|class|href|xlink[^=]*|on\w+)=|\bzr\d|NaN|undefined/)
        expect([...svg.matchAll(/<([a-zA-Z]+)/g)].filter(([, tag]) => !allowed.has(tag!))).toEqual([])
        for (const [, id] of svg.matchAll(/(?:id="|url\(#)([^")]*)/g)) expect(id!.startsWith(`${name}-`)).toBe(true)
      }
    }
    expect(drawn).toBe(15)
  })

  it.each(hostileTexts)('given the text %j everywhere, when drawn, then it stands there as text', async (text) => {
    for (const kind of ['run', 'site', 'comparison', 'metrics'] as const) {
      const charts = await chartsOf(hostileDocument(kind, text))
      for (const { svg } of Object.values(charts)) {
        expect([...svg.matchAll(/<([a-zA-Z!?]+)/g)].filter(([, tag]) => !allowed.has(tag!))).toEqual([])
        const tags = svg.match(/<[^>]*>/g)!.map((tag) => tag.replace(/"[^"]*"/g, ''))
        expect(tags.filter((tag) => /\s(on\w+|href|style|class)=/.test(tag))).toEqual([])
        // biome-ignore lint/suspicious/noControlCharactersInRegex: an XML file must not hold them
        expect(svg).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e]|]]>/)
      }
    }
  })
})
