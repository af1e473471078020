/** Buckets and their objects, in memory. */
import { createHash } from 'node:crypto';

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  /** With its quotes, as the header has it. */
  readonly etag: string;
  /** The version in Google Cloud Storage, which speaks like S3. */
  readonly generation: string;
  /** Milliseconds. */
  readonly modified: number;
}

export class Buckets {
  readonly #buckets = new Map<string, Map<string, StoredObject>>();
  #generation = 1_700_000_000_000_000;

  names(): string[] {
    return [...this.#buckets.keys()].sort();
  }

  has(bucket: string): boolean {
    return this.#buckets.has(bucket);
  }

  /** Makes the bucket if there is none. An object with this key is replaced. */
  put(bucket: string, key: string, body: Uint8Array | string, modified: number): StoredObject {
    const bytes = Buffer.from(body);
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
    this.#generation += 1;
    const object = { key, body: bytes, etag, generation: String(this.#generation), modified };
    const objects = this.#buckets.get(bucket) ?? new Map<string, StoredObject>();
    this.#buckets.set(bucket, objects.set(key, object));
    return object;
  }

  get(bucket: string, key: string): StoredObject | undefined {
    return this.#buckets.get(bucket)?.get(key);
  }

  delete(bucket: string, key: string): boolean {
    return this.#buckets.get(bucket)?.delete(key) ?? false;
  }

  /** The objects whose keys begin with the prefix and come after `after`, in the order of S3: by their UTF-8 bytes. */
  list(bucket: string, prefix: string, after = ''): StoredObject[] {
    const objects = [...(this.#buckets.get(bucket)?.values() ?? [])];
    return objects
      .filter(({ key }) => key.startsWith(prefix) && inOrder(key, after) > 0)
      .sort((a, b) => inOrder(a.key, b.key));
  }

  clear(): void {
    this.#buckets.clear();
  }
}

const inOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
