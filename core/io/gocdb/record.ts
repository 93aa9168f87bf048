import type { z } from 'zod'
import { MailAddress } from '../../domain/site.ts'
import { type Notes, quote } from './notes.ts'
import type { XmlElement } from './xml.ts'

/** Where a reader tells what it found. */
export type Reading = { problems: Notes; warnings: Notes }

export function place(element: XmlElement): string {
  return `${element.file}:${element.line}`
}

export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name)
}

/** All elements at the end of a path of names. */
export function elementsAt(element: XmlElement, ...path: string[]): XmlElement[] {
  return path.reduce((found, name) => found.flatMap((e) => e.children.filter((child) => child.name === name)), [element])
}

/** The text of a child; an empty element counts as missing, as GOCDB writes both. */
export function field(element: XmlElement, name: string): string | undefined {
  return childOf(element, name)?.text.trim() || undefined
}

/** As `field`, on one line. */
export function lineField(element: XmlElement, name: string): string | undefined {
  return field(element, name)?.replace(/\s+/g, ' ')
}

/** Without the keys that have no value, as exactOptionalPropertyTypes wants it. */
export function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never
}

/**
 * One address of a field. GOCDB allows a list; a challenge goes to one mailbox, so the first is taken and the
 * others are told of. Undefined when it is missing or a problem.
 */
export function mailField(element: XmlElement, name: string, reading: Reading): string | undefined {
  const text = field(element, name)
  if (text === undefined) return undefined
  const at = place(childOf(element, name)!)
  const addresses = text.split(/ *[,;] *| +/).filter((address) => address !== '')
  const wrong = addresses.filter((address) => !MailAddress.safeParse(address).success)
  if (wrong.length > 0) reading.problems.add(at, `${name} ${quote(text)}: ${quote(wrong[0]!)} is not a mail address`)
  else if (addresses.length > 1) reading.warnings.add(at, `${name} names ${addresses.length} addresses: only ${addresses[0]} is used`)
  return wrong.length > 0 ? undefined : addresses[0]
}

/** Which element of a record each key of `raw` came from. */
export type Origin = { record: XmlElement; elements: Record<string, string> }

/** Checks a record against our schema and tells every problem with the line of its element. */
export function checkRecord<T>(schema: z.ZodType<T>, raw: Record<string, unknown>, origin: Origin & { problems: Notes }): T | undefined {
  const result = schema.safeParse(raw)
  if (result.success) return result.data
  for (const { path, message } of result.error.issues) {
    const element = origin.elements[String(path[0])] ?? String(path[0])
    const value = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], raw)
    const at = place(childOf(origin.record, element) ?? origin.record)
    origin.problems.add(at, value === undefined ? `${element} is missing` : `${element} ${quote(String(value))}: ${message}`)
  }
  return undefined
}
