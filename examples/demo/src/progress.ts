/** How far it is: a bar on a terminal, a line every quarter elsewhere. */
import { Presets, SingleBar } from 'cli-progress'

export interface Progress {
  at(step: number, note?: string): void
  end(): void
}

export function progress(title: string, total: number): Progress {
  if (process.stdout.isTTY) {
    const bar = new SingleBar(
      { format: `${title.padEnd(22)} {bar} {percentage}% {note}`, hideCursor: true },
      Presets.shades_classic,
    )
    bar.start(total, 0, { note: '' })
    return { at: (step, note = '') => bar.update(step, { note }), end: () => bar.stop() }
  }
  let quarter = 0
  const tell = (step: number) => {
    while (quarter <= 4 && step >= (total * quarter) / 4) console.log(`${title}: ${25 * quarter++} %`)
  }
  return {
    at: (step, note) => {
      tell(step)
      if (note) console.log(`${title}: ${note}`)
    },
    end: () => tell(total),
  }
}
