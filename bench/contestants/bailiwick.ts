/** This package's evaluator, `decide`: permissions resolved as a route resolves them, subjects compiled as its cache holds them. */
import type { Context, Permission, Subject } from 'bailiwick/core'
import type { Evaluator } from '../decide/evaluator.ts'
import { core } from '../engine/built.ts'
import { definition } from '../vocabulary.ts'
import type { World } from '../worlds.ts'

interface Prepared {
  readonly subject: Subject
  readonly permission: Permission
  readonly context: Context
}

const NOW = Date.UTC(2026, 10, 22)

export function open(world: World): Evaluator<Prepared> {
  const { decide, defineCatalog, parseAddress, permissionNamed, tokenSubject } = core
  const catalog = defineCatalog(definition)
  const subjects = world.facts.map((facts) => tokenSubject(catalog, facts))
  return {
    prepare({ token, permission, ip }) {
      const subject = subjects[token]
      if (subject === undefined) throw new RangeError('no such token')
      return {
        subject,
        permission: permissionNamed(catalog, permission),
        context: { now: NOW, ip: parseAddress(ip) },
      }
    },
    ask: ({ subject, permission, context }, resource) =>
      decide(subject, permission, resource, context).effect === 'allow',
  }
}
