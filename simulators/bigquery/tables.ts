/** The tables of the project, and the values of their rows. */
import { type Person, person } from '../shared/people.ts';

export interface Field {
  readonly name: string;
  readonly type: 'STRING' | 'INTEGER' | 'JSON';
  readonly mode?: 'NULLABLE' | 'REPEATED';
}

export type Row = Readonly<Record<string, unknown>>;

/** A table at the start. */
export interface TableSpec {
  /** @default the project of the sample */
  readonly project?: string;
  readonly dataset: string;
  readonly table: string;
  readonly description?: string;
  /** @default TABLE */
  readonly type?: 'TABLE' | 'VIEW' | 'EXTERNAL';
  /** @default those of an invented person */
  readonly fields?: readonly Field[];
  /** The number of invented people, counted from 1, or the rows themselves. */
  readonly rows: number | readonly Row[];
  /** When it was modified last, in milliseconds since 1970. @default the same moment for all */
  readonly modified?: () => number;
  /** @default US */
  readonly location?: string;
}

interface PersonField extends Field {
  readonly read: (person: Person) => unknown;
}

const personFields: readonly PersonField[] = [
  { name: 'member_id', type: 'INTEGER', read: ({ number }) => number },
  { name: 'email', type: 'STRING', read: ({ email }) => email },
  { name: 'emails', type: 'STRING', mode: 'REPEATED', read: ({ emails }) => emails },
  { name: 'email_sha256', type: 'STRING', read: ({ emailSha256 }) => emailSha256 },
  { name: 'phone', type: 'STRING', read: ({ phone }) => phone },
  { name: 'phones', type: 'STRING', mode: 'REPEATED', read: ({ phones }) => phones },
  { name: 'idfa', type: 'STRING', read: ({ idfa }) => idfa },
  { name: 'gaid', type: 'STRING', read: ({ gaid }) => gaid },
  { name: 'visits', type: 'INTEGER', read: ({ visits }) => visits },
  { name: 'profile', type: 'JSON', read: ({ name }) => JSON.stringify({ name }) },
];

/** @param members rows of the largest one */
export const sampleTables = (members: number): readonly TableSpec[] => [
  { dataset: 'crm', table: 'members', description: 'Everybody with an account', rows: members },
  { dataset: 'crm', table: 'lapsed', description: 'Nobody, so far', rows: 0 },
  { dataset: 'crm', table: 'vip', description: 'A view: bought ten times or more', type: 'VIEW', rows: 13 },
  {
    dataset: 'marketing',
    table: 'newsletter_japan',
    description: 'Agreed to the newsletter ニュースレター',
    rows: Math.min(1200, members),
  },
  { dataset: 'marketing_tokyo', table: 'members', rows: 40, location: 'asia-northeast1' },
];

export class Table {
  readonly spec: TableSpec;
  readonly fields: readonly Field[];
  readonly size: number;

  /** @param limit rows of a query’s result */
  constructor(spec: TableSpec, limit = Number.POSITIVE_INFINITY) {
    this.spec = spec;
    this.fields = spec.fields ?? personFields;
    this.size = Math.min(limit, typeof spec.rows === 'number' ? spec.rows : spec.rows.length);
  }

  get id(): string {
    return `${this.spec.dataset}.${this.spec.table}`;
  }

  /** The value of a field in a row, from 0. null when there is none. */
  value(at: number, field: string): unknown {
    const { rows } = this.spec;
    if (typeof rows !== 'number') return rows[at]?.[field] ?? null;
    const found = personFields.find(({ name }) => name === field);
    return found?.read(person(at + 1)) ?? null;
  }

  /** The values of some rows. A person is made once for all fields. */
  slice(from: number, to: number, fields: readonly Field[]): unknown[][] {
    const columns: unknown[][] = fields.map(() => []);
    const { rows } = this.spec;
    const makers = fields.map(({ name }) => personFields.find((field) => field.name === name)?.read);
    for (let at = from; at < to; at += 1) {
      const member = typeof rows === 'number' ? person(at + 1) : undefined;
      for (const [index, { name }] of fields.entries())
        columns[index]!.push((member ? makers[index]?.(member) : this.value(at, name)) ?? null);
    }
    return columns;
  }
}
