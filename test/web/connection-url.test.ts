/** The connection URL that the form of an authorization builds is the one that the sources read. */
import { describe, expect, test } from 'vitest';
import { findMethod } from '../../src/contracts/providers/index.ts';
import { readTarget as readMysql } from '../../src/sources/mysql/target.ts';
import { readTarget as readPostgres } from '../../src/sources/postgres/target.ts';
import { noParts, partsOf, tlsMeanings, urlOf, urlStyles } from '../../web/pages/authorizations/connection-url.ts';

const kinds = [
  ['postgresql', urlStyles.postgresql_connection_url!, readPostgres],
  ['mysql', urlStyles.mysql_connection_url!, readMysql],
] as const;
const plain = { ...noParts, host: 'db.example.com', database: 'shop', user: 'reader', password: 'secret' };

describe.each(kinds)('the URL of %s', (provider, style, read) => {
  const accepts = (url: string) =>
    findMethod(provider, `${provider}_connection_url`)!.configuration.safeParse({ connection_url: url }).success;

  test('is written as people write it', () => {
    expect(urlOf(plain, style)).toBe(`${style.protocols[0]}://reader:secret@db.example.com/shop`);
    expect(urlOf({ ...plain, port: '6000', tls: style.tls[1]! }, style)).toBe(
      `${style.protocols[0]}://reader:secret@db.example.com:6000/shop?${style.tls[0]}=${style.tls[1]}`,
    );
  });

  test.each(['@:/?#%', '!\'()*&=+$,;[] ~`^{}|\\<>"', '%40%', '日本語 パスワード', '🔑', ''])(
    'gives back the password %j, also to the source',
    (password) => {
      for (const parts of [
        { ...plain, password },
        { ...plain, password, user: `a@${password || 'b'}`, database: `d/${password || 'b'}`, port: '1234' },
      ]) {
        const url = urlOf(parts, style);
        expect(partsOf(url, style)).toEqual(parts);
        expect(accepts(url)).toBe(true);
        const target = read({ url });
        expect([target.user, target.password.reveal(), target.database, target.host]).toEqual([
          parts.user,
          password,
          parts.database,
          parts.host,
        ]);
      }
    },
  );

  test('takes an address of IPv6, and each mode of TLS', () => {
    expect(tlsMeanings).toHaveLength(style.tls.length - 1);
    for (const tls of style.tls.slice(1)) {
      const parts = { ...plain, host: '2001:db8::1', tls };
      expect(partsOf(urlOf(parts, style), style)).toEqual(parts);
    }
    expect(read({ url: urlOf({ ...plain, host: '2001:db8::1', tls: style.tls[1]! }, style) }).host).toBe('2001:db8::1');
  });

  test('is none without a host or a user, and a text that says more has no parts', () => {
    expect([urlOf({ ...plain, host: ' ' }, style), urlOf({ ...plain, user: '' }, style)]).toEqual(['', '']);
    const url = urlOf(plain, style);
    for (const text of ['', 'nonsense', 'https://db.example.com', `${url}?connect_timeout=5`, `${url}#x`])
      expect(partsOf(text, style)).toBeNull();
    expect(partsOf(url.replace('secret', '%zz'), style)).toBeNull();
  });
});
