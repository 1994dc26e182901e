/** `@mtaio/policies/advice`: what a running cache would hit at other sizes and under other policies. */
export type { Advice, AdviceRow } from './advice.js'
export { Advisor, type AdvisorOptions } from './advisor.js'
export { GhostCache } from './ghost-cache.js'
