import type { Submitter } from '../../core/domain/submitter.ts'
import { Label } from '../../core/domain/submitter.ts'
import { cancel } from './cancel.ts'
import { check, probe } from './probe.ts'
import { PandaOptions } from './schema.ts'
import { status } from './status.ts'
import { submit } from './submit.ts'
import { findTask } from './tasks.ts'

/** Sends each job as a task of its own through a PanDA server to one of its queues. */
export const submitter: Submitter<PandaOptions> = {
  name: 'panda',
  summary: "Sends each job as a task through the VO's PanDA server; at the site a pilot brings it",
  // PanDA is a service of a VO: GOCDB has no type for it, and none is looked for.
  serviceTypes: ['PanDA'],
  options: PandaOptions,
  through: ({ server }) => server,
  reaches: ({ server }) => [server],
  submit,
  status,
  find: async (label, ctx) => (Label.safeParse(label).success ? findTask(label, ctx) : undefined),
  cancel,
  check,
  probe,
}
