import type { z } from 'zod'
import type { Boards } from '../../boards.ts'
import type { Deed, Viewer } from '../../domain/account.ts'
import type { PlannedRun } from '../../domain/work.ts'
import type { Instance } from '../../instance.ts'

/** What the pages stand on. */
export type Office = {
  instance: Instance
  boards: Boards
  /** As it is typed into a browser: scheme, host and port. */
  origin: string
  /** The title of the OpenID provider, where there is one. */
  openid?: string
  log(message: string, data?: Record<string, unknown>): void
}

/**
 * Who may come: everybody with an account; officers; the CSIRT alone; or those whom the run of the address concerns, to read it or to
 * act in it. The one list of what is allowed: test/http/operator/roles.test.ts tries all of it.
 */
export type Need = 'oneself' | 'office' | 'instance' | { run: Deed }

/** What a route is asked. `run` is there where its need is of a run. */
export type Asked<Query = unknown, Body = unknown> = {
  office: Office
  viewer: Viewer
  params: Readonly<Record<string, string>>
  query: Query
  body: Body
  run?: PlannedRun
}

/** A page of a template, which gets `view` beside what all pages get. */
export type Page = {
  title: string
  template: string
  view: object
  /** It looks again by itself after so many seconds, without script. */
  againAfterS?: number
  /** The same where a script would keep it up to date, but none runs. */
  againWithoutScriptS?: number
}

type Common = {
  /** In the log of what was done, and as `operationId`. Unique. */
  name: string
  /** As Fastify writes it; the same below `/api/v1`. */
  path: string
  summary: string
  need: Need
}

/** Shows something: as a page, and as JSON. */
export type Reading<Query = any, Data = any> = Common & {
  kind: 'reading'
  query: z.ZodType<Query>
  answer: z.ZodType<Data>
  read(asked: Asked<Query>): Promise<Data>
  page(data: Data, asked: Asked<Query>): Page | Promise<Page>
}

/** Changes something. `on`: the page with its form, which is shown again when it was not taken. */
export type Acting<Body = any, Data = any> = Common & {
  kind: 'acting'
  body: z.ZodType<Body>
  answer: z.ZodType<Data>
  on: Reading
  /** No script may do it in the place of a person. */
  inPerson?: true
  /** Its form can bring files. */
  uploads?: true
  act(asked: Asked<unknown, Body>): Promise<Done<Data>>
}

/** Gives out a file, such as a report. `answer`: what is in it, where it is JSON. */
export type Giving<Query = any> = Common & {
  kind: 'giving'
  query: z.ZodType<Query>
  answer?: z.ZodType
  give(asked: Asked<Query>): Promise<Given>
}

/** `name`: of the file, when it is to be kept and not to be looked at. */
export type Given = { contentType: string; body: string | Uint8Array; name?: string }

/** `said`: one line for the person; `to`: where they go on. */
export type Done<Data = any> = { data: Data; said: string; to: string }

export type Route = Reading | Acting | Giving

export function reading<Query, Data>(route: Omit<Reading<Query, Data>, 'kind'>): Reading<Query, Data> {
  return { kind: 'reading', ...route }
}

export function acting<Body, Data>(route: Omit<Acting<Body, Data>, 'kind'>): Acting<Body, Data> {
  return { kind: 'acting', ...route }
}

export function giving<Query>(route: Omit<Giving<Query>, 'kind'>): Giving<Query> {
  return { kind: 'giving', ...route }
}
