/** How much memory is held, for tests of what is kept and what isn't. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** In bytes, after everything that can go has gone. */
export async function heldBytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    collect()
    await new Promise(setImmediate)
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
