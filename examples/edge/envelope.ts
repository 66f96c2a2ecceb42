/**
 * The envelope every answer of this API comes in, `{ success, errors, messages, result, result_info }`, and the codes its clients know.
 *
 * The library decides the status and headers of a refusal; this file writes its body, so that clients of the API it is shaped like print why.
 */
import type { Request, Response } from 'express'
import { count } from './input.ts'

interface Message {
  readonly code: number
  readonly message: string
}

/** What went wrong; `error_chain` is printed by official clients, so the reason stands there. */
export interface ErrorInfo extends Message {
  readonly error_chain?: readonly Message[]
}

/** An error a handler answers with. */
export class ApiError extends Error {
  readonly status: number
  readonly info: ErrorInfo
  constructor(status: number, code: number, message: string, chain: readonly Message[] = []) {
    super(message)
    this.status = status
    this.info = { code, message, ...(chain.length === 0 ? {} : { error_chain: chain }) }
  }
}

export function respond(res: Response, result: unknown, info?: object, messages: readonly object[] = []): void {
  res.json({ success: true, errors: [], messages, result, ...(info === undefined ? {} : { result_info: info }) })
}

export function fail(res: Response, status: number, info: ErrorInfo): void {
  res.status(status).set('Cache-Control', 'no-store').json(failure(info))
}

export function failure(info: ErrorInfo) {
  return { success: false, errors: [info], messages: [], result: null }
}

/**
 * One page of rows. The counts are those of the rows given: filter by what the token may see first, or the total tells of what it may not.
 * Past the end the page is empty, which is how the SDK's iterators know that they are through.
 */
export function list(req: Request, res: Response, rows: readonly object[], usual = 20, most = 1_000): void {
  const page = count(req, 'page', 1, Number.MAX_SAFE_INTEGER)
  const per_page = count(req, 'per_page', usual, most)
  const shown = rows.slice((page - 1) * per_page, page * per_page)
  const total_pages = Math.ceil(rows.length / per_page)
  respond(res, shown, { page, per_page, count: shown.length, total_count: rows.length, total_pages })
}
