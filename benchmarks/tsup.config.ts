import { defineConfig } from 'tsup'

/**
 * Node 20 runs no TypeScript, so each file becomes one of JavaScript in `dist/`, none bundled: contenders are measured
 * from `node_modules` as their users have them.
 */
export default defineConfig([
  {
    entry: [
      '{attack,behaviour,distributed,faults,local,measure,memory-estimate,near,node,report,telemetry}/**/*.ts',
      '!**/*.test.ts',
      '!distributed/transport.ts',
      '!node/store-script.ts',
    ],
    bundle: false,
    format: 'esm',
    target: 'node20',
    outDir: 'dist',
    silent: true,
  },
  {
    entry: { 'distributed/transport': 'distributed/transport.ts', 'node/store-script': 'node/store-script.ts' },
    format: 'esm',
    target: 'node20',
    outDir: 'dist',
    silent: true,
  },
])
