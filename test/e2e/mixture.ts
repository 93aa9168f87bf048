import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Place as Grid } from '../services/grid.ts'
import { addScenario, type Place } from './place.ts'

/** The environment files of all services. */
export type Services = Record<'arc' | 'gram' | 'gridftp' | 'slurm' | 'sshd', Record<string, string>>

export const SYSTEMS = ['arc', 'globus', 'local', 'slurm', 'ssh'] as const

/** Two sites for each job system, of which one has a GridFTP server too. */
export async function startServices(grid: Grid): Promise<Services> {
  // First slurm: then sessions of ssh know where it is.
  const slurm = await grid.start('slurm')
  const sshd = await grid.start('sshd')
  const gram = await grid.start('gram')
  const gridftp = await grid.start('gridftp')
  const arc = await grid.start('arc')
  await grid.run('ca', 'allow', 'attacker')
  return { arc, gram, gridftp, slurm, sshd }
}

/** Writes config.yaml, identities.yaml, known_hosts and run.yaml into the home; gives the run's file and the list of sites. */
export function writeMixture(place: Place, services: Services): { run: string; sites: string } {
  const { gram, slurm, sshd } = services
  const environment = { GLOBUS_HOSTNAME: gram.GLOBUS_HOSTNAME, LD_PRELOAD: gram.LD_PRELOAD }
  const config = {
    certificates: gram.X509_CERT_DIR,
    knownHosts: join(place.home, 'known_hosts'),
    submitters: {
      globus: { environment },
      gridftp: { environment: { GLOBUS_HOSTNAME: gram.GLOBUS_HOSTNAME } },
      slurm: { environment: { SLURM_CONF: slurm.SLURM_CONF }, options: { folder: join(place.home, 'slurm-jobs') } },
      ssh: { options: { folder: join(place.home, 'ssh-jobs') } },
    },
  }
  const key = { user: sshd.SSH_USER, keyFile: sshd.SSH_USER_KEY }
  const identities = [
    { kind: 'attacker', subject: gram.DN_ATTACKER, holder: 'the exercise', proxyFile: gram.PROXY_ATTACKER, ssh: key },
    { kind: 'control', subject: gram.DN_USER, holder: 'the exercise', proxyFile: gram.PROXY_USER, ssh: key },
    { kind: 'revoked', subject: gram.DN_REVOKED, holder: 'the exercise', proxyFile: gram.PROXY_REVOKED, ssh: key },
  ]
  // Each round asks real services, which cost seconds of a processor.
  addScenario(place, 'few-rounds', (text) => text.replace(/^watch: .*$/m, 'watch: { every: 4h, for: 4h, later: 20d }'))
  cpSync(sshd.SSH_KNOWN_HOSTS!, join(place.home, 'known_hosts'))
  write(place, 'config.yaml', stringify(config))
  write(place, 'identities.yaml', stringify(identities))
  write(place, 'sites.csv', csvOf(services))
  return { run: write(place, 'run.yaml', stringify(runOf(gram))), sites: join(place.home, 'sites.csv') }
}

function runOf(env: Record<string, string>) {
  return {
    scenario: 'few-rounds',
    rehearsal: true,
    vo: { name: 'cms', from: 'csv' },
    sites: 2 * SYSTEMS.length,
    countries: 2,
    window: { from: '2027-01-11T00:00:00Z', to: '2027-01-23T00:00:00Z' },
    submitters: ['arc', 'globus', 'slurm', 'ssh', 'local'],
    probes: ['arc', 'globus', 'ssh', 'gridftp', 'local'],
    identities: { attacker: env.DN_ATTACKER, control: env.DN_USER, revoked: env.DN_REVOKED },
    consent: { basis: 'policy', by: 'the exercise' },
    limits: { sites: 2 * SYSTEMS.length, mails: 60 },
    alertAnyTime: true,
    seed: 3,
  }
}

function csvOf({ arc, gram, gridftp, slurm, sshd }: Services): string {
  const ssh = `ssh://127.0.0.1:${sshd.SSH_PORT}`
  const services: Record<(typeof SYSTEMS)[number], [type: string, url: string]> = {
    arc: ['org.nordugrid.arex', arc.ARC_URL!],
    globus: ['globus-GRAM5', gram.GRAM_CONTACT!],
    local: ['CREAM-CE', 'https://127.0.0.1:8443/ce-cream/services'],
    slurm: ['SLURM', `${ssh}/${slurm.SLURM_QUEUE}`],
    ssh: ['ssh', ssh],
  }
  const head = 'name,country,ngi,time_zone,security_contact,vo,service_type,endpoint_url'
  const lines = SYSTEMS.flatMap((system) => {
    const [type, url] = services[system]
    return [
      `${system.toUpperCase()}-ONE,FR,NGI_FRANCE,Europe/Paris,csirt@${system}-one.example,cms,${type},${url}`,
      `${system.toUpperCase()}-TWO,PL,NGI_PL,Europe/Warsaw,csirt@${system}-two.example,cms,${type},${url}`,
    ]
  })
  return `${[head, ...lines, `GLOBUS-ONE,,,,,,globus-GRIDFTP,${gridftp.GRIDFTP_URL}`].join('\n')}\n`
}

function write(place: Place, name: string, text: string): string {
  const file = join(place.home, name)
  writeFileSync(file, text)
  return file
}
