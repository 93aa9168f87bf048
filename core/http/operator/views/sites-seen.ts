import { seesNgi } from '../../../domain/account.ts'
import type { Asked } from '../route.ts'

/** The sites of the run that the viewer sees. `isAll`: what concerns the run as a whole, such as its parties, is theirs, too. */
export function sitesSeen({ run, viewer }: Asked): { names: ReadonlySet<string>; isAll: boolean } {
  const { sites } = run!.plan
  const own = sites.filter(({ ngi }) => seesNgi(viewer.account, ngi))
  return { names: new Set(own.map(({ name }) => name)), isAll: own.length === sites.length }
}
