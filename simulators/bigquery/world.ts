/** The parts of a running simulator, and how they are created from its options. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Clock } from '../shared/clock.ts';
import { number, read } from '../shared/input.ts';
import { type LoggedRequest, RequestLog } from '../shared/request-log.ts';
import { type Fault, Faults, readFault } from './faults.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type Field, sampleTables, Table, type TableSpec } from './tables.ts';

export interface WorldOptions extends Partial<Settings> {
  /** The rows of the largest sample table. Minimum: 0. @default 250000 */
  members?: number;
  /** Tables in addition to the samples. */
  tables?: readonly TableSpec[];
  /** The private key (PEM) of the service account. @default a new one */
  privateKey?: string;
  faults?: readonly Fault[];
  /** Real time in milliseconds. @default the time of this machine */
  now?: () => number;
}

/** An entry of the request log. For gRPC, its path is the table or the stream. */
export type RequestRecord = LoggedRequest;

/** A job that ran a query. */
export interface Job {
  /** The one that pays. */
  readonly project: string;
  readonly id: string;
  readonly location: string;
  readonly until: number;
  readonly destination: { readonly datasetId: string; readonly tableId: string };
}

/** A result, or a table: what a session reads. */
export interface Readable {
  readonly table: Table;
  readonly fields: readonly Field[];
}

export interface Session extends Readable {
  readonly name: string;
  readonly streams: number;
  readonly made: number;
}

export const project = 'lineup-sample';
export const clientEmail = `reader@${project}.iam.gserviceaccount.example`;

export interface World {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Changed in place by the admin endpoint. */
  readonly settings: Settings;
  readonly tables: readonly Table[];
  readonly key: { readonly pem: string; readonly public: KeyObject };
  /** Access tokens, and when they end. */
  readonly tokens: Map<string, number>;
  readonly jobs: Map<string, Job>;
  /** Results of queries, by `dataset.table`. */
  readonly results: Map<string, Readable>;
  readonly sessions: Map<string, Session>;
  readonly requests: RequestLog<RequestRecord>;
  /** Aborts when the simulator closes, and so ends every wait. */
  readonly closing: AbortSignal;
  /**
   * Restores settings and faults, and forgets tokens, jobs, results, sessions and requests. The clock, the tables and
   * the key stay.
   */
  reset(): void;
}

/** Bounds of the largest sample table. */
export const memberCount = number(0, 100_000_000);

export function createWorld(options: WorldOptions, closing: AbortSignal): World {
  const { members = 250_000, tables = [], privateKey, faults = [], now, ...given } = options;
  const initial = settingsOf(given);
  const rules = faults.map(readFault);
  const largest = read(memberCount, members, 'members');
  const pem = privateKey ?? newKey();
  const settings = { ...initial };
  const book = new Faults();
  const all = [...sampleTables(largest), ...tables].map((spec) => new Table(spec));
  const world: World = {
    clock: new Clock(now),
    faults: book,
    settings,
    tables: all,
    key: { pem, public: createPublicKey(pem) },
    tokens: new Map(),
    jobs: new Map(),
    results: new Map(),
    sessions: new Map(),
    requests: new RequestLog(),
    closing,
    reset() {
      Object.assign(settings, initial);
      book.clear();
      for (const rule of rules) book.add(rule);
      for (const map of [world.tokens, world.jobs, world.results, world.sessions]) map.clear();
      world.requests.clear();
    },
  };
  for (const rule of rules) book.add(rule);
  return world;
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The key file of the service account, as the Google Cloud console makes it. */
export const keyFileOf = ({ key }: World): string =>
  JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: 'sample',
    private_key: key.pem,
    client_email: clientEmail,
  });

/** The project of a table. */
export const ownerOf = ({ spec }: Table): string => spec.project ?? project;

/** A table by `dataset.table` of a project, or with another project before it. */
export function findTable(world: World, name: string, owner = project): Table | undefined {
  return world.tables.find((table) => {
    const full = `${ownerOf(table)}.${table.id}`;
    return full === name || full === `${owner}.${name}`;
  });
}

export function hasToken(world: World, header: string | undefined): boolean {
  const until = world.tokens.get(header?.replace(/^Bearer /, '') ?? '');
  return until !== undefined && world.clock.time() < until;
}

/** A call of the REST API with a valid token. */
export interface Call {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}
