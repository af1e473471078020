/** The WebAssembly modules that read text, and the memory in which one works. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

type ModuleName = 'column' | 'json-field' | 'text-vector';

const compiled = new Map<ModuleName, WebAssembly.Module>();

/** A new instance. build/ is beside the sources. It is one folder further up when they are compiled to `dist/`. */
export function instantiate<Exports>(name: ModuleName): Exports {
  let module = compiled.get(name);
  if (module === undefined) {
    const root = extname(fileURLToPath(import.meta.url)) === '.ts' ? '../../../' : '../../../../';
    module = new WebAssembly.Module(readFileSync(new URL(`${root}build/${name}.wasm`, import.meta.url)));
    compiled.set(name, module);
  }
  return new WebAssembly.Instance(module).exports as Exports;
}

/** Vectors are read and written as a whole, up to 16 bytes past the end. */
const SPARE = 16;
const PAGE = 1 << 16;

/** Enough for a small file. Each large memory brings V8's next garbage collection nearer. */
const FIRST_CAPACITY = 1 << 16;
/** A block of 1 MiB, and the incomplete row from the block before. */
const USUAL_CAPACITY = (1 << 20) + (1 << 16);
/** A longer row is not a member, or a quote in it was never closed. */
const MAX_ROW = 64 << 20;

/** The input that is not consumed yet, and behind it the room for each output. */
export class TextMemory {
  /** Where the input begins. */
  readonly input: number;
  /** Where it ends. */
  end: number;
  /** The whole memory. It is another object after `take`. */
  bytes: Buffer;
  readonly #memory: WebAssembly.Memory;
  readonly #growth: number;
  readonly #outputs: number;
  #capacity = FIRST_CAPACITY;

  /**
   * @param growth how many bytes of an output one byte of input can become
   * @param outputs how many outputs there are
   */
  constructor(memory: WebAssembly.Memory, input: number, growth: number, outputs = 1) {
    this.#memory = memory;
    this.input = input;
    this.end = input;
    this.#growth = growth;
    this.#outputs = outputs;
    this.bytes = this.#reserve();
  }

  /** Where an output begins, counted from 0. It is another place after `take`. */
  output(index = 0): number {
    const begin = this.input + this.#capacity + SPARE;
    return begin + index * (this.#capacity * this.#growth + SPARE);
  }

  /**
   * Adds the first bytes of the block to the input.
   * @returns how many. 0 when the input already is as long as a row may be.
   */
  take(block: Uint8Array): number {
    const free = this.input + this.#capacity - this.end;
    if (block.length > free && this.#capacity < USUAL_CAPACITY) this.#grow(USUAL_CAPACITY);
    else if (free === 0 && this.#capacity < MAX_ROW) this.#grow(Math.min(this.#capacity * 2, MAX_ROW));
    const taken = block.subarray(0, this.input + this.#capacity - this.end);
    this.bytes.set(taken, this.end);
    this.end += taken.length;
    return taken.length;
  }

  /** Removes the input before `consumed`. */
  drop(consumed: number): void {
    this.bytes.copyWithin(this.input, consumed, this.end);
    this.end -= consumed - this.input;
  }

  #grow(capacity: number): void {
    this.#capacity = capacity;
    this.bytes = this.#reserve();
  }

  /** Grows the memory to the capacity. */
  #reserve(): Buffer {
    const needed = this.output(this.#outputs);
    this.#memory.grow(Math.max(0, Math.ceil((needed - this.#memory.buffer.byteLength) / PAGE)));
    return Buffer.from(this.#memory.buffer);
  }
}
