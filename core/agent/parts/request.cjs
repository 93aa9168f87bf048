// One request. Arguments: method, address, user agent, file for the answer, signature, file of the body.
setTimeout(() => process.exit(1), 10000)
// biome-ignore lint/style/useNodejsImportProtocol: older releases know these names only without it
const fs = require('fs')
const [method, address, name, answerFile, signature, bodyFile] = process.argv.slice(1)
const headers = { 'user-agent': name }
const body = method === 'POST' ? fs.readFileSync(bodyFile) : ''
if (method === 'POST') {
  Object.assign(headers, { 'content-type': 'application/json', 'content-length': body.length, 'x-ssc-signature': signature })
}
const client = require(address.startsWith('https:') ? 'https' : 'http')
const request = client.request(address, { method, headers }, (answer) => {
  fs.writeSync(1, String(answer.statusCode))
  const parts = []
  let size = 0
  answer.on('data', (part) => {
    size += part.length
    if (size > 8192) process.exit(1)
    parts.push(part)
  })
  answer.on('aborted', () => process.exit(1))
  answer.on('end', () => {
    fs.writeFileSync(answerFile, Buffer.concat(parts))
    process.exit(0)
  })
})
request.on('error', () => process.exit(1))
request.end(body)
