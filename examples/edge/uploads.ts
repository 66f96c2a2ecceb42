/**
 * Reads the upload of a Worker: its code, and the bindings that give the code something to reach.
 */
import type { Request } from 'express'
import { ApiError } from './envelope.ts'
import { fields } from './input.ts'
import { bytesOf, readList, readScriptForm } from './multipart.ts'

export interface Binding {
  readonly type: string
  readonly name: string
  /** Of a `kv_namespace` binding. */
  readonly namespace_id?: string
}

export interface Upload {
  readonly content: string
  readonly bindings: readonly Binding[]
}

/** Bindings that reach nothing beyond the script itself. A type that isn't known here is refused: it would be bound unguarded. */
const HARMLESS = new Set(['plain_text', 'json', 'secret_text'])

/** Metadata comes as JSON (Wrangler), or spelled out in fields of the form (the SDK); a plain body is a script without bindings. */
export async function readUpload(req: Request): Promise<Upload> {
  const form = await readScriptForm(req)
  if (form === null) return { content: bytesOf(req).toString(), bindings: [] }
  const metadata = form.get('metadata')
  const listed = metadata === null ? readList(form, 'metadata[bindings]') : inJson(await textOf(metadata))
  const files = [...form.values()].filter((part) => part instanceof File && part !== metadata)
  return { content: (await Promise.all(files.map(textOf))).join('\n'), bindings: listed.map(binding) }
}

function inJson(metadata: string): readonly unknown[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(metadata)
  } catch {
    throw new ApiError(400, 10021, '`metadata` is not JSON')
  }
  const { bindings } = fields(parsed)
  return Array.isArray(bindings) ? bindings : []
}

function binding(written: unknown): Binding {
  const { type, name, namespace_id } = fields(written)
  if (typeof type !== 'string' || typeof name !== 'string')
    throw new ApiError(400, 10021, 'a binding needs a `type` and a `name`')
  if (HARMLESS.has(type)) return { type, name }
  if (type !== 'kv_namespace') throw new ApiError(400, 10021, `this host has no bindings of type \`${type}\``)
  if (typeof namespace_id !== 'string')
    throw new ApiError(400, 10021, `the binding \`${name}\` needs a \`namespace_id\``)
  return { type, name, namespace_id }
}

function textOf(part: string | File): Promise<string> | string {
  return typeof part === 'string' ? part : part.text()
}
