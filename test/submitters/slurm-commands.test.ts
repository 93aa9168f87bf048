import { afterAll, beforeAll } from 'vitest'
import { submitterConformance } from '../conformance/submitter.ts'
import { describeGrid, openPlace } from '../services/grid.ts'
import { EXPIRED, makeRig } from './slurm-conformance.ts'
import { closeSite, openSite, type Site } from './slurm-rig.ts'

describeGrid('given a slurm of one node whose commands run here', ['slurm', 'sshd'], () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite(await openPlace())
  })
  afterAll(() => closeSite(site))

  submitterConformance('slurm', () => makeRig(site, 'commands'), [EXPIRED])
})
