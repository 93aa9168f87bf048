import { z } from 'zod'
import type { TicketEntry } from '../../domain/ticket.ts'

/** What REST2 answers, as far as it is used. Numbers come as numbers or as texts: one and the same id as both. */
const Id = z.union([z.number().int().positive(), z.string().regex(/^[1-9]\d{0,15}$/)]).transform(String)

const Short = z
  .string()
  .nullish()
  .transform((text) => (text ?? '').slice(0, 500))

export const Version = z.object({ Version: z.string().max(200) })
export const Ticket = z.object({ id: Id, Status: z.string().max(200) })
export const Created = z.object({ id: Id })

export const Queue = z.object({
  Name: Short,
  Disabled: z.union([z.string(), z.number()]).nullish(),
  TicketCustomFields: z.array(z.object({ name: Short })).default([]),
  /** `create` is among them for those who may create tickets. */
  _hyperlinks: z.array(z.object({ ref: Short })).default([]),
})

/** `pages` is null for an account that may not see everything: most of them. */
function pageOf<T>(item: z.ZodType<T>) {
  return z.object({ items: z.array(item).max(100), pages: z.number().nullish() })
}

export const TicketPage = pageOf(z.object({ id: Id }))

const Transaction = z.object({
  id: Id,
  Type: Short,
  Created: Short,
  NewValue: Short,
  Creator: z.object({ id: z.union([z.string(), z.number()]).transform(String), EmailAddress: Short }),
})
export type Transaction = z.infer<typeof Transaction>
export const TransactionPage = pageOf(Transaction)

const Part = z.object({
  id: Id,
  ContentType: Short,
  Filename: Short,
  ContentLength: z.coerce.number().int().nonnegative().catch(0),
})
export type Part = z.infer<typeof Part>
export const PartPage = pageOf(Part)

/** `Content` is base64 here, and here alone. */
export const Attachment = z.object({
  Content: z
    .string()
    .nullish()
    .transform((text) => Buffer.from(text ?? '', 'base64')),
  Headers: z
    .string()
    .nullish()
    .transform((text) => text ?? ''),
})

/** RT's types of transactions in our words; of the others only that there was one is told. RT 5.0, lib/RT/Transaction.pm */
const kinds: Readonly<Record<string, TicketEntry['kind']>> = {
  Create: 'create',
  Correspond: 'correspond',
  Comment: 'comment',
  Status: 'status',
}

export function kindOf(type: string): TicketEntry['kind'] {
  return Object.hasOwn(kinds, type) ? kinds[type]! : 'other'
}
