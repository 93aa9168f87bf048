import { z } from 'zod'
import { Duration } from './run.ts'

export const Category = z.enum(['communication', 'containment', 'forensics'])
export type Category = z.infer<typeof Category>

/** One expectation of a site: what must be there by when, and what it is worth. */
export const Expectation = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  category: Category,
  points: z.number().positive(),
  mandatory: z.boolean().default(false),
  /** `working` counts 09-17 of the site's working days only. */
  clock: z.enum(['wall', 'working']).default('wall'),
  within: Duration,
  /** After `within` the points fall to `lateFactor`, after `lateUntil` to none. */
  lateUntil: Duration.optional(),
  lateFactor: z.number().min(0).max(1).default(0.5),
  /** Which evidence fulfils it. */
  evidence: z.enum(['human-reply', 'contained', 'closure', 'report-fields']),
  source: z.string(),
})
export type Expectation = z.infer<typeof Expectation>

/** What is expected of a party of the whole run. The clock starts when it was told. */
export const PartyExpectation = z.strictObject({
  role: z.enum(['vo', 'ca', 'nren', 'ngi']),
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string(),
  points: z.number().positive(),
  clock: z.enum(['wall', 'working']).default('wall'),
  within: Duration,
  lateUntil: Duration.optional(),
  lateFactor: z.number().min(0).max(1).default(0.5),
  /** `suspended`: an officer's word; `revoked`: the CA's revocation list, or an officer's word. */
  evidence: z.enum(['human-reply', 'suspended', 'revoked']),
  source: z.string(),
})
export type PartyExpectation = z.infer<typeof PartyExpectation>

/** Versioned scoring rules, kept as data with the scenario and copied into the log of each run. */
export const Rubric = z.strictObject({
  id: z.string(),
  version: z.number().int().positive(),
  title: z.string(),
  workingHours: z.strictObject({ from: z.number().int().min(0).max(23), to: z.number().int().min(1).max(24) }),
  /** Days of the week without work, 0 = Sunday, by country; `default` for all others. */
  weekends: z.record(z.string(), z.array(z.number().int().min(0).max(6))),
  expectations: z.array(Expectation).min(1),
  parties: z.array(PartyExpectation).default([]),
})
export type Rubric = z.infer<typeof Rubric>

/** How long after the alert a site has for what this evidence shows, ms; undefined where the rubric does not ask for it. */
export function withinOf({ expectations }: Pick<Rubric, 'expectations'>, evidence: Expectation['evidence']): number | undefined {
  return expectations.find((one) => one.evidence === evidence)?.within
}
