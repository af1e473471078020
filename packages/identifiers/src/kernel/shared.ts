/** A kernel whose memory other threads see: for Node.js, where the export hands its lines over to another thread. */
import { readFileSync } from 'node:fs';
import { Kernel, type KernelOptions, MEMORY_PAGES } from './kernel.ts';

/** The compiled module, from source files as from `dist`. */
const moduleUrl = new URL(
  import.meta.url.endsWith('.ts') ? '../../../../build/kernel.wasm' : '../../../../../build/kernel.wasm',
  import.meta.url,
);

export function sharedKernel(options: KernelOptions): Kernel<SharedArrayBuffer> {
  const memory = new WebAssembly.Memory<SharedArrayBuffer>({ ...MEMORY_PAGES, shared: true });
  return new Kernel(options, new WebAssembly.Module(readFileSync(moduleUrl)), memory);
}
