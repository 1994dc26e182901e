/** Every deliberate fault that the checkers must find, by name. */
import { FLIGHT_MUTATIONS, MOVING_MUTATIONS } from './moving-mutations.js'
import type { Mutation } from './mutation.js'
import { PROTOCOL_MUTATIONS } from './mutations.js'
import { NEAR_MUTATIONS } from './near-mutations.js'
import { REGISTER_MUTATIONS } from './register-mutations.js'

export const MUTATIONS: readonly Mutation[] = [
  ...PROTOCOL_MUTATIONS,
  ...REGISTER_MUTATIONS,
  ...NEAR_MUTATIONS,
  ...FLIGHT_MUTATIONS,
  ...MOVING_MUTATIONS,
]

/** The mutation of that name. @throws RangeError naming those that there are */
export function mutationNamed(name: string): Mutation {
  const mutation = MUTATIONS.find((each) => each.name === name)
  if (mutation !== undefined) return mutation
  throw new RangeError(`there is no mutation '${name}': ${MUTATIONS.map((each) => each.name).join(', ')}`)
}
