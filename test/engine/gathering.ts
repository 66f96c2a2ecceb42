/** Last uses that are gathered by hand, and a storage for them that can be down. */
import { parseAddress } from '../../src/core/address.ts'
import { type Noted, Uses } from '../../src/engine/uses.ts'
import type { DigestChange, StorageUsage, TokenUse } from '../../src/storage/port.ts'
import { FLUSH_MS, VirtualTime } from './fixture.ts'

/** Keeps what it is told as storage does, forward only, and can be down. */
export class Sink implements StorageUsage {
  readonly batches: { readonly uses: readonly TokenUse[]; readonly digests: readonly DigestChange[] }[] = []
  readonly last = new Map<string, TokenUse>()
  isDown = false
  hold: Promise<void> | null = null

  async recordUse(batch: { readonly uses: readonly TokenUse[]; readonly digests: readonly DigestChange[] }) {
    this.batches.push(batch)
    await this.hold
    if (this.isDown) throw new Error('the disk is gone')
    for (const use of batch.uses) {
      const key = `${use.token} ${use.account}`
      if (use.at > (this.last.get(key)?.at ?? Number.NEGATIVE_INFINITY)) this.last.set(key, use)
    }
  }
}

export function nothingNoted(): Noted {
  return { notedRoot: '', notedIp: null, notedAt: Number.NEGATIVE_INFINITY }
}

export function gathering(maxPending = 100) {
  const [time, sink, reports] = [new VirtualTime(), new Sink(), [] as unknown[]]
  const uses = new Uses({
    sink,
    flushMs: FLUSH_MS,
    maxPending,
    schedule: time.schedule,
    report: (error) => reports.push(error),
  })
  const note = (id: string, at: number, account = 'acme', from: string | null = null) =>
    uses.note(id, nothingNoted(), `account:${account}`, from, from === null ? null : parseAddress(from), at)
  return { time, sink, reports, uses, note }
}

export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
