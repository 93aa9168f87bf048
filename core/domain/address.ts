import { z } from 'zod'

/** A web address with no user, query or fragment; `message` is said of what is more than that. */
export function plainAddress(message: string) {
  return z
    .url({ protocol: /^https?$/ })
    .max(500)
    .regex(/^[A-Za-z0-9:/._~[\]-]+$/, message)
}

/** The place at `path` below a base address, which people write with a slash at its end or without. */
export function below(address: string, path: string): string {
  return `${address.replace(/\/+$/, '')}${path}`
}
