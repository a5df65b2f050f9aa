import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A headless Chromium, or null with a loud sentence where there is none. In CI there has to be one. */
export async function openBrowser(): Promise<Browser | null> {
  const executablePath = places.find(isExecutable);
  if (executablePath) {
    return chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
    });
  }
  if (process.env.CI) throw new Error('there is no Chromium on this machine, and in CI the pages must be looked at');
  console.warn('\n*** NO CHROMIUM FOUND: the tests that look at the pages are skipped ***\n');
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
