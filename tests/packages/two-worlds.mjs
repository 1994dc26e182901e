/** One process with an ESM and a CommonJS copy of each package: prints whether each knows the other's errors, as JSON. */
import { createRequire } from 'node:module'
import { TTLCache } from '@mtaio/core'
import * as modules from '@mtaio/exceptions'

const require = createRequire(import.meta.url)
const commonjs = require('@mtaio/exceptions')
const core = require('@mtaio/core')

const caught = async (call) => {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('it did not throw')
}
const thrownByCommonjs = await caught(() => new core.TTLCache().getOrThrow('absent'))
const thrownByModule = await caught(() => new TTLCache().getOrThrow('absent'))

console.log(
  JSON.stringify({
    'the copies are two': modules.CacheKeyError !== commonjs.CacheKeyError,
    'a CommonJS error is an ESM one': thrownByCommonjs instanceof modules.CacheKeyError,
    'an ESM error is a CommonJS one': thrownByModule instanceof commonjs.CacheKeyError,
    'by its root, too': thrownByCommonjs instanceof modules.MTAIOError && thrownByModule instanceof commonjs.MTAIOError,
    'and not by a class that it is not': !(thrownByCommonjs instanceof modules.CacheValueError),
  }),
)
