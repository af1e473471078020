/**
 * `npm run dev` as a developer uses it, on a copy of the sources: a page and the server change while they are in use.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFailed, onTestFinished, test } from 'vitest';
import { afterChange } from '../scripts/dev/changes.ts';
import { readOptions } from '../scripts/dev/options.ts';
import { closeVisits, goTo, needsBrowser, openBrowser, visitor } from './support/browser.ts';

const root = resolve(import.meta.dirname, '..');

/** The sources with the libraries and the kernels of this checkout. Changes to the copy affect nothing else. */
function copyOfSources(): string {
  const copy = sourceDirectory();
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const options = { recursive: true, preserveTimestamps: true };
  const folders = ['src', 'web', 'locales', 'packages', 'simulators', 'migrations', 'scripts'];
  for (const name of [...folders, 'package.json', 'tsconfig.json']) {
    cpSync(join(root, name), join(copy, name), options);
  }
  mkdirSync(join(copy, 'build'));
  for (const name of readdirSync(join(root, 'build'))) {
    if (name.endsWith('.wasm')) cpSync(join(root, 'build', name), join(copy, 'build', name), options);
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  // Older than the installed libraries, so npm installs nothing again.
  writeFileSync(join(copy, 'package-lock.json'), '');
  utimesSync(join(copy, 'package-lock.json'), 0, 0);
  return copy;
}

/**
 * The same directory as the last time, unless another process uses it. Files compiled there need not be compiled again.
 */
function sourceDirectory(): string {
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const usual = join(tmpdir(), `lineup-sources-of-${checkout}`);
  try {
    mkdirSync(usual, { mode: 0o700 });
    return usual;
  } catch {
    return mkdtempSync(join(tmpdir(), 'lineup-sources-'));
  }
}

interface Developing {
  readonly child: ChildProcess;
  readonly output: { out: string; err: string };
  /** Resolves with the match of the pattern in the output. */
  waitForOutput(pattern: RegExp): Promise<RegExpExecArray>;
  /** Does what Ctrl-C does in a terminal: every process of the group gets the signal. */
  interrupt(): void;
}

/** Starts it in its own process group, as a terminal does. */
function develop(copy: string, ...args: string[]): Developing {
  const child = spawn('npm', ['run', '--silent', 'dev', '--', ...args], {
    cwd: copy,
    detached: true,
    // As in a terminal: without variables of the tests, because the web tools would change their behaviour.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const group = -child.pid!;
  onTestFinished(() => {
    if (isThere(group)) process.kill(group, 'SIGKILL');
  });
  const output = { out: '', err: '' };
  onTestFailed(() => console.error('What npm run dev printed:', output));
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (output.out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (output.err += text));
  const waitForOutput = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((settle, fail) => {
      const search = () => {
        const found = pattern.exec(output.out);
        if (found) settle(found);
      };
      child.stdout!.on('data', search);
      child.on('close', () => fail(new Error(`It ended without printing ${pattern}: ${output.out}${output.err}`)));
      search();
    });
  return { child, output, waitForOutput, interrupt: () => process.kill(group, 'SIGINT') };
}

function isThere(group: number): boolean {
  try {
    process.kill(group, 0);
    return true;
  } catch {
    return false;
  }
}

/** A page gets changes only after it has connected, which may be some time after it is shown. */
async function openLive(page: Page, url: string): Promise<void> {
  const connected = page.waitForEvent('console', (message) => message.text() === '[vite] connected.');
  await page.goto(url);
  await connected;
}

/** Replaces the file at once, as most editors do. Nobody can read it half written, however busy the machine is. */
function save(file: string, text: string): void {
  writeFileSync(`${file}~`, text);
  renameSync(`${file}~`, file);
}

function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  save(file, text.replace(from, to));
}

/**
 * On a machine that is busy with other tests, a saved change may stay unnoticed. Then a developer saves again, after
 * more time than a restart needs.
 */
async function saveUntil<T>(seen: Promise<T>, file: string): Promise<T> {
  const again = setInterval(() => save(file, readFileSync(file, 'utf8')), 30_000);
  try {
    return await seen;
  } finally {
    clearInterval(again);
  }
}

describe('npm run dev', needsBrowser, () => {
  test('shows a changed page and keeps typed text, and shows a changed server without a new sign-in', async () => {
    const copy = copyOfSources();
    // Fewer members than developers get, and fewer of them each second.
    change(join(copy, 'src/cli/demo/members.ts'), 'MEMBERS = 250_000', 'MEMBERS = 2_500');
    change(join(copy, 'src/cli/demo/sources.ts'), 'LYTICS_PAGE_MS = 30', 'LYTICS_PAGE_MS = 1_000');
    const { child, output, waitForOutput, interrupt } = develop(copy, '--port', '0');
    const [, url = '', email = '', password = ''] = await waitForOutput(
      /Open {2}(\S+)\s+sign in as (\S+) with the password (\S+)[\s\S]*Ctrl-C ends everything\./,
    );
    const [, directory = ''] = await waitForOutput(/(\S*lineup-dev-[^/]+)\//);
    const browser = await openBrowser();
    onTestFinished(() => closeVisits(browser));
    const { page } = await visitor(browser);
    page.setDefaultTimeout(60_000);
    const seen: string[] = [];
    page.on('console', (message) => seen.push(message.text()));
    page.on('framenavigated', (frame) => seen.push(`navigated to ${new URL(frame.url()).pathname}`));
    onTestFailed(() => console.error('What the page told:', seen));
    await openLive(page, url);

    // A page before the sign-in. A reload would clear values on `window`.
    await page.getByLabel('E-mail address').fill(email);
    await page.evaluate('window.kept = true');
    const kept = () => page.evaluate('window.kept');
    const signIn = join(copy, 'web/pages/sign-in/sign-in.tsx');
    change(signIn, '<Stack gap="md">', '<Stack gap="md"><p>A changed sign-in</p>');
    await saveUntil(page.getByText('A changed sign-in').waitFor(), signIn);
    // First whether it was a reload: that says why a value is gone.
    expect(await kept()).toBe(true);
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(email);

    // A part of a page, whose file also has a function that others import.
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await goTo(page, '/authorizations/new?provider=line_ads&method=line_ads_api_key');
    await page.getByLabel('Access Key').fill('typed before');
    const fields = join(copy, 'web/pages/authorizations/configuration-fields.tsx');
    change(fields, 'label: say(', "label: 'Changed ' + say(");
    await saveUntil(page.getByLabel('Changed Access Key').waitFor(), fields);
    expect(await kept()).toBe(true);
    expect(await page.getByLabel('Changed Access Key').inputValue()).toBe('typed before');
    await waitForOutput(/All members, from Lytics" is running/);

    // A mistake stops the server.
    const file = join(copy, 'src/use-cases/status.ts');
    const sound = readFileSync(file, 'utf8');
    expect(sound).toContain('It answers.');
    save(file, `${sound}\nthis is no program`);
    const told = expect
      .poll(() => output.err, { timeout: 60_000 })
      .toContain('It starts again when you save a change.');
    await saveUntil(told, file);
    expect((await fetch(`${url}/ready`)).status).toBe(503);

    // The correction starts it again on its database, with what else has changed. The page does not reload.
    save(file, sound.replace('It answers.', 'It answers anew.'));
    const isUp = /src\/use-cases\/status\.ts changed: the server is up again after \d+\.\d s/;
    await saveUntil(waitForOutput(isUp), file);
    await expect
      .poll(async () => (await fetch(`${url}/ready`)).text(), { timeout: 60_000 })
      .toContain('It answers anew.');
    expect(await page.getByLabel('Changed Access Key').inputValue()).toBe('typed before');
    expect(await kept()).toBe(true);

    // A message of a catalogue, which the page shows without a reload, too. Users stay signed in.
    const texts = join(copy, 'locales/en/web.json');
    change(texts, '"nav.jobs": "Jobs"', '"nav.jobs": "Changed jobs"');
    await saveUntil(page.getByRole('link', { name: 'Changed jobs' }).first().waitFor(), texts);
    expect(await kept()).toBe(true);
    await goTo(page, '/jobs');
    await page.getByRole('link', { name: 'VIP members' }).first().waitFor();

    interrupt();
    await once(child, 'close');
    expect(isThere(-child.pid!)).toBe(false);
    expect(existsSync(directory)).toBe(false);
  }, 300_000);
});

test('npm run dev explains in one line that its port is in use, or that a flag is unknown', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  // It ends before it writes anything, so it needs no copy.
  const { child, output } = develop(root, '--port', `${port}`);
  const [status] = await once(child, 'close');
  const sentence = `Error: Port ${port} is in use: choose another with npm run dev -- --port 0.\n`;
  expect([status, output]).toEqual([2, { out: '', err: sentence }]);

  const unknown = 'npm run dev takes --port with a number to 65535, and --inspect.';
  for (const args of [['--prot'], ['--port', '65536'], ['--port', 'any'], ['one']]) {
    expect(() => readOptions(args), args.join(' ')).toThrow(unknown);
  }
  expect(readOptions([])).toEqual({ port: 5173, inspect: false });
  expect(readOptions(['--port', '0', '--inspect'])).toEqual({ port: 0, inspect: true });
});

test('changes saved together cause one restart, and changes saved during it cause the next', async () => {
  const ready = Promise.withResolvers<void>();
  const settled = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const restarts: (readonly string[])[] = [];
  const changed = afterChange({
    ready: ready.promise,
    settle: () => settled.promise,
    restart: async (files) => {
      restarts.push(files);
      if (restarts.length === 1) {
        // Saved while the server starts.
        changed('c.ts');
        await first.promise;
      } else second.resolve();
    },
  });
  changed('a.ts');
  changed('b.ts');
  changed('a.ts');
  ready.resolve();
  await ready.promise;
  expect(restarts).toEqual([]);
  settled.resolve();
  first.resolve();
  await second.promise;
  expect(restarts).toEqual([['a.ts', 'b.ts'], ['c.ts']]);
});
