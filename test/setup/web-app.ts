/** Builds the web app and installs Chromium before the first file that needs them. */
import { execFileSync } from 'node:child_process';

export function setup(): void {
  for (const script of ['./scripts/prepare.sh', './scripts/ensure-browser.sh']) {
    execFileSync(script, { stdio: 'inherit' });
  }
}
