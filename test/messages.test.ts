/** What the words of an error hold: which field, which value, and what to write in its place. Never a secret. */
import { describe, expect, test } from 'vitest'
import { createBailiwick } from '../src/bailiwick.ts'
import { defineCatalog } from '../src/core/define.ts'
import { type DeniedError, isBailiwickError } from '../src/errors.ts'
import { memoryStorage } from '../src/storage/memory/index.ts'

const catalog = defineCatalog({
  resources: { project: { in: 'account', id: /^[a-z0-9-]+$/ }, host: { in: 'account', id: /[a-z.]+/i } },
  permissions: { 'project.read': { on: 'project' }, 'host.read': { on: 'host' } },
  groups: { read: { name: 'Read', permissions: ['*.read'] } },
  roles: { owner: { name: 'Owner', owner: true, groups: ['read'] } },
})
const bw = createBailiwick({ catalog, storage: memoryStorage() })
const POLICY = { effect: 'allow', permissionGroups: ['read'], resources: ['account:acme'] } as const
const NEW = { owner: { user: 'ann' }, name: 'n', policies: [POLICY] } as const

async function messageOf(call: () => unknown): Promise<string> {
  const [made] = await Promise.allSettled([Promise.resolve().then(call)])
  if (made.status === 'fulfilled' || !isBailiwickError(made.reason)) throw new Error('nothing was refused')
  return made.reason.message
}
const created = (policy: object) =>
  messageOf(() => bw.tokens.create({ ...NEW, policies: [{ ...POLICY, ...policy }] } as never))

describe('an id that its type refuses comes with the type, the id and the pattern as it was declared', () => {
  test.each([
    [
      'an id given to a builder',
      () => bw.name.project('acme', 'A b'),
      '`A b` is no id of a `project`, which must match `/^[a-z0-9-]+$/`',
    ],
    ['flags too', () => bw.name.host('acme', '1'), '`1` is no id of a `host`, which must match `/[a-z.]+/i`'],
    [
      'a long one, cut',
      () => bw.name.project('acme', 'A'.repeat(500)),
      `\`${'A'.repeat(80)}…\` is no id of a \`project\``,
    ],
  ])('%s', async (_what, call, says) => {
    expect(await messageOf(call)).toContain(says)
  })

  test('in a selector', async () => {
    expect(await created({ resources: ['account:acme/project:A'] })).toContain('which must match `/^[a-z0-9-]+$/`')
  })
})

describe('a policy', () => {
  test('of groups and of permissions is told that it can’t be both', async () => {
    expect(await created({ permissions: ['project.read'] })).toContain(
      'either `permissionGroups` or `permissions`, not both',
    )
    expect(await created({ permissionGroups: undefined })).not.toContain('not both')
  })

  test('with a wildcard is told where these stand', async () => {
    const says = await created({ permissionGroups: undefined, permissions: ['project.*'] })
    expect(says).toContain(
      'policies[0].permissions[0]: `project.*`: a wildcard stands only in the definition of a group',
    )
  })
})

describe('the value of a token', () => {
  test('in the place of its id is told to be one, and not shown again', async () => {
    const { value, token } = await bw.tokens.create(NEW)
    for (const given of [value, { id: value, owner: { user: 'ann' } }])
      for (const call of [bw.tokens.get, bw.tokens.revoke, bw.tokens.roll, bw.tokens.uses] as const) {
        const says = await messageOf(() => call(given))
        expect(says).toContain("this is a token's value; give its id")
        expect(says).not.toContain(token.id)
      }
  })
})

test('a denial that is thrown names the permission, and keeps the resource for the host’s own log', async () => {
  const { value } = await bw.tokens.create(NEW)
  const access = await bw.authenticate(value)
  const resource = 'account:acme/project:secret-plan'
  try {
    access.require('project.read', resource)
    expect.unreachable()
  } catch (error) {
    const denied = error as DeniedError
    expect(denied).toMatchObject({ reason: 'not_a_member', permission: 'project.read', resource })
    expect(denied.message).toBe('denied: not_a_member, asked for `project.read`')
  }
})

describe('an unknown', () => {
  test.each([
    [
      'option',
      () => createBailiwick({ catalog, storage: memoryStorage(), onEror: () => {} } as never),
      ['(did you mean `onError`?)', '`freshness`', '`limits`'],
    ],
    [
      'limit',
      () => createBailiwick({ catalog, storage: memoryStorage(), limits: { policys: 1 } } as never),
      ['(did you mean `policies`?)', '`tokensPerUser`'],
    ],
  ])('%s comes with those that are known', async (_what, call, says) => {
    const message = await messageOf(call)
    for (const part of says) expect(message).toContain(part)
  })
})
