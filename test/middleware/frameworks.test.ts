/** The same requests to every framework's real server: the same answers, and the handler runs only behind an allow. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Granted } from '../../src/middleware/granted.ts'
import { type Answer, FRAMEWORKS, type Routes, type Running, send } from './servers.ts'
import { CREDENTIALS, NOW, World } from './world.ts'

const ZONE = 'account:{account}/zone:{zone}'
const world = new World()
const seen: unknown[] = []

const ROUTES: Routes = {
  purge: { make: ({ guard }) => guard(world, 'cache.purge', ZONE) },
  hidden: { make: ({ guard }) => guard(world, 'cache.purge', ZONE, { hide: true }) },
  record: {
    path: '/:account/:zone/:record',
    make: ({ guard }) => guard(world, 'dns.write', 'account:{account}/zone:{zone}/record:{record}'),
  },
  'hidden-record': {
    path: '/:account/:zone/:record',
    make: ({ guard }) => guard(world, 'dns.write', 'account:{account}/zone:{zone}/record:{record}', { hide: true }),
  },
  fixed: { path: '/:zone', make: ({ guard }) => guard(world, 'cache.purge', 'account:acme/zone:{zone}') },
  mistaken: { make: ({ guard }) => guard(world, 'cache.purge', 'account:{account}/zone:{nowhere}') },
  both: {
    make: ({ guard }) =>
      guard.all(world, [
        ['cache.purge', ZONE],
        ['dns.write', ZONE],
      ]),
  },
  anyone: { make: ({ guard }) => guard.authenticated(world) },
  session: { make: ({ guard, header }) => guard(world, 'cache.purge', ZONE, sessionOptions(header)) },
  'own-session': {
    make: ({ guard, header }) =>
      guard(world, 'cache.purge', ZONE, {
        ...sessionOptions(header),
        extract: (request) => header(request, 'x-api-key'),
      }),
  },
  key: {
    make: ({ guard, header }) =>
      guard(world, 'cache.purge', ZONE, { extract: (request) => header(request, 'x-api-key') }),
  },
  nowhere: { make: ({ guard }) => guard(world, 'cache.purge', ZONE, { ip: () => null }) },
  forwarded: {
    make: ({ guard, header }) =>
      guard(world, 'cache.purge', ZONE, { ip: (request) => header(request, 'x-forwarded-for') }),
  },
  rendered: {
    make: ({ guard }) =>
      guard(world, 'cache.purge', ZONE, {
        render: ({ status, reason, permission, resource }) => ({
          body: { success: false, status, reason, permission, resource },
        }),
      }),
  },
  'rendered-text': {
    make: ({ guard }) =>
      guard(world, 'cache.purge', ZONE, {
        hide: true,
        render: (refusal) => ({ body: `no: ${JSON.stringify(refusal)}`, contentType: 'text/x-no' }),
      }),
  },
  built: {
    make: ({ guard, param }) =>
      guard(world, 'cache.purge', async (request, r) => {
        const zone = param(request, 'zone')
        seen.push(zone)
        if (zone === 'absent') return null
        if (zone === 'crash') throw new Error('the host’s own')
        if (zone === 'slow') world.now = NOW + 10
        return r.zone(param(request, 'account'), zone === 'bad' ? '\ud800' : zone)
      }),
  },
  'built-open': {
    make: ({ guard, param }) =>
      guard(
        world,
        'cache.purge',
        (request, r) =>
          param(request, 'zone') === 'absent' ? null : r.zone(param(request, 'account'), param(request, 'zone')),
        { hide: false },
      ),
  },
  'both-built': {
    make: ({ guard, param }) =>
      guard.all(world, [
        ['cache.purge', ZONE],
        ['dns.write', (request, r) => (param(request, 'zone') === 'absent' ? null : r.zone('acme', 'z1'))],
      ]),
  },
}

function sessionOptions(header: (request: unknown, name: string) => string | null) {
  return { session: async (request: unknown) => header(request, 'x-session') }
}

const bearer = (value: string) => ['Authorization', `Bearer ${value}`] as const
const GOOD = bearer(CREDENTIALS.good)
const INVALID_TOKEN = 'Bearer error="invalid_token"'
const INVALID_REQUEST = 'Bearer error="invalid_request"'
const scope = (permission: string) => `Bearer error="insufficient_scope", scope="${permission}"`

type Lines = readonly (readonly [string, string])[]
type Refused = readonly [
  what: string,
  path: string,
  lines: Lines,
  status: number,
  reason: string | null,
  challenge?: string,
]

/** Each rung, each way a header can be wrong, each way a parameter can be bent. */
const REFUSED: readonly Refused[] = [
  ['no header', '/purge/acme/z1', [], 401, 'credential_missing', 'Bearer'],
  ['another scheme', '/purge/acme/z1', [['Authorization', 'Basic Z29vZA==']], 401, 'credential_missing', 'Bearer'],
  ['a bare token as the scheme', '/purge/acme/z1', [['Authorization', 'good']], 401, 'credential_missing', 'Bearer'],
  ['two lines', '/purge/acme/z1', [GOOD, GOOD], 400, 'invalid_request', INVALID_REQUEST],
  [
    'two lines, the second unknown',
    '/purge/acme/z1',
    [GOOD, bearer('nobody')],
    400,
    'invalid_request',
    INVALID_REQUEST,
  ],
  ['two lines, the first unknown', '/purge/acme/z1', [bearer('nobody'), GOOD], 400, 'invalid_request', INVALID_REQUEST],
  [
    'two lines in two cases',
    '/purge/acme/z1',
    [GOOD, ['authorization', 'Basic x']],
    400,
    'invalid_request',
    INVALID_REQUEST,
  ],
  [
    'another scheme first',
    '/purge/acme/z1',
    [['Authorization', 'Basic x'], GOOD],
    400,
    'invalid_request',
    INVALID_REQUEST,
  ],
  ['an empty line first', '/purge/acme/z1', [['Authorization', ''], GOOD], 400, 'invalid_request', INVALID_REQUEST],
  ['a comma', '/purge/acme/z1', [bearer('good, Bearer good')], 400, 'invalid_request', INVALID_REQUEST],
  ['two tokens', '/purge/acme/z1', [bearer('good good')], 400, 'invalid_request', INVALID_REQUEST],
  ['no token', '/purge/acme/z1', [['Authorization', 'Bearer']], 400, 'invalid_request', INVALID_REQUEST],
  ['a quoted token', '/purge/acme/z1', [bearer('"good"')], 400, 'invalid_request', INVALID_REQUEST],
  ['an empty header', '/purge/acme/z1', [['Authorization', '']], 400, 'invalid_request', INVALID_REQUEST],
  ['a malformed token', '/purge/acme/z1', [bearer(CREDENTIALS.malformed)], 401, 'credential_malformed', INVALID_TOKEN],
  ['an unknown token', '/purge/acme/z1', [bearer(CREDENTIALS.unknown)], 401, 'credential_unknown', INVALID_TOKEN],
  ['a disabled token', '/purge/acme/z1', [bearer(CREDENTIALS.disabled)], 401, 'token_disabled', INVALID_TOKEN],
  ['a revoked token', '/purge/acme/z1', [bearer(CREDENTIALS.revoked)], 401, 'token_revoked', INVALID_TOKEN],
  ['an early token', '/purge/acme/z1', [bearer(CREDENTIALS.early)], 401, 'token_not_yet_valid', INVALID_TOKEN],
  ['an expired token', '/purge/acme/z1', [bearer(CREDENTIALS.expired)], 401, 'token_expired', INVALID_TOKEN],
  ['a suspended owner', '/purge/acme/z1', [bearer(CREDENTIALS.orphan)], 401, 'owner_suspended', INVALID_TOKEN],
  ['another address', '/purge/acme/z1', [bearer(CREDENTIALS.elsewhere)], 403, 'address_not_allowed'],
  ['no address', '/nowhere/acme/z1', [bearer(CREDENTIALS.local)], 403, 'address_unknown'],
  [
    'a bad address',
    '/forwarded/acme/z1',
    [bearer(CREDENTIALS.local), ['X-Forwarded-For', 'what']],
    403,
    'address_unknown',
  ],
  [
    'a header that is not asked',
    '/purge/acme/z1',
    [bearer(CREDENTIALS.elsewhere), ['X-Forwarded-For', '203.0.113.9']],
    403,
    'address_not_allowed',
  ],
  ['an id the type refuses', '/record/acme/z1/nothing', [GOOD], 404, 'resource_malformed'],
  ['a record in a zone’s place', '/record/acme/z1/TXT%2Ca%2Frecord:b', [GOOD], 404, 'resource_malformed'],
  ['an account of others', '/purge/strangers/z1', [GOOD], 403, 'not_a_member'],
  ['a pending membership', '/purge/invited/z1', [GOOD], 403, 'not_a_member'],
  ['an account the token doesn’t reach', '/purge/weak/z1', [bearer(CREDENTIALS.narrow)], 403, 'not_a_member'],
  ['a suspended member', '/purge/paused-member/z1', [GOOD], 403, 'member_suspended'],
  ['a suspended account', '/purge/paused/z1', [GOOD], 403, 'account_suspended'],
  ['API access switched off', '/purge/off/z1', [GOOD], 403, 'api_access_disabled'],
  ['a blocked token', '/purge/blocking/z1', [GOOD], 403, 'token_blocked'],
  ['a broken rule', '/purge/ruled/z1', [GOOD], 403, 'token_rule_violated'],
  ['a deny of the token', '/purge/acme/walled', [GOOD], 403, 'denied_by_token'],
  ['no grant', '/purge/acme/z2', [bearer(CREDENTIALS.narrow)], 403, 'not_granted', scope('cache.purge')],
  ['a deny of the owner', '/purge/acme/forbidden', [GOOD], 403, 'denied_to_owner'],
  ['an owner without the right', '/purge/weak/z1', [GOOD], 403, 'not_granted_to_owner'],
  [
    'a parameter that climbs down',
    '/purge/acme/z1%2Frecord:x',
    [bearer(CREDENTIALS.narrow)],
    403,
    'not_granted',
    scope('cache.purge'),
  ],
  ['a parameter that climbs sideways', '/purge/acme%2Fzone:z1/x', [bearer(CREDENTIALS.narrow)], 403, 'not_a_member'],
  ['a wildcard', '/purge/acme/*', [bearer(CREDENTIALS.narrow)], 403, 'not_granted', scope('cache.purge')],
  ['a wildcard account', '/purge/*/z1', [GOOD], 403, 'not_a_member'],
  ['an encoded wildcard', '/purge/%2A/z1', [GOOD], 403, 'not_a_member'],
  [
    'an encoding of an encoding',
    '/purge/acme/z1%252Frecord:x',
    [bearer(CREDENTIALS.narrow)],
    403,
    'not_granted',
    scope('cache.purge'),
  ],
  [
    'an encoding of another place',
    '/purge/acme/%257A1',
    [bearer(CREDENTIALS.narrow)],
    403,
    'not_granted',
    scope('cache.purge'),
  ],
  ['a parameter of the pattern’s own syntax', '/purge/%7Baccount%7D/z1', [GOOD], 403, 'not_a_member'],
  ['hidden: an account of others', '/hidden/strangers/z1', [GOOD], 404, null],
  ['hidden, but no credential', '/hidden/acme/z1', [], 401, 'credential_missing', 'Bearer'],
  [
    'all: the second is not granted',
    '/both/acme/z1',
    [bearer(CREDENTIALS.narrow)],
    403,
    'not_granted',
    scope('dns.write'),
  ],
  [
    'all: the first is not granted',
    '/both/acme/z2',
    [bearer(CREDENTIALS.narrow)],
    403,
    'not_granted',
    scope('cache.purge'),
  ],
  ['authenticated: no credential', '/anyone/x/y', [], 401, 'credential_missing', 'Bearer'],
  [
    'authenticated: an expired token',
    '/anyone/x/y',
    [bearer(CREDENTIALS.expired)],
    401,
    'token_expired',
    INVALID_TOKEN,
  ],
  ['authenticated: two lines', '/anyone/x/y', [GOOD, GOOD], 400, 'invalid_request', INVALID_REQUEST],
  ['authenticated: another address', '/anyone/x/y', [bearer(CREDENTIALS.elsewhere)], 403, 'address_not_allowed'],
  [
    'a session beside an unknown token',
    '/session/acme/z1',
    [bearer('nobody'), ['X-Session', 'u_1']],
    401,
    'credential_unknown',
    INVALID_TOKEN,
  ],
  [
    'a session beside a narrow token',
    '/session/acme/z2',
    [bearer(CREDENTIALS.narrow), ['X-Session', 'u_1']],
    403,
    'not_granted',
    scope('cache.purge'),
  ],
  [
    'a session beside another scheme',
    '/session/acme/z1',
    [
      ['Authorization', 'Basic x'],
      ['X-Session', 'u_1'],
    ],
    401,
    'credential_missing',
    'Bearer',
  ],
  [
    'a session beside two lines',
    '/session/acme/z1',
    [GOOD, GOOD, ['X-Session', 'u_1']],
    400,
    'invalid_request',
    INVALID_REQUEST,
  ],
  ['a session of nobody', '/session/acme/z1', [], 401, 'credential_missing', 'Bearer'],
  ['a session of a stranger', '/session/acme/z1', [['X-Session', 'u_2']], 403, 'not_a_member'],
  ['a session without the right', '/session/weak/z1', [['X-Session', 'u_1']], 403, 'not_granted_to_owner'],
  ['a key of nobody beside a good header', '/key/acme/z1', [GOOD], 401, 'credential_missing', 'Bearer'],
  ['an unknown key', '/key/acme/z1', [['X-Api-Key', 'nobody'], GOOD], 401, 'credential_unknown', INVALID_TOKEN],
  [
    'an unknown key beside a session',
    '/own-session/acme/z1',
    [
      ['X-Api-Key', 'nobody'],
      ['X-Session', 'u_1'],
    ],
    401,
    'credential_unknown',
    INVALID_TOKEN,
  ],
  [
    'no key, a header and a session',
    '/own-session/acme/z1',
    [GOOD, ['X-Session', 'u_1']],
    401,
    'credential_missing',
    'Bearer',
  ],
  ['built: nothing there', '/built/acme/absent', [GOOD], 404, null],
  ['built: no grant', '/built/acme/z2', [bearer(CREDENTIALS.narrow)], 404, null],
  ['built: an id that no name holds', '/built/acme/bad', [GOOD], 404, null],
  ['built openly: nothing there', '/built-open/acme/absent', [GOOD], 403, 'not_a_member'],
  [
    'built openly: no grant',
    '/built-open/acme/z2',
    [bearer(CREDENTIALS.narrow)],
    403,
    'not_granted',
    scope('cache.purge'),
  ],
  ['all, built: nothing there', '/both-built/acme/absent', [GOOD], 404, null],
  ['all, built: not granted', '/both-built/acme/z2', [bearer(CREDENTIALS.narrow)], 404, null],
  ['storage is gone', '/purge/acme/z1', [bearer(CREDENTIALS.down)], 503, 'storage_unavailable'],
  ['storage is gone, hidden', '/hidden/acme/z1', [bearer(CREDENTIALS.down)], 503, 'storage_unavailable'],
  ['a stored token is broken', '/purge/acme/z1', [bearer(CREDENTIALS.corrupt)], 500, 'stored_fact'],
  ['a stored member is broken', '/purge/faulty/z1', [GOOD], 500, 'stored_fact'],
]

