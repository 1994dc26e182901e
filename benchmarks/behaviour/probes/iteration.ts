/** Iteration over keys while the cache changes. */
import { held, type Probe, put } from '../probe.js'

const KEYS = ['a', 'b', 'c', 'd']
const ENDLESS = 1000

export const probes: Probe[] = [
  {
    id: 'iterate-deleting',
    title: 'each key is deleted while iterating',
    async run(library) {
      const subject = await library.open?.({}, undefined)
      if (!subject?.keys || !subject.delete) return undefined
      for (const key of KEYS) await put(subject, key, key)
      const seen: string[] = []
      for await (const key of await subject.keys()) {
        seen.push(key)
        await subject.delete(key)
      }
      const left = (await Promise.all(KEYS.map((key) => held(subject, key)))).filter((value) => value !== undefined)
      if (new Set(seen).size < seen.length) return 'one seen twice'
      return left.length === 0 ? 'all seen' : `${left.length} of ${KEYS.length} missed`
    },
  },
  {
    id: 'iterate-setting',
    title: 'a key is added at each step while iterating',
    async run(library) {
      const subject = await library.open?.({}, undefined)
      if (!subject?.keys) return undefined
      for (const key of KEYS) await put(subject, key, key)
      const seen = new Set<string>()
      let steps = 0
      for await (const key of await subject.keys()) {
        seen.add(key)
        if (++steps === ENDLESS) break
        await put(subject, `new ${steps}`, steps)
      }
      if (!KEYS.every((key) => seen.has(key))) return 'some missed'
      return steps === ENDLESS ? 'endless' : 'ends'
    },
  },
  {
    id: 'iterate-rewriting',
    title: 'each key is set again while iterating',
    async run(library) {
      const subject = await library.open?.({}, undefined)
      if (!subject?.keys) return undefined
      for (const key of KEYS) await put(subject, key, key)
      const seen: string[] = []
      for await (const key of await subject.keys()) {
        seen.push(key)
        if (seen.length === ENDLESS) return 'endless'
        await put(subject, key, 'again')
      }
      if (!KEYS.every((key) => seen.includes(key))) return 'some missed'
      return seen.length === KEYS.length ? 'each once' : 'some twice'
    },
  },
]
