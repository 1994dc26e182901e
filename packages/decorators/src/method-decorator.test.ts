/** Methods under both conventions of decorators: each source is compiled by TypeScript as a user's would be, and run. */
import { TTLCache } from '@mtaio/core'
import { CacheConfigError, CacheKeyError } from '@mtaio/exceptions'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import * as decorators from './index.js'

type Convention = 'standard' | 'experimental'

/** Runs a module's source whose `exports` are what it assigns to them. */
function run<Exports>(source: string, convention: Convention, cache: TTLCache<unknown>): Exports {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.CommonJS,
      experimentalDecorators: convention === 'experimental',
    },
  })
  const exports = {} as Exports
  new Function('exports', 'cache', ...Object.keys(decorators), outputText)(exports, cache, ...Object.values(decorators))
  return exports
}

const USERS = `
  exports.calls = []
  class Users {
    constructor(tenant) { this.tenant = tenant }

    @withCache(cache, { ttl: 60 })
    async find(id, options) {
      exports.calls.push(['find', id])
      return this.tenant + ':' + id
    }

    @withCache(cache, { keyThis: (self) => self.tenant })
    async own(id) {
      exports.calls.push(['own', id])
      return this.tenant + ':' + id
    }

    @withCache(cache)
    static async count() {
      exports.calls.push(['count'])
      return this.name
    }

    async plain() { return 1 }
  }
  class Admins extends Users {
    @withCache(cache)
    async find(id) {
      exports.calls.push(['Admins.find', id])
      return 'admin ' + (await super.find(id))
    }
  }
  exports.Users = Users
  exports.Admins = Admins
`

interface Instance {
  find(id: number, options?: unknown): Promise<string>
  own(id: number): Promise<string>
  plain(): Promise<number>
}
interface Exports {
  calls: unknown[][]
  Users: { new (tenant: string): Instance; count(): Promise<string>; prototype: Instance }
  Admins: { new (tenant: string): Instance }
}

