/**
 * The load generator, a process of its own: raw sockets, one request under way on each, the same requests in the same order for every server.
 * Reads no more of an answer than its status and its length.
 */
import { connect, type Socket } from 'node:net'

/** One turn: what to send to whom, for how long after a while to get going. Every answer must have this status. */
export interface LoadOrder {
  readonly port: number
  readonly requests: readonly string[]
  readonly connections: number
  readonly settleMs: number
  readonly ms: number
}

export interface LoadAnswer {
  readonly answered: number
  readonly seconds: number
  /** The share of its core that the generator itself used: near 1, it is the generator that was measured. */
  readonly busy: number
  readonly fault: string | null
}

const HEAD_END = Buffer.from('\r\n\r\n')
const OK = '200'

process.on('message', (order: LoadOrder) => {
  run(order).then((answer) => process.send?.(answer))
})
process.on('disconnect', () => process.exit())

async function run({ port, requests, connections, settleMs, ms }: LoadOrder): Promise<LoadAnswer> {
  const lines = requests.map((request) => Buffer.from(request, 'latin1'))
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
  const begun = { at: performance.now(), cpu: process.cpuUsage(), answered }
  await sleep(ms)
  const seconds = (performance.now() - begun.at) / 1_000
  const { user, system } = process.cpuUsage(begun.cpu)
  const counted = answered - begun.answered
  for (const socket of sockets) socket.destroy()
  return { answered: counted, seconds, busy: (user + system) / 1e6 / seconds, fault }
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
