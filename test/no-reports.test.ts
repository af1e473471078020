/**
 * Lineup reports nothing to anyone. Compares docs/privacy.md with the source, with the settings of libraries that
 * could report, and with a running service.
 */
import diagnostics from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { serviceBench } from './support/service-bench.ts';

const read = (path: string): string => readFileSync(path, 'utf8');

const packages = ['client-core', 'line-ads', 'ly-ads', 'identifiers'];

const files = ['src', 'web', ...packages.map((name) => `packages/${name}/src`)].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|css|html)$/.test(name))
    .map((name) => join(folder, name)),
);

/** Every file that can open a connection, and where it leads. The operator of Lineup chooses all of these addresses. */
const connecting: Record<string, string> = {
  'packages/line-ads/src/send.ts': 'LINE’s API',
  'packages/ly-ads/src/send.ts': 'LY’s API',
  'packages/ly-ads/src/oauth.ts': 'LY’s API, for an access token',
  'src/destinations/line-official-account/client.ts': 'LINE’s Messaging API',
  'src/destinations/line-official-account/tokens.ts': 'the same, for an access token',
  'src/cli/api/client.ts': 'the service at LINEUP_URL',
  'src/doctor/hosts.ts': 'the hosts of the configuration, when a person runs lineup doctor',
  'src/use-cases/notifications/send.ts': 'the mail server or the webhook of a channel',
  'src/sources/postgres/client.ts': 'the database of an authorization',
  'src/sources/postgres/connection.ts': 'the same',
  'src/sources/http.ts': 'BigQuery, Lytics, Snowflake, the URL of a file, or object storage',
  'src/sources/google/auth.ts': 'Google, for an access token of the machine',
  'src/sources/s3/machine-key.ts': 'where a cloud gives a machine its credentials, if the operator allows it',
  'src/sources/mysql/client.ts': 'the database of an authorization',
  'src/sources/bigquery/storage.ts': 'BigQuery, or its simulator',
  'src/store/database/postgres.ts': 'the database of the service',
  'src/store/database/postgres-socket.ts': 'its sockets',
  'src/store/database/stuck-connections.ts': 'the same database',
  'src/store/coordination/queue.ts': 'the same, for the queue',
  'src/server/auth/single-sign-on.ts': 'the issuer of single sign-on',
  'src/use-cases/single-sign-on/provider.ts': 'the same, for its keys and its users',
  'src/telemetry/sdk.ts': 'the collector of the operator, if one is named',
};

const begins =
  /\bfetch\(|\brequest as over|import \{[^}]*\bconnect\b[^}]*\} from 'node:(?:net|tls)'|new Socket\(\)|createTransport\(|new WebSocket|sendBeacon|new EventSource\(|new pg\.(?:Pool|Client)|new PgBoss|genericOAuth\(|\.BigQueryReadClient\(|new GoogleAuth\(|import\('@aws-sdk\/credential-provider-node'\)|'@opentelemetry\/exporter-/;

/** An example in a comment connects to nothing. */
const withoutComments = (text: string) => text.replace(/\/\*.*?\*\//gs, '');

test('only these files open connections, and only to configured addresses', () => {
  const found = files.filter((path) => !path.startsWith('web') && begins.test(withoutComments(read(path))));
  // A pipe to another process of Lineup.
  const pipes = ['src/sources/files/pipe-reader.ts', 'src/readers/process/serve.ts'];
  expect(found.filter((path) => !pipes.includes(path)).sort()).toEqual(Object.keys(connecting).sort());
  expect(read('src/readers/process/serve.ts')).not.toMatch(/\.connect\(/);
});

test('the source names only the hosts of LINE, of LY and of sources, and examples', () => {
  const named = files.flatMap((path) =>
    [...read(path).matchAll(/\b(?:https?|wss?):\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)/gi)].map(([, host]) => host!),
  );
  const strange = new Set(named.filter((host) => !/(^|\.)example\.(com|org|jp)$|\.example$|^127\.0\.0\.1$/.test(host)));
  // The SVG namespace, the name of an event of OpenID and that of a right at Google are not addresses that are opened.
  // LINE’s help pages are links for people.
  for (const host of ['www.w3.org', 'schemas.openid.net', 'www.googleapis.com']) strange.delete(host);
  for (const host of ['lineforbusiness.com', 'tw.linebiz.com', 'www.linebiz.com']) strange.delete(host);
  expect([...strange].sort()).toEqual([
    'ads-display.yahooapis.jp',
    'ads.line.me',
    'api-data.line.me',
    'api.line.me',
    'api.lytics.io',
    'bigquery.googleapis.com',
    'biz-oauth.yahoo.co.jp',
    'oauth2.googleapis.com',
    'storage.googleapis.com',
  ]);
});

test('libraries that could report or fetch are configured not to', () => {
  expect(read('src/server/auth/better-auth.ts')).toContain('telemetry: { enabled: false }');
  expect(read('src/sources/files/duckdb.ts')).toContain("autoinstall_known_extensions: 'false'");
  // The browser, too, connects only to this server.
  expect(read('src/server/app.ts')).toContain(`defaultSrc: ["'self'"]`);
  expect(read('src/server/app.ts')).not.toContain('connectSrc');
});

test('a service that starts and runs a job connects only to LINE’s API and its database', async () => {
  const reached = new Set<string>();
  const onSocket = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    socket.once('connect', () => {
      // A Unix socket has no address. This one is the database.
      if (socket.remoteAddress !== undefined) reached.add(`${socket.remoteAddress}:${socket.remotePort}`);
    });
    socket.once('lookup', (_error, _address, _family, host: string) => reached.add(host));
  };
  diagnostics.subscribe('net.client.socket', onSocket);
  onTestFinished(() => void diagnostics.unsubscribe('net.client.socket', onSocket));
  const bench = await serviceBench();
  const { connection } = bench.running.database;
  const server = connection.kind === 'postgres' ? new URL(connection.url.reveal()) : undefined;
  const ofDatabase = (place: string) => place === server?.hostname || place.endsWith(`:${server?.port || '5432'}`);
  const file = bench.write('vip.csv', 'id,email\n1,a@example.com\n');
  const job = await bench.createJob({ segment_id: file, id_field: 'email' });
  await bench.waitForJob(job.id, ({ last_run }) => last_run?.status === 'succeeded');
  expect([...reached].filter((place) => !ofDatabase(place))).toEqual([new URL(bench.simulator.url).host]);
});
