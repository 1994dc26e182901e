/**
 * What is decorated, and what it is called: a function, a method under standard decorators, or a method under
 * `experimentalDecorators`. Knows no cache.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { checkNamespace } from './options.js'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** What the decorator was called with, in any of the three uses. */
export type Decorated =
  | [fn: AnyFunction]
  | [method: AnyFunction, context: ClassMethodDecoratorContext]
  | [target: object, property: string | symbol, descriptor: PropertyDescriptor]

/** What a function is called, which of a method is known only once its class exists. */
export interface Naming {
  /** Tells the name, now or as soon as it is known; what `use` throws is thrown there. */
  onNamed(use: (name: string) => void): void
  /** The name, where need be by looking for the method's class from `self`. @throws CacheConfigError when there is none */
  nameFor(self: unknown): string
}

/** Wraps what was decorated, under its own name and length, and puts the wrapper where each convention wants it. */
export function decorate(
  decorated: Decorated,
  what: string,
  makeWrapper: (fn: AnyFunction, naming: Naming) => AnyFunction,
): unknown {
  const wrap = (fn: AnyFunction, naming: Naming) => {
    const wrapper = makeWrapper(fn, naming)
    Object.defineProperty(wrapper, 'name', { value: fn.name, configurable: true })
    Object.defineProperty(wrapper, 'length', { value: fn.length, configurable: true })
    return wrapper
  }
  const [first, second, descriptor] = decorated
  if (typeof second === 'string' || typeof second === 'symbol') {
    return decorateLegacy(first, second, descriptor, what, wrap)
  }
  if (typeof first !== 'function')
    throw new CacheConfigError(`${what} wraps a function or a method, not ${typeof first}`)
  if (second === undefined)
    return wrap(first as AnyFunction, fixedName((first as AnyFunction).name, 'an anonymous function'))
  if (second.kind !== 'method') throw new CacheConfigError(`${what} decorates methods, and this is a ${second.kind}`)
  return decorateStandard(first as AnyFunction, second, wrap)
}

function decorateLegacy(
  target: object,
  property: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  what: string,
  wrap: (fn: AnyFunction, naming: Naming) => AnyFunction,
): void {
  if (typeof descriptor?.value !== 'function') {
    throw new CacheConfigError(`${what} decorates methods, and '${String(property)}' is none`)
  }
  // A static method is decorated on the class itself, any other on the prototype.
  const owner = typeof target === 'function' ? target : target.constructor
  descriptor.value = wrap(descriptor.value, fixedName(methodName(owner, property), 'a method of an anonymous class'))
}

function decorateStandard(
  method: AnyFunction,
  context: ClassMethodDecoratorContext,
  wrap: (fn: AnyFunction, naming: Naming) => AnyFunction,
): AnyFunction {
  let name: string | undefined
  let use: (name: string) => void = () => undefined
  const find = (self: unknown): string => {
    if (name !== undefined) return name
    const found = checkedName(methodNameFrom(self, context, wrapped), 'a method whose class is anonymous or uncertain')
    use(found)
    name = found
    return found
  }
  const wrapped = wrap(method, {
    onNamed(told) {
      // Nobody outside the class can reach a private method, so its class cannot be looked for.
      if (context.private) throw anonymous(`the private method ${String(context.name)}`)
      use = told
      context.addInitializer(function (this: unknown) {
        find(this)
      })
    },
    nameFor: find,
  })
  return wrapped
}

/** `Class.method`, the class being the one that owns the wrapper: an override in a subclass is another method. */
function methodNameFrom(self: unknown, context: ClassMethodDecoratorContext, wrapped: AnyFunction): string {
  const owners: object[] = []
  for (let at: unknown = self; isObject(at); at = Object.getPrototypeOf(at)) {
    const own = Object.getOwnPropertyDescriptor(at, context.name)?.value
    if (own === wrapped) return methodName(classOf(at), context.name)
    if (typeof own === 'function') owners.push(at)
  }
  // Another decorator may have wrapped the wrapper. A single owner must then be the one; of several, none is certain.
  return owners.length === 1 ? methodName(classOf(owners[0]!), context.name) : ''
}

function classOf(owner: object): unknown {
  return typeof owner === 'function' ? owner : owner.constructor
}

function methodName(owner: unknown, property: string | symbol): string {
  const className = typeof owner === 'function' ? owner.name : ''
  return className === '' || typeof property === 'symbol' ? '' : `${className}.${property}`
}

function fixedName(name: string, otherwise: string): Naming {
  return {
    onNamed: (use) => use(checkedName(name, otherwise)),
    nameFor: () => name,
  }
}

function checkedName(name: string, otherwise: string): string {
  if (name === '') throw anonymous(otherwise)
  checkNamespace(name)
  return name
}

function anonymous(what: string): CacheConfigError {
  return new CacheConfigError(
    `${what} has no name of its own to keep its results under, and must not share keys with others: pass \`namespace\``,
  )
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
