/** One thread: runs the blocks of seeds that it is sent, and answers with what it saw. */
import { parentPort, workerData } from 'node:worker_threads'
import { mutationNamed, simulate } from '@mtaio/distributed/testing'

const { scenario, mutation, most } = workerData
const options = { scenario, most, mutation: mutation === undefined ? undefined : mutationNamed(mutation) }

parentPort.on('message', async (block) => {
  parentPort.postMessage(await simulate({ ...options, ...block }))
})
