import { submitter } from '../../submitters/local/index.ts'

/** Submits one job when it is told to; the test kills it somewhere on the way. Arguments: folder and label. */
const [folder = '', label = ''] = process.argv.slice(2)
const ctx = { options: submitter.options.parse({}), folder, signal: new AbortController().signal, log: () => {} }
process.stdin.once('data', async () => {
  const job = { label, site: 'SITE-ONE', endpoint: '', identity: '/CN=Attacker', script: 'sleep 300 & wait\n' }
  console.log(JSON.stringify(await submitter.submit(job, ctx)))
})
console.log('ready')
