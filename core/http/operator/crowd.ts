import { BlockList, isIPv6, type Server } from 'node:net'

/** How many connections are taken: so many in all, so that files are left for all else, and so many from one address. */
export type Crowd = { most: number; mostEach: number }

/** Cuts what is more than that. A proxy of ours brings everybody from one address. */
export function boundCrowd(server: Server, { most, mostEach }: Crowd, trustedProxies: readonly string[]): void {
  const proxies = listOf(trustedProxies)
  const open = new Map<string, number>()
  server.maxConnections = most
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    if (count > mostEach && !proxies.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return void socket.destroy()
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
    return undefined
  })
}

function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const one of addresses) {
    const [address = '', bits] = one.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
