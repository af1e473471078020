/** `--sibling <type:field[:name]>`. */
import { expect, test } from 'vitest';
import { parseSibling } from '../../src/cli/sibling-flag.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import { lyAdsTraits } from '../../src/domain/destinations/ly-ads.ts';

test.each([
  ['phone:mobile', { identifierType: 'phone', field: 'mobile' }],
  ['PHONE:mobile', { identifierType: 'phone', field: 'mobile' }],
  ['ifa:device.id', { identifierType: 'ifa', field: 'device.id' }],
  ['email:mail: VIP mail ', { identifierType: 'email', field: 'mail', audienceName: 'VIP mail' }],
  ['email:mail:VIP: mail', { identifierType: 'email', field: 'mail', audienceName: 'VIP: mail' }],
  ['phone:mobile:id=123', { identifierType: 'phone', field: 'mobile', audienceId: '123' }],
  ['phone:mobile:audience=first', { identifierType: 'phone', field: 'mobile', shares: true }],
  ['phone:mobile:identity', { identifierType: 'phone', field: 'mobile', audienceName: 'identity' }],
])('%s', (text, given) => {
  expect(parseSibling(text)).toEqual(given);
});

test.each([
  ['fax:number', '"fax" is not an identifier type. Use email, phone, ifa, line_user_id.'],
  ['', '"" is not an identifier type.'],
  ['phone', '"phone" has no field. Write TYPE:FIELD'],
  ['phone:', '"phone:" has no field.'],
  ['phone: :VIP', 'has no field.'],
  [`phone:${'a'.repeat(301)}`, 'The name of the field is longer than 300 characters.'],
  ['phone:mobile:', '"phone:mobile:" has an empty name. Enter a name, or leave out the last colon.'],
  ['phone:mobile:  ', 'has an empty name.'],
  ['phone:mobile:id=VIP', 'The id of an audience is a number, but "phone:mobile:id=VIP" has "VIP".'],
  ['phone:mobile:id=', 'The id of an audience is a number'],
  [`phone:mobile:id=${'1'.repeat(41)}`, 'The id of an audience is a number'],
  ['phone:mobile:VIP:id=123', 'has both a name and an id.'],
  ['phone:mobile:id=123:VIP', 'has both a name and an id.'],
  ['phone:mobile:a\u001bb', 'The name holds a line break or another control character.'],
  [`phone:mobile:${'a'.repeat(129)}`, 'The name has 129 characters; at most 128 are allowed.'],
])('"%s" is refused', (text, sentence) => {
  expect(() => parseSibling(text)).toThrow(sentence);
});

test('a destination that is known limits the name', () => {
  const name = 'a'.repeat(121);
  expect(() => parseSibling(`phone:mobile:${name}`, lineAdsTraits)).toThrow('121 characters; LINE Ads allows 120.');
  expect(parseSibling(`phone:mobile:${name}`, lyAdsTraits)).toMatchObject({ audienceName: name });
});
