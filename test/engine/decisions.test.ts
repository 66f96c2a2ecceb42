/** What `onDecision` is told, how often, and what it can't do. */
import { describe, expect, it } from 'vitest'
import { permissionNamed } from '../../src/core/catalog.ts'
import { denial } from '../../src/core/decision.ts'
import { type Decided, type DecisionEvent, Decisions } from '../../src/engine/decisions.ts'
import { holder } from '../spec/building.ts'
import { EDGE } from '../spec/catalogs.ts'
import { subjectOf } from '../spec/core.ts'
import {
  allow,
  catalog,
  credentialOf,
  EPOCH,
  HELD_MS,
  idOf,
  type Rig,
  rig,
  secretOf,
  secretsOf,
  seeded,
  token,
  write,
  written,
} from './fixture.ts'

const Z1 = 'account:acme/zone:z1'
const ELSEWHERE = 'account:other/zone:z1'
const IP = '203.0.113.9'
const NO_MEMBER = { decision: { effect: 'deny', reason: 'not_a_member' } }

type Access = Awaited<ReturnType<Rig['engine']['authenticate']>>

async function told(ask: (access: Access, r: Rig) => unknown, by: (r: Rig) => Promise<Access> = present) {
  const r = rig(await seeded(), { decisions: true })
  const access = await by(r)
  await ask(access, r)
  await settled()
  return r.events
}

const present = ({ engine }: Rig) => engine.authenticate(credentialOf(1), IP, 'req-7')
const absent = ({ engine }: Rig) => engine.authenticate(null, IP)
const session = ({ engine }: Rig) => engine.session('u_1', IP)
const view = ({ engine }: Rig) => engine.viewAs({ token: idOf(1) }, IP)
const viewOfUser = ({ engine }: Rig) => engine.viewAs({ user: 'u_1' }, IP)
const viewOfNobody = ({ engine }: Rig) => engine.viewAs({ token: idOf(9) }, IP)

describe('each decision is told exactly as often as it is made', () => {
  const attempt = (run: () => unknown) => {
    try {
      run()
    } catch {}
  }
  it.each<[string, number, (access: Access) => unknown, ((r: Rig) => Promise<Access>)?]>([
    ['an allow, by can', 0, (a) => a.can('dns.read', Z1)],
    ['an allow marked `audit`, by can', 1, (a) => a.can('dns.export', Z1)],
    ['an allow marked `audit`, by check', 1, (a) => a.check('dns.export', Z1)],
    ['an allow marked `audit`, by require', 1, (a) => a.require('dns.export', Z1)],
    ['a denial, by can', 1, (a) => a.can('dns.read', ELSEWHERE)],
    ['a denial, by check', 1, (a) => a.check('dns.read', ELSEWHERE)],
    ['a denial, by require', 1, (a) => attempt(() => a.require('dns.read', ELSEWHERE))],
    ['a denial marked `audit`', 1, (a) => a.check('dns.export', ELSEWHERE)],
    [
      'the first of two denials, by checkAll',
      1,
      (a) =>
        a.checkAll([
          ['dns.read', Z1],
          ['dns.read', ELSEWHERE],
          ['dns.read', 'x'],
        ]),
    ],
    [
      'a denial after an allow marked `audit`, by checkAll',
      1,
      (a) =>
        a.checkAll([
          ['dns.export', Z1],
          ['dns.read', ELSEWHERE],
        ]),
    ],
    [
      'every allow marked `audit`, by checkAll',
      2,
      (a) =>
        a.checkAll([
          ['dns.export', Z1],
          ['dns.read', Z1],
          ['dns.export', 'account:acme/zone:z2'],
        ]),
    ],
    ['a refusal by a guard', 1, (a) => a.refuse('dns.read', 'not_a_member')],
    ['an explanation', 0, (a) => a.explain('dns.read', ELSEWHERE)],
    ['a look at the denial', 0, (a) => a.denial],
    ['a list of rows', 0, (a) => a.filter('dns.export', [Z1, ELSEWHERE, 'x'], (name) => name)],
    ['misuse', 0, (a) => attempt(() => a.can('dns.rite', Z1))],
    ['two denials', 2, (a) => [a.can('dns.read', ELSEWHERE), a.can('dns.read', ELSEWHERE)]],
    ['a session’s denial', 1, (a) => a.can('dns.read', ELSEWHERE), session],
    ['a session’s allow marked `audit`', 1, (a) => a.can('dns.export', Z1), session],
    ['an access that is refused as a whole', 1, () => {}, absent],
    [
      'and its questions, asked for the same reason',
      1,
      (a) => [a.can('dns.read', Z1), a.denial, a.checkAll([['dns.read', Z1]])],
      absent,
    ],
    ['the trusted host’s view', 0, (a) => [a.can('dns.export', Z1), a.can('dns.read', ELSEWHERE)], view],
    [
      'the trusted host’s view as a user',
      0,
      (a) => [a.can('dns.export', Z1), a.can('dns.read', ELSEWHERE)],
      viewOfUser,
    ],
    ['the trusted host’s view as nobody', 0, (a) => a.can('dns.read', Z1), viewOfNobody],
  ])('%s: %i', async (_, times, ask, by) => {
    expect(await told(ask, by)).toHaveLength(times)
  })
})

