/**
 * Every error this package throws, and the closed union of their codes. A leaf: it imports nothing but what takes credentials out of messages.
 *
 * A denial is an answer and never an error; an error means that no answer could be given, and then nothing is allowed.
 * Tell errors apart by `code`. Messages are lower case, put what the caller wrote in backticks, and never hold a secret.
 */
import { withoutCredentials } from './masking.ts'

/** Every code, one for each thing that can go wrong. `docs/reference/errors.md` is held equal to this list by a test. */
export type BailiwickErrorCode = BailiwickError['code']

export type BailiwickError =
  | CatalogError
  | MisuseError
  | InputError
  | NotFoundError
  | ConflictError
  | DeniedError
  | AccessStaleError
  | StoredFactError
  | StorageUnavailableError
  | StorageVersionError
  | DriverMissingError

/**
 * What all these errors have in common: no message holds a credential. Those that can happen while a request is served have the HTTP status that
 * answers it, which frameworks use where nobody catches it: Express and Koa read `status`, Fastify `statusCode`, and Hono neither.
 */
class MessageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(withoutCredentials(message), options)
  }
}

/** The declaration given to `defineCatalog` is wrong. A programmer's error: thrown when the process starts. */
export class CatalogError extends MessageError {
  override readonly name = 'CatalogError'
  readonly code = 'ERR_BAILIWICK_CATALOG'
}

/** A function was called with something no input could make right: an unknown permission, a bad pattern, a `now` that is no number. */
export class MisuseError extends MessageError {
  override readonly name = 'MisuseError'
  readonly code = 'ERR_BAILIWICK_MISUSE'
}

/** One thing wrong with an input, and where. `path` leads from the argument to the field. */
export interface InputIssue {
  readonly path: readonly (string | number)[]
  /** A machine word such as `unknown_group`, `vacuous_grant`, `bad_cidr`, `limit_exceeded`. */
  readonly code: string
  readonly message: string
}

/** What a client sent can't be accepted. Lists every issue at once; nothing was written. */
export class InputError extends MessageError {
  override readonly name = 'InputError'
  readonly code = 'ERR_BAILIWICK_INPUT'
  readonly status = 400
  readonly statusCode = 400
  readonly issues: readonly InputIssue[]
  constructor(issues: readonly InputIssue[]) {
    super(issues.map((issue) => `${printPath(issue.path)}: ${issue.message}`).join('; '))
    this.issues = issues.map(({ path, code, message }) => ({
      path: path.map((step) => (typeof step === 'string' ? withoutCredentials(step) : step)),
      code,
      message: withoutCredentials(message),
    }))
  }
}

/** The account, member, user or token named does not exist. */
export class NotFoundError extends MessageError {
  override readonly name = 'NotFoundError'
  readonly code = 'ERR_BAILIWICK_NOT_FOUND'
  readonly status = 404
  readonly statusCode = 404
}

/** What in the stored state forbids a write. */
export type ConflictKind = 'exists' | 'revision' | 'last_owner' | 'state'

/** What is stored forbids the write: it exists already, its revision moved, an account would lose its last owner (`kind`). Nothing was written. */
export class ConflictError extends MessageError {
  override readonly name = 'ConflictError'
  readonly code = 'ERR_BAILIWICK_CONFLICT'
  readonly status = 409
  readonly statusCode = 409
  readonly kind: ConflictKind
  constructor(kind: ConflictKind, message: string) {
    super(message)
    this.kind = kind
  }
}

/** The throwing form of a denial, thrown by `access.require` alone. */
export class DeniedError extends MessageError {
  override readonly name = 'DeniedError'
  readonly code = 'ERR_BAILIWICK_DENIED'
  readonly reason: string
  readonly status = 403
  readonly statusCode = 403
  /** What was asked for. */
  readonly permission: string
  /**
   * What it was asked about, for your own log. Not in the message, which some frameworks send to the caller: who looked the name up knows more
   * than whoever asked.
   */
  readonly resource: string
  constructor(reason: string, permission: string, resource: string) {
    super(`denied: ${reason}, asked for \`${permission}\``)
    this.reason = reason
    this.permission = permission
    this.resource = withoutCredentials(resource)
  }
}

/** An access was held longer than its facts may be trusted. `await access.refresh()`, then ask again. */
export class AccessStaleError extends MessageError {
  override readonly name = 'AccessStaleError'
  readonly code = 'ERR_BAILIWICK_ACCESS_STALE'
  readonly status = 503
  readonly statusCode = 503
}

/** A stored fact can't be understood: corrupt, or naming what the catalog no longer declares. A server's fault (500), never a denial and never skipped. */
export class StoredFactError extends MessageError {
  override readonly name = 'StoredFactError'
  readonly code = 'ERR_BAILIWICK_STORED_FACT'
  readonly status = 500
  readonly statusCode = 500
}

/** Storage gave no answer, so there is none (503). The driver's own error is the `cause`. */
export class StorageUnavailableError extends MessageError {
  override readonly name = 'StorageUnavailableError'
  readonly code = 'ERR_BAILIWICK_STORAGE_UNAVAILABLE'
  readonly status = 503
  readonly statusCode = 503
}

/** The database was written by a newer schema than this package knows. Nothing was touched. */
export class StorageVersionError extends MessageError {
  override readonly name = 'StorageVersionError'
  readonly code = 'ERR_BAILIWICK_STORAGE_VERSION'
}

/** No driver package is installed for this storage. The message says what to install. */
export class DriverMissingError extends MessageError {
  override readonly name = 'DriverMissingError'
  readonly code = 'ERR_BAILIWICK_DRIVER_MISSING'
}

/** Whether it is an error of this package. By code and not by class: a driver may come from another copy of it. */
export function isBailiwickError(error: unknown): error is BailiwickError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_BAILIWICK_')
}

/** Whether the error is that something stored can't be understood. It concerns one record, so others may go on. */
export function isStoredFault(error: unknown): error is StoredFactError {
  return isBailiwickError(error) && error.code === 'ERR_BAILIWICK_STORED_FACT'
}

function printPath(path: readonly (string | number)[]): string {
  return path.length === 0
    ? 'input'
    : path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i ? `.${step}` : step)).join('')
}
