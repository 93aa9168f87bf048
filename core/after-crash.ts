import { readFileSync } from 'node:fs'
import { RESTORED } from './backup.ts'
import { RefusedError } from './domain/errors.ts'
import type { Instance } from './instance.ts'

/** What was restored from a backup knows nothing of what left after it; and PGlite does not sync to disk: after a crash of the machine the log may have lost its end, and a mail could go out twice. */
export async function refuseAfterCrash({ db, store }: Instance, checked: boolean): Promise<void> {
  const [before, now] = [await store.document<string | null>('boot'), bootId()]
  if (before === RESTORED && !checked)
    throw new RefusedError(
      'this instance was restored from a backup: what left after it is not known here.\n' +
        'Compare the mail server and the job systems with `ssc status RUN`, then start with: ssc serve --checked',
    )
  if (db.kind !== 'pglite') return before === RESTORED ? store.putDocument('boot', null) : undefined
  if (before && now && before !== now && !checked)
    throw new RefusedError(
      'this machine was restarted while the framework was running: the end of the log may be lost.\n' +
        'Compare the mail server and the job systems with `ssc status RUN`, then start with: ssc serve --checked',
    )
  await store.putDocument('boot', now ?? null)
}

function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}
