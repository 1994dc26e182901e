/** The style guide as a test: reads the import graph of the packages and holds the arrows of docs/architecture.md. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { circlesOf } from './architecture/circles.js'
import { type Graph, parseSource, readGraph } from './architecture/import-graph.js'
import * as rules from './architecture/rules.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A made-up graph: path → what its file says. */
function graphOf(files: Record<string, string>): Graph {
  const graph = new Map()
  for (const [path, text] of Object.entries(files)) {
    graph.set(
      path,
      parseSource(path, text, (specifier) => specifier),
    )
  }
  return graph
}

describe('the packages', () => {
  const graph = readGraph(root)

  it('are read: the graph has every package, and arrows between and within them', () => {
    const packages = new Set([...graph.keys()].map(rules.packageOf))
    expect([...packages].sort()).toEqual(['core', 'decorators', 'distributed', 'exceptions', 'policies'])
    const arrows = [...graph.values()].flatMap((file) => file.imports.filter((path) => graph.has(path)))
    expect(arrows.length).toBeGreaterThan(graph.size)
    expect(graph.get('packages/core/src/index.ts')!.imports).toContain('packages/exceptions/src/index.ts')
  })

  it('import only what the architecture puts below them', () => expect(rules.packageArrows(graph)).toEqual([]))
  it('keep the nevers between rooms', () => expect(rules.nevers(graph)).toEqual([]))
  it('keep pure rooms free of clocks, randomness and timers', () => expect(rules.purity(graph)).toEqual([]))
  it('run everywhere: core, policies and exceptions use nothing of one runtime', () =>
    expect(rules.portability(graph)).toEqual([]))
  it('import no file that is not there', () => expect(rules.resolved(graph)).toEqual([]))
  it('have no circle of files', () => expect(rules.fileCircles(graph)).toEqual([]))
  it('have no circle of folders', () => expect(rules.folderCircles(graph)).toEqual([]))
  it('have no file too long to read in one sitting', () => expect(rules.size(graph)).toEqual([]))
  it('have no drawer for everything', () => expect(rules.names(graph)).toEqual([]))
})

