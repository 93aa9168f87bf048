import { randomUUID } from 'node:crypto'
import { TransientError } from '../../domain/errors.ts'
import type { Shell } from '../../domain/reach.ts'
import { commandOf, inTurn, type ShellSettings } from './call.ts'
import type { SshHost } from './connection.ts'
import { withFilesRemote } from './files-remote.ts'
import { createLane, type Lane } from './lanes.ts'
import { type Place, perform } from './perform.ts'

export type { SshHost } from './connection.ts'

export type SshPool = {
  /** The shell of a host. Connections are shared by all shells of the pool with the same host, port, user and key. */
  shell(host: SshHost, settings: ShellSettings): Shell
  /** Ends all connections; commands that still run on hosts are ended there. */
  close(): Promise<void>
}

/** At most 4 connections a host with 8 commands each; an idle one is closed after a minute, a lost one made anew. */
export function createSshPool(): SshPool {
  const lanes = new Map<string, Lane>()
  let isClosed = false
  const laneOf = (key: string, host: SshHost): Lane => {
    if (isClosed) throw new TransientError('all ssh connections are closed: nothing was started')
    const lane = lanes.get(key) ?? createLane(host, () => lanes.delete(key))
    lanes.set(key, lane)
    return lane
  }
  return {
    shell: (host, settings) => {
      const key = keyOf(host)
      return remoteShell({ lane: () => laneOf(key, host), name: host.host, settings })
    },
    close: async () => {
      isClosed = true
      await Promise.all([...lanes.values()].map((lane) => lane.close()))
    },
  }
}

function keyOf({ host, port, user, keyFile, agent, knownHostsFile, fresh }: SshHost): string {
  return JSON.stringify([host, port, user, keyFile, agent, knownHostsFile, fresh ? randomUUID() : ''])
}

function remoteShell(place: Place): Shell {
  return {
    run: async (argv, how) => {
      const command = commandOf(place.settings, argv, how)
      return inTurn(place.settings, () => perform(place, command))
    },
    withFiles: (files, body) => withFilesRemote(place, files, body),
  }
}
