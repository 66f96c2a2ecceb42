/**
 * The demo: its outcomes, its command, and that it would notice a wrong one.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cases } from '../../examples/edge/cases.ts'
import { governance } from '../../examples/edge/governance.ts'
import { DEMO_KEY, incident, reportLeak } from '../../examples/edge/incident.ts'
import { ownersList, proof, trail } from '../../examples/edge/owner.ts'
import { play } from '../../examples/edge/player.ts'
import type { Scene } from '../../examples/edge/plays.ts'
import { edge } from './world.ts'

describe('the demo', () => {
  const host = edge([DEMO_KEY])

  test('every request comes out as the plays say', async () => {
    const { running, cast } = host.world
    const outcomes = await play(running, cast, [...cases, ...governance])
    expect(outcomes.filter((outcome) => outcome.differs)).toEqual([])
    expect(outcomes.filter((outcome) => outcome.ask.refused !== undefined).length).toBeGreaterThan(20)
    expect(outcomes.filter((outcome) => outcome.ask.refused === undefined).length).toBeGreaterThan(20)
  })

  test('a key found in public ends, the account is shut, and the log proves what was done', async () => {
    const { running, cast } = host.world
    expect(await ownersList(running.host, 'acme')).toMatch(/purge wherever dana works +dana .* active /)
    const outcomes = await play(running, cast, incident)
    expect(outcomes.filter((outcome) => outcome.differs)).toEqual([])
    expect(await ownersList(running.host, 'acme')).toMatch(/purge wherever dana works +dana .*leaked: github:commit/)
    expect(await ownersList(running.host, 'acme')).not.toContain('globex')
    expect(await trail(running.host, { account: 'acme' }, 1)).toContain(
      'user:olga  203.0.113.9  account.set_api_access',
    )
    expect(await trail(running.host, { user: 'dana' }, 1)).toContain('github secret scanning  token.report_leaked')
    const [whole, forged] = await proof(running.host, 'acme')
    expect(whole).toContain('none removed, none altered')
    expect(forged).toMatch(/^FOUND: entry \d+ /)
    expect(await reportLeak(running, cast.everywhere.value)).toBe('true_positive')
    expect(await reportLeak(running, 'not one of ours')).toBe('false_positive')
    expect(await reportLeak(running, cast.purge.value, false)).toBe('401')
  })

  test('a wrong expectation is reported: of the status, of the reason, of the rows', async () => {
    const { running, cast } = host.world
    const about = ['zone.read', 'account:acme/zone:shop'] as const
    const wrong: Scene = {
      title: 'wrong',
      asks: [
        { as: 'worker', request: 'GET /zones/shop', status: 200 },
        { as: 'worker', request: 'GET /zones/shop', status: 404, refused: { reason: 'not_a_member', about } },
        { as: 'worker', request: 'GET /zones', status: 200, rows: 1 },
        { as: 'nobody', request: 'GET /zones', status: 401, refused: { reason: 'credential_unknown', about } },
        { as: 'worker', request: 'GET /zones', status: 200, refused: { reason: 'not_granted', about } },
      ],
    }
    expect((await play(running, cast, [wrong])).map((outcome) => outcome.differs)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ])
  })

  test('as a command it exits with 0, leaving nothing behind', async () => {
    const { code, output, left } = await demo([])
    expect(output).toContain('all as expected')
    expect(output).toContain('DENY cache.purge on account:acme/zone:shop')
    expect({ code, left }).toEqual({ code: 0, left: [] })
  })

  test('with --serve it stays until Ctrl-C, and its curl lines work', async () => {
    const { code, output, left } = await demo(['--serve'], async (printed) => {
      const [allowed = '', refused = ''] = printed.split('\n').filter((line) => line.startsWith('curl'))
      expect(await shell(allowed)).toContain('"success":true')
      expect(await shell(refused)).toContain('cache.purge')
    })
    expect(output).not.toContain('Error')
    expect({ code, left }).toEqual({ code: 0, left: [] })
  })
})

/** Runs the command in a folder for temporary files of its own, and stops it when `until` is through. */
async function demo(args: readonly string[], until?: (printed: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'edge-test-'))
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/edge/demo.ts', ...args], {
    env: { ...process.env, TMPDIR: folder },
  })
  let output = ''
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk
        if (output.includes('one Worker and its KV') && output.endsWith('\n')) resolve()
      })
  })
  if (until !== undefined) {
    await Promise.race([ready, ended])
    try {
      await until(output)
    } finally {
      child.kill('SIGINT')
    }
  }
  const code = await ended
  const left = (await readdir(folder)).filter((name) => name.startsWith('bailiwick-edge'))
  await rm(folder, { recursive: true, force: true })
  return { code, output, left }
}

function shell(line: string): Promise<string> {
  const child = spawn('sh', ['-c', line])
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve) => child.once('close', () => resolve(output)))
}
