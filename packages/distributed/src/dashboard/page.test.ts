/** The page in a real browser: the numbers shown are the numbers measured, and everybody can read them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPage } from '../../test-support/build-page.js'
import { findChromium } from '../../test-support/chromium.js'
import { connectObserver } from '../client/connect.js'
import { DistributedCache } from '../client/distributed-cache.js'
import { CacheNode } from '../node/index.js'
import { ClusterObserver } from '../observe/cluster-observer.js'
import { parseNodes } from '../transport/node-address.js'
import { startDashboardServer } from './dashboard-server.js'
import { reportOfKey } from './key-report.js'
import { readPage } from './page-files.js'

const executablePath = findChromium()
// Without these, the browser asks its maker's hosts at every start.
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

describe.runIf(executablePath !== undefined)('the dashboard in a browser', () => {
  const nodes = [new CacheNode({ port: 0, maxSize: 40 }), new CacheNode({ port: 0, maxSize: 40 })]
  let folder: string
  let browser: Browser
  let page: Page
  let cache: DistributedCache<string>
  let observer: ClusterObserver
  let server: { url: string; close(): Promise<void> }
  const foreign: string[] = []
  const failures: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mtaio-page-'))
    await buildPage(folder)
    for (const node of nodes) await node.start()
    const parts = connectObserver(parseNodes(nodes.map(({ address }) => address)))
    observer = new ClusterObserver(parts, { interval: 500, hotKeys: true, advise: true })
    server = await startDashboardServer(
      {
        page: await readPage(folder),
        state: () => observer.state(),
        inspect: (within, key) => reportOfKey(parts, { namespace: 'mtaio', replicationFactor: 2 }, within, key),
        token: undefined,
      },
      { host: '127.0.0.1', port: 0 },
    )
    cache = new DistributedCache({ nodes: nodes.map(({ address }) => address) })
    await cache.set('user:1', 'Ada', '1h')
    // The observer looks when it is told to: what is shown is then known.
    await observer.look()
    for (let key = 0; key < 100; key++) await cache.set(`key:${key}`, 'x')
    for (let read = 0; read < 30; read++) await cache.get(read % 3 === 0 ? 'absent' : 'key:99')
    await observer.look()
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', ...QUIET] })
    page = await browser.newPage()
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) foreign.push(request.url())
    })
    page.on('pageerror', (error) => failures.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') failures.push(message.text())
    })
    await page.goto(server.url)
    await page.getByText('2 of 2 nodes up').waitFor()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await server?.close()
    await observer?.stop()
    await cache?.[Symbol.asyncDispose]()
    for (const node of nodes) await node.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** The row of a table whose first cell has this text. */
  const row = (table: string, name: string) =>
    page
      .locator(`${table} tbody tr`, { has: page.getByRole('rowheader', { name, exact: true }) })
      .locator('td')
      .allTextContents()

  it('shows the numbers that the nodes themselves tell', async () => {
    for (const node of nodes) {
      const { items, evictions } = node.getStats()
      const cells = await row('#nodes', node.address)
      expect(cells[0]).toBe('up')
      expect([cells[4], cells[7]]).toEqual([String(items), String(evictions)])
    }
    const shown = await page.locator('#figures div', { hasText: 'Hit ratio' }).locator('dd').textContent()
    const { hits, reads } = observer.state().nodes.reduce(
      (all, { intervals }) => {
        const { reads, hitRatio } = intervals.at(-1)!
        return { reads: all.reads + reads, hits: all.hits + reads * (hitRatio ?? 0) }
      },
      { hits: 0, reads: 0 },
    )
    expect(shown).toBe(`${((100 * hits) / reads).toFixed(1)} %`)
  })

  it('tells its charts as tables, too', async () => {
    const figure = page.locator('figure', { hasText: 'Hit ratio' }).first()
    await figure.getByText('As a table').click()
    expect(await figure.locator('details tbody tr').count()).toBe(1)
    expect(await figure.getByRole('img').getAttribute('aria-label')).toMatch(/^Chart: Hit ratio\. Latest: hit ratio \d/)
  })

  it('tells where a key lies, with each replica’s version', async () => {
    await cache.set('user:2', 'Grace', '1h')
    await page.getByLabel('Key', { exact: true }).fill('user:2')
    await page.getByRole('button', { name: 'Look' }).press('Enter')
    const report = page.locator('#key-report')
    await report.getByText('readers find it').waitFor()
    expect(await report.locator('code').textContent()).toBe('mtaio:user:2')
    const rows = await report.locator('tbody tr').allTextContents()
    expect(rows).toHaveLength(2)
    const versions = await report.locator('tbody tr td:nth-child(4)').allTextContents()
    expect(versions[0]).toMatch(/^\d{4}-\d\d-\d\dT.* by [0-9a-f]{8}, edition 0$/)
    expect(versions[1]).toBe(versions[0])
    await cache.delete('user:2')
    await page.getByRole('button', { name: 'Look' }).click()
    await report.getByText('it was deleted').waitFor()
  })

  it('says what is wrong with a namespace instead of a report', async () => {
    await page.getByLabel('Namespace').fill('a:b')
    await page.getByRole('button', { name: 'Look' }).click()
    await page.locator('#key-report .bad').waitFor()
    await page.getByLabel('Namespace').fill('')
  })

  it.each(['light', 'dark'])('can be read by everybody: no violation of accessibility rules, %s', async (theme) => {
    await page.getByLabel('Theme').selectOption(theme)
    // The page's own policy lets no foreign script in: the checker is run beside it.
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    })
    expect(violations).toEqual([])
  })

  it('is reached by keyboard alone', async () => {
    await page.locator('body').click({ position: { x: 1, y: 1 } })
    const reached = new Set<string>()
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press('Tab')
      reached.add(
        await page.evaluate(
          'document.activeElement?.id || document.activeElement?.getAttribute("name") || document.activeElement?.tagName',
        ),
      )
    }
    for (const place of ['pause', 'theme', 'key', 'namespace', 'BUTTON', 'SUMMARY']) expect(reached).toContain(place)
  })

  it('tells when a node is gone', async () => {
    const { address } = nodes[1]!
    await nodes[1]!.stop()
    await observer.look()
    await page.getByText(`${address} is down`).waitFor()
    expect((await row('#nodes', address))[0]).toBe('down')
  })

  it('asked nobody but its own server, and met no error', () => {
    expect(foreign).toEqual([])
    // The one that was asked for.
    expect(failures.filter((failure) => !/400 \(Bad Request\)/.test(failure))).toEqual([])
  })
})
