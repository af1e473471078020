/**
 * The compiled kernel, as a checkout and the application have it. In the published package scripts/build-package.ts puts the
 * bytes themselves in place of this module, so that no bundler and no browser has to find a file.
 */
import { readFileSync } from 'node:fs';
import { Kernel, type KernelOptions, MEMORY_PAGES } from './kernel.ts';

/** The kernel that has a memory of its own. */
export const kernelBytes = (): Uint8Array<ArrayBuffer> =>
  readFileSync(new URL('../../build/kernel.wasm', import.meta.url));

/** The kernel that shares its memory with other threads, for the source files and for those in `dist`. */
const sharedUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../build/kernel.wasm' : '../../../../../build/kernel.wasm',
  import.meta.url,
);

/** Memory for a kernel that another thread can read. */
export type SharedMemory = WebAssembly.Memory<SharedArrayBuffer>;

export const sharedMemory = (): SharedMemory =>
  new WebAssembly.Memory<SharedArrayBuffer>({ ...MEMORY_PAGES, shared: true });

let sharedModule: WebAssembly.Module | undefined;

/**
 * A kernel with shared memory: the export hands the lines over to another thread.
 * @param memory new, or of a kernel that is not used any more: a small stream saves most of its time with it
 */
export function sharedKernel(
  options: KernelOptions,
  memory: SharedMemory = sharedMemory(),
): Kernel<SharedArrayBuffer> {
  sharedModule ??= new WebAssembly.Module(readFileSync(sharedUrl));
  return new Kernel(options, sharedModule, memory);
}
