import { expect, it } from 'vitest';
import { looksLikeIdentifier, looksLikeMember, mask } from '../../src/sources/mask.ts';

it.each([
  ['taro@example.com', 't***@e***.com'],
  [' Taro.Yamada@mail.example.co.jp ', 'T***@m***.jp'],
  ['taro@localhost', 't***@l***'],
  ['+81 90-1234-5678', '********78'],
  ['０９０１２３４５６７８', '********78'],
  ['819012345678.0', '********78'],
  ['+81 (0)90-1234-5678', '********78'],
  ['tel:+81-90-1234-5678', '********78'],
  ['８.１９０１２Ｅ＋１１', '********E+**'],
  ['mailto:Taro@example.com', 'T***@e***.com'],
  ['\ufeff\u202ataro\u200b@example.com\u202c', 't***@e***.com'],
  ['\u200b', ''],
  ['3F2504E0-4F89-41D3-9A0C-0305E82C3301', '3F25****-****-****-****-************'],
  ['U4af4980629f0b1c2d3e4f5a6b7c8d9e0', `U4af${'*'.repeat(29)}`],
  ['C4AF4980629F0B1C2D3E4F5A6B7C8D9E0', `C4AF${'*'.repeat(29)}`],
  ['a'.repeat(64), 'aaaa… (64 hex digits)'],
  ['Yamada Taro', 'Y*** ***'],
  ['田中太郎', '田***'],
  ['abc', '***'],
  ['n/a', '***/***'],
  ['taro@@example.com', 't***@@***.***'],
  ['taro yamada@example.com', 't*** ***@***.***'],
  ['taro.example.com', 't***.***.***'],
  ['03-1234', '##-##'],
  ['12345', '##'],
  ['📱x', '·***'],
  ['a b c d e f g', 'a*** *** *** *** ***…'],
  ['', ''],
  ['  ', ''],
])('%j is shown as %j', (value, shown) => {
  expect(mask(value)).toBe(shown);
});

it('knows a LINE user id in place of a name of a field', () => {
  const id = 'U4af4980629f0b1c2d3e4f5a6b7c8d9e0';
  expect([looksLikeIdentifier(id), looksLikeMember(id), looksLikeMember('user_id')]).toEqual([true, 'surely', false]);
});
