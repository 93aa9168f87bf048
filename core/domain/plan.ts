import type { Run } from './run.ts'

/** A chosen site, with all that its challenge needs later: the plan is complete without the federation's data. */
export type PlannedSite = {
  name: string
  country: string
  ngi: string
  tier?: string
  timeZone: string
  securityContact: string
  submitter: string
  serviceType: string
  endpoint: string
  /** Public holidays of the country in and after the window, `YYYY-MM-DD`. */
  holidays: readonly string[]
  /** Outages of the site: those declared before the alert pause its clocks. */
  downtimes: readonly { declaredMs: number; startMs: number; endMs: number }[]
}

export type Plan = {
  /** `<scenario>-<first 8 digits of the hash>` */
  id: string
  hash: string
  run: Run
  sites: readonly PlannedSite[]
  excluded: readonly { name: string; reason: string }[]
}
