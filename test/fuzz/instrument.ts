/** A copy of the source that counts which of its branches ran: what tells a fuzzer that an input led somewhere new. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import type { TARGETS } from './targets.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** How often each branch ran since it was set to 0. The copy finds it under this name. */
const COUNTER = '__bailiwickBranches'

export interface Instrumented<M> {
  readonly module: M
  readonly branches: Uint32Array
  /** Deletes the copy. */
  close(): void
}

/** The targets of the fuzzer over a copy that counts, with all that they import. */
export function importTargets(): Promise<Instrumented<{ TARGETS: typeof TARGETS }>> {
  const targets = ['targets.ts', 'stored-targets.ts', 'naive.ts'].map((file) => `test/fuzz/${file}`)
  return importInstrumented(['src', 'test/spec', 'test/credential/parsed.ts', ...targets], 'test/fuzz/targets.js')
}

/**
 * Copies these folders and files of the repository, with a counter in each branch of those under `src/`, and imports one file of the copy.
 * The copy is what runs: a target is imported from it, or it would run the source that counts nothing.
 */
export async function importInstrumented<M>(parts: readonly string[], entry: string): Promise<Instrumented<M>> {
  const copy = mkdtempSync(join(tmpdir(), 'bailiwick-fuzz-'))
  let branches = 0
  for (const file of parts.flatMap(filesOf)) {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const target = join(copy, file)
    mkdirSync(dirname(target), { recursive: true })
    if (!file.endsWith('.ts')) {
      writeFileSync(target, text)
      continue
    }
    const counted = file.startsWith('src/') ? [counting(() => branches++)] : []
    const { outputText } = ts.transpileModule(text, {
      fileName: file,
      transformers: { before: counted },
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    })
    writeFileSync(target.replace(/\.ts$/, '.js'), outputText)
  }
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }')
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const counters = new Uint32Array(branches)
  Object.assign(globalThis, { [COUNTER]: counters })
  const module = (await import(pathToFileURL(join(copy, entry)).href)) as M
  return { module, branches: counters, close: () => rmSync(copy, { recursive: true, force: true }) }
}

function filesOf(part: string): readonly string[] {
  if (/\.[a-z]+$/.test(part)) return [part]
  return readdirSync(join(ROOT, part), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(part, file))
}

/** Puts a counter before each body, in each arm of a choice, and where `&&`, `||` or `??` goes on. */
function counting(nextIndex: () => number): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory: f } = context
    const count = (): ts.Expression =>
      f.createPostfixIncrement(f.createElementAccessExpression(f.createIdentifier(COUNTER), nextIndex()))
    const first = (statement: ts.Statement): ts.Statement =>
      ts.isBlock(statement)
        ? f.updateBlock(statement, [f.createExpressionStatement(count()), ...statement.statements])
        : f.createBlock([f.createExpressionStatement(count()), statement], true)
    const before = (expression: ts.Expression): ts.Expression =>
      f.createParenthesizedExpression(f.createBinaryExpression(count(), ts.SyntaxKind.CommaToken, expression))

    const visit = (node: ts.Node, parent: ts.Node): ts.Node => {
      const made = ts.visitEachChild(node, (child) => visit(child, node), context)
      if (ts.isBlock(made) && ts.isFunctionLike(parent)) return first(made)
      if (ts.isArrowFunction(made) && !ts.isBlock(made.body)) {
        const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken, body } = made
        return f.updateArrowFunction(
          made,
          modifiers,
          typeParameters,
          parameters,
          type,
          equalsGreaterThanToken,
          before(body),
        )
      }
      if (ts.isIfStatement(made)) {
        const otherwise = made.elseStatement ?? f.createBlock([])
        return f.updateIfStatement(made, made.expression, first(made.thenStatement), first(otherwise))
      }
      if (ts.isConditionalExpression(made)) {
        const { condition, questionToken, whenTrue, colonToken, whenFalse } = made
        return f.updateConditionalExpression(
          made,
          condition,
          questionToken,
          before(whenTrue),
          colonToken,
          before(whenFalse),
        )
      }
      if (ts.isForStatement(made))
        return f.updateForStatement(made, made.initializer, made.condition, made.incrementor, first(made.statement))
      if (ts.isForOfStatement(made))
        return f.updateForOfStatement(
          made,
          made.awaitModifier,
          made.initializer,
          made.expression,
          first(made.statement),
        )
      if (ts.isWhileStatement(made)) return f.updateWhileStatement(made, made.expression, first(made.statement))
      if (ts.isCatchClause(made)) {
        const block = first(made.block)
        return ts.isBlock(block) ? f.updateCatchClause(made, made.variableDeclaration, block) : made
      }
      if (ts.isBinaryExpression(made) && LAZY.has(made.operatorToken.kind))
        return f.updateBinaryExpression(made, made.left, made.operatorToken, before(made.right))
      return made
    }
    return (file) => ts.visitEachChild(file, (child) => visit(child, file), context)
  }
}

const LAZY: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
])
