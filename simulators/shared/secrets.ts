/** Looks for secrets where they must not be: in an address, and in headers. */
import type { Incoming } from './incoming.ts';

type Finding = readonly ['secret_in_address' | 'secret_in_header', message: string];

export class Secrets {
  readonly #token: RegExp;
  readonly #secrets: readonly string[];

  /**
   * @param token the form of every token of the simulator
   * @param secrets those of the applications
   */
  constructor(token: RegExp, secrets: readonly string[]) {
    this.#token = token;
    this.#secrets = secrets;
  }

  areIn(text: string): boolean {
    return this.#token.test(text) || this.#ofApplicationIn(text);
  }

  #ofApplicationIn(text: string): boolean {
    return this.#secrets.some((secret) => text.includes(secret));
  }

  /**
   * @param name of the request, in the messages
   * @param takes what the endpoint takes: a token in the header Authorization, or secrets in its address
   */
  findings({ target, headers }: Incoming, name: string, takes: 'token' | 'address' | 'nothing'): Finding[] {
    const findings: Finding[] = [];
    if (takes !== 'address' && this.areIn(target))
      findings.push(['secret_in_address', `${name}: a secret is in the address`]);
    for (const [header, value = ''] of Object.entries(headers)) {
      const isAuthorization = header === 'authorization';
      const isToken = isAuthorization && takes === 'token';
      if (isToken ? this.#ofApplicationIn(value) : isAuthorization || this.areIn(value))
        findings.push(['secret_in_header', `${name}: a secret is in the header ${header}`]);
    }
    return findings;
  }
}
