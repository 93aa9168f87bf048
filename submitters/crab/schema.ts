import { z } from 'zod'

const Host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?$/, 'give a host, or host:port')

/** From `config.yaml`. No server is assumed: the gate must know which one jobs go through. */
export const CrabOptions = z.strictObject({
  /** CRAB's REST interface: the host that `instance` stands for in the client. */
  server: Host,
  /** The client's own word for a server and its database: prod, preprod, test2. */
  instance: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,19}$/, 'give the name of an instance of CRAB, for example prod')
    .default('prod'),
  /** Further hosts that the client reaches: MyProxy, the store of sandboxes, the proxy in front of the schedulers. */
  hosts: z.array(Host).default([]),
  /** How far back tasks are looked through for a label, days. */
  days: z.number().int().min(1).max(60).default(30),
})
export type CrabOptions = z.infer<typeof CrabOptions>

/** CRAB tells of one task at a time, and each command is a Python program: so many at once. */
export const PARALLEL = 4
