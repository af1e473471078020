/** The HTTP server with a real database for sign-in, and a log that the test can read. */
import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { silentLog } from '../../src/contracts/event-log.ts';
import type { OidcConfig } from '../../src/contracts/single-sign-on.ts';
import type { Telemetry } from '../../src/contracts/telemetry.ts';
import type { UseCases } from '../../src/contracts/use-cases.ts';
import type { Role } from '../../src/domain/people/people.ts';
import { Secret } from '../../src/domain/values/secret.ts';
import { activeTrace } from '../../src/machine/active-trace.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { buildApp, type ServerConfig } from '../../src/server/app.ts';
import { type Auth, createAuth, setupLink } from '../../src/server/auth/auth.ts';
import { createLog } from '../../src/server/log.ts';
import { authTables } from '../../src/store/database/auth-tables.ts';
import type { Database } from '../../src/store/database/database.ts';
import { masterKey, SecretBox } from '../../src/store/secrets/secret-box.ts';
import { singleSignOnUseCases } from '../../src/use-cases/single-sign-on/index.ts';

export const ORIGIN = 'http://lineup.example.com';
/** Seals what a test server stores. */
export const testBox = new SecretBox([masterKey(Buffer.alloc(32, 7))]);

const realTime = { now: () => systemClock.now(), sleep: systemClock.sleep };

export const PASSWORD = 'correct horse battery';

/** The hash of the product takes a tenth of a second, on purpose. The tests in the browser use it. */
const quickHash = async (password: string): Promise<string> => createHash('sha256').update(password).digest('hex');

export interface TestServer {
  readonly app: FastifyInstance;
  readonly auth: Auth;
  /** All lines of the log so far. */
  log(): string;
  /** A request as a browser sends it from our own page. */
  browse(options: InjectOptions): Promise<LightMyRequestResponse>;
}

export async function testServer(
  database: Database,
  service: UseCases,
  { oidc, telemetry, ...config }: Partial<ServerConfig> & { oidc?: OidcConfig; telemetry?: Telemetry } = {},
): Promise<TestServer> {
  let written = '';
  const log = createLog({
    trace: activeTrace,
    to: new Writable({
      write: (chunk, _, done) => {
        written += String(chunk);
        done();
      },
    }),
  });
  const publicUrl = config.publicUrl ?? ORIGIN;
  const auth = createAuth({
    database: { db: database.db, type: 'postgres' },
    tables: authTables,
    secret: new Secret('an invented secret of thirty-two characters or more'),
    publicUrl,
    oidc: oidc && {
      config: oidc,
      rules: singleSignOnUseCases({ db: database.db, box: testBox, log: silentLog, ...realTime }, oidc),
    },
    log,
    passwords: {
      hash: quickHash,
      verify: async ({ hash, password }) => hash === (await quickHash(password)),
    },
  });
  const app = await buildApp({
    useCases: service,
    auth,
    log,
    telemetry,
    config: { webDirectory: null, version: '0.0.0', ...config, publicUrl },
  });
  return {
    app,
    auth,
    log: () => written,
    browse: ({ headers, ...options }) =>
      app.inject({
        ...options,
        headers: { host: new URL(publicUrl).host, origin: new URL(publicUrl).origin, ...headers },
      }),
  };
}

/** Creates the first administrator as a person does: with the link from the log. */
export async function setUp({ auth, browse }: TestServer): Promise<void> {
  const link = await setupLink(auth, ORIGIN);
  const answer = await browse({
    method: 'POST',
    url: '/api/v1/setup',
    payload: {
      token: link?.split('#')[1],
      name: 'Aiko Tanaka',
      email: 'aiko@example.com',
      password: PASSWORD,
    },
  });
  if (answer.statusCode !== 201) throw new Error(`setup was refused: ${answer.body}`);
}

/** Signs in. @returns the cookie to send with requests */
export async function signIn(
  { browse }: Pick<TestServer, 'browse'>,
  email = 'aiko@example.com',
  password = PASSWORD,
): Promise<string> {
  const answer = await browse({ method: 'POST', url: '/api/v1/session', payload: { email, password } });
  if (answer.statusCode !== 200) throw new Error(`sign-in was refused: ${answer.body}`);
  return cookieOf(answer);
}

export const cookieOf = (answer: LightMyRequestResponse): string =>
  answer.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ');

/** Invites a person and sets their password. */
export async function join(
  { browse }: Pick<TestServer, 'browse'>,
  cookie: string,
  person: { name: string; email: string; role: Role },
): Promise<string> {
  const { link, user } = (
    await browse({ method: 'POST', url: '/api/v1/users', headers: { cookie }, payload: person })
  ).json<{ link: string; user: { id: string } }>();
  await browse({
    method: 'POST',
    url: '/api/v1/invitations/accept',
    payload: { token: link.split('#')[1], password: PASSWORD },
  });
  return user.id;
}
