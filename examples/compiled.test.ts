/**
 * The decorators as users compile them: by TypeScript's own compiler, against the built packages, in both conventions.
 * Needs `npm run build`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { keeps, promisesOf } from '../tests/examples/promises.js'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** Compiles one file by the tsconfig.json of its folder. */
function compile(directory: string, file: string): { complaints: string[]; path: string; options: ts.CompilerOptions } {
  const { config } = ts.readConfigFile(join(directory, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, directory)
  const program = ts.createProgram([join(directory, file)], options)
  const diagnostics = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics]
  const complaints = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  return { complaints, path: join(options.outDir!, file.replace('.ts', '.js')), options }
}

describe.each([
  ['standard decorators', folder, 'decorators.ts', false],
  ['experimentalDecorators', join(folder, 'legacy-decorators'), 'users.ts', true],
])('compiled with %s', (_convention, directory, file, legacy) => {
  it('prints what it says', () => {
    const { complaints, path, options } = compile(directory, file)
    expect(options.experimentalDecorators === true).toBe(legacy)
    expect(complaints).toEqual([])
    const lines = execFileSync(process.execPath, [path], { encoding: 'utf8', timeout: 20_000 }).trimEnd().split('\n')
    const promises = promisesOf(readFileSync(join(directory, file), 'utf8'))
    expect(promises.length).toBeGreaterThan(0)
    if (!keeps(lines, promises)) expect(lines).toEqual(promises)
  })
})
