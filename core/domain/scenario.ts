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
  /** How often access and the jobs' states are looked at: so often for so long after an alert, and then more rarely. */
  watch: z
    .strictObject({ every: Duration, for: Duration, later: Duration })
    .refine(({ every, for: close, later }) => later >= every && later % every === 0 && close / every <= 1000, {
      error: 'later is a multiple of every, and there are at most 1000 rounds of the first kind',
    }),
  mails: z.strictObject({ remindAfter: Duration, closeAfter: Duration }),
  /** How long after the alert the run ends. */
  endAfter: Duration,
})
export type Scenario = z.infer<typeof Scenario>
