/** What waits to be written: which use stands for others, what of it comes again after a failure, and stored secrets that get another form. */
import { describe, expect, test } from 'vitest'
import { FLUSH_MS } from './fixture.ts'
import { gathering, nothingNoted, settled } from './gathering.ts'

/** A storage that holds each batch until the test lets go of it. */
function held(maxPending?: number) {
  const gathered = gathering(maxPending)
  let release = () => {}
  gathered.sink.hold = new Promise((resolve) => {
    release = resolve
  })
  return { ...gathered, release }
}

describe('a stored secret that gets another form', () => {
  test('is written with the next batch, which it brings about itself', async () => {
    const { uses, sink, time } = gathering()
    uses.renew('t', { from: 'a', to: 'b' })
    expect([uses.waiting, time.timers, sink.batches]).toEqual([1, 1, []])
    time.pass(FLUSH_MS)
    await settled()
    expect(sink.batches).toEqual([{ uses: [], digests: [{ token: 't', from: 'a', to: 'b' }] }])
    expect([uses.waiting, time.timers]).toEqual([0, 0])
  })

  test('counts among what waits, beside the uses', async () => {
    const { uses, note, sink } = gathering()
    note('t', 1)
    uses.renew('t', { from: 'a', to: 'b' })
    expect(uses.waiting).toBe(2)
    await uses.flush()
    expect(sink.batches).toMatchObject([{ uses: [{ token: 't' }], digests: [{ token: 't' }] }])
  })

  test('waits once, and beside the other secret of its token', async () => {
    const { uses, sink } = gathering()
    uses.renew('t', { from: 'a', to: 'b' })
    uses.renew('t', { from: 'a', to: 'b' })
    uses.renew('t', { from: 'c', to: 'd' })
    uses.renew('u', { from: 'a', to: 'b' })
    await uses.flush()
    expect(sink.batches[0]?.digests.map(({ token, from }) => `${token} ${from}`)).toEqual(['t a', 't c', 'u a'])
  })

  test('does not wait where there is no room: it comes again with the next load', async () => {
    const { uses, sink } = gathering(2)
    for (const token of ['t', 'u', 'v']) uses.renew(token, { from: 'a', to: 'b' })
    expect(uses.waiting).toBe(2)
    await uses.flush()
    expect(sink.batches[0]?.digests.map(({ token }) => token)).toEqual(['t', 'u'])
  })

  test('waits again after a failure, before what came meanwhile, as far as there is room', async () => {
    const { uses, sink, release } = held(3)
    sink.isDown = true
    for (const token of ['t', 'u']) uses.renew(token, { from: 'a', to: 'b' })
    const failed = uses.flush().catch((error) => error)
    for (const token of ['v', 'w']) uses.renew(token, { from: 'a', to: 'b' })
    release()
    expect(await failed).toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
    sink.isDown = false
    await uses.flush()
    expect(sink.batches.at(-1)?.digests.map(({ token }) => token)).toEqual(['t', 'u', 'v'])
  })
})

describe('of a batch that fails half-way', () => {
  test('what was written does not wait again', async () => {
    const { uses, note, sink } = gathering(10_000)
    for (let n = 0; n < 501; n++) note(`t${n}`, n)
    for (let n = 0; n < 502; n++) uses.renew(`t${n}`, { from: 'a', to: 'b' })
    const write = sink.recordUse.bind(sink)
    sink.recordUse = (batch) => {
      sink.isDown = batch.uses.length < 500
      return write(batch)
    }
    await expect(uses.flush()).rejects.toMatchObject({ code: 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' })
    expect(uses.waiting).toBe(1 + 2)
  })
})

describe('a use of one that waits already', () => {
  test('at the same instant is no news, and leaves each in its place', async () => {
    const { uses, note, sink } = gathering()
    for (const id of ['a', 'b', 'a']) note(id, 1)
    await uses.flush()
    expect(sink.batches.map((batch) => batch.uses.map(({ token }) => token))).toEqual([['a', 'b']])
  })

  test('needs no room, so nothing is written or given up for it', async () => {
    const { note, sink, uses } = gathering(1)
    note('a', 1)
    note('a', 2)
    await settled()
    expect([sink.batches, uses.waiting]).toEqual([[], 1])
    await uses.flush()
    expect(sink.batches[0]?.uses).toMatchObject([{ token: 'a', at: 2 }])
  })

  test('gives way to one at the same instant that could not be written', async () => {
    const { note, sink, uses, release } = held()
    sink.isDown = true
    note('a', 5, 'acme', '192.0.2.1')
    const failed = uses.flush().catch((error) => error)
    note('a', 5, 'acme', '192.0.2.2')
    release()
    await failed
    sink.isDown = false
    await uses.flush()
    expect(sink.batches.at(-1)?.uses).toMatchObject([{ token: 'a', at: 5, from: '192.0.2.1' }])
  })
})

test('batches that are full are followed by no empty one', async () => {
  const { uses, note, sink } = gathering(10_000)
  for (let n = 0; n < 1_000; n++) note(`t${n}`, n)
  await uses.flush()
  expect(sink.batches.map((batch) => batch.uses.length)).toEqual([500, 500])
})

test('where nothing waits nothing is written, and what comes then finds storage free', async () => {
  const { uses, note, sink, reports } = gathering(1)
  const flushed = uses.flush()
  note('a', 1)
  note('b', 1)
  await flushed
  await uses.flush()
  expect([[...sink.last.keys()], reports]).toEqual([['a acme', 'b acme'], []])
})

test('a use at a person’s own root has no account, whatever the person is called', async () => {
  const { uses, sink } = gathering()
  uses.note('t', nothingNoted(), 'user:somebody', null, null, 1)
  await uses.flush()
  expect(sink.batches[0]?.uses).toEqual([{ token: 't', account: null, at: 1, from: null }])
})