describe.each<{ convention: Convention }>([{ convention: 'standard' }, { convention: 'experimental' }])(
  'a method under $convention decorators',
  ({ convention }) => {
    const load = () => {
      const cache = new TTLCache<unknown>()
      return { cache, ...run<Exports>(USERS, convention, cache) }
    }

    it('keeps its results under Class.method', async () => {
      const { cache, calls, Users } = load()
      const users = new Users('a')
      expect([await users.find(7), await users.find(7), await users.find(8)]).toEqual(['a:7', 'a:7', 'a:8'])
      expect(calls).toEqual([
        ['find', 7],
        ['find', 8],
      ])
      expect([...cache.sync.keys()]).toEqual(['Users.find:1;n7;', 'Users.find:1;n8;'])
    })

    it('keeps its name and length', () => {
      const { Users } = load()
      expect([Users.prototype.find.name, Users.prototype.find.length]).toEqual(['find', 2])
    })

    it('shares results between instances, unless keyThis tells them apart', async () => {
      const { Users } = load()
      const [a, b] = [new Users('a'), new Users('b')]
      expect([await a.find(7), await b.find(7)]).toEqual(['a:7', 'a:7'])
      expect([await a.own(7), await b.own(7), await a.own(7)]).toEqual(['a:7', 'b:7', 'a:7'])
    })

    it('that is static is kept, too', async () => {
      const { cache, calls, Users } = load()
      expect([await Users.count(), await Users.count()]).toEqual(['Users', 'Users'])
      expect(calls).toEqual([['count']])
      expect([...cache.sync.keys()]).toEqual(['Users.count:0;'])
    })

    it('and its override in a subclass do not share keys', async () => {
      const { cache, Users, Admins } = load()
      expect(await new Admins('a').find(7)).toBe('admin a:7')
      expect(await new Users('a').find(7)).toBe('a:7')
      expect([...cache.sync.keys()].sort()).toEqual(['Admins.find:1;n7;', 'Users.find:1;n7;'])
    })

    it('that is inherited shares its results with the parent’s', async () => {
      const { calls, Users, Admins } = load()
      await new Users('a').own(7)
      await new Admins('a').own(7)
      expect(calls).toEqual([['own', 7]])
    })

    it('works when it is taken off its instance and called with another `this`', async () => {
      const { Users } = load()
      expect(await new Users('a').find.call({ tenant: 'z' } as unknown as Instance, 9)).toBe('z:9')
    })

    it('has its controls in cachedMethod, for the instance', async () => {
      const { cache, calls, Users } = load()
      const [a, b] = [new Users('a'), new Users('b')]
      await a.own(7)
      await b.own(7)
      const controls = decorators.cachedMethod(a, 'own')
      expect(await cache.has(controls.keyOf(7))).toBe(true)
      expect(await controls.invalidate(7)).toBe(true)
      await b.own(7)
      expect(calls).toHaveLength(2)
      expect(await controls.refresh(7)).toBe('a:7')
      await a.own(7)
      expect(calls).toHaveLength(3)
      expect(() => decorators.cachedMethod(a, 'plain')).toThrow(/'plain' is not decorated/)
    })

    it('with keyThis refuses controls that know no instance', async () => {
      const { Users } = load()
      const { own } = new Users('a') as unknown as { own: decorators.CacheControls<unknown, [number], string> }
      expect(() => own.keyOf(7)).toThrow(CacheKeyError)
      expect(() => own.keyOf(7)).toThrow(/cachedMethod\(instance, name\)/)
    })

    it('and one of another class of the same name do not share keys unawares', () => {
      const cache = new TTLCache<unknown>()
      const source = `
        class Users { @withCache(cache) async find() {} }
        new Users()
      `
      run(source, convention, cache)
      expect(() => run(source, convention, cache)).toThrow(/another function .* 'Users.find'/)
    })

    it('may carry other decorators beside', async () => {
      const cache = new TTLCache<unknown>()
      const logging =
        convention === 'standard'
          ? 'function log(method) { return function (...args) { exports.calls.push(args); return method.apply(this, args) } }'
          : `function log(target, name, descriptor) {
               const method = descriptor.value
               descriptor.value = function (...args) { exports.calls.push(args); return method.apply(this, args) }
             }`
      const { calls, Users } = run<{ calls: unknown[][]; Users: new () => Instance }>(
        `exports.calls = []
         ${logging}
         class Users { @log @withCache(cache) async find(id) { return id } @withCache(cache) @log async own(id) { return id } }
         exports.Users = Users`,
        convention,
        cache,
      )
      const users = new Users()
      for (const id of [1, 1, 1]) await users.find(id)
      expect(calls).toHaveLength(3)
      for (const id of [1, 1, 1]) await users.own(id)
      expect(calls).toHaveLength(4)
      expect([...cache.sync.keys()]).toEqual(['Users.find:1;n1;', 'Users.own:1;n1;'])
    })

    it('may be a getter, static or not', async () => {
      const cache = new TTLCache<unknown>()
      const { calls, Users } = run<{
        calls: unknown[]
        Users: { new (tenant: string): { all: Promise<string> }; total: Promise<number> }
      }>(
        `exports.calls = []
         class Users {
           constructor(tenant) { this.tenant = tenant }
           @withCache(cache, { keyThis: (self) => self.tenant }) get all() {
             exports.calls.push(this.tenant)
             return Promise.resolve('all of ' + this.tenant)
           }
           @withCache(cache) static get total() { return Promise.resolve(exports.calls.push('total')) }
         }
         exports.Users = Users`,
        convention,
        cache,
      )
      const [a, b] = [new Users('a'), new Users('b')]
      expect([await a.all, await a.all, await b.all]).toEqual(['all of a', 'all of a', 'all of b'])
      expect([await Users.total, await Users.total]).toEqual([3, 3])
      expect(calls).toEqual(['a', 'b', 'total'])
      expect([...cache.sync.keys()]).toEqual(['Users.all:1;s1:a0;', 'Users.all:1;s1:b0;', 'Users.total:0;'])
      expect(await decorators.cachedMethod(a, 'all').invalidate()).toBe(true)
      expect(await decorators.cachedMethod(Users, 'total').refresh()).toBe(4)
      expect(await b.all).toBe('all of b')
      expect(calls).toHaveLength(4)
    })

    it('may be an async generator', async () => {
      const cache = new TTLCache<unknown>()
      const { calls, Reports } = run<{ calls: unknown[]; Reports: new () => { lines(of: string): AsyncGenerator } }>(
        `exports.calls = []
         class Reports {
           @withCache(cache) async *lines(of) { exports.calls.push(of); yield of + 1; yield of + 2 }
         }
         exports.Reports = Reports`,
        convention,
        cache,
      )
      const reports = new Reports()
      for (let time = 0; time < 2; time++) {
        const lines: unknown[] = []
        for await (const line of reports.lines('r')) lines.push(line)
        expect(lines).toEqual(['r1', 'r2'])
      }
      expect(calls).toEqual(['r'])
      expect(await decorators.cachedMethod(reports, 'lines').invalidate('r')).toBe(true)
    })

    it('decorates nothing but methods and getters', () => {
      const attempt = (member: string) => () => run(`class Users { ${member} }`, convention, new TTLCache<unknown>())
      expect(attempt('@withCache(cache) set all(value) {}')).toThrow(/withCache decorates methods and getters, and /)
      expect(attempt('@withCache(cache) all = 1')).toThrow(/methods and getters, and all is a field/)
      if (convention === 'standard') {
        expect(attempt('@withCache(cache) accessor all = 1')).toThrow(/and all is an accessor: decorate a getter/)
      }
    })
  },
)

