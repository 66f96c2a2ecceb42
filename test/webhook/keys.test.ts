/** Keys that come from elsewhere: when they are asked for, and what becomes of deliveries while they can't be had. */
import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { GitHubKey } from '../../src/webhook/github.ts'
import { alert, delivery, endpoint, KEY, type Signer, signer } from './helpers.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NEXT = signer('tomorrow')

/** GitHub's list of keys, an endpoint that fetches it, and the clock between them. */
function world() {
  let now = 0
  const github = {
    keys: [KEY.published] as readonly unknown[],
    answer: null as (() => Response | Promise<Response>) | null,
    asked: [] as { url: string; init: RequestInit | undefined }[],
  }
  const fetch: typeof globalThis.fetch = async (url, init) => {
    github.asked.push({ url: String(url), init })
    if (github.answer !== null) return github.answer()
    const etag = `"${hash('sha256', JSON.stringify(github.keys))}"`
    if (new Headers(init?.headers).get('if-none-match') === etag) return new Response(null, { status: 304 })
    return Response.json({ public_keys: github.keys }, { headers: { etag } })
  }
  const { bw, scan, errors } = endpoint({}, { keys: undefined as never, fetch, monotonic: () => now })
  const send = async (by: Signer) => (await scan(delivery([alert('t1')], by))).status
  return { github, bw, errors, send, scan, pass: (ms: number) => (now += ms) }
}

const down = () => Promise.reject(new TypeError('fetch failed'))

describe('fetched keys', () => {
  test('are asked for when the first delivery comes, politely, and then kept', async () => {
    const { github, errors, send } = world()
    expect(github.asked).toEqual([])
    expect([await send(KEY), await send(KEY)]).toEqual([200, 200])
    expect(github.asked).toHaveLength(1)
    expect(github.asked[0]).toMatchObject({
      url: 'https://api.github.com/meta/public_keys/secret_scanning',
      init: { redirect: 'error', headers: { Accept: 'application/vnd.github+json', 'User-Agent': 'bailiwick' } },
    })
    expect(errors).toEqual([])
  })

  test('are asked for once by all who wait', async () => {
    const { github, send } = world()
    expect(await Promise.all([KEY, KEY, NEXT, KEY].map(send))).toEqual([200, 200, 401, 200])
    expect(github.asked).toHaveLength(1)
  })

  test('are asked for once also where the answer takes longer than a minute', async () => {
    const { github, send, pass } = world()
    let answer = (_: Response) => {}
    github.answer = () =>
      new Promise<Response>((resolve) => {
        answer = resolve
      })
    const first = send(KEY)
    pass(MINUTE)
    const second = send(KEY)
    answer(Response.json({ public_keys: github.keys }))
    expect([await first, await second, github.asked.length]).toEqual([200, 200, 1])
  })

  test('are not asked for where the headers are wrong or the body is too large', async () => {
    const { github, scan } = world()
    expect(await scan({ ...delivery([]), signature: null })).toMatchObject({ status: 400 })
    expect(await scan({ ...delivery([]), body: new Uint8Array(11 * 1_024 * 1_024) })).toMatchObject({ status: 413 })
    expect(github.asked).toEqual([])
  })

  test('rotate: a new one is asked for at once, and the one before still verifies', async () => {
    const { github, send, pass } = world()
    expect(await send(KEY)).toBe(200)
    pass(MINUTE)
    github.keys = [{ ...KEY.published, is_current: false }, NEXT.published]
    expect([await send(NEXT), await send(KEY)]).toEqual([200, 200])
    expect(github.asked).toHaveLength(2)
  })

  test('that GitHub withdrew are trusted for an hour at most', async () => {
    const { github, send, pass } = world()
    expect(await send(KEY)).toBe(200)
    github.keys = [NEXT.published]
    pass(HOUR - 1)
    expect([await send(KEY), github.asked.length]).toEqual([200, 1])
    pass(1)
    expect([await send(KEY), github.asked.length]).toEqual([401, 2])
  })

  test('are asked for conditionally, and unchanged ones are good for another hour', async () => {
    const { github, errors, send, pass } = world()
    await send(KEY)
    pass(HOUR)
    expect(await send(KEY)).toBe(200)
    expect(new Headers(github.asked[1]?.init?.headers).get('if-none-match')).toMatch(/^"[0-9a-f]{64}"$/)
    pass(HOUR - 1)
    expect([await send(KEY), github.asked.length, errors]).toEqual([200, 2, []])
  })

  test('without an ETag are asked for plainly, and then "unchanged" is no answer', async () => {
    const { github, errors, send, pass } = world()
    github.answer = () => Response.json({ public_keys: github.keys })
    await send(KEY)
    pass(HOUR)
    github.answer = () => new Response(null, { status: 304 })
    expect(await send(KEY)).toBe(200)
    expect(new Headers(github.asked[1]?.init?.headers).has('if-none-match')).toBe(false)
    expect(errors).toHaveLength(1)
  })

  test('strangers who invent identifiers cause one request a minute', async () => {
    const { github, bw, send, pass } = world()
    const strangers = Array.from({ length: 20 }, (_, i) => signer(`stranger ${i}`))
    expect(await send(KEY)).toBe(200)
    for (const stranger of strangers) expect(await send(stranger)).toBe(401)
    expect(github.asked).toHaveLength(1)
    pass(MINUTE - 1)
    expect([await send(NEXT), github.asked.length]).toEqual([401, 1])
    pass(1)
    for (const stranger of strangers) expect(await send(stranger)).toBe(401)
    expect([github.asked.length, bw.told.length]).toEqual([2, 1])
  })
})

