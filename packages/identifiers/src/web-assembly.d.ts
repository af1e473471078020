/**
 * The part of the WebAssembly JavaScript interface that this package uses. Node.js has it, but its types do not declare
 * it. The `dom` library declares it, but would allow browser globals everywhere.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
  }
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  class Instance {
    readonly exports: Readonly<Record<string, unknown>>;
    constructor(module: Module, imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  }
  class Memory<Bytes extends ArrayBuffer | SharedArrayBuffer = ArrayBuffer> {
    /** Sizes in pages of 64 KiB. A shared memory needs a maximum. */
    constructor(descriptor: {
      initial: number;
      maximum: number;
      shared: Bytes extends SharedArrayBuffer ? true : false;
    });
    readonly buffer: Bytes;
    /** Adds pages of 64 KiB. Views of the old `buffer` become empty. */
    grow(pages: number): number;
  }
  interface Global<T extends 'i32' | 'i64' = 'i32'> {
    value: T extends 'i64' ? bigint : number;
  }
}
