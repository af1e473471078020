/** The table of docs/source-errors.md, written from src/domain/errors/source-errors.ts. Pure. */
import {
  type SourceError,
  type SourceErrorClass,
  type SourceName,
  sourceErrors,
  sourceNames,
} from '../../src/domain/errors/source-errors.ts';

const [BEGIN, END] = ['<!-- errors -->', '<!-- /errors -->'];

const names: Readonly<Record<SourceName, string>> = {
  files: 'files, URLs',
  s3: 'S3',
  gcs: 'GCS',
  bigquery: 'BigQuery',
  snowflake: 'Snowflake',
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
  lytics: 'Lytics',
};

const classes: Readonly<Record<SourceErrorClass, string>> = {
  comes_back: 'comes back',
  access: 'waits for access',
  person: 'a person must change it',
};

const rowOf = ([code, { class: kind, when, remedy, sources }]: [string, SourceError]): string => {
  const where = sources.length === sourceNames.length ? 'all' : sources.map((name) => names[name]).join(', ');
  return `| \`${code}\` | ${classes[kind]} | ${when} | ${remedy} | ${where} |`;
};

/** The page with the table of the source in its place. */
export function withTable(page: string): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`the page has no place for the table: ${BEGIN} … ${END}`);
  const head = ['| code | class | when | what to do | sources |', '|---|---|---|---|---|'];
  const rows = Object.entries<SourceError>(sourceErrors).map(rowOf);
  return [page.slice(0, before + BEGIN.length), '', ...head, ...rows, page.slice(after)].join('\n');
}
