import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setDefaultCACertificates } from 'node:tls'
import { spawn } from './child-process.ts'
import { commandPath, installed } from './debian-packages.ts'
import { freePort } from './free-port.ts'
import { Haproxy } from './haproxy.ts'
import { isReady } from './ready.ts'

const deploy = join(import.meta.dirname, '..', '..', 'deploy')

/** A certificate of its own for `localhost`, which this process trusts from now on. */
export class Certificate {
  readonly certificatePath: string
  readonly keyPath: string
  /** Both in one file, as HAProxy wants them. */
  readonly bothPath: string

  private constructor(folder: string) {
    this.certificatePath = join(folder, 'certificate.pem')
    this.keyPath = join(folder, 'key.pem')
    this.bothPath = join(folder, 'both.pem')
  }

  static async in(folder: string): Promise<Certificate> {
    const openssl = await installed(['openssl'], () => commandPath('openssl'))
    const made = new Certificate(folder)
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const files = ['-keyout', made.keyPath, '-out', made.certificatePath]
    execFileSync(openssl, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...names, ...files], {
      stdio: 'ignore',
    })
    const [certificate, key] = [made.certificatePath, made.keyPath].map((path) => readFileSync(path, 'utf8'))
    await writeFile(made.bothPath, `${certificate}${key}`)
    setDefaultCACertificates([certificate!])
    return made
  }
}

/** A proxy with TLS before one server. `await using` ends it. */
export interface TlsProxy extends AsyncDisposable {
  /** `https://localhost:…` */
  readonly url: string
}

export async function startHaproxy(url: string, tlsPort: number, { bothPath }: Certificate): Promise<TlsProxy> {
  const proxy = await Haproxy.start([url], { CERTIFICATE: bothPath, LISTEN_TLS: `127.0.0.1:${tlsPort}` })
  return { url: `https://localhost:${tlsPort}`, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
}

/** deploy/nginx.conf with the test's ports and certificate. */
export async function startNginx(url: string, tlsPort: number, certificate: Certificate): Promise<TlsProxy> {
  const nginx = await installed(['nginx-light'], () => commandPath('nginx', '/usr/sbin/nginx'))
  const folder = join(certificate.certificatePath, '..')
  let site = await readFile(join(deploy, 'nginx.conf'), 'utf8')
  const changes = [
    ['server 127.0.0.1:8080;', `server ${new URL(url).host};`],
    ['listen 443 ssl;', `listen 127.0.0.1:${tlsPort} ssl;`],
    ['listen 80;', `listen 127.0.0.1:${await freePort()};`],
    ['/etc/ssl/certs/chat.example.pem', certificate.certificatePath],
    ['/etc/ssl/private/chat.example.key', certificate.keyPath],
  ] as const
  for (const [from, to] of changes) {
    if (!site.includes(from)) throw new Error(`deploy/nginx.conf has no ${from}`)
    site = site.replace(from, to)
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const paths = temporary.map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ')
  const config = join(folder, 'nginx.conf')
  await writeFile(
    config,
    `daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; events {} http { access_log off; ${paths}\n${site}\n}`,
  )
  const child = spawn(nginx, ['-c', config, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', (data: Buffer) => (output = `${output}${data}`.slice(-10_000)))
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`nginx ended:\n${output}`)))
  ended.catch(() => {})
  const proxy = `https://localhost:${tlsPort}`
  while (!(await Promise.race([isReady(proxy), ended]))) continue
  return {
    url: proxy,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
