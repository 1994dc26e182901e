/** Somebody waits for work that is mostly pauses: the process must not end in one of them. */
export async function keptAlive<R>(work: () => Promise<R>): Promise<R> {
  const alive = setInterval(() => undefined, 60_000)
  try {
    return await work()
  } finally {
    clearInterval(alive)
  }
}
