/** What a guard says where something is written in a way that can't work: to the client in the refusal, to the host in a warning or at start. */
import { describe, expect, test, vi } from 'vitest'
import { MisuseError } from '../../src/errors.ts'
import { type Authenticator, enforcer, type GuardOptions } from '../../src/middleware/enforce.ts'
import type { Exchange } from '../../src/middleware/exchange.ts'
import { guard } from '../../src/middleware/express.ts'
import type { Guard, Mount } from '../../src/middleware/guard.ts'
import { CREDENTIALS, World } from './world.ts'

const world = new World()
const VALUE = `bwk_u_${'x'.repeat(71)}`

async function ask(authorization: readonly string[], options: GuardOptions<string> = {}, warn = vi.fn()) {
  const exchange: Exchange<string> = {
    ...{ request: 'r', authorization, hasHeader: () => false, remoteAddress: null, params: {}, route: () => null },
  }
  const outcome = await enforcer(world as unknown as Authenticator, [], options, warn)(exchange)
  return outcome.allowed ? null : { status: outcome.refusal.status, ...JSON.parse(outcome.refusal.body) }
}

describe('a header without its scheme', () => {
  test('is told what to write, and not shown again', async () => {
    const told = await ask([VALUE])
    expect(told).toMatchObject({ status: 401, reason: 'credential_missing' })
    expect(told?.detail).toContain('write "Authorization: Bearer <token>"')
    expect(JSON.stringify(told)).not.toContain(VALUE)
  })

  test.each([[[]], [['Basic abc']], [['Token abc']], [['Basic ']]])(
    'and nothing of it where it is %j',
    async (lines) => {
      expect((await ask(lines))?.detail).toBe('no credential was presented')
    },
  )

  test('nor where the credential comes from elsewhere', async () => {
    expect((await ask([VALUE], { extract: () => null }))?.detail).toBe('no credential was presented')
  })
})

describe('an `ip` option', () => {
  const bearer = [`Bearer ${CREDENTIALS.good}`]

  test.each(['127.0.0.1:3000', '[::1]:80', '203.0.113.9, 10.0.0.1', 'fe80::1%eth0', 'localhost', 'unknown'])(
    'that returns %j is warned of: it is no address',
    async (address) => {
      const warn = vi.fn()
      await ask(bearer, { ip: () => address }, warn)
      expect(warn.mock.calls).toEqual([['BAILIWICK_ADDRESS', expect.stringContaining('no single address')]])
    },
  )

  test.each(['203.0.113.9', '::1', '2001:DB8::1', '::ffff:127.0.0.1', null, undefined, ''])(
    'that returns %j is not',
    async (address) => {
      const warn = vi.fn()
      await ask(bearer, { ip: () => address }, warn)
      expect(warn).not.toHaveBeenCalled()
    },
  )
})

test.each<readonly unknown[]>([
  ['zone.read', world, 'account:{account}'],
  [undefined, 'zone.read', 'account:{account}'],
  [world.catalog, 'zone.read', 'account:{account}'],
])('arguments of a guard in another order are misuse, and the order is told', (...given) => {
  const loose = guard as unknown as Guard<Mount> & ((...any: readonly unknown[]) => unknown)
  expect(() => loose(...given)).toThrow(MisuseError)
  expect(() => loose(...given)).toThrow('`guard(bw, permission, resource)`')
  expect(() => loose.authenticated(given[0] === world ? (null as never) : (given[0] as never))).toThrow(MisuseError)
})
