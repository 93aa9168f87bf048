import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readConfig } from '../core/config.ts'
import { sharedPorts } from '../core/doors.ts'
import { serve } from '../core/serve.ts'
import { openFresh } from './app/instance.ts'

const toEnd: (() => unknown)[] = []
afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end()
})

function configOf(yaml: string) {
  const home = mkdtempSync(join(tmpdir(), 'ssc-doors-'))
  toEnd.push(() => rmSync(home, { recursive: true }))
  writeFileSync(join(home, 'config.yaml'), yaml)
  return readConfig({ SSC_HOME: home }, home)
}

describe('the doors of an instance', () => {
  it('given the defaults, free ports, or one port at two addresses, then none share one', () => {
    for (const yaml of [
      'mail: a@ssc.example',
      'listener: { port: 0 }\noperator: { port: 0 }\nsites: { port: 0 }\ninbox: { port: 0 }',
      'listener: { host: 192.0.2.1, port: 443 }\noperator: { host: 192.0.2.2, port: 443 }\nsites: { host: "2001:db8::1", port: 443 }',
    ])
      expect(sharedPorts(configOf(yaml)), yaml).toEqual([])
  })

  it.each([
    ['the same host', '127.0.0.1', '127.0.0.1'],
    ['one of them everywhere', '192.0.2.1', '0.0.0.0'],
    ['one of them everywhere, by IPv6', '"::"', '192.0.2.1'],
    ['two names of this machine', 'localhost', '127.0.0.1'],
    ['a name that may lead to the same', 'ssc.example', '192.0.2.1'],
  ])('given one port and %s, then the place in config.yaml is told', (_, one, other) => {
    const yaml = `operator: { host: ${one}, port: 9000 }\nsites: { host: ${other}, port: 9000 }`
    const bare = one.replaceAll('"', '')
    expect(sharedPorts(configOf(yaml))).toEqual([
      `operator and sites share port 9000 (${bare} and ${other}): set operator.port or sites.port in config.yaml to another one`,
    ])
  })

  it('given doors that share a port, when serve starts, then it opens none of them, and says each', async () => {
    const { instance, close } = await openFresh()
    toEnd.push(close)
    const { config } = instance
    const shared = {
      ...instance,
      config: { ...config, operator: { ...config.operator, port: 8471 }, inbox: { ...config.inbox, port: 8471 } },
    }
    const logged: string[] = []
    const started = serve(shared, { role: 'all', checked: false, log: (message) => void logged.push(message) })
    await expect(started).rejects.toThrow(/listener and operator share port 8471.*\n.*listener and inbox.*\n.*operator and inbox/)
    expect(logged).toEqual([])
  })
})
