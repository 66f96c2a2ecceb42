/**
 * Reads the routes of a router off the router itself, so that none is forgotten.
 */
import type { Router } from 'express'

export interface Route {
  readonly method: string
  readonly path: string
}

export function routesOf(router: Router): readonly Route[] {
  return router.stack.flatMap(({ route }) => {
    if (route === undefined) throw new Error('a handler stands beside the routes: say whether it needs a guard')
    return route.stack
      .map((layer) => ({ method: layer.method.toUpperCase(), path: route.path }))
      .filter((one, at, all) => all.findIndex((other) => other.method === one.method) === at)
  })
}
