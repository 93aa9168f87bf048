import { z } from 'zod'
import { Duration } from './run.ts'

/** The story of a challenge as data: `scenarios/<id>/scenario.yaml`. */
export const Scenario = z.strictObject({
  id: z.string(),
  title: z.string(),
  story: z.string(),
  /** File name of the rubric, beside it. */
  rubric: z.string(),
  job: z.strictObject({ heartbeatEvery: Duration, silenceEnds: Duration, lateAfter: Duration, lostAfter: Duration }),
  /** Access probes and job status, after the alert was accepted. */
  watchAt: z.array(Duration).min(1),
  mails: z.strictObject({ remindAfter: Duration, closeAfter: Duration }),
  /** How long after the alert the run ends. */
  endAfter: Duration,
})
export type Scenario = z.infer<typeof Scenario>
