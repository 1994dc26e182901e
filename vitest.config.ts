import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url))

/** Tests run over the sources: no build is needed to change a line and see what it does. */
export const workspaceAlias = {
  '@mtaio/exceptions': source('exceptions/src/index.ts'),
  '@mtaio/policies/advice': source('policies/src/advice/index.ts'),
  '@mtaio/policies/simulator': source('policies/src/simulator/index.ts'),
  '@mtaio/policies/testing': source('policies/src/testing/index.ts'),
  '@mtaio/policies': source('policies/src/index.ts'),
  '#diagnostics': source('core/src/diagnostics/node.ts'),
  '@mtaio/core/engine': source('core/src/engine.ts'),
  '@mtaio/core/testing': source('core/src/testing/index.ts'),
  '@mtaio/core/otel': source('core/src/telemetry/otel.ts'),
  '@mtaio/core/prometheus': source('core/src/telemetry/prometheus.ts'),
  '@mtaio/core': source('core/src/index.ts'),
  '@mtaio/distributed/node': source('distributed/src/node/index.ts'),
  '@mtaio/distributed/testing': source('distributed/src/testing/index.ts'),
  '@mtaio/distributed/otel': source('distributed/src/telemetry/otel.ts'),
  '@mtaio/distributed/prometheus': source('distributed/src/telemetry/prometheus.ts'),
  '@mtaio/distributed': source('distributed/src/index.ts'),
  '@mtaio/decorators': source('decorators/src/index.ts'),
}

export default defineConfig({
  resolve: { alias: workspaceAlias },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'tests/**/*.test.ts',
      'examples/**/*.test.ts',
      'benchmarks/**/*.test.ts',
      'docs/*.test.ts',
    ],
    setupFiles: ['tests/setup/seed.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
