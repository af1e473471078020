/**
 * Jobs have different destinations. Only what is about LINE Ads alone names LINE; all other sentences get the name of
 * the destination from its data, or need none. So a new destination finds no text that is false for it.
 */
import { describe, expect, test } from 'vitest';
import { readSource } from '../../scripts/messages/templates.ts';
import { catalogue, otherLanguages } from '../support/catalogues.ts';

/**
 * LINE as a name of its own: neither Lineup nor LINEヤフー, which is LY in Japanese, nor what people have at LINE, nor
 * the channel of an official account.
 */
const LINE = /(?<![A-Za-z_])LINE(?![a-z_A-Z]|ヤフー| user IDs?| IDs? | channel)/;

/** The files of one destination, and those of commands that only export to LINE Ads. */
const ofLineAds = [
  /^destinations\/[^/]+\//,
  /^destinations\/line-[a-z]+\.ts$/, // what those of LINE have in common
  /^contracts\/providers\//,
  /^domain\/destinations\//,
  /^domain\/runs\/left-out\.ts$/, // sentences that earlier versions have stored
  /^config\//, // the keys of the command line
  /^compose\/doctor\.ts$/,
  /^cli\/(advice|audiences|check|export|options|prepare|program|simulate)\.ts$/,
  /^cli\/demo\//,
];

/** What is told of advertising ids that are sent hashed, which only LINE Ads takes. And what is for LINE Ads alone. */
const alsoOfLineAds = [
  '{0} mobile advertising IDs are sent hashed. LINE’s reference describes raw ones.',
  'What it exports to, as in the list of providers. Missing for LINE Ads.',
  'Verify the credentials of an authorization; for LINE Ads, with an ad account',
  'for LINE Ads: the ad account to verify the credentials with',
  'Only LINE Ads can do this. Choose an authorization of LINE Ads.',
];

/** The messages of the web app that only forms and jobs of LINE Ads show, or that name it as an example. */
const messagesOfLineAds =
  /^(authorization\.(help|verifyWith)|export\.(noAuthorization\.detail|provider|type)\.line_[a-z_]+|form\.(adaccount_id|ifa_format\.hint)$|line\.(MIGRATED_LINE_AUDIENCE|THV_EVENT|TRACKINGTAG_WEBTRAFFIC|UPLOAD_USER_ID)$|steps\.authorization\.detail$|warning\.hashed_ifa\.todo$)|line_user_id/;

test('no text of the source names LINE, unless it is about LINE Ads alone', () => {
  const found = readSource()
    .filter(({ name }) => !ofLineAds.some((pattern) => pattern.test(name)))
    .flatMap(({ name, nodes }) =>
      nodes.flatMap(({ type, value }) => {
        const text = type === 'TemplateElement' ? (value as { cooked: string }).cooked : value;
        const isText = (type === 'Literal' || type === 'TemplateElement') && typeof text === 'string';
        // Who reads of both knows which one is meant.
        const isOfBoth = isText && text.includes('LINE Ads') && text.includes('LY Ads');
        return isText && !isOfBoth && LINE.test(text) && !alsoOfLineAds.some((own) => own.endsWith(text))
          ? [`src/${name}: ${text}`]
          : [];
      }),
    );
  expect(found).toEqual([]);
});

describe.each(['en', ...otherLanguages] as const)('%s', (language) => {
  test('a message of the web app names LINE only for LINE Ads', () => {
    const found = Object.entries(catalogue(language, 'web'))
      .filter(([key, text]) => LINE.test(text) && !messagesOfLineAds.test(key))
      .map(([key]) => key);
    expect(found).toEqual([]);
  });

  test('a translation of the server names LINE only where the English sentence does', () => {
    const found = Object.entries(catalogue(language, 'server')).filter(
      ([template, translation]) => LINE.test(translation) && !/\bLINE\b/.test(template),
    );
    expect(found).toEqual([]);
  });
});
