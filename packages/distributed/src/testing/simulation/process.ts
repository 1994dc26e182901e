/** A process: what it does when a timer fires or something is heard. It can be stopped for a while, and it can die. */
import type { VirtualTime } from './virtual-time.js'

export class Process {
  private state: 'running' | 'stopped' | 'dead' = 'running'
  private stoppedAt = 0
  /** What would have happened while it was stopped. */
  private held: (() => void)[] = []

  constructor(private readonly time: VirtualTime) {}

  get isDead(): boolean {
    return this.state === 'dead'
  }

  get isStopped(): boolean {
    return this.state === 'stopped'
  }

  /** Lets it do something now; once it goes on, if it is stopped; never, if it is dead. */
  run(step: () => void): void {
    if (this.state === 'running') step()
    else if (this.state === 'stopped') this.held.push(step)
  }

  /** As SIGSTOP: it does nothing, while its clocks go on and what is sent to it waits. */
  stop(): void {
    if (this.state !== 'running') return
    this.state = 'stopped'
    this.stoppedAt = this.time.now
  }

  /** As SIGCONT: all that has come meanwhile happens now, a turn each, in its order. How long it was stopped, ms. */
  goOn(): number {
    const stopped = this.stoppedFor
    if (this.state === 'stopped') this.state = 'running'
    for (const step of this.held.splice(0)) this.time.schedule(() => this.run(step), 0)
    return stopped
  }

  /** As SIGKILL. How long it was stopped before, ms. */
  die(): number {
    const stopped = this.stoppedFor
    this.state = 'dead'
    this.held = []
    return stopped
  }

  private get stoppedFor(): number {
    return this.state === 'stopped' ? this.time.now - this.stoppedAt : 0
  }
}
