import { describe, expect, it } from 'vitest'
import { News } from '../../src/engine/news.ts'
import { idOf, secretsOf, token } from './fixture.ts'

describe('news of a token', () => {
  it('are ordered by its revision: the older is no news to who knows the newer', () => {
    const news = new News(() => 0, 1_000)
    news.note(token(1, { revision: 5, status: 'disabled' }), secretsOf(1, 5))
    news.note(token(1, { revision: 4 }), secretsOf(1, 4))
    expect(news.since(idOf(1), 4)).toMatchObject({
      revision: 5,
      denial: { reason: 'token_disabled' },
      secrets: secretsOf(1, 5),
    })
    expect(news.since(idOf(1), 5)).toBeNull()
    expect(news.since(idOf(2), 0)).toBeNull()
  })

  it('are forgotten when every access they could matter to is stale, so that there are never many', () => {
    let now = 0
    const news = new News(() => now, 1_000)
    news.note(token(1, { revision: 2 }), secretsOf(1))
    now = 1_001
    news.note(token(2, { revision: 2 }), secretsOf(2))
    expect([news.has(idOf(1)), news.has(idOf(2))]).toEqual([false, true])
  })

  it('are kept as long as they are told to be, and not a millisecond longer, also when newer ones came', () => {
    let now = 0
    const news = new News(() => now, 1_000)
    const note = (at: number, n: number, revision: number) => {
      now = at
      news.note(token(n, { revision }), secretsOf(n))
    }
    note(0, 1, 1)
    note(1, 2, 1)
    note(500, 1, 2)
    note(1_001, 3, 1)
    expect([1, 2, 3].map((n) => news.has(idOf(n)))).toEqual([true, true, true])
    note(1_002, 4, 1)
    expect([1, 2, 3, 4].map((n) => news.has(idOf(n)))).toEqual([true, false, true, true])
  })

  it('of the revision that is known are none, and move no version', () => {
    const news = new News(() => 0, 1_000)
    expect(news.version).toBe(0)
    news.note(token(1, { revision: 0, status: 'revoked' }), secretsOf(1))
    expect([news.version, news.since(idOf(1), -1)?.denial?.reason]).toEqual([1, 'token_revoked'])
    news.note(token(1, { revision: 0 }), secretsOf(1))
    expect([news.version, news.since(idOf(1), -1)?.denial?.reason]).toEqual([1, 'token_revoked'])
    news.note(token(1, { revision: 1 }), secretsOf(1))
    expect([news.version, news.since(idOf(1), 0)]).toMatchObject([2, { revision: 1, denial: null }])
  })
})
