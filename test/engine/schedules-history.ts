/** What was true when: every state that the tables of a schedule were in, and which of them an answer may be given from. */
import type { WriteEvent } from '../../src/storage/port.ts'
import { reference } from '../spec/reference.ts'
import type { Credential, Outcome } from '../spec/vocabulary.ts'
import { idOf } from './fixture.ts'
import { DECLARED, type Facts, type Presented, QUESTIONS, secretEnd } from './schedules-facts.ts'

/** The answers to all questions at one instant. */
export type Answers = readonly Outcome[]

/** A state, and when it began on the monotonic clock. It ended when the next one began. */
interface Version {
  readonly facts: Facts
  readonly since: number
  /** What was worked out already, and for which instant; `null` where none matters. */
  readonly known: Map<Presented, { readonly now: number | null; readonly answers: Answers }>
}

/** A write through this process that has ended: its caller knows of it. */
interface Ended {
  readonly version: number
  readonly event: WriteEvent
}

/** The oldest state that may answer, and how many writes of this process had ended. */
export interface Since {
  readonly from: number
  readonly ended: number
}

export class History {
  readonly #versions: Version[] = []
  readonly #ended: Ended[] = []

  /** The state that stands from now on. Returns its number. */
  add(facts: Facts, since: number): number {
    this.#versions.push({ facts, since, known: new Map() })
    return this.current
  }

  end(version: number, event: WriteEvent): void {
    this.#ended.push({ version, event })
  }

  get current(): number {
    return this.#versions.length - 1
  }

  get facts(): Facts {
    return this.#at(this.current).facts
  }

  /** How many writes of this process have ended: what begins now sees all of them. */
  get ended(): number {
    return this.#ended.length
  }

  /** The oldest state that was still right after this instant. */
  rightAfter(instant: number): number {
    return this.#versions.findIndex((_, i) => i === this.current || this.#at(i + 1).since > instant)
  }

  /**
   * The oldest state that an access which is held may answer from: where a write of this process ended its token, or took its secret away,
   * and nothing has undone that since, it is that write.
   */
  heard(presented: Presented, now: number): number {
    const { token: n } = presented
    const own = n === null ? [] : this.#ended.filter(({ event }) => event.token?.id === idOf(n))
    const [last] = own.filter(({ version }) => this.#isOver(presented, version, now))
    return last?.version ?? 0
  }

  /**
   * Whether these are the right answers in one of the states from this one on. Of the writes that had ended when it was asked for, so many at that
   * time, none that came after that state may concern what was read of it.
   */
  isRight(presented: Presented, since: Since, answers: Answers, now: number): boolean {
    return this.#holdsIn(
      presented,
      since,
      (version) => answers.join() === this.answersIn(version, presented, now).join(),
    )
  }

  /** Whether in one of these states the token had ended, or was shut to this secret. */
  wasOver(presented: Presented, since: Since, now: number): boolean {
    return this.#holdsIn(presented, since, (version) => this.answersIn(version, presented, now).every(isOver))
  }

  #holdsIn(presented: Presented, { from, ended }: Since, holds: (version: number) => boolean): boolean {
    const seen = this.#ended.slice(0, ended)
    for (let version = this.current; version >= from; version--) {
      const isOutdated = seen.some((write) => write.version > version && this.#concerns(presented, version, write))
      if (!isOutdated && holds(version)) return true
    }
    return false
  }

  /** The right answers in the state that stands. */
  present(presented: Presented, now: number): Answers {
    return this.answersIn(this.current, presented, now)
  }

  answersIn(version: number, presented: Presented, now: number): Answers {
    const { known, facts } = this.#at(version)
    const before = known.get(presented)
    if (before !== undefined && (before.now === null || before.now === now)) return before.answers
    const credential = credentialIn(facts, presented)
    const answers = QUESTIONS.map(
      (question): Outcome =>
        credential === null ? 'credential_unknown' : reference(DECLARED, credential, { ...question, now, ip: null }),
    )
    known.set(presented, { now: dependsOnTime(credential) ? now : null, answers })
    return answers
  }

  /** Whether in every state from this one on the token is ended, or shut to this secret. */
  #isOver(presented: Presented, from: number, now: number): boolean {
    for (let version = from; version <= this.current; version++) {
      if (!this.answersIn(version, presented, now).every(isOver)) return false
    }
    return true
  }

  /** Whether a write bumped what was read of this state, or made the token that was not there. */
  #concerns({ token: n, by }: Presented, version: number, { event }: Ended): boolean {
    if (n !== null && event.token?.id === idOf(n)) return true
    const { tokens, people } = this.#at(version).facts
    const facts = 'session' in by ? people.get(by.session) : tokens.get(n ?? 0)
    return event.scopes.some((scope) => facts?.revisions.has(scope) === true)
  }

  #at(version: number): Version {
    const found = this.#versions[version]
    if (found === undefined) throw new Error(`there was no state ${version}`)
    return found
  }
}

/** Whether this answer is that the token ended, or is shut to this secret. */
export function isOver(answer: Outcome): boolean {
  return answer === 'token_disabled' || answer === 'token_revoked' || answer === 'credential_unknown'
}

/** Who it is in this state, `null` where no token has such a secret. */
function credentialIn({ tokens, people }: Facts, presented: Presented): Credential | null {
  if ('session' in presented.by) {
    const { session: user } = presented.by
    const facts = people.get(user)
    return facts === undefined ? null : { kind: 'session', facts, user }
  }
  const facts = tokens.get(presented.token ?? 0) ?? null
  const secretEndsOn = facts === null ? null : secretEnd(presented, facts.secrets)
  return facts === null || secretEndsOn === null ? null : { kind: 'token', facts, secretEndsOn }
}

function dependsOnTime(credential: Credential | null): boolean {
  return (
    credential?.kind === 'token' &&
    Math.min(credential.facts.token.expiresOn ?? Infinity, credential.secretEndsOn) < Infinity
  )
}
