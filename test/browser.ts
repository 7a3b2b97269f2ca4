import sparticuz from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** A Chromium that came with the packages. `also` is more for its command line. */
export const openBrowser = async (...also: string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: [...sparticuz.args.filter((arg) => arg !== '--single-process'), ...also],
  })
