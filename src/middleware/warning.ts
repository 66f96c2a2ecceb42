/**
 * Warnings of a guard to the host: something is probably set up wrong, noticed at a request that shouldn't fail because of it.
 */

/** One code for each thing that is warned of. */
export type WarningCode = 'BAILIWICK_FORWARDED' | 'BAILIWICK_ADDRESS' | 'BAILIWICK_PARAMETER'

export type Warn = (code: WarningCode, message: string) => void

/** Warns of each thing the first time alone: a stranger's requests must not fill the host's logs. */
export function warnOnce(): Warn {
  const warned = new Set<WarningCode>()
  return (code, message) => {
    if (!warned.has(code)) process.emitWarning(message, { type: 'BailiwickWarning', code })
    warned.add(code)
  }
}
