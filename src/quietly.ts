/**
 * Wraps the host's `onError`, so that what it throws doesn't replace the error it was given. A leaf.
 */
export function quietly(tell: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      tell(error)
    } catch (fault) {
      warn(fault)
    }
  }
}

/** The default `onError`. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
