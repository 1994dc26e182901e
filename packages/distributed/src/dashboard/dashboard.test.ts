/** The dashboard over HTTP: who is let in, and what is answered. */
import { type IncomingHttpHeaders, request } from 'node:http'
import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import { afterEach, describe, expect, it } from 'vitest'
import type { ClusterState } from '../observe/cluster-observer.js'
import { accessOf, isLoopback } from './access.js'
import { startDashboardServer } from './dashboard-server.js'

const STATE: ClusterState = {
  ...{ at: 1, interval: 1000, nodes: [], hotKeys: [], hotKeysError: undefined, advice: undefined },
}
const page = new Map([['/', { type: 'text/html; charset=utf-8', bytes: new TextEncoder().encode('<p>page</p>') }]])
const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function start(token?: string) {
  const asked: unknown[] = []
  const server = await startDashboardServer(
    {
      page,
      token,
      state: () => STATE,
      inspect: async (namespace, key) => {
        asked.push([namespace, key])
        if (key === '') throw new CacheKeyError('a key must be a non-empty string')
        if (key === 'bug') throw new TypeError('a secret of the inside')
        return { key }
      },
    },
    { host: '127.0.0.1', port: 0 },
  )
  open.push(server)
  return { url: server.url, asked }
}

/** As a browser would, or a program that says it is another host. */
function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const sent = request(url, { headers, method }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

describe('a dashboard without a token', () => {
  it('shows its page and what is seen', async () => {
    const { url } = await start()
    const shown = await ask(url)
    expect([shown.status, shown.body]).toEqual([200, '<p>page</p>'])
    expect(shown.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    })
    expect(JSON.parse((await ask(`${url}api/state`)).body)).toMatchObject({ interval: 1000, nodes: [] })
    expect((await ask(`${url}nothing`)).status).toBe(404)
    expect(await ask(url, {}, 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  it('answers to this machine only, whatever name points here', async () => {
    const { url } = await start()
    expect((await ask(`${url}api/state`, { host: 'evil.example:5080' })).status).toBe(403)
    expect((await ask(`${url}api/state`, { host: 'localhost:5080' })).status).toBe(200)
  })

  it('is not to be had beyond loopback', async () => {
    const parts = { page, token: undefined, state: () => STATE, inspect: async () => ({}) }
    const attempt = startDashboardServer(parts, { host: '0.0.0.0', port: 0 })
    await expect(attempt).rejects.toThrow(CacheConfigError)
    await expect(attempt).rejects.toThrow(/0\.0\.0\.0 shows keys to whoever reaches it: give a token/)
  })

  it('only looks', async () => {
    const { url } = await start()
    expect((await ask(`${url}api/state`, {}, 'POST')).status).toBe(405)
  })

  it('tells where a key lies, in namespaces within namespaces', async () => {
    const { url, asked } = await start()
    expect(JSON.parse((await ask(`${url}api/key?key=a%2Fb&namespace=x%2Fy`)).body)).toEqual({ key: 'a/b' })
    expect(asked).toEqual([[['x', 'y'], 'a/b']])
  })

  it('tells what its asker can mend, and nothing of its inside', async () => {
    const { url } = await start()
    expect(await ask(`${url}api/key`)).toMatchObject({
      status: 400,
      body: '{"error":"a key must be a non-empty string"}',
    })
    expect(await ask(`${url}api/key?key=bug`)).toMatchObject({ status: 500, body: '{"error":"the dashboard failed"}' })
  })

  it('says that its port is taken', async () => {
    const { url } = await start()
    const parts = { page, token: undefined, state: () => STATE, inspect: async () => ({}) }
    const port = Number(new URL(url).port)
    await expect(startDashboardServer(parts, { host: '127.0.0.1', port })).rejects.toThrow(
      /port \d+ of 127.0.0.1: it is in use/,
    )
  })
})

describe('a dashboard with a token', () => {
  it('lets in who shows it, in a header or in the cookie that the first visit leaves', async () => {
    const { url } = await start('s3cret')
    expect((await ask(url)).status).toBe(401)
    expect((await ask(`${url}api/state`, { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await ask(`${url}api/state`, { authorization: 'Bearer s3cret' })).status).toBe(200)
    expect((await ask(`${url}?token=wrong`)).status).toBe(401)
    const visit = await ask(`${url}?token=s3cret`)
    expect([visit.status, visit.headers.location]).toEqual([303, '/'])
    const [cookie] = visit.headers['set-cookie'] as string[]
    expect(cookie).toBe('mtaio-token=s3cret; HttpOnly; SameSite=Strict; Path=/')
    expect((await ask(`${url}api/state`, { cookie: `other=1; ${cookie!.split(';')[0]}` })).status).toBe(200)
  })

  it('takes no token for one', () => {
    const asks = (headers: IncomingHttpHeaders) => accessOf(headers, 't')
    for (const headers of [{}, { authorization: 't' }, { authorization: 'Bearer ' }, { cookie: 'mtaio-token' }]) {
      expect(asks(headers)).toBe('refused')
    }
    expect(asks({ cookie: 'mtaio-token=%' })).toBe('refused')
  })
})

it.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['[::1]', true],
  ['', false],
  ['127.0.0.1.evil.example', false],
  ['0.0.0.0', false],
])('%j is this machine: %s', (host, is) => {
  expect(isLoopback(host)).toBe(is)
})