describe('a method under standard decorators', () => {
  it('of an anonymous class asks for a namespace', () => {
    const attempt = (options: string) => () => {
      const { Anonymous } = run<{ Anonymous: new () => unknown }>(
        `exports.Anonymous = (() => class { @withCache(cache${options}) async find() {} })()`,
        'standard',
        new TTLCache<unknown>(),
      )
      return new Anonymous()
    }
    expect(attempt('')).toThrow(CacheConfigError)
    expect(attempt('')).toThrow(/whose class is anonymous or uncertain .*pass `namespace`/)
    expect(attempt(`, { namespace: 'n' }`)).not.toThrow()
  })

  it('that is private asks for a namespace, and works with one', async () => {
    const source = (options: string) => `
      class Users { @withCache(cache${options}) async #find(id) { return id } find(id) { return this.#find(id) } }
      exports.Users = Users
    `
    expect(() => run(source(''), 'standard', new TTLCache<unknown>())).toThrow(/the private method #find .*`namespace`/)
    const { Users } = run<{ Users: new () => Instance }>(
      source(`, { namespace: 'n' }`),
      'standard',
      new TTLCache<unknown>(),
    )
    expect(await new Users().find(7)).toBe(7)
  })

  it('that is private has its controls in cachedMethod, for code of its class', async () => {
    const { Users } = run<{ Users: new () => Instance & { forget(id: number): Promise<boolean> } }>(
      `class Users {
         @withCache(cache, { namespace: 'n', keyThis: () => 'k' }) async #find(id) { return id }
         @withCache(cache, { namespace: 's' }) static async #all() { return 'all' }
         find(id) { return this.#find(id) }
         forget(id) { return cachedMethod(this, this.#find).invalidate(id) }
         static all() { return Users.#all() }
       }
       exports.Users = Users`,
      'standard',
      new TTLCache<unknown>(),
    )
    const users = new Users()
    expect(await users.forget(7)).toBe(false)
    await users.find(7)
    expect(await users.forget(7)).toBe(true)
    expect(await (Users as unknown as { all(): Promise<string> }).all()).toBe('all')
  })

  it('named by a symbol asks for a namespace', () => {
    expect(() =>
      run(
        `class Users { @withCache(cache) async [Symbol.for('x')]() {} }; new Users()`,
        'standard',
        new TTLCache<unknown>(),
      ),
    ).toThrow(/pass `namespace`/)
  })

  it('finds its class without an instance ever made by its constructor', async () => {
    const cache = new TTLCache<unknown>()
    const { Users } = run<Exports>(USERS, 'standard', cache)
    await Object.create(Users.prototype, { tenant: { value: 'x' } }).find(1)
    expect([...cache.sync.keys()]).toEqual(['Users.find:1;n1;'])
    const detached = run<Exports>(USERS, 'standard', new TTLCache<unknown>()).Users.prototype.find
    await expect(detached.call(undefined as never, 1)).rejects.toThrow(CacheConfigError)
  })

  it('wrapped by another decorator in a class and in its subclass asks for a namespace: neither is certain', () => {
    const cache = new TTLCache<unknown>()
    const source = `
      function log(method) { return function (...args) { return method.apply(this, args) } }
      class Users { @log @withCache(cache) async find() {} }
      class Admins extends Users { @log @withCache(cache) async find() {} }
      new Admins()
    `
    expect(() => run(source, 'standard', cache)).toThrow(/anonymous or uncertain .*pass `namespace`/)
  })
})
