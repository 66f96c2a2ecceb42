/**
 * What a guard costs a route over HTTP: requests per second of the bare route, of the least any key check does, of CASL behind that, and of bailiwick.
 *
 * Servers on one core and the load generator on another, where it never sleeps (`load-child.ts` says why). The fronts take short turns, in reversed order each round, and every few rounds all of
 * them are started anew, since no two processes are laid out alike. The ratio is the median of the rounds' own ratios.
 */
import assert from 'node:assert/strict'
import { ROUNDS, spreadOf } from '../harness.ts'
import type { Report } from '../report.ts'
import type { Key, Place } from './keys.ts'
import type { LoadAnswer, LoadOrder } from './load-child.ts'
import { Helper, isPinned } from './processes.ts'
import type { ServerAnswer } from './server-child.ts'
import { FRAMEWORKS, FRONTS, type Framework, type Front } from './servers.ts'

const STARTS = Math.min(ROUNDS, 3)
const ROUNDS_EACH = 4
const TURN = { connections: 32, staysAwake: isPinned, settleMs: 250, ms: 2_000 }
const WARM_UP = { ...TURN, ms: 1_500 }
const [SERVER_CORE, LOAD_CORE] = [0, 1]

interface Turn {
  readonly perSecond: number
  readonly serverUs: number
  readonly serverBusy: number
  readonly loadBusy: number
}

interface Running {
  readonly front: Front
  readonly server: Helper<object, ServerAnswer>
  readonly port: number
  readonly keys: readonly Key[]
}

export async function suite(report: Report): Promise<void> {
  report.heading('A guarded route over HTTP')
  const load = Helper.start<LoadOrder, LoadAnswer>('load-child.ts', [], LOAD_CORE)
  if (!isPinned)
    report.text('no `taskset` or one core alone: servers and load generator are not held to cores of their own')
  for (const framework of FRAMEWORKS) print(report, framework, await measure(framework, load))
  await load.stop()
}

async function measure(framework: Framework, load: Helper<LoadOrder, LoadAnswer>): Promise<Record<Front, Turn[]>> {
  const turns: Record<Front, Turn[]> = { bare: [], hash: [], casl: [], guard: [] }
  for (let start = 0; start < STARTS; start++) {
    const all: Running[] = []
    for (const front of FRONTS) all.push(await begin(framework, front))
    for (const one of all) await turn(one, load, WARM_UP)
    for (let round = 0; round < ROUNDS_EACH; round++)
      for (const one of round % 2 === 0 ? all : [...all].reverse()) turns[one.front].push(await turn(one, load, TURN))
    for (const { server } of all) await server.stop()
  }
  return turns
}

async function begin(framework: Framework, front: Front): Promise<Running> {
  const server = Helper.start<object, ServerAnswer>('server-child.ts', [framework, front], SERVER_CORE)
  const told = await server.heard()
  assert.ok('port' in told)
  const running = { front, server, ...told }
  await check(running)
  return running
}

/** Each key opens its zone; what decides refuses another zone, and what authenticates refuses another key. */
async function check({ front, port, keys }: Running): Promise<void> {
  const statusOf = async ({ account, zone }: Place, value: string) => {
    const headers = { authorization: `Bearer ${value}` }
    const answer = await fetch(`http://127.0.0.1:${port}/accounts/${account}/zones/${zone}/dns`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  const decides = front === 'guard' || front === 'casl'
  for (const key of keys) {
    assert.equal(await statusOf(placeOf(key), key.value), 200)
    assert.equal(await statusOf({ ...key, zone: 'elsewhere' }, key.value), decides ? 403 : 200)
  }
  const [key = assert.fail('no key')] = keys
  const other = `${key.value.slice(0, -1)}${key.value.endsWith('0') ? '1' : '0'}`
  assert.equal(await statusOf(placeOf(key), other), front === 'bare' ? 200 : 401)
}

async function turn({ front, server, port, keys }: Running, load: Helper<LoadOrder, LoadAnswer>, how: typeof TURN) {
  const requests = keys.map((key) => {
    const { account, zone } = placeOf(key)
    return `GET /accounts/${account}/zones/${zone}/dns HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key.value}\r\n\r\n`
  })
  const before = await cpuOf(server)
  const { answered, seconds, busy, fault } = await load.ask({ port, requests, ...how })
  const used = (await cpuOf(server)) - before
  assert.equal(fault, null, `${front}: ${fault}`)
  const perSecond = answered / seconds
  const span = seconds + how.settleMs / 1_000
  return { perSecond, serverUs: used / span / perSecond, serverBusy: used / 1e6 / span, loadBusy: busy }
}

function placeOf({ account, zones: [zone = ''] }: Key): Place {
  return { account, zone }
}

async function cpuOf(server: Helper<object, ServerAnswer>): Promise<number> {
  const told = await server.ask({})
  return 'cpuUs' in told ? told.cpuUs : assert.fail('the server told something else')
}

const TITLES: Readonly<Record<Front, string>> = {
  bare: 'bare route',
  hash: 'SHA-256 and a Map',
  casl: 'SHA-256, a Map and CASL',
  guard: 'guard of bailiwick',
}

function print(report: Report, framework: Framework, turns: Record<Front, Turn[]>): void {
  const rows = FRONTS.map((front) => {
    const all = turns[front]
    const of = (pick: (turn: Turn) => number) => spreadOf(all.map(pick)).median
    const ratio = spreadOf(
      all.map(({ perSecond }, round) => (100 * perSecond) / (turns.hash[round]?.perSecond ?? Number.NaN)),
    )
    const cpu = spreadOf(all.map(({ serverUs }, round) => serverUs - (turns.hash[round]?.serverUs ?? Number.NaN)))
    return [
      TITLES[front],
      of((one) => one.perSecond).toFixed(0),
      `${ratio.median.toFixed(1)} % (${ratio.least.toFixed(0)}–${ratio.most.toFixed(0)})`,
      of((one) => one.serverUs).toFixed(1),
      `${cpu.median.toFixed(1)} (${cpu.least.toFixed(1)}–${cpu.most.toFixed(1)})`,
      `${(100 * of((one) => one.serverBusy)).toFixed(0)} %`,
      `${(100 * of((one) => one.loadBusy)).toFixed(0)} %`,
    ]
  })
  report.text(
    `\n${framework}: ${STARTS * ROUNDS_EACH} rounds of ${TURN.ms / 1_000} s, ${TURN.connections} connections\n`,
  )
  report.table(
    [
      'in front of the route',
      'requests/s',
      'of SHA-256 + Map',
      'server µs/request',
      'more than it',
      'server busy',
      'load busy',
    ],
    rows,
  )
}
