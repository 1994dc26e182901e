import { copyFile } from 'node:fs/promises'
import { defineConfig } from 'tsup'

export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      node: 'src/node/index.ts',
      testing: 'src/testing/index.ts',
      otel: 'src/telemetry/otel.ts',
      prometheus: 'src/telemetry/prometheus.ts',
      cli: 'src/cli/index.ts',
      // Run as a process of its own, by its name.
      'socket-worker': 'src/node/sockets/worker-process.ts',
    },
    format: ['esm', 'cjs'],
    // For import.meta.url, in what is required.
    shims: true,
    target: 'node20',
    dts: true,
    clean: ['**/*', '!dashboard/**'],
    treeshake: true,
  },
  {
    // The dashboard's page: three files, which need nothing from anywhere else.
    entry: { page: 'page/page.ts' },
    outDir: 'dist/dashboard',
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    tsconfig: 'page/tsconfig.json',
    clean: true,
    minify: true,
    dts: false,
    noExternal: [/.*/],
    outExtension: () => ({ js: '.js' }),
    onSuccess: async () => copyFile('page/index.html', 'dist/dashboard/index.html'),
  },
])
