/** The tests that mutants are held to: fast ones, few runs of each property, the most telling files first. */
import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'
import { TellingFirst } from './sequencer.ts'

process.env.FC_RUNS ??= '0.1'
process.env.FC_SEED ??= '20261122'

export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    test: {
      include: [
        'test/{core,credential}/*.test.ts',
        'test/engine/!(flood|schedules).test.ts',
        'test/middleware/names.test.ts',
        'test/spec/{closed,examples,golden,laws,relation,rights,templates,corpus}.test.ts',
      ],
      setupFiles: ['test/mutation/setup.ts'],
      pool: 'threads',
      isolate: false,
      maxWorkers: 1,
      sequence: { sequencer: TellingFirst },
      reporters: [],
    },
  }),
)
