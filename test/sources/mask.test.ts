import { expect, it } from 'vitest';
import { mask } from '../../src/sources/mask.ts';

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
