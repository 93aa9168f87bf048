import { resolve } from 'node:path'
import { Command } from 'commander'
import { InputError, messageOf } from '../domain/errors.ts'
import { isLoopback } from '../domain/loopback.ts'
import { OPEN_TO_ALL, readSmallFile } from '../io/secret-file.ts'
import { tokenIn } from '../io/token-file.ts'
import type { Cli } from './cli.ts'
import { runParsed } from './program.ts'
import { createApi, type Far, type Remote } from './remote-api.ts'
import { addControls } from './remote-controls.ts'
import { addElsewhere } from './remote-elsewhere.ts'
import { addReadings } from './remote-readings.ts'
import { addSites } from './remote-sites.ts'
import { addWords } from './remote-words.ts'

const MOST_TOKEN_BYTES = 10_000

type Shell = Pick<Cli, 'cwd' | 'out' | 'err' | 'signal'>

/** Does a verb on the instance of SSC_URL: nothing of this machine's is opened. Gives back the exit status. */
export async function askElsewhere(argv: readonly string[], env: Record<string, string | undefined>, cli: Shell): Promise<number> {
  try {
    return await runRemote(argv, await remoteOf(env, cli.cwd), cli)
  } catch (error) {
    cli.err(`ssc: ${messageOf(error)}\n`)
    return 2
  }
}

/** SSC_URL, with SSC_TOKEN or SSC_TOKEN_FILE. Throws InputError. */
async function remoteOf(env: Record<string, string | undefined>, cwd: string): Promise<Remote> {
  const { SSC_URL: address = '', SSC_TOKEN, SSC_TOKEN_FILE } = env
  const token = SSC_TOKEN ? tokenIn(SSC_TOKEN) : SSC_TOKEN_FILE ? await tokenOf(resolve(cwd, SSC_TOKEN_FILE)) : undefined
  const problems = [...addressProblems(address), ...(token === undefined ? [noToken(SSC_TOKEN, SSC_TOKEN_FILE)] : [])]
  if (problems.length > 0 || token === undefined) throw new InputError('SSC_URL sends each verb to an instance elsewhere:', problems)
  return { url: new URL(address).origin, token }
}

function addressProblems(address: string): string[] {
  if (!URL.canParse(address)) return [`SSC_URL: '${address}' is no address, for example https://officers.ssc.example`]
  const { protocol, hostname, pathname, search, hash, username } = new URL(address)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  return [
    ...(isSafe ? [] : ['SSC_URL: the token goes over https alone, but on this machine']),
    ...(pathname === '/' && search === '' && hash === '' && username === ''
      ? []
      : ['SSC_URL: give scheme, host and port alone, for example https://officers.ssc.example']),
  ]
}

function noToken(given: string | undefined, file: string | undefined): string {
  if (given) return 'SSC_TOKEN: this is no token'
  return file ? `SSC_TOKEN_FILE: there is no token in the first line of ${file}` : 'SSC_TOKEN, or SSC_TOKEN_FILE: make a token in Settings'
}

async function tokenOf(file: string): Promise<string | undefined> {
  const found = await readSmallFile(file, MOST_TOKEN_BYTES).catch((error) => {
    throw new InputError(`SSC_TOKEN_FILE: ${file} ${messageOf(error)}`, [])
  })
  if (found.isOpenToAll) throw new InputError(`SSC_TOKEN_FILE: ${file} ${OPEN_TO_ALL}`, [])
  return tokenIn(found.text)
}

/** Does a verb by the API of an instance elsewhere. Gives back the exit status. */
async function runRemote(argv: readonly string[], { url, token }: Remote, cli: Shell): Promise<number> {
  const far: Far = { cwd: cli.cwd, out: cli.out, err: cli.err, url, api: createApi({ url, token }, cli.signal) }
  const program = new Command('ssc')
    .description(`By SSC_URL the verbs work on ${url}, through its API.`)
    .configureOutput({ writeOut: cli.out, writeErr: cli.err })
    .showHelpAfterError(`(SSC_URL is set: ssc VERB --help shows what can be said to ${url})`)
    .exitOverride()
  for (const add of [addReadings, addControls, addWords, addSites]) add(program, far)
  addElsewhere(program, url)
  return runParsed(program, argv, cli)
}
