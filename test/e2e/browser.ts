import { mkdirSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { lacking } from '../services/program.ts'

const chromiumPath = '/usr/bin/chromium'
/** Why no browser can be had; undefined when there is one. */
export const noBrowser = lacking(chromiumPath, 'chromium')

const folder = new URL('../screenshots/', import.meta.url).pathname

export function openBrowser(): Promise<Browser> {
  mkdirSync(folder, { recursive: true })
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
}

/** A page with a device that keeps passkeys and agrees to everything. */
export async function withPasskeys(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return page
}

/** What a page complains of. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  return faults
}

/** Kept beside the other screenshots, which git ignores. */
export async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}web-${name}.png`, fullPage: true })
}
