/** The reader's side of the conversation: takes orders, and answers each of them, whatever becomes of it. */
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import type { Scan, Source } from '../../sources/source.ts';
import {
  type Answer,
  type FromReader,
  type Given,
  LONGEST_ANSWER,
  type OrderName,
  type Reply,
  type ToReader,
  takeApart,
  tooMuch,
  type UploadAccess,
  VALUES_FD,
} from '../protocol.ts';
import { blockHead, endFrame } from '../scan-frames.ts';
import { confine } from './confine.ts';
import type { ProviderOf } from './providers.ts';

const PROGRESS_EVERY_MS = 200;

/** What opens sources. */
export interface WayToSources {
  readonly providerOf: ProviderOf;
  /** Whether an upload can be exported. @returns its format */
  readonly examine: (upload: UploadAccess, name: string, signal: AbortSignal) => Promise<string>;
}

/** Serves the process that started this one, until that one ends it or is gone. */
export function serveReader(way: WayToSources): void {
  confine();
  const reader = new Reader(way, new Socket({ fd: VALUES_FD, readable: false, writable: true }));
  process.on('message', (message: ToReader) => reader.take(message));
  say({ ready: true });
}

function say(message: FromReader): void {
  // Nobody listens any more: the end is near (confine.ts).
  process.send?.(message, undefined, undefined, () => {});
}

type Doing<Name extends OrderName> = (
  given: Given<Name>,
  signal: AbortSignal,
  id: number,
) => Promise<Answer<Name>>;

class Reader {
  readonly #way: WayToSources;
  readonly #values: Writable;
  readonly #going = new Map<number, AbortController>();
  #source: Source | undefined;

  constructor(way: WayToSources, values: Writable) {
    this.#way = way;
    this.#values = values;
  }

  take(message: ToReader): void {
    if ('stop' in message) this.#going.get(message.id)?.abort();
    else void this.#carryOut(message.id, message.order, message.given);
  }

  async #carryOut(id: number, order: OrderName, given: unknown): Promise<void> {
    const controller = new AbortController();
    this.#going.set(id, controller);
    const done = this.#doing[order] as (given: unknown, signal: AbortSignal, id: number) => Promise<unknown>;
    const reply = await done(given, controller.signal, id).then(
      (answer): Reply => ({ answer }),
      (error: unknown): Reply => ({ failure: takeApart(error) }),
    );
    // What a scan began goes on after its answer.
    if (order !== 'scan' || 'failure' in reply) this.#going.delete(id);
    const fits = JSON.stringify(reply).length <= LONGEST_ANSWER;
    const memoryBytes = process.memoryUsage.rss();
    say({ id, memoryBytes, ...(fits ? reply : { failure: takeApart(tooMuch()) }) });
  }

  readonly #doing: { readonly [Name in OrderName]: Doing<Name> } = {
    open: async ({ access, audienceId, options }, signal) => {
      const { provider, credentials } = await this.#way.providerOf(access);
      this.#source = await provider.open(credentials, audienceId, signal, options);
      const { label, readOnce = false, notice = null, reading = null } = this.#source;
      return { label, readOnce, notice, reading };
    },
    fields: (_, signal) => this.#opened().fields(signal),
    preview: ({ field, limit }, signal) => this.#opened().preview(field, limit, signal),
    scan: async ({ field, from }, signal, id) => {
      const scan = await this.#opened().scan(field, signal, from);
      void this.#send(id, scan);
      return { marked: scan.marked, places: scan.place !== undefined };
    },
    close: async () => {
      await this.#source?.close();
      this.#source = undefined;
      // Node.js writes its cache when a process ends by itself, and this one is killed: the next would compile everything anew.
      flushCompileCache();
      return null;
    },
    audiences: async ({ access, page }, signal) => {
      const { provider, credentials } = await this.#way.providerOf(access);
      return provider.audiences(credentials, page, signal);
    },
    lists: async ({ access, audienceId }) => {
      const { provider } = await this.#way.providerOf(access);
      return provider.lists(audienceId);
    },
    verify: async ({ access }, signal) => {
      const { provider, credentials } = await this.#way.providerOf(access);
      return provider.verify(credentials, signal);
    },
    examine: ({ upload, name }, signal) => this.#way.examine(upload, name, signal),
  };

  #opened(): Source {
    if (!this.#source) throw new Error('no source is open');
    return this.#source;
  }

  async #send(id: number, scan: Awaited<ReturnType<Source['scan']>>): Promise<void> {
    let told: number | undefined;
    const timer = setInterval(() => {
      const progress = scan.progress();
      if (progress !== undefined && progress !== told) say({ id, progress });
      told = progress;
    }, PROGRESS_EVERY_MS);
    // The pipe is closed: the service has gone, and this process ends with it.
    await sendScan(scan, this.#values).catch(() => {});
    clearInterval(timer);
    this.#going.delete(id);
  }
}

/**
 * Writes the blocks, waiting for each to be taken, and then how the scan ended. Nothing of it is left after the last frame:
 * the reader is free for another scan.
 */
export async function sendScan(scan: Scan, out: Writable): Promise<void> {
  const failure = await pass(scan, out).catch(takeApart);
  await scan.close();
  await write(out, endFrame(failure));
}

async function pass(scan: Scan, out: Writable): Promise<null> {
  for await (const block of scan.blocks) {
    if (block.length === 0) continue;
    out.cork();
    out.write(blockHead(block, scan.place?.()));
    // The block's memory is used again for the next one.
    const taken = write(out, block);
    out.uncork();
    await taken;
  }
  await scan.finished;
  return null;
}

const write = (out: Writable, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    out.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
