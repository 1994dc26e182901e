/** What a node tells Prometheus. Read when it is asked for: nothing is counted twice. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

/** What is told, by the names that it has in {@link CacheNode.getStats}. */
export interface MeasuredNode {
  readonly hits: number
  readonly misses: number
  readonly evictions: number
  readonly expirations: number
  readonly items: number
  readonly memory: number
  readonly clients: number
  readonly commands: number
  readonly refusedClients: number
  readonly failedLogins: number
  readonly trackedReads: number
}

const COUNTERS = [
  ['hits', 'mtaio_node_hits_total', 'Reads that found an entry.'],
  ['misses', 'mtaio_node_misses_total', 'Reads that found none.'],
  ['evictions', 'mtaio_node_evictions_total', 'Entries removed for want of room.'],
  ['expirations', 'mtaio_node_expirations_total', 'Entries removed because their time had come.'],
  ['commands', 'mtaio_node_commands_total', 'Commands run.'],
  ['refusedClients', 'mtaio_node_refused_clients_total', 'Clients beyond the most that may connect.'],
  ['failedLogins', 'mtaio_node_failed_logins_total', 'Wrong passwords, and attempts that had to wait.'],
] as const

const GAUGES = [
  ['items', 'mtaio_node_entries', 'Entries held.'],
  ['memory', 'mtaio_node_entry_bytes', 'Bytes that entries take.'],
  ['clients', 'mtaio_node_clients', 'Clients connected.'],
  ['trackedReads', 'mtaio_node_tracked_reads', 'Reads remembered for clients that track.'],
] as const

/** A registry of its own, so that a process may have several nodes, and metrics of its own beside. */
export function metricsOf(read: () => MeasuredNode): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const [field, name, help] of COUNTERS) {
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        // A node that was stopped counts from zero again, as a counter may.
        this.reset()
        this.inc(read()[field])
      },
    })
  }
  for (const [field, name, help] of GAUGES) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read()[field])
      },
    })
  }
  return registry
}
