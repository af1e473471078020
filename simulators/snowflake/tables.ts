/** The tables of the account. The rows of the samples are the invented people of the simulator of Lytics. */
import { type Person, person } from '../shared/people.ts';

/** A value as the database holds it. A list is an ARRAY. */
export type Cell = string | number | boolean | null | readonly unknown[];

export interface Column {
  readonly name: string;
  /** As the API names it: `text`, `fixed`, `real`, `boolean`, `date`, `array`, `variant`. */
  readonly type: string;
  readonly precision?: number;
  readonly scale?: number;
}

export interface Table {
  /** Database, schema and name. */
  readonly name: readonly [database: string, schema: string, table: string];
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly row: (number: number) => readonly Cell[];
  readonly comment?: string;
  readonly view?: boolean;
  /** When it was altered last. @default the same moment for all */
  readonly altered?: () => string;
  /** The role may not read it, and it is in no list. */
  readonly hidden?: boolean;
}

const text = (name: string): Column => ({ name, type: 'text' });
const list = (name: string): Column => ({ name, type: 'array' });

const columnsOfPeople: readonly (Column & { readonly read: (person: Person) => Cell })[] = [
  { name: 'MEMBER_ID', type: 'fixed', precision: 38, scale: 0, read: ({ number }) => number },
  { ...text('EMAIL'), read: ({ email }) => email ?? null },
  { ...list('EMAILS'), read: ({ emails }) => (emails.length > 0 ? emails : null) },
  { ...text('EMAIL_SHA256'), read: ({ emailSha256 }) => emailSha256 ?? null },
  { ...text('PHONE'), read: ({ phone }) => phone ?? null },
  { ...list('PHONES'), read: ({ phones }) => (phones.length > 0 ? phones : null) },
  { ...text('IDFA'), read: ({ idfa }) => idfa ?? null },
  { ...text('GAID'), read: ({ gaid }) => gaid ?? null },
  { name: 'VISITS', type: 'fixed', precision: 10, scale: 2, read: ({ visits }) => visits },
  { name: 'SCORE', type: 'real', read: ({ visits }) => visits / 8 },
  { name: 'SUBSCRIBED', type: 'boolean', read: ({ visits }) => visits > 10 },
  {
    name: 'SINCE',
    type: 'date',
    read: ({ visits }) => `2026-01-${String(1 + (visits % 28)).padStart(2, '0')}`,
  },
  { name: 'PROFILE', type: 'variant', read: ({ name }) => `{"name":"${name}"}` },
];

const people = (
  schema: string,
  table: string,
  rows: number,
  more: Pick<Table, 'comment' | 'view' | 'hidden'> = {},
): Table => ({
  name: ['SHOP', schema, table],
  columns: columnsOfPeople.map(({ read, ...column }) => column),
  rows,
  row: (number) => {
    const member = person(number + 1);
    return columnsOfPeople.map(({ read }) => read(member));
  },
  ...more,
});

/** @param members the size of the largest one */
export const sampleTables = (members: number): readonly Table[] => [
  people('CRM', 'MEMBERS', members, { comment: 'Everybody with an account' }),
  people('CRM', 'Members of 2026', 40),
  people('CRM', 'LAPSED', 0, { comment: 'Nobody, so far' }),
  people('CRM', 'NEWSLETTER_JAPAN', Math.min(1200, members), { comment: 'Newsletter Japan ニュースレター' }),
  people('CRM', 'VIP', 13, { comment: 'Bought ten times or more' }),
  people('MARKETING', 'BUYERS', Math.min(500, members), { view: true }),
  people('PAYROLL', 'SALARIES', 3, { hidden: true }),
];
