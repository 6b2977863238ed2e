import { chromium as driver, type Browser } from 'playwright-core'
import { chromium } from './chromium.ts'

/** A headless Chromium that talks to nobody but the page's server. Close it. */
export async function launchBrowser(): Promise<Browser> {
  return driver.launch({
    executablePath: await chromium(),
    args: [
      '--headless',
      // Tests run as root in containers, where Chromium's sandbox can't be set up; they open only their own pages.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
