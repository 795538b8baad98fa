import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Ports that no process listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => server.address()).filter(isAddress)
  for (const server of servers) server.close()
  return ports.map(({ port }) => port)
}

const isAddress = (address: string | AddressInfo | null): address is AddressInfo => typeof address === 'object'
