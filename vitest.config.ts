import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const src = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

/** The doors resolve to the source, so that tests and examples need no build (tsconfig `paths` say the same to tsc and tsx). */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^bailiwick$/, replacement: src('index.ts') },
      { find: /^bailiwick\/core$/, replacement: src('core/index.ts') },
      { find: /^bailiwick\/(express|fastify|hono|koa|fetch)$/, replacement: src('middleware/$1.ts') },
      { find: /^bailiwick\/github$/, replacement: src('webhook/github.ts') },
      { find: /^bailiwick\/storage\/(memory|sqlite)$/, replacement: src('storage/$1/index.ts') },
      { find: /^bailiwick\/testing$/, replacement: src('testing/index.ts') },
    ],
  },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    typecheck: { enabled: false }, // test/types is compiled by `npm run check:types`
  },
})
