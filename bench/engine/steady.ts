/** The same requests, each token's from one address: who calls a server hardly moves from one request to the next, and a move is noted. */
import type { Request } from '../requests.ts'

export function steady(requests: readonly Request[]): readonly Request[] {
  const homes = new Map<number, string>()
  return requests.map((request) => {
    const ip = homes.get(request.token) ?? request.ip
    homes.set(request.token, ip)
    return { ...request, ip }
  })
}
