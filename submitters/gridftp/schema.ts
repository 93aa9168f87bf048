import { z } from 'zod'

/** A path from the root of the server: only what needs no escape in a URL, and no way up. */
export const Path = z
  .string()
  .max(500)
  .regex(/^\/[A-Za-z0-9._~/-]*$/, 'a path begins with / and has letters, digits, dots, dashes, underscores and tildes')
  .refine((path) => !path.split('/').includes('..'), 'a path does not go up')

export const GridftpOptions = z.strictObject({
  /** The directory that a probe lists and a survey begins in, where an endpoint names none. */
  path: Path.default('/'),
  /** Directories below which neither a group nor all the world should read or write. */
  private: z.array(Path).max(20).default([]),
  /** How far below its beginning a survey reports, in directories. */
  depth: z.number().int().min(1).max(20).default(3),
  /** The most paths of one survey that are looked at, and the most findings. */
  mostPaths: z.number().int().min(1).max(10_000).default(2_000),
  /** The longest time of one listing, s; a loaded server takes more than 10. */
  listingSeconds: z.number().int().min(1).max(600).default(30),
  /** The longest time that a survey walks through one directory's tree, s: what it saw until then is reported. */
  surveySeconds: z.number().int().min(1).max(600).default(30),
})
export type GridftpOptions = z.infer<typeof GridftpOptions>
