/** Property tests draw the same cases on every run, unless MTAIO_SEED says otherwise: a red run can be run again. */
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env.MTAIO_SEED ?? 20_261_123) })
