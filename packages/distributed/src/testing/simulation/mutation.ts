/** A deliberate fault of the protocol, put into a simulated cluster from outside: what ships knows nothing of it. */
import type { SimulatedSettings } from './scenario.js'
import type { WeightedScenario } from './scenarios.js'
import type { SimulatedClient } from './simulated-client.js'
import type { SimulatedNode } from './simulated-node.js'

export interface Mutation {
  readonly name: string
  /** What is left out or done wrong, in one sentence. */
  readonly says: string
  /** Changes a node when it is made. */
  readonly node?: (node: SimulatedNode) => void
  /** Changes a client when it is made. */
  readonly client?: (client: SimulatedClient) => void
  /** Where it shows. @defaultValue in those of the protocol by itself */
  readonly scenarios?: readonly WeightedScenario[] | undefined
  /** Settings in place of those that the checkers reckon with. */
  readonly settings?: SimulatedSettings
}
