import { inspect } from 'node:util'
import { CacheConfigError } from '@mtaio/exceptions'
import { describe, expect, it } from 'vitest'
import { Access } from './access.js'
import { FailedLogins, FREE_FAILURES } from './failed-logins.js'
import { digestOf } from './user.js'
import { type NodeUserOptions, usersOf } from './user-options.js'

const text = (words: string) => Buffer.from(words)
const hex = (password: string) => Buffer.from(digestOf(password)).toString('hex')

describe('users', () => {
  it('are who knows the password, given as itself or as its SHA-256', () => {
    const access = new Access(
      usersOf('root', [
        { name: 'ann', password: 'a' },
        { name: 'bob', passwordSha256: hex('b').toUpperCase(), can: [] },
      ]),
    )
    expect(access.initial).toBeUndefined()
    for (const [name, password] of [
      ['default', 'root'],
      ['ann', 'a'],
      ['bob', 'b'],
    ] as const) {
      expect(access.login(name, text(password), '', 0)).toMatchObject({ name })
      expect(access.login(name, text(`${password} `), '', 0)).toBe('wrong')
    }
    expect(access.login('nobody', text(''), '', 0)).toBe('wrong')
    expect(access.login('nobody', new Uint8Array(32), '', 0)).toBe('wrong')
    expect(access.failedLogins).toBe(5)
  })

  it('are everybody where nothing is given, and nobody unasked where users are', () => {
    expect(new Access(usersOf(undefined, [])).initial).toMatchObject({ name: 'default', mayDoAll: true })
    expect(new Access(usersOf(undefined, [{ name: 'a', password: 'b' }])).initial).toBeUndefined()
  })

  it('show their passwords to nobody who prints them', () => {
    const [user] = usersOf('sesame', undefined)
    expect(inspect(user, { depth: 9, showHidden: true })).not.toMatch(/digest|Buffer\(32\)|sesame/)
    expect(JSON.stringify(user)).not.toMatch(/digest|password/)
  })

  it.each<[unknown, RegExp]>([
    [{ name: 'a' }, /user 'a' needs a password/],
    [{ name: 'a', password: 'x', passwordSha256: hex('x') }, /one of password and passwordSha256/],
    [{ name: 'a', password: '' }, /non-empty/],
    [{ name: 'a', password: 5 }, /non-empty/],
    [{ name: 'a', passwordSha256: 'abc' }, /64 hexadecimal digits/],
    [{ name: 'a b', password: 'x' }, /users\[0\]\.name must be/],
    [{ name: 'a', password: 'x', keys: [] }, /keys of user 'a'/],
    [{ name: 'a', password: 'x', keys: 'a*' }, /keys of user 'a'/],
    [{ name: 'a', password: 'x', can: ['fly'] }, /must be of: read, write, admin/],
    [{ name: 'a', pasword: 'x' }, /no option 'pasword': did you mean 'password'/],
    [5, /must be an object/],
  ])('are refused as %j, without a word of the password', (user, message) => {
    const check = () => usersOf(undefined, [user as NodeUserOptions])
    expect(check).toThrow(CacheConfigError)
    expect(check).toThrow(message)
  })

  it('have names of their own', () => {
    const ann = { name: 'ann', password: 'x' }
    expect(() => usersOf(undefined, [ann, ann])).toThrow(/'ann' twice/)
    expect(() => usersOf('x', [{ name: 'default', password: 'y' }])).toThrow(/two passwords/)
  })
})

describe('failed logins', () => {
  it('have an address wait once it has no free ones left, and are forgotten with time', () => {
    const failures = new FailedLogins()
    for (let i = 0; i < FREE_FAILURES; i++) {
      expect(failures.waitOf('10.0.0.1', 5000)).toBe(0)
      failures.add('10.0.0.1', 5000)
    }
    expect(failures.waitOf('10.0.0.1', 5000)).toBe(1000)
    expect(failures.waitOf('10.0.0.2', 5000)).toBe(0)
    expect(failures.waitOf('10.0.0.1', 6000)).toBe(0)
    failures.add('10.0.0.1', 6000)
    expect(failures.waitOf('10.0.0.1', 6000)).toBe(1000)
    expect(failures.waitOf('10.0.0.1', 6000 + FREE_FAILURES * 1000)).toBe(0)
  })

  it('count for a whole IPv6 network, and for one IPv4 address however it is written', () => {
    const failures = new FailedLogins()
    const fail = (address: string) => {
      for (let i = 0; i < FREE_FAILURES; i++) failures.add(address, 0)
    }
    fail('2001:db8::1')
    expect(failures.waitOf('2001:db8:0:0:5::9', 0)).toBeGreaterThan(0)
    expect(failures.waitOf('2001:db8:0:1::1', 0)).toBe(0)
    fail('::ffff:10.0.0.1')
    expect(failures.waitOf('::ffff:10.0.0.2', 0)).toBe(0)
    fail('::1')
    expect(failures.waitOf('::1', 0)).toBeGreaterThan(0)
  })

  it('are remembered for so many addresses and no more', () => {
    const failures = new FailedLogins()
    for (let i = 0; i < 20_000; i++) failures.add(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, 0)
    expect(failures.addresses).toBe(10_000)
  })

  it('keep even the right password out while the address waits', () => {
    const access = new Access(usersOf('right', undefined))
    for (let i = 0; i < FREE_FAILURES; i++) access.login('default', text('wrong'), 'a', 0)
    expect(access.login('default', text('right'), 'a', 0)).toBe(1000)
    expect(access.login('default', text('right'), 'b', 0)).toMatchObject({ name: 'default' })
    expect(access.login('default', text('right'), 'a', 1000)).toMatchObject({ name: 'default' })
  })
})
