/** The core asked in the words of the specification. */
import { type Address, parseAddress } from '../../src/core/address.ts'
import { permissionNamed } from '../../src/core/catalog.ts'
import { decide } from '../../src/core/decide.ts'
import { type Explanation, explain } from '../../src/core/explain.ts'
import { type Subject, sessionSubject, tokenSubject } from '../../src/core/snapshot.ts'
import { StoredFactError } from '../../src/errors.ts'
import type { CatalogCase, Credential, Outcome, Question } from './vocabulary.ts'

export function subjectOf({ catalog }: CatalogCase, credential: Credential): Subject {
  return credential.kind === 'token'
    ? tokenSubject(catalog, credential.facts, credential.secretEndsOn)
    : sessionSubject(catalog, credential.user, credential.facts)
}

/** What the core answers. Any error but that of a stored fact is not an outcome and is thrown on. */
export function outcome({ catalog }: CatalogCase, subject: Subject, question: Question): Outcome {
  const { permission, resource, now, ip } = question
  return orError(() => {
    const { effect, reason } = decide(subject, permissionNamed(catalog, permission), resource, {
      now,
      ip: addressOf(ip),
    })
    return effect === 'allow' ? 'allow' : reason
  })
}

/** One question to one credential. A subject that can't even be made is an error as well. */
export function answer(on: CatalogCase, credential: Credential, question: Question): Outcome {
  return orError(() => outcome(on, subjectOf(on, credential), question))
}

/** The explanation, or `error`. */
export function explained({ catalog }: CatalogCase, subject: Subject, question: Question): Explanation | 'error' {
  const { permission, resource, now, ip } = question
  return orError(() =>
    explain(catalog, subject, permissionNamed(catalog, permission), resource, { now, ip: addressOf(ip) }),
  )
}

function addressOf(ip: string | null): Address | null {
  const address = ip === null ? null : parseAddress(ip)
  if (ip !== null && address === null) throw new Error(`no address: ${ip}`)
  return address
}

function orError<T>(answer: () => T): T | 'error' {
  try {
    return answer()
  } catch (error) {
    if (error instanceof StoredFactError) return 'error'
    throw error
  }
}
