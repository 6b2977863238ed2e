/** The token or secret of `Bearer …`; null for anything else. An application's secret may hold whatever it likes. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +(.{1,4096})$/i.exec(header ?? '')?.[1] ?? null
}
