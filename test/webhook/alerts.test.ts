/** A body whose sender is known, and which may hold anything all the same. */
import { describe, expect, test } from 'vitest'
import { alert, bytes, delivery, endpoint } from './helpers.ts'

describe('a signed body of another form is answered 400, and nothing of it is reported', () => {
  const deep = (open: string, close: string) => open.repeat(300_000) + close.repeat(300_000)
  test.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['JSON cut off', '[{"token":"t1","type":"x","url":""}'],
    ['JSON and more', '[] []'],
    ['a byte order mark', '\ufeff[]'],
    ['an object', JSON.stringify(alert('t1'))],
    ['an object that looks like a list', '{"length":1,"0":{"token":"t1","type":"x","url":""}}'],
    ['null', 'null'],
    ['a text', '"t1"'],
    ['a list in a list', JSON.stringify([[alert('t1')]])],
    ['null among them', JSON.stringify([alert('t1'), null])],
    ['no token', JSON.stringify([alert('t1'), { type: 'x', url: '' }])],
    ['a token that is a number', JSON.stringify([alert('t1', { token: 1 })])],
    ['a token that is a list', JSON.stringify([alert('t1', { token: ['t1'] })])],
    ['no type', JSON.stringify([alert('t1', { type: undefined })])],
    ['no url', JSON.stringify([alert('t1', { url: undefined })])],
    ['a url that is an object', JSON.stringify([alert('t1', { url: { href: 'https://x' } })])],
    ['a source that is a list', JSON.stringify([alert('t1', { source: ['commit'] })])],
    ['fields of a prototype', '[{"__proto__":{"token":"t1","type":"x","url":""}}]'],
    ['fields of a constructor', '[{"constructor":{"prototype":{"token":"t1","type":"x","url":""}}}]'],
    ['a list in a list in a list …', deep('[', ']')],
    ['an object in an object …', deep('{"token":', '}').replace(':}', ':1}')],
  ])('%s', async (_, text) => {
    const { bw, scan, errors } = endpoint()
    expect(await scan(delivery(bytes(text)))).toMatchObject({ status: 400 })
    expect([bw.told, errors]).toEqual([[], []])
    expect(Object.hasOwn(Object.prototype, 'token')).toBe(false)
  })

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
  ])('text that is no UTF-8: %s', async (_, wrong) => {
    const { bw, scan } = endpoint()
    const body = Buffer.concat([bytes('[{"token":"t'), Buffer.from(wrong), bytes('","type":"x","url":""}]')])
    expect(await scan(delivery(body))).toMatchObject({ status: 400 })
    expect(bw.told).toEqual([])
  })
})

describe('what a signed body says beside the secret', () => {
  const evidenceOf = async (change: Readonly<Record<string, unknown>>) => {
    const { bw, scan } = endpoint()
    expect(await scan(delivery([alert('t1', change)]))).toMatchObject({ status: 200 })
    return bw.told[0]?.evidence
  }

  test('need not name the kind of place, nor one that is known', async () => {
    expect(await evidenceOf({ source: undefined })).toMatchObject({ source: 'github:unknown' })
    expect(await evidenceOf({ source: null })).toMatchObject({ source: 'github:unknown' })
    expect(await evidenceOf({ source: '' })).toMatchObject({ source: 'github:unknown' })
    expect(await evidenceOf({ source: 'wiki-commit' })).toMatchObject({ source: 'github:wiki-commit' })
  })

  test('names the kind of place in few and harmless characters, or none', async () => {
    expect(await evidenceOf({ source: 'x'.repeat(64) })).toMatchObject({ source: `github:${'x'.repeat(64)}` })
    for (const source of ['x'.repeat(65), 'x'.repeat(1e6), '<b>', 'two words', 'gist\n', '\u202ecommit', 'é', 'a:b'])
      expect(await evidenceOf({ source })).toMatchObject({ source: 'github:unknown' })
  })

  test('may hold fields nobody knows', async () => {
    expect(await evidenceOf({ commit: 'abc', toString: 1 })).toMatchObject({ source: 'github:commit' })
  })

  test.each([
    ['https://github.com/a/b/blob/main/%C3%A9.env#L3', 'https://github.com/a/b/blob/main/%C3%A9.env#L3'],
    ['http://example.com', 'http://example.com/'],
    ['https://github.com/é <b>', 'https://github.com/%C3%A9%20%3Cb%3E'],
    ['https://x.test/a\r\nSet-Cookie: b', 'https://x.test/aSet-Cookie:%20b'],
  ])('is written down as an address: %j', async (url, href) => {
    expect(await evidenceOf({ url })).toEqual({ source: 'github:commit', url: href })
  })

  test.each([
    [''],
    ['some_url'],
    ['//example.com'],
    ['javascript:alert(1)'],
    ['data:text/html,x'],
    ['ftp://example.com/x'],
    ['https://'],
    [`https://example.com/${'x'.repeat(2_048)}`],
    [`https://example.com/${'é'.repeat(600)}`],
    [`https://example.com/${'\n'.repeat(2_048)}`],
  ])('is dropped where it is no address of the web or too long: %j', async (url) => {
    expect(await evidenceOf({ url })).toEqual({ source: 'github:commit' })
  })

  test('may be long, and so may the secret', async () => {
    const { bw, scan } = endpoint()
    const token = 'é'.repeat(1_000_000)
    expect(await scan(delivery([alert(token, { type: 'x'.repeat(1_000_000) })]))).toMatchObject({ status: 200 })
    expect(bw.told[0]?.value === token).toBe(true)
  })
})