const ALLOWED: readonly (readonly [what: string, path: string, lines: Lines])[] = [
  ['a token', '/purge/acme/z1', [GOOD]],
  ['a narrow token', '/purge/acme/z1', [bearer(CREDENTIALS.narrow)]],
  ['a lower-case scheme', '/purge/acme/z1', [['authorization', 'bearer good']]],
  ['a shouted scheme', '/purge/acme/z1', [['AUTHORIZATION', 'BEARER   good']]],
  ['an encoded parameter', '/purge/acme/%7A1', [bearer(CREDENTIALS.narrow)]],
  ['the address of the socket', '/purge/acme/z1', [bearer(CREDENTIALS.local)]],
  [
    'the address the host tells',
    '/forwarded/acme/z1',
    [bearer(CREDENTIALS.elsewhere), ['X-Forwarded-For', '203.0.113.9']],
  ],
  ['a fixed account', '/fixed/z1', [bearer(CREDENTIALS.narrow)]],
  ['a record', '/record/acme/z1/TXT,a', [GOOD]],
  ['hidden', '/hidden/acme/z1', [GOOD]],
  ['all', '/both/acme/z1', [GOOD]],
  ['a valid credential', '/anyone/x/y', [bearer(CREDENTIALS.narrow)]],
  ['a session', '/session/acme/z1', [['X-Session', 'u_1']]],
  ['a token where sessions are taken too', '/session/acme/z1', [GOOD]],
  ['a session where API access is off', '/session/off/z1', [['X-Session', 'u_1']]],
  ['a key from another header', '/key/acme/z1', [['X-Api-Key', 'good']]],
  [
    'a key beside another scheme',
    '/key/acme/z1',
    [
      ['X-Api-Key', 'good'],
      ['Authorization', 'Basic x, y'],
    ],
  ],
  ['a session where keys are taken too', '/own-session/acme/z1', [['X-Session', 'u_1']]],
  ['built', '/built/acme/z1', [bearer(CREDENTIALS.narrow)]],
  ['all, built', '/both-built/acme/z1', [GOOD]],
]

