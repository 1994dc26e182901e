/** What can be wrong between clients and one node. Facts only. */

/** `'to'` the node, `'back'` from it, or both. */
export type Way = 'to' | 'back' | 'both'

export type LinkTrouble =
  /** Connections are reset, and none is let in. */
  | { readonly what: 'cut' }
  /** Bytes do not arrive until it ends, as on a line that is retransmitted on; nobody is told. */
  | { readonly what: 'silence'; readonly way: Way }
  | { readonly what: 'latency'; readonly way: Way; readonly ms: number }
  | { readonly what: 'throttle'; readonly way: Way; readonly bytesPerSecond: number }
  /** The node's end of the connections is gone, and clients are not told; new connections are well. */
  | { readonly what: 'half-open' }
  /** A bit of a piece of the stream is flipped, so often. */
  | { readonly what: 'corruption'; readonly way: Way; readonly chance: number }

export type Trouble =
  | LinkTrouble
  /** SIGSTOP, and SIGCONT at its end. */
  | { readonly what: 'pause' }
  /** SIGKILL, and a restart at its end: with what it held, for a server that writes it down. */
  | { readonly what: 'crash' }
  /** SIGKILL, and a restart with nothing at its end. */
  | { readonly what: 'loss' }

export interface TimedTrouble {
  readonly trouble: Trouble
  /** Of the node, by place. */
  readonly node: number
  /** Which part of its connections has it: 1 is all of them; less, and some clients fare better than others. */
  readonly share: number
  /** ms from the start of the round */
  readonly from: number
  readonly until: number
}

export function describeTrouble({ trouble, node, share, from, until }: TimedTrouble): string {
  const { what, ...more } = trouble
  const details = Object.values(more).map((value) => (typeof value === 'number' ? Number(value.toFixed(2)) : value))
  const whose = share < 1 ? ` for ${Math.round(share * 100)} % of connections` : ''
  return `${(from / 1000).toFixed(1)}–${(until / 1000).toFixed(1)} s: ${[what, ...details].join(' ')}, node ${node}${whose}`
}
