/** The authorization of a database that is reached by a connection URL. */
import { z } from 'zod';
import { isPlainLine } from '../../domain/text/plain-text.ts';
import { issueText } from '../../domain/text/sentence.ts';
import { MAX_URL, notPlain } from '../../domain/values/bounds.ts';
import type { Method } from './provider.ts';
import { certificates } from './rules.ts';

export interface ConnectionUrlOptions {
  /** Of the method. */
  readonly id: string;
  /** Of the URL, without its colon. */
  readonly protocol: RegExp;
  /** The answer to a text that is no such URL, as `issueText`. */
  readonly error: string;
  /** The environment variable of the command line. */
  readonly variable: string;
}

/** The method: the URL, which contains the password, and the certificate of a private authority. */
export const connectionUrl = ({ id, protocol, error, variable }: ConnectionUrlOptions): Method => ({
  id,
  label: issueText`Connection URL`,
  help: issueText`A user that may read the tables is enough.`,
  connectionField: 'connection_url',
  fields: [
    {
      key: 'connection_url',
      label: issueText`Connection URL`,
      secret: true,
      required: true,
      variable,
    },
    {
      key: 'ca_certificate',
      label: issueText`CA Certificate (PEM)`,
      secret: false,
      required: false,
      multiline: true,
    },
  ],
  configuration: z.strictObject({
    connection_url: z
      .url({ protocol, error })
      .max(2 * MAX_URL)
      .refine(isPlainLine, notPlain),
    ca_certificate: certificates.default(''),
  }),
});
