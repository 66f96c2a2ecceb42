/**
 * The host's own function for what it wants to hear of, kept from doing harm: nobody waits for it, and what it throws, or rejects with, must not take
 * the place of what it was told, nor end the process as a rejection that nobody handles. A leaf.
 */
export function quietly<T>(
  tell: (what: T) => void | Promise<void>,
  otherwise: (fault: unknown) => void = warn,
): (what: T) => void {
  return (what) => {
    new Promise((resolve) => resolve(tell(what))).catch(otherwise)
  }
}

/** Who is told when the host names nobody. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
