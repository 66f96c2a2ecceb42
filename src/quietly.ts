/**
 * The host's own function for errors, kept from doing harm: what it throws must not take the place of what it was told. A leaf.
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

/** Who is told when the host names nobody. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}
