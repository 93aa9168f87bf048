import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** What runs at the site: the wrapper of a job, and the look at what jobs left. */
export function scriptOf(name: 'run-job.sh' | 'look.sh'): Promise<string> {
  return readFile(fileURLToPath(new URL(`./${name}`, import.meta.url)), 'utf8')
}
