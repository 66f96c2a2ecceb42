/** Glue that contestants without a tree of resources share: a policy's selectors by their shape, a resource by its ancestors. */

/** A name of the worlds, with those of what it lies in; empty where there is none. */
export interface Path {
  readonly account: string
  readonly zone: string
  readonly record: string
}

export function pathOf(resource: string): Path {
  const first = resource.indexOf('/')
  if (first < 0) return { account: resource, zone: '', record: '' }
  const account = resource.slice(0, first)
  const second = resource.indexOf('/', first + 1)
  if (second < 0) return { account, zone: resource, record: '' }
  return { account, zone: resource.slice(0, second), record: resource }
}

export interface Shapes {
  readonly accounts: readonly string[]
  readonly zones: readonly string[]
  readonly records: readonly string[]
  /** Zones whose name begins so; `account:a/zone:` stands for all of them. */
  readonly zonePrefixes: readonly string[]
  /** One record of every zone of an account. */
  readonly everywhere: readonly { readonly account: string; readonly record: string }[]
}

export function shapesOf(selectors: readonly string[]): Shapes {
  const plain = selectors.filter((selector) => !selector.includes('*'))
  const deep = (depth: number) => plain.filter((selector) => selector.split('/').length === depth)
  return {
    accounts: deep(1),
    zones: deep(2),
    records: deep(3),
    zonePrefixes: selectors.filter((selector) => selector.endsWith('*')).map((selector) => selector.slice(0, -1)),
    everywhere: selectors
      .filter((selector) => selector.includes('/zone:*/'))
      .map((selector) => {
        const [account = '', , record = ''] = selector.split('/')
        return { account, record }
      }),
  }
}

/**
 * Every exact selector that covers this resource, but for prefixes: what evaluators of flat permissions are asked about. The last two are of all
 * zones, and of this record in all zones.
 */
export function covering({ account, zone, record }: Path): string[] {
  if (zone === '') return [account]
  const star = `${account}/zone:*`
  if (record === '') return [account, zone, star]
  return [account, zone, record, star, `${star}${record.slice(zone.length)}`]
}
