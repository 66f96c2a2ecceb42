/** Plays one schedule on an engine with a cache, and holds every answer to what was right when it might be given. */

import type { Access } from '../../src/engine/access.ts'
import type { Engine } from '../../src/engine/authenticate.ts'
import type { Snapshots } from '../../src/engine/snapshots.ts'
import type { WriteEvent } from '../../src/storage/port.ts'
import { EPOCH, idOf, write } from './fixture.ts'
import { answersOf, type Bounds, codeOf, engineOver, MAX_STALENESS_MS } from './schedules-engine.ts'
import { factsOf, PRESENTED, type Presented, planned, startingFacts, WRITES } from './schedules-facts.ts'
import { Gate } from './schedules-gate.ts'
import { type Answers, History, isOver } from './schedules-history.ts'

export interface Schedule extends Bounds {
  /** Which of `PRESENTED` come in this schedule. */
  readonly callers: readonly number[]
  /** What happens, one after the other: a number for each, which picks what and with which. */
  readonly steps: readonly number[]
}

/** How often something happened: a test that never meets what it is about proves nothing. */
export type Tally = Map<string, number>

interface Held {
  readonly presented: Presented
  readonly access: Access
  /** The oldest state its facts may be of; how many writes had ended, and what the monotonic clock said, when it was asked for. */
  from: number
  ended: number
  begunAt: number
}

const PASSES = [1, 700, MAX_STALENESS_MS / 2 - 1, MAX_STALENESS_MS / 2, MAX_STALENESS_MS / 2 + 1, MAX_STALENESS_MS]

export async function play(schedule: Schedule, tally: Tally): Promise<void> {
  const stage = await Stage.open(schedule, tally)
  for (const step of schedule.steps) await stage.step(step)
  await stage.close()
}

class Stage {
  readonly #schedule: Schedule
  readonly #tally: Tally
  readonly #storage
  readonly #gate: Gate
  readonly #snapshots: Snapshots
  readonly #engine: Engine
  readonly #history = new History()
  readonly #held: Held[] = []
  /** Writes of this process that are committed, and of which nobody was told yet. */
  readonly #untold: { readonly version: number; readonly event: WriteEvent }[] = []
  /** What broke, in a callback that nobody waits for. */
  #broken: unknown = null
  #unended = 0
  #now = 0
  #wallAhead = 0

  static async open(schedule: Schedule, tally: Tally): Promise<Stage> {
    const storage = await startingFacts()
    const stage = new Stage(schedule, tally, storage)
    stage.#history.add(await factsOf(storage), 0)
    return stage
  }

  private constructor(schedule: Schedule, tally: Tally, storage: Awaited<ReturnType<typeof startingFacts>>) {
    const { strict, maxEntries, maxBytes } = schedule
    this.#schedule = schedule
    this.#tally = tally
    this.#storage = storage
    this.#gate = new Gate(storage)
    const made = engineOver(
      this.#gate,
      { strict, maxEntries, maxBytes },
      () => this.#now,
      () => this.#wall(),
    )
    this.#snapshots = made.snapshots
    this.#engine = made.engine
  }

