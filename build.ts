import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

// Makes `dist`, which mirrors the tree: the compiled program finds its folders where the source finds them.

const root = fileURLToPath(new URL('.', import.meta.url))
const dist = join(root, 'dist')
const rooms = ['core', 'submitters', 'scenarios', 'mail-templates', 'reports']

rmSync(dist, { recursive: true, force: true })
execFileSync(process.execPath, [compiler(), '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' })
for (const room of rooms) cpSync(join(root, room), join(dist, room), { recursive: true, filter: isAsset })
chmodSync(join(dist, 'core/cli/main.js'), 0o755)

function compiler(): string {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
  return join(dirname(manifest), 'bin/tsc')
}

/** All that the program reads while it runs, so that a new plug-in's files come along without a word here. */
function isAsset(path: string): boolean {
  if (statSync(path).isDirectory()) return relative(root, path) !== join('core', 'decisions')
  return !['.ts', '.png'].includes(extname(path)) && !path.split(sep).includes('fixtures')
}
