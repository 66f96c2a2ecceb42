/** What frameworks answer when a handler throws an error of ours and nobody catches it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'
import * as errors from '../../src/errors.ts'
import { send } from './servers.ts'

const THROWN = [
  [400, new errors.InputError([{ path: ['name'], code: 'required', message: 'is required' }])],
  [404, new errors.NotFoundError('account `acme` does not exist')],
  [409, new errors.ConflictError('state', 'token `x` is revoked, which is final')],
  [403, new errors.DeniedError('not_granted', 'dns.write', 'account:acme/zone:hidden')],
  [503, new errors.AccessStaleError('held too long')],
  [503, new errors.StorageUnavailableError('storage gave no answer')],
  [500, new errors.StoredFactError('a token can’t be understood')],
  [500, new errors.MisuseError('unknown permission')],
  [500, new errors.StorageVersionError('newer')],
] as const

const ANSWERS: Readonly<Record<string, (error: Error) => Promise<{ readonly status: number; readonly body: string }>>> =
  {
    express: (error) =>
      served(
        express().use(() => {
          throw error
        }),
      ),
    koa: (error) => {
      const app = new Koa()
      app.silent = true
      app.use(() => {
        throw error
      })
      return served(app.callback())
    },
    fastify: async (error) => {
      const app = fastify()
      app.post('/', () => {
        throw error
      })
      const { statusCode, body } = await app.inject({ method: 'POST', url: '/' })
      return { status: statusCode, body }
    },
    'hono, as the guide has it': async (error) => {
      const app = new Hono()
      app.post('/', () => {
        throw error
      })
      app.onError((thrown, c) =>
        c.json({ error: thrown.message }, errors.isBailiwickError(thrown) && 'status' in thrown ? thrown.status : 500),
      )
      const answer = await app.request('/', { method: 'POST' })
      return { status: answer.status, body: await answer.text() }
    },
  }

async function served(listener: Parameters<typeof createServer>[1]) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const answer = await send((server.address() as AddressInfo).port, '/')
  server.close()
  return answer
}

describe.each(Object.entries(ANSWERS))('%s', (_name, answer) => {
  test.each(THROWN)('answers %i to %s', async (status, error) => {
    expect((await answer(error)).status).toBe(status)
  })
})

test('a framework that sends messages does not send what a denial was about', async () => {
  const [, denied] = THROWN[3]
  const { body } = await (ANSWERS.fastify as (error: Error) => Promise<{ body: string }>)(denied)
  expect(body).toContain('dns.write')
  expect(body).not.toContain('hidden')
})
