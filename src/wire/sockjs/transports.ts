/**
 * The HTTP transports that a client receives on. A transport wraps SockJS frames; one that streams keeps its response
 * open for more frames, a polling one ends with the first.
 */
export interface Transport {
  readonly method: 'GET' | 'POST'
  readonly contentType: string
  readonly streams: boolean
  /** Names a script function in its query: old browsers only, and off unless asked for. */
  readonly script: boolean
  /** Comes before the first frame and doesn't count against the limit; null for none. */
  prelude(callback: string): string | null
  wrap(frame: Buffer, callback: string): Uint8Array
}

const newline = Buffer.from('\n')
const javascript = 'application/javascript; charset=UTF-8'

const xhr: Transport = {
  method: 'POST',
  contentType: javascript,
  streams: false,
  script: false,
  prelude: () => null,
  wrap: (frame) => Buffer.concat([frame, newline]),
}

// Internet Explorer and old WebKit give a script nothing before 2 KiB have come.
const streamingPrelude = `${'h'.repeat(2048)}\n`

const xhrStreaming: Transport = { ...xhr, streams: true, prelude: () => streamingPrelude }

const dataField = Buffer.from('data: ')
const eventEnd = Buffer.from('\r\n\r\n')

const eventsource: Transport = {
  method: 'GET',
  contentType: 'text/event-stream',
  streams: true,
  script: false,
  // Opera waits for the first line.
  prelude: () => '\r\n',
  wrap: (frame) => Buffer.concat([dataField, percentEncoded(frame), eventEnd]),
}

/** The client puts what comes over this transport, and this one alone, through decodeURI. */
function percentEncoded(frame: Buffer): Buffer {
  return frame.includes(0x25) ? Buffer.from(frame.toString().replaceAll('%', '%25')) : frame
}

/** A frame as a string literal in a script in a page: `</script>` in a message must not end it. */
function literal(frame: Buffer): string {
  return JSON.stringify(frame.toString()).replaceAll('<', '\\u003c')
}

const htmlfile: Transport = {
  method: 'GET',
  contentType: 'text/html; charset=UTF-8',
  streams: true,
  script: true,
  prelude: htmlfilePage,
  wrap: (frame) => Buffer.from(`<script>\np(${literal(frame)});\n</script>\r\n`),
}

function htmlfilePage(callback: string): string {
  const page = `<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.${callback};
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`
  // Internet Explorer renders nothing before 1 KiB has come.
  return `${page.padEnd(1024)}\r\n\r\n`
}

const jsonp: Transport = {
  method: 'GET',
  contentType: javascript,
  streams: false,
  script: true,
  prelude: () => null,
  // The empty comment keeps a chosen callback name from making the first bytes of a Flash file.
  wrap: (frame, callback) => Buffer.from(`/**/${callback}(${literal(frame)});\r\n`),
}

export const transports: ReadonlyMap<string, Transport> = new Map([
  ['xhr', xhr],
  ['xhr_streaming', xhrStreaming],
  ['eventsource', eventsource],
  ['htmlfile', htmlfile],
  ['jsonp', jsonp],
])
