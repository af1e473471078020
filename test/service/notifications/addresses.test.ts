import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import {
  assertAddressAllowed,
  guardedLookup,
  isInternal,
} from '../../../src/service/notifications/addresses.ts';

test.each([
  ['8.8.8.8', false],
  ['2001:4860:4860::8888', false],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['0.0.0.0', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['192.168.1.1', true],
  ['100.64.0.1', true],
  ['169.254.169.254', true],
  ['224.0.0.1', true],
  ['255.255.255.255', true],
  ['::1', true],
  ['::', true],
  ['fe80::1', true],
  ['fd00::1', true],
  ['::ffff:10.0.0.1', true],
  ['::ffff:8.8.8.8', false],
  ['64:ff9b::a00:1', true],
])('%s is internal: %s', (address, expected) => {
  expect(isInternal(address)).toBe(expected);
});

test.each([
  ['127.0.0.1', [], true],
  ['[::1]', [], true],
  ['127.0.0.1', ['127.0.0.1'], false],
  ['10.0.0.7', ['10.0.0.8'], true],
  ['8.8.8.8', [], false],
  // Names are looked at when they are resolved.
  ['localhost', [], false],
])('%s with %s allowed is refused: %s', (host, allowed, refused) => {
  const attempt = () => assertAddressAllowed(host, allowed);
  if (refused) expect(attempt).toThrow(/inside this network/);
  else expect(attempt).not.toThrow();
});

function resolve(host: string, allowed: string[], all: boolean): Promise<string | LookupAddress[]> {
  return new Promise((done, fail) => {
    guardedLookup(allowed)(host, { all }, (error, address) => (error ? fail(error) : done(address)));
  });
}

test('a name that leads inside is refused by the connection itself, unless it is allowed', async () => {
  await expect(resolve('localhost', [], false)).rejects.toThrow(/localhost is inside this network/);
  await expect(resolve('localhost', ['127.0.0.1'], true)).rejects.toThrow(/inside/);
  expect(await resolve('localhost', ['localhost'], false)).toMatch(/^(127\.0\.0\.1|::1)$/);
  expect(await resolve('localhost', ['localhost'], true)).toEqual(
    expect.arrayContaining([expect.objectContaining({ address: expect.any(String) })]),
  );
});
