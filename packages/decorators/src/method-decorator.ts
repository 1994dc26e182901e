/**
 * What is decorated, and what it is called: a function, or a method or getter under standard decorators or under
 * `experimentalDecorators`. Knows no cache.
 */
import { CacheConfigError } from '@mtaio/exceptions'
import { checkNamespace } from './options.js'

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown

/** What the decorator was called with, in any of the three uses. */
export type Decorated =
  | [fn: AnyFunction]
  | [member: AnyFunction, context: MemberContext]
  | [target: object, property: string | symbol, descriptor: PropertyDescriptor]

type MemberContext = ClassMethodDecoratorContext | ClassGetterDecoratorContext

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
  if (second !== undefined) return decorateStandard(first, second, what, wrap)
  if (typeof first === 'function') return wrap(first as AnyFunction, fixedName(first.name, 'an anonymous function'))
  throw new CacheConfigError(`${what} wraps a function or a method, not ${typeof first}`)
}

function decorateLegacy(
  target: object,
  property: string | symbol,
  descriptor: PropertyDescriptor | undefined,
  what: string,
  wrap: (fn: AnyFunction, naming: Naming) => AnyFunction,
): void {
  const place = descriptor === undefined ? undefined : placeOf(descriptor)
  if (descriptor === undefined || place === undefined)
    throw notDecorated(what, descriptor?.set === undefined ? 'field' : 'setter', property)
  // A static method is decorated on the class itself, any other on the prototype.
  const owner = typeof target === 'function' ? target : target.constructor
  const naming = fixedName(methodName(owner, property), 'a method of an anonymous class')
  descriptor[place] = wrap(descriptor[place] as AnyFunction, naming)
}

/** Where a property's descriptor has its function: a method's or a getter's. */
function placeOf(descriptor: PropertyDescriptor): 'value' | 'get' | undefined {
  if (typeof descriptor.value === 'function') return 'value'
  return descriptor.get === undefined ? undefined : 'get'
}

function notDecorated(what: string, kind: string, name: string | symbol | undefined): CacheConfigError {
  const wayOut = kind === 'accessor' || kind === 'setter' ? ': decorate a getter that computes the value' : ''
  return new CacheConfigError(
    `${what} decorates methods and getters, and ${String(name)} is ${kind === 'accessor' ? 'an' : 'a'} ${kind}${wayOut}`,
  )
}

function decorateStandard(
  member: unknown,
  context: MemberContext,
  what: string,
  wrap: (fn: AnyFunction, naming: Naming) => AnyFunction,
): AnyFunction {
  // What it is called on, in a language without types, may be anything that takes decorators.
  const { kind, name: property }: DecoratorContext = context
  if (kind !== 'method' && kind !== 'getter') throw notDecorated(what, kind, property)
  let name: string | undefined
  let use: (name: string) => void = () => undefined
  const find = (self: unknown): string => {
    if (name !== undefined) return name
    const found = checkedName(methodNameFrom(self, context, wrapped), 'a method whose class is anonymous or uncertain')
    use(found)
    name = found
    return found
  }
  const wrapped = wrap(member as AnyFunction, {
    onNamed(told) {
      // Nobody outside the class can reach a private method, so its class cannot be looked for.
      if (context.private) throw anonymous(`the private ${context.kind} ${String(context.name)}`)
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
function methodNameFrom(self: unknown, context: MemberContext, wrapped: AnyFunction): string {
  const owners: object[] = []
  for (let at: unknown = self; isObject(at); at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, context.name)
    const own = descriptor?.value ?? descriptor?.get
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
