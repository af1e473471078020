/** A place with buckets: how its requests look, and which connections are allowed. */
import type { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import { isLoopback, portOf } from '../../domain/values/hosts.ts';
import { systemClock } from '../../machine/system-clock.ts';
import { SILENCE_MS } from '../files/location.ts';
import { keptAgent } from '../http.ts';
import type { NetworkAt } from '../source.ts';
import type { Scheme } from './address.ts';

/** The time of signatures, and the waits between attempts. */
export type StorageClock = Pick<Clock, 'now' | 'sleep'>;

/** Where providers differ. */
export interface Dialect {
  readonly scheme: Scheme;
  /** For a person. */
  readonly label: string;
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** In an answer or an entry of a list, the header or element with the version of an object. */
  readonly version: { readonly header: string; readonly element: string };
  /** What makes a request be about this version only. */
  only(tag: string): {
    readonly headers?: Readonly<Record<string, string>>;
    readonly query?: Readonly<Record<string, string>>;
  };
  /** The names of the rights. */
  readonly rights: { readonly read: string; readonly list: string };
}

/** How the host of a connection is reached. */
interface Way {
  /** Keeps connections open. Undefined: the default agent of Node.js. */
  readonly agent: Agent | undefined;
  readonly lookup: LookupFunction | undefined;
}

export interface ObjectStore {
  readonly dialect: Dialect;
  /** The region that requests are signed for. Empty if the provider has none. */
  readonly region: string;
  /** The URL of a bucket, or of the list of buckets. */
  base(bucket: string | undefined): URL;
  /** The headers with the signature, made anew for each request. @throws {LineupError} */
  authorize(url: URL): Promise<Readonly<Record<string, string>>>;
  /** @throws {LineupError} when the host may not be reached */
  admit(url: URL): Way;
  readonly clock: StorageClock;
  /** How long the server may send nothing, in ms. */
  readonly silenceMs: number;
}

export interface StoreOptions {
  readonly networkAt?: NetworkAt | undefined;
  /** @default the system's */
  readonly clock?: StorageClock | undefined;
  /** @default 30 seconds */
  readonly silenceMs?: number | undefined;
}

/** The parts of a store that do not depend on the provider. */
export function waysOf({
  networkAt,
  clock = systemClock,
  silenceMs = SILENCE_MS,
}: StoreOptions): Pick<ObjectStore, 'admit' | 'clock' | 'silenceMs'> {
  const agents = networkAt && { 'http:': keptAgent('http:'), 'https:': keptAgent('https:') };
  return {
    clock,
    silenceMs,
    admit: (url) => {
      if (!networkAt) {
        assertEncrypted(url);
        return { agent: undefined, lookup: undefined };
      }
      const network = networkAt(portOf(url));
      network.assertAllowed(url.hostname);
      if (url.protocol === 'http:' && !network.isListed?.(url.hostname)) {
        throw new LineupError(
          'source_unreadable',
          sentence`Members must be transferred encrypted. To read ${internalFact(url.host, sentence`this endpoint`)} by http://, an administrator must list it in the settings under “Hosts inside your network”.`,
        );
      }
      return { agent: agents?.[url.protocol as 'http:' | 'https:'], lookup: network.lookup };
    },
  };
}

function assertEncrypted({ protocol, hostname }: URL): void {
  if (protocol === 'https:' || isLoopback(hostname)) return;
  throw new LineupError(
    'invalid_configuration',
    sentence`Members must be transferred encrypted. Enter an endpoint with https://. With http:// it must be on this machine.`,
  );
}

/** A segment of a path, or a part of a query, as signatures need it (RFC 3986). */
const encodePart = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

export function urlOf(
  store: Pick<ObjectStore, 'base'>,
  bucket: string | undefined,
  key = '',
  query: Readonly<Record<string, string>> = {},
): URL {
  const base = store.base(bucket).href.replace(/\/$/, '');
  const pairs = Object.entries(query).map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`);
  const path = key.toWellFormed().split('/').map(encodePart).join('/');
  return new URL(`${base}/${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`);
}
