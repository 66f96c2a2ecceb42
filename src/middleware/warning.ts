/**
 * What a guard tells the host beside its answers: something that is set up in a way nobody wants, seen at a request which shouldn't fail for it.
 */

/** What is warned of, each with a code of its own, so that a host can tell them apart. */
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
