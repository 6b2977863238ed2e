import { createHash, randomBytes } from 'node:crypto'

export const greeting = 'Welcome to SockJS!\n'

/** The answer to /info. The random number seeds clients that have no good source of their own. */
export function infoPage(websocket: boolean, cookieNeeded: boolean): string {
  const entropy = randomBytes(4).readUInt32BE()
  return JSON.stringify({ websocket, origins: ['*:*'], cookie_needed: cookieNeeded, entropy })
}

export interface StaticPage {
  readonly body: Buffer
  readonly contentType: string
  readonly etag: string
}

export function staticPage(body: string | Uint8Array, contentType: string): StaticPage {
  const bytes = Buffer.from(body as string)
  return { body: bytes, contentType, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` }
}

/** The hidden page through which old browsers talk to another domain. */
export function iframePage(clientUrl: string): StaticPage {
  const url = clientUrl.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return staticPage(
    `<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="${url}"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>`,
    'text/html; charset=UTF-8',
  )
}
