/**
 * Reads what clients send: bodies and queries, into text and numbers or a refusal that says what is wrong.
 */
import type { Request } from 'express'
import { ApiError } from './envelope.ts'

/** A JSON body as an object. Whatever else was sent is an empty one. */
export function bodyOf(req: Request): Readonly<Record<string, unknown>> {
  return fields(req.body)
}

export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? { ...value } : {}
}

/** A text that must be there. */
export function text(from: Readonly<Record<string, unknown>>, name: string): string {
  const value = from[name]
  if (typeof value !== 'string' || value === '')
    throw new ApiError(400, 1004, `\`${name}\` must be a text that is not empty`)
  return value
}

/** A text that may be left out. */
export function optionalText(from: Readonly<Record<string, unknown>>, name: string, otherwise: string): string {
  return from[name] === undefined ? otherwise : text(from, name)
}

/** A query parameter given once, or `undefined`. */
export function query(req: Request, name: string): string | undefined {
  const value = req.query[name]
  return typeof value === 'string' ? value : undefined
}

/** A whole number between 1 and `max` from the query. */
export function count(req: Request, name: string, otherwise: number, max: number): number {
  const value = Number(query(req, name) ?? otherwise)
  return Number.isInteger(value) && value >= 1 ? Math.min(value, max) : otherwise
}

/** A path parameter. Express has matched the route, so it is there. */
export function param(req: Request, name: string): string {
  const value = req.params[name]
  return typeof value === 'string' ? value : ''
}