  async step(number: number): Promise<void> {
    const [what, n] = [number % 16, number >> 4]
    const { waiting } = this.#gate
    const one = waiting[n % Math.max(1, waiting.length)]
    if (what <= 4) this.#ask(this.#caller(n))
    else if (what <= 7) one?.take()
    else if (what <= 9) one?.answer()
    else if (what === 10) n % 3 === 0 ? one?.fail() : one?.answer()
    else if (what === 11) await this.#write(n, 'elsewhere')
    else if (what === 12) await this.#write(n, 'here').then(() => this.#tell(this.#untold.length - 1))
    else if (what === 13) await (this.#untold.length > 0 ? this.#tell(n) : this.#write(n, 'here'))
    else if (what === 14) this.#pass(n)
    else if (n % 3 === 0) this.#refresh(n)
    else for (const held of this.#held) this.#hold(held, 'held')
    await this.#settle()
  }

  /** Lets everything end, and then asks once more for everybody: nothing that went wrong before may be left. */
  async close(): Promise<void> {
    while (this.#untold.length > 0) this.#tell(0)
    await this.#drain()
    this.#now += MAX_STALENESS_MS / 2 + 1
    for (const n of new Set(this.#schedule.callers)) {
      const presented = this.#caller(n)
      const access = await this.#drained(this.#open(presented))
      const [given, right] = [answersOf(access), this.#history.present(presented, this.#wall())]
      if (given === 'stale' || given.join() !== right.join())
        throw new Error(`at rest: ${given}, and right is ${right}`)
      await this.#guess(presented.token)
    }
  }

  /** A wrong secret neither gets in nor changes what is kept of the token. */
  async #guess(n: number | null): Promise<void> {
    const wrong = PRESENTED[2]
    if (n !== 1 || wrong === undefined) return
    const kept = this.#snapshots.readyToken(idOf(n))
    const access = await this.#drained(this.#open(wrong))
    if (access.denial?.reason !== 'credential_unknown') throw new Error('a wrong secret got in')
    if (this.#snapshots.readyToken(idOf(n)) !== kept) throw new Error('a wrong secret changed what is kept')
    this.#count('guesses at rest')
  }

  #ask(presented: Presented): void {
    const [from, endedWrites] = [this.#from(), this.#history.ended]
    const [begunAt, begunReads, failedReads] = [this.#now, this.#gate.begun, this.#gate.failed]
    const { current } = this.#history
    let ended = false
    this.#unended++
    const opened = (access: Access): void => {
      const held = { presented, access, from, ended: endedWrites, begunAt }
      if (this.#hold(held, 'answered') !== 'stale') this.#held.push(held)
      if (this.#history.current > current) this.#count('answered over a write')
    }
    const refused = (error: unknown): void => {
      this.#count('unavailable')
      if (codeOf(error) !== 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' || this.#gate.failed === failedReads) throw error
    }
    this.#watch(
      this.#open(presented)
        .then(opened, refused)
        .finally(() => {
          ended = true
          this.#unended--
        }),
    )
    this.#watch(
      settled().then(() => {
        const read = this.#gate.begun - begunReads
        if (read === 0) this.#count(ended ? 'hit' : 'joined')
      }),
    )
  }

  #refresh(n: number): void {
    const held = this.#held[n % Math.max(1, this.#held.length)]
    if (held === undefined) return
    const { current: from, ended } = this.#history
    const [begunAt, failedReads] = [this.#now, this.#gate.failed]
    this.#unended++
    const landed = (): void => {
      held.from = Math.max(held.from, from)
      held.ended = Math.max(held.ended, ended)
      held.begunAt = Math.max(held.begunAt, begunAt)
      this.#count('refreshed')
      this.#hold(held, 'answered')
    }
    const refused = (error: unknown): void => {
      if (codeOf(error) !== 'ERR_BAILIWICK_STORAGE_UNAVAILABLE' || this.#gate.failed === failedReads) throw error
    }
    this.#watch(
      held.access
        .refresh()
        .then(landed, refused)
        .finally(() => this.#unended--),
    )
  }

  /** Asks an access everything, at this instant: when it was just made or refreshed, or later. */
  #hold({ presented, access, from, ended, begunAt }: Held, when: 'answered' | 'held'): Answers | 'stale' {
    const now = this.#wall()
    const answers = answersOf(access)
    const { strict } = this.#schedule
    if (answers === 'stale') {
      const least = strict ? MAX_STALENESS_MS : MAX_STALENESS_MS / 2
      if (this.#now < begunAt + least) throw new Error('stale before its time')
      this.#count('stale')
      return answers
    }
    for (const answer of answers) this.#count(answer)
    // A credential nobody knows has no facts that could grow old: it stays refused until it is presented again.
    const isUnknown = access.principal === null
    if (isUnknown && when === 'held') {
      if (answers.some((answer) => answer !== 'credential_unknown')) throw new Error('nobody is let in')
      return answers
    }
    const bound = this.#history.rightAfter(this.#now - MAX_STALENESS_MS)
    // An access that hears of its end says why by what it knew of its secret, which may have been rolled elsewhere as well: over is over. It
    // stays over until it is refreshed, however old that is: what ended here, and was begun anew elsewhere since, is not told to who holds it.
    const isEnded = !isUnknown && answers.every(isOver)
    const oldest = isUnknown || isEnded ? from : Math.max(from, bound, this.#history.heard(presented, now))
    const since = { from: oldest, ended }
    const isRight = isEnded
      ? this.#history.wasOver(presented, since, now)
      : this.#history.isRight(presented, since, answers, now)
    if (!isRight) {
      const right = Array.from({ length: this.#history.current - oldest + 1 }, (_, i) =>
        this.#history.answersIn(oldest + i, presented, now).join(),
      )
      throw new Error(`${JSON.stringify(presented)} was told ${answers.join()}, and right was ${right.join(' or ')}`)
    }
    if (this.#history.current > oldest && answers.join() !== this.#history.present(presented, now).join())
      this.#count('right a moment ago')
    return answers
  }

  #open({ by }: Presented): Promise<Access> {
    if ('session' in by) return this.#engine.session(by.session, null)
    if ('view' in by) return this.#engine.viewAs({ token: idOf(by.view) }, null)
    return this.#engine.authenticate(by.value, null)
  }

  /** The oldest state that an answer to a request which begins now may be from. */
  #from(): number {
    const { strict } = this.#schedule
    return strict ? this.#history.current : this.#history.rightAfter(this.#now - MAX_STALENESS_MS / 2 - 1)
  }

  async #write(n: number, where: 'here' | 'elsewhere'): Promise<void> {
    const used = this.#schedule.callers.map((caller) => PRESENTED[caller]?.token ?? 1)
    const { scopes, writes, event } = planned((n >> 4) % WRITES, n, this.#history.facts, used, this.#wall())
    const overtaken = this.#gate.waiting.some((one) => one.isTaken)
    await write(this.#storage, scopes, ...writes)
    const version = this.#history.add(await factsOf(this.#storage), this.#now)
    if (where === 'here') this.#untold.push({ version, event })
    this.#count(where)
    if (overtaken) this.#count('reads overtaken')
  }

  /** A write of this process ends: the engine is told of it, and then its caller. */
  #tell(n: number): void {
    const [told] = this.#untold.splice(n % Math.max(1, this.#untold.length), 1)
    if (told === undefined) return
    const before = this.#snapshots.size.entries
    this.#snapshots.invalidate(told.event)
    this.#history.end(told.version, told.event)
    if (this.#snapshots.size.entries < before) this.#count('dropped by a write')
  }

  #pass(n: number): void {
    if (n % 8 === 7) this.#wallAhead += n % 16 === 7 ? 5_000 : -5_000
    else this.#now += PASSES[n % PASSES.length] ?? 0
  }

  #wall(): number {
    return EPOCH + 1_000 + this.#now + this.#wallAhead
  }

  #caller(n: number): Presented {
    const { callers } = this.#schedule
    const presented = PRESENTED[(callers[n % callers.length] ?? 0) % PRESENTED.length]
    if (presented === undefined) throw new Error('nobody is there to ask')
    return presented
  }

  async #drained<T>(promise: Promise<T>): Promise<T> {
    this.#unended++
    this.#watch(promise.finally(() => this.#unended--))
    await this.#drain()
    return promise
  }

  async #drain(): Promise<void> {
    for (let round = 0; this.#unended > 0; round++) {
      if (round > 1_000) throw new Error('a request never ends')
      this.#gate.waiting[0]?.answer()
      await this.#settle()
    }
  }

  #watch(work: Promise<unknown>): void {
    work.catch((error) => {
      this.#broken ??= error
    })
  }

  async #settle(): Promise<void> {
    const { entries } = this.#snapshots.size
    if (entries > this.#schedule.maxEntries) throw new Error('more is kept than may be')
    await settled()
    if (this.#broken !== null) throw this.#broken
    if (entries === this.#schedule.maxEntries) this.#count('full')
  }

  #count(what: string): void {
    this.#tally.set(what, (this.#tally.get(what) ?? 0) + 1)
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
