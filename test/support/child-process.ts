import { spawn as spawnProcess, type ChildProcess } from 'node:child_process'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** `spawn` of node:child_process, for a process that must not outlive this one: a test that failed may have left it. */
export const spawn = ((...parameters: Parameters<typeof spawnProcess>) => {
  const child = spawnProcess(...parameters)
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}) as typeof spawnProcess
