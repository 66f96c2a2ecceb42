/** The order of test files: the one named like the mutated file, then small and telling ones, so that most mutants die in the first second. */
import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const ORDER = [
  /core\/(?!address|resource)/,
  /credential/,
  /spec\/examples/,
  /core/,
  /engine\/(?!cache)/,
  /spec\/(?!corpus)/,
]

export class TellingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const mutated = (this.ctx.config.related ?? []).map((file) => `${basename(file, '.ts')}.test.ts`)
    const rank = ({ moduleId }: TestSpecification): number => {
      if (mutated.includes(basename(moduleId))) return -1
      const place = ORDER.findIndex((pattern) => pattern.test(moduleId))
      return place < 0 ? ORDER.length : place
    }
    return files.toSorted((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1))
  }
}
