/**
 * The compiled kernel, as a checkout and the application have it. In the published package scripts/build-package.ts
 * puts the bytes themselves in place of this module, so that no bundler and no browser has to find a file.
 */
import { readFileSync } from 'node:fs';
import { type KernelOptions, MEMORY_PAGES } from './instance.ts';
import { Kernel } from './kernel.ts';

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

let compiled: WebAssembly.Module | undefined;

/** The kernel for shared memory. It can be posted to other threads, which then need not compile it again. */
export function sharedModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(sharedUrl));
  return compiled;
}

/**
 * A kernel with shared memory, so that the lines can be written to a file by another thread.
 * @param memory new, or of a kernel that is not used any more: a small stream saves most of its time with it
 */
export const sharedKernel = (
  options: KernelOptions,
  memory: SharedMemory = sharedMemory(),
): Kernel<SharedArrayBuffer> => new Kernel(options, sharedModule(), memory);
