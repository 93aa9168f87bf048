import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// A user's own plug-in: each site is a folder, each job a process that works in it. Its endpoints are names alone.

/** Of the process group's leader: an agent that has ended leaves nothing to signal. */
function lives(pid) {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}

const pidOf = (ctx, id) => Number(readFileSync(join(ctx.folder, id, 'pid'), 'utf8'))
const forEach = (ids, answer) => new Map(ids.map((id) => [id, { ok: true, value: answer(id) }]))

export const submitter = {
  name: 'hut',
  summary: 'processes in folders',
  serviceTypes: ['org.nordugrid.arex', 'CREAM-CE', 'org.opensciencegrid.htcondorce'],
  options: { safeParse: () => ({ success: true, data: {} }) },
  async submit(job, ctx) {
    const folder = join(ctx.folder, job.label)
    if (existsSync(folder)) return { ok: false, transient: false, reason: 'it is there already' }
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, 'agent.sh'), job.script, { mode: 0o600 })
    const child = spawn('/bin/sh', ['agent.sh'], { cwd: folder, detached: true, stdio: 'ignore' })
    writeFileSync(join(folder, 'pid'), String(child.pid))
    child.unref()
    return { ok: true, value: { nativeId: job.label } }
  },
  async status(ids, ctx) {
    return forEach(ids, (id) => (lives(pidOf(ctx, id)) ? { state: 'running', native: 'R' } : { state: 'ended', native: 'D' }))
  },
  async cancel(ids, ctx) {
    return forEach(ids, (id) => {
      if (lives(pidOf(ctx, id))) process.kill(-pidOf(ctx, id), 'SIGTERM')
      return null
    })
  },
  async probe() {
    return { access: 'accepted', words: 'let in' }
  },
  async check() {
    return []
  },
}
