import type { Submitter } from '../../core/domain/submitter.ts'
import { cancel, clean, output, status } from './follow.ts'
import { find } from './labels.ts'
import { check, probe } from './probe.ts'
import { ArcOptions } from './schema.ts'
import { submit } from './submit.ts'

/** Sends jobs to the A-REX of an ARC computing element, through its REST interface. */
export const submitter: Submitter<ArcOptions> = {
  name: 'arc',
  summary: "Sends jobs to a site's ARC computing element, through the REST interface of A-REX",
  // As GOCDB names them: https://wiki.egi.eu/wiki/GOCDB/Input_System_User_Documentation, "Service Types".
  serviceTypes: ['org.nordugrid.arex', 'ARC-CE'],
  options: ArcOptions,
  // Connections only: no process is started.
  atOnce: 256,
  submit,
  status,
  find,
  cancel,
  output,
  clean,
  check,
  probe,
}
