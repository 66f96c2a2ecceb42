/**
 * Which accounts a token's selectors name: what a storage must load with it, and in whose lists it is.
 *
 * A stored policy may be garbage. It is skipped here, since loading less can't widen anything, and the compiler refuses it afterwards.
 */
export interface Reach {
  /** A selector begins with `account:*`. */
  readonly everywhere: boolean
  /** Raw ids of the accounts named one by one. */
  readonly named: ReadonlySet<string>
}

const ACCOUNT = 'account:'

/** The accounts that its policies name, allow or deny. */
export function reachOf(policies: unknown): Reach {
  return reachWithin(listOf(policies))
}

/** The accounts that its allow policies name. */
export function grantReachOf(policies: unknown): Reach {
  return reachWithin(listOf(policies).filter((policy) => fieldOf(policy, 'effect') === 'allow'))
}

/** Whether a reach includes this account, by its name or by `account:*`. */
export function reaches(reach: Reach, account: string): boolean {
  return reach.everywhere || reach.named.has(account)
}

function reachWithin(policies: readonly unknown[]): Reach {
  const named = new Set<string>()
  let everywhere = false
  for (const policy of policies) {
    for (const selector of listOf(fieldOf(policy, 'resources'))) {
      const root = encodedRoot(selector)
      if (root === '*') everywhere = true
      else if (root !== null) addDecoded(named, root)
    }
  }
  return { everywhere, named }
}

/** The account that a selector names, still encoded (an account called `*` is `%2A`), or `*`; `null` where it names none. */
function encodedRoot(selector: unknown): string | null {
  if (typeof selector !== 'string' || !selector.startsWith(ACCOUNT)) return null
  const slash = selector.indexOf('/')
  return selector.slice(ACCOUNT.length, slash === -1 ? undefined : slash)
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
