/** Keys of a channel: which are read, which get a sentence, and at which field of the form a refusal is shown. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, test } from 'vitest';
import { tokens } from '../../src/destinations/line-official-account/connect.ts';
import { signingKeyOf } from '../../src/destinations/line-official-account/signing-key.ts';
import { noSignal } from './contract/given.ts';
import { type LineOfficialAccountKit, lineOfficialAccountKit } from './line-official-account-kit.ts';

const rsa = (modulusLength = 2048): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const pem = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8'): string =>
  key.export({ type, format: 'pem' }).toString();
const jwk = (key: KeyObject, more: object = {}): string =>
  JSON.stringify({ ...key.export({ format: 'jwk' }), ...more });

const good = rsa();
/** As LINE's instructions make it. */
const ofLine = jwk(good, { alg: 'RS256', use: 'sig', kid: 'kid-of-jwk' });

test.each([
  ['a JWK with its kid', ofLine, '', 'kid-of-jwk'],
  ['a JWK, and the kid that LINE gave', ofLine, 'kid-of-line', 'kid-of-line'],
  ['a JWK with spaces around it', `\n ${ofLine}\n`, '', 'kid-of-jwk'],
  ['PKCS #8', pem(good), 'kid-of-line', 'kid-of-line'],
  ['PKCS #1', pem(good, 'pkcs1'), 'kid-of-line', 'kid-of-line'],
  ['PEM with the line ends of Windows', pem(good).replaceAll('\n', '\r\n'), 'k', 'k'],
])('%s is read', (_, text, keyId, kid) => {
  const found = signingKeyOf(text, keyId);
  expect([found.kid, createPublicKey(found.key).equals(createPublicKey(good))]).toEqual([kid, true]);
});

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const encrypted = good.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString();
const publicPem = createPublicKey(good).export({ type: 'spki', format: 'pem' }).toString();

/** No key pair: only its size matters. */
const madeUp = (bits: number, e: string): string => {
  const number = (size: number) => Buffer.alloc(size / 8, 0xff).toString('base64url');
  const half = number(bits / 2);
  return JSON.stringify({
    kty: 'RSA',
    n: number(bits),
    e,
    d: number(bits),
    p: half,
    q: half,
    dp: half,
    dq: half,
    qi: half,
  });
};

test.each([
  ['a huge JWK', madeUp(16_384, 'AQAB'), 'too large'],
  ['a JWK with a huge exponent', madeUp(2_048, 'AQAAAAAB'), 'too large'],
  ['a public JWK', jwk(createPublicKey(good), { kid: 'k' }), 'This is the public key'],
  ['a public PEM', publicPem, 'This is the public key'],
  ['a set of keys', JSON.stringify({ keys: [JSON.parse(ofLine)] }), 'Paste only the private key'],
  ['an EC JWK', jwk(ec), 'not an RSA key'],
  ['an EC PEM', pem(ec, 'sec1'), 'not an RSA key'],
  ['a short JWK', jwk(rsa(1024)), 'has 1024 bits. RS256 needs at least 2,048 bits'],
  ['a short PEM', pem(rsa(1024)), 'has 1024 bits. RS256 needs at least 2,048 bits'],
  ['an encrypted PEM', encrypted, 'is encrypted. Remove its passphrase'],
  ['half a JWK', ofLine.slice(0, 200), 'it is not JSON'],
  ['half a PEM', pem(good).slice(0, 200), 'cannot be read'],
  ['a damaged JWK', jwk(good, { n: '' }), 'cannot be read'],
  ['no object', '{"kty":"RSA"}', 'cannot be read'],
])('%s gets a sentence, without a part of the key', (_, text, message) => {
  const sign = () => signingKeyOf(text, 'k');
  expect(sign).toThrow(expect.objectContaining({ code: 'line_unauthorized', field: 'private_key' }));
  expect(sign).toThrow(message);
  expect(sign).not.toThrow(/[\w-]{40}/);
});

test('a key without an ID is refused at the field of the ID', () => {
  for (const text of [pem(good), jwk(good), jwk(good, { kid: 7 })]) {
    expect(() => signingKeyOf(text, '')).toThrow(expect.objectContaining({ field: 'key_id' }));
  }
});

/** What a verification says: each check that is no success, with its field. */
async function problemsWith({ kit, simulator }: LineOfficialAccountKit, credentials: Record<string, string>) {
  const current = async () =>
    (await tokens.mint(credentials, null, { baseUrl: simulator.url, clock: kit.clock, signal: noSignal() })).token;
  const destination = await kit.connect({ credentials, tokens: { current } });
  const checks = await destination.verify({ account: '' }, noSignal());
  return checks.filter(({ ok }) => ok !== true).map(({ name, ok, field, message }) => [name, ok, field, message]);
}

test('a refusal is shown at the field that is wrong', async () => {
  const world = await lineOfficialAccountKit();
  const { simulator, kit } = world;
  const private_key = simulator.newKey('key-1');
  const key = { channel_id: kit.account, private_key, key_id: 'key-1' };
  const { channelSecret: channel_secret } = simulator.channel;
  expect(await problemsWith(world, key)).toEqual([]);
  expect(await problemsWith(world, { channel_id: kit.account, channel_secret })).toEqual([]);

  const refused = async (credentials: Record<string, string>, field: string, says: string) =>
    expect(await problemsWith(world, credentials)).toEqual([
      ['key', false, `configuration.${field}`, expect.stringContaining(says)],
    ]);
  await refused({ ...key, key_id: 'key-2' }, 'key_id', 'has no key with this key ID (answer 404)');
  await refused({ ...key, private_key: pem(good) }, 'private_key', 'does not accept the signature (answer 400)');
  await refused({ ...key, channel_id: '1657999999' }, 'private_key', 'Check the channel ID');
  await refused({ ...key, private_key: publicPem }, 'private_key', 'This is the public key');
  await refused({ channel_id: kit.account, channel_secret: 'x' }, 'channel_secret', 'both must be those of the same');
  await refused({ channel_id: '1657999999', channel_secret }, 'channel_secret', 'Check the channel ID');
  // A channel of another country has a token, but may have no audiences.
  const { channels } = simulator.inspect();
  const abroad = channels.find(({ country }) => country === 'ID')!;
  await refused(
    { channel_id: abroad.id, channel_secret: simulator.state.channels.get(abroad.id)!.secret },
    'channel_id',
    'Only official accounts in Japan, Thailand and Taiwan have audiences.',
  );
});

test.each([
  [16, 'behind'],
  [-16, 'ahead of'],
])('a clock that is %d minutes off is told, and not the key', async (minutes, word) => {
  const world = await lineOfficialAccountKit({ clockSkewMs: minutes * 60_000 });
  const key = { channel_id: world.kit.account, private_key: world.simulator.newKey('k'), key_id: 'k' };
  expect(await problemsWith(world, key)).toEqual([
    ['clock', false, undefined, expect.stringContaining(`16 minutes ${word} LINE’s clock`)],
    ['key', null, 'configuration.private_key', expect.anything()],
  ]);
});

test.each([14, -14])('a clock that is %d minutes off does no harm', async (minutes) => {
  const world = await lineOfficialAccountKit({ clockSkewMs: minutes * 60_000 });
  const key = { channel_id: world.kit.account, private_key: world.simulator.newKey('k'), key_id: 'k' };
  expect(await problemsWith(world, key)).toEqual([]);
});
