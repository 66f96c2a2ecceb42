/**
 * Reads `multipart/form-data` as clients of this API send it: a form whose fields may spell a structure with brackets.
 */
import type { Request } from 'express'
import { ApiError } from './envelope.ts'

/** The form in a body that `raw` has read, or `null` where the request says it is none. */
async function readForm(req: Request): Promise<FormData | null> {
  return formIn(req, req.get('content-type') ?? '')
}

/** Likewise for a script: the official SDK calls its multipart upload `application/javascript`, and the boundary is the body's first line. */
export async function readScriptForm(req: Request): Promise<FormData | null> {
  const firstLine = /^--([\w'()+,./:=?-]{1,70})\r\n/.exec(bytesOf(req).subarray(0, 80).toString('latin1'))
  const declared = req.get('content-type') ?? ''
  return formIn(
    req,
    firstLine === null || isForm(declared) ? declared : `multipart/form-data; boundary=${firstLine[1]}`,
  )
}

function isForm(contentType: string): boolean {
  return contentType.toLowerCase().startsWith('multipart/form-data')
}

async function formIn(req: Request, contentType: string): Promise<FormData | null> {
  if (!isForm(contentType)) return null
  try {
    return await new Response(new Uint8Array(bytesOf(req)), { headers: { 'content-type': contentType } }).formData()
  } catch {
    throw new ApiError(400, 10021, 'the multipart body could not be read')
  }
}

/**
 * The objects of the list `name`, spelled `name[][type]`, `name[][id]`, …: a field that the last object has already begins the next one.
 */
export function readList(form: FormData, name: string): readonly Readonly<Record<string, string>>[] {
  const list: Record<string, string>[] = []
  for (const [key, value] of form) {
    const field = key.startsWith(`${name}[][`) && key.endsWith(']') ? key.slice(name.length + 3, -1) : null
    if (field === null || typeof value !== 'string') continue
    const last = list.at(-1)
    if (last === undefined || Object.hasOwn(last, field)) list.push({ [field]: value })
    else last[field] = value
  }
  return list
}

/** The value of an upload: the part `value` of a form, or the whole body. */
export async function readValue(req: Request): Promise<Uint8Array> {
  const form = await readForm(req)
  const part = form?.get('value') ?? null
  if (form !== null && part === null) throw new ApiError(400, 10021, 'the form has no part `value`')
  if (part === null) return bytesOf(req)
  return typeof part === 'string' ? Buffer.from(part) : new Uint8Array(await part.arrayBuffer())
}

export function bytesOf(req: Request): Buffer {
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0)
}
