/** Several values at once: MSET, MSETNX. */
import type { ByteWrite } from '../byte-write.js'
import { type CommandContext, type NodeCommand, wrongArity } from '../command.js'
import { refusalOf } from './set.js'

const SHAPE = { arity: -3, flags: ['write', 'denyoom'], keys: [1, -1, 2] } as const

export const MSET: NodeCommand = {
  ...SHAPE,
  name: 'mset',
  summary: 'Stores several values, all or, where they do not fit together, none.',
  run: (parts, context) => (parts.length % 2 === 0 ? wrongArity('mset') : (storeAll(parts, context) ?? 'OK')),
}

export const MSETNX: NodeCommand = {
  ...SHAPE,
  name: 'msetnx',
  summary: 'Stores several values where there is none of them.',
  run(parts, context) {
    if (parts.length % 2 === 0) return wrongArity('msetnx')
    for (let i = 1; i < parts.length; i += 2) if (context.store.has(parts[i]!, context.now)) return 0
    return storeAll(parts, context) ?? 1
  },
}

function storeAll(parts: readonly Uint8Array[], { store, now }: CommandContext) {
  const writes: ByteWrite[] = []
  for (let i = 1; i < parts.length; i += 2) {
    writes.push({ key: parts[i]!, value: parts[i + 1]!, expiresAt: Number.POSITIVE_INFINITY })
  }
  return refusalOf(store.setAll(writes, now))
}
