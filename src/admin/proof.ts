/**
 * Whether a log is what was written: a walk over its entries, oldest first, that stops at the first one that doesn't follow from the one before.
 *
 * Knows neither storage nor files. A log that doesn't begin with entry 1 must begin where its last `audit.prune` entry says.
 */
import type { Scope } from '../core/facts.ts'
import type { AuditEntry, AuditHead } from '../storage/port.ts'
import { hashOf } from './chain.ts'

/** What is wrong with a log, at the first entry where it shows. */
export interface AuditFault {
  /** The sequence of the first entry that is wrong or missing, as far as the other entries show. */
  readonly sequence: number
  /**
   * - `altered`: the entry is not the one that was written here.
   * - `removed`: the entry is missing, and no prune left it out.
   * - `inserted`: an entry is here that was written elsewhere, or never, or was pruned.
   * - `cut`: the log ends before this entry, which existed.
   * - `head`: the entry is not the one that a head names, either the head that storage keeps or the one you gave.
   * - `pruned`: the entry that the given head names was pruned, so nothing can be said of it.
   */
  readonly kind: 'altered' | 'removed' | 'inserted' | 'cut' | 'head' | 'pruned'
  readonly message: string
}

/** What a walk found. */
export type AuditVerdict =
  /** `head` is the last entry: keep it elsewhere. `null` for a log without entries. */
  | { readonly ok: true; readonly entries: number; readonly head: AuditHead | null }
  /** `entries` are those before the fault. */
  | { readonly ok: false; readonly entries: number; readonly fault: AuditFault }

/** A walk over one log. */
export interface Proof {
  /** The sequence that the next entry must have; 1 before the first, which may begin later. */
  next(): number
  /** Takes the next entry, oldest first, or says what is wrong with it. */
  take(entry: AuditEntry): AuditFault | null
  /** After the last entry: what is wrong with the whole. */
  end(): AuditFault | null
  /** So far. */
  entries(): number
  last(): AuditHead | null
}

/** `scope` is whose log it is; `null` takes that of the first entry. The entries that `heads` name must be in the log. */
export function createProof(scope: Scope | null, heads: readonly AuditHead[]): Proof {
  let first: AuditEntry | null = null
  let last: AuditEntry | null = null
  let left: AuditHead | null = null // what the last prune says it left: the sequence of the first entry, and the hash before it
  let entries = 0

  function fitting(entry: AuditEntry): AuditFault | null {
    const { sequence } = entry
    const place = last === null ? sequence : last.sequence + 1
    if (sequence > place) return fault(place, 'removed', 'is missing')
    if (sequence < place || sequence < 1) return misplaced(sequence)
    if (entry.scope !== (scope ?? (first ?? entry).scope)) return foreign(place)
    if (!isItself(entry)) return notItself(place)
    if (entry.previous === (last?.hash ?? (sequence === 1 ? '' : entry.previous))) return null
    // This entry has its own hash, so the altered one is the entry before it; before the first there is none.
    return fault(last?.sequence ?? sequence, 'altered', 'is not the one after which the next was written')
  }

  function atHeads({ sequence, previous, hash }: AuditEntry): AuditFault | null {
    for (const head of heads) {
      const other =
        head.sequence === sequence ? hash : entries === 0 && head.sequence === sequence - 1 ? previous : null
      if (other !== null && other !== head.hash) return otherHead(head.sequence)
    }
    return null
  }

  return {
    next: () => (last === null ? 1 : last.sequence + 1),
    take(entry) {
      const wrong = fitting(entry) ?? atHeads(entry)
      if (wrong !== null) return wrong
      first ??= entry
      last = entry
      entries++
      if (entry.action === PRUNE) left = readLeft(entry.after)
      return null
    },
    end() {
      // The prune entry that says where the log begins may be among those cut off.
      return cut(last, heads) ?? beginning(first, left) ?? pruned(first, heads)
    },
    entries: () => entries,
    last: () => (last === null ? null : headOf(last)),
  }
}

/** A walk over some entries of one log, each by itself, in order: all that can be verified where others may be missing. */
export function createExcerpt(): Proof {
  let last: AuditEntry | null = null
  let entries = 0
  return {
    next: () => (last === null ? 1 : last.sequence + 1),
    take(entry) {
      if (!isItself(entry)) return notItself(entry.sequence)
      if (last !== null && entry.scope !== last.scope) return foreign(entry.sequence)
      if (last !== null && entry.sequence <= last.sequence) return misplaced(entry.sequence)
      last = entry
      entries++
      return null
    },
    end: () => null,
    entries: () => entries,
    last: () => null,
  }
}

/** Whether the hash of an entry is that of its content. */
function isItself(entry: AuditEntry): boolean {
  try {
    return hashOf(entry) === entry.hash
  } catch {
    return false // stored facts are never nested so deep that they can't be walked
  }
}

/** The action of the entry that a prune writes. */
export const PRUNE = 'audit.prune'

function headOf({ sequence, hash }: AuditEntry): AuditHead {
  return Object.freeze({ sequence, hash })
}

export function fault(sequence: number, kind: AuditFault['kind'], what: string): AuditFault {
  return Object.freeze({ sequence, kind, message: `entry ${sequence} ${what}` })
}

export function otherHead(sequence: number): AuditFault {
  return fault(sequence, 'head', 'is not the one that the head names')
}

function notItself(sequence: number): AuditFault {
  return fault(sequence, 'altered', 'does not have the hash of what it says')
}

function foreign(sequence: number): AuditFault {
  return fault(sequence, 'inserted', 'belongs to another log')
}

function misplaced(sequence: number): AuditFault {
  return fault(sequence, 'inserted', 'stands behind one that came after it, or twice')
}

/** What is wrong with how the log begins. */
function beginning(first: AuditEntry | null, left: AuditHead | null): AuditFault | null {
  if (first === null) return null
  const start = left?.sequence ?? 1
  if (first.sequence > start) return fault(start, 'removed', 'is missing, and no prune says so')
  if (first.sequence < start) return fault(first.sequence, 'inserted', 'was pruned and stands here again')
  return left === null || left.hash === first.previous
    ? null
    : fault(start, 'altered', 'is not the one that a prune left')
}

function cut(last: AuditEntry | null, heads: readonly AuditHead[]): AuditFault | null {
  const end = last?.sequence ?? 0
  return heads.some(({ sequence }) => sequence > end) ? fault(end + 1, 'cut', 'is missing at the end of the log') : null
}

function pruned(first: AuditEntry | null, heads: readonly AuditHead[]): AuditFault | null {
  const older = heads.find(({ sequence }) => first !== null && sequence < first.sequence - 1)
  return older === undefined ? null : fault(older.sequence, 'pruned', 'was pruned: hold the log against a newer head')
}

/** What is wrong with how a log begins, by the last prune in it. */
export function misbegun(first: AuditEntry | null, prune: AuditEntry | undefined): AuditFault | null {
  return beginning(first, prune === undefined ? null : readLeft(prune.after))
}

function readLeft(after: unknown): AuditHead | null {
  if (typeof after !== 'object' || after === null || !('first' in after) || !('previous' in after)) return null
  const { first, previous } = after
  return typeof first === 'number' && typeof previous === 'string' ? { sequence: first, hash: previous } : null
}