describe('the reader', () => {
  it('sees imports of every form, types included, and none in comments and strings', () => {
    const file = parseSource(
      'a.ts',
      `import one from 'one'
       import type { two } from 'two'
       export { three } from 'three'
       export * from 'four'
       const five = await import('five')
       type Six = import('six').Six
       const seven = require('seven')
       import 'eight'
       // import nine from 'nine'
       const ten = "import ten from 'ten'"`,
      (specifier) => specifier,
    )
    expect(file.imports).toEqual(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'])
  })

  it('tells a global from a property, a parameter and a method of the same name', () => {
    const globalsOf = (text: string) => parseSource('a.ts', text, (specifier) => specifier).globals
    expect(globalsOf('setTimeout(f, 1)')).toContain('setTimeout')
    expect(globalsOf('const now = Date.now()')).toContain('Date.now')
    expect(globalsOf('clock.setTimeout(f, 1)')).not.toContain('setTimeout')
    expect(globalsOf('function wait(setTimeout: Timer) { setTimeout(f, 1) }')).not.toContain('setTimeout')
    expect(globalsOf('class Clock { setTimeout() {} }')).not.toContain('setTimeout')
    expect(globalsOf('const Date = clock; Date.now()')).not.toContain('Date.now')
  })
})

describe('each rule can fail', () => {
  const cases: [what: string, rule: rules.Rule, broken: Record<string, string>, says: RegExp][] = [
    [
      'an arrow that runs back between packages',
      rules.packageArrows,
      { 'packages/policies/src/lru.ts': `import 'packages/core/src/index.ts'`, 'packages/core/src/index.ts': '' },
      /policies must not import core/,
    ],
    [
      'decorators that know distributed',
      rules.packageArrows,
      { 'packages/decorators/src/a.ts': `import type { X } from 'packages/distributed/src/index.ts'` },
      /decorators must not import distributed/,
    ],
    ['a package that nobody drew', rules.packageArrows, { 'packages/extra/src/a.ts': '' }, /extra has no place/],
    [
      'a store that reads the clock',
      rules.nevers,
      { 'packages/core/src/store/a.ts': `import 'packages/core/src/time/clock.ts'` },
      /core\/store is told the time/,
    ],
    [
      'an expiry that reads the clock',
      rules.nevers,
      { 'packages/core/src/expiry/a.ts': `import 'packages/core/src/time/clock.ts'` },
      /core\/expiry is told the time/,
    ],
    ...['quorum', 'placement', 'record', 'health', 'resp'].flatMap((room): typeof cases => [
      [
        `${room} that knows the transport`,
        rules.nevers,
        {
          [`packages/distributed/src/${room}/a.ts`]: `import 'packages/distributed/src/transport/replica-transport.ts'`,
        },
        /pure: it knows no distributed\/transport/,
      ],
      [
        `${room} that knows the node`,
        rules.nevers,
        { [`packages/distributed/src/${room}/a.ts`]: `import 'packages/distributed/src/node/server.ts'` },
        /pure: it knows no distributed\/node/,
      ],
      [
        `${room} that imports node:*`,
        rules.nevers,
        { [`packages/distributed/src/${room}/a.ts`]: `import { createHash } from 'node:crypto'` },
        /pure: it imports no node:crypto/,
      ],
      [
        `${room} that sets a timer`,
        rules.purity,
        { [`packages/distributed/src/${room}/a.ts`]: 'setTimeout(f, 1)' },
        /uses setTimeout/,
      ],
      [
        `${room} that draws lots`,
        rules.purity,
        { [`packages/distributed/src/${room}/a.ts`]: 'const x = Math.random()' },
        /uses Math.random/,
      ],
    ]),
    [
      'a coordinator that chooses the real network',
      rules.nevers,
      { 'packages/distributed/src/coordinator/a.ts': `import 'packages/distributed/src/transport/resp-transport.ts'` },
      /chosen in client\/connect only/,
    ],
    [
      'a client that chooses an adapter',
      rules.nevers,
      { 'packages/distributed/src/client/a.ts': `import 'packages/distributed/src/transport/client-adapter.ts'` },
      /chosen in client\/connect only/,
    ],
    [
      'shipped code that imports testing',
      rules.nevers,
      { 'packages/core/src/local-cache.ts': `import 'packages/core/src/testing/manual-clock.ts'` },
      /does not import testing/,
    ],
    [
      'shipped code that imports the testing of another package',
      rules.nevers,
      { 'packages/decorators/src/a.ts': `import 'packages/core/src/testing/index.ts'` },
      /does not import testing/,
    ],
    [
      'a core that imports node:*',
      rules.portability,
      { 'packages/core/src/a.ts': `import { hrtime } from 'node:process'` },
      /runs everywhere/,
    ],
    [
      'a core that imports channels elsewhere than in the file that is chosen by conditions',
      rules.portability,
      { 'packages/core/src/diagnostics/traces.ts': `import 'node:diagnostics_channel'` },
      /runs everywhere/,
    ],
    [
      'that file, if it imports more',
      rules.portability,
      { 'packages/core/src/diagnostics/node.ts': `import 'node:fs'` },
      /runs everywhere/,
    ],
    [
      'a core that imports that file',
      rules.nevers,
      {
        'packages/core/src/diagnostics/traces.ts': `import 'packages/core/src/diagnostics/node.ts'`,
        'packages/core/src/diagnostics/node.ts': '',
      },
      /chosen by the conditions/,
    ],
    [
      'a core that imports a package',
      rules.portability,
      { 'packages/policies/src/a.ts': `import x from 'left-pad'` },
      /runs everywhere/,
    ],
    [
      'a core that uses Buffer',
      rules.portability,
      { 'packages/core/src/a.ts': `Buffer.from('x')` },
      /Buffer is not everywhere/,
    ],
    [
      'an import that leads nowhere',
      rules.resolved,
      { 'packages/core/src/a.ts': `import 'packages/core/src/gone'` },
      /leads nowhere/,
    ],
    [
      'two files in a circle, through a type only',
      rules.fileCircles,
      {
        'packages/core/src/a.ts': `import 'packages/core/src/b.ts'`,
        'packages/core/src/b.ts': `import type { A } from 'packages/core/src/a.ts'`,
      },
      /a\.ts, packages\/core\/src\/b\.ts/,
    ],
    [
      'two folders in a circle whose files are in none',
      rules.folderCircles,
      {
        'packages/core/src/one/a.ts': `import 'packages/core/src/two/b.ts'`,
        'packages/core/src/two/b.ts': '',
        'packages/core/src/two/c.ts': `import 'packages/core/src/one/d.ts'`,
        'packages/core/src/one/d.ts': '',
      },
      /core\/src\/one, packages\/core\/src\/two/,
    ],
    [
      'a room and a file above it in a circle',
      rules.folderCircles,
      {
        'packages/core/src/cache.ts': `import 'packages/core/src/one/b.ts'`,
        'packages/core/src/one/b.ts': '',
        'packages/core/src/one/a.ts': `import 'packages/core/src/cache.ts'`,
      },
      /cache\.ts, packages\/core\/src\/one/,
    ],
    ['a file too long', rules.size, { 'packages/core/src/a.ts': 'x\n'.repeat(351) }, /351 lines/],
    ['a drawer for everything', rules.names, { 'packages/core/src/string-utils.ts': '' }, /says nothing/],
    ['a folder for everything', rules.names, { 'packages/core/src/helpers/a.ts': '' }, /says nothing/],
    ['a file not in kebab-case', rules.names, { 'packages/core/src/keyTable.ts': '' }, /not kebab-case/],
  ]
  it.each(cases)('on %s', (_what, rule, broken, says) => {
    expect(rule(graphOf(broken)).join('\n')).toMatch(says)
  })

  it('and none fails on a house in order', () => {
    const graph = graphOf({
      'packages/exceptions/src/index.ts': 'export class E extends Error {}',
      'packages/policies/src/lru.ts': `import 'packages/exceptions/src/index.ts'`,
      'packages/core/src/time/clock.ts': 'export const now = () => performance.now()',
      'packages/core/src/store/slots.ts': `import 'packages/policies/src/lru.ts'`,
      'packages/core/src/ttl-cache.ts': `import 'packages/core/src/store/slots.ts'\nimport 'packages/core/src/time/clock.ts'`,
      'packages/core/src/testing/index.ts': `import 'packages/core/src/ttl-cache.ts'`,
      'packages/distributed/src/record/version.ts': 'export const x = Math.floor(1.5)',
      'packages/distributed/src/transport/resp-transport.ts': `import 'node:net'`,
      'packages/distributed/src/client/connect.ts': `import 'packages/distributed/src/transport/resp-transport.ts'`,
    })
    for (const rule of Object.values(rules).filter((rule) => rule.length === 1 && !/Of$/.test(rule.name))) {
      expect((rule as rules.Rule)(graph)).toEqual([])
    }
  })

  it('circles are found whatever their length, and a tree has none', () => {
    expect(
      circlesOf(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a', 'd']],
          ['d', ['e']],
        ]),
      ),
    ).toEqual([['a', 'b', 'c']])
    expect(circlesOf(new Map([['a', ['a']]]))).toEqual([['a']])
    expect(
      circlesOf(
        new Map([
          ['a', ['b', 'c']],
          ['b', ['d']],
          ['c', ['d']],
        ]),
      ),
    ).toEqual([])
  })
})
