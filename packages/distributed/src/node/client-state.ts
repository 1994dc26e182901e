/** What the node remembers of one client between its commands. */
import { Transaction } from './transaction.js'

export interface ClientState {
  readonly id: number
  /** `host:port` of the client's end. */
  readonly address: string
  readonly connectedAt: number
  readonly transaction: Transaction
  name: string
  library: string
  libraryVersion: string
  protocol: 2 | 3
  authenticated: boolean
  /** CLIENT NO-TOUCH: its reads are no use, for the policy. */
  noTouch: boolean
  /** Set by QUIT: the connection ends once the reply is out. */
  closing: boolean
}

export function newClientState(id: number, address: string, authenticated: boolean, now: number): ClientState {
  return {
    id,
    address,
    connectedAt: now,
    transaction: new Transaction(),
    name: '',
    library: '',
    libraryVersion: '',
    protocol: 2,
    authenticated,
    noTouch: false,
    closing: false,
  }
}
