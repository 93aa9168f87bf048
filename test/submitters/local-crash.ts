import { submitter } from '../../submitters/local/index.ts'
import { contextFor } from '../conformance/context.ts'

/** Submits one job when it is told to; the test kills it somewhere on the way. Arguments: folder and label. */
const [folder = '', label = ''] = process.argv.slice(2)
const ctx = { ...contextFor(submitter).ctx, options: submitter.options.parse({}), folder }
process.stdin.once('data', async () => {
  const job = { label, site: 'SITE-ONE', endpoint: '', vo: 'cms', identity: '/CN=Attacker', script: 'sleep 300 & wait\n', lifeSeconds: 600 }
  console.log(JSON.stringify(await submitter.submit(job, ctx)))
})
console.log('ready')
