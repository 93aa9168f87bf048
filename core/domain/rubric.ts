import { z } from 'zod'
import { Duration } from './run.ts'

export const Category = z.enum(['communication', 'containment', 'forensics', 'contact', 'patching'])
export type Category = z.infer<typeof Category>

/**
 * What can fulfil an expectation of a site:
 * `human-reply` a person's answer · `contained` the job ended or the identity kept out by the site · `closure` a report ·
 * `report-fields` what the common report tells rightly · `downtime` a downtime in GOCDB, declared after the clock began ·
 * `answers` each question answered by a person, each by its own clock · `question` one question answered rightly ·
 * `depth` how far the contact goes, from 1 to 5 · `vo-contacted` the VO's team was told · `packages` the site's hosts reported
 * to Pakiti, without a vulnerability that is tagged · `assessed` an officer's positive assessment · `certified` GOCDB says so.
 */
export const SiteEvidence = z.enum([
  'human-reply',
  'contained',
  'closure',
  'report-fields',
  'downtime',
  'answers',
  'question',
  'depth',
  'vo-contacted',
  'packages',
  'assessed',
  'certified',
])
export type SiteEvidence = z.infer<typeof SiteEvidence>

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
  /** When its clock starts: with the alert, with the containment, or with the question that it is about. */
  startsAt: z.enum(['alert', 'containment', 'question']).default('alert'),
  /** Which evidence fulfils it. */
  evidence: SiteEvidence,
  /** For `question`: which one of the scenario. */
  question: z.string().exactOptional(),
  /** For `report-fields`: which fields count; without it, all. */
  fields: z.array(z.string()).min(1).exactOptional(),
  /** For `depth`: from which depth of the contact on it is worth all points. */
  full: z.number().int().min(1).max(5).exactOptional(),
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
