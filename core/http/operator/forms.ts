import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NotAllowedError } from './errors.ts'

/** More than any form of ours has, be all sites of a federation ticked in it. */
const MOST_FIELDS = 5_000

/** Forms and JSON; a form of another site could send plain text without asking, which nobody here needs. */
export function acceptForms(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_request: FastifyRequest, body: string) =>
    fieldsOf(body),
  )
}

/** Fields that come more than once are lists; nothing else has a shape. */
function fieldsOf(body: string): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>()
  let left = MOST_FIELDS
  for (const [name, value] of new URLSearchParams(body)) {
    left -= 1
    if (left < 0) throw new NotAllowedError(413, `This has more than ${MOST_FIELDS} fields. Send it in parts.`)
    const before = fields.get(name)
    if (before === undefined) fields.set(name, value)
    else if (typeof before === 'string') fields.set(name, [before, value])
    else before.push(value)
  }
  return Object.fromEntries(fields)
}
