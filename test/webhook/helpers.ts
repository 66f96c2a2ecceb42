/** A GitHub of our own: keys, signatures and deliveries, and a `bw` that writes down what it is told. */
import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'
import { StorageUnavailableError } from '../../src/errors.ts'
import { type Evidence, type GitHubKey, type LeakReporter, secretScanning } from '../../src/webhook/github.ts'
import type { SecretScanningOptions } from '../../src/webhook/options.ts'

export interface Signer {
  readonly id: string
  readonly published: GitHubKey
  readonly privateKey: KeyObject
}

export function signer(name: string, namedCurve = 'P-256'): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const id = hash('sha256', name)
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { id, privateKey, published: { key_identifier: id, key, is_current: true } }
}

export const KEY = signer('today')

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function signatureOf(body: Uint8Array, by: Signer = KEY): string {
  return sign('sha256', body, by.privateKey).toString('base64')
}

/** A body as GitHub would send it, signed. Anything but bytes is sent as JSON. */
export function delivery(content: unknown, by: Signer = KEY) {
  const body = content instanceof Uint8Array ? content : bytes(JSON.stringify(content))
  return { keyId: by.id, signature: signatureOf(body, by), body }
}

export function alert(token: string, change: Readonly<Record<string, unknown>> = {}) {
  return {
    token,
    type: 'bailiwick_token',
    url: 'https://github.com/acme/site/blob/main/.env',
    source: 'commit',
    ...change,
  }
}

export type Outcome = Awaited<ReturnType<LeakReporter['tokens']['reportLeaked']>>['outcome']

export interface Told {
  readonly value: string
  readonly evidence: Evidence
  readonly origin: unknown
}

/** Knows these values; all others are unknown to it. */
export class FakeBailiwick implements LeakReporter {
  readonly told: Told[] = []
  running = 0
  mostAtOnce = 0
  readonly #outcomes: ReadonlyMap<string, Outcome | Error>
  constructor(outcomes: Readonly<Record<string, Outcome | Error>> = {}) {
    this.#outcomes = new Map(Object.entries(outcomes))
  }

  readonly tokens: LeakReporter['tokens'] = {
    reportLeaked: async (value, evidence, origin) => {
      this.told.push({ value, evidence, origin })
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.running)
      await new Promise(setImmediate)
      this.running--
      const outcome = this.#outcomes.get(value) ?? 'unknown'
      if (outcome instanceof Error) throw outcome
      return { outcome, token: outcome === 'unknown' ? null : `id of ${value}` }
    },
  }
}

export function noStorage(): Error {
  return new StorageUnavailableError('storage gave no answer')
}

/** The endpoint over a fake `bw` that trusts `KEY`, with what its host hears of. */
export function endpoint(
  outcomes: Readonly<Record<string, Outcome | Error>> = {},
  options: SecretScanningOptions = {},
) {
  const bw = new FakeBailiwick(outcomes)
  const errors: unknown[] = []
  const scan = secretScanning(bw, { keys: [KEY.published], onError: (error) => void errors.push(error), ...options })
  return { bw, scan, errors }
}

export function labelOf(token: string, label: 'true_positive' | 'false_positive', type = 'bailiwick_token') {
  return { token_hash: hash('sha256', token), token_type: type, label }
}
