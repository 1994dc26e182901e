/** What the node remembers of one client between its commands. */
import type { Answer } from '../resp/answer.js'
import type { User } from './access/user.js'
import type { Subscriber } from './tracking/subscriber.js'
import { Transaction } from './transaction.js'

/** The connection of a client, as far as commands reach it. */
export interface ClientConnection {
  /** `host:port` of the client's end, and of ours. */
  readonly address: string
  readonly localAddress: string
  /** Sends what answers no command. */
  push(message: Answer): void
  /** Ends it at once. */
  drop(): void
  /** Bytes of replies that it has not taken. */
  unread(): number
}

/** A client that is no connection: calls within the process. */
export const NO_CONNECTION: ClientConnection = {
  address: '',
  localAddress: '',
  push: () => {},
  drop: () => {},
  unread: () => 0,
}

export interface ClientState {
  readonly id: number
  readonly connection: ClientConnection
  readonly connectedAt: number
  readonly transaction: Transaction
  name: string
  library: string
  libraryVersion: string
  protocol: 2 | 3
  /** Who it is; `undefined` until it has shown a password. */
  user: User | undefined
  /** CLIENT NO-TOUCH: its reads are no use, for the policy. */
  noTouch: boolean
  /** CLIENT REPLY: which of its commands are answered. */
  replies: 'on' | 'off' | 'not-the-next'
  /** Where it is told of changes to what it has read. */
  subscriber: Subscriber | undefined
  /** The command that it sent last, and when: epoch ms. */
  lastCommand: string
  lastCommandAt: number
  /** Set by QUIT: the connection ends once the reply is out. */
  closing: boolean
}

/** Whether a command of the client is run as it comes: not refused, queued, left unanswered or no use. */
export function isPlain({ user, transaction, replies, noTouch }: ClientState): boolean {
  return user?.mayDoAll === true && !transaction.isOpen && replies === 'on' && !noTouch
}

export function newClientState(
  id: number,
  connection: ClientConnection,
  user: User | undefined,
  now: number,
): ClientState {
  return {
    id,
    connection,
    connectedAt: now,
    transaction: new Transaction(),
    name: '',
    library: '',
    libraryVersion: '',
    protocol: 2,
    user,
    noTouch: false,
    replies: 'on',
    subscriber: undefined,
    lastCommand: 'NULL',
    lastCommandAt: now,
    closing: false,
  }
}
