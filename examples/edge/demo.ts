/**
 * `npm run demo`: starts the host on loopback, plays every scene over HTTP, prints what came of it, and leaves nothing behind.
 * `npm run demo -- --serve` leaves it running, with curl lines to try.
 */
import { type Running, start } from './app.ts'
import { cases } from './cases.ts'
import { curlLines } from './curl.ts'
import { governance } from './governance.ts'
import { type Outcome, play } from './player.ts'
import { type Cast, seed } from './scenario.ts'
import { table } from './table.ts'

const running = await start()
try {
  const cast = await seed(running.host)
  if (process.argv.includes('--serve')) await serve(running, cast)
  else process.exitCode = await show(running, cast)
} finally {
  await running.close()
}

/** Plays and prints. Returns the exit code: 1 when any outcome differs from what it must be. */
async function show(running: Running, cast: Cast): Promise<number> {
  const began = performance.now()
  const outcomes = await play(running, cast, [...cases, ...governance])
  console.log(table(['case', 'request', 'expected', 'got', 'reason'], outcomes.map(row)))

  const access = await running.host.bw.accessOf({ token: cast.purge.id }, { ip: '127.0.0.1' })
  console.log('\nWhat its owner is told of the token that purged shop.example until dana lost her role:\n')
  console.log(access.explain('cache.purge', 'account:acme/zone:shop').text)

  const differing = outcomes.filter((outcome) => outcome.differs).length
  const allowed = outcomes.filter((outcome) => outcome.ask.refused === undefined).length
  const counts = `${outcomes.length} requests, ${allowed} to be allowed, ${outcomes.length - allowed} to be refused`
  console.log(
    `\n${counts}: ${differing === 0 ? 'all as expected' : `${differing} DIFFER`} (${Math.round(performance.now() - began)} ms)`,
  )
  return differing === 0 ? 0 : 1
}

function row({ scene, ask, expected, got, reason, differs }: Outcome, at: number, all: readonly Outcome[]) {
  const title = all[at - 1]?.scene === scene ? '' : scene
  const why = [differs ? 'DIFFERS' : '', reason, ask.note ?? ''].filter((part) => part !== '').join(' · ')
  return [title, `${ask.request}${said(ask.body)}`, expected, got, why]
}

/** The part of a record's body that the decision is about. */
function said(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('name' in body)) return ''
  return 'type' in body ? ` ${body.type} ${body.name}` : ` ${body.name}`
}

/** Until Ctrl-C. */
async function serve({ url }: Running, cast: Cast): Promise<void> {
  console.log(`The host listens on ${url} until Ctrl-C. Each case, allowed and refused:\n`)
  console.log(curlLines(url, cast, cases))
  await new Promise((stop) => {
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  })
}
