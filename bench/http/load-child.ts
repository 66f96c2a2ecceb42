/**
 * The load generator, a process of its own: raw sockets, one request under way on each, the same requests in the same order for every server.
 * Reads no more of an answer than its status and its length.
 *
 * On a core of its own it never sleeps. Who sends to a sleeping process wakes it, which costs the sender some microseconds in the kernel; and the
 * slower a server, the more of its answers meet a generator that sleeps: that would be counted against whatever stands in front of its route.
 */
import { connect, type Socket } from 'node:net'

/** One turn: what to send to whom, for how long after a while to get going. Every answer must have this status. */
export interface LoadOrder {
  readonly port: number
  readonly requests: readonly string[]
  readonly connections: number
  /** Looks for answers without a pause. Not for a core that it shares with the server. */
  readonly staysAwake: boolean
  readonly settleMs: number
  readonly ms: number
}

export interface LoadAnswer {
  readonly answered: number
  readonly seconds: number
  /** The share of the time in which the generator had answers to read: near 1, it is the generator that was measured. */
  readonly busy: number
  readonly fault: string | null
}

const HEAD_END = Buffer.from('\r\n\r\n')
const OK = '200'

process.on('message', (order: LoadOrder) => {
  run(order).then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())

async function run({ port, requests, connections, staysAwake, settleMs, ms }: LoadOrder): Promise<LoadAnswer> {
  const lines = requests.map((request) => Buffer.from(request, 'latin1'))
  const idle = new Idle(staysAwake)
  let answered = 0
  let sent = 0
  let fault: string | null = null
  const sockets: Socket[] = []

  const open = () => {
    const buffer = Buffer.allocUnsafe(65_536)
    /** Bytes of the answer under way that are still to come. */
    let missing = 0
    const send = () => {
      const line = lines[sent++ % lines.length]
      if (line !== undefined) socket.write(line)
    }
    const read = (bytes: number) => {
      idle.end()
      if (missing === 0) {
        const length = answerLength(buffer.subarray(0, bytes))
        if (typeof length === 'string') {
          fault ??= length
          socket.destroy()
          return true
        }
        missing = length
      }
      missing -= bytes
      if (missing < 0) fault ??= 'more than one answer to one request'
      if (missing !== 0) return true
      answered++
      send()
      return true
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback: read } })
    socket.on('error', (error) => {
      fault ??= error.message
    })
    socket.on('connect', send)
    sockets.push(socket)
  }
  for (let i = 0; i < connections; i++) open()

  await sleep(settleMs)
  const begun = { at: performance.now(), idleMs: idle.ms, answered }
  await sleep(ms)
  const spent = performance.now() - begun.at
  const busy = 1 - (idle.ms - begun.idleMs) / spent
  const counted = answered - begun.answered
  idle.stop()
  for (const socket of sockets) socket.destroy()
  return { answered: counted, seconds: spent / 1_000, busy, fault }
}

/** How long there was nothing to read: the turns of the event loop that brought no answer, or what it slept. */
class Idle {
  #polledMs = 0
  #isEmpty = true
  #isOver = false

  constructor(staysAwake: boolean) {
    if (staysAwake) this.#poll(performance.now())
  }

  get ms(): number {
    return this.#polledMs + performance.eventLoopUtilization().idle
  }

  /** This turn has brought something. */
  end(): void {
    this.#isEmpty = false
  }

  stop(): void {
    this.#isOver = true
  }

  /** An immediate that waits keeps the loop from sleeping. */
  #poll(since: number): void {
    setImmediate(() => {
      const now = performance.now()
      if (this.#isEmpty) this.#polledMs += now - since
      this.#isEmpty = true
      if (!this.#isOver) this.#poll(now)
    })
  }
}

/** How long the whole answer is, by its head; text where it isn't the answer that was expected. */
function answerLength(chunk: Buffer): number | string {
  const head = chunk.indexOf(HEAD_END)
  if (head === -1) return 'the head of an answer came in pieces'
  if (chunk.toString('latin1', 9, 12) !== OK) return `answered ${chunk.toString('latin1', 0, 16)}`
  const named = /content-length: (\d+)/i.exec(chunk.toString('latin1', 0, head))?.[1]
  return named === undefined ? 'an answer without a length' : head + HEAD_END.length + Number(named)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
