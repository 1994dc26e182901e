/** The users of a node, and how a client becomes one of them. */
import { FailedLogins } from './failed-logins.js'
import { User } from './user.js'

export const DEFAULT_USER = 'default'

/** Why a client was not let in: the password is none of that user's, or its address has to wait, for so many ms. */
export type LoginRefusal = 'wrong' | number

export class Access {
  readonly failures = new FailedLogins()
  /** Wrong passwords and refused attempts so far. */
  failedLogins = 0
  private readonly users: ReadonlyMap<string, User>
  /** Compared against when nobody has the name, so that it takes no less time to tell. */
  private readonly nobody = new User('', new Uint8Array(32), new Set(), [])

  constructor(users: readonly User[]) {
    this.users = new Map(users.map((user) => [user.name, user]))
  }

  /** Who a client is that has shown nothing; `undefined` when it has to. */
  get initial(): User | undefined {
    const user = this.users.get(DEFAULT_USER)
    return user?.isOpen === true ? user : undefined
  }

  has(name: string): boolean {
    return this.users.has(name)
  }

  /** @param host - the address of the client, without its port */
  login(name: string, password: Uint8Array, host: string, now: number): User | LoginRefusal {
    const wait = this.failures.waitOf(host, now)
    if (wait > 0) {
      this.failedLogins++
      return wait
    }
    const user = this.users.get(name)
    if ((user ?? this.nobody).knows(password) && user !== undefined) return user
    this.failedLogins++
    this.failures.add(host, now)
    return 'wrong'
  }
}