describe('an event', () => {
  it('says who, what, from where, why, and by which policies, and is frozen', async () => {
    const [event] = await told((access) => access.can('dns.export', Z1))
    const traced = { effect: 'allow', applies: true, condition: null }
    expect(event).toEqual({
      at: EPOCH + 1_000,
      decision: { effect: 'allow', reason: null },
      permission: 'dns.export',
      resource: Z1,
      principal: { kind: 'token', id: idOf(1), owner: { user: 'u_1' } },
      address: IP,
      requestId: 'req-7',
      policies: [
        { side: 'token', id: 'p1', selector: 'account:acme', ...traced },
        { side: 'owner', id: 'role:owner', selector: 'account:acme', ...traced },
      ],
      dropped: 0,
    })
    expect([Object.isFrozen(event), Object.isFrozen(event?.policies)]).toEqual([true, true])
  })

  it('has the policies that `explain` has', async () => {
    let wanted: unknown
    const ask = (access: Access) => {
      wanted = access.explain('dns.read', Z1).policies
      access.can('dns.export', Z1)
    }
    expect((await told(ask))[0]?.policies).toEqual(wanted)
  })

  it('tells of each policy whether its condition held, at that time and from there', async () => {
    const storage = await seeded()
    const elsewhere = { ...allow(Z1), id: 'p2', condition: { ip: { in: ['192.0.2.0/24'] } } }
    const here = { ...allow(Z1), id: 'p3', condition: { ip: { in: ['203.0.113.0/24'] }, expiresOn: EPOCH + 10_000 } }
    const later = { ...allow(Z1), id: 'p4', condition: { notBefore: EPOCH + 10_000 } }
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { policies: [elsewhere, here, later] }),
      secrets: secretsOf(1),
    })
    const r = rig(storage, { decisions: true })
    const access = await present(r)
    expect(access.can('dns.export', Z1)).toBe(true)
    await settled()
    const policies = r.events[0]?.policies.filter(({ side }) => side === 'token')
    expect(policies?.map(({ id, applies }) => [id, applies])).toEqual([
      ['p2', false],
      ['p3', true],
      ['p4', false],
    ])
  })

  it('of a decision that named no permission, or no resource, has no policies', async () => {
    const { snapshot } = subjectOf(EDGE, holder())
    const { decisions, turn, events, reports } = teller()
    decisions.note({ ...decided(0), snapshot, permission: null })
    decisions.note({ ...decided(1), snapshot, resource: null })
    while (turn()) {}
    expect([events.map(({ policies }) => policies), reports]).toEqual([[[], []], []])
  })

  it('of a refusal as a whole names nothing that was asked; of an unknown credential nobody', async () => {
    const nothing = { permission: null, resource: null, policies: [], address: IP, requestId: null }
    expect(await told(() => {}, absent)).toMatchObject([
      { ...nothing, principal: null, decision: { reason: 'credential_missing' } },
    ])
    const wrong = ({ engine }: Rig) => engine.authenticate(credentialOf(1, 5), IP)
    expect(await told(() => {}, wrong)).toMatchObject([
      { ...nothing, principal: null, decision: { reason: 'credential_unknown' } },
    ])
    const storage = await seeded()
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { status: 'disabled' }),
      secrets: secretsOf(1),
    })
    const r = rig(storage, { decisions: true })
    await present(r)
    await settled()
    expect(r.events).toMatchObject([{ principal: { id: idOf(1) }, decision: { reason: 'token_disabled' } }])
  })

  it('of a guard’s own refusal names the permission', async () => {
    expect(await told((access) => access.refuse('dns.read', 'resource_malformed'))).toMatchObject([
      { permission: 'dns.read', resource: null, decision: { reason: 'resource_malformed' } },
    ])
  })

  it('comes for each question where a held access is refused later on', async () => {
    const ask = async (access: Access, { snapshots }: Rig) => {
      const revoked = token(1, { status: 'revoked', revision: 2 })
      snapshots.invalidate({ scopes: ['user:u_1'], token: written(revoked) })
      access.can('dns.read', Z1)
      access.can('dns.write', Z1)
    }
    expect(await told(ask)).toMatchObject([
      { permission: 'dns.read', resource: Z1, decision: { reason: 'token_revoked' }, policies: [] },
      { permission: 'dns.write', resource: Z1, decision: { reason: 'token_revoked' }, policies: [] },
    ])
  })

  it('never holds a credential, wherever a client put one', async () => {
    const value = credentialOf(1)
    const storage = await seeded()
    const r = rig(storage, { decisions: true })
    const access = await r.engine.authenticate(value, value, value)
    for (const name of [`account:acme/zone:${value}`, value, `account:${value}/zone:${value}`])
      access.check('dns.export', name)
    await r.engine.authenticate(`${value}0`, null, `x ${value}`)
    await settled()
    ;(await r.engine.session(`u_1 ${value}`, IP)).can('dns.read', Z1)
    await settled()
    expect(r.events).toHaveLength(5)
    expect(r.events[4]?.principal).toMatchObject({ kind: 'session', user: expect.stringMatching(/^u_1 /) })
    expect(JSON.stringify(r.events)).not.toContain(secretOf(0).slice(1))
  })

  it('cuts what no name could be', async () => {
    const [event] = await told((access) => access.can('dns.read', `account:${'x'.repeat(1_000_000)}`))
    expect(event?.resource).toHaveLength(4_096)
  })
})

