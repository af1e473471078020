/** What a browser loads before it shows a page, measured in bytes that the server sends. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join, resolve } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveWeb } from '../../src/server/web.ts';
import { isLater } from '../../web/i18n/later-texts.ts';
import { catalogue } from '../support/catalogues.ts';
import { chunkNamed, filesOf, manifest } from '../support/web-build.ts';

const build = resolve(import.meta.dirname, '../../build/web');
/** With Brotli, which browsers take over https; over plain http they take gzip. */
const SIGN_IN = { br: 135_000, gzip: 157_000 };
const PAGE = { br: 200_000, gzip: 232_000 };
/** What must arrive before the frame of the pages can be drawn; styles and language come on top. With Brotli. */
const FRAME = 75_000;
/** Of a page, and of all that a browser loads in one language by and by. The API's requests come on top. */
const REQUESTS = { page: 9, all: 18 };

const built = (ending: string): string =>
  readdirSync(join(build, 'assets'))
    .filter((name) => name.endsWith(ending))
    .map((name) => readFileSync(join(build, 'assets', name), 'utf8'))
    .join('\n');

test('every used part of the library has its styles', () => {
  const library = readFileSync(resolve(import.meta.dirname, '../../node_modules/@mantine/core/styles.css'), 'utf8');
  const classes = [...new Set(built('.js').match(/\bm_[0-9a-f]{6,8}\b/g))].filter((name) =>
    library.includes(`.${name}`),
  );
  expect(classes.length).toBeGreaterThan(50);
  const styles = built('.css');
  expect(classes.filter((name) => !styles.includes(`.${name}`))).toEqual([]);
});

test('no chunk has Zod', () => {
  // Each schema has this key, so nobody can use Zod without it.
  const key = '_zod';
  const library = readFileSync(resolve(import.meta.dirname, '../../node_modules/zod/v4/core/schemas.js'), 'utf8');
  expect(library).toContain(key);
  const assets = readdirSync(join(build, 'assets')).filter((name) => name.endsWith('.js'));
  expect(assets.length).toBeGreaterThan(10);
  expect(assets.filter((name) => readFileSync(join(build, 'assets', name), 'utf8').includes(key))).toEqual([]);
});

const chunks = Object.keys(manifest);
/** What the browser loads for a page. Other chunks have parts that arrive later. */
const pages = ['sign-in', 'lists', 'job', 'run', 'export', 'connections', 'administration'];
const languages = chunks.filter((name) => /\/locales\/[\w-]+\/web\.json$/.test(name));
/** The texts of parts that arrive later, and the sentences of the server. */
const laterTexts = chunks.filter((name) => /\/locales\/[\w-]+\/web\.json\?later$/.test(name));

/** With the styles and the icon. */
const filesOfPage = (page: string, language: string): string[] => {
  const files = new Set([...filesOf('index.html'), ...filesOf(chunkNamed(page)), ...filesOf(language)]);
  return ['', 'favicon.svg', manifest['style.css']!.file, ...files];
};

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As received, still compressed. */
  readonly body: Buffer;
}

