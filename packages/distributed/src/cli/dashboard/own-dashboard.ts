/** The dashboard of a node, served on the node's own HTTP port: it looks at this node as any other client would. */
import { fileURLToPath } from 'node:url'
import { CacheConfigError } from '@mtaio/exceptions'
import { connectObserver } from '../../client/connect.js'
import { type DashboardParts, serveDashboard } from '../../dashboard/dashboard.js'
import { checkDashboardAccess } from '../../dashboard/dashboard-server.js'
import { reportOfKey } from '../../dashboard/key-report.js'
import { readPage } from '../../dashboard/page-files.js'
import type { CacheNodeOptions } from '../../node/index.js'
import { ClusterObserver } from '../../observe/cluster-observer.js'
import { parseNode } from '../../transport/node-address.js'

const INTERVAL = 1000

export class OwnDashboard {
  private parts: DashboardParts | undefined
  private observer: ClusterObserver | undefined

  private constructor(
    private readonly node: CacheNodeOptions,
    private readonly token: string | undefined,
    private readonly page: DashboardParts['page'],
  ) {}

  /** @throws CacheConfigError where the node has no HTTP port, cannot be looked at, or would show keys to anybody */
  static async prepare(node: CacheNodeOptions, token: string | undefined): Promise<OwnDashboard> {
    if (node.http === undefined)
      throw new CacheConfigError('--dashboard needs a port to be served on: give --http-port')
    if (node.tls !== undefined || (node.users !== undefined && node.password === undefined)) {
      throw new CacheConfigError(
        'a node that speaks TLS, or has users and no password, is watched from beside it: run mtaio dashboard with the credentials',
      )
    }
    checkDashboardAccess(node.http.host ?? '127.0.0.1', token)
    return new OwnDashboard(node, token, await readPage(fileURLToPath(new URL('./dashboard/', import.meta.url))))
  }

  /** Those of the node, with the dashboard among its pages. */
  get options(): Pick<CacheNodeOptions, 'http'> {
    return {
      http: {
        ...this.node.http!,
        token: this.node.http?.token ?? this.token,
        handlers: {
          '/': (request, response) => {
            if (this.parts !== undefined) return serveDashboard(this.parts, request, response)
            response.writeHead(503).end()
          },
        },
      },
    }
  }

  /** Looks at the node from now on. */
  watch(address: string): void {
    const { password } = this.node
    const parts = connectObserver([{ ...parseNode(address), password }])
    const observer = new ClusterObserver(parts, { interval: INTERVAL, hotKeys: true })
    this.observer = observer
    this.parts = {
      page: this.page,
      token: this.token,
      state: () => observer.state(),
      inspect: (within, key) =>
        reportOfKey(parts, { namespace: 'mtaio', replicationFactor: 1, followsMembers: false }, within, key),
    }
    observer.start()
  }

  async stop(): Promise<void> {
    await this.observer?.stop()
  }
}
