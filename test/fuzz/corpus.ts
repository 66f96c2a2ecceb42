/** The corpora: per target a JSON list of the shortest inputs that were found to lead everywhere the fuzzer has been. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const fileOf = (target: string) => fileURLToPath(new URL(`./corpus/${target}.json`, import.meta.url))

/** The inputs kept for a target; none before its first run. */
export function readCorpus(target: string): readonly string[] {
  const file = fileOf(target)
  if (!existsSync(file)) return []
  const list: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string'))
    throw new Error(`${file} is no list of texts`)
  return list
}

export function writeCorpus(target: string, inputs: readonly string[]): void {
  writeFileSync(fileOf(target), `[\n${inputs.map((input) => `  ${JSON.stringify(input)}`).join(',\n')}\n]\n`)
}
