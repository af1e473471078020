/**
 * A line break in a host, a URL or a credential can end a header or a command. Such a value is refused, or loses its
 * line breaks.
 */
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { channelConfigurations } from '../../../src/contracts/notifications.ts';
import { providers } from '../../../src/contracts/providers/index.ts';

const withControls = ['\r\n', '\n', '\t', '\0', '\x1b'].flatMap((mark) => [
  `a${mark}b`,
  `acc${mark}ount-1.ap-northeast-1`,
  `https://api.ex${mark}ample.com`,
  `https://hooks.example.com/a${mark}b`,
  `postgres://reader:secret@db.ex${mark}ample.com/shop`,
  `mysql://reader:secret@db.example.com/sh${mark}op`,
  `mail.ex${mark}ample.com`,
]);

/** The values that pass with a control character. */
const passing = (schema: z.ZodType): unknown[] =>
  withControls.flatMap((value) => {
    const { data } = schema.safeParse(value);
    return /\p{Cc}/u.test(String(data ?? '')) ? [data] : [];
  });

const fields = providers.flatMap(({ methods }) =>
  methods.flatMap(({ id, fields: all, configuration }) =>
    all
      // A passphrase is never sent anywhere.
      .filter(({ key, multiline }) => !multiline && key !== 'private_key_passphrase')
      .map(({ key }) => ({ id, key, schema: (configuration as z.ZodObject).shape[key] as z.ZodType })),
  ),
);

test.each(fields)('of $id, $key has no control characters', ({ schema }) => {
  expect(passing(schema)).toEqual([]);
});

const ofChannels = Object.entries(channelConfigurations).flatMap(([kind, { shape }]) =>
  Object.entries(shape as Record<string, z.ZodType>).map(([key, schema]) => ({ kind, key, schema })),
);

test.each(ofChannels)('of a channel of the kind $kind, $key has no control characters', ({ schema }) => {
  expect(passing(schema)).toEqual([]);
});

const { host: mailHost } = channelConfigurations.email.shape;

test.each(['mail.example.com', 'mail_1.corp', '198.51.100.7', 'fd00::7', '[fd00::7]', 'メール.example'])(
  'the mail server may be %s',
  (host) => {
    expect(mailHost.safeParse(host).success).toBe(true);
  },
);

test.each(['', ' ', 'mail.example.com:25', 'a b', 'a/b', 'smtp://mail.example.com', 'a@b', 'a\r\nb'])(
  'the mail server may not be %j',
  (host) => {
    expect(mailHost.safeParse(host).success).toBe(false);
  },
);
