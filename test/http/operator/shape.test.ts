import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Schema } from '../../../core/http/operator/openapi.ts'
import { sampleOf, shapeOf } from '../../../core/http/operator/shape.ts'

const schemaOf = (type: z.ZodType) => z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as Schema

describe('schemas for people', () => {
  it('given a schema with all that ours use, when its shape is written, then names, kinds and bounds are in it', () => {
    const type = z.object({
      reason: z.string().min(1).max(500),
      days: z.int().min(1).max(366).optional(),
      at: z.int(),
      light: z.enum(['green', 'red']),
      kinds: z.array(z.enum(['a', 'b'])),
      file: z.union([z.string(), z.instanceof(Uint8Array)]).optional(),
      points: z.number().nullable(),
      sure: z.literal('yes'),
      page: z.number().default(1),
      sites: z.array(z.object({ name: z.string() })),
      counts: z.record(z.string(), z.number()),
    })
    expect(shapeOf(schemaOf(type))).toBe(`{
  reason: string  // 1 to 500 characters
  days?: integer  // 1 to 366
  at: integer
  light: "green" | "red"
  kinds: ("a" | "b")[]
  file?: string
  points: number | null
  sure: "yes"
  page?: number  // without it 1
  sites: {
    name: string
  }[]
  counts: { [name]: number }
}`)
  })

  it('given a schema, when a sample is made, then it has what must be there, and the schema takes it', () => {
    const type = z.object({
      reason: z.string().min(1),
      light: z.enum(['green', 'red']),
      sure: z.literal('yes'),
      seen: z.int(),
      more: z.string().optional(),
    })
    const sample = sampleOf(schemaOf(type))
    expect(sample).toEqual({ reason: '...', light: 'green', sure: 'yes', seen: 1 })
    expect(type.parse(sample)).toEqual(sample)
  })
})
