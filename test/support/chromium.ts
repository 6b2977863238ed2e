import { commandPath, installed } from './debian-packages.ts'

/** The path of a Chromium. Where there is none it is installed with apt, when that may be done; else it throws what to install. */
export function chromium(): Promise<string> {
  return installed(['chromium'], () =>
    commandPath('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
  )
}
