/** What the kernel knows of a process (Linux). */
import { readFile } from 'node:fs/promises'

/** What one tick of the kernel's clock is, milliseconds. */
const TICK = 10

/** Processor time that it has taken, ms. */
export async function cpuOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK
}

/** Bytes of memory that are its own or shared. */
export async function residentOf(pid: number): Promise<number> {
  const found = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'latin1'))
  return Number(found![1]) * 1024
}
