import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import PostalMime from 'postal-mime'
import { stringify } from 'yaml'
import { freePorts, project, type Started, waitUntil } from '../services/process.ts'
import { makePlace, type Place } from './place.ts'
import { startServe } from './serving.ts'
import { type Sink, type Sunk, startSink } from './sink.ts'

const HOUR_MS = 3_600_000
/** Long enough for the clicks of a run on a busy machine. */
const WINDOW_MS = 75_000
export const NGI = 'NGI_IBERGRID'

/** A running instance that knows nobody yet, a scenario whose times can be waited for, and a mail server for the sites. */
export type Region = {
  place: Place
  sink: Sink
  serve: Started
  /** Where the pages are, and the way in of the first officer. */
  origin: string
  firstRun: string
  /** GOCDB's answers with the sites of the NGI alone, as its officer downloads them. */
  files: Record<'sites' | 'services' | 'downtimes', string>
  /** What the officer writes: the window closes soon, and the run ends `endAfter` later. */
  runYaml(): string
  /** Answers a letter as the site's contact does, from where it was sent to. */
  reply(letter: Sunk, text: string): Promise<void>
  close(): Promise<void>
}

export async function openRegion({ sites, endAfter }: { sites: number; endAfter: string }): Promise<Region> {
  const [place, sink] = [await makePlace(), await startSink()]
  const [listener = 0, operator = 0, inbox = 0, door = 0] = await freePorts(4)
  const ports = { listener, operator, inbox, sites: door, smtp: sink.port }
  const settings = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, { host: '127.0.0.1', port }]))
  writeFileSync(join(place.home, 'config.yaml'), stringify({ ...settings, pace: { perMinute: 60_000, burst: 1_000 } }))
  addRegional(place, endAfter)
  const serve = await startServe(place)
  await waitUntil(() => /\/join\//.test(serve.out()), 'the first-run link')
  const firstRun = /https?:\/\/\S+\/join\/[\w-]+/.exec(serve.out())![0]
  return {
    ...{ place, sink, serve, firstRun, origin: new URL(firstRun).origin, files: ownFiles(place), runYaml: () => runYaml(sites) },
    reply: (letter, text) => reply(letter, text, inbox),
    close: async () => {
      serve.kill('SIGTERM')
      await serve.ended
      await place.remove()
      await sink.close()
    },
  }
}

/** The regional scenario, of which nothing is left that lasts for days. */
function addRegional(place: Place, endAfter: string): void {
  const folder = join(place.home, 'scenarios/regional')
  mkdirSync(join(place.home, 'scenarios'), { recursive: true })
  cpSync(join(project, 'scenarios/ssc5-regional'), folder, { recursive: true })
  const change = (name: string, changed: (text: string) => string) =>
    writeFileSync(join(folder, name), changed(readFileSync(join(folder, name), 'utf8')))
  change('scenario.yaml', (text) =>
    text
      .replace(/^id: .*$/m, 'id: regional')
      .replace(/^endAfter: .*$/m, `endAfter: ${endAfter}`)
      .replace(/ {2}tasks:\n( {4}- .*\n)+/, '')
      .replace(/ {2}(escalateAfter|closeAfter|notifyAfter): .*\n/g, '')
      .replace(/heartbeatEvery: .*/, 'heartbeatEvery: 1s')
      .replace(/ {4}after: 2d\n/, '    after: 2s\n'),
  )
  change('rubric.yaml', (text) =>
    text
      .replace(/within: .*/g, `within: ${endAfter}`)
      .replace(/lateUntil: .*/g, `lateUntil: ${endAfter}`)
      .replaceAll('clock: working', 'clock: wall'),
  )
}

function ownFiles({ home }: Place): Region['files'] {
  const kept = (name: string, element: string, isOwn: (block: string) => boolean) => {
    const text = readFileSync(join(project, 'core/rehearsal/gocdb', name), 'utf8')
    const own = text.replace(new RegExp(` *<${element} [\\s\\S]*?</${element}>\\n`, 'g'), (block) => (isOwn(block) ? block : ''))
    writeFileSync(join(home, name), own)
    return own
  }
  const sites = kept('get_site.xml', 'SITE', (block) => block.includes(`<ROC>${NGI}</ROC>`))
  const names = [...sites.matchAll(/<SHORT_NAME>(.*)<\/SHORT_NAME>/g)].map(([, name]) => name!)
  kept('get_service_endpoint.xml', 'SERVICE_ENDPOINT', (block) => block.includes(`<ROC_NAME>${NGI}</ROC_NAME>`))
  kept('get_downtime.xml', 'DOWNTIME', (block) => names.some((name) => block.includes(`>${name}<`)))
  return { sites: join(home, 'get_site.xml'), services: join(home, 'get_service_endpoint.xml'), downtimes: join(home, 'get_downtime.xml') }
}

function runYaml(sites: number): string {
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  return stringify({
    ...{ scenario: 'regional', rehearsal: true, ngis: [NGI], sites, submitters: ['local'], canaries: 1 },
    vo: { name: 'atlas', from: 'scopes' },
    window: { from: at(-HOUR_MS), to: at(WINDOW_MS) },
    alertAnyTime: true,
    identities: { attacker: '/DC=example/CN=Mallory', control: '/DC=example/CN=Carol' },
    consent: { basis: 'ngi', by: 'the officers of the NGI' },
    limits: { sites, jobsPerSite: 1, mails: 60 },
    seed: 7,
  })
}

async function reply({ raw }: Sunk, text: string, port: number): Promise<void> {
  const { messageId, to, from, replyTo, subject } = await PostalMime.parse(raw)
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  const back = replyTo?.[0]?.address ?? from?.address ?? ''
  await transport.sendMail({
    from: to?.[0]?.address,
    to: back,
    subject: `Re: ${subject}`,
    inReplyTo: messageId,
    references: messageId,
    text,
  })
  transport.close()
}
