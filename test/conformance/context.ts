import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Settings } from '../../core/config.ts'
import { createReach } from '../../core/context.ts'
import { Identity } from '../../core/domain/identity.ts'
import type { Prober, Submitter, SubmitterContext } from '../../core/domain/submitter.ts'

export type ContextSettings = {
  options?: Record<string, unknown>
  /** As it would stand in identities.yaml. */
  identity?: Partial<Identity>
  environment?: Record<string, string>
  /** Where commands are looked for first. */
  path?: string[]
  /** Of the certificates of the CAs; X509_CERT_DIR for commands. */
  caFolder?: string
  knownHosts?: string
  /** Endpoints whose hosts may be reached by HTTP; default: this machine. */
  endpoints?: readonly string[]
  signal?: AbortSignal
}

/** A context as the worker makes it, with the real runner, ssh and HTTP client. */
export function contextFor(plugin: Submitter | Prober, settings: ContextSettings = {}): { ctx: SubmitterContext; close(): Promise<void> } {
  const home = mkdtempSync(join(tmpdir(), `ssc-${plugin.name}-`))
  const { options = {}, environment = {}, path = [], caFolder, knownHosts = join(home, 'known_hosts') } = settings
  const config = Settings.parse({
    knownHosts,
    ...(caFolder === undefined ? {} : { certificates: caFolder }),
    submitters: { [plugin.name]: { options, environment, path } },
  })
  const reach = createReach({ ...config, home, knownHosts })
  const ctx = reach.contextOf({
    plugin,
    run: 'test',
    ...(settings.identity === undefined ? {} : { identity: identityOf(settings.identity) }),
    endpoints: settings.endpoints ?? ['localhost', '127.0.0.1'],
    signal: settings.signal ?? new AbortController().signal,
    log: () => {},
  })
  return {
    ctx,
    close: async () => {
      await reach.close()
      rmSync(home, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function identityOf(given: Partial<Identity>): Identity {
  return Identity.parse({ subject: '/DC=example/DC=exercise/CN=Mallory Attacker', kind: 'attacker', holder: 'the exercise', ...given })
}
