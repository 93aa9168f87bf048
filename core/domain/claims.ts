import { z } from 'zod'
import { Grant } from './account.ts'

/** `claim` of the provider holds `value`, or one that matches its one `*`: what stands there goes into `of` of the grants where it says `*`. */
export const ClaimRule = z.strictObject({
  claim: z.string().min(1).max(200),
  value: z
    .string()
    .min(1)
    .max(500)
    .refine((text) => text.split('*').length <= 2, 'it may hold one * at most'),
  grant: z.strictObject({ role: z.enum(['csirt', 'ngi', 'site', 'reader']), of: z.string().max(200).exactOptional() }),
})
export type ClaimRule = z.infer<typeof ClaimRule>

const MOST_VALUES = 1_000

/** What a person is given by what the provider says of them, such as `eduperson_entitlement` (AARC-G069). Unknown claims give nothing. */
export function grantsOf(claims: Readonly<Record<string, unknown>>, rules: readonly ClaimRule[]): Grant[] {
  const grants = new Map<string, Grant>()
  for (const { claim, value, grant } of rules) {
    for (const found of valuesOf(claims[claim])) {
      const part = matchOf(found, value)
      if (part === undefined) continue
      const read = Grant.safeParse(grant.of === undefined ? { role: grant.role } : { ...grant, of: grant.of.replace('*', () => part) })
      if (read.success) grants.set(JSON.stringify(read.data), read.data)
    }
  }
  return [...grants.values()]
}

/** A claim is a text or a list of texts. */
function valuesOf(claim: unknown): string[] {
  return (Array.isArray(claim) ? claim.slice(0, MOST_VALUES) : [claim]).filter((one) => typeof one === 'string')
}

/** What stands in the place of the `*`; empty where there is none. */
function matchOf(text: string, pattern: string): string | undefined {
  const [before = '', after] = pattern.split('*')
  if (after === undefined) return text === pattern ? '' : undefined
  const isMatch = text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after)
  return isMatch ? text.slice(before.length, text.length - after.length) : undefined
}
