export { type NodeFault, SimulatedNetwork } from './simulated-network.js'
