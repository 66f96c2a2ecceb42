/** Storages whose answers wait, so that two administrations meet in every way. */
import type { AdminStorage } from '../../src/admin/deps.ts'
import type { Storage } from '../../src/storage/port.ts'

/** Each question waits for as many turns as the list says, over and over. */
export function slowed(turns: readonly number[]): (storage: Storage) => AdminStorage {
  let asked = 0
  return (storage) =>
    new Proxy(storage, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          for (let turn = turns[asked++ % turns.length] ?? 0; turn > 0; turn--) await Promise.resolve()
          return Reflect.apply(method, target, args)
        }
      },
    })
}
