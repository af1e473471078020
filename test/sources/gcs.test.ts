/** Google Cloud Storage: tokens of a service account, HMAC keys, generations. And who gets a token. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/domain/values/secret.ts';
import { gcsProvider } from '../../src/sources/gcs/provider.ts';
import type { PostToken } from '../../src/sources/google/token-request.ts';
import { key, never, startStorage } from './support/object-storage.ts';
import { swiftClock } from './support/swift-clock.ts';
import { readValues, scanFailure } from './support/values.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
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
function tokenServer() {
  const asked: string[] = [];
  const postToken: PostToken = async (url) => {
    asked.push(url);
    return { status: 200, body: { access_token: 'token-1', expires_in: 3600 } };
  };
  return { postToken, asked };
}

const csv = 'email\na@example.com\n';

describe('Google Cloud Storage', () => {
  const at = (origin: string, values: Record<string, string>, postToken?: PostToken) => ({
    provider: gcsProvider({ origin, clock: swiftClock(), ...(postToken && { postToken }) }),
    credentials: new Secret(values),
  });

  it('is read with a service account, and only Google’s storage gets the token', async () => {
    const sim = await startStorage({ tokens: ['token-1'] });
    sim.put('members', 'daily/a.csv', csv);
    const { postToken, asked } = tokenServer();
    const { provider, credentials } = at(sim.origin, { service_account_key: keyFile(), bucket: 'members' }, postToken);
    const source = await provider.open(credentials, 'gs://members/daily/*.csv', never);
    expect(source.label).toBe('gs://members/daily/a.csv');
    expect(await readValues(source, 'email')).toEqual(['a@example.com']);
    expect(asked).toEqual(['https://oauth2.googleapis.com/token']);
    const { items } = await provider.audiences(credentials, { limit: 10 }, never);
    expect(items.map(({ id }) => id)).toEqual(['gs://members/daily/a.csv']);
    expect(await provider.verify(credentials, never)).toMatchObject({
      works: expect.objectContaining({ values: ['Google Cloud Storage', 'members'] }),
    });
    // An object stored as gzip would otherwise be unpacked, and have no parts.
    for (const { incoming } of sim.requests) expect(incoming.headers['accept-encoding']).toBe('gzip');
    expect(gcsProvider().hosts?.(credentials)).toEqual([
      { what: 'Google Cloud Storage', host: 'storage.googleapis.com', port: 443, tls: true, web: true },
    ]);
  });

  it('is read although the server of tokens is busy at first', async () => {
    const sim = await startStorage({ tokens: ['token-1'] });
    sim.put('members', 'a.csv', csv);
    let left = 0;
    const { postToken: give } = tokenServer();
    const postToken: PostToken = async (...asked) => (left-- > 0 ? { status: 503, body: undefined } : give(...asked));
    const { provider, credentials } = at(sim.origin, { service_account_key: keyFile(), bucket: 'members' }, postToken);
    for (const ask of [
      () => provider.open(credentials, 'gs://members/a.csv', never),
      () => provider.open(credentials, 'gs://members/*.csv', never),
      () => provider.verify(credentials, never),
    ]) {
      left = 2;
      await ask();
      left = 3;
      await expect(ask()).rejects.toMatchObject({ code: 'source_failed', reason: '503' });
    }
  });

  it('tries again when Google’s server of tokens fails for a moment', async () => {
    const sim = await startStorage({ tokens: ['token-1'] });
    sim.put('members', 'a.csv', csv);
    let asked = 0;
    // A token that has almost ended is asked for again with each request.
    const failing: PostToken = async () => {
      asked += 1;
      if (asked === 2) return { status: 503, body: undefined };
      return { status: 200, body: { access_token: 'token-1', expires_in: 60 } };
    };
    const { provider, credentials } = at(sim.origin, { service_account_key: keyFile() }, failing);
    const source = await provider.open(credentials, 'gs://members/a.csv', never);
    expect(await readValues(source, 'email')).toEqual(['a@example.com']);
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
    const { postToken } = tokenServer();
    const { provider, credentials } = at(sim.origin, { service_account_key: keyFile() }, postToken);
    const source = await provider.open(credentials, 'gs://members/a.csv', never);
    // The same content is another version, too.
    sim.put('members', 'a.csv', csv);
    expect(await scanFailure(Promise.resolve(source), 'email')).toMatchObject({ code: 'source_expired' });
  });

  it('says what is wrong', async () => {
    const sim = await startStorage({
      fault: ({ bucket }) => (bucket === 'closed' ? { status: 403, code: 'AccessDenied' } : undefined),
    });
    const { postToken } = tokenServer();
    const { provider, credentials } = at(sim.origin, { service_account_key: keyFile() }, postToken);
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
