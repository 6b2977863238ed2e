/** What a file is, judged by its first bytes. An attachment is only ever sent as a download. */
export interface FileKind {
  readonly group: 'image' | 'video' | 'attachment'
  readonly mediaType: string
  /** The first one is put after a name that has none of them. Empty: any name will do. */
  readonly extensions: readonly string[]
}

/** How many bytes `fileKind` wants to see, where the file has so many. */
export const headBytes = 4096

const image = (mediaType: string, ...extensions: string[]): FileKind => ({ group: 'image', mediaType, extensions })
const video = (mediaType: string, ...extensions: string[]): FileKind => ({ group: 'video', mediaType, extensions })

const images: readonly { kind: FileKind; magic: RegExp }[] = [
  { kind: image('image/jpeg', 'jpg', 'jpeg', 'jpe', 'jfif'), magic: /^\xff\xd8\xff/ },
  { kind: image('image/png', 'png'), magic: /^\x89PNG\r\n\x1a\n/ },
  { kind: image('image/gif', 'gif'), magic: /^GIF8[79]a/ },
  { kind: image('image/webp', 'webp'), magic: /^RIFF[^]{4}WEBP/ },
]

/** The brands of ISO media files that browsers play; HEIC and AVIF pictures and M4A sound have others. */
const videos: readonly { kind: FileKind; magic: RegExp }[] = [
  { kind: video('video/quicktime', 'mov', 'qt'), magic: /^[\x00\x01][^]{3}(?:ftypqt {2}|moov|wide|mdat)/ },
  {
    kind: video('video/mp4', 'mp4', 'm4v'),
    magic: /^\x00[^]{3}ftyp(?:iso[m2-9]|mp4[12]|avc1|M4V|MSNV|dash|3gp|f4v|mmp4)/,
  },
  { kind: video('video/webm', 'webm'), magic: /^\x1a\x45\xdf\xa3[^]{0,64}webm/ },
]

/** Programs and pages, whatever their name says: for Windows, Linux, macOS, Java, shells and browsers. */
const dangerous =
  /^(?:MZ[^]{1,60}\0\0|\x7fELF|#!|\xca\xfe\xba\xbe|\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|iframe))/i

const zip = /^PK[\x03\x05\x07]/
/** The old Office formats and hwp. */
const compound = /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/

/** What an attachment must begin with, where that is known, so that its name doesn't lie to whoever opens it. */
const attachments: Readonly<Record<string, { mediaType: string; magic?: RegExp }>> = {
  '7z': { mediaType: 'application/x-7z-compressed', magic: /^7z\xbc\xaf\x27\x1c/ },
  csv: { mediaType: 'text/csv' },
  doc: { mediaType: 'application/msword', magic: compound },
  docx: { mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', magic: zip },
  gz: { mediaType: 'application/gzip', magic: /^\x1f\x8b/ },
  hwp: { mediaType: 'application/x-hwp', magic: compound },
  hwpx: { mediaType: 'application/hwp+zip', magic: zip },
  json: { mediaType: 'application/json' },
  log: { mediaType: 'text/plain' },
  m4a: { mediaType: 'audio/mp4', magic: /^\x00[^]{3}ftyp/ },
  mp3: { mediaType: 'audio/mpeg', magic: /^(?:ID3|\xff[\xe0-\xff])/ },
  odp: { mediaType: 'application/vnd.oasis.opendocument.presentation', magic: zip },
  ods: { mediaType: 'application/vnd.oasis.opendocument.spreadsheet', magic: zip },
  odt: { mediaType: 'application/vnd.oasis.opendocument.text', magic: zip },
  ogg: { mediaType: 'audio/ogg', magic: /^OggS/ },
  pdf: { mediaType: 'application/pdf', magic: /%PDF-/ },
  ppt: { mediaType: 'application/vnd.ms-powerpoint', magic: compound },
  pptx: { mediaType: 'application/vnd.openxmlformats-officedocument.presentationml.presentation', magic: zip },
  rtf: { mediaType: 'application/rtf', magic: /^\{\\rtf/ },
  svg: { mediaType: 'image/svg+xml' },
  txt: { mediaType: 'text/plain' },
  wav: { mediaType: 'audio/wav', magic: /^RIFF[^]{4}WAVE/ },
  xls: { mediaType: 'application/vnd.ms-excel', magic: compound },
  xlsx: { mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', magic: zip },
  zip: { mediaType: 'application/zip', magic: zip },
}

const shown: ReadonlySet<string> = new Set([...images, ...videos].map(({ kind }) => kind.mediaType))

/** True for what a browser may show in place; everything else is only ever a download. */
export function isShown(mediaType: string): boolean {
  return shown.has(mediaType)
}

/** Null for what is not accepted. `extension` decides only among attachments, and only if it is one of `allowed`. */
export function fileKind(head: Uint8Array, extension: string, allowed: ReadonlySet<string>): FileKind | null {
  // One char a byte, so that the patterns above read as the bytes they stand for.
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, headBytes)).toString('latin1')
  const media = [...images, ...videos].find(({ magic }) => magic.test(text))
  if (media) return media.kind
  if (dangerous.test(text) || !allowed.has(extension)) return null
  const known = Object.hasOwn(attachments, extension) ? attachments[extension] : undefined
  if (known?.magic && !known.magic.test(text)) return null
  return { group: 'attachment', mediaType: known?.mediaType ?? 'application/octet-stream', extensions: [] }
}
