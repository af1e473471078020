/** What the connection URLs of all databases share: their form, their refusals, and the checks of TLS. */
import type { ConnectionOptions } from 'node:tls';
import type { NetworkAccess } from '../../contracts/network.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Secret } from '../../domain/values/secret.ts';

export interface DatabaseConnection {
  /** See the `readTarget` of the database. */
  readonly url: string | Secret;
  /**
   * Certificates (PEM) of the authorities to check the server's certificate with. Empty for none.
   * @default the authorities that Node.js trusts
   */
  readonly ca?: string;
  /**
   * The author of the URL owns this machine, as on the command line. Then the URL may name files of it.
   * @default false
   */
  readonly ownMachine?: boolean;
  /** Where connections may go. @default everywhere, as on the command line */
  readonly network?: NetworkAccess;
}

/** The server that a URL names. */
export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: Secret;
  readonly tls: ConnectionOptions | false;
  readonly connectTimeoutMs: number;
  readonly network: NetworkAccess | undefined;
  /** The name for people, without the password. */
  readonly label: string;
}

/** Otherwise the environment variable NODE_TLS_REJECT_UNAUTHORIZED could turn the check off. */
const CHECKED = { rejectUnauthorized: true };

/** The options of TLS, by what is checked of the server. */
export const tlsChecks = {
  nothing: { rejectUnauthorized: false },
  authority: (ca: string): ConnectionOptions => ({ ca, ...CHECKED, checkServerIdentity: () => undefined }),
  all: (ca: string | undefined): ConnectionOptions => ({ ca, ...CHECKED }),
};

export const refuseUrl = (text: Sentence): LineupError => new LineupError('invalid_configuration', text);

/**
 * Reads the parts of a URL. Each function throws `invalid_configuration`, with nothing from the URL that could be a
 * secret.
 */
export class UrlReader {
  readonly #system: string;
  readonly #example: string;

  /** @param example a URL for messages */
  constructor(system: string, example: string) {
    this.#system = system;
    this.#example = example;
  }

  url(parsed: URL | null, protocol: RegExp): URL {
    if (parsed && protocol.test(parsed.protocol)) return parsed;
    throw refuseUrl(
      sentence`This is not a ${this.#system} URL. Enter one like ${this.#example}. In a password, use % codes for the characters : / ? # [ ] @ %.`,
    );
  }

  noUser(): LineupError {
    return refuseUrl(sentence`The ${this.#system} URL has no user. Enter one like ${this.#example}.`);
  }

  /** @param authorityFile the parameter that only the owner of the machine may use */
  unknownParameter(name: string, known: readonly string[], authorityFile: string): LineupError {
    return refuseUrl(
      name === authorityFile
        ? sentence`The ${this.#system} URL names a certificate file (${name}). Enter the certificate itself as the CA certificate.`
        : sentence`The ${this.#system} URL has the unknown parameter "${name}". Use only ${known.join(', ')}.`,
    );
  }

  /** A name or an address; an IPv6 address without its brackets. */
  host(url: URL): string {
    return this.decode(url.hostname).replace(/^\[(.*)\]$/, '$1');
  }

  port(text: string): number {
    return this.#wholeNumber('port', text, 65_535);
  }

  connectTimeoutMs(parameters: URLSearchParams): number {
    return 1000 * this.#wholeNumber('connect_timeout', parameters.get('connect_timeout') || '10', 600);
  }

  decode(text: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      throw refuseUrl(
        sentence`The ${this.#system} URL contains a % without a code. Write %25 for the character itself.`,
      );
    }
  }

  /** The protocol ends a text at this character, and would read the rest as something else. */
  assertNoNul(texts: readonly (string | undefined)[]): void {
    if (texts.some((text) => text?.includes('\0')))
      throw refuseUrl(sentence`The ${this.#system} URL contains a NUL character.`);
  }

  #wholeNumber(name: string, text: string, most: number): number {
    if (/^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
    throw refuseUrl(sentence`The ${name} of the ${this.#system} URL must be a whole number from 1 to ${String(most)}.`);
  }
}
