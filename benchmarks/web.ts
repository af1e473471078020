/**
 * The web app in Chromium on a slow phone: 1.6 Mbit/s, 150 ms for each request, a processor four times slower,
 * HTTP/1.1, nothing cached. How long until the frame and the first job can be read, how many requests and bytes, and
 * how long a typed letter takes until it is shown.
 *
 *     node benchmarks/web.ts [jobs, default 971] [rounds, default 5]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Locator, type Page } from 'playwright-core';
import { serve } from '../src/compose/server.ts';
import { readConfig } from '../src/config/config.ts';
import { initialState } from '../src/jobs/states.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import { migrate } from '../src/store/database/migrate.ts';
import { openDatabase } from '../src/store/database/open-database.ts';
import { createAuthorization } from '../src/store/repositories/authorizations.ts';
import { databaseJobStore } from '../src/store/repositories/job-store.ts';
import { openSecrets } from '../src/store/secrets/secrets.ts';
import { authorizationOf, jobOf, somebody } from './job.ts';
import { machine, markdown } from './measure.ts';

const JOBS = Number(process.argv[2] ?? 971);
const ROUNDS = Number(process.argv[3] ?? 5);
/** The addresses that are measured, and what can be read there when the page is useful. */
const pages = [
  ['the overview', '/', 'h1'],
  ['the jobs', '/jobs', 'main a[href^="/jobs/job_"]'],
] as const;

const slow = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
} as const;
const SLOWER = 4;

