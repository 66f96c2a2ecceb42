/** A promise that ends when the test says so. */
export interface Ending<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

export function ending<T>(): Ending<T> {
  let end: Pick<Ending<T>, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} }
  const promise = new Promise<T>((resolve, reject) => {
    end = { resolve, reject }
  })
  return { promise, ...end }
}
