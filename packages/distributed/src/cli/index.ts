/** The `mtaio` command: importing this runs it. */
import { createProgram } from './program.js'
import { failWith } from './terminal.js'

createProgram().parseAsync(process.argv).catch(failWith)
