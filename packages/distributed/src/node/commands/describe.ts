/** COMMAND: what the node can do, as clients and tools ask for it. Is given the table, and does not know it. */
import { type Answer, ReplySet } from '../../resp/answer.js'
import { type Reply, ReplyError } from '../../resp/reply.js'
import { bulk, textOf, wordOf } from '../arguments.js'
import { container, hasArity, NO_KEYS, type NodeCommand, SYNTAX_ERROR } from '../command.js'
import { keysOf } from '../command-keys.js'
import { matchesGlob } from '../glob.js'
import { keyFlagsOf } from './key-flags.js'

type Table = ReadonlyMap<string, NodeCommand>

interface NamedKey {
  readonly key: Uint8Array
  readonly flags: readonly string[]
}

const WORD = { flags: ['loading', 'stale'], keys: NO_KEYS } as const

/** @param table - every command by its name, asked for when somebody asks */
export function describe(table: () => Table): NodeCommand {
  const everyInfo = (): Answer => [...table().values()].map(infoOf)
  const words: readonly NodeCommand[] = [
    {
      ...WORD,
      name: 'count',
      arity: 2,
      summary: 'Return the total number of commands in this Redis server.',
      run: () => table().size,
    },
    {
      ...WORD,
      name: 'list',
      arity: -2,
      usage: '[FILTERBY (MODULE <module-name>|ACLCAT <cat>|PATTERN <pattern>)]',
      summary: 'Return a list of all commands in this Redis server.',
      run: (parts) => list(table(), parts),
    },
    {
      ...WORD,
      name: 'info',
      arity: -2,
      usage: '[<command-name> ...]',
      summary: 'Return details about multiple Redis commands.',
      run: (parts) =>
        parts.length === 2
          ? everyInfo()
          : parts.slice(2).map((name) => {
              const command = named(table(), textOf(name))
              return command === undefined ? null : infoOf(command)
            }),
    },
    {
      ...WORD,
      name: 'docs',
      arity: -2,
      usage: '[<command-name> ...]',
      summary: 'Return documentation details about multiple Redis commands.',
      run(parts) {
        const names = parts.length === 2 ? [...table().keys()] : parts.slice(2).map(textOf)
        const docs = new Map<Reply, Reply>()
        for (const name of names) {
          const command = named(table(), name)
          if (command !== undefined) docs.set(bulk(command.name), docsOf(command))
        }
        return docs
      },
    },
    {
      ...WORD,
      name: 'getkeys',
      arity: -3,
      usage: '<full-command>',
      summary: 'Return the keys from a full Redis command.',
      run(parts) {
        const named = namedKeys(table(), parts.slice(2))
        return named instanceof ReplyError ? named : named.map(({ key }) => key)
      },
    },
    {
      ...WORD,
      name: 'getkeysandflags',
      arity: -3,
      usage: '<full-command>',
      summary: 'Return the keys and the access flags from a full Redis command.',
      run(parts) {
        const named = namedKeys(table(), parts.slice(2))
        return named instanceof ReplyError ? named : named.map(({ key, flags }) => [key, new ReplySet([...flags])])
      },
    },
  ]
  return container('command', 'Tells of the commands.', words, everyInfo)
}

function list(table: Table, parts: readonly Uint8Array[]): Reply {
  const names = [...table.values()].flatMap((command) => [command, ...(command.subcommands?.values() ?? [])])
  const shown = (commands: readonly NodeCommand[]) => commands.map(({ name }) => bulk(name))
  if (parts.length === 2) return shown(names)
  const filter = parts[3] === undefined ? '' : wordOf(parts[3])
  if (parts.length !== 5 || wordOf(parts[2]!) !== 'FILTERBY') return SYNTAX_ERROR
  if (filter === 'PATTERN') return shown(names.filter(({ name }) => matchesGlob(parts[4]!, bulk(name))))
  if (filter === 'ACLCAT') {
    const category = textOf(parts[4]!).toLowerCase()
    return shown(names.filter((command) => categoriesOf(command).includes(`@${category}`)))
  }
  return filter === 'MODULE' ? [] : SYNTAX_ERROR
}

/** The keys of a whole command and what becomes of them, or what is wrong with it. */
function namedKeys(table: Table, command: readonly Uint8Array[]): readonly NamedKey[] | ReplyError {
  const first = table.get(textOf(command[0]!).toLowerCase())
  const found = first?.subcommands === undefined ? first : subcommandOf(first, command[1])
  if (found === undefined) return new ReplyError('ERR Invalid command specified')
  if (found.keys[0] === 0 && found.countedKeys === undefined) {
    return new ReplyError('ERR The command has no key arguments')
  }
  if (!hasArity(command, found.arity)) {
    return new ReplyError('ERR Invalid number of arguments specified for command')
  }
  return keysOf(found, command).map((key, place) => ({ key, flags: keyFlagsOf(found.name, command, place) }))
}

function subcommandOf(container: NodeCommand, name: Uint8Array | undefined): NodeCommand | undefined {
  return name === undefined ? container : container.subcommands?.get(textOf(name).toLowerCase())
}

/** A command or, as `container|subcommand`, a part of one. */
function named(table: Table, given: string): NodeCommand | undefined {
  const [name, word, ...more] = given.toLowerCase().split('|')
  const command = table.get(name!)
  if (word === undefined) return command
  return more.length > 0 ? undefined : command?.subcommands?.get(word)
}

function infoOf(command: NodeCommand): Answer {
  const { name, arity, flags, keys, subcommands } = command
  return [
    ...[bulk(name), arity, new ReplySet([...flags])],
    ...keys,
    ...[new ReplySet(categoriesOf(command)), [], [], [...(subcommands?.values() ?? [])].map(infoOf)],
  ]
}

function docsOf({ summary, subcommands, keys }: NodeCommand): Map<Reply, Reply> {
  const docs = new Map<Reply, Reply>([
    [bulk('summary'), bulk(summary)],
    [bulk('group'), bulk(keys[0] === 0 ? 'server' : 'string')],
  ])
  if (subcommands !== undefined) {
    docs.set(
      bulk('subcommands'),
      new Map([...subcommands.values()].map((each): [Reply, Reply] => [bulk(each.name), docsOf(each)])),
    )
  }
  return docs
}

/** As Redis files its commands, as far as rights go. */
function categoriesOf({ flags, right, countedKeys }: NodeCommand): string[] {
  const categories = [flags.includes('fast') ? '@fast' : '@slow']
  if (flags.includes('write')) categories.push('@write')
  if (flags.includes('readonly')) categories.push('@read')
  if (flags.includes('admin') || right === 'admin') categories.push('@admin', '@dangerous')
  if (countedKeys !== undefined) categories.push('@scripting')
  return categories
}
