import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    engine: 'src/engine.ts',
    testing: 'src/testing/index.ts',
    otel: 'src/telemetry/otel.ts',
    prometheus: 'src/telemetry/prometheus.ts',
    'diagnostics-node': 'src/diagnostics/node.ts',
    'diagnostics-none': 'src/diagnostics/none.ts',
  },
  // Chosen by the runtime's conditions: package.json, `imports`.
  external: ['#diagnostics'],
  // Deno knows its modules by their full names only.
  removeNodeProtocol: false,
  format: ['esm', 'cjs'],
  target: 'node20',
  dts: true,
  clean: true,
  treeshake: true,
})
