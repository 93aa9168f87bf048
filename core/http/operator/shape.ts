import type { Schema } from './openapi.ts'

/** Deeper than any of ours; what is deeper is not shown. */
const DEEPEST = 12

/** A schema as a person reads it: names, kinds, and after `//` what is asked of them. */
export function shapeOf(schema: Schema, depth = 0): string {
  const choices = choicesOf(schema)
  if (choices !== undefined) return [...new Set(choices.map((one) => shapeOf(one, depth)))].join(' | ')
  if ('const' in schema) return JSON.stringify(schema.const)
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (depth > DEEPEST) return '...'
  if (schema.type === 'array') return listOf(shapeOf((schema.items ?? {}) as Schema, depth))
  if (schema.type === 'object') return objectOf(schema, depth)
  return schema.type === undefined ? 'anything' : [schema.type].flat().join(' | ')
}

function listOf(shape: string): string {
  return shape.includes(' | ') && !shape.startsWith('{') ? `(${shape})[]` : `${shape}[]`
}

function objectOf(schema: Schema, depth: number): string {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  if (properties.length === 0) return recordOf(schema, depth)
  const required = (schema.required ?? []) as string[]
  const indent = '  '.repeat(depth + 1)
  const lines = properties.map(([name, of]) => {
    const asked = asksOf(of)
    return `${indent}${name}${required.includes(name) ? '' : '?'}: ${shapeOf(of, depth + 1)}${asked === '' ? '' : `  // ${asked}`}`
  })
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`
}

function recordOf({ additionalProperties: of }: Schema, depth: number): string {
  return typeof of === 'object' ? `{ [name]: ${shapeOf(of as Schema, depth)} }` : '{}'
}

function choicesOf({ anyOf, oneOf }: Schema): Schema[] | undefined {
  const choices = (anyOf ?? oneOf) as Schema[] | undefined
  // The bytes of a file can be written in no schema.
  const known = choices?.filter((one) => Object.keys(one).length > 0)
  return known?.length === 0 ? undefined : known
}

/** What is asked of a value beside its kind. */
function asksOf(schema: Schema): string {
  const { minLength, maxLength, minimum, maximum, format, default: without } = schema
  const isNumber = schema.type === 'integer' || schema.type === 'number'
  const unit = isNumber ? '' : ' characters'
  const [least, most] = isNumber ? [minimum, maximum].map(said) : [minLength, maxLength]
  const bounds = least !== undefined && most !== undefined ? `${least} to ${most}` : most !== undefined ? `at most ${most}` : ''
  const words = [
    bounds === '' ? '' : `${bounds}${unit}`,
    typeof format === 'string' ? format : '',
    without === undefined || typeof without === 'object' || without === '' ? '' : `without it ${JSON.stringify(without)}`,
  ]
  return words.filter((word) => word !== '').join(', ')
}

/** The bounds of whole numbers in JavaScript are nobody's demand. */
function said(bound: unknown): number | undefined {
  return typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined
}

/** Something to begin with: what has to be there, each with a value of its kind. */
export function sampleOf(schema: Schema): unknown {
  const [first] = choicesOf(schema) ?? []
  if (first !== undefined) return sampleOf(first)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (schema.type === 'array') return []
  if (schema.type === 'object') return sampleObject(schema)
  return ({ string: '...', integer: 1, number: 1, boolean: true } as Record<string, unknown>)[schema.type as string] ?? null
}

function sampleObject({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  const all = properties as Record<string, Schema>
  return Object.fromEntries((required as string[]).flatMap((name) => (all[name] === undefined ? [] : [[name, sampleOf(all[name])]])))
}