describe.each(FRAMEWORKS)('$name', (framework) => {
  let running: Running
  const ran: { readonly route: string; readonly granted: Granted }[] = []
  const ask = (path: string, lines?: Lines, method?: string) => send(running.port, path, lines, method)

  const warned = vi.fn()

  beforeAll(async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(warned)
    running = await framework.start(ROUTES, (route, granted) => ran.push({ route, granted }))
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await running.close()
  })
  beforeEach(() => {
    ran.length = 0
    seen.length = 0
    world.asked.length = 0
    world.now = NOW
  })

  test.each(ALLOWED)('allows %s', async (_, path, lines) => {
    const answer = await ask(path, lines)
    expect([answer.status, answer.body]).toEqual([200, 'ok'])
    expect(ran).toHaveLength(1)
    expect(ran[0]?.granted.decision).toEqual({ effect: 'allow', reason: null })
    expect(ran[0]?.granted.access.denial).toBeNull()
  })

  const refused = REFUSED.map(([what, path, lines, status, reason, challenge]) => ({
    what,
    path,
    lines,
    status,
    reason,
    challenge,
  }))
  test.each(refused)('refuses $what', async ({ path, lines, status, reason, challenge }) => {
    const answer = await ask(path, lines)
    expect(ran).toEqual([])
    expect(answer.status).toBe(status)
    expect(answer.headers['www-authenticate']).toBe(challenge)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json(; charset=utf-8)?$/)
    const { reason: told = null, status: said, permission } = JSON.parse(answer.body)
    expect([told, said]).toEqual([reason, status])
    expect(permission !== undefined).toBe(reason === 'not_granted')
    expect(answer.body).not.toMatch(/allow-|deny-|203\.0\.113/) // policy ids and address lists
  })

  test('the handler gets the access of the caller', async () => {
    await ask('/purge/acme/z1', [bearer(CREDENTIALS.narrow)])
    const [{ access } = { access: null }] = ran.map(({ granted }) => granted)
    expect(access?.principal).toEqual({ kind: 'token', id: 't_1', owner: { user: 'u_1' } })
    expect(access?.can('cache.purge', 'account:acme/zone:z1')).toBe(true)
    expect(access?.can('cache.purge', 'account:acme/zone:z2')).toBe(false)
  })

  test.each([
    ['/purge/acme/%2e%2e'],
    ['/purge/acme/..'],
    ['/purge/acme/../z1'],
    ['/purge/acme/%2e%2e/z1'],
    ['/purge/acme/'],
    ['/purge//z1'],
    ['/purge/acme//z1'],
    ['/purge/acme/%'],
    ['/purge/acme/%ED%A0%80'],
    ['/purge/acme/%00'],
    ['/purge/acme/z1%FF'],
    ['/purge/acme/z1;x=y'],
    ['/purge/acme/z1%20'],
    ['/purge/acme/%EF%BC%BA1'],
    [`/purge/acme/${'x'.repeat(1_025)}`],
  ])('a narrow token gets nowhere with %s', async (path) => {
    const answer = await ask(path, [bearer(CREDENTIALS.narrow)])
    expect(ran).toEqual([])
    expect([400, 403, 404, 414, 500]).toContain(answer.status)
  })

  test('an id too long for a name is a malformed resource', async () => {
    const answer = await ask(`/purge/acme/${'%C3%A9'.repeat(513)}`, [GOOD])
    if (answer.status === 414) return // the framework's own limit
    expect([answer.status, reasonOf(answer)]).toEqual([404, 'resource_malformed'])
  })

  test('with hide, all that concerns the resource is one and the same not-found', async () => {
    const paths = ['strangers/z1', 'invited/z1', 'paused-member/z1', 'paused/z1', 'off/z1', 'blocking/z1', 'ruled/z1']
    const more = ['acme/walled', 'acme/forbidden', 'weak/z1']
    const answers = await Promise.all([
      ...[...paths, ...more].map((path) => ask(`/hidden/${path}`, [bearer(CREDENTIALS.narrow)])),
      ...paths.map((path) => ask(`/hidden/${path}`, [GOOD])),
      ask('/hidden-record/acme/z1/no-id-of-a-record', [GOOD]),
      ask('/built/acme/absent', [GOOD]),
      ask('/built/acme/bad', [GOOD]),
      ask('/built/acme/z2', [bearer(CREDENTIALS.narrow)]),
    ])
    const [first] = answers
    expect(JSON.parse(first?.body ?? '')).toEqual({ type: 'about:blank', title: 'Not Found', status: 404 })
    for (const answer of answers) expect(comparable(answer)).toEqual(comparable(first))
    expect(ran).toEqual([])
  })

  test('a builder is asked only for a credential that stands', async () => {
    await ask('/built/acme/z1', [bearer('nobody')])
    await ask('/built/acme/z1', [GOOD, GOOD])
    await ask('/built/acme/z1')
    expect(seen).toEqual([])
  })

  test('a credential that ends while the builder looks is refused', async () => {
    const answer = await ask('/built/acme/slow', [GOOD])
    expect(answer.status).toBe(200)
    world.now = NOW - 1
    ran.length = 0
    const late = await ask('/built/acme/slow', [bearer(CREDENTIALS.expired)])
    expect([late.status, reasonOf(late)]).toEqual([401, 'token_expired'])
    expect(ran).toEqual([])
  })

  test('an error of the host’s own is the framework’s to answer, and nothing runs', async () => {
    const answer = await ask('/built/acme/crash', [GOOD])
    expect(answer.status).toBe(500)
    expect(ran).toEqual([])
  })

  test('a parameter that the route doesn’t have is misuse', async () => {
    const answer = await ask('/mistaken/acme/z1', [GOOD])
    if (framework.tellsRoutes) expect([answer.status, answer.body.includes('problem')]).toEqual([500, false])
    else expect([answer.status, reasonOf(answer)]).toEqual([404, 'resource_malformed'])
    expect(ran).toEqual([])
  })

  test('render writes the body and nothing else', async () => {
    const { status, headers, body } = await ask('/rendered/acme/z2', [bearer(CREDENTIALS.narrow)])
    expect(JSON.parse(body)).toEqual({
      success: false,
      status: 403,
      reason: 'not_granted',
      permission: 'cache.purge',
      resource: 'account:acme/zone:z2',
    })
    expect(status).toBe(403)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(headers['www-authenticate']).toBe(scope('cache.purge'))
    expect(headers['cache-control']).toBe('no-store')
  })

  test('render is told no more than the caller of what is hidden', async () => {
    const { status, headers, body } = await ask('/rendered-text/acme/z2', [bearer(CREDENTIALS.narrow)])
    const told = {
      status: 404,
      reason: null,
      permission: null,
      resource: null,
      headers: { 'Cache-Control': 'no-store' },
    }
    expect(body).toBe(`no: ${JSON.stringify(told)}`)
    expect(status).toBe(404)
    expect(headers['content-type']).toMatch(/^text\/x-no/)
  })

  test('methods are not told apart', async () => {
    expect((await ask('/purge/acme/z1', [], 'HEAD')).status).toBe(401)
    expect((await ask('/purge/acme/z1', [], 'OPTIONS')).status).toBe(401)
    expect((await ask('/purge/acme/z1', [GOOD], 'HEAD')).status).toBe(200)
    expect(ran).toHaveLength(1)
  })

  test('the address is the socket’s', async () => {
    await ask('/purge/acme/z1', [GOOD, ['X-Forwarded-For', '203.0.113.9'], ['X-Real-IP', '203.0.113.9']])
    expect(world.asked).toEqual([{ value: 'good', ip: '127.0.0.1' }])
  })

  test('a forwarding header that nobody reads warns once, whatever the number of guards', async () => {
    for (const route of ['purge', 'hidden', 'anyone'])
      await ask(`/${route}/acme/z1`, [['X-Forwarded-For', '203.0.113.9']])
    const forwarded = warned.mock.calls.filter(([, { code }]) => code === 'BAILIWICK_FORWARDED')
    expect(forwarded).toHaveLength(framework.name === 'fetch' ? 0 : 1) // fetch can't be without `ip`
  })
})

function reasonOf(answer: Answer): unknown {
  return JSON.parse(answer.body).reason
}

/** All that a caller can tell two answers apart by. */
function comparable(answer: Answer | undefined): unknown {
  const { date: _, ...headers } = answer?.headers ?? {}
  return { status: answer?.status, body: answer?.body, headers }
}
