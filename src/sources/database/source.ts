/** A table, view or query of a database as a source: what MySQL and PostgreSQL share. */
import { previewRows } from '../files/table.ts';
import { findField } from '../find-field.ts';
import type { FieldRules } from '../hashing/rules.ts';
import { openHashScan } from '../hashing/scan.ts';
import { BlockScan, type BlockScanOptions, progressOf } from '../scans.ts';
import type { HashedField, PreviewRow, Scan, ShowValue, Source, SourceField } from '../source.ts';
import type { DatabaseSession, SessionOptions } from './session.ts';
import type { DatabaseConnection, DatabaseTarget } from './target.ts';

/** A relation for the FROM clause of a SELECT. */
export interface DatabaseRelation<Field> {
  readonly sql: string;
  readonly label: string;
  /** Whether a person wrote it as a query. */
  readonly isQuery: boolean;
  readonly fields: readonly Field[];
}

/** The limits of a source that is opened. */
export interface OpenLimits {
  /** The time limit for a query of the catalogue, a check or a preview. @default 30 seconds */
  readonly timeoutMs?: number;
  /** The time limit for a scan, which also waits for the hashing. @default 6 hours */
  readonly scanTimeoutMs?: number;
  /** After this silence of a scan, we ask the server whether it still works on it. @default 8 seconds */
  readonly silenceMs?: number;
}

/** What a person opens: an audience at a server. */
export interface OpenOptions<Audience> extends OpenLimits {
  readonly connection: DatabaseConnection;
  readonly audience: Audience;
  readonly signal?: AbortSignal;
}

/** Makes the sessions of a source: one for each lookup, and one for each scan. */
export interface Sessions<Session> {
  /** The name of the server for people. */
  readonly server: string;
  lookup(signal: AbortSignal | undefined): Session;
  scan(signal: AbortSignal): Session;
}

export function sessionsOf<Session, Target extends DatabaseTarget>(
  Session: new (options: SessionOptions<Target>) => Session,
  target: Target,
  { timeoutMs = 30_000, scanTimeoutMs = 6 * 3_600_000, silenceMs }: OpenLimits,
): Sessions<Session> {
  return {
    server: target.label,
    lookup: (signal) => new Session({ target, timeoutMs, signal }),
    scan: (signal) => new Session({ target, timeoutMs: scanTimeoutMs, silenceMs, signal }),
  };
}

/** How the values of some fields are read. */
export interface Reading<Session> extends Pick<BlockScanOptions, 'marked' | 'column'> {
  /** How many rows there may be, as far as the server tells. */
  readonly expected: () => number | undefined;
  readonly blocks: (session: Session) => AsyncGenerator<Uint8Array, void>;
}

/** No connection is open between two calls. */
export abstract class DatabaseSource<
  Session extends DatabaseSession,
  Field extends SourceField,
  Relation extends DatabaseRelation<Field>,
> implements Source
{
  readonly label: string;
  readonly isQuery: boolean;
  protected readonly relation: Relation;
  /** The subject of an error. */
  protected readonly subject: string;
  readonly #sessions: Sessions<Session>;

  constructor(relation: Relation, sessions: Sessions<Session>) {
    this.label = relation.label;
    this.isQuery = relation.isQuery;
    this.relation = relation;
    this.subject = `${relation.label} in ${sessions.server}`;
    this.#sessions = sessions;
  }

  async fields(): Promise<SourceField[]> {
    return this.relation.fields.map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(name: string, limit: number, signal?: AbortSignal, show?: ShowValue): Promise<PreviewRow[]> {
    const field = this.find(name);
    const most = Math.max(0, Math.trunc(limit));
    const rows = await this.#sessions.lookup(signal).use((session) => this.beginnings(session, field, most));
    return previewRows(rows, show);
  }

  async scan(names: readonly string[], signal?: AbortSignal): Promise<Scan> {
    const { marked, column, expected, blocks } = this.read(names.map((name) => this.find(name)));
    let rows = () => 0;
    return new BlockScan({
      marked,
      column,
      progress: () => progressOf(rows(), expected()),
      blocks: (stop) => {
        const session = this.#sessions.scan(stop);
        rows = () => session.rows;
        return session.give(this.subject, blocks);
      },
      signal,
    });
  }

  async scanHashes(asked: readonly HashedField[], signal?: AbortSignal): Promise<Scan> {
    return openHashScan({
      asked,
      label: this.label,
      find: (name) => this.find(name),
      rows: (fields, rules, stop) =>
        this.#sessions.scan(stop).give(this.subject, (session) => this.hashes(session, fields, rules)),
      signal,
    });
  }

  async close(): Promise<void> {}

  /** The first characters of the values of the first members. */
  protected abstract beginnings(session: Session, field: Field, limit: number): Promise<string[][]>;

  protected abstract read(fields: readonly Field[]): Reading<Session>;

  protected abstract hashes(
    session: Session,
    fields: readonly Field[],
    rules: readonly FieldRules[],
  ): AsyncGenerator<Uint8Array, void>;

  /** @throws {LineupError} `field_not_found`; `field_type` and others, when its values cannot be read */
  protected find(name: string): Field {
    return findField(this.relation.fields, name, this.label);
  }
}
