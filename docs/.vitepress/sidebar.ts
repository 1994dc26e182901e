/** Which page stands where. Every page of docs/ has its place here, or the site is not built. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DefaultTheme } from 'vitepress'

type Group = [title: string, pages: [name: string, text: string][]]

const GROUPS: Group[] = [
  [
    'Guide',
    [
      ['getting-started', 'Getting started'],
      ['semantics', 'What each call promises'],
      ['loading', 'Loading'],
      ['invalidation', 'Tags, namespaces, prefixes'],
      ['local-transactions', 'Transactions'],
      ['policies', 'Which policy to choose'],
      ['memory', 'A bound in bytes'],
      ['migration', 'Coming from another cache'],
      ['comparison', 'Beside other caches'],
    ],
  ],
  [
    'Cluster',
    [
      ['distributed', 'How a cluster keeps its word'],
      ['near-cache', 'The near cache'],
      ['codecs', 'Codecs, compression, encryption'],
      ['transactions', 'Transactions over nodes'],
      ['membership', 'Nodes that come and go'],
      ['node', 'The embedded node'],
    ],
  ],
  [
    'Operations',
    [
      ['production', 'In production'],
      ['operations', 'Running a node'],
      ['dashboard', 'Looking at nodes'],
      ['diagnostics', 'Events and tracing'],
      ['telemetry', 'OpenTelemetry, Prometheus'],
      ['simulate', 'Simulating your traffic'],
    ],
  ],
  [
    'Mechanisms',
    [
      ['adaptive', 'The adaptive policy'],
      ['local', 'The local engine'],
      ['keys', 'Keys from strangers'],
      ['placement', 'Placement'],
      ['versions', 'Versions'],
      ['envelope', 'The envelope'],
      ['repair', 'How copies become whole again'],
    ],
  ],
  [
    'Reference',
    [
      ['api/index', 'API'],
      ['examples/index', 'Examples'],
      ['packages/core', '@mtaio/core'],
      ['packages/distributed', '@mtaio/distributed'],
      ['packages/decorators', '@mtaio/decorators'],
      ['packages/policies', '@mtaio/policies'],
      ['packages/exceptions', '@mtaio/exceptions'],
      ['spec-map', 'The specification, item by item'],
      ['behaviour', 'What other caches do'],
    ],
  ],
  [
    'Internals',
    [
      ['architecture', 'Architecture'],
      ['simulation', 'Proven by simulation'],
      ['faults', 'Faults on real processes'],
      ['benchmarks/index', 'Benchmarks'],
      ['decisions', 'Decisions'],
      ['dictionary', 'Words'],
    ],
  ],
]

/** @param docs - the folder of the pages */
export function sidebarOf(docs: string): DefaultTheme.SidebarItem[] {
  const placed = new Set(GROUPS.flatMap(([, pages]) => pages.map(([name]) => name)))
  const written = readdirSync(docs).flatMap((name) => (name.endsWith('.md') ? [name.slice(0, -3)] : []))
  const lost = written.filter((name) => name !== 'index' && !placed.has(name))
  if (lost.length > 0) throw new Error(`docs/.vitepress/sidebar.ts has no place for ${lost.join(', ')}`)
  return GROUPS.map(([text, pages]) => ({
    text,
    items: pages
      .filter(([name]) => existsSync(join(docs, `${name}.md`)))
      .map(([name, title]) => ({ text: title, link: `/${name.replace(/index$/, '')}` })),
  }))
}
