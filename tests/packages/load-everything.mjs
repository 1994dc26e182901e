/** Loads every entry of every built package as a module and by `require`, and prints what each exports, as JSON. */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const specifiers = process.argv.slice(2)
const namesOf = (loaded) => Object.keys(loaded).sort()

const exported = {}
for (const specifier of specifiers) {
  exported[specifier] = { module: namesOf(await import(specifier)), commonjs: namesOf(require(specifier)) }
}
console.log(JSON.stringify(exported))
