/**
 * Stryker's runner for vitest, and two things it lets pass: a mutant acts from the moment a test file is loaded, as the code that tests run while
 * they are collected (a catalog, a world) is mutated, too; and a file that can't even be collected is a failed test, as it is for `npm test`.
 */
import { commonTokens, declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import { strykerPlugins as vitestPlugins } from '@stryker-mutator/vitest-runner'

const vitest = vitestPlugins.find(({ kind }) => kind === PluginKind.TestRunner)

function strictRunner(injector) {
  const runner = injector.injectFunction(vitest.factory)
  const run = runner.mutantRun.bind(runner)
  runner.mutantRun = async (options) => {
    const result = await run({ ...options, mutantActivation: 'static' })
    const broken = runner.ctx.state.getFiles().find((file) => file.result?.state === 'fail')
    if (result.status !== 'survived' || broken === undefined) return result
    const failureMessage = broken.result.errors?.[0]?.message ?? 'the file could not be collected'
    return { status: 'killed', killedBy: [], failureMessage, nrOfTests: result.nrOfTests }
  }
  return runner
}
strictRunner.inject = [commonTokens.injector]

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'vitest-strict', strictRunner)]
