/** The reference evaluator with one line changed: how a port would answer that reads one rule wrong. */
import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import ts from 'typescript'
import * as catalogTypes from '../../src/core/catalog-types.ts'
import type { Misreading } from './corpus-misreadings.ts'
import type { reference } from './reference.ts'

/** Answers as the reference does, or with the message of what was thrown. */
export type Evaluator = (...question: Parameters<typeof reference>) => string

/** The reference evaluator, read wrong at one place, or right. */
export function evaluator(misreading: Misreading | null): Evaluator {
  const modules: { readonly [name: string]: unknown } = {
    '../../src/core/catalog-types.ts': catalogTypes,
    './reference-text.ts': loaded('reference-text.ts', misreading, {}),
  }
  const evaluate = loaded('reference.ts', misreading, modules).reference
  return (...question) => {
    try {
      return evaluate(...question)
    } catch (error) {
      return String(error)
    }
  }
}

function loaded(
  file: Misreading['file'],
  misreading: Misreading | null,
  modules: { readonly [name: string]: unknown },
): { readonly reference: typeof reference } {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8')
  const parts = misreading?.file === file ? source.split(misreading.from) : [source]
  if (misreading?.file === file && parts.length !== 2) {
    throw new Error(`\`${misreading.from}\` occurs ${parts.length - 1} times in ${file}: say anew how to misread it`)
  }
  const exported = { reference: notThere }
  compileFunction(compiled(parts.join(misreading?.to ?? '')), ['exports', 'require'])(
    exported,
    (name: string) => modules[name],
  )
  return exported
}

const known = new Map<string, string>()

/** The same text once: most evaluators differ in one of the two files. */
function compiled(source: string): string {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 }
  const output = known.get(source) ?? ts.transpileModule(source, { compilerOptions: options }).outputText
  known.set(source, output)
  return output
}

function notThere(): never {
  throw new Error('the module exports no evaluator')
}
