/** Where the program of a worker is: beside whatever this was bundled into. */
export function workerFile(): URL {
  return new URL('./socket-worker.js', import.meta.url)
}
