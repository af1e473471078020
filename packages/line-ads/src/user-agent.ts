import packageJson from '../package.json' with { type: 'json' };
import { show } from './check.ts';

/** A product with a version, or several, with comments: RFC 9110, section 10.1.5, and no more than visible ASCII. */
const products = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** The caller's own product first, for it matters more. @throws {TypeError} */
export function userAgentOf(own: string | undefined): string {
  const client = `lineup-line-ads/${packageJson.version}`;
  if (own === undefined) return client;
  if (typeof own !== 'string' || !products.test(own)) {
    throw new TypeError(`Expected userAgent to be like "my-app/1.2.3", got ${show(own)}.`);
  }
  return `${own} ${client}`;
}
