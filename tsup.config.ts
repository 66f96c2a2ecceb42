import { defineConfig } from 'tsup'

/** One entry per door: the key is the path below dist/ that package.json's `exports` names. */
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    core: 'src/core/index.ts',
    express: 'src/middleware/express.ts',
    fastify: 'src/middleware/fastify.ts',
    hono: 'src/middleware/hono.ts',
    koa: 'src/middleware/koa.ts',
    fetch: 'src/middleware/fetch.ts',
    github: 'src/webhook/github.ts',
    'storage/memory': 'src/storage/memory/index.ts',
    'storage/sqlite': 'src/storage/sqlite/index.ts',
    testing: 'src/testing/index.ts',
  },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  dts: true,
  splitting: true, // doors share their classes, so `instanceof` holds across them
  treeshake: true,
  clean: true,
  minify: false,
  removeNodeProtocol: false, // keep `node:` (node:sqlite exists under no other name)
})
