/**
 * Which accounts policies name, read off their text alone: what a storage must load with a token, in whose lists it stands, whose rules
 * it meets.
 *
 * A stored policy may be garbage. It is passed over here, since reaching less than garbage asks for can't widen anything; the compiler
 * refuses it afterwards.
 */
import { rootOf } from './resource.ts'

/** The root of selectors that name every account. One that is called `*` is written `account:%2A`. */
export const EVERYWHERE = 'account:*'

export interface Reach {
  /** A selector begins with `account:*`. */
  readonly everywhere: boolean
  /** Raw ids of the accounts named one by one. */
  readonly named: ReadonlySet<string>
}

const ACCOUNT = 'account:'

/** The accounts that allows or denies name: a deny has to be loaded where it stands, though it reaches nothing. */
export function accountsNamed(policies: unknown): Reach {
  return reachOf(listOf(policies))
}

/** The accounts that allows name: those a token reaches at all (the first half of rung 4). */
export function accountsAllowed(policies: unknown): Reach {
  return reachOf(listOf(policies).filter((policy) => fieldOf(policy, 'effect') === 'allow'))
}

/** Whether the account is among them, by its name or by `account:*`. */
export function reaches(reach: Reach, account: string): boolean {
  return reach.everywhere || reach.named.has(account)
}

function reachOf(policies: readonly unknown[]): Reach {
  const named = new Set<string>()
  let everywhere = false
  for (const policy of policies) {
    for (const selector of listOf(fieldOf(policy, 'resources'))) {
      const root = typeof selector === 'string' ? rootOf(selector) : ''
      if (root === EVERYWHERE) everywhere = true
      else if (root.startsWith(ACCOUNT)) addDecoded(named, root.slice(ACCOUNT.length))
    }
  }
  return { everywhere, named }
}

function addDecoded(named: Set<string>, encoded: string): void {
  try {
    named.add(decodeURIComponent(encoded))
  } catch {
    // A broken escape names nothing.
  }
}

function fieldOf(policy: unknown, field: 'effect' | 'resources'): unknown {
  return typeof policy === 'object' && policy !== null ? Reflect.get(policy, field) : null
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
