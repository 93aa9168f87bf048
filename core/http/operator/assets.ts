import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const packages = createRequire(import.meta.url)

/** All that the pages load besides themselves; nothing comes from elsewhere. */
const files: Record<string, { type: string; text(): string }> = {
  'style.css': {
    type: 'text/css',
    text: () =>
      ['frame.css', 'content.css', 'forms.css', 'board.css', 'challenge.css', 'map.css', 'api.css']
        .map((name) => read(`style/${name}`))
        .join(''),
  },
  'api.js': { type: 'text/javascript', text: () => read('script/api.js') },
  'board.js': { type: 'text/javascript', text: () => read('script/board.js') },
  'passkey.js': { type: 'text/javascript', text: () => read('script/passkey.js') },
  'webauthn.js': {
    type: 'text/javascript',
    text: () => readFileSync(join(dirname(packages.resolve('@simplewebauthn/browser')), '../dist/bundle/index.umd.min.js'), 'utf8'),
  },
  'icon.svg': { type: 'image/svg+xml', text: () => read('style/icon.svg') },
}

const kept = new Map<string, { type: string; text: string; version: string }>()

function fileOf(name: string): { type: string; text: string; version: string } {
  const known = kept.get(name)
  if (known !== undefined) return known
  const { type, text } = files[name]!
  const body = text()
  const made = { type, text: body, version: createHash('sha256').update(body).digest('hex').slice(0, 12) }
  kept.set(name, made)
  return made
}

/** The address of a file, which changes with what is in it: so browsers may keep it. */
export function assetUrl(name: string): string {
  return `/assets/${fileOf(name).version}/${name}`
}

export async function serveAssets(app: FastifyInstance): Promise<void> {
  app.get<{ Params: { version: string; name: string } }>('/assets/:version/:name', (request, reply) => {
    const { name } = request.params
    if (!Object.hasOwn(files, name)) return reply.callNotFound()
    const { type, text, version } = fileOf(name)
    const isCurrent = version === request.params.version
    return reply
      .header('cache-control', isCurrent ? 'public, max-age=31536000, immutable' : 'no-store')
      .type(`${type}; charset=utf-8`)
      .send(text)
  })
}
