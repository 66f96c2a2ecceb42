/** Asserts that a question allocates nothing. */
import assert from 'node:assert/strict'
import { makeSeed } from '../engine/seeded.ts'
import { runFresh } from '../harness.ts'
import type { Report } from '../report.ts'
import type { AllocationInput } from './allocation-run.ts'

const NAMES = ['control', 'decide', 'access', 'access, clocks standing still'] as const

/** Asking how large the heap is leaves some kilobytes of its own, over some 50,000 questions. */
const NOISE = 0.5

export async function suite(report: Report): Promise<void> {
  const seed = await makeSeed('S')
  const bytes = new Map<string, number>()
  report.heading('bytes a question leaves on the heap')
  const rows: string[][] = []
  for (const contestant of NAMES) {
    const input: AllocationInput = { contestant, seed }
    const figures = await runFresh({ name: contestant, module: 'decide/allocation-run.ts', input })
    bytes.set(contestant, figures.bytes ?? Number.NaN)
    rows.push([contestant, (figures.bytes ?? Number.NaN).toFixed(2), (figures.questions ?? 0).toLocaleString('en')])
  }
  report.table(['', 'bytes a question', 'questions'], rows)
  assert.ok((bytes.get('control') ?? 0) >= 12, 'the counter sees one object per question')
  for (const name of ['decide', 'access, clocks standing still'])
    assert.ok((bytes.get(name) ?? Number.NaN) < NOISE, `${name} leaves ${bytes.get(name)} bytes per question`)
}
