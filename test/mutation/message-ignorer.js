/**
 * Leaves out what no program should depend on: the words in which a fault is told. That it is found, and which one it is, is mutated all the same.
 *
 * Words are the texts within `new …Error(…)`, within the first argument of `fail(…)`, `issue(…)` and `malformed(…)`, and in what is named `message`.
 */
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin'

const TELLS = new Set(['fail', 'issue', 'malformed'])

class MessageIgnorer {
  shouldIgnore(path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined
    const teller = path.find((at) => isWords(at) || at.isObjectProperty() || at.isFunction() || at.isStatement())
    return teller !== null && isWords(teller) ? 'the words of a fault' : undefined
  }
}

/** Whether all text in here is told to a person. */
function isWords({ node, parent, key, listKey }) {
  if (listKey === 'arguments' && parent.type === 'NewExpression') return nameOf(parent.callee).endsWith('Error')
  if (listKey === 'arguments' && key === 0) return TELLS.has(nameOf(parent.callee))
  if (parent?.type === 'ObjectProperty' && parent.value === node) return nameOf(parent.key) === 'message'
  return parent?.type === 'VariableDeclarator' && parent.init === node && nameOf(parent.id) === 'message'
}

function nameOf(node) {
  return node?.type === 'Identifier' ? node.name : ''
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Ignore, 'message', MessageIgnorer)]
