import { z } from 'zod'

const Host = z
  .string()
  .max(260)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?$/, 'a host, with a port where it is not the usual one')

/** From `submitters.htcondor.options` of config.yaml. */
export const HtcondorOptions = z
  .strictObject({
    /** The VO's collector, when jobs go through a schedd of the VO and not to the sites' computing elements. */
    pool: Host.optional(),
    /** The VO's schedd in that pool, by its name. */
    schedd: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9.@_-]{0,252}$/, 'not the name of a schedd')
      .optional(),
    /** The attribute that names the site to the VO's glideins. */
    siteAttribute: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'not the name of an attribute')
      .default('DESIRED_Sites'),
    /** A whole path where commands run, for what comes back of a job; default: the plug-in's own folder on this machine. */
    folder: z
      .string()
      .max(200)
      .regex(/^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/, 'a whole path of letters, digits, dots, dashes and underscores')
      .optional(),
    /** How the identity proves itself; default: by what it has. `config`: as HTCondor's own configuration says. */
    auth: z.enum(['token', 'proxy', 'config']).optional(),
    /** How many ids are asked for at once. */
    chunk: z.number().int().min(1).max(1000).default(100),
    /** How long a submission waits for another one of the same label, seconds. */
    patienceSeconds: z.number().int().min(0).max(45).default(20),
  })
  .refine(({ pool, schedd }) => (pool === undefined) === (schedd === undefined), 'pool and schedd belong together')
export type HtcondorOptions = z.infer<typeof HtcondorOptions>
