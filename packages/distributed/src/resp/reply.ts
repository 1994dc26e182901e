/** What a server can answer, as values. Shared by client, node and tests; knows no socket. */

/** An error reply: the text after `-`, such as `ERR unknown command 'FOO'`. A value, so that one bad reply spoils no batch. */
export class ReplyError {
  constructor(readonly message: string) {}

  /** The first word: `ERR`, `WRONGTYPE`, `NOSCRIPT`, `NOAUTH` … */
  get prefix(): string {
    const space = this.message.indexOf(' ')
    return space < 0 ? this.message : this.message.slice(0, space)
  }
}

/** One reply. Simple strings are `string`s, bulk strings are bytes, nulls of every kind are `null`. */
export type Reply = null | number | bigint | boolean | string | Uint8Array | ReplyError | Reply[] | Map<Reply, Reply>

/** A command as it is sent: strings are UTF-8. */
export type Command = readonly (string | Uint8Array)[]
