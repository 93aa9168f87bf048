import type { EChartsCoreOption } from 'echarts/core'
import { fontFamily, ink } from './palette.ts'

/** What is drawn: the library's options (https://echarts.apache.org/en/option.html), and the size in pixels. */
export type Drawing = { width: number; height: number; options: EChartsCoreOption }

type Library = typeof import('echarts/core')
let loaded: Promise<Library> | undefined

/** Only who makes a report pays for it. */
function library(): Promise<Library> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Library> {
  const [core, charts, components, renderers] = await Promise.all([
    import('echarts/core'),
    import('echarts/charts'),
    import('echarts/components'),
    import('echarts/renderers'),
  ])
  const { BarChart, LineChart, ScatterChart } = charts
  const { GridComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent } = components
  core.use([
    BarChart,
    LineChart,
    ScatterChart,
    GridComponent,
    MarkAreaComponent,
    MarkLineComponent,
    MarkPointComponent,
    renderers.SVGRenderer,
  ])
  return core
}

/** How wide a text is in a font (CSS, such as `600 11px sans-serif`), px: as the library reckons without a screen, the same everywhere. */
export async function widthOf(font: string): Promise<(text: string) => number> {
  const { format } = await library()
  return (text) => format.getTextRect(text, font).width
}

/** An SVG as `plainSvg` says. The same drawing gives the same bytes. */
export async function draw(name: string, { width, height, options }: Drawing): Promise<string> {
  const { init } = await library()
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily, color: ink }, ...options })
    return plainSvg(name, chart.renderToSVGString())
  } finally {
    chart.dispose()
  }
}

/**
 * Without what a strict policy forbids (style elements and attributes) and what only a live page needs. The library numbers its names
 * by a counter of the whole process: here they carry the chart's name, so that two charts fit on one page and the bytes stay the same.
 */
export function plainSvg(name: string, svg: string): string {
  return svg
    .replace(/<style\b[^>]*>[\s\S]*?<\/style>\s*/g, '')
    .replace(/<[^>]*>/g, (tag) => (tag.startsWith('</') ? tag : plainTag(name, tag)))
    .trim()
}

function plainTag(name: string, tag: string): string {
  return tag
    .replace(/ style="([^"]*)"/, (_, style: string) => attributesOf(style))
    .replace(/ (?:class|pointer-events|xml:space|xmlns:xlink|version|baseProfile|ecmeta_[a-z_]+)="[^"]*"/g, '')
    .replace(/\b(id="|url\(#)zr\d+-/g, `$1${name}-`)
    .replace(/\s+>$/, '>')
}

/** `font-size:12px;font-family:x` as attributes; every property that the library writes has one of the same name. */
function attributesOf(style: string): string {
  const properties = style.split(';').filter((one) => one.includes(':'))
  return properties
    .map((one) => {
      const [property = '', value = ''] = one.split(/:(.*)/)
      return ` ${property.trim()}="${value.trim()}"`
    })
    .join('')
}
