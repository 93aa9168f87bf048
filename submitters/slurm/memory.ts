import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Which host a label was sent to: slurm's ids and names say it not, and a lookup by label has nothing else to go by. */
export async function rememberHost(folder: string, label: string, host: string): Promise<void> {
  await mkdir(join(folder, 'hosts'), { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'hosts', label), host, { mode: 0o600 })
}

export async function hostOfLabel(folder: string, label: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, 'hosts', label), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
