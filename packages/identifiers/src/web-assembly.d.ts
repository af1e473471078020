/**
 * The part of the WebAssembly JavaScript interface that this package uses: Node.js has it, its type package has not, and
 * the `dom` library that declares it would let browser globals pass everywhere.
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
    /** Sizes in pages of 64 KiB; a shared memory needs a maximum. */
    constructor(descriptor: {
      initial: number;
      maximum: number;
      shared: Bytes extends SharedArrayBuffer ? true : false;
    });
    readonly buffer: Bytes;
    /** By a number of pages of 64 KiB; views of the old `buffer` become empty. */
    grow(pages: number): number;
  }
  interface Global<T extends 'i32' | 'i64' = 'i32'> {
    value: T extends 'i64' ? bigint : number;
  }
}
