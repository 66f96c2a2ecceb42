/**
 * Leaks: a secret was found where it must not be. Whatever it opens ends at once.
 */
import { type Leak, ownerScope } from '../core/facts.ts'
import { type Claim, claimsOfFound } from '../credential/claim.ts'
import { digestOf, sameDigest } from '../credential/digest.ts'
import { MASK, withoutCredentials } from '../masking.ts'
import { type LeakEvidence, parseEvidence, parseFoundValue } from '../schema/leak.ts'
import { type Origin, parseOrigin } from '../schema/origin.ts'
import type { AdminDeps } from './deps.ts'
import { needToken } from './facts.ts'
import { CUT, putToken, type StoredToken } from './token-put.ts'
import { type Moment, type Outcome, told, type Writer } from './write.ts'

/** The outcome of a leak report. An imported key may belong to several tokens: then it is the first outcome of this list that one of them had. */
export interface LeakReport {
  /**
   * - `revoked`: it was the current secret; the token is revoked.
   * - `overlap_ended`: it was the secret before the last roll and still worked; now it doesn't. The token stays active.
   * - `already_ended`: it had stopped working before.
   * - `unknown`: no token has this secret.
   */
  readonly outcome: 'revoked' | 'overlap_ended' | 'already_ended' | 'unknown'
  /** The id of that token; `null` for `unknown`. */
  readonly token: string | null
}

export interface Leaks {
  /**
   * Ends what a leaked value opens, at once: revokes every token of which it is the current secret, whatever its status, and ends the overlap of every one
   * of which it is the previous secret. A revoked token remembers where its secret was found (`leak`) and stays in lists; an ended overlap is recorded
   * in the audit log alone, since the current secret did not leak. Reporting the same value again changes nothing.
   *
   * Accepts the value with any prefix, even one no longer accepted, and trims white space. What can be no credential is `unknown` without a read. The value
   * is stored nowhere and is taken out of the evidence. Does not check the evidence: whoever has the value could use it.
   *
   * Each token is looked up and written by itself. Where one fails, the others are ended all the same, and then it rejects: report the value again.
   *
   * @example
   * ```ts
   * const { outcome, token } = await bw.tokens.reportLeaked(value, { source: 'support', url: 'https://example.com/paste/1' })
   * ```
   */
  reportLeaked(value: string, evidence: LeakEvidence, origin?: Origin): Promise<LeakReport>
}

export function createLeaks(
  { storage, peppers, importedKeys }: Pick<AdminDeps, 'storage' | 'peppers' | 'importedKeys'>,
  write: Writer,
): Leaks {
  /** Whether the value has this stored form, also a form no longer accepted: what has leaked ends. */
  function is(stored: string, digests: readonly string[]): boolean {
    return digests.some((digest) => peppers.formsOf(digest).some((form) => sameDigest(stored, form)))
  }

  /** Which of a token's secrets this is. */
  function which(
    { token, secrets }: StoredToken,
    digests: readonly string[],
    now: number,
  ): 'current' | 'previous' | null {
    const { digest, previous } = secrets
    if (is(digest, digests)) return 'current'
    if (previous !== undefined && is(previous.digest, digests)) return 'previous'
    // A secret that still works and whose stored form can't be read may be this one: that throws, and is never taken for another.
    const working = [digest, ...(previous !== undefined && previous.endsOn > now ? [previous.digest] : [])]
    for (const stored of token.status === 'revoked' ? [] : working)
      for (const digest of digests) peppers.opens(stored, digest)
    return null
  }

  function endCurrent(stored: StoredToken, leak: Leak, moment: Moment): Outcome<LeakReport> {
    const { id, status, leak: known = leak } = stored.token
    const outcome = putToken(stored, { token: { status: 'revoked', leak: known } }, moment, ACTION)
    return told(outcome, () => reported(status === 'revoked' ? 'already_ended' : 'revoked', id))
  }

  function endPrevious(stored: StoredToken, leak: Leak, moment: Moment): Outcome<LeakReport> {
    const { token, secrets } = stored
    const { digest, previous } = secrets
    if (token.status === 'revoked' || previous === undefined || previous.endsOn <= moment.now)
      return { unchanged: reported('already_ended', token.id), token: { id: token.id, after: stored } }
    const ended = { digest, previous: { digest: previous.digest, endsOn: CUT } }
    const outcome = putToken(stored, { secrets: ended, noted: { previousLeak: leak } }, moment, ACTION)
    return told(outcome, () => reported('overlap_ended', token.id))
  }

  function end(
    id: string,
    digests: readonly string[],
    found: Evidence,
    origin: Origin | undefined,
  ): Promise<LeakReport> {
    return write({
      origin,
      scopes: async () => [ownerScope((await needToken(storage, id)).token.owner)],
      facts: () => needToken(storage, id),
      decide: ({ token, secrets }, moment): Outcome<LeakReport> => {
        const stored = { token, secrets }
        const secret = which(stored, digests, moment.now)
        if (secret === null) return { unchanged: UNKNOWN }
        const leak = Object.freeze({ at: moment.now, ...found })
        return secret === 'current' ? endCurrent(stored, leak, moment) : endPrevious(stored, leak, moment)
      },
    })
  }

  /** The tokens that this may be a secret of. */
  async function tokensOf(claim: Claim): Promise<readonly string[]> {
    if (claim.kind === 'imported') return storage.tokensByDigest(claim.digests.flatMap(peppers.formsOf))
    return (await storage.token(claim.id)) === null ? [] : [claim.id]
  }

  return {
    async reportLeaked(given, evidence, origin) {
      const value = parseFoundValue(given)
      const found = parseEvidence(evidence)
      parseOrigin(origin)
      const told = shown(found, value.trim() || value)
      const reports: LeakReport[] = []
      const faults: unknown[] = []
      const attempt = (work: () => Promise<void>) => work().catch((fault) => void faults.push(fault))
      // Whatever happens to one of them, the others must end too.
      for (const claim of claimsOfFound(value, importedKeys))
        await attempt(async () => {
          const digests = claim.kind === 'native' ? [digestOf(claim.bytes)] : claim.digests
          for (const id of await tokensOf(claim))
            await attempt(async () => void reports.push(await end(id, digests, told, origin)))
        })
      if (faults.length > 0) throw faults[0]
      return STRONGEST_FIRST.map((outcome) => reports.find((one) => one.outcome === outcome)).find(Boolean) ?? UNKNOWN
    },
  }
}

const ACTION = 'token.report_leaked'
const STRONGEST_FIRST = ['revoked', 'overlap_ended', 'already_ended'] as const
const UNKNOWN: LeakReport = Object.freeze({ outcome: 'unknown', token: null })

function reported(outcome: LeakReport['outcome'], token: string): LeakReport {
  return Object.freeze({ outcome, token })
}

type Evidence = Omit<Leak, 'at'>

/** The evidence without the value: a URL may well hold a part of it. */
function shown({ source, url }: Evidence, value: string): Evidence {
  return { source: without(value, source), ...(url !== undefined && { url: without(value, url) }) }
}

function without(value: string, text: string): string {
  const shown = withoutCredentials(text.replaceAll(value, MASK))
  const read = decoded(shown)
  return read.includes(value) || withoutCredentials(read) !== read ? MASK : shown
}

/** The text with its percent-encoding undone where there is any. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString())
}
