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
})
