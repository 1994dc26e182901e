/** Where a node tells what happens to it. */

/** What pino, bunyan and console-like loggers of fields and a message have in common. Secrets are never given to it. */
export interface NodeLogger {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export const SILENT: NodeLogger = { info: () => {}, warn: () => {}, error: () => {} }
