/** The contract of a connection to a database: its guard, its TLS, its deadline, its end, and its errors. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LineupError } from '../../src/domain/errors/errors.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { explainSessionError } from '../../src/sources/database/failure.ts';
import type { OpenLimits } from '../../src/sources/database/source.ts';
import type { DatabaseConnection } from '../../src/sources/database/target.ts';
import type { ProviderOptions, Source, SourceProvider, Verified } from '../../src/sources/source.ts';
import { makeCertificate } from './support/certificate.ts';
import { outcomeOf } from './support/failures.ts';
import { recordedNetwork } from './support/network.ts';
import type { ProxyOptions, TcpProxy } from './support/tcp-proxy.ts';
import { readBlocks, readValues } from './support/values.ts';

/** What is checked of a server. */
type Check = 'no TLS' | 'nothing' | 'authority' | 'all';

export interface UrlProxy extends TcpProxy {
  /** The URL of the database through the proxy, at this host name. */
  url(host: string, parameters?: string): string;
}

export interface ConnectionKit {
  /** Its name in messages. */
  readonly system: 'MySQL' | 'PostgreSQL';
  /** The parameters of a URL: what is checked, and a file with the certificate of an authority. */
  parameters(check: Check, file?: string): string;
  proxy(options?: ProxyOptions): Promise<UrlProxy>;
  /** Hosts that are not looked up. */
  readonly addresses: readonly string[];
  test(connection: DatabaseConnection, signal?: AbortSignal): Promise<Verified>;
  /** Opens a query, or the table `members` with the field `email` and 100,000 rows. */
  open(connection: DatabaseConnection, query?: string, limits?: OpenLimits): Promise<Source>;
  provider(options: ProviderOptions): SourceProvider;
  /** A query of one member whose `email` comes after two seconds. */
  readonly slowQuery: string;
  /** Makes an error of a connection of one of the driver. */
  sessionError(error: unknown): Error;
}

