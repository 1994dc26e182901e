/** What the node remembers of one client between its commands. */
export interface ClientState {
  readonly id: number
  /** `host:port` of the client's end. */
  readonly address: string
  name: string
  library: string
  libraryVersion: string
  protocol: 2 | 3
  authenticated: boolean
  /** Set by QUIT: the connection ends once the reply is out. */
  closing: boolean
}

export function newClientState(id: number, address: string, authenticated: boolean): ClientState {
  return { id, address, name: '', library: '', libraryVersion: '', protocol: 2, authenticated, closing: false }
}
