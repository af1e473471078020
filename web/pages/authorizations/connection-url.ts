/** The connection URL of a database, from what a person knows of it, and back. */

export interface ConnectionParts {
  readonly host: string;
  /** Empty for the usual one. */
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** Empty for the default of the source. */
  readonly tls: string;
}

/** How a kind of database writes its URL. */
export interface UrlStyle {
  readonly protocols: readonly [usual: string, ...others: string[]];
  readonly port: string;
  /** The parameter for TLS, and its values from the strictest on. */
  readonly tls: readonly [parameter: string, ...modes: string[]];
}

/** By the id of the method. The sources read them in src/sources/postgres/target.ts and src/sources/mysql/target.ts. */
export const urlStyles: Readonly<Record<string, UrlStyle>> = {
  postgresql_connection_url: {
    protocols: ['postgres', 'postgresql'],
    port: '5432',
    tls: ['sslmode', 'verify-full', 'verify-ca', 'require', 'disable'],
  },
  mysql_connection_url: {
    protocols: ['mysql', 'mariadb'],
    port: '3306',
    tls: ['ssl-mode', 'VERIFY_IDENTITY', 'VERIFY_CA', 'REQUIRED', 'DISABLED'],
  },
};

/** What each mode means, in the order of `tls`. */
export const tlsMeanings = ['name', 'certificate', 'unchecked', 'off'] as const;

export const noParts: ConnectionParts = { host: '', port: '', database: '', user: '', password: '', tls: '' };

/** Empty while the host or the user is missing: then it is no URL yet. */
export function urlOf({ host, port, database, user, password, tls }: ConnectionParts, style: UrlStyle): string {
  const [name, mode] = [host.trim(), tls && `?${style.tls[0]}=${escaped(tls)}`];
  if (name === '' || user === '') return '';
  const place = /^[^[].*:.*:/.test(name) ? `[${name}]` : name.startsWith('[') ? name : escaped(name);
  const secret = password === '' ? '' : `:${escaped(password)}`;
  const at = port.trim() === '' ? '' : `:${escaped(port.trim())}`;
  return `${style.protocols[0]}://${escaped(user)}${secret}@${place}${at}/${escaped(database.trim())}${mode}`;
}

/** Null for a URL that says more than the parts, or that is none. */
export function partsOf(text: string, style: UrlStyle): ConnectionParts | null {
  const url = URL.parse(text.trim());
  if (!url || !style.protocols.includes(url.protocol.slice(0, -1)) || url.hash !== '') return null;
  const [parameter] = style.tls;
  if ([...url.searchParams.keys()].some((key) => key !== parameter)) return null;
  try {
    return {
      host: decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1')),
      port: url.port,
      database: decodeURIComponent(url.pathname.slice(1)),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      tls: url.searchParams.get(parameter) ?? '',
    };
  } catch {
    // A lone % is no escape.
    return null;
  }
}

/** Every character that is no letter or digit, except - . _ ~, which mean themselves anywhere. */
const escaped = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
