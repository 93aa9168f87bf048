import type { Notes } from './notes.ts'
import { quote } from './notes.ts'
import { place } from './record.ts'
import type { XmlElement } from './xml.ts'

/** The sites that are asked about, by name. */
export type KnownSites = { has(name: string): boolean }

/** Counts what belongs to sites that get_site did not name, so that each such site is told of once. */
export type StrangerSites = { add(site: string, record: XmlElement): void; tell(warnings: Notes): void }

export function countStrangers(): StrangerSites {
  const found = new Map<string, { first: string; site: string; what: string; count: number }>()
  return {
    add(site, record) {
      const key = `${record.file}\n${record.name}\n${site}`
      const entry = found.get(key) ?? { first: place(record), site, what: record.name, count: 0 }
      found.set(key, { ...entry, count: entry.count + 1 })
    },
    tell(warnings) {
      for (const { first, site, what, count } of found.values()) {
        warnings.add(first, `${count} <${what}> of the unknown site ${quote(site)} left out`)
      }
    },
  }
}
