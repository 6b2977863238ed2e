import sharp from 'sharp'
import { Gate } from './gate.ts'

/**
 * Looked at, and thumbnails made, by libvips. Only the loaders of the kinds that are accepted are left on: it would
 * otherwise open PDF, SVG and more by content. One thread and no cache: uploads are rare, and memory is for the chat.
 */
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadWebpFile',
  ],
})
sharp.concurrency(1)
sharp.cache(false)

/** Each decodes up to the whole picture in memory, on a thread of the pool that the file system needs too. */
const gate = new Gate(2)

export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** As shown, with the camera's rotation applied. Null for what is not a readable image or has too many pixels. */
export async function imageSize(file: string, maxPixels: number): Promise<ImageSize | null> {
  try {
    const { autoOrient } = await sharp(file, { limitInputPixels: maxPixels }).metadata()
    return autoOrient.width * autoOrient.height > maxPixels ? null : autoOrient
  } catch {
    return null
  }
}

/** The first frame, within a square of `sidePixels`, never enlarged, without the camera's notes. False when the image is broken. */
export async function makeThumbnail(
  file: string,
  thumbnail: string,
  { maxPixels, sidePixels, mediaType }: { maxPixels: number; sidePixels: number; mediaType: string },
): Promise<boolean> {
  using _place = await gate.enter()
  const image = sharp(file, { limitInputPixels: maxPixels, sequentialRead: true, failOn: 'truncated' })
    .autoOrient()
    .resize({ width: sidePixels, height: sidePixels, fit: 'inside', withoutEnlargement: true })
  try {
    await (thumbnailType(mediaType) === 'image/jpeg' ? image.jpeg() : image.png()).toFile(thumbnail)
    return true
  } catch {
    return false
  }
}

/** PNG for the kinds that may be transparent. */
export function thumbnailType(mediaType: string): 'image/jpeg' | 'image/png' {
  return mediaType === 'image/jpeg' ? 'image/jpeg' : 'image/png'
}
