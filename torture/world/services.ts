import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { commandPath, installed } from '../../test/support/debian-packages.ts'
import { Daemon } from './daemon.ts'

const run = promisify(execFile)
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
const login = { user: 'parlance', password: 'torture', database: 'parlance' }

export interface Service {
  readonly daemon: Daemon
  readonly url: string
}

export interface Place {
  readonly folder: string
  readonly host: string
  readonly port: number
}

/** A database with nothing in it, that isn't running yet. */
export async function mariadb({ folder, host, port }: Place): Promise<Service> {
  const program = await installed(['mariadb-server'], () => commandPath('mariadbd', '/usr/sbin/mariadbd'))
  await mkdir(folder, { recursive: true })
  const data = ['--no-defaults', `--datadir=${folder}/data`, ...asRoot]
  // Two that are made at the same time would take each other's temporary tables.
  const env = { ...process.env, TMPDIR: folder }
  await run('mariadb-install-db', [...data, '--skip-test-db'], { env })
  const { user, password, database } = login
  const words = [
    `CREATE DATABASE IF NOT EXISTS ${database} CHARACTER SET utf8mb4;`,
    `GRANT ALL ON ${database}.* TO '${user}'@'%' IDENTIFIED BY '${password}';`,
  ]
  await writeFile(join(folder, 'first.sql'), words.join('\n'))
  const here = [`--socket=${folder}/socket`, `--pid-file=${folder}/pid`, `--init-file=${folder}/first.sql`]
  const argv = [program, ...data, ...here, `--port=${port}`, `--bind-address=${host}`]
  const isReady = (line: string): boolean => line.includes('ready for connections')
  return {
    daemon: new Daemon({ name: 'MariaDB', argv, env, isReady }),
    url: `mysql://${user}:${password}@${host}:${port}/${database}`,
  }
}

/** A Redis that isn't running yet. Without `keeps` it has forgotten everything when it is killed. */
export async function redis({ folder, host, port }: Place, keeps: boolean): Promise<Service> {
  const program = await installed(['redis-server'], () => commandPath('redis-server'))
  await mkdir(folder, { recursive: true })
  const keeping = ['--save', '', '--appendonly', keeps ? 'yes' : 'no', '--maxmemory-policy', 'noeviction']
  const where = ['--port', String(port), '--bind', host, '--protected-mode', 'no', '--dir', folder]
  const isReady = (line: string): boolean => line.includes('Ready to accept connections')
  const argv = [program, ...where, ...keeping]
  return { daemon: new Daemon({ name: 'Redis', argv, isReady }), url: `redis://${host}:${port}` }
}