const person = { name: 'Aiko Tanaka', email: 'aiko@example.jp', password: 'an invented password' } as const;

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
const jobId = await fill();
const config = { ...(await readConfig({})), dataDirectory: directory };
const serving = await serve({
  config: { ...config, server: async () => ({ ...(await config.server()), logLevel: 'error' }) },
  role: 'all',
  host: '127.0.0.1',
  port: 0,
  version: 'benchmark',
});
const url = serving.url ?? '';
let browser: Browser | undefined;
try {
  browser = await chromium.launch({
    executablePath: ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  const cookies = await becomeAdministrator();
  console.log(`${machine()}; ${JOBS} jobs, medians of ${ROUNDS} rounds\n`);
  const rows: string[][] = [];
  for (const [name, path, useful] of pages) {
    const rounds: Opened[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await open(await visitor(cookies), path, useful));
    rows.push(row(name, rounds));
  }
  const signIn: Opened[] = [];
  for (let round = 0; round < ROUNDS; round++) signIn.push(await open(await visitor([]), '/', 'form'));
  rows.push(row('the sign-in page', signIn));
  console.log(markdown(['cold, slow', 'frame', 'useful', 'requests until then', 'requests in all', 'kB in all'], rows));
  const typing = [
    ['search of jobs', '/jobs', (page: Page) => page.getByRole('search').locator('input').first(), 'audience 97 in '],
    [
      'name in the form of an export',
      `/jobs/${jobId}/edit`,
      (page: Page) => page.getByRole('textbox', { name: 'オーディエンス名' }),
      ' of members in Tokyo',
    ],
  ] as const;
  const times: string[][] = [];
  for (const [name, path, field, text] of typing) {
    const { shown, drawn } = await type(await visitor(cookies), path, field, text);
    const at = (all: readonly number[], share: number) =>
      `${Math.round(all[Math.floor((all.length - 1) * share)]!)} ms`;
    times.push([name, at(shown, 0.5), at(shown, 0.95), at(drawn, 0.5), at(drawn, 0.95)]);
  }
  const letter = ['letter in its field, p50', 'p95', 'what it changes, p50', 'p95'];
  console.log(`\n${markdown(['typed', ...letter], times)}`);
} finally {
  await browser?.close();
  await serving.close();
  rmSync(directory, { recursive: true, force: true });
}

/** Jobs that wait for their next run, a year from now. @returns the id of one of them */
async function fill(): Promise<string> {
  const database = await openDatabase({ dataDirectory: directory, url: undefined });
  const { db } = database;
  await migrate(database);
  const store = databaseJobStore({ db, enqueue: async () => {}, publish: async () => {} });
  const now = systemClock.now();
  const box = await openSecrets(db, { value: undefined, dataDirectory: directory, now, mayMakeKey: true });
  const { id } = await createAuthorization(db, box, authorizationOf('Benchmark', 'KEY'), somebody, now);
  const later = new Date(now.getTime() + 365 * 24 * 3_600_000);
  const state = { ...initialState, status: 'sleeping', slot: later, sleepUntil: later } as const;
  let last = '';
  for (let n = 0; n < JOBS; n++) {
    const input = jobOf(`Audience ${n}`, id);
    last = (await store.transaction((tx) => tx.createJob(input, state, somebody, now))).id;
  }
  await database.close();
  return last;
}

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;

/** On the page of the set-up link. @returns the session */
async function becomeAdministrator(): Promise<Cookies> {
  const context = await browser!.newContext();
  const page = await context.newPage();
  await page.goto(serving.setupLink ?? '');
  await page.getByLabel('Your name').fill(person.name);
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('New password').fill(person.password);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await page.getByRole('navigation').waitFor();
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}

/** A browser that has been nowhere. */
async function visitor(cookies: Cookies): Promise<{ page: Page; session: CDPSession }> {
  const context = await browser!.newContext({ locale: 'ja-JP', viewport: { width: 390, height: 844 } });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', slow);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  return { page, session };
}

interface Opened {
  readonly frameMs: number;
  readonly usefulMs: number;
  readonly requestsBefore: number;
  readonly requests: number;
  readonly bytes: number;
}

/** Opens an address and waits until the page has loaded all that it loads by itself. */
async function open(
  { page, session }: { page: Page; session: CDPSession },
  path: string,
  useful: string,
): Promise<Opened> {
  let requests = 0;
  let bytes = 0;
  session.on('Network.requestWillBeSent', () => requests++);
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.addInitScript(`
    const seen = (key, wanted) =>
      new MutationObserver(() => {
        const { dataset } = document.documentElement;
        if (key in dataset || !document.querySelector(wanted)) return;
        // After the frame that shows it.
        requestAnimationFrame(() => setTimeout(() => (dataset[key] ??= performance.now())));
      }).observe(document, { childList: true, subtree: true });
    seen('frame', 'nav, form');
    seen('useful', ${JSON.stringify(useful)});
  `);
  await page.goto(`${url}${path}`, { waitUntil: 'commit' });
  await page.locator('html[data-useful]').waitFor({ state: 'attached', timeout: 60_000 });
  const requestsBefore = requests;
  // Code that may be needed later is loaded some seconds after the page.
  for (let before = -1; before !== requests; ) {
    before = requests;
    await systemClock.sleep(6_000);
  }
  const { frame, useful: shown } = await page.evaluate<Record<string, string>>(
    '({ ...document.documentElement.dataset })',
  );
  await page.context().close();
  return { frameMs: Number(frame), usefulMs: Number(shown), requestsBefore, requests, bytes };
}

function row(name: string, rounds: readonly Opened[]): string[] {
  const middle = (figure: (opened: Opened) => number) =>
    rounds.map(figure).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)]!;
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
  return [
    name,
    seconds(middle(({ frameMs }) => frameMs)),
    seconds(middle(({ usefulMs }) => usefulMs)),
    String(middle(({ requestsBefore }) => requestsBefore)),
    String(middle(({ requests }) => requests)),
    (middle(({ bytes }) => bytes) / 1_000).toFixed(0),
  ];
}

/** Types into a field. @returns the time of each letter until its frame, and until the page is as it says, sorted */
async function type(
  { page, session }: { page: Page; session: CDPSession },
  path: string,
  fieldOf: (page: Page) => Locator,
  text: string,
): Promise<{ shown: number[]; drawn: number[] }> {
  await session.send('Network.emulateNetworkConditions', {
    ...slow,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: -1,
  });
  await page.goto(`${url}${path}`);
  const field = fieldOf(page);
  await field.waitFor();
  await systemClock.sleep(5_000);
  await field.focus();
  await page.evaluate(`
    globalThis.shown = [];
    globalThis.drawn = [];
    let typedAt = 0;
    addEventListener(
      'keydown',
      ({ timeStamp }) => {
        typedAt = timeStamp;
        requestAnimationFrame(() => setTimeout(() => shown.push(performance.now() - timeStamp)));
      },
      true,
    );
    new MutationObserver(() => (drawn[shown.length - 1] = performance.now() - typedAt)).observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  `);
  for (const letter of text) await page.keyboard.type(letter, { delay: 150 });
  const { shown, drawn } = await page.evaluate<{ shown: number[]; drawn: number[] }>('({ shown, drawn })');
  await page.context().close();
  const inOrder = (times: readonly number[]) => times.filter(Number.isFinite).toSorted((a, b) => a - b);
  return { shown: inOrder(shown), drawn: inOrder(drawn) };
}
