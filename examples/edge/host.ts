/**
 * The host: its own facts, and the library that guards them.
 */
import { type Access, type Bailiwick, type Catalog, createBailiwick } from 'bailiwick'
import { sqliteStorage } from 'bailiwick/storage/sqlite'
import type { Request } from 'express'
import { catalog } from './catalog.ts'
import { openStore, type Store } from './store.ts'

/** The names of the catalog, as types. */
export type Shape = typeof catalog extends Catalog<infer S> ? S : never

/** Builders of resource names, one for each type: `names.zone('acme', 'shop')`. */
export type Names = Bailiwick<Shape>['name']

export interface Host {
  readonly bw: Bailiwick<Shape>
  readonly store: Store
  /** The path of the library's own database. */
  readonly database: string
  close(): Promise<void>
}

/** Opens a host over two new SQLite files in this folder: the library's facts, and the host's own. */
export function openHost(folder: string): Host {
  const database = `${folder}/bailiwick.db`
  const bw = createBailiwick({ catalog, storage: sqliteStorage(database) })
  const store = openStore(`${folder}/edge.db`)
  return {
    bw,
    store,
    database,
    async close() {
      store.close()
      await bw.close()
    },
  }
}

/**
 * What the guard of this route found out about the caller, for handlers that have more to ask. An application of one catalog registers it
 * (`Bailiwick.Register`) and needs no cast; this example shares its compilation with tests of other catalogs.
 */
export function accessOf(req: Request): Access<Shape> {
  return req.bailiwick.access as unknown as Access<Shape>
}
