/**
 * The package as a user gets it: what the build wrote, never the sources. `BAILIWICK_DIST` names another build's folder, to hold one against it.
 */
import { pathToFileURL } from 'node:url'

const named = process.env.BAILIWICK_DIST
export const dist = named === undefined ? new URL('../../dist/', import.meta.url) : pathToFileURL(`${named}/`)

/** A door by its file. By path and not by name, since the name leads to the sources here. */
async function door(file: string): Promise<unknown> {
  return import(new URL(file, dist).href)
}

export const front = (await door('index.js')) as typeof import('bailiwick')
export const core = (await door('core.js')) as typeof import('bailiwick/core')
export const memory = (await door('storage/memory.js')) as typeof import('bailiwick/storage/memory')
export const sqlite = (await door('storage/sqlite.js')) as typeof import('bailiwick/storage/sqlite')
export const fastifyDoor = async () => (await door('fastify.js')) as typeof import('bailiwick/fastify')
export const honoDoor = async () => (await door('hono.js')) as typeof import('bailiwick/hono')
export const expressDoor = async () => (await door('express.js')) as typeof import('bailiwick/express')
