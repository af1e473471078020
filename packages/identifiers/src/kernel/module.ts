/**
 * The compiled kernel for a memory of its own. A checkout reads it from the package's `build`. In the published package
 * scripts/build-package.ts puts the bytes themselves in this module's place, so that no bundler and no browser has to find a file.
 */
import { readFileSync } from 'node:fs';

export const kernelBytes = (): Uint8Array<ArrayBuffer> =>
  readFileSync(new URL('../../build/kernel.wasm', import.meta.url));
