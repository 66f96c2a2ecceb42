/** When and from where a request asks. */
import { expect, test } from 'vitest'
import { parseAddress } from '../../src/core/address.ts'
import { RequestContext } from '../../src/engine/request-context.ts'

test('is at no time before it is given one', () => {
  expect(new RequestContext(null).now).toBeNaN()
})

test('comes from the address that was given, which is read once', () => {
  const context = new RequestContext('203.0.113.9')
  expect([context.given, context.ip]).toEqual(['203.0.113.9', parseAddress('203.0.113.9')])
  expect(context.ip).toBe(context.ip)
})

test.each([
  ['nothing', null, null],
  ['nothing at all', undefined, null],
  ['no text', ['203.0.113.9'], null],
  ['an empty text', '', ''],
  ['text that is no address', '203.0.113.9:443', '203.0.113.9:443'],
])('comes from nowhere known where it was given %s', (_, given, kept) => {
  const context = new RequestContext(given as string | null | undefined)
  expect([context.given, context.ip, context.ip]).toEqual([kept, null, null])
})
