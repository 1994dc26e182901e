/** The API of the packages' public entries as pages, a page an entry, written by typedoc from types and docstrings. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application } from 'typedoc'

/**
 * @param {string} root of the repository
 * @param {string} out where to
 * @param {readonly string[]} packages in the order in which they are shown
 */
export async function writeApi(root, out, packages) {
  const entries = entriesOf(root, packages)
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: entries.map(({ source }) => join(root, source)),
    tsconfig: join(root, 'tsconfig.json'),
    // Types are checked beside.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeProtected: false,
    excludeInternal: true,
    excludeExternals: true,
    disableSources: true,
    readme: 'none',
    name: 'API',
    outputs: [{ name: 'markdown', path: out }],
    logLevel: 'Error',
    router: 'module',
    entryFileName: 'index',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useHTMLAnchors: true,
    sanitizeComments: true,
    useHTMLEncodedBrackets: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc could not read the sources')
  const names = new Map(entries.map(({ source, name }) => [join(root, source), name]))
  for (const module of project.children ?? []) {
    const file = project.files.getReflectionPath?.(module) ?? module.sources?.[0]?.fullFileName
    const name = names.get(file)
    if (name === undefined) throw new Error(`typedoc made a module of ${file}, which is no entry`)
    module.name = name
  }
  await app.generateOutputs(project)
}

/** Every entry of the packages' manifests, and the source that it is built from. */
function entriesOf(root, packages) {
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  return packages.flatMap((name) => {
    const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
    return Object.entries(exports).flatMap(([path, targets]) => {
      if (typeof targets === 'string') return []
      const entry = `@mtaio/${name}${path.slice(1)}`
      const [source] = compilerOptions.paths[entry] ?? []
      if (source === undefined) throw new Error(`tsconfig.json does not say which source is ${entry}`)
      return [{ name: entry, source }]
    })
  })
}
