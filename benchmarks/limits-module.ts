/** limits.as.ts, compiled as scripts/build-kernel.sh compiles the kernel. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MEMORY_PAGES } from '../packages/identifiers/src/kernel/instance.ts';

export interface Limits {
  readonly memory: WebAssembly.Memory;
  prepare(): boolean;
  messages(): number;
  digests(): number;
  hash(times: number): void;
  lookUp(first: bigint, blocks: number): void;
  added(): number;
  scattered(): number;
  scatter(bytes: number, times: number): bigint;
  chain(steps: number): bigint;
}

/** Needs the development dependencies. */
export function compileLimits(directory: string): Limits {
  const root = resolve(import.meta.dirname, '..');
  const file = join(directory, 'limits.wasm');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/assemblyscript/bin/asc.js'),
      join(import.meta.dirname, 'limits.as.ts'),
      ...['--outFile', file, '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory'],
      ...['--initialMemory', String(MEMORY_PAGES.initial), '--maximumMemory', String(MEMORY_PAGES.maximum)],
    ],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`limits.as.ts cannot be compiled: ${stderr}`);
  const memory = new WebAssembly.Memory({ ...MEMORY_PAGES, shared: false });
  const module = new WebAssembly.Module(readFileSync(file));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { ...(exports as unknown as Omit<Limits, 'memory'>), memory };
}

/** Gives the four lanes messages of one block, as SHA-256 pads them. */
export function setMessages(limits: Limits, messages: readonly Uint8Array[]): void {
  const bytes = new Uint8Array(limits.memory.buffer, limits.messages(), 64 * messages.length).fill(0);
  messages.forEach((message, lane) => {
    bytes.set(message, lane * 64);
    bytes[lane * 64 + message.length] = 0x80;
    new DataView(bytes.buffer, bytes.byteOffset).setUint16(lane * 64 + 62, message.length * 8);
  });
}