describe('served', () => {
  let app: FastifyInstance;
  let origin: string;
  beforeAll(async () => {
    app = Fastify();
    await serveWeb(app, build);
    origin = await app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(() => app.close());

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    new Promise((done, fail) => {
      const asked = request(`${origin}${path}`, { method, agent: false, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          done({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(parts),
          }),
        );
      });
      asked.on('error', fail);
      asked.end();
    });

  const sizes = new Map<string, Promise<number>>();
  const sizeOf = (path: string, encoding: string): Promise<number> => {
    const key = `${encoding} ${path}`;
    const size = sizes.get(key) ?? ask(path, { 'accept-encoding': encoding }).then(({ body }) => body.length);
    sizes.set(key, size);
    return size;
  };

  const firstLoad = async (page: string, language: string, encoding: string): Promise<number> => {
    const each = await Promise.all(filesOfPage(page, language).map((file) => sizeOf(`/${file}`, encoding)));
    return each.reduce((sum, size) => sum + size, 0);
  };

  test('a page or a language is loaded only when it is needed', () => {
    expect(languages).toHaveLength(5);
    // What a page does not show at first is loaded with the first part or sentence that needs it.
    expect(laterTexts).toHaveLength(5);
    const first = filesOf('index.html');
    for (const name of [...languages, ...laterTexts]) {
      expect(first.has(manifest[name]!.file), name).toBe(false);
    }
  });

  test('no page shows at first a text that is loaded later', () => {
    const keys = Object.keys(catalogue('en', 'web')).filter(isLater);
    expect(keys.length).toBeGreaterThan(100);
    const files = new Set(['index.html', ...pages.map(chunkNamed)].flatMap((name) => [...filesOf(name)]));
    const code = [...files].map((file) => readFileSync(join(build, file), 'utf8')).join('\n');
    expect(keys.filter((key) => ["'", '"', '`'].some((quote) => code.includes(`${quote}${key}${quote}`)))).toEqual([]);
  });

  describe.each(['br', 'gzip'] as const)('with %s', (encoding) => {
    test.each(pages)('the first load of %s, in the largest language, is small', async (page) => {
      const limit = page === 'sign-in' ? SIGN_IN : PAGE;
      const each = await Promise.all(languages.map((language) => firstLoad(page, language, encoding)));
      expect(Math.max(...each)).toBeLessThan(limit[encoding]);
    });
  });

  test('a page needs few requests, and so does everything', () => {
    for (const page of pages) {
      expect(filesOfPage(page, languages[0]!).length, page).toBeLessThanOrEqual(REQUESTS.page);
    }
    const others = chunks.filter((name) => ![...languages.slice(1), ...laterTexts.slice(1)].includes(name));
    expect(new Set(others.map((name) => manifest[name]!.file)).size + 2).toBeLessThanOrEqual(REQUESTS.all);
  });

  test('the page says what the browser will load for it, with and without a session, in its language', async () => {
    const hinted = async (path: string, headers: Record<string, string>) => {
      const answer = await ask(path, { accept: 'text/html', ...headers });
      return String(answer.headers.link).match(/(?<=<\/)[^>]+(?=>)/g);
    };
    const cookie = 'a=b; lineup.session_token=of-somebody';
    const files = (first: string, language: string) => [
      ...[...filesOf(chunkNamed(first))].filter((file) => file !== manifest['index.html']!.file),
      manifest[`../locales/${language}/web.json`]!.file,
      'api/v1/me',
    ];
    const japanese = { 'accept-language': 'ja-JP,ja;q=0.9,en;q=0.8' };
    expect(await hinted('/', japanese)).toEqual(files('sign-in', 'ja'));
    // The frame, and not the page: it would take the line from the frame.
    expect(await hinted('/jobs?tag=vip', { ...japanese, cookie })).toEqual(files('frame', 'ja'));
    expect(await hinted('/jobs/job_1', { 'accept-language': 'zh-HK', cookie })).toEqual(files('frame', 'zh-TW'));
    const chosen = `${cookie}; lineup.language=th`;
    expect(await hinted('/jobs/new', { ...japanese, cookie: chosen })).toEqual(files('frame', 'th'));
    expect(await hinted('/users', { cookie, 'accept-language': 'fr' })).not.toContain('undefined');
  });

  test('the frame is shown before the code of any page is loaded', async () => {
    const first = [...filesOf(chunkNamed('frame'))];
    expect(first).toHaveLength(2);
    const each = await Promise.all(first.map((file) => sizeOf(`/${file}`, 'br')));
    expect(each.reduce((sum, size) => sum + size, 0)).toBeLessThan(FRAME);
  });

  const asset = `/${manifest['index.html']!.file}`;
  const original = readFileSync(join(build, asset));

  test('each browser gets the smallest form that it accepts, and caches distinguish them', async () => {
    const forms = {
      'gzip, deflate, br, zstd': ['br', brotliDecompressSync],
      'gzip, deflate': ['gzip', gunzipSync],
      '': [undefined, (body: Buffer) => body],
      identity: [undefined, (body: Buffer) => body],
      'br;q=0, gzip': ['gzip', gunzipSync],
    } as const;
    const tags = new Set<string>();
    for (const [accepted, [encoding, decode]] of Object.entries(forms)) {
      const answer = await ask(asset, accepted ? { 'accept-encoding': accepted } : {});
      expect([answer.status, answer.headers['content-encoding']], accepted).toEqual([200, encoding]);
      expect(answer.headers['content-type']).toBe('application/javascript; charset=utf-8');
      expect(answer.headers.vary?.toLowerCase()).toContain('accept-encoding');
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(Number(answer.headers['content-length'])).toBe(answer.body.length);
      expect(decode(answer.body).equals(original)).toBe(true);
      tags.add(String(answer.headers.etag));
    }
    expect(tags.size).toBe(3);
  });

  test('a cached file is not sent again, in any form', async () => {
    for (const encoding of ['br', 'gzip', 'identity']) {
      const { headers } = await ask(asset, { 'accept-encoding': encoding });
      const again = await ask(asset, { 'accept-encoding': encoding, 'if-none-match': String(headers.etag) });
      expect([again.status, again.body.length], encoding).toEqual([304, 0]);
      expect(again.headers.vary?.toLowerCase()).toContain('accept-encoding');
    }
  });

  test('the page itself is compressed, at all of its addresses', async () => {
    const page = readFileSync(join(build, 'index.html'));
    for (const path of ['/', '/index.html', '/jobs/job_1?tab=runs', '/nowhere']) {
      const answer = await ask(path, { 'accept-encoding': 'gzip, br', accept: 'text/html' });
      expect([answer.status, answer.headers['content-encoding']], path).toEqual([200, 'br']);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['cache-control']).toBe('no-cache');
      expect(answer.headers.vary?.toLowerCase()).toContain('accept-encoding');
      expect(brotliDecompressSync(answer.body).equals(page)).toBe(true);
    }
  });

  test('HEAD and range requests use the form that is sent', async () => {
    const form = readFileSync(join(build, `${asset}.br`));
    const head = await ask(asset, { 'accept-encoding': 'br' }, 'HEAD');
    expect([head.status, head.headers['content-encoding'], head.body.length]).toEqual([200, 'br', 0]);
    expect(Number(head.headers['content-length'])).toBe(form.length);
    const part = await ask(asset, { 'accept-encoding': 'br', range: 'bytes=100-199' });
    expect([part.status, part.headers['content-encoding']]).toEqual([206, 'br']);
    expect(part.headers['content-range']).toBe(`bytes 100-199/${form.length}`);
    expect(part.body.equals(form.subarray(100, 200))).toBe(true);
  });

  test('compressed forms have no own address, and exist for every larger file', async () => {
    const answer = await ask(`${asset}.br`, { 'accept-encoding': 'br' });
    expect(answer.status).toBe(404);
    const names = readdirSync(join(build, 'assets'));
    const large = names.filter(
      (name) => /\.(js|css)$/.test(name) && statSync(join(build, 'assets', name)).size > 1_000,
    );
    expect(large.length).toBeGreaterThan(10);
    expect(large.filter((name) => !names.includes(`${name}.br`) || !names.includes(`${name}.gz`))).toEqual([]);
  });
});
