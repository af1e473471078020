/** Google Cloud Storage: tokens of a service account, HMAC keys, generations. And who gets a token. */
import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/contracts/secret.ts';
import { gcsProvider } from '../../src/sources/gcs/provider.ts';
import { serviceAccountTokens } from '../../src/sources/google/auth.ts';
import { briskClock, key, never, startStorage } from './support/object-storage.ts';
import { readValues, scanFailure } from './support/values.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const keyFile = (changes: object = {}) =>
  JSON.stringify({
    type: 'service_account',
    project_id: 'shop',
    client_email: 'lineup@shop.iam.example',
    private_key: pem,
    // Nobody may lead the key elsewhere.
    token_uri: 'http://127.0.0.1:1/token',
    ...changes,
  });

/** Google's server of tokens. */
function tokenServer(
  answer: () => Response = () => Response.json({ access_token: 'token-1', expires_in: 3600 }),
) {
  const asked: { url: string; body: string }[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    asked.push({ url: String(input instanceof Request ? input.url : input), body: String(init?.body) });
    return answer();
  };
  return { fetch, asked };
}

const scopes = ['scope'];

describe('a token of a service account', () => {
  it('is asked from Google, with a signature of the key, and kept', async () => {
    const { fetch, asked } = tokenServer();
    const tokens = serviceAccountTokens(keyFile(), { scopes, fetch });
    expect([await tokens.token(), await tokens.token(), tokens.projectId]).toEqual([
      'token-1',
      'token-1',
      'shop',
    ]);
    expect(asked.map(({ url }) => url)).toEqual(['https://oauth2.googleapis.com/token']);
    const assertion = new URLSearchParams(asked[0]?.body).get('assertion') ?? '';
    const [head, claims = '', signature = ''] = assertion.split('.');
    const signed = Buffer.from(`${head}.${claims}`);
    expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'lineup@shop.iam.example',
      scope: 'scope',
    });
  });

  it.each([
    [
      'a deleted key',
      keyFile(),
      Response.json({ error: 'invalid_grant' }, { status: 400 }),
      'source_unauthorized',
    ],
    ['a server that fails', keyFile(), new Response('', { status: 404 }), 'source_failed'],
    ['no key', keyFile({ private_key: 'x' }), Response.json({}), 'invalid_configuration'],
    ['no token', keyFile(), Response.json({}), 'source_failed'],
  ])('fails with %s, and the error shows no key', async (_, json, answer, code) => {
    const { fetch } = tokenServer(() => answer.clone());
    const failure = await serviceAccountTokens(json, { scopes, fetch })
      .token()
      .catch((error) => error);
    expect(failure).toMatchObject({ code });
    expect(`${failure.stack} ${JSON.stringify(failure)}`).not.toMatch(/PRIVATE KEY|assertion|iam\.example/);
  });

  it.each(['', '{}', '[]', 'null', '{"type":"external_account","client_email":"a","private_key":"b"}'])(
    'needs the key file of a service account, not %j',
    (json) => {
      expect(() => serviceAccountTokens(json, { scopes })).toThrow(
        expect.objectContaining({ code: 'invalid_configuration' }),
      );
    },
  );
});

const csv = 'email\na@example.com\n';

describe('Google Cloud Storage', () => {
  const at = (origin: string, values: Record<string, string>, fetch?: typeof globalThis.fetch) => ({
    provider: gcsProvider({ origin, clock: briskClock(), ...(fetch && { fetch }) }),
    credentials: new Secret(values),
  });

  it('is read with a service account, and only Google’s storage gets the token', async () => {
    const sim = await startStorage({ tokens: ['token-1'] });
    sim.put('members', 'daily/a.csv', csv);
    const { fetch } = tokenServer();
    const { provider, credentials } = at(
      sim.origin,
      { service_account_key: keyFile(), bucket: 'members' },
      fetch,
    );
    const source = await provider.open(credentials, 'gs://members/daily/*.csv', never);
    expect(source.label).toBe('gs://members/daily/a.csv');
    expect(await readValues(source, 'email')).toEqual(['a@example.com']);
    const { items } = await provider.audiences(credentials, { limit: 10 }, never);
    expect(items.map(({ id }) => id)).toEqual(['gs://members/daily/a.csv']);
    expect(await provider.verify(credentials, never)).toMatchObject({
      works: expect.objectContaining({ values: ['Google Cloud Storage', 'members'] }),
    });
    // An object stored as gzip would otherwise be unpacked, and have no parts.
    for (const { incoming } of sim.requests) expect(incoming.headers['accept-encoding']).toBe('gzip');
    expect(gcsProvider().hosts?.(credentials)).toEqual([
      { what: 'Google Cloud Storage', host: 'storage.googleapis.com', port: 443, tls: true },
    ]);
  });

  it('is read with an HMAC key', async () => {
    const sim = await startStorage();
    sim.put('members', 'a.csv', csv);
    const hmac = { access_key_id: key.accessKeyId, secret_access_key: key.secretAccessKey };
    const { provider, credentials } = at(sim.origin, hmac);
    const source = await provider.open(credentials, 'newest:gs://members/', never);
    expect(await readValues(source, 'email')).toEqual(['a@example.com']);
  });

  it('ends a scan when the object has another generation', async () => {
    const sim = await startStorage({ tokens: ['token-1'] });
    sim.put('members', 'a.csv', csv);
    const { fetch } = tokenServer();
    const { provider, credentials } = at(sim.origin, { service_account_key: keyFile() }, fetch);
    const source = await provider.open(credentials, 'gs://members/a.csv', never);
    // The same content is another version, too.
    sim.put('members', 'a.csv', csv);
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({ code: 'source_expired' });
  });

  it('says what is wrong', async () => {
    const sim = await startStorage({
      fault: ({ bucket }) => (bucket === 'closed' ? { status: 403, code: 'AccessDenied' } : undefined),
    });
    const { fetch } = tokenServer();
    const { provider, credentials } = at(sim.origin, { service_account_key: keyFile() }, fetch);
    await expect(provider.open(credentials, 'gs://members/a.csv', never)).rejects.toMatchObject({
      code: 'source_unauthorized',
      message: expect.stringContaining('does not accept the credentials'),
    });
    await expect(provider.open(credentials, 'gs://closed/a.csv', never)).rejects.toMatchObject({
      message: expect.stringContaining('storage.objects.get'),
    });
    await expect(provider.open(new Secret({}), 'gs://members/a.csv', never)).rejects.toMatchObject({
      message: expect.stringContaining('LINEUP_MACHINE_CREDENTIALS=true'),
    });
  });

  it('without a project shows how to get a list', async () => {
    const sim = await startStorage({ fault: () => ({ status: 400, code: 'InvalidArgument' }) });
    const hmac = { access_key_id: key.accessKeyId, secret_access_key: key.secretAccessKey };
    const { provider, credentials } = at(sim.origin, hmac);
    await expect(provider.audiences(credentials, { limit: 1 }, never)).rejects.toMatchObject({
      message: expect.stringContaining('Enter a bucket'),
    });
  });
});
