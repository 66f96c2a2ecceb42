/**
 * Wraps the host's `onError`, so that what it throws or rejects with neither replaces the error it was given nor ends the process. A leaf.
 */
export function quietly<T>(
  tell: (what: T) => void | Promise<void>,
  otherwise: (fault: unknown) => void = warn,
): (what: T) => void {
  return (what) => {
    new Promise((resolve) => resolve(tell(what))).catch(otherwise)
  }
}

/** The default `onError`. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
