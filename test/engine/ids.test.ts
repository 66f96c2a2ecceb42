/** What is remembered of ids: that no row has one, or that somebody has shown its secret. */
import { beforeEach, expect, test } from 'vitest'
import { Ids } from '../../src/engine/ids.ts'
import type { Moment } from '../../src/engine/loads.ts'

const LONG_AGO: Moment = { at: 0, turn: 0 }
const READ: Moment = { at: 100, turn: 7 }

let ids: Ids

beforeEach(() => {
  ids = new Ids(2)
})

test('an id is neither known nor unknown before somebody asked', () => {
  expect([ids.isUnknown('t1', LONG_AGO), ids.isKnown('t1'), ids.known]).toEqual([false, false, 0])
})

test('an id that no row has is unknown for whom that read is late enough, and no other is', () => {
  ids.noteNoRow('t1', READ)
  const since = [LONG_AGO, { at: 100, turn: 6 }, { at: 101, turn: 0 }, { at: 0, turn: 7 }]
  expect(since.map((moment) => ids.isUnknown('t1', moment))).toEqual([true, true, false, false])
  expect([ids.isUnknown('t2', LONG_AGO), ids.isKnown('t1')]).toEqual([false, false])
})

test('an id is unknown since the last read that found no row', () => {
  ids.noteNoRow('t1', READ)
  ids.noteNoRow('t1', { at: 200, turn: 8 })
  expect(ids.isUnknown('t1', { at: 200, turn: 7 })).toBe(true)
})

test('an id is not unknown once a row may have it, and others stay so', () => {
  for (const id of ['t1', 't2']) ids.noteNoRow(id, READ)
  ids.noteRow('t1')
  expect(['t1', 't2'].map((id) => ids.isUnknown(id, LONG_AGO))).toEqual([false, true])
})

test('an id whose secret was shown is known until something is kept of it', () => {
  for (const id of ['t1', 't2']) ids.noteShown(id)
  expect([ids.isKnown('t1'), ids.isKnown('t2'), ids.known]).toEqual([true, true, 2])
  ids.noteKept('t1')
  expect([ids.isKnown('t1'), ids.isKnown('t2'), ids.known]).toEqual([false, true, 1])
})

test('an id is known no more once no row has it, though a write overtook the read, which then makes it no unknown one', () => {
  for (const read of [READ, null]) {
    ids.noteShown('t1')
    ids.noteRow('t1')
    ids.noteNoRow('t1', read)
    expect([ids.isKnown('t1'), ids.isUnknown('t1', LONG_AGO)]).toEqual([false, read !== null])
  }
})

test('invented ids displace none that is known, and of those as many are remembered as there is room for', () => {
  ids.noteShown('t1')
  for (let i = 0; i < 1_001; i++) ids.noteNoRow(`invented ${i}`, READ)
  const unknown = Array.from({ length: 1_001 }, (_, i) => ids.isUnknown(`invented ${i}`, LONG_AGO))
  expect(unknown).toEqual([false, ...Array<boolean>(1_000).fill(true)])
  expect(ids.isKnown('t1')).toBe(true)
  for (const id of ['t2', 't3']) ids.noteShown(id)
  expect(['t1', 't2', 't3'].map((id) => ids.isKnown(id))).toEqual([false, true, true])
})
