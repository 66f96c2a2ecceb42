/** Processes of their own, each held to one core where the system can do that, and spoken to by messages. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Holds a process to a core, on Linux. */
const PIN = 'taskset'

/** Whether servers and load generator stand on cores of their own. */
export const isPinned = availableParallelism() > 1 && spawnSync(PIN, ['--version']).status === 0

export class Helper<Question extends object, Answer> {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Starts a script of this folder. It speaks first if it wants to: `heard`. */
  static start<Question extends object, Answer>(
    script: string,
    args: readonly string[],
    core: number,
  ): Helper<Question, Answer> {
    const node = [process.execPath, ...process.execArgv, fileURLToPath(new URL(script, import.meta.url)), ...args]
    const [command = '', ...rest] = isPinned ? [PIN, '-c', `${core}`, ...node] : node
    return new Helper(spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  }

  ask(question: Question): Promise<Answer> {
    const answer = this.heard()
    this.#child.send(question)
    return answer
  }

  async heard(): Promise<Answer> {
    const over = new AbortController()
    const { signal } = over
    try {
      const gone = once(this.#child, 'exit', { signal }).then(() =>
        Promise.reject(new Error('a process of the bench ended')),
      )
      const [answer] = (await Promise.race([once(this.#child, 'message', { signal }), gone])) as [Answer]
      return answer
    } finally {
      over.abort()
    }
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.disconnect()
    await exited
  }
}
