/**
 * The pages of a large installation: every address of the API that only reads, with the filters, the orders and the
 * later pages that the web app and the commands ask for.
 */
import type { Endpoints } from '../src/endpoints/index.ts';

/** Asks as an administrator. */
export type Ask = (page: string) => Promise<Response>;

type PathOf<E> = E extends `GET ${infer Path}` ? Path : never;

/** Endpoints that are no pages, and why. */
const leftOut = {
  '/ad-accounts': 'asks LINE',
  '/custom-audiences': 'asks LINE',
  '/custom-audiences/:id': 'asks LINE',
  '/custom-audiences/:id/size': 'asks LINE',
  '/shared-audiences': 'asks LINE',
  '/authorizations/:id/base-accounts': 'asks LY Ads',
  '/jobs/:id/move': 'reads one job, and an authorization of LY Ads, of which this world has none',
  '/sources/audiences': 'asks a source',
  '/sources/fields': 'asks a source',
  '/runs/:id/events': 'a stream',
  '/audit-log/export': 'a file with the whole log',
  '/uploads/:id': 'reads one row, of which this world has none',
} as const satisfies Partial<Record<PathOf<keyof Endpoints>, string>>;

/** By type, so that a new endpoint cannot be forgotten. */
type Pages = Readonly<Record<Exclude<PathOf<keyof Endpoints>, keyof typeof leftOut>, readonly string[]>>;

const HOUR = 3_600_000;

export async function pagesOf(ask: Ask): Promise<string[]> {
  const read = async <T>(page: string) => (await (await ask(page)).json()) as T;
  type List = { readonly items: readonly { readonly id: string }[]; readonly next: string | null };
  const first = async (page: string) => (await read<List>(page)).items[0]!.id;
  const next = async (page: string) => encodeURIComponent((await read<List>(page)).next ?? '');

  const { items: jobs } = await read<{ items: { id: string; last_run: { id: string } | null }[] }>(
    '/jobs?search=Audience&limit=20',
  );
  const { id: job, last_run } = jobs.find(({ last_run }) => last_run !== null)!;
  const run = last_run!.id;
  const authorization = await first('/authorizations');
  const list = await first('/suppression-lists');
  const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();
  /** Of a page in the middle of all runs, as if somebody had gone through all pages before it. */
  const deep = await next(`/runs?limit=1&to=${ago(12 * 24)}`);
  const failed = `/runs?status=failed`;

  const pages: Pages = {
    '/overview': ['?days=30', '?days=90'],
    '/health-report': [
      '',
      '?level=worth_a_look',
      '?level=needs_person',
      '?level=healthy',
      `?cursor=${await next('/health-report')}`,
    ],
    '/jobs': [
      '',
      '?limit=200',
      `?limit=200&cursor=${await next('/jobs?limit=200')}`,
      '?search=Members%2077',
      '?search=nothing+has+this',
      '?search=%E5%8F%B0%E5%8C%97',
      '?search=VIP',
      ...['failed', 'needs_approval', 'retrying', 'scheduled', 'running', 'paused', 'waiting'].map(
        (condition) => `?condition=${condition}`,
      ),
      '?status=sleeping',
      '?incomplete=true',
      '?ad_account=A3',
      '?tag=VIP',
      '?ad_account=A3&tag=VIP&search=Tokyo',
      ...['name', 'next_run', 'last_run', 'size'].flatMap((sort) => [
        `?sort=${sort}&order=asc`,
        `?sort=${sort}&order=desc`,
      ]),
      `?sort=last_run&limit=200&cursor=${await next('/jobs?sort=last_run&limit=200')}`,
      `?sort=size&limit=200&cursor=${await next('/jobs?sort=size&limit=200')}`,
    ],
    '/jobs/rows': ['?limit=50', '?limit=200', '?limit=200&search=nothing+has+this', '?limit=200&sort=last_run'],
    '/jobs/tags': [''],
    '/jobs/:id': [''],
    '/jobs/:id/history': ['?days=30', '?days=90'],
    '/jobs/:id/log': [''],
    '/jobs/:id/parts': [''],
    '/alerts': ['', '?open=true', '?open=false', `?job_id=${job}`],
    '/runs': [
      '',
      `?cursor=${await next('/runs')}`,
      `?cursor=${deep}`,
      ...['failed', 'stopped', 'interrupted', 'running', 'queued', 'succeeded', 'dry_run'].map(
        (status) => `?status=${status}`,
      ),
      `?status=failed&cursor=${await next(failed)}`,
      `?status=failed&cursor=${deep}`,
      '?status=failed&status=stopped&status=interrupted',
      '?ad_account=A3',
      '?ad_account=A3&status=failed',
      '?ad_account=nothing',
      '?deleted_job=true',
      '?deleted_job=false',
      `?job_id=${job}`,
      `?job_id=${job}&status=failed`,
      `?from=${ago(3 * 24)}`,
      `?from=${ago(20 * 24)}&to=${ago(13 * 24)}`,
      `?from=${ago(7 * 24)}&status=failed`,
    ],
    '/runs/:id': [''],
    '/runs/:id/report': [''],
    '/runs/:id/report.csv': [''],
    '/runs/:id/journal': [''],
    '/runs/:id/requests': [''],
    '/runs/:id/matching': [''],
    '/audit-log': [
      '',
      `?cursor=${await next('/audit-log')}`,
      '?actor=ming',
      '?actor=nobody',
      '?verb=create',
      '?verb=nothing',
      '?subject_type=job',
      `?subject_type=job&subject_id=${job}`,
      `?from=${ago(7 * 24)}`,
    ],
    '/audit-log/entries': ['', '?limit=500', '?limit=500&after=100000', '?actor=nobody'],
    '/authorizations': [''],
    '/authorizations/:id': [''],
    '/authorizations/:id/jobs': [''],
    '/uploads': [''],
    '/suppression-lists': [''],
    '/suppression-lists/:id': [''],
    '/erasures': [''],
    '/notification-channels': [''],
    '/notification-channels/weekly-digest': [''],
    '/api-tokens': [''],
    '/users': [''],
    '/settings': [''],
    '/sources': [''],
    '/providers': [''],
    '/sign-in': [''],
    '/me': [''],
  };
  const ids: Readonly<Record<string, string>> = {
    jobs: job,
    runs: run,
    authorizations: authorization,
    'suppression-lists': list,
  };
  const withId = (path: string) => path.replace(':id', ids[path.split('/')[1]!] ?? '');
  return ['/metrics', ...Object.entries(pages).flatMap(([path, queries]) => queries.map((q) => withId(path) + q))];
}
