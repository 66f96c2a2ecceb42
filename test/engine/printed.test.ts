/** An access as `console.log` prints it: enough to see who it is, and no secret. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { allow, credentialOf, EPOCH, HELD_MS, rig, secretOf, secretsOf, seeded, token, write } from './fixture.ts'

const Z1 = 'account:acme/zone:z1'

test('says who it is, and that nothing refuses it as a whole', async () => {
  const { engine } = rig(await seeded())
  const printed = inspect(await engine.authenticate(credentialOf(1), '203.0.113.9'))
  expect(printed.replace(/\s+/g, ' ')).toMatch(
    /^Access \{ principal: \{ kind: 'token', id: '\w+', owner: \{ user: 'u_1' \} \}, denial: null \}$/,
  )
  expect(printed).not.toContain(secretOf(1))
})

test('says why it is refused', async () => {
  const { engine } = rig(await seeded())
  expect(inspect(await engine.authenticate(null, null))).toBe(
    "Access { principal: null, denial: 'credential_missing' }",
  )
})

test('is printed when it is too old to be asked, and printing is no question', async () => {
  const storage = await seeded()
  const { engine, events, pass } = rig(storage, { decisions: true })
  const access = await engine.authenticate(credentialOf(1), null)
  await write(storage, ['user:u_1'], {
    ...{ kind: 'put_token', token: token(1, { policies: [allow(Z1)] }), secrets: secretsOf(1) },
  })
  pass(HELD_MS)
  expect(inspect(access)).toContain('no answer until it is refreshed')
  expect(events).toEqual([])
})

test('printing in the midst of a list leaves its instant as it was', async () => {
  let passed = 0
  const storage = await seeded()
  await write(storage, ['user:u_1'], {
    kind: 'put_token',
    token: token(1, { expiresOn: EPOCH + 2 }),
    secrets: secretsOf(1),
  })
  const { engine } = rig(storage, { clock: () => EPOCH + passed })
  const access = await engine.authenticate(credentialOf(1), null)
  const rows = access.filter('dns.read', [1, 2, 3], () => {
    passed++
    inspect(access)
    return Z1
  })
  expect(rows).toEqual([1, 2, 3])
})
