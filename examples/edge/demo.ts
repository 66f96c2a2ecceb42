/**
 * `npm run demo`: starts the host on loopback, plays every scene over HTTP, prints what came of it, and leaves nothing behind.
 * `npm run demo -- --serve` leaves it running, with curl lines to try.
 */
import { type Running, start } from './app.ts'
import { cases } from './cases.ts'
import { curlLines } from './curl.ts'
import { governance } from './governance.ts'
import { DEMO_KEY, incident } from './incident.ts'
import { ownersList, proof, trail } from './owner.ts'
import { type Outcome, play } from './player.ts'
import { type Cast, seed } from './scenario.ts'
import { table } from './table.ts'

const HEAD = ['case', 'token', 'request', 'expected', 'got', 'reason']

const running = await start([DEMO_KEY])
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
  const everyday = await play(running, cast, [...cases, ...governance])
  console.log(table(HEAD, everyday.map(row)))

  const access = await running.host.bw.accessOf({ token: cast.purge.id }, { ip: '127.0.0.1' })
  console.log('\nWhat its owner is told of the token that purged shop.example until dana lost her role:\n')
  console.log(access.explain('cache.purge', 'account:acme/zone:shop').text)

  console.log("\nAcme's owner sees every credential that reaches the account, personal ones too:\n")
  console.log(await ownersList(running.host, 'acme'))
  console.log('\nThen one of them is found in a public repository, and acme is shut:\n')
  const urgent = await play(running, cast, incident)
  console.log(table(HEAD, urgent.map(row)))
  console.log('\nThe same list afterwards:\n')
  console.log(await ownersList(running.host, 'acme'))
  console.log("\nWho did it, the last writes in acme's log, and the last about dana's own tokens:\n")
  console.log(await trail(running.host, { account: 'acme' }, 4))
  console.log(`\n${await trail(running.host, { user: 'dana' }, 1)}`)
  const [whole, forged] = await proof(running.host, 'acme')
  console.log(`\nThe log verified: ${whole}.\nA copy with one row altered: ${forged}.`)

  const outcomes = [...everyday, ...urgent]
  const proven = !whole.startsWith('FOUND') && forged.startsWith('FOUND')
  const differing = outcomes.filter((outcome) => outcome.differs).length
  const allowed = outcomes.filter((outcome) => outcome.ask.refused === undefined).length
  const counts = `${outcomes.length} requests, ${allowed} to be allowed, ${outcomes.length - allowed} to be refused`
  console.log(
    `\n${counts}: ${differing === 0 ? 'all as expected' : `${differing} DIFFER`} (${Math.round(performance.now() - began)} ms)`,
  )
  return differing === 0 && proven ? 0 : 1
}

function row({ scene, ask, expected, got, reason, differs }: Outcome, at: number, all: readonly Outcome[]) {
  const title = all[at - 1]?.scene === scene ? '' : scene
  const why = [differs ? 'DIFFERS' : '', reason, ask.note ?? ''].filter((part) => part !== '').join(' · ')
  return [title, ask.as, `${ask.request}${said(ask.body)}`, expected, got, why]
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
