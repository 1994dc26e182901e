/** `@mtaio/policies/simulator`: what each policy would hit on a trace of requests, and what the best possible would. */
export { nearestPolicyName } from '../nearest-policy-name.js'
export { Optimum } from './belady.js'
export { type Requests, RequestsBuilder, requestsOf, totalWeight } from './requests.js'
export { type Progress, type Simulation, type SimulationOptions, simulate } from './simulate.js'