describe('telling', () => {
  it('changes no answer: not with a hook, nor with one that throws, nor when an access is stale', async () => {
    const storage = await seeded()
    await write(storage, ['user:u_1'], {
      kind: 'put_token',
      token: token(1, { policies: [allow(Z1)] }),
      secrets: secretsOf(1),
    })
    const answers = async (decisions: boolean) => {
      const r = rig(storage, { decisions })
      const access = await present(r)
      const asked = [Z1, ELSEWHERE, 'zone:z1', 'account:acme/zone:z2'].map((name) => access.check('dns.export', name))
      r.pass(HELD_MS)
      expect(() => access.can('dns.read', Z1)).toThrow(expect.objectContaining({ code: 'ERR_BAILIWICK_ACCESS_STALE' }))
      return asked
    }
    expect(await answers(true)).toEqual(await answers(false))
  })

  it('happens after the decision, in order', async () => {
    const r = rig(await seeded(), { decisions: true })
    const access = await present(r)
    const names = Array.from({ length: 250 }, (_, i) => `account:other/zone:z${i}`)
    for (const name of names) access.can('dns.read', name)
    expect(r.events).toEqual([])
    await settled()
    expect(r.events.map(({ resource }) => resource)).toEqual(names)
    expect(r.events[0]).toMatchObject(NO_MEMBER)
  })

  it('keeps at most 10,000 waiting, and says how many were dropped, at the place where they are missing', () => {
    const { decisions, turn, events } = teller()
    for (let i = 0; i < 10_003; i++) decisions.note(decided(i))
    while (turn()) {}
    expect([events.length, events.every(({ dropped }) => dropped === 0)]).toEqual([10_000, true])
    for (let i = 0; i < 2; i++) decisions.note(decided(20_000 + i))
    while (turn()) {}
    expect(events.slice(10_000).map(({ at, dropped }) => [at, dropped])).toEqual([
      [20_000, 3],
      [20_001, 0],
    ])
  })

  it('leaves the process time for other work: some at each turn, and none where nothing waits', () => {
    const { decisions, turn, events } = teller()
    for (let i = 0; i < 50; i++) decisions.note(decided(i))
    const after = [turn(), events.length, turn(), events.length, turn(), events.length, turn()]
    expect(after).toEqual([true, 20, true, 40, true, 50, false])
    for (let i = 0; i < 20; i++) decisions.note(decided(i))
    expect([turn(), events.length, turn()]).toEqual([true, 70, false])
  })

  it('goes on whatever the host’s function does; what it throws or rejects with is reported', async () => {
    const faults = [
      () => {
        throw new Error('thrown')
      },
      () => Promise.reject(new Error('rejected')),
      () =>
        new Proxy(
          {},
          {
            get: () => {
              throw new Error('no promise at all')
            },
          },
        ),
      () => new Promise(() => {}),
      () => 42,
    ]
    const { decisions, turn, events, reports } = teller((event) => faults[event.at]?.())
    for (let i = 0; i <= faults.length; i++) decisions.note(decided(i))
    while (turn()) {}
    await settled()
    expect(events.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5])
    expect(reports.map((error) => (error as Error).message).sort()).toEqual(['no promise at all', 'rejected', 'thrown'])
  })

  it('holds no more than that for a function that never ends, or ends late', async () => {
    const ends: (() => void)[] = []
    const hung = teller((event) => new Promise<void>((resolve) => event.at > 0 && ends.push(resolve)))
    for (let i = 0; i < 15_000; i++) {
      hung.decisions.note(decided(i))
      while (hung.turn()) {}
    }
    await settled()
    expect(hung.events).toHaveLength(10_000)
    for (const end of ends.slice(0, 2)) end()
    await settled()
    for (let i = 0; i < 3; i++) hung.decisions.note(decided(20_000 + i))
    while (hung.turn()) {}
    expect(hung.events.slice(10_000).map(({ at, dropped }) => [at, dropped])).toEqual([
      [20_000, 5_000],
      [20_001, 0],
    ])
  })

  it('has room again when what the host’s function promised is kept, broken or no promise', async () => {
    const answers = [Promise.resolve(), Promise.reject(new Error('broken')), 42]
    const { decisions, turn, events } = teller((event) => answers[event.at % 3])
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 10_000; i++) decisions.note(decided(i))
      while (turn()) {}
      await settled()
    }
    expect([events.length, events.filter(({ dropped }) => dropped > 0)]).toEqual([20_000, []])
  })

  it('hears in their turn of decisions that the host’s function itself makes, and schedules nothing twice', () => {
    const made = teller((event) => {
      if (event.at < 5) made.decisions.note(decided(event.at + 1))
    })
    made.decisions.note(decided(0))
    let turns = 0
    while (made.turn()) turns++
    expect(turns).toBe(1)
    expect(made.events.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5])
  })
})

function teller(answer: (event: DecisionEvent) => unknown = () => undefined) {
  const deferred: (() => void)[] = []
  const [events, reports] = [[] as DecisionEvent[], [] as unknown[]]
  const decisions = new Decisions({
    catalog,
    tell: (event) => {
      events.push(event)
      return answer(event)
    },
    defer: (run) => deferred.push(run),
    report: (error) => reports.push(error),
  })
  /** Runs what was put off; `false` when nothing was. */
  const turn = () => {
    const run = deferred.shift()
    run?.()
    return run !== undefined
  }
  return { decisions, turn, events, reports }
}

function decided(at: number): Decided {
  const asked = { permission: permissionNamed(catalog, 'dns.read'), resource: ELSEWHERE }
  return { at, decision: denial('not_granted'), ...asked, principal: null, ip: null, requestId: null, snapshot: null }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
