import sharp, { type Sharp } from 'sharp'

/** Pictures of one color. */
export function picture(width: number, height: number): Sharp {
  return sharp({ create: { width, height, channels: 3, background: { r: 200, g: 40, b: 90 } } })
}

/** A GIF of two frames, `side` pixels wide and high. */
export async function animation(side: number): Promise<Buffer> {
  const [channels, pageHeight] = [3, side] as const
  const pixels = Buffer.alloc(side * side * 2 * channels, 30).fill(220, side * side * channels)
  return sharp(pixels, { raw: { width: side, height: side * 2, channels, pageHeight } })
    .gif({ delay: [50, 50] })
    .toBuffer()
}