export function connectionContract(kit: ConnectionKit): void {
  const { parameters, proxy } = kit;
  const failureOf = (connection: DatabaseConnection) => outcomeOf(kit.test(connection).then(({ works }) => works));
  const works = expect.stringMatching(/ can be read in /);

  it('fails if it is cut before it is ready', async () => {
    const cut = await proxy({ cutAfter: 0 });
    expect(await failureOf({ url: cut.url('127.0.0.1') })).toMatchObject({ code: 'source_failed', retryable: true });
  });

  it('is given up if the server does not answer in time', async () => {
    const silent = await proxy();
    silent.freeze('all');
    expect(await failureOf({ url: silent.url('127.0.0.1', 'connect_timeout=1') })).toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringContaining('did not answer in time'),
    });
  });

  it('is stopped by its signal', async () => {
    const silent = await proxy();
    const controller = new AbortController();
    const trying = kit.test({ url: silent.url('127.0.0.1') }, controller.signal);
    controller.abort();
    await expect(trying).rejects.toMatchObject({ code: 'interrupted' });
    await expect(kit.test({ url: silent.url('127.0.0.1') }, AbortSignal.abort())).rejects.toMatchObject({
      code: 'interrupted',
    });
  });

  it('fails a scan if it is cut in the middle', async () => {
    const whole = await proxy();
    expect(await readValues(await kit.open({ url: whole.url('127.0.0.1') }), 'email')).toHaveLength(100_000);
    const cut = await proxy({ cutAfter: 1_000_000 });
    const scan = await (await kit.open({ url: cut.url('127.0.0.1') })).scan(['email']);
    expect((await readBlocks(scan)).length).toBeGreaterThan(500_000);
    await expect(scan.finished).rejects.toMatchObject({
      code: 'source_failed',
      retryable: true,
      message: expect.stringMatching(new RegExp(`\\.members in ${kit.system} .* the connection was lost\\.$`)),
    });
  });

  it('previews no member if none is asked for', async () => {
    const source = await kit.open({ url: (await proxy()).url('127.0.0.1') });
    expect(await source.preview('email', 2.5)).toHaveLength(2);
    expect(await source.preview('email', -1)).toEqual([]);
  });

  describe('if only some hosts are allowed', () => {
    const refusal = new LineupError('invalid_argument', 'That host is not allowed.');

    it.each(['127.0.0.1', 'db.example.com', 'localhost', '::1', ...kit.addresses])(
      'the check gets %s before anything is sent',
      async (host) => {
        const server = await proxy();
        const address = host === '::1' ? '[::1]' : encodeURIComponent(host);
        const { asked, access } = recordedNetwork(refusal);
        await expect(kit.test({ url: server.url(address), network: access })).rejects.toBe(refusal);
        expect(asked).toEqual([host]);
        expect(server.connections).toBe(0);
      },
    );

    it('the check applies to every connection of a source', async () => {
      const server = await proxy();
      const { asked, access } = recordedNetwork();
      const connection = { url: server.url('db.example.com', parameters('no TLS')), network: access };
      const source = await kit.open(connection, kit.slowQuery, { silenceMs: 200 });
      expect(await readValues(source, 'email')).toHaveLength(1);
      // The connection of the opening, that of the scan, and those that ask whether the server still works.
      expect(server.connections).toBeGreaterThan(2);
      // The last one may have been stopped between the two.
      expect(asked.length).toBeGreaterThanOrEqual(server.connections);
      expect(new Set(asked)).toEqual(new Set(['db.example.com']));
    });

    it('files of this machine are only for its owner', async () => {
      const file = join(tmpdir(), 'ca.pem');
      const connectionUrl = `${kit.system === 'MySQL' ? 'mysql' : 'postgres'}://ana@db.example.com/shop?${parameters('all', file)}`;
      const credentials = new Secret<Record<string, string>>({ connection_url: connectionUrl });
      const network = { networkAt: () => recordedNetwork().access };
      expect(() => kit.provider(network).hosts?.(credentials)).toThrow(/names a certificate file/);
      expect(() => kit.provider({ ...network, ownMachine: true }).hosts?.(credentials)).toThrow(/ENOENT|not be read/);
    });
  });

  describe('with TLS', () => {
    const own = makeCertificate('localhost');
    const other = makeCertificate('elsewhere.example.com');

    it('reads a whole scan', async () => {
      const server = await proxy({ certificate: own });
      const source = await kit.open({ url: server.url('localhost', parameters('all')), ca: own.cert });
      expect(await readValues(source, 'email')).toHaveLength(100_000);
      expect(server.encrypted).toBe(2);
    });

    it('can be stopped in the middle', async () => {
      const server = await proxy({ certificate: own });
      const scan = await (await kit.open({ url: server.url('localhost', parameters('nothing')) })).scan(['email']);
      for await (const _ of scan.blocks) await scan.close();
      await expect(scan.finished).rejects.toMatchObject({ code: 'interrupted' });
    });

    it.each([
      ['all', own, own, 'localhost', undefined],
      ['all', own, undefined, 'localhost', 'not from a trusted authority'],
      ['all', own, other, 'localhost', 'not from a trusted authority'],
      ['all', other, other, 'localhost', 'is for another name'],
      ['all', own, own, '127.0.0.1', 'is for another name'],
      ['authority', other, other, 'localhost', undefined],
      ['authority', own, other, 'localhost', 'not from a trusted authority'],
      ['nothing', own, undefined, 'localhost', undefined],
      // Only the programs of PostgreSQL check a certificate that is given.
      ['nothing', own, other, 'localhost', kit.system === 'MySQL' ? undefined : 'not from a trusted authority'],
    ] as const)('checks %s (%#)', async (check, certificate, authority, host, message) => {
      const server = await proxy({ certificate });
      const outcome = await failureOf({ url: server.url(host, parameters(check)), ca: authority?.cert ?? '' });
      if (message === undefined) expect(outcome).toEqual(works);
      else expect(outcome).toMatchObject({ code: 'source_failed', message: expect.stringContaining(message) });
      expect(server.encrypted).toBe(1);
    });

    it('reads the authority from a file if the URL comes from the owner of the machine', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lineup-test-authority-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const file = join(folder, 'ca.pem');
      await writeFile(file, other.cert);
      const server = await proxy({ certificate: other });
      const connection = { url: server.url('localhost', parameters('authority', file)), ownMachine: true };
      expect(await failureOf(connection)).toEqual(works);
      await writeFile(file, own.cert);
      expect(await failureOf(connection)).toMatchObject({
        message: expect.stringContaining('not from a trusted authority'),
      });
    });

    it('does not continue in clear text if the server offers no TLS', async () => {
      const server = await proxy();
      expect(await failureOf({ url: server.url('127.0.0.1', parameters('nothing')) })).toMatchObject({
        code: 'source_failed',
        message: expect.stringContaining('it does not support TLS'),
      });
      expect(await failureOf({ url: server.url('127.0.0.1', parameters('no TLS')) })).toEqual(works);
    });
  });

  it.each([
    ['ECONNRESET', 'the connection was lost', true],
    ['EPIPE', 'the connection was lost', true],
    ['ECONNREFUSED', 'nothing listens there', true],
    ['ENOENT', 'there is no such socket', true],
    ['ENOTFOUND', 'its host name is not known', false],
    ['EAI_AGAIN', 'its host name cannot be looked up at the moment', true],
    ['EHOSTUNREACH', 'the connection failed (EHOSTUNREACH)', true],
    ['CERT_HAS_EXPIRED', 'its certificate has expired', false],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not from a trusted authority', false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name', false],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'the TLS connection failed', false],
  ])('that fails with %s of Node.js is explained', (code, why, retryable) => {
    const failure = explainSessionError(kit.sessionError(Object.assign(new Error('from Node.js'), { code })), 'It');
    expect(failure).toMatchObject({
      code: 'source_failed',
      reason: code,
      retryable,
      message: expect.stringMatching(/^It cannot be read: /),
    });
    expect(failure.message).toContain(why);
  });
}
