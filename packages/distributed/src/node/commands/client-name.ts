/** Names that clients may give themselves. Pure. */
import { ReplyError } from '../../resp/reply.js'

export const BAD_NAME = new ReplyError('ERR Client names cannot contain spaces, newlines or special characters.')

const MAX_LENGTH = 1024

/** Printable ASCII without spaces, as lists of clients are made of words. */
export function isClientName(name: string): boolean {
  return name.length <= MAX_LENGTH && /^[!-~]*$/.test(name)
}
