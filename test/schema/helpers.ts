/** What the tests of this room share. */
import { InputError } from '../../src/errors.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/schema/limits.ts'
import type { PolicyContext } from '../../src/schema/policy.ts'
import { EDGE } from '../spec/catalogs.ts'

export const { catalog } = EDGE

/** Each byte is one more than the one before it. */
export function counting(): (bytes: number) => Uint8Array {
  let next = 0
  return (bytes) => Uint8Array.from({ length: bytes }, () => next++ % 256)
}

export function contextWith(limits: Partial<Limits> = {}): PolicyContext {
  return { catalog, limits: { ...DEFAULT_LIMITS, ...limits }, random: counting() }
}

/** The issues of what `work` throws, each as `path code`. */
export function issuesOf(work: () => unknown): readonly string[] {
  return errorOf(work).issues.map(({ path, code }) => `${path.join('.')} ${code}`)
}

export function errorOf(work: () => unknown): InputError {
  try {
    work()
  } catch (error) {
    if (error instanceof InputError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
