import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Settings } from '../../config/table.ts'
import { bad, doubt, good, reasonOf, type Finding } from './finding.ts'

const answerTimeoutMs = 2000

/** Whether the server could listen. `held`: a running server has this store; null when that can't be known. */
export async function checkPort({ host, port }: Settings, held: boolean | null): Promise<Finding> {
  const place = `port ${port} of ${host}`
  const error = await listenError(host, port)
  if (error === null) {
    if (held && port !== 0)
      return doubt(
        `${place} is free, though a running server has the store`,
        'that server was started with another PARLANCE_PORT or PARLANCE_HOST',
      )
    return good(port === 0 ? `any free port of ${host}` : `${place} is free`)
  }
  if (error.code === 'EADDRINUSE') return taken(place, await healthOf(host, port), held)
  if (error.code === 'EACCES')
    return bad(`${place} is not allowed for this user`, 'set PARLANCE_PORT to one above 1023')
  return bad(
    `${place} can’t be listened on: ${reasonOf(error)}`,
    'set PARLANCE_HOST to an address of this machine, or to 0.0.0.0 for all',
  )
}

function taken(place: string, health: string | null, held: boolean | null): Finding {
  if (health === null)
    return bad(`${place} is taken by another program`, 'stop that one, or set PARLANCE_PORT to another port')
  if (held === false)
    return bad(
      `${place} is taken by a Parlance with another data folder`,
      'stop that one, or set PARLANCE_PORT to another port',
    )
  if (health === 'ok') return good(`${place}: the running server answers that it is well`)
  return bad(
    `${place}: the running server answers that it is ${health}`,
    health === 'draining' ? 'it is about to end: wait' : 'GET /readyz there says why',
  )
}

async function listenError(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  const server = createServer()
  try {
    server.listen({ host, port })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return null
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
}

/** What a Parlance there says of itself; null for any other program. */
async function healthOf(host: string, port: number): Promise<string | null> {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const name = reachable.includes(':') ? `[${reachable}]` : reachable
  try {
    const response = await fetch(`http://${name}:${port}/healthz`, {
      signal: AbortSignal.timeout(answerTimeoutMs),
      redirect: 'error',
    })
    if (!response.headers.get('content-type')?.startsWith('application/json') || !response.body) return null
    let text = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.length > 200) return null
    }
    return /^\{"status":"(ok|draining|failing|starting)"[,}]/.exec(text)?.[1] ?? null
  } catch {
    return null
  }
}

/** Whether what stands in front of the server fits to what the server believes. */
export function checkProxy({ host, publicUrl, trustedProxyHops }: Settings): Finding[] {
  const url = publicUrl === null ? null : URL.parse(publicUrl)
  const isLocal = /^(localhost|127\..*|::1|\[::1\])$/
  const findings: Finding[] = []
  if (url?.protocol === 'https:' && trustedProxyHops === 0) {
    findings.push(
      doubt(
        'clients come over https, so through a reverse proxy, whose X-Forwarded-For is not believed: limits per address count all of them as one',
        'set PARLANCE_TRUSTED_PROXY_HOPS to the number of proxies',
      ),
    )
  }
  if (url?.protocol === 'http:' && !isLocal.test(url.hostname)) {
    findings.push(
      doubt(
        `clients come over http (${publicUrl}): who is on the way reads their messages and tokens`,
        'put a reverse proxy with a certificate in front, and https in PARLANCE_PUBLIC_URL',
      ),
    )
  }
  if (trustedProxyHops > 0 && !isLocal.test(host)) {
    findings.push(
      doubt(
        `X-Forwarded-For is believed, and ${host} can be reached without the proxy: who does so can claim any address`,
        'let a firewall, or PARLANCE_HOST, keep all but the proxy out',
      ),
    )
  }
  if (trustedProxyHops > 0 && publicUrl === null) {
    findings.push(
      doubt(
        'there are reverse proxies, and the server does not know its address behind them',
        'set PARLANCE_PUBLIC_URL',
      ),
    )
  }
  return findings.length > 0
    ? findings
    : [
        good(
          trustedProxyHops > 0 ? 'the reverse proxy fits the public address' : 'no reverse proxy is needed or believed',
        ),
      ]
}
