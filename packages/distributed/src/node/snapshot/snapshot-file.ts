/**
 * Snapshots on disk: written beside, synced, and put in place by one rename, so that there is a whole one at any moment;
 * read back only where its digest is right.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CacheConfigError } from '@mtaio/exceptions'
import {
  DIGEST_BYTES,
  encodeEnd,
  encodeEntry,
  MAGIC,
  SnapshotDamage,
  type SnapshotEntry,
  SnapshotParser,
} from './snapshot-format.js'

/**
 * Writes a snapshot in place of the one before.
 *
 * @param batches - the entries, some at a time; each batch is on disk, or nearly, before the next is asked for
 * @returns how many entries
 */
export async function writeSnapshot(
  path: string,
  batches: Iterable<readonly SnapshotEntry[]> | AsyncIterable<readonly SnapshotEntry[]>,
): Promise<number> {
  const beside = `${path}.${process.pid}.tmp`
  const file = await open(beside, 'w', 0o600)
  let entries = 0
  try {
    const digest = createHash('sha256')
    const put = async (bytes: Uint8Array) => {
      digest.update(bytes)
      await writeAll(file, bytes)
    }
    await put(MAGIC)
    for await (const batch of batches) {
      entries += batch.length
      await put(Buffer.concat(batch.map(encodeEntry)))
    }
    await put(encodeEnd(entries))
    await writeAll(file, digest.digest())
    await file.sync()
  } catch (error) {
    await file.close()
    await rm(beside, { force: true })
    throw error
  }
  await file.close()
  await rename(beside, path)
  await syncFolder(dirname(path))
  return entries
}

/**
 * Reads a snapshot. Nothing that was given to `onEntry` may be used when it rejects.
 *
 * @returns how many entries; `undefined` where there is no file
 * @throws CacheConfigError (`code: 'SNAPSHOT_DAMAGED'`) naming the file, what is wrong with it, and the way out
 */
export async function readSnapshot(path: string, onEntry: (entry: SnapshotEntry) => void): Promise<number | undefined> {
  const size = await stat(path).then(
    ({ size }) => size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    },
  )
  if (size === undefined) return undefined
  let entries = 0
  try {
    const body = size - DIGEST_BYTES
    if (body < MAGIC.length) throw new SnapshotDamage('it is too short')
    const parser = new SnapshotParser((entry) => {
      entries++
      onEntry(entry)
    })
    const digest = createHash('sha256')
    for await (const piece of createReadStream(path, { end: body - 1, highWaterMark: 2 ** 20 })) {
      digest.update(piece)
      parser.write(piece)
    }
    parser.end()
    const stored: Buffer[] = []
    for await (const piece of createReadStream(path, { start: body })) stored.push(piece)
    if (!digest.digest().equals(Buffer.concat(stored))) throw new SnapshotDamage('its checksum is wrong')
  } catch (error) {
    if (!(error instanceof SnapshotDamage)) throw error
    throw new CacheConfigError(
      `the snapshot ${path} is damaged: ${error.message}. Put a sound one in its place, remove it, or start empty ` +
        "(snapshot.onDamaged: 'start-empty', --on-damaged start-empty)",
      { code: 'SNAPSHOT_DAMAGED', cause: error },
    )
  }
  return entries
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

/** So that the rename itself is on disk. Where folders cannot be synced, as on Windows, there is nothing to be done. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    await folder.sync().finally(() => folder.close())
  } catch {
    // The file is whole either way.
  }
}
