/** One process often holds this package twice: as ESM and as CJS, or in two versions of one dependency. */
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'

type Package = typeof import('./index.js')

async function bundle(format: 'esm' | 'cjs', minify: boolean): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
    bundle: true,
    write: false,
    format,
    minify,
    target: 'node20',
  })
  return outputFiles[0]!.text
}

function loadCjs(source: string): Package {
  const module = { exports: {} }
  vm.runInThisContext(`(function (module, exports) { ${source}\n})`)(module, module.exports)
  return module.exports as Package
}

const loadEsm = (source: string): Promise<Package> =>
  import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`)

describe.each([
  { pair: 'an ESM and a CJS copy', minify: false },
  { pair: 'an ESM and a CJS copy whose names a minifier took', minify: true },
])('$pair', ({ minify }) => {
  let esm: Package
  let cjs: Package
  beforeAll(async () => {
    esm = await loadEsm(await bundle('esm', minify))
    cjs = loadCjs(await bundle('cjs', minify))
  })

  it('are two copies: their classes differ', () => {
    expect(esm.CacheError).not.toBe(cjs.CacheError)
    expect(Object.getPrototypeOf(new esm.CacheError('m'))).not.toBe(cjs.CacheError.prototype)
  })

  it('know each other’s errors, along the whole hierarchy', () => {
    for (const [mine, yours] of [
      [esm, cjs],
      [cjs, esm],
    ] as const) {
      const error = new mine.CacheQuorumError('m', { required: 2, acknowledged: 1 })
      for (const type of [yours.CacheQuorumError, yours.CacheConnectionError, yours.CacheError, yours.MTAIOError]) {
        expect((error as unknown) instanceof type).toBe(true)
      }
      for (const type of [yours.CacheKeyError, yours.CacheTimeoutError, yours.CacheBatchError]) {
        expect((error as unknown) instanceof type).toBe(false)
      }
      expect(error).toBeInstanceOf(Error)
    }
  })

  it('keep their names and codes', () => {
    for (const copy of [esm, cjs]) {
      const error = new copy.CacheTimeoutError('m')
      expect([error.name, error.code, String(error)]).toEqual(['CacheTimeoutError', 'TIMEOUT', 'CacheTimeoutError: m'])
    }
  })

  it('wrap and format each other’s errors', () => {
    const error = new esm.CacheKeyError('m')
    expect(cjs.wrapException(error, cjs.CacheError)).toBe(error)
    expect(cjs.formatException(new cjs.CacheError('outer', { cause: error }))).toBe(
      'CacheError [CACHE_ERROR]: outer\n  caused by CacheKeyError [INVALID_KEY]: m',
    )
  })

  it('leave a subclass of a user of one copy to the ordinary rule', () => {
    class QuotaError extends esm.CacheError {}
    const error = new QuotaError('m')
    expect((error as unknown) instanceof cjs.CacheError).toBe(true)
    expect((new cjs.CacheError('m') as unknown) instanceof QuotaError).toBe(false)
  })
})
