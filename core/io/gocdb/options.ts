import { z } from 'zod'

const Path = z.string().regex(/^\/[^\0\r\n]*$/, 'give the whole path, beginning with /')

/** How GOCDB is reached, in config.yaml: `ssc sites fetch` without --url, and rounds of runs that wait for a word of GOCDB. */
export const GocdbOptions = z
  .strictObject({
    /** Without `/public/` and `/private/`, which are added. */
    url: z.url({ protocol: /^https$/, error: 'an https address, for example https://goc.egi.eu/gocdbpi' }),
    /** The client certificate and its key (PEM), or a file with a bearer token: get_cert_status_changes is not shown to everybody. */
    certificateFile: Path.exactOptional(),
    keyFile: Path.exactOptional(),
    /** The authorities to trust, in the place of the system's. */
    caFile: Path.exactOptional(),
    tokenFile: Path.exactOptional(),
    /** Only sites and services of these scopes, separated by commas. */
    scope: z.string().min(1).max(500).exactOptional(),
  })
  .refine(({ certificateFile, keyFile }) => (certificateFile === undefined) === (keyFile === undefined), {
    path: ['keyFile'],
    message: 'certificateFile and keyFile go together',
  })
export type GocdbOptions = z.infer<typeof GocdbOptions>
