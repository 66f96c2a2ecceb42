/** Looks for secrets in whatever a package hands out: in every part of it, and in every spelling of theirs. */
import { inspect } from 'node:util'

export interface Secret {
  readonly what: string
  readonly text: string
}

/** Something that came out, and where. */
export interface Seen {
  readonly where: string
  readonly thing: unknown
}

/** Every way somebody may write a text down. */
function spellings(text: string): readonly string[] {
  const bytes = Buffer.from(text)
  return [
    text,
    [...text].reverse().join(''),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
    bytes.toString('base64url').slice(0, -1),
    encodeURIComponent(text),
    [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    bytes.join(','),
    bytes.join(', '),
  ]
}

/** All that can be read of a thing: as a debugger shows it, as JSON, and of an error its stack and what caused it. */
function readings(thing: unknown): string {
  const shown = inspect(thing, {
    depth: null,
    showHidden: true,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
  })
  let json = ''
  try {
    json = JSON.stringify(thing) ?? ''
  } catch {
    // a cycle: `inspect` has shown it
  }
  const error = thing instanceof Error ? `${thing.message} ${thing.stack} ${readings(thing.cause)}` : ''
  return `${shown} ${json} ${error}`
}

/** Which of these secrets are met where. */
export function leaks(of: readonly Secret[], at: readonly Seen[]): readonly string[] {
  const wanted = of.flatMap(({ what, text }) => spellings(text).map((spelling) => ({ what, spelling })))
  const found = at.flatMap(({ where, thing }) => {
    const text = readings(thing)
    return wanted.filter(({ spelling }) => text.includes(spelling)).map(({ what }) => `${where}: ${what}`)
  })
  return [...new Set(found)]
}
