export { EvictionPolicy, type Policy, type PolicyFactory } from './eviction-policy.js'
