import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type ExtendedFeature, type GeoProjection, geoBounds, geoCentroid, geoNaturalEarth1, geoPath } from 'd3-geo'
import Handlebars from 'handlebars'
import { feature } from 'topojson-client'
import type { Light } from '../domain/report.ts'
import { looks } from './palette.ts'

/** A site on the map; without a place of its own it stands in the middle of its country. */
export type MapSite = { site: string; country: string; light: Light; path: string; location?: { latitude: number; longitude: number } }

/** `missing`: sites of which nobody knows where they are. */
export type SiteMap = { svg: string; missing: readonly string[] }

const WIDTH = 1200
const HEIGHT = 640
const MARGIN = 60
const RADIUS = 13
/** So many degrees at least, that one site alone does not fill the map with its village. */
const LEAST_DEGREES = 12

type World = { features: ExtendedFeature[] }
type Points = { type: 'MultiPoint'; coordinates: [number, number][] }

const worlds = new Map<string, World>()

/** The borders of Natural Earth, by world-atlas: rough ones for a wide view. https://github.com/topojson/world-atlas */
function worldOf(detail: '110m' | '50m'): World {
  const known = worlds.get(detail)
  if (known !== undefined) return known
  const file = createRequire(import.meta.url).resolve(`world-atlas/countries-${detail}.json`)
  const topology = JSON.parse(readFileSync(file, 'utf8'))
  const world = feature(topology, topology.objects.countries) as unknown as World
  worlds.set(detail, world)
  return world
}

/** Words of world-atlas that are not those of Intl (CLDR). */
const otherNames: Readonly<Record<string, string>> = {
  BA: 'Bosnia and Herz.',
  CZ: 'Czechia',
  DO: 'Dominican Rep.',
  HK: 'China',
  MK: 'Macedonia',
  TR: 'Turkey',
  US: 'United States of America',
}

function middleOf(country: string): [number, number] | undefined {
  const name = otherNames[country] ?? new Intl.DisplayNames(['en'], { type: 'region' }).of(country)
  const found = worldOf('110m').features.find(({ properties }) => properties?.name === name)
  return found && geoCentroid(found)
}

type Placed = MapSite & { at: [number, number] }

/** The sites with their lights, on a map that shows all of them and little more. */
export function drawSiteMap(sites: readonly MapSite[]): SiteMap {
  const places = sites.map((site) => ({
    ...site,
    at: site.location ? [site.location.longitude, site.location.latitude] : middleOf(site.country),
  }))
  const placed = places.filter((one): one is Placed => one.at !== undefined)
  const projection = viewOf(placed)
  const isWide = projection.scale() < 600
  const path = geoPath(projection).digits(1)
  const land = worldOf(isWide ? '110m' : '50m')
    .features.map((country) => path(country))
    .filter((d) => d !== null)
  const marks = apart(placed.map((site) => ({ ...site, xy: projection(site.at)! })))
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label="The sites and their lights on a map">`,
    `<g class="land">${land.map((d) => `<path d="${d}"/>`).join('')}</g>`,
    ...marks.map(markOf),
    '</svg>',
  ].join('')
  return { svg, missing: places.filter(({ at }) => at === undefined).map(({ site }) => site) }
}

function viewOf(sites: readonly Placed[]): GeoProjection {
  const points: Points = { type: 'MultiPoint', coordinates: sites.map(({ at }) => at) }
  const [[west, south], [east, north]] =
    sites.length === 0
      ? ([
          [-20, 30],
          [40, 70],
        ] as const)
      : geoBounds(points)
  const grow = (from: number, to: number, most: number) => {
    const more = Math.max(0, (LEAST_DEGREES - (to - from)) / 2)
    return [Math.max(-most, from - more), Math.min(most, to + more)] as const
  }
  const [[left, right], [low, high]] = [grow(west, east, 180), grow(south, north, 85)]
  const box: Points = {
    type: 'MultiPoint',
    coordinates: [
      [left, low],
      [right, low],
      [left, high],
      [right, high],
      [(left + right) / 2, high],
    ],
  }
  const extent: [[number, number], [number, number]] = [
    [MARGIN, MARGIN],
    [WIDTH - MARGIN, HEIGHT - MARGIN],
  ]
  return geoNaturalEarth1()
    .rotate([-(left + right) / 2, 0])
    .fitExtent(extent, box)
    .clipExtent([
      [0, 0],
      [WIDTH, HEIGHT],
    ])
}

type Mark = Placed & { xy: [number, number] }

/** Those that would lie on one another stand side by side around their place, in the order of their names. */
function apart(marks: readonly Mark[]): Mark[] {
  const done: Mark[] = []
  for (const mark of [...marks].sort((a, b) => (a.site < b.site ? -1 : 1))) {
    let [x, y] = mark.xy
    // Along a spiral until there is room: the golden angle never comes back to the same place.
    for (let turn = 1; turn < 400 && done.some(({ xy }) => Math.hypot(xy[0] - x, xy[1] - y) < 2 * RADIUS + 2); turn += 1) {
      const [angle, reach] = [turn * 2.399963, 6 * Math.sqrt(turn)]
      x = mark.xy[0] + reach * Math.cos(angle)
      y = mark.xy[1] + reach * Math.sin(angle)
    }
    done.push({ ...mark, xy: [round(x), round(y)] })
  }
  return done
}

const round = (n: number) => Math.round(n * 10) / 10

function markOf({ site, light, path, xy: [x, y] }: Mark): string {
  const words = Handlebars.escapeExpression(`${site}: ${light === 'grey' ? 'not known' : light}`)
  const r = RADIUS
  const shapes: Record<Light, string> = {
    green: `<circle r="${r}"/>`,
    grey: `<circle r="${r}"/>`,
    amber: `<path d="M0 ${-r - 3}L${r + 3} ${r}H${-r - 3}z"/>`,
    red: `<path d="M${-r} ${-r}H${r}V${r}H${-r}z"/>`,
    pending: `<path d="M0 ${-r - 2}L${r + 2} 0L0 ${r + 2}L${-r - 2} 0z"/>`,
  }
  const letterY = light === 'amber' ? 10 : 6
  return `<a href="${Handlebars.escapeExpression(path)}" aria-label="${words}" class="mark ${light}" transform="translate(${x} ${y})"><title>${words}</title>${shapes[light]}<text y="${letterY}">${looks[light].letter}</text></a>`
}
