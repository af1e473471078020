/** No connection goes inside the network, whatever the name, the notation or the name server says. */
import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineupError } from '../../../src/contracts/errors.ts';
import { isInternal, networkGuard, type Resolve } from '../../../src/service/network/guard.ts';

test.each([
  ['8.8.8.8', false],
  ['2001:4860:4860::8888', false],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['0.0.0.0', true],
  ['0.1.2.3', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['192.0.0.8', true],
  ['192.0.2.1', true],
  ['198.18.0.1', true],
  ['100.64.0.1', true],
  ['169.254.169.254', true],
  ['224.0.0.1', true],
  ['240.0.0.1', true],
  ['255.255.255.255', true],
  ['::1', true],
  ['::', true],
  ['fe80::1', true],
  ['fe80::1%eth0', true],
  ['fec0::1', true],
  ['fd00::1', true],
  ['fd00:ec2::254', true],
  ['ff02::1', true],
  ['100::1', true],
  ['2001:db8::1', true],
  ['4000::1', true],
  // IPv4 in the clothes of IPv6: mapped, compatible, translated, NAT64 (well-known and local), 6to4, Teredo.
  ['::ffff:10.0.0.1', true],
  ['::ffff:7f00:1', true],
  ['::ffff:8.8.8.8', false],
  ['::127.0.0.1', true],
  ['::7f00:1', true],
  ['::ffff:0:127.0.0.1', true],
  ['64:ff9b::a00:1', true],
  ['64:ff9b::a9fe:a9fe', true],
  ['64:ff9b::808:808', false],
  ['64:ff9b:1::808:808', true],
  ['2002:7f00:1::', true],
  ['2002:808:808::', true],
  ['2001:0:a00:1::1', true],
])('%s is internal: %s', (address, expected) => {
  expect(isInternal(address)).toBe(expected);
});

/** The inside of a network, as another library knows it. */
const inside = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(network, prefix);
}

test('an IPv4 address inside stays inside in every notation of IPv6', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const nearby = fc.constantFrom(10, 100, 127, 169, 172, 192, 198, 224);
  const address = fc.tuple(fc.oneof(byte, nearby), byte, byte, byte);
  fc.assert(
    fc.property(address, ([a, b, c, d]) => {
      const plain = `${a}.${b}.${c}.${d}`;
      if (!inside.check(plain)) return;
      const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
      for (const written of [
        plain,
        `::ffff:${plain}`,
        `::ffff:${hex}`,
        `::${hex}`,
        `64:ff9b::${hex}`,
        `2002:${hex}::1`,
      ]) {
        expect(isInternal(written), written).toBe(true);
      }
    }),
  );
});

const guardFor = (allowed: readonly string[], resolve?: Resolve) =>
  networkGuard({
    allowed,
    refusal: (host) => new LineupError('not_permitted', `${host} is inside this network.`),
    resolve,
  });

test.each([
  ['127.0.0.1', [], true],
  ['[::1]', [], true],
  ['127.0.0.1', ['127.0.0.1'], false],
  ['[::1]', ['[::1]'], false],
  ['10.0.0.7', ['10.0.0.8'], true],
  ['8.8.8.8', [], false],
  // Names are looked at when they are resolved.
  ['localhost', [], false],
])('%s with %s allowed is refused: %s', (host, allowed, refused) => {
  const attempt = () => guardFor(allowed).assertAllowed(host);
  if (refused) expect(attempt).toThrow(/inside this network/);
  else expect(attempt).not.toThrow();
});

describe('a name', () => {
  const answer =
    (...addresses: string[]): Resolve =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  const look = (host: string, allowed: string[], all: boolean, resolve?: Resolve) =>
    new Promise((done, fail) => {
      guardFor(allowed, resolve).lookup(host, { all }, (error, address) =>
        error ? fail(error) : done(address),
      );
    });

  test('that leads inside is refused by the connection itself, unless it is allowed', async () => {
    await expect(look('localhost', [], false)).rejects.toThrow(/localhost is inside this network/);
    await expect(look('localhost', ['127.0.0.1'], true)).rejects.toThrow(/inside/);
    expect(await look('localhost', ['localhost'], false)).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(await look('localhost', ['localhost'], true)).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.any(String) })]),
    );
  });

  test('that has one address inside among public ones is refused', async () => {
    for (const all of [true, false]) {
      const mixed = answer('8.8.8.8', '169.254.169.254');
      await expect(look('files.example.com', [], all, mixed)).rejects.toThrow(/inside/);
      const mapped = answer('2001:4860:4860::8888', '::ffff:10.0.0.1');
      await expect(look('files.example.com', [], all, mapped)).rejects.toThrow(/inside/);
    }
    expect(await look('files.example.com', [], false, answer('8.8.8.8'))).toBe('8.8.8.8');
  });
});
