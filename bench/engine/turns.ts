/**
 * Contestants of one process, in short turns that alternate: what disturbs the machine disturbs neighbours alike, so the ratio of two neighbouring
 * turns is steadier than either. For contestants that can't stand in processes of their own, since one is the yardstick of the other.
 */
import { type Figures, spreadOf } from '../harness.ts'

export interface Contestant {
  readonly name: string
  /** Called before each turn and not timed. */
  readonly prepare?: () => void
  /** Does its operations, from the n-th of the stream on, and returns how many of them had the expected answer. */
  readonly turn: (from: number, to: number) => number | Promise<number>
}

export interface Turns {
  readonly stream: number
  readonly perTurn: number
  readonly rounds: number
  readonly warmUp: number
}

/** `name`: median nanoseconds per operation. `name / other`: median of the rounds' ratios, for every two. */
export async function alternate(
  contestants: readonly Contestant[],
  { stream, perTurn, rounds, warmUp }: Turns,
): Promise<Figures> {
  const times = contestants.map(({ name }) => ({ name, all: [] as number[] }))
  for (let round = -warmUp; round < rounds; round++) {
    const from = ((round + warmUp) * perTurn) % (stream - perTurn + 1)
    const order = [...contestants.entries()]
    for (const [i, { name, prepare, turn }] of round % 2 === 0 ? order : order.reverse()) {
      prepare?.()
      const begun = process.hrtime.bigint()
      const right = await turn(from, from + perTurn)
      const ns = Number(process.hrtime.bigint() - begun) / perTurn
      if (right !== perTurn) throw new Error(`${name}: ${right} of ${perTurn} answers were right`)
      if (round >= 0) times[i]?.all.push(ns)
    }
  }
  const medians = times.map(({ name, all }) => [name, spreadOf(all).median] as const)
  const ratios = times.flatMap((one) =>
    times.map((other) => {
      const paired = one.all.map((ns, round) => ns / (other.all[round] ?? Number.NaN))
      return [`${one.name} / ${other.name}`, spreadOf(paired).median] as const
    }),
  )
  return Object.fromEntries([...medians, ...ratios])
}
