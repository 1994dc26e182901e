/** `@mtaio/policies/testing`: the contract that every policy keeps, for policies of one's own. */
export { type PolicyCase, policyContract } from './policy-contract.js'
