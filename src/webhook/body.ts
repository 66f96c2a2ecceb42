/**
 * Reads a body up to a bound. It is read before its sender is verified, so strangers choose its length.
 */

/** `too_large`: reading stopped at the bound. `broken_off`: the sender went away. */
export type Body = Uint8Array | 'too_large' | 'broken_off'

const FIRST_BYTES = 16 * 1_024

/** Reads the stream to its end, or until it holds more than `maxBytes`, whatever length was declared. */
export async function readBody(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Body> {
  // One growing buffer: a list of one-byte chunks would cost far more than their bytes.
  let buffer = new Uint8Array(Math.min(FIRST_BYTES, maxBytes))
  let length = 0
  const reader = stream?.getReader()
  try {
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
      const { value: chunk } = next
      const needed = length + chunk.length
      if (needed > maxBytes) {
        reader?.cancel().catch(() => {}) // the sender hears of it by the answer
        return 'too_large'
      }
      if (needed > buffer.length)
        buffer = grown(buffer, length, Math.min(maxBytes, Math.max(needed, 2 * buffer.length)))
      buffer.set(chunk, length)
      length = needed
    }
  } catch {
    return 'broken_off'
  }
  return buffer.subarray(0, length)
}

function grown(buffer: Uint8Array, length: number, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size)
  larger.set(buffer.subarray(0, length))
  return larger
}
