/** `@mtaio/policies/advice`: what a running cache would hit at other sizes and under other policies. */
export { GhostCache } from './ghost-cache.js'
