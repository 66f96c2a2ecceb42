/** Who was admitted. */
import { expect, test } from 'vitest'
import { idOf, rig, seeded } from './fixture.ts'

test('a session is its user’s, and a view its token’s, of which the owner is told', async () => {
  const { engine } = rig(await seeded())
  expect((await engine.session('u_1', null)).principal).toEqual({ kind: 'session', user: 'u_1' })
  expect((await engine.viewAs({ user: 'u_1' }, null)).principal).toEqual({ kind: 'session', user: 'u_1' })
  const token = { kind: 'token', id: idOf(1), owner: { user: 'u_1' } }
  expect((await engine.viewAs({ token: idOf(1) }, null)).principal).toEqual(token)
  expect((await engine.authenticate(null, null)).principal).toBeNull()
})
