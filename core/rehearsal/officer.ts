import { noteRun } from '../app/note-run.ts'
import { readShelves, sortMail } from '../app/sort-mail.ts'
import { readChallenge, streamOf } from '../app/view.ts'
import { lastPackages } from '../domain/pakiti.ts'
import type { LaunchedRun } from '../domain/work.ts'
import type { Instance } from '../instance.ts'

const BY = 'rehearsal'

/** What an officer does in a run: sorts the mails that name no letter of ours, and looks through what Pakiti found. True when there was something to do. */
export async function actAsOfficer(instance: Instance, run: LaunchedRun, certify: (site: string) => void): Promise<boolean> {
  const sorted = await sortShelf(instance, run.plan.id)
  return (await assess(instance, run, certify)) || sorted
}

/** A mail from a site's contact is that site's. */
async function sortShelf(instance: Instance, run: string): Promise<boolean> {
  const waiting = (await readShelves(instance)).flatMap(({ contentHash, shelf, proposals }) => {
    const own = proposals.find((one) => one.run === run)
    return shelf === 'to-sort' && own ? [{ contentHash, run, site: own.site, by: BY }] : []
  })
  for (const one of waiting) await sortMail(instance, one)
  return waiting.length > 0
}

/** Where nothing is left that Pakiti tagged, the site is assessed as good, and certified in GOCDB. */
async function assess(instance: Instance, run: LaunchedRun, certify: (site: string) => void): Promise<boolean> {
  if (!run.rubric.expectations.some((one) => one.evidence === 'assessed')) return false
  let isDone = false
  for (const site of run.plan.sites) {
    const { packages, notes } = await readChallenge(instance.store, streamOf(run, site))
    const last = lastPackages(packages)?.data
    const isClean = last !== undefined && last.reportedMs > 0 && last.vulnerable.length === 0
    if (!isClean || notes.some((note) => note.data.fulfils === 'assessed')) continue
    certify(site.name)
    const text = 'what Pakiti found was looked through, and nothing is left of it'
    await noteRun(instance, { run: run.plan.id, site: site.name, by: BY, fulfils: 'assessed', text })
    isDone = true
  }
  return isDone
}