describe('while GitHub can’t be reached', () => {
  test('and no keys were had, the answer is 503, and it is asked once a minute', async () => {
    const { github, bw, errors, scan, send, pass } = world()
    github.answer = down
    expect(await scan(delivery([alert('t1')]))).toMatchObject({ status: 503, headers: { 'Retry-After': '60' } })
    expect([await send(KEY), await send(NEXT), github.asked.length]).toEqual([503, 503, 1])
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ message: 'the public keys of secret scanning could not be had' })
    pass(MINUTE)
    github.answer = null
    expect([await send(KEY), await send(NEXT), bw.told.length]).toEqual([200, 401, 1])
  })

  test('keys that were had go on working, for as long as it lasts', async () => {
    const { github, errors, send, pass } = world()
    await send(KEY)
    github.answer = down
    for (let hours = 0; hours < 50; hours++) {
      pass(HOUR)
      expect(await send(KEY)).toBe(200)
    }
    expect([github.asked.length, errors.length]).toEqual([51, 50])
  })

  test('nobody can say that an identifier is unknown, until the list is had again', async () => {
    const { github, send, pass } = world()
    await send(KEY)
    pass(MINUTE)
    github.answer = down
    expect([await send(NEXT), await send(KEY)]).toEqual([503, 200])
    github.answer = null
    github.keys = [KEY.published, NEXT.published]
    expect(await send(NEXT)).toBe(503)
    pass(MINUTE)
    expect(await send(NEXT)).toBe(200)
  })

  test.each<[string, () => Response]>([
    ['403', () => new Response('rate limit exceeded', { status: 403 })],
    ['500', () => Response.json({ public_keys: [KEY.published] }, { status: 500 })],
    ['no JSON', () => new Response('<html>')],
    ['null', () => Response.json(null)],
    ['another form', () => Response.json({ keys: [KEY.published] })],
    ['an empty list', () => Response.json({ public_keys: [] })],
    ['no usable key', () => Response.json({ public_keys: [null, 1, {}, signer('p384', 'P-384').published] })],
    ['two megabytes', () => new Response(' '.repeat(2_097_152) + JSON.stringify({ public_keys: [KEY.published] }))],
    ['nothing', () => new Response(null)],
  ])('an answer that is %s changes nothing', async (_, answer) => {
    const { github, errors, send, pass } = world()
    github.answer = answer
    expect(await send(KEY)).toBe(503)
    github.answer = null
    pass(MINUTE)
    expect(await send(KEY)).toBe(200)
    github.answer = answer
    pass(HOUR)
    expect(await send(KEY)).toBe(200)
    expect(errors).toHaveLength(2)
  })

  test('a key of another kind is passed over, and the others are good', async () => {
    const { github, send } = world()
    const other = signer('of Bitcoin', 'secp256k1')
    github.keys = [other.published, null, KEY.published]
    expect([await send(other), await send(KEY)]).toEqual([401, 200])
  })
})

describe('a request for keys that is never answered', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => vi.useRealTimers())

  test('is given up, and keeps nobody waiting', async () => {
    const { github, errors, send, pass } = world()
    github.answer = () => new Promise<Response>(() => {})
    const waiting = [send(KEY), send(KEY)]
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await Promise.all(waiting)).toEqual([503, 503])
    expect(github.asked[0]?.init?.signal?.aborted).toBe(true)
    expect([github.asked.length, errors.length]).toEqual([1, 1])
    github.answer = null
    pass(MINUTE)
    expect(await send(KEY)).toBe(200)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('keys of the host', () => {
  test('given as a list are all there are: nothing is fetched', async () => {
    const fetch = vi.fn()
    const { scan } = endpoint({}, { fetch, keys: [KEY.published, { ...NEXT.published, is_current: false }] })
    expect(await scan(delivery([]))).toMatchObject({ status: 200 })
    expect(await scan(delivery([], NEXT))).toMatchObject({ status: 200 })
    expect(await scan(delivery([], signer('other')))).toMatchObject({ status: 401 })
    expect(fetch).not.toHaveBeenCalled()
  })

  test('given by a function are kept like fetched ones, and fail like them', async () => {
    let now = 0
    let given: readonly GitHubKey[] | null = null
    const keys = vi.fn(async () => given ?? Promise.reject(new Error('vault is sealed')))
    const { scan, errors } = endpoint({}, { keys, monotonic: () => now })
    const send = async (by: Signer) => (await scan(delivery([], by))).status
    expect([await send(KEY), await send(KEY), keys.mock.calls.length]).toEqual([503, 503, 1])
    expect(errors).toMatchObject([{ cause: { message: 'vault is sealed' } }])
    given = [KEY.published]
    now += MINUTE
    expect([await send(KEY), await send(NEXT), keys.mock.calls.length]).toEqual([200, 401, 2])
    given = [KEY.published, NEXT.published]
    now += MINUTE
    expect([await send(NEXT), keys.mock.calls.length]).toEqual([200, 3])
  })

  test('that change in the caller’s hands change nothing here', async () => {
    const list = [{ ...KEY.published }]
    const { scan } = endpoint({}, { keys: list })
    list.splice(0, 1, { ...NEXT.published })
    expect(await scan(delivery([]))).toMatchObject({ status: 200 })
    expect(await scan(delivery([], NEXT))).toMatchObject({ status: 401 })
  })
})
