import { createHash } from 'node:crypto'

/** CMS's name of a site, as the client checks it: https://twiki.cern.ch/twiki/bin/view/CMSPublic/CRAB3ConfigurationFile, "Site.whitelist". */
const CMS_SITE = /^T[0-3]_[A-Z]{2}_[A-Za-z0-9_]{1,80}$/
/** `yymmdd_hhmmss:user_crab_requestname`, as the client's remake command takes it. */
const TASK = /^\d{6}_\d{6}:[A-Za-z0-9-]{1,60}_(crab_[A-Za-z0-9_-]{1,100})$/

export function isCmsSite(name: string | undefined): name is string {
  return name !== undefined && CMS_SITE.test(name)
}

export function isTask(text: string): boolean {
  return TASK.test(text)
}

/** The project folder that the client makes for a task; only for what `isTask` takes. */
export function projectOf(task: string): string {
  return TASK.exec(task)?.[1] ?? ''
}

/** A request name has at most 100 letters, digits, dashes and underscores: other labels go by their hash. */
export function requestNameOf(label: string): string {
  return /^[A-Za-z0-9_-]{1,90}$/.test(label) ? label : `h-${createHash('sha256').update(label).digest('hex').slice(0, 40)}`
}
