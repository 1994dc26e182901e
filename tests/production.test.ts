/** The snippets of docs/production.md, run against servers such as the page speaks of. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { requireRedis } from '../packages/distributed/test-support/redis-server.js'
import { startRedisCluster } from '../packages/distributed/test-support/redis-topologies.js'
import { makeCertificate, startSecureServer } from '../packages/distributed/test-support/secure-server.js'
import { workspaceAlias } from '../vitest.config.js'
import { runSnippet } from './docs/run-snippet.js'
import { type Snippet, snippetsOf } from './docs/snippets.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = 'docs/production.md'
const snippets = snippetsOf(page, readFileSync(join(root, page), 'utf8'))
const alias = { ...workspaceAlias, ioredis: join(root, 'packages/distributed/node_modules/ioredis') }
const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** The one that says `text`, as it is written but for what stands for something of the reader's own. */
function snippetWith(text: string, own: readonly (readonly [string, string])[], setup = ''): Snippet {
  const snippet = snippets.find(({ code }) => code.includes(text))
  let code = snippet?.code ?? ''
  for (const [written, here] of own) {
    expect(code).toContain(written)
    code = code.replaceAll(written, here)
  }
  return { ...snippet!, setup, code }
}

describe.runIf(requireRedis())('docs/production.md', () => {
  it('shows how a Redis Cluster is used', async () => {
    const cluster = await startRedisCluster()
    closers.push(() => cluster.stop())
    const { port } = cluster.servers[0]!
    const snippet = snippetWith(
      'new Cluster(',
      [["{ host: '10.0.0.1', port: 6379 }", `{ host: '127.0.0.1', port: ${port} }`]],
      `import { Cluster } from 'ioredis'\n`,
    )
    const code = `${snippet.code}\nconsole.log(await cache.get('key'))\n`
    expect(await runSnippet(root, { ...snippet, code }, alias)).toEqual({ ok: true, output: 'value\n' })
  })

  it('shows how servers behind TLS and passwords are used', async () => {
    const certificate = makeCertificate()
    const servers = await Promise.all([startSecureServer(certificate), startSecureServer(certificate)])
    closers.push(...servers.map((server) => () => server.stop()))
    const folder = mkdtempSync(join(tmpdir(), 'mtaio-production-'))
    closers.push(() => rmSync(folder, { recursive: true, force: true }))
    const users = servers.map((server) => server.user('app'))
    const { ca, cert, key } = users[0]!.tls
    for (const [name, text] of Object.entries({ 'ca.pem': ca, 'app.pem': cert, 'app.key': key })) {
      writeFileSync(join(folder, name), `${text}`)
    }
    const snippet = snippetWith('rediss://', [
      ['rediss://app:p%40ss@cache-1:6379', users[0]!.url],
      ['rediss://app:p%40ss@cache-2:6379', users[1]!.url],
      ["'ca.pem'", JSON.stringify(join(folder, 'ca.pem'))],
      ["'app.pem'", JSON.stringify(join(folder, 'app.pem'))],
      ["'app.key'", JSON.stringify(join(folder, 'app.key'))],
    ])
    const use = `const careful = cache.with({ consistency: 'all' })
      await careful.set('key', 'value')
      console.log(await careful.get('key'))`
    const code = `${snippet.code}\n${use}\n`
    expect(await runSnippet(root, { ...snippet, code }, alias)).toEqual({ ok: true, output: 'value\n' })
  })
})
