/** No connection leads into the internal network, for any name, notation or answer of a name server. */
import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { internalHost, readInternalHost } from '../../src/domain/values/internal-hosts.ts';
import { isInternal, networkGuard, type Resolve } from '../../src/network/guard.ts';

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
  // IPv4 addresses written as IPv6: mapped, compatible, translated, NAT64 (well-known and local), 6to4, Teredo.
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

/** The internal network, according to another library. */
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

test('an internal IPv4 address is internal in every notation of IPv6', () => {
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

const guardFor = (allowed: readonly string[], port = 443, resolve?: Resolve) =>
  networkGuard({ allowed, port, purpose: 'source', resolve });

test.each<[string, string[], boolean]>([
  ['127.0.0.1', [], true],
  ['[::1]', [], true],
  ['127.0.0.1', ['127.0.0.1'], false],
  ['[::1]', ['[::1]'], false],
  ['[::1]', ['::1'], false],
  ['10.0.0.7', ['10.0.0.8'], true],
  ['10.0.0.7', ['10.0.0.0/29'], false],
  ['10.0.0.8', ['10.0.0.0/29'], true],
  ['fd00::7', ['fd00::/8'], false],
  ['8.8.8.8', [], false],
  // Other notations of the same address, also in the list.
  ['2130706433', [], true],
  ['0x7f.1', [], true],
  ['0177.0.0.1', [], true],
  ['127.1', ['127.0.0.1'], false],
  ['[::ffff:127.0.0.1]', [], true],
  ['[::ffff:127.0.0.1]', ['127.0.0.1'], false],
  ['64:ff9b::7f00:1', [], true],
  ['0.0.0.0', ['127.0.0.0/8'], true],
  ['fe80::1%eth0', [], true],
  // An entry with a port allows only that port.
  ['10.0.0.7', ['10.0.0.7:443'], false],
  ['10.0.0.7', ['10.0.0.7:5432'], true],
  ['10.0.0.7', ['10.0.0.0/8:5432', '10.0.0.0/8:443'], false],
  ['fd00::7', ['[fd00::7]:443'], false],
  ['fd00::7', ['[fd00::7]:80'], true],
  // Names are checked after they are resolved.
  ['localhost', [], false],
  // Sockets are refused unless they are listed. The port is in the name of the socket.
  ['/run/postgresql', [], true],
  ['/run/postgresql', ['0.0.0.0/0', '::/0', 'localhost', '/run'], true],
  ['/run/postgresql', ['/run/postgresql'], false],
  ['/run/postgresql/', ['/run/postgresql'], false],
  ['/run/postgresql', ['/run/postgresql/'], false],
  ['/run/postgresql', ['/run/postgresql/.s.PGSQL.443'], false],
  ['/run/postgresql', ['/run/postgresql/.s.PGSQL.5432'], true],
  ['/run/other/../postgresql', ['/run/postgresql'], true],
  ['/run//postgresql', ['/run/postgresql'], true],
])('%s with %s listed is refused: %s', (host, allowed, refused) => {
  const attempt = () => guardFor(allowed).assertAllowed(host);
  if (refused) expect(attempt).toThrow(/Hosts inside your network/);
  else expect(attempt).not.toThrow();
});

test('a host is listed by its own entry, not because it is public', () => {
  const guard = guardFor(['minio.example', '10.0.0.0/8', 'other.example:9000']);
  const listed = ['minio.example', 'MINIO.example.', '10.0.0.7', 'other.example', '93.184.216.34', 'example.com'];
  expect(listed.filter((host) => guard.isListed?.(host))).toEqual(['minio.example', 'MINIO.example.', '10.0.0.7']);
});

test('a refusal names the host and the port as the user wrote them', () => {
  const refusal = (purpose: 'source' | 'notification') => {
    try {
      networkGuard({ allowed: [], port: 5432, purpose }).assertAllowed('10.0.0.7');
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const message = expect.stringMatching(/^10\.0\.0\.7 is inside this network\..* port 5432, /);
  expect(refusal('source')).toMatchObject({ code: 'source_unreadable', message });
  expect(refusal('notification')).toMatchObject({ code: 'not_permitted', message });
});

describe('a name', () => {
  const answer =
    (...addresses: string[]): Resolve =>
    (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );

  const connectTo = (host: string, allowed: string[], all: boolean, resolve?: Resolve, port?: number) =>
    new Promise((done, fail) => {
      guardFor(allowed, port, resolve).lookup(host, { all }, (error, address) => (error ? fail(error) : done(address)));
    });

  test('that leads inside is refused by the connection itself, unless it is listed', async () => {
    await expect(connectTo('localhost', [], false)).rejects.toThrow(/localhost is inside this network/);
    expect(await connectTo('localhost', ['localhost'], false)).toMatch(/^(127\.0\.0\.1|::1)$/);
    expect(await connectTo('LOCALHOST.', ['localhost'], false, answer('127.0.0.1'))).toBe('127.0.0.1');
    expect(await connectTo('localhost', ['localhost'], true)).toEqual(
      expect.arrayContaining([expect.objectContaining({ address: expect.any(String) })]),
    );
  });

  test('that is listed with a port is allowed only on that port', async () => {
    const inside = answer('10.0.0.7');
    expect(await connectTo('db.example', ['db.example:5432'], false, inside, 5432)).toBe('10.0.0.7');
    await expect(connectTo('db.example', ['db.example:5432'], false, inside, 443)).rejects.toThrow(/port 443/);
  });

  test('may lead to several addresses if all of them are listed', async () => {
    const listed = ['10.0.0.0/8:443'];
    expect(await connectTo('db.example', listed, false, answer('10.0.0.7', '8.8.8.8'))).toBe('10.0.0.7');
    expect(await connectTo('db.example', listed, false, answer('64:ff9b::a00:7'))).toBe('64:ff9b::a00:7');
    await expect(connectTo('db.example', listed, false, answer('10.0.0.7', '127.0.0.1'))).rejects.toThrow(/inside/);
    await expect(connectTo('db.example', ['other.example'], false, answer('10.0.0.7'))).rejects.toThrow(/inside/);
  });

  test('with one internal address among public ones is refused', async () => {
    for (const all of [true, false]) {
      const mixed = answer('8.8.8.8', '169.254.169.254');
      await expect(connectTo('files.example.com', [], all, mixed)).rejects.toThrow(/inside/);
      const mapped = answer('2001:4860:4860::8888', '::ffff:10.0.0.1');
      await expect(connectTo('files.example.com', [], all, mapped)).rejects.toThrow(/inside/);
    }
    expect(await connectTo('files.example.com', [], false, answer('8.8.8.8'))).toBe('8.8.8.8');
  });

  test('that is another notation of an address is refused after it is resolved, too', async () => {
    for (const host of ['2130706433', '0x7f000001', '127.1']) {
      await expect(connectTo(host, [], false), host).rejects.toThrow(/inside this network/);
    }
  });
});

test('an entry of the list is a host, an address or a network, with or without a port', () => {
  for (const text of ['db', 'db.corp.example', 'DB.corp.example:5432', 'db_1.corp', '10.0.0.7', '::1', '[::1]:80']) {
    expect(internalHost.safeParse(text).success, text).toBe(true);
  }
  const wrong = ['', 'https://db.example', 'db.example/x', 'db.example:0', 'db.example:99999', 'a b', '*.corp', 'u@db'];
  const odd = ['10.0.0.0/33', '::/200', '[::1', '/', '/run/../etc', '/run//x', '999.1.1.1', 'x'.repeat(301), '1:2:3'];
  for (const text of [...wrong, ...odd]) expect(internalHost.safeParse(text).success, text).toBe(false);
  expect(readInternalHost('0x7f.1:80')).toEqual({ kind: 'network', cidr: '127.0.0.1/32', port: 80 });
  expect(readInternalHost('Bücher.example')).toMatchObject({ kind: 'name', name: 'xn--bcher-kva.example' });
});
