import { expect, test } from 'vitest';
import { splitSheet, uploadOfSegment } from '../../../src/domain/files/file-names.ts';

test.each([
  ['members.xlsx', 'members.xlsx', undefined],
  ['members.xlsx#', 'members.xlsx', undefined],
  ['members.xlsx#Sheet 1', 'members.xlsx', 'Sheet 1'],
  ['a #1/Members.XLSX#Sheet#2', 'a #1/Members.XLSX', 'Sheet#2'],
  ['macros.xlsm#x', 'macros.xlsm', 'x'],
  ['m.xlsx.gz#x', 'm.xlsx.gz', 'x'],
  ['lists/*.xlsx#名簿', 'lists/*.xlsx', '名簿'],
  ['-#x', '-', 'x'],
  ['upload:upl_1#x', 'upload:upl_1', 'x'],
  ['https://a.example/m.xlsx#a%20b', 'https://a.example/m.xlsx', 'a b'],
  ['https://a.example/m.xlsx#100%', 'https://a.example/m.xlsx', '100%'],
  ['file.xlsx#100%25', 'file.xlsx', '100%25'],
  ['members#1.csv', 'members#1.csv', undefined],
  ['members.csv#x', 'members.csv#x', undefined],
])('%s', (source, file, sheet) => {
  expect(splitSheet(source)).toEqual({ file, sheet });
});

test('the sheet does not change which upload is meant', () => {
  expect(['upload:upl_1', 'upload:upl_1#x#y', 'file#x'].map(uploadOfSegment)).toEqual(['upl_1', 'upl_1', undefined]);
});
