import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '@mtaio/core/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plain, RespClient } from '../../../test-support/resp-client.js'
import { CacheNode } from '../cache-node.js'
import type { CacheNodeOptions } from '../node-options.js'
import { readSnapshot, writeSnapshot } from './snapshot-file.js'
import { encodeEnd, encodeEntry, MAGIC, type SnapshotEntry, SnapshotParser } from './snapshot-format.js'

let folder: string
let path: string
const open: { stop(): Promise<void> }[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mtaio-snapshot-'))
  path = join(folder, 'node.snapshot')
})
afterEach(async () => {
  for (const node of open.splice(0)) await node.stop()
  await rm(folder, { recursive: true, force: true })
})

const entryOf = (key: string, value: string, expiresAt = Number.POSITIVE_INFINITY): SnapshotEntry => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
  expiresAt,
})

async function started(options: CacheNodeOptions = {}): Promise<{ node: CacheNode; client: RespClient }> {
  const node = new CacheNode({ port: 0, snapshot: { path }, ...options })
  await node.start()
  open.push(node)
  const client = await RespClient.open(node.port)
  open.push({ stop: () => client.close() })
  return { node, client }
}

describe('the format', () => {
  it('is read as it was written, whatever pieces it comes in (a law)', () => {
    const entry = fc.record({
      key: fc.uint8Array({ maxLength: 30 }),
      value: fc.uint8Array({ maxLength: 60 }),
      expiresAt: fc.constantFrom(Number.POSITIVE_INFINITY, 0, 1_700_000_000_000.5),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (entries, size) => {
        const bytes = Buffer.concat([MAGIC, ...entries.map(encodeEntry), encodeEnd(entries.length)])
        const read: SnapshotEntry[] = []
        const parser = new SnapshotParser(({ key, value, expiresAt }) =>
          read.push({ key: new Uint8Array(key), value: new Uint8Array(value), expiresAt }),
        )
        for (let at = 0; at < bytes.length; at += size) parser.write(bytes.subarray(at, at + size))
        parser.end()
        expect(read).toEqual(entries)
      }),
      { seed: 20261125 },
    )
  })

  it('shows damage at any byte, and wherever the file is cut', async () => {
    await writeSnapshot(path, [[entryOf('a', '1'), entryOf('bb', '22', 1_700_000_000_000)]])
    const whole = await readFile(path)
    for (let at = 0; at < whole.length; at++) {
      const broken = Buffer.from(whole)
      broken[at]! ^= 0x41
      for (const bytes of [broken, whole.subarray(0, at)]) {
        await writeFile(path, bytes)
        await expect(readSnapshot(path, () => {})).rejects.toMatchObject({
          name: 'CacheConfigError',
          code: 'SNAPSHOT_DAMAGED',
        })
      }
    }
  })
})

describe('a node with a snapshot', () => {
  it('has its entries again after a restart, with the instants of their deadlines', async () => {
    const clock = new ManualClock(1_700_000_000_000)
    const { node, client } = await started({ clock })
    const entries = Array.from({ length: 3000 }, (_, i) => ['SET', `k${i}`, `v${i}`])
    await client.pipeline([...entries, ['SET', 'soon', '1', 'PX', '1000'], ['SET', 'later', '1', 'PX', '9000']])
    await node.stop()
    clock.advance(5000)
    const again = await started({ clock })
    const replies = await again.client.pipeline([
      ['DBSIZE'],
      ['GET', 'k2999'],
      ['GET', 'soon'],
      ['PEXPIRETIME', 'later'],
    ])
    expect(replies.map(plain)).toEqual([3001, { bytes: 'v2999' }, null, 1_700_000_009_000])
    expect(await readdir(folder)).toEqual(['node.snapshot'])
  })

  it('writes one now and then, and when it is told to', async () => {
    const clock = new ManualClock(1_700_000_000_000)
    const { node, client } = await started({ clock, snapshot: { path, every: '5m' } })
    await client.send('SET', 'a', '1')
    await node.save()
    const first = await readFile(path)
    await client.send('SET', 'b', '1')
    clock.advance(300_000)
    while (first.equals(await readFile(path))) await new Promise(setImmediate)
    expect(await readSnapshot(path, () => {})).toBe(2)
    expect(plain(await client.send('INFO', 'persistence'))).toMatchObject({
      bytes: expect.stringContaining('rdb_last_bgsave_status:ok'),
    })
  })

  it('does not start on a damaged one, and starts empty where it is told to, leaving the file beside', async () => {
    const first = await started()
    await first.client.send('SET', 'a', '1')
    await first.node.stop()
    const bytes = await readFile(path)
    bytes[bytes.length - 40]! ^= 1
    await writeFile(path, bytes)
    const refused = new CacheNode({ port: 0, snapshot: { path } })
    await expect(refused.start()).rejects.toThrow(/is damaged: .* start empty/)
    const { client } = await started({ snapshot: { path, onDamaged: 'start-empty' } })
    expect(plain(await client.send('DBSIZE'))).toBe(0)
    expect(await readdir(folder)).toEqual(['node.snapshot.damaged'])
  })

  it('tells that one could not be written, and goes on', async () => {
    const told: string[] = []
    const logger = { info: () => {}, warn: () => {}, error: (_: unknown, message: string) => void told.push(message) }
    const { node, client } = await started({ snapshot: { path: join(folder, 'nowhere', 'x') }, logger })
    await expect(node.save()).rejects.toThrow(/could not be written/)
    expect(told).toEqual(['snapshot not written'])
    expect(plain(await client.send('PING'))).toBe('PONG')
  })
})
