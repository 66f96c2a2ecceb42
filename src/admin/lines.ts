/**
 * An audit log as JSON lines: files that outlive the database, and what verifies them without one.
 */
import { MisuseError } from '../errors.ts'
import { parseLinesOptions, type VerifyLinesOptions } from '../schema/audit.ts'
import type { AuditEntry } from '../storage/port.ts'
import { type AuditVerdict, createExcerpt, createProof, fault } from './proof.ts'

/** `covers: 'log'` is the chain from first to last; `entries` is each line by itself, and says nothing of what is missing between them. */
export type AuditLinesVerdict =
  | (Extract<AuditVerdict, { ok: true }> & { readonly covers: 'log' | 'entries' })
  | Extract<AuditVerdict, { ok: false }>

/** One entry on one line. Some readers break lines at U+2028 and U+2029 too, so these are escaped. */
export function printLine(entry: AuditEntry): string {
  return JSON.stringify(entry).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)
}

/**
 * Whether lines that `audit.export` made are still what was written. Needs no storage. A line that differs in anything but the order of its fields is a
 * fault, so keep the files as they are. Empty lines are skipped.
 *
 * `lines` are one text each, without their line ends. Throws `ERR_BAILIWICK_MISUSE` for one whole text, and for what isn't text.
 *
 * What was cut off at the end, or rewritten up to the end, shows only against a `head` that was kept elsewhere. A log exported with a query has gaps and
 * is no chain: with `excerpt: true` each line is compared with its own hash alone, and a missing line doesn't show. Does not check whose log it is.
 */
export async function verifyAuditLines(
  lines: Iterable<string> | AsyncIterable<string>,
  options: VerifyLinesOptions = {},
): Promise<AuditLinesVerdict> {
  const { head, excerpt } = parseLinesOptions(options)
  if (typeof lines === 'string')
    throw new MisuseError('`verifyAuditLines` takes lines, not one text: split it at its line ends')
  const proof = excerpt ? createExcerpt() : createProof(null, head === null ? [] : [head])
  for await (const line of lines) {
    if (typeof line !== 'string') throw new MisuseError('`verifyAuditLines` takes lines of text')
    if (line === '') continue
    const entry = readLine(line)
    const wrong = entry === null ? fault(proof.next(), 'altered', whyNoLine(line)) : proof.take(entry)
    if (wrong !== null) return Object.freeze({ ok: false, entries: proof.entries(), fault: wrong })
  }
  const wrong = proof.end()
  if (wrong !== null) return Object.freeze({ ok: false, entries: proof.entries(), fault: wrong })
  const covers = excerpt ? 'entries' : 'log'
  return Object.freeze({ ok: true, entries: proof.entries(), head: proof.last(), covers })
}

/** The entry on a line; `null` unless the line is spelt exactly as it would be exported: readers differ on, say, a name that occurs twice. */
function readLine(line: string): AuditEntry | null {
  try {
    const entry: unknown = JSON.parse(line)
    return isEntry(entry) && printLine(entry) === line ? entry : null
  } catch {
    return null
  }
}

function whyNoLine(line: string): string {
  return line.endsWith('\r')
    ? 'is not a line of an export: it ends in a carriage return, which none has (split the file at CRLF)'
    : 'is not a line of an export'
}

/** Checks only the fields that the proof relies on; its hash covers the rest. */
function isEntry(value: unknown): value is AuditEntry {
  if (typeof value !== 'object' || value === null) return false
  const { scope, sequence, action, previous, hash } = value as Readonly<Record<string, unknown>>
  return Number.isSafeInteger(sequence) && [scope, action, previous, hash].every((text) => typeof text === 'string')
}
