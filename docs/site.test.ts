/** The built site in a real browser. Needs `npm run docs`; `npm run check` builds it. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../packages/distributed/test-support/chromium.js'

const dist = fileURLToPath(new URL('.vitepress/dist', import.meta.url))
const executablePath = findChromium()
// Without these, the browser asks its maker's hosts at every start.
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

it('the site is built', () => {
  expect(existsSync(join(dist, 'index.html')), 'not built? `npm run docs` builds').toBe(true)
})

describe.runIf(executablePath !== undefined && existsSync(dist))('the site in a browser', () => {
  let server: Server
  let browser: Browser
  let page: Page
  let url: string
  const foreign: string[] = []
  const failures: string[] = []

  beforeAll(async () => {
    server = createServer(async ({ url = '/' }, response) => {
      const path = normalize(decodeURIComponent(new URL(url, 'http://site').pathname))
      const file = join(dist, path.endsWith('/') ? `${path}index.html` : path)
      try {
        const bytes = await readFile(extname(file) === '' ? `${file}.html` : file)
        response.writeHead(200, { 'content-type': TYPES[extname(file) || '.html'] ?? 'application/octet-stream' })
        response.end(bytes)
      } catch {
        response.writeHead(404).end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', ...QUIET] })
    page = await browser.newPage()
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) foreign.push(request.url())
    })
    page.on('pageerror', ({ message }) => failures.push(message))
    page.on('response', (response) => {
      if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`)
    })
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it('finds a page by what is written on it, without a server to ask', async () => {
    await page.goto(`${url}/getting-started.html`)
    await page.locator('#local-search button').click()
    await page.locator('.VPLocalSearchBox input').fill('HalfSipHash')
    const first = page.locator('.VPLocalSearchBox .result').first()
    await first.waitFor()
    expect(await first.getAttribute('href')).toContain('/keys.html')
    await first.click()
    await page.waitForURL(/\/keys\.html/)
    await page.locator('h1', { hasText: 'Keys from strangers' }).waitFor()
  })

  it.each(['light', 'dark'] as const)(
    'has nothing serious against it for readers of any kind, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
      const against: Record<string, string[]> = {}
      for (const path of ['/', '/getting-started.html', '/telemetry.html', '/api/@mtaio/core/otel.html']) {
        await page.goto(url + path)
        await page.locator('main, .VPHome').first().waitFor()
        expect(await page.locator('html').evaluate((html) => html.className.includes('dark'))).toBe(
          colorScheme === 'dark',
        )
        await page.evaluate(axe)
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> }
          }
          const { violations } = await axe.run()
          return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
        })
        if (found.length > 0) against[path] = found
      }
      expect(against).toEqual({})
    },
  )

  it('loads nothing from anywhere else, and nothing in it fails', () => {
    expect(foreign).toEqual([])
    expect(failures).toEqual([])
  })
})
